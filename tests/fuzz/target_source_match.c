/* The name of a member to the row of sources.def, and of foreign.def: a name may hold anything but NUL. */
#include <string.h>

#include "tests/fuzz/promises.h"

static const char *const numbers[] = {"pid", "tid", "node", "device", "page_kib"};

static void check_key(const struct mr_match_key *key, const char *path)
{
	const char *end = path + strlen(path);
	bool is_made_up =
		key->name_length == strlen("hierarchy") && !memcmp(key->name, "hierarchy", key->name_length);

	FUZZ_CHECK(key->length && (is_made_up || (key->text >= path && key->text + key->length <= end)));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strlen(numbers[i]) == key->name_length &&
		    !memcmp(numbers[i], key->name, key->name_length))
			FUZZ_CHECK(strspn(key->text, "0123456789") >= key->length);
}

static void check_keys(const struct mr_match *match, const char *path)
{
	FUZZ_CHECK(match->key_count <= MR_MATCH_KEYS_MAX);
	for (size_t i = 0; i < match->key_count; i++)
		check_key(&match->keys[i], path);
}

static void check_match(const char *path, const struct mr_mounts *mounts)
{
	struct mr_match match;

	if (mr_source_match(path, mounts, &match)) {
		FUZZ_CHECK(match.source >= mr_sources && match.source < mr_sources + mr_source_count);
		check_keys(&match, path);
	}
	if (mr_foreign_match(path, mounts, &match)) {
		FUZZ_CHECK(match.source->phase != MR_PHASE_CAPTURE);
		check_keys(&match, path);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	static const struct mr_mounts mounts[] = {
		{"sys/fs/cgroup/memory", "sys/fs/cgroup"}, {"cgroup", NULL}, {NULL, "sys"}};
	char *path = fuzz_text(data, length_bytes);

	check_match(path, NULL);
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
		check_match(path, &mounts[i]);
	free(path);
	return 0;
}

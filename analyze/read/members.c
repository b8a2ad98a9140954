/* Paths and digests of the members of one archive.  See members.h. */
#include "analyze/read/members.h"

#include <errno.h>
#include <nettle/base16.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "analyze/read/siphash.h"
#include "schema/base/cleanup.h"

#define FIRST_SLOTS_COUNT 4096

void mr_members_deinit(struct mr_members *members)
{
	free(members->members);
	free(members->slots);
	mr_buffer_deinit(&members->paths);
	*members = (struct mr_members){0};
}

static const char *path_of(const struct mr_members *members, size_t i)
{
	return members->paths.data + members->members[i].path_offset;
}

/* The slot that holds the path, or the free one where it would go. */
static uint32_t *find_slot(const struct mr_members *members, const char *path)
{
	size_t slot = mr_siphash(members->hash_key, path, strlen(path)) & (members->slots_count - 1);

	while (members->slots[slot] && strcmp(path_of(members, members->slots[slot] - 1), path) != 0)
		slot = (slot + 1) & (members->slots_count - 1);
	return &members->slots[slot];
}

static bool grow_slots(struct mr_members *members)
{
	size_t wanted = members->slots_count ? 2 * members->slots_count : FIRST_SLOTS_COUNT;
	uint32_t *slots = calloc(wanted, sizeof(*slots));

	if (!slots)
		return false;
	if (!members->slots && getrandom(members->hash_key, sizeof(members->hash_key), GRND_NONBLOCK) < 0)
		members->hash_key[0] = (uint64_t)(uintptr_t)slots;
	free(members->slots);
	members->slots = slots;
	members->slots_count = wanted;
	for (size_t i = 0; i < members->count; i++)
		*find_slot(members, path_of(members, i)) = (uint32_t)(i + 1);
	return true;
}

static bool grow_members(struct mr_members *members)
{
	size_t wanted =
		members->capacity_count ? members->capacity_count + members->capacity_count / 2 : 1024;
	struct mr_member *grown = reallocarray(members->members, wanted, sizeof(*grown));

	if (!grown)
		return false;
	members->members = grown;
	members->capacity_count = wanted;
	return true;
}

int mr_members_add_hashed(struct mr_members *members, const char *path, const struct mr_source *source,
			  const uint8_t sha256[SHA256_DIGEST_SIZE])
{
	if (2 * (members->count + 1) > members->slots_count && !grow_slots(members))
		return -ENOMEM;
	if (members->count == members->capacity_count && !grow_members(members))
		return -ENOMEM;
	uint32_t *slot = find_slot(members, path);
	if (*slot)
		return 0;
	struct mr_member *member = &members->members[members->count];
	member->source = source;
	member->path_offset = members->paths.length_bytes;
	memcpy(member->sha256, sha256, sizeof(member->sha256));
	mr_buffer_append(&members->paths, path, strlen(path) + 1);
	if (members->paths.failed)
		return -ENOMEM;
	*slot = (uint32_t)++members->count;
	return 1;
}

int mr_members_add(struct mr_members *members, const char *path, const struct mr_source *source,
		   const char *bytes, size_t length_bytes)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha256;

	sha256_init(&sha256);
	sha256_update(&sha256, length_bytes, (const uint8_t *)bytes);
	sha256_digest(&sha256, sizeof(digest), digest);
	return mr_members_add_hashed(members, path, source, digest);
}

const struct mr_member *mr_members_find(const struct mr_members *members, const char *path)
{
	if (!members->count)
		return NULL;
	uint32_t slot = *find_slot(members, path);
	return slot ? &members->members[slot - 1] : NULL;
}

/* A member beside its path, for sorting. */
struct sorted {
	const char *path;
	const struct mr_member *member;
};

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct sorted *)a)->path, ((const struct sorted *)b)->path);
}

static void hash_line(struct sha256_ctx *sha256, const struct sorted *line)
{
	char hex[BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE) + 1];

	base16_encode_update(hex, sizeof(line->member->sha256), line->member->sha256);
	hex[BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE)] = '\n';
	sha256_update(sha256, strlen(line->path) + 1, (const uint8_t *)line->path);
	sha256_update(sha256, sizeof(hex), (const uint8_t *)hex);
}

int mr_members_digest(const struct mr_members *members, const char *prefix,
		      char ret_hex[2 * SHA256_DIGEST_SIZE + 1], size_t *ret_count)
{
	_cleanup_free_ struct sorted *lines = calloc(members->count + 1, sizeof(*lines));
	uint8_t digest[SHA256_DIGEST_SIZE];
	size_t prefix_bytes = strlen(prefix), count = 0;
	struct sha256_ctx sha256;

	if (!lines)
		return -ENOMEM;
	for (size_t i = 0; i < members->count; i++)
		if (!strncmp(path_of(members, i), prefix, prefix_bytes))
			lines[count++] =
				(struct sorted){path_of(members, i) + prefix_bytes, &members->members[i]};
	qsort(lines, count, sizeof(*lines), compare_paths);
	sha256_init(&sha256);
	for (size_t i = 0; i < count; i++)
		hash_line(&sha256, &lines[i]);
	sha256_digest(&sha256, sizeof(digest), digest);
	base16_encode_update(ret_hex, sizeof(digest), digest);
	ret_hex[2 * SHA256_DIGEST_SIZE] = '\0';
	if (ret_count)
		*ret_count = count;
	return 0;
}

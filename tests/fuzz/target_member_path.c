/* The name of a member as an archive has it, made comparable: what is let through has no way up and no way
 * out. */
#include "analyze/archive_in/member_path.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

#define PATH_BYTES_MAX 256
#define DEPTH_MAX 8

static void check_normal(const char *path)
{
	unsigned depth = 1;

	FUZZ_CHECK(*path && strlen(path) <= PATH_BYTES_MAX);
	for (const char *component = path;; depth++) {
		size_t length = strcspn(component, "/");

		FUZZ_CHECK(length && strncmp(component, "../", 3) && strcmp(component, "..") &&
			   strncmp(component, "./", 2) && strcmp(component, "."));
		if (!component[length])
			break;
		component += length + 1;
	}
	FUZZ_CHECK(depth <= DEPTH_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	char *name = fuzz_text(data, length_bytes);
	struct mr_buffer path = {0}, again = {0};

	if (!mr_member_path(name, PATH_BYTES_MAX, DEPTH_MAX, &path)) {
		check_normal(path.data);
		FUZZ_CHECK(!mr_member_path(path.data, PATH_BYTES_MAX, DEPTH_MAX, &again));
		FUZZ_CHECK(!strcmp(path.data, again.data));
	}
	mr_buffer_deinit(&path);
	mr_buffer_deinit(&again);
	free(name);
	return 0;
}

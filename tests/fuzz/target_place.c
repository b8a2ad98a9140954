/* Where a member of another tool's capture belongs: its name may hold anything but NUL. */
#include "analyze/read/foreign/place.h"

#include <string.h>

#include "analyze/read/foreign/anchors.h"
#include "analyze/read/foreign/loose.h"
#include "tests/fuzz/promises.h"

#define PACKED "proc/fs.tar"

static void check_place(const char *path, struct mr_buffer *buffer)
{
	struct mr_place place = mr_place_find(path);

	FUZZ_CHECK(place.anchor_bytes <= strlen(path));
	FUZZ_CHECK(!place.anchor_bytes || path[place.anchor_bytes - 1] == '/');
	const char *below = mr_place_path(path, place.anchor_bytes, place.kind == MR_PLACE_PROC, buffer);
	FUZZ_CHECK(!buffer->failed && below && strlen(below) <= strlen(path) + strlen("proc/"));
	mr_place_mounts(path);
	mr_place_is_archive(path);
	mr_place_is_packed(path);
	FUZZ_CHECK(strlen(mr_place_unpacked(PACKED, path, buffer)) <= strlen(path) + strlen(PACKED));
}

/* The names are the lines; no anchor that is kept contains another. */
static void check_anchors(struct mr_slice names)
{
	struct mr_anchors anchors = {0};

	while (names.length_bytes) {
		struct mr_slice name = fuzz_line(&names);

		char *path = fuzz_text(name.at, name.length_bytes);
		struct mr_place place = mr_place_find(path);
		if (place.kind)
			mr_anchors_add(&anchors, path, place.anchor_bytes, place.kind == MR_PLACE_PROC, 0,
				       UINT64_MAX);
		free(path);
	}
	for (size_t i = 0; i < anchors.count; i++)
		for (size_t j = 0; j < anchors.count; j++)
			FUZZ_CHECK(i == j || strncmp(anchors.items[i].prefix, anchors.items[j].prefix,
						     strlen(anchors.items[i].prefix)));
	mr_anchors_deinit(&anchors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct mr_slice text = {(const char *)data, length_bytes};
	struct mr_buffer buffer = {0};

	check_anchors(text);
	char *path = fuzz_text(data, length_bytes);
	check_place(path, &buffer);
	/* the same bytes as a file whose path is not known */
	if (mr_loose_path(text.at, text.length_bytes, &buffer))
		FUZZ_CHECK(buffer.length_bytes && *buffer.data != '/');
	mr_buffer_deinit(&buffer);
	free(path);
	return 0;
}

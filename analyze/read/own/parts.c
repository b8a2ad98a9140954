/* Files in parts, joined before they are parsed, because a part ends wherever it is full: inside of a line,
 * of a number.  See parts.h. */
#include "analyze/read/own/parts.h"

#include <string.h>

void mr_parts_deinit(struct mr_parts *parts)
{
	mr_buffer_deinit(&parts->path);
	mr_buffer_deinit(&parts->bytes);
	*parts = (struct mr_parts){0};
}

bool mr_parts_is_there(const struct mr_parts *parts)
{
	return parts->path.length_bytes > 0;
}

void mr_parts_end(struct mr_parts *parts)
{
	mr_buffer_clear(&parts->path);
	mr_buffer_clear(&parts->bytes);
	parts->more_count = 0;
	parts->is_broken = false;
}

static enum mr_parts_result append(struct mr_parts *parts, const char *bytes, size_t length_bytes)
{
	mr_buffer_append(&parts->bytes, bytes, length_bytes);
	parts->last_part_bytes = length_bytes;
	return parts->bytes.failed ? MR_PARTS_OUT_OF_MEMORY : MR_PARTS_TAKEN;
}

enum mr_parts_result mr_parts_begin(struct mr_parts *parts, const struct mr_match *match, const char *path,
				    const char *bytes, size_t length_bytes)
{
	mr_parts_end(parts);
	mr_buffer_append_text(&parts->path, path);
	if (parts->path.failed)
		return MR_PARTS_OUT_OF_MEMORY;
	parts->match = *match;
	/* the path of a member is gone with the next member; looking for the match again would cost more */
	for (size_t i = 0; i < match->key_count; i++) {
		const char *text = match->keys[i].text;

		if (text >= path && text <= path + parts->path.length_bytes)
			parts->match.keys[i].text = parts->path.data + (text - path);
	}
	return append(parts, bytes, length_bytes);
}

enum mr_parts_result mr_parts_add(struct mr_parts *parts, const char *path, int64_t number, const char *bytes,
				  size_t length_bytes, uint64_t file_bytes_max)
{
	bool is_of_file = mr_parts_is_there(parts) && !strcmp(parts->path.data, path);

	if (!is_of_file)
		return MR_PARTS_MISPLACED;
	if (parts->is_broken)
		return MR_PARTS_LEFT_OUT;
	bool is_next = number == parts->more_count + 1;
	if (!is_next || length_bytes + parts->bytes.length_bytes > file_bytes_max) {
		parts->is_broken = true;
		return is_next ? MR_PARTS_TOO_LONG : MR_PARTS_MISPLACED;
	}
	parts->more_count++;
	return append(parts, bytes, length_bytes);
}

bool mr_parts_lacks_more(const struct mr_parts *parts)
{
	return !parts->is_broken && parts->last_part_bytes == MR_ARCHIVE_PART_BYTES;
}

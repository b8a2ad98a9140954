/* Names of members, made comparable.  See member_path.h. */
#include "analyze/archive_in/member_path.h"

#include <stdbool.h>
#include <string.h>

/* So much of a refused name is kept for the issue. */
#define REFUSED_BYTES_MAX 200

static const char *refuse(const char *why, const char *name, struct mr_buffer *ret_path)
{
	mr_buffer_clear(ret_path);
	mr_buffer_append(ret_path, name, strnlen(name, REFUSED_BYTES_MAX));
	return why;
}

const char *mr_member_path(const char *name, size_t path_bytes_max, unsigned depth_max,
			   struct mr_buffer *ret_path)
{
	unsigned depth = 0;

	if (strnlen(name, path_bytes_max + 1) > path_bytes_max)
		return refuse("name too long (--max-path)", name, ret_path);
	mr_buffer_clear(ret_path);
	for (const char *rest = name; *rest;) {
		size_t length = strcspn(rest, "/");
		bool is_nothing = length == 0 || (length == 1 && rest[0] == '.');

		if (length == 2 && rest[0] == '.' && rest[1] == '.')
			return refuse("name with ..", name, ret_path);
		if (!is_nothing) {
			if (++depth > depth_max)
				return refuse("name too deep (--max-depth)", name, ret_path);
			if (depth > 1)
				mr_buffer_append(ret_path, "/", 1);
			mr_buffer_append(ret_path, rest, length);
		}
		rest += length + (rest[length] == '/');
	}
	return depth ? NULL : refuse("empty name", name, ret_path);
}

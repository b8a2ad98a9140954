/* Names of members, made comparable. */
#ifndef MR_MEMBER_PATH_H
#define MR_MEMBER_PATH_H

#include <stddef.h>

#include "schema/base/buffer.h"

/**
 * Normalise a name: no leading "./" and "/", no empty and no "." components, no slash at the end.
 *
 * @name      as the archive has it, any bytes
 * @ret_path  set to the result, never NULL inside; for a refused name to as much of it as is useful in a
 *            message
 * @return    NULL, or why the name is refused: "..", too long, too deep, empty
 */
const char *mr_member_path(const char *name, size_t path_bytes_max, unsigned depth_max,
			   struct mr_buffer *ret_path);

#endif

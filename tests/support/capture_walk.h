/* Captures of other people's machines, member by member.  MR_CAPTURES names their folder; where it is not
 * there a test that needs one says that it was skipped. */
#ifndef MR_TESTS_CAPTURE_WALK_H
#define MR_TESTS_CAPTURE_WALK_H

#include <stdbool.h>
#include <stddef.h>

bool captures_are_there(void);

#define SKIP_WITHOUT_CAPTURES()                                                                              \
	do {                                                                                                 \
		if (!captures_are_there())                                                                   \
			SKIP("MR_CAPTURES names no folder of captures");                                     \
	} while (0)

/** Takes a regular file of an archive, or a file that stands alone; nothing is kept after return.
 * @path  in the archive, without "./" in front */
typedef void capture_member(void *context, const char *path, const char *text, size_t length_bytes);

/** Give each regular file of the tar archive @name, compressed or not, to @member; a failure fails the test.
 */
void capture_walk(const char *name, capture_member *member, void *context);

/** Give the file @name to @member as @path. */
void capture_read(const char *name, const char *path, capture_member *member, void *context);

/** @return what of a path in an archive is the kernel's, or an output of sos: from the first folder on that a
 * capture can begin with; the path itself when there is none */
const char *capture_kernel_path(const char *path);

#endif

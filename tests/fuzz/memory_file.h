/* A file in memory for code that takes a path. */
#ifndef MR_TESTS_MEMORY_FILE_H
#define MR_TESTS_MEMORY_FILE_H

#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/** Replace the content of the one file there is.  @return its path, the same each time */
static inline const char *memory_file(const void *bytes, size_t length_bytes)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		FUZZ_CHECK(fd >= 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	FUZZ_CHECK(!ftruncate(fd, 0) && pwrite(fd, bytes, length_bytes, 0) == (ssize_t)length_bytes);
	return path;
}

#endif

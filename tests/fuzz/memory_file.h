/* A file in memory for code that takes a path or a descriptor. */
#ifndef MR_TESTS_MEMORY_FILE_H
#define MR_TESTS_MEMORY_FILE_H

#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/** The one file there is: its content replaced, its offset at the front.  @return its descriptor, not for the
 * caller to close */
static inline int memory_file(const void *bytes, size_t length_bytes)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0 && !ftruncate(fd, 0) && !lseek(fd, 0, SEEK_SET));
	FUZZ_CHECK(pwrite(fd, bytes, length_bytes, 0) == (ssize_t)length_bytes);
	return fd;
}

/** A path that leads to a descriptor; static. */
static inline const char *memory_file_path(int fd)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

#endif

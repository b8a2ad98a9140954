/* Cleanup by scope: _cleanup_(function) runs function(&variable) when the variable goes out of scope. */
#ifndef MR_BASE_CLEANUP_H
#define MR_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

static inline void mr_freep(void *pointer)
{
	free(*(void **)pointer);
}

static inline void mr_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void mr_fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define _cleanup_free_ _cleanup_(mr_freep)
#define _cleanup_close_ _cleanup_(mr_closep)
#define _cleanup_fclose_ _cleanup_(mr_fclosep)

#endif

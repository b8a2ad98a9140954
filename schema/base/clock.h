/* The clock of the index: it never jumps, and stands while the machine sleeps. */
#ifndef MR_SCHEMA_BASE_CLOCK_H
#define MR_SCHEMA_BASE_CLOCK_H

#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#define MR_SECOND_NS 1000000000ull
#define MR_MILLISECOND_NS 1000000ull

/** @return CLOCK_MONOTONIC in nanoseconds */
static inline uint64_t mr_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * MR_SECOND_NS + (uint64_t)now.tv_nsec;
}

/** @return a time of struct rusage in microseconds */
static inline uint64_t mr_microseconds(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000u + (uint64_t)time.tv_usec;
}

#endif

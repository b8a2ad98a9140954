/* Conditions that --when waits for: "mem_available<5%", "psi_some_avg10>20", "cgroup:/a/b>2G". */
#ifndef MR_COLLECT_WHEN_H
#define MR_COLLECT_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/error.h"

/** Where the number of a condition stands. */
enum mr_when_subject {
	MR_WHEN_MEMINFO,  /**< a line of /proc/meminfo */
	MR_WHEN_PRESSURE, /**< an average of /proc/pressure/memory */
	MR_WHEN_CGROUP,   /**< what a cgroup is charged, with the groups below it */
};

enum mr_when_relation {
	MR_WHEN_BELOW,
	MR_WHEN_AT_MOST,
	MR_WHEN_ABOVE,
	MR_WHEN_AT_LEAST,
};

/** What the number behind the relation is. */
enum mr_when_unit {
	MR_WHEN_PPM,   /**< millionths of the whole: it was written with %, or is a pressure */
	MR_WHEN_BYTES, /**< it was written with B, K, M, G or T */
	MR_WHEN_COUNT, /**< it was written with nothing */
};

struct mr_when {
	const char *text; /**< the condition as it was given */
	enum mr_when_subject subject;
	enum mr_when_relation relation;
	const char *name; /**< in text, without NUL: "mem_available"; "some_avg10"; "/a/b" */
	size_t name_bytes;
	enum mr_when_unit unit;
	uint64_t threshold; /**< ppm, bytes or count */
};

/** The number of a condition at one moment. */
struct mr_when_level {
	bool is_count;   /**< a number of things; else bytes, and ppm for a pressure */
	uint64_t amount; /**< bytes, count or ppm */
	uint64_t total;  /**< what 100 % is, in the unit of amount; 0: there is no such thing */
};

/**
 * Read a condition.  Blanks around its three parts do not matter.  Keys of meminfo are not known here: one
 * that the kernel does not print is refused by mr_watch_open() of watch.h.
 *
 * @text    kept, not copied
 * @ret     set on success only
 * @return  0, or -EINVAL with @error set
 */
int mr_when_parse(const char *text, struct mr_when *ret, struct mr_error *error);

/**
 * Find the number of a condition in /proc/meminfo.
 *
 * Keys are compared without regard to case and to all that is no letter or digit: mem_available and
 * MemAvailable are the same line, active_anon and Active(anon) too.
 *
 * @text    need not end in NUL
 * @return  0; -ENOENT when there is no such line; -EINVAL when it has no number
 *
 * Units:   lines in kB become bytes; 100 % is MemTotal, but SwapTotal for SwapFree, HugePages_Total for
 *          HugePages_*, CmaTotal for CmaFree and CommitLimit for Committed_AS
 */
int mr_when_read_meminfo(const struct mr_when *when, const char *text, size_t length_bytes,
			 struct mr_when_level *ret);

/** Find it in /proc/pressure/memory.  @return as mr_when_read_meminfo()
 *
 * Units:   the kernel prints percent with two decimals, @ret has ppm
 * Source:  kernel/sched/psi.c psi_show() */
int mr_when_read_pressure(const struct mr_when *when, const char *text, size_t length_bytes,
			  struct mr_when_level *ret);

/**
 * Take it from the two files of a cgroup.
 *
 * @usage   text of memory.current or memory.usage_in_bytes
 * @limit   text of memory.max or memory.limit_in_bytes; NULL when it is of no interest
 * @return  0; -EINVAL when a number is missing
 *
 * Source:  mm/memcontrol.c memory_max_show() prints "max", version 1 PAGE_COUNTER_MAX in bytes: the largest
 *          multiple of the page size that a signed word holds; kernels up to 3.18 that word itself
 */
int mr_when_read_cgroup(const char *usage, const char *limit, struct mr_when_level *ret);

/** @return whether the condition is true.  A share of what has no total never is. */
bool mr_when_holds(const struct mr_when *when, const struct mr_when_level *level);

/** Bytes that mr_when_print_level() may write, its NUL included. */
#define MR_WHEN_LEVEL_BYTES 48

/** @ret  the level in the unit of the condition, rounded down: "4.21%", "1.50 G", "12" */
void mr_when_print_level(const struct mr_when *when, const struct mr_when_level *level,
			 char ret[MR_WHEN_LEVEL_BYTES]);

#endif

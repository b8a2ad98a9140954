/* The command line of memreckon-collect. */
#ifndef MR_COLLECT_OPTIONS_H
#define MR_COLLECT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "schema/base/error.h"

enum mr_task {
	MR_TASK_COLLECT,
	MR_TASK_HELP,
	MR_TASK_MAN,
	MR_TASK_VERSION,
};

enum mr_level {
	MR_LEVEL_QUICK,
	MR_LEVEL_NORMAL,
	MR_LEVEL_FULL,
};

/** What --with and --without name: a set of parts of the capture. */
enum mr_part {
	MR_PART_CGROUPS = 1,        /**< the cgroup trees */
	MR_PART_SLAB = 2,           /**< slabinfo, vmallocinfo */
	MR_PART_ROLLUP = 4,         /**< smaps_rollup of every process */
	MR_PART_PAGES = 8,          /**< words of page frames */
	MR_PART_SMAPS = 16,         /**< smaps of every process, by mapping */
	MR_PART_NUMA = 32,          /**< numa_maps of every process */
	MR_PART_MAPS = 64,          /**< maps of every process */
	MR_PART_ARGV = 128,         /**< command lines, which may hold secrets */
	MR_PART_PAGETYPEINFO = 256, /**< walks the free lists with interrupts off */
};

#define MR_WHEN_MAX 8

struct mr_options {
	enum mr_task task;
	const char *output; /**< NULL: a name made of host and time; "-": stdout */
	int gzip_level;     /**< 1 to 9; 0: not compressed */
	const char *root;   /**< "/": the machine itself */
	uint64_t sample_frames_count;
	bool has_seed;
	uint64_t seed;
	bool is_quiet;

	enum mr_level level;
	unsigned parts;           /**< set of enum mr_part: those of the level, --with and --without */
	uint64_t timeout_ns;      /**< of the whole run */
	uint64_t read_timeout_ns; /**< of one file, without what a large process gets on top */
	uint64_t size_bytes_max;  /**< of the archive */
	bool reads_large_smaps; /**< smaps_rollup of large processes also where the kernel keeps the mmap lock
				 */
	unsigned jobs_count;    /**< readers at a time */
	bool is_nice;
	bool is_confined;
	bool is_dry_run;

	bool is_anonymized;
	bool anonymizes_all; /**< names of well-known system programs too */
	const char *key_path;

	uint64_t interval_ns; /**< of a series; 0: one capture */
	uint64_t for_ns;      /**< how long a series lasts; 0: no limit */
	uint64_t count;       /**< captures; 0: no limit */
	const char *when[MR_WHEN_MAX];
	unsigned when_count;
	uint64_t cooldown_ns;
	uint64_t keep_count; /**< newest archives of a series that stay; 0: all */

	char as_given[1024]; /**< the options as they were written, cut off when longer */
};

/**
 * Read the command line.
 *
 * @ret     set on success only; points into @arguments
 * @return  0, or -EINVAL with @error set
 */
int mr_options_parse(struct mr_options *ret, int count, char *arguments[], struct mr_error *error);

/** Print the help: at most 80 columns, examples first. */
void mr_options_help(FILE *to);

/** Print the manual page in man(7) macros, from the same table as the help. */
void mr_options_man(FILE *to);

/** @return "quick", "normal" or "full" */
const char *mr_level_name(enum mr_level level);

#endif

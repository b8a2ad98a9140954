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
	MR_TASK_VERSION,
};

struct mr_options {
	enum mr_task task;
	const char *output; /**< NULL: a name made of host and time; "-": stdout */
	int gzip_level;     /**< 1 to 9; 0: not compressed */
	const char *root;   /**< "/": the machine itself */
	uint64_t sample_frames_count;
	bool has_seed;
	uint64_t seed;
	bool is_quiet;
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

#endif

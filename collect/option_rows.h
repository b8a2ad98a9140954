/* The table of options: what getopt takes, what the help and the manual page print. */
#ifndef MR_COLLECT_OPTION_ROWS_H
#define MR_COLLECT_OPTION_ROWS_H

#include <stddef.h>

#include "collect/options.h"

struct mr_parsing;

struct mr_option_row {
	char letter;          /**< 0: only the long form */
	const char *name;     /**< NULL: a heading for the rows below, in @meaning */
	const char *argument; /**< NULL: takes none; "[=...]": may be left out */
	const char *values;   /**< what the argument may be, for the message */
	int (*set)(struct mr_parsing *parsing, const char *argument); /**< @return 0 or -EINVAL */
	const char *meaning;                                          /**< lines of at most 52 cells */
};

extern const struct mr_option_row mr_option_rows[];
extern const size_t mr_option_rows_count;

#endif

/* What the passes over one input share, and what one leaves for another: captures in it that could not be told while the
 * first one was. */
#ifndef MR_ERRAND_H
#define MR_ERRAND_H

#include <stdbool.h>
#include <stddef.h>

#include "analyze/read/input.h"

struct mr_errand {
	char *archive; /**< name of the archive inside of the input; "" for the input itself */
	char *anchor;  /**< of the capture in that; NULL: all of it */
	bool is_proc;
};

/** All zero is none. */
struct mr_errands {
	struct mr_errand *items;
	size_t count;
	const struct mr_errand *now; /**< that this pass is for; NULL: the first pass */
};

/** Leave one.  @anchor may be NULL.  @return 0 or -ENOMEM */
int mr_errands_add(struct mr_errands *errands, const char *archive, const char *anchor, bool is_proc);

void mr_errands_deinit(struct mr_errands *errands);

/** What all the archives of one input share. */
struct mr_walk {
	const struct mr_input_options *options;
	const struct mr_intake *intake;
	struct mr_errands *errands;
};

#endif

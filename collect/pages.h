/* The sample of page frames: pages/ranges.csv, pages/sample.csv and the words as pages/NAME.u64. */
#ifndef MR_COLLECT_PAGES_H
#define MR_COLLECT_PAGES_H

#include "collect/capture.h"

/** Sample the page frames of RAM.  What cannot be read is a row of the index, and no member. */
void mr_pages(struct mr_capture *capture);

#endif

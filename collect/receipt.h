/* The last members of the archive, and what is said at the end. */
#ifndef MR_COLLECT_RECEIPT_H
#define MR_COLLECT_RECEIPT_H

#include <stdio.h>

#include "collect/capture.h"

/** Write capture/receipt.csv: what the collector itself cost. */
void mr_receipt_write(struct mr_capture *capture);

/** Write capture/end.csv, the last member. */
void mr_end_write(struct mr_capture *capture);

/** @return whether nothing is missing but vanished tasks and errors that were to be expected */
bool mr_capture_is_complete(const struct mr_capture *capture);

/** Print the summary: complete or partial, read, gone, not read, cost, next.  @output as the user knows it */
void mr_summary_print(const struct mr_capture *capture, FILE *to, const char *output);

/** Print the summary of a run that only tried: what there is, what may not be read. */
void mr_summary_print_tries(const struct mr_capture *capture, FILE *to);

#endif

/* The last line of a diff: in words where the free memory went, or came from. */
#ifndef MR_VERB_DIFF_SENTENCE_H
#define MR_VERB_DIFF_SENTENCE_H

#include "analyze/verb/ledger.h"

/** "free fell 6.87 GiB: anonymous took 6.65, kernel 1.94; file cache gave back 1.99."  Kept by the report. */
const char *mr_diff_sentence(struct mr_report *report, const struct mr_ledger *ledger);

#endif

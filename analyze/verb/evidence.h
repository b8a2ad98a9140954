/* By what the facts are known that a capture of others does not carry itself: the table evidence. */
#ifndef MR_VERB_EVIDENCE_H
#define MR_VERB_EVIDENCE_H

#include "analyze/verb/head.h"

/** Say below the tables by what page size, moment and host are known, or that they are not and which option
 * says them. Nothing for captures of the collector, which carry them.  @return 0 or negative errno */
int mr_evidence_note(struct mr_call *call, const struct mr_head *head, struct mr_error *error);

/** All pieces as a table.  @return 0 or negative errno */
int mr_evidence_show(struct mr_call *call, const struct mr_head *head, struct mr_error *error);

#endif

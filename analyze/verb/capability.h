/* Which questions a snapshot can answer: the view capability, for people and for programs. */
#ifndef MR_VERB_CAPABILITY_H
#define MR_VERB_CAPABILITY_H

#include "analyze/verb/verb.h"

/** Add the table to the report; without memory it is one that takes no rows. */
struct mr_section *mr_capability_section(struct mr_call *call);

/**
 * Add the questions of one snapshot to the table.
 *
 * @host   kept by reference; for people it stands in the first row only
 * @return 0 or negative errno
 */
int mr_capability_add(struct mr_call *call, struct mr_section *section, int64_t snapshot_id, const char *host,
		      struct mr_error *error);

#endif

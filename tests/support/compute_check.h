/* The verdicts of one check, from the views themselves. */
#ifndef MR_TESTS_COMPUTE_CHECK_H
#define MR_TESTS_COMPUTE_CHECK_H

#include "analyze/store/store.h"

/** Add the verdicts of one check on snapshot 1 to check_result, without the copies of views that
 * mr_store_compute_checks() makes.  What goes wrong fails the test. */
void compute_check(struct mr_store *store, const char *check_id);

#endif

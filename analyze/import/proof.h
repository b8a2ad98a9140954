/* After an import: do the rows in the database give back the numbers of the files?
 *
 * The input is read a second time, by a process that compares (comparison.h), once its captures are in the
 * database. This side answers it: rows and issues of the snapshot that the capture became, as the database
 * has them. */
#ifndef MR_PROOF_H
#define MR_PROOF_H

#include "analyze/import/import.h"
#include "analyze/import/spawner.h"

/** Which snapshot the captures of an input became, in the order in which they began; 0: none. */
struct mr_proof_plan {
	int64_t *snapshot_ids;
	size_t count, capacity;
};

void mr_proof_plan_deinit(struct mr_proof_plan *plan);
/** One more capture begins.  @return 0, or -ENOMEM */
int mr_proof_plan_begin(struct mr_proof_plan *plan, size_t number);
/** Whether one of them is in the database. */
bool mr_proof_plan_is_any(const struct mr_proof_plan *plan);

/**
 * Read an input again and tell the listener of each capture that is in the database.
 *
 * @return  0, also when there are differences; what the database or memory says.  What else goes wrong is
 * told to the listener.
 */
int mr_proof_run(struct mr_store *store, struct mr_spawner *spawner, const char *path,
		 const struct mr_proof_plan *plan, const struct mr_import_listener *listener,
		 struct mr_error *error);

#endif

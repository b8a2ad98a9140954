/* The captures of one input into the store: which are known, and each whole or not at all. */
#ifndef MR_TAKE_H
#define MR_TAKE_H

#include "analyze/import/batch.h"
#include "analyze/import/identity.h"
#include "analyze/import/import.h"
#include "analyze/import/proof.h"

struct mr_take {
	struct mr_store *store;
	struct mr_batch *batch; /**< transactions, and who is told; not owned */
	const char *path;       /**< of the input; not owned */
	struct mr_intake intake;
	struct mr_error error;          /**< of the capture at hand */
	struct mr_error database_error; /**< of the database: no other capture will fare better */

	bool is_open;   /**< a capture has begun and not ended */
	bool is_stored; /**< it goes into the database */
	char *name;     /**< of it, for the listener */
	char *uuid;     /**< that it began with; NULL: none */
	int64_t snapshot_id;
	struct mr_identity known; /**< what the database has of it */
	int64_t values_count, issues_count;

	struct mr_proof_plan plan; /**< which snapshots they became */
	size_t begun_count;        /**< in this pass over the input */

	char *again_uuid; /**< of a capture that is more complete than the known one: to be read again */
	bool is_again;    /**< this is that: others are passed over */
};

void mr_take_init(struct mr_take *take, struct mr_batch *batch, const char *path);
void mr_take_deinit(struct mr_take *take);

/** What is to be given to mr_worker_receive(). */
const struct mr_intake *mr_take_intake(struct mr_take *take);

/** Whether the input has a capture that must be read again to be stored; then the next pass over it does
 * that. */
bool mr_take_wants_again(struct mr_take *take);

/** The input ended, @result says how: what was open is forgotten, and a failure is told to the listener. */
void mr_take_fail(struct mr_take *take, int result, const struct mr_error *error);

#endif

/* The terms of a check out of the database, its verdicts into check_result. */
#ifndef MR_STORE_VERDICT_RESULT_H
#define MR_STORE_VERDICT_RESULT_H

#include "analyze/store/store.h"
#include "analyze/store/verdict_subjects.h"

/** What the verdicts of all checks need; all zero: nothing is open. */
struct mr_results {
	sqlite3_stmt *put_one, *put_batch; /**< rows */
	struct mr_term_facts facts;        /**< of the snapshot at hand; texts are owned */
	struct mr_subjects subjects;
};

/** The statement of the facts of a snapshot. */
extern const char mr_results_facts_sql[];

/** @return the statement of the terms of one check, for the caller to free(); NULL for no memory */
char *mr_results_terms_sql(const char *check_id);

/** Prepare what puts.  Owns: what mr_results_deinit() frees, also after a failure */
int mr_results_init(struct mr_store *store, struct mr_results *results, struct mr_error *error);
void mr_results_deinit(struct mr_results *results);

/** What a snapshot says of all its checks; before its first check.
 *
 * @ask  prepared from mr_results_facts_sql; reset at the end
 */
int mr_results_begin(struct mr_store *store, struct mr_results *results, sqlite3_stmt *ask,
		     int64_t snapshot_id, struct mr_error *error);

/**
 * The verdicts of one check on that snapshot.
 *
 * @terms   prepared from mr_results_terms_sql(); reset at the end
 * @return  0; -EINVAL the view has terms of no known part, or without a subject; what mr_store_error() returns
 */
int mr_results_put(struct mr_store *store, struct mr_results *results, const char *check_id,
		   sqlite3_stmt *terms, int64_t snapshot_id, struct mr_error *error);

#endif

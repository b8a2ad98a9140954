/* Snapshots from another database, which is attached to a store for as long as there is something to take
 * from it. */
#ifndef MR_COPY_H
#define MR_COPY_H

#include "analyze/store/store.h"

struct mr_donor;

/**
 * Attach another database as the schema "other".
 *
 * @return  0; what mr_store_open() returns when it is opened for reading; -EINVAL when it is the database of
 * the store
 *
 * Owns:    the caller ends it with mr_donor_close(), before the store and outside of a transaction
 */
int mr_donor_open(struct mr_store *store, const char *path, struct mr_donor **ret_donor,
		  struct mr_error *error);
void mr_donor_close(struct mr_donor *donor);

/**
 * Copy all rows of a snapshot, in the open transaction.
 *
 * @to_id  the number that it gets; 0 for a new one
 * @return 0; -ENOENT when the other database does not have it; else what mr_store_error() returns
 */
int mr_donor_copy(struct mr_donor *donor, int64_t from_id, int64_t to_id, int64_t *ret_id,
		  int64_t *ret_rows_count, struct mr_error *error);

/** The numbers of all its snapshots, ascending; for the caller to free(). */
int mr_donor_list(struct mr_donor *donor, int64_t **ret_ids, size_t *ret_count, struct mr_error *error);

enum mr_merge_outcome {
	MR_MERGE_ADDED,
	MR_MERGE_KNOWN,    /**< the same capture is there already; nothing was written */
	MR_MERGE_REPLACED, /**< the same capture was there, less complete; it keeps its number */
};

struct mr_merge_result {
	enum mr_merge_outcome outcome;
	int64_t snapshot_id; /**< here */
	int64_t rows_count;  /**< that were copied */
};

/**
 * Take one snapshot over in a transaction of its own, unless it is here.  Which two are the same capture and
 * which of them stays is decided as by an import.
 *
 * @return  0; -EEXIST the same capture is here, as complete and with other content; -ENOENT it is gone there;
 * else what mr_store_error() returns.  After a failure the database is as before.
 */
int mr_donor_merge(struct mr_donor *donor, int64_t from_id, struct mr_merge_result *ret_result,
		   struct mr_error *error);

#endif

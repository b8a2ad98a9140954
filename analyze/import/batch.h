/* Several captures in one transaction of the database: a commit waits for the disk longer than a small capture takes.
 *
 * Each capture is whole or not there all the same, and nobody hears of one before it is on the disk. */
#ifndef MR_BATCH_H
#define MR_BATCH_H

#include "analyze/import/import.h"

struct mr_batch {
	struct mr_store *store;
	const struct mr_import_listener *listener;
	bool is_open;         /**< a transaction is */
	bool has_capture;     /**< and in it a capture that is not whole yet */
	int64_t begin_ns;     /**< CLOCK_MONOTONIC */
	struct mr_told *told; /**< what is to be told after the commit, in order */
	size_t told_count;
};

void mr_batch_init(struct mr_batch *batch, struct mr_store *store, const struct mr_import_listener *listener);

/** Free; what was not committed is rolled back and never told. */
void mr_batch_deinit(struct mr_batch *batch);

/** A capture begins, in the open transaction or, when that is due or there is none, in a new one. */
int mr_batch_begin_capture(struct mr_batch *batch, struct mr_error *error);
/** It is whole. */
int mr_batch_end_capture(struct mr_batch *batch, struct mr_error *error);
/** It is to be forgotten; none is fine. */
void mr_batch_drop_capture(struct mr_batch *batch);

/** Tell the listener, now or after the commit.  @imported or @error may be NULL  @return 0 or -ENOMEM */
int mr_batch_tell(struct mr_batch *batch, const char *name, int result,
		  const struct mr_import_result *imported, const struct mr_error *error);

/** How long what is open may still wait for more.  @return milliseconds; 0: it is to be committed, or there is none */
int mr_batch_patience_ms(const struct mr_batch *batch);

/** Commit what is open, and tell.  @return 0 or the errno of the database: then all of it is as before */
int mr_batch_commit(struct mr_batch *batch, struct mr_error *error);

#endif

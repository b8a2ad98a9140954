/* Everything that the database has of one snapshot, as the import put it there. */
#ifndef MR_READ_BACK_H
#define MR_READ_BACK_H

#include "analyze/store/store.h"

/** Who takes it; a negative errno ends it. */
struct mr_read_back {
	void *context;
	int (*row)(void *context, int64_t reading, const struct mr_row *row);
	/** @path "" when there were more issues than are kept; issue->text is NULL */
	int (*issue)(void *context, const char *path, const struct mr_issue *issue);
};

/**
 * Read the rows of all catalog tables and the issues of one snapshot, at one moment.
 *
 * @return  0; what @reader returns; what mr_store_error() returns
 */
int mr_store_read_back(struct mr_store *store, int64_t snapshot_id, const struct mr_read_back *reader,
		       struct mr_error *error);

#endif

/* Which capture an archive holds, and what the database knows of it already. */
#ifndef MR_IDENTITY_H
#define MR_IDENTITY_H

#include "analyze/import/import.h"
#include "analyze/import/pass.h"

/** In the order of preference. */
enum mr_completeness { MR_CUT_OFF, MR_PARTIAL, MR_COMPLETE };

struct mr_identity {
	int64_t snapshot_id; /**< 0: not in the database */
	enum mr_completeness completeness;
	int64_t members_count;
	int64_t archive_bytes;
	char digest[2 * SHA256_DIGEST_SIZE + 1];
};

/** Look for the snapshot id of pass->facts.  @ret_identity all zero when it is not there */
int mr_identity_find(struct mr_pass *pass, struct mr_identity *ret_identity, struct mr_error *error);

/**
 * Which of two archives of one capture is to stay.
 *
 * @ret_is_better  the new one: more complete, or as complete and with more members
 * @return         0; -EEXIST when they say different things and neither is better
 */
int mr_identity_compare(const struct mr_identity *new_one, const struct mr_identity *known,
			const struct mr_pass *pass, bool *ret_is_better, struct mr_error *error);

/** Make room: a row of snapshot for the others to refer to.  A known one is thrown away and gives its number.
 * Sets pass->snapshot_id. */
int mr_identity_begin(struct mr_pass *pass, const struct mr_identity *known, struct mr_error *error);

/** Write down what the archive turned out to be. */
int mr_identity_end(struct mr_pass *pass, const struct mr_identity *identity, struct mr_error *error);

/** Count what was put. */
int mr_identity_count(struct mr_pass *pass, struct mr_import_result *ret, struct mr_error *error);

#endif

/* The row of snapshot, and what the database knows of a capture already. */
#ifndef MR_IDENTITY_H
#define MR_IDENTITY_H

#include "analyze/read/capture.h"
#include "analyze/store/store.h"

/** A snapshot in the database. */
struct mr_identity {
	int64_t snapshot_id; /**< 0: not there */
	enum mr_completeness completeness;
	int64_t members_count;
	char digest[MR_DIGEST_HEX_BYTES];
};

/** What the uuid column has for a capture: its snapshot id, else its digest. */
const char *mr_identity_uuid(const struct mr_capture *capture);

/** Look for a snapshot by its uuid.  @ret_identity all zero when it is not there
 * @return  0 or a negative errno */
int mr_identity_find(struct mr_store *store, const char *uuid, struct mr_identity *ret_identity,
		     struct mr_error *error);

/**
 * Which of two captures of one id is to stay.
 *
 * @ret_is_better  the new one: more complete, or as complete and with more members
 * @return         0; -EEXIST when they say different things and neither is better
 */
int mr_identity_compare(const struct mr_capture *new_one, const struct mr_identity *known,
			const char *archive_name, bool *ret_is_better, struct mr_error *error);

/** Make room: a row of snapshot for the others to refer to.
 * @replaced         a snapshot that is thrown away and gives its number; 0: none
 * @ret_snapshot_id  the number */
int mr_identity_begin(struct mr_store *store, int64_t replaced, int64_t *ret_snapshot_id,
		      struct mr_error *error);

/** Write down what the capture turned out to be.  @archive_name the name of its file, with folders or without
 */
int mr_identity_end(struct mr_store *store, int64_t snapshot_id, const char *archive_name,
		    const struct mr_capture *capture, struct mr_error *error);

/** Count what was put. */
int mr_identity_count(struct mr_store *store, int64_t snapshot_id, int64_t *ret_processes_count,
		      int64_t *ret_cgroups_count, struct mr_error *error);

#endif

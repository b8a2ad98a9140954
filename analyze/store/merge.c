/* One database into another, snapshot by snapshot.
 *
 * Two snapshots are of the same capture when their uuid is the same: the id that the collector gave, or, where
 * no collector did, the digest of their members.  As in an import the more complete one stays, then the one
 * with more members.
 */
#include <errno.h>
#include <stdlib.h>

#include "analyze/store/copy.h"
#include "analyze/store/internal.h"
#include "schema/completeness.h"

/* The snapshot ?1 of the other database beside the same capture here, of which all is NULL when there is none. */
static const char standing_sql[] =
	"SELECT h.snapshot_id, o.completeness, h.completeness, o.members_count - h.members_count,"
	" o.digest = h.digest"
	" FROM other.snapshot AS o LEFT JOIN main.snapshot AS h ON h.uuid = o.uuid WHERE o.snapshot_id = ?1";

struct standing {
	int64_t here_id; /* 0: not here */
	int64_t surplus; /* by how much the other one is more complete, else larger */
	bool is_equal;
};

/* @return false when there is no memory for the words */
static bool read_standing(sqlite3_stmt *row, struct standing *ret)
{
	const char *there = (const char *)sqlite3_column_text(row, 1);
	const char *here = (const char *)sqlite3_column_text(row, 2);
	int surplus = (int)mr_completeness_of(there) - (int)mr_completeness_of(here);

	*ret = (struct standing){
		.here_id = sqlite3_column_int64(row, 0),
		.surplus = surplus ? surplus : sqlite3_column_int64(row, 3),
		.is_equal = sqlite3_column_int(row, 4),
	};
	return there && (here || !ret->here_id);
}

static int ask_standing(struct mr_store *store, int64_t from_id, struct standing *ret, struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;
	int result = 0;

	if (sqlite3_prepare_v2(store->handle, standing_sql, -1, &statement, NULL) != SQLITE_OK)
		return mr_store_error(store, "snapshot", error);
	sqlite3_bind_int64(statement, 1, from_id);
	int stepped = sqlite3_step(statement);
	if (stepped != SQLITE_ROW || !read_standing(statement, ret))
		result = stepped == SQLITE_DONE
				 ? mr_error_set(error, -ENOENT, "no snapshot %lld", (long long)from_id)
				 : mr_store_error(store, "snapshot", error);
	sqlite3_finalize(statement);
	return result;
}

/* @ret_result  outcome and number; the caller ends the transaction */
static int take_over(struct mr_donor *donor, int64_t from_id, struct mr_merge_result *ret_result,
		     struct mr_error *error)
{
	struct standing standing = {0};

	int result = ask_standing(donor->store, from_id, &standing, error);
	if (result < 0)
		return result;
	*ret_result = (struct mr_merge_result){MR_MERGE_KNOWN, standing.here_id, 0};
	if (standing.here_id && !standing.surplus && !standing.is_equal)
		return mr_error_set(
			error, -EEXIST,
			"#%lld: the same capture is #%lld already, as complete and with other content",
			(long long)from_id, (long long)standing.here_id);
	if (standing.here_id && standing.surplus <= 0)
		return 0;
	ret_result->outcome = standing.here_id ? MR_MERGE_REPLACED : MR_MERGE_ADDED;
	result = standing.here_id ? mr_store_delete_snapshot(donor->store, standing.here_id, error) : 0;
	return result < 0 ? result
			  : mr_donor_copy(donor, from_id, standing.here_id, &ret_result->snapshot_id,
					  &ret_result->rows_count, error);
}

int mr_donor_merge(struct mr_donor *donor, int64_t from_id, struct mr_merge_result *ret_result,
		   struct mr_error *error)
{
	struct mr_merge_result merged;

	int result = mr_store_begin(donor->store, error);
	if (!result)
		result = take_over(donor, from_id, &merged, error);
	if (!result)
		result = mr_store_commit(donor->store, error);
	if (result < 0)
		mr_store_rollback(donor->store);
	else
		*ret_result = merged;
	return result;
}

int mr_donor_list(struct mr_donor *donor, int64_t **ret_ids, size_t *ret_count, struct mr_error *error)
{
	struct mr_store *store = donor->store;
	sqlite3_stmt *statement = NULL;
	size_t capacity_count = 0, count = 0;
	int64_t *ids = NULL;
	int stepped;

	if (sqlite3_prepare_v2(store->handle, "SELECT snapshot_id FROM other.snapshot ORDER BY snapshot_id",
			       -1, &statement, NULL) != SQLITE_OK)
		return mr_store_error(store, "snapshot", error);
	while ((stepped = sqlite3_step(statement)) == SQLITE_ROW) {
		if (count == capacity_count) {
			int64_t *grown =
				reallocarray(ids, capacity_count = 2 * capacity_count + 64, sizeof(*ids));
			if (!grown)
				break;
			ids = grown;
		}
		ids[count++] = sqlite3_column_int64(statement, 0);
	}
	int result = stepped == SQLITE_DONE  ? 0
		     : stepped == SQLITE_ROW ? mr_error_set(error, -ENOMEM, "%s: out of memory", store->path)
					     : mr_store_error(store, "snapshot", error);
	sqlite3_finalize(statement);
	if (result < 0) {
		free(ids);
		return result;
	}
	*ret_ids = ids;
	*ret_count = count;
	return 0;
}

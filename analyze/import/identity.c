/* The row of snapshot, from the moment a capture begins until it has ended.  See identity.h. */
#include "analyze/import/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "schema/catalog.h"

static const char find_sql[] =
	"SELECT snapshot_id, completeness, members_count, digest FROM snapshot WHERE uuid = ?";
/* what is not known before the last member is filled in at the end, in the same transaction */
static const char begin_sql[] =
	"INSERT INTO snapshot (snapshot_id, uuid, digest, archive, archive_bytes, origin, host, completeness,"
	" members_count, imported_s, schema_version) VALUES (nullif(?, 0), NULL, '', '', 0, '', '', 'cut "
	"off', 0, ?, ?)";
static const char end_sql[] = "UPDATE snapshot SET uuid = ?, digest = ?, archive = ?, archive_bytes = ?, "
			      "origin = ?, host = ?, taken_ns = ?,"
			      " completeness = ?, members_count = ? WHERE snapshot_id = ?";
static const char processes_sql[] = "SELECT count(*) FROM proc_stat WHERE snapshot_id = ? AND reading = 0";
static const char cgroups_sql[] =
	"SELECT count(*) FROM (SELECT hierarchy, path FROM capture_cgroups WHERE snapshot_id = ?1"
	" UNION SELECT hierarchy, path FROM cgroup1_memory WHERE snapshot_id = ?1"
	" UNION SELECT hierarchy, path FROM cgroup2_memory WHERE snapshot_id = ?1)";

const char *mr_identity_uuid(const struct mr_capture *capture)
{
	return capture->uuid ? capture->uuid : capture->digest;
}

static int prepare(struct mr_store *store, const char *sql, sqlite3_stmt **ret, struct mr_error *error)
{
	return sqlite3_prepare_v2(mr_store_handle(store), sql, -1, ret, NULL) == SQLITE_OK
		       ? 0
		       : mr_store_error(store, "snapshot", error);
}

/* Run a statement that gives no rows, and finalize it. */
static int finish(struct mr_store *store, sqlite3_stmt *statement, struct mr_error *error)
{
	int result = sqlite3_step(statement) == SQLITE_DONE ? 0 : mr_store_error(store, "snapshot", error);

	sqlite3_finalize(statement);
	return result;
}

int mr_identity_find(struct mr_store *store, const char *uuid, struct mr_identity *ret_identity,
		     struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;

	*ret_identity = (struct mr_identity){0};
	int result = prepare(store, find_sql, &statement, error);
	if (result < 0)
		return result;
	sqlite3_bind_text(statement, 1, uuid, -1, SQLITE_STATIC);
	int stepped = sqlite3_step(statement);
	if (stepped == SQLITE_ROW) {
		ret_identity->snapshot_id = sqlite3_column_int64(statement, 0);
		ret_identity->completeness =
			mr_completeness_of((const char *)sqlite3_column_text(statement, 1));
		ret_identity->members_count = sqlite3_column_int64(statement, 2);
		const char *digest = (const char *)sqlite3_column_text(statement, 3);
		/* without it the archive would be another one */
		if (!digest)
			result = mr_store_error(store, "snapshot", error);
		snprintf(ret_identity->digest, sizeof(ret_identity->digest), "%s", digest ? digest : "");
	} else if (stepped != SQLITE_DONE)
		result = mr_store_error(store, "snapshot", error);
	sqlite3_finalize(statement);
	return result;
}

int mr_identity_compare(const struct mr_capture *new_one, const struct mr_identity *known,
			const char *archive_name, bool *ret_is_better, struct mr_error *error)
{
	int surplus = (int)new_one->completeness - (int)known->completeness;

	if (!surplus)
		surplus = (new_one->members_count > known->members_count) -
			  (new_one->members_count < known->members_count);
	if (!surplus && strcmp(new_one->digest, known->digest) != 0)
		return mr_error_set(
			error, -EEXIST,
			"%s: the same capture is #%lld already, as complete and with other content",
			archive_name, (long long)known->snapshot_id);
	*ret_is_better = surplus > 0;
	return 0;
}

static int throw_away(struct mr_store *store, int64_t snapshot_id, struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;

	int result = prepare(store, "DELETE FROM snapshot WHERE snapshot_id = ?", &statement, error);
	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, 1, snapshot_id);
	return finish(store, statement, error);
}

int mr_identity_begin(struct mr_store *store, int64_t replaced, int64_t *ret_snapshot_id,
		      struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;

	int result = replaced ? throw_away(store, replaced, error) : 0;
	if (!result)
		result = prepare(store, begin_sql, &statement, error);
	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, 1, replaced);
	sqlite3_bind_int64(statement, 2, time(NULL));
	sqlite3_bind_int64(statement, 3, MR_SCHEMA_VERSION);
	result = finish(store, statement, error);
	*ret_snapshot_id = sqlite3_last_insert_rowid(mr_store_handle(store));
	return result;
}

int mr_identity_end(struct mr_store *store, int64_t snapshot_id, const char *archive_name,
		    const struct mr_capture *capture, struct mr_error *error)
{
	const char *slash = strrchr(archive_name, '/');
	sqlite3_stmt *statement = NULL;

	int result = prepare(store, end_sql, &statement, error);
	if (result < 0)
		return result;
	sqlite3_bind_text(statement, 1, mr_identity_uuid(capture), -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, capture->digest, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, slash && slash[1] ? slash + 1 : archive_name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 4, capture->stored_bytes);
	sqlite3_bind_text(statement, 5, capture->origin, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 6, capture->host ? capture->host : "unknown", -1, SQLITE_STATIC);
	if (capture->has_taken_ns)
		sqlite3_bind_int64(statement, 7, capture->taken_ns);
	sqlite3_bind_text(statement, 8, mr_completeness_name(capture->completeness), -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 9, capture->members_count);
	sqlite3_bind_int64(statement, 10, snapshot_id);
	return finish(store, statement, error);
}

static int count_rows(struct mr_store *store, int64_t snapshot_id, const char *sql, int64_t *ret_count,
		      struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;

	int result = prepare(store, sql, &statement, error);
	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, 1, snapshot_id);
	if (sqlite3_step(statement) == SQLITE_ROW)
		*ret_count = sqlite3_column_int64(statement, 0);
	else
		result = mr_store_error(store, "snapshot", error);
	sqlite3_finalize(statement);
	return result;
}

int mr_identity_count(struct mr_store *store, int64_t snapshot_id, int64_t *ret_processes_count,
		      int64_t *ret_cgroups_count, struct mr_error *error)
{
	int result = count_rows(store, snapshot_id, processes_sql, ret_processes_count, error);

	return result ? result : count_rows(store, snapshot_id, cgroups_sql, ret_cgroups_count, error);
}

/* The row of snapshot, from the moment the first member is read until the last one is.  See identity.h. */
#include "analyze/import/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "schema/catalog.h"

static const char *const completeness_names[] = {
	[MR_CUT_OFF] = "cut off",
	[MR_PARTIAL] = "partial",
	[MR_COMPLETE] = "complete",
};

static const char find_sql[] =
	"SELECT snapshot_id, completeness, members_count, digest FROM snapshot WHERE uuid = ?";
/* what is not known before the last member is filled in at the end, in the same transaction */
static const char begin_sql[] =
	"INSERT INTO snapshot (snapshot_id, uuid, digest, archive, archive_bytes, host, taken_ns, "
	"completeness, members_count,"
	" imported_s, schema_version) VALUES (nullif(?, 0), ?, '', ?, 0, ?, ?, 'cut off', 0, ?, ?)";
static const char end_sql[] =
	"UPDATE snapshot SET digest = ?, archive_bytes = ?, completeness = ?, members_count = ?"
	" WHERE snapshot_id = ?";
static const char processes_sql[] = "SELECT count(*) FROM proc_stat WHERE snapshot_id = ? AND reading = 0";
static const char cgroups_sql[] =
	"SELECT count(*) FROM (SELECT hierarchy, path FROM capture_cgroups WHERE snapshot_id = ?1"
	" UNION SELECT hierarchy, path FROM cgroup1_memory WHERE snapshot_id = ?1"
	" UNION SELECT hierarchy, path FROM cgroup2_memory WHERE snapshot_id = ?1)";

static sqlite3_stmt *prepare(struct mr_pass *pass, const char *sql, struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(mr_store_handle(pass->store), sql, -1, &statement, NULL) != SQLITE_OK)
		mr_store_error(pass->store, "snapshot", error);
	return statement;
}

/* Run a statement that gives no rows, and finalize it. */
static int finish(struct mr_pass *pass, sqlite3_stmt *statement, struct mr_error *error)
{
	int result =
		sqlite3_step(statement) == SQLITE_DONE ? 0 : mr_store_error(pass->store, "snapshot", error);

	sqlite3_finalize(statement);
	return result;
}

static enum mr_completeness completeness_of(const char *name)
{
	for (int i = MR_COMPLETE; i > MR_CUT_OFF; i--)
		if (name && !strcmp(name, completeness_names[i]))
			return (enum mr_completeness)i;
	return MR_CUT_OFF;
}

int mr_identity_find(struct mr_pass *pass, struct mr_identity *ret_identity, struct mr_error *error)
{
	sqlite3_stmt *statement = prepare(pass, find_sql, error);
	int result = 0;

	if (!statement)
		return -EIO;
	sqlite3_bind_text(statement, 1, pass->facts.uuid, -1, SQLITE_STATIC);
	int stepped = sqlite3_step(statement);
	if (stepped == SQLITE_ROW) {
		*ret_identity = (struct mr_identity){
			.snapshot_id = sqlite3_column_int64(statement, 0),
			.completeness = completeness_of((const char *)sqlite3_column_text(statement, 1)),
			.members_count = sqlite3_column_int64(statement, 2),
		};
		const char *digest = (const char *)sqlite3_column_text(statement, 3);
		snprintf(ret_identity->digest, sizeof(ret_identity->digest), "%s", digest ? digest : "");
	} else if (stepped != SQLITE_DONE)
		result = mr_store_error(pass->store, "snapshot", error);
	sqlite3_finalize(statement);
	return result;
}

int mr_identity_compare(const struct mr_identity *new_one, const struct mr_identity *known,
			const struct mr_pass *pass, bool *ret_is_better, struct mr_error *error)
{
	int64_t surplus = (int64_t)new_one->completeness - (int64_t)known->completeness;

	if (!surplus)
		surplus = new_one->members_count - known->members_count;
	if (!surplus && strcmp(new_one->digest, known->digest) != 0)
		return mr_error_set(
			error, -EEXIST,
			"%s: the same capture is #%lld already, as complete and with other content",
			pass->archive_name, (long long)known->snapshot_id);
	*ret_is_better = surplus > 0;
	return 0;
}

static int throw_away(struct mr_pass *pass, int64_t snapshot_id, struct mr_error *error)
{
	sqlite3_stmt *statement = prepare(pass, "DELETE FROM snapshot WHERE snapshot_id = ?", error);

	if (!statement)
		return -EIO;
	sqlite3_bind_int64(statement, 1, snapshot_id);
	return finish(pass, statement, error);
}

int mr_identity_begin(struct mr_pass *pass, const struct mr_identity *known, struct mr_error *error)
{
	const char *slash = strrchr(pass->archive_name, '/');
	int result = known->snapshot_id ? throw_away(pass, known->snapshot_id, error) : 0;

	if (result < 0)
		return result;
	sqlite3_stmt *statement = prepare(pass, begin_sql, error);
	if (!statement)
		return -EIO;
	sqlite3_bind_int64(statement, 1, known->snapshot_id);
	sqlite3_bind_text(statement, 2, pass->facts.uuid, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 3, slash ? slash + 1 : pass->archive_name, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 4, pass->facts.host ? pass->facts.host : "unknown", -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 5, pass->facts.taken_ns);
	sqlite3_bind_int64(statement, 6, time(NULL));
	sqlite3_bind_int64(statement, 7, MR_SCHEMA_VERSION);
	result = finish(pass, statement, error);
	pass->snapshot_id = sqlite3_last_insert_rowid(mr_store_handle(pass->store));
	pass->index.snapshot_id = pass->snapshot_id;
	return result;
}

int mr_identity_end(struct mr_pass *pass, const struct mr_identity *identity, struct mr_error *error)
{
	sqlite3_stmt *statement = prepare(pass, end_sql, error);

	if (!statement)
		return -EIO;
	sqlite3_bind_text(statement, 1, identity->digest, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, identity->archive_bytes);
	sqlite3_bind_text(statement, 3, completeness_names[identity->completeness], -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 4, identity->members_count);
	sqlite3_bind_int64(statement, 5, pass->snapshot_id);
	return finish(pass, statement, error);
}

static int count_rows(struct mr_pass *pass, const char *sql, int64_t *ret_count, struct mr_error *error)
{
	sqlite3_stmt *statement = prepare(pass, sql, error);
	int result = 0;

	if (!statement)
		return -EIO;
	sqlite3_bind_int64(statement, 1, pass->snapshot_id);
	if (sqlite3_step(statement) == SQLITE_ROW)
		*ret_count = sqlite3_column_int64(statement, 0);
	else
		result = mr_store_error(pass->store, "snapshot", error);
	sqlite3_finalize(statement);
	return result;
}

int mr_identity_count(struct mr_pass *pass, struct mr_import_result *ret, struct mr_error *error)
{
	int result = count_rows(pass, processes_sql, &ret->processes_count, error);

	if (!result)
		result = count_rows(pass, cgroups_sql, &ret->cgroups_count, error);
	ret->values_count = pass->values_count;
	ret->issues_count = pass->issues_count;
	return result;
}

/* One snapshot with all its rows from another database file. */
#include <errno.h>
#include <string.h>

#include "analyze/store/internal.h"
#include "schema/base/cleanup.h"

/* Every table whose rows belong to a snapshot, snapshot itself first because the others refer to it; with its
 * other columns as a list. */
static const char tables_sql[] =
	"SELECT t.name, group_concat('\"' || c.name || '\"', ', ') FROM main.sqlite_schema AS t, "
	"pragma_table_info(t.name) AS c"
	" WHERE t.type = 'table' AND c.name <> 'snapshot_id' AND t.name NOT LIKE 'sqlite_%' AND EXISTS"
	" (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'snapshot_id') GROUP BY t.name ORDER BY "
	"t.name <> 'snapshot', t.name";

static int copy_table(struct mr_store *store, const char *table, const char *columns, int64_t from_id,
		      int64_t to_id, struct mr_error *error)
{
	_cleanup_free_ char *sql = NULL;
	sqlite3_stmt *statement = NULL;
	int result = 0;

	if (asprintf(&sql,
		     "INSERT INTO main.%s (snapshot_id, %s) SELECT ?1, %s FROM other.%s WHERE snapshot_id = "
		     "?2",
		     table, columns, columns, table) < 0) {
		sql = NULL;
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	}
	if (sqlite3_prepare_v2(store->handle, sql, -1, &statement, NULL) != SQLITE_OK)
		return mr_store_error(store, table, error);
	sqlite3_bind_int64(statement, 1, to_id);
	sqlite3_bind_int64(statement, 2, from_id);
	if (sqlite3_step(statement) != SQLITE_DONE)
		result = mr_store_error(store, table, error);
	sqlite3_finalize(statement);
	return result;
}

/* The same number when it is free here, else the next one.
 * @ret_is_here  the same capture is here already, under *ret_id */
static int choose_id(struct mr_store *store, int64_t wanted_id, int64_t *ret_id, bool *ret_is_here,
		     struct mr_error *error)
{
	static const char sql[] =
		"SELECT coalesce(here, CASE WHEN ?1 IN (SELECT snapshot_id FROM main.snapshot)"
		" THEN (SELECT max(snapshot_id) + 1 FROM main.snapshot) ELSE ?1 END), here IS NOT NULL FROM "
		"(SELECT (SELECT a.snapshot_id"
		" FROM main.snapshot AS a, other.snapshot AS b WHERE b.snapshot_id = ?1 AND a.uuid = b.uuid) "
		"AS here)";
	sqlite3_stmt *statement = NULL;
	int result = 0;

	if (sqlite3_prepare_v2(store->handle, sql, -1, &statement, NULL) == SQLITE_OK)
		sqlite3_bind_int64(statement, 1, wanted_id);
	if (!statement || sqlite3_step(statement) != SQLITE_ROW)
		result = mr_store_error(store, "snapshot", error);
	else {
		*ret_id = sqlite3_column_int64(statement, 0);
		*ret_is_here = sqlite3_column_int(statement, 1);
	}
	sqlite3_finalize(statement);
	return result;
}

static int copy_tables(struct mr_store *store, int64_t from_id, int64_t to_id, struct mr_error *error)
{
	sqlite3_stmt *tables = NULL;
	int result = 0;

	if (sqlite3_prepare_v2(store->handle, tables_sql, -1, &tables, NULL) != SQLITE_OK)
		return mr_store_error(store, "copy", error);
	while (!result && sqlite3_step(tables) == SQLITE_ROW) {
		result = copy_table(store, (const char *)sqlite3_column_text(tables, 0),
				    (const char *)sqlite3_column_text(tables, 1), from_id, to_id, error);
		/* nothing of the kind was copied: the number does not exist there */
		if (!result && !strcmp((const char *)sqlite3_column_text(tables, 0), "snapshot") &&
		    sqlite3_changes(store->handle) == 0)
			result = mr_error_set(error, -ENOENT, "no snapshot %lld", (long long)from_id);
	}
	sqlite3_finalize(tables);
	return result;
}

static int attach(struct mr_store *store, const char *path, struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;
	int result = 0;

	if (sqlite3_prepare_v2(store->handle, "ATTACH ? AS other", -1, &statement, NULL) == SQLITE_OK)
		sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
	if (!statement || sqlite3_step(statement) != SQLITE_DONE)
		result = mr_store_error(store, path, error);
	sqlite3_finalize(statement);
	return result;
}

int mr_store_copy_snapshot(struct mr_store *store, const char *path, int64_t snapshot_id,
			   int64_t *ret_snapshot_id, struct mr_error *error)
{
	struct mr_store *other;
	int64_t id = 0;
	bool is_here = false;

	/* whether it is ours is for mr_store_open() to say; ATTACH would take anything, and make what is not
	 * there */
	int result = mr_store_open(path, MR_STORE_READ, &other, error);
	if (result < 0)
		return result;
	result = attach(store, mr_store_path(other), error);
	mr_store_close(other);
	if (result < 0)
		return result;
	result = mr_store_begin(store, error);
	if (!result)
		result = choose_id(store, snapshot_id, &id, &is_here, error);
	if (!result && !is_here)
		result = copy_tables(store, snapshot_id, id, error);
	if (!result)
		result = mr_store_commit(store, error);
	if (result < 0)
		mr_store_rollback(store);
	sqlite3_exec(store->handle, "DETACH other", NULL, NULL, NULL);
	if (!result)
		*ret_snapshot_id = id;
	return result;
}

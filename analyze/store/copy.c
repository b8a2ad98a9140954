/* Snapshots with all their rows from another database.
 *
 * The other one is attached, and the statements that copy are made once for all of its snapshots: an INSERT
 * ... SELECT for every table of ours that has a snapshot_id, snapshot itself first because the others refer
 * to it.  Both have the same schema: one that is older is attached as the copy that mr_store_open() makes of
 * it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/store/copy.h"
#include "analyze/store/internal.h"
#include "schema/base/cleanup.h"

/* Each table and its other columns as a list. */
static const char tables_sql[] =
	"SELECT t.name, group_concat('\"' || c.name || '\"', ', ') FROM main.sqlite_schema AS t,"
	" pragma_table_info(t.name) AS c WHERE t.type = 'table' AND c.name <> 'snapshot_id'"
	" AND t.name IN (SELECT object FROM main.documentation)"
	" AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'snapshot_id') GROUP BY t.name"
	" ORDER BY t.name <> 'snapshot', t.name";

/* @row  of tables_sql */
static int add_step(struct mr_donor *donor, sqlite3_stmt *row, struct mr_error *error)
{
	struct mr_store *store = donor->store;
	struct mr_copy_step *grown = reallocarray(donor->steps, donor->count + 1, sizeof(*grown));
	_cleanup_free_ char *sql = NULL;
	_cleanup_free_ char *table = mr_store_text(row, 0);
	_cleanup_free_ char *columns = mr_store_text(row, 1);

	donor->steps = grown ? grown : donor->steps;
	if (!grown || !table || !columns)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	if (asprintf(&sql,
		     "INSERT INTO main.%s (snapshot_id, %s) SELECT ?1, %s FROM other.%s WHERE snapshot_id = "
		     "?2",
		     table, columns, columns, table) < 0) {
		sql = NULL;
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	}
	struct mr_copy_step *step = &grown[donor->count++];
	*step = (struct mr_copy_step){.table = table};
	table = NULL;
	if (sqlite3_prepare_v3(store->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &step->insert, NULL) !=
	    SQLITE_OK)
		return mr_store_error(store, step->table, error);
	return 0;
}

static int make_steps(struct mr_donor *donor, struct mr_error *error)
{
	sqlite3_stmt *tables = NULL;
	int result = 0, stepped = SQLITE_DONE;

	if (sqlite3_prepare_v2(donor->store->handle, tables_sql, -1, &tables, NULL) != SQLITE_OK)
		return mr_store_error(donor->store, "copy", error);
	while (!result && (stepped = sqlite3_step(tables)) == SQLITE_ROW)
		result = add_step(donor, tables, error);
	if (!result && stepped != SQLITE_DONE)
		result = mr_store_error(donor->store, "copy", error);
	sqlite3_finalize(tables);
	return result;
}

static int attach(struct mr_store *store, const char *path, struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;
	int result = 0;

	sqlite3_limit(store->handle, SQLITE_LIMIT_ATTACHED, 1);
	if (sqlite3_prepare_v2(store->handle, "ATTACH ? AS other", -1, &statement, NULL) == SQLITE_OK)
		sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
	if (!statement || sqlite3_step(statement) != SQLITE_DONE)
		result = mr_store_error(store, path, error);
	sqlite3_finalize(statement);
	sqlite3_limit(store->handle, SQLITE_LIMIT_ATTACHED, 0);
	return result;
}

/* A database that could be written to would be locked by every transaction, and be part of its commit. */
static char *read_only_uri(const char *path)
{
	struct mr_buffer uri = {0};

	mr_buffer_append_text(&uri, "file:");
	for (; *path; path++)
		if (isalnum((unsigned char)*path) || strchr("/._-", *path))
			mr_buffer_append(&uri, path, 1);
		else
			mr_buffer_printf(&uri, "%%%02x", (unsigned char)*path);
	mr_buffer_append_text(&uri, "?mode=ro");
	return mr_buffer_detach(&uri);
}

/* Whether it is ours is for mr_store_open() to say; ATTACH would take anything, and make what is not there.
 */
static int attach_ours(struct mr_store *store, const char *path, struct mr_error *error)
{
	struct mr_store *other;

	int result = mr_store_open(path, MR_STORE_READ, &other, error);
	if (result < 0)
		return result;
	char *uri = other->is_copy ? strdup("") : read_only_uri(other->path);
	result = uri ? attach(store, uri, error)
		     : mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	free(uri);
	if (!result && other->is_copy)
		result = mr_store_copy_pages(other, store->handle, "other", error);
	mr_store_close(other);
	return result;
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat status_a, status_b;

	return !stat(a, &status_a) && !stat(b, &status_b) && status_a.st_dev == status_b.st_dev &&
	       status_a.st_ino == status_b.st_ino;
}

int mr_donor_open(struct mr_store *store, const char *path, struct mr_donor **ret_donor,
		  struct mr_error *error)
{
	/* opening and closing it once more would give up the locks that we have on it */
	if (is_same_file(store->path, path))
		return mr_error_set(error, -EINVAL, "%s is the database that is to be filled", path);
	struct mr_donor *donor = calloc(1, sizeof(*donor));
	if (!donor)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	donor->store = store;
	int result = attach_ours(store, path, error);
	if (!result)
		result = make_steps(donor, error);
	if (result < 0) {
		mr_donor_close(donor);
		return result;
	}
	*ret_donor = donor;
	return 0;
}

void mr_donor_close(struct mr_donor *donor)
{
	if (!donor)
		return;
	for (size_t i = 0; i < donor->count; i++) {
		sqlite3_finalize(donor->steps[i].insert);
		free(donor->steps[i].table);
	}
	sqlite3_exec(donor->store->handle, "DETACH other", NULL, NULL, NULL);
	free(donor->steps);
	free(donor);
}

static int run_step(struct mr_donor *donor, const struct mr_copy_step *step, int64_t from_id, int64_t to_id,
		    struct mr_error *error)
{
	int result = 0;

	if (to_id)
		sqlite3_bind_int64(step->insert, 1, to_id);
	else
		sqlite3_bind_null(step->insert, 1);
	sqlite3_bind_int64(step->insert, 2, from_id);
	if (sqlite3_step(step->insert) != SQLITE_DONE)
		result = mr_store_error(donor->store, step->table, error);
	sqlite3_reset(step->insert);
	return result;
}

int mr_donor_copy(struct mr_donor *donor, int64_t from_id, int64_t to_id, int64_t *ret_id,
		  int64_t *ret_rows_count, struct mr_error *error)
{
	sqlite3 *handle = donor->store->handle;

	*ret_rows_count = 0;
	for (size_t i = 0; i < donor->count; i++) {
		int result = run_step(donor, &donor->steps[i], from_id, to_id, error);
		if (result < 0)
			return result;
		*ret_rows_count += sqlite3_changes64(handle);
		if (i > 0)
			continue;
		/* the table snapshot: it gives the number, if none was wanted */
		if (!sqlite3_changes64(handle))
			return mr_error_set(error, -ENOENT, "no snapshot %lld", (long long)from_id);
		to_id = sqlite3_last_insert_rowid(handle);
	}
	*ret_id = to_id;
	return 0;
}

/* ---- one snapshot under its own number ---- */

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

static int copy_in_transaction(struct mr_donor *donor, int64_t snapshot_id, int64_t *ret_id,
			       struct mr_error *error)
{
	struct mr_store *store = donor->store;
	int64_t id = 0, rows_count;
	bool is_here = false;

	int result = mr_store_begin(store, error);
	if (!result)
		result = choose_id(store, snapshot_id, &id, &is_here, error);
	if (!result && !is_here)
		result = mr_donor_copy(donor, snapshot_id, id, &id, &rows_count, error);
	if (!result)
		result = mr_store_commit(store, error);
	if (result < 0)
		mr_store_rollback(store);
	else
		*ret_id = id;
	return result;
}

int mr_store_copy_snapshot(struct mr_store *store, const char *path, int64_t snapshot_id,
			   int64_t *ret_snapshot_id, struct mr_error *error)
{
	struct mr_donor *donor;

	int result = mr_donor_open(store, path, &donor, error);
	if (result < 0)
		return result;
	result = copy_in_transaction(donor, snapshot_id, ret_snapshot_id, error);
	mr_donor_close(donor);
	return result;
}

/* A database of an older schema becomes one of this program's, in one transaction.
 *
 * What the tables and views have to be is known: a new database is made in memory and looked at.  A table
 * whose DDL is the same stays as it is; one that differs is made anew and gets the columns that both have;
 * one that is new is made, and one that is gone goes.  Indexes follow their tables.  Views, documentation and
 * claims are made anew, and the verdicts are computed again by the checks of this program.  At the end
 * nothing in the schema tells the database from one that was made today.
 *
 * What cannot be known so is said by schema/migrations/NNNN.sql, the step to schema NNNN: where the data of a
 * column that has another name now, or may not be NULL, is to be found.  Such a step works on the old tables,
 * before they are made anew: it adds or renames a column there, and the rest follows.
 *
 * Ours is what the table documentation of the old database names.  Tables, views and indexes that somebody
 * else made in it are left alone.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/store/internal.h"
#include "schema/base/cleanup.h"
#include "schema/sql.h"

#define STEPS_FOLDER "migrations/"
#define OLD_PREFIX "_old_"

/* The format is SQLite's: "%w" is a name from the database between double quotes. */
static int run(struct mr_store *store, const char *what, struct mr_error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	char *sql = sqlite3_vmprintf(format, arguments);
	va_end(arguments);
	if (!sql)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	int result = sqlite3_exec(store->handle, sql, NULL, NULL, NULL) == SQLITE_OK
			     ? 0
			     : mr_store_error(store, what, error);
	sqlite3_free(sql);
	return result;
}

/* The first cell of a query with one text parameter.  That there is none may cost a table: a failure is
 * something else. @ret_text  NULL for no row and for NULL; for the caller to free() */
static int ask_text(struct mr_store *store, const char *sql, const char *parameter, char **ret_text,
		    struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;
	int result = 0, stepped = SQLITE_ERROR;

	if (sqlite3_prepare_v2(store->handle, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_bind_text(statement, 1, parameter, -1, SQLITE_STATIC) == SQLITE_OK)
		stepped = sqlite3_step(statement);
	if (stepped != SQLITE_ROW && stepped != SQLITE_DONE)
		result = mr_store_error(store, parameter, error);
	if (stepped == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL) {
		*ret_text = mr_store_text(statement, 0);
		if (!*ret_text)
			result = mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	}
	sqlite3_finalize(statement);
	return result;
}

/* ---- lists: what is changed must not be what is being read ---- */

struct objects {
	struct object {
		char *name, *table, *sql;
	} * items;
	size_t count;
};

static void objects_deinit(struct objects *objects)
{
	for (size_t i = 0; i < objects->count; i++) {
		free(objects->items[i].name);
		free(objects->items[i].table);
		free(objects->items[i].sql);
	}
	free(objects->items);
}

static bool objects_add(struct objects *objects, sqlite3_stmt *row)
{
	struct object *grown = reallocarray(objects->items, objects->count + 1, sizeof(*grown));

	if (!grown)
		return false;
	objects->items = grown;
	grown += objects->count++;
	*grown = (struct object){
		.name = mr_store_text(row, 0),
		.table = mr_store_text(row, 1),
		.sql = mr_store_text(row, 2),
	};
	return grown->name && grown->table && grown->sql;
}

/* What sqlite_schema holds of a type: "table", "index" or "view". @only  a condition on the rows */
static int objects_load(struct mr_store *store, const char *type, const char *only, struct objects *objects,
			struct mr_error *error)
{
	_cleanup_free_ char *sql = NULL;
	sqlite3_stmt *rows = NULL;
	int result = 0, stepped;

	if (asprintf(
		    &sql,
		    "SELECT name, tbl_name, sql FROM main.sqlite_schema WHERE type = '%s' AND sql IS NOT NULL"
		    " AND name NOT GLOB 'sqlite_*' AND %s ORDER BY rowid",
		    type, only) < 0) {
		sql = NULL;
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	}
	if (sqlite3_prepare_v2(store->handle, sql, -1, &rows, NULL) != SQLITE_OK)
		return mr_store_error(store, NULL, error);
	while (!result && (stepped = sqlite3_step(rows)) == SQLITE_ROW)
		if (!objects_add(objects, rows))
			result = mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	if (!result && stepped != SQLITE_DONE)
		result = mr_store_error(store, NULL, error);
	sqlite3_finalize(rows);
	return result;
}

/* Do something for each object of a type in @list_of, on @store. */
static int for_each(struct mr_store *list_of, const char *type, const char *only, struct mr_store *store,
		    int (*act)(struct mr_store *store, const struct object *object, struct mr_error *error),
		    struct mr_error *error)
{
	struct objects objects = {0};

	int result = objects_load(list_of, type, only, &objects, error);
	for (size_t i = 0; !result && i < objects.count; i++)
		result = act(store, &objects.items[i], error);
	objects_deinit(&objects);
	return result;
}

/* ---- one object ---- */

static int drop_view(struct mr_store *store, const struct object *view, struct mr_error *error)
{
	return run(store, view->name, error, "DROP VIEW \"%w\"", view->name);
}

static int drop_table(struct mr_store *store, const struct object *table, struct mr_error *error)
{
	return run(store, table->name, error, "DROP TABLE \"%w\"", table->name);
}

static int create(struct mr_store *store, const struct object *object, struct mr_error *error)
{
	return run(store, object->name, error, "%s", object->sql);
}

/* Rows of the old table into the new one, by the columns that both have.  The numbers that AUTOINCREMENT has
 * given are not given again: the row of sqlite_sequence goes on under the new name. */
static int copy_rows(struct mr_store *store, const char *table, struct mr_error *error)
{
	static const char common_sql[] =
		"SELECT group_concat('\"' || name || '\"', ', ') FROM pragma_table_info('" OLD_PREFIX
		"' || ?1)"
		" WHERE name IN (SELECT name FROM pragma_table_info(?1))";
	_cleanup_free_ char *columns = NULL;

	int result = ask_text(store, common_sql, table, &columns, error);
	if (!result && !columns)
		result =
			mr_error_set(error, -EBADMSG, "%s: the table %s has none of the columns of schema %d",
				     store->path, table, MR_SCHEMA_VERSION);
	if (!result)
		result = run(store, table, error,
			     "INSERT INTO main.\"%s\" (%s) SELECT %s FROM main.\"" OLD_PREFIX "%s\"", table,
			     columns, columns, table);
	if (!result)
		result = run(store, table, error,
			     "DELETE FROM sqlite_sequence WHERE name = '%s';"
			     "UPDATE sqlite_sequence SET name = '%s' WHERE name = '" OLD_PREFIX "%s'",
			     table, table, table);
	return result;
}

static int bring_table_up(struct mr_store *store, const struct object *table, struct mr_error *error)
{
	_cleanup_free_ char *old_sql = NULL;

	int result = ask_text(store, "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?1",
			      table->name, &old_sql, error);
	if (result < 0)
		return result;
	if (!old_sql)
		return create(store, table, error);
	if (!strcmp(old_sql, table->sql))
		return 0;
	result = run(store, table->name, error, "ALTER TABLE main.\"%s\" RENAME TO \"" OLD_PREFIX "%s\"",
		     table->name, table->name);
	if (!result)
		result = create(store, table, error);
	if (!result)
		result = copy_rows(store, table->name, error);
	if (!result)
		result = run(store, table->name, error, "DROP TABLE main.\"" OLD_PREFIX "%s\"", table->name);
	return result;
}

static int bring_index_up(struct mr_store *store, const struct object *index, struct mr_error *error)
{
	_cleanup_free_ char *old_sql = NULL;

	int result = ask_text(store, "SELECT sql FROM main.sqlite_schema WHERE type = 'index' AND name = ?1",
			      index->name, &old_sql, error);
	if (result < 0 || (old_sql && !strcmp(old_sql, index->sql)))
		return result;
	result = run(store, index->name, error, "DROP INDEX IF EXISTS main.\"%s\"", index->name);
	return result < 0 ? result : create(store, index, error);
}

/* ---- all of it ---- */

/* The steps behind the version of the database; the files are sorted by their numbers. */
static int run_steps(struct mr_store *store, int64_t from_version, struct mr_error *error)
{
	for (size_t i = 0; i < mr_sql_file_count; i++) {
		const struct mr_sql_file *file = &mr_sql_files[i];

		if (strncmp(file->name, STEPS_FOLDER, strlen(STEPS_FOLDER)) != 0)
			continue;
		long to_version = strtol(file->name + strlen(STEPS_FOLDER), NULL, 10);
		if (to_version <= from_version || to_version > MR_SCHEMA_VERSION)
			continue;
		int result = run(store, file->name, error, "%s", file->text);
		if (result < 0)
			return result;
	}
	return 0;
}

/* Tables that no longer exist: documented by the old program, and unknown to this one. */
static int drop_gone_tables(struct mr_store *store, struct mr_store *fresh, const struct objects *old_tables,
			    struct mr_error *error)
{
	int result = 0;

	for (size_t i = 0; !result && i < old_tables->count; i++) {
		const struct object *table = &old_tables->items[i];
		_cleanup_free_ char *name = NULL;

		result = ask_text(fresh, "SELECT name FROM main.sqlite_schema WHERE name = ?1", table->name,
				  &name, error);
		if (!result && !name)
			result = drop_table(store, table, error);
	}
	return result;
}

static int bring_objects_up(struct mr_store *store, struct mr_store *fresh, int64_t from_version,
			    struct mr_error *error)
{
	static const char ours[] = "name IN (SELECT object FROM main.documentation)";
	struct objects old_tables = {0};

	int result = for_each(store, "view", ours, store, drop_view, error);
	if (!result)
		result = run_steps(store, from_version, error);
	if (!result)
		result = objects_load(store, "table", ours, &old_tables, error);
	if (!result)
		result = for_each(fresh, "table", "1", store, bring_table_up, error);
	if (!result)
		result = drop_gone_tables(store, fresh, &old_tables, error);
	if (!result)
		result = for_each(fresh, "index", "1", store, bring_index_up, error);
	if (!result)
		result = for_each(fresh, "view", "1", store, create, error);
	objects_deinit(&old_tables);
	return result;
}

static int compute_all_checks(struct mr_store *store, struct mr_error *error)
{
	sqlite3_stmt *ids = NULL;
	int result = 0, stepped = SQLITE_DONE;

	if (sqlite3_prepare_v2(store->handle, "SELECT snapshot_id FROM main.snapshot", -1, &ids, NULL) !=
	    SQLITE_OK)
		return mr_store_error(store, NULL, error);
	mr_store_keep_copies(store);
	while (!result && (stepped = sqlite3_step(ids)) == SQLITE_ROW)
		result = mr_store_compute_checks(store, sqlite3_column_int64(ids, 0), error);
	if (!result && stepped != SQLITE_DONE)
		result = mr_store_error(store, "snapshot", error);
	sqlite3_finalize(ids);
	if (result < 0)
		return result;
	result = mr_verdicts_drop(store, error);
	return result < 0 ? result
			  : run(store, NULL, error, "UPDATE main.snapshot SET schema_version = %d",
				MR_SCHEMA_VERSION);
}

int mr_migrate(struct mr_store *store, int64_t from_version, struct mr_error *error)
{
	_cleanup_free_ char *text = NULL;
	struct mr_store *fresh = NULL;

	if (asprintf(&text, "bringing %s from schema %lld to %d", store->path, (long long)from_version,
		     MR_SCHEMA_VERSION) < 0)
		text = NULL;
	mr_store_tell(text ? text : store->path);
	int result = mr_store_open(":memory:", MR_STORE_MEMORY, &fresh, error);
	if (!result)
		result = bring_objects_up(store, fresh, from_version, error);
	mr_store_close(fresh);
	if (!result)
		result = run(store, NULL, error,
			     "DELETE FROM main.documentation; DELETE FROM main.check_result; DELETE FROM "
			     "main.check_claim");
	if (!result)
		result = mr_install_texts(store, error);
	if (!result)
		result = mr_install_identity(store, error);
	if (!result)
		result = compute_all_checks(store, error);
	return result;
}

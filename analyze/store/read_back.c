/* Rows and issues out of the database again.  See read_back.h. */
#include "analyze/store/read_back.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/store/internal.h"
#include "schema/base/cleanup.h"

/* SELECT reading, a, b FROM main.t WHERE snapshot_id = ?1 */
static char *select_sql(const struct mr_table *table)
{
	struct mr_buffer sql = {0};

	mr_buffer_append_text(&sql, "SELECT reading");
	for (size_t i = 0; i < table->field_count; i++)
		if (table->fields[i].kind != MR_KIND_IGNORED)
			mr_buffer_printf(&sql, ", %s", table->fields[i].column);
	mr_buffer_printf(&sql, " FROM main.%s WHERE snapshot_id = ?1", table->name);
	return mr_buffer_detach(&sql);
}

static struct mr_value value_of(sqlite3_stmt *statement, int column)
{
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_INTEGER:
		return (struct mr_value){.type = MR_VALUE_INTEGER,
					 .integer = sqlite3_column_int64(statement, column)};
	case SQLITE_FLOAT:
		return (struct mr_value){.type = MR_VALUE_REAL,
					 .real = sqlite3_column_double(statement, column)};
	case SQLITE_TEXT:
		return (struct mr_value){.type = MR_VALUE_TEXT,
					 .text = {(const char *)sqlite3_column_text(statement, column),
						  (size_t)sqlite3_column_bytes(statement, column)}};
	}
	return (struct mr_value){0};
}

static int give_row(sqlite3_stmt *statement, const struct mr_table *table, const struct mr_read_back *reader)
{
	struct mr_row row = {.table = table};
	int column = 1;

	for (size_t i = 0; i < table->field_count; i++)
		if (table->fields[i].kind != MR_KIND_IGNORED)
			row.values[i] = value_of(statement, column++);
	return reader->row(reader->context, sqlite3_column_int64(statement, 0), &row);
}

static int prepare(struct mr_store *store, const char *sql, int64_t snapshot_id, sqlite3_stmt **ret_statement,
		   struct mr_error *error)
{
	if (!sql)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	if (sqlite3_prepare_v2(store->handle, sql, -1, ret_statement, NULL) != SQLITE_OK)
		return mr_store_error(store, "read back", error);
	sqlite3_bind_int64(*ret_statement, 1, snapshot_id);
	return 0;
}

static int read_table(struct mr_store *store, const struct mr_table *table, int64_t snapshot_id,
		      const struct mr_read_back *reader, struct mr_error *error)
{
	_cleanup_free_ char *sql = select_sql(table);
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_DONE;

	int result = prepare(store, sql, snapshot_id, &statement, error);
	while (!result && (step = sqlite3_step(statement)) == SQLITE_ROW)
		result = give_row(statement, table, reader);
	if (!result && step != SQLITE_DONE)
		result = mr_store_error(store, table->name, error);
	sqlite3_finalize(statement);
	return result;
}

static int give_issue(sqlite3_stmt *statement, const struct mr_read_back *reader)
{
	const char *name = (const char *)sqlite3_column_text(statement, 0);
	const char *path = (const char *)sqlite3_column_text(statement, 1);
	struct mr_issue issue = {.kind = MR_ISSUE_UNKNOWN_FILE,
				 .line = (unsigned long)sqlite3_column_int64(statement, 2)};

	if (!name || !path)
		return -ENOMEM;
	if (!strcmp(name, "too_many"))
		return reader->issue(reader->context, "", &issue);
	mr_issue_kind_find(name, &issue.kind);
	return reader->issue(reader->context, path, &issue);
}

static int read_issues(struct mr_store *store, int64_t snapshot_id, const struct mr_read_back *reader,
		       struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_DONE;

	int result = prepare(store, "SELECT kind, path, line FROM main.issue WHERE snapshot_id = ?1",
			     snapshot_id, &statement, error);
	while (!result && (step = sqlite3_step(statement)) == SQLITE_ROW)
		result = give_issue(statement, reader);
	if (!result && step != SQLITE_DONE)
		result = mr_store_error(store, "issue", error);
	sqlite3_finalize(statement);
	return result;
}

int mr_store_read_back(struct mr_store *store, int64_t snapshot_id, const struct mr_read_back *reader,
		       struct mr_error *error)
{
	int result = 0;

	/* so that nobody changes the snapshot between two tables */
	if (sqlite3_exec(store->handle, "SAVEPOINT read_back", NULL, NULL, NULL) != SQLITE_OK)
		return mr_store_error(store, "read back", error);
	for (size_t i = 0; !result && i < mr_table_count; i++)
		if (mr_store_has_table(mr_tables[i]))
			result = read_table(store, mr_tables[i], snapshot_id, reader, error);
	if (!result)
		result = read_issues(store, snapshot_id, reader, error);
	sqlite3_exec(store->handle, "RELEASE read_back", NULL, NULL, NULL);
	return result;
}

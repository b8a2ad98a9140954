/* See query.h. */
#include "analyze/verb/query.h"

#include <errno.h>
#include <string.h>

#include "schema/base/cleanup.h"
#include "schema/sql.h"

void mr_finalizep(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}

int mr_query(struct mr_store *store, const char *sql, sqlite3_stmt **ret_statement, struct mr_error *error)
{
	if (sqlite3_prepare_v2(mr_store_handle(store), sql, -1, ret_statement, NULL) != SQLITE_OK)
		return mr_store_error(store, NULL, error);
	return 0;
}

static void bind_named(sqlite3_stmt *statement, const char *name, int64_t value)
{
	int index = sqlite3_bind_parameter_index(statement, name);

	if (index)
		sqlite3_bind_int64(statement, index, value);
}

int mr_query_saved(struct mr_store *store, const char *name, int64_t a, int64_t b,
		   sqlite3_stmt **ret_statement, struct mr_error *error)
{
	const char *sql = mr_sql_find(name);
	int result = sql ? mr_query(store, sql, ret_statement, error)
			 : mr_error_set(error, -EIO, "no statement %s in this program", name);

	if (result < 0)
		return result;
	bind_named(*ret_statement, ":snapshot", a);
	bind_named(*ret_statement, ":a", a);
	bind_named(*ret_statement, ":b", b);
	return 0;
}

int mr_query_snapshot(struct mr_store *store, const char *sql, int64_t snapshot_id,
		      sqlite3_stmt **ret_statement, struct mr_error *error)
{
	int result = mr_query(store, sql, ret_statement, error);

	if (!result)
		sqlite3_bind_int64(*ret_statement, 1, snapshot_id);
	return result;
}

void mr_query_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
	sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

int mr_query_step(struct mr_store *store, sqlite3_stmt *statement, struct mr_error *error)
{
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return mr_store_error(store, NULL, error);
	}
}

int mr_query_number(struct mr_store *store, const char *sql, int64_t *ret_number, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	int result = mr_query(store, sql, &statement, error);

	if (!result)
		result = mr_query_step(store, statement, error);
	*ret_number = result == 1 ? sqlite3_column_int64(statement, 0) : 0;
	return result < 0 ? result : 0;
}

const char *mr_query_text(struct mr_report *report, sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	/* there is one, and no memory for the NUL behind it */
	if (!text && sqlite3_column_type(statement, column) != SQLITE_NULL)
		report->failed = true;
	return text ? mr_report_keep(report, text, (size_t)sqlite3_column_bytes(statement, column)) : NULL;
}

struct mr_cell mr_query_cell(struct mr_report *report, sqlite3_stmt *statement, int column)
{
	switch (sqlite3_column_type(statement, column)) {
	case SQLITE_NULL:
		return mr_cell_unknown();
	case SQLITE_INTEGER:
		return mr_cell_integer(sqlite3_column_int64(statement, column));
	case SQLITE_FLOAT:
		return mr_cell_real(sqlite3_column_double(statement, column));
	default: {
		const void *bytes = sqlite3_column_blob(statement, column);
		size_t length_bytes = (size_t)sqlite3_column_bytes(statement, column);

		return mr_cell_name(mr_report_keep(report, bytes, length_bytes), length_bytes);
	}
	}
}

int mr_query_column(sqlite3_stmt *statement, const char *name)
{
	for (int i = 0; i < sqlite3_column_count(statement); i++)
		if (!strcmp(sqlite3_column_name(statement, i), name))
			return i;
	return -1;
}

int64_t mr_query_integer(sqlite3_stmt *statement, const char *name, int64_t otherwise)
{
	int column = mr_query_column(statement, name);

	return column < 0 || mr_query_is_null(statement, column) ? otherwise
								 : sqlite3_column_int64(statement, column);
}

const char *mr_query_named_text(struct mr_report *report, sqlite3_stmt *statement, const char *name)
{
	int column = mr_query_column(statement, name);

	return column < 0 ? NULL : mr_query_text(report, statement, column);
}

struct mr_report_row *mr_query_row(struct mr_report *report, struct mr_section *section,
				   sqlite3_stmt *statement)
{
	struct mr_report_row *row = mr_section_row(report, section);

	for (size_t i = 0; row && i < section->column_count; i++) {
		int column = mr_query_column(statement, section->columns[i].name);

		if (column < 0)
			continue;
		row->cells[i] = mr_query_cell(report, statement, column);
		row->cells[i].is_name = section->columns[i].kind == MR_COLUMN_NAME;
	}
	return row;
}

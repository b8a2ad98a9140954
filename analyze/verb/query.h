/* Statements and their rows, for verbs. */
#ifndef MR_VERB_QUERY_H
#define MR_VERB_QUERY_H

#include <sqlite3.h>

#include "analyze/render/report.h"
#include "analyze/store/store.h"

/** For _cleanup_(mr_finalizep). */
void mr_finalizep(sqlite3_stmt **statement);

/** Compile a statement.  @return 0 or the errno of mr_store_error() */
int mr_query(struct mr_store *store, const char *sql, sqlite3_stmt **ret_statement, struct mr_error *error);

/** Compile the statement saved as schema/NAME.sql and bind :snapshot, :a and :b where it has them. */
int mr_query_saved(struct mr_store *store, const char *name, int64_t a, int64_t b,
		   sqlite3_stmt **ret_statement, struct mr_error *error);

/** Compile a statement whose ?1 is a snapshot. */
int mr_query_snapshot(struct mr_store *store, const char *sql, int64_t snapshot_id,
		      sqlite3_stmt **ret_statement, struct mr_error *error);

/** Bind text to ?@index, which must last to the last step: a copy for which there is no memory would be NULL. */
void mr_query_bind_text(sqlite3_stmt *statement, int index, const char *text);

/** @return 1 and a row, 0 at the end, negative errno */
int mr_query_step(struct mr_store *store, sqlite3_stmt *statement, struct mr_error *error);

/** The integer that a query gives; 0 for NULL or no row. */
int mr_query_number(struct mr_store *store, const char *sql, int64_t *ret_number, struct mr_error *error);

/** A column as a cell; NULL is unknown; text is kept as a name. */
struct mr_cell mr_query_cell(struct mr_report *report, sqlite3_stmt *statement, int column);

/** A column's text, kept by the report; NULL stays NULL. */
const char *mr_query_text(struct mr_report *report, sqlite3_stmt *statement, int column);

static inline bool mr_query_is_null(sqlite3_stmt *statement, int column)
{
	return sqlite3_column_type(statement, column) == SQLITE_NULL;
}

/** @return the column of this name, -1 when there is none */
int mr_query_column(sqlite3_stmt *statement, const char *name);

/** Integer of a named column; @otherwise for NULL or when there is no such column. */
int64_t mr_query_integer(sqlite3_stmt *statement, const char *name, int64_t otherwise);

/** Text of a named column, kept by the report; NULL for NULL. */
const char *mr_query_named_text(struct mr_report *report, sqlite3_stmt *statement, const char *name);

/** Add a row to a section, each cell from the statement's column of the same name; the others stay blank. */
struct mr_report_row *mr_query_row(struct mr_report *report, struct mr_section *section,
				   sqlite3_stmt *statement);

#endif

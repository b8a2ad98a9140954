/* whole DATABASE REFERENCE: is every snapshot in DATABASE, to the last cell, one of REFERENCE?
 *
 * Looks with SQLite alone.  DATABASE must pass integrity_check and foreign_key_check; a write that was
 * interrupted is undone first, as for any program that opens it.  Snapshots are matched by the name of their
 * archive.  Prints how many there are and ends with 0, or says what is wrong and ends with 1.  A database of
 * an older schema is only checked, not compared. */
#include <err.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/buffer.h"
#include "schema/base/cleanup.h"

static sqlite3 *database;

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
		errx(1, "%s: %s", sql, sqlite3_errmsg(database));
	return statement;
}

/* The first cell; "" for no row. For the caller to free(). */
static char *ask(const char *sql)
{
	sqlite3_stmt *statement = prepare(sql);
	int result = sqlite3_step(statement);

	if (result != SQLITE_ROW && result != SQLITE_DONE)
		errx(1, "%s: %s", sql, sqlite3_errmsg(database));
	const char *cell = result == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : "";
	char *text = strdup(cell ? cell : "NULL");
	sqlite3_finalize(statement);
	return text;
}

static void expect(const char *sql, const char *expected)
{
	_cleanup_free_ char *is = ask(sql);

	if (strcmp(is, expected) != 0)
		errx(1, "%s: '%s', not '%s'", sql, is, expected);
}

/* The rows of one table, each with the archive it came from in the place of the number. */
static void append_rows(struct mr_buffer *sql, const char *schema, const char *table, const char *columns)
{
	mr_buffer_printf(sql,
			 "SELECT s.archive AS archive_name, %s FROM %s.%s AS t JOIN %s.snapshot AS s USING "
			 "(snapshot_id)",
			 columns, schema, table, schema);
}

/* Rows here that are not there, and rows there, of archives that are here, that are not here. */
static void compare_table(const char *table, const char *columns)
{
	for (int back = 0; back < 2; back++) {
		struct mr_buffer sql = {0};

		mr_buffer_append_text(&sql, "SELECT count(*) FROM (");
		append_rows(&sql, back ? "reference" : "main", table, columns);
		if (back)
			mr_buffer_append_text(&sql,
					      " WHERE s.archive IN (SELECT archive FROM main.snapshot)");
		mr_buffer_append_text(&sql, " EXCEPT ");
		append_rows(&sql, back ? "main" : "reference", table, columns);
		mr_buffer_append_text(&sql, ")");
		expect(sql.data, "0");
		mr_buffer_deinit(&sql);
	}
}

static void compare_tables(void)
{
	sqlite3_stmt *tables = prepare("SELECT t.name, group_concat('t.\"' || c.name || '\"', ', ') FROM "
				       "reference.sqlite_schema AS t,"
				       " pragma_table_info(t.name, 'reference') AS c WHERE t.type = 'table'"
				       " AND c.name NOT IN ('snapshot_id', 'imported_s') AND EXISTS"
				       " (SELECT 1 FROM pragma_table_info(t.name, 'reference') WHERE name = "
				       "'snapshot_id') GROUP BY t.name");
	int count = 0;

	for (; sqlite3_step(tables) == SQLITE_ROW; count++)
		compare_table((const char *)sqlite3_column_text(tables, 0),
			      (const char *)sqlite3_column_text(tables, 1));
	sqlite3_finalize(tables);
	if (count < 20)
		errx(1, "only %d tables were compared", count);
}

static void attach(const char *path)
{
	sqlite3_stmt *statement = prepare("ATTACH ? AS reference");

	sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) != SQLITE_DONE)
		errx(1, "%s: %s", path, sqlite3_errmsg(database));
	sqlite3_finalize(statement);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "whole DATABASE REFERENCE");
	if (sqlite3_open_v2(argv[1], &database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		errx(1, "%s: %s", argv[1], sqlite3_errmsg(database));
	sqlite3_busy_timeout(database, 10000);
	expect("PRAGMA main.integrity_check", "ok");
	expect("PRAGMA main.foreign_key_check", "");
	attach(argv[2]);
	_cleanup_free_ char *tables = ask("SELECT count(*) FROM main.sqlite_schema");
	if (!strcmp(tables, "0")) {
		/* killed before the database was made */
		puts("0");
		return 0;
	}
	_cleanup_free_ char *version = ask("PRAGMA main.user_version");
	_cleanup_free_ char *reference_version = ask("PRAGMA reference.user_version");
	if (!strcmp(version, reference_version))
		compare_tables();
	_cleanup_free_ char *count = ask("SELECT count(*) FROM main.snapshot");
	puts(count);
	sqlite3_close(database);
	return 0;
}

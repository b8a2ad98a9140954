/* Views over rows put in by hand.  See view_database.h. */
#include "tests/support/view_database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/buffer.h"
#include "schema/base/cleanup.h"
#include "schema/catalog.h"
#include "schema/sql.h"
#include "tests/support/test.h"

static void execute(sqlite3 *database, const char *sql)
{
	if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(database));
}

static void install_folder(sqlite3 *database, const char *folder)
{
	for (size_t i = 0; i < mr_sql_file_count; i++)
		if (!strncmp(mr_sql_files[i].name, folder, strlen(folder)))
			execute(database, mr_sql_files[i].text);
}

sqlite3 *view_database(void)
{
	sqlite3 *database = NULL;

	assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
	install_folder(database, "tables/");
	for (size_t i = 0; i < mr_table_count; i++) {
		_cleanup_free_ char *ddl = mr_table_ddl(mr_tables[i]);

		assert_non_null(ddl);
		execute(database, ddl);
	}
	install_folder(database, "views/");
	return database;
}

void view_database_close(sqlite3 **database)
{
	sqlite3_close(*database);
}

void view_snapshot(sqlite3 *database, int id)
{
	view_run(database,
		 "INSERT INTO snapshot VALUES (%d, NULL, 'digest', 'a.tar.gz', 1, 'memreckon', 'host', "
		 "%d000000000, 'complete',"
		 " 1, 0, 1)",
		 id, id);
	view_run(database,
		 "INSERT INTO capture_meta (snapshot_id, reading, page_size_bytes, boot_id, kernel_release,"
		 " cpus_online_count, cpus_possible_count) VALUES (%d, 0, 4096, 'boot', '6.12.1', 2, 2)",
		 id);
}

static char *format_sql(const char *format, va_list arguments)
{
	char *sql;

	assert_true(vasprintf(&sql, format, arguments) >= 0);
	return sql;
}

void view_run(sqlite3 *database, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	_cleanup_free_ char *sql = format_sql(format, arguments);
	va_end(arguments);
	execute(database, sql);
}

/* The cells of the current row; for the caller to free(). */
static char *row_text(sqlite3_stmt *statement)
{
	struct mr_buffer text = {0};

	for (int i = 0; i < sqlite3_column_count(statement); i++) {
		const char *cell = (const char *)sqlite3_column_text(statement, i);

		mr_buffer_printf(&text, "%s%s", i ? "|" : "", cell ? cell : "NULL");
	}
	return mr_buffer_detach(&text);
}

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(database));
	return statement;
}

void view_expect(sqlite3 *database, const char *expected, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	_cleanup_free_ char *sql = format_sql(format, arguments);
	va_end(arguments);
	sqlite3_stmt *statement = prepare(database, sql);
	int result = sqlite3_step(statement);
	_cleanup_free_ char *row = result == SQLITE_ROW ? row_text(statement) : strdup("");

	if (result != SQLITE_ROW && result != SQLITE_DONE)
		fail_msg("%s: %s", sql, sqlite3_errmsg(database));
	sqlite3_finalize(statement);
	if (strcmp(row, expected) != 0)
		fail_msg("%s\n#   is  %s\n#   not %s", sql, row, expected);
}

static void bind_number(sqlite3_stmt *statement, const char *name, int number)
{
	int index = sqlite3_bind_parameter_index(statement, name);

	if (index)
		sqlite3_bind_int(statement, index, number);
}

static void bind_text(sqlite3_stmt *statement, const char *name, const char *text)
{
	int index = sqlite3_bind_parameter_index(statement, name);

	if (index)
		sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

static sqlite3_stmt *prepare_report(sqlite3 *database, const char *report, int a, int b, const char *path)
{
	char name[64];

	snprintf(name, sizeof(name), "reports/%s", report);
	const char *sql = mr_sql_find(name);
	if (!sql)
		fail_msg("no %s", name);
	sqlite3_stmt *statement = prepare(database, sql);
	bind_number(statement, ":snapshot", a);
	bind_number(statement, ":pid", 1);
	bind_number(statement, ":a", a);
	bind_number(statement, ":b", b);
	bind_text(statement, ":path", path);
	bind_text(statement, ":class", path);
	bind_text(statement, ":cache", path);
	return statement;
}

int view_report(sqlite3 *database, const char *report, int a, int b, const char *path, const char *expected)
{
	sqlite3_stmt *statement = prepare_report(database, report, a, b, path);
	struct mr_buffer all = {0};
	int count = 0;
	int result;
	bool is_found = !*expected;

	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		_cleanup_free_ char *row = row_text(statement);

		is_found = is_found || !strncmp(row, expected, strlen(expected));
		mr_buffer_printf(&all, "\n#   %s", row);
		count++;
	}
	if (result != SQLITE_DONE)
		fail_msg("%s: %s", report, sqlite3_errmsg(database));
	sqlite3_finalize(statement);
	if (!is_found)
		fail_msg("%s has no row %s:%s", report, expected, all.data ? all.data : "");
	mr_buffer_deinit(&all);
	return count;
}

/* Run to the end. @return the instructions it took; the statement is gone after it. */
static int run_for_cost(sqlite3 *database, sqlite3_stmt *statement)
{
	int result;

	while ((result = sqlite3_step(statement)) == SQLITE_ROW)
		;
	if (result != SQLITE_DONE)
		fail_msg("%s: %s", sqlite3_sql(statement), sqlite3_errmsg(database));
	int steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
	sqlite3_finalize(statement);
	return steps;
}

int view_cost(sqlite3 *database, const char *view, int id)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT * FROM %s WHERE snapshot_id = ?", view);
	sqlite3_stmt *statement = prepare(database, sql);
	sqlite3_bind_int(statement, 1, id);
	return run_for_cost(database, statement);
}

int view_report_cost(sqlite3 *database, const char *report, int a, int b)
{
	return run_for_cost(database, prepare_report(database, report, a, b, "/"));
}

/* A database in memory with the tables of the catalog and the views of schema/views, and rows put in by hand: for tests
 * of what the views make of numbers.  Needs neither archives nor the store. */
#ifndef MR_TESTS_VIEW_DATABASE_H
#define MR_TESTS_VIEW_DATABASE_H

#include <sqlite3.h>
#include <stdint.h>

/** Owns: the caller ends it with sqlite3_close(), or declares it _cleanup_database_. */
sqlite3 *view_database(void);

void view_database_close(sqlite3 **database);
#define _cleanup_database_ __attribute__((cleanup(view_database_close)))

/** Add snapshot @id of the host "host", one second after the one with the number before; page size 4096, boot id "boot". */
void view_snapshot(sqlite3 *database, int id);

/** Run statements made as by printf(); a failure fails the test. */
void view_run(sqlite3 *database, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Fail unless the cells of the first row of the query, separated by '|', are @expected; NULL is "NULL", no row "". */
void view_expect(sqlite3 *database, const char *expected, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * Run a saved statement of schema/reports to its end.
 *
 * @report      its name: "diff_class"
 * @a, b        bound to :snapshot and :a, and to :b
 * @path        bound to :path, :class and :cache
 * @expected    "" or what one of its rows must begin with, cells separated by '|'
 * @return      rows
 */
int view_report(sqlite3 *database, const char *report, int a, int b, const char *path, const char *expected);

/** Steps that SQLite's machine needs for a query over snapshot @id of a view: what it costs, to the instruction. */
int view_cost(sqlite3 *database, const char *view, int id);

/** Put a saved statement's cost as view_cost() does for a view. */
int view_report_cost(sqlite3 *database, const char *report, int a, int b);

#endif

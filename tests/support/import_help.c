/* Steps that tests of the import share.  See import_help.h. */
#include "tests/support/import_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/test.h"

struct mr_store *open_store(const char *path, enum mr_store_mode mode)
{
	struct mr_error error = {0};
	struct mr_store *store = NULL;

	if (mr_store_open(path, mode, &store, &error) < 0)
		fail_msg("%s", error.message);
	return store;
}

struct mr_store *memory(void)
{
	return open_store("", MR_STORE_MEMORY);
}

void expect_not_opened(const char *path, enum mr_store_mode mode, int number, const char *words)
{
	struct mr_error error = {0};
	struct mr_store *store;

	assert_int_equal(mr_store_open(path, mode, &store, &error), number);
	if (!strstr(error.message, words))
		fail_msg("'%s' does not say '%s'", error.message, words);
}

const char *ask(struct mr_store *store, const char *sql)
{
	static char answer[1024];
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(mr_store_handle(store), sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(mr_store_handle(store)));
	if (sqlite3_step(statement) != SQLITE_ROW)
		snprintf(answer, sizeof(answer), "none");
	else
		snprintf(answer, sizeof(answer), "%s",
			 sqlite3_column_text(statement, 0) ? (const char *)sqlite3_column_text(statement, 0)
							   : "NULL");
	sqlite3_finalize(statement);
	return answer;
}

struct mr_import_result import(struct mr_store *store, const char *path, bool salvage)
{
	struct mr_import_result imported = {0};
	struct mr_error error = {0};

	if (mr_import(store, path, salvage, &imported, &error) < 0)
		fail_msg("%s", error.message);
	return imported;
}

void expect_refused(struct mr_store *store, const char *path, bool salvage, int number, const char *words)
{
	struct mr_import_result imported = {0};
	struct mr_error error = {0};
	char before[64];

	snprintf(before, sizeof(before), "%s",
		 ask(store, "SELECT count(*) || ' ' || coalesce(max(snapshot_id), 0) FROM snapshot"));
	assert_int_equal(mr_import(store, path, salvage, &imported, &error), number);
	if (!strstr(error.message, words))
		fail_msg("'%s' does not say '%s'", error.message, words);
	assert_string_equal(
		ask(store, "SELECT count(*) || ' ' || coalesce(max(snapshot_id), 0) FROM snapshot"), before);
	assert_true(sqlite3_get_autocommit(mr_store_handle(store)));
}

void make(const char *path, const char *filter, const char *statm, bool more, const char *completeness)
{
	struct mr_maker maker;

	mr_maker_open(&maker, path, filter);
	mr_maker_meta(&maker, NULL);
	mr_maker_text(&maker, "proc/1/statm", statm);
	if (more)
		mr_maker_text(&maker, "proc/2/statm", "2 2 2 2 0 2 0\n");
	if (completeness)
		mr_maker_end(&maker, completeness);
	mr_maker_close(&maker);
}

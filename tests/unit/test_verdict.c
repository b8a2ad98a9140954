/* Verdicts are computed from copies of the views below the checks: nobody must be able to tell. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/compute_check.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

/* The import computes verdicts from copies of the views below the checks.  Here the views themselves are
 * asked. */
TEST(verdicts_are_those_of_the_views_in_the_database)
{
	_cleanup_free_ char *archive = mr_maker_path("a.mem.tar.gz");
	_cleanup_free_ char *database = mr_maker_path("a.db");
	sqlite3_stmt *claims;
	struct mr_store *store = NULL;

	mr_maker_capture(archive, NULL);
	assert_int_equal(mr_store_open(database, MR_STORE_WRITE, &store, NULL), 0);
	import(store, archive, false);
	mr_store_close(store);
	assert_int_equal(mr_store_open(database, MR_STORE_WRITE, &store, NULL), 0);
	assert_string_not_equal(ask(store, "SELECT count(*) FROM check_result"), "0");
	assert_int_equal(sqlite3_exec(mr_store_handle(store),
				      "BEGIN; CREATE TEMP TABLE imported AS SELECT * FROM check_result; "
				      "DELETE FROM check_result",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_prepare_v2(mr_store_handle(store), "SELECT check_id FROM check_claim", -1, &claims, NULL);
	while (sqlite3_step(claims) == SQLITE_ROW)
		compute_check(store, (const char *)sqlite3_column_text(claims, 0));
	sqlite3_finalize(claims);
	assert_string_equal(ask(store, "SELECT check_id || subject FROM (SELECT * FROM imported EXCEPT "
				       "SELECT * FROM check_result)"),
			    "none");
	assert_string_equal(ask(store, "SELECT check_id || subject FROM (SELECT * FROM check_result EXCEPT "
				       "SELECT * FROM imported)"),
			    "none");
	mr_store_close(store);
}

TEST(views_show_all_snapshots_after_an_import)
{
	_cleanup_free_ char *one = mr_maker_path("1.mem.tar.gz");
	_cleanup_free_ char *two = mr_maker_path("2.mem.tar.gz");
	struct mr_store *store = memory();

	mr_maker_capture(one, NULL);
	mr_maker_capture(two, &(struct mr_maker_meta){.uuid = "two"});
	import(store, one, false);
	import(store, two, false);
	assert_string_equal(ask(store, "SELECT count(*) FROM temp.sqlite_schema"), "0");
	assert_string_equal(ask(store, "SELECT count(DISTINCT snapshot_id) FROM process"), "2");
	mr_store_close(store);
}

TEST(kept_copies_give_the_same_verdicts)
{
	_cleanup_free_ char *one = mr_maker_path("1.mem.tar.gz");
	_cleanup_free_ char *two = mr_maker_path("2.mem.tar.gz");
	static const char sql[] = "SELECT group_concat(check_id || subject || verdict || coalesce(residual, "
				  "'?')) FROM check_result"
				  " WHERE snapshot_id = 2";
	struct mr_store *store = memory();
	char wanted[1024];

	mr_maker_capture(one, NULL);
	mr_maker_capture(two, &(struct mr_maker_meta){.uuid = "two"});
	import(store, one, false);
	import(store, two, false);
	snprintf(wanted, sizeof(wanted), "%s", ask(store, sql));
	mr_store_close(store);
	store = memory();
	mr_store_keep_copies(store);
	import(store, one, false);
	import(store, two, false);
	assert_string_equal(ask(store, sql), wanted);
	assert_string_equal(ask(store, "SELECT count(DISTINCT snapshot_id) FROM main.process"), "2");
	mr_store_close(store);
}

TEST(verdicts_are_computed_again_after_a_rollback)
{
	_cleanup_free_ char *good = mr_maker_path("a.mem.tar.gz");
	_cleanup_free_ char *bad = mr_maker_path("b.mem.tar");
	struct mr_store *store = memory();
	char count[64];

	mr_maker_capture(good, NULL);
	make(bad, NULL, "1 1 1 1 0 1 0\n", true, NULL);
	/* a computation that is rolled back with the transaction that it was the first in */
	assert_int_equal(mr_store_begin(store, NULL), 0);
	assert_int_equal(mr_store_compute_checks(store, 1, NULL), 0);
	mr_store_rollback(store);
	import(store, good, false);
	snprintf(count, sizeof(count), "%s", ask(store, "SELECT count(*) FROM check_result"));
	assert_string_not_equal(count, "0");
	/* and one that is not */
	expect_refused(store, bad, false, -EBADMSG, "cut off");
	assert_int_equal(mr_store_compute_checks(store, 1, NULL), 0);
	assert_string_equal(ask(store, "SELECT count(*) FROM check_result"), count);
	mr_store_close(store);
}

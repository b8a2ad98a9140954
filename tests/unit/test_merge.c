/* Snapshots of another database: which are taken over, which are known, and what is left of the old ones. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/store/copy.h"
#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

/* A database with one capture of process 1 and, with @more, of process 2. */
static char *database_of(const char *name, const char *statm, bool more, const char *completeness)
{
	_cleanup_free_ char *archive = mr_maker_path("x.mem.tar");
	char *path = mr_maker_path(name);
	struct mr_store *store = open_store(path, MR_STORE_WRITE);

	make(archive, NULL, statm, more, completeness);
	import(store, archive, !completeness);
	mr_store_close(store);
	return path;
}

static void change(const char *path, const char *sql)
{
	struct mr_store *store = open_store(path, MR_STORE_WRITE);

	if (sqlite3_exec(mr_store_handle(store), sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(mr_store_handle(store)));
	mr_store_close(store);
}

static int merge_one(struct mr_store *store, const char *path, int64_t id, struct mr_merge_result *ret,
		     struct mr_error *error)
{
	struct mr_donor *donor;

	if (mr_donor_open(store, path, &donor, error) < 0)
		fail_msg("%s", error->message);
	int result = mr_donor_merge(donor, id, ret, error);
	assert_true(sqlite3_get_autocommit(mr_store_handle(store)));
	mr_donor_close(donor);
	return result;
}

static enum mr_merge_outcome merge(struct mr_store *store, const char *path)
{
	struct mr_merge_result merged = {0};
	struct mr_error error = {0};

	if (merge_one(store, path, 1, &merged, &error) < 0)
		fail_msg("%s", error.message);
	assert_int_equal(merged.snapshot_id, 1);
	return merged.outcome;
}

static const char one[] = "1 1 1 1 0 1 0\n", other[] = "1 7 1 1 0 1 0\n";

TEST(the_same_capture_is_known)
{
	_cleanup_free_ char *a = database_of("a.db", one, true, "complete");
	_cleanup_free_ char *b = database_of("b.db", one, true, "complete");
	struct mr_store *store = open_store(a, MR_STORE_WRITE);

	assert_int_equal(merge(store, b), MR_MERGE_KNOWN);
	assert_string_equal(ask(store, "SELECT count(*) FROM snapshot"), "1");
	mr_store_close(store);
}

TEST(the_more_complete_one_replaces_the_other_and_keeps_its_number)
{
	_cleanup_free_ char *a = database_of("a.db", one, false, NULL);
	_cleanup_free_ char *b = database_of("b.db", one, true, "complete");
	struct mr_store *store = open_store(a, MR_STORE_WRITE);

	assert_int_equal(merge(store, b), MR_MERGE_REPLACED);
	assert_string_equal(ask(store, "SELECT group_concat(snapshot_id || completeness) FROM snapshot"),
			    "1complete");
	assert_string_equal(ask(store, "SELECT count(*) FROM proc_statm"), "2");
	mr_store_close(store);
	store = open_store(b, MR_STORE_WRITE);
	assert_int_equal(merge(store, a), MR_MERGE_KNOWN);
	mr_store_close(store);
}

TEST(the_less_complete_one_is_known)
{
	_cleanup_free_ char *a = database_of("a.db", one, true, "complete");
	_cleanup_free_ char *b = database_of("b.db", one, true, "partial");
	struct mr_store *store = open_store(a, MR_STORE_WRITE);

	assert_int_equal(merge(store, b), MR_MERGE_KNOWN);
	assert_string_equal(ask(store, "SELECT completeness FROM snapshot"), "complete");
	mr_store_close(store);
}

TEST(other_content_that_is_as_complete_is_refused)
{
	_cleanup_free_ char *a = database_of("a.db", one, true, "complete");
	_cleanup_free_ char *b = database_of("b.db", other, true, "complete");
	struct mr_store *store = open_store(a, MR_STORE_WRITE);
	struct mr_merge_result merged;
	struct mr_error error = {0};

	assert_int_equal(merge_one(store, b, 1, &merged, &error), -EEXIST);
	assert_non_null(strstr(error.message, "the same capture is #1 already"));
	assert_string_equal(ask(store, "SELECT resident_pages FROM proc_statm WHERE pid = 1"), "1");
	mr_store_close(store);
}

TEST(a_whole_capture_of_others_replaces_one_that_is_cut_off)
{
	_cleanup_free_ char *a = database_of("a.db", one, true, "complete");
	_cleanup_free_ char *b = database_of("b.db", one, true, "complete");

	change(a, "UPDATE snapshot SET uuid = digest, completeness = 'cut off', members_count = "
		  "members_count + 1");
	change(b, "UPDATE snapshot SET uuid = digest, completeness = 'unknown'");
	struct mr_store *store = open_store(a, MR_STORE_WRITE);
	assert_int_equal(merge(store, b), MR_MERGE_REPLACED);
	assert_string_equal(ask(store, "SELECT group_concat(completeness) FROM snapshot"), "unknown");
	mr_store_close(store);
	/* and the other way round it is the lesser one */
	change(b, "UPDATE snapshot SET completeness = 'cut off', members_count = members_count + 1");
	store = open_store(a, MR_STORE_WRITE);
	assert_int_equal(merge(store, b), MR_MERGE_KNOWN);
	mr_store_close(store);
}

TEST(a_merged_snapshot_gets_a_number_that_was_never_given)
{
	_cleanup_free_ char *a = database_of("a.db", one, true, "complete");
	_cleanup_free_ char *b = database_of("b.db", one, true, "complete");
	struct mr_merge_result merged;
	struct mr_error error = {0};

	change(a, "DELETE FROM snapshot");
	struct mr_store *store = open_store(a, MR_STORE_WRITE);
	assert_int_equal(merge_one(store, b, 1, &merged, &error), 0);
	assert_int_equal(merged.snapshot_id, 2);
	assert_string_equal(ask(store, "SELECT count(*) FROM check_result WHERE snapshot_id = 2"),
			    ask(store, "SELECT count(*) FROM check_result"));
	assert_string_equal(ask(store, "PRAGMA foreign_key_check"), "none");
	mr_store_close(store);
}

TEST(a_snapshot_that_is_gone_meanwhile_is_said)
{
	_cleanup_free_ char *a = database_of("a.db", one, true, "complete");
	_cleanup_free_ char *b = database_of("b.db", one, true, "complete");
	struct mr_store *store = open_store(a, MR_STORE_WRITE);
	struct mr_merge_result merged;
	struct mr_error error = {0};

	assert_int_equal(merge_one(store, b, 5, &merged, &error), -ENOENT);
	mr_store_close(store);
}

TEST(the_other_database_is_not_locked_and_not_written_to)
{
	_cleanup_free_ char *a = mr_maker_path("a.db");
	_cleanup_free_ char *b = database_of("b %41?#.db", one, true, "complete");
	struct mr_store *store = open_store(a, MR_STORE_WRITE), *writer = open_store(b, MR_STORE_WRITE);
	struct mr_donor *donor;
	struct mr_error error = {0};
	struct mr_merge_result merged;

	if (mr_donor_open(store, b, &donor, &error) < 0)
		fail_msg("%s", error.message);
	assert_int_equal(mr_store_begin(writer, &error), 0);
	if (mr_donor_merge(donor, 1, &merged, &error) < 0)
		fail_msg("%s", error.message);
	mr_store_rollback(writer);
	assert_int_not_equal(
		sqlite3_exec(mr_store_handle(store), "DELETE FROM other.snapshot", NULL, NULL, NULL),
		SQLITE_OK);
	mr_donor_close(donor);
	mr_store_close(writer);
	mr_store_close(store);
}

TEST(a_database_is_not_merged_into_itself)
{
	_cleanup_free_ char *a = database_of("a.db", one, true, "complete");
	struct mr_store *store = open_store(a, MR_STORE_WRITE);
	struct mr_donor *donor;
	struct mr_error error = {0};

	assert_int_equal(mr_donor_open(store, a, &donor, &error), -EINVAL);
	mr_store_close(store);
}

/* ---- deleting ---- */

/* Snapshots first to last, each with ten rows of proc_statm. */
static void add_snapshots(const char *path, int first, int last)
{
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	char sql[512];

	for (int i = first; i <= last; i++) {
		snprintf(sql, sizeof(sql),
			 "CREATE TEMP TABLE c AS SELECT * FROM snapshot WHERE snapshot_id = 1;"
			 "UPDATE c SET snapshot_id = %d, uuid = 'u%d'; INSERT INTO snapshot SELECT * FROM c; "
			 "DROP TABLE c;"
			 "INSERT INTO proc_statm (snapshot_id, pid, reading) SELECT %d, value, 0"
			 " FROM json_each('[1,2,3,4,5,6,7,8,9,10]')",
			 i, i, i);
		if (sqlite3_exec(mr_store_handle(store), i == first ? "BEGIN" : "", NULL, NULL, NULL) !=
			    SQLITE_OK ||
		    sqlite3_exec(mr_store_handle(store), sql, NULL, NULL, NULL) != SQLITE_OK)
			fail_msg("%s: %s", sql, sqlite3_errmsg(mr_store_handle(store)));
	}
	sqlite3_exec(mr_store_handle(store), "COMMIT", NULL, NULL, NULL);
	mr_store_close(store);
}

/* What it takes to delete the last one. */
static int steps_to_delete(const char *path)
{
	static const char sql[] =
		"DELETE FROM snapshot WHERE snapshot_id = (SELECT max(snapshot_id) FROM snapshot)";
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	sqlite3_stmt *statement = NULL;

	sqlite3_prepare_v2(mr_store_handle(store), sql, -1, &statement, NULL);
	assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
	int steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
	assert_int_equal(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0), 0);
	sqlite3_finalize(statement);
	assert_string_equal(ask(store, "SELECT count(*) FROM proc_statm WHERE snapshot_id > (SELECT "
				       "max(snapshot_id) FROM snapshot)"),
			    "0");
	mr_store_close(store);
	return steps;
}

/* As many instructions however many other snapshots there are: rows are found by their primary keys. */
TEST(deleting_one_snapshot_costs_the_same_beside_many)
{
	_cleanup_free_ char *a = database_of("a.db", one, true, "complete");

	add_snapshots(a, 2, 2);
	int steps = steps_to_delete(a);
	add_snapshots(a, 3, 400);
	assert_in_range(steps_to_delete(a), 100, steps + 100);
}

TEST(what_is_deleted_is_free_and_vacuum_gives_it_back)
{
	_cleanup_free_ char *a = database_of("a.db", one, true, "complete");
	struct mr_store_size before, deleted, vacuumed;

	change(a, "WITH n AS (SELECT 1 i UNION ALL SELECT i + 1 FROM n WHERE i < 9000) INSERT INTO issue"
		  " SELECT 1, i + 100, 'k', 'a path of some length', 1, 'text' FROM n");
	struct mr_store *store = open_store(a, MR_STORE_UPDATE);
	assert_int_equal(mr_store_size(store, &before, NULL), 0);
	assert_int_equal(mr_store_delete_snapshot(store, 1, NULL), 0);
	assert_int_equal(mr_store_delete_snapshot(store, 1, NULL), 0);
	assert_int_equal(mr_store_size(store, &deleted, NULL), 0);
	assert_int_equal(deleted.file_bytes, before.file_bytes);
	assert_true(deleted.free_bytes > before.free_bytes + 200000);
	assert_int_equal(mr_store_vacuum(store, NULL), 0);
	assert_int_equal(mr_store_size(store, &vacuumed, NULL), 0);
	assert_int_equal(vacuumed.free_bytes, 0);
	assert_true(vacuumed.file_bytes <= deleted.file_bytes - deleted.free_bytes);
	assert_int_equal(mr_maker_file_bytes(a), vacuumed.file_bytes);
	assert_string_equal(ask(store, "PRAGMA integrity_check"), "ok");
	mr_store_close(store);
}

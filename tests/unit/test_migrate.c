/* An older database: brought to this schema whole or not at all, and what is not ours left alone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyze/store/store.h"
#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/restore_dump.h"
#include "tests/support/test.h"

/* What another program does to the file. */
static void change(const char *path, const char *sql)
{
	sqlite3 *handle;
	char *message = NULL;

	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	if (sqlite3_exec(handle, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(handle);
}

/* A database of schema 1, with one snapshot: the fixture amd64-4k-6.1-v1-loads. */
static char *older_database(void)
{
	const char *folder = getenv("MR_MIGRATIONS");
	_cleanup_free_ char *dump = NULL;
	char *path = mr_maker_path("a.db");

	assert_non_null(folder);
	assert_true(asprintf(&dump, "%s/schema-1.sql.xz", folder) > 0);
	restore_dump(dump, path);
	return path;
}

/* The schema and all rows of a few tables, as one text. */
static const char contents_sql[] = "SELECT group_concat(x, char(10)) FROM (SELECT type || name || sql AS x "
				   "FROM sqlite_schema WHERE name NOT GLOB"
				   " 'sqlite_*' AND name NOT GLOB 'my_*' ORDER BY type, name)";

static char *text_of(struct mr_store *store, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(mr_store_handle(store), sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(mr_store_handle(store)));
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	char *text = strdup((const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	return text;
}

/* Let the database be older still: tables and views that nobody knows any more, a column that had another
 * name, and one that is gone.  The text of the schema is changed, because ALTER TABLE wants to understand all
 * views. */
static const char make_stranger_sql[] =
	"INSERT INTO documentation VALUES ('diary', 0, '', '', '', '', 'm', 's'), ('wisdom', 0, '', '', '', "
	"'', 'm', 's');"
	"CREATE TABLE diary (snapshot_id INTEGER, entry TEXT); CREATE VIEW wisdom AS SELECT * FROM diary;"
	"DROP INDEX snapshot_by_host; DROP VIEW ledger; PRAGMA writable_schema = ON;"
	"UPDATE sqlite_schema SET sql = replace(sql, 'mem_available_kib', 'mem_attainable_kib') WHERE name = "
	"'proc_meminfo';"
	"UPDATE sqlite_schema SET sql = replace(sql, 'kstack_rest_count INTEGER', 'kstack_rest_count "
	"INTEGER, mood TEXT')"
	" WHERE name = 'proc_vmstat'";

TEST(an_older_database_becomes_like_a_new_one)
{
	_cleanup_free_ char *path = older_database();
	struct mr_store *fresh = memory();
	_cleanup_free_ char *wanted = text_of(fresh, contents_sql);

	mr_store_close(fresh);
	change(path, make_stranger_sql);
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	_cleanup_free_ char *is = text_of(store, contents_sql);
	assert_string_equal(is, wanted);
	assert_int_equal(mr_store_migrated_from(store), 1);
	assert_string_equal(ask(store, "PRAGMA user_version"), THIS_SCHEMA);
	assert_string_equal(ask(store, "PRAGMA integrity_check"), "ok");
	assert_string_equal(ask(store, "PRAGMA foreign_key_check"), "none");
	assert_string_equal(ask(store, "SELECT snapshot_id || host || completeness FROM snapshot"),
			    "1vmcomplete");
	assert_string_equal(ask(store, "SELECT count(*) FROM proc_stat"), "74");
	assert_string_equal(
		ask(store,
		    "SELECT min(mem_total_kib) > 0 AND max(mem_available_kib) IS NULL FROM proc_meminfo"),
		"1");
	assert_string_equal(
		ask(store, "SELECT count(*) FROM documentation WHERE object IN ('diary', 'wisdom')"), "0");
	mr_store_close(store);
	store = open_store(path, MR_STORE_WRITE);
	assert_int_equal(mr_store_migrated_from(store), 0);
	mr_store_close(store);
}

TEST(verdicts_of_an_older_database_are_computed_again)
{
	_cleanup_free_ char *path = older_database();
	static const char sql[] =
		"SELECT group_concat(snapshot_id || check_id || subject || verdict) FROM check_result";
	struct mr_store *store = open_store(path, MR_STORE_READ);
	_cleanup_free_ char *wanted = text_of(store, sql);

	mr_store_close(store);
	assert_true(strstr(wanted, "ok") && !strstr(wanted, "FAIL"));
	change(path, "UPDATE check_result SET verdict = 'FAIL'");
	store = open_store(path, MR_STORE_WRITE);
	_cleanup_free_ char *is = text_of(store, sql);
	assert_string_equal(is, wanted);
	assert_string_equal(ask(store, "SELECT min(schema_version) FROM snapshot"), THIS_SCHEMA);
	assert_string_equal(ask(store, "SELECT count(*) FROM temp.sqlite_schema"), "0");
	mr_store_close(store);
}

TEST(numbers_of_deleted_snapshots_are_not_given_again_after_a_migration)
{
	_cleanup_free_ char *path = older_database();
	_cleanup_free_ char *archive = mr_maker_path("2.mem.tar.gz");

	change(path, make_stranger_sql);
	change(path, "PRAGMA foreign_keys = ON; DELETE FROM snapshot");
	mr_maker_capture(archive, &(struct mr_maker_meta){.uuid = "two"});
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	assert_int_equal(import(store, archive, false).snapshot_id, 2);
	mr_store_close(store);
}

TEST(foreign_keys_work_after_a_migration)
{
	_cleanup_free_ char *path = older_database();

	change(path, make_stranger_sql);
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	assert_int_equal(sqlite3_exec(mr_store_handle(store), "DELETE FROM snapshot", NULL, NULL, NULL),
			 SQLITE_OK);
	assert_string_equal(
		ask(store,
		    "SELECT (SELECT count(*) FROM proc_meminfo) + (SELECT count(*) FROM check_result)"),
		"0");
	mr_store_close(store);
}

TEST(tables_and_views_of_somebody_else_are_left_alone)
{
	_cleanup_free_ char *path = older_database();

	change(path,
	       "CREATE TABLE my_notes (snapshot_id INTEGER REFERENCES snapshot, note TEXT);"
	       "INSERT INTO my_notes VALUES (1, 'kept'); CREATE INDEX my_index ON my_notes (note);"
	       "CREATE VIEW my_view AS SELECT note, host FROM my_notes JOIN snapshot USING (snapshot_id)");
	change(path, make_stranger_sql);
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	assert_string_equal(ask(store, "SELECT note || host FROM my_view"), "keptvm");
	assert_string_equal(ask(store, "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'my_*'"), "3");
	assert_string_equal(ask(store, "SELECT sql FROM sqlite_schema WHERE name = 'my_notes'"),
			    "CREATE TABLE my_notes (snapshot_id INTEGER REFERENCES snapshot, note TEXT)");
	mr_store_close(store);
}

TEST(reading_an_older_database_does_not_change_it)
{
	_cleanup_free_ char *path = older_database();

	change(path, make_stranger_sql);
	struct mr_store *store = open_store(path, MR_STORE_READ);
	assert_string_equal(ask(store, "SELECT count(*) FROM ledger WHERE snapshot_id = 1 AND ordinal = 0"),
			    "1");
	assert_int_not_equal(sqlite3_exec(mr_store_handle(store), "DELETE FROM snapshot", NULL, NULL, NULL),
			     SQLITE_OK);
	mr_store_close(store);
	change(path, "SELECT mem_attainable_kib FROM proc_meminfo");
}

TEST(a_large_older_database_is_not_copied_for_reading_and_the_way_out_is_said)
{
	_cleanup_free_ char *path = older_database();

	change(path, make_stranger_sql);
	change(path, "CREATE TABLE my_ballast AS SELECT zeroblob(67108864)");
	expect_not_opened(path, MR_STORE_READ, -EFBIG,
			  "has schema 1, this program reads schema " THIS_SCHEMA);
	expect_not_opened(path, MR_STORE_READ, -EFBIG, "memreckon migrate -d");
	mr_store_close(open_store(path, MR_STORE_UPDATE));
	mr_store_close(open_store(path, MR_STORE_READ));
}

TEST(a_snapshot_of_an_older_database_can_be_copied)
{
	_cleanup_free_ char *path = older_database();
	struct mr_store *store = memory();
	struct mr_error error = {0};
	int64_t id;

	change(path, make_stranger_sql);
	if (mr_store_copy_snapshot(store, path, 1, &id, &error) < 0)
		fail_msg("%s", error.message);
	assert_int_equal(id, 1);
	assert_string_equal(ask(store, "SELECT count(*) FROM process WHERE snapshot_id = 1"), "74");
	mr_store_close(store);
}

/* NOT NULL without a step that says what to put there. */
TEST(a_migration_that_fails_leaves_the_database_as_it_was)
{
	_cleanup_free_ char *path = older_database();

	change(path, "DROP VIEW ledger; PRAGMA writable_schema = ON; UPDATE "
		     "sqlite_schema SET"
		     " sql = replace(sql, 'members_count', 'heads_count') WHERE name = 'snapshot'");
	expect_not_opened(path, MR_STORE_WRITE, -EIO, "snapshot.members_count");
	change(path, "SELECT heads_count FROM snapshot; CREATE VIEW ledger AS SELECT 1");
	expect_not_opened(path, MR_STORE_READ, -EIO, "snapshot.members_count");
}

TEST(two_programs_that_find_an_older_database_migrate_it_once)
{
	_cleanup_free_ char *path = older_database();
	int status, migrated_count = 0;

	change(path, make_stranger_sql);
	for (int i = 0; i < 2; i++) {
		if (fork())
			continue;
		struct mr_store *store;
		int result = mr_store_open(path, MR_STORE_WRITE, &store, NULL);
		_exit(result < 0 ? 9 : mr_store_migrated_from(store) == 1);
	}
	while (wait(&status) > 0) {
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
		migrated_count += WEXITSTATUS(status);
	}
	assert_int_equal(migrated_count, 1);
}

TEST(a_database_that_is_missing_is_not_made_to_update_it)
{
	_cleanup_free_ char *path = mr_maker_path("none.db");

	expect_not_opened(path, MR_STORE_UPDATE, -ENOENT, "no database");
	assert_int_equal(access(path, F_OK), -1);
}

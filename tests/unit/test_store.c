/* The database: made, found again, refused; rows merged; documented to the last column. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/store/internal.h"
#include "analyze/store/store.h"
#include "analyze/store/view_text.h"
#include "schema/base/cleanup.h"
#include "schema/sql.h"
#include "tests/support/archive_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

static void run(struct mr_store *store, const char *sql)
{
	if (sqlite3_exec(mr_store_handle(store), sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(mr_store_handle(store)));
}

static const char snapshot_sql[] =
	"INSERT INTO snapshot (snapshot_id, uuid, digest, archive, archive_bytes, origin, host, "
	"taken_ns, completeness, members_count,"
	" imported_s, schema_version) VALUES (1, 'u', 'd', 'a', 1, 'memreckon', 'h', 1, 'complete', 1, 1, 1)";

TEST(a_new_database_is_ours_and_is_found_again)
{
	_cleanup_free_ char *path = mr_maker_path("new.db");
	struct mr_store *store = open_store(path, MR_STORE_WRITE);

	assert_true(mr_store_was_created(store));
	assert_string_equal(ask(store, "PRAGMA application_id"), "1297247086");
	assert_string_equal(ask(store, "PRAGMA foreign_key_check"), "none");
	mr_store_close(store);
	store = open_store(path, MR_STORE_WRITE);
	assert_false(mr_store_was_created(store));
	mr_store_close(store);
	store = open_store(path, MR_STORE_READ);
	assert_string_equal(ask(store, "SELECT count(*) FROM snapshot"), "0");
	mr_store_close(store);
}

TEST(opening_a_database_again_changes_nothing_in_it)
{
	_cleanup_free_ char *path = mr_maker_path("same.db");
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	char before[64];

	snprintf(before, sizeof(before), "%s", ask(store, "PRAGMA schema_version"));
	mr_store_close(store);
	store = open_store(path, MR_STORE_WRITE);
	assert_string_equal(ask(store, "PRAGMA schema_version"), before);
	mr_store_close(store);
}

TEST(an_empty_file_becomes_a_database_and_cannot_be_read_before)
{
	_cleanup_free_ char *path = mr_maker_path("empty.db");

	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	expect_not_opened(path, MR_STORE_READ, -ENOENT, "no database");
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	assert_true(mr_store_was_created(store));
	mr_store_close(store);
}

TEST(a_missing_database_is_not_made_by_reading)
{
	_cleanup_free_ char *path = mr_maker_path("none.db");

	expect_not_opened(path, MR_STORE_READ, -ENOENT, "memreckon import ARCHIVE");
	assert_int_equal(access(path, F_OK), -1);
}

static void write_text(const char *path, const char *text)
{
	_cleanup_fclose_ FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
}

TEST(a_file_that_is_no_database_is_refused_and_not_touched)
{
	_cleanup_free_ char *path = mr_maker_path("text.db");

	write_text(path, "this is a diary\n");
	expect_not_opened(path, MR_STORE_WRITE, -EPROTONOSUPPORT, "text.db is not a memreckon database");
	expect_not_opened(path, MR_STORE_READ, -EPROTONOSUPPORT, "text.db is not a memreckon database");
	assert_int_equal(mr_maker_file_bytes(path), 16);
}

/* A SQLite file made by somebody. */
static void make_foreign(const char *path, const char *sql)
{
	sqlite3 *handle;

	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

TEST(a_database_of_somebody_else_is_refused_and_not_touched)
{
	_cleanup_free_ char *path = mr_maker_path("places.sqlite");
	struct stat before, after;

	make_foreign(path, "CREATE TABLE snapshot (bookmark); PRAGMA user_version = 1");
	stat(path, &before);
	expect_not_opened(path, MR_STORE_WRITE, -EPROTONOSUPPORT, "is not a memreckon database");
	expect_not_opened(path, MR_STORE_READ, -EPROTONOSUPPORT, "is not a memreckon database");
	stat(path, &after);
	assert_int_equal(before.st_size, after.st_size);
	assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
}

TEST(a_newer_database_is_refused_and_not_touched)
{
	_cleanup_free_ char *path = mr_maker_path("old.db");

	make_foreign(path, "PRAGMA application_id = 1297247086; PRAGMA user_version = 7; CREATE TABLE t (a)");
	expect_not_opened(path, MR_STORE_WRITE, -EPROTONOSUPPORT,
			  "old.db has schema 7, this program knows schema " THIS_SCHEMA
			  ". A newer memreckon wrote it.");
}

TEST(an_older_database_that_never_was_one_is_refused_and_not_touched)
{
	_cleanup_free_ char *path = mr_maker_path("older.db");
	struct stat before, after;

	make_foreign(path, "PRAGMA application_id = 1297247086; PRAGMA user_version = 1; CREATE TABLE t (a)");
	stat(path, &before);
	expect_not_opened(path, MR_STORE_READ, -EIO, "no such table: main.documentation");
	expect_not_opened(path, MR_STORE_WRITE, -EIO, "no such table: main.documentation");
	stat(path, &after);
	assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
}

TEST(a_read_only_file_in_a_read_only_folder_can_be_read)
{
	_cleanup_free_ char *folder = mr_maker_folder();
	_cleanup_free_ char *path = NULL;

	assert_true(asprintf(&path, "%s/ro.db", folder) > 0);
	mr_store_close(open_store(path, MR_STORE_WRITE));
	chmod(path, 0400);
	chmod(folder, 0500);
	struct mr_store *store = open_store(path, MR_STORE_READ);
	assert_string_equal(ask(store, "SELECT count(*) FROM snapshot"), "0");
	assert_int_not_equal(sqlite3_exec(mr_store_handle(store), snapshot_sql, NULL, NULL, NULL), SQLITE_OK);
	mr_store_close(store);
	chmod(folder, 0700);
}

/* Copy a file as it is, byte for byte. */
static void copy_file(const char *from, const char *to)
{
	_cleanup_fclose_ FILE *in = fopen(from, "re");
	_cleanup_fclose_ FILE *out = fopen(to, "we");
	char bytes[4096];
	size_t length;

	assert_true(in && out);
	while ((length = fread(bytes, 1, sizeof(bytes), in)) > 0)
		assert_int_equal(fwrite(bytes, 1, length, out), length);
}

TEST(a_write_that_was_killed_is_undone_by_the_next_reader)
{
	_cleanup_free_ char *path = mr_maker_path("live.db");
	_cleanup_free_ char *killed = mr_maker_path("killed.db");
	_cleanup_free_ char *journal = NULL, *killed_journal = NULL;

	assert_true(asprintf(&journal, "%s-journal", path) > 0 &&
		    asprintf(&killed_journal, "%s-journal", killed) > 0);
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	run(store, "PRAGMA cache_size = 5; BEGIN");
	run(store, snapshot_sql);
	/* more than the cache holds: pages and journal reach the disk in the middle of the transaction */
	run(store, "WITH n AS (SELECT 1 i UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
		   " INSERT INTO issue SELECT 1, i, 'k', 'p', 1, 'text' FROM n");
	copy_file(path, killed);
	copy_file(journal, killed_journal);
	run(store, "ROLLBACK");
	mr_store_close(store);
	store = open_store(killed, MR_STORE_READ);
	assert_string_equal(ask(store, "SELECT count(*) FROM snapshot"), "0");
	assert_string_equal(ask(store, "PRAGMA integrity_check"), "ok");
	mr_store_close(store);
}

TEST(a_database_that_somebody_has_put_into_wal_mode_stays_in_it)
{
	_cleanup_free_ char *path = mr_maker_path("wal.db");

	mr_store_close(open_store(path, MR_STORE_WRITE));
	make_foreign(path, "PRAGMA journal_mode = WAL");
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	run(store, snapshot_sql);
	assert_string_equal(ask(store, "PRAGMA journal_mode"), "wal");
	struct mr_store *reader = open_store(path, MR_STORE_READ);
	assert_string_equal(ask(reader, "SELECT count(*) FROM snapshot"), "1");
	mr_store_close(reader);
	mr_store_close(store);
}

TEST(a_journal_is_not_left_behind)
{
	_cleanup_free_ char *path = mr_maker_path("journal.db");
	_cleanup_free_ char *journal = NULL;

	assert_true(asprintf(&journal, "%s-journal", path) > 0);
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	assert_int_equal(access(journal, F_OK), 0);
	mr_store_close(store);
	assert_int_equal(access(journal, F_OK), -1);
}

TEST(rolled_back_is_as_before)
{
	struct mr_store *store = memory();

	assert_int_equal(mr_store_begin(store, NULL), 0);
	run(store, snapshot_sql);
	mr_store_rollback(store);
	assert_string_equal(ask(store, "SELECT count(*) FROM snapshot"), "0");
	mr_store_close(store);
}

static size_t field_number(const struct mr_table *table, const char *column)
{
	for (size_t i = 0; i < table->field_count; i++)
		if (table->fields[i].column && !strcmp(table->fields[i].column, column))
			return i;
	fail_msg("no column %s.%s", table->name, column);
	return 0;
}

static void set_integer(struct mr_row *row, const char *column, int64_t number)
{
	row->values[field_number(row->table, column)] =
		(struct mr_value){.type = MR_VALUE_INTEGER, .integer = number};
}

static void set_text(struct mr_row *row, const char *column, const char *text)
{
	struct mr_value value = {.type = MR_VALUE_TEXT, .text = {text, strlen(text)}};

	row->values[field_number(row->table, column)] = value;
}

static void put(struct mr_store *store, int64_t reading, const struct mr_row *row)
{
	struct mr_error error = {0};

	if (mr_store_put_row(store, 1, reading, row, &error) < 0)
		fail_msg("%s", error.message);
}

/* One file of a cgroup: one value of the row. */
static void put_cgroup(struct mr_store *store, int64_t reading, const char *path, const char *column,
		       int64_t number)
{
	struct mr_row row = {.table = mr_table_find("cgroup2_memory")};

	set_integer(&row, "hierarchy", 2);
	set_text(&row, "path", path);
	set_integer(&row, column, number);
	put(store, reading, &row);
}

TEST(the_files_of_a_folder_make_one_row_in_any_order)
{
	struct mr_store *store = memory();

	run(store, snapshot_sql);
	put_cgroup(store, 0, "/a", "current_bytes", 1);
	put_cgroup(store, 0, "/a", "peak_bytes", 2);
	put_cgroup(store, 0, "/b", "current_bytes", 3);
	put_cgroup(store, 1, "/b", "current_bytes", 4);
	put_cgroup(store, 0, "/a", "swap_current_bytes", 5);
	assert_string_equal(ask(store, "SELECT group_concat(path || reading || ' ' || current_bytes || ' ' ||"
				       " coalesce(peak_bytes, '?') || ' ' || coalesce(swap_current_bytes, "
				       "'?'), ', ') FROM cgroup2_memory"),
			    "/a0 1 2 5, /b0 3 ? ?, /b1 4 ? ?");
	mr_store_close(store);
}

TEST(null_leaves_what_is_there_alone_and_a_later_value_replaces_it)
{
	struct mr_store *store = memory();
	struct mr_row row = {.table = mr_table_find("proc_statm")};

	run(store, snapshot_sql);
	set_integer(&row, "pid", 7);
	set_integer(&row, "resident_pages", 10);
	put(store, 0, &row);
	row = (struct mr_row){.table = mr_table_find("proc_statm")};
	set_integer(&row, "pid", 7);
	set_integer(&row, "size_pages", 20);
	put(store, 0, &row);
	assert_string_equal(ask(store, "SELECT resident_pages || ' ' || size_pages FROM proc_statm"),
			    "10 20");
	set_integer(&row, "size_pages", 21);
	put(store, 0, &row);
	assert_string_equal(ask(store, "SELECT resident_pages || ' ' || size_pages FROM proc_statm"),
			    "10 21");
	mr_store_close(store);
}

TEST(a_row_of_every_table_goes_in)
{
	struct mr_store *store = memory();

	run(store, snapshot_sql);
	for (size_t i = 0; i < mr_table_count; i++) {
		struct mr_row row = {.table = mr_tables[i]};

		if (!mr_store_has_table(mr_tables[i]))
			continue;
		for (size_t j = 0; j < row.table->field_count; j++)
			if (row.table->fields[j].column &&
			    !strcmp(mr_units[row.table->fields[j].unit].sql_type, "TEXT"))
				set_text(&row, row.table->fields[j].column, "x");
			else if (row.table->fields[j].column)
				set_integer(&row, row.table->fields[j].column, INT64_MAX);
		put(store, 0, &row);
		put(store, 0, &row);
		run(store, "SELECT 1");
		char sql[128];
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", row.table->name);
		assert_string_equal(ask(store, sql), "1");
	}
	/* and all of them go with their snapshot */
	run(store, "DELETE FROM snapshot");
	assert_string_equal(ask(store, "SELECT count(*) FROM proc_stat"), "0");
	assert_string_equal(ask(store, "SELECT count(*) FROM cgroup1_memory"), "0");
	mr_store_close(store);
}

TEST(issues_are_numbered_and_their_text_is_cut_at_200_bytes)
{
	struct mr_store *store = memory();
	char text[300];

	run(store, snapshot_sql);
	memset(text, 'x', sizeof(text));
	struct mr_issue issue = {
		.kind = MR_ISSUE_UNKNOWN_KEY, .line = 3, .text = text, .length_bytes = sizeof(text)};
	assert_int_equal(mr_store_put_issue(store, 1, "proc/meminfo", &issue, NULL), 0);
	issue = (struct mr_issue){.kind = MR_ISSUE_EMPTY_FILE};
	assert_int_equal(mr_store_put_issue(store, 1, "proc/vmstat", &issue, NULL), 0);
	assert_string_equal(ask(store, "SELECT group_concat(issue_number || kind || coalesce(line, '?') || "
				       "coalesce(length(text), '?'))"
				       " FROM issue"),
			    "1unknown_key3200,2empty_file??");
	mr_store_close(store);
}

TEST(documentation_has_a_meaning_for_every_column_of_every_table)
{
	struct mr_store *store = memory();

	assert_string_equal(
		ask(store,
		    "SELECT t.name || '.' || c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c"
		    " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND NOT EXISTS (SELECT 1 FROM "
		    "documentation AS d"
		    " WHERE d.object = t.name AND d.column_name = c.name AND length(d.meaning) > 1)"),
		"none");
	assert_string_equal(
		ask(store,
		    "SELECT name FROM sqlite_schema AS t WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
		    " AND NOT EXISTS (SELECT 1 FROM documentation WHERE object = t.name AND column_name = ''"
		    " AND length(meaning) > 10)"),
		"none");
	mr_store_close(store);
}

TEST(documentation_has_a_meaning_for_every_column_of_every_public_view)
{
	struct mr_store *store = memory();

	assert_string_equal(
		ask(store,
		    "SELECT t.name || '.' || c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c"
		    " WHERE t.type = 'view' AND t.name NOT GLOB '_*' AND t.name NOT GLOB 'check_*' AND NOT "
		    "EXISTS"
		    " (SELECT 1 FROM documentation AS d"
		    " WHERE d.object = t.name AND d.column_name = c.name AND length(d.meaning) > 1)"),
		"none");
	mr_store_close(store);
}

TEST(comments_of_a_view_become_documentation)
{
	struct mr_store *store = memory();
	static const char text[] =
		"-- A file comment.\n\n-- What the view\n-- answers.\nCREATE VIEW v (\n"
		"    snapshot_id,   -- which\n    rss_bytes,     -- size,\n                   -- or not\n"
		"    \"left\"         -- side\n) AS SELECT 1, 2, 3; -- done\n";

	assert_int_equal(mr_document_sql(store, "views/v", text, NULL), 0);
	assert_string_equal(
		ask(store,
		    "SELECT group_concat(ordinal || column_name || '[' || unit || ']' || meaning, '; ')"
		    " FROM documentation WHERE object = 'v'"),
		"0[]What the view answers.; 1snapshot_id[]which; 2rss_bytes[bytes]size, or not; 3left[]side");
	mr_store_close(store);
}

TEST(a_constraint_is_no_column_but_its_comment_counts)
{
	struct mr_store *store = memory();

	assert_string_equal(ask(store, "SELECT meaning LIKE 'complete: %partial: %' FROM documentation"
				       " WHERE object = 'snapshot' AND column_name = 'completeness'"),
			    "1");
	assert_string_equal(
		ask(store, "SELECT count(*) FROM documentation WHERE column_name IN ('PRIMARY', 'CHECK')"),
		"0");
	mr_store_close(store);
}

TEST(every_check_has_its_claim)
{
	struct mr_store *store = memory();

	assert_string_equal(
		ask(store, "SELECT name FROM sqlite_schema WHERE type = 'view' AND name GLOB 'check_[A-Z]*'"
			   " AND substr(name, 7) NOT IN (SELECT check_id FROM check_claim)"),
		"none");
	assert_string_equal(ask(store, "SELECT check_id FROM check_claim WHERE 'check_' || check_id NOT IN"
				       " (SELECT name FROM sqlite_schema WHERE type = 'view')"),
			    "none");
	assert_string_equal(ask(store, "SELECT count(*) - count(DISTINCT ordinal) FROM check_claim"), "0");
	mr_store_close(store);
}

TEST(the_text_of_a_view_is_taken_apart)
{
	struct mr_view_text view;

	assert_true(mr_view_text_parse("CREATE VIEW \"v 1\" -- (no list\n ( snapshot_id, -- which ) one\n b "
				       "/* ) */, \"c)\" ) AS SELECT 1",
				       &view));
	assert_memory_equal(view.columns, "( snapshot_id", 13);
	assert_memory_equal(view.columns + view.columns_length - 5, "c)\" )", 5);
	assert_memory_equal(view.body, "AS SELECT", 9);
	assert_true(mr_view_text_parse("create view v as select snapshot_id from t", &view));
	assert_null(view.columns);
	assert_false(mr_view_text_parse("CREATE TABLE t (a)", &view));
	assert_false(mr_view_text_parse("CREATE VIEW", &view));
	assert_false(mr_view_text_parse("CREATE VIEW v (a", &view));
}

TEST(words_in_strings_and_comments_are_no_tokens)
{
	static const char text[] = " 'it''s a' -- process\n cgroup /* x */ = _a1";
	struct mr_sql_token token = mr_sql_token_next(text);

	assert_memory_equal(token.text, "cgroup", token.length);
	token = mr_sql_token_next(token.text + token.length);
	assert_memory_equal(token.text, "=", token.length);
	token = mr_sql_token_next(token.text + token.length);
	assert_memory_equal(token.text, "_a1", token.length);
	assert_null(mr_sql_token_next(token.text + token.length).text);
}

TEST(every_view_can_be_asked_in_an_empty_database)
{
	struct mr_store *store = memory();
	sqlite3_stmt *views = NULL;

	assert_int_equal(
		sqlite3_prepare_v2(mr_store_handle(store),
				   "SELECT t.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c"
				   " WHERE t.type = 'view' AND c.name = 'snapshot_id'",
				   -1, &views, NULL),
		SQLITE_OK);
	while (sqlite3_step(views) == SQLITE_ROW) {
		char sql[256];

		snprintf(sql, sizeof(sql), "SELECT count(*) FROM \"%s\" WHERE snapshot_id = 1",
			 sqlite3_column_text(views, 0));
		ask(store, sql);
	}
	sqlite3_finalize(views);
	mr_store_close(store);
}

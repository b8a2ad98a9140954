/* Which snapshots an argument means, and what is said when it means none. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/import/import.h"
#include "analyze/store/select.h"
#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/test.h"

#define DAY_NS 86400000000000

static const char *const last_by_default[] = {"@last", NULL};
static const char *const two_by_default[] = {"@prev", "@last", NULL};

static char *in_folder(const char *folder, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

/* An archive of a host, so many days after 2026-11-21T07:41:03Z. */
static void make_archive(const char *path, const char *host, int day)
{
	char uuid[64];

	snprintf(uuid, sizeof(uuid), "%s-%d", host, day);
	mr_maker_capture(path, &(struct mr_maker_meta){.uuid = uuid,
						       .host = host,
						       .taken_ns = 1795246863000000000 + day * DAY_NS});
}

/* A database of @days snapshots of db-1 and, with @two_hosts, one of web-2 behind them. */
static char *make_database(const char *folder, int days, bool two_hosts)
{
	char *path = in_folder(folder, "test.db");
	_cleanup_free_ char *archive = in_folder(folder, "a.mem.tar.gz");
	struct mr_import_result imported;
	struct mr_error error = {0};
	struct mr_store *store;

	assert_int_equal(mr_store_open(path, MR_STORE_WRITE, &store, &error), 0);
	for (int day = 0; day < days + two_hosts; day++) {
		make_archive(archive, day < days ? "db-1" : "web-2", day);
		assert_int_equal(mr_import(store, archive, false, &imported, &error), 0);
	}
	mr_store_close(store);
	return path;
}

/* The ids that the arguments select, as a text in a static buffer; the message of a failure. */
static const char *select_text(const char *database, const char *const *defaults, size_t count,
			       const char *const *arguments)
{
	static char text[600];
	struct mr_selection selection;
	struct mr_error error = {0};
	size_t used = 0;

	text[0] = '\0';
	int result = mr_select(database, arguments, count, defaults, &selection, &error);
	if (result < 0) {
		snprintf(text, sizeof(text), "%d %s", result, error.message);
		return text;
	}
	for (size_t i = 0; i < selection.count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%lld", i ? " " : "",
					 (long long)selection.ids[i]);
	mr_selection_deinit(&selection);
	return text;
}

static const char *select_one(const char *database, const char *argument)
{
	return select_text(database, last_by_default, 1, &argument);
}

static void expect_words(const char *text, int number, const char *words)
{
	if (atoi(text) != number || !strstr(text, words))
		fail_msg("'%s' is not %d '%s'", text, number, words);
}

TEST(names_of_one_host)
{
	_cleanup_free_ char *folder = mr_maker_folder();
	_cleanup_free_ char *database = make_database(folder, 4, false);
	static const char *const cases[][2] = {
		{"1", "1"},
		{"4", "4"},
		{"#2", "2"},
		{"@last", "4"},
		{"@first", "1"},
		{"@prev", "3"},
		{"@-1", "3"},
		{"@-3", "1"},
		{"@-0", "4"},
		{"db-1@last", "4"},
		{"db-1@-2", "2"},
		{"2026-11-22", "2"},
		{"2026-11-22T07:41", "2"},
		{"2026-11-22T07:41:03Z", "2"},
		{"2026-11-23 07", "3"},
		{"2026-11", "4"},
		{"@2026-11-21", "1"},
		{"db-1@2026-11-22T07", "2"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(select_one(database, cases[i][0]), cases[i][1]);
	assert_string_equal(select_text(database, two_by_default, 0, NULL), "3 4");
	assert_string_equal(select_text(database, two_by_default, 2, (const char *const[]){"@last", "1"}),
			    "4 1");
}

TEST(names_that_mean_nothing_say_so)
{
	_cleanup_free_ char *folder = mr_maker_folder();
	_cleanup_free_ char *database = make_database(folder, 2, false);

	expect_words(select_one(database, "112"), -ESRCH, "no snapshot 112 in ");
	expect_words(select_one(database, "112"), -ESRCH, "; the last one is 2.   memreckon list");
	expect_words(select_one(database, "@-5"), -ESRCH, "there are 2 of db-1");
	expect_words(select_one(database, "web-9@last"), -ESRCH, "no snapshot of host web-9");
	expect_words(select_one(database, "2025-01"), -ESRCH, "begins 2025-01");
	expect_words(select_one(database, "latest"), -EINVAL, "'latest' is no snapshot: a number, @last");
	expect_words(select_one(database, "@-x"), -EINVAL, "is no snapshot");
	expect_words(select_one(database, "-5"), -EINVAL, "is no snapshot");
	expect_words(select_one(database, "99999999999999999999"), -EINVAL, "is no snapshot");
	expect_words(select_one(database, ""), -EINVAL, "'' is no snapshot");
}

TEST(several_hosts_are_never_mixed_in_silence)
{
	_cleanup_free_ char *folder = mr_maker_folder();
	_cleanup_free_ char *database = make_database(folder, 2, true);

	expect_words(select_one(database, "@last"), -EINVAL, "holds 2 hosts: db-1, web-2");
	expect_words(select_text(database, two_by_default, 0, NULL), -EINVAL, "db-1@prev");
	assert_string_equal(select_one(database, "web-2@last"), "3");
	assert_string_equal(select_one(database, "db-1@last"), "2");
	assert_string_equal(select_one(database, "2"), "2");
	expect_words(select_one(database, "web-2@prev"), -ESRCH, "there is 1 of web-2");
}

TEST(an_archive_needs_no_database)
{
	_cleanup_free_ char *folder = mr_maker_folder();
	_cleanup_free_ char *archive = in_folder(folder, "x.mem.tar.gz");
	_cleanup_free_ char *database = in_folder(folder, "none.db");

	make_archive(archive, "db-1", 0);
	assert_string_equal(select_one(database, archive), "1");
	assert_int_equal(access(database, F_OK), -1);
	expect_words(select_one(database, "@last"), -ENOENT, "no database");
	expect_words(select_one(database, "gone.mem.tar.gz"), -ENOENT, "gone.mem.tar.gz: No such file");
}

TEST(archives_and_snapshots_of_the_database_come_together)
{
	_cleanup_free_ char *folder = mr_maker_folder();
	_cleanup_free_ char *database = make_database(folder, 3, false);
	_cleanup_free_ char *archive = in_folder(folder, "x.mem.tar.gz");
	_cleanup_free_ char *known = in_folder(folder, "known.mem.tar.gz");
	struct mr_selection selection;
	struct mr_error error = {0};

	make_archive(archive, "db-1", 9);
	make_archive(known, "db-1", 1);
	const char *arguments[] = {archive, "@last", "1", known, "2"};
	if (mr_select(database, arguments, 5, last_by_default, &selection, &error) < 0)
		fail_msg("%s", error.message);
	assert_int_equal(selection.ids[1], 3);
	assert_int_equal(selection.ids[2], 1);
	assert_int_equal(selection.ids[0], 4);
	/* the same capture from both sides is one snapshot */
	assert_int_equal(selection.ids[3], 2);
	assert_int_equal(selection.ids[4], 2);
	sqlite3_stmt *statement;
	sqlite3_prepare_v2(mr_store_handle(selection.store),
			   "SELECT count(*) FROM proc_statm WHERE snapshot_id IN (1, 2, 3, 4)", -1,
			   &statement, NULL);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(statement, 0), 8);
	sqlite3_finalize(statement);
	mr_selection_deinit(&selection);
}

TEST(a_database_is_no_snapshot)
{
	_cleanup_free_ char *folder = mr_maker_folder();
	_cleanup_free_ char *database = make_database(folder, 1, false);

	expect_words(select_one("other.db", database), -EINVAL,
		     "is a database, not a snapshot.   memreckon list -d ");
}

TEST(an_empty_database_says_how_to_fill_it)
{
	_cleanup_free_ char *folder = mr_maker_folder();
	_cleanup_free_ char *database = make_database(folder, 0, false);

	expect_words(select_one(database, "@last"), -ESRCH, "no snapshots in ");
	expect_words(select_one(database, "3"), -ESRCH, "memreckon import ARCHIVE");
}

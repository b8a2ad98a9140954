/* All captures of other people through the import: what is known of them from elsewhere is what the database
 * says.
 *
 * MR_CAPTURES names their folder; where it is missing every test says that it was skipped.  test_foreign_*.c
 * ask the same of captures that are made from our own fixtures. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/cleanup.h"
#include "tests/support/capture_walk.h"
#include "tests/support/foreign_import.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

#define CAPTURES_MAX 256

/* ---- the tables ---- */

enum query_number {
#define QUERY(name, words, sql) QUERY_##name,
#include "tests/unit/capture_queries.def"
#undef QUERY
};

static const struct {
	const char *words;
	const char *sql;
} queries[] = {
#define QUERY(name, words, sql) {words, sql},
#include "tests/unit/capture_queries.def"
#undef QUERY
};

static const struct fact {
	const char *capture;
	enum query_number query;
	const char *expected;
	const char *from;
} facts[] = {
#define FACT(capture, query, expected, from) {capture, QUERY_##query, expected, from},
#define REFUSED(capture, why)
#include "tests/unit/capture_facts.def"
#undef FACT
#undef REFUSED
};

static const struct {
	const char *capture;
	const char *why;
} refused[] = {
#define FACT(capture, query, expected, from)
#define REFUSED(capture, why) {capture, why},
#include "tests/unit/capture_facts.def"
#undef FACT
#undef REFUSED
};

#define FACTS (sizeof(facts) / sizeof(facts[0]))
#define REFUSED_CAPTURES (sizeof(refused) / sizeof(refused[0]))

/* ---- the captures, imported once ---- */

struct capture {
	char *name;          /* below the folder */
	int64_t snapshot_id; /* 0: refused */
};

static struct capture captures[CAPTURES_MAX];
static size_t captures_count;
static struct taken taken;

static int note_file(const char *path, const struct stat *status, int type, struct FTW *place)
{
	const char *name = path + strlen(getenv("MR_CAPTURES")) + 1;

	(void)status;
	(void)place;
	if (type != FTW_F || !strcmp(name, "INDEX.md"))
		return 0;
	assert_true(captures_count < CAPTURES_MAX);
	captures[captures_count].name = strdup(name);
	assert_non_null(captures[captures_count++].name);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct capture *)a)->name, ((const struct capture *)b)->name);
}

/* Import all of them, each by itself, into one database. */
static void take_all(void)
{
	const char *folder = getenv("MR_CAPTURES");

	if (captures_count)
		return;
	assert_int_equal(nftw(folder, note_file, 16, FTW_PHYS), 0);
	qsort(captures, captures_count, sizeof(captures[0]), by_name);
	for (size_t i = 0; i < captures_count; i++) {
		unsigned added_count = taken.added_count;
		_cleanup_free_ char *path = NULL;

		assert_true(asprintf(&path, "%s/%s", folder, captures[i].name) > 0);
		take_path(&taken, path);
		if (taken.added_count > added_count)
			captures[i].snapshot_id =
				strtoll(ask(taken.store, "SELECT max(snapshot_id) FROM snapshot"), NULL, 10);
	}
}

static const struct capture *find(const char *name)
{
	for (size_t i = 0; i < captures_count; i++)
		if (!strcmp(captures[i].name, name))
			return &captures[i];
	return NULL;
}

/* The answer of a capture to a query, for the caller to free(). */
static char *answer(int64_t snapshot_id, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *handle = mr_store_handle(taken.store);
	const char *text = NULL;

	if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
	sqlite3_bind_int64(statement, sqlite3_bind_parameter_index(statement, ":snapshot"), snapshot_id);
	bool has_row = sqlite3_step(statement) == SQLITE_ROW;
	if (has_row)
		text = (const char *)sqlite3_column_text(statement, 0);
	char *copy = strdup(text ? text : has_row ? "NULL" : "none");
	sqlite3_finalize(statement);
	assert_non_null(copy);
	return copy;
}

static const char *why_refused(const char *name)
{
	for (size_t i = 0; i < REFUSED_CAPTURES; i++)
		if (!strcmp(refused[i].capture, name))
			return refused[i].why;
	return NULL;
}

/* ---- the log ---- */

static unsigned facts_of(const char *name)
{
	unsigned count = 0;

	for (size_t i = 0; i < FACTS; i++)
		count += !strcmp(facts[i].capture, name);
	return count;
}

static void log_capture(const struct capture *capture)
{
	if (!capture->snapshot_id) {
		printf("# %-52s refused: %s\n", capture->name, why_refused(capture->name));
		return;
	}
	_cleanup_free_ char *counts =
		answer(capture->snapshot_id,
		       "SELECT printf('%-10s %5d %6d', origin,"
		       "              (SELECT count(*) FROM process p WHERE p.snapshot_id = s.snapshot_id),"
		       "              (SELECT count(*) FROM cgroup g WHERE g.snapshot_id = s.snapshot_id))"
		       "  FROM snapshot s WHERE s.snapshot_id = :snapshot");
	_cleanup_free_ char *issues =
		answer(capture->snapshot_id,
		       "SELECT printf('%6d', count(*)) FROM issue WHERE snapshot_id = :snapshot");
	_cleanup_free_ char *missing = answer(
		capture->snapshot_id, "SELECT coalesce(group_concat(question, ', '), '-') FROM capability"
				      " WHERE snapshot_id = :snapshot AND answer = 'no'");

	printf("# %-52s %s %5u %s  %s\n", capture->name, counts, facts_of(capture->name), issues, missing);
}

TEST(every_capture_goes_in_but_what_is_no_file_of_the_kernel)
{
	SKIP_WITHOUT_CAPTURES();
	take_all();
	printf("# %-52s %-10s %5s %6s %5s %6s  %s\n", "capture", "origin", "procs", "groups", "facts",
	       "issues", "cannot answer");
	for (size_t i = 0; i < captures_count; i++) {
		log_capture(&captures[i]);
		if (!captures[i].snapshot_id && !why_refused(captures[i].name))
			fail_msg("%s was refused: %s", captures[i].name, taken.words);
		if (captures[i].snapshot_id && why_refused(captures[i].name))
			fail_msg("%s was not refused", captures[i].name);
	}
	assert_int_equal(taken.added_count + REFUSED_CAPTURES, captures_count);
	assert_int_equal(taken.refused_count, REFUSED_CAPTURES);
}

TEST(what_is_known_of_each_from_elsewhere_is_what_the_database_says)
{
	size_t wrong_count = 0;

	SKIP_WITHOUT_CAPTURES();
	take_all();
	for (size_t i = 0; i < FACTS; i++) {
		const struct fact *fact = &facts[i];
		const struct capture *capture = find(fact->capture);

		if (!capture)
			fail_msg("%s is not there", fact->capture);
		_cleanup_free_ char *found = answer(capture->snapshot_id, queries[fact->query].sql);
		if (!strcmp(found, fact->expected))
			continue;
		wrong_count++;
		printf("# %s: %s is %s, not %s (%s)\n", fact->capture, queries[fact->query].words, found,
		       fact->expected, fact->from);
	}
	assert_int_equal(wrong_count, 0);
}

TEST(of_each_capture_something_is_known)
{
	SKIP_WITHOUT_CAPTURES();
	take_all();
	for (size_t i = 0; i < captures_count; i++)
		if (!facts_of(captures[i].name) && !why_refused(captures[i].name))
			fail_msg("%s has no fact in capture_facts.def", captures[i].name);
}

TEST(no_line_and_no_key_is_unknown_but_what_was_edited_by_hand)
{
	SKIP_WITHOUT_CAPTURES();
	take_all();
	expect_cell(
		&taken,
		"SELECT group_concat(archive || ': ' || text) FROM issue JOIN snapshot USING (snapshot_id)"
		" WHERE kind IN ('unknown_line', 'unknown_key')",
		"fixtures.tar.gz: #!/bin/cat /proc/self/stat");
}

TEST(the_same_capture_again_is_known)
{
	SKIP_WITHOUT_CAPTURES();
	take_all();
	for (size_t i = 0; i < captures_count; i += 7) {
		unsigned known_count = taken.known_count;
		_cleanup_free_ char *path = NULL;

		if (!captures[i].snapshot_id)
			continue;
		assert_true(asprintf(&path, "%s/%s", getenv("MR_CAPTURES"), captures[i].name) > 0);
		take_path(&taken, path);
		if (taken.known_count != known_count + 1)
			fail_msg("%s is not known", captures[i].name);
	}
}

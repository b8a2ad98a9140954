/* The checks: each holds on a machine whose books close, and says what it must to one change of that machine.
 *
 * The machine is check_machine.def, the changes are the rows of check_cases*.def: a new check gets rows there.  The tests
 * below run them, and demand that no check goes without its FAIL, its skipped, and what else its terms allow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/store/store.h"
#include "schema/base/cleanup.h"
#include "schema/sql.h"
#include "tests/support/compute_check.h"
#include "tests/support/test.h"

enum world { ANY, V1, V2 };

static const struct {
	enum world world;
	const char *sql;
} machine[] = {
#define SQL(world, sql) {world, sql},
#include "check_machine.def"
#undef SQL
};

static const struct check_case {
	enum world world;
	const char *check, *change, *sql, *subject, *verdict, *missing;
} cases[] = {
#define CASE(world, check, change, sql, subject, verdict, missing)                                           \
	{world, check, change, sql, subject, verdict, missing},
#include "check_cases.def"
#include "check_cases_cgroup.def"
#undef CASE
};

#define CASES_COUNT (sizeof(cases) / sizeof(cases[0]))

static void run(struct mr_store *store, const char *sql)
{
	if (sqlite3_exec(mr_store_handle(store), sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(mr_store_handle(store)));
}

static struct mr_store *new_machine(enum world world)
{
	struct mr_error error = {0};
	struct mr_store *store = NULL;

	if (mr_store_open("", MR_STORE_MEMORY, &store, &error) < 0)
		fail_msg("%s", error.message);
	for (size_t i = 0; i < sizeof(machine) / sizeof(machine[0]); i++)
		if (machine[i].world == ANY || machine[i].world == world)
			run(store, machine[i].sql);
	return store;
}

/* A statement with one text parameter, the first row of it; the caller finalizes. */
static sqlite3_stmt *ask(struct mr_store *store, const char *sql, const char *parameter)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(mr_store_handle(store), sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(mr_store_handle(store)));
	if (parameter)
		sqlite3_bind_text(statement, 1, parameter, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ERROR)
		fail_msg("%s: %s", sql, sqlite3_errmsg(mr_store_handle(store)));
	return statement;
}

/* A copy of the first cell, "" for NULL or no row. */
static char *ask_text(struct mr_store *store, const char *sql, const char *parameter)
{
	sqlite3_stmt *statement = ask(store, sql, parameter);
	const char *text =
		sqlite3_data_count(statement) ? (const char *)sqlite3_column_text(statement, 0) : NULL;
	char *copy = strdup(text ? text : "");

	sqlite3_finalize(statement);
	return copy;
}

static void compute_all(struct mr_store *store)
{
	struct mr_error error = {0};

	if (mr_store_compute_checks(store, 1, &error) < 0)
		fail_msg("%s", error.message);
}

static void print_terms(struct mr_store *store, const struct check_case *one)
{
	_cleanup_free_ char *sql = NULL;

	assert_true(
		asprintf(&sql,
			 "SELECT part, term, low, high FROM check_%s WHERE snapshot_id = 1 AND subject = ?",
			 one->check) > 0);
	sqlite3_stmt *statement = ask(store, sql, one->subject);
	for (; sqlite3_data_count(statement); sqlite3_step(statement))
		print_message("  %s %s [%s, %s]\n", (const char *)sqlite3_column_text(statement, 0),
			      (const char *)sqlite3_column_text(statement, 1),
			      (const char *)sqlite3_column_text(statement, 2),
			      (const char *)sqlite3_column_text(statement, 3));
	sqlite3_finalize(statement);
}

/* @return whether the check said what the case wants; the database is as before */
static bool case_holds(struct mr_store *store, const struct check_case *one)
{
	_cleanup_free_ char *sql = NULL;

	run(store, "SAVEPOINT one");
	run(store, one->sql);
	compute_check(store, one->check);
	assert_true(
		asprintf(&sql,
			 "SELECT CASE WHEN only_by_drift THEN 'DRIFT' ELSE verdict END, coalesce(missing, '')"
			 " FROM check_result WHERE check_id = '%s' AND subject = ?",
			 one->check) > 0);
	sqlite3_stmt *result = ask(store, sql, one->subject);
	bool has_row = sqlite3_data_count(result) > 0;
	const char *verdict = has_row ? (const char *)sqlite3_column_text(result, 0) : "no result";
	const char *missing = has_row ? (const char *)sqlite3_column_text(result, 1) : "";
	bool holds = !strcmp(verdict, one->verdict) && strstr(missing, one->missing);
	if (!holds) {
		print_message("%s, %s: %s (%s), not %s (%s)\n", one->check, one->change, verdict, missing,
			      one->verdict, one->missing);
		print_terms(store, one);
	}
	sqlite3_finalize(result);
	run(store, "ROLLBACK TO one; RELEASE one");
	return holds;
}

static void expect_cases_hold(enum world world)
{
	struct mr_store *store = new_machine(world);
	size_t wrong_count = 0;

	for (size_t i = 0; i < CASES_COUNT; i++)
		if (cases[i].world == world)
			wrong_count += !case_holds(store, &cases[i]);
	mr_store_close(store);
	assert_int_equal(wrong_count, 0);
}

TEST(every_case_of_a_v1_machine_gets_its_verdict)
{
	expect_cases_hold(V1);
}

TEST(every_case_of_a_v2_machine_gets_its_verdict)
{
	expect_cases_hold(V2);
}

static void expect_all_ok(enum world world, const char *checks)
{
	struct mr_store *store = new_machine(world);

	compute_all(store);
	_cleanup_free_ char *others =
		ask_text(store,
			 "SELECT group_concat(check_id || ' ' || subject || ' ' || verdict || ' '"
			 " || coalesce(missing, residual)) FROM check_result"
			 " WHERE verdict <> 'ok' OR only_by_drift",
			 NULL);
	assert_string_equal(others, "");
	_cleanup_free_ char *found = ask_text(store,
					      "SELECT group_concat(check_id, ' ') FROM (SELECT check_id"
					      " FROM check_summary WHERE snapshot_id = 1 ORDER BY ordinal)",
					      NULL);
	assert_string_equal(found, checks);
	mr_store_close(store);
}

TEST(every_check_holds_on_a_machine_whose_books_close)
{
	expect_all_ok(V1, "P1 P2 P3 P5 P7 P8 P10 P11 P12 P13 P15 C1 C3 C5 C6 C8 C9 C10 C13"
			  " S2 S3 S4 S5 S6 S7 S8 S9 S10 S11 S12 S13");
	expect_all_ok(V2, "P1 P2 P3 P5 P7 P8 P10 P11 P12 P13 P15 V1 V2 V3 V7 V4 V5 S2 S3 S4 S5 S6 S7 S8 S9 "
			  "S10 S11 S12 S13");
}

TEST(a_check_that_is_not_valid_has_no_result)
{
	struct mr_store *store = new_machine(V1);

	run(store, "UPDATE capture_meta SET kernel_release = '4.4.0'; UPDATE proc_smaps_rollup SET "
		   "pss_anon_kib = NULL");
	compute_all(store);
	_cleanup_free_ char *found =
		ask_text(store,
			 "SELECT count(*) FROM check_result WHERE check_id IN ('P8', 'P10', 'P12',"
			 " 'C1', 'C8', 'C13', 'V1', 'S8')",
			 NULL);
	assert_string_equal(found, "0");
	mr_store_close(store);
}

static bool has_case(const char *check, const char *verdict)
{
	for (size_t i = 0; i < CASES_COUNT; i++)
		if (!strcmp(cases[i].check, check) && !strcmp(cases[i].verdict, verdict))
			return true;
	return false;
}

TEST(every_check_has_a_case_of_each_verdict_that_its_terms_allow)
{
	struct mr_store *store = new_machine(ANY);
	sqlite3_stmt *claims =
		ask(store,
		    "SELECT c.check_id, v.sql LIKE '%''cause''%', v.sql LIKE '%''drift''%'"
		    " FROM check_claim c JOIN sqlite_master v ON v.name = 'check_' || c.check_id",
		    NULL);
	int lacking_count = 0, checks_count = 0;

	for (; sqlite3_data_count(claims); sqlite3_step(claims), checks_count++) {
		const char *check = (const char *)sqlite3_column_text(claims, 0);
		const bool wanted[] = {true, true, sqlite3_column_int(claims, 1),
				       sqlite3_column_int(claims, 2)};
		static const char *const verdicts[] = {"FAIL", "skipped", "explained", "DRIFT"};

		for (int i = 0; i < 4; i++)
			if (wanted[i] && !has_case(check, verdicts[i])) {
				print_message("%s has no case of %s\n", check, verdicts[i]);
				lacking_count++;
			}
	}
	sqlite3_finalize(claims);
	mr_store_close(store);
	assert_true(checks_count > 12);
	assert_int_equal(lacking_count, 0);
}

TEST(each_bridge_has_a_check_for_both_cgroup_versions)
{
	static const char sql[] =
		"SELECT group_concat(bridge) FROM (SELECT DISTINCT bridge FROM check_summary"
		" WHERE snapshot_id = 1 ORDER BY bridge)";
	static const char all[] =
		"cgroup-cgroup,cgroup-system,process-cgroup,process-process,process-system,system-system";

	for (enum world world = V1; world <= V2; world++) {
		struct mr_store *store = new_machine(world);

		compute_all(store);
		_cleanup_free_ char *bridges = ask_text(store, sql, NULL);
		assert_string_equal(bridges, all);
		mr_store_close(store);
	}
}

/* A check of the test's own, for the rules that hold for all of them. */
static void make_check(struct mr_store *store, const char *terms)
{
	_cleanup_free_ char *sql = NULL;

	assert_true(asprintf(&sql,
			     "DROP VIEW IF EXISTS check_T; DELETE FROM check_result;"
			     " INSERT OR IGNORE INTO check_claim VALUES ('T', 0, 'b', 't', 'bytes', 'v', "
			     "'c', 't', 's', 'r');"
			     " CREATE VIEW check_T (snapshot_id, subject, part, ordinal, term, low, high, "
			     "why, source, file) AS"
			     " SELECT 1, column1, column2, column3, column4, column5, column6, 'why', "
			     "'source', 'file ' || column3"
			     " FROM (VALUES %s)",
			     terms) > 0);
	run(store, sql);
	compute_check(store, "T");
}

static void expect(struct mr_store *store, const char *terms, const char *wanted)
{
	make_check(store, terms);
	_cleanup_free_ char *found =
		ask_text(store,
			 "SELECT verdict || ' ' || only_by_drift || ' ' || coalesce(missing, '-')"
			 " FROM check_result WHERE check_id = 'T'",
			 NULL);
	assert_string_equal(found, wanted);
}

#define SIDES "('', 'left', 1, 'l', 1000, 1000), ('', 'right', 2, 'r', 900, 900)"

TEST(what_cannot_be_read_never_helps)
{
	struct mr_store *store = new_machine(ANY);

	expect(store, SIDES, "FAIL 0 -");
	expect(store, SIDES ", ('', 'tolerance', 3, 't', 0, 100)", "ok 0 -");
	expect(store, SIDES ", ('', 'tolerance', 3, 't', -100, 99)", "FAIL 0 -");
	expect(store, SIDES ", ('', 'left', 3, 'l2', NULL, NULL)", "skipped 0 file 3");
	expect(store, SIDES ", ('', 'right', 3, 'r2', NULL, NULL), ('', 'right', 4, 'r3', NULL, NULL)",
	       "skipped 0 file 3,file 4");
	expect(store, SIDES ", ('', 'tolerance', 3, 't', 0, 100), ('', 'tolerance', 4, 'u', 0, NULL)",
	       "skipped 0 file 4");
	expect(store, SIDES ", ('', 'cause', 3, 'c', 0, NULL)", "FAIL 0 -");
	expect(store, "('', 'right', 1, 'r', 1, 1)", "skipped 0 a term without a file");
	mr_store_close(store);
}

TEST(a_drift_that_was_not_measured_is_no_obstacle_inside_the_bound)
{
	struct mr_store *store = new_machine(ANY);

	expect(store, SIDES ", ('', 'tolerance', 3, 'drift', -100, 100)", "ok 1 -");
	expect(store, SIDES ", ('', 'tolerance', 3, 'drift', NULL, NULL)",
	       "skipped 0 a second reading of file 3");
	/* where something else is missing, too, that is what would have to be there first */
	expect(store, SIDES ", ('', 'tolerance', 3, 'drift', NULL, NULL), ('', 'right', 4, 'r2', NULL, NULL)",
	       "skipped 0 file 4");
	expect(store, SIDES ", ('', 'tolerance', 3, 'drift', NULL, NULL), ('', 'tolerance', 4, 't', 0, 100)",
	       "ok 0 -");
	expect(store,
	       SIDES ", ('', 'tolerance', 3, 'drift', NULL, NULL), ('', 'tolerance', 4, 'drift', -100, 100)",
	       "ok 1 -");
	mr_store_close(store);
}

TEST(causes_explain_only_while_they_leave_more_than_they_hide)
{
	struct mr_store *store = new_machine(ANY);

	expect(store, SIDES ", ('', 'cause', 3, 'c', 0, 450)", "explained 0 -");
	expect(store, SIDES ", ('', 'cause', 3, 'c', 0, 451)",
	       "skipped 0 the causes could hide more than half of the smaller side");
	/* a wide cause behind one that is enough is not used */
	expect(store, SIDES ", ('', 'cause', 3, 'c', 0, 100), ('', 'cause', 4, 'd', 0, 5000)",
	       "explained 0 -");
	/* a cause of one value moves the interval */
	expect(store, SIDES ", ('', 'cause', 3, 'c', 100, 100)", "explained 0 -");
	expect(store, SIDES ", ('', 'cause', 3, 'c', 101, 101)", "FAIL 0 -");
	expect(store, SIDES ", ('', 'cause', 3, 'c', -5000, 99)", "FAIL 0 -");
	mr_store_close(store);
}

TEST(the_sign_of_a_residual_is_kept)
{
	struct mr_store *store = new_machine(ANY);

	expect(store,
	       "('', 'left', 1, 'l', 900, 900), ('', 'right', 2, 'r', 1000, 1000), ('', 'tolerance', 3, 't', "
	       "0, 5000)",
	       "FAIL 0 -");
	_cleanup_free_ char *residual =
		ask_text(store, "SELECT residual FROM check_summary WHERE check_id = 'T'", NULL);
	assert_string_equal(residual, "-100");
	mr_store_close(store);
}

TEST(hostile_numbers_end_as_a_verdict)
{
	struct mr_store *store = new_machine(V1);

	run(store,
	    "UPDATE capture_meta SET cpus_online_count = 9007199254740992, cpus_possible_count = "
	    "9007199254740992;"
	    " UPDATE proc_buddyinfo SET blocks_count = 9007199254740992, order_number = 60 WHERE "
	    "order_number = 3;"
	    " UPDATE proc_zoneinfo SET protection = '[' || char(0), managed_pages = 2199023255552;"
	    " UPDATE proc_stat SET num_threads_count = 9007199254740992, start_ticks = 9223372036854775807;"
	    " UPDATE cgroup1_memory SET usage_bytes = 9007199254740992, kmem_usage_bytes = 9007199254740992;"
	    " UPDATE proc_slabinfo SET num_slabs_count = 2199023255552, objperslab_count = 0");
	compute_all(store);
	run(store,
	    "UPDATE proc_stat SET num_threads_count = 9223372036854775807;"
	    " UPDATE proc_slabinfo SET num_slabs_count = 9223372036854775807, pagesperslab_pages = "
	    "137438953472,"
	    " objperslab_count = 9223372036854775807;"
	    " UPDATE capture_meta SET cpus_online_count = 8796093022208, cpus_possible_count = 8796093022208;"
	    " UPDATE proc_vmstat SET pgalloc_dma_count = 9223372036854775807, pgfault_count = reading * "
	    "1000000000000000000,"
	    " pgalloc_normal_count = 9223372036854775807, thp_deferred_split_page_count = "
	    "9223372036854775807;"
	    " UPDATE capture_end SET processes_vanished_count = 9223372036854775807");
	compute_all(store);
	mr_store_close(store);
}

TEST(a_summary_shows_the_worst_subject)
{
	struct mr_store *store = new_machine(V1);

	run(store, "UPDATE proc_status SET rss_anon_kib = 40004 WHERE pid = 200; DELETE FROM proc_statm "
		   "WHERE pid = 100");
	compute_all(store);
	_cleanup_free_ char *p3 =
		ask_text(store,
			 "SELECT verdict || ' ' || subject || ' ' || residual || ' ' || subjects_count || ' '"
			 " || ok_count || ' ' || fail_count || ' ' || coalesce(ratio, 'none')"
			 " FROM check_summary WHERE snapshot_id = 1 AND check_id = 'P3'",
			 NULL);
	assert_string_equal(p3, "FAIL 200 -4096 2 1 1 none");
	_cleanup_free_ char *p2 =
		ask_text(store,
			 "SELECT verdict || ' ' || subject || ' ' || ok_count || ' ' || skipped_count"
			 " FROM check_summary WHERE snapshot_id = 1 AND check_id = 'P2'",
			 NULL);
	assert_string_equal(p2, "ok 200 1 1");
	mr_store_close(store);
}

TEST(a_drift_is_measured_around_the_phase_of_the_check)
{
	static const char sql[] =
		"SELECT d.first_reading || ' ' || d.last_reading || ' ' || d.anon_bytes FROM _drift_meminfo d"
		" WHERE d.snapshot_id = 1 AND d.phase = ?";
	struct mr_store *store = new_machine(V1);

	run(store,
	    "UPDATE proc_meminfo SET anon_pages_kib = 80000 + reading * reading;"
	    " INSERT INTO reading SELECT 1, 'proc/meminfo', 'bracket', 'ok', 1, 100 + value * 100, 1, value"
	    " FROM json_each('[0, 1, 2]');"
	    " INSERT INTO coverage VALUES (1, 'proc/slabinfo', 'ok', 1, 1, 110, 190, 0),"
	    " (1, '{cgroup1}/memory.stat', 'ok', 3, 1, 210, 290, 0)");
	_cleanup_free_ char *system = ask_text(store, sql, "system");
	_cleanup_free_ char *cgroup = ask_text(store, sql, "cgroup");
	_cleanup_free_ char *walk = ask_text(store, sql, "walk");
	assert_string_equal(system, "0 1 1024");
	assert_string_equal(cgroup, "1 2 3072");
	assert_string_equal(walk, "0 2 4096");
	mr_store_close(store);
}

static void expect_constant(struct mr_store *store, const char *release, const char *constants)
{
	_cleanup_free_ char *change = NULL;

	assert_true(asprintf(&change, "UPDATE capture_meta SET kernel_release = %s", release) > 0);
	run(store, change);
	_cleanup_free_ char *found =
		ask_text(store,
			 "SELECT group_concat(value, ' ') FROM kernel_constant WHERE snapshot_id = 1"
			 " AND constant IN ('charge_batch_pages', 'stock_groups_count',"
			 " 'lru_batch_pages', 'fault_around_pages', 'stat_group_pages',"
			 " 'stat_subtree_pages')",
			 NULL);
	if (strcmp(found, constants) != 0)
		fail_msg("%s: %s, not %s", release, found, constants);
}

TEST(constants_follow_the_release_and_vendors_get_the_largest_they_may_have)
{
	struct mr_store *store = new_machine(ANY);

	expect_constant(store, "'3.10.108'", "32 1 14 1 0 0");
	expect_constant(store, "'4.9.0-13-amd64'", "32 1 14 16 0 0");
	expect_constant(store, "'5.4.0-100-generic'", "32 1 15 16 64 0");
	expect_constant(store, "'5.13.19'", "32 1 15 16 0 0");
	expect_constant(store, "'5.15.148'", "32 1 15 16 0 192");
	expect_constant(store, "'6.1.0-18-amd64'", "64 1 15 16 0 384");
	expect_constant(store, "'6.12.48+deb13-amd64'", "64 1 31 16 0 254");
	expect_constant(store, "'6.18.0-rc3'", "64 7 31 16 0 254");
	expect_constant(store, "'3.10.0-1160.el7.x86_64'", "64 7 31 16 64 384");
	expect_constant(store, "'5.14.0-362.el9.x86_64'", "64 7 31 16 0 384");
	expect_constant(store, "'6.18.44-fc-v657'", "64 7 31 16 0 254");
	expect_constant(store, "NULL", "64 7 31 16 64 384");
	mr_store_close(store);
}

TEST(bounds_are_in_bytes_and_say_where_they_come_from)
{
	struct mr_store *store = new_machine(V1);
	_cleanup_free_ char *found =
		ask_text(store,
			 "SELECT group_concat(bound || '=' || value, ' ') FROM bound_term"
			 " WHERE snapshot_id = 1",
			 NULL);
	_cleanup_free_ char *silent = ask_text(store,
					       "SELECT count(*) FROM bound_term WHERE snapshot_id = 1"
					       " AND (why IS NULL OR source IS NULL)",
					       NULL);

	assert_string_equal(
		found,
		"T_stock_own=524288 T_stock_subtree=524288 T_batch=1523712 T_stat=1040384 T_stat_group=0"
		" T_vm_node=81920 T_vm_zone=81920 T_rss_stat=761856 T_rss=0 T_rss_thread=0 T_kb=1024");
	assert_string_equal(silent, "0");
	mr_store_close(store);
}

/* Copy every row of snapshot 1 into snapshots 2 to 40. */
static void add_snapshots(struct mr_store *store)
{
	sqlite3_stmt *copies =
		ask(store,
		    "SELECT printf('INSERT INTO %s SELECT new_id, %s FROM %s, (WITH RECURSIVE n (new_id) AS"
		    " (SELECT 2 UNION ALL SELECT new_id + 1 FROM n WHERE new_id < 40) SELECT new_id FROM n)"
		    " WHERE snapshot_id = 1', t.name, group_concat('\"' || c.name || '\"', ', '), t.name)"
		    " FROM sqlite_master t JOIN pragma_table_info(t.name) c"
		    " WHERE t.type = 'table' AND c.name <> 'snapshot_id' AND EXISTS (SELECT 1 FROM"
		    " pragma_table_info(t.name) k WHERE k.name = 'snapshot_id' AND k.cid = 0)"
		    " GROUP BY t.name ORDER BY t.name <> 'snapshot'",
		    NULL);

	for (; sqlite3_data_count(copies); sqlite3_step(copies))
		run(store, (const char *)sqlite3_column_text(copies, 0));
	sqlite3_finalize(copies);
}

/* How many steps it takes to read all terms of a check. */
static int steps_of(struct mr_store *store, const char *check)
{
	_cleanup_free_ char *sql = NULL;

	assert_true(asprintf(&sql, "SELECT * FROM check_%s WHERE snapshot_id = ?", check) > 0);
	sqlite3_stmt *terms = ask(store, sql, NULL);
	sqlite3_reset(terms);
	sqlite3_bind_int64(terms, 1, 1);
	sqlite3_stmt_status(terms, SQLITE_STMTSTATUS_VM_STEP, 1);
	while (sqlite3_step(terms) == SQLITE_ROW)
		continue;
	int steps_count = sqlite3_stmt_status(terms, SQLITE_STMTSTATUS_VM_STEP, 0);
	sqlite3_finalize(terms);
	return steps_count;
}

static void expect_the_same_work_among_many(enum world world)
{
	struct mr_store *alone = new_machine(world), *among = new_machine(world);
	sqlite3_stmt *claims = ask(alone, "SELECT check_id FROM check_claim ORDER BY ordinal", NULL);
	int slow_count = 0;

	add_snapshots(among);
	_cleanup_free_ char *snapshots = ask_text(
		among, "SELECT count(*) || ' ' || (SELECT count(*) FROM proc_stat) FROM snapshot", NULL);
	assert_string_equal(snapshots, "40 120");
	for (; sqlite3_data_count(claims); sqlite3_step(claims)) {
		const char *check = (const char *)sqlite3_column_text(claims, 0);
		int alone_count = steps_of(alone, check), among_count = steps_of(among, check);

		if (among_count > alone_count + alone_count / 10) {
			print_message("%s: %d steps alone, %d among 40 snapshots\n", check, alone_count,
				      among_count);
			slow_count++;
		}
	}
	sqlite3_finalize(claims);
	mr_store_close(alone);
	mr_store_close(among);
	assert_int_equal(slow_count, 0);
}

TEST(no_check_works_more_because_the_database_is_large)
{
	expect_the_same_work_among_many(V1);
	expect_the_same_work_among_many(V2);
}

TEST(explain_lists_the_terms_in_their_order_and_the_worst_subjects_first)
{
	struct mr_store *store = new_machine(V1);

	run(store, "UPDATE proc_status SET rss_anon_kib = 40004 WHERE pid = 200");
	compute_all(store);
	_cleanup_free_ char *doubled =
		ask_text(store,
			 "SELECT count(*) FROM (SELECT 1 FROM check_C1 WHERE snapshot_id = 1"
			 " GROUP BY subject, ordinal HAVING count(*) > 1)",
			 NULL);
	assert_string_equal(doubled, "0");

	sqlite3_stmt *worst = ask(store, "SELECT 1", NULL);
	sqlite3_finalize(worst);
	assert_int_equal(sqlite3_prepare_v2(mr_store_handle(store), mr_sql_find("reports/explain_worst"), -1,
					    &worst, NULL),
			 SQLITE_OK);
	sqlite3_bind_int64(worst, sqlite3_bind_parameter_index(worst, ":snapshot"), 1);
	sqlite3_bind_text(worst, sqlite3_bind_parameter_index(worst, ":a"), "P3", -1, SQLITE_STATIC);
	sqlite3_bind_int64(worst, sqlite3_bind_parameter_index(worst, ":b"), 1);
	assert_int_equal(sqlite3_step(worst), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(worst, 0), "200");
	assert_int_equal(sqlite3_step(worst), SQLITE_DONE);
	sqlite3_finalize(worst);
	mr_store_close(store);
}

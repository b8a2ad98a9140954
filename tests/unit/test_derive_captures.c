/* Captures of other people's machines through parsers, derive and store to the views: processes, their sizes
 * and the ledger, against what is known of them from elsewhere. */
#include <string.h>

#include "analyze/read/foreign/derive.h"
#include "analyze/store/store.h"
#include "tests/support/capture_walk.h"
#include "tests/support/test.h"
#include "tests/support/view_database.h"

/* One capture in a database in memory, as snapshot 1. */
struct machine {
	struct mr_mounts mounts;
	struct mr_store *store;
	struct mr_derive *derive;
	struct mr_outlet out;
	sqlite3 *database;
	size_t issues_count;
};

static int put_row(void *context, int64_t reading, const struct mr_row *row)
{
	struct machine *machine = context;
	struct mr_error error = {0};

	if (mr_store_put_row(machine->store, 1, reading, row, &error) < 0)
		fail_msg("%s: %s", row->table->name, error.message);
	return 0;
}

static int count_issue(void *context, const char *path, const struct mr_issue *issue)
{
	struct machine *machine = context;

	assert_non_null(path);
	assert_non_null(issue);
	machine->issues_count++;
	return 0;
}

static int take_row(void *context, const struct mr_row *row)
{
	struct machine *machine = context;

	return mr_derive_row(machine->derive, row, &machine->out);
}

static int take_issue(void *context, const struct mr_issue *issue)
{
	return count_issue(context, "", issue);
}

static void take_member(void *context, const char *path, const char *text, size_t length_bytes)
{
	struct machine *machine = context;
	struct mr_sink sink = {.context = machine, .row = take_row, .issue = take_issue};
	struct mr_match match;

	path = capture_kernel_path(path);
	if (!mr_foreign_match(path, &machine->mounts, &match))
		return;
	struct mr_parse_input input = {.match = &match,
				       .path = path,
				       .text = text,
				       .length_bytes = length_bytes,
				       .little_endian = true};
	assert_int_equal(mr_parse(&input, &sink), 0);
}

static void begin(struct machine *machine, struct mr_mounts mounts)
{
	struct mr_error error = {0};

	*machine = (struct machine){.mounts = mounts};
	machine->out = (struct mr_outlet){.context = machine, .row = put_row, .issue = count_issue};
	machine->derive = mr_derive_create();
	assert_non_null(machine->derive);
	assert_int_equal(mr_store_open(":memory:", MR_STORE_MEMORY, &machine->store, &error), 0);
	view_snapshot(mr_store_handle(machine->store), 1);
	view_run(mr_store_handle(machine->store), "UPDATE capture_meta SET cgroup1_memory_mount = '/%s'",
		 mounts.cgroup1);
	assert_int_equal(mr_store_begin(machine->store, &error), 0);
}

static void conclude(struct machine *machine)
{
	struct mr_error error = {0};

	assert_int_equal(mr_derive_conclude(machine->derive, &machine->out), 0);
	assert_int_equal(mr_store_commit(machine->store, &error), 0);
	machine->database = mr_store_handle(machine->store);
}

static void read_archive(struct machine *machine, const char *name)
{
	begin(machine, (struct mr_mounts){"sys/fs/cgroup/memory", "sys/fs/cgroup/unified"});
	capture_walk(name, take_member, machine);
	conclude(machine);
}

static void end(struct machine *machine)
{
	mr_derive_destroy(machine->derive);
	mr_store_close(machine->store);
}

#define _cleanup_machine_ __attribute__((cleanup(end)))

/* What is asked of each capture: how many processes, how many of them of the kernel, how much memory, and
 * from where. */
static void expect_processes(const char *archive, const char *expected)
{
	_cleanup_machine_ struct machine machine = {0};

	read_archive(&machine, archive);
	view_expect(
		machine.database, expected,
		"SELECT count(*), sum(is_kernel_thread), sum(rss_bytes) / 1024, sum(pss_bytes) / 1024,"
		" (SELECT group_concat(s.rss_source, ' ') FROM (SELECT DISTINCT q.rss_source FROM process q"
		" WHERE q.snapshot_id = 1 ORDER BY 1) s) FROM process WHERE snapshot_id = 1");
	view_expect(machine.database, "1",
		    "SELECT processes_count = (SELECT count(*) FROM process WHERE snapshot_id = 1)"
		    " FROM snapshot_head WHERE snapshot_id = 1");
}

TEST(processes_of_sosreports_are_those_of_status_with_the_sums_of_smaps)
{
	SKIP_WITHOUT_CAPTURES();
	expect_processes("canonical_hotsos/sosreport-kubernetes.tar.gz",
			 "166|91|1626000|1272302|smaps status");
	expect_processes("canonical_hotsos/sosreport-vault.tar.gz", "48|0|775820|547518|smaps");
}

TEST(processes_of_a_sosreport_without_proc_pid_are_those_that_ps_has_twice)
{
	SKIP_WITHOUT_CAPTURES();
	expect_processes("canonical_hotsos/sosreport-openstack.tar.gz", "448|126|10233320|0|ps");
}

TEST(processes_of_copied_trees_are_their_folders)
{
	SKIP_WITHOUT_CAPTURES();
	expect_processes("aepkolol_innofirmware/proc.tar.gz", "91|75|31388|16647|smaps statm");
	/* its smaps are empty, but for the six of the user who copied them */
	expect_processes("csm-csci442_proc-snapshot/proc.tar.gz", "220|131|447660|14753|smaps statm");
	/* 1344035 pages */
	expect_processes("performancecopilot_pcp/procpid-2.6.32-root-001.tgz", "206|134|5376140|0|statm");
	expect_processes("performancecopilot_pcp/procpid-5.5.7-root-007.tgz",
			 "4|0|191552|155942|smaps_rollup");
	expect_processes("performancecopilot_pcp/proc-big-pid-001.tgz", "2|0|1616|NULL|stat");
	/* PF_KTHREAD is of 2.6.28 */
	expect_processes("github188_HikvisionPlayback/proc.tar.gz", "2|0|272|0|smaps statm");
}

TEST(an_empty_folder_is_no_process)
{
	SKIP_WITHOUT_CAPTURES();
	expect_processes("performancecopilot_pcp/procpid-3.2.0-root-003.tgz", "165|83|228048|0|statm");
}

TEST(sixty_five_folders_of_threads_are_one_firefox)
{
	_cleanup_machine_ struct machine machine = {0};

	SKIP_WITHOUT_CAPTURES();
	read_archive(&machine, "performancecopilot_pcp/procpid-4.2.3-root-004.tgz");
	view_expect(machine.database, "66|21477012", "SELECT count(*), sum(resident_pages) FROM proc_statm");
	view_expect(
		machine.database, "64|7114|7114",
		"SELECT count(*), min(thread_of), max(thread_of) FROM proc_stat WHERE thread_of IS NOT NULL");
	view_expect(machine.database, "2|1",
		    "SELECT count(*), sum(pid = 7114) FROM process WHERE snapshot_id = 1");
}

TEST(an_excerpt_of_smaps_leaves_the_sizes_of_status)
{
	SKIP_WITHOUT_CAPTURES();
	expect_processes("sysstat_sysstat/root3-proc.tar.gz", "4|0|1076540|NULL|status");
}

/* The groups that ps names, against the lists of processes in the groups: two roads. */
TEST(groups_from_ps_are_those_whose_lists_have_the_process)
{
	static const struct {
		const char *archive;
		const char *expected; /* processes, those with a group, those in its list */
	} cases[] = {
		{"canonical_hotsos/sosreport-kubernetes.tar.gz", "166|166|166"},
		{"canonical_hotsos/sosreport-vault.tar.gz", "48|48|48"},
		/* four began or ended between ps and the copy */
		{"canonical_hotsos/sosreport-openstack.tar.gz", "448|448|444"},
	};

	SKIP_WITHOUT_CAPTURES();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_machine_ struct machine machine = {0};

		read_archive(&machine, cases[i].archive);
		view_expect(machine.database, cases[i].expected,
			    "SELECT count(*), count(p.cgroup_path), sum(EXISTS (SELECT 1 FROM cgroup_procs q"
			    " WHERE q.snapshot_id = 1 AND q.reading = 0 AND q.hierarchy = 1 AND q.pid = p.pid"
			    " AND q.path = p.cgroup_path)) FROM process p WHERE p.snapshot_id = 1");
	}
}

TEST(rows_that_were_derived_say_from_what)
{
	_cleanup_machine_ struct machine machine = {0};

	SKIP_WITHOUT_CAPTURES();
	read_archive(&machine, "canonical_hotsos/sosreport-kubernetes.tar.gz");
	view_expect(machine.database, "status|166", "SELECT derived, count(*) FROM proc_stat");
	view_expect(machine.database, "NULL|166", "SELECT derived, count(*) FROM proc_status");
	view_expect(machine.database, "smaps|75", "SELECT derived, count(*) FROM proc_smaps_rollup");
	view_expect(machine.database, "NULL|1", "SELECT derived, count(*) FROM proc_meminfo");
	view_expect(machine.database, "9219", "SELECT sum(mappings_count) FROM proc_smaps_rollup");
	view_expect(machine.database, "0", "SELECT count(*) FROM proc_stat WHERE start_ticks IS NOT NULL");
}

/* The ledger's total and its source, and whether what nothing accounts for is less than @permille of it. */
static void expect_ledger(const char *archive, const char *expected, int permille)
{
	_cleanup_machine_ struct machine machine = {0};

	read_archive(&machine, archive);
	view_expect(machine.database, expected,
		    "SELECT mem_total_bytes / 1024, meminfo_source, counters_source FROM system"
		    " WHERE snapshot_id = 1");
	view_expect(machine.database, "1",
		    "SELECT abs(unaccounted_bytes) < mem_total_bytes / 1000 * %d FROM system WHERE "
		    "snapshot_id = 1",
		    permille);
	view_expect(machine.database, "1",
		    "SELECT sum(CASE parent_class WHEN 'mem_total' THEN bytes END)"
		    " = max(CASE class WHEN 'mem_total' THEN bytes END) FROM ledger WHERE snapshot_id = 1");
}

TEST(a_ledger_without_meminfo_is_made_of_free_and_nodes)
{
	SKIP_WITHOUT_CAPTURES();
	expect_ledger("canonical_hotsos/sosreport-openstack.tar.gz", "16393164|free and node meminfo|meminfo",
		      9);
	expect_ledger("nlayo_IT340-Bemu-Project/sys-fs-cgroup-5487913.tar.gz", "3960436|node meminfo|meminfo",
		      50);
	expect_ledger("prometheus_node_exporter/sys-node.tar.gz", "402617796|node meminfo|meminfo", 30);
}

TEST(a_ledger_inside_a_container_takes_what_lxcfs_does_not_fake)
{
	SKIP_WITHOUT_CAPTURES();
	expect_ledger("canonical_hotsos/sosreport-vault.tar.gz", "16393172|meminfo|vmstat and zoneinfo", 14);
	expect_ledger("canonical_hotsos/sosreport-kubernetes.tar.gz", "4026036|meminfo|meminfo", 4);
}

/* Which questions a snapshot can answer: the view capability, over rows put in by hand. */
#include "tests/support/test.h"
#include "tests/support/view_database.h"

/* What another tool captured: nothing is known but what is put in. */
static sqlite3 *foreign_machine(void)
{
	sqlite3 *database = view_database();

	view_snapshot(database, 1);
	view_run(database, "DELETE FROM capture_meta");
	return database;
}

/* The same with the facts that evidence told; @page_size_bytes as SQL. */
static void put_facts(sqlite3 *database, const char *page_size_bytes)
{
	view_run(database,
		 "INSERT INTO capture_meta (snapshot_id, reading, page_size_bytes) VALUES (1, 0, %s)",
		 page_size_bytes);
}

static void put_process(sqlite3 *database, int pid)
{
	view_run(database,
		 "INSERT INTO proc_stat (snapshot_id, pid, reading, comm, state, task_flags, "
		 "num_threads_count)"
		 " VALUES (1, %d, 0, 'p', 'S', 4194304, 1)",
		 pid);
}

static void expect(sqlite3 *database, const char *kind, const char *expected)
{
	view_expect(database, expected,
		    "SELECT answer, known_count, total_count, missing FROM capability"
		    " WHERE snapshot_id = 1 AND kind = '%s'",
		    kind);
}

TEST(every_question_has_one_answer)
{
	_cleanup_database_ sqlite3 *database = foreign_machine();

	view_expect(database, "16|16|10|70",
		    "SELECT count(*), count(DISTINCT kind), min(ordinal), max(ordinal) FROM capability"
		    " WHERE snapshot_id = 1");
	put_process(database, 7);
	put_facts(database, "4096");
	view_expect(database, "16|16",
		    "SELECT count(*), count(DISTINCT kind) FROM capability WHERE snapshot_id = 1");
}

TEST(an_empty_capture_answers_nothing_and_names_what_it_would_take)
{
	_cleanup_database_ sqlite3 *database = foreign_machine();

	view_expect(database, "15",
		    "SELECT count(*) FROM capability WHERE snapshot_id = 1 AND answer = 'no' AND missing IS "
		    "NOT NULL"
		    " OR kind = 'change'");
	expect(database, "ledger", "no|NULL|NULL|proc/meminfo");
	expect(database, "pss", "no|0|0|proc/PID");
	expect(database, "cgroups", "no|0|0|memory.usage_in_bytes or memory.current");
	expect(database, "pages", "no|NULL|NULL|proc/kpageflags");
}

TEST(sizes_in_pages_need_the_page_size)
{
	_cleanup_database_ sqlite3 *database = foreign_machine();

	put_process(database, 7);
	view_run(database, "INSERT INTO proc_statm (snapshot_id, pid, reading, size_pages, resident_pages)"
			   " VALUES (1, 7, 0, 9, 5)");
	view_run(database,
		 "INSERT INTO proc_slabinfo (snapshot_id, line_number, reading, cache, pagesperslab_pages,"
		 " num_slabs_count) VALUES (1, 1, 0, 'c', 1, 2)");
	put_facts(database, "NULL");
	expect(database, "process_sizes", "no|0|1|the page size");
	expect(database, "slab", "no|NULL|NULL|the page size");
	view_run(database, "UPDATE capture_meta SET page_size_bytes = 65536");
	expect(database, "process_sizes", "yes|1|1|NULL");
	expect(database, "slab", "yes|NULL|NULL|NULL");
}

TEST(some_processes_are_a_part_of_the_answer)
{
	_cleanup_database_ sqlite3 *database = foreign_machine();

	put_process(database, 7);
	put_process(database, 8);
	view_run(database, "INSERT INTO proc_smaps_rollup (snapshot_id, pid, reading, rss_kib, pss_kib)"
			   " VALUES (1, 7, 0, 8, 4)");
	view_run(database, "INSERT INTO proc_status (snapshot_id, pid, reading, vm_rss_kib, vm_swap_kib)"
			   " VALUES (1, 8, 0, 8, 0)");
	expect(database, "process_sizes", "yes|2|2|NULL");
	expect(database, "pss", "partly|1|2|proc/PID/smaps_rollup or smaps");
	expect(database, "process_kinds", "partly|1|2|proc/PID/status or smaps_rollup");
	expect(database, "process_groups", "no|0|2|a memory controller");
}

TEST(groups_are_found_by_their_files_where_no_mount_is_known)
{
	_cleanup_database_ sqlite3 *database = foreign_machine();

	put_facts(database, "4096");
	view_run(database, "INSERT INTO capture_cgroups (snapshot_id, hierarchy, path, reading)"
			   " VALUES (1, 2, '/', 0), (1, 2, '/a', 0)");
	view_run(database, "INSERT INTO cgroup2_memory (snapshot_id, hierarchy, path, reading, current_bytes)"
			   " VALUES (1, 2, '/a', 0, 4096)");
	view_run(database,
		 "INSERT INTO cgroup2_memory_stat (snapshot_id, hierarchy, path, reading, anon_bytes)"
		 " VALUES (1, 2, '/a', 0, 4096)");
	/* the root of version 2 has no usage, which is no loss */
	expect(database, "cgroups", "yes|2|2|NULL");
	expect(database, "cgroup_kinds", "partly|1|2|memory.stat");
}

TEST(no_swap_at_all_is_an_answer)
{
	_cleanup_database_ sqlite3 *database = foreign_machine();

	expect(database, "swap", "no|NULL|NULL|proc/swaps");
	view_run(database, "INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, swap_total_kib)"
			   " VALUES (1, 0, 4000, 0)");
	expect(database, "swap", "yes|NULL|NULL|NULL");
	view_expect(database, "partly|a source of free pages; free pages on per-CPU lists",
		    "SELECT answer, substr(missing, 1, 51) FROM capability"
		    " WHERE snapshot_id = 1 AND kind = 'ledger'");
}

TEST(nodes_are_as_many_as_zones_name)
{
	_cleanup_database_ sqlite3 *database = foreign_machine();

	view_run(database,
		 "INSERT INTO proc_zoneinfo (snapshot_id, node, zone, reading) VALUES (1, 0, 'DMA', 0),"
		 " (1, 0, 'Normal', 0), (1, 8, 'Normal', 0)");
	expect(database, "nodes", "no|0|2|sys/devices/system/node/nodeN/meminfo");
	view_run(database, "INSERT INTO node_meminfo (snapshot_id, node, reading) VALUES (1, 8, 0)");
	expect(database, "nodes", "partly|1|2|sys/devices/system/node/nodeN/meminfo");
	view_run(database, "INSERT INTO node_meminfo (snapshot_id, node, reading) VALUES (1, 0, 0)");
	expect(database, "nodes", "yes|2|2|NULL");
}

static void put_result(sqlite3 *database, const char *check_id, const char *subject, const char *verdict,
		       const char *missing)
{
	view_run(database,
		 "INSERT INTO check_result (snapshot_id, check_id, subject, verdict, missing, only_by_drift)"
		 " VALUES (1, '%s', '%s', '%s', %s, 0)",
		 check_id, subject, verdict, missing);
}

TEST(checks_count_when_they_can_be_made_for_anything)
{
	_cleanup_database_ sqlite3 *database = foreign_machine();

	put_result(database, "P1", "1", "ok", "NULL");
	put_result(database, "P1", "2", "skipped", "'proc/PID/statm'");
	put_result(database, "S5", "", "skipped", "'proc/slabinfo'");
	expect(database, "checks", "partly|1|2|proc/slabinfo");
	view_run(database, "DELETE FROM check_result WHERE check_id = 'S5'");
	expect(database, "checks", "yes|1|1|NULL");
}

TEST(change_in_time_needs_the_moment_and_the_boot)
{
	_cleanup_database_ sqlite3 *database = foreign_machine();

	expect(database, "change", "partly|NULL|NULL|proc/sys/kernel/random/boot_id");
	put_facts(database, "4096");
	view_run(database, "UPDATE capture_meta SET boot_id = 'b'");
	expect(database, "change", "yes|NULL|NULL|NULL");
}

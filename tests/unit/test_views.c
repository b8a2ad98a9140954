/* The views of processes, cgroups and snapshots, and the saved statements over them. */
#include <stdio.h>
#include <string.h>

#include "schema/sql.h"
#include "tests/support/test.h"
#include "tests/support/view_database.h"

static sqlite3 *machine(void)
{
	sqlite3 *database = view_database();

	view_snapshot(database, 1);
	return database;
}

static void put_process(sqlite3 *database, int id, int pid, const char *name, int start_ticks,
			int resident_pages)
{
	view_run(database,
		 "INSERT INTO proc_stat (snapshot_id, pid, reading, comm, state, ppid, task_flags, "
		 "num_threads_count,"
		 " start_ticks, vsize_bytes) VALUES (%d, %d, 0, '%s', 'S', 1, 4194304, 1, %d, 8192)",
		 id, pid, name, start_ticks);
	view_run(database,
		 "INSERT INTO proc_statm (snapshot_id, pid, reading, size_pages, resident_pages)"
		 " VALUES (%d, %d, 0, %d, %d)",
		 id, pid, resident_pages + 1, resident_pages);
}

static void put_rollup(sqlite3 *database, int id, int pid, int rss_kib, int pss_kib, int private_kib)
{
	view_run(database,
		 "INSERT INTO proc_smaps_rollup (snapshot_id, pid, reading, rss_kib, pss_kib, "
		 "private_clean_kib,"
		 " private_dirty_kib) VALUES (%d, %d, 0, %d, %d, 0, %d)",
		 id, pid, rss_kib, pss_kib, private_kib);
}

TEST(rss_is_the_rollups_then_statms_then_status)
{
	_cleanup_database_ sqlite3 *database = machine();

	put_process(database, 1, 10, "walked", 1, 100);
	put_rollup(database, 1, 10, 404, 300, 200);
	put_process(database, 1, 11, "counted", 1, 100);
	put_process(database, 1, 12, "told", 1, 100);
	view_run(database, "DELETE FROM proc_statm WHERE pid = 12");
	view_run(database,
		 "INSERT INTO proc_status (snapshot_id, pid, reading, vm_rss_kib) VALUES (1, 12, 0, 7)");
	view_expect(database, "413696|smaps_rollup|307200|204800",
		    "SELECT rss_bytes, rss_source, pss_bytes, uss_bytes FROM process WHERE snapshot_id = 1 "
		    "AND pid = 10");
	view_expect(database, "409600|statm|NULL|NULL",
		    "SELECT rss_bytes, rss_source, pss_bytes, uss_bytes FROM process WHERE snapshot_id = 1 "
		    "AND pid = 11");
	view_expect(database, "7168|status",
		    "SELECT rss_bytes, rss_source FROM process WHERE snapshot_id = 1 AND pid = 12");
}

TEST(kernel_thread_holds_nothing_and_that_is_known)
{
	_cleanup_database_ sqlite3 *database = machine();

	put_process(database, 1, 2, "kthreadd", 1, 0);
	view_run(database, "UPDATE proc_stat SET task_flags = 2129984; UPDATE proc_statm SET size_pages = 0");
	view_expect(database, "1|0|0|0|0|0",
		    "SELECT is_kernel_thread, rss_bytes, pss_bytes, uss_bytes, swap_bytes,"
		    " page_tables_bytes FROM process WHERE snapshot_id = 1");
}

TEST(zombie_main_thread_hides_what_its_threads_hold)
{
	_cleanup_database_ sqlite3 *database = machine();

	put_process(database, 1, 2, "leader", 1, 0);
	view_run(database, "UPDATE proc_stat SET state = 'Z', num_threads_count = 3; UPDATE proc_statm SET "
			   "size_pages = 0");
	view_expect(database, "NULL|NULL|NULL",
		    "SELECT rss_bytes, rss_source, pss_bytes FROM process WHERE snapshot_id = 1");
	view_run(database, "UPDATE proc_stat SET num_threads_count = 1");
	view_expect(database, "0|statm|0",
		    "SELECT rss_bytes, rss_source, pss_bytes FROM process WHERE snapshot_id = 1");
}

TEST(page_tables_of_two_levels_are_added)
{
	_cleanup_database_ sqlite3 *database = machine();

	put_process(database, 1, 2, "old", 1, 5);
	view_run(database,
		 "INSERT INTO proc_status (snapshot_id, pid, reading, vm_pte_kib, vm_pmd_kib, vm_swap_kib)"
		 " VALUES (1, 2, 0, 100, 8, 3)");
	view_expect(database, "110592|3072|NULL",
		    "SELECT page_tables_bytes, swap_bytes, hugetlb_bytes FROM process"
		    " WHERE snapshot_id = 1");
}

/* v1 memory at its mount point with two groups below the root. */
static void put_cgroup1(sqlite3 *database, int id, const char *path, int use_hierarchy, int usage,
			int total_rss, int rss)
{
	view_run(database,
		 "INSERT INTO capture_cgroups (snapshot_id, hierarchy, path, reading, inode)"
		 " VALUES (%d, 1, '%s', 0, 7)",
		 id, path);
	view_run(database,
		 "INSERT INTO cgroup1_memory (snapshot_id, hierarchy, path, reading, usage_bytes, "
		 "use_hierarchy,"
		 " limit_unlimited) VALUES (%d, 1, '%s', 0, %d, %d, 1)",
		 id, path, usage, use_hierarchy);
	view_run(database,
		 "INSERT INTO cgroup1_memory_stat (snapshot_id, hierarchy, path, reading, total_rss_bytes, "
		 "rss_bytes,"
		 " total_cache_bytes, cache_bytes, total_shmem_bytes, shmem_bytes)"
		 " VALUES (%d, 1, '%s', 0, %d, %d, 50, 40, 20, 10)",
		 id, path, total_rss, rss);
	view_run(database,
		 "UPDATE capture_meta SET cgroup1_memory_mount = '/sys/fs/cgroup/memory' WHERE snapshot_id = "
		 "%d",
		 id);
}

static void put_cgroup2(sqlite3 *database, int id, const char *path, int current, int anon)
{
	view_run(database,
		 "UPDATE capture_meta SET cgroup2_controllers = 'cpu io memory pids' WHERE snapshot_id = %d",
		 id);
	view_run(database,
		 "INSERT INTO capture_cgroups (snapshot_id, hierarchy, path, reading, inode)"
		 " VALUES (%d, 2, '%s', 0, 7)",
		 id, path);
	if (strcmp(path, "/") != 0)
		view_run(database,
			 "INSERT INTO cgroup2_memory (snapshot_id, hierarchy, path, reading, current_bytes)"
			 " VALUES (%d, 2, '%s', 0, %d)",
			 id, path, current);
	view_run(database,
		 "INSERT INTO cgroup2_memory_stat (snapshot_id, hierarchy, path, reading, anon_bytes, "
		 "file_bytes, shmem_bytes,"
		 " slab_reclaimable_bytes, slab_unreclaimable_bytes)"
		 " VALUES (%d, 2, '%s', 0, %d, 50, 20, 8, 4)",
		 id, path, anon);
}

TEST(v1_group_has_its_own_charge_from_its_own_keys)
{
	_cleanup_database_ sqlite3 *database = machine();

	put_cgroup1(database, 1, "/", 1, 5000, 900, 100);
	put_cgroup1(database, 1, "/a", 1, 3000, 800, 500);
	put_cgroup1(database, 1, "/a/b", 1, 1000, 300, 300);
	view_expect(database, "1|3000|1|800|30|20|500|30|10|2000|1|/|1",
		    "SELECT hierarchy, usage_bytes, limit_unlimited, anon_bytes, file_bytes, shmem_bytes, "
		    "own_anon_bytes,"
		    " own_file_bytes, own_shmem_bytes, own_usage_bytes, children_count, parent_path, depth "
		    "FROM cgroup"
		    " WHERE snapshot_id = 1 AND path = '/a'");
	view_expect(database, "NULL|0|140",
		    "SELECT parent_path, depth, own_usage_bytes FROM cgroup WHERE snapshot_id = 1"
		    " AND path = '/'");
	view_expect(database, "500",
		    "SELECT bytes FROM ledger_cgroup WHERE snapshot_id = 1 AND path = '/a'"
		    " AND class = 'anonymous'");
}

TEST(v1_group_without_use_hierarchy_has_all_to_itself)
{
	_cleanup_database_ sqlite3 *database = machine();

	put_cgroup1(database, 1, "/a", 0, 3000, 800, 800);
	put_cgroup1(database, 1, "/a/b", 0, 1000, 300, 300);
	view_expect(database, "3000|800",
		    "SELECT own_usage_bytes, own_anon_bytes FROM cgroup WHERE snapshot_id = 1"
		    " AND path = '/a'");
}

TEST(v1_group_without_shmem_key_has_its_file_lists)
{
	_cleanup_database_ sqlite3 *database = machine();

	put_cgroup1(database, 1, "/a", 1, 3000, 800, 800);
	view_run(database, "UPDATE cgroup1_memory_stat SET total_shmem_bytes = NULL, shmem_bytes = NULL,"
			   " total_active_file_bytes = 11, total_inactive_file_bytes = 22, active_file_bytes "
			   "= 1, inactive_file_bytes = 2");
	view_expect(database, "33|3|NULL",
		    "SELECT file_bytes, own_file_bytes, shmem_bytes FROM cgroup WHERE snapshot_id = 1");
}

TEST(v2_group_has_its_own_charge_by_difference_with_its_sign)
{
	_cleanup_database_ sqlite3 *database = machine();

	put_cgroup2(database, 1, "/", 0, 1000);
	put_cgroup2(database, 1, "/a", 600, 500);
	put_cgroup2(database, 1, "/a/b", 400, 510);
	put_cgroup2(database, 1, "/a/b/c", 300, 100);
	put_cgroup2(database, 1, "/a-b", 50, 7);
	put_cgroup2(database, 1, "/ab", 60, 8);
	view_expect(database, "2|600|200|-10|0|0|1",
		    "SELECT hierarchy, usage_bytes, own_usage_bytes, own_anon_bytes,"
		    " own_file_bytes, own_shmem_bytes, children_count FROM cgroup WHERE snapshot_id = 1 AND "
		    "path = '/a'");
	view_expect(database, "NULL|NULL|485|3",
		    "SELECT usage_bytes, own_usage_bytes, own_anon_bytes, children_count"
		    " FROM cgroup WHERE snapshot_id = 1 AND path = '/'");
	view_expect(database, "-10",
		    "SELECT bytes FROM ledger_cgroup WHERE snapshot_id = 1 AND path = '/a'"
		    " AND class = 'anonymous'");
	view_expect(database, "1000|50|20|8|4",
		    "SELECT sum(CASE class WHEN 'anonymous' THEN bytes END),"
		    " sum(CASE class WHEN 'file_cache' THEN bytes ELSE 0 END)"
		    " + sum(CASE class WHEN 'shmem' THEN bytes ELSE 0 END), sum(CASE class WHEN 'shmem' THEN "
		    "bytes END),"
		    " sum(CASE class WHEN 'slab_reclaimable' THEN bytes END),"
		    " sum(CASE class WHEN 'slab_unreclaimable' THEN bytes END) FROM ledger_cgroup WHERE "
		    "snapshot_id = 1");
}

TEST(v2_group_without_memory_files_is_not_a_memory_cgroup)
{
	_cleanup_database_ sqlite3 *database = machine();

	put_cgroup2(database, 1, "/a", 600, 500);
	view_run(database, "INSERT INTO capture_cgroups (snapshot_id, hierarchy, path, reading) VALUES (1, "
			   "2, '/a/x', 0)");
	view_expect(database, "1|/a", "SELECT count(*), min(path) FROM cgroup WHERE snapshot_id = 1");
}

TEST(hybrid_machine_has_the_groups_of_the_hierarchy_with_memory)
{
	_cleanup_database_ sqlite3 *database = machine();

	put_cgroup1(database, 1, "/a", 1, 3000, 800, 500);
	view_run(database, "INSERT INTO capture_cgroups (snapshot_id, hierarchy, path, reading) VALUES (1, "
			   "2, '/init', 0)");
	view_run(database, "INSERT INTO proc_cgroup (snapshot_id, pid, reading, cgroup1_path, cgroup2_path)"
			   " VALUES (1, 3, 0, '/a', '/init')");
	put_process(database, 1, 3, "x", 1, 1);
	view_expect(database, "1|/a", "SELECT count(*), min(path) FROM cgroup WHERE snapshot_id = 1");
	view_expect(database, "1|/a",
		    "SELECT cgroup_hierarchy, cgroup_path FROM process WHERE snapshot_id = 1");
	view_expect(database, "1|1",
		    "SELECT memory_hierarchy, cgroups_count FROM snapshot_head WHERE snapshot_id = 1");
	view_run(database,
		 "DELETE FROM cgroup1_memory; UPDATE capture_meta SET cgroup2_controllers = 'cpu memory'");
	view_expect(database, "2|/init",
		    "SELECT cgroup_hierarchy, cgroup_path FROM process WHERE snapshot_id = 1");
}

TEST(slab_cache_is_pages_of_its_slabs)
{
	_cleanup_database_ sqlite3 *database = machine();

	view_run(database,
		 "INSERT INTO proc_slabinfo (snapshot_id, line_number, reading, cache, active_objs_count,"
		 " num_objs_count, objsize_bytes, pagesperslab_pages, num_slabs_count) VALUES (1, 3, 0, "
		 "'dentry', 90, 100, 192, 2, 5)");
	view_expect(database, "40960|17280",
		    "SELECT bytes, active_bytes FROM slab_cache WHERE snapshot_id = 1");
}

TEST(kernel_release_is_taken_apart)
{
	_cleanup_database_ sqlite3 *database = machine();

	view_expect(database, "6|12|1|6012|1",
		    "SELECT major, minor, patch, version, is_mainline_like FROM kernel"
		    " WHERE snapshot_id = 1");
	view_run(database, "UPDATE capture_meta SET kernel_release = '4.18.0-348.el8.x86_64'");
	view_expect(database, "4018|0", "SELECT version, is_mainline_like FROM kernel WHERE snapshot_id = 1");
	view_run(database, "UPDATE capture_meta SET kernel_release = NULL");
	view_expect(database, "NULL|NULL", "SELECT major, version FROM kernel WHERE snapshot_id = 1");
}

TEST(head_counts_processes_whose_pss_is_known)
{
	_cleanup_database_ sqlite3 *database = machine();

	put_process(database, 1, 1, "init", 1, 9);
	put_rollup(database, 1, 1, 36, 30, 20);
	put_process(database, 1, 2, "kthreadd", 1, 0);
	view_run(database, "UPDATE proc_statm SET size_pages = 0 WHERE pid = 2");
	put_process(database, 1, 3, "closed", 1, 9);
	view_expect(database, "3|2|NULL",
		    "SELECT processes_count, processes_with_pss_count, mem_total_bytes FROM snapshot_head"
		    " WHERE snapshot_id = 1");
}

/* ---- what changed ---- */

TEST(diff_tells_same_new_and_gone_processes_by_start_time)
{
	_cleanup_database_ sqlite3 *database = machine();

	view_snapshot(database, 2);
	put_process(database, 1, 10, "stays", 100, 1000);
	put_process(database, 2, 10, "stays", 100, 1256);
	put_process(database, 1, 11, "reused", 100, 10);
	put_process(database, 2, 11, "reused", 900, 20);
	put_process(database, 1, 12, "ends", 100, 30);
	put_process(database, 2, 13, "comes", 950, 40);
	assert_int_equal(view_report(database, "diff_process", 1, 2, "",
				     "same|0|10|100|stays|NULL|RSS|4096000|5144576|1048576|0"),
			 5);
	view_report(database, "diff_process", 1, 2, "", "gone|0|11|100|reused|NULL|RSS|40960|NULL|-40960");
	view_report(database, "diff_process", 1, 2, "", "new|1|11|900|reused|NULL|RSS|NULL|81920|81920");
	view_report(database, "diff_process", 1, 2, "", "gone|0|12|");
	view_report(database, "diff_process", 1, 2, "", "new|0|13|");
}

TEST(diff_across_a_boot_shares_no_process)
{
	_cleanup_database_ sqlite3 *database = machine();

	view_snapshot(database, 2);
	put_process(database, 1, 1, "init", 100, 1000);
	put_process(database, 2, 1, "init", 100, 1000);
	assert_int_equal(view_report(database, "diff_process", 1, 2, "", "same"), 1);
	view_run(database, "UPDATE capture_meta SET boot_id = 'other' WHERE snapshot_id = 2");
	assert_int_equal(view_report(database, "diff_process", 1, 2, "", "new|1|1|"), 2);
	view_run(database, "UPDATE capture_meta SET boot_id = NULL");
	assert_int_equal(view_report(database, "diff_process", 1, 2, "", "gone"), 2);
}

TEST(diff_compares_pss_only_where_both_have_it)
{
	_cleanup_database_ sqlite3 *database = machine();

	view_snapshot(database, 2);
	put_process(database, 1, 1, "both", 100, 100);
	put_process(database, 2, 1, "both", 100, 100);
	put_rollup(database, 1, 1, 400, 100, 50);
	put_rollup(database, 2, 1, 400, 150, 50);
	view_report(database, "diff_process", 1, 2, "", "same|0|1|100|both|NULL|PSS|102400|153600|51200");
	view_run(database, "DELETE FROM proc_smaps_rollup WHERE snapshot_id = 2");
	view_report(database, "diff_process", 1, 2, "", "same|0|1|100|both|NULL|RSS|409600|409600|0");
}

TEST(diff_of_a_cgroup_names_the_page)
{
	_cleanup_database_ sqlite3 *database = machine();

	view_snapshot(database, 2);
	put_cgroup2(database, 1, "/", 0, 1000000);
	put_cgroup2(database, 2, "/", 0, 1000000 + 209719296);
	put_cgroup2(database, 1, "/load", 5000000, 1000);
	put_cgroup2(database, 2, "/load", 5000000, 1000 + 209719296);
	put_cgroup2(database, 1, "/old", 1, 77);
	put_cgroup2(database, 2, "/young", 1, 88);
	view_report(database, "diff_cgroup", 1, 2, "",
		    "same|/load|anonymous|anonymous|1000|209720296|209719296|");
	view_report(database, "diff_cgroup", 1, 2, "", "gone|/old|anonymous|anonymous|77|NULL|-77");
	view_report(database, "diff_cgroup", 1, 2, "", "new|/young|anonymous|anonymous|NULL|88|88");
}

TEST(diff_of_slab_adds_up_caches_of_one_name)
{
	_cleanup_database_ sqlite3 *database = machine();

	view_snapshot(database, 2);
	view_run(database,
		 "INSERT INTO proc_slabinfo (snapshot_id, line_number, reading, cache, pagesperslab_pages,"
		 " num_slabs_count) VALUES (1, 3, 0, 'dentry', 1, 5), (1, 4, 0, 'dentry', 1, 6), (2, 3, 0, "
		 "'dentry', 1, 21),"
		 " (1, 5, 0, 'old', 1, 1), (2, 4, 0, 'young', 1, 2)");
	assert_int_equal(view_report(database, "diff_slab", 1, 2, "", "same|dentry|45056|86016|40960|8192"),
			 3);
	view_report(database, "diff_slab", 1, 2, "", "gone|old|4096|NULL|-4096");
	view_report(database, "diff_slab", 1, 2, "", "new|young|NULL|8192|8192");
}

TEST(diff_by_class_has_the_drift_of_both_brackets_as_its_floor)
{
	_cleanup_database_ sqlite3 *database = machine();

	view_snapshot(database, 2);
	view_run(
		database,
		"INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib, anon_pages_kib)"
		" VALUES (1, 0, 1000, 500, 100), (1, 1, 1000, 498, 103), (2, 0, 1000, 400, 200), (2, 1, "
		"1000, 400, 204),"
		" (2, 2, 1000, 400, 201)");
	view_report(database, "diff_class", 1, 2, "",
		    "100|anonymous|mem_total|anonymous|102400|204800|102400|7168|1");
	view_report(database, "diff_class", 1, 2, "", "0|mem_total|NULL|MemTotal|1024000|1024000|0|0|0");
	view_run(database,
		 "UPDATE proc_meminfo SET anon_pages_kib = 106 WHERE snapshot_id = 2 AND reading = 0");
	view_report(database, "diff_class", 1, 2, "",
		    "100|anonymous|mem_total|anonymous|102400|108544|6144|");
}

TEST(diff_of_a_snapshot_with_itself_is_nothing)
{
	_cleanup_database_ sqlite3 *database = machine();

	put_process(database, 1, 1, "init", 100, 1000);
	put_cgroup2(database, 1, "/a", 5, 7);
	view_run(database, "INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib) "
			   "VALUES (1, 0, 9, 5)");
	view_report(database, "diff_class", 1, 1, "", "0|mem_total|NULL|MemTotal|9216|9216|0|0|0");
	view_report(database, "diff_cgroup", 1, 1, "", "same|/a|anonymous|anonymous|7|7|0");
	assert_int_equal(view_report(database, "diff_process", 1, 1, "", "same"), 1);
}

TEST(list_counts_a_check_once_by_its_worst_subject)
{
	_cleanup_database_ sqlite3 *database = machine();

	view_run(database, "INSERT INTO check_claim SELECT value, 1, 'b', 't', 'u', 'v', 'c', 't', 's', 'r'"
			   " FROM json_each('[\"C1\", \"C2\", \"C3\"]')");
	view_run(database,
		 "INSERT INTO check_result (snapshot_id, check_id, subject, verdict, only_by_drift) VALUES"
		 " (1, 'C1', '/a', 'ok', 0), (1, 'C1', '/b', 'FAIL', 0), (1, 'C1', '/c', 'skipped', 0),"
		 " (1, 'C2', '', 'ok', 0), (1, 'C3', '/a', 'skipped', 0), (1, 'C3', '/b', 'explained', 0)");
	view_expect(database, "1", "SELECT count(*) FROM snapshot");
	assert_int_equal(
		view_report(database, "list", 1, 1, "",
			    "1|host|1000000000|complete|NULL|NULL|NULL|NULL|NULL|NULL|NULL|0|1|1|1|0|0"),
		1);
}

/* ---- all of them ---- */

static const char *const public_views[] = {
	"bound_term",   "capability", "cgroup",  "check_summary", "kernel",        "ledger", "ledger_cgroup",
	"ledger_floor", "page_class", "process", "slab_cache",    "snapshot_head", "system",
};

static const char *const reports[] = {
	"capabilities",
	"cgroups",
	"diff_cgroup",
	"diff_class",
	"diff_head",
	"diff_process",
	"diff_slab",
	"head",
	"ledger",
	"ledger_cgroup",
	"pages",
	"ps",
	"show_cgroup",
	"show_cgroup_children",
	"show_cgroup_processes",
	"show_class",
	"show_class_cgroups",
	"show_process",
	"show_slab",
	"slabs",
};

/* As much as a snapshot can have, @factor times of what may be many. */
static void put_everything(sqlite3 *database, int id, int factor)
{
	char path[32];

	view_snapshot(database, id);
	view_run(database,
		 "INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib)"
		 " VALUES (%d, 0, 4000, 2400)",
		 id);
	put_cgroup1(database, id, "/", 1, 100, 100, 10);
	for (int i = 1; i <= 3 * factor; i++) {
		put_process(database, id, i, "p", 7, 10);
		put_rollup(database, id, i, 40, 30, 20);
		snprintf(path, sizeof(path), "/g%d", i);
		put_cgroup1(database, id, path, 1, 100, 50, 40);
		view_run(database,
			 "INSERT INTO proc_slabinfo (snapshot_id, line_number, reading, cache, "
			 "pagesperslab_pages,"
			 " num_slabs_count) VALUES (%d, %d, 0, 'c%d', 1, 2)",
			 id, i, i);
		view_run(database, "INSERT INTO page_run VALUES (%d, %d, 5, %d, %d, 0, 0, %d, 0, 0)", id,
			 i - 1, 5 * i, i % 2 * 32, i % 2 * 32);
		view_run(database,
			 "INSERT INTO proc_zoneinfo (snapshot_id, node, zone, reading, managed_pages,"
			 " present_pages, free_pages) VALUES (%d, %d, 'Normal', 0, 9, 9, 1)",
			 id, i);
		view_run(database,
			 "INSERT INTO proc_vmallocinfo (snapshot_id, caller, reading, backed_pages)"
			 " VALUES (%d, 'c%d', 0, 1)",
			 id, i);
	}
}

/* A view that is keyed by snapshot does not take one step more when the database has a hundred times the rows. */
TEST(no_view_and_no_report_looks_at_the_rows_of_another_snapshot)
{
	_cleanup_database_ sqlite3 *database = view_database();
	int view_costs[sizeof(public_views) / sizeof(*public_views)];
	int report_costs[sizeof(reports) / sizeof(*reports)];

	put_everything(database, 1, 1);
	put_everything(database, 2, 1);
	for (size_t i = 0; i < sizeof(public_views) / sizeof(*public_views); i++)
		view_costs[i] = view_cost(database, public_views[i], 1);
	for (size_t i = 0; i < sizeof(reports) / sizeof(*reports); i++)
		report_costs[i] = view_report_cost(database, reports[i], 1, 2);
	put_everything(database, 3, 300);
	for (size_t i = 0; i < sizeof(public_views) / sizeof(*public_views); i++)
		if (view_cost(database, public_views[i], 1) > view_costs[i] + 50)
			fail_msg("%s: %d steps, %d before", public_views[i],
				 view_cost(database, public_views[i], 1), view_costs[i]);
	for (size_t i = 0; i < sizeof(reports) / sizeof(*reports); i++)
		if (view_report_cost(database, reports[i], 1, 2) > report_costs[i] + 50)
			fail_msg("%s: %d steps, %d before", reports[i],
				 view_report_cost(database, reports[i], 1, 2), report_costs[i]);
}

TEST(every_view_can_be_asked)
{
	_cleanup_database_ sqlite3 *database = view_database();
	sqlite3_stmt *statement = NULL;

	put_everything(database, 1, 1);
	assert_int_equal(sqlite3_prepare_v2(database, "SELECT name FROM sqlite_schema WHERE type = 'view'",
					    -1, &statement, NULL),
			 SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW)
		view_run(database, "SELECT count(*) FROM %s", sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
}

TEST(report_begins_with_its_question_and_its_columns)
{
	for (size_t i = 0; i < sizeof(reports) / sizeof(*reports); i++) {
		char name[64];

		snprintf(name, sizeof(name), "reports/%s", reports[i]);
		const char *text = mr_sql_find(name);
		assert_non_null(text);
		assert_true(!strncmp(text, "-- ", 3));
		assert_non_null(strstr(text, "\n-- Columns: "));
	}
}

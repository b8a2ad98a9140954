/* The ledger: which source stands for each term, and that it closes whatever is missing. */
#include "tests/support/test.h"
#include "tests/support/view_database.h"

/* A machine of 1,000,000 kB whose classes are known to the last page; 4 KiB pages. */
static void put_meminfo(sqlite3 *database, int id)
{
	view_run(database,
		 "INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib, buffers_kib, "
		 "cached_kib,"
		 " swap_cached_kib, active_kib, inactive_kib, unevictable_kib, anon_pages_kib, shmem_kib, "
		 "k_reclaimable_kib,"
		 " slab_kib, s_reclaimable_kib, s_unreclaim_kib, kernel_stack_kib, page_tables_kib, "
		 "sec_page_tables_kib,"
		 " bounce_kib, vmalloc_used_kib, vmalloc_chunk_kib, percpu_kib, huge_pages_total_hugepages,"
		 " huge_pages_free_hugepages, hugepagesize_kib, hugetlb_kib)"
		 " VALUES (%d, 0, 1000000, 400000, 4000, 196000, 0, 150000, 100000, 50000, 100000, 16000, "
		 "24000,"
		 " 60000, 20000, 40000, 8000, 12000, 400, 0, 20000, 0, 2000, 10, 4, 2048, 20480)",
		 id);
}

/* What fits it: the pages of two zones, free and managed to the page, and 10,000 kB on per-CPU lists. */
static void put_zoneinfo(sqlite3 *database, int id, int managed_kib, int free_kib)
{
	view_run(database,
		 "INSERT INTO proc_zoneinfo (snapshot_id, node, zone, reading, managed_pages, present_pages, "
		 "free_pages)"
		 " VALUES (%d, 0, 'DMA32', 0, 50000, 60000, 20000),"
		 " (%d, 0, 'Normal', 0, %d / 4 - 50000, 250000 - 50000 + 20000, %d / 4 - 20000)",
		 id, id, managed_kib, free_kib);
	view_run(database,
		 "INSERT INTO proc_zoneinfo_pageset (snapshot_id, node, zone, cpu, reading, count_pages,"
		 " vm_stats_threshold_pages) VALUES (%d, 0, 'Normal', 0, 0, 1500, 24), (%d, 0, 'Normal', 1, "
		 "0, 1000, 24)",
		 id, id);
}

static void put_vmstat(sqlite3 *database, int id, int free_kib, int anonymous_kib)
{
	view_run(
		database,
		"INSERT INTO proc_vmstat (snapshot_id, reading, nr_free_pages, nr_file_pages, "
		"nr_swapcached_pages,"
		" nr_active_anon_pages, nr_inactive_anon_pages, nr_active_file_pages, nr_inactive_file_pages,"
		" nr_unevictable_pages, nr_anon_pages, nr_shmem_pages, nr_slab_reclaimable_pages,"
		" nr_slab_unreclaimable_pages, nr_kernel_stack_kib, nr_page_table_pages, nr_zspages_pages)"
		" VALUES (%d, 0, %d / 4, 50000, 0, 25000, 4000, 12500, 21000, 12500, %d / 4, 4000, 5000, "
		"10000, 8000, 3000,"
		" 250)",
		id, free_kib, anonymous_kib);
}

/* All that meminfo, vmstat and zoneinfo say, in agreement. */
static sqlite3 *whole_machine(void)
{
	sqlite3 *database = view_database();

	view_snapshot(database, 1);
	put_meminfo(database, 1);
	put_zoneinfo(database, 1, 1000000, 400000);
	put_vmstat(database, 1, 400000, 100000);
	return database;
}

static void expect_kib(sqlite3 *database, const char *class, const char *kib)
{
	view_expect(database, kib, "SELECT bytes / 1024 FROM ledger WHERE snapshot_id = 1 AND class = '%s'",
		    class);
}

/* Leaves add up to MemTotal, and so do the rows directly below it; every group is the sum of its parts. */
static void expect_closed(sqlite3 *database)
{
	view_expect(database, "1|1",
		    "SELECT sum(CASE WHEN class NOT IN (SELECT parent_class FROM ledger WHERE snapshot_id = 1"
		    " AND parent_class IS NOT NULL) THEN bytes END) = max(CASE class WHEN 'mem_total' THEN "
		    "bytes END),"
		    " sum(CASE parent_class WHEN 'mem_total' THEN bytes END) = max(CASE class WHEN "
		    "'mem_total' THEN bytes END)"
		    " FROM ledger WHERE snapshot_id = 1");
	view_expect(database, "0",
		    "SELECT count(*) FROM ledger g WHERE g.snapshot_id = 1 AND g.bytes <> (SELECT "
		    "sum(p.bytes) FROM ledger p"
		    " WHERE p.snapshot_id = 1 AND p.parent_class = g.class)");
}

TEST(ledger_closes_when_everything_is_known)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	expect_closed(database);
	expect_kib(database, "mem_total", "1000000");
	expect_kib(database, "anonymous", "100000");
	expect_kib(database, "file_pages", "180000");
	expect_kib(database, "block_devices", "4000");
	expect_kib(database, "shmem", "16000");
	expect_kib(database, "huge_pages_in_use", "12288");
	expect_kib(database, "huge_pages_free", "8192");
	expect_kib(database, "kernel_reclaimable", "4000");
	expect_kib(database, "vmalloc", "12000");
	expect_kib(database, "compressed_swap", "1000");
	expect_kib(database, "free_in_zones", "400000");
	expect_kib(database, "free_per_cpu", "10000");
	expect_kib(database, "free_not_initialised", "0");
	expect_kib(database, "unaccounted", "170120");
	view_expect(database, "NULL|meminfo",
		    "SELECT missing, counters_source FROM system WHERE snapshot_id = 1");
}

TEST(ledger_closes_when_hardly_anything_is_known)
{
	_cleanup_database_ sqlite3 *database = view_database();

	view_snapshot(database, 1);
	view_run(
		database,
		"INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib, anon_pages_kib)"
		" VALUES (1, 0, 1000, 300, 100)");
	expect_closed(database);
	expect_kib(database, "unaccounted", "600");
	expect_kib(database, "percpu", "NULL");
	expect_kib(database, "slab_reclaimable", "NULL");
	expect_kib(database, "free_per_cpu", "NULL");
	view_expect(database, "0",
		    "SELECT count(*) FROM ledger WHERE snapshot_id = 1 AND class IN ('huge_pages',"
		    " 'huge_pages_free', 'secondary_page_tables', 'free_not_initialised', 'slab')");
	view_expect(database, "1",
		    "SELECT note LIKE '%%page cache; slab; page tables; kernel stacks; vmalloc %%; per-CPU"
		    " variables %%' FROM ledger WHERE snapshot_id = 1 AND class = 'unaccounted'");
}

TEST(ledger_of_a_snapshot_without_meminfo_and_zoneinfo_is_unknown_not_zero)
{
	_cleanup_database_ sqlite3 *database = view_database();

	view_snapshot(database, 1);
	expect_kib(database, "mem_total", "NULL");
	expect_kib(database, "unaccounted", "NULL");
}

TEST(ram_not_initialised_yet_is_a_row_of_its_own)
{
	_cleanup_database_ sqlite3 *database = view_database();

	view_snapshot(database, 1);
	put_meminfo(database, 1);
	put_zoneinfo(database, 1, 700000, 100060);
	put_vmstat(database, 1, 100060, 100000);
	expect_closed(database);
	expect_kib(database, "free_not_initialised", "300000");
	expect_kib(database, "free_in_zones", "100000");
	expect_kib(database, "unaccounted", "170120");
	view_expect(database, "meminfo|meminfo",
		    "SELECT mem_total_source, counters_source FROM system WHERE snapshot_id = 1");
}

/* 24 kB more than managed, as on a machine whose RAM is all initialised: less than what counters may be off. */
TEST(an_excess_within_noise_is_not_called_uninitialised)
{
	_cleanup_database_ sqlite3 *database = view_database();

	view_snapshot(database, 1);
	put_meminfo(database, 1);
	put_zoneinfo(database, 1, 999976, 399976);
	expect_closed(database);
	expect_kib(database, "free_not_initialised", "0");
	expect_kib(database, "free_in_zones", "400000");
}

TEST(ram_that_is_not_free_as_well_is_not_uninitialised)
{
	_cleanup_database_ sqlite3 *database = view_database();

	view_snapshot(database, 1);
	put_meminfo(database, 1);
	put_zoneinfo(database, 1, 700000, 150000);
	expect_closed(database);
	expect_kib(database, "free_not_initialised", "0");
	expect_kib(database, "free_in_zones", "400000");
}

/* 50,000 kB between the two differences: the bracket saw MemFree move by 60,000. */
TEST(drift_of_the_bracket_widens_what_counts_as_not_initialised)
{
	_cleanup_database_ sqlite3 *database = view_database();

	view_snapshot(database, 1);
	put_meminfo(database, 1);
	put_zoneinfo(database, 1, 700000, 150000);
	view_run(database, "INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib)"
			   " VALUES (1, 1, 1000000, 340000)");
	expect_kib(database, "free_not_initialised", "300000");
	expect_closed(database);
}

TEST(total_below_the_managed_pages_is_replaced)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_meminfo SET mem_total_kib = 500000, mem_free_kib = 450000");
	expect_closed(database);
	expect_kib(database, "mem_total", "1000000");
	expect_kib(database, "free_in_zones", "400000");
	view_expect(database, "zoneinfo|vmstat and zoneinfo",
		    "SELECT mem_total_source, counters_source FROM system WHERE snapshot_id = 1");
	view_expect(database, "nr_file_pages - nr_swapcached - nr_shmem",
		    "SELECT source FROM ledger WHERE snapshot_id = 1 AND class = 'file_pages'");
}

TEST(total_above_the_present_pages_is_replaced)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_meminfo SET mem_total_kib = 2000000");
	expect_closed(database);
	expect_kib(database, "mem_total", "1000000");
}

TEST(replaced_total_without_vmstat_leaves_the_counters)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_meminfo SET mem_total_kib = 2000000; DELETE FROM proc_vmstat");
	expect_closed(database);
	view_expect(database, "zoneinfo|meminfo",
		    "SELECT mem_total_source, counters_source FROM system WHERE snapshot_id = 1");
}

TEST(meminfo_without_slab_while_vmstat_has_some_is_faked)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database,
		 "UPDATE proc_meminfo SET slab_kib = 0, s_reclaimable_kib = 0, s_unreclaim_kib = 0");
	expect_closed(database);
	expect_kib(database, "slab_unreclaimable", "40000");
	view_expect(
		database, "meminfo|vmstat and zoneinfo|1",
		"SELECT mem_total_source, counters_source, missing LIKE '%%per-CPU variables%%' FROM system"
		" WHERE snapshot_id = 1");
}

TEST(meminfo_far_off_vmstat_is_faked_and_a_little_off_is_not)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_vmstat SET nr_free_pages = nr_free_pages - 3000");
	view_expect(database, "meminfo", "SELECT counters_source FROM system WHERE snapshot_id = 1");
	view_run(database, "UPDATE proc_vmstat SET nr_free_pages = nr_free_pages - 30000");
	view_expect(database, "vmstat and zoneinfo",
		    "SELECT counters_source FROM system WHERE snapshot_id = 1");
	expect_closed(database);
}

/* 3.10 and 3.13 keep transparent huge pages out of nr_anon_pages. */
TEST(huge_pages_beside_nr_anon_pages_do_not_make_meminfo_look_faked)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_vmstat SET nr_anon_pages = 2904, nr_anon_transparent_hugepages = 43");
	view_expect(database, "meminfo", "SELECT counters_source FROM system WHERE snapshot_id = 1");
	view_run(database, "UPDATE proc_meminfo SET mem_total_kib = 2000000");
	expect_kib(database, "anonymous", "99680");
}

TEST(without_zoneinfo_meminfo_stands_and_per_cpu_lists_are_named_as_missing)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "DELETE FROM proc_zoneinfo; DELETE FROM proc_zoneinfo_pageset;"
			   " UPDATE proc_meminfo SET slab_kib = 0");
	expect_closed(database);
	view_expect(
		database, "meminfo|meminfo|free pages on per-CPU lists (no zoneinfo)|NULL",
		"SELECT mem_total_source, counters_source, missing, free_not_initialised_bytes FROM system"
		" WHERE snapshot_id = 1");
}

/* --- where meminfo was not read --- */

static void put_free(sqlite3 *database, const char *derived)
{
	view_run(database,
		 "DELETE FROM proc_meminfo; INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, "
		 "mem_free_kib,"
		 " shmem_kib, swap_total_kib, swap_free_kib, derived) VALUES (1, 0, 1000000, 400000, 16000, "
		 "0, 0, '%s')",
		 derived);
}

TEST(total_of_free_goes_with_the_counters_of_vmstat)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	put_free(database, "free");
	expect_closed(database);
	expect_kib(database, "mem_total", "1000000");
	expect_kib(database, "anonymous", "100000");
	expect_kib(database, "slab_unreclaimable", "40000");
	expect_kib(database, "free_per_cpu", "10000");
	view_expect(
		database, "meminfo|vmstat and zoneinfo|free",
		"SELECT mem_total_source, counters_source, meminfo_source FROM system WHERE snapshot_id = 1");
	view_expect(database, "total of free|no meminfo: from free",
		    "SELECT source, note FROM ledger WHERE snapshot_id = 1 AND class = 'mem_total'");
	view_run(database, "DELETE FROM proc_zoneinfo; DELETE FROM proc_zoneinfo_pageset");
	expect_closed(database);
	expect_kib(database, "anonymous", "100000");
	view_expect(database, "vmstat", "SELECT counters_source FROM system WHERE snapshot_id = 1");
}

TEST(total_of_free_alone_leaves_the_rest_unaccounted)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	put_free(database, "free");
	view_run(database,
		 "DELETE FROM proc_vmstat; DELETE FROM proc_zoneinfo; DELETE FROM proc_zoneinfo_pageset");
	expect_closed(database);
	expect_kib(database, "free_in_zones", "400000");
	expect_kib(database, "shmem", "16000");
	expect_kib(database, "unaccounted", "584000");
	view_expect(database, "1",
		    "SELECT missing LIKE 'free pages on per-CPU lists%%anonymous pages; page cache; slab%%'"
		    " FROM system WHERE snapshot_id = 1");
}

/* Nodes count what block devices hold with the page cache: there is nothing to take off the LRU lists for it. */
TEST(sums_of_nodes_stand_for_meminfo_without_buffers)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database,
		 "UPDATE proc_meminfo SET derived = 'node meminfo', cached_kib = cached_kib + buffers_kib + "
		 "1000,"
		 " buffers_kib = NULL, unevictable_kib = unevictable_kib + 6000; DELETE FROM proc_vmstat");
	expect_closed(database);
	expect_kib(database, "file_pages", "185000");
	expect_kib(database, "lru_unowned", "5000");
	view_expect(database, "no meminfo: from node meminfo",
		    "SELECT note FROM ledger WHERE snapshot_id = 1 AND class = 'mem_total'");
}

TEST(pools_of_nodes_stand_for_those_of_the_machine)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	put_free(database, "free");
	view_run(database, "INSERT INTO node_hugepages (snapshot_id, node, page_kib, reading, nr_hugepages, "
			   "free_hugepages)"
			   " VALUES (1, 0, 2048, 0, 6, 3), (1, 1, 2048, 0, 4, 1)");
	expect_closed(database);
	expect_kib(database, "huge_pages_in_use", "12288");
	expect_kib(database, "huge_pages_free", "8192");
}

TEST(stacks_that_vmstat_counts_one_by_one_are_no_size)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	put_free(database, "free");
	expect_kib(database, "kernel_stacks", "8000");
	view_run(database, "UPDATE capture_meta SET kernel_release = '4.7.0'");
	expect_closed(database);
	expect_kib(database, "kernel_stacks", "NULL");
	view_expect(database, "1",
		    "SELECT missing LIKE '%%kernel stacks%%' FROM system WHERE snapshot_id = 1");
	/* the counters that came with the kB say more than a release */
	view_run(database, "UPDATE proc_vmstat SET nr_zone_inactive_anon_pages = 0");
	expect_kib(database, "kernel_stacks", "8000");
}

TEST(negative_unaccounted_keeps_its_sign)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_meminfo SET anon_pages_kib = 300000, active_kib = 350000;"
			   " UPDATE proc_vmstat SET nr_anon_pages = 75000");
	expect_closed(database);
	expect_kib(database, "unaccounted", "-29880");
}

TEST(pages_of_64_kib_are_reckoned_with_their_size)
{
	_cleanup_database_ sqlite3 *database = view_database();

	view_snapshot(database, 1);
	view_run(database, "UPDATE capture_meta SET page_size_bytes = 65536, machine = 'ppc64le'");
	view_run(database, "INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib)"
			   " VALUES (1, 0, 6400000, 3200000)");
	view_run(database,
		 "INSERT INTO proc_zoneinfo (snapshot_id, node, zone, reading, managed_pages, present_pages,"
		 " free_pages) VALUES (1, 0, 'Normal', 0, 100000, 100000, 50000)");
	view_run(database,
		 "INSERT INTO proc_zoneinfo_pageset (snapshot_id, node, zone, cpu, reading, count_pages)"
		 " VALUES (1, 0, 'Normal', 0, 0, 100)");
	expect_closed(database);
	expect_kib(database, "free_per_cpu", "6400");
	expect_kib(database, "free_not_initialised", "0");
	view_expect(database, "meminfo|6553600000",
		    "SELECT mem_total_source, managed_bytes FROM system WHERE snapshot_id = 1");
}

TEST(unknown_page_size_makes_unknown_not_zero)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "DELETE FROM capture_meta");
	expect_closed(database);
	expect_kib(database, "free_per_cpu", "NULL");
	expect_kib(database, "mem_total", "1000000");
}

/* Up to 4.3 VmallocUsed is address space, and VmallocChunk is not 0. */
TEST(vmalloc_in_address_space_is_taken_from_vmallocinfo)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_meminfo SET vmalloc_used_kib = 900000, vmalloc_chunk_kib = 34000000");
	expect_kib(database, "vmalloc", "NULL");
	view_expect(database, "vmalloc (no VmallocUsed in pages, no vmallocinfo)",
		    "SELECT note FROM ledger WHERE snapshot_id = 1 AND class = 'unaccounted'");
	view_run(database,
		 "INSERT INTO proc_vmallocinfo (snapshot_id, caller, reading, backed_pages)"
		 " VALUES (1, 'load_module+0x1/0x2', 0, 1000), (1, 'kernel_clone+0x94/0x3e0', 0, 2004)");
	expect_kib(database, "vmalloc", "4000");
	view_expect(database, "vmallocinfo - stacks inside it",
		    "SELECT source FROM ledger WHERE snapshot_id = 1 AND class = 'vmalloc'");
	expect_closed(database);
}

TEST(vmalloc_smaller_than_the_stacks_does_not_contain_them)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_meminfo SET vmalloc_used_kib = 5000");
	expect_kib(database, "vmalloc", "5000");
	expect_kib(database, "kernel_stacks", "8000");
	expect_closed(database);
}

TEST(kernel_without_shmem_counter_has_files_and_shmem_as_one)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_meminfo SET shmem_kib = NULL");
	expect_kib(database, "file_pages", "196000");
	view_expect(database, "files and shmem|Cached",
		    "SELECT title, source FROM ledger WHERE snapshot_id = 1"
		    " AND class = 'file_pages'");
	view_expect(database, "0", "SELECT count(*) FROM ledger WHERE snapshot_id = 1 AND class = 'shmem'");
	expect_closed(database);
}

TEST(slab_that_is_not_split_is_one_row)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_meminfo SET s_reclaimable_kib = NULL, s_unreclaim_kib = NULL");
	expect_kib(database, "slab", "60000");
	view_expect(database, "0",
		    "SELECT count(*) FROM ledger WHERE snapshot_id = 1 AND class LIKE 'slab_%%'");
	expect_closed(database);
}

TEST(lru_pages_that_nobody_owns_are_a_row)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_meminfo SET active_kib = active_kib + 70000, swap_cached_kib = 9000");
	expect_kib(database, "swap_cache", "9000");
	expect_kib(database, "lru_unowned", "61000");
	expect_closed(database);
}

TEST(swap_cache_that_is_mapped_is_not_counted_again)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_meminfo SET active_kib = active_kib + 3000, swap_cached_kib = 9000");
	expect_kib(database, "swap_cache", "3000");
	expect_kib(database, "lru_unowned", "0");
	expect_closed(database);
}

TEST(huge_pages_without_a_hugetlb_line_come_from_the_pools_of_every_size)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_run(database, "UPDATE proc_meminfo SET hugetlb_kib = NULL");
	expect_kib(database, "huge_pages", "20480");
	view_run(database,
		 "INSERT INTO mm_hugepages (snapshot_id, page_kib, reading, nr_hugepages, free_hugepages)"
		 " VALUES (1, 2048, 0, 10, 4), (1, 1048576, 0, 0, 0), (1, 32768, 0, 2, 1)");
	expect_kib(database, "huge_pages", "86016");
	expect_kib(database, "huge_pages_free", "40960");
	expect_closed(database);
}

TEST(snapshots_do_not_mix)
{
	_cleanup_database_ sqlite3 *database = whole_machine();

	view_snapshot(database, 2);
	put_meminfo(database, 2);
	view_run(database, "UPDATE proc_meminfo SET mem_free_kib = 500000 WHERE snapshot_id = 2");
	expect_kib(database, "unaccounted", "170120");
	view_expect(database, "500000|81120",
		    "SELECT max(CASE class WHEN 'free' THEN bytes END) / 1024,"
		    " max(CASE class WHEN 'unaccounted' THEN bytes END) / 1024 FROM ledger WHERE snapshot_id "
		    "= 2");
}

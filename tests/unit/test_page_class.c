/* Page frames: which class the words of a frame make, and what a sample makes of all RAM. */
#include <inttypes.h>

#include "tests/support/test.h"
#include "tests/support/view_database.h"

#define UPTODATE (UINT64_C(1) << 3)
#define DIRTY (UINT64_C(1) << 4)
#define LRU (UINT64_C(1) << 5)
#define SLAB (UINT64_C(1) << 7)
#define BUDDY (UINT64_C(1) << 10)
#define MMAP (UINT64_C(1) << 11)
#define ANON (UINT64_C(1) << 12)
#define SWAPCACHE (UINT64_C(1) << 13)
#define SWAPBACKED (UINT64_C(1) << 14)
#define HEAD (UINT64_C(1) << 15)
#define TAIL (UINT64_C(1) << 16)
#define HUGE (UINT64_C(1) << 17)
#define UNEVICTABLE (UINT64_C(1) << 18)
#define HWPOISON (UINT64_C(1) << 19)
#define NOPAGE (UINT64_C(1) << 20)
#define KSM (UINT64_C(1) << 21)
#define THP (UINT64_C(1) << 22)
#define OFFLINE (UINT64_C(1) << 23)
#define ZERO_PAGE (UINT64_C(1) << 24)
#define PGTABLE (UINT64_C(1) << 26)
#define RESERVED (UINT64_C(1) << 32)
#define PRIVATE (UINT64_C(1) << 35)

/* A machine of 1,000 frames of 4 KiB with nothing counted but the total, and a sample of them to be put in. */
static sqlite3 *sampled_machine(void)
{
	sqlite3 *database = view_database();

	view_snapshot(database, 1);
	view_run(database, "UPDATE capture_meta SET probe_buddy_tail = 1");
	view_run(database,
		 "INSERT INTO pages_sample (snapshot_id, reading, ram_frames_count) VALUES (1, 0, 1000)");
	return database;
}

static void put_run(sqlite3 *database, int frames_count, uint64_t flags, int64_t mapcount,
		    uint64_t head_flags)
{
	view_run(database,
		 "INSERT INTO page_run SELECT 1, count(*), %d, coalesce(sum(frames_count), 0), %" PRId64
		 ", %" PRId64 ", 0, %" PRId64 ", 0, 0 FROM page_run WHERE snapshot_id = 1",
		 frames_count, (int64_t)flags, mapcount, (int64_t)head_flags);
}

static void expect_class(const char *class, uint64_t flags, int64_t mapcount, uint64_t head_flags)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	put_run(database, 1, flags, mapcount, head_flags);
	view_expect(database, class, "SELECT class FROM _page_run_class WHERE snapshot_id = 1");
}

static void expect_alone(const char *class, uint64_t flags)
{
	expect_class(class, flags, 0, flags);
}

TEST(each_class_has_its_flag)
{
	expect_alone("hole", NOPAGE);
	expect_alone("poisoned", HWPOISON | LRU);
	expect_alone("free", BUDDY);
	expect_alone("hugetlb", HUGE | HEAD | ANON);
	expect_alone("slab", SLAB);
	expect_alone("page_tables", PGTABLE);
	expect_alone("offline", OFFLINE);
	expect_alone("zero_page", ZERO_PAGE | MMAP);
	expect_alone("boot_memory", RESERVED);
	expect_alone("anonymous", ANON | LRU | SWAPBACKED);
	expect_alone("shmem", SWAPBACKED | LRU);
	expect_alone("file", LRU | UPTODATE);
	expect_alone("other_kernel", HEAD);
	expect_alone("other_kernel", 0);
}

TEST(slab_stands_before_anonymous)
{
	expect_alone("slab", SLAB | ANON | KSM);
}

TEST(ksm_flag_on_every_anonymous_page_decides_nothing)
{
	expect_alone("anonymous", ANON | KSM | LRU);
	expect_alone("anonymous", ANON | KSM | THP | HEAD);
	expect_alone("hugetlb", HUGE | KSM | ANON);
}

TEST(anonymous_page_in_the_swap_cache_is_anonymous)
{
	expect_alone("anonymous", ANON | SWAPCACHE | SWAPBACKED | LRU);
}

TEST(mapped_vdso_page_is_boot_memory)
{
	expect_class("boot_memory", RESERVED | MMAP, 7, RESERVED | MMAP);
}

TEST(tail_takes_over_what_its_head_has)
{
	expect_class("anonymous", TAIL, 0, HEAD | ANON | LRU | SWAPBACKED | THP);
	expect_class("shmem", TAIL, 0, HEAD | SWAPBACKED | LRU);
	expect_class("file", TAIL, 0, HEAD | LRU | UPTODATE);
	expect_class("slab", TAIL, 0, HEAD | SLAB);
	expect_class("other_kernel", TAIL, 0, HEAD);
}

TEST(frame_that_is_no_tail_takes_over_nothing)
{
	expect_class("other_kernel", 0, 0, ANON | LRU);
}

TEST(tail_does_not_take_over_that_its_head_is_poisoned_or_mapped)
{
	expect_class("other_kernel", TAIL, 0, HEAD | HWPOISON | MMAP);
}

TEST(shmem_off_the_lru_is_known_by_any_of_three_flags)
{
	expect_alone("shmem", SWAPBACKED | UNEVICTABLE);
	expect_alone("shmem", SWAPBACKED | UPTODATE);
	expect_class("shmem", SWAPBACKED | MMAP, 1, SWAPBACKED);
	expect_alone("other_kernel", SWAPBACKED);
}

TEST(file_page_on_its_way_to_the_lru_is_uptodate_and_in_use)
{
	expect_alone("file", UPTODATE | DIRTY);
	expect_alone("other_kernel", UPTODATE);
}

TEST(mapcount_of_minus_127_is_no_mapping)
{
	expect_class("other_kernel", UPTODATE | MMAP, INT64_C(0xffffff81), 0);
	expect_class("other_kernel", UPTODATE | MMAP, -127, 0);
	expect_class("file", UPTODATE | MMAP, 1, 0);
}

TEST(mapped_flag_of_a_large_folio_needs_a_mapping_of_the_frame_itself)
{
	expect_class("other_kernel", UPTODATE | MMAP | HEAD, 0, 0);
}

/* Seen on 6.1 with zram in use: pages of zsmalloc with counts of 1, 257, 513 and 769, in the file class. */
TEST(zsmalloc_page_that_looks_mapped_is_no_file_page)
{
	expect_class("other_kernel", MMAP, 769, MMAP);
	expect_class("other_kernel", MMAP | PRIVATE, 1, MMAP | PRIVATE);
}

TEST(mapped_flag_counts_where_mapcounts_were_not_read)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	put_run(database, 1, UPTODATE | MMAP, 0, 0);
	view_run(database, "UPDATE page_run SET mapcount = NULL");
	view_expect(database, "file", "SELECT class FROM _page_run_class WHERE snapshot_id = 1");
}

TEST(frame_whose_flags_were_not_read_is_unknown)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	put_run(database, 10, LRU, 0, LRU);
	view_run(database, "UPDATE page_run SET page_flags = NULL");
	view_expect(database, "10",
		    "SELECT sampled_count FROM page_class WHERE snapshot_id = 1 AND class = 'unknown'");
}

/* Up to 4.4: the other frames of a free block have no flags. */
TEST(free_and_kernel_frames_are_one_row_where_only_heads_of_free_blocks_are_flagged)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	view_run(database, "UPDATE capture_meta SET probe_buddy_tail = 0");
	put_run(database, 10, BUDDY, 0, BUDDY);
	put_run(database, 60, 0, 0, 0);
	put_run(database, 30, HEAD, 0, HEAD);
	view_expect(database,
		    "70|this kernel flags only the first frame of a free block; the others look like kernel "
		    "pages",
		    "SELECT sampled_count, note FROM page_class WHERE snapshot_id = 1 AND class = "
		    "'free_or_other_kernel'");
	view_expect(database, "30",
		    "SELECT sampled_count FROM page_class WHERE snapshot_id = 1 AND class = 'other_kernel'");
	view_expect(database, "0",
		    "SELECT count(*) FROM page_class WHERE snapshot_id = 1 AND class = 'free'");
}

/* n = 100 of N = 1000; y = 20 in one piece: two changes.  v = 0.9 * 1000² / 100 * 2 / (2 * 99) = 90.909;
 * 1.96 * sqrt(v) = 18.688; 200 ± 18.688 frames. */
TEST(interval_is_that_of_successive_differences)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	put_run(database, 40, BUDDY, 0, BUDDY);
	put_run(database, 10, ANON | LRU, 1, ANON | LRU);
	put_run(database, 10, ANON | LRU, 2, ANON | LRU);
	put_run(database, 40, BUDDY, 0, BUDDY);
	view_expect(database, "20|200|181|219",
		    "SELECT sampled_count, estimate_bytes / 4096, low_bytes / 4096, high_bytes / 4096 FROM "
		    "page_class"
		    " WHERE snapshot_id = 1 AND class = 'anonymous'");
	view_expect(database, "80|800|781|819",
		    "SELECT sampled_count, estimate_bytes / 4096, low_bytes / 4096, high_bytes / 4096 FROM "
		    "page_class"
		    " WHERE snapshot_id = 1 AND class = 'free'");
}

TEST(class_without_a_frame_may_still_be_three_strata)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	put_run(database, 100, BUDDY, 0, BUDDY);
	view_expect(database, "0|0|0|30",
		    "SELECT sampled_count, estimate_bytes / 4096, low_bytes / 4096, high_bytes / 4096"
		    " FROM page_class WHERE snapshot_id = 1 AND class = 'hugetlb'");
}

/* 4 frames: exact Poisson limits 1.089865 and 10.241589, times N/n = 10. */
TEST(few_frames_get_exact_limits)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	put_run(database, 96, BUDDY, 0, BUDDY);
	put_run(database, 4, SLAB, 0, SLAB);
	view_expect(database, "4|40|11|102",
		    "SELECT sampled_count, estimate_bytes / 4096, low_bytes / 4096,"
		    " high_bytes / 4096 FROM page_class WHERE snapshot_id = 1 AND class = 'slab'");
}

TEST(sample_of_all_frames_is_exact)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	put_run(database, 997, BUDDY, 0, BUDDY);
	put_run(database, 3, SLAB, 0, SLAB);
	view_expect(database, "3|3|3",
		    "SELECT estimate_bytes / 4096, low_bytes / 4096, high_bytes / 4096 FROM page_class"
		    " WHERE snapshot_id = 1 AND class = 'slab'");
	view_expect(database, "0|0|0",
		    "SELECT estimate_bytes, low_bytes, high_bytes FROM page_class"
		    " WHERE snapshot_id = 1 AND class = 'hugetlb'");
}

TEST(estimates_add_up_to_all_frames)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	put_run(database, 37, BUDDY, 0, BUDDY);
	put_run(database, 21, ANON | LRU, 1, ANON | LRU);
	put_run(database, 41, 0, 0, 0);
	put_run(database, 1, RESERVED, 0, RESERVED);
	view_expect(database, "1000",
		    "SELECT sum(estimate_bytes) / 4096 FROM page_class WHERE snapshot_id = 1");
}

TEST(sample_without_the_size_of_ram_counts_and_does_not_estimate)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	view_run(database, "DELETE FROM pages_sample");
	put_run(database, 100, BUDDY, 0, BUDDY);
	view_expect(database, "100|NULL|NULL",
		    "SELECT sampled_count, estimate_bytes, high_bytes FROM page_class"
		    " WHERE snapshot_id = 1 AND class = 'free'");
	view_run(database, "INSERT INTO pages_ranges (snapshot_id, first_pfn, reading, frames_count)"
			   " VALUES (1, 1, 0, 600), (1, 4096, 0, 400)");
	view_expect(database, "1000",
		    "SELECT estimate_bytes / 4096 FROM page_class WHERE snapshot_id = 1 AND class = 'free'");
}

TEST(snapshot_without_a_sample_has_no_rows)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	view_expect(database, "0", "SELECT count(*) FROM page_class WHERE snapshot_id = 1");
}

/* 900 of 1,000 frames managed; the other hundred free, and without flags. */
TEST(ram_not_initialised_yet_is_taken_off_other_kernel)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	view_run(database, "INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib)"
			   " VALUES (1, 0, 4000, 2400)");
	view_run(database,
		 "INSERT INTO proc_zoneinfo (snapshot_id, node, zone, reading, managed_pages, present_pages,"
		 " free_pages) VALUES (1, 0, 'Normal', 0, 900, 1000, 500)");
	put_run(database, 50, BUDDY, 0, BUDDY);
	put_run(database, 50, 0, 0, 0);
	view_expect(database, "NULL|100|100|100",
		    "SELECT sampled_count, estimate_bytes / 4096, low_bytes / 4096,"
		    " counter_bytes / 4096 FROM page_class WHERE snapshot_id = 1 AND class = "
		    "'free_not_initialised'");
	view_expect(database, "50|400|400",
		    "SELECT sampled_count, estimate_bytes / 4096, counter_bytes / 4096 FROM page_class"
		    " WHERE snapshot_id = 1 AND class = 'other_kernel'");
	view_expect(database, "500|500",
		    "SELECT estimate_bytes / 4096, counter_bytes / 4096 FROM page_class"
		    " WHERE snapshot_id = 1 AND class = 'free'");
	view_expect(database, "1000",
		    "SELECT sum(estimate_bytes) / 4096 FROM page_class WHERE snapshot_id = 1");
}

TEST(kernel_that_does_not_flag_page_tables_says_so)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	view_run(database, "INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib, "
			   "page_tables_kib)"
			   " VALUES (1, 0, 4000, 1000, 800)");
	put_run(database, 100, 0, 0, 0);
	view_expect(database, "NULL|200|this kernel does not flag page tables: they are in other kernel",
		    "SELECT estimate_bytes, counter_bytes / 4096, note FROM page_class WHERE snapshot_id = 1"
		    " AND class = 'page_tables'");
	view_expect(database, "750",
		    "SELECT counter_bytes / 4096 FROM page_class WHERE snapshot_id = 1"
		    " AND class = 'other_kernel'");
}

TEST(large_kmalloc_is_slab_without_a_flag)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	view_run(database,
		 "INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib, slab_kib)"
		 " VALUES (1, 0, 4000, 3000, 400)");
	put_run(database, 90, SLAB, 0, SLAB);
	put_run(database, 10, 0, 0, 0);
	view_expect(database, "100|150|1",
		    "SELECT max(CASE class WHEN 'slab' THEN counter_bytes END) / 4096,"
		    " max(CASE class WHEN 'other_kernel' THEN counter_bytes END) / 4096,"
		    " max(CASE class WHEN 'slab' THEN note IS NOT NULL END) FROM page_class WHERE "
		    "snapshot_id = 1");
	view_run(database,
		 "INSERT INTO proc_slabinfo (snapshot_id, line_number, reading, cache, pagesperslab_pages,"
		 " num_slabs_count) VALUES (1, 3, 0, 'dentry', 2, 40)");
	view_expect(database, "80|170|0",
		    "SELECT max(CASE class WHEN 'slab' THEN counter_bytes END) / 4096,"
		    " max(CASE class WHEN 'other_kernel' THEN counter_bytes END) / 4096,"
		    " max(CASE class WHEN 'slab' THEN note IS NOT NULL END) FROM page_class WHERE "
		    "snapshot_id = 1");
}

TEST(counters_stand_beside_the_classes_they_should_match)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	view_run(
		database,
		"INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib, buffers_kib,"
		" cached_kib, swap_cached_kib, active_kib, inactive_kib, anon_pages_kib, shmem_kib, slab_kib,"
		" s_reclaimable_kib, s_unreclaim_kib, unaccepted_kib)"
		" VALUES (1, 0, 3600, 800, 80, 1000, 40, 900, 660, 400, 200, 120, 40, 80, 80)");
	put_run(database, 100, 0, 0, 0);
	view_expect(database, "120|220|50|30|180",
		    "SELECT max(CASE class WHEN 'anonymous' THEN counter_bytes END) / 4096,"
		    " max(CASE class WHEN 'file' THEN counter_bytes END) / 4096,"
		    " max(CASE class WHEN 'shmem' THEN counter_bytes END) / 4096,"
		    " max(CASE class WHEN 'slab' THEN counter_bytes END) / 4096,"
		    " max(CASE class WHEN 'free' THEN counter_bytes END) / 4096 FROM page_class WHERE "
		    "snapshot_id = 1");
}

TEST(counters_are_those_of_the_moment_the_frames_were_read)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	/* the reading that the ledger uses, and the last of the bracket, right after the frames */
	view_run(database,
		 "INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib, buffers_kib,"
		 " cached_kib, active_kib, inactive_kib, anon_pages_kib, shmem_kib, slab_kib, "
		 "s_reclaimable_kib,"
		 " s_unreclaim_kib, page_tables_kib) VALUES"
		 " (1, 0, 3600, 800, 80, 1000, 900, 660, 400, 200, 120, 40, 80, 40),"
		 " (1, 1, 3600, 700, 80, 1000, 900, 660, 400, 200, 120, 40, 80, 40),"
		 " (1, 2, 3600, 720, 80, 1016, 900, 660, 440, 204, 128, 40, 88, 44)");
	put_run(database, 100, 0, 0, 0);
	view_expect(database, "180|11|32",
		    "SELECT max(CASE class WHEN 'free' THEN counter_bytes END) / 4096,"
		    " max(CASE class WHEN 'page_tables' THEN counter_bytes END) / 4096,"
		    " max(CASE class WHEN 'slab' THEN counter_bytes END) / 4096 FROM page_class WHERE "
		    "snapshot_id = 1");
}

TEST(counter_may_be_off_by_what_cpus_keep_back_and_what_moved_while_the_frames_were_read)
{
	_cleanup_database_ sqlite3 *database = sampled_machine();

	view_run(database, "INSERT INTO proc_zoneinfo (snapshot_id, reading, node, zone, free_pages)"
			   " VALUES (1, 0, 0, 'DMA', 25), (1, 0, 0, 'Normal', 200)");
	view_run(database,
		 "INSERT INTO proc_zoneinfo_pageset (snapshot_id, reading, node, zone, cpu, count_pages,"
		 " vm_stats_threshold_pages) VALUES (1, 0, 0, 'DMA', 0, 0, 4), (1, 0, 0, 'DMA', 1, 0, 4),"
		 " (1, 0, 0, 'Normal', 0, 0, 20), (1, 0, 0, 'Normal', 1, 0, 20)");
	view_run(database,
		 "INSERT INTO proc_meminfo (snapshot_id, reading, mem_total_kib, mem_free_kib, slab_kib)"
		 " VALUES (1, 0, 3600, 900, 120), (1, 1, 3600, 800, 128), (1, 2, 3600, 720, 136)");
	put_run(database, 100, 0, 0, 0);
	/* widest zone of the node for each CPU, and 8 KiB; all zones for each CPU, and 80 KiB */
	view_expect(database, "42|68",
		    "SELECT max(CASE class WHEN 'slab' THEN counter_bound_bytes END) / 4096,"
		    " max(CASE class WHEN 'free' THEN counter_bound_bytes END) / 4096 FROM page_class WHERE "
		    "snapshot_id = 1");
}

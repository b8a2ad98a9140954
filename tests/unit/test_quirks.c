/* What breaks naive readers of kernel files, through the whole import: each clause of the list of quirks has
 * a test by name, here, in test_quirks_archive.c, or in the file that is named.  (captures: what real ones
 * say is in capture_facts.def.)
 *
 * 1   stat: comm with blanks and parentheses stat_with_a_name_that_looks_like_columns_names_its_process 42,
 * 44 or 52 columns                          stat_of_42_of_44_and_of_52_columns_are_processes junk behind the
 * first line                    junk_behind_the_line_of_stat_is_said_and_the_process_stays rss of stat and
 * statm differ by a page        stat_and_statm_a_page_apart_are_both_kept 2   folders that are threads
 * folders_of_threads_are_no_processes_of_their_own empty folders quirks_archive:
 * an_empty_folder_of_a_process_is_no_process PIDs above 2^15 and 2^20
 * numbers_of_processes_go_up_to_seven_digits any subset of files a_folder_with_any_of_its_files_is_a_process
 * 3   smaps: 0 bytes for two reasons an_empty_smaps_tells_nothing_of_a_process_and_a_kernel_thread_needs_none
 *     without Pss                                   smaps_without_pss_gives_an_rss_and_no_pss
 *     Name: lines, names, fields without kB         names_of_mappings_hold_anything_and_fields_need_no_unit
 *     sum of VMAs, rollup and VmRSS differ          three_sums_of_one_process_are_kept_and_the_rollup_counts
 *     hugetlb outside of Rss                        huge_pages_of_a_process_are_not_in_its_rss
 *     Locked equals Pss on 4.14 and 4.15            locked_that_is_pss_is_kept_as_it_stands
 * 4   meminfo: 28 lines                             parse_foreign:
 * meminfo_of_2_6_18_has_28_lines_and_no_shmem any order, no kB, parentheses
 * meminfo_in_any_order_has_the_same_numbers above 2^32 kB                                 parse_foreign:
 * meminfo_of_400_terabytes_is_kept without MemAvailable, Shmem, KernelStack
 * what_meminfo_does_not_print_is_unknown_and_not_zero faked by lxcfs derive_captures:
 * a_ledger_inside_a_container_takes_what_lxcfs_does_not_fake nodes' sum above or below
 * nodes_may_have_more_or_less_than_the_machine missing altogether
 * without_meminfo_the_nodes_tell_how_much_ram_there_is 5   nr_kernel_stack in stacks or kB
 * nr_kernel_stack_is_kept_in_the_unit_of_its_kernel parse_foreign: vmstat_before_4_8_counts_stacks_in_stacks
 * 6   zoneinfo: empty, Movable and Device zones     parse_zones: zoneinfo_empty_zone_is_a_row_of_zeros
 *     sparse nodes                                  nodes_need_not_be_numbered_in_a_row
 *     pages free, no managed before 3.8             parse_foreign: zoneinfo_before_3_8_has_no_managed_pages
 * 7   slabinfo: long names, (DMA), addresses        parse_system:
 * slabinfo_names_may_be_long_and_hold_blanks_and_colons SLAB has tunables, SLUB zeros parse_system:
 * slabinfo_tunables_of_slab_are_not_zero 8   kpagecount below zero                         page_dump:
 * counts_below_zero_are_free_or_typed_frames_and_no_mappings BUDDY and SLAB on heads only page_dump:
 * neighbours_that_are_free_blocks_of_their_own_show_nothing read seconds apart page_dump:
 * a_frame_that_is_free_and_mapped_is_free NOPAGE before RAM                             page_dump:
 * ram_may_begin_at_a_gibibyte 9   v1 without a limit, four numbers no_limit_of_version_1_has_four_numbers v2:
 * max                                       no_limit_of_version_2_is_a_word the v2 root has no memory.current
 * the_root_of_version_2_has_no_usage 10  not hierarchical                              views:
 * v1_group_without_use_hierarchy_has_all_to_itself racing reads
 * a_group_below_may_have_more_than_the_one_above empty files a_group_of_empty_files_has_no_numbers leaf-only
 * trees                               quirks_archive: a_tree_of_one_leaf_has_one_group symlinked controllers
 * quirks_archive: linked_controllers_are_no_groups \x2d and @ in names quirks_archive:
 * names_of_units_are_kept_as_they_are v1 at /cgroup, hybrid                         quirks_archive:
 * version_1_at_cgroup_..., hybrid_... 11  files padded with NUL, without newlines       import_foreign:
 * sysfs_in_whole_pages_and_files_without_newlines_have_their_numbers 0 bytes because only written to
 * quirks_archive: files_that_are_only_written_to_are_no_finding 12  smemcap quirks_archive: smemcap_...,
 * import_foreign: ..._smemcap_... 13  GNU long names, pax, ustar prefix, top        quirks_archive:
 * every_way_to_write_a_tar_gives_the_same_capture directory, compressions zip import_foreign:
 * bombs_and_other_formats_leave_the_database_as_it_was 14  kpagecgroup that is not empty page_dump:
 * tails_have_the_flags_and_the_cgroup_of_their_head_beside_their_own a tar that smemcap produced
 * tests/live/smem.sh 64 KiB pages, s390x                           quirks_archive: pages_of_64_kib_...,
 * a_big_endian_machine_...
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/foreign_import.h"
#include "tests/support/test.h"

#define SMAPS(name, rss, pss)                                                                                \
	"00400000-00500000 r-xp 00000000 08:01 173521 " name "\nSize: 1024 kB\nRss: " rss " kB\nPss: " pss   \
	" kB\n"                                                                                              \
	"KernelPageSize: 4 kB\n"
#define STATUS(name, pid, tgid, rss)                                                                         \
	"Name:\t" name "\nState:\tS (sleeping)\nTgid:\t" tgid "\nPid:\t" pid                                 \
	"\nPPid:\t1\nVmSize:\t1024 kB\nVmRSS:\t" rss " kB\nThreads:\t1\n"
#define MEMINFO "MemTotal: 1000000 kB\nMemFree: 500000 kB\nBuffers: 1000 kB\nCached: 200000 kB\n"

static struct mr_tree tree;
static struct taken taken;

static void end(void)
{
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

static void add(const char *path, const char *text)
{
	/* of a test that failed */
	if (taken.store)
		end();
	mr_tree_add(&tree, path, text, strlen(text));
}

/* A line of stat of so many columns. */
static void add_stat(unsigned pid, const char *comm, unsigned columns, unsigned rss_pages, const char *behind)
{
	struct mr_buffer text = {0};
	char path[64];

	mr_buffer_printf(&text, "%u (%s) S 1 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 %u 8192000 %u", pid,
			 comm, 100 + pid, rss_pages);
	for (unsigned i = 24; i < columns; i++)
		mr_buffer_append_text(&text, " 0");
	mr_buffer_printf(&text, "\n%s", behind);
	snprintf(path, sizeof(path), "proc/%u/stat", pid);
	mr_tree_take(&tree, path, &text);
}

/* Import what was added. */
static void take(void)
{
	take_packed(&taken, &tree, &(struct mr_tar_way){.prefix = "host/"});
	assert_int_equal(taken.added_count, 1);
}

static void expect(const char *sql, const char *expected)
{
	expect_cell(&taken, sql, expected);
}

/* ---- 1: stat ---- */

TEST(stat_with_a_name_that_looks_like_columns_names_its_process)
{
	add_stat(7, "((a b ) ( c d) ) R 1 2", 52, 10, "");
	take();
	expect("SELECT name || '|' || state || '|' || parent_pid FROM process", "((a b ) ( c d) ) R 1 2|S|1");
	expect("SELECT count(*) FROM issue", "0");
	end();
}

TEST(stat_of_42_of_44_and_of_52_columns_are_processes)
{
	add_stat(1, "a", 42, 10, "");
	add_stat(2, "b", 44, 20, "");
	add_stat(3, "c", 52, 30, "");
	take();
	expect("SELECT group_concat(name || rss_pages) FROM process JOIN proc_stat USING (snapshot_id, pid)",
	       "a10,b20,c30");
	expect("SELECT count(*) FROM issue", "0");
	end();
}

TEST(junk_behind_the_line_of_stat_is_said_and_the_process_stays)
{
	add_stat(7, "a", 52, 10, "#!/bin/cat /proc/self/stat\n");
	take();
	expect("SELECT name FROM process", "a");
	expect("SELECT kind || ' ' || line || ' ' || text FROM issue",
	       "unknown_line 2 #!/bin/cat /proc/self/stat");
	end();
}

TEST(stat_and_statm_a_page_apart_are_both_kept)
{
	add_stat(7, "a", 52, 11, "");
	add("proc/7/statm", "2000 10 5 1 0 50 0\n");
	add("proc/7/smaps", SMAPS("/a", "40", "40"));
	take();
	expect("SELECT s.rss_pages || ' ' || m.resident_pages FROM proc_stat s JOIN proc_statm m USING "
	       "(snapshot_id, pid)",
	       "11 10");
	expect("SELECT count(*) FROM check_result WHERE verdict = 'FAIL'", "0");
	end();
}

/* ---- 2: folders of processes ---- */

TEST(folders_of_threads_are_no_processes_of_their_own)
{
	for (int i = 0; i < 10; i++) {
		char path[64];

		snprintf(path, sizeof(path), "proc/%d/statm", 7114 + i);
		mr_tree_printf(&tree, path, "200000 1000 5 1 0 50 0\n");
		snprintf(path, sizeof(path), "proc/%d/status", 7114 + i);
		mr_tree_printf(&tree, path,
			       "Name:\tJS Helper\nState:\tS (sleeping)\nTgid:\t7114\nPid:\t%d\nPPid:\t1\n"
			       "VmRSS:\t4000 kB\nThreads:\t10\n",
			       7114 + i);
	}
	take();
	expect("SELECT group_concat(pid) FROM process", "7114");
	/* they are what the capture has */
	expect("SELECT sum(resident_pages) FROM proc_statm", "10000");
	end();
}

TEST(numbers_of_processes_go_up_to_seven_digits)
{
	add_stat(32769, "a", 52, 10, "");
	add_stat(1048577, "b", 52, 10, "");
	add_stat(9876868, "c", 52, 10, "");
	take();
	expect("SELECT group_concat(pid || name) FROM process", "32769a,1048577b,9876868c");
	end();
}

TEST(a_folder_with_any_of_its_files_is_a_process)
{
	static const char *const names[] = {"statm", "status", "smaps", "stat"};

	for (unsigned files = 1; files < 16; files++) {
		unsigned pid = 100 + files;
		const char *const texts[] = {"2000 10 5 1 0 50 0\n", NULL, SMAPS("/a", "40", "40")};

		for (int i = 0; i < 3; i++) {
			char path[64];

			snprintf(path, sizeof(path), "proc/%u/%s", pid, names[i]);
			if (files >> i & 1 && texts[i])
				add(path, texts[i]);
			else if (files >> i & 1)
				mr_tree_printf(
					&tree, path,
					"Name:\tn%u\nState:\tS (sleeping)\nTgid:\t%u\nPid:\t%u\nPPid:\t1\n"
					"VmSize:\t1024 kB\nVmRSS:\t40 kB\nThreads:\t1\n",
					pid, pid, pid);
		}
		if (files & 8)
			add_stat(pid, "n", 52, 10, "");
	}
	take();
	expect("SELECT count(*) FROM process", "15");
	expect("SELECT count(*) FROM process WHERE name IS NOT NULL", "12"); /* those with stat or status */
	expect("SELECT count(*) FROM process WHERE pss_bytes IS NOT NULL", "8");
	expect("SELECT group_concat(pid) FROM process WHERE rss_source = 'stat'", "108");
	expect("SELECT count(*) FROM issue", "0");
	end();
}

/* ---- 3: smaps ---- */

TEST(an_empty_smaps_tells_nothing_of_a_process_and_a_kernel_thread_needs_none)
{
	add("proc/7/status", STATUS("a", "7", "7", "40"));
	add("proc/7/smaps", "");
	add("proc/2/status",
	    "Name:\tkthreadd\nState:\tS (sleeping)\nTgid:\t2\nPid:\t2\nPPid:\t0\nThreads:\t1\n");
	add("proc/2/smaps", "");
	take();
	expect("SELECT rss_bytes || ' ' || coalesce(pss_bytes, '?') FROM process WHERE pid = 7", "40960 ?");
	expect("SELECT is_kernel_thread || ' ' || rss_bytes || ' ' || pss_bytes FROM process WHERE pid = 2",
	       "1 0 0");
	expect("SELECT count(*) FROM issue", "0");
	end();
}

TEST(smaps_without_pss_gives_an_rss_and_no_pss)
{
	add("proc/7/smaps",
	    "00400000-00500000 r-xp 00000000 08:01 17 /a\nSize:      1024 kB\nRss:   40 kB\n"
	    "Shared_Clean:   0 kB\nShared_Dirty:   0 kB\nPrivate_Clean:   8 kB\nPrivate_Dirty:  32 kB\n");
	take();
	expect("SELECT rss_bytes || ' ' || coalesce(pss_bytes, '?') || ' ' || uss_bytes FROM process",
	       "40960 ? 40960");
	end();
}

TEST(names_of_mappings_hold_anything_and_fields_need_no_unit)
{
	add("proc/7/smaps", SMAPS("/tmp/a b: 12 kB (deleted)", "40",
				  "40") "Name:           [anon:main space: 5 kB]\nTHPeligible:    "
					"0\nProtectionKey:         0\n"
					"VmFlags: rd ex mr mw me dw sd \n" SMAPS(
						"[anon:dalvik-main space (region space)]", "60", "60"));
	take();
	expect("SELECT rss_kib || ' ' || mappings_count FROM proc_smaps_rollup", "100 2");
	expect("SELECT count(*) FROM issue", "0");
	end();
}

TEST(three_sums_of_one_process_are_kept_and_the_rollup_counts)
{
	add("proc/7/status", STATUS("a", "7", "7", "96"));
	add("proc/7/smaps", SMAPS("/a", "100", "50") SMAPS("/b", "4", "1"));
	add("proc/7/smaps_rollup",
	    "00400000-7ffff000 ---p 00000000 00:00 0          [rollup]\nRss:  108 kB\nPss:  54 kB\n");
	take();
	expect("SELECT rss_bytes || ' ' || pss_bytes || ' ' || rss_source FROM process",
	       "110592 55296 smaps_rollup");
	expect("SELECT vm_rss_kib FROM proc_status", "96");
	end();
}

TEST(huge_pages_of_a_process_are_not_in_its_rss)
{
	add("proc/7/smaps",
	    "2aaac0000000-2ab2c0000000 rw-s 00000000 00:27 17 /mnt/rtemap_1 (deleted)\n"
	    "Size: 33554432 kB\nRss: 0 kB\nPss: 0 kB\nShared_Hugetlb: 33554432 kB\nPrivate_Hugetlb: 0 kB\n"
	    "KernelPageSize: 1048576 kB\nVmFlags: rd wr sh mr mw me ms de ht");
	take();
	expect("SELECT rss_bytes || ' ' || pss_bytes || ' ' || hugetlb_bytes FROM process",
	       "0 0 34359738368");
	/* pages of a pool are no pages of the machine */
	expect("SELECT page_size_bytes FROM capture_meta", "NULL");
	end();
}

TEST(locked_that_is_pss_is_kept_as_it_stands)
{
	add("proc/7/smaps", SMAPS("/a", "128", "64") "Locked: 64 kB\n");
	take();
	expect("SELECT locked_kib || ' ' || pss_kib FROM proc_smaps_rollup", "64 64");
	expect("SELECT count(*) FROM issue", "0");
	end();
}

/* ---- 4: meminfo ---- */

TEST(meminfo_in_any_order_has_the_same_numbers)
{
	add("proc/meminfo", "HugePages_Total:    2048\nActive(anon): 7 kB\nCached: 200 kB\nMemFree: 500 kB\n"
			    "Hugepagesize: 2048 kB\nMemTotal: 1000 kB\n");
	take();
	expect("SELECT mem_total_kib || ' ' || mem_free_kib || ' ' || cached_kib || ' ' || active_anon_kib "
	       "|| ' ' ||"
	       " huge_pages_total_hugepages FROM proc_meminfo",
	       "1000 500 200 7 2048");
	expect("SELECT count(*) FROM issue", "0");
	end();
}

TEST(what_meminfo_does_not_print_is_unknown_and_not_zero)
{
	add("proc/meminfo", MEMINFO);
	take();
	expect("SELECT coalesce(mem_available_kib, shmem_kib, kernel_stack_kib, s_reclaimable_kib) FROM "
	       "proc_meminfo",
	       "NULL");
	expect("SELECT coalesce(shmem_bytes, kernel_stacks_bytes, slab_bytes) FROM system", "NULL");
	end();
}

TEST(nodes_may_have_more_or_less_than_the_machine)
{
	static const char *const totals[] = {"600000", "300000"};

	for (int i = 0; i < 2; i++) {
		add("proc/meminfo", MEMINFO);
		mr_tree_printf(&tree, "sys/devices/system/node/node0/meminfo",
			       "Node 0 MemTotal: %s kB\nNode 0 MemFree: 1 kB\n", totals[i]);
		mr_tree_printf(&tree, "sys/devices/system/node/node1/meminfo",
			       "Node 1 MemTotal: %s kB\nNode 1 MemFree: 1 kB\n", totals[i]);
		take();
		expect("SELECT mem_total_kib FROM proc_meminfo", "1000000");
		expect("SELECT sum(mem_total_kib) FROM node_meminfo", i ? "600000" : "1200000");
		end();
	}
}

TEST(without_meminfo_the_nodes_tell_how_much_ram_there_is)
{
	add("sys/devices/system/node/node0/meminfo",
	    "Node 0 MemTotal: 600000 kB\nNode 0 MemFree: 100000 kB\n");
	add("sys/devices/system/node/node1/meminfo",
	    "Node 1 MemTotal: 400000 kB\nNode 1 MemFree: 200000 kB\n");
	take();
	expect("SELECT mem_total_kib || ' ' || mem_free_kib || ' ' || derived FROM proc_meminfo",
	       "1000000 300000 node meminfo");
	end();
}

/* ---- 5, 6: counters and zones ---- */

TEST(nr_kernel_stack_is_kept_in_the_unit_of_its_kernel)
{
	/* 827 stacks of 16 KiB */
	add("proc/meminfo", MEMINFO "KernelStack: 13232 kB\n");
	add("proc/vmstat", "nr_free_pages 125000\nnr_kernel_stack 827\nnr_page_table_pages 10\n");
	add("proc/sys/kernel/osrelease", "4.5.0\n");
	take();
	expect("SELECT kernel_stacks_bytes / 1024 FROM system", "13232");
	expect("SELECT count(*) FROM check_result WHERE verdict = 'FAIL'", "0");
	end();
}

#define ZONE(node, zone)                                                                                     \
	"Node " node ", zone " zone                                                                          \
	"\n  pages free     100\n        min      1\n        low      2\n        high     3\n"               \
	"        scanned  0\n        spanned  200\n        present  200\n    nr_free_pages 100\n"

TEST(nodes_need_not_be_numbered_in_a_row)
{
	add("proc/zoneinfo", ZONE("0", "Normal") ZONE("33", "Normal") ZONE("72", "Movable"));
	add("sys/devices/system/node/node33/meminfo",
	    "Node 33 MemTotal: 600000 kB\nNode 33 MemFree: 100000 kB\n");
	take();
	expect("SELECT group_concat(node || zone) FROM (SELECT * FROM proc_zoneinfo ORDER BY node)",
	       "0Normal,33Normal,72Movable");
	expect("SELECT count(managed_pages) FROM proc_zoneinfo", "0");
	expect("SELECT node FROM node_meminfo", "33");
	end();
}

/* ---- 9, 10: groups ---- */

TEST(no_limit_of_version_1_has_four_numbers)
{
	static const char *const limits[] = {"9223372036854775807", "18446744073709551615",
					     "9223372036854771712", "9223372036854710272"};

	for (int i = 0; i < 4; i++) {
		char path[64];

		snprintf(path, sizeof(path), "sys/fs/cgroup/memory/g%d/memory.limit_in_bytes", i);
		mr_tree_printf(&tree, path, "%s\n", limits[i]);
		snprintf(path, sizeof(path), "sys/fs/cgroup/memory/g%d/memory.usage_in_bytes", i);
		add(path, "4096\n");
	}
	add("sys/fs/cgroup/memory/h/memory.limit_in_bytes", "1073741824\n");
	add("sys/fs/cgroup/memory/h/memory.usage_in_bytes", "4096\n");
	take();
	expect("SELECT count(*) FROM cgroup WHERE limit_unlimited = 1 AND limit_bytes IS NULL", "4");
	expect("SELECT limit_bytes || ' ' || limit_unlimited FROM cgroup WHERE path = '/h'", "1073741824 0");
	expect("SELECT count(*) FROM issue", "0");
	end();
}

TEST(no_limit_of_version_2_is_a_word)
{
	add("sys/fs/cgroup/a/memory.max", "max\n");
	add("sys/fs/cgroup/a/memory.current", "4096\n");
	add("sys/fs/cgroup/b/memory.max", "0\n");
	add("sys/fs/cgroup/b/memory.current", "4096\n");
	take();
	expect("SELECT group_concat(path || coalesce(limit_bytes, '?') || limit_unlimited) FROM cgroup",
	       "/a?1,/b00");
	end();
}

TEST(the_root_of_version_2_has_no_usage)
{
	add("sys/fs/cgroup/cgroup.stat", "nr_descendants 1\nnr_dying_descendants 0\n");
	add("sys/fs/cgroup/a/memory.current", "4096\n");
	take();
	expect("SELECT coalesce(usage_bytes, '?') FROM cgroup WHERE path = '/'", "?");
	expect("SELECT usage_bytes FROM cgroup WHERE path = '/a'", "4096");
	end();
}

TEST(a_group_below_may_have_more_than_the_one_above)
{
	add("sys/fs/cgroup/a/memory.current", "140779520\n");
	add("sys/fs/cgroup/a/b/memory.current", "748462080\n");
	take();
	expect("SELECT own_usage_bytes FROM cgroup WHERE path = '/a'", "-607682560");
	end();
}

TEST(a_group_of_empty_files_has_no_numbers)
{
	add("sys/fs/cgroup/memory/a/memory.usage_in_bytes", "");
	add("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "");
	add("sys/fs/cgroup/memory/a/memory.force_empty", "");
	add("sys/fs/cgroup/memory/b/memory.usage_in_bytes", "4096\n");
	take();
	expect("SELECT group_concat(path) FROM cgroup WHERE usage_bytes IS NOT NULL", "/b");
	expect("SELECT coalesce(sum(usage_bytes), 0) FROM cgroup WHERE path = '/a'", "0");
	/* what is only written to is empty for everybody */
	expect("SELECT count(*) FROM issue WHERE kind = 'empty_file'", "2");
	end();
}

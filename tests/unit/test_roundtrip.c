/* Each kind of file into rows and back: the rows give back what the file has, and a cell that somebody
 * changed in the database, a row that is gone or one that no file has is found. */
#include <stdio.h>
#include <string.h>

#include "analyze/roundtrip/roundtrip.h"
#include "analyze/store/read_back.h"
#include "schema/base/buffer.h"
#include "tests/support/test.h"
#include "tests/support/view_database.h"

/* One capture in a database in memory, as snapshot 1, and its files once more. */
struct world {
	struct mr_store *store;
	struct mr_roundtrip *trip;
	const char *path;
	int64_t reading;
};

#define FILES_MAX 4

struct file {
	const char *path, *text;
	int64_t reading;
};

static const struct mr_mounts mounts = {"sys/fs/cgroup/memory", "sys/fs/cgroup/unified"};

static int put_row(void *context, const struct mr_row *row)
{
	struct world *world = context;
	struct mr_error error = {0};

	if (!mr_store_has_table(row->table))
		return 0;
	assert_int_equal(mr_store_put_row(world->store, 1, world->reading, row, &error), 0);
	return 0;
}

static int put_issue(void *context, const struct mr_issue *issue)
{
	struct world *world = context;
	struct mr_error error = {0};

	assert_int_equal(mr_store_put_issue(world->store, 1, world->path, issue, &error), 0);
	return 0;
}

static struct mr_match match_of(const char *path)
{
	struct mr_match match;

	assert_true(strncmp(path, "foreign:", 8) ? mr_source_match(path, &mounts, &match)
						 : mr_foreign_match(path + 8, &mounts, &match));
	return match;
}

static const char *kernel_path(const char *path)
{
	return path + (strncmp(path, "foreign:", 8) ? 0 : 8);
}

static void parse(struct world *world, const struct file *file)
{
	const struct mr_match match = match_of(file->path);
	const struct mr_sink sink = {.context = world, .row = put_row, .issue = put_issue};
	const struct mr_parse_input input = {.match = &match,
					     .path = kernel_path(file->path),
					     .text = file->text,
					     .length_bytes = strlen(file->text)};

	world->path = kernel_path(file->path);
	world->reading = file->reading;
	assert_int_equal(mr_parse(&input, &sink), 0);
}

static int add_row(void *context, int64_t reading, const struct mr_row *row)
{
	struct world *world = context;

	return mr_roundtrip_add_row(world->trip, reading, row);
}

static int add_issue(void *context, const char *path, const struct mr_issue *issue)
{
	struct world *world = context;

	return mr_roundtrip_add_issue(world->trip, path, issue->kind, issue->line);
}

static void compare(struct world *world, const struct file *file)
{
	const struct mr_match match = match_of(file->path);
	const struct mr_trip_file shown = {.match = &match,
					   .path = kernel_path(file->path),
					   .member = kernel_path(file->path),
					   .reading = file->reading,
					   .text = file->text,
					   .length_bytes = strlen(file->text)};

	assert_int_equal(mr_roundtrip_file(world->trip, &shown), 0);
}

/* Parse the files, run @sql, and compare them with what the database then has. */
static struct world travel(const struct file *files, const char *sql)
{
	struct world world = {0};
	struct mr_error error = {0};
	const struct mr_read_back reader = {.context = &world, .row = add_row, .issue = add_issue};

	assert_int_equal(mr_store_open(":memory:", MR_STORE_MEMORY, &world.store, &error), 0);
	view_snapshot(mr_store_handle(world.store), 1);
	assert_int_equal(mr_store_begin(world.store, &error), 0);
	for (size_t i = 0; i < FILES_MAX && files[i].path; i++)
		parse(&world, &files[i]);
	assert_int_equal(mr_store_commit(world.store, &error), 0);
	if (sql)
		view_run(mr_store_handle(world.store), "%s", sql);
	world.trip = mr_roundtrip_create();
	assert_non_null(world.trip);
	assert_int_equal(mr_store_read_back(world.store, 1, &reader, &error), 0);
	for (size_t i = 0; i < FILES_MAX && files[i].path; i++)
		compare(&world, &files[i]);
	assert_int_equal(mr_roundtrip_conclude(world.trip), 0);
	return world;
}

static void end(struct world *world)
{
	mr_roundtrip_destroy(world->trip);
	mr_store_close(world->store);
}

#define _cleanup_world_ __attribute__((cleanup(end)))

static const char *or_nothing(const char *text)
{
	return text ? text : "-";
}

static void expect_counts(const struct world *world, int64_t numbers, int64_t texts, int64_t sums)
{
	struct mr_trip_finding finding;

	if (mr_roundtrip_finding(world->trip, 0, &finding))
		fail_msg("%s:%lu %s: %s, rows %s", finding.path, finding.line, or_nothing(finding.key),
			 or_nothing(finding.file), or_nothing(finding.rows));
	assert_int_equal(mr_roundtrip_count(world->trip, MR_TRIP_NUMBERS), numbers);
	assert_int_equal(mr_roundtrip_count(world->trip, MR_TRIP_TEXTS), texts);
	assert_int_equal(mr_roundtrip_count(world->trip, MR_TRIP_SUMS), sums);
	assert_int_equal(mr_roundtrip_count(world->trip, MR_TRIP_DIFFERENT), 0);
}

/* The file comes back, with so many numbers, texts and sums. */
static void expect_same(const char *path, const char *text, int64_t numbers, int64_t texts, int64_t sums)
{
	const struct file files[FILES_MAX] = {{path, text}};
	_cleanup_world_ struct world world = travel(files, NULL);

	expect_counts(&world, numbers, texts, sums);
}

/* After @sql there is one difference: "LINE KEY: FILE, rows ROWS". */
static void expect_found(const char *path, const char *text, const char *sql, const char *expected)
{
	const struct file files[FILES_MAX] = {{path, text}};
	_cleanup_world_ struct world world = travel(files, sql);
	struct mr_trip_finding finding;
	char found[512];

	assert_true(mr_roundtrip_finding(world.trip, 0, &finding));
	snprintf(found, sizeof(found), "%lu %s: %s, rows %s", finding.line, or_nothing(finding.key),
		 or_nothing(finding.file), or_nothing(finding.rows));
	assert_string_equal(found, expected);
}

static int64_t count_after(const char *path, const char *text, const char *sql, enum mr_trip_count count)
{
	const struct file files[FILES_MAX] = {{path, text}};
	_cleanup_world_ struct world world = travel(files, sql);

	return mr_roundtrip_count(world.trip, count);
}

/* ---- keys and values ---- */

static const char meminfo[] = "MemTotal:        4026036 kB\n"
			      "MemFree:          127976 kB\n"
			      "HugePages_Total:       2\n";

TEST(sizes_come_back_with_their_unit_and_counts_without)
{
	expect_same("proc/meminfo", meminfo, 3, 0, 0);
}

TEST(a_changed_size_is_found_with_its_line)
{
	expect_found("proc/meminfo", meminfo, "UPDATE proc_meminfo SET mem_free_kib = 127977",
		     "2 MemFree: 127976 kB, rows 127977 kB");
}

TEST(a_size_that_is_gone_is_found)
{
	expect_found("proc/meminfo", meminfo, "UPDATE proc_meminfo SET mem_free_kib = NULL",
		     "2 MemFree: 127976 kB, rows -");
}

TEST(an_absent_size_that_became_0_is_found)
{
	expect_found("proc/meminfo", meminfo, "UPDATE proc_meminfo SET cached_kib = 0",
		     "0 cached_kib: -, rows 0");
}

TEST(a_row_that_is_gone_is_found)
{
	assert_int_equal(count_after("proc/meminfo", meminfo, "DELETE FROM proc_meminfo", MR_TRIP_DIFFERENT),
			 3);
}

TEST(a_row_of_another_reading_is_no_row_of_this_one)
{
	const struct file files[FILES_MAX] = {{"proc/meminfo", meminfo, 0}, {"proc/meminfo", meminfo, 2}};
	_cleanup_world_ struct world same = travel(files, NULL);
	_cleanup_world_ struct world moved =
		travel(files, "UPDATE proc_meminfo SET reading = 1 WHERE reading = 2");

	expect_counts(&same, 6, 0, 0);
	/* three that are gone, three that no file has */
	assert_int_equal(mr_roundtrip_count(moved.trip, MR_TRIP_DIFFERENT), 6);
}

TEST(what_is_no_number_is_told_as_an_issue_and_differs_when_nobody_told)
{
	static const char text[] = "MemTotal: 12 kB\nMemFree: many kB\nNew: 1 kB\n";

	assert_int_equal(count_after("proc/meminfo", text, NULL, MR_TRIP_TOLD_AS_ISSUE), 2);
	assert_int_equal(count_after("proc/meminfo", text, NULL, MR_TRIP_DIFFERENT), 0);
	assert_int_equal(count_after("proc/meminfo", text, "DELETE FROM issue", MR_TRIP_DIFFERENT), 2);
	expect_found("proc/meminfo", text, "DELETE FROM issue WHERE line = 3", "3 New: 1 kB, rows -");
}

TEST(of_a_key_that_is_printed_twice_the_first_value_was_replaced)
{
	static const char text[] = "MemTotal: 12 kB\nMemTotal: 13 kB\n";

	assert_int_equal(count_after("proc/meminfo", text, NULL, MR_TRIP_REPLACED), 1);
	assert_int_equal(count_after("proc/meminfo", text, NULL, MR_TRIP_DIFFERENT), 0);
	assert_int_equal(count_after("proc/meminfo", text, "UPDATE proc_meminfo SET mem_total_kib = 12",
				     MR_TRIP_DIFFERENT),
			 1);
}

TEST(numbers_beyond_what_a_column_holds_are_told_as_issues)
{
	static const char text[] = "MemTotal: 99999999999999999999999 kB\nMemFree: 9007199254740993 kB\n";

	assert_int_equal(count_after("proc/meminfo", text, NULL, MR_TRIP_TOLD_AS_ISSUE), 2);
	assert_int_equal(count_after("proc/meminfo", text, NULL, MR_TRIP_DIFFERENT), 0);
}

TEST(the_same_number_with_zeros_in_front_is_spelled_otherwise)
{
	assert_int_equal(count_after("proc/vmstat", "nr_free_pages 007\n", NULL, MR_TRIP_SPELLED), 1);
	assert_int_equal(count_after("proc/vmstat", "nr_free_pages 007\n", NULL, MR_TRIP_DIFFERENT), 0);
	assert_int_equal(count_after("proc/vmstat", "nr_free_pages 70\n",
				     "UPDATE proc_vmstat SET nr_free_pages = 7", MR_TRIP_DIFFERENT),
			 1);
}

TEST(a_status_comes_back_and_its_texts_too)
{
	static const char text[] = "Name:\tcat\nTgid:\t7\nNSpid:\t7\t1\nVmRSS:\t    1664 kB\n";

	expect_same("proc/7/status", text, 2, 1, 0);
	expect_found("proc/7/status", text, "UPDATE proc_status SET ns_pid = '7\t2'",
		     "3 NSpid: 7\\x091, rows 7\\x092");
	assert_int_equal(count_after("proc/7/status", text, NULL, MR_TRIP_NO_COLUMN), 1);
}

TEST(a_node_has_its_sizes_behind_its_number)
{
	static const char text[] = "Node 1 MemTotal:  100 kB\nNode 1 MemFree:  50 kB\n";

	expect_same("sys/devices/system/node/node1/meminfo", text, 2, 0, 0);
	expect_found("sys/devices/system/node/node1/meminfo", text,
		     "UPDATE node_meminfo SET mem_free_kib = 51", "2 MemFree: 50 kB, rows 51 kB");
}

/* ---- files of one value ---- */

TEST(files_of_one_folder_make_one_row_and_all_of_them_come_back)
{
	const struct file files[FILES_MAX] = {
		{"sys/fs/cgroup/unified/a/memory.current", "4096\n"},
		{"sys/fs/cgroup/unified/a/memory.max", "max\n"},
		{"sys/fs/cgroup/unified/a/memory.high", "8192\n"},
	};
	_cleanup_world_ struct world world = travel(files, NULL);

	expect_counts(&world, 2, 0, 0);
	assert_int_equal(mr_roundtrip_count(world.trip, MR_TRIP_NO_LIMIT), 1);
}

TEST(a_limit_that_became_none_and_none_that_became_a_limit_are_found)
{
	const char *path = "sys/fs/cgroup/unified/a/memory.max";

	expect_found(path, "max\n", "UPDATE cgroup2_memory SET max_unlimited = 0",
		     "1 memory.max: max, rows a limit");
	expect_found(path, "max\n", "UPDATE cgroup2_memory SET max_bytes = 5",
		     "1 memory.max: max, rows a limit and none");
	expect_found(path, "8192\n", "UPDATE cgroup2_memory SET max_unlimited = 1",
		     "1 memory.max: 8192, rows a limit and none");
	expect_found(path, "8192\n", "UPDATE cgroup2_memory SET max_unlimited = NULL",
		     "1 memory.max: 8192, rows -");
	expect_found(path, "8192\n", "UPDATE cgroup2_memory SET max_bytes = NULL",
		     "1 memory.max: 8192, rows -");
}

TEST(no_limit_is_spelled_by_each_kernel_in_its_own_way)
{
	static const char *const texts[] = {"9223372036854775807\n", "18446744073709551615\n",
					    "9223372036854771712\n", "9223372036854710272\n"};

	for (size_t i = 0; i < 4; i++) {
		const char *path = "sys/fs/cgroup/memory/a/memory.limit_in_bytes";

		assert_int_equal(count_after(path, texts[i], NULL, MR_TRIP_NO_LIMIT), 1);
		assert_int_equal(count_after(path, texts[i], NULL, MR_TRIP_DIFFERENT), 0);
	}
}

TEST(a_setting_comes_back_as_text)
{
	expect_same("proc/sys/vm/overcommit_ratio", "50\n", 0, 1, 0);
	expect_found("proc/sys/vm/overcommit_ratio", "50\n", "UPDATE setting SET value = '51'",
		     "1 value: 50\\x0a, rows 51");
}

TEST(of_a_number_with_a_fraction_every_digit_counts)
{
	expect_same("proc/uptime", "86.43 77.10\n", 2, 0, 0);
	expect_found("proc/uptime", "86.43 77.10\n", "UPDATE proc_uptime SET uptime_seconds = 86.431",
		     "1 1: 86.43, rows 86.430999999999997");
}

/* ---- columns ---- */

TEST(columns_come_back_by_their_position)
{
	static const char text[] = "1001 200 30 1 0 40 0\n";

	expect_found("proc/1/statm", text, "UPDATE proc_statm SET resident_pages = 201",
		     "1 2: 200, rows 201");
	assert_int_equal(count_after("proc/1/statm", text, NULL, MR_TRIP_DIFFERENT), 0);
}

TEST(a_name_with_parentheses_and_newlines_is_found_by_what_the_row_has)
{
	static const char text[] =
		"7 (a) R (b\n)) S 1 7 7 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 3 0 55 8192 2 "
		"18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

	assert_int_equal(count_after("proc/7/stat", text, NULL, MR_TRIP_DIFFERENT), 0);
	expect_found("proc/7/stat", text, "UPDATE proc_stat SET comm = 'a) R (c'",
		     "1 comm: 7 (a) R (b\\x0a)) S 1 7 7 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 3 0 55 8192 2 "
		     "18446744073709551615 1 1 0 0..., rows -");
	expect_found("proc/7/stat", text, "UPDATE proc_stat SET minflt_count = 101", "2 10: 100, rows 101");
}

TEST(lines_below_a_header_come_back_by_the_key_that_it_names)
{
	static const char text[] = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
				   "/swap\\040file     file\t\t1024\t\t12\t\t-2\n";

	expect_same("proc/swaps", text, 3, 2, 0);
	expect_found("proc/swaps", text, "UPDATE proc_swaps SET used_kib = 13", "2 Used: 12, rows 13");
	assert_int_equal(count_after("proc/swaps", text, "DELETE FROM proc_swaps", MR_TRIP_DIFFERENT), 5);
}

TEST(a_row_that_no_line_has_is_found)
{
	static const char text[] = "Filename\tType\tSize\tUsed\tPriority\n/swap file 1024 12 -2\n";

	assert_int_equal(count_after("proc/swaps", text,
				     "INSERT INTO proc_swaps (snapshot_id, filename, size_kib, reading)"
				     " VALUES (1, '/other', 7, 0)",
				     MR_TRIP_DIFFERENT),
			 1);
}

TEST(slab_caches_come_back_with_names_that_hold_blanks)
{
	static const char text[] =
		"slabinfo - version: 2.1\n"
		"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables "
		"<limit> "
		"<batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n"
		"odd cache(DMA)       9     18    192   21    1 : tunables    0    0    0 : slabdata      1  "
		"    1      0\n";

	expect_same("proc/slabinfo", text, 11, 1, 0);
	expect_found("proc/slabinfo", text, "UPDATE proc_slabinfo SET num_objs_count = 19",
		     "3 num_objs: 18, rows 19");
}

TEST(the_processes_of_a_group_come_back_one_row_each)
{
	const char *path = "sys/fs/cgroup/unified/a/cgroup.procs";

	expect_same(path, "12\n13\n", 2, 0, 0);
	expect_found(path, "12\n13\n", "UPDATE cgroup_procs SET pid = 14 WHERE pid = 13", "2 -: 13, rows -");
	expect_found(path, "12\n13\n", "INSERT INTO cgroup_procs VALUES (1, 2, '/a', 99, 0)",
		     "0 hierarchy: -, rows 2");
}

/* ---- irregular files ---- */

static const char zoneinfo[] = "Node 0, zone   Normal\n"
			       "  per-node stats\n"
			       "      nr_inactive_anon 2297\n"
			       "  pages free     34683\n"
			       "        min      502\n"
			       "        high     700\n"
			       "        protection: (0, 2959)\n"
			       "  pagesets\n"
			       "    cpu: 0\n"
			       "              count: 3762\n"
			       "              high:  4000\n"
			       "  vm stats threshold: 24\n"
			       "  start_pfn:           1048576\n";

TEST(a_zone_comes_back_from_its_three_tables)
{
	expect_same("proc/zoneinfo", zoneinfo, 8, 1, 0);
	expect_found("proc/zoneinfo", zoneinfo, "UPDATE proc_zoneinfo SET high_pages = 4000",
		     "6 high: 700, rows 4000");
	expect_found("proc/zoneinfo", zoneinfo, "UPDATE proc_zoneinfo_pageset SET high_pages = 700",
		     "11 high: 4000, rows 700");
	expect_found("proc/zoneinfo", zoneinfo, "UPDATE proc_zoneinfo_node SET nr_inactive_anon_pages = 1",
		     "3 nr_inactive_anon: 2297, rows 1");
}

TEST(free_blocks_come_back_by_zone_and_order)
{
	static const char text[] = "Node 0, zone      DMA      1      0      2\n";

	expect_same("proc/buddyinfo", text, 3, 0, 0);
	expect_found("proc/buddyinfo", text,
		     "UPDATE proc_buddyinfo SET blocks_count = 5 WHERE order_number = 2",
		     "1 blocks: 2, rows 5");
}

TEST(pressure_comes_back_by_share)
{
	static const char text[] = "some avg10=0.12 avg60=0.00 avg300=0.00 total=12345\n"
				   "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";

	expect_same("proc/pressure/memory", text, 8, 0, 0);
	expect_found("proc/pressure/memory", text,
		     "UPDATE proc_pressure SET avg10_pct = 0.13 WHERE share = 'some'",
		     "1 avg10: 0.12, rows 0.13");
}

TEST(sockets_and_the_counters_of_the_kernel_come_back)
{
	expect_same("proc/net/sockstat", "TCP: inuse 1 orphan 0 tw 0 alloc 2 mem 346\n", 5, 0, 0);
	expect_same("proc/stat", "cpu  1 2 3\ncpu0 1 1 1\ncpu1 0 1 2\nbtime 1795246863\n", 1, 0, 1);
	expect_found("proc/stat", "cpu0 1 1 1\ncpu1 0 1 2\nbtime 5\n",
		     "UPDATE proc_kernel_stat SET cpus_count = 3", "3 cpuN: 2, rows 3");
}

TEST(a_range_of_addresses_comes_back_as_a_line)
{
	static const char text[] = "00100000-bfffffff : System RAM\n  01000000-01ffffff : Kernel code\n";

	expect_same("proc/iomem", text, 6, 2, 0);
	expect_found("proc/iomem", text, "UPDATE proc_iomem SET depth = 0 WHERE line_number = 2",
		     "2 -:   01000000-01ffffff : Kernel code, rows 01000000-01ffffff : Kernel code");
	expect_found("proc/iomem", text, "UPDATE proc_iomem SET end_address = 1 WHERE line_number = 1",
		     "1 -: 00100000-bfffffff : System RAM, rows 00100000-00000001 : System RAM");
}

TEST(the_groups_of_a_process_come_back)
{
	static const char text[] = "4:cpu,memory:/a:b\n1:name=systemd:/init\n0::/c\n";

	expect_same("proc/9/cgroup", text, 0, 2, 0);
	expect_found("proc/9/cgroup", text, "UPDATE proc_cgroup SET cgroup2_path = '/d'", "3 0: /c, rows /d");
}

/* ---- sums ---- */

TEST(areas_are_added_up_by_caller_again)
{
	static const char text[] =
		"0xffffc90000000000-0xffffc90000005000   20480 one+0x94/0x3e0 pages=4 vmalloc N0=4\n"
		"0xffffc90000008000-0xffffc9000000d000   20480 one+0x94/0x3e0 pages=4 vmalloc N0=4\n"
		"0xffffc90000010000-0xffffc90000012000    8192 two+0x1/0x2 [module] ioremap\n"
		"0xffffc90000020000-0xffffc90000022000    8192 unpurged vm_area\n";

	expect_same("proc/vmallocinfo", text, 0, 0, 7);
	expect_found("proc/vmallocinfo", text,
		     "UPDATE proc_vmallocinfo SET size_bytes = 40961 WHERE areas_count = 2",
		     "4 size: 40960, rows 40961");
}

static const char smaps[] =
	"00400000-0040b000 r-xp 00000000 08:01 1234   /bin/cat\n"
	"Size:                 44 kB\nKernelPageSize:        4 kB\nRss:                  40 kB\n"
	"Pss:                  20 kB\nVmFlags: rd ex mr mw me\n"
	"7ffe0000-7ffe2000 rw-p 00000000 00:00 0   [stack]\n"
	"Size:                  8 kB\nKernelPageSize:        4 kB\nRss:                   8 kB\n"
	"Pss:                   8 kB\nVmFlags: rd wr\n";

TEST(mappings_are_added_up_again)
{
	/* and that it was made of them */
	expect_same("foreign:proc/5/smaps", smaps, 0, 1, 5);
	expect_found("foreign:proc/5/smaps", smaps, "UPDATE proc_smaps_rollup SET pss_kib = 29",
		     "0 Pss: 28, rows 29");
	expect_found("foreign:proc/5/smaps", smaps, "UPDATE proc_smaps_rollup SET mappings_count = 3",
		     "0 mappings: 2, rows 3");
}

TEST(mappings_beside_a_rollup_are_in_no_row)
{
	const struct file files[FILES_MAX] = {{"foreign:proc/5/smaps_rollup", "Rss:  41 kB\nPss:  27 kB\n"}};
	_cleanup_world_ struct world world = travel(files, NULL);
	const struct file file = {"foreign:proc/5/smaps", smaps, 0};

	compare(&world, &file);
	assert_int_equal(mr_roundtrip_count(world.trip, MR_TRIP_DIFFERENT), 0);
	assert_int_equal(mr_roundtrip_count(world.trip, MR_TRIP_SUMS), 0);
}

/* ---- ours and other programs' ---- */

TEST(records_with_quotes_and_newlines_come_back)
{
	static const char text[] = "path,role,pid,tid,waited_ns,name,state,wchan\n"
				   "proc/7/smaps,process,7,7,12,\"a \"\"b\"\",\nc\",D,\n";

	expect_same("capture/hung.csv", text, 3, 4, 0);
	expect_found("capture/hung.csv", text, "UPDATE capture_hung SET waited_ns = 13",
		     "2 waited_ns: 12, rows 13");
}

TEST(keys_and_values_of_the_collector_come_back)
{
	static const char text[] =
		"key,value\ncpu_user_us,12\nlongest_read_path,proc/1/smaps\npeak_rss_kib,\n";

	expect_same("capture/receipt.csv", text, 1, 1, 0);
	expect_found("capture/receipt.csv", text, "UPDATE capture_receipt SET peak_rss_kib = 0",
		     "0 peak_rss_kib: -, rows 0");
}

static const char ps[] =
	"USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n"
	"root           1  1.4  0.3 105868 13604 ?        -    18:58   0:22 /sbin/init splash\n"
	"root           -  1.4    -      -     - -        Ss   18:58   0:22 -\n"
	"root           2  0.0  0.0      0     0 ?        -    Feb 09   0:00 [kthreadd]\n"
	"root           -  0.0    -      -     - -        S    Feb 09   0:00 -\n";

TEST(what_ps_printed_comes_back)
{
	const char *path = "foreign:sos_commands/process/ps_auxwwwm";

	assert_int_equal(count_after(path, ps, NULL, MR_TRIP_DIFFERENT), 0);
	assert_int_equal(count_after(path, ps, NULL, MR_TRIP_TOLD_AS_ISSUE), 0);
	expect_found(path, ps, "UPDATE ps_process SET rss_kib = 13605 WHERE pid = 1",
		     "2 RSS: 13604, rows 13605");
	expect_found(path, ps, "UPDATE ps_process SET state = 'R' WHERE pid = 2", "5 STAT: S, rows R");
	expect_found(path, ps, "UPDATE ps_process SET is_comm = 1 WHERE pid = 1", "2 is_comm: 0, rows 1");
	expect_found(path, ps, "UPDATE ps_process SET threads_count = 2 WHERE pid = 2", "4 NLWP: 1, rows 2");
}

/* ---- many of them ---- */

TEST(differences_are_named_up_to_a_number_and_counted_beyond_it)
{
	const char *path = "sys/fs/cgroup/unified/a/cgroup.procs";
	struct mr_buffer text = {0};
	struct mr_trip_finding finding;
	size_t named = 0;

	for (int pid = 1; pid <= 100; pid++)
		mr_buffer_printf(&text, "%d\n", pid);
	const struct file files[FILES_MAX] = {{path, text.data}};
	_cleanup_world_ struct world world = travel(files, "DELETE FROM cgroup_procs");
	while (mr_roundtrip_finding(world.trip, named, &finding))
		named++;
	assert_int_equal(named, MR_TRIP_FINDINGS_MAX);
	assert_int_equal(mr_roundtrip_count(world.trip, MR_TRIP_DIFFERENT), 100);
	mr_buffer_deinit(&text);
}

TEST(what_no_row_gives_back_is_listed_by_file_and_reason)
{
	const struct file files[FILES_MAX] = {
		{"proc/7/status", "Name:\tcat\nUmask:\t0022\nVmRSS:\t 8 kB\nNew:\t1\n"}};
	_cleanup_world_ struct world world = travel(files, NULL);
	struct mr_trip_exception exception;

	assert_true(mr_roundtrip_exception(world.trip, 0, &exception));
	assert_string_equal(exception.what, "proc/{pid}/status");
	assert_int_equal(exception.reason, MR_TRIP_NO_COLUMN);
	assert_int_equal(exception.values_count, 2);
	assert_true(mr_roundtrip_exception(world.trip, 1, &exception));
	assert_int_equal(exception.reason, MR_TRIP_TOLD_AS_ISSUE);
}

/* What a foreign capture lacks, from what it has: files of a made-up capture through parsers and derive. */
#include "analyze/read/foreign/derive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/capture_sink.h"
#include "tests/support/test.h"

#define PS "sos_commands/process/ps_"

/* A capture on its way: what comes out is kept. */
struct way {
	struct mr_derive *derive;
	struct capture out;
	int fail_with; /* what the outlet says from now on */
	bool only_counts;
	size_t rollups_count; /* that came out and were not kept */
};

static int put_row(void *context, int64_t reading, const struct mr_row *row)
{
	struct way *way = context;

	assert_int_equal(reading, 0);
	if (way->only_counts) {
		way->rollups_count += !strcmp(row->table->name, "proc_smaps_rollup");
		return 0;
	}
	return way->fail_with ? way->fail_with : capture_take_row(&way->out, row);
}

static int put_issue(void *context, const char *path, const struct mr_issue *issue)
{
	struct way *way = context;

	assert_non_null(path);
	return way->fail_with ? way->fail_with : capture_take_issue(&way->out, issue);
}

static struct mr_outlet outlet_of(struct way *way)
{
	return (struct mr_outlet){.context = way, .row = put_row, .issue = put_issue};
}

static int take_row(void *context, const struct mr_row *row)
{
	struct way *way = context;
	struct mr_outlet out = outlet_of(way);

	return mr_derive_row(way->derive, row, &out);
}

static int take_issue(void *context, const struct mr_issue *issue)
{
	return put_issue(context, "", issue);
}

static int read_file(struct way *way, const char *path, const char *text)
{
	struct mr_sink sink = {.context = way, .row = take_row, .issue = take_issue};
	struct mr_match match;

	assert_true(mr_foreign_match(path, NULL, &match));
	struct mr_parse_input input = {
		.match = &match, .path = path, .text = text, .length_bytes = strlen(text)};
	return mr_parse(&input, &sink);
}

static void begin(struct way *way)
{
	*way = (struct way){.derive = mr_derive_create()};
	assert_non_null(way->derive);
}

static void file(struct way *way, const char *path, const char *text)
{
	if (!way->derive)
		begin(way);
	assert_int_equal(read_file(way, path, text), 0);
}

static void conclude(struct way *way)
{
	struct mr_outlet out = outlet_of(way);

	assert_int_equal(mr_derive_conclude(way->derive, &out), 0);
}

static void end(struct way *way)
{
	mr_derive_destroy(way->derive);
	capture_deinit(&way->out);
}

#define _cleanup_way_ __attribute__((cleanup(end)))

/* How many rows of a table came out. */
static size_t count_rows(const struct way *way, const char *table)
{
	size_t count = 0;

	for (size_t i = 0; i < way->out.row_count; i++)
		count += !strcmp(way->out.rows[i].table->name, table);
	return count;
}

/* The only row of a table with this pid. */
static size_t row_of(const struct way *way, const char *table, int64_t pid)
{
	size_t found = way->out.row_count;

	for (size_t i = 0; i < way->out.row_count; i++) {
		if (strcmp(way->out.rows[i].table->name, table) != 0 ||
		    capture_integer(&way->out, i, "pid") != pid)
			continue;
		if (found < way->out.row_count)
			fail_msg("%s has process %d twice", table, (int)pid);
		found = i;
	}
	if (found == way->out.row_count)
		fail_msg("%s has no process %d", table, (int)pid);
	return found;
}

static const char *text_in(const struct way *way, const char *table, int64_t pid, const char *column)
{
	return capture_text(&way->out, row_of(way, table, pid), column);
}

static int64_t integer_in(const struct way *way, const char *table, int64_t pid, const char *column)
{
	return capture_integer(&way->out, row_of(way, table, pid), column);
}

static bool is_null_in(const struct way *way, const char *table, int64_t pid, const char *column)
{
	return capture_is_null(&way->out, row_of(way, table, pid), column);
}

#define STATUS(name, pid)                                                                                    \
	"Name:\t" name "\nState:\tS (sleeping)\nTgid:\t" pid "\nPid:\t" pid "\nPPid:\t1\nThreads:\t4\n"
#define SMAPS "1000-2000 rw-p 0 00:00 0\nRss: 8 kB\nPss: 5 kB\nKernelPageSize: 4 kB\n"
#define STAT "7 (own) R 3 1 1 0 -1 4194304 1 0 2 0 11 12 13 14 20 0 1 0 168 313 38 1\n"

/* --- smaps --- */

TEST(smaps_stands_for_a_rollup_that_is_not_there)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "proc/7/smaps", SMAPS);
	assert_int_equal(way.out.row_count, 0);
	conclude(&way);
	assert_int_equal(count_rows(&way, "proc_smaps_rollup"), 1);
	assert_int_equal(integer_in(&way, "proc_smaps_rollup", 7, "rss_kib"), 8);
	assert_int_equal(integer_in(&way, "proc_smaps_rollup", 7, "pss_kib"), 5);
	assert_int_equal(integer_in(&way, "proc_smaps_rollup", 7, "mappings_count"), 1);
	assert_true(is_null_in(&way, "proc_smaps_rollup", 7, "swap_kib"));
	assert_string_equal(text_in(&way, "proc_smaps_rollup", 7, "derived"), "smaps");
}

TEST(a_rollup_of_its_own_is_taken_wherever_it_stands)
{
	for (int order = 0; order < 2; order++) {
		_cleanup_way_ struct way way = {0};

		if (order)
			file(&way, "proc/7/smaps", SMAPS);
		file(&way, "proc/7/smaps_rollup", "Rss: 9 kB\nPss: 6 kB\n");
		if (!order)
			file(&way, "proc/7/smaps", SMAPS);
		conclude(&way);
		assert_int_equal(count_rows(&way, "proc_smaps_rollup"), 1);
		assert_int_equal(integer_in(&way, "proc_smaps_rollup", 7, "rss_kib"), 9);
		assert_true(is_null_in(&way, "proc_smaps_rollup", 7, "derived"));
	}
}

/* --- status --- */

TEST(status_stands_for_a_stat_that_is_not_there)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "proc/7/status", STATUS("a b", "7"));
	conclude(&way);
	assert_int_equal(way.out.row_count, 2);
	assert_string_equal(text_in(&way, "proc_stat", 7, "comm"), "a b");
	assert_string_equal(text_in(&way, "proc_stat", 7, "state"), "S");
	assert_int_equal(integer_in(&way, "proc_stat", 7, "ppid"), 1);
	assert_int_equal(integer_in(&way, "proc_stat", 7, "num_threads_count"), 4);
	assert_true(is_null_in(&way, "proc_stat", 7, "start_ticks"));
	assert_string_equal(text_in(&way, "proc_stat", 7, "derived"), "status");
	assert_true(is_null_in(&way, "proc_status", 7, "derived"));
}

TEST(a_stat_of_its_own_is_taken_wherever_it_stands)
{
	for (int order = 0; order < 2; order++) {
		_cleanup_way_ struct way way = {0};

		if (order)
			file(&way, "proc/7/status", STATUS("other", "7"));
		file(&way, "proc/7/stat", STAT);
		if (!order)
			file(&way, "proc/7/status", STATUS("other", "7"));
		conclude(&way);
		assert_int_equal(count_rows(&way, "proc_stat"), 1);
		assert_string_equal(text_in(&way, "proc_stat", 7, "comm"), "own");
		assert_true(is_null_in(&way, "proc_stat", 7, "derived"));
	}
}

/* --- ps --- */

TEST(without_a_folder_below_proc_ps_stands_for_processes)
{
	_cleanup_way_ struct way way = {0};

	file(&way, PS "auxwwwm",
	     "USER PID %CPU VSZ RSS STAT START TIME COMMAND\n"
	     "root 1 1.4 105868 13604 - 18:58 0:22 /sbin/init splash\n"
	     "root - 1.4 - - Ss 18:58 0:22 -\n"
	     "root 2 0.0 0 0 - 18:58 0:00 [kthreadd]\n"
	     "root - 0.0 - - S 18:58 0:00 -\n");
	file(&way, PS "axo_group",
	     "    PID    PPID  NLWP COMMAND         CGROUP\n"
	     "      1       0     1 systemd         "
	     "6:memory:/init.scope,3:cpu,cpuacct:/init.scope,0::/init.scope\n"
	     "      2       0     1 kthreadd        -\n");
	conclude(&way);
	assert_int_equal(count_rows(&way, "ps_process"), 4);
	assert_int_equal(count_rows(&way, "proc_stat"), 2);
	/* comm is better than what is made of a command line, and two outputs had a part in the row */
	assert_string_equal(text_in(&way, "proc_stat", 1, "comm"), "systemd");
	assert_string_equal(text_in(&way, "proc_stat", 1, "state"), "S");
	assert_int_equal(integer_in(&way, "proc_stat", 1, "ppid"), 0);
	assert_string_equal(text_in(&way, "proc_stat", 1, "derived"), "ps");
	assert_string_equal(text_in(&way, "proc_stat", 2, "comm"), "kthreadd");
	assert_int_equal(integer_in(&way, "proc_status", 1, "vm_rss_kib"), 13604);
	assert_int_equal(integer_in(&way, "proc_status", 1, "vm_size_kib"), 105868);
	assert_string_equal(text_in(&way, "proc_status", 1, "derived"), "ps_auxwwwm");
	assert_int_equal(integer_in(&way, "proc_status", 2, "vm_size_kib"), 0);
	assert_string_equal(text_in(&way, "proc_cgroup", 1, "cgroup1_path"), "/init.scope");
	assert_string_equal(text_in(&way, "proc_cgroup", 1, "derived"), "ps_axo_group");
	/* ps leaves out what is "/", which it shows of another process to be in use */
	assert_string_equal(text_in(&way, "proc_cgroup", 2, "cgroup1_path"), "/");
	assert_string_equal(text_in(&way, "proc_cgroup", 2, "cgroup2_path"), "/");
}

TEST(a_name_made_of_a_command_line_is_its_last_component)
{
	_cleanup_way_ struct way way = {0};

	file(&way, PS "auxwww", "PID RSS COMMAND\n1 4 /usr/lib/postfix/sbin/master -w\n2 4 /\n3 4 -bash\n");
	conclude(&way);
	assert_string_equal(text_in(&way, "proc_stat", 1, "comm"), "master");
	assert_string_equal(text_in(&way, "proc_stat", 1, "derived"), "ps_auxwww");
	assert_string_equal(text_in(&way, "proc_stat", 2, "comm"), "/");
	assert_string_equal(text_in(&way, "proc_stat", 3, "comm"), "-bash");
	/* without a CGROUP column nothing is known of groups */
	assert_int_equal(count_rows(&way, "proc_cgroup"), 0);
}

TEST(what_only_ps_saw_between_the_copies_is_no_process)
{
	_cleanup_way_ struct way way = {0};
	char path[64];
	char text[128];

	for (int pid = 1; pid <= 9; pid++) {
		snprintf(path, sizeof(path), "proc/%d/status", pid);
		snprintf(text, sizeof(text), "Name:\ta\nState:\tS\nTgid:\t%d\nPid:\t%d\n", pid, pid);
		file(&way, path, text);
	}
	file(&way, PS "auxwww",
	     "PID RSS COMMAND\n1 4 a\n2 4 a\n3 4 a\n4 4 a\n5 4 a\n6 4 a\n7 4 a\n8 4 a\n9 4 a\n99 4 ps "
	     "auxwww\n");
	conclude(&way);
	assert_int_equal(count_rows(&way, "ps_process"), 10);
	assert_int_equal(count_rows(&way, "proc_stat"), 9);
	/* those with a status keep it */
	assert_int_equal(count_rows(&way, "proc_status"), 9);
}

TEST(processes_that_the_copy_left_out_are_those_of_ps)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "proc/1/status", STATUS("init", "1"));
	file(&way, PS "auxwww", "PID VSZ RSS COMMAND\n1 9 4 init\n2 9 4 b\n3 9 4 c\n");
	conclude(&way);
	assert_int_equal(count_rows(&way, "proc_stat"), 3);
	assert_string_equal(text_in(&way, "proc_stat", 1, "derived"), "status");
	assert_string_equal(text_in(&way, "proc_stat", 2, "derived"), "ps_auxwww");
	assert_int_equal(integer_in(&way, "proc_status", 3, "vm_rss_kib"), 4);
}

TEST(a_folder_without_stat_and_status_is_filled_from_ps)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "proc/1/smaps", SMAPS);
	file(&way, "proc/1/cgroup", "0::/own\n");
	file(&way, PS "axo", "PID RSS STAT COMMAND         CGROUP\n1   4   Ss   init            0::/of-ps\n");
	conclude(&way);
	assert_string_equal(text_in(&way, "proc_stat", 1, "comm"), "init");
	assert_int_equal(integer_in(&way, "proc_status", 1, "vm_rss_kib"), 4);
	assert_string_equal(text_in(&way, "proc_cgroup", 1, "cgroup2_path"), "/own");
	assert_int_equal(integer_in(&way, "proc_smaps_rollup", 1, "rss_kib"), 8);
}

TEST(a_status_wins_over_what_ps_said_before_it)
{
	_cleanup_way_ struct way way = {0};

	file(&way, PS "auxwww", "PID RSS STAT COMMAND\n7 4 Rl /bin/of-ps\n");
	file(&way, "proc/7/status", "Name:\town\nState:\tS (sleeping)\nTgid:\t7\nPid:\t7\n");
	file(&way, PS "alxwww", "PID PPID COMMAND\n7 5 /bin/of-ps\n");
	conclude(&way);
	assert_string_equal(text_in(&way, "proc_stat", 7, "comm"), "own");
	assert_string_equal(text_in(&way, "proc_stat", 7, "state"), "S");
	assert_true(is_null_in(&way, "proc_stat", 7, "ppid"));
	assert_string_equal(text_in(&way, "proc_stat", 7, "derived"), "status");
}

TEST(a_stat_of_a_thread_says_so)
{
	for (int order = 0; order < 2; order++) {
		_cleanup_way_ struct way way = {0};

		if (order)
			file(&way, "proc/7/stat", STAT);
		file(&way, "proc/7/status", "Name:\tSocket Thread\nState:\tS\nTgid:\t5\nPid:\t7\n");
		if (!order)
			file(&way, "proc/7/stat", STAT);
		conclude(&way);
		/* the second row has nothing else: it is added to the first */
		assert_int_equal(count_rows(&way, "proc_stat"), 2);
		size_t last = way.out.row_count - 1;
		assert_int_equal(capture_integer(&way.out, last, "pid"), 7);
		assert_int_equal(capture_integer(&way.out, last, "thread_of"), 5);
		assert_true(capture_is_null(&way.out, last, "comm"));
		assert_true(capture_is_null(&way.out, last, "derived"));
	}
}

TEST(a_folder_with_nothing_but_sizes_is_a_process_without_a_name)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "proc/1/smaps", SMAPS);
	file(&way, "proc/2/smaps_rollup", "Rss: 9 kB\n");
	file(&way, "proc/3/statm", "1 2 3 4 0 6 0\n");
	file(&way, "proc/4/oom_score", "7\n");
	conclude(&way);
	assert_int_equal(count_rows(&way, "proc_stat"), 3);
	assert_true(is_null_in(&way, "proc_stat", 1, "comm"));
	assert_true(is_null_in(&way, "proc_stat", 1, "state"));
	assert_string_equal(text_in(&way, "proc_stat", 1, "derived"), "smaps");
	assert_string_equal(text_in(&way, "proc_stat", 2, "derived"), "smaps_rollup");
	assert_string_equal(text_in(&way, "proc_stat", 3, "derived"), "statm");
}

TEST(an_excerpt_of_smaps_is_not_taken_for_the_whole)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "proc/7/smaps", "1000-2000 rw-p 0 00:00 0\nSize: 49 kB\nRss: 8 kB\n");
	file(&way, "proc/7/status", "Name:\ta\nState:\tS\nTgid:\t7\nPid:\t7\nVmSize:\t100 kB\n");
	file(&way, "proc/8/smaps", "1000-2000 rw-p 0 00:00 0\nSize: 50 kB\nRss: 8 kB\n");
	file(&way, "proc/8/status", "Name:\ta\nState:\tS\nTgid:\t8\nPid:\t8\nVmSize:\t100 kB\n");
	conclude(&way);
	assert_int_equal(count_rows(&way, "proc_smaps_rollup"), 1);
	assert_int_equal(integer_in(&way, "proc_smaps_rollup", 8, "size_kib"), 50);
	capture_assert_only_issue(&way.out, MR_ISSUE_CUT_OFF, 0);
}

TEST(a_folder_of_a_thread_gives_no_stat)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "proc/8/status", "Name:\tSocket Thread\nState:\tS\nTgid:\t7\nPid:\t8\nVmRSS:\t4 kB\n");
	conclude(&way);
	assert_int_equal(count_rows(&way, "proc_status"), 1);
	assert_int_equal(count_rows(&way, "proc_stat"), 0);
}

/* --- free --- */

TEST(free_stands_for_a_meminfo_that_is_not_there)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "sos_commands/memory/free", " total used free\nMem: 1000 1 200\nSwap: 50 1 40\n");
	assert_int_equal(way.out.row_count, 0);
	/* the same under another name is no second row */
	file(&way, "free", " total used free\nMem: 1001 1 201\n");
	conclude(&way);
	assert_int_equal(way.out.row_count, 1);
	assert_int_equal(capture_integer(&way.out, 0, "mem_total_kib"), 1000);
	assert_int_equal(capture_integer(&way.out, 0, "swap_free_kib"), 40);
	assert_true(capture_is_null(&way.out, 0, "anon_pages_kib"));
	assert_string_equal(capture_text(&way.out, 0, "derived"), "free");
}

TEST(nodes_stand_for_a_meminfo_with_free_for_what_they_lack)
{
	_cleanup_way_ struct way way = {0};
	static const char *const paths[] = {"sys/devices/system/node/node0/meminfo",
					    "sys/devices/system/node/node4/meminfo"};

	file(&way, paths[0],
	     "Node 0 MemTotal: 1000 kB\nNode 0 MemFree: 100 kB\nNode 0 SwapCached: 3 kB\nNode 0 FilePages: "
	     "200 kB\n"
	     "Node 0 AnonPages: 50 kB\nNode 0 Shmem: 7 kB\nNode 0 Slab: 9 kB\n");
	file(&way, paths[1],
	     "Node 4 MemTotal: 2000 kB\nNode 4 MemFree: 300 kB\nNode 4 SwapCached: 4 kB\nNode 4 FilePages: "
	     "500 kB\n"
	     "Node 4 AnonPages: 60 kB\nNode 4 Shmem: 0 kB\n");
	file(&way, "free",
	     " total used free shared buffers cached\nMem: 2990 1 399 6 20 650\nSwap: 80 1 70\n");
	conclude(&way);
	size_t last = way.out.row_count - 1;
	assert_int_equal(count_rows(&way, "proc_meminfo"), 1);
	assert_int_equal(capture_integer(&way.out, last, "mem_total_kib"), 2990);
	assert_int_equal(capture_integer(&way.out, last, "mem_free_kib"), 400);
	assert_int_equal(capture_integer(&way.out, last, "anon_pages_kib"), 110);
	assert_int_equal(capture_integer(&way.out, last, "shmem_kib"), 7);
	assert_int_equal(capture_integer(&way.out, last, "swap_cached_kib"), 7);
	/* with what block devices hold, which then counts nowhere else */
	assert_int_equal(capture_integer(&way.out, last, "cached_kib"), 693);
	assert_true(capture_is_null(&way.out, last, "buffers_kib"));
	/* one node does not say */
	assert_true(capture_is_null(&way.out, last, "slab_kib"));
	assert_int_equal(capture_integer(&way.out, last, "swap_total_kib"), 80);
	assert_string_equal(capture_text(&way.out, last, "derived"), "free and node meminfo");
}

TEST(nodes_alone_stand_for_a_meminfo)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: 1000 kB\n");
	file(&way, "sys/devices/system/node/node1/meminfo",
	     "Node 1 MemTotal: 2000 kB\nNode 1 AnonPages: 60 kB\n");
	conclude(&way);
	assert_int_equal(way.out.row_count, 3);
	assert_int_equal(capture_integer(&way.out, 2, "mem_total_kib"), 3000);
	assert_true(capture_is_null(&way.out, 2, "anon_pages_kib"));
	assert_true(capture_is_null(&way.out, 2, "cached_kib"));
	assert_string_equal(capture_text(&way.out, 2, "derived"), "node meminfo");
}

TEST(free_without_a_total_leaves_that_of_the_nodes)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "sys/devices/system/node/node0/meminfo",
	     "Node 0 MemTotal: 1000 kB\nNode 0 MemFree: 100 kB\n");
	/* the first column is no number */
	file(&way, "free", " total used free\nMem: 1,0K 900 90\nSwap: 3 1 2\n");
	conclude(&way);
	size_t last = way.out.row_count - 1;
	assert_int_equal(capture_integer(&way.out, last, "mem_total_kib"), 1000);
	assert_int_equal(capture_integer(&way.out, last, "mem_free_kib"), 100);
	assert_int_equal(capture_integer(&way.out, last, "swap_free_kib"), 2);
}

TEST(a_node_with_more_swap_cache_than_page_cache_has_no_page_cache_that_is_known)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "sys/devices/system/node/node0/meminfo",
	     "Node 0 MemTotal: 1000 kB\nNode 0 SwapCached: 30 kB\nNode 0 FilePages: 20 kB\n");
	conclude(&way);
	assert_true(capture_is_null(&way.out, way.out.row_count - 1, "cached_kib"));
}

TEST(a_meminfo_of_its_own_is_taken_wherever_it_stands)
{
	for (int order = 0; order < 2; order++) {
		_cleanup_way_ struct way way = {0};

		if (order)
			file(&way, "free", " total used free\nMem: 1000 1 200\n");
		file(&way, "proc/meminfo", "MemTotal: 1002 kB\n");
		if (!order)
			file(&way, "free", " total used free\nMem: 1000 1 200\n");
		conclude(&way);
		assert_int_equal(way.out.row_count, 1);
		assert_int_equal(capture_integer(&way.out, 0, "mem_total_kib"), 1002);
	}
}

/* --- everything else --- */

TEST(all_other_rows_pass_as_they_are)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "proc/7/statm", "1 2 3 4 0 6 0\n");
	file(&way, "proc/vmstat", "nr_free_pages 7\n");
	file(&way, "proc/loadavg", "0.01 0.02 0.05 1/94 8057\n");
	assert_int_equal(way.out.row_count, 3);
	conclude(&way);
	/* and that there is a process */
	assert_int_equal(way.out.row_count, 4);
}

TEST(an_empty_capture_has_nothing_to_derive)
{
	_cleanup_way_ struct way way = {0};

	begin(&way);
	conclude(&way);
	assert_int_equal(way.out.row_count, 0);
	assert_int_equal(way.out.issue_count, 0);
	mr_derive_destroy(NULL);
}

TEST(an_error_of_the_outlet_comes_back_from_every_row)
{
	static const char *const files[][2] = {
		{"proc/7/smaps", SMAPS},
		{"proc/8/status", STATUS("a", "8")},
		{PS "axo", "PID RSS STAT COMMAND         CGROUP\n1   4   Ss   init            0::/of-ps\n"},
		{"free", " total used free\nMem: 1000 1 200\n"},
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		_cleanup_way_ struct way way = {0};
		struct mr_outlet out = outlet_of(&way);

		file(&way, files[i][0], files[i][1]);
		way.fail_with = -28;
		assert_int_equal(mr_derive_conclude(way.derive, &out), -28);
		assert_int_equal(read_file(&way, "proc/loadavg", "0.01 0.02 0.05 1/94 8057\n"), -28);
	}
}

TEST(numbers_that_no_process_has_are_passed_on_and_nothing_is_derived_for_them)
{
	_cleanup_way_ struct way way = {0};

	file(&way, "proc/4194304/statm", "1 2 3 4 0 6 0\n");
	file(&way, "proc/9223372036854775807/smaps", SMAPS);
	file(&way, PS "x", "PID RSS COMMAND\n-5 4 a\n9223372036854775807 4 b\n4194303 4 c\n");
	conclude(&way);
	assert_int_equal(count_rows(&way, "proc_statm"), 1);
	assert_int_equal(count_rows(&way, "ps_process"), 3);
	assert_int_equal(count_rows(&way, "proc_smaps_rollup"), 0);
	assert_int_equal(count_rows(&way, "proc_stat"), 1);
	assert_string_equal(text_in(&way, "proc_stat", 4194303, "comm"), "c");
}

TEST(more_processes_than_are_kept_are_said_once)
{
	_cleanup_way_ struct way way = {0};
	const struct mr_table *table = mr_table_find("proc_smaps_rollup");
	struct mr_row row = {.table = table};
	struct mr_outlet out = outlet_of(&way);
	size_t derived = 0;

	begin(&way);
	way.only_counts = true;
	while (strcmp(table->fields[derived].column ? table->fields[derived].column : "", "derived") != 0)
		derived++;
	row.values[0].type = MR_VALUE_INTEGER;
	row.values[derived] = (struct mr_value){.type = MR_VALUE_TEXT, .text = {"smaps", 5}};
	for (int64_t pid = 0; pid < MR_DERIVE_PROCESSES_MAX + 10; pid++) {
		/* all over the range */
		row.values[0].integer = pid * 61 % (1 << 22);
		assert_int_equal(mr_derive_row(way.derive, &row, &out), 0);
	}
	assert_int_equal(way.rollups_count, 0);
	conclude(&way);
	assert_int_equal(way.rollups_count, MR_DERIVE_PROCESSES_MAX);
	capture_assert_only_issue(&way.out, MR_ISSUE_NUMBER_TOO_LARGE, 0);
}

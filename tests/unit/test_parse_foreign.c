/* What captures of other tools have and ours have not: outputs of ps and free, smaps, a status that stands
 * for a stat, and the forms that old and vendors' kernels give to files that are known. */
#include <string.h>

#include "tests/support/capture_sink.h"
#include "tests/support/test.h"

#define PS "sos_commands/process/ps_"
#define FREE "sos_commands/memory/free"

/* --- ps --- */

TEST(ps_rows_are_processes_with_their_columns)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(
		&c, PS "auxwww",
		"USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n"
		"root           1  1.4  0.3 105868 13604 ?        Ss   18:58   0:22 /sbin/init splash\n"
		"systemd+    2557  0.0  0.0 1128928 14612 ?       S<l  Feb09   0:00 [lxc monitor] /x y\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 2);
	assert_string_equal(c.rows[0].table->name, "ps_process");
	assert_int_equal(capture_integer(&c, 0, "pid"), 1);
	assert_string_equal(capture_text(&c, 0, "output"), "ps_auxwww");
	assert_string_equal(capture_text(&c, 0, "name"), "/sbin/init");
	assert_int_equal(capture_integer(&c, 0, "is_comm"), 0);
	assert_int_equal(capture_integer(&c, 0, "vsz_kib"), 105868);
	assert_int_equal(capture_integer(&c, 0, "rss_kib"), 13604);
	assert_string_equal(capture_text(&c, 0, "state"), "Ss");
	assert_string_equal(capture_text(&c, 0, "start"), "18:58");
	assert_true(capture_is_null(&c, 0, "ppid"));
	assert_true(capture_is_null(&c, 0, "threads_count"));
	assert_string_equal(capture_text(&c, 1, "user_name"), "systemd+");
	assert_int_equal(capture_integer(&c, 1, "vsz_kib"), 1128928);
	/* a command line that only begins with a bracket is no comm */
	assert_string_equal(capture_text(&c, 1, "name"), "[lxc");
	assert_int_equal(capture_integer(&c, 1, "is_comm"), 0);
}

TEST(ps_lines_of_threads_are_counted_and_are_no_processes)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(
		&c, PS "auxwwwm",
		"USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n"
		"root           7  0.0  0.0   9000  1361 ?        -    18:58   0:00 /usr/bin/x\n"
		"root           -  0.0    -      -     - -        Ssl  18:58   0:00 -\n"
		"root           -  0.0    -      -     - -        Rsl  18:58   0:00 -\n"
		"root           9  0.0  0.0      0     0 ?        -    18:58   0:00 [kworker/0:0H-k]\n"
		"root           -  0.0    -      -     - -        I<   18:58   0:00 -\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 2);
	assert_int_equal(capture_integer(&c, 0, "threads_count"), 2);
	assert_string_equal(capture_text(&c, 0, "state"), "Ssl");
	assert_string_equal(capture_text(&c, 1, "name"), "kworker/0:0H-k");
	assert_int_equal(capture_integer(&c, 1, "is_comm"), 1);
	assert_string_equal(capture_text(&c, 1, "state"), "I<");
	assert_int_equal(capture_integer(&c, 1, "rss_kib"), 0);
}

TEST(ps_lines_told_apart_by_lwp_are_one_process)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(
		&c, PS "-elfL",
		"F S UID        PID  PPID   LWP  C NLWP PRI  NI ADDR SZ WCHAN  STIME TTY          TIME CMD\n"
		"4 S root       930     1   930  0    2  80   0 - 97365 poll_s Feb09 ?        00:00:00 "
		"/usr/sbin/a -b\n"
		"1 S root       930     1   941  0    2  80   0 - 97365 futex_ Feb09 ?        00:00:01 "
		"/usr/sbin/a -b\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 1);
	assert_int_equal(capture_integer(&c, 0, "threads_count"), 2);
	assert_int_equal(capture_integer(&c, 0, "ppid"), 1);
	assert_int_equal(capture_integer(&c, 0, "sz_pages"), 97365);
	assert_string_equal(capture_text(&c, 0, "state"), "S");
	assert_true(capture_is_null(&c, 0, "vsz_kib"));
}

TEST(ps_moment_may_have_five_words_or_two)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, PS "axo_pid_lstart_cmd",
			      "    PID                  STARTED CMD\n"
			      "    126 Wed Feb  9 22:33:20 2022 squashfuse /a /b -o ro\n"
			      "    127 Feb 09 [b]\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(capture_text(&c, 0, "start"), "Wed Feb  9 22:33:20 2022");
	assert_string_equal(capture_text(&c, 0, "name"), "squashfuse");
	assert_string_equal(capture_text(&c, 1, "start"), "Feb 09");
	assert_string_equal(capture_text(&c, 1, "name"), "b");
}

TEST(ps_comm_in_the_middle_may_hold_blanks_and_the_groups_are_the_rest)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, PS "axo_pid_lwp_comm_cgroup",
			      "    PID     LWP COMMAND         CGROUP\n"
			      "      1       1 tmux: server    4:memory:/a b,0::/c\n"
			      "      2       2 kthreadd        -\n"
			      "      3       3 sh <defunct>    -\n"
			      "      4       4 kworker/u8:3-events_unbound 0::/d\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 4);
	assert_string_equal(capture_text(&c, 0, "name"), "tmux: server");
	assert_int_equal(capture_integer(&c, 0, "is_comm"), 1);
	assert_string_equal(capture_text(&c, 0, "cgroups"), "4:memory:/a b,0::/c");
	assert_string_equal(capture_text(&c, 1, "cgroups"), "-");
	assert_string_equal(capture_text(&c, 2, "name"), "sh");
	assert_string_equal(capture_text(&c, 3, "name"), "kworker/u8:3-events_unbound");
	assert_string_equal(capture_text(&c, 3, "cgroups"), "0::/d");
}

TEST(ps_hard_inputs_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, PS "x", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
	capture_parse_foreign(&c, PS "x", "sh: 1: ps: not found\nPID RSS CMD\n1 2 init\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_LINE, 1);
	assert_int_equal(c.row_count, 0);
	capture_parse_foreign(&c, PS "x", "PID RSS CMD\n12 7\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_LINE, 2);
	capture_parse_foreign(&c, PS "x", "PID RSS CMD\n99999999999999999999 7 a\n");
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_NUMBER_TOO_LARGE), 1);
	assert_int_equal(c.row_count, 0);
	capture_parse_foreign(&c, PS "x", "PID RSS INVENTED CMD\n12 7 x a\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_KEY, 1);
	assert_int_equal(capture_integer(&c, 0, "rss_kib"), 7);
	capture_parse_foreign(&c, PS "x", "PID RSS CMD\n12 nan a\n");
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_BAD_NUMBER), 1);
	assert_true(capture_is_null(&c, 0, "rss_kib"));
}

TEST(ps_line_of_a_thread_without_its_process_is_nothing)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "ps", "PID STAT CMD\n- Ss -\n");
	assert_int_equal(c.row_count, 0);
	assert_int_equal(c.issue_count, 0);
}

/* --- free --- */

TEST(free_gives_the_lines_of_meminfo_that_it_has)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(
		&c, FREE,
		"              total        used        free      shared  buff/cache   available\n"
		"Mem:       16393164     7474740      185156       44924     8733268     8638440\n"
		"Swap:       4194300       67584     4126716\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 1);
	assert_string_equal(c.rows[0].table->name, "proc_meminfo");
	assert_string_equal(capture_text(&c, 0, "derived"), "free");
	assert_int_equal(capture_integer(&c, 0, "mem_total_kib"), 16393164);
	assert_int_equal(capture_integer(&c, 0, "mem_free_kib"), 185156);
	assert_int_equal(capture_integer(&c, 0, "shmem_kib"), 44924);
	assert_int_equal(capture_integer(&c, 0, "mem_available_kib"), 8638440);
	assert_int_equal(capture_integer(&c, 0, "swap_total_kib"), 4194300);
	assert_int_equal(capture_integer(&c, 0, "swap_free_kib"), 4126716);
	/* a sum of page cache and slab is no line of meminfo */
	assert_true(capture_is_null(&c, 0, "cached_kib"));
	assert_true(capture_is_null(&c, 0, "buffers_kib"));
}

TEST(free_of_old_releases_has_buffers_and_cached_and_a_shared_that_says_nothing)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, FREE,
			      "             total       used       free     shared    buffers     cached\n"
			      "Mem:       3922520    3789592     132928          0     148668    2543884\n"
			      "-/+ buffers/cache:    1097040    2825480\n"
			      "Swap:      4063224        128    4063096\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "mem_total_kib"), 3922520);
	assert_int_equal(capture_integer(&c, 0, "buffers_kib"), 148668);
	assert_int_equal(capture_integer(&c, 0, "cached_kib"), 2543884);
	assert_true(capture_is_null(&c, 0, "shmem_kib"));
	assert_true(capture_is_null(&c, 0, "mem_available_kib"));
}

TEST(free_in_bytes_is_taken_and_in_mebibytes_is_not)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, FREE "_-b", "       total used free\nMem:   4122660864 1 131072000\n");
	assert_int_equal(capture_integer(&c, 0, "mem_total_kib"), 4026036);
	assert_int_equal(capture_integer(&c, 0, "mem_free_kib"), 128000);
	capture_parse_foreign(&c, FREE "_-m", "       total used free\nMem:   3931 945 119\n");
	assert_int_equal(c.row_count, 0);
	assert_int_equal(c.issue_count, 0);
}

TEST(free_hard_inputs_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "free", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
	capture_parse_foreign(&c, "free", "free: not found\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_LINE, 1);
	capture_parse_foreign(&c, "free", " total free\nno colon here\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_LINE, 2);
	capture_parse_foreign(&c, "free", " total free\nMem: 3.8Gi 119Mi\n");
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_BAD_NUMBER), 2);
	assert_int_equal(c.row_count, 0);
	capture_parse_foreign(&c, "free", " total free\nno colon here\nMem: 1 1\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_LINE, 2);
	capture_parse_foreign(&c, "free", " total free\nMem: 18446744073709551615 -1\nStrange: 1 2\n");
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_NUMBER_TOO_LARGE), 1);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_BAD_NUMBER), 1);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_UNKNOWN_LINE), 1);
	assert_int_equal(c.row_count, 0);
}

/* --- status --- */

TEST(status_gives_the_row_of_a_stat_too)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "proc/17/status",
			      "Name:\ta\\nb\\\\c )d\nState:\tS (sleeping)\nTgid:\t17\nPid:\t17\nPPid:\t2\n"
			      "VmSize:\t     100 kB\nThreads:\t3\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 2);
	assert_string_equal(c.rows[0].table->name, "proc_status");
	assert_true(capture_is_null(&c, 0, "derived"));
	assert_string_equal(c.rows[1].table->name, "proc_stat");
	assert_string_equal(capture_text(&c, 1, "derived"), "status");
	assert_int_equal(capture_integer(&c, 1, "pid"), 17);
	assert_string_equal(capture_text(&c, 1, "comm"), "a\nb\\c )d");
	assert_string_equal(capture_text(&c, 1, "state"), "S");
	assert_int_equal(capture_integer(&c, 1, "ppid"), 2);
	assert_int_equal(capture_integer(&c, 1, "num_threads_count"), 3);
	assert_true(capture_is_null(&c, 1, "start_ticks"));
	assert_true(capture_is_null(&c, 1, "task_flags"));
}

TEST(status_of_a_thread_gives_no_process)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "proc/18/status",
			      "Name:\tSocket Thread\nState:\tS\nTgid:\t17\nPid:\t18\nPPid:\t2\n");
	assert_int_equal(c.row_count, 1);
	assert_string_equal(c.rows[0].table->name, "proc_status");
}

TEST(status_cut_off_before_the_state_gives_no_process)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "proc/18/status", "Name:\ta\nTgid:\t18\n");
	assert_int_equal(c.row_count, 1);
	capture_parse_foreign(&c, "proc/18/status", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
	assert_int_equal(c.row_count, 0);
}

TEST(status_of_2_6_has_sleepavg_and_no_swap)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(
		&c, "proc/10/status",
		"Name:\tsoftirq-rcu/0\nState:\tS (sleeping)\nSleepAVG:\t70%\nTgid:\t10\nPid:\t10\n"
		"PPid:\t2\nThreads:\t1\nSigQ:\t0/503\n");
	assert_int_equal(c.issue_count, 0);
	assert_true(capture_is_null(&c, 0, "vm_swap_kib"));
	assert_string_equal(capture_text(&c, 1, "comm"), "softirq-rcu/0");
}

/* --- smaps --- */

TEST(smaps_counts_mappings_and_finds_the_smallest_page)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "proc/7/smaps",
			      "7f00-7f20 rw-s 0 00:0e 1  /dev/hugepages/rtemap_0 (deleted)\n"
			      "Size: 1048576 kB\nRss: 0 kB\nPss: 0 kB\nShared_Hugetlb: 1048576 kB\n"
			      "KernelPageSize: 1048576 kB\nVmFlags: rd wr sh ht sd\n"
			      "8000-9000 rw-p 0 00:00 0 \nRss: 64 kB\nPss: 64 kB\nKernelPageSize: 64 kB\n"
			      "ProtectionKey:         0\nTHPeligible:           0\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(capture_text(&c, 0, "derived"), "smaps");
	assert_int_equal(capture_integer(&c, 0, "mappings_count"), 2);
	assert_int_equal(capture_integer(&c, 0, "kernel_page_size_kib"), 64);
	assert_int_equal(capture_integer(&c, 0, "rss_kib"), 64);
	assert_int_equal(capture_integer(&c, 0, "shared_hugetlb_kib"), 1048576);
}

TEST(smaps_that_is_empty_gives_neither_a_row_nor_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "proc/7/smaps", "");
	assert_int_equal(c.row_count, 0);
	assert_int_equal(c.issue_count, 0);
}

TEST(smaps_key_doubled_in_one_mapping_counts_once)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "proc/7/smaps",
			      "1000-2000 rw-p 0 00:00 0\nRss: 4 kB\nRss: 8 kB\nKernelPageSize: 4 kB\n"
			      "3000-4000 rw-p 0 00:00 0\nRss: 16 kB\nRss: 32 kB\n");
	capture_assert_only_issue(&c, MR_ISSUE_DOUBLED_KEY, 3);
	assert_int_equal(capture_integer(&c, 0, "rss_kib"), 40);
}

TEST(smaps_of_android_has_names_with_anything_in_them)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(
		&c, "proc/7/smaps",
		"12c00000-52c00000 rw-p 00000000 00:00 0                                  [anon:dalvik-main "
		"space "
		"(region space)]\n"
		"Name:           [anon:dalvik-main space: (region space) 5 kB]\n"
		"Size:            1048576 kB\nRss:               54932 kB\nPss:               54932 kB\n"
		"THPeligible:           0\nVmFlags: rd wr mr mw me ac \n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "rss_kib"), 54932);
	assert_int_equal(capture_integer(&c, 0, "mappings_count"), 1);
	assert_true(capture_is_null(&c, 0, "pss_dirty_kib"));
}

/* --- the same files as ours, in other forms --- */

TEST(stat_of_2_6_18_has_42_columns)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "proc/10/stat",
			      "10 (softirq-rcu/0) S 2 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 -2 -5 1 0 15 0 0 "
			      "4294967295 0 0 0 0 0 0 "
			      "2147483647 0 0 3221443776 0 0 0 0 1 1 0\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "ppid"), 2);
	assert_int_equal(capture_integer(&c, 0, "blkio_delay_ticks"), 0);
}

TEST(vmstat_before_4_8_counts_stacks_in_stacks)
{
	_cleanup_capture_ struct capture c = {0};

	/* the text does not say so; what is stored is the kernel's number */
	capture_parse_foreign(&c, "proc/vmstat",
			      "nr_free_pages 3186\nnr_kernel_stack 827\nnr_overhead 4956\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "nr_free_pages"), 3186);
	assert_int_equal(capture_integer(&c, 0, "nr_kernel_stack_kib"), 827);
}

TEST(zoneinfo_before_3_8_has_no_managed_pages)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(
		&c, "proc/zoneinfo",
		"Node 0, zone      DMA\n  pages free     3976\n        min      33\n        low      41\n"
		"        high     49\n        scanned  0\n        spanned  4080\n        present  3876\n"
		"    nr_free_pages 3976\n        protection: (0, 3512, 16067, 16067)\n  pagesets\n    cpu: "
		"0\n"
		"              count: 0\n              high:  0\n              batch: 1\n"
		"  vm stats threshold: 8\n  all_unreclaimable: 1\n  prev_priority:     12\n"
		"  start_pfn:         16\n  inactive_ratio:    1\n");
	assert_int_equal(c.issue_count, 0);
	for (size_t i = 0; i < c.row_count; i++)
		if (!strcmp(c.rows[i].table->name, "proc_zoneinfo")) {
			assert_true(capture_is_null(&c, i, "managed_pages"));
			assert_int_equal(capture_integer(&c, i, "present_pages"), 3876);
		}
}

TEST(cgroup_of_a_process_outside_the_namespace_is_relative)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "proc/9/cgroup", "0::/../../user-1000.slice/session-520.scope\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(capture_text(&c, 0, "cgroup2_path"), "/../../user-1000.slice/session-520.scope");
}

TEST(meminfo_of_2_6_18_has_28_lines_and_no_shmem)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(
		&c, "proc/meminfo",
		"MemTotal:     1564405504 kB\nMemFree:      1541222320 kB\nHighTotal:           0 kB\n"
		"Bounce:              0 kB\nHugepagesize:    262144 kB\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "mem_total_kib"), 1564405504);
	assert_true(capture_is_null(&c, 0, "shmem_kib"));
	assert_true(capture_is_null(&c, 0, "derived"));
}

TEST(meminfo_of_400_terabytes_is_kept)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "proc/meminfo", "MemTotal:     400016779264 kB\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "mem_total_kib"), 400016779264);
}

TEST(memory_blocks_are_settings)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "sys/devices/system/memory/memory12/state", "offline\n");
	assert_string_equal(capture_text(&c, 0, "path"), "sys/devices/system/memory/memory12/state");
	assert_string_equal(capture_text(&c, 0, "value"), "offline");
	capture_parse_foreign(&c, "sys/devices/system/memory/block_size_bytes", "8000000\n");
	assert_string_equal(capture_text(&c, 0, "value"), "8000000");
	capture_parse_foreign(&c, "sys/devices/system/memory/hard_offline_page", "");
	assert_int_equal(c.issue_count, 0);
}

TEST(pools_of_huge_pages_are_kept_by_node)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse_foreign(&c, "sys/devices/system/node/node3/hugepages/hugepages-2048kB/free_hugepages",
			      "12\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "node"), 3);
	assert_int_equal(capture_integer(&c, 0, "page_kib"), 2048);
	assert_int_equal(capture_integer(&c, 0, "free_hugepages"), 12);
}

/* --- what our own collector derived --- */

TEST(a_rollup_that_the_collector_summed_says_so_and_one_of_the_kernel_does_not)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "capture/derived/proc/7/smaps_rollup", "Rss: 12 kB\n");
	assert_string_equal(capture_text(&c, 0, "derived"), "smaps");
	capture_parse(&c, "proc/7/smaps_rollup", "Rss: 12 kB\n");
	assert_true(capture_is_null(&c, 0, "derived"));
}

TEST(a_file_cannot_say_that_it_was_derived)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/7/cgroup", "4:,memory,:/a\n");
	assert_true(capture_is_null(&c, 0, "derived"));
	capture_parse(&c, "proc/7/status", "derived:\tx\n: x\n");
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_UNKNOWN_KEY), 1);
	assert_int_equal(c.row_count, 0);
}

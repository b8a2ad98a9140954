/* The files of one process: stat with hostile names, status, smaps_rollup, smaps, statm. */
#include <string.h>

#include "tests/support/capture_sink.h"
#include "tests/support/test.h"

#define REST_OF_44                                                                                           \
	"8045 8045 5207 0 -1 4194304 101 0 2 0 11 12 13 14 20 0 3 0 168266 3133440 384 "                     \
	"18446744073709551615 1 1 0 0 "                                                                      \
	"0 0 0 0 0 0 0 0 17 1 0 0 5 0 0"
#define REST_OF_52                                                                                           \
	REST_OF_44 " 93922491743280 93922491744896 93923389083648 140727812213380 140727812213400 1 2 0"

TEST(stat_has_52_columns)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/8063/stat", "8063 (cat) R " REST_OF_52 "\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 1);
	assert_int_equal(capture_integer(&c, 0, "pid"), 8063);
	assert_string_equal(capture_text(&c, 0, "comm"), "cat");
	assert_string_equal(capture_text(&c, 0, "state"), "R");
	assert_int_equal(capture_integer(&c, 0, "ppid"), 8045);
	assert_int_equal(capture_integer(&c, 0, "task_flags"), 4194304);
	assert_int_equal(capture_integer(&c, 0, "start_ticks"), 168266);
	assert_int_equal(capture_integer(&c, 0, "vsize_bytes"), 3133440);
	assert_int_equal(capture_integer(&c, 0, "rss_pages"), 384);
	assert_true(capture_is_null(&c, 0, "rss_limit_bytes"));
	assert_int_equal(capture_integer(&c, 0, "rss_limit_unlimited"), 1);
}

TEST(stat_of_old_kernels_has_44_columns)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/1/stat", "1 (init) S " REST_OF_44 "\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "rss_pages"), 384);
}

TEST(stat_name_may_hold_blanks_and_parentheses)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/9/stat", "9 ((a b ) ( c d) ) R " REST_OF_52 "\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(capture_text(&c, 0, "comm"), "(a b ) ( c d) ");
	assert_int_equal(capture_integer(&c, 0, "rss_pages"), 384);
}

TEST(stat_name_may_look_like_the_columns_and_hold_a_newline)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/2483/stat", "2483 () R 1 (x\n y\\z) S " REST_OF_52 "\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(capture_text(&c, 0, "comm"), ") R 1 (x\n y\\z");
	assert_string_equal(capture_text(&c, 0, "state"), "S");
	assert_int_equal(capture_integer(&c, 0, "start_ticks"), 168266);
}

TEST(stat_name_may_be_any_bytes)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/5/stat", "5 (\xff\x1b[31m\x80) S " REST_OF_52 "\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(capture_text(&c, 0, "comm"), "\xff\x1b[31m\x80");
}

TEST(stat_name_may_be_empty_or_have_a_slash)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/5/stat", "5 () S " REST_OF_52 "\n");
	assert_string_equal(capture_text(&c, 0, "comm"), "");
	capture_parse(&c, "proc/5/stat", "5 (softirq-rcu/0) S " REST_OF_52 "\n");
	assert_string_equal(capture_text(&c, 0, "comm"), "softirq-rcu/0");
}

TEST(stat_lines_behind_the_record_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/26234/stat", "26234 (a) S " REST_OF_52 "\n\n#!/bin/cat /proc/self/stat\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_LINE, 3);
	assert_int_equal(capture_integer(&c, 0, "rss_pages"), 384);
}

TEST(stat_columns_beyond_the_last_known_are_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/5/stat", "5 (a) S " REST_OF_52 " 53 54\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_KEY, 1);
	assert_int_equal(c.row_count, 1);
}

TEST(stat_cut_off_inside_a_column_drops_that_column)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/5/stat",
		      "5 (a) S 8045 8045 5207 0 -1 4194304 101 0 2 0 11 12 13 14 20 0 3 0 168");
	capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 1);
	assert_int_equal(capture_integer(&c, 0, "nice"), 0);
	assert_true(capture_is_null(&c, 0, "start_ticks"));
	assert_true(capture_is_null(&c, 0, "rss_limit_unlimited"));
}

TEST(stat_cut_off_inside_the_name_gives_no_row)
{
	static const char *const cut[] = {"5", "5 ", "5 (", "5 (ab", "5 (ab)", "5 (ab) "};
	_cleanup_capture_ struct capture c = {0};

	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		capture_parse(&c, "proc/5/stat", cut[i]);
		capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 1);
		assert_int_equal(c.row_count, 0);
	}
}

TEST(stat_without_a_newline_is_whole_when_all_columns_are_there)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/5/stat", "5 (a) S " REST_OF_52);
	assert_int_equal(c.issue_count, 0);
}

TEST(stat_huge_number_is_null_and_the_rest_is_kept)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/5/stat",
		      "5 (a) S 1 1 1 0 -1 4194304 99999999999999999999 0 2 0 11 12 13 14 20 0 3 0 7 8 9\n");
	capture_assert_only_issue(&c, MR_ISSUE_NUMBER_TOO_LARGE, 1);
	assert_true(capture_is_null(&c, 0, "minflt_count"));
	assert_int_equal(capture_integer(&c, 0, "rss_pages"), 9);
}

TEST(stat_empty_and_garbage_give_no_row)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/5/stat", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
	capture_parse(&c, "proc/5/stat", ") S (\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_LINE, 1);
	capture_parse(&c, "proc/5/stat", "\n\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_LINE, 2);
	assert_int_equal(c.row_count, 0);
}

TEST(statm_of_a_kernel_thread_is_seven_zeros)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/2/statm", "0 0 0 0 0 0 0\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "resident_pages"), 0);
}

TEST(status_has_tabs_and_units_and_lines_that_are_not_wanted)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/8050/status",
		      "Name:\tcat\nUmask:\t0022\nState:\tR (running)\nTgid:\t8050\nUid:\t0\t0\t0\t0\n"
		      "Groups:\t \n"
		      "VmPeak:\t    3060 kB\nVmRSS:\t    1728 kB\nRssShmem:\t       0 kB\n"
		      "untag_mask:\t0xffffffffffffffff\n"
		      "Threads:\t1\nSigQ:\t0/96365\nCapEff:\t000001fffeffffff\n"
		      "Speculation Store Bypass:\tvulnerable\n"
		      "Cpus_allowed_list:\t0-1\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "tgid"), 8050);
	assert_int_equal(capture_integer(&c, 0, "vm_rss_kib"), 1728);
	assert_int_equal(capture_integer(&c, 0, "rss_shmem_kib"), 0);
	assert_int_equal(capture_integer(&c, 0, "threads_count"), 1);
	assert_true(capture_is_null(&c, 0, "vm_swap_kib"));
}

TEST(status_unknown_key_is_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/1/status", "Tgid:\t1\nVmInvented:\t7 kB\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_KEY, 2);
}

TEST(smaps_rollup_header_is_no_field)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/7/smaps_rollup",
		      "562198e36000-7ffeec00d000 ---p 00000000 00:00 0                          [rollup]\n"
		      "Rss:                1728 kB\nPss:                 337 kB\n"
		      "Pss_Anon:            112 kB\n"
		      "SwapPss:               0 kB\nLocked:                0 kB\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "rss_kib"), 1728);
	assert_int_equal(capture_integer(&c, 0, "pss_anon_kib"), 112);
	assert_true(capture_is_null(&c, 0, "pss_dirty_kib"));
}

TEST(smaps_rollup_of_the_collector_has_the_same_table)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "capture/derived/proc/7/smaps_rollup", "Rss: 12 kB\nPss: 6 kB\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(c.rows[0].table->name, "proc_smaps_rollup");
	assert_int_equal(capture_integer(&c, 0, "pid"), 7);
}

static void parse_smaps(struct capture *c, const char *text)
{
	capture_parse_as(c, MR_SHAPE_SMAPS, "proc_smaps_rollup", "proc/1/smaps", text, strlen(text));
}

TEST(smaps_mappings_are_summed)
{
	_cleanup_capture_ struct capture c = {0};

	parse_smaps(&c, "00400000-0040b000 r-xp 00000000 08:01 1234    /bin/a b: (deleted)\n"
			"Size:                 44 kB\nKernelPageSize:        4 kB\n"
			"Rss:                  40 kB\n"
			"Pss:                  10 kB\nTHPeligible:    0\nVmFlags: rd ex mr mw me dw sd\n"
			"7f0000000000-7f0000200000 rw-p 00000000 00:00 0 \n"
			"Name:           [anon:heap:x]\nSize:               2048 kB\n"
			"Rss:                   8 kB\n"
			"Pss:                   8 kB\nSwap:                 16 kB\nVmFlags: rd wr");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 1);
	assert_int_equal(capture_integer(&c, 0, "rss_kib"), 48);
	assert_int_equal(capture_integer(&c, 0, "pss_kib"), 18);
	assert_int_equal(capture_integer(&c, 0, "swap_kib"), 16);
	assert_true(capture_is_null(&c, 0, "swap_pss_kib"));
	assert_true(capture_is_null(&c, 0, "pss_anon_kib"));
}

TEST(smaps_of_very_old_kernels_has_no_pss)
{
	_cleanup_capture_ struct capture c = {0};

	parse_smaps(&c, "00008000-0000c000 r-xp 00000000 01:00 8  /sbin/init\nSize: 16 kB\nRss: 12 kB\n"
			"Shared_Clean: 0 kB\n");
	assert_int_equal(capture_integer(&c, 0, "rss_kib"), 12);
	assert_true(capture_is_null(&c, 0, "pss_kib"));
}

TEST(smaps_unknown_key_is_said_once_and_not_once_a_mapping)
{
	_cleanup_capture_ struct capture c = {0};

	parse_smaps(&c, "1000-2000 rw-p 0 00:00 0\nRss: 1 kB\nInvented: 1 kB\n"
			"3000-4000 rw-p 0 00:00 0\nRss: 1 kB\nInvented: 1 kB\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_KEY, 3);
	assert_int_equal(capture_integer(&c, 0, "rss_kib"), 2);
}

TEST(smaps_cut_in_the_middle_records_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	parse_smaps(&c, "1000-2000 rw-p 0 00:00 0\nRss: 1 kB\n3000-4000 rw-p 0 00:00 0\nRss:     12");
	capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 4);
	assert_int_equal(capture_integer(&c, 0, "rss_kib"), 1);
}

TEST(smaps_sum_that_does_not_fit_is_null)
{
	_cleanup_capture_ struct capture c = {0};

	parse_smaps(&c, "1000-2000 rw-p 0 00:00 0\nRss: 18446744073709551615 kB\nPss: 1 kB\n"
			"3000-4000 rw-p 0 00:00 0\nRss: 18446744073709551615 kB\n");
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_NUMBER_TOO_LARGE), 1);
	assert_true(capture_is_null(&c, 0, "rss_kib"));
	assert_int_equal(capture_integer(&c, 0, "pss_kib"), 1);
}

TEST(oom_scores_of_a_process_are_scalars_of_one_row)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/77/oom_score_adj", "-1000\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "pid"), 77);
	assert_int_equal(capture_integer(&c, 0, "oom_score_adj"), -1000);
	assert_true(capture_is_null(&c, 0, "oom_score"));
}

TEST(a_pid_that_no_column_holds_gives_no_row)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/99999999999999999999/statm", "1 2 3 4 0 6 0\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_FILE, 0);
	assert_int_equal(c.row_count, 0);
}

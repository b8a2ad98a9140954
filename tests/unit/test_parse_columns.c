/* Columns by position and columns under a header. */
#include "tests/support/capture_sink.h"
#include "tests/support/test.h"

TEST(statm_columns_are_pages)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/12/statm", "765 432 404 5 0 123 0\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "pid"), 12);
	assert_int_equal(capture_integer(&c, 0, "size_pages"), 765);
	assert_int_equal(capture_integer(&c, 0, "resident_pages"), 432);
	assert_int_equal(capture_integer(&c, 0, "data_pages"), 123);
}

TEST(statm_cut_off_drops_the_column_that_may_be_short)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/12/statm", "765 43");
	capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 1);
	assert_int_equal(capture_integer(&c, 0, "size_pages"), 765);
	assert_true(capture_is_null(&c, 0, "resident_pages"));
}

TEST(statm_without_a_newline_is_whole)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/12/statm", "765 432 404 5 0 123 0");
	assert_int_equal(c.issue_count, 0);
}

TEST(statm_bad_huge_and_surplus_columns_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/12/statm", "765 x 99999999999999999999 5 0 123 0 8\nsecond line\n");
	assert_int_equal(c.issue_count, 4);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_BAD_NUMBER);
	assert_int_equal(c.issues[1].kind, MR_ISSUE_NUMBER_TOO_LARGE);
	assert_int_equal(c.issues[2].kind, MR_ISSUE_UNKNOWN_KEY);
	assert_int_equal(c.issues[3].kind, MR_ISSUE_UNKNOWN_LINE);
	assert_int_equal(capture_integer(&c, 0, "data_pages"), 123);
}

TEST(statm_empty_file_is_an_issue_and_no_row)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/12/statm", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
	assert_int_equal(c.row_count, 0);
}

TEST(uptime_is_real)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/uptime", "1682.66 3285.24\n");
	assert_int_equal(c.issue_count, 0);
	assert_true(capture_real(&c, 0, "uptime_seconds") == 1682.66);
	assert_true(capture_real(&c, 0, "idle_seconds") == 3285.24);
}

TEST(loadavg_keeps_the_tasks_as_printed)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/loadavg", "0.01 0.02 0.05 1/94 8057\n");
	assert_int_equal(c.issue_count, 0);
	assert_true(capture_real(&c, 0, "average_15m_load") == 0.05);
	assert_string_equal(capture_text(&c, 0, "running_of_tasks"), "1/94");
	assert_int_equal(capture_integer(&c, 0, "last_pid"), 8057);
}

TEST(mm_stat_has_seven_to_nine_columns)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "sys/block/zram1/mm_stat", "  4096  74  12288  0  12288  1  2\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "device"), 1);
	assert_int_equal(capture_integer(&c, 0, "mem_used_bytes"), 12288);
	assert_true(capture_is_null(&c, 0, "huge_pages"));
	capture_parse(&c, "sys/block/zram1/mm_stat", "  4096  74  12288  0  12288  1  2  3  4");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "huge_pages_since_pages"), 4);
}

TEST(swaps_header_names_the_columns)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/swaps",
		      "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
		      "/dev/dm-1                               partition\t8342524\t\t100724\t\t-2\n"
		      "/swap\\040file\\040(deleted)\t\tfile\t1024 0 5\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 2);
	assert_string_equal(capture_text(&c, 0, "filename"), "/dev/dm-1");
	assert_int_equal(capture_integer(&c, 0, "size_kib"), 8342524);
	assert_int_equal(capture_integer(&c, 0, "priority"), -2);
	assert_string_equal(capture_text(&c, 1, "filename"), "/swap\\040file\\040(deleted)");
	assert_string_equal(capture_text(&c, 1, "type"), "file");
}

TEST(swaps_name_with_blanks_is_what_is_left_of_the_other_columns)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/swaps", "Filename Type Size Used Priority\n/a swap  file 1 2 3\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(capture_text(&c, 0, "filename"), "/a swap");
	assert_string_equal(capture_text(&c, 0, "type"), "file");
}

TEST(swaps_line_that_is_too_short_is_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/swaps",
		      "Filename Type Size Used Priority\n/dev/sda2 partition 1\n"
		      "/dev/sda3 partition 1 2 3\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_LINE, 2);
	assert_int_equal(c.row_count, 1);
}

TEST(swaps_cut_off_inside_a_line_is_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/swaps", "Filename Type Size Used Priority\n/dev/sda2 partition 1");
	capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 2);
	assert_int_equal(c.row_count, 0);
}

TEST(swaps_without_areas_has_no_rows_and_no_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	assert_int_equal(c.row_count, 0);
	assert_int_equal(c.issue_count, 0);
}

TEST(a_column_with_an_unknown_name_is_one_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/swaps",
		      "Filename Type Size Used Priority Mood\n/a f 1 2 3 good\n"
		      "/b f 1 2 3 bad\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_KEY, 1);
	assert_string_equal(c.issues[0].text, "Mood");
	assert_int_equal(c.row_count, 2);
	assert_int_equal(capture_integer(&c, 1, "priority"), 3);
}

TEST(cgroups_header_begins_with_a_number_sign)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/cgroups",
		      "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t4\t13\t1\n"
		      "pids\t8\t1\t1\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 2);
	assert_string_equal(capture_text(&c, 0, "controller"), "memory");
	assert_int_equal(capture_integer(&c, 0, "num_cgroups_count"), 13);
}

TEST(shm_segments_are_numbers_under_a_header)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/sysvipc/shm",
		      "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  "
		      "cuid  cgid      "
		      "atime      dtime      ctime                   rss                  swap\n"
		      "        -5          3  1600               4194304   100   101      2  1000  1000  "
		      "1000  1000 "
		      "1795255208          0 1795255208               4096000                     0\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "shmid"), 3);
	assert_int_equal(capture_integer(&c, 0, "key"), -5);
	assert_string_equal(capture_text(&c, 0, "perms"), "1600");
	assert_int_equal(capture_integer(&c, 0, "rss_bytes"), 4096000);
}

TEST(shm_segment_without_a_usable_id_gives_no_row)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/sysvipc/shm", "key shmid size\n1 x 5\n");
	assert_int_equal(c.row_count, 0);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_BAD_NUMBER);
}

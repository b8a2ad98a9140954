/* Files of control groups: scalars with their sentinels, process lists, paths, events, pressure. */
#include <string.h>

#include "tests/support/capture_sink.h"
#include "tests/support/test.h"

#define V1 "sys/fs/cgroup/memory"
#define V2 "sys/fs/cgroup/unified"

TEST(v1_usage_is_bytes_of_its_group)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V1 "/system.slice/a\\x2db@1.service/memory.usage_in_bytes", "3662684160\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(c.rows[0].table->name, "cgroup1_memory");
	assert_int_equal(capture_integer(&c, 0, "hierarchy"), 1);
	assert_string_equal(capture_text(&c, 0, "path"), "/system.slice/a\\x2db@1.service");
	assert_true(capture_integer(&c, 0, "usage_bytes") == INT64_C(3662684160));
}

TEST(v1_limit_sentinels_are_no_limit)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V1 "/memory.limit_in_bytes", "9223372036854771712\n");
	assert_int_equal(c.issue_count, 0);
	assert_true(capture_is_null(&c, 0, "limit_bytes"));
	assert_int_equal(capture_integer(&c, 0, "limit_unlimited"), 1);
	capture_parse(&c, V1 "/memory.limit_in_bytes", "8796093018112\n");
	assert_int_equal(capture_integer(&c, 0, "limit_unlimited"), 1);
	capture_parse(&c, V1 "/memory.limit_in_bytes", "1073741824\n");
	assert_int_equal(capture_integer(&c, 0, "limit_bytes"), 1073741824);
	assert_int_equal(capture_integer(&c, 0, "limit_unlimited"), 0);
}

TEST(v2_max_is_no_limit_and_zero_is_one)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V2 "/a/memory.max", "max\n");
	assert_int_equal(c.issue_count, 0);
	assert_true(capture_is_null(&c, 0, "max_bytes"));
	assert_int_equal(capture_integer(&c, 0, "max_unlimited"), 1);
	capture_parse(&c, V2 "/a/memory.swap.max", "0\n");
	assert_int_equal(capture_integer(&c, 0, "swap_max_bytes"), 0);
	assert_int_equal(capture_integer(&c, 0, "swap_max_unlimited"), 0);
}

TEST(v2_limit_of_long_max_pages_of_a_32_bit_kernel_is_a_number)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V2 "/a/memory.max", "8796093018112\n");
	assert_true(capture_integer(&c, 0, "max_bytes") == INT64_C(8796093018112));
}

TEST(scalar_without_a_newline_is_whole)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V2 "/a/memory.current", "4096");
	assert_int_equal(c.issue_count, 0);
}

TEST(scalar_that_is_no_number_is_null_and_gives_no_row)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V2 "/a/memory.current", "12 34\n");
	capture_assert_only_issue(&c, MR_ISSUE_BAD_NUMBER, 1);
	assert_int_equal(c.row_count, 0);
	capture_parse(&c, V2 "/a/memory.current", "12\n34\n");
	capture_assert_only_issue(&c, MR_ISSUE_BAD_NUMBER, 1);
	capture_parse(&c, V2 "/a/memory.current", "\n");
	capture_assert_only_issue(&c, MR_ISSUE_BAD_NUMBER, 1);
}

TEST(scalar_huge_number_is_too_large)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V2 "/a/memory.current", "18446744073709551615\n");
	capture_assert_only_issue(&c, MR_ISSUE_NUMBER_TOO_LARGE, 1);
	assert_int_equal(c.row_count, 0);
}

TEST(scalar_empty_file_is_an_issue_unless_it_is_only_for_writing)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V1 "/a/memory.usage_in_bytes", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
	capture_parse(&c, V1 "/a/memory.force_empty", "");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 0);
}

TEST(scalar_unknown_key_is_the_name_of_a_file_with_its_value)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V1 "/a/memory.vendor_knob", "17\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_KEY, 1);
	assert_string_equal(c.issues[0].text, "17");
	assert_int_equal(c.row_count, 0);
}

TEST(scalar_padded_with_nul_is_read)
{
	static const char text[4096] = "513\n";
	_cleanup_capture_ struct capture c = {0};

	capture_parse_bytes(&c, "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", text, sizeof(text));
	capture_assert_only_issue(&c, MR_ISSUE_NUL_INSIDE, 0);
	assert_int_equal(capture_integer(&c, 0, "page_kib"), 2048);
	assert_int_equal(capture_integer(&c, 0, "nr_hugepages"), 513);
}

TEST(ksm_profit_may_be_negative_and_the_advisor_is_text)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "sys/kernel/mm/ksm/general_profit", "-81920\n");
	assert_int_equal(capture_integer(&c, 0, "general_profit_bytes"), -81920);
	capture_parse(&c, "sys/kernel/mm/ksm/advisor_mode", "[none] scan-time\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(capture_text(&c, 0, "advisor_mode"), "[none] scan-time");
}

TEST(procs_may_repeat_ids_and_may_be_empty)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V1 "/a/cgroup.procs", "1\n1\n9876868\n0\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 4);
	assert_int_equal(capture_integer(&c, 2, "pid"), 9876868);
	assert_string_equal(capture_text(&c, 2, "path"), "/a");
	capture_parse(&c, V1 "/a/cgroup.procs", "");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 0);
}

TEST(procs_bad_and_huge_ids_are_issues_and_no_rows)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V2 "/a/cgroup.procs", "12\nx\n99999999999999999999\n13\n");
	assert_int_equal(c.row_count, 2);
	assert_int_equal(c.issue_count, 2);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_BAD_NUMBER);
	assert_int_equal(c.issues[1].kind, MR_ISSUE_NUMBER_TOO_LARGE);
	assert_int_equal(c.issues[1].line, 3);
}

TEST(cgroup_path_follows_the_second_colon)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/8/cgroup",
		      "9:name=systemd:/x\n5:cpu,memory,cpuacct:/a:b,c (deleted)\n4:pids:/\n"
		      "0::/user.slice/s:1\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 1);
	assert_string_equal(capture_text(&c, 0, "cgroup1_path"), "/a:b,c (deleted)");
	assert_string_equal(capture_text(&c, 0, "cgroup2_path"), "/user.slice/s:1");
}

TEST(cgroup_path_of_one_hierarchy_leaves_the_other_null)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/8/cgroup", "0::/../../user-1000.slice/session-520.scope\n");
	assert_true(capture_is_null(&c, 0, "cgroup1_path"));
	assert_string_equal(capture_text(&c, 0, "cgroup2_path"), "/../../user-1000.slice/session-520.scope");
}

TEST(cgroup_lines_of_no_known_form_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/8/cgroup",
		      "memory:/a\n4:memory\nx:memory:/a\n4:memory:a\n4:memory:/a\n"
		      "4:mem");
	assert_int_equal(c.issue_count, 5);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_UNKNOWN_LINE), 4);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_CUT_OFF), 1);
	assert_string_equal(capture_text(&c, 0, "cgroup1_path"), "/a");
}

TEST(cgroup_file_is_empty_where_no_hierarchy_is_mounted)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/8/cgroup", "");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 0);
}

TEST(v2_memory_stat_and_events_are_key_value_files)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V2 "/a/memory.stat",
		      "anon 548147200\nfile 1255837696\npgfault 5\n"
		      "invented_key 3\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_KEY, 4);
	assert_int_equal(capture_integer(&c, 0, "anon_bytes"), 548147200);
	assert_int_equal(capture_integer(&c, 0, "hierarchy"), 2);
	capture_parse(&c, V2 "/a/memory.events",
		      "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\n"
		      "oom_group_kill 5\n");
	assert_int_equal(c.issue_count, 0);
	capture_parse(&c, V2 "/cgroup.stat", "nr_descendants 223\nnr_dying_descendants 12\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(capture_text(&c, 0, "path"), "/");
	capture_parse(&c, V1 "/a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "oom_kill_count"), 2);
}

TEST(pressure_has_a_row_for_each_share)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/pressure/memory",
		      "some avg10=0.01 avg60=0.02 avg300=0.11 total=8037976\n"
		      "full avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 2);
	assert_string_equal(capture_text(&c, 0, "share"), "some");
	assert_string_equal(capture_text(&c, 0, "resource"), "memory");
	assert_true(capture_real(&c, 0, "avg300_pct") == 0.11);
	assert_int_equal(capture_integer(&c, 0, "total_us"), 8037976);
	assert_string_equal(capture_text(&c, 1, "share"), "full");
}

TEST(pressure_of_a_group_has_its_path)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, V2 "/a/cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 1);
	assert_string_equal(capture_text(&c, 0, "path"), "/a");
	assert_string_equal(capture_text(&c, 0, "resource"), "cpu");
}

TEST(pressure_cut_off_or_strange_lines_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/pressure/io",
		      "most avg10=1\nsome avg10=0.00 mood=bad total=1\n"
		      "full avg10=0.00 avg60");
	assert_int_equal(c.issue_count, 3);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_UNKNOWN_LINE);
	assert_int_equal(c.issues[1].kind, MR_ISSUE_UNKNOWN_KEY);
	assert_int_equal(c.issues[2].kind, MR_ISSUE_CUT_OFF);
	capture_parse(&c, "proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00");
	capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 1);
}

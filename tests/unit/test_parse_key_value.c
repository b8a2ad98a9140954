/* "Key: 12 kB" and "key 12" files, with the hard inputs by name. */
#include "tests/support/capture_sink.h"
#include "tests/support/test.h"

TEST(meminfo_lines_become_one_row)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo",
		      "MemTotal:       24684092 kB\nMemFree:        24465228 kB\n"
		      "Active(anon):       1472 kB\n");
	assert_int_equal(c.status, 0);
	assert_int_equal(c.row_count, 1);
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(c.rows[0].table->name, "proc_meminfo");
	assert_int_equal(capture_integer(&c, 0, "mem_total_kib"), 24684092);
	assert_int_equal(capture_integer(&c, 0, "active_anon_kib"), 1472);
}

TEST(a_key_that_is_not_printed_is_null_and_not_zero)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "MemTotal: 1 kB\nBuffers: 0 kB\n");
	assert_true(capture_is_null(&c, 0, "mem_available_kib"));
	assert_int_equal(capture_integer(&c, 0, "buffers_kib"), 0);
}

TEST(meminfo_lines_in_another_order_are_understood)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "MemFree: 2 kB\nShmem: 3 kB\nMemTotal: 1 kB\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "mem_total_kib"), 1);
	assert_int_equal(capture_integer(&c, 0, "mem_free_kib"), 2);
	assert_int_equal(capture_integer(&c, 0, "shmem_kib"), 3);
}

TEST(meminfo_hugepages_line_stays_a_count)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "HugePages_Total:     513\nHugepagesize:       2048 kB\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "huge_pages_total_hugepages"), 513);
	assert_int_equal(capture_integer(&c, 0, "hugepagesize_kib"), 2048);
}

TEST(meminfo_size_without_its_unit_is_a_bad_number)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "MemTotal:       24684092\nMemFree: 1 kB\n");
	capture_assert_only_issue(&c, MR_ISSUE_BAD_NUMBER, 1);
	assert_true(capture_is_null(&c, 0, "mem_total_kib"));
}

TEST(meminfo_count_with_a_unit_is_a_bad_number)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "MemFree: 1 kB\nHugePages_Total: 513 kB\n");
	capture_assert_only_issue(&c, MR_ISSUE_BAD_NUMBER, 2);
	assert_true(capture_is_null(&c, 0, "huge_pages_total_hugepages"));
}

TEST(empty_file_is_an_issue_and_no_row)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
	assert_int_equal(c.row_count, 0);
}

TEST(cut_off_inside_a_key_is_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "MemTotal: 12 kB\nMemFr");
	capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 2);
	assert_string_equal(c.issues[0].text, "MemFr");
	assert_int_equal(c.row_count, 1);
}

TEST(cut_off_before_the_value_is_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "MemTotal: 12 kB\nMemFree:");
	capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 2);
}

TEST(cut_off_inside_the_unit_is_an_issue_and_the_value_is_null)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "MemTotal: 12 kB\nMemFree: 13 k");
	capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 2);
	assert_true(capture_is_null(&c, 0, "mem_free_kib"));
	capture_parse(&c, "proc/meminfo", "MemTotal: 12 kB\nMemFree: 13");
	capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 2);
	assert_true(capture_is_null(&c, 0, "mem_free_kib"));
}

TEST(no_newline_behind_a_whole_line_is_no_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "MemTotal: 12 kB\nMemFree: 13 kB");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "mem_free_kib"), 13);
}

TEST(huge_number_becomes_null_and_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "MemTotal: 99999999999999999999999 kB\nMemFree: 13 kB\n");
	capture_assert_only_issue(&c, MR_ISSUE_NUMBER_TOO_LARGE, 1);
	assert_true(capture_is_null(&c, 0, "mem_total_kib"));
}

TEST(meminfo_above_two_to_the_32_kib_is_kept)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "MemTotal: 400016779264 kB\n");
	assert_int_equal(c.issue_count, 0);
	assert_true(capture_integer(&c, 0, "mem_total_kib") == INT64_C(400016779264));
}

TEST(unknown_key_is_kept_as_an_issue_with_its_line)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "MemTotal: 12 kB\nMemInvented:   7 kB\nMemFree: 13 kB\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_KEY, 2);
	assert_string_equal(c.issues[0].text, "MemInvented:   7 kB");
	assert_int_equal(capture_integer(&c, 0, "mem_free_kib"), 13);
}

TEST(doubled_key_keeps_the_last_and_says_so)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo", "MemTotal: 12 kB\nMemFree: 1 kB\nMemFree: 2 kB\n");
	capture_assert_only_issue(&c, MR_ISSUE_DOUBLED_KEY, 3);
	assert_int_equal(capture_integer(&c, 0, "mem_free_kib"), 2);
}

TEST(nul_inside_ends_the_text_and_is_said_once)
{
	static const char text[] = "Node 0 MemTotal:  12 kB\nNode 0 MemFree: 7 kB\n\0\0\0\0\0\0\0";
	_cleanup_capture_ struct capture c = {0};

	capture_parse_bytes(&c, "sys/devices/system/node/node0/meminfo", text, sizeof(text) - 1);
	capture_assert_only_issue(&c, MR_ISSUE_NUL_INSIDE, 0);
	assert_int_equal(capture_integer(&c, 0, "mem_total_kib"), 12);
	assert_int_equal(capture_integer(&c, 0, "mem_free_kib"), 7);
}

TEST(nothing_but_nul_is_an_empty_file_too)
{
	static const char text[4096];
	_cleanup_capture_ struct capture c = {0};

	capture_parse_bytes(&c, "proc/meminfo", text, sizeof(text));
	assert_int_equal(c.row_count, 0);
	assert_int_equal(c.issue_count, 2);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_NUL_INSIDE);
	assert_int_equal(c.issues[1].kind, MR_ISSUE_EMPTY_FILE);
}

TEST(garbage_gives_issues_and_no_row)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/meminfo",
		      "\x7f"
		      "ELF\n:\n: 1 kB\n\n   \n");
	assert_int_equal(c.row_count, 0);
	assert_int_equal(c.issue_count, 3);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_UNKNOWN_LINE), 3);
}

TEST(an_error_of_the_sink_ends_the_parse)
{
	_cleanup_capture_ struct capture c = {.fail_after = 1};

	capture_parse(&c, "proc/meminfo", "a: 1 kB\nb: 2 kB\nc: 3 kB\nMemFree: 13 kB\n");
	assert_int_equal(c.status, -28);
	assert_int_equal(c.calls, 2);
	assert_int_equal(c.row_count, 0);
}

TEST(vmstat_keys_have_no_units)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/vmstat",
		      "nr_free_pages 6116307\nnr_kernel_stack 1600\n"
		      "pgpgin 18446744073709551615\n");
	assert_int_equal(capture_integer(&c, 0, "nr_free_pages"), 6116307);
	assert_int_equal(capture_integer(&c, 0, "nr_kernel_stack_kib"), 1600);
	capture_assert_only_issue(&c, MR_ISSUE_NUMBER_TOO_LARGE, 3);
}

TEST(vmstat_cut_off_inside_a_key_is_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/vmstat", "nr_free_pages 6116307\nnr_kern");
	capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 2);
}

TEST(node_meminfo_has_the_node_in_front_and_in_the_path)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "sys/devices/system/node/node72/meminfo",
		      "Node 72 MemTotal:       16393164 kB\nNode 72 HugePages_Total:     0\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "node"), 72);
	assert_int_equal(capture_integer(&c, 0, "mem_total_kib"), 16393164);
}

TEST(node_meminfo_without_the_node_is_an_unknown_line)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "sys/devices/system/node/node0/meminfo",
		      "MemTotal: 1 kB\nNode x MemFree: 1 kB\n"
		      "Node 0\n");
	assert_int_equal(c.row_count, 0);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_UNKNOWN_LINE), 3);
}

TEST(numastat_of_a_node_is_counted)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "sys/devices/system/node/node1/numastat", "numa_hit 193460335812\nother_node 0\n");
	assert_int_equal(c.issue_count, 0);
	assert_true(capture_integer(&c, 0, "numa_hit_count") == INT64_C(193460335812));
}

TEST(memory_stat_may_be_negative_on_old_kernels)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "sys/fs/cgroup/memory/a/memory.stat", "cache 4096\nrss -8192\nmapped_file 0\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "rss_bytes"), -8192);
	assert_int_equal(capture_integer(&c, 0, "hierarchy"), 1);
	assert_string_equal(capture_text(&c, 0, "path"), "/a");
}

TEST(memory_stat_hierarchical_limit_knows_that_it_is_none)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "sys/fs/cgroup/memory/memory.stat",
		      "hierarchical_memory_limit 9223372036854771712\nhierarchical_memsw_limit 1073741824\n");
	assert_int_equal(c.issue_count, 0);
	assert_true(capture_is_null(&c, 0, "hierarchical_memory_limit_bytes"));
	assert_int_equal(capture_integer(&c, 0, "hierarchical_memory_limit_unlimited"), 1);
	assert_int_equal(capture_integer(&c, 0, "hierarchical_memsw_limit_bytes"), 1073741824);
	assert_int_equal(capture_integer(&c, 0, "hierarchical_memsw_limit_unlimited"), 0);
	assert_string_equal(capture_text(&c, 0, "path"), "/");
}

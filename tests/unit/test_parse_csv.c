/* The members that the collector writes: NULL and empty text, quotes, cut-off records. */
#include "tests/support/capture_sink.h"
#include "tests/support/test.h"

TEST(meta_is_one_row_of_keys_and_values)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "capture/meta.csv",
		      "key,value\nformat,1\nhost,\"a \"\"b\"\", c\"\npage_size_bytes,4096\ncgroup2_mount,\n"
		      "level,\"\"\n"
		      "capabilities_effective,2199006478335\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 1);
	assert_int_equal(capture_integer(&c, 0, "format"), 1);
	assert_string_equal(capture_text(&c, 0, "host"), "a \"b\", c");
	assert_true(capture_is_null(&c, 0, "cgroup2_mount"));
	assert_string_equal(capture_text(&c, 0, "level"), "");
	assert_true(capture_integer(&c, 0, "capability_flags") == INT64_C(0x1fffeffffff));
}

TEST(meta_of_a_newer_collector_has_keys_that_are_kept_as_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "capture/meta.csv", "key,value\nformat,1\nmood,\"very,good\"\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_KEY, 3);
	assert_string_equal(c.issues[0].text, "mood,very,good");
}

TEST(meta_hard_inputs_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "capture/meta.csv", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
	capture_parse(&c, "capture/meta.csv",
		      "key,value\nformat,one\nformat,1\neuid,99999999999999999999\nhost,a,b\nself_pid,\"\"\n"
		      "level");
	assert_int_equal(c.issue_count, 6);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_BAD_NUMBER);
	assert_int_equal(c.issues[1].kind, MR_ISSUE_DOUBLED_KEY);
	assert_int_equal(c.issues[2].kind, MR_ISSUE_NUMBER_TOO_LARGE);
	assert_int_equal(c.issues[3].kind, MR_ISSUE_UNKNOWN_LINE);
	assert_int_equal(c.issues[4].kind, MR_ISSUE_BAD_NUMBER);
	assert_int_equal(c.issues[5].kind, MR_ISSUE_CUT_OFF);
	assert_int_equal(capture_integer(&c, 0, "format"), 1);
}

TEST(meta_without_its_header_is_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "capture/meta.csv", "format,1\nhost,a\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_LINE, 1);
}

TEST(meta_cut_off_inside_quotes_is_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "capture/meta.csv", "key,value\nformat,1\nhost,\"abc\nlevel,full\n");
	assert_int_equal(c.issue_count, 1);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_CUT_OFF);
	assert_true(capture_is_null(&c, 0, "host"));
	assert_int_equal(capture_integer(&c, 0, "format"), 1);
}

TEST(index_is_a_row_a_record)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "capture/index/0001.csv",
		      "path,role,reading,status,bytes,start_ns,duration_ns,sha256\r\n"
		      "proc/meminfo,canonical,0,ok,1496,1000,20,abc\r\n"
		      "\"sys/fs/cgroup/a,\"\"b\"\"\n/memory.stat\",canonical,0,EACCES,,1100,3,\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 2);
	assert_string_equal(capture_text(&c, 0, "path"), "proc/meminfo");
	assert_int_equal(capture_integer(&c, 0, "member_bytes"), 1496);
	assert_string_equal(capture_text(&c, 1, "path"), "sys/fs/cgroup/a,\"b\"\n/memory.stat");
	assert_string_equal(capture_text(&c, 1, "status"), "EACCES");
	assert_true(capture_is_null(&c, 1, "member_bytes"));
	assert_true(capture_is_null(&c, 1, "sha256"));
}

TEST(rows_take_the_order_of_columns_from_the_header)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "capture/cgroups.csv", "inode,path,mood,hierarchy,device\n42,/a,fine,2,27\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_KEY, 1);
	assert_string_equal(c.issues[0].text, "mood");
	assert_int_equal(capture_integer(&c, 0, "inode"), 42);
	assert_int_equal(capture_integer(&c, 0, "hierarchy"), 2);
	assert_string_equal(capture_text(&c, 0, "path"), "/a");
}

TEST(rows_without_their_key_or_with_other_cells_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "capture/cgroups.csv",
		      "hierarchy,path,device,inode\n2,,27,42\n2,/a,27\n"
		      "2,/b,27,43,9\n2,/c,27,44\n");
	assert_int_equal(c.row_count, 1);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_UNKNOWN_LINE), 3);
	assert_string_equal(capture_text(&c, 0, "path"), "/c");
}

TEST(rows_cut_off_in_the_last_record_are_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "pages/ranges.csv", "first_pfn,frames\n1,158\n256,7");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 2);
	capture_parse(&c, "pages/ranges.csv", "first_pfn,frames\n1,158\n256");
	capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 3);
	assert_int_equal(c.row_count, 1);
}

TEST(nul_inside_ends_the_records)
{
	static const char text[] = "first_pfn,frames\n1,158\n\0\0\0";
	_cleanup_capture_ struct capture c = {0};

	capture_parse_bytes(&c, "pages/ranges.csv", text, sizeof(text) - 1);
	capture_assert_only_issue(&c, MR_ISSUE_NUL_INSIDE, 0);
	assert_int_equal(c.row_count, 1);
}

TEST(a_header_of_a_thousand_columns_does_no_harm)
{
	static char text[8192];
	_cleanup_capture_ struct capture c = {0};
	size_t length = 0;

	for (int line = 0; line < 2; line++) {
		for (int i = 0; i < 1000; i++) {
			text[length++] = 'a';
			text[length++] = i == 999 ? '\n' : ',';
		}
	}
	capture_parse_bytes(&c, "pages/ranges.csv", text, length);
	assert_int_equal(c.row_count, 0);
	assert_true(c.issue_count > 0);
}

/* The groups of a process as ps prints them. */
#include "analyze/read/foreign/ps_cgroups.h"

#include <string.h>

#include "tests/support/test.h"

static void expect_groups(const char *text, const char *cgroup1, const char *cgroup2)
{
	struct mr_ps_cgroups cgroups;

	mr_ps_cgroups_split(mr_slice_of(text), &cgroups);
	assert_true(mr_slice_is(cgroups.cgroup1, cgroup1));
	assert_true(mr_slice_is(cgroups.cgroup2, cgroup2));
}

TEST(groups_are_told_apart_where_lists_and_paths_hold_commas)
{
	struct mr_ps_cgroups cgroups;

	expect_groups("8:pids:/a,6:memory:/b,3:cpu,cpuacct:/c,0::/d", "/b", "/d");
	expect_groups("5:cpuacct,memory:/a,b:c,0::/d", "/a,b:c", "/d");
	expect_groups("1:name=systemd:/a", "", "");
	expect_groups("4:memoryx:/a,3:xmemory:/b", "", "");
	expect_groups("9:blkio:/x;4:memory:/y;1:cpu:/z", "/y", "");
	expect_groups("-", "", "");
	expect_groups("", "", "");
	expect_groups("0::", "", "");
	expect_groups(",,,:::,0::/a", "", "/a");
	mr_ps_cgroups_split(MR_SLICE("0::/a"), &cgroups);
	assert_true(cgroups.is_whole);
}

TEST(groups_that_may_be_cut_off_lose_the_last_and_are_not_whole)
{
	struct mr_ps_cgroups cgroups;
	char text[1024];

	memset(text, 'a', sizeof(text));
	memcpy(text, "6:memory:/", 10);
	memcpy(text + 500, ",0::/", 5);
	mr_ps_cgroups_split((struct mr_slice){text, sizeof(text) - 1}, &cgroups);
	assert_false(cgroups.is_whole);
	assert_int_equal(cgroups.cgroup1.length_bytes, 500 - 9);
	assert_int_equal(cgroups.cgroup2.length_bytes, 0);
}

TEST(a_mebibyte_of_commas_is_taken_apart_at_once)
{
	static char text[1 << 20];

	memset(text, ',', sizeof(text));
	struct mr_ps_cgroups cgroups;
	mr_ps_cgroups_split((struct mr_slice){text, sizeof(text)}, &cgroups);
	assert_int_equal(cgroups.cgroup1.length_bytes, 0);
	memset(text, '1', sizeof(text));
	mr_ps_cgroups_split((struct mr_slice){text, sizeof(text)}, &cgroups);
	assert_int_equal(cgroups.cgroup2.length_bytes, 0);
}

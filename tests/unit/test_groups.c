/* Groups of a capture that has only their files: rows of capture_cgroups. */
#include <errno.h>
#include <string.h>

#include "analyze/read/foreign/groups.h"
#include "tests/support/capture_sink.h"
#include "tests/support/test.h"

/* What goes through: rows of the groups and the outlet that takes them. */
struct tree {
	struct mr_groups groups;
	struct capture rows;
	struct mr_outlet outlet;
};

static int keep_row(void *context, int64_t reading, const struct mr_row *row)
{
	assert_int_equal(reading, 0);
	return capture_take_row(context, row);
}

static int take_row(void *context, const struct mr_row *row)
{
	struct tree *tree = context;

	return mr_groups_row(&tree->groups, row, &tree->outlet);
}

static int pass_over(void *context, const struct mr_issue *issue)
{
	return 0;
}

static int put(struct tree *tree, const char *path, const char *text)
{
	static const struct mr_mounts mounts = {"sys/fs/cgroup/memory", "sys/fs/cgroup/unified"};
	const struct mr_sink sink = {tree, take_row, pass_over};
	struct mr_match match;

	tree->outlet = (struct mr_outlet){.context = &tree->rows, .row = keep_row};
	assert_true(mr_source_match(path, &mounts, &match));
	const struct mr_parse_input input = {
		.match = &match, .path = path, .text = text, .length_bytes = strlen(text)};
	return mr_parse(&input, &sink);
}

static void tree_deinit(struct tree *tree)
{
	mr_groups_deinit(&tree->groups);
	capture_deinit(&tree->rows);
}

#define _cleanup_tree_ __attribute__((cleanup(tree_deinit)))

TEST(files_of_one_folder_make_one_group)
{
	_cleanup_tree_ struct tree tree = {0};

	assert_int_equal(put(&tree, "sys/fs/cgroup/memory/memory.usage_in_bytes", "4096\n"), 0);
	assert_int_equal(put(&tree, "sys/fs/cgroup/memory/memory.stat", "cache 0\n"), 0);
	assert_int_equal(put(&tree, "sys/fs/cgroup/memory/a\\x2db/memory.stat", "cache 0\n"), 0);
	assert_int_equal(put(&tree, "sys/fs/cgroup/unified/a\\x2db/memory.current", "4096\n"), 0);
	assert_int_equal(tree.rows.row_count, 3);
	assert_string_equal(tree.rows.rows[0].table->name, "capture_cgroups");
	assert_string_equal(capture_text(&tree.rows, 0, "path"), "/");
	assert_string_equal(capture_text(&tree.rows, 1, "path"), "/a\\x2db");
	assert_int_equal(capture_integer(&tree.rows, 1, "hierarchy"), 1);
	assert_string_equal(capture_text(&tree.rows, 2, "path"), "/a\\x2db");
	assert_int_equal(capture_integer(&tree.rows, 2, "hierarchy"), 2);
	assert_true(capture_is_null(&tree.rows, 2, "inode"));
}

TEST(rows_of_no_group_make_none)
{
	_cleanup_tree_ struct tree tree = {0};

	assert_int_equal(put(&tree, "proc/meminfo", "MemTotal: 4 kB\n"), 0);
	assert_int_equal(put(&tree, "proc/1/cgroup", "0::/a\n"), 0);
	assert_int_equal(tree.rows.row_count, 0);
}

TEST(an_outlet_that_fails_ends_the_parse)
{
	_cleanup_tree_ struct tree tree = {.rows = {.fail_after = 1}};

	assert_int_equal(put(&tree, "sys/fs/cgroup/memory/memory.usage_in_bytes", "4096\n"), 0);
	assert_int_equal(put(&tree, "sys/fs/cgroup/memory/a/memory.usage_in_bytes", "4096\n"), -ENOSPC);
}

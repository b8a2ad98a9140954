/* A row of capture_cgroups, without an inode, where the folder of the files changes.  See groups.h. */
#include "analyze/read/foreign/groups.h"

#include <errno.h>
#include <string.h>

#include "analyze/read/row.h"

static bool is_same(const struct mr_groups *groups, int64_t hierarchy, const struct mr_value *path)
{
	return groups->path.data && groups->hierarchy == hierarchy &&
	       groups->path.length_bytes == path->text.length_bytes &&
	       !memcmp(groups->path.data, path->text.bytes, path->text.length_bytes);
}

void mr_groups_deinit(struct mr_groups *groups)
{
	mr_buffer_deinit(&groups->path);
}

int mr_groups_row(struct mr_groups *groups, const struct mr_row *row, const struct mr_outlet *outlet)
{
	struct mr_row group = {.table = mr_table_find("capture_cgroups")};

	if (strncmp(row->table->name, "cgroup1_", 8) != 0 && strncmp(row->table->name, "cgroup2_", 8) != 0)
		return 0;
	const struct mr_value *hierarchy = mr_row_value(row, "hierarchy");
	const struct mr_value *path = mr_row_value(row, "path");
	if (hierarchy->type != MR_VALUE_INTEGER || path->type != MR_VALUE_TEXT ||
	    is_same(groups, hierarchy->integer, path))
		return 0;
	groups->hierarchy = hierarchy->integer;
	mr_buffer_clear(&groups->path);
	mr_buffer_append(&groups->path, path->text.bytes, path->text.length_bytes);
	if (groups->path.failed)
		return -ENOMEM;
	mr_row_set(&group, "hierarchy", hierarchy);
	mr_row_set(&group, "path", path);
	return outlet->row(outlet->context, 0, &group);
}

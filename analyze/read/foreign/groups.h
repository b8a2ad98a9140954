/* The groups of a foreign capture.
 *
 * Our own archives have a row of capture_cgroups for each folder of the tree, with its inode; the views count
 * and join groups by these rows.  Other tools copy the files alone: each group whose files come is a group
 * that was there.
 */
#ifndef MR_GROUPS_H
#define MR_GROUPS_H

#include "analyze/read/outlet.h"
#include "schema/base/buffer.h"

/** The group whose files were seen last; all zero at the begin. */
struct mr_groups {
	int64_t hierarchy;
	struct mr_buffer path;
};

void mr_groups_deinit(struct mr_groups *groups);

/**
 * Put a row of capture_cgroups for the group that a row belongs to.  Files of one folder that come one behind
 * the other make one row; where they do not, the same row may be put again, which changes nothing.
 *
 * @row     of any table; those of no cgroup are passed over
 * @return  0, -ENOMEM or what the outlet returned
 */
int mr_groups_row(struct mr_groups *groups, const struct mr_row *row, const struct mr_outlet *outlet);

#endif

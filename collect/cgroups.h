/* The memory files of every cgroup, of both versions. */
#ifndef MR_COLLECT_CGROUPS_H
#define MR_COLLECT_CGROUPS_H

#include "collect/capture.h"

/** Read the whole tree of the v1 memory controller and of cgroup2, as far as they are mounted. */
void mr_cgroups(struct mr_capture *capture);

/** Write capture/cgroups.csv. */
void mr_cgroups_write_inodes(struct mr_capture *capture);

/**
 * Is this file of a cgroup folder read?  By name only; files without a read bit are left out besides.
 *
 * @version  1 or 2
 */
bool mr_cgroup_wants(int version, const char *name);

#endif

/* The groups of a process as ps prints them: the lines of proc/PID/cgroup joined, without those whose path is
 * "/". */
#ifndef MR_PS_CGROUPS_H
#define MR_PS_CGROUPS_H

#include "analyze/parse/slice.h"

/** Paths in the hierarchies that may account memory; they point into the text and have no bytes when not
 * there. */
struct mr_ps_cgroups {
	struct mr_slice cgroup1; /**< of the version 1 hierarchy with the memory controller */
	struct mr_slice cgroup2; /**< of version 2 */
	bool is_whole;           /**< nothing was cut off the end: what is not there is "/" */
};

/**
 * Take the column CGROUP apart: "8:pids:/a,6:memory:/a,3:cpu,cpuacct:/a,0::/a", with ';' between the entries
 * in procps before 3.3, or "-".
 *
 * Source: procps fill_cgroup_cvt(); up to 3.3.9 it reads no more than 1023 bytes of the file
 */
void mr_ps_cgroups_split(struct mr_slice text, struct mr_ps_cgroups *ret_cgroups);

#endif

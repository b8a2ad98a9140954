/* What the kernel is asked to forbid the process that reads and parses an archive: all but reading and
 * telling.
 *
 * A filter of system calls (seccomp) names what is allowed: read what is open, memory that is not executable,
 * write to one pipe, end.  Of a folder also: open for reading, list, look.  Anything else ends the process
 * with SIGSYS: no file is opened for writing, there is no network, no other program, no other process.  What
 * the archive is then costs it alone. */
#ifndef MR_ANALYZE_CONFINE_H
#define MR_ANALYZE_CONFINE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "schema/base/error.h"

/** Most instructions of such a filter; they are about 100. */
#define MR_CONFINE_INSTRUCTIONS_MAX 1024

struct mr_confine_filter {
	unsigned short count; /**< 0: none yet */
	struct sock_filter instructions[MR_CONFINE_INSTRUCTIONS_MAX];
};

/** Put a filter together, once for many processes.
 * @pipe_fd    what may be written to: it has the same number in each of them
 * @opens      a folder is read
 * @return     0 or a negative errno */
int mr_confine_make(struct mr_confine_filter *ret, int pipe_fd, bool opens);

/** What a filter cannot say. */
struct mr_confine_bounds {
	uint64_t memory_bytes; /**< of address space; 0: any */
	int folder_fd;  /**< nothing but what is below may be opened, where the kernel has Landlock; -1: no
			   folder */
	unsigned cpu_s; /**< seconds of processor time, then SIGXCPU; 0: any */
};

/**
 * Confine this process, for good.
 *
 * Memory is limited, too: the dictionary of a .xz may be as large as its header says.
 *
 * @return  0 or a negative errno: then it is not confined
 */
int mr_confine_enter(const struct mr_confine_filter *filter, const struct mr_confine_bounds *bounds);

#endif

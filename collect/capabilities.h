/* Capabilities that are not needed are given up before anything is read. */
#ifndef MR_COLLECT_CAPABILITIES_H
#define MR_COLLECT_CAPABILITIES_H

#include "schema/base/buffer.h"

/**
 * Give up every capability that the rest of the run does not need, for good: from the effective, permitted,
 * inheritable and ambient sets, all from the bounding set, and by no_new_privs.  What stays is in the table
 * of capabilities.c.
 *
 * Without CAP_SYS_PTRACE nothing but inheritable, ambient and bounding capabilities is given up: a process
 * may then read the memory map only of those who have no capability that it has not (so in a container of the
 * usual kind).
 *
 * @output_fd     the archive that is written; -1 for a process that writes none, as a reader
 * @directory_fd  the folder it is published in; -1 for none.  Capabilities to write to it are kept when it is
 * not ours
 * @ret_dropped   gets the names of what was given up, now and by calls before this one, of processes that
 * this one was forked from too: "CAP_CHOWN CAP_KILL", nothing when that is nothing; may be NULL
 * @return        0, or a negative errno: capabilities are as before, and nothing is in @ret_dropped
 *
 * Owns:    @ret_dropped is the caller's
 * Source:  kernel/capability.c SYSCALL_DEFINE2(capset), capabilities(7)
 */
int mr_capabilities_drop(int output_fd, int directory_fd, struct mr_buffer *ret_dropped);

#endif

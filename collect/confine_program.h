/* A filter of system calls as the kernel takes it: made by a process of its own, whose memory goes with it,
 * and loaded later. */
#ifndef MR_COLLECT_CONFINE_PROGRAM_H
#define MR_COLLECT_CONFINE_PROGRAM_H

#include <linux/filter.h>
#include <stddef.h>

/** That of a writer with 16 readers has about 350. */
#define MR_CONFINE_INSTRUCTIONS_MAX 1024

struct mr_confine_program {
	size_t count; /**< 0: none yet */
	struct sock_filter instructions[MR_CONFINE_INSTRUCTIONS_MAX];
};

/**
 * Have one made.
 *
 * @put_together  called in another process: write the instructions of what is @wanted to @to_fd.
 *                @return 0 or a negative errno
 * @return        0 or a negative errno; -ETIMEDOUT when it took seconds, or somebody asked to stop
 */
int mr_confine_program_make(struct mr_confine_program *ret,
			    int (*put_together)(const void *wanted, int to_fd), const void *wanted);

/** Give it to the kernel, for this process and those it makes.  @return 0 or a negative errno */
int mr_confine_program_load(const struct mr_confine_program *program);

#endif

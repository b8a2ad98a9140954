/* A small process that workers are forked from.
 *
 * After a fork each page of both processes is copied when one of them writes to it.  The process that has the database
 * writes to all of its memory: forked for every archive, it spent a quarter of its time on copies.  This one is forked
 * once, before that memory is used; it has neither the database nor the terminal, and waits for jobs. */
#ifndef MR_SPAWNER_H
#define MR_SPAWNER_H

#include <sys/types.h>

#include "analyze/import/job.h"

struct mr_spawner {
	pid_t pid; /**< 0: none yet, or no longer */
	int fd;    /**< to it and back: one message each */
	const struct mr_archive_limits *limits;
	const struct mr_input_options *options;
};

/**
 * It is started with its first worker.
 *
 * @limits   of all its workers; NULL: the default ones.  Must last as long as the spawner
 * @options  of all its workers; the same
 */
void mr_spawner_init(struct mr_spawner *spawner, const struct mr_archive_limits *limits,
		     const struct mr_input_options *options);

/**
 * Have a worker forked.  A spawner that has ended is started again; its workers have ended with it.
 *
 * @job     its limits and options are those of the spawner
 * @return  its pid or a negative errno
 */
pid_t mr_spawner_fork(struct mr_spawner *spawner, const struct mr_job *job);

/**
 * See a worker off that has nothing more to do: one that stays is killed, one that is ending ends as it would have.
 *
 * @spawner  NULL: a child of this process
 * @return   how it ended, as waitpid() has it; of one that is not known, as if it was killed
 */
int mr_spawner_see_off(struct mr_spawner *spawner, pid_t pid);

/** End it, and with it all workers that nobody waited for; none is fine. */
void mr_spawner_stop(struct mr_spawner *spawner);

#endif

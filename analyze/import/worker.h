/* A process of its own that reads one input and tells what it finds through a pipe; it can do nothing else.
 */
#ifndef MR_WORKER_H
#define MR_WORKER_H

#include <sys/types.h>

#include "analyze/import/spawner.h"
#include "analyze/import/wire.h"

/** All zero is none. */
struct mr_worker {
	pid_t pid;                  /**< 0: none */
	struct mr_spawner *spawner; /**< that it was forked from; NULL: it is a child of this process */
	int fd;                     /**< read end of its pipe */
	unsigned cpu_s;             /**< that it may take; 0: any */
	struct mr_wire_in in;
	struct mr_wire_out rows; /**< to one that compares: what the database has */
};

/**
 * Start one.
 *
 * @spawner must last as long as the worker
 * @path    "-" is standard input
 * @return  0; -ENOENT and other errors of opening @path; -EAGAIN, -EMFILE, -ENOMEM no process or pipe to be had
 */
int mr_worker_start(struct mr_worker *worker, struct mr_spawner *spawner, const char *path,
		    struct mr_error *error);

/**
 * Start one that compares files with rows: it begins each capture with a message, and waits for the rows and
 * issues that the database has of it, through worker->rows.  See proof.h.
 *
 * @return  as mr_worker_start()
 */
int mr_worker_start_proof(struct mr_worker *worker, struct mr_spawner *spawner, const char *path,
			  struct mr_error *error);

/**
 * Take what it tells, until it has told all, and see it off.
 *
 * @return  0; what went wrong with the input, with its words; -EBADMSG also when the process ended by itself,
 * as one does that a hostile archive has brought to what it may not do; what the intake returns
 */
int mr_worker_receive(struct mr_worker *worker, const char *path, const struct mr_intake *intake,
		      struct mr_error *error);

/** End it, whatever it is doing; none is fine. */
void mr_worker_stop(struct mr_worker *worker);

#endif

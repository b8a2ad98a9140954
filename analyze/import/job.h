/* What a worker is for: one input, read by a process that can do nothing else. */
#ifndef MR_JOB_H
#define MR_JOB_H

#include "analyze/read/input.h"

struct mr_job {
	const char *path; /**< of the input, for messages; "-" is standard input */
	const struct mr_archive_limits *limits;
	const struct mr_input_options *options;
	bool is_folder;
	int input_fd;
	int pipe_fd; /**< where it tells what it finds */
	int rows_fd; /**< where the rows of the database come from; -1: nothing is compared */
};

/** Do once, before processes are forked for jobs, what each of them would have to do. */
void mr_job_prepare(void);

/** The same for jobs of a kind.  @return 0 or a negative errno: such a job cannot be confined */
int mr_job_prepare_filter(bool is_folder);

/** Close descriptors from @first to @last, on kernels before 5.9, which have no close_range(), one by one. */
void mr_job_close(unsigned first, unsigned last);

/** Do it, as a process of its own: everything but the descriptors of the job is closed. */
_Noreturn void mr_job_do(struct mr_job job);

#endif

/* What a worker does: it confines itself, reads one input and tells what is in it.  See job.h. */
#include "analyze/import/job.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "analyze/import/comparison.h"
#include "analyze/import/confine.h"

/* The worker's end of the pipe: one number, so that one filter does for all of them. */
#define PIPE_FD 3
/* Where the rows of the database come from, in one that compares. */
#define ROWS_FD 4
/* Address space of a worker. */
#define OTHER_BYTES (UINT64_C(256) << 20)
#define BYTES_A_MEMBER 256
/* Descriptors that a process has at most, as a rule. */
#define FDS_MAX (1u << 20)

/* Filters for files and for folders, put together when they are first wanted. */
static struct mr_confine_filter filters[2];

int mr_job_prepare_filter(bool is_folder)
{
	return filters[is_folder].count ? 0 : mr_confine_make(&filters[is_folder], PIPE_FD, is_folder);
}

void mr_job_prepare(void)
{
	/* names are bytes here: libarchive would look at each as wide characters */
	setlocale(LC_CTYPE, "C");
	/* libarchive wants this conversion at the first pax header, and the C library reads files to find it: from
	 * now on it has them */
	iconv_open(nl_langinfo(CODESET), "UTF-8");
	signal(SIGPIPE, SIG_DFL);
}

void mr_job_close(unsigned first, unsigned last)
{
	struct rlimit limit;

	if (first > last || !close_range(first, last, 0))
		return;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > FDS_MAX)
		limit.rlim_cur = FDS_MAX;
	for (unsigned fd = first; fd <= last && fd < limit.rlim_cur; fd++)
		close((int)fd);
}

/* What we have inherited and do not need: who may duplicate descriptors could give it the number of the pipe. */
static void keep_only(int last_fd, int input_fd)
{
#ifndef __SANITIZE_ADDRESS__
	mr_job_close(0, PIPE_FD - 1);
#endif
	mr_job_close((unsigned)last_fd + 1, (unsigned)input_fd - 1);
	mr_job_close((unsigned)input_fd + 1, ~0u);
}

/* The dictionary of xz -9, tables; the largest member while its buffer grows; what is kept of each member. */
static uint64_t memory_bytes_max(const struct mr_archive_limits *limits)
{
	uint64_t of_members = limits->members_count, of_member = limits->member_bytes;

	if (of_members > UINT64_MAX / 4 / BYTES_A_MEMBER || of_member > UINT64_MAX / 16)
		return 0;
	return OTHER_BYTES + of_members * BYTES_A_MEMBER + 4 * of_member;
}

/* Put the descriptors where the filter has them; none may be in the way of another. */
static bool place_descriptors(struct mr_job *job)
{
	job->input_fd = fcntl(job->input_fd, F_DUPFD, ROWS_FD + 1);
	if (job->rows_fd >= 0)
		job->rows_fd = fcntl(job->rows_fd, F_DUPFD, ROWS_FD + 1);
	if (job->input_fd < 0 || (job->pipe_fd != PIPE_FD && dup2(job->pipe_fd, PIPE_FD) < 0))
		return false;
	if (job->rows_fd >= 0 && dup2(job->rows_fd, ROWS_FD) < 0)
		return false;
	keep_only(job->rows_fd >= 0 ? ROWS_FD : PIPE_FD, job->input_fd);
	return true;
}

static int read_input(const struct mr_job *job, const struct mr_intake *intake, struct mr_error *error)
{
	struct mr_archive *archive = NULL;

	int result = mr_archive_open_fd(job->input_fd, job->path, job->limits, &archive, error);
	if (!result)
		result = mr_input_read(archive, job->options, intake, error);
	mr_archive_close(archive);
	return result;
}

/* Tell what is in the input, or how it compares with the rows that come. */
static int do_job(const struct mr_job *job, struct mr_wire_out *out, struct mr_error *error)
{
	const struct mr_intake intake = mr_wire_intake(out);
	struct mr_comparison comparison;

	if (job->rows_fd < 0)
		return read_input(job, &intake, error);
	mr_comparison_init(&comparison, out, ROWS_FD);
	int result = read_input(job, &comparison.intake, error);
	mr_comparison_deinit(&comparison);
	return result;
}

_Noreturn void mr_job_do(struct mr_job job)
{
	struct mr_wire_out out = {.fd = PIPE_FD};
	struct mr_error error = {0};

	if (!place_descriptors(&job))
		_exit(1);
	const struct mr_confine_bounds bounds = {
		.memory_bytes = memory_bytes_max(job.limits),
		.folder_fd = job.is_folder ? job.input_fd : -1,
		.cpu_s = job.limits->cpu_s,
	};
	int result = mr_confine_enter(&filters[job.is_folder], &bounds);
	if (result < 0)
		mr_error_set(&error, result, "cannot confine the process that reads %s: %s", job.path,
			     strerror(-result));
	else
		result = do_job(&job, &out, &error);
	if (result < 0)
		mr_error_set(&error, result, "%s: %s", job.path, strerror(-result));
	/* cut off, damaged or no capture: no caller needs to tell them apart */
	if (error.number == -ENODATA || error.number == -ENOMSG)
		error.number = -EBADMSG;
	mr_wire_done(&out, &error);
	_exit(0);
}

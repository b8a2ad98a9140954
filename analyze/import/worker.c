/* The process that reads an input, seen from both sides.  See worker.h. */
#include "analyze/import/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyze/import/comparison.h"
#include "analyze/import/confine.h"

/* The worker's end of the pipe: one number, so that one filter does for all of them. */
#define PIPE_FD 3
/* Where the rows of the database come from, in one that compares. */
#define ROWS_FD 4
/* As much as an ordinary user may have; what does not fit lets the worker wait. */
#define PIPE_BYTES (1 << 20)
/* One that uses up its processor time is ended by that; one that is silent for longer is stuck. */
#define SPARE_S 60
/* Address space of a worker. */
#define OTHER_BYTES (UINT64_C(256) << 20)
#define BYTES_A_MEMBER 256

/* Filters for files and for folders, put together when they are first wanted. */
static struct mr_confine_filter filters[2];

static int make_filter(bool is_folder, struct mr_error *error)
{
	if (filters[is_folder].count)
		return 0;
	int result = mr_confine_make(&filters[is_folder], PIPE_FD, is_folder);
	return result < 0
		       ? mr_error_set(error, result, "cannot confine the process that reads an archive: %s",
				      strerror(-result))
		       : 0;
}

/* ---- in the worker ---- */

/* What one is to read, and through which descriptors. */
struct job {
	const char *path;
	const struct mr_archive_limits *limits;
	const struct mr_input_options *options;
	bool is_folder;
	int input_fd, pipe_fd;
	int rows_fd; /* where the rows of the database come from; -1: nothing is compared */
};

/* What we have inherited and do not need: the database above all, and the terminal: who may duplicate
 * descriptors could give it the number of the pipe. */
static void keep_only(int last_fd, int input_fd)
{
#ifndef __SANITIZE_ADDRESS__
	close_range(0, PIPE_FD - 1, 0);
#endif
	close_range((unsigned)last_fd + 1, (unsigned)input_fd - 1, 0);
	close_range((unsigned)input_fd + 1, ~0u, 0);
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
static bool place_descriptors(struct job *job)
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

static int read_input(const struct job *job, const struct mr_intake *intake, struct mr_error *error)
{
	struct mr_archive *archive = NULL;

	int result = mr_archive_open_fd(job->input_fd, job->path, job->limits, &archive, error);
	if (!result)
		result = mr_input_read(archive, job->options, intake, error);
	mr_archive_close(archive);
	return result;
}

/* Tell what is in the input, or how it compares with the rows that come. */
static int do_job(const struct job *job, struct mr_wire_out *out, struct mr_error *error)
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

_Noreturn static void work(struct job job)
{
	struct mr_wire_out out = {.fd = PIPE_FD};
	struct mr_error error = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* names are bytes here: libarchive would look at each as wide characters */
	setlocale(LC_CTYPE, "C");
	/* libarchive wants this conversion at the first pax header, and the C library reads files to find it: from now on it
	 * has them */
	iconv_open(nl_langinfo(CODESET), "UTF-8");
	signal(SIGPIPE, SIG_DFL);
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

/* ---- in the process that has the database ---- */

static int open_input(const char *path, bool *ret_is_folder, struct mr_error *error)
{
	struct stat status;
	int fd = mr_archive_input(path, error);

	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0) {
		int result = mr_error_set(error, -errno, "%s: %s", path, strerror(errno));
		close(fd);
		return result;
	}
	*ret_is_folder = S_ISDIR(status.st_mode);
	return fd;
}

static struct mr_worker worker_of(const struct job *job, pid_t pid, int fd, int rows_fd)
{
	bool is_stdin = !strcmp(job->path, "-");
	unsigned cpu_s = job->limits->cpu_s;

	return (struct mr_worker){
		.pid = pid,
		.fd = fd,
		.cpu_s = cpu_s,
		/* who feeds standard input may take his time */
		.in = {.fd = fd, .patience_s = is_stdin || !cpu_s ? 0 : cpu_s + SPARE_S},
		.rows = {.fd = rows_fd},
	};
}

static void close_end(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Fork one: @ends of a pipe for what it tells, @rows of one for what it is told, -1 for none. */
static int fork_worker(struct job *job, const int ends[2], const int rows[2], struct mr_worker *worker,
		       struct mr_error *error)
{
	int result = 0;

	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	job->pipe_fd = ends[1];
	job->rows_fd = rows[0];
	pid_t pid = fork();
	if (!pid)
		work(*job);
	if (pid < 0)
		result = mr_error_set(error, -errno, "%s: no process to read it: %s", job->path,
				      strerror(errno));
	close(ends[1]);
	close_end(rows[0]);
	if (result < 0) {
		close(ends[0]);
		close_end(rows[1]);
		return result;
	}
	*worker = worker_of(job, pid, ends[0], rows[1]);
	return 0;
}

static int make_pipes(const struct job *job, bool compares, int ends[2], int rows[2], struct mr_error *error)
{
	rows[0] = rows[1] = -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return mr_error_set(error, -errno, "%s: no pipe: %s", job->path, strerror(errno));
	if (!compares || !pipe2(rows, O_CLOEXEC))
		return 0;
	int result = mr_error_set(error, -errno, "%s: no pipe: %s", job->path, strerror(errno));
	close(ends[0]);
	close(ends[1]);
	return result;
}

static int start(struct mr_worker *worker, struct job *job, bool compares, struct mr_error *error)
{
	int ends[2], rows[2];

	if (!job->limits)
		job->limits = &mr_archive_default_limits;
	job->input_fd = open_input(job->path, &job->is_folder, error);
	if (job->input_fd < 0)
		return job->input_fd;
	int result = make_filter(job->is_folder, error);
	if (!result)
		result = make_pipes(job, compares, ends, rows, error);
	if (!result)
		result = fork_worker(job, ends, rows, worker, error);
	close(job->input_fd);
	return result;
}

int mr_worker_start(struct mr_worker *worker, const char *path, const struct mr_archive_limits *limits,
		    const struct mr_input_options *options, struct mr_error *error)
{
	struct job job = {.path = path, .limits = limits, .options = options};

	return start(worker, &job, false, error);
}

int mr_worker_start_proof(struct mr_worker *worker, const char *path, const struct mr_archive_limits *limits,
			  const struct mr_input_options *options, struct mr_error *error)
{
	struct job job = {.path = path, .limits = limits, .options = options};

	return start(worker, &job, true, error);
}

/* @return how it ended, as waitpid() has it */
static int see_off(struct mr_worker *worker)
{
	int status = 0;

	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(worker->fd);
	close_end(worker->rows.fd);
	mr_wire_in_deinit(&worker->in);
	mr_wire_out_deinit(&worker->rows);
	*worker = (struct mr_worker){0};
	return status;
}

void mr_worker_stop(struct mr_worker *worker)
{
	if (!worker->pid)
		return;
	kill(worker->pid, SIGKILL);
	see_off(worker);
}

/* It ended without a last message. */
static int say_lost(struct mr_worker *worker, const char *path, struct mr_error *error)
{
	unsigned cpu_s = worker->cpu_s;
	int status = see_off(worker);

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return mr_error_set(
			error, -EFBIG,
			"%s: reading it took more than %u s of processor time; refused (--max-cpu)", path,
			cpu_s);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return mr_error_set(error, -EBADMSG,
				    "%s: the process that read it did what it may not do, and was ended",
				    path);
	if (WIFSIGNALED(status))
		return mr_error_set(error, -EBADMSG, "%s: the process that read it ended by %s", path,
				    strsignal(WTERMSIG(status)));
	return mr_error_set(error, -EBADMSG, "%s: the process that read it ended too early", path);
}

int mr_worker_receive(struct mr_worker *worker, const char *path, const struct mr_intake *intake,
		      struct mr_error *error)
{
	struct mr_error done = {0};

	int result = mr_wire_receive(&worker->in, intake, &done);
	if (result == -EPIPE)
		return say_lost(worker, path, error);
	if (result == -EPROTO)
		mr_error_set(error, -EBADMSG, "%s: the process that read it told what cannot be", path);
	else if (result == -ETIME)
		mr_error_set(error, -EBADMSG,
			     "%s: the process that read it told nothing for %u s, and was ended", path,
			     worker->in.patience_s);
	else if (result < 0)
		mr_error_set(error, result, "%s: %s", path, strerror(-result));
	if (result < 0) {
		mr_worker_stop(worker);
		return result == -EPROTO || result == -ETIME ? -EBADMSG : result;
	}
	see_off(worker);
	return done.number ? mr_error_set(error, done.number, "%s", done.message) : 0;
}

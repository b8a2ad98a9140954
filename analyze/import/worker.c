/* The process that reads an input, seen from the one that has the database.  See worker.h. */
#include "analyze/import/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* As much as an ordinary user may have; what does not fit lets the worker wait. */
#define PIPE_BYTES (1 << 20)
/* One that uses up its processor time is ended by that; one that is silent for longer is stuck. */
#define SPARE_S 60

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

static struct mr_worker worker_of(struct mr_spawner *spawner, const struct mr_job *job, pid_t pid, int fd,
				  int rows_fd)
{
	bool is_stdin = !strcmp(job->path, "-");
	unsigned cpu_s = spawner->limits->cpu_s;

	return (struct mr_worker){
		.pid = pid,
		.spawner = spawner,
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

/* Have one forked: @ends of a pipe for what it tells, @rows of one for what it is told, -1 for none. */
static int fork_worker(struct mr_spawner *spawner, struct mr_job *job, const int ends[2], const int rows[2],
		       struct mr_worker *worker, struct mr_error *error)
{
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	job->pipe_fd = ends[1];
	job->rows_fd = rows[0];
	pid_t pid = mr_spawner_fork(spawner, job);
	close(ends[1]);
	close_end(rows[0]);
	if (pid < 0) {
		close(ends[0]);
		close_end(rows[1]);
		return mr_error_set(error, pid, "%s: no process to read it: %s", job->path, strerror(-pid));
	}
	*worker = worker_of(spawner, job, pid, ends[0], rows[1]);
	return 0;
}

static int make_pipes(const struct mr_job *job, bool compares, int ends[2], int rows[2],
		      struct mr_error *error)
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

static int start(struct mr_worker *worker, struct mr_spawner *spawner, const char *path, bool compares,
		 struct mr_error *error)
{
	struct mr_job job = {.path = path};
	int ends[2], rows[2];

	job.input_fd = open_input(path, &job.is_folder, error);
	if (job.input_fd < 0)
		return job.input_fd;
	int result = make_pipes(&job, compares, ends, rows, error);
	if (!result)
		result = fork_worker(spawner, &job, ends, rows, worker, error);
	close(job.input_fd);
	return result;
}

int mr_worker_start(struct mr_worker *worker, struct mr_spawner *spawner, const char *path,
		    struct mr_error *error)
{
	return start(worker, spawner, path, false, error);
}

int mr_worker_start_proof(struct mr_worker *worker, struct mr_spawner *spawner, const char *path,
			  struct mr_error *error)
{
	return start(worker, spawner, path, true, error);
}

/* @return how it ended, as waitpid() has it */
static int see_off(struct mr_worker *worker)
{
	int status = mr_spawner_see_off(worker->spawner, worker->pid);

	close(worker->fd);
	close_end(worker->rows.fd);
	mr_wire_in_deinit(&worker->in);
	mr_wire_out_deinit(&worker->rows);
	*worker = (struct mr_worker){0};
	return status;
}

void mr_worker_stop(struct mr_worker *worker)
{
	if (worker->pid)
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

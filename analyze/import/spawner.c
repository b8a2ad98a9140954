/* Both sides of the process that workers are forked from.  See spawner.h. */
#include "analyze/import/spawner.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Input, pipe, rows. */
#define FDS_MAX 3
#define SPAWNER_FD 3

/* What the spawner is asked for; behind it the path of the input, in a message with the descriptors. */
struct request {
	pid_t see_off; /* 0: fork one */
	bool is_folder;
	bool compares;
};

/* A message with room for the descriptors that go with it. */
struct packet {
	struct iovec parts[2];
	struct msghdr message;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_MAX * sizeof(int))];
};

static void packet_init(struct packet *packet, struct request *request, const char *path, size_t path_bytes)
{
	packet->parts[0] = (struct iovec){request, sizeof(*request)};
	packet->parts[1] = (struct iovec){(char *)path, path_bytes};
	packet->message = (struct msghdr){
		.msg_iov = packet->parts,
		.msg_iovlen = 2,
		.msg_control = packet->control,
		.msg_controllen = sizeof(packet->control),
	};
}

/* See a child off.  @return how it ended; of what is no child, as if it was killed */
static int see_off(pid_t pid)
{
	int status = SIGKILL;

	if (!waitpid(pid, &status, WNOHANG))
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* End when @parent does, also when it already has. */
static void end_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

/* ---- in the spawner ---- */

/* Its number: one that is the same in all of them can be kept while all others are closed. */
static void keep_only(int fd)
{
	if (fd != SPAWNER_FD && dup2(fd, SPAWNER_FD) < 0)
		_exit(1);
#ifndef __SANITIZE_ADDRESS__
	mr_job_close(0, SPAWNER_FD - 1);
#endif
	mr_job_close(SPAWNER_FD + 1, ~0u);
}

/* @return how many descriptors came with a message */
static size_t take_fds(struct msghdr *message, int fds[FDS_MAX])
{
	struct cmsghdr *control = CMSG_FIRSTHDR(message);

	if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
		return 0;
	size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(control), count * sizeof(int));
	return count;
}

static pid_t fork_worker(struct mr_job *job)
{
	int result = mr_job_prepare_filter(job->is_folder);
	pid_t self = getpid(), pid = result < 0 ? result : fork();

	if (!pid) {
		end_with(self);
		mr_job_do(*job);
	}
	return pid < 0 && !result ? -errno : pid;
}

/* Answer one request.  @return false: there will be no more */
static bool serve(struct mr_job *job)
{
	static char path[PATH_MAX];
	struct request request;
	struct packet packet;
	int fds[FDS_MAX] = {-1, -1, -1}, answer;

	packet_init(&packet, &request, path, sizeof(path) - 1);
	ssize_t got = recvmsg(SPAWNER_FD, &packet.message, MSG_CMSG_CLOEXEC);
	if (got < 0 && errno == EINTR)
		return true;
	if (got < (ssize_t)sizeof(request))
		return false;
	size_t fds_count = take_fds(&packet.message, fds);
	path[(size_t)got - sizeof(request)] = 0;
	job->path = path;
	job->is_folder = request.is_folder;
	job->input_fd = fds[0];
	job->pipe_fd = fds[1];
	job->rows_fd = request.compares ? fds[2] : -1;
	if (request.see_off)
		answer = see_off(request.see_off);
	else /* the kernel leaves out descriptors for which there is no room */
		answer = fds_count == (request.compares ? 3 : 2) ? fork_worker(job) : -EMFILE;
	for (size_t i = 0; i < fds_count; i++)
		close(fds[i]);
	return send(SPAWNER_FD, &answer, sizeof(answer), MSG_NOSIGNAL) == sizeof(answer);
}

_Noreturn static void spawn(pid_t parent, int fd, const struct mr_archive_limits *limits,
			    const struct mr_input_options *options)
{
	struct mr_job job = {.limits = limits, .options = options};

	end_with(parent);
	keep_only(fd);
	mr_job_prepare();
	while (serve(&job))
		;
	_exit(0);
}

/* ---- in the process that has the database ---- */

static int start(struct mr_spawner *spawner)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid_t self = getpid(), pid = fork();
	if (!pid)
		spawn(self, ends[1], spawner->limits, spawner->options);
	int result = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (result < 0) {
		close(ends[0]);
		return result;
	}
	spawner->pid = pid;
	spawner->fd = ends[0];
	return 0;
}

void mr_spawner_init(struct mr_spawner *spawner, const struct mr_archive_limits *limits,
		     const struct mr_input_options *options)
{
	*spawner = (struct mr_spawner){
		.limits = limits ? limits : &mr_archive_default_limits,
		.options = options,
	};
}

/* @return what it answers, or a negative errno */
static int ask(struct mr_spawner *spawner, struct msghdr *message)
{
	ssize_t done;
	int answer;

	do
		done = sendmsg(spawner->fd, message, MSG_NOSIGNAL);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return -errno;
	do
		done = recv(spawner->fd, &answer, sizeof(answer), 0);
	while (done < 0 && errno == EINTR);
	return done == sizeof(answer) ? answer : done < 0 ? -errno : -ESRCH;
}

static pid_t ask_to_fork(struct mr_spawner *spawner, const struct mr_job *job)
{
	struct request request = {.is_folder = job->is_folder, .compares = job->rows_fd >= 0};
	const int fds[FDS_MAX] = {job->input_fd, job->pipe_fd, job->rows_fd};
	size_t fds_bytes = (request.compares ? 3 : 2) * sizeof(int);
	struct packet packet;

	packet_init(&packet, &request, job->path, strlen(job->path));
	packet.message.msg_controllen = CMSG_SPACE(fds_bytes);
	struct cmsghdr *control = CMSG_FIRSTHDR(&packet.message);
	*control = (struct cmsghdr){
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(fds_bytes),
	};
	memcpy(CMSG_DATA(control), fds, fds_bytes);
	return ask(spawner, &packet.message);
}

/* Whether a failure says that there is nobody to ask. */
static bool is_gone(int number)
{
	return number == -EPIPE || number == -ECONNRESET || number == -ESRCH;
}

pid_t mr_spawner_fork(struct mr_spawner *spawner, const struct mr_job *job)
{
	pid_t pid = spawner->pid ? ask_to_fork(spawner, job) : -ESRCH;

	if (!is_gone(pid))
		return pid;
	mr_spawner_stop(spawner);
	int result = start(spawner);
	return result < 0 ? result : ask_to_fork(spawner, job);
}

int mr_spawner_see_off(struct mr_spawner *spawner, pid_t pid)
{
	struct request request = {.see_off = pid};
	struct packet packet;

	if (!spawner)
		return see_off(pid);
	if (!spawner->pid)
		return SIGKILL;
	packet_init(&packet, &request, "", 0);
	packet.message.msg_control = NULL;
	packet.message.msg_controllen = 0;
	int answer = ask(spawner, &packet.message);
	return answer < 0 ? SIGKILL : answer;
}

void mr_spawner_stop(struct mr_spawner *spawner)
{
	if (!spawner->pid)
		return;
	/* its end of the socket is the last thing that it waits for */
	close(spawner->fd);
	while (waitpid(spawner->pid, NULL, 0) < 0 && errno == EINTR)
		;
	spawner->pid = 0;
}

/* From rules to what the kernel takes. */
#include "collect/confine_program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/base/clock.h"
#include "collect/stop.h"

/* What takes milliseconds. */
#define PUT_TOGETHER_LIMIT_NS (2 * MR_SECOND_NS)

/* All there is in the pipe.  @return 0 or a negative errno */
static int take_instructions(struct mr_confine_program *program, int from_fd, uint64_t until_ns)
{
	struct pollfd wait = {.fd = from_fd, .events = POLLIN};
	size_t got_bytes = 0, room_bytes = sizeof(program->instructions);
	char *at = (char *)program->instructions;

	while (got_bytes < room_bytes) {
		uint64_t now_ns = mr_now_ns();
		if (now_ns >= until_ns || mr_stop_signal())
			return -ETIMEDOUT;
		if (poll(&wait, 1, (int)((until_ns - now_ns) / MR_MILLISECOND_NS) + 1) <= 0)
			continue;
		ssize_t more_bytes = read(from_fd, at + got_bytes, room_bytes - got_bytes);
		if (more_bytes < 0 && errno == EINTR)
			continue;
		if (more_bytes < 0)
			return -errno;
		if (!more_bytes)
			break;
		got_bytes += (size_t)more_bytes;
	}
	if (got_bytes == room_bytes)
		return -E2BIG;
	program->count = got_bytes / sizeof(program->instructions[0]);
	return 0;
}

/* How the process that put it together ended.  It only computes, but on a machine without memory that may
 * take for ever, too. */
static int result_of(pid_t pid, uint64_t until_ns)
{
	int status;
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) <= 0) {
		/* somebody started us with SIGCHLD ignored; whether it wrote anything tells */
		if (ended < 0 && errno == ECHILD)
			return 0;
		if (ended < 0 && errno != EINTR)
			return -errno;
		if (mr_now_ns() >= until_ns) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, WNOHANG);
			return -ETIMEDOUT;
		}
		poll(NULL, 0, 1);
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECANCELED;
}

int mr_confine_program_make(struct mr_confine_program *ret,
			    int (*put_together)(const void *wanted, int to_fd), const void *wanted)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	uint64_t until_ns = mr_now_ns() + PUT_TOGETHER_LIMIT_NS;
	pid_t pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(-put_together(wanted, ends[1]));
	}
	int result = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (!result) {
		int taken = take_instructions(ret, ends[0], until_ns);

		result = result_of(pid, taken == -ETIMEDOUT ? 0 : until_ns);
		result = result ? result : taken;
		result = result || ret->count ? result : -ECANCELED;
	}
	close(ends[0]);
	if (result)
		ret->count = 0;
	return result;
}

int mr_confine_program_load(const struct mr_confine_program *program)
{
	const struct sock_fprog filter = {.len = (unsigned short)program->count,
					  .filter = (struct sock_filter *)program->instructions};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* We run nobody's code.  Without this flag, kernels before 5.16 slow every load from memory down;
	 * those before 4.17 do not know it, and those before 3.17 do not know the call. */
	if (!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter))
		return 0;
	if ((errno == EINVAL || errno == ENOSYS) &&
	    !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0))
		return 0;
	return -errno;
}

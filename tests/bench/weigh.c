/* Run a program in a cgroup of its own, and print what it and all that it started cost together.
 *
 *   weigh FOLDER SECONDS_MAX [-w] PROGRAM [ARGUMENT...]
 *
 * FOLDER is an empty cgroup with a memory controller.  After SECONDS_MAX the program is killed.  Prints on standard
 * error, as the last line: CPU us, wall us, peak PSS KiB, peak charged KiB, exit status.
 *
 * With -w the processes are watched: each millisecond the PSS of all of them is added up, so that a page that
 * two of them map counts once.  The watcher takes a CPU for itself and looks at their page tables: times of a watched
 * run are not comparable.  Without -w the peak of PSS is 0.  What the kernel charged has its own memory in
 * it, mostly the inodes of the files that were read, and page cache. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char procs[4096];

static long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

/* @return bytes; 0 when it is not there */
static size_t read_text(const char *path, char *ret, size_t room)
{
	size_t used = 0;
	ssize_t length;

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && used + 1 < room && (length = read(fd, ret + used, room - 1 - used)) > 0)
		used += (size_t)length;
	if (fd >= 0)
		close(fd);
	ret[used] = '\0';
	return used;
}

static long pss_kib(long pid)
{
	char path[64], text[4096];

	snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", pid);
	if (!read_text(path, text, sizeof(text)))
		return 0;
	const char *line = strstr(text, "\nPss:");
	return line ? strtol(line + 5, NULL, 10) : 0;
}

/* Call for each process of the cgroup.  @return the sum of the results */
static long for_each(long (*call)(long pid))
{
	static char text[65536];
	char *at = text, *end;
	long sum = 0;

	read_text(procs, text, sizeof(text));
	for (long pid = strtol(at, &end, 10); end != at; pid = strtol(at, &end, 10)) {
		sum += call(pid);
		at = end;
	}
	return sum;
}

static long kill_one(long pid)
{
	return kill((pid_t)pid, SIGKILL);
}

static _Noreturn void run(char **arguments)
{
	int fd = open(procs, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		err(126, "%s", procs);
	execvp(arguments[0], arguments);
	err(127, "%s", arguments[0]);
}

/* Reap all, until none is left.  @return the status of the first */
static int wait_for_all(pid_t first, long deadline_us, bool watches, long *ret_pss_kib)
{
	int first_status = 0, status;

	for (;;) {
		struct timespec pause = {.tv_nsec = watches ? 1000000 : 100000000};
		sigset_t child;
		pid_t pid;

		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (pid == first)
				first_status = status;
		if (pid < 0)
			return first_status;
		if (watches) {
			long sum_kib = for_each(pss_kib);
			*ret_pss_kib = sum_kib > *ret_pss_kib ? sum_kib : *ret_pss_kib;
		}
		if (now_us() > deadline_us)
			for_each(kill_one);
		sigemptyset(&child);
		sigaddset(&child, SIGCHLD);
		sigtimedwait(&child, NULL, &pause);
	}
}

static long charged_kib(const char *folder)
{
	static const char *const names[] = {"memory.max_usage_in_bytes", "memory.peak"};
	char path[4096], text[64];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		if (read_text(path, text, sizeof(text)))
			return strtol(text, NULL, 10) / 1024;
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool watches = argc > 3 && !strcmp(argv[3], "-w");
	struct rusage usage;
	long peak_kib = 0;
	sigset_t child;

	if (argc < 4 + watches)
		errx(2, "usage: weigh FOLDER SECONDS_MAX [-w] PROGRAM [ARGUMENT...]");
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", argv[1]);
	/* those whose parent ends are reaped, and so counted, here */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	long start_us = now_us();
	pid_t pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		sigprocmask(SIG_UNBLOCK, &child, NULL);
		run(argv + 3 + watches);
	}
	int status = wait_for_all(pid, start_us + atol(argv[2]) * 1000000L, watches, &peak_kib);
	long wall_us = now_us() - start_us;
	getrusage(RUSAGE_CHILDREN, &usage);
	fprintf(stderr, "%ld %ld %ld %ld %d\n",
		(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000L + usage.ru_utime.tv_usec +
			usage.ru_stime.tv_usec,
		wall_us, peak_kib, charged_kib(argv[1]),
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}

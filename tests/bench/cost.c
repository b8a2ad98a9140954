/* What a program cost, with all that it started.
 *
 *   cost PROGRAM [ARGUMENT...]
 *
 * Prints on descriptor 3: wall us, CPU us of all its processes, peak RSS KiB of the program itself, and of
 * the largest of the processes that it forked.  The peaks are looked at every 20 ms (VmHWM), the last time
 * shortly before each ends; what a forked process still shares with the program counts in both. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RESULT_FD 3

static long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static long peak_kib(long pid)
{
	char path[64], line[256];
	long kib = 0;

	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmHWM: %ld kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

static void look(pid_t pid, long *own_kib, long *child_kib)
{
	char path[64];
	long child, kib = peak_kib(pid);

	if (kib > *own_kib)
		*own_kib = kib;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	FILE *file = fopen(path, "re");
	while (file && fscanf(file, "%ld", &child) == 1) {
		kib = peak_kib(child);
		if (kib > *child_kib)
			*child_kib = kib;
	}
	if (file)
		fclose(file);
}

int main(int argc, char **argv)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	long own_kib = 0, child_kib = 0, begin_us = now_us();
	struct rusage usage;
	int status;

	if (argc < 2)
		errx(2, "usage: cost PROGRAM [ARGUMENT...]");
	pid_t pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		close(RESULT_FD);
		execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	while (!wait4(pid, &status, WNOHANG, &usage)) {
		look(pid, &own_kib, &child_kib);
		nanosleep(&pause, NULL);
	}
	dprintf(RESULT_FD, "%ld %ld %ld %ld\n", now_us() - begin_us,
		(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000L + usage.ru_utime.tv_usec +
			usage.ru_stime.tv_usec,
		own_kib, child_kib);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

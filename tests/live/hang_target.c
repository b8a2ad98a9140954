/* A process whose mmap lock cannot be had, for the hang tests.
 *
 *   hang_target FILE LIMIT_SECONDS
 *
 * FILE is one whose READ does not answer (hang_fuse).  Two processes:
 *
 *   target  (memreckon-hung) maps FILE without touching it; a second thread of it maps and unmaps a page all
 *           the time, for which it needs the lock as a writer
 *   holder  (memreckon-hold) reads the mapped page through /proc/TARGET/mem: it holds the target's lock as a
 *           reader while it waits for FILE's page.  A fault of the target itself would not do: it lets go of
 *           the lock while it waits
 *
 * The target's writer then queues for the lock, and everybody who asks for it later queues behind that
 * writer: readers of smaps_rollup, maps, cmdline and the like.  They wait in state D; until Linux 5.3 not
 * even SIGKILL ends that.
 *
 * Prints "target PID" and "holder PID".  The target ends when standard input is closed, the holder when its
 * page has come or its file is gone; both in any case after LIMIT_SECONDS, but for what the file itself
 * still holds up. */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned limit_seconds;

static void *map_and_unmap(void *unused)
{
	for (;;) {
		void *page = mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (page != MAP_FAILED)
			munmap(page, 1);
		usleep(1000);
	}
	return unused;
}

/* Never returns.  Tells the holder where the page is. */
static void be_target(const char *path, int tell)
{
	char line[16];
	pthread_t writer;
	struct stat file;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	/* only from this does the kernel learn how large the file is, and a page behind its end is not waited for */
	if (fd < 0 || fstat(fd, &file) || file.st_size == 0)
		err(1, "%s", path);
	void *page = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);

	if (page == MAP_FAILED)
		err(1, "mapping %s", path);
	alarm(limit_seconds);
	prctl(PR_SET_NAME, "memreckon-hung");
	if (pthread_create(&writer, NULL, map_and_unmap, NULL))
		errx(1, "no second thread");
	if (write(tell, &page, sizeof(page)) != sizeof(page))
		err(1, "pipe");
	while (read(STDIN_FILENO, line, sizeof(line)) > 0)
		;
	_exit(0);
}

/* Returns when the page has come. */
static void hold(pid_t target, const void *page)
{
	char path[64], byte;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)target);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	printf("target %d\nholder %d\n", (int)target, (int)getpid());
	fflush(stdout);
	if (pread(fd, &byte, 1, (off_t)(uintptr_t)page) < 0)
		warn("the page did not come");
	close(fd);
}

int main(int argc, char **argv)
{
	int told[2];
	void *page;

	if (argc != 3)
		errx(2, "usage: hang_target FILE LIMIT_SECONDS");
	limit_seconds = (unsigned)strtoul(argv[2], NULL, 10);
	alarm(limit_seconds);
	prctl(PR_SET_NAME, "memreckon-hold");
	if (pipe(told))
		err(1, "pipe");
	pid_t target = fork();
	if (target < 0)
		err(1, "fork");
	if (target == 0)
		be_target(argv[1], told[1]);
	close(told[1]);
	if (read(told[0], &page, sizeof(page)) != sizeof(page))
		errx(1, "the target did not get ready");
	hold(target, page);
	waitpid(target, NULL, 0);
	return 0;
}

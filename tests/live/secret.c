/* A process that carries secrets, for secrets.sh.
 *
 *   secret NAME FILE WORDS...
 *
 * Calls itself NAME, as does its second thread, maps FILE and touches a page of it; WORDS are just
 * arguments, the environment is what the caller gave.  A child of it, which has all of that too, ends its
 * main thread: of such a process only the files of its threads tell anything.  Prints "ready PID PID" and
 * ends when standard input is closed. */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char *page;

static void *stay(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void begin_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, stay, NULL))
		errx(1, "no second thread");
}

static void map(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, 4096))
		err(1, "%s", path);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		err(1, "%s", path);
	page[0] = 1;
	close(fd);
}

int main(int argc, char **argv)
{
	char line[16];

	if (argc < 3)
		errx(2, "usage: secret NAME FILE WORDS...");
	prctl(PR_SET_NAME, argv[1]);
	map(argv[2]);
	pid_t child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	begin_thread();
	if (child == 0)
		pthread_exit(NULL);
	printf("ready %d %d\n", (int)getpid(), (int)child);
	fflush(stdout);
	while (read(STDIN_FILENO, line, sizeof(line)) > 0)
		;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}

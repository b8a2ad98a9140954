/* A herd of idle processes, each with a number of mappings and resident pages of its own, until standard
 * input is closed.
 *
 *   herd PROCESSES MAPPINGS PAGES [FOLDERS]
 *
 * Half of the mappings are private anonymous memory, the other half show one memfd that all processes share,
 * as they share the text of their libraries; PAGES pages of 4 KiB of each process are touched, spread over
 * all of its mappings.  Process i joins cgroup i of the file FOLDERS (one path a line, over and over) before
 * it has any of them.  Prints "ready" when all of them run. */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PAGE_BYTES 4096ul

static void join(const char *folder)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	int fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		err(1, "%s", path);
	close(fd);
}

static void be_one(unsigned long mappings, unsigned long pages, int shared_fd)
{
	for (unsigned long i = 0; i < mappings; i++) {
		unsigned long count = pages * (i + 1) / mappings - pages * i / mappings;
		size_t length = (count + 1) * PAGE_BYTES;
		/* alternating rights, and a page that is not touched, keep neighbours from being joined into
		 * one */
		int rights = PROT_READ | PROT_WRITE | (i % 4 < 2 ? PROT_EXEC : 0);
		char *memory = i % 2 ? mmap(NULL, length, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
				     : mmap(NULL, length, rights, MAP_SHARED, shared_fd,
					    (off_t)(pages * i / mappings * PAGE_BYTES));
		if (memory == MAP_FAILED)
			err(1, "mmap");
		madvise(memory, length, MADV_NOHUGEPAGE);
		for (unsigned long page = 0; page < count; page++)
			*(volatile char *)(memory + page * PAGE_BYTES) = 1;
	}
}

int main(int argc, char **argv)
{
	char *folders[4096], line[4096];
	int folders_count = 0, ready[2];

	if (argc < 4)
		errx(2, "usage: herd PROCESSES MAPPINGS PAGES [FOLDERS]");
	int processes = atoi(argv[1]);
	unsigned long mappings = strtoul(argv[2], NULL, 10), pages = strtoul(argv[3], NULL, 10);
	FILE *list = argc > 4 ? fopen(argv[4], "r") : NULL;
	while (list && folders_count < 4096 && fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		folders[folders_count++] = strdup(line);
	}
	int shared_fd = memfd_create("herd", MFD_CLOEXEC);
	if (shared_fd < 0 || ftruncate(shared_fd, (off_t)((pages + 2) * PAGE_BYTES)) || pipe(ready))
		err(1, "memfd");
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();
		if (pid < 0)
			err(1, "fork %d", i);
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(line, sizeof(line), "herd-%d", i % 40);
		prctl(PR_SET_NAME, line);
		if (folders_count)
			join(folders[i % folders_count]);
		be_one(mappings, pages, shared_fd);
		if (write(ready[1], "", 1) != 1)
			err(1, "pipe");
		for (;;)
			pause();
	}
	close(ready[1]);
	for (int i = 0; i < processes; i++)
		if (read(ready[0], line, 1) != 1)
			errx(1, "a process of the herd died");
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, line, sizeof(line)) > 0)
		;
	/* the children die with us: PR_SET_PDEATHSIG */
	return 0;
}

/* A herd of idle processes, each with a number of mappings and resident pages, until standard input is closed.
 *
 *   herd PROCESSES MAPPINGS PAGES [FOLDERS]
 *
 * MAPPINGS counts all lines of /proc/PID/maps, those of the program itself too.  Those that are made here are by
 * turns one memfd, which all processes map as they map the text of their libraries, and private anonymous memory.
 * PAGES pages are spread over them.  So that thousands fit into one machine, private pages are those of the first
 * process, as behind a server that forks, but for OWN_PAGES_MAX that each process has for itself.
 *
 * Process i joins cgroup i of the file FOLDERS (one path a line, over and over) before it touches any.  Prints "ready"
 * when all of them run. */
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
#define MAPPINGS_MAX 1024
#define OWN_PAGES_MAX 64

struct mapping {
	volatile char *memory;
	unsigned long pages_count;
};

static struct mapping made[MAPPINGS_MAX];
static unsigned long made_count;

static void join(const char *folder)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	int fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		err(1, "%s", path);
	close(fd);
}

/* Without memory of its own: that could be one more mapping. */
static unsigned long count_mappings(void)
{
	static char buffer[4096];
	unsigned long lines = 0;
	ssize_t length;

	int fd = open("/proc/self/maps", O_RDONLY);
	while ((length = read(fd, buffer, sizeof(buffer))) > 0)
		for (ssize_t i = 0; i < length; i++)
			lines += buffer[i] == '\n';
	close(fd);
	return lines;
}

static void make_mappings(unsigned long count, unsigned long pages, int shared_fd)
{
	for (unsigned long i = 0; i < count; i++) {
		unsigned long first = pages * i / count, pages_count = pages * (i + 1) / count - first;
		size_t length = (pages_count + 1) * PAGE_BYTES;
		/* alternating rights keep neighbours from being joined into one */
		int rights = PROT_READ | PROT_WRITE | (i % 4 < 2 ? PROT_EXEC : 0);
		char *memory = i % 2 ? mmap(NULL, length, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
				     : mmap(NULL, length, rights, MAP_SHARED, shared_fd,
					    (off_t)(first * PAGE_BYTES));
		if (memory == MAP_FAILED)
			err(1, "mmap");
		madvise(memory, length, MADV_NOHUGEPAGE);
		made[i] = (struct mapping){memory, pages_count};
		for (unsigned long page = 0; page < pages_count; page++)
			memory[page * PAGE_BYTES] = 1;
	}
	made_count = count;
}

/* What a fork does not bring along: pages of a file, and pages of one's own. */
static void touch(void)
{
	unsigned long own = 0;

	for (unsigned long i = 0; i < made_count; i++)
		for (unsigned long page = 0; page < made[i].pages_count; page++) {
			if (i % 2 == 0)
				(void)made[i].memory[page * PAGE_BYTES];
			else if (own++ < OWN_PAGES_MAX)
				made[i].memory[page * PAGE_BYTES] = 2;
		}
}

static _Noreturn void be_one(int number, const char *folder, int ready_fd)
{
	char name[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(name, sizeof(name), "herd-%d", number % 40);
	prctl(PR_SET_NAME, name);
	if (folder)
		join(folder);
	touch();
	if (write(ready_fd, "", 1) != 1)
		err(1, "pipe");
	for (;;)
		pause();
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
	unsigned long there = count_mappings();
	if (mappings < there || mappings - there > MAPPINGS_MAX)
		errx(1, "%lu mappings are there already", there);
	make_mappings(mappings - there, pages, shared_fd);
	if (count_mappings() != mappings)
		errx(1, "%lu mappings instead of %lu", count_mappings(), mappings);
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();
		if (pid < 0)
			err(1, "fork %d", i);
		if (!pid)
			be_one(i, folders_count ? folders[i % folders_count] : NULL, ready[1]);
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

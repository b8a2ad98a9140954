/* A process with a known amount of memory of each kind, for the live tests.
 *
 *   load FILE ANON_KIB FILE_KIB TMPFS_KIB MLOCK_KIB
 *
 * Prints "ready" once it runs and has allocated nothing yet; with the first line from standard input it makes
 *   ANON_KIB   private anonymous memory, every page written, no huge pages
 *   FILE_KIB   page cache: FILE written with write(2), not mapped
 *   TMPFS_KIB  a memfd, written through a shared mapping
 *   MLOCK_KIB  anonymous memory, mlocked
 * prints "loaded", and holds all of it until standard input is closed.  With each further line it prints "cached BYTES":
 * how much of FILE the page cache still has. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char *map(size_t kib, int flags, int fd)
{
	char *memory = mmap(NULL, kib * 1024, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (memory == MAP_FAILED)
		err(1, "mmap of %zu KiB", kib);
	if (flags & MAP_ANONYMOUS)
		madvise(memory, kib * 1024, MADV_NOHUGEPAGE);
	return memory;
}

static void make_anonymous(size_t kib)
{
	memset(map(kib, MAP_PRIVATE | MAP_ANONYMOUS, -1), 1, kib * 1024);
}

/* Of a file that was written with write(2): mapping it here touches no page. */
static size_t cached_bytes(const char *path, size_t kib)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE), pages = (kib * 1024 + page_bytes - 1) / page_bytes,
	       cached = 0;
	unsigned char *resident = calloc(pages, 1);
	int fd = open(path, O_RDWR);
	char *memory = mmap(NULL, kib * 1024, PROT_READ, MAP_SHARED, fd, 0);

	if (!resident || memory == MAP_FAILED || mincore(memory, kib * 1024, resident))
		err(1, "mincore of %s", path);
	for (size_t i = 0; i < pages; i++)
		cached += resident[i] & 1;
	munmap(memory, kib * 1024);
	close(fd);
	free(resident);
	return cached * page_bytes;
}

static void make_page_cache(const char *path, size_t kib)
{
	static const char block[1024] = {1};
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		err(1, "%s", path);
	for (size_t i = 0; i < kib; i++)
		if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block))
			err(1, "%s", path);
	/* clean pages and pages under writeback are counted the same; dirty ones could be moved while we look */
	if (fsync(fd))
		err(1, "%s", path);
}

static void make_tmpfs(size_t kib)
{
	int fd = memfd_create("load", 0);
	if (fd < 0 || ftruncate(fd, (off_t)kib * 1024))
		err(1, "memfd");
	memset(map(kib, MAP_SHARED, fd), 1, kib * 1024);
}

static void make_locked(size_t kib)
{
	char *memory = map(kib, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (mlock(memory, kib * 1024))
		err(1, "mlock of %zu KiB", kib);
}

/* Without stdio: its buffers would be allocated between the two looks. */
static void say(const char *word)
{
	if (write(STDOUT_FILENO, word, strlen(word)) < 0)
		err(1, "stdout");
}

int main(int argc, char **argv)
{
	char line[32];

	if (argc != 6)
		errx(2, "usage: load FILE ANON_KIB FILE_KIB TMPFS_KIB MLOCK_KIB");
	say("ready\n");
	if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
		errx(1, "stdin was closed before the start");
	make_anonymous(strtoul(argv[2], NULL, 10));
	make_page_cache(argv[1], strtoul(argv[3], NULL, 10));
	make_tmpfs(strtoul(argv[4], NULL, 10));
	make_locked(strtoul(argv[5], NULL, 10));
	say("loaded\n");
	while (read(STDIN_FILENO, line, sizeof(line)) > 0) {
		snprintf(line, sizeof(line), "cached %zu\n",
			 cached_bytes(argv[1], strtoul(argv[3], NULL, 10)));
		say(line);
	}
	return 0;
}

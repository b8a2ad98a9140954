/* The floor of every collector: openat, read to the end, close, over a list of files, data thrown away; then,
 * of a list of page frames, the words of each frame.
 *
 *   floor LIST [FRAMES]
 *
 * LIST has one path a line, read in that order; one that cannot be opened costs what it costs.  FRAMES is
 * pages/pfn.u64 of a capture: of each frame kpageflags, kpagecount, kpagecgroup and kpageflags again, and of
 * a tail the flags and the cgroup of its head, which is looked for as the collector does.  No folder is
 * listed, nothing is written and no clock is read in between.
 *
 * Prints files and bytes read, their CPU time, that of the frames, and the time of both on the wall. */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TAIL (1ul << 16)
#define HUGE (1ul << 17)
#define ORDER_MAX 13

static char buffer[65536];

static long read_whole(const char *path)
{
	int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	long total = 0;
	ssize_t length;

	if (fd < 0)
		return -1;
	while ((length = read(fd, buffer, sizeof(buffer))) > 0)
		total += length;
	close(fd);
	return total;
}

static long cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000L + usage.ru_utime.tv_usec +
	       usage.ru_stime.tv_usec;
}

static long wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static uint64_t word(int fd, uint64_t frame)
{
	uint64_t value = 0;

	return pread(fd, &value, sizeof(value), (off_t)(frame * sizeof(value))) == sizeof(value) ? value : 0;
}

static void read_frame(const int fds[3], uint64_t frame)
{
	uint64_t flags = word(fds[0], frame), before = frame;

	word(fds[1], frame);
	word(fds[2], frame);
	word(fds[0], frame);
	for (int order = 1; order <= ORDER_MAX && (flags & TAIL) && !(flags & HUGE); order++) {
		uint64_t candidate = frame >> order << order;

		if (candidate == before)
			continue;
		flags = word(fds[0], candidate);
		if (!(flags & TAIL))
			word(fds[2], candidate);
		before = candidate;
	}
}

static void read_frames(const char *list)
{
	static const char *const names[] = {"/proc/kpageflags", "/proc/kpagecount", "/proc/kpagecgroup"};
	uint64_t frames[512];
	size_t count;
	int fds[3];

	FILE *file = fopen(list, "r");
	if (!file)
		err(1, "%s", list);
	for (int i = 0; i < 3; i++)
		fds[i] = open(names[i], O_RDONLY | O_CLOEXEC);
	while ((count = fread(frames, sizeof(frames[0]), sizeof(frames) / sizeof(frames[0]), file)))
		for (size_t i = 0; i < count; i++)
			read_frame(fds, frames[i]);
	fclose(file);
}

int main(int argc, char **argv)
{
	char *list = NULL, *saved = NULL;
	size_t capacity = 0;
	long files = 0, bytes = 0;

	if (argc < 2)
		errx(2, "usage: floor LIST [FRAMES]");
	FILE *file = fopen(argv[1], "r");
	if (!file || getdelim(&list, &capacity, '\0', file) < 0)
		err(1, "%s", argv[1]);
	long start_us = wall_us(), before_us = cpu_us();
	for (char *path = strtok_r(list, "\n", &saved); path; path = strtok_r(NULL, "\n", &saved)) {
		long length = read_whole(path);
		if (length >= 0) {
			files++;
			bytes += length;
		}
	}
	long between_us = cpu_us();
	if (argc > 2)
		read_frames(argv[2]);
	printf("%ld files %ld bytes %ld us, frames %ld us, wall %ld us\n", files, bytes,
	       between_us - before_us, cpu_us() - between_us, wall_us() - start_us);
	return 0;
}

/* Reading one kernel file whole.  See slurp.h. */
#include "collect/slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The first read asks for one page less a byte, and more only when that came back full: reading a file of
 * /proc/sys allocates as much kernel memory as is asked for and a byte (fs/proc/proc_sysctl.c
 * proc_sys_call_handler()). */
#define FIRST_READ_BYTES 4095
#define NEXT_READ_BYTES 65536

uint64_t mr_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int mr_slurp_init(struct mr_slurp *slurp, const struct mr_tree *tree)
{
	*slurp = (struct mr_slurp){.tree = tree, .buffer = malloc(MR_ARCHIVE_PART_BYTES), .rest_fd = -1};
	return slurp->buffer ? 0 : -ENOMEM;
}

static void close_rest(struct mr_slurp *slurp)
{
	if (slurp->rest_fd >= 0)
		close(slurp->rest_fd);
	slurp->rest_fd = -1;
}

void mr_slurp_deinit(struct mr_slurp *slurp)
{
	close_rest(slurp);
	free(slurp->buffer);
	slurp->buffer = NULL;
}

/* Fill the buffer from the file.  @return 0 at its end, 1 when the buffer is full, or a negative errno */
static int fill(struct mr_slurp *slurp, int fd, size_t *ret_length_bytes)
{
	size_t length_bytes = 0, wanted_bytes = FIRST_READ_BYTES;
	int result = 1;

	while (length_bytes < MR_ARCHIVE_PART_BYTES) {
		size_t room_bytes = MR_ARCHIVE_PART_BYTES - length_bytes;
		ssize_t got_bytes = read(fd, slurp->buffer + length_bytes,
					 wanted_bytes < room_bytes ? wanted_bytes : room_bytes);
		if (got_bytes < 0 && errno == EINTR)
			continue;
		if (got_bytes <= 0) {
			result = got_bytes < 0 ? -errno : 0;
			break;
		}
		length_bytes += (size_t)got_bytes;
		wanted_bytes = NEXT_READ_BYTES;
	}
	*ret_length_bytes = length_bytes;
	return result;
}

static void read_part(struct mr_slurp *slurp, int fd, uint64_t start_ns, struct mr_reading *ret)
{
	size_t length_bytes;
	int result = fill(slurp, fd, &length_bytes);

	*ret = (struct mr_reading){
		.error_number = result < 0 ? -result : 0,
		.has_more = result > 0,
		.start_ns = start_ns,
		.duration_ns = mr_now_ns() - start_ns,
		.bytes = slurp->buffer,
		.length_bytes = length_bytes,
	};
	slurp->rest_fd = fd;
	if (!ret->has_more)
		close_rest(slurp);
}

void mr_slurp(struct mr_slurp *slurp, int directory_fd, const char *name, struct mr_reading *ret)
{
	close_rest(slurp);
	uint64_t start_ns = mr_now_ns();
	int fd = mr_tree_openat(slurp->tree, directory_fd, name, O_RDONLY);
	if (fd >= 0)
		read_part(slurp, fd, start_ns, ret);
	else
		*ret = (struct mr_reading){
			.error_number = -fd,
			.start_ns = start_ns,
			.duration_ns = mr_now_ns() - start_ns,
			.bytes = slurp->buffer,
		};
}

void mr_slurp_rest(struct mr_slurp *slurp, struct mr_reading *ret)
{
	read_part(slurp, slurp->rest_fd, mr_now_ns(), ret);
}

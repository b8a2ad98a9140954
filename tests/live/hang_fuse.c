/* A FUSE file, or folder, whose READ does not answer for a while, for the hang tests.
 *
 *   hang_fuse PATH READ_SECONDS LIMIT_SECONDS
 *
 * Mounts itself over PATH, an existing regular file or folder, and prints "mounted".  Each READ or READDIR
 * prints "reading" and is answered READ_SECONDS later: with zeros, with an empty folder.  Unmounts and ends
 * when standard input is closed, by any signal, and in any case after LIMIT_SECONDS: whichever way it ends,
 * the kernel then aborts what still waits for it, so nothing stays stuck behind it.
 *
 * The protocol is spoken with /dev/fuse itself: a handful of requests is enough, and no library has to be
 * there. Files are opened for direct IO: a READ that has been handed to this program cannot be taken back,
 * not even by SIGKILL, and a private mapping of the file faults through the same READ. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
	FILE_BYTES = 1 << 20,
	REQUEST_BYTES = FUSE_MIN_READ_BUFFER + (1 << 17), /* more than any request here has */
	WAITING_MAX = 64,
	CACHED_SECONDS = 3600,
};

/* A READ that nobody has answered yet. */
struct waiting {
	uint64_t request;
	int64_t due_ms;
	size_t bytes;
};

static struct waiting waiting[WAITING_MAX];
static size_t waiting_count;
static int64_t read_ms;
static unsigned root_mode;
static int device;

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void say(const char *word)
{
	if (write(STDOUT_FILENO, word, strlen(word)) < 0)
		err(1, "stdout");
}

/* ENOENT: whoever asked has gone meanwhile. */
static void answer(uint64_t request, int error, const void *body, size_t bytes)
{
	struct fuse_out_header head = {
		.len = (uint32_t)(sizeof(head) + bytes), .error = error, .unique = request};
	struct iovec parts[] = {{&head, sizeof(head)}, {(void *)(uintptr_t)body, bytes}};
	if (writev(device, parts, 2) < 0 && errno != ENOENT)
		err(1, "/dev/fuse: answer");
}

static struct fuse_attr attributes(void)
{
	return (struct fuse_attr){
		.ino = FUSE_ROOT_ID, .size = FILE_BYTES, .mode = root_mode, .nlink = 1, .blksize = 4096};
}

static void answer_init(uint64_t request, const struct fuse_init_in *asked)
{
	struct fuse_init_out body = {
		.major = FUSE_KERNEL_VERSION,
		.minor = asked->minor < FUSE_KERNEL_MINOR_VERSION ? asked->minor : FUSE_KERNEL_MINOR_VERSION,
		.max_write = 4096,
		.max_background = WAITING_MAX / 2,
	};
	if (asked->major != FUSE_KERNEL_VERSION)
		errx(1, "the kernel speaks FUSE %u", asked->major);
	answer(request, 0, &body, sizeof(body));
}

static void answer_getattr(uint64_t request)
{
	struct fuse_attr_out body = {.attr_valid = CACHED_SECONDS, .attr = attributes()};
	answer(request, 0, &body, sizeof(body));
}

static void answer_open(uint64_t request)
{
	struct fuse_open_out body = {.open_flags = FOPEN_DIRECT_IO};
	answer(request, 0, &body, sizeof(body));
}

static void keep_waiting(uint64_t request, const struct fuse_read_in *asked)
{
	size_t left_bytes = S_ISREG(root_mode) && asked->offset < FILE_BYTES ? FILE_BYTES - asked->offset : 0;

	if (waiting_count == WAITING_MAX) {
		answer(request, -EIO, NULL, 0);
		return;
	}
	waiting[waiting_count++] = (struct waiting){request, now_ms() + read_ms,
						    asked->size < left_bytes ? asked->size : left_bytes};
	say("reading\n");
}

static void answer_what_is_due(void)
{
	static char zeros[FILE_BYTES];
	size_t kept = 0;

	for (size_t i = 0; i < waiting_count; i++) {
		if (waiting[i].due_ms > now_ms())
			waiting[kept++] = waiting[i];
		else
			answer(waiting[i].request, 0, zeros, waiting[i].bytes);
	}
	waiting_count = kept;
}

/* @return false when the file system was unmounted */
static int serve_one(void)
{
	static _Alignas(struct fuse_in_header) char request[REQUEST_BYTES];
	const struct fuse_in_header *head = (const void *)request;
	const void *body = request + sizeof(*head);

	if (read(device, request, sizeof(request)) < (ssize_t)sizeof(*head))
		return errno == EINTR || errno == EAGAIN || errno == ENOENT;
	switch (head->opcode) {
	case FUSE_INIT:
		answer_init(head->unique, body);
		break;
	case FUSE_GETATTR:
		answer_getattr(head->unique);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer_open(head->unique);
		break;
	case FUSE_READ:
	case FUSE_READDIR:
		keep_waiting(head->unique, body);
		break;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		answer(head->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT: /* the point of this file system: it does not listen */
		break;
	default:
		answer(head->unique, -ENOSYS, NULL, 0);
	}
	return 1;
}

static void serve(void)
{
	struct pollfd ends[] = {{.fd = device, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	char line[16];

	for (;;) {
		if (poll(ends, 2, 100) < 0 && errno != EINTR)
			err(1, "poll");
		answer_what_is_due();
		if (ends[1].revents && read(STDIN_FILENO, line, sizeof(line)) <= 0)
			return;
		if (ends[0].revents && !serve_one())
			return;
	}
}

int main(int argc, char **argv)
{
	char options[128];
	struct stat under;

	if (argc != 4)
		errx(2, "usage: hang_fuse PATH READ_SECONDS LIMIT_SECONDS");
	if (stat(argv[1], &under))
		err(1, "%s", argv[1]);
	root_mode = S_ISDIR(under.st_mode) ? S_IFDIR | 0555 : S_IFREG | 0444;
	read_ms = strtol(argv[2], NULL, 10) * 1000;
	alarm((unsigned)strtoul(argv[3], NULL, 10));
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device < 0)
		err(1, "/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=%o,user_id=%u,group_id=%u", device, root_mode,
		 geteuid(), getegid());
	if (mount("hang_fuse", argv[1], "fuse", MS_NOSUID | MS_NODEV, options))
		err(1, "mount over %s", argv[1]);
	say("mounted\n");
	serve();
	umount2(argv[1], MNT_DETACH);
	return 0;
}

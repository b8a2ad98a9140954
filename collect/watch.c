/* Waiting for a number of the kernel to pass a threshold, at the price of one pread() a second.
 *
 * The polls run in the scheduler itself, without a reader that could be given up, so only files stand here
 * whose reads end:
 *
 *   meminfo          adds up counters; its longest lock is a spinlock over the swap areas
 *   pressure/memory  a mutex that is held for sums over the CPUs, never across a sleep
 *   memory.current, memory.max, memory.usage_in_bytes, memory.limit_in_bytes
 *                    one counter each; the file's own mutex, which nobody else has, and no cgroup_mutex.
 * Finding such a file by name takes the tree's semaphore, which is why the descriptors are kept.
 *
 * Nothing is asked to wake us: pressure triggers and cgroup events are armed by writing to a kernel file.
 * Below --root the files are whatever that file system makes of them; a pipe is opened so that it cannot hold
 * us. */
#include "collect/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/mounts.h"
#include "schema/base/buffer.h"

/* Longer than any meminfo: a kernel with every option prints 2 KiB of it, in one piece as fs/seq_file.c has
 * it. */
#define TEXT_BYTES 8192
/* A mountinfo of 4 MiB names 25,000 mounts. */
#define MOUNTINFO_BYTES_MAX (4u * 1024 * 1024)

static void close_files(struct mr_watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	if (watch->limit_fd >= 0)
		close(watch->limit_fd);
	watch->fd = watch->limit_fd = -1;
}

void mr_watch_close(struct mr_watch *watch)
{
	close_files(watch);
	free(watch->path);
	free(watch->limit_path);
	watch->path = watch->limit_path = NULL;
}

/* The whole file as text.  A read at offset 0 makes the kernel print it anew. */
static ssize_t read_text(const struct mr_watch *watch, int *fd, const char *path, char ret[TEXT_BYTES])
{
	if (*fd < 0)
		*fd = mr_tree_openat(watch->tree, watch->tree->root_fd, path, O_RDONLY | O_NONBLOCK);
	if (*fd < 0)
		return *fd;
	ssize_t got_bytes = pread(*fd, ret, TEXT_BYTES - 1, 0);
	if (got_bytes < 0)
		return -errno;
	ret[got_bytes] = '\0';
	return got_bytes;
}

/* What the kernel says now. */
static int read_level(struct mr_watch *watch, struct mr_when_level *ret)
{
	char text[TEXT_BYTES], limit[TEXT_BYTES];
	ssize_t got_bytes = read_text(watch, &watch->fd, watch->path, text);

	if (got_bytes < 0)
		return (int)got_bytes;
	if (watch->when.subject == MR_WHEN_MEMINFO)
		return mr_when_read_meminfo(&watch->when, text, (size_t)got_bytes, ret);
	if (watch->when.subject == MR_WHEN_PRESSURE)
		return mr_when_read_pressure(&watch->when, text, (size_t)got_bytes, ret);
	if (watch->limit_path) {
		got_bytes = read_text(watch, &watch->limit_fd, watch->limit_path, limit);
		if (got_bytes < 0)
			return (int)got_bytes;
	}
	return mr_when_read_cgroup(text, watch->limit_path ? limit : NULL, ret);
}

int mr_watch_poll(struct mr_watch *watch, struct mr_when_level *ret)
{
	int result = read_level(watch, ret);

	/* ENODEV: the group behind the descriptor was removed */
	if (result < 0)
		close_files(watch);
	return result;
}

static int read_mountinfo(const struct mr_tree *tree, struct mr_buffer *ret)
{
	int fd = mr_tree_openat(tree, tree->root_fd, "proc/self/mountinfo", O_RDONLY | O_NONBLOCK);
	ssize_t got_bytes = 1;

	if (fd < 0)
		return fd;
	while (got_bytes > 0 && ret->length_bytes < MOUNTINFO_BYTES_MAX && mr_buffer_reserve(ret, 65536)) {
		got_bytes = read(fd, ret->data + ret->length_bytes, 65536);
		ret->length_bytes += got_bytes > 0 ? (size_t)got_bytes : 0;
	}
	int result = got_bytes < 0 ? -errno : ret->failed ? -ENOMEM : 0;
	close(fd);
	return result;
}

/* Of a machine's tree that is mounted elsewhere the mountinfo is ours, with the path of its top in front. */
static int find_mounts(const struct mr_tree *tree, struct mr_mount_facts *ret)
{
	struct mr_buffer text = {0};
	int result = read_mountinfo(tree, &text);
	char *top = tree->is_foreign ? realpath(tree->root, NULL) : NULL;

	*ret = (struct mr_mount_facts){0};
	if (!result)
		result = mr_mount_facts_parse(ret, text.data, text.length_bytes, top);
	if (!result && top && !ret->cgroup1_memory && !ret->cgroup2) {
		mr_mount_facts_deinit(ret);
		result = mr_mount_facts_parse(ret, text.data, text.length_bytes, NULL);
	}
	if (result < 0)
		mr_mount_facts_deinit(ret);
	mr_buffer_deinit(&text);
	free(top);
	return result;
}

static char *group_file(const struct mr_watch *watch, const char *mount, const char *name)
{
	struct mr_buffer path = {0};

	while (*mount == '/')
		mount++;
	mr_buffer_printf(&path, "%s%.*s/%s", mount, (int)watch->when.name_bytes, watch->when.name, name);
	return mr_buffer_detach(&path);
}

/* Look for the group in one hierarchy and keep the paths of its files. */
static int try_group(struct mr_watch *watch, const char *mount, const char *usage_name,
		     const char *limit_name)
{
	struct mr_when_level level;

	watch->path = group_file(watch, mount, usage_name);
	if (watch->when.unit == MR_WHEN_PPM)
		watch->limit_path = group_file(watch, mount, limit_name);
	int result = watch->path && (watch->limit_path || watch->when.unit != MR_WHEN_PPM)
			     ? mr_watch_poll(watch, &level)
			     : -ENOMEM;
	if (result < 0)
		mr_watch_close(watch);
	return result;
}

/* Memory is accounted in one hierarchy only: where the group's file is. */
static int find_group(struct mr_watch *watch)
{
	struct mr_mount_facts mounts;
	int result = find_mounts(watch->tree, &mounts);

	if (result < 0)
		return result;
	result = -ENOENT;
	if (mounts.cgroup1_memory)
		result = try_group(watch, mounts.cgroup1_memory, "memory.usage_in_bytes",
				   "memory.limit_in_bytes");
	if (result == -ENOENT && mounts.cgroup2)
		result = try_group(watch, mounts.cgroup2, "memory.current", "memory.max");
	mr_mount_facts_deinit(&mounts);
	return result;
}

static int find_file(struct mr_watch *watch)
{
	if (watch->when.subject == MR_WHEN_CGROUP)
		return find_group(watch);
	watch->path =
		strdup(watch->when.subject == MR_WHEN_MEMINFO ? "proc/meminfo" : "proc/pressure/memory");
	return watch->path ? 0 : -ENOMEM;
}

static int refuse(const struct mr_when *when, struct mr_error *error, const char *reason)
{
	return mr_error_set(error, -EINVAL, "cannot wait for '%s': %s", when->text, reason);
}

/* Why a condition cannot be judged on this machine; NULL when it can. */
static const char *objection(const struct mr_when *when, const struct mr_when_level *level)
{
	if (when->unit == MR_WHEN_PPM && !level->total)
		return when->subject == MR_WHEN_CGROUP ? "the group has no limit of its own; name a size, "
							 "such as 2G, instead of a share"
						       : "there is nothing that it could be a share of";
	if (when->unit == MR_WHEN_BYTES && level->is_count)
		return "that line is a number of things, not a size";
	if (when->unit == MR_WHEN_COUNT && !level->is_count && when->threshold)
		return "a size needs its unit: B, K, M, G or T";
	return NULL;
}

static int explain(const struct mr_when *when, int number, struct mr_error *error)
{
	if (number == -ENOENT && when->subject == MR_WHEN_MEMINFO)
		return refuse(when, error, "/proc/meminfo has no such line here");
	if ((number == -ENOENT || number == -EOPNOTSUPP) && when->subject == MR_WHEN_PRESSURE)
		return refuse(when, error, "this kernel does not measure pressure (CONFIG_PSI, psi=1)");
	if (number == -ENOENT)
		return refuse(when, error, "there is no such group, or its memory is not accounted");
	return mr_error_set(error, number, "cannot wait for '%s': %s", when->text, strerror(-number));
}

int mr_watch_open(struct mr_watch *ret, const struct mr_tree *tree, const struct mr_when *when,
		  struct mr_error *error)
{
	struct mr_watch watch = {.when = *when, .tree = tree, .fd = -1, .limit_fd = -1};
	struct mr_when_level level;
	int result = find_file(&watch);

	if (!result)
		result = mr_watch_poll(&watch, &level);
	if (result < 0) {
		mr_watch_close(&watch);
		return explain(when, result, error);
	}
	const char *reason = objection(when, &level);
	if (reason) {
		mr_watch_close(&watch);
		return refuse(when, error, reason);
	}
	*ret = watch;
	return 0;
}

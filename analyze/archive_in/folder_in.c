/* A folder as a stream of members, in the order of their names, so that the same folder gives the same
 * database. See archive_in.h.
 *
 * Links are not followed and nothing but files is opened, without waiting: a FIFO in the folder cannot hang
 * us.  What is mounted from a kernel (proc, sysfs, cgroup) is a live machine: it changes while it is read,
 * hangs, and lacks what only the collector records, so it is refused. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "analyze/archive_in/internal.h"
#include "schema/base/cleanup.h"

/* One folder that is being walked. */
struct level {
	int fd;
	char **names; /* sorted */
	size_t count, next;
	size_t path_bytes; /* of the path in front of its names, with the slash */
};

struct mr_folder {
	struct level *levels;
	size_t depth, capacity;
	int file_fd;
};

static int fail(const struct mr_archive *archive, const char *path, struct mr_error *error)
{
	int number = errno;
	char printable[256];

	return mr_error_set(error, -number, "%s/%s: %s", archive->name,
			    mr_archive_printable(path, printable, sizeof(printable)), strerror(number));
}

static bool is_live(int fd)
{
	static const unsigned long magics[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC,
					       CGROUP2_SUPER_MAGIC};
	struct statfs status;

	if (fstatfs(fd, &status) < 0)
		return false;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if ((unsigned long)status.f_type == magics[i])
			return true;
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void level_deinit(struct level *level)
{
	for (size_t i = 0; i < level->count; i++)
		free(level->names[i]);
	free(level->names);
	mr_closep(&level->fd);
}

/* All names in a folder, sorted.  @return false when there is no memory */
static bool list_names(struct level *level, DIR *stream)
{
	size_t capacity = 0;

	for (struct dirent *entry; (entry = readdir(stream));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (level->count == capacity) {
			capacity = capacity ? 2 * capacity : 64;
			char **grown = reallocarray(level->names, capacity, sizeof(*grown));
			if (!grown)
				return false;
			level->names = grown;
		}
		level->names[level->count] = strdup(entry->d_name);
		if (!level->names[level->count++])
			return false;
	}
	if (level->count)
		qsort(level->names, level->count, sizeof(*level->names), compare_names);
	return true;
}

static int say_live(const struct mr_archive *archive, struct mr_error *error)
{
	return mr_error_set(error, -EXDEV,
			    "%s is a running machine, not a capture\n"
			    "  to take one of it:  memreckon-collect",
			    archive->name);
}

/* Go down into a folder.  @fd is taken over, whatever comes of it. */
static int enter(struct mr_archive *archive, int fd, struct mr_error *error)
{
	struct mr_folder *folder = archive->folder;
	struct level level = {.fd = fd, .path_bytes = archive->path.length_bytes};

	if (is_live(fd)) {
		close(fd);
		return say_live(archive, error);
	}
	/* the stream closes its descriptor, and the level needs one for openat() */
	int again = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	DIR *stream = again < 0 ? NULL : fdopendir(again);
	if (!stream) {
		mr_closep(&again);
		close(fd);
		return fail(archive, archive->path.data ? archive->path.data : "", error);
	}
	bool is_listed = list_names(&level, stream);
	closedir(stream);
	if (is_listed && folder->depth == folder->capacity) {
		size_t wanted = folder->capacity ? 2 * folder->capacity : 16;
		struct level *grown = reallocarray(folder->levels, wanted, sizeof(*grown));
		if (grown) {
			folder->levels = grown;
			folder->capacity = wanted;
		}
	}
	if (!is_listed || folder->depth == folder->capacity) {
		level_deinit(&level);
		return mr_archive_no_memory(archive, error);
	}
	folder->levels[folder->depth++] = level;
	return 0;
}

/* "/" itself, and a folder whose proc or sys is mounted from the kernel. */
static int refuse_live(struct mr_archive *archive, struct mr_error *error)
{
	static const char *const below[] = {"proc", "sys"};
	struct stat root, here;

	if (!stat("/", &root) && !fstat(archive->fd, &here) && root.st_dev == here.st_dev &&
	    root.st_ino == here.st_ino)
		return say_live(archive, error);
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		_cleanup_close_ int fd =
			openat(archive->fd, below[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd >= 0 && is_live(fd))
			return say_live(archive, error);
	}
	return 0;
}

int mr_folder_open(struct mr_archive *archive, struct mr_error *error)
{
	archive->kind = MR_ARCHIVE_FOLDER;
	archive->folder = calloc(1, sizeof(*archive->folder));
	if (!archive->folder)
		return mr_archive_no_memory(archive, error);
	archive->folder->file_fd = -1;
	int result = refuse_live(archive, error);
	if (result < 0)
		return result;
	/* its own descriptor stays: the walk may begin again */
	int fd = openat(archive->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? fail(archive, "", error) : enter(archive, fd, error);
}

void mr_folder_close(struct mr_archive *archive)
{
	struct mr_folder *folder = archive->folder;

	if (!folder)
		return;
	while (folder->depth)
		level_deinit(&folder->levels[--folder->depth]);
	free(folder->levels);
	mr_closep(&folder->file_fd);
	free(folder);
	archive->folder = NULL;
}

static void leave(struct mr_folder *folder)
{
	level_deinit(&folder->levels[--folder->depth]);
}

/* The path of a name in the folder at hand. */
static void set_path(struct mr_archive *archive, const struct level *level, const char *name)
{
	archive->path.length_bytes = level->path_bytes;
	mr_buffer_append(&archive->path, name, strlen(name));
}

/* Why the thing that is open is not a file whose bytes we take. */
static const char *refuse(const struct mr_archive *archive, const struct stat *status)
{
	if (archive->path.length_bytes > archive->limits.path_bytes)
		return "name too long (--max-path)";
	if (archive->folder->depth > archive->limits.depth)
		return "name too deep (--max-depth)";
	return S_ISREG(status->st_mode)   ? NULL
	       : S_ISLNK(status->st_mode) ? "symbolic link"
					  : "neither file nor folder";
}

/* What the name is: a folder is entered, anything else is the member at hand.
 * @return 1 a member; 0 a folder, or it is gone */
static int visit(struct mr_archive *archive, const struct level *level, const char *name,
		 struct mr_error *error)
{
	struct mr_folder *folder = archive->folder;
	struct mr_archive_entry *entry = &archive->entry;
	struct stat status;

	*entry = (struct mr_archive_entry){0};
	set_path(archive, level, name);
	if (fstatat(level->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(archive, archive->path.data, error);
	entry->refused = S_ISDIR(status.st_mode) && folder->depth <= archive->limits.depth &&
					 archive->path.length_bytes < archive->limits.path_bytes
				 ? NULL
				 : refuse(archive, &status);
	if (entry->refused)
		return 1;
	int fd = openat(level->fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0) {
		entry->refused = "may not be read";
		return errno == EACCES || errno == EPERM ? 1 : fail(archive, archive->path.data, error);
	}
	if (S_ISDIR(status.st_mode)) {
		mr_buffer_append(&archive->path, "/", 1);
		return enter(archive, fd, error);
	}
	folder->file_fd = fd;
	entry->size_bytes = (uint64_t)status.st_size;
	entry->mtime_s = status.st_mtim.tv_sec;
	entry->has_mtime = true;
	return 1;
}

int mr_folder_next(struct mr_archive *archive, struct mr_error *error)
{
	struct mr_folder *folder = archive->folder;
	int result = 0;

	mr_closep(&folder->file_fd);
	folder->file_fd = -1;
	while (!result && folder->depth) {
		struct level *level = &folder->levels[folder->depth - 1];

		if (level->next == level->count)
			leave(folder);
		else
			result = visit(archive, level, level->names[level->next++], error);
	}
	return result;
}

int64_t mr_folder_read(struct mr_archive *archive, char *buffer, size_t buffer_bytes, struct mr_error *error)
{
	ssize_t got;

	do
		got = read(archive->folder->file_fd, buffer, buffer_bytes);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail(archive, archive->path.data, error);
	archive->folder_bytes += (uint64_t)got;
	if (archive->folder_bytes > archive->limits.total_bytes)
		return mr_archive_too_much(archive, error, "bytes in all:", archive->limits.total_bytes,
					   "--max-total-size");
	return got;
}

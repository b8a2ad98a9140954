/* Names for many archives, and an end to their number.  What --keep removes are files on somebody's
 * production host: each is one that this very run has published, and looks as it did then. */
#include "collect/series_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More captures than this do not begin in one second. */
#define SAME_NAME_MAX 1000

/* Stands for the time in a given name. */
static const char time_mark[] = "%T";

static bool is_folder(const char *path)
{
	size_t length_bytes = strlen(path);
	struct stat status;

	return (length_bytes && path[length_bytes - 1] == '/') ||
	       (!stat(path, &status) && S_ISDIR(status.st_mode));
}

static bool is_taken(const char *path)
{
	struct stat status;

	/* what cannot be looked at is told by who opens it, and nothing is ever replaced */
	return !lstat(path, &status);
}

/* The folder that the archives are published in. */
static void folder_of(const char *output, struct mr_buffer *ret)
{
	const char *slash = output ? strrchr(output, '/') : NULL;

	if (output && is_folder(output))
		mr_buffer_append_text(ret, output);
	else if (slash)
		mr_buffer_append(ret, output, (size_t)(slash - output) + 1);
	else
		mr_buffer_append_text(ret, "./");
}

int mr_series_output_open_folder(const struct mr_options *options)
{
	struct mr_buffer folder = {0};
	int fd = -1;

	if (!options->output || strcmp(options->output, "-") != 0)
		folder_of(options->output, &folder);
	if (folder.data && !folder.failed)
		fd = open(folder.data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	mr_buffer_deinit(&folder);
	return fd;
}

/* Can files be made in that folder? */
static int check_folder(const char *output, struct mr_error *error)
{
	struct mr_buffer folder = {0};
	struct stat status;
	int result = 0;

	folder_of(output, &folder);
	if (folder.failed)
		return mr_error_set(error, -ENOMEM, "no memory");
	if (stat(folder.data, &status) < 0 || faccessat(AT_FDCWD, folder.data, W_OK | X_OK, AT_EACCESS) < 0)
		result = mr_error_set(error, -errno, "cannot write to the folder %s: %s", folder.data,
				      strerror(errno));
	mr_buffer_deinit(&folder);
	return result;
}

int mr_series_output_check(const struct mr_options *options, uint64_t count, struct mr_error *error)
{
	const char *output = options->output;

	if (!output || is_folder(output))
		return check_folder(output, error);
	if (!strcmp(output, "-") && count == 1)
		return 0;
	if (!strcmp(output, "-"))
		return mr_error_set(error, -EINVAL,
				    "a series makes many archives, and standard output takes one.   "
				    "memreckon-collect -o FOLDER/");
	const char *mark = strstr(output, time_mark), *slash = strrchr(output, '/');
	if (mark && mark < slash)
		return mr_error_set(error, -EINVAL,
				    "%s: %%T can stand in the name of the file, not of its folder", output);
	if (!mark && count != 1)
		return mr_error_set(error, -EINVAL,
				    "a series makes many archives, and %s is one name.   "
				    "memreckon-collect -o FOLDER/   or   -o 'NAME-%%T.mem.tar.gz'",
				    output);
	if (!mark && is_taken(output))
		return mr_error_set(error, -EEXIST,
				    "%s exists already and is not replaced.   memreckon-collect -o ANOTHER",
				    output);
	return check_folder(output, error);
}

/* The nth name for one moment. */
static void print_path(const struct mr_options *options, const char *stem, unsigned nth,
		       struct mr_buffer *ret)
{
	const char *output = options->output ? options->output : "", *mark;
	const char *dash = strrchr(stem, '-'), *time = dash ? dash + 1 : stem;
	char suffix[16] = "";

	if (nth > 1)
		snprintf(suffix, sizeof(suffix), "-%u", nth);
	mr_buffer_clear(ret);
	if (!options->output || is_folder(output)) {
		bool has_end = !*output || output[strlen(output) - 1] == '/';

		mr_buffer_printf(ret, "%s%s%s%s.mem.tar%s", output, has_end ? "" : "/", stem, suffix,
				 options->gzip_level ? ".gz" : "");
		return;
	}
	for (; (mark = strstr(output, time_mark)); output = mark + strlen(time_mark)) {
		mr_buffer_append(ret, output, (size_t)(mark - output));
		mr_buffer_printf(ret, "%s%s", time, suffix);
	}
	mr_buffer_append_text(ret, output);
}

/* Is the name free, and the one it has while it is written? */
static bool is_free(const struct mr_buffer *path)
{
	struct mr_buffer part = {0};

	mr_buffer_printf(&part, "%s.part", path->data);
	bool answer = !part.failed && !is_taken(path->data) && !is_taken(part.data);
	mr_buffer_deinit(&part);
	return answer;
}

int mr_series_output_name(const struct mr_options *options, const char *stem, struct mr_buffer *ret_path,
			  struct mr_error *error)
{
	const char *output = options->output;
	bool is_made = !output || is_folder(output) || strstr(output, time_mark);

	for (unsigned nth = 1; nth <= SAME_NAME_MAX; nth++) {
		print_path(options, stem, nth, ret_path);
		if (ret_path->failed)
			return mr_error_set(error, -ENOMEM, "no memory");
		/* a name that was given is taken as it is: what is wrong with it the archive says */
		if (!is_made || is_free(ret_path))
			return 0;
	}
	return mr_error_set(error, -EEXIST, "%s and all names like it are taken", ret_path->data);
}

static void forget_oldest(struct mr_kept *kept)
{
	free(kept->archives[0].path);
	kept->count--;
	memmove(kept->archives, kept->archives + 1, kept->count * sizeof(kept->archives[0]));
}

static bool is_same(const struct mr_kept_archive *archive, const struct stat *status)
{
	return S_ISREG(status->st_mode) && status->st_dev == archive->device &&
	       status->st_ino == archive->inode && status->st_size == archive->size_bytes &&
	       status->st_mtim.tv_sec == archive->modified.tv_sec &&
	       status->st_mtim.tv_nsec == archive->modified.tv_nsec;
}

static int remove_oldest(struct mr_kept *kept, struct mr_error *error)
{
	const struct mr_kept_archive *oldest = &kept->archives[0];
	struct stat status;
	int result = 0;

	if (!lstat(oldest->path, &status) && is_same(oldest, &status) && unlink(oldest->path) < 0)
		result = mr_error_set(error, -errno, "cannot remove %s: %s; it stays", oldest->path,
				      strerror(errno));
	forget_oldest(kept);
	return result;
}

static int note(struct mr_kept *kept, const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return -errno;
	if (kept->count == kept->capacity_count) {
		uint64_t capacity_count = 2 * kept->capacity_count + 8;
		void *archives = realloc(kept->archives, capacity_count * sizeof(kept->archives[0]));

		if (!archives)
			return -ENOMEM;
		kept->archives = archives;
		kept->capacity_count = capacity_count;
	}
	char *copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	kept->archives[kept->count++] = (struct mr_kept_archive){
		.path = copy,
		.device = status.st_dev,
		.inode = status.st_ino,
		.size_bytes = status.st_size,
		.modified = status.st_mtim,
	};
	return 0;
}

int mr_kept_add(struct mr_kept *kept, const char *path, uint64_t keep_count, struct mr_error *error)
{
	int result = note(kept, path);

	if (result < 0)
		return mr_error_set(error, result, "%s stays, beyond --keep: %s", path, strerror(-result));
	while (kept->count > keep_count) {
		int removed = remove_oldest(kept, error);

		result = result ? result : removed;
	}
	return result;
}

void mr_kept_deinit(struct mr_kept *kept)
{
	while (kept->count)
		forget_oldest(kept);
	free(kept->archives);
	*kept = (struct mr_kept){0};
}

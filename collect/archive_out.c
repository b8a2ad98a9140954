/* Writing the archive.  GNU tar, not pax: libarchive's pax writer makes a static glibc program look for the
 * host's character sets and fails on names that are not ASCII, and ustar fails on long cgroup paths.
 *
 * Published once: written as FILE.part, linked to the final name, which fails if that exists, then unlinked.
 */
#include "collect/archive_out.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct mr_archive_out {
	struct archive *tar;
	struct archive_entry *entry;
	struct mr_buffer path; /**< top folder and member */
	size_t top_length_bytes;
	int fd;           /**< -1 when closed */
	int directory_fd; /**< folder of the output; -1 for stdout */
	char *name;       /**< final name in that folder; NULL for stdout */
	char *part_name;
	const char *output; /**< as given, for messages */
	struct sha256_ctx sha256;
	char sha256_hex[BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE) + 1];
	uint64_t size_bytes;
	uint64_t members_count;
	struct mr_error error; /**< the first one */
};

/* What a second signal removes.  Set while FILE.part exists. */
static volatile sig_atomic_t part_exists;
static int part_directory_fd;
static const char *part_name;

void mr_archive_out_abandon_in_signal(void)
{
	if (part_exists)
		unlinkat(part_directory_fd, part_name, 0);
}

static void fail(struct mr_archive_out *archive, int error_number, const char *what)
{
	if (error_number == EPIPE)
		mr_error_set(&archive->error, -EPIPE, "%s %s: its reader went away; the archive is not whole",
			     what, archive->name ? archive->output : "standard output");
	else if (!archive->name)
		mr_error_set(&archive->error, -error_number,
			     "%s standard output: %s; the archive is not whole", what,
			     strerror(error_number));
	else
		mr_error_set(&archive->error, -error_number, "%s %s: %s; no file was left", what,
			     archive->output, strerror(error_number));
}

/* Standard output may be a pipe that somebody has set to O_NONBLOCK. */
static void wait_for_room(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLOUT};

	poll(&wait, 1, -1);
}

/* libarchive's way out: all bytes of the archive pass here.  After the first error they go nowhere;
 * libarchive is not told, because an archive that it holds for lost it does not free. */
static la_ssize_t write_out(struct archive *tar, void *cookie, const void *bytes, size_t length_bytes)
{
	struct mr_archive_out *archive = cookie;
	size_t done_bytes = 0;

	while (archive->fd >= 0 && done_bytes < length_bytes && !archive->error.number) {
		ssize_t wrote_bytes =
			write(archive->fd, (const char *)bytes + done_bytes, length_bytes - done_bytes);
		if (wrote_bytes > 0)
			done_bytes += (size_t)wrote_bytes;
		else if (wrote_bytes < 0 && errno == EAGAIN)
			wait_for_room(archive->fd);
		else if (!wrote_bytes || errno != EINTR)
			fail(archive, wrote_bytes ? errno : EIO, "cannot write");
	}
	sha256_update(&archive->sha256, length_bytes, bytes);
	archive->size_bytes += length_bytes;
	return (la_ssize_t)length_bytes;
}

static void check(struct mr_archive_out *archive, int result)
{
	int error_number = archive_errno(archive->tar);

	if (result < ARCHIVE_WARN)
		fail(archive, error_number > 0 ? error_number : EIO, "cannot write");
}

/* Split the output into a folder and a name, and make FILE.part there. */
static int open_part(struct mr_archive_out *archive)
{
	const char *slash = strrchr(archive->output, '/');
	const char *name = slash ? slash + 1 : archive->output;
	struct mr_buffer folder = {0}, part = {0};

	if (!*name)
		return mr_error_set(
			&archive->error, -EISDIR,
			"cannot write %s: that is a folder.   memreckon-collect -o %sNAME.mem.tar.gz",
			archive->output, archive->output);
	if (slash)
		mr_buffer_append(&folder, archive->output, (size_t)(slash - archive->output) + 1);
	else
		mr_buffer_append_text(&folder, ".");
	archive->name = strdup(name);
	mr_buffer_printf(&part, "%s.part", archive->name ? archive->name : "");
	archive->part_name = mr_buffer_detach(&part);
	if (folder.failed || !archive->name || !archive->part_name) {
		mr_buffer_deinit(&folder);
		return mr_error_set(&archive->error, -ENOMEM, "no memory");
	}
	archive->directory_fd = open(folder.data, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int error_number = errno;
	mr_buffer_deinit(&folder);
	if (archive->directory_fd < 0)
		return mr_error_set(&archive->error, -error_number, "cannot write %s: the folder: %s",
				    archive->output, strerror(error_number));
	struct stat status;
	if (!fstatat(archive->directory_fd, archive->name, &status, AT_SYMLINK_NOFOLLOW))
		return mr_error_set(&archive->error, -EEXIST,
				    "%s exists already and is not replaced.   memreckon-collect -o ANOTHER",
				    archive->output);
	archive->fd = openat(archive->directory_fd, archive->part_name,
			     O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (archive->fd < 0 && errno == EEXIST)
		return mr_error_set(&archive->error, -EEXIST,
				    "%s.part exists: another run writes it, or one was killed.   rm %s.part",
				    archive->output, archive->output);
	if (archive->fd < 0)
		return mr_error_set(&archive->error, -errno, "cannot write %s.part: %s", archive->output,
				    strerror(errno));
	part_directory_fd = archive->directory_fd;
	part_name = archive->part_name;
	part_exists = 1;
	return 0;
}

static int open_tar(struct mr_archive_out *archive, int gzip_level)
{
	char level[2] = {(char)('0' + gzip_level), '\0'};

	archive->tar = archive_write_new();
	archive->entry = archive_entry_new();
	if (!archive->tar || !archive->entry)
		return mr_error_set(&archive->error, -ENOMEM, "no memory");
	check(archive, archive_write_set_format_gnutar(archive->tar));
	if (gzip_level) {
		check(archive, archive_write_add_filter_gzip(archive->tar));
		check(archive,
		      archive_write_set_filter_option(archive->tar, "gzip", "compression-level", level));
		check(archive, archive_write_set_filter_option(archive->tar, "gzip", "timestamp", NULL));
	}
	check(archive, archive_write_set_bytes_in_last_block(archive->tar, 1));
	if (!archive->error.number)
		check(archive, archive_write_open(archive->tar, archive, NULL, write_out, NULL));
	return archive->error.number;
}

int mr_archive_out_create(struct mr_archive_out **ret_archive, const struct mr_archive_out_options *options,
			  struct mr_error *error)
{
	struct mr_archive_out *archive = calloc(1, sizeof(*archive));
	if (!archive)
		return mr_error_set(error, -ENOMEM, "no memory");
	archive->fd = archive->directory_fd = -1;
	archive->output = options->output;
	sha256_init(&archive->sha256);
	mr_buffer_printf(&archive->path, "%s/", options->top);
	archive->top_length_bytes = archive->path.length_bytes;
	int result = 0;
	if (options->output && !strcmp(options->output, "-"))
		archive->fd = STDOUT_FILENO;
	else if (options->output)
		result = open_part(archive);
	if (!result)
		result = open_tar(archive, options->gzip_level);
	if (result < 0) {
		mr_error_set(error, result, "%s", archive->error.message);
		mr_archive_out_destroy(archive);
		return result;
	}
	*ret_archive = archive;
	return 0;
}

static void remove_part(struct mr_archive_out *archive)
{
	if (part_exists && archive->part_name && part_name == archive->part_name)
		unlinkat(archive->directory_fd, archive->part_name, 0);
	part_exists = 0;
}

void mr_archive_out_destroy(struct mr_archive_out *archive)
{
	if (!archive)
		return;
	/* of an archive that is not to be kept the end is not written */
	mr_error_set(&archive->error, -ECANCELED, "not published");
	archive_write_free(archive->tar);
	archive_entry_free(archive->entry);
	mr_buffer_deinit(&archive->path);
	if (archive->fd >= 0 && archive->name)
		close(archive->fd);
	remove_part(archive);
	if (archive->directory_fd >= 0)
		close(archive->directory_fd);
	free(archive->name);
	free(archive->part_name);
	free(archive);
}

void mr_archive_out_begin(struct mr_archive_out *archive, const char *path, int64_t mtime_s,
			  uint64_t size_bytes)
{
	if (archive->error.number)
		return;
	archive->path.length_bytes = archive->top_length_bytes;
	if (path)
		mr_buffer_append_text(&archive->path, path);
	if (!path || archive->path.failed) {
		fail(archive, ENOMEM, "cannot write");
		return;
	}
	archive_entry_clear(archive->entry);
	archive_entry_set_pathname(archive->entry, archive->path.data);
	archive_entry_set_filetype(archive->entry, AE_IFREG);
	archive_entry_set_perm(archive->entry, 0644);
	archive_entry_set_mtime(archive->entry, (time_t)mtime_s, 0);
	archive_entry_set_size(archive->entry, (la_int64_t)size_bytes);
	check(archive, archive_write_header(archive->tar, archive->entry));
	archive->members_count++;
}

void mr_archive_out_data(struct mr_archive_out *archive, const void *bytes, size_t length_bytes)
{
	if (archive->error.number || !length_bytes)
		return;
	la_ssize_t wrote_bytes = archive_write_data(archive->tar, bytes, length_bytes);
	if (wrote_bytes < 0)
		check(archive, ARCHIVE_FATAL);
	else if ((size_t)wrote_bytes != length_bytes)
		fail(archive, EIO, "cannot write");
}

void mr_archive_out_add(struct mr_archive_out *archive, const char *path, int64_t mtime_s, const void *bytes,
			size_t length_bytes)
{
	mr_archive_out_begin(archive, path, mtime_s, length_bytes);
	mr_archive_out_data(archive, bytes, length_bytes);
}

void mr_archive_out_add_buffer(struct mr_archive_out *archive, const char *path, int64_t mtime_s,
			       const struct mr_buffer *buffer)
{
	if (buffer->failed)
		fail(archive, ENOMEM, "cannot write");
	else
		mr_archive_out_add(archive, path, mtime_s, buffer->data, buffer->length_bytes);
}

bool mr_archive_out_failed(const struct mr_archive_out *archive)
{
	return archive->error.number != 0;
}

int mr_archive_out_fd(const struct mr_archive_out *archive)
{
	return archive->fd;
}

int mr_archive_out_directory_fd(const struct mr_archive_out *archive)
{
	return archive->directory_fd;
}

static int64_t cached_bytes(int fd, size_t length_bytes)
{
	size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE),
	       pages = (length_bytes + page_bytes - 1) / page_bytes;
	unsigned char *is_cached = malloc(pages + 1);
	int64_t cached_pages = -1;

	void *map = is_cached ? mmap(NULL, length_bytes, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
	if (map != MAP_FAILED) {
		if (!mincore(map, length_bytes, is_cached)) {
			cached_pages = 0;
			for (size_t i = 0; i < pages; i++)
				cached_pages += is_cached[i] & 1;
		}
		munmap(map, length_bytes);
	}
	free(is_cached);
	return cached_pages < 0 ? -1 : cached_pages * (int64_t)page_bytes;
}

int64_t mr_archive_out_drop_cache(struct mr_archive_out *archive)
{
	struct stat status;

	if (fstat(archive->fd, &status) < 0 || !S_ISREG(status.st_mode))
		return -1;
	if (!status.st_size)
		return 0;
	if (fdatasync(archive->fd) < 0 || posix_fadvise(archive->fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
		return -1;
	return cached_bytes(archive->fd, (size_t)status.st_size);
}

uint64_t mr_archive_out_members_count(const struct mr_archive_out *archive)
{
	return archive->members_count;
}

/* Give the finished part its name.  Where hard links are not possible (FAT, some network file systems) a
 * rename that replaces nothing does the same. */
static void give_name(struct mr_archive_out *archive)
{
	int folder = archive->directory_fd;

	if (!linkat(folder, archive->part_name, folder, archive->name, 0)) {
		remove_part(archive);
		return;
	}
	if ((errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS) &&
	    !renameat2(folder, archive->part_name, folder, archive->name, RENAME_NOREPLACE)) {
		part_exists = 0;
		return;
	}
	fail(archive, errno, "cannot publish");
}

int mr_archive_out_publish(struct mr_archive_out *archive, struct mr_error *error)
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	if (!archive->error.number)
		check(archive, archive_write_close(archive->tar));
	if (!archive->error.number && archive->name) {
		/* delayed allocation and network file systems report a full disk only here */
		if (fsync(archive->fd) < 0 && errno != EINVAL && errno != EROFS)
			fail(archive, errno, "cannot write");
		posix_fadvise(archive->fd, 0, 0, POSIX_FADV_DONTNEED);
		if (close(archive->fd) < 0 && errno != EINTR)
			fail(archive, errno, "cannot write");
		archive->fd = -1;
	}
	if (!archive->error.number && archive->name)
		give_name(archive);
	if (archive->error.number)
		return mr_error_set(error, archive->error.number, "%s", archive->error.message);
	sha256_digest(&archive->sha256, sizeof(digest), digest);
	base16_encode_update(archive->sha256_hex, sizeof(digest), digest);
	return 0;
}

uint64_t mr_archive_out_size_bytes(const struct mr_archive_out *archive)
{
	return archive->size_bytes;
}

const char *mr_archive_out_sha256(const struct mr_archive_out *archive)
{
	return archive->sha256_hex;
}

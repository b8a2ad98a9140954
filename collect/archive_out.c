/* Writing the archive.  GNU tar, not pax: libarchive's pax writer makes a static glibc program look for the
 * host's character sets and fails on names that are not ASCII, and ustar fails on long cgroup paths.
 *
 * Compressed by libdeflate, which takes a third of the time of zlib at the same size (tests/bench).  It
 * compresses what it has at once: each block is a gzip member of its own, and a gzip file is one or more of
 * them (RFC 1952, 2.2).
 *
 * Published once: written as FILE.part, linked to the final name, which fails if that exists, then unlinked.
 */
#include "collect/archive_out.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <limits.h>
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

#include "schema/base/clock.h"
#include "collect/stop.h"

/* The tar is gathered in blocks of this size.  Uncompressed, one is a write: each passes the seccomp filter
 * and the file system.  Compressed, it becomes a gzip member, and a larger one would be a little smaller. */
#define PLAIN_BLOCK_BYTES (64 * 1024)
#define GZIP_BLOCK_BYTES (256 * 1024)
/* Source: tar(5), GNU tar archives */
#define TAR_BLOCK_BYTES 512
#define TAR_NAME_BYTES 100
/* Once the run is to end, how long somebody may read nothing at all of a pipe. */
#define STUCK_LIMIT_NS (5 * MR_SECOND_NS)
/* A signal that comes just before a wait does not end it. */
#define LONGEST_WAIT_MS 500

struct mr_archive_out {
	struct archive *tar;
	struct archive_entry *entry;
	struct mr_buffer path; /**< top folder and member */
	size_t top_length_bytes;
	int fd;           /**< -1 when closed */
	int directory_fd; /**< folder of the output; -1 for stdout */
	char *name;       /**< final name in that folder; NULL for stdout */
	char *part_name;
	const char *output;     /**< as given, for messages */
	size_t write_bytes_max; /**< of one write */
	uint64_t
		deadline_ns; /**< CLOCK_MONOTONIC; from then on nobody waits long for one who does not read */
	char *block;         /**< the tar that was not written yet */
	size_t block_bytes, block_bytes_max;      /**< of that, and of which a block is full */
	struct libdeflate_compressor *compressor; /**< NULL: the tar as it is */
	char *member;                             /**< room for a block, compressed */
	size_t member_bytes_max;
	bool is_hashed;
	struct sha256_ctx sha256; /**< of what was written */
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
	else if (error_number == ETIMEDOUT && !archive->name)
		mr_error_set(&archive->error, -ETIMEDOUT,
			     "%s standard output: its reader does not read; the archive is not whole", what);
	else if (!archive->name)
		mr_error_set(&archive->error, -error_number,
			     "%s standard output: %s; the archive is not whole", what,
			     strerror(error_number));
	else
		mr_error_set(&archive->error, -error_number, "%s %s: %s; no file was left", what,
			     archive->output, strerror(error_number));
}

/* Wait until something can be written, for as long as the run may last and a little longer.  @return 0 or an
 * errno */
static int wait_for_room(const struct mr_archive_out *archive)
{
	struct pollfd wait = {.fd = archive->fd, .events = POLLOUT};
	uint64_t give_up_ns = UINT64_MAX;

	for (;;) {
		int count = poll(&wait, 1, LONGEST_WAIT_MS);
		if (count > 0)
			return 0;
		if (count < 0 && errno != EINTR)
			return errno;
		uint64_t now_ns = mr_now_ns();
		if (give_up_ns == UINT64_MAX && (mr_stop_signal() || now_ns >= archive->deadline_ns))
			give_up_ns = now_ns + STUCK_LIMIT_NS;
		if (now_ns >= give_up_ns)
			return ETIMEDOUT;
	}
}

/* One write that does not block where poll() says that there is room: a pipe takes PIPE_BUF then.  A file
 * takes all; poll() knows nothing of it.  @return bytes written, or a negative errno */
static ssize_t write_some(struct mr_archive_out *archive, const char *bytes, size_t length_bytes)
{
	int error_number = archive->write_bytes_max == PIPE_BUF ? wait_for_room(archive) : 0;
	if (error_number)
		return -error_number;
	if (length_bytes > archive->write_bytes_max)
		length_bytes = archive->write_bytes_max;
	ssize_t wrote_bytes = write(archive->fd, bytes, length_bytes);
	if (wrote_bytes < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	return wrote_bytes ? wrote_bytes : -EIO;
}

/* After the first error nothing goes out any more. */
static void write_all(struct mr_archive_out *archive, const char *bytes, size_t length_bytes)
{
	size_t done_bytes = 0;

	while (archive->fd >= 0 && done_bytes < length_bytes && !archive->error.number) {
		ssize_t wrote_bytes = write_some(archive, bytes + done_bytes, length_bytes - done_bytes);
		if (wrote_bytes < 0)
			fail(archive, (int)-wrote_bytes, "cannot write");
		else
			done_bytes += (size_t)wrote_bytes;
	}
	if (archive->is_hashed)
		sha256_update(&archive->sha256, length_bytes, (const uint8_t *)bytes);
	archive->size_bytes += length_bytes;
}

/* At most one block.  @return bytes that it has in archive->member */
static size_t compress_block(struct mr_archive_out *archive, const void *bytes, size_t length_bytes)
{
	return libdeflate_gzip_compress(archive->compressor, bytes, length_bytes, archive->member,
					archive->member_bytes_max);
}

static void write_block(struct mr_archive_out *archive)
{
	size_t length_bytes = archive->block_bytes;

	archive->block_bytes = 0;
	if (!length_bytes)
		return;
	if (!archive->compressor) {
		write_all(archive, archive->block, length_bytes);
		return;
	}
	size_t member_bytes = compress_block(archive, archive->block, length_bytes);
	if (!member_bytes)
		fail(archive, EIO, "cannot compress for");
	write_all(archive, archive->member, member_bytes);
}

/* libarchive's way out: all bytes of the tar pass here.  It is not told of errors, because an archive that it
 * holds for lost it does not free. */
static la_ssize_t take_tar(struct archive *tar, void *cookie, const void *bytes, size_t length_bytes)
{
	struct mr_archive_out *archive = cookie;
	size_t room_bytes = archive->block_bytes_max - archive->block_bytes;

	if (length_bytes > room_bytes)
		length_bytes = room_bytes;
	memcpy(archive->block + archive->block_bytes, bytes, length_bytes);
	archive->block_bytes += length_bytes;
	if (archive->block_bytes == archive->block_bytes_max)
		write_block(archive);
	return (la_ssize_t)length_bytes;
}

static void check(struct mr_archive_out *archive, int result)
{
	int error_number = archive_errno(archive->tar);

	if (result < ARCHIVE_WARN)
		fail(archive, error_number > 0 ? error_number : EIO, "cannot write");
}

static void use_stdout(struct mr_archive_out *archive)
{
	struct stat status;

	archive->fd = STDOUT_FILENO;
	if (fstat(archive->fd, &status) < 0 || !S_ISREG(status.st_mode))
		archive->write_bytes_max = PIPE_BUF;
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

static int open_gzip(struct mr_archive_out *archive, int level)
{
	archive->compressor = libdeflate_alloc_compressor(level);
	if (archive->compressor)
		archive->member_bytes_max =
			libdeflate_gzip_compress_bound(archive->compressor, GZIP_BLOCK_BYTES);
	archive->member = malloc(archive->member_bytes_max);
	return archive->compressor && archive->member ? 0
						      : mr_error_set(&archive->error, -ENOMEM, "no memory");
}

static int open_tar(struct mr_archive_out *archive)
{
	archive->tar = archive_write_new();
	archive->entry = archive_entry_new();
	archive->block_bytes_max = archive->compressor ? GZIP_BLOCK_BYTES : PLAIN_BLOCK_BYTES;
	archive->block = malloc(archive->block_bytes_max);
	if (!archive->tar || !archive->entry || !archive->block)
		return mr_error_set(&archive->error, -ENOMEM, "no memory");
	check(archive, archive_write_set_format_gnutar(archive->tar));
	/* the blocks are ours */
	check(archive, archive_write_set_bytes_per_block(archive->tar, 0));
	if (!archive->error.number)
		check(archive, archive_write_open(archive->tar, archive, NULL, take_tar, NULL));
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
	archive->is_hashed = options->is_hashed;
	sha256_init(&archive->sha256);
	mr_buffer_printf(&archive->path, "%s/", options->top);
	archive->top_length_bytes = archive->path.length_bytes;
	int result = 0;
	archive->write_bytes_max = SIZE_MAX;
	archive->deadline_ns = options->deadline_ns ? options->deadline_ns : UINT64_MAX;
	if (options->output && !strcmp(options->output, "-"))
		use_stdout(archive);
	else if (options->output)
		result = open_part(archive);
	if (!result && options->gzip_level)
		result = open_gzip(archive, options->gzip_level);
	if (!result)
		result = open_tar(archive);
	if (result < 0) {
		mr_error_set(error, result, "%s", archive->error.message);
		mr_archive_out_destroy(archive);
		return result;
	}
	*ret_archive = archive;
	return 0;
}

/* @return 0 or an errno */
static int remove_part(struct mr_archive_out *archive)
{
	int error_number = 0;

	if (part_exists && archive->part_name && part_name == archive->part_name &&
	    unlinkat(archive->directory_fd, archive->part_name, 0) < 0)
		error_number = errno;
	part_exists = 0;
	return error_number;
}

void mr_archive_out_destroy(struct mr_archive_out *archive)
{
	if (!archive)
		return;
	/* of an archive that is not to be kept the end is not written */
	mr_error_set(&archive->error, -ECANCELED, "not published");
	archive_write_free(archive->tar);
	archive_entry_free(archive->entry);
	libdeflate_free_compressor(archive->compressor);
	free(archive->member);
	free(archive->block);
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

/* Give the finished part its name.  Where a hard link is not possible (FAT, network file systems, no inode
 * left) a rename that replaces nothing does the same. */
static void give_name(struct mr_archive_out *archive, struct mr_error *error)
{
	int folder = archive->directory_fd;

	if (!linkat(folder, archive->part_name, folder, archive->name, 0)) {
		int error_number = remove_part(archive);

		/* the archive is there, under both names; only the next one would be in trouble */
		if (error_number)
			mr_error_set(error, -error_number, "cannot remove %s.part: %s.   rm %s.part",
				     archive->output, strerror(error_number), archive->output);
		return;
	}
	if (errno != EEXIST &&
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
	write_block(archive);
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
		give_name(archive, error);
	if (archive->error.number)
		return mr_error_set(error, archive->error.number, "%s", archive->error.message);
	sha256_digest(&archive->sha256, sizeof(digest), digest);
	base16_encode_update(archive->sha256_hex, sizeof(digest), digest);
	return 0;
}

void mr_archive_out_flush(struct mr_archive_out *archive)
{
	if (archive->compressor)
		write_block(archive);
}

size_t mr_archive_out_gain_bytes(const struct mr_archive_out *archive)
{
	return archive->compressor ? archive->block_bytes : 0;
}

uint64_t mr_archive_out_member_bytes(const struct mr_archive_out *archive, size_t path_bytes,
				     uint64_t size_bytes)
{
	uint64_t whole_path_bytes = archive->top_length_bytes + path_bytes + 1, blocks_count = 1;

	/* a long path is a member of its own, in front of the other */
	if (whole_path_bytes > TAR_NAME_BYTES)
		blocks_count += 1 + (whole_path_bytes + TAR_BLOCK_BYTES - 1) / TAR_BLOCK_BYTES;
	return (blocks_count + (size_bytes + TAR_BLOCK_BYTES - 1) / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
}

uint64_t mr_archive_out_size_bytes_max(const struct mr_archive_out *archive, uint64_t more_bytes)
{
	/* with what fills the block of the member that was added last, and two blocks at the end */
	uint64_t tar_bytes = archive->block_bytes + more_bytes + 3 * TAR_BLOCK_BYTES;

	if (!archive->compressor)
		return archive->size_bytes + tar_bytes;
	/* the last of them is not full, and so may be one before */
	uint64_t members_count = tar_bytes / GZIP_BLOCK_BYTES + 2;
	return archive->size_bytes + tar_bytes +
	       members_count * (archive->member_bytes_max - GZIP_BLOCK_BYTES);
}

uint64_t mr_archive_out_measure(struct mr_archive_out *archive, const char *bytes, size_t length_bytes)
{
	uint64_t size_bytes = 0;

	if (!archive->compressor)
		return length_bytes;
	for (size_t at = 0; at < length_bytes; at += GZIP_BLOCK_BYTES) {
		size_t left_bytes = length_bytes - at;

		size_bytes += compress_block(archive, bytes + at,
					     left_bytes < GZIP_BLOCK_BYTES ? left_bytes : GZIP_BLOCK_BYTES);
	}
	return size_bytes;
}

uint64_t mr_archive_out_size_bytes(const struct mr_archive_out *archive)
{
	return archive->size_bytes;
}

const char *mr_archive_out_sha256(const struct mr_archive_out *archive)
{
	return archive->sha256_hex;
}

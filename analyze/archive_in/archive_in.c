/* The streaming reader over libarchive.  See archive_in.h.
 *
 * libarchive is asked for each format and filter by name, never for all of them: every reader that is not
 * needed is code that a hostile file could reach.  It does not verify the CRC of gzip; that the bytes are
 * those that the collector wrote is verified by the digests of the index, in import/.
 */
#include "analyze/archive_in/archive_in.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/archive_in/member_path.h"
#include "schema/base/buffer.h"
#include "schema/base/cleanup.h"

#define FIRST_MEMBER "capture/meta.csv"
#define READ_BLOCK_BYTES (128 * 1024)

const struct mr_archive_limits mr_archive_default_limits = {
	.member_bytes = 64ULL << 20,
	.members_count = 2000000,
	.total_bytes = 4ULL << 30,
	.ratio = 1000,
	.ratio_grace_bytes = 64ULL << 20,
	.path_bytes = 4096,
	.depth = 256,
};

struct mr_archive {
	struct archive *reader;
	struct mr_archive_limits limits;
	char *name; /* of the archive, for messages */
	int fd;
	uint64_t file_bytes; /* 0 for a pipe */
	uint64_t headers_count;
	char *top; /* top directory with its slash; "" when there is none */
	size_t top_bytes;
	struct mr_buffer path; /* of the member, normalised, with the top directory */
	struct mr_buffer bytes;
	bool first_is_pending; /* the first member is read already and not handed out */
};

const char *mr_archive_printable(const char *name, char *buffer, size_t buffer_bytes)
{
	size_t used = 0;

	for (; *name && used + 5 < buffer_bytes; name++) {
		unsigned char byte = (unsigned char)*name;

		if (byte >= ' ' && byte < 0x7f && byte != '\\')
			buffer[used++] = *name;
		else
			used += (size_t)snprintf(buffer + used, 5, "\\x%02x", byte);
	}
	buffer[used] = '\0';
	return buffer;
}

uint64_t mr_archive_stored_bytes(const struct mr_archive *archive)
{
	int64_t read_bytes = archive_filter_bytes(archive->reader, -1);

	return archive->file_bytes ? archive->file_bytes : read_bytes > 0 ? (uint64_t)read_bytes : 0;
}

/* @member  that was being read; NULL when it was the header of the next one */
static int cut_off(struct mr_archive *archive, const char *member, struct mr_error *error)
{
	uint64_t stored_kib = (mr_archive_stored_bytes(archive) + 1023) / 1024;
	const char *where = member ? "inside" : "behind";
	char printable[256];

	if (!member)
		member = archive->path.data ? archive->path.data : "nothing";
	if (archive->top && !strncmp(member, archive->top, archive->top_bytes))
		member += archive->top_bytes;
	return mr_error_set(
		error, -ENODATA,
		"%s: cut off after %llu KiB, %s %s\n  to keep what is whole:  memreckon import --salvage %s",
		archive->name, (unsigned long long)stored_kib, where,
		mr_archive_printable(member, printable, sizeof(printable)), archive->name);
}

/* libarchive has no code for "cut off", only words: "truncated gzip input", "Truncated zstd input",
 * "Truncated tar archive"; for xz those of liblzma, and none at all when only the trailer of a gzip is
 * missing. */
static bool says_cut_off(const char *reason)
{
	return !reason || strcasestr(reason, "truncated") || strstr(reason, "No progress is possible");
}

/* What libarchive says when it gives up. */
static int reader_failed(struct mr_archive *archive, const char *member, struct mr_error *error)
{
	const char *reason = archive_error_string(archive->reader);
	int number = archive_errno(archive->reader);

	if (number == ENOMEM)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", archive->name);
	if (number == EIO)
		return mr_error_set(error, -EIO, "%s: %s", archive->name, strerror(number));
	if (says_cut_off(reason))
		return cut_off(archive, member, error);
	return mr_error_set(error, -EBADMSG, "%s: damaged, %s", archive->name, reason);
}

static int too_much(struct mr_archive *archive, struct mr_error *error, const char *what, uint64_t limit)
{
	return mr_error_set(error, -EFBIG, "%s: %s more than %llu; refused", archive->name, what,
			    (unsigned long long)limit);
}

static int check_volume(struct mr_archive *archive, struct mr_error *error)
{
	const struct mr_archive_limits *limits = &archive->limits;
	int64_t plain_bytes = archive_filter_bytes(archive->reader, 0);
	int64_t stored_bytes = archive_filter_bytes(archive->reader, -1);

	if (plain_bytes < 0)
		return 0;
	if ((uint64_t)plain_bytes > limits->total_bytes)
		return too_much(archive, error, "bytes uncompressed:", limits->total_bytes);
	if ((uint64_t)plain_bytes > limits->ratio_grace_bytes && stored_bytes > 0 &&
	    (uint64_t)plain_bytes / (uint64_t)stored_bytes >= limits->ratio)
		return too_much(archive, error, "compression ratio:", limits->ratio);
	return 0;
}

/* Why a header is not a file whose bytes we take; NULL when it is. */
static const char *refuse_type(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry))
		return "hard link";
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return archive_entry_sparse_count(entry) > 0 ? "sparse file" : NULL;
	case AE_IFLNK:
		return "symbolic link";
	default:
		return "neither file nor folder";
	}
}

/* Read the data of the present entry into archive->bytes. */
static int read_bytes(struct mr_archive *archive, struct archive_entry *entry, struct mr_error *error)
{
	int64_t size_bytes = archive_entry_size(entry);
	size_t have_bytes = 0;

	if (size_bytes < 0 || (uint64_t)size_bytes > archive->limits.member_bytes)
		return too_much(archive, error, "bytes in one member:", archive->limits.member_bytes);
	mr_buffer_clear(&archive->bytes);
	if (!mr_buffer_reserve(&archive->bytes, (size_t)size_bytes))
		return mr_error_set(error, -ENOMEM, "%s: out of memory", archive->name);
	while (have_bytes < (size_t)size_bytes) {
		ssize_t got = archive_read_data(archive->reader, archive->bytes.data + have_bytes,
						(size_t)size_bytes - have_bytes);
		if (got < 0)
			return reader_failed(archive, archive->path.data, error);
		if (!got)
			return cut_off(archive, archive->path.data, error);
		have_bytes += (size_t)got;
	}
	archive->bytes.data[have_bytes] = '\0';
	archive->bytes.length_bytes = have_bytes;
	return check_volume(archive, error);
}

static int next_header(struct mr_archive *archive, struct archive_entry **ret_entry, struct mr_error *error)
{
	int result = archive_read_next_header(archive->reader, ret_entry);

	if (result == ARCHIVE_EOF)
		return 0;
	if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
		return reader_failed(archive, NULL, error);
	if (++archive->headers_count > archive->limits.members_count)
		return too_much(archive, error, "members:", archive->limits.members_count);
	int volume = check_volume(archive, error);
	return volume < 0 ? volume : 1;
}

/* The next thing that is no folder, normalised, its data not read yet.
 * @ret_refused  why it must be left out */
static int next_file(struct mr_archive *archive, struct archive_entry **ret_entry, const char **ret_refused,
		     struct mr_error *error)
{
	for (;;) {
		int result = next_header(archive, ret_entry, error);
		if (result <= 0)
			return result;
		if (archive_entry_filetype(*ret_entry) == AE_IFDIR)
			continue;
		const char *name = archive_entry_pathname(*ret_entry);
		/* a name in UTF-8 that the locale cannot express */
		if (!name)
			name = archive_entry_pathname_utf8(*ret_entry);
		*ret_refused = mr_member_path(name ? name : "", archive->limits.path_bytes,
					      archive->limits.depth, &archive->path);
		if (archive->path.failed)
			return mr_error_set(error, -ENOMEM, "%s: out of memory", archive->name);
		if (!*ret_refused)
			*ret_refused = refuse_type(*ret_entry);
		return 1;
	}
}

/* The first file must be TOP/capture/meta.csv, or capture/meta.csv with no top directory. */
static int find_top(struct mr_archive *archive, struct mr_error *error)
{
	struct archive_entry *entry;
	const char *refused;
	size_t wanted = strlen(FIRST_MEMBER);

	int result = next_file(archive, &entry, &refused, error);
	if (result < 0)
		return result;
	size_t length = archive->path.length_bytes;
	const char *path = archive->path.data;
	if (!result || refused || length < wanted || strcmp(path + length - wanted, FIRST_MEMBER) != 0 ||
	    (length > wanted && strchr(path, '/') != path + length - wanted - 1))
		return mr_error_set(error, -EBADMSG,
				    "%s: no %s in front, so it was not written by memreckon-collect",
				    archive->name, FIRST_MEMBER);
	archive->top_bytes = length - wanted;
	archive->top = strndup(path, archive->top_bytes);
	if (!archive->top)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", archive->name);
	archive->first_is_pending = true;
	return read_bytes(archive, entry, error);
}

static int open_reader(struct mr_archive *archive, struct mr_error *error)
{
	struct archive *reader = archive->reader = archive_read_new();

	if (!reader)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", archive->name);
	/* "tar" reads v7, ustar, pax and GNU */
	archive_read_support_format_tar(reader);
	archive_read_support_filter_gzip(reader);
	archive_read_support_filter_zstd(reader);
	archive_read_support_filter_xz(reader);
	archive_read_support_filter_bzip2(reader);
	if (archive_read_open_fd(reader, archive->fd, READ_BLOCK_BYTES) != ARCHIVE_OK)
		return reader_failed(archive, NULL, error);
	return 0;
}

static int open_file(struct mr_archive *archive, struct mr_error *error)
{
	struct stat status;

	archive->fd = !strcmp(archive->name, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
						  : open(archive->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (archive->fd < 0 || fstat(archive->fd, &status) < 0)
		return mr_error_set(error, -errno, "%s: %s", archive->name, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return mr_error_set(error, -EISDIR, "%s is a folder, not an archive", archive->name);
	if (S_ISREG(status.st_mode)) {
		if (!status.st_size)
			return mr_error_set(error, -EBADMSG, "%s is empty", archive->name);
		archive->file_bytes = (uint64_t)status.st_size;
	}
	return 0;
}

/* Before the first header is read a failure means: this is something else. */
static int not_an_archive(const struct mr_archive *archive, int number, struct mr_error *error)
{
	if (number != -EBADMSG || archive->headers_count)
		return number;
	if (error)
		*error = (struct mr_error){0};
	return mr_error_set(error, -EBADMSG, "%s is not an archive that memreckon-collect writes",
			    archive->name);
}

int mr_archive_open(const char *path, const struct mr_archive_limits *limits, struct mr_archive **ret_archive,
		    struct mr_error *error)
{
	struct mr_archive *archive = calloc(1, sizeof(*archive));
	int result;

	if (!archive)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", path);
	archive->fd = -1;
	archive->limits = limits ? *limits : mr_archive_default_limits;
	archive->name = strdup(path);
	if (!archive->name)
		result = mr_error_set(error, -ENOMEM, "%s: out of memory", path);
	else
		result = open_file(archive, error);
	if (!result) {
		result = open_reader(archive, error);
		if (!result)
			result = find_top(archive, error);
		result = not_an_archive(archive, result, error);
	}
	if (result < 0) {
		mr_archive_close(archive);
		return result;
	}
	*ret_archive = archive;
	return 0;
}

void mr_archive_close(struct mr_archive *archive)
{
	if (!archive)
		return;
	archive_read_free(archive->reader);
	mr_closep(&archive->fd);
	mr_buffer_deinit(&archive->path);
	mr_buffer_deinit(&archive->bytes);
	free(archive->top);
	free(archive->name);
	free(archive);
}

void mr_archive_peek(const struct mr_archive *archive, struct mr_archive_member *ret_member)
{
	*ret_member = (struct mr_archive_member){
		.path = FIRST_MEMBER,
		.bytes = archive->bytes.data,
		.length_bytes = archive->bytes.length_bytes,
	};
}

int mr_archive_next(struct mr_archive *archive, struct mr_archive_member *ret_member, struct mr_error *error)
{
	struct archive_entry *entry;
	const char *refused = NULL;
	bool is_below;

	if (!archive->first_is_pending) {
		int result = next_file(archive, &entry, &refused, error);
		if (result <= 0)
			return result;
	}
	is_below = !strncmp(archive->path.data, archive->top, archive->top_bytes);
	if (!refused && !is_below)
		refused = "outside of the top directory";
	if (!refused && !archive->first_is_pending) {
		int result = read_bytes(archive, entry, error);
		if (result < 0)
			return result;
	}
	archive->first_is_pending = false;
	*ret_member = (struct mr_archive_member){
		.path = archive->path.data + (is_below ? archive->top_bytes : 0),
		.bytes = refused ? NULL : archive->bytes.data,
		.length_bytes = refused ? 0 : archive->bytes.length_bytes,
		.refused = refused,
	};
	return 1;
}

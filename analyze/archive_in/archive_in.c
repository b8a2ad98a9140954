/* What is common to tars, folders and single files: limits, names, the member at hand.  See archive_in.h.
 *
 *   archive_in.c     this file
 *   tar_in.c         tars and single files, through libarchive
 *   folder_in.c      folders
 *   member_path.c    names, made comparable
 *   supportconfig.c  the text of a supportconfig taken apart
 */
#include "analyze/archive_in/archive_in.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/archive_in/internal.h"
#include "analyze/archive_in/member_path.h"
#include "schema/base/cleanup.h"

#define READ_STEP_BYTES ((size_t)1 << 20)

const struct mr_archive_limits mr_archive_default_limits = {
	.member_bytes = 64ULL << 20,
	.members_count = 2000000,
	.total_bytes = 16ULL << 30,
	.ratio = 1000,
	.ratio_grace_bytes = 64ULL << 20,
	.path_bytes = 4096,
	.depth = 256,
	.captures_count = 10000,
	.nesting = 2,
	.cpu_s = 600,
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

enum mr_archive_kind mr_archive_kind(const struct mr_archive *archive)
{
	return archive->kind;
}

uint64_t mr_archive_member_bytes_max(const struct mr_archive *archive)
{
	return archive->limits.member_bytes;
}

uint64_t mr_archive_captures_max(const struct mr_archive *archive)
{
	return archive->limits.captures_count;
}

const char *mr_archive_name(const struct mr_archive *archive)
{
	return archive->name;
}

void mr_archive_set_top(struct mr_archive *archive, size_t top_bytes)
{
	archive->top_bytes = top_bytes;
}

int mr_archive_no_memory(const struct mr_archive *archive, struct mr_error *error)
{
	return mr_error_set(error, -ENOMEM, "%s: out of memory", archive->name);
}

int mr_archive_cut_off(struct mr_archive *archive, const char *member, struct mr_error *error)
{
	uint64_t stored_kib = (mr_archive_stored_bytes(archive) + 1023) / 1024;
	const char *where = member ? "inside" : "behind";
	char printable[256];

	if (!member)
		member = archive->path.data ? archive->path.data : "nothing";
	if (archive->top_bytes && strlen(member) > archive->top_bytes)
		member += archive->top_bytes;
	return mr_error_set(
		error, -ENODATA,
		"%s: cut off after %llu KiB, %s %s\n  to keep what is whole:  memreckon import --salvage %s",
		archive->name, (unsigned long long)stored_kib, where,
		mr_archive_printable(member, printable, sizeof(printable)), archive->name);
}

int mr_archive_too_much(const struct mr_archive *archive, struct mr_error *error, const char *what,
			uint64_t limit, const char *option)
{
	return mr_error_set(error, -EFBIG, "%s: %s more than %llu; refused (%s)", archive->name, what,
			    (unsigned long long)limit, option);
}

static int look_at(struct mr_archive *archive, struct mr_error *error)
{
	struct stat status;

	if (fstat(archive->fd, &status) < 0)
		return mr_error_set(error, -errno, "%s: %s", archive->name, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return mr_folder_open(archive, error);
	if (S_ISREG(status.st_mode)) {
		archive->file_bytes = (uint64_t)status.st_size;
		archive->file_mtime_s = status.st_mtim.tv_sec;
	}
	return mr_tar_open(archive, error);
}

static struct mr_archive *create(const char *name, const struct mr_archive_limits *limits)
{
	struct mr_archive *archive = calloc(1, sizeof(*archive));

	if (!archive)
		return NULL;
	archive->fd = -1;
	archive->limits = limits ? *limits : mr_archive_default_limits;
	archive->name = strdup(name);
	if (archive->name)
		return archive;
	free(archive);
	return NULL;
}

int mr_archive_open_fd(int fd, const char *name, const struct mr_archive_limits *limits,
		       struct mr_archive **ret_archive, struct mr_error *error)
{
	struct mr_archive *archive = create(name, limits);

	if (!archive) {
		close(fd);
		return mr_error_set(error, -ENOMEM, "%s: out of memory", name);
	}
	archive->fd = fd;
	int result = look_at(archive, error);
	if (result < 0) {
		mr_archive_close(archive);
		return result;
	}
	*ret_archive = archive;
	return 0;
}

bool mr_archive_is_at_fault(int error_number)
{
	return error_number == -EBADMSG || error_number == -ENODATA || error_number == -EFBIG ||
	       error_number == -EPROTONOSUPPORT || error_number == -EIO;
}

int mr_archive_input(const char *path, struct mr_error *error)
{
	int fd = !strcmp(path, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
				    : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? mr_error_set(error, -errno, "%s: %s", path, strerror(errno)) : fd;
}

int mr_archive_open(const char *path, const struct mr_archive_limits *limits, struct mr_archive **ret_archive,
		    struct mr_error *error)
{
	int fd = mr_archive_input(path, error);

	return fd < 0 ? fd : mr_archive_open_fd(fd, path, limits, ret_archive, error);
}

int mr_archive_rewind(struct mr_archive *archive, struct mr_error *error)
{
	bool is_folder = archive->folder != NULL;

	mr_tar_close(archive);
	mr_folder_close(archive);
	mr_buffer_clear(&archive->path);
	archive->headers_count = archive->damaged_blocks = archive->folder_bytes = 0;
	archive->has_input_ended = false;
	if (is_folder)
		return mr_folder_open(archive, error);
	if (lseek(archive->fd, 0, SEEK_SET) < 0)
		return mr_error_set(
			error, -errno,
			"%s holds more than one capture, and it cannot be read twice: store it as a file",
			archive->name);
	return mr_tar_open(archive, error);
}

/* "OUTER:PATH", the path made printable. */
static char *inner_name(const struct mr_archive *outer)
{
	char printable[256], *name;

	mr_archive_printable(outer->path.data, printable, sizeof(printable));
	return asprintf(&name, "%s:%s", outer->name, printable) < 0 ? NULL : name;
}

int mr_archive_open_inner(struct mr_archive *outer, struct mr_archive **ret_inner, struct mr_error *error)
{
	_cleanup_free_ char *name = inner_name(outer);

	if (!outer->limits.nesting)
		return mr_error_set(error, -ELOOP, "%s: an archive nested too deep (--max-nesting)",
				    outer->name);
	struct mr_archive *inner = name ? create(name, &outer->limits) : NULL;
	if (!inner)
		return mr_archive_no_memory(outer, error);
	inner->limits.nesting--;
	inner->outer = outer;
	inner->file_mtime_s = outer->entry.mtime_s;
	int result = mr_tar_open(inner, error);
	if (result < 0) {
		mr_archive_close(inner);
		return result;
	}
	*ret_inner = inner;
	return 0;
}

void mr_archive_close(struct mr_archive *archive)
{
	if (!archive)
		return;
	mr_tar_close(archive);
	mr_folder_close(archive);
	mr_closep(&archive->fd);
	mr_buffer_deinit(&archive->path);
	mr_buffer_deinit(&archive->bytes);
	free(archive->name);
	free(archive);
}

int mr_archive_next(struct mr_archive *archive, struct mr_archive_entry *ret_entry, struct mr_error *error)
{
	int result = archive->folder ? mr_folder_next(archive, error) : mr_tar_next(archive, error);

	if (archive->path.failed)
		return mr_archive_no_memory(archive, error);
	if (result <= 0)
		return result;
	if (++archive->headers_count > archive->limits.members_count)
		return mr_archive_too_much(archive, error, "members:", archive->limits.members_count,
					   "--max-members");
	archive->entry.path = archive->path.data;
	*ret_entry = archive->entry;
	return 1;
}

int64_t mr_archive_read_piece(struct mr_archive *archive, char *buffer, size_t buffer_bytes,
			      struct mr_error *error)
{
	return archive->folder ? mr_folder_read(archive, buffer, buffer_bytes, error)
			       : mr_tar_read(archive, buffer, buffer_bytes, error);
}

/* How much to ask for next.  The size in the header is a hint that may be a lie; where there is none, the end
 * shows when no more comes. */
static size_t wanted_bytes(const struct mr_archive *archive)
{
	size_t have_bytes = archive->bytes.length_bytes;
	uint64_t size_bytes = archive->entry.size_bytes;
	uint64_t wanted = size_bytes > have_bytes ? size_bytes - have_bytes
			  : size_bytes            ? 1
						  : have_bytes + 4096;

	return wanted < READ_STEP_BYTES ? (size_t)wanted : READ_STEP_BYTES;
}

int mr_archive_read(struct mr_archive *archive, const char **ret_bytes, size_t *ret_length_bytes,
		    struct mr_error *error)
{
	struct mr_buffer *bytes = &archive->bytes;
	uint64_t limit_bytes = archive->limits.member_bytes;
	int64_t got;

	mr_buffer_clear(bytes);
	if (archive->entry.size_bytes > limit_bytes)
		return mr_archive_too_much(archive, error, "bytes in one member:", limit_bytes,
					   "--max-member-size");
	do {
		size_t wanted = wanted_bytes(archive);

		if (!mr_buffer_reserve(bytes, wanted))
			return mr_archive_no_memory(archive, error);
		got = mr_archive_read_piece(archive, bytes->data + bytes->length_bytes, wanted, error);
		if (got < 0)
			return (int)got;
		bytes->length_bytes += (size_t)got;
		if (bytes->length_bytes > limit_bytes)
			return mr_archive_too_much(archive, error, "bytes in one member:", limit_bytes,
						   "--max-member-size");
	} while (got);
	bytes->data[bytes->length_bytes] = '\0';
	*ret_bytes = bytes->data;
	*ret_length_bytes = bytes->length_bytes;
	return 0;
}

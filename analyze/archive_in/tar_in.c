/* Tars and single files through libarchive.  See archive_in.h.
 *
 * libarchive is asked for each format and filter by name, never for all of them: every reader that is not
 * needed is code that a hostile file could reach.  It does not verify the CRC of gzip; that the bytes are
 * those that the collector wrote is verified by the digests of the index, in import/.
 */
#include <archive.h>
#include <archive_entry.h>
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "analyze/archive_in/internal.h"
#include "analyze/archive_in/member_path.h"
#include "schema/catalog.h"

#define XZ_MAGIC                                                                                             \
	"\xfd"                                                                                               \
	"7zXZ\0"
#define XZ_MAGIC_BYTES 6
/* A special header has 1 MiB at most. */
#define PADDING_BYTES_MAX ((uint64_t)64 << 20)
/* As zstd has it by itself; xz -9 takes 64 MiB. */
#define DICTIONARY_BYTES_MAX ((uint64_t)128 << 20)

/* libarchive has no code for "cut off", only words: "truncated gzip input", "Truncated zstd input",
 * "Truncated tar archive"; for xz those of liblzma, and none at all when only the trailer of a gzip is
 * missing. */
static bool says_cut_off(const char *reason)
{
	return !reason || strcasestr(reason, "truncated") || strstr(reason, "No progress is possible");
}

/* What is compressed and does not give a single byte although all of it was read; what gives one is at least
 * a file. */
static bool is_cut_in_front(const struct mr_archive *archive)
{
	return archive->has_input_ended && !archive->headers_count &&
	       archive_filter_count(archive->reader) > 1 && archive_filter_bytes(archive->reader, 0) <= 0;
}

/* What libarchive says when it gives up. */
static int reader_failed(struct mr_archive *archive, const char *member, struct mr_error *error)
{
	const char *reason = archive_error_string(archive->reader);
	int number = archive_errno(archive->reader);

	if (number == ENOMEM)
		return mr_archive_no_memory(archive, error);
	if (archive->input_error.number)
		return mr_error_set(error, archive->input_error.number, "%s", archive->input_error.message);
	if (says_cut_off(reason) || is_cut_in_front(archive))
		return mr_archive_cut_off(archive, member, error);
	return mr_error_set(error, -EBADMSG, "%s: damaged, %s", archive->name, reason);
}

/* ---- input ---- */

/* The next bytes of the file, or of the member that this archive is. */
static int64_t read_some(struct mr_archive *archive, char *buffer, size_t buffer_bytes,
			 struct mr_error *error)
{
	ssize_t got;

	if (archive->outer)
		return mr_archive_read_piece(archive->outer, buffer, buffer_bytes, error);
	do
		got = read(archive->fd, buffer, buffer_bytes);
	while (got < 0 && errno == EINTR);
	return got < 0 ? mr_error_set(error, -errno, "%s: %s", archive->name, strerror(errno)) : got;
}

/* Fill the buffer.  A pipe gives its bytes in pieces of any length; what is told of an archive does not depend on
 * them, and no block of a tar lies across two buffers. */
static int64_t read_input(struct mr_archive *archive, struct mr_error *error)
{
	size_t have_bytes = 0;
	int64_t got = 1;

	if (archive->late_error.number) {
		*error = archive->late_error;
		return error->number;
	}
	while (got > 0 && have_bytes < sizeof(archive->input)) {
		got = read_some(archive, archive->input + have_bytes, sizeof(archive->input) - have_bytes,
				&archive->late_error);
		have_bytes += got > 0 ? (size_t)got : 0;
	}
	if (got >= 0 || have_bytes)
		return (int64_t)have_bytes;
	*error = archive->late_error;
	return got;
}

static int check_volume(struct mr_archive *archive, struct mr_error *error)
{
	const struct mr_archive_limits *limits = &archive->limits;
	int64_t plain_bytes = archive_filter_bytes(archive->reader, 0);
	int64_t stored_bytes = archive_filter_bytes(archive->reader, -1);

	if (plain_bytes < 0)
		return 0;
	if ((uint64_t)plain_bytes > limits->total_bytes)
		return mr_archive_too_much(archive, error, "bytes uncompressed:", limits->total_bytes,
					   "--max-total-size");
	if ((uint64_t)plain_bytes > limits->ratio_grace_bytes && stored_bytes > 0 &&
	    (uint64_t)plain_bytes / (uint64_t)stored_bytes >= limits->ratio)
		return mr_archive_too_much(archive, error, "compression ratio:", limits->ratio,
					   "--max-ratio");
	return 0;
}

/* Behind the end of an archive libarchive looks for another one through any number of zeros, in one call. */
static bool is_only_padding(struct mr_archive *archive, int64_t got_bytes)
{
	archive->between_bytes += (uint64_t)got_bytes;
	return archive->is_between && archive->between_bytes > PADDING_BYTES_MAX;
}

/* See the end of the archive, its first zero block, before libarchive goes on: what cannot be read behind it is no
 * damage, as other archives may follow, and so may rubbish.  It is seen where nothing is compressed. */
static void note_end(struct mr_archive *archive)
{
	static const char zeros[512];
	uint64_t first_bytes = archive->given_bytes - archive->last_bytes;
	uint64_t offset_bytes = archive->end_bytes - first_bytes;

	if (!archive->is_between || archive_filter_count(archive->reader) > 1 ||
	    archive->end_bytes < first_bytes || archive->last_bytes < sizeof(zeros) ||
	    offset_bytes > archive->last_bytes - sizeof(zeros))
		return;
	archive->is_over |= !memcmp(archive->input + offset_bytes, zeros, sizeof(zeros));
}

static la_ssize_t give_input(struct archive *reader, void *context, const void **ret_bytes)
{
	struct mr_archive *archive = context;
	int64_t got = archive->first_bytes;

	/* what was looked at to find the compression comes first */
	archive->first_bytes = 0;
	note_end(archive);
	if (!got)
		got = read_input(archive, &archive->input_error);
	if (got > 0 && archive->is_between && check_volume(archive, &archive->input_error) < 0)
		got = -1;
	if (got > 0 && is_only_padding(archive, got))
		got = 0;
	archive->has_input_ended = !got;
	if (got > 0) {
		archive->given_bytes += (uint64_t)got;
		archive->last_bytes = (size_t)got;
	}
	if (got < 0)
		archive_set_error(reader, EIO, "%s", archive->input_error.message);
	*ret_bytes = archive->input;
	return got < 0 ? ARCHIVE_FATAL : (la_ssize_t)got;
}

/* Have the first bytes, which show what it is. */
static int read_first(struct mr_archive *archive, struct mr_error *error)
{
	int64_t got = read_input(archive, error);

	if (got < 0)
		return (int)got;
	archive->first_bytes = got;
	return got ? 0 : mr_error_set(error, -EBADMSG, "%s is empty", archive->name);
}

/* libarchive would take off layer after layer of compression, 25 of them, however much that costs; one is
 * what anybody makes, so it is told which. Source:  RFC 1952 2.3.1; the .xz file format 2.1.1.1; RFC
 * 8878 3.1.1; bzip2's compress.c */
static int append_filter(const struct mr_archive *archive)
{
	static const struct {
		const char *magic;
		size_t length;
		int filter;
	} filters[] = {
		{"\x1f\x8b", 2, ARCHIVE_FILTER_GZIP},
		{XZ_MAGIC, XZ_MAGIC_BYTES, ARCHIVE_FILTER_XZ},
		{"\x28\xb5\x2f\xfd", 4, ARCHIVE_FILTER_ZSTD},
		{"BZh", 3, ARCHIVE_FILTER_BZIP2},
	};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (archive->first_bytes >= (int64_t)filters[i].length &&
		    !memcmp(archive->input, filters[i].magic, filters[i].length))
			return archive_read_append_filter(archive->reader, filters[i].filter);
	return archive_read_append_filter(archive->reader, ARCHIVE_FILTER_NONE);
}

/* The dictionary that an .xz file wants, which libarchive would get without a look at its size.
 * @return 0 where its first block does not say it.  Source:  the .xz file format 3.1, 5.3.1 */
static uint64_t xz_dictionary_bytes(const struct mr_archive *archive)
{
	enum { STREAM_HEADER = 12, FLAGS = 1, LZMA2 = 0x21, SIZES = 0xc0, FILTERS = 3, BITS_MAX = 40 };
	const unsigned char *block = (const unsigned char *)archive->input + STREAM_HEADER;
	const unsigned char *filter = block + FLAGS + 1;

	if (archive->first_bytes < STREAM_HEADER + 8 ||
	    memcmp(archive->input, XZ_MAGIC, XZ_MAGIC_BYTES) != 0 || block[FLAGS] & (SIZES | FILTERS) ||
	    filter[0] != LZMA2 || filter[1] != 1 || filter[2] > BITS_MAX)
		return 0;
	unsigned bits = filter[2];
	return bits == BITS_MAX ? UINT32_MAX : (UINT64_C(2) | (bits & 1)) << (bits / 2 + 11);
}

static int check_dictionary(const struct mr_archive *archive, struct mr_error *error)
{
	uint64_t bytes = xz_dictionary_bytes(archive);

	return bytes <= DICTIONARY_BYTES_MAX
		       ? 0
		       : mr_error_set(
				 error, -EFBIG,
				 "%s: unpacking it takes a dictionary of %llu MiB; refused, %u are the most\n"
				 "  to unpack it before:  xz -dk %s",
				 archive->name, (unsigned long long)((bytes + (1 << 20) - 1) >> 20),
				 (unsigned)(DICTIONARY_BYTES_MAX >> 20), archive->name);
}

/* Who has databases wants them together, and may try this.  Source:  https://sqlite.org/fileformat.html 1.3 */
static int refuse_database(const struct mr_archive *archive, struct mr_error *error)
{
	static const char magic[] = "SQLite format 3";
	enum { APPLICATION_ID = 68, HEADER_BYTES = 100 };
	uint32_t id;

	if (archive->first_bytes < HEADER_BYTES || memcmp(archive->input, magic, sizeof(magic)) != 0)
		return 0;
	memcpy(&id, archive->input + APPLICATION_ID, sizeof(id));
	return be32toh(id) == MR_APPLICATION_ID
		       ? mr_error_set(error, -ENOMSG,
				      "%s is a database of memreckon, not a capture\n"
				      "  to take over its snapshots:  memreckon merge %s",
				      archive->name, archive->name)
		       : mr_error_set(error, -ENOMSG, "%s is no capture: a SQLite file of another program",
				      archive->name);
}

int mr_tar_open(struct mr_archive *archive, struct mr_error *error)
{
	int result = read_first(archive, error);

	if (!result)
		result = refuse_database(archive, error);
	if (!result)
		result = check_dictionary(archive, error);
	if (result < 0)
		return result;
	struct archive *reader = archive->reader = archive_read_new();
	if (!reader)
		return mr_archive_no_memory(archive, error);
	/* "tar" reads v7, ustar, pax and GNU; "raw" is what is no tar */
	if (append_filter(archive) != ARCHIVE_OK || archive_read_support_format_tar(reader) != ARCHIVE_OK ||
	    archive_read_support_format_raw(reader) != ARCHIVE_OK ||
	    archive_read_set_format_option(reader, "tar", "read_concatenated_archives", "1") != ARCHIVE_OK ||
	    archive_read_open(reader, archive, NULL, give_input, NULL) != ARCHIVE_OK)
		return reader_failed(archive, NULL, error);
	return 0;
}

void mr_tar_close(struct mr_archive *archive)
{
	archive->block = NULL;
	archive->block_bytes = 0;
	archive->has_peeked = false;
	archive->given_bytes = archive->last_bytes = 0;
	archive->late_error = (struct mr_error){0};
	archive_read_free(archive->reader);
	archive->reader = NULL;
}

uint64_t mr_archive_stored_bytes(const struct mr_archive *archive)
{
	if (archive->folder)
		return archive->folder_bytes;
	int64_t read_bytes = archive_filter_bytes(archive->reader, -1);
	return archive->file_bytes ? archive->file_bytes : read_bytes > 0 ? (uint64_t)read_bytes : 0;
}

/* ---- members ---- */

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

/* What comes through no tar: one member, named as the file. */
static void name_single_file(struct mr_archive *archive)
{
	static const char *const endings[] = {".gz", ".xz", ".zst", ".bz2"};
	const char *slash = strrchr(archive->name, '/');
	const char *name = slash ? slash + 1 : archive->name;
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (length > strlen(endings[i]) && !strcmp(name + length - strlen(endings[i]), endings[i]))
			length -= strlen(endings[i]);
	archive->kind = MR_ARCHIVE_FILE;
	mr_buffer_clear(&archive->path);
	mr_buffer_append(&archive->path, name, length);
}

static void take_header(struct mr_archive *archive, struct archive_entry *header)
{
	struct mr_archive_entry *entry = &archive->entry;
	const char *name = archive_entry_pathname(header);
	int64_t size_bytes = archive_entry_size_is_set(header) ? archive_entry_size(header) : 0;

	/* a name in UTF-8 that the locale cannot express */
	if (!name)
		name = archive_entry_pathname_utf8(header);
	*entry = (struct mr_archive_entry){.mtime_s = archive_entry_mtime(header),
					   .has_mtime = archive_entry_mtime_is_set(header)};
	entry->refused = mr_member_path(name ? name : "", archive->limits.path_bytes, archive->limits.depth,
					&archive->path);
	if (!entry->refused)
		entry->refused = size_bytes < 0 ? "size below zero" : refuse_type(header);
	entry->size_bytes = size_bytes < 0 ? 0 : (uint64_t)size_bytes;
}

/* The next block of the member at hand, as libarchive gives it. */
static int read_block(struct mr_archive *archive, int64_t *ret_offset_bytes)
{
	if (archive->has_peeked) {
		archive->has_peeked = false;
		*ret_offset_bytes = archive->peeked_offset_bytes;
		return archive->peeked;
	}
	return archive_read_data_block(archive->reader, &archive->block, &archive->block_bytes,
				       ret_offset_bytes);
}

/* A sparse file that begins with a hole, or is nothing else, does not always say so in its header. */
static void peek(struct mr_archive *archive)
{
	if (archive->entry.refused || !archive->entry.size_bytes)
		return;
	archive->peeked = read_block(archive, &archive->peeked_offset_bytes);
	archive->has_peeked = true;
	bool is_ok = archive->peeked == ARCHIVE_OK || archive->peeked == ARCHIVE_WARN;
	if (archive->peeked == ARCHIVE_EOF || (is_ok && archive->peeked_offset_bytes))
		archive->entry.refused = "sparse file";
}

/* Pass over the data that nobody asked for.  libarchive would do so in one call, through ten gigabytes that a
 * bomb of ten kilobytes holds; here the limits are looked at after each block. */
static int pass_over_data(struct mr_archive *archive, struct mr_error *error)
{
	int64_t offset_bytes;
	int result = ARCHIVE_EOF;

	if (!archive->has_header)
		return 0;
	while ((result = read_block(archive, &offset_bytes)) == ARCHIVE_OK) {
		int volume = check_volume(archive, error);
		if (volume < 0)
			return volume;
	}
	return result == ARCHIVE_FATAL ? reader_failed(archive, archive->path.data, error) : 0;
}

static int look_for_header(struct mr_archive *archive, struct archive_entry **ret_header)
{
	archive->is_between = true;
	archive->between_bytes = 0;
	archive->end_bytes = (uint64_t)archive_filter_bytes(archive->reader, 0);
	int result = archive_read_next_header(archive->reader, ret_header);
	note_end(archive);
	archive->is_between = false;
	return result;
}

/* libarchive passes over what is no header, 512 bytes a call.  @return 1 a header, 0 the end */
static int next_header(struct mr_archive *archive, struct archive_entry **ret_header, bool *ret_has_skipped,
		       struct mr_error *error)
{
	int result = pass_over_data(archive, error);

	if (result < 0)
		return result;
	archive->has_header = false;
	*ret_has_skipped = false;
	archive->is_over = false;
	while ((result = look_for_header(archive, ret_header)) == ARCHIVE_RETRY) {
		*ret_has_skipped = true;
		if (++archive->damaged_blocks > archive->limits.members_count)
			return mr_archive_too_much(archive, error,
						   "damaged headers:", archive->limits.members_count,
						   "--max-members");
	}
	if (result == ARCHIVE_EOF)
		return 0;
	if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
		return !archive->input_error.number && archive->is_over ? 0
									: reader_failed(archive, NULL, error);
	archive->has_header = true;
	archive->block_bytes = 0;
	result = check_volume(archive, error);
	return result < 0 ? result : 1;
}

/* A lie about the size must not make libarchive pass over what no limit sees. */
static int check_size(const struct mr_archive *archive, struct mr_error *error)
{
	int64_t plain_bytes = archive_filter_bytes(archive->reader, 0);
	uint64_t total_bytes = archive->limits.total_bytes;

	/* a sparse file claims what is not in the archive, and nothing of it is read */
	if (!archive->entry.refused && plain_bytes >= 0 && (uint64_t)plain_bytes <= total_bytes &&
	    archive->entry.size_bytes > total_bytes - (uint64_t)plain_bytes)
		return mr_archive_too_much(archive, error, "bytes uncompressed:", total_bytes,
					   "--max-total-size");
	return 1;
}

static int take_raw(struct mr_archive *archive)
{
	archive->entry = (struct mr_archive_entry){.mtime_s = archive->file_mtime_s,
						   .has_mtime = archive->file_mtime_s != 0};
	name_single_file(archive);
	return 1;
}

int mr_tar_next(struct mr_archive *archive, struct mr_error *error)
{
	struct archive_entry *header;
	bool has_skipped;
	int result;

	archive->read_bytes = 0;
	while ((result = next_header(archive, &header, &has_skipped, error)) > 0) {
		if (archive_format(archive->reader) == ARCHIVE_FORMAT_RAW)
			return take_raw(archive);
		take_header(archive, header);
		archive->entry.is_behind_damage = has_skipped;
		if (archive_entry_filetype(header) != AE_IFDIR) {
			peek(archive);
			return check_size(archive, error);
		}
		if (++archive->headers_count > archive->limits.members_count)
			return mr_archive_too_much(archive, error, "members:", archive->limits.members_count,
						   "--max-members");
	}
	return result;
}

/* Get the next block of the member at hand.  @return 1; 0 at its end */
static int next_block(struct mr_archive *archive, struct mr_error *error)
{
	int64_t offset_bytes;
	int result = read_block(archive, &offset_bytes);
	bool is_tar = archive->kind == MR_ARCHIVE_TAR;

	bool is_short = result == ARCHIVE_EOF && archive->read_bytes != archive->entry.size_bytes;

	if (result == ARCHIVE_EOF && !(is_tar && is_short))
		return 0;
	if (result == ARCHIVE_RETRY)
		return mr_error_set(error, -EBADMSG, "%s: damaged, %s", archive->name,
				    archive_error_string(archive->reader));
	if (result != ARCHIVE_OK && result != ARCHIVE_WARN && result != ARCHIVE_EOF)
		return reader_failed(archive, archive->path.data, error);
	/* where bytes are missing for another reason, libarchive says "truncated" */
	if (is_tar && (is_short || offset_bytes != (int64_t)archive->read_bytes))
		return mr_error_set(error, -EBADMSG, "%s: damaged, a sparse file that does not say so",
				    archive->name);
	result = check_volume(archive, error);
	return result < 0 ? result : 1;
}

int64_t mr_tar_read(struct mr_archive *archive, char *buffer, size_t buffer_bytes, struct mr_error *error)
{
	size_t wanted_bytes;

	while (archive->has_peeked || !archive->block_bytes) {
		int result = next_block(archive, error);
		if (result <= 0)
			return result;
	}
	wanted_bytes = archive->block_bytes < buffer_bytes ? archive->block_bytes : buffer_bytes;
	memcpy(buffer, archive->block, wanted_bytes);
	archive->block = (const char *)archive->block + wanted_bytes;
	archive->block_bytes -= wanted_bytes;
	archive->read_bytes += wanted_bytes;
	return (int64_t)wanted_bytes;
}

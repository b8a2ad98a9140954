/* Tars for tests.  See tar_out.h. */
#include "tests/support/tar_out.h"

#include <archive.h>
#include <archive_entry.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/cleanup.h"

#define MTIME_S 1795246863
#define BLOCK_BYTES 512

static ssize_t append(struct archive *writer, void *context, const void *bytes, size_t length_bytes)
{
	struct mr_buffer *out = context;

	mr_buffer_append(out, bytes, length_bytes);
	return out->failed ? -1 : (ssize_t)length_bytes;
}

/* @level  of compression, "1" to "9" */
static struct archive *open_writer(const char *format, const char *filter, const char *level,
				   struct mr_buffer *out)
{
	struct archive *writer = archive_write_new();

	if (archive_write_set_format_by_name(writer, format) != ARCHIVE_OK ||
	    (filter && archive_write_add_filter_by_name(writer, filter) != ARCHIVE_OK))
		errx(1, "%s, %s: %s", format, filter ? filter : "", archive_error_string(writer));
	/* the same bytes every time */
	if (filter && !strcmp(filter, "gzip"))
		archive_write_set_options(writer, "gzip:!timestamp");
	if (filter)
		archive_write_set_filter_option(writer, filter, "compression-level", level);
	archive_write_set_bytes_per_block(writer, 10240);
	archive_write_set_bytes_in_last_block(writer, 1);
	if (archive_write_open(writer, out, NULL, append, NULL) != ARCHIVE_OK)
		errx(1, "%s", archive_error_string(writer));
	return writer;
}

static void close_writer(struct archive *writer)
{
	if (archive_write_close(writer) != ARCHIVE_OK)
		errx(1, "%s", archive_error_string(writer));
	archive_write_free(writer);
}

static void write_entry(struct archive *writer, const struct mr_tar_way *way,
			const struct mr_tree_entry *from, const char *path)
{
	static const unsigned types[] = {
		[MR_TREE_FILE] = AE_IFREG, [MR_TREE_LINK] = AE_IFLNK, [MR_TREE_FOLDER] = AE_IFDIR};
	struct archive_entry *entry = archive_entry_new();
	_cleanup_free_ char *name = NULL;

	if (asprintf(&name, "%s%s", way->prefix ? way->prefix : "", path) < 0)
		err(1, "%s", path);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, types[from->type]);
	archive_entry_set_perm(entry, from->type == MR_TREE_FOLDER ? 0755 : 0444);
	archive_entry_set_size(entry, (int64_t)from->length_bytes);
	archive_entry_set_mtime(entry, way->mtime_s ? way->mtime_s : MTIME_S, 0);
	if (from->target)
		archive_entry_set_symlink(entry, from->target);
	if (archive_write_header(writer, entry) < ARCHIVE_WARN ||
	    (from->length_bytes &&
	     archive_write_data(writer, from->bytes, from->length_bytes) != (ssize_t)from->length_bytes))
		errx(1, "%s: %s", name, archive_error_string(writer));
	archive_entry_free(entry);
}

/* How many bytes two paths share, up to and with the last slash in both. */
static size_t shared_folder_bytes(const char *path, const char *other)
{
	size_t shared = 0;

	for (size_t i = 0; path[i] && path[i] == other[i]; i++)
		if (path[i] == '/')
			shared = i + 1;
	return shared;
}

/* The folders of a path that the path before it did not have. */
static void write_folders(struct archive *writer, const struct mr_tar_way *way, const char *before,
			  const char *path)
{
	static const struct mr_tree_entry folder = {.type = MR_TREE_FOLDER};
	const char *slash = strchr(path + shared_folder_bytes(path, before), '/');

	for (; slash; slash = strchr(slash + 1, '/')) {
		_cleanup_free_ char *name = strndup(path, (size_t)(slash - path));
		write_entry(writer, way, &folder, name);
	}
}

void mr_tar_pack(const struct mr_tree *tree, const struct mr_tar_way *way, struct mr_buffer *ret_bytes)
{
	struct archive *writer =
		open_writer(way->format ? way->format : "gnutar", way->filter, "1", ret_bytes);

	for (size_t i = 0; i < tree->count; i++) {
		if (way->has_folders)
			write_folders(writer, way, i ? tree->entries[i - 1].path : "", tree->entries[i].path);
		write_entry(writer, way, &tree->entries[i], tree->entries[i].path);
	}
	close_writer(writer);
}

void mr_tar_compress(const char *filter, const void *bytes, size_t length_bytes, struct mr_buffer *ret_bytes)
{
	struct archive *writer = open_writer("raw", filter, "6", ret_bytes);
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_filetype(entry, AE_IFREG);
	if (archive_write_header(writer, entry) != ARCHIVE_OK ||
	    archive_write_data(writer, bytes, length_bytes) != (ssize_t)length_bytes)
		errx(1, "%s: %s", filter, archive_error_string(writer));
	archive_entry_free(entry);
	close_writer(writer);
}

void mr_tar_save(const char *path, const struct mr_buffer *bytes)
{
	_cleanup_fclose_ FILE *file = fopen(path, "wbe");

	if (bytes->failed)
		errx(1, "%s: no memory", path);
	if (!file || fwrite(bytes->data, 1, bytes->length_bytes, file) != bytes->length_bytes ||
	    fflush(file) != 0)
		err(1, "%s", path);
}

/* Print at an offset; what is longer than the field goes on into the next one, as with sprintf(). */
static void put_octal(char *block, size_t at, unsigned digits, uint64_t value)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "%0*llo", (int)digits, (unsigned long long)value);

	memcpy(block + at, text, (size_t)length + 1);
}

static void put_text(char *block, size_t at, size_t room_bytes, const char *text)
{
	if (text)
		memcpy(block + at, text, strnlen(text, room_bytes));
}

void mr_raw_header(struct mr_buffer *out, const struct mr_raw_header *header)
{
	char block[BLOCK_BYTES] = "";
	unsigned sum = header->checksum_is_wrong;

	put_text(block, 0, 100, header->name);
	put_octal(block, 100, 7, header->mode ? header->mode : 0444);
	put_octal(block, 108, 7, header->uid);
	put_octal(block, 116, 7, header->gid);
	put_octal(block, 124, 11, header->size_bytes);
	/* 32 bits: what does not fit in the 11 digits of the field would run into the checksum */
	put_octal(block, 136, 7, (uint32_t)header->mtime_s);
	if (header->mode_field)
		memcpy(block + 100, header->mode_field, 8);
	if (header->size_field)
		memcpy(block + 124, header->size_field, 12);
	block[156] = header->type ? header->type : '0';
	put_text(block, 157, 100, header->link);
	if (header->magic != MR_RAW_V7)
		memcpy(block + 257, header->magic == MR_RAW_GNU ? "ustar  " : "ustar\00000", 8);
	put_text(block, 345, 155, header->prefix);
	if (header->extra)
		memcpy(block + header->extra_at, header->extra, header->extra_bytes);
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	put_octal(block, 148, 6, sum);
	mr_buffer_append(out, block, sizeof(block));
}

void mr_raw_data(struct mr_buffer *out, const void *bytes, size_t length_bytes)
{
	static const char zeros[BLOCK_BYTES];

	mr_buffer_append(out, bytes, length_bytes);
	mr_buffer_append(out, zeros, -length_bytes % BLOCK_BYTES);
}

void mr_raw_member(struct mr_buffer *out, struct mr_raw_header header, const void *bytes, size_t length_bytes)
{
	if (!header.size_bytes)
		header.size_bytes = length_bytes;
	mr_raw_header(out, &header);
	mr_raw_data(out, bytes, length_bytes);
}

void mr_raw_text(struct mr_buffer *out, const char *name, const char *text)
{
	mr_raw_member(out, (struct mr_raw_header){.name = name}, text, strlen(text));
}

void mr_raw_end(struct mr_buffer *out)
{
	static const char zeros[2 * BLOCK_BYTES];

	mr_buffer_append(out, zeros, sizeof(zeros));
}

void mr_raw_pax_record(struct mr_buffer *out, const char *key, const void *value, size_t value_bytes)
{
	size_t rest_bytes = strlen(key) + value_bytes + 3, length_bytes = rest_bytes + 1;
	char text[32];

	/* the length counts its own digits */
	while (length_bytes != rest_bytes + (size_t)snprintf(text, sizeof(text), "%zu", length_bytes))
		length_bytes++;
	mr_buffer_append_text(out, text);
	mr_buffer_append_text(out, " ");
	mr_buffer_append_text(out, key);
	mr_buffer_append_text(out, "=");
	mr_buffer_append(out, value, value_bytes);
	mr_buffer_append_text(out, "\n");
}

/* pack_fixture FIXTURE ARCHIVE: make the archive again that a fixture was unpacked from.
 *
 * FIXTURE/MEMBERS lists the members in their order, without the top directory.  A fixture is text: the words of the
 * sampled page frames stand in pages/words.txt, one frame a line, one column for each pages/NAME.u64 of MEMBERS in
 * that order, and are written here in the byte order that capture/meta.csv names. */
#include <archive.h>
#include <archive_entry.h>
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/buffer.h"

static const char *fixture;

static void read_member(const char *path, struct mr_buffer *content)
{
	char name[4096];
	size_t length;

	snprintf(name, sizeof(name), "%s/%s", fixture, path);
	FILE *file = fopen(name, "rb");
	if (!file)
		err(1, "%s", name);
	do {
		if (!mr_buffer_reserve(content, 65536))
			errx(1, "no memory");
		length = fread(content->data + content->length_bytes, 1, 65536, file);
		content->length_bytes += length;
	} while (length);
	content->data[content->length_bytes] = '\0';
	fclose(file);
}

static bool is_big_endian(void)
{
	struct mr_buffer meta = {0};

	read_member("capture/meta.csv", &meta);
	bool big = strstr(meta.data, "\nendianness,big") != NULL;
	mr_buffer_deinit(&meta);
	return big;
}

static void append_word(struct mr_buffer *words, uint64_t word, bool big_endian)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(word >> 8 * (big_endian ? 7 - i : i));
	mr_buffer_append(words, bytes, sizeof(bytes));
}

/* Column @column of pages/words.txt as binary words. */
static void read_words(int column, struct mr_buffer *words)
{
	struct mr_buffer text = {0};
	bool big_endian = is_big_endian();

	read_member("pages/words.txt", &text);
	for (char *line = text.data; line && *line; line = strchr(line, '\n') + 1) {
		char *cell = line;
		for (int i = 0; i < column; i++)
			strtoull(cell, &cell, 16);
		append_word(words, strtoull(cell, NULL, 16), big_endian);
	}
	mr_buffer_deinit(&text);
}

static void write_member(struct archive *archive, const char *top, const char *path,
			 const struct mr_buffer *content)
{
	struct archive_entry *entry = archive_entry_new();
	char name[4096];

	snprintf(name, sizeof(name), "%s/%s", top, path);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_size(entry, (la_int64_t)content->length_bytes);
	if (archive_write_header(archive, entry) != ARCHIVE_OK ||
	    archive_write_data(archive, content->data, content->length_bytes) !=
		    (la_ssize_t)content->length_bytes)
		errx(1, "%s: %s", name, archive_error_string(archive));
	archive_entry_free(entry);
}

static void pack(struct archive *archive, const char *top)
{
	struct mr_buffer list = {0};
	int words_column = 0;

	read_member("MEMBERS", &list);
	for (char *path = strtok(list.data, "\n"); path; path = strtok(NULL, "\n")) {
		struct mr_buffer content = {0};

		if (!strncmp(path, "pages/", 6) && strstr(path, ".u64"))
			read_words(words_column++, &content);
		else
			read_member(path, &content);
		write_member(archive, top, path, &content);
		mr_buffer_deinit(&content);
	}
	mr_buffer_deinit(&list);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: pack_fixture FIXTURE ARCHIVE");
	fixture = argv[1];
	const char *name = strrchr(fixture, '/');
	struct archive *archive = archive_write_new();

	archive_write_set_format_gnutar(archive);
	archive_write_add_filter_gzip(archive);
	archive_write_set_options(archive, "gzip:compression-level=1,gzip:!timestamp");
	if (archive_write_open_filename(archive, argv[2]) != ARCHIVE_OK)
		errx(1, "%s: %s", argv[2], archive_error_string(archive));
	pack(archive, name ? name + 1 : fixture);
	if (archive_write_close(archive) != ARCHIVE_OK)
		errx(1, "%s: %s", argv[2], archive_error_string(archive));
	archive_write_free(archive);
	return 0;
}

/* The floor of every import: libarchive reads all members of the archives, and nobody looks at them.
 *
 *   read ARCHIVE...
 */
#include <archive.h>
#include <archive_entry.h>
#include <err.h>
#include <stdio.h>

static long read_archive(const char *path)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	const void *bytes;
	size_t length_bytes;
	la_int64_t offset;
	long members_count = 0;

	archive_read_support_filter_gzip(archive);
	archive_read_support_format_tar(archive);
	if (archive_read_open_filename(archive, path, 128 * 1024) != ARCHIVE_OK)
		errx(1, "%s: %s", path, archive_error_string(archive));
	for (; archive_read_next_header(archive, &entry) == ARCHIVE_OK; members_count++)
		while (archive_read_data_block(archive, &bytes, &length_bytes, &offset) == ARCHIVE_OK)
			;
	archive_read_free(archive);
	return members_count;
}

int main(int argc, char **argv)
{
	long members_count = 0;

	for (int i = 1; i < argc; i++)
		members_count += read_archive(argv[i]);
	printf("%ld members\n", members_count);
	return 0;
}

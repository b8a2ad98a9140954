/* Archives of captures, member by member.  See capture_walk.h. */
#include "tests/support/capture_walk.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/test.h"

bool captures_are_there(void)
{
	const char *folder = getenv("MR_CAPTURES");

	return folder && !access(folder, R_OK | X_OK);
}

static void path_of(const char *name, char path[4096])
{
	snprintf(path, 4096, "%s/%s", getenv("MR_CAPTURES"), name);
}

const char *capture_kernel_path(const char *path)
{
	static const char *const anchors[] = {"proc/", "sys/", "sos_commands/", "cgroup/"};
	const char *at = path;

	while (at) {
		for (size_t i = 0; i < sizeof(anchors) / sizeof(anchors[0]); i++)
			if (!strncmp(at, anchors[i], strlen(anchors[i])))
				return at;
		at = strchr(at, '/');
		at = at ? at + 1 : NULL;
	}
	return path;
}

static void read_entry(struct archive *archive, struct archive_entry *entry, capture_member *member,
		       void *context)
{
	const char *path = archive_entry_pathname(entry);
	int64_t size = archive_entry_size(entry);

	if (archive_entry_filetype(entry) != AE_IFREG)
		return;
	char *text = malloc((size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(archive_read_data(archive, text, (size_t)size), size);
	member(context, strncmp(path, "./", 2) ? path : path + 2, text, (size_t)size);
	free(text);
}

void capture_walk(const char *name, capture_member *member, void *context)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	char path[4096];

	path_of(name, path);
	archive_read_support_format_tar(archive);
	archive_read_support_filter_all(archive);
	if (archive_read_open_filename(archive, path, 65536) != ARCHIVE_OK)
		fail_msg("%s: %s", path, archive_error_string(archive));
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
		read_entry(archive, entry, member, context);
	archive_read_free(archive);
}

void capture_read(const char *name, const char *path, capture_member *member, void *context)
{
	static char text[8 << 20];
	char file_path[4096];

	path_of(name, file_path);
	FILE *file = fopen(file_path, "rb");
	if (!file)
		fail_msg("%s is not there", file_path);
	size_t length_bytes = fread(text, 1, sizeof(text), file);
	fclose(file);
	assert_true(length_bytes > 0 && length_bytes < sizeof(text));
	member(context, path, text, length_bytes);
}

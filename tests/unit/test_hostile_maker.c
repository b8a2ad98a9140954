/* What libarchive says to each hostile archive: the facts that the importer is built on.
 *
 * A line tells the calls in their order: "ok NAME SIZE", "warn NAME SIZE" (a header), "short" and "hole" (its
 * data are not SIZE bytes without a gap), "retry" (this header is damaged, ask again; "retry*" for several),
 * "fatal"; "eof" at the end, "no" when it cannot be opened.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/hostile_maker.h"
#include "tests/support/test.h"

#define GOOD "ok proc/meminfo 6, "
#define END "ok proc/version 6, eof"
#define ENOUGH_BYTES (100 << 20) /* of a bomb */

static struct archive *new_reader(void)
{
	struct archive *reader = archive_read_new();

	archive_read_support_format_tar(reader);
	archive_read_support_filter_gzip(reader);
	archive_read_support_filter_zstd(reader);
	archive_read_support_filter_xz(reader);
	archive_read_support_filter_bzip2(reader);
	return reader;
}

/* Read the blocks of a member; @return the word for what is wrong with them */
static const char *read_data(struct archive *reader, struct archive_entry *entry)
{
	int64_t have_bytes = 0, offset = 0;
	const void *block;
	size_t block_bytes;
	int result;

	while ((result = archive_read_data_block(reader, &block, &block_bytes, &offset)) == ARCHIVE_OK) {
		if (offset != have_bytes)
			return " hole";
		have_bytes += (int64_t)block_bytes;
		if (have_bytes > ENOUGH_BYTES)
			return " and so on";
	}
	if (result == ARCHIVE_FATAL)
		return " cut";
	return have_bytes == archive_entry_size(entry) ? "" : " short";
}

/* @return  whether to go on */
static bool tell_header(struct archive *reader, struct archive_entry *entry, int result,
			struct mr_buffer *story)
{
	const char *name = archive_entry_pathname(entry);
	unsigned type = archive_entry_filetype(entry);

	mr_buffer_append_text(story, result == ARCHIVE_WARN ? "warn " : "ok ");
	if (name && strlen(name) > 40)
		mr_buffer_printf(story, "name of %zu", strlen(name));
	else
		mr_buffer_append_escaped(story, name ? name : "(none)", name ? strlen(name) : 6);
	if (archive_entry_hardlink(entry))
		mr_buffer_append_text(story, " hardlink");
	if (type != AE_IFREG)
		mr_buffer_append_text(story, type == AE_IFDIR   ? " folder"
					     : type == AE_IFLNK ? " link"
								: " other");
	else
		mr_buffer_printf(story, " %lld", (long long)archive_entry_size(entry));
	const char *data = read_data(reader, entry);
	mr_buffer_append_text(story, data);
	mr_buffer_append_text(story, ", ");
	return strcmp(data, " and so on") != 0;
}

/* Go on after a damaged header until there is a good one.  @return the code of the last call */
static int skip_damage(struct archive *reader, struct archive_entry **ret_entry, struct mr_buffer *story)
{
	unsigned count = 0;
	int result;

	do {
		result = archive_read_next_header(reader, ret_entry);
		count++;
	} while (result == ARCHIVE_RETRY);
	mr_buffer_append_text(story, count > 1 ? "retry*, " : "retry, ");
	return result;
}

static void tell(const struct mr_buffer *bytes, struct mr_buffer *story)
{
	struct archive *reader = new_reader();
	struct archive_entry *entry;

	int result = archive_read_open_memory(reader, bytes->data, bytes->length_bytes);
	if (result != ARCHIVE_OK) {
		mr_buffer_append_text(story, "no");
		archive_read_free(reader);
		return;
	}
	for (;;) {
		result = archive_read_next_header(reader, &entry);
		if (result == ARCHIVE_RETRY)
			result = skip_damage(reader, &entry, story);
		if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
			break;
		if (!tell_header(reader, entry, result, story))
			break;
	}
	mr_buffer_append_text(story, result == ARCHIVE_EOF  ? "eof"
				     : result == ARCHIVE_OK ? "enough"
							    : "fatal");
	archive_read_free(reader);
}

static const struct {
	const char *name;
	const char *story;
} stories[] = {
	{"damaged-first-header", "no"},
	{"damaged-header", GOOD "retry*, " END},
	{"garbage-inside", GOOD "retry*, " END},
	{"garbage-off-by-some", GOOD "retry*, eof"},
	{"garbage-behind", GOOD END},
	{"zeros", "eof"},
	{"one-zero-block", GOOD END},
	{"two-tars", GOOD "eof"},
	{"cut-first-header", "no"},
	{"cut-between-members", GOOD "eof"},
	{"cut-in-header", GOOD "fatal"},
	{"cut-behind-header", GOOD "ok proc/version 6 cut, fatal"},
	{"cut-in-data", GOOD "ok proc/version 6 cut, fatal"},
	{"cut-in-padding", GOOD "ok proc/version 6 cut, fatal"},
	{"odd-names",
	 GOOD "ok proc/a\\x0ab 6, ok proc/\\x1b[31mred 6, ok proc/\\xff\\xfe 6, ok proc/a\\\\b 6, "
	      "ok proc/\\xe2\\x80\\xaetxt.exe 6, ok proc/<script>alert(1)</script> 6, "
	      "ok proc/'; DROP TABLE snapshot; -- 6, ok =cmd|'/c calc'!A1 6, ok @SUM(1) 6, "
	      "ok /proc/1/status 6, ok ../../etc/passwd 6, ok proc/../../etc/passwd 6, "
	      "ok ./proc/./stat 6, ok proc//loadavg 6, ok . 6, ok .. 6, ok  6, " END},
	{"name-of-a-folder", GOOD "ok proc/1/ folder short, retry, " END},
	{"gnu-name-with-nul", GOOD "ok proc/1 6, " END},
	{"gnu-name-64k", GOOD "ok name of 65536 6, " END},
	{"gnu-name-1m", GOOD "ok name of 1048576 6, " END},
	{"gnu-name-100m", GOOD "fatal"},
	{"gnu-name-negative", GOOD "fatal"},
	{"gnu-name-at-end", GOOD "fatal"},
	{"pax-name-with-nul", GOOD "ok proc/1 6, " END},
	{"pax-name-not-utf8", GOOD "warn proc/\\xff\\xfe 6, " END},
	{"pax-name-64k", GOOD "ok name of 65536 6, " END},
	{"pax-name-2m", GOOD "fatal"},
	{"pax-size-negative", GOOD "fatal"},
	{"pax-size-huge", GOOD "fatal"},
	{"pax-time-huge", GOOD "ok short 6, " END},
	{"pax-global", GOOD END},
	{"pax-malformed", GOOD "warn proc/stat 6, " END},
	{"size-negative", GOOD "fatal"},
	{"size-over-63-bits", GOOD "fatal"},
	{"size-of-4-eib", GOOD "ok proc/stat 4611686018427387904 cut, fatal"},
	{"size-without-digits", GOOD "ok proc/stat 0, " END},
	{"fields-of-letters", GOOD "ok proc/stat 6, " END},
	{"hard-link-with-data", GOOD "ok proc/stat hardlink 0, retry, " END},
	{"pax-hard-link-with-data", GOOD "ok proc/stat hardlink 6, " END},
	{"symbolic-link-with-data", GOOD "ok proc/stat link, retry, " END},
	{"other-types",
	 GOOD "ok proc/odd link, ok proc/odd other, ok proc/odd other, ok proc/odd other, "
	      "ok proc/odd 0, ok proc/odd folder, ok proc/odd other, ok proc/odd 0, ok proc/odd 0, "
	      "ok proc/odd 0, " END},
	{"sparse-gnu", GOOD "ok proc/stat 1073741824 hole, " END},
	{"sparse-gnu-without-data", GOOD "ok proc/stat 4294967296 short, " END},
	{"sparse-pax", GOOD "ok proc/stat 1000000000000 short, " END},
	{"sparse-pax-without-a-map", GOOD "ok short 1000 short, " END},
	{"sparse-pax-with-a-bad-map", GOOD "fatal"},
	{"tar-in-tar-in-tar", GOOD "ok sys/fs/cgroup.tar 6656, " END},
	{"tars-40-deep", GOOD "ok sys/fs/cgroup.tar 139264, " END},
	{"zip", "no"},
	{"7zip", "no"},
	{"cpio", "no"},
	{"noise", "no"},
	{"gzip-10-gib", GOOD "ok proc/stat 10737418240 and so on, enough"},
	{"bzip2-10-gib", GOOD "ok proc/stat 10737418240 and so on, enough"},
	{"xz-1-gib", GOOD "ok proc/stat 1073741824 and so on, enough"},
	{"zstd-10-gib", GOOD "ok proc/stat 10737418240 and so on, enough"},
	{"xz-dictionary-4-gib", GOOD END},
	{"zstd-window-2-gib", "no"},
	{"gzip-twice", GOOD END},
	{"gzip-30-times", "no"},
	/* a million calls, five seconds, hundreds of the same two words: tested below, or by who reads them
	 */
	{"a-million-members", NULL},
	{"gzip-of-empty-gzips", NULL},
	{"gnu-names-in-a-row", NULL},
	{"pax-in-a-row", NULL},
};

#define STORIES (sizeof(stories) / sizeof(stories[0]))

static void expect_a_story(const char *name)
{
	size_t i = 0;

	while (i < STORIES && strcmp(stories[i].name, name) != 0)
		i++;
	if (i == STORIES)
		fail_msg("%s has no story", name);
}

TEST(every_hostile_archive_has_a_story)
{
	for (const struct mr_hostile *one = mr_hostile_archives; one->name; one++)
		expect_a_story(one->name);
	for (const struct mr_hostile *one = mr_hostile_bombs; one->name; one++)
		expect_a_story(one->name);
}

TEST(every_story_is_what_libarchive_tells)
{
	for (size_t i = 0; i < STORIES; i++) {
		struct mr_buffer bytes = {0}, story = {0};

		if (!stories[i].story)
			continue;
		mr_hostile_make(&bytes, stories[i].name);
		tell(&bytes, &story);
		if (strcmp(story.data, stories[i].story) != 0)
			fail_msg("%s:\n  is       %s\n  expected %s", stories[i].name, story.data,
				 stories[i].story);
		mr_buffer_deinit(&bytes);
		mr_buffer_deinit(&story);
	}
}

/* libarchive gives up on each after a while, and a header of that kind may have no name at all. */
TEST(a_thousand_headers_before_one_member_come_to_an_end)
{
	static const char *const names[] = {"gnu-names-in-a-row", "pax-in-a-row"};

	for (size_t i = 0; i < 2; i++) {
		struct mr_buffer bytes = {0}, story = {0};

		mr_hostile_make(&bytes, names[i]);
		tell(&bytes, &story);
		assert_ptr_equal(strstr(story.data, GOOD "warn name other, retry, "), story.data);
		assert_non_null(strstr(story.data, "warn (none) other, retry, "));
		assert_string_equal(story.data + story.length_bytes - 5, ", eof");
		mr_buffer_deinit(&bytes);
		mr_buffer_deinit(&story);
	}
}

TEST(bombs_are_small_files)
{
	static const char *const names[] = {"gzip-10-gib", "bzip2-10-gib",        "xz-1-gib",
					    "zstd-10-gib", "xz-dictionary-4-gib", "gzip-of-empty-gzips"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct mr_buffer bytes = {0};

		mr_hostile_make(&bytes, names[i]);
		assert_in_range(bytes.length_bytes, 100, 12 << 20);
		mr_buffer_deinit(&bytes);
	}
}

TEST(members_can_be_counted)
{
	struct mr_buffer bytes = {0};
	struct archive *reader = new_reader();
	struct archive_entry *entry;
	unsigned count = 0;

	mr_hostile_members(&bytes, 10000);
	assert_in_range(bytes.length_bytes, 1000, 200000);
	assert_int_equal(archive_read_open_memory(reader, bytes.data, bytes.length_bytes), ARCHIVE_OK);
	while (archive_read_next_header(reader, &entry) == ARCHIVE_OK)
		count++;
	assert_int_equal(count, 10000);
	assert_string_equal(archive_error_string(reader) ? archive_error_string(reader) : "", "");
	archive_read_free(reader);
	mr_buffer_deinit(&bytes);
}

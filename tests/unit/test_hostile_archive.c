/* The archive reader before archives that nobody should meet: what is left of each, what it says, what it
 * costs.
 *
 * A story tells the members in their order: "PATH SIZE", "PATH (why it is left out)", with "damage, " where
 * something before it is lost; then "end", or the errno and the words with which the reading ended. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "analyze/archive_in/archive_in.h"
#include "schema/base/buffer.h"
#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/hostile_maker.h"
#include "tests/support/tar_out.h"
#include "tests/support/test.h"

#define GOOD "proc/meminfo 6, "
#define END "proc/version 6, end"
#define DAMAGE "damage, "

static void tell_member(struct mr_archive *archive, const struct mr_archive_entry *entry,
			struct mr_buffer *story, int *status, struct mr_error *error)
{
	const char *bytes;
	size_t length_bytes;

	if (entry->is_behind_damage)
		mr_buffer_append_text(story, DAMAGE);
	if (strlen(entry->path) > 60)
		mr_buffer_printf(story, "%.3s...", entry->path);
	else
		mr_buffer_append_escaped(story, entry->path, strlen(entry->path));
	if (entry->refused) {
		mr_buffer_printf(story, " (%s), ", entry->refused);
		return;
	}
	*status = mr_archive_read(archive, &bytes, &length_bytes, error);
	if (!*status) {
		mr_buffer_printf(story, " %zu, ", length_bytes);
	} else if (*status == -EFBIG) {
		mr_buffer_append_text(story, " (too large), ");
		*status = 0;
		*error = (struct mr_error){0};
	} else {
		mr_buffer_append_text(story, ": ");
	}
}

/* @fd  is taken over */
static void tell_fd(int fd, const char *path, struct mr_buffer *story)
{
	struct mr_archive *archive = NULL;
	struct mr_archive_entry entry;
	struct mr_error error = {0};

	int status = mr_archive_open_fd(fd, path, NULL, &archive, &error);
	while (!status) {
		status = mr_archive_next(archive, &entry, &error);
		if (status <= 0)
			break;
		status = 0;
		if (mr_archive_kind(archive) == MR_ARCHIVE_FILE)
			mr_buffer_append_text(story, "one file: ");
		tell_member(archive, &entry, story, &status, &error);
	}
	if (!status)
		mr_buffer_append_text(story, "end");
	else
		mr_buffer_printf(story, "%s, %s", strerrorname_np(-status),
				 error.message +
					 (strncmp(error.message, path, strlen(path)) ? 0 : strlen(path) + 2));
	mr_archive_close(archive);
}

static void tell(const char *path, struct mr_buffer *story)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	tell_fd(fd, path, story);
}

static void save(const char *name, const char *path)
{
	struct mr_buffer bytes = {0};

	mr_hostile_make(&bytes, name);
	mr_tar_save(path, &bytes);
	mr_buffer_deinit(&bytes);
}

/* @expected  the beginning of the story: what is behind the first line of a message is advice */
static void expect_story(const char *name, const char *expected)
{
	_cleanup_free_ char *path = mr_maker_path("hostile");
	struct mr_buffer story = {0};

	save(name, path);
	tell(path, &story);
	story.data[strcspn(story.data, "\n")] = '\0';
	if (strcmp(story.data, expected) != 0)
		fail_msg("%s:\n  is       %s\n  expected %s", name, story.data, expected);
	mr_buffer_deinit(&story);
}

TEST(damage_between_members_costs_what_it_covers)
{
	expect_story("damaged-header", GOOD DAMAGE END);
	expect_story("garbage-inside", GOOD DAMAGE END);
	expect_story("garbage-off-by-some", GOOD "end");
	expect_story("garbage-behind", GOOD END);
	expect_story("one-zero-block", GOOD END);
	expect_story("two-tars", GOOD END);
	expect_story("zeros", "end");
	expect_story("fields-of-letters", GOOD "proc/stat 6, " END);
	expect_story("size-without-digits", GOOD "proc/stat 0, " END);
	expect_story("name-of-a-folder", GOOD DAMAGE END);
}

/* A tar, zeros behind its end, and rubbish behind them. */
static void expect_end(const char *name, size_t zeros_bytes, size_t rubbish_bytes)
{
	_cleanup_free_ char *path = mr_maker_path("hostile"),
			    *behind = calloc(1, zeros_bytes + rubbish_bytes);
	struct mr_buffer bytes = {0}, story = {0};

	mr_hostile_make(&bytes, name);
	memset(behind + zeros_bytes, 'x', rubbish_bytes);
	mr_buffer_append(&bytes, behind, zeros_bytes + rubbish_bytes);
	mr_tar_save(path, &bytes);
	tell(path, &story);
	assert_string_equal(story.data, GOOD END);
	mr_buffer_deinit(&bytes);
	mr_buffer_deinit(&story);
}

TEST(what_lies_behind_the_end_is_no_damage_however_far_behind)
{
	expect_end("one-zero-block", 65, 0);
	expect_end("one-zero-block", 1000000, 0);
	expect_end("one-zero-block", 1000000, 300);
	expect_end("one-zero-block", 0, 1000000);
	expect_end("two-tars", 300000, 1000);
}

/* One read gives one of the pieces: the first byte, and then as many as @piece_bytes. */
static int pipe_of_pieces(const struct mr_buffer *bytes, size_t piece_bytes)
{
	size_t at = 0, wanted = 1;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_DIRECT), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) > 0);
	for (; at < bytes->length_bytes; at += wanted, wanted = piece_bytes) {
		if (wanted > bytes->length_bytes - at)
			wanted = bytes->length_bytes - at;
		assert_int_equal(write(ends[1], bytes->data + at, wanted), wanted);
	}
	close(ends[1]);
	return ends[0];
}

TEST(a_pipe_tells_what_a_file_does_whatever_its_pieces)
{
	static const char *const filters[] = {"gzip", "xz", "zstd", "bzip2"};
	struct mr_buffer bytes = {0}, story = {0};

	mr_hostile_make(&bytes, "garbage-behind");
	tell_fd(pipe_of_pieces(&bytes, 700), "-", &story);
	assert_string_equal(story.data, GOOD END);
	mr_buffer_clear(&bytes);
	mr_hostile_make(&bytes, "one-zero-block");
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct mr_buffer packed = {0};

		mr_tar_compress(filters[i], bytes.data, bytes.length_bytes, &packed);
		mr_buffer_clear(&story);
		tell_fd(pipe_of_pieces(&packed, 100), "-", &story);
		assert_string_equal(story.data, GOOD END);
		mr_buffer_deinit(&packed);
	}
	mr_buffer_deinit(&bytes);
	mr_buffer_deinit(&story);
}

TEST(what_is_cut_off_says_where)
{
	expect_story("cut-between-members", GOOD "end");
	expect_story("cut-in-header", GOOD "ENODATA, cut off after 2 KiB, behind proc/meminfo");
	expect_story("cut-behind-header",
		     GOOD "proc/version: ENODATA, cut off after 2 KiB, inside proc/version");
	expect_story("cut-in-data", GOOD "proc/version: ENODATA, cut off after 2 KiB, inside proc/version");
	expect_story("cut-in-padding",
		     GOOD "proc/version: ENODATA, cut off after 2 KiB, inside proc/version");
}

TEST(headers_that_lie_end_the_reading_and_keep_what_came_before)
{
	static const char special[] = GOOD "EBADMSG, damaged, Special header too large";

	expect_story("gnu-name-100m", special);
	expect_story("gnu-name-negative", special);
	expect_story("pax-name-2m", special);
	expect_story("gnu-name-at-end", GOOD "EBADMSG, damaged, Damaged tar archive");
	expect_story("size-negative", GOOD "EBADMSG, damaged, Tar entry has negative size");
	expect_story("size-over-63-bits", GOOD "EBADMSG, damaged, Tar entry size overflow");
	expect_story("pax-size-negative", GOOD "EBADMSG, damaged, Tar size attribute is negative");
	expect_story("pax-size-huge", GOOD "EBADMSG, damaged, Tar size attribute overflow");
	expect_story("size-of-4-eib",
		     GOOD "EFBIG, bytes uncompressed: more than 17179869184; refused (--max-total-size)");
}

TEST(names_are_bytes_and_lead_nowhere)
{
	expect_story("odd-names", GOOD
		     "proc/a\\x0ab 6, proc/\\x1b[31mred 6, proc/\\xff\\xfe 6, proc/a\\\\b 6, "
		     "proc/\\xe2\\x80\\xaetxt.exe 6, proc/<script>alert(1)</script> 6, "
		     "proc/'; DROP TABLE snapshot; -- 6, =cmd|'/c calc'!A1 6, @SUM(1) 6, proc/1/status 6, "
		     "../../etc/passwd (name with ..), proc/../../etc/passwd (name with ..), proc/stat 6, "
		     "proc/loadavg 6, . (empty name), .. (name with ..),  (empty name), " END);
	expect_story("gnu-name-with-nul", GOOD "proc/1 6, " END);
	expect_story("pax-name-with-nul", GOOD "proc/1 6, " END);
	expect_story("pax-name-not-utf8", GOOD "proc/\\xff\\xfe 6, " END);
	expect_story("gnu-name-64k", GOOD "n/n... (name too long (--max-path)), " END);
	expect_story("gnu-name-1m", GOOD "n/n... (name too long (--max-path)), " END);
	expect_story("pax-name-64k", GOOD "nnn... (name too long (--max-path)), " END);
	expect_story("pax-global", GOOD END);
	expect_story("pax-malformed", GOOD "proc/stat 6, " END);
	expect_story("pax-time-huge", GOOD "short 6, " END);
}

TEST(links_and_devices_are_left_out)
{
	expect_story("hard-link-with-data", GOOD "proc/stat (hard link), " DAMAGE END);
	expect_story("pax-hard-link-with-data", GOOD "proc/stat (hard link), " END);
	expect_story("symbolic-link-with-data", GOOD "proc/stat (symbolic link), " DAMAGE END);
	expect_story("other-types",
		     GOOD "proc/odd (symbolic link), proc/odd (neither file nor folder), "
			  "proc/odd (neither file nor folder), proc/odd (neither file nor folder), "
			  "proc/odd 0, proc/odd (neither file nor folder), proc/odd 0, proc/odd 0, "
			  "proc/odd 0, " END);
}

/* A sparse file may claim any size: what it claims is no reason to refuse the archive. */
TEST(sparse_files_are_left_out_or_found_out)
{
	expect_story("sparse-gnu", GOOD "proc/stat (sparse file), " END);
	expect_story("sparse-gnu-without-data", GOOD "proc/stat (sparse file), " END);
	expect_story("sparse-pax", GOOD "proc/stat (sparse file), " END);
	expect_story("sparse-pax-without-a-map",
		     GOOD "short: EBADMSG, damaged, a sparse file that does not say so");
}

TEST(another_format_is_one_file_for_somebody_else_to_judge)
{
	expect_story("noise", "one file: hostile 10240, end");
	expect_story("damaged-first-header", "one file: hostile 4096, end");
	expect_story("cut-first-header", "one file: hostile 300, end");
}

/* Twenty-five layers would be taken off by libarchive itself, and one of them may be endless. */
TEST(one_layer_of_compression_is_taken_off)
{
	static const char *const names[] = {"gzip-twice", "gzip-30-times", "gzip-of-empty-gzips"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		_cleanup_free_ char *path = mr_maker_path("hostile.tar.gz");
		struct mr_buffer story = {0};

		save(names[i], path);
		tell(path, &story);
		assert_ptr_equal(strstr(story.data, "one file: hostile.tar "), story.data);
		mr_buffer_deinit(&story);
	}
}

TEST(tars_in_tars_are_files)
{
	expect_story("tar-in-tar-in-tar", GOOD "sys/fs/cgroup.tar 6656, " END);
	expect_story("tars-40-deep", GOOD "sys/fs/cgroup.tar 139264, " END);
}

static double cpu_s(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec;
}

/* Ten gigabytes in a member that is too large were passed over in one call: a minute for a file of 13 KB. */
TEST(a_bomb_is_refused_before_it_costs_anything)
{
	static const char refused[] =
		GOOD "proc/stat (too large), EFBIG, compression ratio: more than 1000; refused (--max-ratio)";
	double before_s = cpu_s();

	expect_story("gzip-10-gib", refused);
	expect_story("bzip2-10-gib", refused);
	expect_story("xz-1-gib", refused);
	expect_story("zstd-10-gib", refused);
	expect_story("xz-dictionary-4-gib",
		     "EFBIG, unpacking it takes a dictionary of 4096 MiB; refused, 128 are the most");
	/* making them takes two seconds, under a sanitizer more */
	assert_true(cpu_s() - before_s < 20);
}

TEST(a_thousand_headers_before_one_member_are_no_members)
{
	static const char *const names[] = {"gnu-names-in-a-row", "pax-in-a-row"};

	for (size_t i = 0; i < 2; i++) {
		_cleanup_free_ char *path = mr_maker_path("hostile.tar");
		struct mr_buffer story = {0};

		save(names[i], path);
		tell(path, &story);
		assert_ptr_equal(strstr(story.data, GOOD "name (neither file nor folder), "), story.data);
		assert_string_equal(story.data + story.length_bytes - 5, ", end");
		mr_buffer_deinit(&story);
	}
}

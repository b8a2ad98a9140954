/* The archive reader against archives that are good, broken, hostile or something else. */
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/archive_in/archive_in.h"
#include "analyze/archive_in/member_path.h"
#include "analyze/read/own/own.h"
#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/test.h"

static void write_file(const char *path, const void *bytes, size_t length_bytes)
{
	_cleanup_fclose_ FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length_bytes, file), length_bytes);
}

/* Read to the end. @return what the last call returned; @ret_count whole members, @ret_refused those left out
 */
static int read_all(const char *path, const struct mr_archive_limits *limits, size_t *ret_count,
		    size_t *ret_refused, struct mr_error *error)
{
	struct mr_archive_member member;
	struct mr_own own;

	*ret_count = *ret_refused = 0;
	int result = mr_own_open(&own, path, limits, error);
	if (result < 0) {
		mr_own_close(&own);
		return result;
	}
	while ((result = mr_own_next(&own, &member, error)) > 0) {
		*ret_count += !member.refused;
		*ret_refused += !!member.refused;
	}
	mr_own_close(&own);
	return result;
}

static void expect_open_error(const char *path, int number, const char *words)
{
	struct mr_error error = {0};
	size_t count, refused;

	assert_int_equal(read_all(path, NULL, &count, &refused, &error), number);
	if (!strstr(error.message, words))
		fail_msg("'%s' does not say '%s'", error.message, words);
}

TEST(members_come_in_order_below_the_top_directory)
{
	_cleanup_free_ char *path = mr_maker_path("a.mem.tar.gz");
	struct mr_archive_member member;
	struct mr_error error = {0};
	struct mr_own own;

	mr_maker_capture(path, NULL);
	assert_int_equal(mr_own_open(&own, path, NULL, &error), 0);
	assert_int_equal(mr_own_next(&own, &member, &error), 1);
	assert_string_equal(member.path, "capture/meta.csv");
	assert_int_equal(strlen(member.bytes), member.length_bytes);
	assert_int_equal(mr_own_next(&own, &member, &error), 1);
	assert_string_equal(member.path, "proc/meminfo");
	assert_memory_equal(member.bytes, "MemTotal:", 9);
	mr_own_close(&own);
}

TEST(every_filter_of_the_format_is_read)
{
	static const char *const filters[] = {"gzip", "zstd", "xz", "bzip2", NULL};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		_cleanup_free_ char *path = mr_maker_path("a.mem.tar");
		struct mr_error error = {0};
		struct mr_maker maker;
		size_t count, refused;

		mr_maker_open(&maker, path, filters[i]);
		mr_maker_meta(&maker, NULL);
		mr_maker_end(&maker, "complete");
		mr_maker_close(&maker);
		assert_int_equal(read_all(path, NULL, &count, &refused, &error), 0);
		assert_int_equal(count, 2);
	}
}

TEST(other_compression_is_no_archive_of_ours)
{
	_cleanup_free_ char *path = mr_maker_path("a.tar.Z");
	struct mr_maker maker;

	mr_maker_open(&maker, path, "compress");
	mr_maker_meta(&maker, NULL);
	mr_maker_close(&maker);
	expect_open_error(path, -EBADMSG, "is not an archive that memreckon-collect writes");
}

TEST(missing_file_says_so)
{
	expect_open_error("/nonexistent/x.mem.tar.gz", -ENOENT, "No such file");
}

TEST(folder_is_no_archive)
{
	_cleanup_free_ char *folder = mr_maker_folder();

	expect_open_error(folder, -EISDIR, "is a folder");
}

TEST(empty_file_is_no_archive)
{
	_cleanup_free_ char *path = mr_maker_path("empty.tar.gz");

	write_file(path, "", 0);
	expect_open_error(path, -EBADMSG, "is empty");
}

TEST(text_is_no_archive)
{
	_cleanup_free_ char *path = mr_maker_path("x.mem.tar.gz");
	char text[4096];

	memset(text, 'x', sizeof(text));
	write_file(path, text, sizeof(text));
	expect_open_error(path, -EBADMSG, "x.mem.tar.gz is not an archive that memreckon-collect writes");
}

TEST(tar_without_meta_in_front_is_refused)
{
	_cleanup_free_ char *path = mr_maker_path("sos.tar.gz");
	struct mr_maker maker;

	mr_maker_open(&maker, path, "gzip");
	mr_maker_add(&maker, "proc/meminfo", "MemTotal: 1 kB\n", 15);
	mr_maker_meta(&maker, NULL);
	mr_maker_close(&maker);
	expect_open_error(path, -EBADMSG, "no capture/meta.csv in front");
}

TEST(meta_below_several_folders_is_in_front)
{
	_cleanup_free_ char *path = mr_maker_path("deep.tar");
	struct mr_maker maker;
	struct mr_own own;

	mr_maker_open(&maker, path, NULL);
	maker.top = "a/b/";
	mr_maker_meta(&maker, NULL);
	mr_maker_close(&maker);
	assert_int_equal(mr_own_open(&own, path, NULL, NULL), 0);
	assert_string_equal(own.top, "a/b/");
	mr_own_close(&own);
}

TEST(meta_of_another_name_is_refused)
{
	_cleanup_free_ char *path = mr_maker_path("other.tar");
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	maker.top = "a/re";
	mr_maker_meta(&maker, NULL);
	mr_maker_close(&maker);
	expect_open_error(path, -EBADMSG, "no capture/meta.csv in front");
}

TEST(cut_off_archive_names_the_member_and_the_way_out)
{
	_cleanup_free_ char *path = mr_maker_path("cut.mem.tar");
	struct mr_maker maker;
	char *bytes = calloc(1, 100000);

	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, NULL);
	mr_maker_add(&maker, "proc/20114/smaps_rollup", bytes, 100000);
	mr_maker_close(&maker);
	mr_maker_cut(path, 50000);
	expect_open_error(path, -ENODATA, "cut off after 49 KiB, inside proc/20114/smaps_rollup");
	expect_open_error(path, -ENODATA, "memreckon import --salvage ");
	free(bytes);
}

TEST(archive_cut_anywhere_is_cut_off_or_ends_early)
{
	_cleanup_free_ char *path = mr_maker_path("cut.mem.tar.gz");

	mr_maker_capture(path, NULL);
	for (int64_t length = mr_maker_file_bytes(path) - 1; length > 20; length -= 7) {
		struct mr_error error = {0};
		size_t count, refused;

		mr_maker_cut(path, length);
		int result = read_all(path, NULL, &count, &refused, &error);
		if (result != -ENODATA)
			fail_msg("%lld bytes: %d %s", (long long)length, result, error.message);
	}
}

TEST(flipped_bytes_never_crash_the_reader)
{
	_cleanup_free_ char *path = mr_maker_path("flip.mem.tar.gz");
	_cleanup_free_ char *bytes = NULL;

	mr_maker_capture(path, NULL);
	size_t length = (size_t)mr_maker_file_bytes(path);
	bytes = malloc(length);
	FILE *file = fopen(path, "re");
	assert_int_equal(fread(bytes, 1, length, file), length);
	fclose(file);
	for (size_t i = 0; i < length; i += 5) {
		struct mr_error error = {0};
		size_t count, refused;

		bytes[i] ^= 0x55;
		write_file(path, bytes, length);
		int result = read_all(path, NULL, &count, &refused, &error);
		assert_true(result <= 0);
		assert_true(!result || error.message[0]);
		bytes[i] ^= 0x55;
	}
}

TEST(hostile_names_are_left_out_and_nothing_is_written)
{
	_cleanup_free_ char *path = mr_maker_path("hostile.tar");
	static const char *const names[] = {"../../etc/passwd", "proc/../../x", "proc/1/../../../y"};
	struct mr_error error = {0};
	struct mr_maker maker;
	size_t count, refused;

	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, NULL);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		mr_maker_add(&maker, names[i], "x", 1);
	maker.top = "/";
	mr_maker_add(&maker, "absolute", "x", 1);
	maker.top = "elsewhere/";
	mr_maker_add(&maker, "proc/meminfo", "x", 1);
	maker.top = "";
	mr_maker_add(&maker, "proc/meminfo", "x", 1);
	mr_maker_close(&maker);
	assert_int_equal(read_all(path, NULL, &count, &refused, &error), 0);
	assert_int_equal(count, 1);
	assert_int_equal(refused, 6);
}

TEST(links_and_devices_are_left_out)
{
	_cleanup_free_ char *path = mr_maker_path("links.tar");
	static const unsigned types[] = {AE_IFLNK, AE_IFCHR, AE_IFBLK, AE_IFIFO};
	struct mr_error error = {0};
	struct mr_maker maker;
	size_t count, refused;

	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, NULL);
	mr_maker_special(&maker, "proc", AE_IFDIR);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		mr_maker_special(&maker, "proc/meminfo", types[i]);
	mr_maker_close(&maker);
	assert_int_equal(read_all(path, NULL, &count, &refused, &error), 0);
	assert_int_equal(count, 1);
	assert_int_equal(refused, 4);
}

/* An archive of @count members of @length_bytes zeros behind its meta.csv. */
static char *zeros(const char *filter, size_t count, size_t length_bytes)
{
	char *path = mr_maker_path("zeros.tar.gz");
	char *bytes = calloc(1, length_bytes);
	struct mr_maker maker;

	mr_maker_open(&maker, path, filter);
	mr_maker_meta(&maker, NULL);
	for (size_t i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "proc/%zu/stat", i);
		mr_maker_add(&maker, name, bytes, length_bytes);
	}
	mr_maker_close(&maker);
	free(bytes);
	return path;
}

static void expect_limit(const char *path, const struct mr_archive_limits *limits, const char *words)
{
	struct mr_error error = {0};
	size_t count, refused;

	assert_int_equal(read_all(path, limits, &count, &refused, &error), -EFBIG);
	if (!strstr(error.message, words))
		fail_msg("'%s' does not say '%s'", error.message, words);
}

TEST(member_larger_than_its_limit_is_refused_before_it_is_read)
{
	_cleanup_free_ char *path = zeros("gzip", 1, 5000);
	struct mr_archive_limits limits = mr_archive_default_limits;

	limits.member_bytes = 4999;
	expect_limit(path, &limits, "bytes in one member: more than 4999");
}

TEST(too_many_members_are_refused)
{
	_cleanup_free_ char *path = zeros("gzip", 10, 1);
	struct mr_archive_limits limits = mr_archive_default_limits;

	limits.members_count = 10;
	expect_limit(path, &limits, "members: more than 10");
}

TEST(too_many_bytes_are_refused)
{
	_cleanup_free_ char *path = zeros("gzip", 10, 50000);
	struct mr_archive_limits limits = mr_archive_default_limits;

	limits.total_bytes = 300000;
	expect_limit(path, &limits, "bytes uncompressed: more than 300000");
}

TEST(compression_bomb_is_refused)
{
	_cleanup_free_ char *path = zeros("bzip2", 10, 4 << 20);
	struct mr_archive_limits limits = mr_archive_default_limits;

	limits.ratio_grace_bytes = 1 << 20;
	expect_limit(path, &limits, "compression ratio: more than 1000");
}

static const char *path_of(const char *name, struct mr_buffer *path)
{
	return mr_member_path(name, 100, 4, path);
}

TEST(names_are_normalised)
{
	struct mr_buffer path = {0};

	assert_null(path_of("./top//proc/./1/", &path));
	assert_string_equal(path.data, "top/proc/1");
	assert_null(path_of("..a/b..", &path));
	assert_string_equal(path.data, "..a/b..");
	assert_null(path_of("/etc/passwd", &path));
	assert_string_equal(path.data, "etc/passwd");
	assert_string_equal(path_of("a/..", &path), "name with ..");
	assert_string_equal(path_of("a/b/c/d/e", &path), "name too deep (--max-depth)");
	assert_null(path_of("a/b/c/d", &path));
	assert_string_equal(path_of("", &path), "empty name");
	assert_string_equal(path_of("./.", &path), "empty name");
	mr_buffer_deinit(&path);
}

TEST(name_of_four_thousand_bytes_is_read_and_longer_ones_are_left_out)
{
	_cleanup_free_ char *path = mr_maker_path("long.tar");
	struct mr_error error = {0};
	struct mr_maker maker;
	char name[5000];
	size_t count, refused;

	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, NULL);
	memset(name, 'n', sizeof(name));
	name[4000] = '\0';
	mr_maker_add(&maker, name, "x", 1);
	name[4000] = 'n';
	name[4999] = '\0';
	mr_maker_add(&maker, name, "x", 1);
	mr_maker_close(&maker);
	assert_int_equal(read_all(path, NULL, &count, &refused, &error), 0);
	assert_int_equal(count, 2);
	assert_int_equal(refused, 1);
}

TEST(names_go_into_messages_escaped)
{
	char buffer[40];

	assert_string_equal(mr_archive_printable("a\n\x1b]b\\\xff", buffer, sizeof(buffer)),
			    "a\\x0a\\x1b]b\\x5c\\xff");
	assert_string_equal(mr_archive_printable("abcdefgh", buffer, 8), "abc");
}

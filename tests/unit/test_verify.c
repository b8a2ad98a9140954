/* verify: each way in which an archive is not what the collector wrote is found and named. */
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/read/own/verify.h"
#include "analyze/read/own/window.h"
#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

static const char meta[] = "key,value\nformat,1\ntool,memreckon-collect test\n"
			   "snapshot_id,00000000-1111-2222-3333-444444444444\nhost,maker\n"
			   "realtime_ns,1795246863000000000\nendianness,little\n";

static struct mr_maker begin(const char *path)
{
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	mr_maker_text(&maker, "capture/meta.csv", meta);
	return maker;
}

/* An end as the collector writes it: all counts. */
static void end(struct mr_maker *maker, unsigned members, unsigned readings, unsigned failed,
		bool right_digest)
{
	struct sha256_ctx sha256;
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct mr_buffer text = {0};

	mr_maker_segment(maker);
	sha256 = maker->sha256;
	sha256_digest(&sha256, sizeof(digest), digest);
	mr_buffer_printf(
		&text, "key,value\nstopped,end\ncompleteness,complete\nmembers,%u\nreadings,%u\nfailed,%u\n",
		members, readings, failed);
	mr_buffer_append_text(&text, "index_sha256,");
	for (size_t i = 0; i < sizeof(digest); i++)
		mr_buffer_printf(&text, "%02x", right_digest ? digest[i] : 0);
	mr_buffer_append_text(&text, "\n");
	mr_maker_add(maker, "capture/end.csv", text.data, text.length_bytes);
	mr_buffer_deinit(&text);
}

static struct mr_verify_result verify(struct mr_maker *maker, const char *path)
{
	struct mr_verify_result result;
	struct mr_error error = {0};

	mr_maker_close(maker);
	if (mr_verify(path, &result, &error) < 0)
		fail_msg("%s", error.message);
	return result;
}

static void assert_problem(const struct mr_verify_result *result, size_t i, const char *path,
			   const char *what)
{
	assert_int_equal(result->outcome, MR_VERIFY_CHANGED);
	assert_true((int64_t)i < result->problems_count);
	assert_string_equal(result->problems[i].path, path);
	assert_string_equal(result->problems[i].what, what);
}

TEST(an_archive_as_it_was_written_is_whole)
{
	_cleanup_free_ char *path = mr_maker_path("whole.mem.tar");
	struct mr_maker maker = begin(path);

	mr_maker_text(&maker, "proc/meminfo", "MemTotal: 1 kB\n");
	mr_maker_segment(&maker);
	mr_maker_reading(&maker, "proc/meminfo", 1, "MemTotal: 2 kB\n", 15);
	mr_maker_part(&maker, "proc/meminfo", 1, "", 0);
	mr_maker_failed(&maker, "proc/slabinfo", "EACCES");
	mr_maker_segment(&maker);
	mr_maker_add(&maker, "capture/receipt.csv", "key,value\n", 10);
	end(&maker, 7, 5, 1, true);
	struct mr_verify_result result = verify(&maker, path);
	assert_int_equal(result.problems_count, 0);
	assert_int_equal(result.outcome, MR_VERIFY_WHOLE);
	assert_int_equal(result.members_count, 8);
	assert_int_equal(result.readings_count, 5);
	assert_int_equal(result.compared_count, 4);
	assert_string_equal(result.completeness, "complete");
	assert_string_equal(result.tool, "memreckon-collect test");
	mr_verify_deinit(&result);
}

TEST(changed_bytes_are_found)
{
	_cleanup_free_ char *path = mr_maker_path("changed.mem.tar");
	struct mr_maker maker = begin(path);

	mr_maker_text(&maker, "proc/uptime", "12.5 1\n");
	/* the row of another content, then the member */
	struct mr_buffer row = {0};
	mr_buffer_append_text(&row, maker.index.data);
	char *digest = strrchr(row.data, ',') + 1;
	*digest = *digest == '0' ? '1' : '0';
	mr_buffer_clear(&maker.index);
	mr_buffer_append(&maker.index, row.data, row.length_bytes);
	end(&maker, 3, 2, 0, true);
	struct mr_verify_result result = verify(&maker, path);
	assert_problem(&result, 0, "proc/uptime", "not what the collector wrote");
	assert_int_equal(result.problems_count, 1);
	mr_verify_deinit(&result);
	mr_buffer_deinit(&row);
}

TEST(members_that_came_or_went_are_found)
{
	_cleanup_free_ char *path = mr_maker_path("came.mem.tar");
	struct mr_maker maker = begin(path);
	static const char row[] = "proc/gone,canonical,0,ok,1,1,1,"
				  "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb\n";

	mr_maker_add(&maker, "proc/came", "x", 1);
	mr_buffer_append_text(&maker.index, row);
	end(&maker, 3, 2, 0, true);
	struct mr_verify_result result = verify(&maker, path);
	assert_problem(&result, 0, "proc/gone", "listed in the index and not there");
	assert_problem(&result, 1, "proc/came", "not in the index");
	assert_int_equal(result.problems_count, 2);
	mr_verify_deinit(&result);
}

TEST(doubled_foreign_and_late_members_are_found)
{
	_cleanup_free_ char *path = mr_maker_path("doubled.mem.tar");
	struct mr_maker maker = begin(path);

	mr_maker_text(&maker, "proc/uptime", "1 1\n");
	mr_maker_segment(&maker);
	mr_maker_add(&maker, "proc/uptime", "1 1\n", 4);
	mr_maker_special(&maker, "proc/link", AE_IFLNK);
	maker.top = "elsewhere/";
	mr_maker_add(&maker, "proc/loadavg", "x", 1);
	maker.top = "maker-20261121T074103Z/";
	end(&maker, 6, 2, 0, true);
	mr_maker_add(&maker, "proc/late", "x", 1);
	struct mr_verify_result result = verify(&maker, path);
	assert_problem(&result, 0, "proc/uptime", "a second member of this name");
	assert_problem(&result, 1, "proc/link", "symbolic link");
	assert_problem(&result, 2, "elsewhere/proc/loadavg", "outside of the top directory");
	assert_problem(&result, 3, "proc/late", "behind capture/end.csv");
	mr_verify_deinit(&result);
}

TEST(counts_and_digest_of_the_end_are_held_to)
{
	_cleanup_free_ char *path = mr_maker_path("counts.mem.tar");
	struct mr_maker maker = begin(path);

	mr_maker_failed(&maker, "proc/slabinfo", "EACCES");
	end(&maker, 7, 8, 9, false);
	struct mr_verify_result result = verify(&maker, path);
	assert_problem(&result, 0, "capture/end.csv", "counts other members than there are");
	assert_problem(&result, 1, "capture/end.csv", "counts other readings than the index has");
	assert_problem(&result, 2, "capture/end.csv", "counts other failures than the index has");
	assert_problem(&result, 3, "capture/end.csv", "was not written for this index");
	assert_int_equal(result.problems_count, 4);
	mr_verify_deinit(&result);
}

TEST(an_archive_without_its_end_is_cut_off_and_what_is_there_unchanged)
{
	_cleanup_free_ char *path = mr_maker_path("cut.mem.tar");
	struct mr_maker maker = begin(path);

	mr_maker_text(&maker, "proc/uptime", "1 1\n");
	mr_maker_segment(&maker);
	mr_maker_text(&maker, "proc/loadavg", "1 1\n");
	struct mr_verify_result result = verify(&maker, path);
	assert_int_equal(result.outcome, MR_VERIFY_CUT_OFF);
	assert_int_equal(result.compared_count, 2);
	assert_int_equal(result.unlisted_count, 1);
	assert_string_equal(result.cut, "capture/end.csv is not there");
	mr_verify_deinit(&result);
}

/* However it is cut, no byte of what is left is said to be changed. */
TEST(cut_anywhere_an_archive_is_cut_off_or_no_archive)
{
	_cleanup_free_ char *path = mr_maker_path("anywhere.mem.tar");
	struct mr_verify_result result;
	int cut_off_count = 0;

	make(path, NULL, "1000 200 100 10 0 50 0\n", true, "complete");
	for (int64_t length = mr_maker_file_bytes(path) - 1; length > 0; length -= 37) {
		struct mr_error error = {0};

		mr_maker_cut(path, length);
		if (mr_verify(path, &result, &error) < 0)
			assert_true(error.number < 0);
		else if (result.outcome == MR_VERIFY_CUT_OFF)
			cut_off_count++;
		/* this maker does not list meta.csv, which shows when its index is there and the end too */
		else
			assert_int_equal(result.outcome, MR_VERIFY_CHANGED);
		mr_verify_deinit(&result);
	}
	assert_true(cut_off_count > 10);
}

TEST(what_is_no_archive_is_refused)
{
	_cleanup_free_ char *path = mr_maker_path("none.tar");
	struct mr_verify_result result;
	struct mr_error error = {0};
	FILE *file = fopen(path, "we");

	fputs("this is not a tar\n", file);
	fclose(file);
	assert_int_equal(mr_verify(path, &result, &error), -EBADMSG);
	mr_verify_deinit(&result);
	assert_int_equal(mr_verify("/nowhere/x.tar", &result, NULL), -ENOENT);
	mr_verify_deinit(&result);
}

TEST(members_without_an_index_do_not_pile_up)
{
	_cleanup_free_ char *path = mr_maker_path("many.mem.tar");
	struct mr_maker maker = begin(path);
	char name[64];

	mr_maker_segment(&maker);
	for (int i = 0; i < MR_WINDOW_MEMBERS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "proc/%d/stat", i + 1);
		mr_maker_add(&maker, name, "x", 1);
	}
	end(&maker, MR_WINDOW_MEMBERS_MAX + 12, 1, 0, true);
	struct mr_verify_result result = verify(&maker, path);
	assert_problem(&result, MR_VERIFY_PROBLEMS_MAX - 1, "proc/20/stat", "not in the index");
	assert_int_equal(result.problems_count, MR_WINDOW_MEMBERS_MAX + 10);
	mr_verify_deinit(&result);
}

TEST(a_window_finds_what_waits_and_forgets_what_is_listed)
{
	struct mr_window window = {0};
	char name[32];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 3000; i++) {
			snprintf(name, sizeof(name), "%d/%d", round, i);
			assert_int_equal(mr_window_see(&window, name), 1);
			assert_int_equal(mr_window_see(&window, name), 0);
			assert_int_equal(mr_window_add(&window, name, name, strlen(name)), 0);
		}
		for (int i = 0; i < 3000; i += 2) {
			snprintf(name, sizeof(name), "%d/%d", round, i);
			mr_window_find(&window, name)->is_listed = true;
			assert_null(mr_window_find(&window, name));
		}
		mr_window_end_segment(&window);
		assert_int_equal(window.count, (size_t)(round + 1) * 1500);
	}
	assert_non_null(mr_window_find(&window, "0/1"));
	assert_string_equal(mr_window_path(&window, mr_window_find(&window, "1/2999")), "1/2999");
	assert_null(mr_window_find(&window, "2/0"));
	mr_window_deinit(&window);
}

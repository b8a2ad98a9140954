/* What the writer counts on: the size that an archive can have, the losses that share a line, and answers of a reader
 * that are none. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/archive_out.h"
#include "collect/capture.h"
#include "collect/cgroup_files.h"
#include "collect/loss.h"
#include "collect/reader.h"
#include "tests/support/test.h"

/* Bytes that do not compress. */
static void fill(char *bytes, size_t length_bytes)
{
	uint64_t state = 88172645463325252u;

	for (size_t i = 0; i < length_bytes; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		bytes[i] = (char)state;
	}
}

static void archive_keeps_to_its_bound(int gzip_level)
{
	static char bytes[700 * 1024];
	char folder[] = "/tmp/memreckon-test-XXXXXX", output[64], path[200];

	assert_non_null(mkdtemp(folder));
	snprintf(output, sizeof(output), "%s/archive", folder);
	fill(bytes, sizeof(bytes));
	memset(path, 'p', sizeof(path));
	for (size_t i = 0; i < 24; i++) {
		const struct mr_archive_out_options options = {
			.output = output, .top = "top", .gzip_level = gzip_level};
		struct mr_archive_out *archive;

		assert_int_equal(mr_archive_out_create(&archive, &options, NULL), 0);
		uint64_t bound_bytes = mr_archive_out_size_bytes_max(archive, 0);
		for (size_t member = 0; member <= i; member++) {
			size_t length_bytes = (member * 7919 + i * 104729) % sizeof(bytes);

			path[sizeof(path) - 1] = '\0';
			const char *name = path + (member * 37) % (sizeof(path) - 1);
			bound_bytes = mr_archive_out_size_bytes_max(
				archive, mr_archive_out_member_bytes(archive, strlen(name), length_bytes));
			mr_archive_out_add(archive, name, 0, bytes, length_bytes);
			if (member % 5 == 4)
				mr_archive_out_flush(archive);
		}
		assert_int_equal(mr_archive_out_publish(archive, NULL), 0);
		assert_true(mr_archive_out_size_bytes(archive) <= bound_bytes);
		mr_archive_out_destroy(archive);
		unlink(output);
	}
	rmdir(folder);
}

TEST(compressed_archive_of_bytes_that_do_not_compress_is_no_larger_than_its_bound)
{
	archive_keeps_to_its_bound(6);
}

TEST(archive_that_is_not_compressed_is_no_larger_than_its_bound)
{
	archive_keeps_to_its_bound(0);
}

TEST(files_of_one_process_that_a_budget_leaves_out_are_one_loss_and_those_of_many_share_a_line)
{
	struct mr_losses losses = {0};

	mr_losses_add_file(&losses, MR_SUBJECT_PROCESS, "proc/7/status", "status", MR_OVER_BUDGET);
	mr_losses_add_file(&losses, MR_SUBJECT_PROCESS, "proc/7/cgroup", "cgroup", MR_OVER_BUDGET);
	mr_losses_add_file(&losses, MR_SUBJECT_PROCESS, "proc/8/stat", "stat", MR_OVER_BUDGET);
	mr_losses_add_many(&losses, MR_SUBJECT_PROCESS, "stat", MR_OVER_BUDGET, 100);
	assert_int_equal(losses.kinds_count, 1);
	assert_int_equal(losses.kinds[0].readings_count, 102);
	assert_string_equal(losses.kinds[0].name, "files");
}

TEST(files_that_a_budget_leaves_out_keep_their_name_when_they_are_the_same_of_all)
{
	struct mr_losses losses = {0};

	mr_losses_add_file(&losses, MR_SUBJECT_PROCESS, "proc/7/smaps_rollup", "smaps_rollup",
			   MR_OVER_BUDGET);
	mr_losses_add_file(&losses, MR_SUBJECT_PROCESS, "proc/8/smaps_rollup", "smaps_rollup",
			   MR_OVER_BUDGET);
	mr_losses_add_file(&losses, MR_SUBJECT_SYSTEM, "proc/stat", "proc/stat", MR_OVER_BUDGET);
	assert_int_equal(losses.kinds_count, 2);
	assert_int_equal(losses.kinds[0].readings_count, 2);
	assert_string_equal(losses.kinds[0].name, "smaps_rollup");
}

/* A listing of one entry. */
struct listing {
	struct mr_list_head head;
	struct mr_list_entry entry;
	char name[8];
};

static const struct mr_list_entry *first_of(const struct listing *listing, struct mr_list_walk *walk)
{
	assert_non_null(mr_list_begin(walk, (const char *)listing, sizeof(*listing)));
	return mr_list_next(walk);
}

TEST(listing_with_a_name_that_goes_beyond_it_is_an_error)
{
	struct listing listing = {.head = {.is_whole = true}, .entry = {.name_bytes = 4}, .name = "name"};
	struct mr_list_walk walk;

	assert_non_null(first_of(&listing, &walk));
	assert_null(mr_list_next(&walk));
	assert_int_equal(mr_list_end(&walk), 0);
	listing.entry.name_bytes = 4000;
	assert_null(first_of(&listing, &walk));
	assert_int_equal(mr_list_end(&walk), EPROTO);
	/* the NUL is not where it has to be */
	listing.entry.name_bytes = 3;
	assert_null(first_of(&listing, &walk));
	assert_int_equal(mr_list_end(&walk), EPROTO);
}

TEST(listing_that_neither_ends_nor_goes_on_is_an_error)
{
	struct mr_list_head head = {.is_whole = false};
	struct mr_list_walk walk;

	assert_non_null(mr_list_begin(&walk, (const char *)&head, sizeof(head)));
	assert_null(mr_list_next(&walk));
	assert_int_equal(mr_list_end(&walk), EPROTO);
}

/* What the index says of memory.current after an answer of the reader. */
static void take_answer(const struct mr_quiet_head *head, size_t length_bytes, char ret[256])
{
	static struct mr_capture capture;
	static struct mr_round round;
	const struct mr_options options = {.size_bytes_max = 1024 * 1024};
	const struct mr_archive_out_options nowhere = {.top = "top"};
	struct mr_cgroup_walk walk = {
		.capture = &capture, .reader = &capture.readers[0], .version = 2, .limit_ns = 1};

	capture = (struct mr_capture){.options = &options};
	assert_int_equal(mr_archive_out_create(&capture.archive, &nowhere, NULL), 0);
	mr_reader_init(&capture.readers[0], &capture.tree, 0);
	mr_buffer_append_text(&walk.path, "sys/fs/cgroup/g");
	mr_buffer_append(&walk.listed.quiet, "memory.current", sizeof("memory.current"));
	mr_cgroup_ask(&walk, "sys/fs/cgroup/g", &walk.listed);
	memcpy(round.bytes, head, length_bytes);
	round.answers[0] = (struct mr_answer){.length_bytes = (uint32_t)length_bytes};
	capture.readers[0].current = &round;
	capture.readers[0].current_count = 1;
	capture.readers[0].sent_bytes = capture.readers[0].asks.length_bytes;
	mr_cgroup_take(&walk, walk.path.length_bytes);
	const char *rows = strchr(capture.manifest.segment.data, '\n') + 1;
	snprintf(ret, 256, "%.*s", (int)strcspn(rows, "\n"), rows);
	mr_cgroup_files_deinit(&walk.listed);
	mr_buffer_deinit(&walk.path);
	mr_archive_out_destroy(capture.archive);
	mr_buffer_deinit(&capture.stuck_paths);
	mr_buffer_deinit(&capture.longest_read_path);
	mr_manifest_deinit(&capture.manifest);
	mr_buffer_deinit(&capture.readers[0].asks);
}

TEST(answer_for_files_of_a_group_that_is_damaged_is_a_loss_with_its_reason)
{
	struct {
		struct mr_quiet_head head;
		struct mr_quiet_reading reading;
	} answer = {.head = {.readings_count = 1}};
	char row[256];
	const char *damaged = "sys/fs/cgroup/g/memory.current,canonical,0,EPROTO,0,";

	take_answer(&answer.head, sizeof(answer), row);
	assert_memory_equal(row, "sys/fs/cgroup/g/memory.current,canonical,0,ok,", 46);
	answer.reading.file = 200;
	take_answer(&answer.head, sizeof(answer), row);
	assert_memory_equal(row, damaged, strlen(damaged));
	answer.reading.file = 1;
	take_answer(&answer.head, sizeof(answer), row);
	assert_memory_equal(row, damaged, strlen(damaged));
	answer.reading.file = 0;
	answer.reading.length_bytes = UINT32_MAX - 8;
	take_answer(&answer.head, sizeof(answer), row);
	assert_memory_equal(row, damaged, strlen(damaged));
	answer.reading.length_bytes = 0;
	answer.head.readings_count = 2;
	take_answer(&answer.head, sizeof(answer), row);
	assert_memory_equal(row, damaged, strlen(damaged));
}

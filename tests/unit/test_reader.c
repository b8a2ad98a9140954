/* What becomes of asks whose answers do not come.  A FIFO that nobody writes to is a kernel file that hangs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/base/clock.h"
#include "collect/reader.h"
#include "tests/support/test.h"

#define LONG_NS (40 * MR_SECOND_NS)

struct place {
	char folder[32];
	struct mr_tree tree;
};

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* A tree with a file that answers and one that does not. */
static void make_place(struct place *ret)
{
	struct mr_error error = {0};
	char path[64];

	strcpy(ret->folder, "/tmp/memreckon-test-XXXXXX");
	assert_non_null(mkdtemp(ret->folder));
	snprintf(path, sizeof(path), "%s/answers", ret->folder);
	write_file(path, "42\n");
	snprintf(path, sizeof(path), "%s/hangs", ret->folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	ret->tree = (struct mr_tree){.root_fd = -1};
	assert_int_equal(mr_tree_open(&ret->tree, ret->folder, &error), 0);
}

static void remove_place(struct place *place)
{
	static const char *const names[] = {"answers", "hangs"};
	char path[64];

	mr_tree_close(&place->tree);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", place->folder, names[i]);
		unlink(path);
	}
	rmdir(place->folder);
}

/* How an ask for a file ends when the run is over after so long. */
static int status_at_end_of_run(const char *name, uint64_t after_ns)
{
	struct mr_reader reader;
	struct mr_reading reading;
	struct place place;

	make_place(&place);
	mr_reader_init(&reader, &place.tree, 0);
	reader.run_deadline_ns = mr_now_ns() + after_ns;
	mr_reader_read(&reader, "", name, LONG_NS, &reading);
	mr_reader_deinit(&reader);
	remove_place(&place);
	return reading.error_number;
}

TEST(an_answer_that_comes_is_taken)
{
	assert_int_equal(status_at_end_of_run("answers", LONG_NS), 0);
}

TEST(a_file_that_is_read_for_long_when_the_run_ends_has_timed_out)
{
	assert_int_equal(status_at_end_of_run("hangs", 1300 * MR_MILLISECOND_NS), MR_NO_ANSWER);
}

TEST(a_file_whose_turn_it_just_was_when_the_run_ends_is_over_budget)
{
	assert_int_equal(status_at_end_of_run("hangs", 300 * MR_MILLISECOND_NS), MR_OVER_BUDGET);
}

TEST(readers_that_all_hang_end_in_the_time_of_one)
{
	static struct mr_reader readers[MR_READERS_MAX];
	struct mr_reading reading;
	struct place place;

	make_place(&place);
	for (unsigned i = 0; i < MR_READERS_MAX; i++) {
		mr_reader_init(&readers[i], &place.tree, i);
		mr_reader_read(&readers[i], "", "answers", LONG_NS, &reading);
		assert_int_equal(reading.error_number, 0);
		/* so many that they are sent before an answer is wanted */
		for (unsigned ask = 0; ask < 500; ask++)
			mr_reader_ask_file(&readers[i], "", "hangs", LONG_NS, false);
		assert_true(readers[i].sent_bytes > readers[i].head_bytes);
	}
	usleep(300000);
	uint64_t begin_ns = mr_now_ns();
	mr_readers_end(readers, MR_READERS_MAX);
	/* one of them has 200 ms */
	assert_true(mr_now_ns() - begin_ns < 1500 * MR_MILLISECOND_NS);
	for (unsigned i = 0; i < MR_READERS_MAX; i++) {
		assert_int_equal(readers[i].pid, 0);
		mr_reader_deinit(&readers[i]);
	}
	remove_place(&place);
}

/* A worker that a hostile archive has taken over: it may say anything through its pipe.  Each case is a
 * process that does so; the receiver ends it, says so, and the database is as before. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "analyze/import/take.h"
#include "analyze/import/worker.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"
#include "tests/support/wire_lies.h"

/* How the process behind the pipe ends when it has said everything. */
enum ending { EXITS, DIES, DOES_WHAT_IT_MAY_NOT, SLEEPS, CLOSES_AND_SLEEPS };

struct heard {
	unsigned added, known, refused;
	char words[512];
};

static void hear(void *context, const char *name, int result, const struct mr_import_result *imported,
		 const struct mr_error *error)
{
	struct heard *heard = context;

	heard->refused += result < 0;
	heard->added += !result && imported->outcome == MR_IMPORT_ADDED;
	heard->known += !result && imported->outcome == MR_IMPORT_KNOWN;
	if (result < 0)
		snprintf(heard->words, sizeof(heard->words), "%s", error->message);
}

_Noreturn static void speak(int fd, const struct mr_buffer *bytes, enum ending ending)
{
	size_t done_bytes = 0;

	while (done_bytes < bytes->length_bytes) {
		ssize_t written = write(fd, bytes->data + done_bytes, bytes->length_bytes - done_bytes);

		if (written <= 0)
			_exit(1);
		done_bytes += (size_t)written;
	}
	int number = ending == DIES ? SIGSEGV : SIGSYS;
	signal(number, SIG_DFL);
	if (ending == DIES || ending == DOES_WHAT_IT_MAY_NOT)
		raise(number);
	alarm(60);
	if (ending == CLOSES_AND_SLEEPS)
		close(fd);
	while (ending == SLEEPS || ending == CLOSES_AND_SLEEPS)
		pause();
	_exit(0);
}

static struct mr_worker start(const struct mr_buffer *bytes, enum ending ending)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(ends[0]);
		speak(ends[1], bytes, ending);
	}
	close(ends[1]);
	return (struct mr_worker){.pid = pid, .fd = ends[0], .in = {.fd = ends[0], .patience_s = 1}};
}

/* As mr_import_all() does it with one input.  @return what becomes of the inputs behind it: 0 they go on */
static int take(struct mr_store *store, void (*say)(struct mr_buffer *out), enum ending ending,
		struct heard *heard)
{
	const struct mr_import_listener listener = {.context = heard, .capture = hear};
	struct mr_buffer bytes = {0};
	struct mr_error failure = {0};
	struct mr_batch batch;
	struct mr_take taking;

	*heard = (struct heard){0};
	say(&bytes);
	struct mr_worker worker = start(&bytes, ending);
	mr_batch_init(&batch, store, &listener);
	mr_take_init(&taking, &batch, "input");
	int result = mr_worker_receive(&worker, "input", mr_take_intake(&taking), &failure);
	mr_take_fail(&taking, result, &failure);
	int number = taking.database_error.number;
	mr_take_deinit(&taking);
	mr_batch_commit(&batch, &failure);
	mr_batch_deinit(&batch);
	mr_buffer_deinit(&bytes);
	assert_int_equal(worker.pid, 0);
	assert_true(sqlite3_get_autocommit(mr_store_handle(store)));
	return number;
}

/* Everything that an import could have changed. */
static const char all_of_it[] = "SELECT (SELECT count(*) || ' ' || coalesce(max(snapshot_id), 0) || ' ' || "
				"coalesce(max(digest), '') FROM snapshot)"
				" || ' ' || (SELECT count(*) FROM proc_statm) || ' ' || (SELECT count(*) "
				"FROM issue) || ' ' || integrity_check"
				" FROM pragma_integrity_check";

static struct mr_store *store_of_one(void)
{
	struct mr_store *store = memory();
	struct heard heard;

	assert_int_equal(take(store, mr_wire_say_capture, EXITS, &heard), 0);
	if (heard.added != 1)
		fail_msg("not added: %s", heard.words);
	assert_string_equal(ask(store, all_of_it), "1 1 another one 1 1 ok");
	return store;
}

TEST(what_a_worker_should_say_is_stored)
{
	mr_store_close(store_of_one());
}

TEST(what_a_worker_cannot_say_is_refused_and_the_database_as_before)
{
	struct mr_store *store = store_of_one();

	for (const struct mr_wire_lie *lie = mr_wire_lies; lie->name; lie++) {
		struct heard heard;

		int number = take(store, lie->say, EXITS, &heard);
		if (number || heard.refused != 1 || heard.added || !strstr(heard.words, lie->words))
			fail_msg("%s: %d, %u refused, %u added, \"%s\"", lie->name, number, heard.refused,
				 heard.added, heard.words);
		assert_string_equal(ask(store, all_of_it), "1 1 another one 1 1 ok");
	}
	mr_store_close(store);
}

TEST(known_capture_stays_known_whatever_rows_a_worker_sends)
{
	struct mr_store *store = store_of_one();
	struct heard heard;

	assert_int_equal(take(store, mr_wire_say_capture, EXITS, &heard), 0);
	assert_int_equal(heard.known, 1);
	assert_string_equal(ask(store, all_of_it), "1 1 another one 1 1 ok");
	mr_store_close(store);
}

static void say_nothing(struct mr_buffer *out)
{
	mr_buffer_append_text(out, "");
}

TEST(nobody_waits_for_a_worker_that_stays_when_it_has_nothing_more_to_say)
{
	struct mr_store *store = memory();
	struct heard heard;

	time_t begin_s = time(NULL);
	assert_int_equal(take(store, mr_wire_say_capture, SLEEPS, &heard), 0);
	assert_int_equal(heard.added, 1);
	assert_int_equal(take(store, say_nothing, CLOSES_AND_SLEEPS, &heard), 0);
	assert_int_equal(heard.refused, 1);
	assert_true(time(NULL) - begin_s < 30);
	mr_store_close(store);
}

TEST(worker_that_dies_or_sleeps_in_the_middle_is_refused)
{
	static const struct {
		enum ending ending;
		const char *words;
	} endings[] = {
		{DIES, "ended by Segmentation fault"},
		{DOES_WHAT_IT_MAY_NOT, "did what it may not do"},
		{SLEEPS, "told nothing for 1 s"},
	};
	struct mr_store *store = store_of_one();

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct heard heard;

		assert_int_equal(take(store, mr_wire_end_in_the_middle, endings[i].ending, &heard), 0);
		assert_int_equal(heard.refused, 1);
		assert_non_null(strstr(heard.words, endings[i].words));
		assert_string_equal(ask(store, all_of_it), "1 1 another one 1 1 ok");
	}
	mr_store_close(store);
}

TEST(doubled_rows_and_numbers_below_zero_are_stored)
{
	struct mr_store *store = memory();
	struct heard heard;

	assert_int_equal(take(store, mr_wire_say_odd_values, EXITS, &heard), 0);
	if (heard.added != 1)
		fail_msg("not added: %s", heard.words);
	assert_string_equal(ask(store, "SELECT count(*) || ' ' || min(resident_pages) FROM proc_statm"),
			    "1 -1");
	mr_store_close(store);
}

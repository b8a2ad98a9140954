/* Another program has the database: waited for as long as it gets on. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analyze/store/store.h"
#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

#define PATIENCE_MS 1000

static int told_count;

static void tell(const char *text)
{
	assert_non_null(strstr(text, "waiting for another program that uses "));
	told_count++;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char row_sql[] =
	"INSERT INTO check_claim SELECT 'x' || random(), 1, '', '', '', '', hex(zeroblob(9000)), '', '', ''";

/* Another program: it begins to write, says so, goes on @writes_count times every 100 ms, and commits. */
static pid_t writer(const char *path, int writes_count)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (!pid) {
		sqlite3 *handle;

		sqlite3_open(path, &handle);
		sqlite3_exec(handle, "PRAGMA cache_size = 1; BEGIN IMMEDIATE", NULL, NULL, NULL);
		sqlite3_exec(handle, row_sql, NULL, NULL, NULL);
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		for (int i = 0; i < writes_count; i++) {
			usleep(100000);
			sqlite3_exec(handle, row_sql, NULL, NULL, NULL);
		}
		_exit(sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL) != SQLITE_OK);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

TEST(a_writer_that_gets_on_is_waited_for_however_long_it_takes)
{
	_cleanup_free_ char *path = mr_maker_path("a.db");
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	int status;

	mr_store_wait_at_most(PATIENCE_MS);
	told_count = 0;
	mr_store_on_delay(tell);
	int64_t begin_ms = now_ms();
	pid_t pid = writer(path, 25);
	assert_int_equal(mr_store_begin(store, NULL), 0);
	assert_true(now_ms() - begin_ms > 2 * PATIENCE_MS);
	assert_string_equal(ask(store, "SELECT count(*) FROM check_claim WHERE check_id GLOB 'x*'"), "26");
	assert_int_equal(told_count, 1);
	mr_store_on_delay(NULL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	mr_store_close(store);
}

TEST(a_reader_waits_too)
{
	_cleanup_free_ char *path = mr_maker_path("a.db");

	mr_store_close(open_store(path, MR_STORE_WRITE));
	mr_store_wait_at_most(PATIENCE_MS);
	pid_t pid = writer(path, 15);
	struct mr_store *store = open_store(path, MR_STORE_READ);
	assert_string_equal(ask(store, "SELECT count(*) FROM check_claim WHERE check_id GLOB 'x*'"), "16");
	mr_store_close(store);
	waitpid(pid, NULL, 0);
}

TEST(a_writer_that_does_nothing_is_waited_for_as_long_as_was_said)
{
	_cleanup_free_ char *path = mr_maker_path("a.db");
	struct mr_store *store = open_store(path, MR_STORE_WRITE);
	struct mr_error error = {0};

	mr_store_wait_at_most(PATIENCE_MS);
	pid_t pid = writer(path, 3);
	kill(pid, SIGSTOP);
	int64_t begin_ms = now_ms();
	assert_int_equal(mr_store_begin(store, &error), -EBUSY);
	assert_in_range(now_ms() - begin_ms, PATIENCE_MS - 50, 20 * PATIENCE_MS);
	assert_non_null(strstr(error.message, "a.db: another program holds it and does nothing with it"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(mr_store_begin(store, &error), 0);
	mr_store_close(store);
}

TEST(a_database_that_was_made_for_nothing_goes_again_and_nobody_writes_to_what_is_gone)
{
	_cleanup_free_ char *path = mr_maker_path("a.db");
	_cleanup_free_ char *archive = mr_maker_path("a.mem.tar.gz");
	_cleanup_free_ char *journal = NULL;
	struct mr_store *first = open_store(path, MR_STORE_WRITE), *second = open_store(path, MR_STORE_WRITE);
	struct mr_import_result imported;
	struct mr_error error = {0};

	mr_maker_capture(archive, NULL);
	assert_true(asprintf(&journal, "%s-journal", path) > 0);
	assert_int_equal(mr_store_discard_if_empty(first, &error), 0);
	assert_int_equal(access(path, F_OK), -1);
	mr_store_close(first);
	assert_int_equal(access(journal, F_OK), -1);
	assert_int_equal(mr_store_begin(second, NULL), -EROFS);
	assert_true(mr_import(second, archive, false, &imported, &error) < 0);
	assert_non_null(strstr(error.message, "somebody has deleted or renamed it meanwhile"));
	mr_store_close(second);
}

TEST(a_database_that_somebody_else_has_filled_stays)
{
	_cleanup_free_ char *path = mr_maker_path("a.db");
	_cleanup_free_ char *archive = mr_maker_path("a.mem.tar.gz");
	struct mr_store *first = open_store(path, MR_STORE_WRITE), *second = open_store(path, MR_STORE_WRITE);

	mr_maker_capture(archive, NULL);
	import(second, archive, false);
	assert_int_equal(mr_store_discard_if_empty(first, NULL), 0);
	mr_store_close(first);
	mr_store_close(second);
	second = open_store(path, MR_STORE_READ);
	assert_string_equal(ask(second, "SELECT count(*) FROM snapshot"), "1");
	mr_store_close(second);
}

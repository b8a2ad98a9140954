/* A statement that fails in the middle of its rows is no end of them.  SQLite lets one stop at any of its own
 * steps, which looks to its caller as it does when there is no memory: whatever reads a list must fail then,
 * and not go on with the beginning of it.  Each case stops at ever later steps until nothing is left to stop.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/import/wire.h"
#include "analyze/store/copy.h"
#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

/* Steps of SQLite's between two looks; odd, so that loops are stopped in all places. */
#define STEPS_BETWEEN 37

static const char statm[] = "1 1 1 1 0 1 0\n";

struct stop {
	unsigned looks_left;
	bool has_stopped;
};

static int look(void *context)
{
	struct stop *stop = context;

	if (stop->has_stopped || stop->looks_left--)
		return 0;
	return stop->has_stopped = true;
}

static void stop_after(struct mr_store *store, struct stop *stop, unsigned looks)
{
	*stop = (struct stop){.looks_left = looks};
	sqlite3_progress_handler(mr_store_handle(store), STEPS_BETWEEN, look, stop);
}

static void go_on(struct mr_store *store)
{
	sqlite3_progress_handler(mr_store_handle(store), 0, NULL, NULL);
}

static struct mr_store *store_of_one(void)
{
	_cleanup_free_ char *archive = mr_maker_path("x.mem.tar");
	struct mr_store *store = memory();

	make(archive, NULL, statm, true, "complete");
	import(store, archive, false);
	return store;
}

TEST(checks_are_computed_whole_or_not_at_all)
{
	struct mr_store *store = store_of_one();
	char results[64];
	struct stop stop;
	unsigned stopped_count = 0;

	snprintf(results, sizeof(results), "%s", ask(store, "SELECT count(*) FROM check_result"));
	assert_true(atoi(results) > 10);
	/* what makes the statements is at the beginning; what they compute takes much longer */
	for (unsigned looks = 0; looks < 100; looks++) {
		struct mr_error error = {0};

		assert_int_equal(mr_store_begin(store, &error), 0);
		stop_after(store, &stop, looks);
		int result = mr_store_compute_checks(store, 1, &error);
		go_on(store);
		stopped_count += stop.has_stopped;
		if (!result && strcmp(ask(store, "SELECT count(*) FROM check_result"), results) != 0)
			fail_msg("stopped after %u looks: %s results, not %s", looks,
				 ask(store, "SELECT count(*) FROM check_result"), results);
		mr_store_rollback(store);
	}
	assert_int_equal(stopped_count, 100);
	assert_string_equal(ask(store, "SELECT count(*) FROM check_result"), results);
	mr_store_close(store);
}

/* @return whether it was stopped */
static bool merge_stopped_after(unsigned looks, const char *path, const char *rows)
{
	struct mr_store *store = memory();
	struct mr_merge_result merged = {0};
	struct mr_error error = {0};
	struct mr_donor *donor = NULL;
	struct stop stop;

	stop_after(store, &stop, looks);
	int result = mr_donor_open(store, path, &donor, &error);
	if (!result)
		result = mr_donor_merge(donor, 1, &merged, &error);
	go_on(store);
	mr_donor_close(result < 0 && !donor ? NULL : donor);
	if (!result &&
	    strcmp(ask(store, "SELECT count(*) FROM snapshot JOIN proc_statm USING (snapshot_id)"), rows))
		fail_msg("stopped after %u looks: not all rows", looks);
	if (result < 0)
		assert_string_equal(ask(store, "SELECT count(*) FROM snapshot"), "0");
	mr_store_close(store);
	return stop.has_stopped;
}

TEST(snapshots_are_merged_whole_or_not_at_all)
{
	_cleanup_free_ char *archive = mr_maker_path("x.mem.tar");
	_cleanup_free_ char *path = mr_maker_path("other.db");
	struct mr_error error = {0};
	struct mr_store *other;
	unsigned looks = 0;

	make(archive, NULL, statm, true, "complete");
	assert_int_equal(mr_store_open(path, MR_STORE_WRITE, &other, &error), 0);
	import(other, archive, false);
	mr_store_close(other);
	while (merge_stopped_after(looks, path, "2"))
		looks += 1 + looks / 4;
	assert_true(looks > 50);
}

TEST(what_a_worker_has_no_memory_to_tell_is_no_end_of_the_input)
{
	int ends[2];
	struct mr_error done = {0};

	assert_int_equal(pipe(ends), 0);
	struct mr_wire_out out = {.fd = ends[1]};
	struct mr_wire_in in = {.fd = ends[0]};
	const struct mr_capture capture = {.name = "lost"};
	const struct mr_intake intake = mr_wire_intake(&out);
	/* as after an allocation that failed */
	out.buffer.failed = true;
	assert_int_equal(intake.begin(intake.outlet.context, &capture), -ENOMEM);
	assert_int_equal(mr_wire_done(&out, NULL), 0);
	close(ends[1]);
	assert_int_equal(mr_wire_receive(&in, &intake, &done), 0);
	assert_int_equal(done.number, -ENOMEM);
	mr_wire_out_deinit(&out);
	mr_wire_in_deinit(&in);
	close(ends[0]);
}

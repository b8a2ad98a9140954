/* Captures that share a commit. */
#include "analyze/import/batch.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

#define SECOND_NS INT64_C(1000000000)

static void count(void *context, const char *name, int result, const struct mr_import_result *imported,
		  const struct mr_error *error)
{
	++*(unsigned *)context;
}

static void store_nothing(struct mr_batch *batch, struct mr_error *error)
{
	const struct mr_import_result imported = {.outcome = MR_IMPORT_ADDED};

	assert_int_equal(mr_batch_begin_capture(batch, error), 0);
	assert_int_equal(mr_batch_end_capture(batch, error), 0);
	assert_int_equal(mr_batch_tell(batch, "name", 0, &imported, NULL), 0);
}

TEST(batch_is_due_some_time_after_it_began_however_many_captures_came)
{
	unsigned heard = 0;
	const struct mr_import_listener listener = {.context = &heard, .capture = count};
	struct mr_store *store = memory();
	struct mr_error error = {0};
	struct mr_batch batch;

	mr_batch_init(&batch, store, &listener);
	assert_int_equal(mr_batch_patience_ms(&batch), 0);
	store_nothing(&batch, &error);
	int64_t begin_ns = batch.begin_ns;
	store_nothing(&batch, &error);
	assert_int_equal(batch.begin_ns, begin_ns);
	batch.begin_ns += 60 * SECOND_NS;
	assert_true(mr_batch_patience_ms(&batch) > 0);
	batch.begin_ns = begin_ns - SECOND_NS;
	assert_int_equal(mr_batch_patience_ms(&batch), 0);
	assert_int_equal(heard, 0);
	store_nothing(&batch, &error);
	assert_int_equal(heard, 2);
	assert_true(batch.begin_ns >= begin_ns);
	assert_int_equal(mr_batch_commit(&batch, &error), 0);
	assert_int_equal(heard, 3);
	assert_int_equal(mr_batch_patience_ms(&batch), 0);
	mr_batch_deinit(&batch);
	mr_store_close(store);
}

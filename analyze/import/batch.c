/* Captures that share a commit.  See batch.h. */
#include "analyze/import/batch.h"
#include "schema/base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A commit takes some tens of milliseconds on a disk.  Who is killed loses no more than this and one capture. */
#define DUE_NS (500 * (int64_t)MR_MILLISECOND_NS)

struct mr_told {
	char *name;
	int result;
	struct mr_import_result imported;
	struct mr_error error;
};

void mr_batch_init(struct mr_batch *batch, struct mr_store *store, const struct mr_import_listener *listener)
{
	*batch = (struct mr_batch){.store = store, .listener = listener};
}

static void forget_told(struct mr_batch *batch)
{
	for (size_t i = 0; i < batch->told_count; i++)
		free(batch->told[i].name);
	free(batch->told);
	batch->told = NULL;
	batch->told_count = 0;
}

static void roll_back(struct mr_batch *batch)
{
	if (batch->is_open)
		mr_store_rollback(batch->store);
	batch->is_open = batch->has_capture = false;
	forget_told(batch);
}

void mr_batch_deinit(struct mr_batch *batch)
{
	roll_back(batch);
}

int mr_batch_patience_ms(const struct mr_batch *batch)
{
	int64_t left_ns = batch->is_open ? batch->begin_ns + DUE_NS - (int64_t)mr_now_ns() : 0;

	return left_ns > 0 ? (int)(left_ns / (int64_t)MR_MILLISECOND_NS) : 0;
}

int mr_batch_begin_capture(struct mr_batch *batch, struct mr_error *error)
{
	/* one input may hold thousands of captures */
	int result = mr_batch_patience_ms(batch) ? 0 : mr_batch_commit(batch, error);

	if (!result && !batch->is_open) {
		result = mr_store_begin(batch->store, error);
		batch->is_open = !result;
		batch->begin_ns = (int64_t)mr_now_ns();
	}
	if (!result)
		result = mr_store_begin_part(batch->store, error);
	batch->has_capture = !result;
	return result;
}

int mr_batch_end_capture(struct mr_batch *batch, struct mr_error *error)
{
	int result = mr_store_end_part(batch->store, error);

	batch->has_capture = result != 0;
	return result;
}

void mr_batch_drop_capture(struct mr_batch *batch)
{
	if (batch->has_capture)
		mr_store_rollback_part(batch->store);
	batch->has_capture = false;
}

int mr_batch_tell(struct mr_batch *batch, const char *name, int result,
		  const struct mr_import_result *imported, const struct mr_error *error)
{
	if (!batch->is_open) {
		batch->listener->capture(batch->listener->context, name, result, imported, error);
		return 0;
	}
	struct mr_told *grown = reallocarray(batch->told, batch->told_count + 1, sizeof(*grown));
	char *copy = grown ? strdup(name) : NULL;
	batch->told = grown ? grown : batch->told;
	if (!copy)
		return -ENOMEM;
	struct mr_told *told = &grown[batch->told_count++];
	*told = (struct mr_told){.name = copy, .result = result};
	if (imported)
		told->imported = *imported;
	if (error)
		told->error = *error;
	return 0;
}

int mr_batch_commit(struct mr_batch *batch, struct mr_error *error)
{
	if (!batch->is_open)
		return 0;
	int result = mr_store_commit(batch->store, error);
	if (result < 0) {
		roll_back(batch);
		return result;
	}
	batch->is_open = false;
	for (size_t i = 0; i < batch->told_count; i++) {
		const struct mr_told *told = &batch->told[i];

		batch->listener->capture(batch->listener->context, told->name, told->result, &told->imported,
					 &told->error);
	}
	forget_told(batch);
	return 0;
}

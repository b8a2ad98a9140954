/* Inputs into the store.
 *
 *   import.c      this file: which inputs are read when, and what becomes of each
 *   take.c        one capture: known or not, its rows
 *   batch.c       captures that share a commit
 *   proof.c       with --verify: the input once more, its files against its rows
 *   identity.c    the row of snapshot; which of two captures is more complete
 *   worker.c      the process that reads an input, and its pipe
 *   spawner.c     the process that workers are forked from
 *   wire.c        captures through the pipe; wire_in.c: nothing of them is believed
 *   confine.c     what the worker may do
 *
 * and in the worker:
 *
 *   job.c         what it does: what read/ finds in the input goes through the pipe
 *   comparison.c  the one that compares files with rows
 *
 * Workers run ahead: while the captures of one input are stored, the next inputs are parsed until their pipes
 * are full. Of a capture that is in the database already only the digest is needed, mostly to find that it is
 * known; one that turns out to be more complete is read again.
 */
#include "analyze/import/import.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/import/proof.h"
#include "analyze/import/take.h"
#include "analyze/import/worker.h"
#include "schema/base/buffer.h"
#include "schema/base/cleanup.h"

/* The inputs, and the processes that read the next of them. */
struct run {
	struct mr_batch batch;
	struct mr_spawner spawner;
	const char *const *paths;
	size_t count;
	const struct mr_import_options *options;
	const struct mr_import_listener *listener;
	struct ahead *ahead; /* ring: input i is at i % jobs */
	size_t jobs;
	size_t started; /* inputs that were begun */
};

/* A worker that was started, or why it was not. */
struct ahead {
	struct mr_worker worker;
	struct mr_error error;
};

static void start(struct run *run, size_t i)
{
	struct ahead *ahead = &run->ahead[i % run->jobs];

	*ahead = (struct ahead){0};
	mr_worker_start(&ahead->worker, &run->spawner, run->paths[i], &ahead->error);
}

/* A failure that no other input will escape. */
static bool is_of_database(const struct mr_take *take)
{
	return take->database_error.number != 0;
}

/* Read an input again for the one capture in it that is more complete than what is here. */
static int take_again(struct run *run, const char *path, struct mr_take *take, struct mr_error *error)
{
	struct mr_worker worker = {0};

	int result = mr_worker_start(&worker, &run->spawner, path, error);
	if (!result)
		result = mr_worker_receive(&worker, path, mr_take_intake(take), error);
	return result;
}

/* Compare what became of an input with it, once that is on the disk. */
static void prove(struct run *run, const char *path, struct mr_take *take)
{
	if (!mr_proof_plan_is_any(&take->plan))
		return;
	if (!mr_batch_commit(&run->batch, &take->database_error))
		mr_proof_run(run->batch.store, &run->spawner, path, &take->plan, run->listener,
			     &take->database_error);
}

/* All captures of an input, and then again those that are to replace others. */
static int take_input(struct run *run, size_t i, struct mr_error *error)
{
	struct ahead *ahead = &run->ahead[i % run->jobs];
	struct mr_error failure = ahead->error;
	struct mr_take take;

	mr_take_init(&take, &run->batch, run->paths[i]);
	int result = failure.number;
	if (!result)
		result = mr_worker_receive(&ahead->worker, run->paths[i], mr_take_intake(&take), &failure);
	while (!result && mr_take_wants_again(&take))
		result = take_again(run, run->paths[i], &take, &failure);
	mr_take_fail(&take, result, &failure);
	if (run->options->verify && !is_of_database(&take))
		prove(run, run->paths[i], &take);
	if (is_of_database(&take))
		result = mr_error_set(error, take.database_error.number, "%s", take.database_error.message);
	else
		result = 0;
	mr_take_deinit(&take);
	return result;
}

/* Wait for the first words of an input, as long as what is open may wait.
 * @return  whether it waits no longer: then others may write while we wait on */
static bool is_out_of_patience(const struct run *run, const struct ahead *ahead)
{
	struct pollfd wait = {.fd = ahead->worker.fd, .events = POLLIN};
	int patience_ms = mr_batch_patience_ms(&run->batch);

	return !patience_ms || (ahead->worker.pid && poll(&wait, 1, patience_ms) == 0);
}

static int run_all(struct run *run, struct mr_error *error)
{
	int result = 0;

	for (size_t i = 0; !result && i < run->count; i++) {
		while (run->started < run->count && run->started < i + run->jobs)
			start(run, run->started++);
		if (is_out_of_patience(run, &run->ahead[i % run->jobs]))
			result = mr_batch_commit(&run->batch, error);
		if (!result)
			result = take_input(run, i, error);
		if (!result && run->listener->input)
			run->listener->input(run->listener->context, i + 1);
	}
	if (!result)
		result = mr_batch_commit(&run->batch, error);
	for (size_t i = 0; i < run->jobs; i++)
		mr_worker_stop(&run->ahead[i].worker);
	return result;
}

int mr_import_all(struct mr_store *store, const char *const *paths, size_t count,
		  const struct mr_import_options *options, const struct mr_import_listener *listener,
		  struct mr_error *error)
{
	struct run run = {.paths = paths, .count = count, .options = options, .listener = listener};

	mr_batch_init(&run.batch, store, listener);
	run.jobs = options->jobs ? options->jobs : 1;
	run.ahead = calloc(run.jobs, sizeof(*run.ahead));
	if (!run.ahead)
		return mr_error_set(error, -ENOMEM, "out of memory");
	mr_spawner_init(&run.spawner, options->limits, &options->input);
	int result = run_all(&run, error);
	mr_spawner_stop(&run.spawner);
	mr_batch_deinit(&run.batch);
	free(run.ahead);
	return result;
}

/* ---- one capture ---- */

/* Names of captures that a message has. */
#define NAMES_MOST 5

struct single {
	size_t path_bytes; /* of the input's path, which stands in front of the names of its captures */
	size_t count;
	int result;
	struct mr_import_result imported;
	struct mr_error error;
	struct mr_buffer names;
};

static void take_single(void *context, const char *name, int result, const struct mr_import_result *ret,
			const struct mr_error *error)
{
	struct single *single = context;

	if (single->count++ < NAMES_MOST)
		mr_buffer_printf(&single->names, "\n  %s",
				 strlen(name) > single->path_bytes ? name + single->path_bytes + 1 : name);
	if (single->count > 1)
		return;
	single->result = result;
	if (result < 0)
		single->error = *error;
	else
		single->imported = *ret;
}

/* Which of them is meant is not known. */
static int refuse_several(struct single *single, const char *path, struct mr_error *error)
{
	if (single->count > NAMES_MOST)
		mr_buffer_printf(&single->names, "\n  and %zu more", single->count - NAMES_MOST);
	return mr_error_set(error, -EINVAL, "%s holds %zu captures.   memreckon import %s%s", path,
			    single->count, path,
			    single->names.failed || !single->names.data ? "" : single->names.data);
}

int mr_import(struct mr_store *store, const char *archive_path, bool salvage,
	      struct mr_import_result *ret_result, struct mr_error *error)
{
	const struct mr_import_options options = {.input = {.salvage = salvage}};
	struct single single = {.path_bytes = strlen(archive_path)};
	const struct mr_import_listener listener = {.context = &single, .capture = take_single};

	int result = mr_import_all(store, &archive_path, 1, &options, &listener, error);
	if (!result && single.count > 1)
		result = refuse_several(&single, archive_path, error);
	else if (!result && single.result < 0)
		result = mr_error_set(error, single.result, "%s", single.error.message);
	else if (!result)
		*ret_result = single.imported;
	mr_buffer_deinit(&single.names);
	return result;
}

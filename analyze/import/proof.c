/* Rows to the process that compares them with files.  See proof.h. */
#include "analyze/import/proof.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/import/identity.h"
#include "analyze/import/worker.h"
#include "analyze/store/read_back.h"

/* Kinds of files, each with all reasons there are: more than a comparison has. */
#define EXCEPTIONS_MAX 4096

/* ---- the plan ---- */

void mr_proof_plan_deinit(struct mr_proof_plan *plan)
{
	free(plan->snapshot_ids);
	*plan = (struct mr_proof_plan){0};
}

int mr_proof_plan_begin(struct mr_proof_plan *plan, size_t number)
{
	if (number < plan->count)
		return 0;
	if (plan->count == plan->capacity) {
		size_t capacity = plan->capacity ? 2 * plan->capacity : 4;
		int64_t *grown = reallocarray(plan->snapshot_ids, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		plan->snapshot_ids = grown;
		plan->capacity = capacity;
	}
	plan->snapshot_ids[plan->count++] = 0;
	return 0;
}

bool mr_proof_plan_is_any(const struct mr_proof_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->snapshot_ids[i])
			return true;
	return false;
}

/* ---- one input ---- */

struct proof {
	struct mr_store *store;
	const char *path;
	const struct mr_proof_plan *plan;
	const struct mr_import_listener *listener;
	struct mr_worker worker;
	struct mr_intake intake;
	size_t begun_count;
	int64_t snapshot_id; /* of the capture at hand; 0: it is not compared */
	bool has_counts;
	struct mr_proof_result result;
	struct mr_error database_error;
};

static void forget_findings(struct proof *proof)
{
	for (size_t i = 0; i < proof->result.finding_count; i++) {
		const struct mr_trip_finding *finding = &proof->result.findings[i];

		free((char *)finding->path);
		free((char *)finding->key);
		free((char *)finding->file);
		free((char *)finding->rows);
	}
	for (size_t i = 0; i < proof->result.exception_count; i++)
		free((char *)proof->result.exceptions[i].what);
	free(proof->result.exceptions);
	proof->result = (struct mr_proof_result){0};
	proof->has_counts = false;
}

static int refuse_row(void *context, int64_t reading, const struct mr_row *row)
{
	return -EPROTO;
}

static int refuse_issue(void *context, const char *path, const struct mr_issue *issue)
{
	return -EPROTO;
}

/* What the database has of a snapshot, to the worker. */
static int send_rows(struct proof *proof)
{
	struct mr_intake wire = mr_wire_intake(&proof->worker.rows);
	const struct mr_read_back reader = {
		.context = wire.outlet.context, .row = wire.outlet.row, .issue = wire.outlet.issue};

	return mr_store_read_back(proof->store, proof->snapshot_id, &reader, &proof->database_error);
}

static int begin(void *context, const struct mr_capture *capture)
{
	struct proof *proof = context;
	struct mr_error none = {0};
	size_t number = proof->begun_count++;
	int result = 0;

	forget_findings(proof);
	proof->snapshot_id = number < proof->plan->count ? proof->plan->snapshot_ids[number] : 0;
	if (proof->snapshot_id)
		result = send_rows(proof);
	else
		mr_error_set(&none, -ENODATA, "not in the database");
	if (!result)
		result = mr_wire_done(&proof->worker.rows, &none);
	/* who does not listen any more says why in its own messages, or by its end */
	return result == -EPIPE ? 0 : result;
}

static int take_counts(void *context, const int64_t counts[MR_TRIP_COUNT_TOTAL])
{
	struct proof *proof = context;

	memcpy(proof->result.counts, counts, sizeof(proof->result.counts));
	proof->has_counts = true;
	return 0;
}

static char *copy_of(const char *text)
{
	return text ? strdup(text) : NULL;
}

static int take_finding(void *context, const struct mr_trip_finding *finding)
{
	struct proof *proof = context;

	if (proof->result.finding_count == MR_TRIP_FINDINGS_MAX)
		return -EPROTO;
	proof->result.findings[proof->result.finding_count++] = (struct mr_trip_finding){
		.path = copy_of(finding->path),
		.line = finding->line,
		.key = copy_of(finding->key),
		.file = copy_of(finding->file),
		.rows = copy_of(finding->rows),
	};
	return 0;
}

static int take_exception(void *context, const struct mr_trip_exception *exception)
{
	struct proof *proof = context;
	struct mr_proof_result *result = &proof->result;

	if (result->exception_count == EXCEPTIONS_MAX)
		return -EPROTO;
	if (!result->exceptions)
		result->exceptions = calloc(EXCEPTIONS_MAX, sizeof(*result->exceptions));
	char *what = strdup(exception->what);
	if (!result->exceptions || !what) {
		free(what);
		return -ENOMEM;
	}
	result->exceptions[result->exception_count] = *exception;
	result->exceptions[result->exception_count++].what = what;
	return 0;
}

static void tell(struct proof *proof, const char *inside, int result, const struct mr_error *error)
{
	char *name;

	if (asprintf(&name, "%s%s%s", proof->path, *inside ? ":" : "", inside) < 0)
		name = NULL;
	proof->result.snapshot_id = proof->snapshot_id;
	proof->listener->proof(proof->listener->context, name ? name : proof->path, result,
			       result ? NULL : &proof->result, error);
	free(name);
}

/* Is it still the capture whose rows were sent?  A less complete archive of the same capture is known, and is
 * not what the rows were made of. */
static int is_same(struct proof *proof, const struct mr_capture *capture, bool *ret_is_same)
{
	struct mr_identity known;

	int result =
		mr_identity_find(proof->store, mr_identity_uuid(capture), &known, &proof->database_error);
	*ret_is_same =
		!result && known.snapshot_id == proof->snapshot_id && !strcmp(known.digest, capture->digest);
	return result;
}

static int end(void *context, const struct mr_capture *capture)
{
	struct proof *proof = context;
	struct mr_error error = {0};
	bool same = false;

	if (!proof->snapshot_id)
		return 0;
	int result = is_same(proof, capture, &same);
	if (result < 0)
		return result;
	if (!proof->has_counts)
		return -EPROTO;
	if (!same)
		mr_error_set(
			&error, -ESTALE,
			"%s: its rows come from another archive of the same capture, they cannot be compared",
			proof->path);
	tell(proof, capture->name, error.number, &error);
	proof->snapshot_id = 0;
	return 0;
}

static int drop(void *context, const char *name, const struct mr_error *reason)
{
	struct proof *proof = context;

	/* it was told when the input was imported */
	proof->snapshot_id = 0;
	return 0;
}

static int run(struct proof *proof, struct mr_spawner *spawner)
{
	struct mr_error failure = {0};

	int result = mr_worker_start_proof(&proof->worker, spawner, proof->path, &failure);
	if (!result)
		result = mr_worker_receive(&proof->worker, proof->path, &proof->intake, &failure);
	if (!result || proof->database_error.number)
		return proof->database_error.number;
	tell(proof, "", failure.number ? failure.number : result, &failure);
	return 0;
}

/* Standard input is read from its beginning again, where that can be done. */
static bool can_be_read_again(const char *path)
{
	return strcmp(path, "-") != 0 || lseek(STDIN_FILENO, 0, SEEK_SET) == 0;
}

int mr_proof_run(struct mr_store *store, struct mr_spawner *spawner, const char *path,
		 const struct mr_proof_plan *plan, const struct mr_import_listener *listener,
		 struct mr_error *error)
{
	struct proof proof = {.store = store, .path = path, .plan = plan, .listener = listener};
	struct mr_error pipe_error = {0};
	int result = 0;

	proof.intake = (struct mr_intake){
		.outlet = {.context = &proof, .row = refuse_row, .issue = refuse_issue},
		.begin = begin,
		.end = end,
		.drop = drop,
		.counts = take_counts,
		.finding = take_finding,
		.exception = take_exception,
	};
	if (!can_be_read_again(path)) {
		mr_error_set(&pipe_error, -ESPIPE,
			     "%s: a pipe cannot be read twice, so its rows cannot be compared", path);
		tell(&proof, "", pipe_error.number, &pipe_error);
		return 0;
	}
	/* the process that compares may end while it is told rows */
	void (*previous)(int) = signal(SIGPIPE, SIG_IGN);
	result = run(&proof, spawner);
	signal(SIGPIPE, previous);
	forget_findings(&proof);
	return result ? mr_error_set(error, result, "%s", proof.database_error.message) : 0;
}

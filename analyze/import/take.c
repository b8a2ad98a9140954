/* Captures into the store.  See take.h. */
#include "analyze/import/take.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the capture at hand ---- */

static int no_memory(struct mr_take *take)
{
	return mr_error_set(&take->database_error, -ENOMEM, "%s: out of memory", take->path);
}

static char *name_of(const struct mr_take *take, const char *inside)
{
	char *name;

	return asprintf(&name, "%s%s%s", take->path, *inside ? ":" : "", inside) < 0 ? NULL : name;
}

static void close_capture(struct mr_take *take)
{
	take->is_open = take->is_stored = false;
	free(take->name);
	free(take->uuid);
	take->name = take->uuid = NULL;
	take->error = (struct mr_error){0};
}

static int tell(struct mr_take *take, int result, const struct mr_import_result *imported,
		const struct mr_error *error)
{
	if (!result && take->begun_count)
		take->plan.snapshot_ids[take->begun_count - 1] = imported->snapshot_id;
	return mr_batch_tell(take->batch, take->name ? take->name : take->path, result, imported, error)
		       ? no_memory(take)
		       : 0;
}

static void roll_back(struct mr_take *take)
{
	if (take->is_stored)
		mr_batch_drop_capture(take->batch);
	take->is_stored = false;
}

/* Between the look and the lock another program may have imported the same capture: then it is known, too. */
static int look_again(struct mr_take *take, const char *uuid)
{
	struct mr_identity now = {0};

	int result = uuid ? mr_identity_find(take->store, uuid, &now, &take->database_error) : 0;
	if (!result && now.snapshot_id != take->known.snapshot_id) {
		take->known = now;
		roll_back(take);
	}
	return result;
}

static int open_capture(struct mr_take *take, const char *uuid)
{
	int result = mr_batch_begin_capture(take->batch, &take->database_error);

	if (result < 0)
		return result;
	take->is_stored = true;
	result = look_again(take, uuid);
	if (result || !take->is_stored)
		return result;
	return mr_identity_begin(take->store, take->is_again ? take->known.snapshot_id : 0,
				 &take->snapshot_id, &take->database_error);
}

static int begin(void *context, const struct mr_capture *capture)
{
	struct mr_take *take = context;
	int result = 0;

	if (take->is_open)
		return -EPROTO;
	take->is_open = true;
	if (mr_proof_plan_begin(&take->plan, take->begun_count++))
		return no_memory(take);
	take->values_count = take->issues_count = 0;
	take->known = (struct mr_identity){0};
	take->name = name_of(take, capture->name);
	take->uuid = capture->uuid ? strdup(capture->uuid) : NULL;
	if (!take->name || (capture->uuid && !take->uuid))
		return no_memory(take);
	if (capture->uuid)
		result = mr_identity_find(take->store, capture->uuid, &take->known, &take->database_error);
	if (result < 0)
		return result;
	bool is_wanted =
		take->is_again ? take->again_uuid && capture->uuid && !strcmp(capture->uuid, take->again_uuid)
			       : !take->known.snapshot_id;
	return is_wanted ? open_capture(take, capture->uuid) : 0;
}

static int64_t count_values(const struct mr_row *row)
{
	int64_t count = 0;

	for (size_t i = 0; i < row->table->field_count; i++)
		count += row->values[i].type != MR_VALUE_NULL;
	return count;
}

static int take_row(void *context, int64_t reading, const struct mr_row *row)
{
	struct mr_take *take = context;

	if (!take->is_open)
		return -EPROTO;
	if (!take->is_stored)
		return 0;
	take->values_count += count_values(row);
	return mr_store_put_row(take->store, take->snapshot_id, reading, row, &take->database_error);
}

static int take_issue(void *context, const char *path, const struct mr_issue *issue)
{
	struct mr_take *take = context;

	if (!take->is_open)
		return -EPROTO;
	if (!take->is_stored)
		return 0;
	take->issues_count++;
	return mr_store_put_issue(take->store, take->snapshot_id, path, issue, &take->database_error);
}

/* ---- its end ---- */

static int tell_known(struct mr_take *take, const struct mr_capture *capture, int64_t snapshot_id)
{
	const struct mr_import_result imported = {
		.outcome = MR_IMPORT_KNOWN,
		.snapshot_id = snapshot_id,
		.partial = capture->completeness != MR_COMPLETE,
	};

	return tell(take, 0, &imported, NULL);
}

/* A capture that was known before it began: is it the better one? */
static int compare(struct mr_take *take, const struct mr_capture *capture)
{
	bool is_better = false;

	int result = mr_identity_compare(capture, &take->known, take->name, &is_better, &take->error);
	if (result < 0)
		return tell(take, result, NULL, &take->error);
	if (!is_better || take->again_uuid)
		return tell_known(take, capture, take->known.snapshot_id);
	take->again_uuid = strdup(capture->uuid);
	return take->again_uuid ? 0 : no_memory(take);
}

static int keep(struct mr_take *take, const struct mr_capture *capture)
{
	struct mr_store *store = take->store;
	struct mr_error *error = &take->database_error;
	struct mr_import_result imported = {
		.outcome = take->is_again ? MR_IMPORT_REPLACED : MR_IMPORT_ADDED,
		.snapshot_id = take->snapshot_id,
		.values_count = take->values_count,
		.issues_count = take->issues_count,
		.partial = capture->completeness != MR_COMPLETE,
	};

	int result = mr_identity_end(store, take->snapshot_id, take->name, capture, error);
	if (!result)
		result = mr_store_compute_checks(store, take->snapshot_id, error);
	if (!result)
		result = mr_identity_count(store, take->snapshot_id, &imported.processes_count,
					   &imported.cgroups_count, error);
	if (!result)
		result = mr_batch_end_capture(take->batch, error);
	if (result < 0)
		return result;
	take->is_stored = false;
	return tell(take, 0, &imported, NULL);
}

/* A capture that is being stored: of others' captures the identity is known only now. */
static int store(struct mr_take *take, const struct mr_capture *capture)
{
	struct mr_identity known = {0};

	int result = capture->uuid ? 0
				   : mr_identity_find(take->store, mr_identity_uuid(capture), &known,
						      &take->database_error);
	if (result < 0)
		return result;
	if (!known.snapshot_id)
		return keep(take, capture);
	roll_back(take);
	return tell_known(take, capture, known.snapshot_id);
}

/* Whether it ends as the capture it began as: only that one was looked up in the database. */
static bool is_the_same(const struct mr_take *take, const struct mr_capture *capture)
{
	return take->uuid && capture->uuid ? !strcmp(take->uuid, capture->uuid)
					   : !take->uuid && !capture->uuid;
}

static int end(void *context, const struct mr_capture *capture)
{
	struct mr_take *take = context;
	int result = 0;

	if (!take->is_open || !is_the_same(take, capture))
		return -EPROTO;
	/* where in its input it is may show only at its end */
	free(take->name);
	take->name = name_of(take, capture->name);
	if (!take->name)
		return no_memory(take);
	if (take->is_stored)
		result = store(take, capture);
	else if (!take->is_again)
		result = compare(take, capture);
	if (result < 0)
		return result;
	close_capture(take);
	return 0;
}

static int drop(void *context, const char *name, const struct mr_error *reason)
{
	struct mr_take *take = context;

	roll_back(take);
	close_capture(take);
	/* told when it was read the first time */
	if (!reason || take->is_again)
		return 0;
	take->name = name_of(take, name);
	if (!take->name)
		return no_memory(take);
	int result = tell(take, reason->number, NULL, reason);
	close_capture(take);
	return result;
}

/* ---- the input ---- */

void mr_take_init(struct mr_take *take, struct mr_batch *batch, const char *path)
{
	*take = (struct mr_take){.store = batch->store, .batch = batch, .path = path};
	take->intake = (struct mr_intake){
		.outlet = {.context = take, .row = take_row, .issue = take_issue},
		.begin = begin,
		.end = end,
		.drop = drop,
	};
}

void mr_take_deinit(struct mr_take *take)
{
	roll_back(take);
	free(take->name);
	free(take->uuid);
	free(take->again_uuid);
	mr_proof_plan_deinit(&take->plan);
}

const struct mr_intake *mr_take_intake(struct mr_take *take)
{
	return &take->intake;
}

bool mr_take_wants_again(struct mr_take *take)
{
	bool wants = take->again_uuid && !take->is_again;

	take->is_again = wants;
	take->begun_count = 0;
	return wants;
}

void mr_take_fail(struct mr_take *take, int result, const struct mr_error *error)
{
	struct mr_error in_the_middle = {0};

	roll_back(take);
	if (take->database_error.number)
		return;
	if (!result && take->is_open) {
		result = mr_error_set(&in_the_middle, -EBADMSG,
				      "%s: the process that read it ended in the middle of a capture",
				      take->path);
		error = &in_the_middle;
	}
	if (!result)
		return;
	tell(take, result, NULL, error);
	close_capture(take);
}

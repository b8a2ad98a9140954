/* Captures compared with rows that come through a pipe.  See comparison.h. */
#include "analyze/import/comparison.h"

#include <errno.h>

/* ---- the rows of the database ---- */

static int add_row(void *context, int64_t reading, const struct mr_row *row)
{
	return mr_roundtrip_add_row(context, reading, row);
}

static int add_issue(void *context, const char *path, const struct mr_issue *issue)
{
	return mr_roundtrip_add_issue(context, path, issue->kind, issue->line);
}

static void forget(struct mr_comparison *comparison)
{
	mr_roundtrip_destroy(comparison->trip);
	comparison->trip = NULL;
}

/* Ask for the rows of the capture that begins. */
static int begin(void *context, const struct mr_capture *capture)
{
	struct mr_comparison *comparison = context;
	struct mr_error none = {0};

	forget(comparison);
	int result = comparison->wire.begin(comparison->wire.outlet.context, capture);
	if (result)
		return result;
	comparison->trip = mr_roundtrip_create();
	if (!comparison->trip)
		return -ENOMEM;
	const struct mr_intake rows = {
		.outlet = {.context = comparison->trip, .row = add_row, .issue = add_issue}};
	result = mr_wire_receive(&comparison->rows, &rows, &none);
	if (none.number)
		forget(comparison);
	return result;
}

/* ---- the files ---- */

static int pass_row(void *context, int64_t reading, const struct mr_row *row)
{
	return 0;
}

static int pass_issue(void *context, const char *path, const struct mr_issue *issue)
{
	return 0;
}

static int take_file(void *context, const struct mr_trip_file *file)
{
	struct mr_comparison *comparison = context;

	return comparison->trip ? mr_roundtrip_file(comparison->trip, file) : 0;
}

static int tell(struct mr_comparison *comparison)
{
	void *out = comparison->wire.outlet.context;
	int64_t counts[MR_TRIP_COUNT_TOTAL];
	struct mr_trip_finding finding;
	struct mr_trip_exception exception;

	int result = mr_roundtrip_conclude(comparison->trip);
	for (int i = 0; i < MR_TRIP_COUNT_TOTAL; i++)
		counts[i] = mr_roundtrip_count(comparison->trip, (enum mr_trip_count)i);
	if (!result)
		result = comparison->wire.counts(out, counts);
	for (size_t i = 0; !result && mr_roundtrip_exception(comparison->trip, i, &exception); i++)
		result = comparison->wire.exception(out, &exception);
	for (size_t i = 0; !result && mr_roundtrip_finding(comparison->trip, i, &finding); i++)
		result = comparison->wire.finding(out, &finding);
	return result;
}

static int end(void *context, const struct mr_capture *capture)
{
	struct mr_comparison *comparison = context;
	int result = comparison->trip ? tell(comparison) : 0;

	forget(comparison);
	return result ? result : comparison->wire.end(comparison->wire.outlet.context, capture);
}

static int drop(void *context, const char *name, const struct mr_error *reason)
{
	struct mr_comparison *comparison = context;

	forget(comparison);
	return comparison->wire.drop(comparison->wire.outlet.context, name, reason);
}

void mr_comparison_init(struct mr_comparison *comparison, struct mr_wire_out *out, int rows_fd)
{
	*comparison = (struct mr_comparison){.wire = mr_wire_intake(out), .rows = {.fd = rows_fd}};
	comparison->intake = (struct mr_intake){
		.outlet = {.context = comparison, .row = pass_row, .issue = pass_issue, .file = take_file},
		.begin = begin,
		.end = end,
		.drop = drop,
	};
}

void mr_comparison_deinit(struct mr_comparison *comparison)
{
	forget(comparison);
	mr_wire_in_deinit(&comparison->rows);
}

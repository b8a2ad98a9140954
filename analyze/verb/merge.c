/* merge: the snapshots of other databases into one, a transaction each.  What is refused is said on stderr,
 * and the rest goes on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/store/copy.h"
#include "analyze/verb/query.h"
#include "analyze/verb/verb.h"
#include "schema/base/cleanup.h"
#include "schema/base/clock.h"

/* Exit status of a call that did nothing of what was asked, and of one that did some of it. */
enum { STATUS_PARTLY = 3, STATUS_NOTHING = 4 };

#define PROGRESS_EVERY_NS INT64_C(100000000)

enum column { DATABASE, OTHER_ID, OUTCOME, SNAPSHOT, ROWS, REASON, COLUMN_COUNT };

static const struct mr_column columns[] = {
	{"database", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
	{"other_snapshot_id", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"outcome", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"snapshot_id", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"rows_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"reason", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
};

struct tally {
	size_t added, replaced, known, refused;
	int64_t rows, begin_ns, progress_ns;
	bool progress_shown;
};

static void erase_progress(struct tally *tally)
{
	if (tally->progress_shown)
		fputs("\r\033[K", stderr);
	tally->progress_shown = false;
}

/* One line, rewritten at most ten times a second, and only where somebody can see it move. */
static void show_progress(const struct mr_call *call, struct tally *tally, size_t done, size_t count)
{
	int64_t now = (int64_t)mr_now_ns();

	if (!call->stderr_is_terminal || call->options.quiet || now - tally->progress_ns < PROGRESS_EVERY_NS)
		return;
	fprintf(stderr, "\r\033[Kmerging  %zu/%zu", done, count);
	fflush(stderr);
	tally->progress_ns = now;
	tally->progress_shown = true;
}

static void add_row(struct mr_call *call, struct mr_section *section, const char *path, int64_t other_id,
		    const struct mr_merge_result *merged, const char *reason)
{
	static const char *const words[] = {
		[MR_MERGE_ADDED] = "added",
		[MR_MERGE_KNOWN] = "known",
		[MR_MERGE_REPLACED] = "replaced",
	};
	struct mr_report_row *row = mr_section_row(&call->report, section);

	if (!row)
		return;
	row->cells[DATABASE] = mr_cell_name(path, strlen(path));
	row->cells[OTHER_ID] = other_id ? mr_cell_integer(other_id) : mr_cell_unknown();
	row->cells[OUTCOME] = mr_cell_text(merged ? words[merged->outcome] : "refused");
	row->cells[REASON] = mr_cell_text(reason);
	if (!merged)
		return;
	row->cells[SNAPSHOT] = mr_cell_integer(merged->snapshot_id);
	row->cells[ROWS] = mr_cell_integer(merged->rows_count);
}

/* Say why, and go on. @other_id 0: the whole database */
static void refuse(struct mr_call *call, struct mr_section *section, struct tally *tally, const char *path,
		   int64_t other_id, const struct mr_error *refusal)
{
	const char *reason = other_id ? mr_report_format(&call->report, "%s: %s", path, refusal->message)
				      : mr_report_format(&call->report, "%s", refusal->message);

	erase_progress(tally);
	mr_call_print_error(call, reason);
	tally->refused++;
	add_row(call, section, path, other_id, NULL, reason);
}

static void count(struct tally *tally, const struct mr_merge_result *merged)
{
	tally->added += merged->outcome == MR_MERGE_ADDED;
	tally->replaced += merged->outcome == MR_MERGE_REPLACED;
	tally->known += merged->outcome == MR_MERGE_KNOWN;
	tally->rows += merged->rows_count;
}

/* One snapshot may be refused; a full disk or a broken database ends everything. */
static int merge_snapshots(struct mr_call *call, struct mr_section *section, struct tally *tally,
			   const char *path, struct mr_donor *donor, struct mr_error *error)
{
	_cleanup_free_ int64_t *ids = NULL;
	size_t ids_count = 0;

	int result = mr_donor_list(donor, &ids, &ids_count, error);
	for (size_t i = 0; !result && i < ids_count; i++) {
		struct mr_merge_result merged;
		struct mr_error refusal = {0};

		result = mr_donor_merge(donor, ids[i], &merged, &refusal);
		if (!result) {
			count(tally, &merged);
			add_row(call, section, path, ids[i], &merged, NULL);
		} else if (result == -EEXIST || result == -ENOENT) {
			refuse(call, section, tally, path, ids[i], &refusal);
			result = 0;
		} else {
			mr_error_set(error, result, "%s", refusal.message);
		}
		show_progress(call, tally, i + 1, ids_count);
	}
	erase_progress(tally);
	return result;
}

static int merge_database(struct mr_call *call, struct mr_section *section, struct tally *tally,
			  const char *path, struct mr_error *error)
{
	struct mr_error refusal = {0};
	struct mr_donor *donor;

	int result = mr_donor_open(call->selection.store, path, &donor, &refusal);
	if (result == -ENOMEM)
		return mr_error_set(error, result, "%s", refusal.message);
	if (result < 0) {
		refuse(call, section, tally, path, 0, &refusal);
		return 0;
	}
	result = merge_snapshots(call, section, tally, path, donor, error);
	mr_donor_close(donor);
	return result;
}

static void say_count(struct mr_call *call, size_t number, const char *text)
{
	if (number)
		mr_report_head(&call->report, mr_report_format(&call->report, "%5zu %s", number, text));
}

static void say(struct mr_call *call, const struct tally *tally)
{
	struct mr_report *report = &call->report;

	say_count(call, tally->added, "added");
	say_count(call, tally->replaced, "replaced by more complete ones");
	if (tally->added + tally->replaced)
		mr_report_head(
			report,
			mr_report_format(report, "      %s rows, %s", mr_number_count(tally->rows).text,
					 mr_number_duration((int64_t)mr_now_ns() - tally->begin_ns).text));
	say_count(call, tally->known, "known");
	say_count(call, tally->refused, "refused");
	mr_call_next(call, "list", NULL, 0, 0);
}

int mr_verb_merge(struct mr_call *call, struct mr_error *error)
{
	struct mr_section *section = mr_report_section(&call->report, "rows", columns, COLUMN_COUNT);
	struct tally tally = {.begin_ns = (int64_t)mr_now_ns()};

	if (!call->options.argument_count)
		return mr_error_set(error, -EINVAL,
				    "merge needs databases: memreckon merge OTHER.db -d ALL.db");
	int result =
		section ? mr_store_open(call->options.database, MR_STORE_WRITE, &call->selection.store, error)
			: mr_error_set(error, -ENOMEM, "out of memory");
	if (result < 0)
		return result;
	bool created = mr_store_was_created(call->selection.store);
	for (size_t i = 0; !result && i < call->options.argument_count; i++)
		result = merge_database(call, section, &tally, call->options.arguments[i], error);
	mr_call_head_database(call, tally.added || !created);
	say(call, &tally);
	if (created && !tally.added)
		mr_store_discard_if_empty(call->selection.store, error);
	bool any = tally.added + tally.replaced + tally.known;
	call->exit_status = !tally.refused ? 0 : any ? STATUS_PARTLY : STATUS_NOTHING;
	return result;
}

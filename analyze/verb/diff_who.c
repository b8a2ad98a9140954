/* diff by who: cgroups, slab caches and processes, the largest change first. */
#include <stdlib.h>
#include <string.h>

#include "analyze/verb/charge.h"
#include "analyze/verb/diff.h"
#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

#define WHO_DEFAULT 10

/* Only what is above its floor, unless all was asked for; the statement gives the largest change first. */
static bool is_worth_a_row(const struct mr_diff *diff, const struct mr_report_row *row, bool *ret_is_change)
{
	const struct mr_cell *cells = row->cells;
	int64_t change = cells[CHANGE].integer;

	int64_t steps = mr_number_steps(change, diff->after_ledger.unit, diff->after_ledger.page_size_bytes);

	/* what is not seen in the unit of the table is counted, not shown */
	if (!steps && !diff->call->options.all && !mr_call_is_data(diff->call))
		change = 0;
	*ret_is_change =
		cells[CHANGE].has_number && change &&
		llabs(change) > mr_diff_floor(diff, cells[FLOOR].has_number ? cells[FLOOR].integer : 0);
	return *ret_is_change || (diff->call->options.all && cells[CHANGE].has_number && change);
}

/* Take the statement's row into the section, or drop it again when it says nothing. */
static struct mr_report_row *take_who(struct mr_diff *diff, struct mr_section *section,
				      sqlite3_stmt *statement)
{
	struct mr_report_row *row = mr_query_row(&diff->call->report, section, statement);
	bool is_change;

	if (!row)
		return NULL;
	bool is_worth = is_worth_a_row(diff, row, &is_change);
	if (diff->call->options.floor_bytes >= 0)
		row->cells[FLOOR] = mr_cell_integer(diff->call->options.floor_bytes);
	if (!is_worth) {
		section->row_count--;
		return NULL;
	}
	mr_diff_show_change(row, is_change);
	mr_diff_draw(section, row);
	return row;
}

static const char *title_of(const struct mr_diff *diff, const char *class_name)
{
	const struct mr_ledger_row *row = mr_ledger_find(&diff->after_ledger, class_name);

	row = row ? row : mr_ledger_find(&diff->before_ledger, class_name);
	return row && row->title ? row->title : class_name;
}

static int fill_cgroups(struct mr_diff *diff, struct mr_section *section, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_call *call = diff->call;
	int result = mr_query_saved(call->selection.store, "reports/diff_cgroup", diff->before.snapshot_id,
				    diff->after.snapshot_id, &statement, error);

	while (!result && (result = mr_query_step(call->selection.store, statement, error)) == 1) {
		struct mr_report_row *row = take_who(diff, section, statement);
		const char *path = mr_query_named_text(&call->report, statement, "path");

		result = 0;
		diff->unchanged_cgroups += !row;
		if (!row || !path)
			continue;
		const char *class_name = row->cells[CLASS].text ? row->cells[CLASS].text : "";
		const char *title =
			mr_report_format(&call->report, "%s · %s", mr_cgroup_label(&call->report, path),
					 title_of(diff, class_name));
		row->cells[KIND] = mr_cell_text("cgroup");
		row->cells[NAME] = mr_cell_name(path, strlen(path));
		row->cells[WHO] = mr_cell_text(title);
		if (!diff->top_cgroup && strcmp(path, "/") && row->cells[AFTER].has_number)
			diff->top_cgroup = path;
	}
	return result;
}

static int fill_slabs(struct mr_diff *diff, struct mr_section *section, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_call *call = diff->call;
	int result = mr_query_saved(call->selection.store, "reports/diff_slab", diff->before.snapshot_id,
				    diff->after.snapshot_id, &statement, error);

	while (!result && (result = mr_query_step(call->selection.store, statement, error)) == 1) {
		struct mr_report_row *row = take_who(diff, section, statement);
		const char *cache = mr_query_named_text(&call->report, statement, "cache");

		result = 0;
		diff->unchanged_slabs += !row;
		if (!row || !cache)
			continue;
		const char *title = mr_report_format(&call->report, "%s · slab", cache);
		row->cells[KIND] = mr_cell_text("slab_cache");
		row->cells[NAME] = mr_cell_name(cache, strlen(cache));
		row->cells[WHO] = mr_cell_text(title);
	}
	return result;
}

static int compare_changes(const void *a, const void *b)
{
	const struct mr_cell *left = ((const struct mr_report_row *)a)->cells,
			     *right = ((const struct mr_report_row *)b)->cells;
	int64_t x = llabs(left[CHANGE].integer), y = llabs(right[CHANGE].integer);

	if (x != y)
		return x < y ? 1 : -1;
	return strcmp(left[NAME].text ? left[NAME].text : "", right[NAME].text ? right[NAME].text : "");
}

/* Largest first; what is cut is counted with what did not change. */
static size_t cut(struct mr_diff *diff, struct mr_section *section)
{
	size_t most = mr_call_rows(diff->call, WHO_DEFAULT), rest;

	if (section->row_count)
		qsort(section->rows, section->row_count, sizeof(*section->rows), compare_changes);
	if (section->row_count <= most)
		return 0;
	rest = section->row_count - most;
	section->row_count = most;
	return rest;
}

static void add_rest_row(struct mr_diff *diff, struct mr_section *section, const char *text, int64_t count)
{
	struct mr_report_row *row = mr_section_row(&diff->call->report, section);

	if (!row)
		return;
	row->kind = MR_ROW_MORE;
	row->more_count = count;
	row->cells[WHO] = mr_cell_text(text);
}

/* These tables have no bars, and only as many rows as a reader wants. */
static void finish_section(struct mr_diff *diff, struct mr_section *section)
{
	size_t rest = cut(diff, section);

	section->columns[BAR].flags |= MR_COLUMN_ABSENT;
	section->is_hidden_when_empty = true;
	if (rest)
		add_rest_row(diff, section,
			     mr_report_format(&diff->call->report, "(%s more changed)",
					      mr_number_count((int64_t)rest).text),
			     (int64_t)rest);
}

int mr_diff_who(struct mr_diff *diff, struct mr_error *error)
{
	struct mr_section *section = mr_diff_section(diff, "who", "who", 40);
	int result = fill_cgroups(diff, section, error);

	if (!result)
		result = fill_slabs(diff, section, error);
	if (result < 0 || !section)
		return result;
	finish_section(diff, section);
	return 0;
}

static void count_process(struct mr_diff *diff, sqlite3_stmt *statement)
{
	const char *status =
		(const char *)sqlite3_column_text(statement, mr_query_column(statement, "status"));

	diff->same += status && !strcmp(status, "same");
	diff->new += status && !strcmp(status, "new");
	diff->gone += status && !strcmp(status, "gone");
	diff->restarted += mr_query_integer(statement, "is_restarted", 0) == 1;
}

int mr_diff_processes(struct mr_diff *diff, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_call *call = diff->call;
	struct mr_report *report = &call->report;
	struct mr_section *section = mr_diff_section(diff, "processes", "process", 40);
	int result = mr_query_saved(call->selection.store, "reports/diff_process", diff->before.snapshot_id,
				    diff->after.snapshot_id, &statement, error);

	while (!result && (result = mr_query_step(call->selection.store, statement, error)) == 1) {
		result = 0;
		count_process(diff, statement);
		struct mr_report_row *row = take_who(diff, section, statement);
		if (!row)
			continue;
		const char *path = mr_query_named_text(report, statement, "cgroup_path");
		const char *title = mr_report_format(
			report, "%s [%lld]%s%s%s", row->cells[NAME].text ? row->cells[NAME].text : "?",
			(long long)row->cells[PID].integer, path ? " · " : "",
			path ? mr_cgroup_label(&call->report, path) : "",
			row->cells[MEASURE].text && strcmp(row->cells[MEASURE].text, "PSS") ? " (RSS)" : "");
		row->cells[KIND] = mr_cell_text("process");
		row->cells[WHO] = mr_cell_text(title);
	}
	if (result < 0 || !section)
		return result;
	finish_section(diff, section);
	return 0;
}

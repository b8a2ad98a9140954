/* pages: what the page frames are.  The sample of frames by class, what that makes of all RAM with its 95 %
 * interval, and beside it the counter that it should match.
 */
#include <string.h>

#include "analyze/verb/head.h"
#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

enum column { CLASS, ESTIMATE, LOW, HIGH, COUNTER, FRAMES, TITLE, COUNTER_SOURCE, NOTE };

static const struct mr_column columns[] = {
	{"class", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"estimate_bytes", "estimate", MR_COLUMN_SIZE, 0, 8},
	{"low_bytes", "95% from", MR_COLUMN_SIZE, 0, 8},
	{"high_bytes", "to", MR_COLUMN_SIZE, 0, 7},
	{"counter_bytes", "counter", MR_COLUMN_SIZE, 0, 7},
	{"sampled_count", "frames", MR_COLUMN_INTEGER, MR_COLUMN_ZERO_IS_NOTHING, 6, 1},
	{"title", "page frames", MR_COLUMN_LABEL},
	{"counter_source", "counter is", MR_COLUMN_LABEL, 0, 16},
	{"note", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
};

static bool is_inside(const struct mr_report_row *row)
{
	return row->cells[COUNTER].integer >= row->cells[LOW].integer &&
	       row->cells[COUNTER].integer <= row->cells[HIGH].integer;
}

static void finish_row(struct mr_report_row *row)
{
	struct mr_cell *cells = row->cells;

	if (!cells[COUNTER].has_number && !cells[COUNTER_SOURCE].text)
		cells[COUNTER] = mr_cell_nothing();
	if (!cells[COUNTER_SOURCE].text)
		cells[COUNTER_SOURCE] = (struct mr_cell){0};
	if (!cells[FRAMES].has_number)
		cells[FRAMES] = mr_cell_nothing();
	if (cells[NOTE].text)
		row->note = cells[NOTE].text;
	else
		cells[NOTE] = (struct mr_cell){0};
}

/* How many classes have their counter inside the interval.  One in twenty is expected outside. */
static void add_verdict(struct mr_call *call, const struct mr_section *section)
{
	size_t compared = 0, inside = 0;

	for (size_t i = 0; i < section->row_count; i++)
		if (section->rows[i].cells[COUNTER].has_number && section->rows[i].cells[LOW].has_number &&
		    section->rows[i].cells[HIGH].has_number) {
			compared++;
			inside += is_inside(&section->rows[i]);
		}
	if (compared)
		mr_report_note(&call->report, "counters",
			       mr_report_format(&call->report,
						"%zu of %zu are inside the 95 %% interval of the sample",
						inside, compared),
			       mr_call_command(call, "check", NULL, 0, 1));
}

static int fill(struct mr_call *call, const struct mr_head *head, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_section *section =
		mr_report_section(&call->report, "rows", columns, sizeof(columns) / sizeof(columns[0]));
	int result = mr_query_saved(call->selection.store, "reports/pages", head->snapshot_id, 0, &statement,
				    error);

	while (!result && (result = mr_query_step(call->selection.store, statement, error)) == 1) {
		struct mr_report_row *row = mr_query_row(&call->report, section, statement);

		if (row)
			finish_row(row);
		result = 0;
	}
	if (!result && section)
		add_verdict(call, section);
	return result;
}

int mr_verb_pages(struct mr_call *call, struct mr_error *error)
{
	static const char *const defaults[] = {"@last", NULL};
	struct mr_head head;
	int result = mr_call_select(call, 0, defaults, 1, error);

	if (!result)
		result = mr_head_load(call, 0, &head, error);
	if (result < 0)
		return result;
	mr_head_facts(call, &head, "snapshot");
	mr_report_fact(&call->report, "snapshot", "sampled_frames_count",
		       head.sampled_frames_count < 0 ? mr_cell_unknown()
						     : mr_cell_integer(head.sampled_frames_count));
	mr_report_fact(&call->report, "snapshot", "ram_frames_count",
		       head.ram_frames_count < 0 ? mr_cell_unknown()
						 : mr_cell_integer(head.ram_frames_count));
	if (head.sampled_frames_count > 0)
		mr_report_head(&call->report,
			       mr_report_format(&call->report, "%s  %s of %s page frames",
						mr_head_identity(call, &head),
						mr_number_count(head.sampled_frames_count).text,
						mr_number_count(head.ram_frames_count).text));
	else
		mr_report_head(
			&call->report,
			mr_report_format(
				&call->report,
				"%s  no page frames: /proc/kpageflags could not be read (it needs root)",
				mr_head_identity(call, &head)));
	result = fill(call, &head, error);
	mr_call_next(call, "report", NULL, 0, 1);
	return result;
}

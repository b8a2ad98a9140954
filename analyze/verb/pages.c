/* pages: what the page frames are.  The sample of frames by class, what that makes of all RAM with its 95 %
 * interval, and beside it the counter that it should match.
 */
#include <string.h>

#include "analyze/verb/head.h"
#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

enum column { CLASS, ESTIMATE, LOW, HIGH, COUNTER, BOUND, OUTSIDE, FRAMES, TITLE, COUNTER_SOURCE, NOTE };

static const struct mr_column columns[] = {
	{"class", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"estimate_bytes", "estimate", MR_COLUMN_SIZE, 0, 8},
	{"low_bytes", "95% from", MR_COLUMN_SIZE, 0, 8},
	{"high_bytes", "to", MR_COLUMN_SIZE, 0, 7},
	{"counter_bytes", "counter", MR_COLUMN_SIZE, 0, 7},
	{"counter_bound_bytes", "±bound", MR_COLUMN_SIZE, 0, 7, 2},
	{"counter_is_outside", "", MR_COLUMN_VERDICT, 0, 0, 0, 1},
	{"sampled_count", "frames", MR_COLUMN_INTEGER, MR_COLUMN_ZERO_IS_NOTHING, 6, 1},
	{"title", "page frames", MR_COLUMN_LABEL},
	{"counter_source", "counter is", MR_COLUMN_LABEL, 0, 16},
	{"note", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
};

/* Do the interval of the sample and that of the counter meet?  A counter whose bound is not known has none. */
static bool is_inside(const struct mr_report_row *row)
{
	int64_t bound_bytes = row->cells[BOUND].has_number ? row->cells[BOUND].integer : 0;

	return row->cells[COUNTER].integer + bound_bytes >= row->cells[LOW].integer &&
	       row->cells[COUNTER].integer - bound_bytes <= row->cells[HIGH].integer;
}

static bool is_compared(const struct mr_report_row *row)
{
	return row->cells[COUNTER].has_number && row->cells[LOW].has_number && row->cells[HIGH].has_number;
}

static struct mr_cell outside_cell(const struct mr_report_row *row)
{
	struct mr_cell cell = mr_cell_integer(!is_inside(row));

	cell.state = cell.integer ? MR_CELL_WORD : MR_CELL_BLANK;
	cell.text = "!";
	cell.length_bytes = 1;
	return cell;
}

static void finish_row(const struct mr_call *call, struct mr_report_row *row)
{
	struct mr_cell *cells = row->cells;

	if (is_compared(row))
		cells[OUTSIDE] = outside_cell(row);
	if (!cells[COUNTER].has_number && !cells[COUNTER_SOURCE].text)
		cells[COUNTER] = mr_cell_nothing();
	if (!cells[COUNTER].has_number)
		cells[BOUND] = cells[COUNTER];
	if (!cells[COUNTER_SOURCE].text)
		cells[COUNTER_SOURCE] = (struct mr_cell){0};
	if (!cells[FRAMES].has_number)
		cells[FRAMES] = mr_cell_nothing();
	if (!cells[NOTE].text)
		cells[NOTE] = (struct mr_cell){0};
	else if (!mr_call_is_data(call))
		row->note = cells[NOTE].text;
}

/* How many classes have their counter inside the interval.  One in twenty is expected outside. */
static void add_verdict(struct mr_call *call, struct mr_section *section)
{
	size_t compared = 0, inside = 0;

	for (size_t i = 0; i < section->row_count; i++)
		if (is_compared(&section->rows[i])) {
			compared++;
			inside += is_inside(&section->rows[i]);
		}
	if (inside == compared)
		section->columns[OUTSIDE].flags |= MR_COLUMN_DATA_ONLY;
	if (!compared)
		return;
	mr_report_note(&call->report, "counters",
		       mr_report_format(&call->report, "%zu of %zu agree with the sample%s", inside, compared,
					inside < compared ? "; ! does not" : ""),
		       NULL);
	mr_report_note(
		&call->report, "interval",
		"95 of 100 such samples have the true size inside, 5 outside; ±bound is what a counter may be"
		" off by itself",
		NULL);
}

static int fill(struct mr_call *call, const struct mr_head *head, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_section *section =
		mr_report_section(&call->report, "rows", columns, sizeof(columns) / sizeof(columns[0]));
	int result = mr_query_saved(call->selection.store, "reports/pages", head->snapshot_id, 0, &statement,
				    error);

	if (section)
		section->is_hidden_when_empty = true;
	while (!result && (result = mr_query_step(call->selection.store, statement, error)) == 1) {
		struct mr_report_row *row = mr_query_row(&call->report, section, statement);

		if (row)
			finish_row(call, row);
		result = 0;
	}
	if (!result && section)
		add_verdict(call, section);
	return result;
}

/* Why there is no sample, as the index of the capture has it. */
static const char *why_none(struct mr_call *call, const struct mr_head *head)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_error ignored = {0};
	const char *status = NULL;
	int result = mr_query_snapshot(call->selection.store,
				       "SELECT status FROM reading WHERE snapshot_id = ?1"
				       " AND path = 'pages/kpageflags.u64' AND status <> 'ok' LIMIT 1",
				       head->snapshot_id, &row, &ignored);

	if (!result && mr_query_step(call->selection.store, row, &ignored) == 1)
		status = mr_query_text(&call->report, row, 0);
	return status ? status : "not in the capture";
}

static void add_head(struct mr_call *call, const struct mr_head *head)
{
	struct mr_report *report = &call->report;
	const char *identity = mr_head_identity(call, head);

	if (head->sampled_frames_count > 0)
		mr_report_head(report,
			       mr_report_format(report, "%s  %s of %s page frames", identity,
						mr_number_count(head->sampled_frames_count).text,
						head->ram_frames_count < 0
							? "?"
							: mr_number_count(head->ram_frames_count).text));
	else
		mr_report_head(report, mr_report_format(report, "%s  no page frames, /proc/kpageflags: %s",
							identity, why_none(call, head)));
}

int mr_verb_pages(struct mr_call *call, struct mr_error *error)
{
	struct mr_head head;
	int result = mr_head_of_one(call, &head, error);

	if (result < 0)
		return result;
	mr_report_fact(&call->report, "snapshot", "sampled_frames_count",
		       head.sampled_frames_count < 0 ? mr_cell_unknown()
						     : mr_cell_integer(head.sampled_frames_count));
	mr_report_fact(&call->report, "snapshot", "ram_frames_count",
		       head.ram_frames_count < 0 ? mr_cell_unknown()
						 : mr_cell_integer(head.ram_frames_count));
	add_head(call, &head);
	result = fill(call, &head, error);
	mr_call_next(call, "report", NULL, 0, 1);
	mr_call_next(call, "check", NULL, 0, 1);
	return result;
}

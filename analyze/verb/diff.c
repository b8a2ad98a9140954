/* diff: what changed between two moments?  Which class, then who: cgroup, slab cache, process.
 *
 *   diff.c           this file: head, foot, and the columns of the three tables
 *   diff_class.c     by class of the ledger
 *   diff_who.c       by cgroup and slab cache, by process
 *   diff_sentence.c  the last line, in words
 *
 * A row inside its noise floor is no change.  The floor is what the numbers moved while the two captures were
 * made, and what the CPUs keep back of the counters; the views give it.
 */
#include "analyze/verb/diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/verb/diff_sentence.h"
#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

#define UNIT_CHANGES_AT_BYTES (INT64_C(1) << 30)

/* The three tables have the same columns for programs, so that one CSV holds them all. */
void mr_diff_make_columns(struct mr_diff *diff)
{
	struct mr_report *report = &diff->call->report;
	const char *unit = mr_size_unit_title(diff->after_ledger.unit);
	bool named = diff->before.name[0] == '#';
	const struct mr_column columns[COLUMN_COUNT] = {
		[KIND] = {"kind", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
		[CLASS] = {"class", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
		[NAME] = {"name", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
		[PID] = {"pid", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
		[START] = {"start_ticks", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
		[MEASURE] = {"measure", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
		[STATUS] = {"status", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
		[BEFORE] = {"before_bytes",
			    mr_report_format(report, "%s %s", named ? diff->before.name : "before", unit),
			    MR_COLUMN_LEDGER_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 7},
		[AFTER] = {"after_bytes",
			   mr_report_format(report, "%s %s", named ? diff->after.name : "after", unit),
			   MR_COLUMN_LEDGER_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 7},
		[CHANGE] = {"change_bytes", "change", MR_COLUMN_LEDGER_SIZE,
			    MR_COLUMN_SIGNED | MR_COLUMN_ZERO_IS_NOTHING, 7},
		[PERCENT] = {"change_ppm", "%", MR_COLUMN_CHANGE, 0, 7, 1},
		[FLOOR] = {"floor_bytes", "floor", MR_COLUMN_LEDGER_SIZE, 0, 6, 2},
		[IS_CHANGE] = {"is_change", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
		[WHO] = {"who", "", MR_COLUMN_NAME, MR_COLUMN_PAPER_ONLY, 24},
		[BAR] = {"bar", "", MR_COLUMN_BAR, 0, 25},
	};

	memcpy(diff->columns, columns, sizeof(columns));
}

struct mr_section *mr_diff_section(struct mr_diff *diff, const char *name, const char *who,
				   unsigned who_cells)
{
	diff->columns[WHO].header = who;
	diff->columns[WHO].min_cells = who_cells;
	struct mr_section *section =
		mr_report_section(&diff->call->report, name, diff->columns, COLUMN_COUNT);
	if (section)
		section->unit = diff->after_ledger.unit;
	return section;
}

int64_t mr_diff_floor(const struct mr_diff *diff, int64_t measured_bytes)
{
	return diff->call->options.floor_bytes >= 0 ? diff->call->options.floor_bytes : measured_bytes;
}

static struct mr_cell keep_number(struct mr_cell cell, enum mr_cell_state state, const char *word)
{
	cell.state = state;
	cell.text = word;
	cell.length_bytes = word ? strlen(word) : 0;
	return cell;
}

/* The forms that change and percent take: "~" inside the floor, new, gone, "·" for percent of nothing. */
void mr_diff_show_change(struct mr_report_row *row, bool is_change)
{
	struct mr_cell *cells = row->cells;
	const char *status = cells[STATUS].text ? cells[STATUS].text : "same";
	int64_t before = cells[BEFORE].integer, change = cells[CHANGE].integer;

	cells[IS_CHANGE] = mr_cell_integer(is_change);
	if (!cells[CHANGE].has_number)
		return;
	cells[PERCENT] = cells[BEFORE].has_number && before ? mr_cell_integer(mr_number_ppm(change, before))
							    : mr_cell_nothing();
	if (!strcmp(status, "new") || !strcmp(status, "gone")) {
		cells[PERCENT] = keep_number(cells[PERCENT], MR_CELL_WORD, status);
		struct mr_cell *side = &cells[*status == 'n' ? BEFORE : AFTER];
		*side = side->has_number ? *side : mr_cell_nothing();
	} else if (!change)
		cells[PERCENT] = keep_number(cells[PERCENT], MR_CELL_NOTHING, NULL);
	else if (!is_change) {
		cells[CHANGE] = keep_number(cells[CHANGE], MR_CELL_NOISE, NULL);
		cells[PERCENT] = keep_number(cells[PERCENT], MR_CELL_NOISE, NULL);
	}
}

void mr_diff_draw(struct mr_section *section, struct mr_report_row *row)
{
	int64_t change = row->cells[CHANGE].integer;

	if (!row->cells[CHANGE].has_number || !change || row->cells[CHANGE].state == MR_CELL_NOISE)
		return;
	row->bar = (struct mr_bar){.present = true,
				   .low = change < 0 ? change : 0,
				   .high = change > 0 ? change : 0,
				   .color = row->cells[CLASS].text};
	if (llabs(change) > section->scale_high)
		section->scale_high = llabs(change);
}

static const char *sameness(sqlite3_stmt *row, const char *name, const char *same, const char *other,
			    const char *unknown)
{
	int64_t value = mr_query_integer(row, name, -1);

	return value < 0 ? unknown : value ? same : other;
}

static const char *span_text(struct mr_diff *diff)
{
	int64_t before_ns = diff->before.taken_ns, after_ns = diff->after.taken_ns;

	if (before_ns == MR_MOMENT_UNKNOWN || after_ns == MR_MOMENT_UNKNOWN)
		return "TIME BETWEEN NOT KNOWN";
	return mr_report_format(&diff->call->report, "%s%s", after_ns < before_ns ? "-" : "",
				mr_number_duration(llabs(after_ns - before_ns)).text);
}

static int add_head(struct mr_diff *diff, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_call *call = diff->call;
	struct mr_report *report = &call->report;
	int result = mr_query_saved(call->selection.store, "reports/diff_head", diff->before.snapshot_id,
				    diff->after.snapshot_id, &row, error);

	if (!result)
		result = mr_query_step(call->selection.store, row, error);
	if (result < 0)
		return result;
	bool same_host =
		diff->before.host && diff->after.host && !strcmp(diff->before.host, diff->after.host);
	const char *to = mr_report_format(report, "%s%s%s %s",
					  same_host          ? ""
					  : diff->after.host ? diff->after.host
							     : "?",
					  same_host ? "" : " ", diff->after.name,
					  mr_head_moment(report, diff->after.taken_ns));
	mr_report_head(
		report,
		mr_report_format(
			report, "%s  %s %s → %s   %s   %s%s, %s", diff->before.host ? diff->before.host : "?",
			diff->before.name, mr_head_moment(report, diff->before.taken_ns), to, span_text(diff),
			sameness(row, "is_same_host", "", "ANOTHER HOST, ", "hosts by names of archives, "),
			sameness(row, "is_same_boot", "same boot", "ANOTHER BOOT", "boot not known"),
			sameness(row, "is_same_kernel", "same kernel", "ANOTHER KERNEL",
				 "kernel not known")));
	if (call->options.floor_bytes >= 0)
		mr_report_head(report,
			       mr_report_format(report, "~ is inside the noise floor of %s",
						mr_number_size_prose(call->options.floor_bytes).text));
	else
		mr_report_head(report, "~ is inside the noise floor: what moved while the two were captured, "
				       "and what CPUs keep back");
	mr_head_facts(call, &diff->before, "before");
	mr_head_facts(call, &diff->after, "after");
	return 0;
}

static void add_notes(struct mr_diff *diff)
{
	struct mr_report *report = &diff->call->report;

	mr_report_note(report, "unchanged",
		       mr_report_format(report, "%s rows of cgroups by class, %s slab caches",
					mr_number_count((int64_t)diff->unchanged_cgroups).text,
					mr_number_count((int64_t)diff->unchanged_slabs).text),
		       NULL);
	mr_report_note(report, "processes",
		       mr_report_format(report, "%s same, %s new, %s gone, %s restarted",
					mr_number_count(diff->same).text, mr_number_count(diff->new).text,
					mr_number_count(diff->gone).text,
					mr_number_count(diff->restarted).text),
		       NULL);
	mr_report_note(report, "", mr_diff_sentence(report, &diff->after_ledger), NULL);
	if (diff->top_cgroup)
		mr_call_next(diff->call, "show", diff->top_cgroup, 1, 1);
	mr_call_next(diff->call, "report", NULL, 1, 1);
}

/* A class that changed by more than --fail-on is a finding. */
static int exit_status(const struct mr_diff *diff, int64_t limit_bytes)
{
	const struct mr_section *section = &diff->call->report.sections[0];

	for (size_t i = 0; limit_bytes >= 0 && i < section->row_count; i++) {
		const struct mr_cell *cells = section->rows[i].cells;

		if (section->rows[i].kind == MR_ROW_DATA && cells[IS_CHANGE].integer &&
		    llabs(cells[CHANGE].integer) > limit_bytes)
			return 1;
	}
	return 0;
}

/* Both in the unit of the larger machine; GiB say nothing about changes of some MiB: then all is in MiB. */
static void compare_ledgers(struct mr_diff *diff)
{
	int64_t largest_bytes = 0, before_bytes = diff->before_ledger.total_bytes,
		after_bytes = diff->after_ledger.total_bytes;
	enum mr_size_unit unit = mr_number_table_unit(before_bytes > after_bytes ? before_bytes : after_bytes,
						      diff->call->options.unit);

	mr_ledger_round(&diff->before_ledger, unit);
	mr_ledger_round(&diff->after_ledger, unit);
	mr_ledger_compare(&diff->after_ledger, &diff->before_ledger);
	for (size_t i = 0; i < diff->after_ledger.count; i++)
		if (llabs(diff->after_ledger.rows[i].change_bytes) > largest_bytes)
			largest_bytes = llabs(diff->after_ledger.rows[i].change_bytes);
	if (diff->call->options.unit != MR_SIZE_AUTO || largest_bytes >= UNIT_CHANGES_AT_BYTES)
		return;
	mr_ledger_round(&diff->before_ledger, MR_SIZE_M);
	mr_ledger_round(&diff->after_ledger, MR_SIZE_M);
	mr_ledger_compare(&diff->after_ledger, &diff->before_ledger);
}

static int load(struct mr_diff *diff, struct mr_error *error)
{
	static const char *const defaults[] = {"@prev", "@last", NULL};
	struct mr_call *call = diff->call;
	int result;

	/* one argument: that snapshot against the last one */
	if (call->options.argument_count == 1) {
		const char *arguments[] = {call->options.arguments[0], "@last"};

		result = mr_select(call->options.database, arguments, 2, defaults, &call->selection, error);
	} else
		result = mr_call_select(call, 0, defaults, 2, error);
	if (!result)
		result = mr_head_load(call, 0, &diff->before, error);
	if (!result)
		result = mr_ledger_load(call, diff->before.snapshot_id, &diff->before_ledger, error);
	if (!result)
		result = mr_head_load(call, 1, &diff->after, error);
	if (!result)
		result = mr_ledger_load(call, diff->after.snapshot_id, &diff->after_ledger, error);
	if (!result)
		compare_ledgers(diff);
	return result;
}

int mr_verb_diff(struct mr_call *call, struct mr_error *error)
{
	_cleanup_free_ struct mr_diff *diff = calloc(1, sizeof(*diff));
	int64_t limit_bytes = -1;
	int result;

	if (!diff)
		return mr_error_set(error, -ENOMEM, "out of memory");
	if (call->options.fail_on && !mr_size_parse(call->options.fail_on, &limit_bytes))
		return mr_error_set(error, -EINVAL, "--fail-on %s: not understood; it takes SIZE, as 100M",
				    call->options.fail_on);
	diff->call = call;
	result = load(diff, error);
	if (!result)
		result = add_head(diff, error);
	if (result < 0)
		return result;
	mr_diff_make_columns(diff);
	result = mr_diff_classes(diff, error);
	if (!result)
		result = mr_diff_who(diff, error);
	if (!result)
		result = mr_diff_processes(diff, error);
	if (result < 0)
		return result;
	add_notes(diff);
	call->exit_status = exit_status(diff, limit_bytes);
	return 0;
}

/* check: do the kernel's views agree?  One row per check: its worst subject, and how that ended. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analyze/verb/head.h"
#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

enum column {
	ID,
	TITLE,
	LEFT,
	RIGHT,
	RESIDUAL,
	BOUND,
	RATIO,
	BAR,
	VERDICT,
	BRIDGE,
	UNIT,
	SUBJECT,
	BOUND_LOW,
	BOUND_HIGH,
	ONE_SIDED,
	DRIFT,
	ONLY_BY_DRIFT,
	SUBJECTS,
	OK,
	EXPLAINED,
	FAIL,
	SKIPPED,
	MISSING,
	COLUMN_COUNT
};

static const struct mr_column columns[] = {
	[ID] = {"check_id", "id", MR_COLUMN_LABEL},
	[TITLE] = {"title", "identity", MR_COLUMN_LABEL, 0, 41},
	[LEFT] = {"left", "left", MR_COLUMN_SIZE, 0, 7, 1, 1},
	[RIGHT] = {"right", "right", MR_COLUMN_SIZE, 0, 7, 2, 1},
	[RESIDUAL] = {"residual", "residual", MR_COLUMN_SIZE, MR_COLUMN_SIGNED, 8, 0, 1},
	[BOUND] = {"bound", "±bound", MR_COLUMN_SIZE, MR_COLUMN_PAPER_ONLY, 7, 0, 1},
	[RATIO] = {"ratio", "ratio", MR_COLUMN_RATIO, 0, 5, 3, 1},
	[BAR] = {"bar", "", MR_COLUMN_BAR, 0, 10, 0, 1, .ruler_left = "0     1"},
	[VERDICT] = {"verdict", "verdict", MR_COLUMN_VERDICT, 0, 0, 0, 1},
	[BRIDGE] = {"bridge", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	[UNIT] = {"unit", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	[SUBJECT] = {"subject", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
	[BOUND_LOW] = {"bound_low", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	[BOUND_HIGH] = {"bound_high", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	[ONE_SIDED] = {"is_one_sided", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	[DRIFT] = {"drift", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	[ONLY_BY_DRIFT] = {"only_by_drift", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	[SUBJECTS] = {"subjects_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	[OK] = {"ok_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	[EXPLAINED] = {"explained_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	[FAIL] = {"fail_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	[SKIPPED] = {"skipped_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	[MISSING] = {"missing", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
};

struct counts {
	size_t tested, ok, explained, fail, skipped;
	bool has_one_sided;
	const char *last_cause, *last_cause_id; /* the cause that was printed last, and of which check */
};

static bool has_word(const struct mr_cell *cell, const char *word)
{
	return cell->text && !strcmp(cell->text, word);
}

/* What a claim of order allows: "≥ -24 K". */
static struct mr_cell least_cell(struct mr_call *call, const struct mr_cell *cells)
{
	struct mr_size_style style = call->report.size_style;
	int64_t least = cells[BOUND_LOW].integer;

	style.unit = call->options.unit;
	return mr_cell_word(
		cells[LEFT].is_plain
			? mr_report_format(&call->report, "≥ %" PRId64, least)
			: mr_report_format(&call->report, "≥ %s", mr_number_size_signed(least, &style).text));
}

/* The side of the interval that the residual leans to; of a claim of order the side that can be passed. */
static struct mr_cell bound_cell(struct mr_call *call, const struct mr_cell *cells)
{
	const struct mr_cell *side = &cells[cells[RESIDUAL].integer < 0 ? BOUND_LOW : BOUND_HIGH];

	if (!cells[RESIDUAL].has_number || !side->has_number)
		return mr_cell_nothing();
	if (cells[ONE_SIDED].integer)
		return least_cell(call, cells);
	if (!cells[BOUND_LOW].integer && !cells[BOUND_HIGH].integer)
		return mr_cell_word("exact");
	struct mr_cell cell = mr_cell_integer(side->integer == INT64_MIN ? INT64_MAX : llabs(side->integer));
	cell.is_plain = cells[LEFT].is_plain;
	return cell;
}

/* Six of ten cells are the bound: the scale ends at ten sixths of it. */
static void draw_bar(struct mr_report_row *row)
{
	double ratio = row->cells[RATIO].is_real ? row->cells[RATIO].real : (double)row->cells[RATIO].integer;

	if (!row->cells[RATIO].has_number || !(ratio > 0))
		return;
	row->bar = (struct mr_bar){
		.present = true,
		.high = ratio > 10 ? 10000 : (int64_t)(ratio * 1000),
		.color = has_word(&row->cells[VERDICT], "FAIL")        ? "FAIL"
			 : has_word(&row->cells[VERDICT], "explained") ? "explained"
								       : NULL,
	};
}

/* The measured cause that covers most, in its own words. */
static const char *largest_cause(struct mr_call *call, const struct mr_head *head,
				 const struct mr_cell *cells, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	char sql[256];
	const char *why = NULL;

	/* the id is a row of check_claim; only what can be part of a name of a view goes into a statement */
	if (strspn(cells[ID].text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") !=
		    cells[ID].length_bytes ||
	    cells[ID].length_bytes > 64)
		return NULL;
	snprintf(sql, sizeof(sql),
		 "SELECT why FROM check_%s WHERE snapshot_id = ?1 AND subject = ?2 AND part = 'cause'"
		 " ORDER BY max(abs(low), abs(high)) DESC LIMIT 1",
		 cells[ID].text);
	if (mr_query_snapshot(call->selection.store, sql, head->snapshot_id, &statement, error) < 0)
		return NULL;
	mr_query_bind_text(statement, 2, cells[SUBJECT].text ? cells[SUBJECT].text : "");
	if (mr_query_step(call->selection.store, statement, error) == 1)
		why = mr_query_text(&call->report, statement, 0);
	return why;
}

static const char *worst_of(struct mr_call *call, const struct mr_cell *cells)
{
	const char *subject = cells[SUBJECT].text;

	if (!subject || !*subject)
		return "";
	if (cells[BRIDGE].text && !strncmp(cells[BRIDGE].text, "process", 7) &&
	    strspn(subject, "0123456789") == strlen(subject))
		subject = mr_report_format(&call->report, "pid %s", subject);
	if (cells[SUBJECTS].integer == 1)
		return mr_report_format(&call->report, "%s: ", subject);
	return mr_report_format(&call->report, "%s, worst of %s: ", subject,
				mr_number_count(cells[SUBJECTS].integer).text);
}

/* A cause that the check above has too is not told again to a person. */
static const char *cause_of(struct mr_call *call, const struct mr_head *head, const struct mr_cell *cells,
			    struct counts *counts)
{
	struct mr_error ignored = {0};
	const char *why = largest_cause(call, head, cells, &ignored);

	if (!why)
		return "measured causes cover it";
	if (counts->last_cause && !strcmp(why, counts->last_cause) && !mr_call_is_data(call))
		return mr_report_format(&call->report, "as %s", counts->last_cause_id);
	counts->last_cause = why;
	counts->last_cause_id = cells[ID].text;
	return why;
}

static const char *note_of(struct mr_call *call, const struct mr_head *head, const struct mr_cell *cells,
			   struct counts *counts)
{
	struct mr_report *report = &call->report;

	if (has_word(&cells[VERDICT], "skipped"))
		return mr_report_format(report, "%s%s", worst_of(call, cells),
					cells[MISSING].text ? mr_spaced_list(report, cells[MISSING].text)
							    : "a source is missing");
	if (has_word(&cells[VERDICT], "explained"))
		return mr_report_format(report, "%s%s", worst_of(call, cells),
					cause_of(call, head, cells, counts));
	if (has_word(&cells[VERDICT], "FAIL"))
		return mr_report_format(
			report, "%soutside the bound, and nothing that was measured covers it%s",
			worst_of(call, cells),
			cells[FAIL].integer > 1 ? mr_report_format(report, "; %s subjects fail",
								   mr_number_count(cells[FAIL].integer).text)
						: "");
	return NULL;
}

static void finish_row(struct mr_call *call, const struct mr_head *head, struct mr_report_row *row,
		       struct counts *counts)
{
	struct mr_cell *cells = row->cells;
	bool is_bytes = has_word(&cells[UNIT], "bytes");

	for (enum column i = LEFT; i <= RESIDUAL; i++) {
		cells[i].is_plain = !is_bytes;
		if (!cells[i].has_number)
			cells[i] =
				has_word(&cells[VERDICT], "skipped") ? mr_cell_unknown() : mr_cell_nothing();
	}
	cells[BOUND] = bound_cell(call, cells);
	if (!cells[RATIO].has_number)
		cells[RATIO] = mr_cell_nothing();
	if (!cells[RATIO].is_real)
		cells[RATIO].real = (double)cells[RATIO].integer;
	row->note = note_of(call, head, cells, counts);
	draw_bar(row);
	if (has_word(&cells[VERDICT], "ok") && cells[ONLY_BY_DRIFT].integer && !mr_call_is_data(call))
		cells[VERDICT] = mr_cell_text("ok (drift)");
}

static bool is_selected(const struct mr_call *call, const char *check_id)
{
	const struct mr_option_list *only = &call->options.only;

	for (size_t i = 0; i < only->count; i++) {
		const char *at = only->items[i];

		for (size_t length; *at; at += length + (at[length] == ',')) {
			length = strcspn(at, ",");
			if (strlen(check_id) == length && !strncasecmp(at, check_id, length))
				return true;
		}
	}
	return !only->count;
}

static void count_verdict(struct counts *counts, const struct mr_cell *verdict)
{
	counts->tested++;
	counts->ok += has_word(verdict, "ok");
	counts->explained += has_word(verdict, "explained");
	counts->fail += has_word(verdict, "FAIL");
	counts->skipped += has_word(verdict, "skipped");
}

/* What fails comes before what holds, what could not be tested last; what is nearest to its bound first. */
static int fill(struct mr_call *call, const struct mr_head *head, struct counts *counts,
		struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_store *store = call->selection.store;
	struct mr_section *section = mr_report_section(&call->report, "rows", columns, COLUMN_COUNT);
	int result = mr_query_snapshot(
		store,
		"SELECT * FROM check_summary WHERE snapshot_id = ?1 ORDER BY"
		" instr('FAIL explained ok skipped', verdict), ratio IS NOT NULL, ratio DESC, ordinal",
		head->snapshot_id, &statement, error);

	while (!result && (result = mr_query_step(store, statement, error)) == 1) {
		struct mr_report_row *row;
		const char *id = mr_query_named_text(&call->report, statement, "check_id");

		result = 0;
		if (!id || !is_selected(call, id) || !(row = mr_query_row(&call->report, section, statement)))
			continue;
		count_verdict(counts, &row->cells[VERDICT]);
		counts->has_one_sided |= row->cells[ONE_SIDED].integer;
		finish_row(call, head, row, counts);
	}
	if (section)
		section->scale_high = 1667;
	return result;
}

static void add_next(struct mr_call *call)
{
	const struct mr_section *section = &call->report.sections[0];

	if (section->row_count)
		mr_call_next(call, "explain", section->rows[0].cells[ID].text, 0, 1);
	mr_call_next(call, "report", NULL, 0, 1);
}

static void add_summary(struct mr_call *call, const struct counts *counts)
{
	struct mr_report *report = &call->report;
	size_t made = counts->tested - counts->skipped;

	if (counts->fail)
		mr_report_note(report, "", mr_report_format(report, "FAIL: %zu of %zu.", counts->fail, made),
			       NULL);
	else
		mr_report_note(report, "", mr_report_format(report, "None of %zu fails.", made), NULL);
	mr_report_note(report, "",
		       counts->has_one_sided
			       ? "Bounds come from read times, per-CPU batches and rounding; at ≥ only"
				 " a smaller residual would fail."
			       : "Bounds come from read times, per-CPU batches and rounding.",
		       NULL);
	mr_report_fact_integer(report, "checks", "ok_count", (int64_t)counts->ok);
	mr_report_fact_integer(report, "checks", "explained_count", (int64_t)counts->explained);
	mr_report_fact_integer(report, "checks", "fail_count", (int64_t)counts->fail);
	mr_report_fact_integer(report, "checks", "skipped_count", (int64_t)counts->skipped);
}

static int exit_status(const struct mr_call *call, const struct counts *counts)
{
	const char *fail_on = call->options.fail_on ? call->options.fail_on : "fail";

	if (!strcmp(fail_on, "never"))
		return 0;
	return counts->fail || (counts->explained && !strcmp(fail_on, "explained"));
}

int mr_verb_check(struct mr_call *call, struct mr_error *error)
{
	struct mr_head head;
	struct counts counts = {0};
	int result = mr_head_of_one(call, &head, error);

	if (result < 0)
		return result;
	result = fill(call, &head, &counts, error);
	if (result < 0)
		return result;
	if (call->options.only.count && !counts.tested)
		return mr_error_set(error, -EINVAL,
				    "--only: no such check on this snapshot.   memreckon check");
	mr_report_head(&call->report, mr_report_format(&call->report, "%s    %zu identities, %zu tested",
						       mr_head_identity(call, &head), counts.tested,
						       counts.tested - counts.skipped));
	mr_head_lead(call, &head, mr_report_format(&call->report, "checks %s", mr_head_checks(call, &head)));
	add_summary(call, &counts);
	add_next(call);
	call->exit_status = exit_status(call, &counts);
	return 0;
}

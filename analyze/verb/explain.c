/* explain: the manual page of one check, with this snapshot's numbers in it: what is claimed and why, then
 * every term of both sides and of the bound, with the reason for it and where it comes from.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/verb/head.h"
#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"
#include "schema/sql.h"

#define SUBJECTS_DEFAULT 5

enum term_column { PART, TERM, LOW, HIGH, WHY, SOURCE, FILE_NAME, TERM_COLUMN_COUNT };

static const struct mr_column term_columns[] = {
	{"part", "part", MR_COLUMN_LABEL},
	{"term", "term", MR_COLUMN_LABEL, 0, 24},
	{"low", "from", MR_COLUMN_SIZE, MR_COLUMN_SIGNED, 9},
	{"high", "value, to", MR_COLUMN_SIZE, MR_COLUMN_SIGNED, 9},
	{"why", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"source", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"file", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
};

enum subject_column { SUBJECT, LEFT, RIGHT, RESIDUAL, BOUND_LOW, BOUND_HIGH, VERDICT, SUBJECT_COLUMN_COUNT };

static const struct mr_column subject_columns[] = {
	{"subject", "subject", MR_COLUMN_NAME, 0, 16},
	{"left", "left", MR_COLUMN_SIZE, 0, 7},
	{"right", "right", MR_COLUMN_SIZE, 0, 7},
	{"residual", "residual", MR_COLUMN_SIZE, MR_COLUMN_SIGNED, 8},
	{"bound_low", "bound", MR_COLUMN_SIZE, MR_COLUMN_SIGNED, 8},
	{"bound_high", "to", MR_COLUMN_SIZE, MR_COLUMN_SIGNED, 8},
	{"verdict", "verdict", MR_COLUMN_VERDICT},
};

struct claim {
	const char *id, *title, *bridge, *unit, *valid, *claim, *tolerance, *source, *reads;
};

/* The worst result, or the one of the subject that was asked for. */
struct outcome {
	const char *subject, *verdict, *missing;
	bool is_known;
	int64_t left, right, residual, bound_low, bound_high, cause_low, cause_high;
	bool only_by_drift, is_one_sided, has_bound;
};

/* A second word alone is a subject when it is the path of a cgroup, a pid with its kind, or the name of a
 * counter, and a snapshot otherwise: 96, @last, HOST@last, a time, an archive. */
static bool is_subject(const char *word)
{
	struct stat status;

	if (!strncmp(word, "pid:", strlen("pid:")))
		return true;
	if (!stat(word, &status) && !S_ISDIR(status.st_mode))
		return false;
	return *word == '/' || (isalpha((unsigned char)*word) && !strpbrk(word, "@./"));
}

static bool is_view_name(const char *id)
{
	return *id && strlen(id) < 64 &&
	       strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == strlen(id);
}

static int load_claim(struct mr_call *call, const char *wanted, struct claim *claim, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_report *report = &call->report;
	int result = mr_query(call->selection.store,
			      "SELECT * FROM check_claim WHERE upper(check_id) = upper(?1)", &row, error);

	if (result < 0)
		return result;
	mr_query_bind_text(row, 1, wanted);
	result = mr_query_step(call->selection.store, row, error);
	if (result < 0)
		return result;
	if (!result)
		return mr_error_set(error, -EINVAL, "no check %s.   memreckon check", wanted);
	*claim = (struct claim){
		.id = mr_query_named_text(report, row, "check_id"),
		.title = mr_query_named_text(report, row, "title"),
		.bridge = mr_query_named_text(report, row, "bridge"),
		.unit = mr_query_named_text(report, row, "unit"),
		.valid = mr_query_named_text(report, row, "valid"),
		.claim = mr_query_named_text(report, row, "claim"),
		.tolerance = mr_query_named_text(report, row, "tolerance"),
		.source = mr_query_named_text(report, row, "source"),
		.reads = mr_query_named_text(report, row, "reads"),
	};
	return is_view_name(claim->id)
		       ? 0
		       : mr_error_set(error, -EINVAL, "no check %s.   memreckon check", wanted);
}

static void take_outcome(struct mr_report *report, sqlite3_stmt *row, struct outcome *outcome)
{
	int residual = mr_query_column(row, "residual");

	*outcome = (struct outcome){
		.subject = mr_query_named_text(report, row, "subject"),
		.verdict = mr_query_named_text(report, row, "verdict"),
		.missing = mr_query_named_text(report, row, "missing"),
		.is_known = residual >= 0 && !mr_query_is_null(row, residual),
		.left = mr_query_integer(row, "left", 0),
		.right = mr_query_integer(row, "right", 0),
		.residual = mr_query_integer(row, "residual", 0),
		.has_bound = !mr_query_is_null(row, mr_query_column(row, "bound_low")),
		.bound_low = mr_query_integer(row, "bound_low", 0),
		.bound_high = mr_query_integer(row, "bound_high", 0),
		.cause_low = mr_query_integer(row, "cause_low", 0),
		.cause_high = mr_query_integer(row, "cause_high", 0),
		.only_by_drift = mr_query_integer(row, "only_by_drift", 0),
		.is_one_sided = mr_query_integer(row, "is_one_sided", 0),
	};
}

static int find_outcome(struct mr_call *call, const struct claim *claim, const char *subject,
			int64_t snapshot_id, struct outcome *outcome, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_store *store = call->selection.store;
	int result = subject ? mr_query_snapshot(store,
						 "SELECT * FROM _check_result WHERE snapshot_id = ?1 AND "
						 "check_id = ?2 AND subject = ?3",
						 snapshot_id, &row, error)
			     : mr_query_saved(store, "reports/explain_worst", snapshot_id, 1, &row, error);

	if (result < 0)
		return result;
	mr_query_bind_text(row, subject ? 2 : sqlite3_bind_parameter_index(row, ":a"), claim->id);
	if (subject)
		mr_query_bind_text(row, 3, subject);
	result = mr_query_step(store, row, error);
	if (result < 0)
		return result;
	if (!result && subject)
		return mr_error_set(
			error, -EINVAL,
			"%s has no result for %s.   memreckon explain %s\n"
			"  a subject is /cgroup, pid:123 or the name of a counter; a number alone is a"
			" snapshot",
			claim->id, subject, claim->id);
	if (!result)
		*outcome = (struct outcome){0};
	else
		take_outcome(&call->report, row, outcome);
	return 0;
}

static void add_manual(struct mr_call *call, const struct mr_head *head, const struct claim *claim)
{
	struct mr_report *report = &call->report;
	const struct {
		const char *name, *label, *text;
	} lines[] = {
		{"claim", "claim", claim->claim},
		{"valid", "valid", claim->valid},
		{"tolerance", "may differ", claim->tolerance},
		{"source", "because", claim->source},
		{"reads", "reads", claim->reads},
	};

	report->heads_are_prose = true;
	mr_report_head(report,
		       mr_report_format(report, "%s  %s", claim->id, claim->title ? claim->title : ""));
	mr_head_facts(call, head, "snapshot");
	mr_report_fact_text(report, "check", "check_id", claim->id);
	mr_report_fact_text(report, "check", "title", claim->title);
	mr_report_fact_text(report, "check", "bridge", claim->bridge);
	mr_report_fact_text(report, "check", "unit", claim->unit);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (lines[i].text && *lines[i].text)
			mr_report_head(report,
				       mr_report_format(report, "%-10s  %s", lines[i].label, lines[i].text));
		mr_report_fact_text(report, "check", lines[i].name, lines[i].text);
	}
}

/* A side is an amount, without the sign that a tolerance has. */
static void show_side(struct mr_call *call, struct mr_cell *cell)
{
	struct mr_size_style style = call->report.size_style;

	style.unit = call->options.unit;
	if (!cell->has_number || cell->is_plain)
		return;
	cell->state = MR_CELL_WORD;
	cell->text = mr_report_format(&call->report, "%s", mr_number_size(cell->integer, &style).text);
	cell->length_bytes = strlen(cell->text);
}

/* One value stands once; a width of nothing is no range. */
static void finish_term(struct mr_call *call, struct mr_report_row *row, bool is_bytes)
{
	struct mr_cell *cells = row->cells;

	for (size_t i = LOW; i <= HIGH; i++)
		cells[i].is_plain = !is_bytes;
	if (cells[LOW].has_number && cells[HIGH].has_number && cells[LOW].integer == cells[HIGH].integer) {
		if (!mr_call_is_data(call))
			cells[LOW] = (struct mr_cell){0};
	}
	bool is_side =
		cells[PART].text && (!strcmp(cells[PART].text, "left") || !strcmp(cells[PART].text, "right"));
	/* the numbers in the reason for a bound are those that are missing */
	const char *why = !cells[WHY].text                                             ? ""
			  : is_side || cells[LOW].has_number || cells[HIGH].has_number ? cells[WHY].text
										       : "not read";
	row->note = mr_report_format(&call->report, "%s%s%s%s%s%s", why, cells[SOURCE].text ? " [" : "",
				     cells[SOURCE].text ? cells[SOURCE].text : "",
				     cells[SOURCE].text ? "]" : "", cells[FILE_NAME].text ? " " : "",
				     cells[FILE_NAME].text ? cells[FILE_NAME].text : "");
	if (is_side)
		show_side(call, &cells[HIGH]);
}

/* The saved statement with the name of the check's view in it. */
static char *terms_statement(const struct claim *claim)
{
	const char *text = mr_sql_find("reports/explain_terms");
	struct mr_buffer out = {0};

	for (const char *at; text && (at = strstr(text, "{view}")); text = at + strlen("{view}")) {
		mr_buffer_append(&out, text, (size_t)(at - text));
		mr_buffer_printf(&out, "check_%s", claim->id);
	}
	mr_buffer_append_text(&out, text ? text : "");
	return mr_buffer_detach(&out);
}

static int add_terms(struct mr_call *call, const struct claim *claim, const char *subject,
		     int64_t snapshot_id, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	_cleanup_free_ char *sql = terms_statement(claim);
	struct mr_section *section =
		mr_report_section(&call->report, "rows", term_columns, TERM_COLUMN_COUNT);
	bool is_bytes = claim->unit && !strcmp(claim->unit, "bytes");
	int result = sql ? mr_query(call->selection.store, sql, &statement, error)
			 : mr_error_set(error, -ENOMEM, "out of memory");

	if (result < 0)
		return result;
	sqlite3_bind_int64(statement, sqlite3_bind_parameter_index(statement, ":snapshot"), snapshot_id);
	mr_query_bind_text(statement, sqlite3_bind_parameter_index(statement, ":subject"), subject);
	while ((result = mr_query_step(call->selection.store, statement, error)) == 1) {
		struct mr_report_row *row = mr_query_row(&call->report, section, statement);

		if (row)
			finish_term(call, row, is_bytes);
	}
	return result;
}

/* The other subjects, worst first, when there are several. */
static int add_subjects(struct mr_call *call, const struct claim *claim, int64_t snapshot_id,
			struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	size_t most = mr_call_rows(call, SUBJECTS_DEFAULT);
	int result = mr_query_saved(call->selection.store, "reports/explain_worst", snapshot_id,
				    most == SIZE_MAX ? -1 : (int64_t)most, &statement, error);
	struct mr_section *section = NULL;

	if (result < 0)
		return result;
	mr_query_bind_text(statement, sqlite3_bind_parameter_index(statement, ":a"), claim->id);
	while ((result = mr_query_step(call->selection.store, statement, error)) == 1) {
		const char *subject = mr_query_named_text(&call->report, statement, "subject");

		if (!section && subject && *subject)
			section = mr_report_section(&call->report, "subjects", subject_columns,
						    SUBJECT_COLUMN_COUNT);
		struct mr_report_row *row = section ? mr_query_row(&call->report, section, statement) : NULL;
		for (size_t i = LEFT; row && i <= BOUND_HIGH; i++)
			row->cells[i].is_plain = !claim->unit || strcmp(claim->unit, "bytes");
	}
	return result;
}

static const char *amount(struct mr_call *call, const struct claim *claim, int64_t value, bool with_sign)
{
	struct mr_size_style style = call->report.size_style;

	style.unit = call->options.unit;
	if (!claim->unit || strcmp(claim->unit, "bytes"))
		return mr_report_format(&call->report, with_sign ? "%+lld %s" : "%lld %s", (long long)value,
					claim->unit ? claim->unit : "");
	return mr_report_format(&call->report, "%s",
				(with_sign ? mr_number_size_signed : mr_number_size)(value, &style).text);
}

/* What the residual may be; a bound that lacks a number is none. */
static const char *allowed(struct mr_call *call, const struct claim *claim, const struct outcome *outcome)
{
	struct mr_report *report = &call->report;

	if (!outcome->has_bound)
		return "?";
	const char *text =
		mr_report_format(report, "%s%s%s", amount(call, claim, outcome->bound_low, true),
				 outcome->is_one_sided ? " or more" : " … ",
				 outcome->is_one_sided ? "" : amount(call, claim, outcome->bound_high, true));
	if (!outcome->cause_low && !outcome->cause_high)
		return text;
	return mr_report_format(report, "%s, with causes %s … %s", text,
				amount(call, claim, outcome->bound_low + outcome->cause_low, true),
				amount(call, claim, outcome->bound_high + outcome->cause_high, true));
}

static void add_outcome(struct mr_call *call, const struct claim *claim, const struct mr_head *head,
			const struct outcome *outcome)
{
	struct mr_report *report = &call->report;
	const char *subject = outcome->subject ? outcome->subject : "";
	bool is_pid = claim->bridge && !strncmp(claim->bridge, "process", strlen("process")) && *subject &&
		      strspn(subject, "0123456789") == strlen(subject);
	const char *where = mr_report_format(report, "%s%s%s%s: ", is_pid ? "pid " : "", subject,
					     *subject ? " of " : "", head->name);

	if (!outcome->verdict) {
		mr_report_note(
			report, "here",
			mr_report_format(report, "%snot valid on this snapshot, so it was not made", where),
			NULL);
		return;
	}
	if (outcome->is_known)
		mr_report_note(report, "here",
			       mr_report_format(report, "%sleft %s - right %s = %s, allowed %s", where,
						amount(call, claim, outcome->left, false),
						amount(call, claim, outcome->right, false),
						amount(call, claim, outcome->residual, true),
						allowed(call, claim, outcome)),
			       NULL);
	mr_report_note(report, "verdict",
		       mr_report_format(report, "%s%s%s%s", outcome->verdict,
					outcome->only_by_drift
						? ", only because of what moved while the capture was made"
						: "",
					outcome->missing ? ": " : "",
					outcome->missing ? mr_spaced_list(report, outcome->missing) : ""),
		       NULL);
	mr_report_fact_text(report, "check", "subject", outcome->subject);
	mr_report_fact_text(report, "check", "verdict", outcome->verdict);
	mr_report_fact_text(report, "check", "missing", outcome->missing);
}

static void add_next(struct mr_call *call, const struct claim *claim, int64_t snapshot_id,
		     size_t snapshot_from)
{
	const char *query =
		mr_report_format(&call->report, "select * from check_%s where snapshot_id = %s", claim->id,
				 strcmp(mr_store_path(call->selection.store), ":memory:")
					 ? mr_report_format(&call->report, "%lld", (long long)snapshot_id)
					 : ":snapshot");

	mr_call_next(call, "sql", query, snapshot_from, 1);
	mr_call_next(call, "check", NULL, snapshot_from, 1);
}

/* CHECK [SUBJECT] [SNAPSHOT]: the subject, NULL for none, and where the snapshot would be. */
static const char *find_subject(const struct mr_call *call, size_t *ret_snapshot_from)
{
	const char **arguments = call->options.arguments;
	size_t count = call->options.argument_count;
	const char *subject = count > 1 && (count > 2 || is_subject(arguments[1])) ? arguments[1] : NULL;

	*ret_snapshot_from = subject ? 2 : 1;
	if (subject && !strncmp(subject, "pid:", strlen("pid:")))
		subject += strlen("pid:");
	return subject;
}

/* The numbers of this snapshot: every term, then the other subjects, then how it ended. */
static int add_numbers(struct mr_call *call, const struct claim *claim, const struct mr_head *head,
		       const struct outcome *outcome, struct mr_error *error)
{
	int result = 0;

	if (outcome->verdict)
		result = add_terms(call, claim, outcome->subject ? outcome->subject : "", head->snapshot_id,
				   error);
	if (!result)
		result = add_subjects(call, claim, head->snapshot_id, error);
	if (!result)
		add_outcome(call, claim, head, outcome);
	return result;
}

int mr_verb_explain(struct mr_call *call, struct mr_error *error)
{
	static const char *const defaults[] = {"@last", NULL};
	struct mr_head head;
	struct claim claim = {0};
	struct outcome outcome = {0};
	size_t from;

	if (!call->options.argument_count)
		return mr_error_set(error, -EINVAL,
				    "explain needs a check: memreckon explain P10.   memreckon check");
	const char *subject = find_subject(call, &from);
	int result = mr_call_select(call, from, defaults, 1, error);
	if (!result)
		result = mr_head_load(call, 0, &head, error);
	if (!result)
		result = load_claim(call, call->options.arguments[0], &claim, error);
	if (!result)
		result = find_outcome(call, &claim, subject, head.snapshot_id, &outcome, error);
	if (result < 0)
		return result;
	add_manual(call, &head, &claim);
	result = add_numbers(call, &claim, &head, &outcome, error);
	if (!result)
		add_next(call, &claim, head.snapshot_id, from);
	return result;
}

/* list: the snapshots of a database, one row each; with --capabilities, what each can answer. */
#include <string.h>
#include <sys/stat.h>

#include "analyze/verb/capability.h"
#include "analyze/verb/effect.h"
#include "analyze/verb/head.h"
#include "analyze/verb/query.h"
#include "analyze/verb/verb.h"
#include "schema/base/cleanup.h"
#include "schema/catalog.h"

#define ROWS_DEFAULT 20
/* With --capabilities each snapshot is a page of its own. */
#define CAPABILITIES_DEFAULT 3

enum column {
	ID,
	HOST,
	TAKEN,
	RAM,
	FREE,
	ANON,
	CACHE,
	KERNEL,
	OTHER,
	UNACCOUNTED,
	PROCESSES,
	CHECKS,
	COMPLETENESS,
	OK,
	EXPLAINED,
	FAIL,
	SKIPPED,
	ISSUES,
	TOKENS,
	HIDDEN
};

/* On paper the parts are percent of RAM; for programs they are bytes. */
static const struct mr_column columns[] = {
	{"snapshot_id", "#", MR_COLUMN_INTEGER, 0, 1},
	{"host", "host", MR_COLUMN_NAME, 0, 14},
	{"taken_ns", "taken (UTC)", MR_COLUMN_MOMENT},
	{"ram_bytes", "RAM", MR_COLUMN_LEDGER_SIZE, 0, 6},
	{"free_bytes", "free", MR_COLUMN_ANY, 0, 4, 3, 1},
	{"anonymous_bytes", "anon", MR_COLUMN_ANY, 0, 4, 0, 1},
	{"file_cache_bytes", "file", MR_COLUMN_ANY, 0, 4, 0, 1},
	{"kernel_bytes", "kern", MR_COLUMN_ANY, 0, 4, 2, 1},
	{"other_bytes", "other", MR_COLUMN_ANY, 0, 4, 4, 1},
	{"unaccounted_bytes", "unacc", MR_COLUMN_ANY, 0, 5, 0, 1},
	{"processes_count", "procs", MR_COLUMN_INTEGER, 0, 5, 5, 1},
	{"checks", "checks", MR_COLUMN_LABEL, MR_COLUMN_PAPER_ONLY},
	{"completeness", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"checks_ok_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"checks_explained_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"checks_fail_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"checks_skipped_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"issues_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"anonymized", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"hidden", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
};

static void share_of_ram(struct mr_call *call, struct mr_report_row *row, enum column column)
{
	struct mr_cell *cell = &row->cells[column];
	int64_t ram_bytes = row->cells[RAM].integer;

	if (!cell->has_number)
		return;
	cell->state = MR_CELL_WORD;
	cell->text = "?";
	if (row->cells[RAM].has_number && ram_bytes > 0)
		cell->text = mr_report_format(&call->report, "%.*f", column == UNACCOUNTED ? 2 : 1,
					      (double)mr_number_ppm(cell->integer, ram_bytes) / 1e4);
	cell->length_bytes = strlen(cell->text);
}

static const char *checks_text(struct mr_call *call, const struct mr_cell *cells)
{
	struct mr_report *report = &call->report;
	const char *text = mr_report_format(report, "%lld ok", (long long)cells[OK].integer);

	if (cells[EXPLAINED].integer)
		text = mr_report_format(report, "%s, %lld ≈", text, (long long)cells[EXPLAINED].integer);
	if (cells[FAIL].integer)
		text = mr_report_format(report, "%s, %lld ✗", text, (long long)cells[FAIL].integer);
	if (cells[SKIPPED].integer)
		text = mr_report_format(report, "%s, %lld –", text, (long long)cells[SKIPPED].integer);
	return text;
}

static bool is_wanted(const struct mr_call *call, int64_t snapshot_id)
{
	for (size_t i = 0; i < call->selection.count; i++)
		if (call->selection.ids[i] == snapshot_id)
			return true;
	return !call->options.argument_count;
}

/* A snapshot that list shows. */
struct listed {
	int64_t id;
	const char *host;
};

/* @ret_listed  kept by the report, in the order of list */
static int find_listed(struct mr_call *call, struct listed **ret_listed, size_t *ret_count,
		       struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_store *store = call->selection.store;
	int result = mr_query(
		store, "SELECT snapshot_id, host, count(*) OVER () FROM snapshot ORDER BY host, taken_ns, 1",
		&statement, error);

	while (!result && (result = mr_query_step(store, statement, error)) == 1) {
		int64_t id = sqlite3_column_int64(statement, 0);

		result = 0;
		if (!*ret_listed)
			*ret_listed =
				mr_report_allocate(&call->report, (size_t)sqlite3_column_int64(statement, 2) *
									  sizeof(**ret_listed));
		if (!*ret_listed)
			break;
		if (is_wanted(call, id))
			(*ret_listed)[(*ret_count)++] =
				(struct listed){id, mr_query_text(&call->report, statement, 1)};
	}
	return result;
}

static int add_row(struct mr_call *call, struct mr_section *section, sqlite3_stmt *statement, int64_t id,
		   struct mr_error *error)
{
	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, sqlite3_bind_parameter_index(statement, ":snapshot"), id);
	int result = mr_query_step(call->selection.store, statement, error);
	struct mr_report_row *row = result == 1 ? mr_query_row(&call->report, section, statement) : NULL;

	if (!row)
		return result < 0 ? result : 0;
	for (enum column column = FREE; column <= UNACCOUNTED; column++)
		share_of_ram(call, row, column);
	row->cells[CHECKS] = mr_cell_text(checks_text(call, row->cells));
	return 0;
}

/* Each is asked for by itself: what is not shown of ten thousand takes no time. */
static int fill(struct mr_call *call, struct mr_section *section, const struct listed *listed, size_t count,
		struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	int result = mr_query_saved(call->selection.store, "reports/list", 0, 0, &statement, error);

	for (size_t i = 0; !result && i < count; i++)
		result = add_row(call, section, statement, listed[i].id, error);
	return result;
}

/* The older ones are counted. */
static void add_older(struct mr_call *call, struct mr_section *section, size_t older_count)
{
	struct mr_report_row *row = older_count ? mr_section_row(&call->report, section) : NULL;

	if (!row)
		return;
	row->kind = MR_ROW_MORE;
	row->more_count = (int64_t)older_count;
	row->cells[HOST] = mr_cell_word(
		mr_report_format(&call->report, "(%s more)", mr_number_count(row->more_count).text));
}

/* Of a capture of others: who made it, what is in it, and what else it lacks.  Nothing for one of the
 * collector. */
static int foreign_note(struct mr_call *call, struct mr_report_row *row, const struct mr_effects *effects,
			struct mr_error *error)
{
	struct mr_head head;
	int result = mr_head_of(call, row->cells[ID].integer, &head, error);

	if (result || !mr_head_is_foreign(&head))
		return result;
	const char *text = mr_head_foreign(&call->report, &head),
		   *brief = mr_effects_brief(call, effects, true);
	row->note = brief ? mr_report_format(&call->report, "%s; %s", text, brief) : text;
	return 0;
}

/* What a snapshot lacks stands below its row.  Looked up only where it must lack something, because it takes
 * a look at all processes. */
static int add_notes(struct mr_call *call, struct mr_section *section, struct mr_error *error)
{
	struct mr_report *report = &call->report;
	struct mr_effects effects;
	int result = 0;

	for (size_t i = 0; !result && i < section->row_count; i++) {
		struct mr_report_row *row = &section->rows[i];
		const char *completeness = row->cells[COMPLETENESS].text;

		if (row->kind != MR_ROW_DATA || !completeness ||
		    (!strcmp(completeness, "complete") && row->cells[TOKENS].integer != 1 &&
		     !row->cells[HIDDEN].text))
			continue;
		result = mr_effects_load(call, row->cells[ID].integer, &effects, error);
		if (!result)
			result = foreign_note(call, row, &effects, error);
		if (result || row->note)
			continue;
		const char *brief = mr_effects_brief(call, &effects, false);
		row->note = mr_report_format(report, "%s%s%s", completeness, brief ? ": " : "",
					     brief ? brief : "");
	}
	return result;
}

static int add_head(struct mr_call *call, size_t snapshot_count, int64_t *ret_hosts, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_report *report = &call->report;
	struct stat status;
	int result = mr_query(call->selection.store, "SELECT count(DISTINCT host) FROM snapshot", &statement,
			      error);

	if (!result)
		result = mr_query_step(call->selection.store, statement, error);
	if (result < 0)
		return result;
	int64_t hosts = *ret_hosts = sqlite3_column_int64(statement, 0);
	const char *path = mr_store_path(call->selection.store);
	bool is_file = strcmp(path, ":memory:") != 0;
	const char *text = mr_report_format(
		report, "%s%s%s snapshot%s", is_file ? path : "", is_file ? "  " : "",
		mr_number_count((int64_t)snapshot_count).text, snapshot_count == 1 ? "" : "s");
	/* they are those of the whole database */
	if (!call->options.argument_count || hosts == 1)
		text = mr_report_format(report, "%s, %lld host%s", text, (long long)hosts,
					hosts == 1 ? "" : "s");
	if (!stat(path, &status))
		text = mr_report_format(report, "%s, %s", text, mr_number_size_prose(status.st_size).text);
	mr_report_head(report, mr_report_format(report, "%s, schema %d", text, MR_SCHEMA_VERSION));
	mr_report_fact_text(report, NULL, "database", path);
	return 0;
}

static int open_store(struct mr_call *call, struct mr_error *error)
{
	if (call->options.argument_count)
		return mr_call_select(call, 0, NULL, MR_SELECTION_MAX, error);
	return mr_store_open(call->options.database, MR_STORE_READ, &call->selection.store, error);
}

static int list_capabilities(struct mr_call *call, struct mr_error *error)
{
	struct mr_section *section = mr_capability_section(call);
	size_t most = mr_call_rows(call, call->options.argument_count ? SIZE_MAX : CAPABILITIES_DEFAULT);
	struct listed *listed = NULL;
	size_t count = 0;
	int result = find_listed(call, &listed, &count, error);
	size_t first = count > most ? count - most : 0;
	int64_t hosts;

	if (!result)
		result = add_head(call, count, &hosts, error);
	for (size_t i = first; !result && i < count; i++)
		result = mr_capability_add(call, section, listed[i].id, listed[i].host, error);
	if (first)
		mr_report_note(&call->report, "",
			       mr_report_format(&call->report, "%s older ones are not shown",
						mr_number_count((int64_t)first).text),
			       NULL);
	mr_call_next(call, "report", NULL, 0, 1);
	return result;
}

/* Of several hosts the last one is none: a number says which. */
static void add_next(struct mr_call *call, const struct mr_section *section, int64_t hosts)
{
	if (hosts > 1 && !call->options.argument_count && section->row_count) {
		mr_call_next(call, "report",
			     mr_report_format(&call->report, "%lld",
					      (long long)section->rows[0].cells[ID].integer),
			     0, 0);
		return;
	}
	mr_call_next(call, "report", NULL, 0, 1);
	if (section->row_count > 1)
		mr_call_next(call, "diff", NULL, 0, 2);
}

int mr_verb_list(struct mr_call *call, struct mr_error *error)
{
	struct listed *listed = NULL;
	size_t count = 0;
	int64_t hosts = 0;
	int result = open_store(call, error);

	if (result < 0)
		return result;
	if (call->options.capabilities)
		return list_capabilities(call, error);
	struct mr_section *section =
		mr_report_section(&call->report, "rows", columns, sizeof(columns) / sizeof(columns[0]));
	if (section)
		result = find_listed(call, &listed, &count, error);
	if (result < 0 || !section)
		return result;
	size_t most = mr_call_rows(call, ROWS_DEFAULT), older_count = count > most ? count - most : 0;
	result = fill(call, section, listed + older_count, count - older_count, error);
	if (!result)
		result = add_head(call, count, &hosts, error);
	if (result < 0)
		return result;
	section->unit = mr_number_table_unit(INT64_MAX, call->options.unit);
	add_older(call, section, older_count);
	result = add_notes(call, section, error);
	if (result < 0)
		return result;
	mr_report_note(
		&call->report, "",
		mr_report_format(
			&call->report,
			"RAM in %s, free … unacc in percent of it; other: huge pages, shmem, swap cache; "
			"checks: ≈ explained, ✗ FAIL, – cannot be made",
			mr_size_unit_title(section->unit)),
		NULL);
	add_next(call, section, hosts);
	return 0;
}

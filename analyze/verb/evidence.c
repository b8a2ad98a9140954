/* See evidence.h. */
#include "analyze/verb/evidence.h"

#include <string.h>

#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

#define SOURCE_MOST 30

enum column { FACT, VALUE, SOURCE, HOW, IS_USED };

static const struct mr_column columns[] = {
	{"fact", "fact", MR_COLUMN_LABEL},
	{"value", "value", MR_COLUMN_NAME, 0, 12},
	{"source", "by", MR_COLUMN_NAME, 0, 20},
	{"how", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
	{"is_used", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
};

/* ---- the facts that numbers depend on, in a sentence ---- */

/* A fact, the first piece that tells it, and how many more do. */
struct told {
	const char *source, *how;
	int64_t more_count;
};

enum fact { PAGE_SIZE, MOMENT, HOST, FACTS };

static const char *const names[FACTS] = {"page_size_bytes", "taken_ns", "host"};

static int load(struct mr_call *call, int64_t snapshot_id, struct told told[FACTS], struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_store *store = call->selection.store;
	int result = mr_query_saved(store, "reports/evidence", snapshot_id, 0, &row, error);

	while (!result && (result = mr_query_step(store, row, error)) == 1) {
		const char *fact = mr_query_named_text(&call->report, row, "fact");

		result = 0;
		for (size_t i = 0; mr_query_integer(row, "is_used", 0) && i < FACTS; i++) {
			if (strcmp(fact, names[i]) != 0)
				continue;
			if (told[i].source) {
				told[i].more_count++;
				continue;
			}
			told[i].source = mr_query_named_text(&call->report, row, "source");
			told[i].how = mr_query_named_text(&call->report, row, "how");
		}
	}
	return result;
}

/* A file of sos is called by its command, which may be long. */
static const char *short_source(struct mr_report *report, const char *source)
{
	const char *slash = strrchr(source, '/');
	const char *name =
		!strncmp(source, "sos_commands/", strlen("sos_commands/")) && slash ? slash + 1 : source;

	return strlen(name) <= SOURCE_MOST ? name : mr_report_format(report, "%.*s…", SOURCE_MOST, name);
}

static const char *page_size_text(struct mr_report *report, const struct mr_head *head,
				  const struct told *told)
{
	if (head->page_size_bytes < 0)
		return "page size not known, so what is counted in pages is not (import --page-size)";
	const char *text =
		mr_report_format(report, "page size %lld KiB", (long long)(head->page_size_bytes >> 10));
	if (!told->how)
		return text;
	text = mr_report_format(report, "%s by %s: %s", text, short_source(report, told->source), told->how);
	return told->more_count
		       ? mr_report_format(report, "%s, and %lld more", text, (long long)told->more_count)
		       : text;
}

static const char *moment_text(struct mr_report *report, const struct mr_head *head, const struct told *told)
{
	if (head->taken_ns == MR_MOMENT_UNKNOWN)
		return "moment not known (import --taken)";
	return told->how ? mr_report_format(report, "moment by %s: %s", short_source(report, told->source),
					    told->how)
			 : "moment";
}

int mr_evidence_note(struct mr_call *call, const struct mr_head *head, struct mr_error *error)
{
	struct told told[FACTS] = {{0}};
	struct mr_report *report = &call->report;

	if (!mr_head_is_foreign(head))
		return 0;
	int result = load(call, head->snapshot_id, told, error);
	if (result < 0)
		return result;
	const char *text = mr_report_format(report, "%s; %s", page_size_text(report, head, &told[PAGE_SIZE]),
					    moment_text(report, head, &told[MOMENT]));
	if (told[HOST].source && !told[HOST].more_count && !strcmp(told[HOST].source, "name of the archive"))
		text = mr_report_format(report, "%s; host by the name of the archive", text);
	mr_report_note(report, "inferred", text, mr_call_command(call, "show", "evidence", 0, 1));
	return 0;
}

/* ---- all of it ---- */

static void add_row(struct mr_call *call, struct mr_section *section, sqlite3_stmt *statement,
		    const char **last_fact)
{
	struct mr_report *report = &call->report;
	const char *fact = mr_query_named_text(report, statement, "fact");
	struct mr_report_row *row = mr_query_row(report, section, statement);

	if (!row)
		return;
	row->note = mr_query_named_text(report, statement, "how");
	if (!mr_call_is_data(call)) {
		if (*last_fact && fact && !strcmp(*last_fact, fact))
			row->cells[FACT] = mr_cell_text("");
		if (mr_query_integer(statement, "moment_ns", 0))
			row->cells[VALUE] = mr_cell_word(
				mr_report_format(report, "%s",
						 mr_number_moment(mr_query_integer(statement, "moment_ns", 0),
								  MR_MOMENT_SECOND)
							 .text));
		if (!mr_query_integer(statement, "is_used", 0))
			row->note = mr_report_format(report, "not used: %s", row->note ? row->note : "?");
	}
	*last_fact = fact;
}

int mr_evidence_show(struct mr_call *call, const struct mr_head *head, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_store *store = call->selection.store;
	struct mr_section *section =
		mr_report_section(&call->report, "rows", columns, sizeof(columns) / sizeof(columns[0]));
	const char *last_fact = NULL;
	int result = mr_query_saved(store, "reports/evidence", head->snapshot_id, 0, &statement, error);

	while (!result && (result = mr_query_step(store, statement, error)) == 1) {
		add_row(call, section, statement, &last_fact);
		result = 0;
	}
	if (result < 0)
		return result;
	mr_report_head(&call->report,
		       mr_report_format(&call->report, "%s  %s", mr_head_identity(call, head),
					mr_head_is_foreign(head)
						? "by what the facts are known that no file of it carries"
						: "the collector says all facts in capture/meta.csv"));
	return 0;
}

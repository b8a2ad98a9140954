/* schema: which tables and views there are, which columns, in which unit, from where.  Read from the table
 * documentation of an empty database of this program, so it needs no other.
 */
#include <errno.h>
#include <string.h>

#include "analyze/verb/query.h"
#include "analyze/verb/verb.h"
#include "schema/base/cleanup.h"
#include "schema/catalog.h"

static const struct mr_column object_columns[] = {
	{"object", "name", MR_COLUMN_NAME, 0, 26},
	{"kind", "kind", MR_COLUMN_LABEL, 0, 0, 1},
	{"columns_count", "columns", MR_COLUMN_INTEGER, 0, 0, 2},
	{"meaning", "what it holds", MR_COLUMN_LABEL, 0, 44},
};

static const struct mr_column field_columns[] = {
	{"column_name", "column", MR_COLUMN_NAME, 0, 30},
	{"unit", "unit", MR_COLUMN_LABEL, 0, 0, 1},
	{"kernel_key", "kernel's name", MR_COLUMN_LABEL, 0, 16, 2},
	{"since", "since", MR_COLUMN_LABEL, 0, 0, 3},
	{"meaning", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"source", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
};

static int list_objects(struct mr_call *call, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_store *store = call->selection.store;
	struct mr_section *section = mr_report_section(&call->report, "rows", object_columns,
						       sizeof(object_columns) / sizeof(object_columns[0]));
	int result = mr_query_saved(store, "reports/schema_objects", 0, 0, &statement, error);

	while (!result && (result = mr_query_step(store, statement, error)) == 1) {
		mr_query_row(&call->report, section, statement);
		result = 0;
	}
	if (result < 0)
		return result;
	mr_report_head(&call->report, mr_report_format(&call->report, "schema %d  %zu tables and views",
						       MR_SCHEMA_VERSION, section ? section->row_count : 0));
	mr_report_next(&call->report, "memreckon schema process");
	mr_report_next(&call->report, "memreckon sql 'select * from snapshot_head'");
	return 0;
}

static bool is_empty(const struct mr_cell *cell)
{
	return !cell->text || !*cell->text;
}

static void finish_field(struct mr_call *call, struct mr_report_row *row)
{
	enum { NAME, UNIT, KEY, SINCE, MEANING, SOURCE };
	struct mr_cell *cells = row->cells;

	/* of a column of a view the source is the view's file: that is known already */
	bool has_source =
		!is_empty(&cells[SOURCE]) && strncmp(cells[SOURCE].text, "views/", strlen("views/"));

	if (!is_empty(&cells[MEANING]) || has_source)
		row->note = mr_report_format(
			&call->report, "%s%s%s%s", is_empty(&cells[MEANING]) ? "" : cells[MEANING].text,
			has_source ? " [" : "", has_source ? cells[SOURCE].text : "", has_source ? "]" : "");
	for (size_t i = UNIT; i <= SINCE; i++)
		if (is_empty(&cells[i]))
			cells[i] = (struct mr_cell){0};
}

static int show_object(struct mr_call *call, const char *object, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_store *store = call->selection.store;
	struct mr_section *section = mr_report_section(&call->report, "rows", field_columns,
						       sizeof(field_columns) / sizeof(field_columns[0]));
	int result = mr_query(store, "SELECT * FROM documentation WHERE object = ?1 ORDER BY ordinal",
			      &statement, error);
	bool found = false;

	if (result < 0)
		return result;
	mr_query_bind_text(statement, 1, object);
	while ((result = mr_query_step(store, statement, error)) == 1) {
		found = true;
		if (!mr_query_integer(statement, "ordinal", 0)) {
			const char *meaning = mr_query_named_text(&call->report, statement, "meaning");

			call->report.heads_are_prose = true;
			mr_report_head(&call->report, object);
			mr_report_head(&call->report, meaning ? meaning : "");
			mr_report_fact_text(&call->report, NULL, "object", object);
			mr_report_fact_text(&call->report, NULL, "meaning", meaning);
			continue;
		}
		struct mr_report_row *row = mr_query_row(&call->report, section, statement);
		if (row)
			finish_field(call, row);
	}
	if (!result && !found)
		return mr_error_set(error, -EINVAL, "no table or view %s.   memreckon schema", object);
	if (!result)
		mr_report_next(
			&call->report,
			mr_report_format(&call->report, "memreckon sql 'select * from %s limit 5'", object));
	return result;
}

int mr_verb_schema(struct mr_call *call, struct mr_error *error)
{
	if (call->options.argument_count > 1)
		return mr_error_set(error, -EINVAL,
				    "schema takes one table or view.   memreckon schema --help");
	int result = mr_store_open(":memory:", MR_STORE_MEMORY, &call->selection.store, error);
	if (result < 0)
		return result;
	return call->options.argument_count ? show_object(call, call->options.arguments[0], error)
					    : list_objects(call, error);
}

/* See table.h.  Sorting and matching happen here and not in SQL, so that one saved statement serves every
 * order. */
#include "analyze/verb/table.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/verb/query.h"

size_t mr_section_column(const struct mr_section *section, const char *name)
{
	for (size_t i = 0; i < section->column_count; i++)
		if (!strcmp(section->columns[i].name, name))
			return i;
	return SIZE_MAX;
}

static bool cell_matches(const struct mr_cell *cell, const char *glob)
{
	char number[24];

	if (cell->has_number) {
		snprintf(number, sizeof(number), "%" PRId64, cell->integer);
		return !fnmatch(glob, number, 0);
	}
	return cell->text && !fnmatch(glob, cell->text, 0);
}

static bool row_matches_glob(const struct mr_section *section, const struct mr_report_row *row,
			     const struct mr_table_view *view, const char *glob)
{
	for (const char *const *name = view->match_columns; *name; name++) {
		size_t column = mr_section_column(section, *name);

		if (column != SIZE_MAX && cell_matches(&row->cells[column], glob))
			return true;
	}
	return false;
}

/* In when some glob without '!' matches, or there is none; out when one with '!' does. */
static bool is_wanted(const struct mr_options *options, const struct mr_section *section,
		      const struct mr_report_row *row, const struct mr_table_view *view)
{
	bool has_wanted = false, is_in = false;

	for (size_t i = 0; i < options->match.count; i++) {
		const char *glob = options->match.items[i];

		if (*glob == '!') {
			if (row_matches_glob(section, row, view, glob + 1))
				return false;
			continue;
		}
		has_wanted = true;
		is_in |= row_matches_glob(section, row, view, glob);
	}
	return !has_wanted || is_in;
}

struct order {
	const struct mr_section *section;
	size_t column;
	bool reverse;
};

static int compare_cells(const struct mr_cell *a, const struct mr_cell *b)
{
	bool a_known = a->has_number || a->text, b_known = b->has_number || b->text;

	if (a_known != b_known)
		return a_known ? -1 : 1;
	if (a->has_number && b->has_number)
		return a->integer == b->integer ? 0 : a->integer < b->integer ? 1 : -1;
	if (!a->text || !b->text)
		return 0;
	return strcmp(a->text, b->text);
}

/* Ties go by name, and then by number, upwards: the same input prints the same bytes. */
static int compare_names(const struct mr_section *section, const struct mr_report_row *a,
			 const struct mr_report_row *b)
{
	int result = 0;

	for (size_t i = 0; i < section->column_count && !result; i++)
		if (section->columns[i].kind == MR_COLUMN_NAME)
			result = compare_cells(&a->cells[i], &b->cells[i]);
	for (size_t i = 0; i < section->column_count && !result; i++)
		if (section->columns[i].kind == MR_COLUMN_INTEGER)
			result = -compare_cells(&a->cells[i], &b->cells[i]);
	return result;
}

/* What is unknown stands last in either direction. */
static int compare_rows(const void *left, const void *right, void *context)
{
	const struct mr_report_row *a = left, *b = right;
	const struct order *order = context;
	const struct mr_cell *x = &a->cells[order->column], *y = &b->cells[order->column];
	int result = compare_cells(x, y);
	bool both_known = (x->has_number || x->text) && (y->has_number || y->text);

	if (result)
		return order->reverse && both_known ? -result : result;
	return compare_names(order->section, a, b);
}

static int find_order(const struct mr_call *call, const struct mr_section *section,
		      const struct mr_table_view *view, struct order *order, struct mr_error *error)
{
	const char *column = call->options.sort ? NULL : view->sort_column;

	for (const struct mr_sort_key *key = view->keys; !column && key && key->key; key++)
		if (!strcmp(key->key, call->options.sort))
			column = key->column;
	if (!column) {
		char known[256] = "";

		for (const struct mr_sort_key *key = view->keys; key && key->key; key++) {
			strncat(known, " ", sizeof(known) - strlen(known) - 1);
			strncat(known, key->key, sizeof(known) - strlen(known) - 1);
		}
		return mr_error_set(error, -EINVAL, "--sort %s: %s sorts by%s", call->options.sort,
				    call->verb->name, known);
	}
	*order = (struct order){section, mr_section_column(section, column), call->options.reverse};
	return 0;
}

static bool is_size(const struct mr_column *column)
{
	return column->kind == MR_COLUMN_SIZE || column->kind == MR_COLUMN_LEDGER_SIZE ||
	       column->kind == MR_COLUMN_SHARE;
}

/* The sum of one column over the rows that are cut; what is not known makes it "≥". */
static struct mr_cell sum_cell(struct mr_call *call, const struct mr_section *section, size_t column,
			       size_t first, size_t count)
{
	struct mr_cell sum = mr_cell_integer(0);
	struct mr_size_style style = call->report.size_style;
	size_t known = 0;

	style.unit = call->options.unit;
	for (size_t i = first; i < first + count; i++) {
		const struct mr_cell *cell = &section->rows[i].cells[column];

		known += cell->has_number;
		if (cell->has_number && __builtin_add_overflow(sum.integer, cell->integer, &sum.integer))
			return mr_cell_unknown();
	}
	if (!known || (known < count && !sum.integer))
		return mr_cell_unknown();
	if (known < count && section->columns[column].kind == MR_COLUMN_SIZE) {
		sum.state = MR_CELL_WORD;
		sum.text = mr_report_format(&call->report, "≥%s", mr_number_size(sum.integer, &style).text);
		sum.length_bytes = strlen(sum.text);
	}
	return sum;
}

static void fold_rest(struct mr_call *call, struct mr_section *section, const struct mr_table_view *view,
		      size_t most)
{
	size_t cut = section->row_count - most, label = mr_section_column(section, view->rest_column);
	struct mr_cell *cells = mr_report_allocate(&call->report, section->column_count * sizeof(*cells));

	if (!cells)
		return;
	for (size_t c = 0; c < section->column_count; c++)
		if (view->rest_is_summed && is_size(&section->columns[c]))
			cells[c] = sum_cell(call, section, c, most, cut);
	if (label != SIZE_MAX) {
		cells[label] = mr_cell_text(
			mr_report_format(&call->report, "(%s more)", mr_number_count((int64_t)cut).text));
		cells[label].state = MR_CELL_WORD;
	}
	section->row_count = most + 1;
	section->rows[most] =
		(struct mr_report_row){.kind = MR_ROW_MORE, .more_count = (int64_t)cut, .cells = cells};
}

static void draw_bars(struct mr_section *section, const char *column_name)
{
	size_t column = mr_section_column(section, column_name);

	for (size_t i = 0; column != SIZE_MAX && i < section->row_count; i++) {
		struct mr_report_row *row = &section->rows[i];
		int64_t value = row->cells[column].integer;

		if (row->kind != MR_ROW_DATA || value <= 0)
			continue;
		row->bar = (struct mr_bar){.present = true, .high = value};
		if (value > section->scale_high)
			section->scale_high = value;
	}
}

int mr_table_fill(struct mr_call *call, struct mr_section *section, sqlite3_stmt *statement,
		  const struct mr_table_view *view, struct mr_error *error)
{
	struct order order;
	int result = 0;

	if (!section)
		return mr_error_set(error, -ENOMEM, "out of memory");
	while ((result = mr_query_step(call->selection.store, statement, error)) == 1) {
		struct mr_report_row *row = mr_query_row(&call->report, section, statement);

		if (row && !is_wanted(&call->options, section, row, view))
			section->row_count--;
	}
	if (!result)
		result = find_order(call, section, view, &order, error);
	if (!result && section->row_count)
		qsort_r(section->rows, section->row_count, sizeof(*section->rows), compare_rows, &order);
	return result;
}

void mr_table_finish(struct mr_call *call, struct mr_section *section, const struct mr_table_view *view,
		     size_t most)
{
	if (view->bar_of)
		draw_bars(section, view->bar_of);
	if (most < section->row_count)
		fold_rest(call, section, view, most);
}

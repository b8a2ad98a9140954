/* The main table as CSV or TSV with one header line: RFC 4180, NULL an empty unquoted field, lines end in LF.
 *
 * A file has one table: of the further ones only those with the same columns follow.  Rows that stand for
 * others or sum them up are left out of flat tables; a tree carries its depth and keeps them.
 */
#include "analyze/render/render.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_data(const struct mr_column *column)
{
	return column->kind != MR_COLUMN_BAR && !(column->flags & (MR_COLUMN_PAPER_ONLY | MR_COLUMN_ABSENT));
}

static bool same_columns(const struct mr_section *a, const struct mr_section *b)
{
	if (a->column_count != b->column_count || a->is_tree != b->is_tree)
		return false;
	for (size_t i = 0; i < a->column_count; i++)
		if (is_data(&a->columns[i]) != is_data(&b->columns[i]) ||
		    (is_data(&a->columns[i]) && strcmp(a->columns[i].name, b->columns[i].name)))
			return false;
	return true;
}

static void append_text(struct mr_buffer *out, const char *text, size_t length_bytes, char delimiter,
			const struct mr_render_options *options)
{
	struct mr_buffer escaped = {0};

	if (options->to_terminal) {
		mr_escape_text(&escaped, text, length_bytes, options->charset);
		out->failed |= escaped.failed;
		text = escaped.data ? escaped.data : "";
		length_bytes = escaped.length_bytes;
	}
	mr_escape_csv(out, text, length_bytes, delimiter, options->raw);
	mr_buffer_deinit(&escaped);
}

static void append_cell(struct mr_buffer *out, const struct mr_cell *cell, char delimiter,
			const struct mr_render_options *options)
{
	if (cell->has_number && cell->is_real) {
		if (isfinite(cell->real))
			mr_buffer_printf(out, "%.15g", cell->real);
	} else if (cell->has_number)
		mr_buffer_printf(out, "%" PRId64, cell->integer);
	else if (cell->text && (cell->state == MR_CELL_VALUE || cell->state == MR_CELL_WORD))
		append_text(out, cell->text, cell->length_bytes, delimiter, options);
}

static void append_header(struct mr_buffer *out, const struct mr_section *section, char delimiter,
			  const struct mr_render_options *options)
{
	const char *before = "";
	const char between[] = {delimiter, '\0'};

	if (section->is_tree) {
		mr_buffer_append_text(out, "depth");
		before = between;
	}
	for (size_t i = 0; i < section->column_count; i++)
		if (is_data(&section->columns[i])) {
			mr_buffer_append_text(out, before);
			append_text(out, section->columns[i].name, strlen(section->columns[i].name),
				    delimiter, options);
			before = between;
		}
	mr_buffer_append(out, "\n", 1);
}

static void append_row(struct mr_buffer *out, const struct mr_section *section,
		       const struct mr_report_row *row, char delimiter,
		       const struct mr_render_options *options)
{
	const char *before = "";
	const char between[] = {delimiter, '\0'};

	if (section->is_tree) {
		mr_buffer_printf(out, "%u", row->depth);
		before = between;
	}
	for (size_t i = 0; i < section->column_count; i++)
		if (is_data(&section->columns[i])) {
			mr_buffer_append_text(out, before);
			append_cell(out, &row->cells[i], delimiter, options);
			before = between;
		}
	mr_buffer_append(out, "\n", 1);
}

static void render(const struct mr_report *report, const struct mr_render_options *options,
		   struct mr_buffer *out, char delimiter)
{
	if (!report->section_count)
		return;
	append_header(out, &report->sections[0], delimiter, options);
	for (size_t i = 0; i < report->section_count; i++) {
		const struct mr_section *section = &report->sections[i];

		if (i && !same_columns(section, &report->sections[0]))
			continue;
		for (size_t j = 0; j < section->row_count; j++)
			if (section->is_tree || section->rows[j].kind == MR_ROW_DATA)
				append_row(out, section, &section->rows[j], delimiter, options);
	}
}

void mr_render_csv(const struct mr_report *report, const struct mr_render_options *options,
		   struct mr_buffer *out)
{
	render(report, options, out, ',');
}

void mr_render_tsv(const struct mr_report *report, const struct mr_render_options *options,
		   struct mr_buffer *out)
{
	render(report, options, out, '\t');
}

/* A table on paper: all cells are written into one buffer and measured, then columns give way until a line
 * fits.
 *
 * In this order: bars are shown only when there is more room than the 80 cells of a mail and everything else
 * fits with its names at their shortest; then the least important columns go; then the widest names are
 * shortened.
 */
#include "analyze/render/text.h"

#include <stdlib.h>
#include <string.h>

#define BARS_FROM_CELLS 81
#define BAR_MOST_CELLS 40
#define NAME_LEAST_CELLS 12

struct piece {
	size_t offset_bytes, length_bytes, width_cells;
};

struct grid {
	const struct mr_report *report;
	const struct mr_section *section;
	const struct mr_render_options *options;
	struct mr_buffer text; /* all cells */
	struct piece *pieces;  /* of row r and column c: r * column_count + c; the header is row 0 */
	size_t *widths;        /* by column */
	struct piece *prefixes;
	bool *shown, *right; /* by column */
};

static bool is_shrinkable(const struct mr_column *column)
{
	return column->kind == MR_COLUMN_NAME || (column->kind == MR_COLUMN_LABEL && column->min_cells);
}

static size_t least_width(const struct grid *grid, size_t c)
{
	const struct mr_column *column = &grid->section->columns[c];
	size_t least = column->min_cells ? column->min_cells : NAME_LEAST_CELLS;

	if (!is_shrinkable(column))
		return grid->widths[c];
	return grid->widths[c] < least ? grid->widths[c] : least;
}

static size_t gap_before(const struct grid *grid, size_t c, bool first)
{
	const struct mr_column *column = &grid->section->columns[c];

	if (first && !grid->right[c])
		return 0;
	return column->gap_cells ? column->gap_cells : 2;
}

static size_t line_width(const struct grid *grid, bool at_least)
{
	size_t width = 0;
	bool first = true;

	for (size_t c = 0; c < grid->section->column_count; c++)
		if (grid->shown[c]) {
			width += gap_before(grid, c, first) +
				 (at_least ? least_width(grid, c) : grid->widths[c]);
			first = false;
		}
	return width;
}

static void hide_bars(struct grid *grid)
{
	for (size_t c = 0; c < grid->section->column_count; c++)
		if (grid->section->columns[c].kind == MR_COLUMN_BAR)
			grid->shown[c] = false;
}

static bool hide_least_important(struct grid *grid)
{
	size_t least = grid->section->column_count;

	for (size_t c = 0; c < grid->section->column_count; c++)
		if (grid->shown[c] && grid->section->columns[c].drop &&
		    (least == grid->section->column_count ||
		     grid->section->columns[c].drop > grid->section->columns[least].drop))
			least = c;
	if (least == grid->section->column_count)
		return false;
	grid->shown[least] = false;
	return true;
}

static void shorten_names(struct grid *grid, size_t limit)
{
	while (line_width(grid, false) > limit) {
		size_t widest = grid->section->column_count;

		for (size_t c = 0; c < grid->section->column_count; c++)
			if (grid->shown[c] && grid->widths[c] > least_width(grid, c) &&
			    (widest == grid->section->column_count || grid->widths[c] > grid->widths[widest]))
				widest = c;
		if (widest == grid->section->column_count)
			return;
		grid->widths[widest]--;
	}
}

/* A bar at the end of the line takes the room that is left. */
static void stretch_last_bar(struct grid *grid, size_t limit)
{
	size_t last = grid->section->column_count - 1, width = line_width(grid, false);

	if (!grid->shown[last] || grid->section->columns[last].kind != MR_COLUMN_BAR || width >= limit)
		return;
	grid->widths[last] += limit - width;
	if (grid->widths[last] > BAR_MOST_CELLS)
		grid->widths[last] = BAR_MOST_CELLS;
}

static void fit(struct grid *grid)
{
	size_t limit = grid->options->width_cells;

	if (limit < BARS_FROM_CELLS || line_width(grid, true) > limit)
		hide_bars(grid);
	while (line_width(grid, true) > limit && hide_least_important(grid))
		;
	shorten_names(grid, limit);
	if (grid->section->column_count)
		stretch_last_bar(grid, limit);
}

static struct piece *piece_at(const struct grid *grid, size_t row, size_t c)
{
	return &grid->pieces[row * grid->section->column_count + c];
}

static void close_piece(struct grid *grid, struct piece *piece)
{
	piece->length_bytes = grid->text.length_bytes - piece->offset_bytes;
	piece->width_cells =
		grid->text.failed || !piece->length_bytes
			? 0
			: mr_text_width_cells(grid->text.data + piece->offset_bytes, piece->length_bytes);
}

static bool has_later_sibling(const struct mr_section *section, size_t row, unsigned depth)
{
	for (size_t i = row + 1; i < section->row_count; i++)
		if (section->rows[i].depth <= depth)
			return section->rows[i].depth == depth;
	return false;
}

static void write_prefix(struct grid *grid, size_t row)
{
	const struct mr_section *section = grid->section;
	struct piece *piece = &grid->prefixes[row];
	unsigned depth = section->rows[row].depth;

	piece->offset_bytes = grid->text.length_bytes;
	for (unsigned level = 1; section->is_tree && level <= depth; level++) {
		bool more = has_later_sibling(section, row, level);
		const char *sign = level < depth ? more ? "│  " : "   " : more ? "├─ " : "└─ ";

		mr_escape_label(&grid->text, sign, strlen(sign), grid->options->charset);
	}
	close_piece(grid, piece);
}

static void write_cells(struct grid *grid, size_t c)
{
	const struct mr_column *column = &grid->section->columns[c];
	struct piece *header = piece_at(grid, 0, c);

	header->offset_bytes = grid->text.length_bytes;
	if (column->kind != MR_COLUMN_BAR && column->header)
		mr_escape_label(&grid->text, column->header, strlen(column->header), grid->options->charset);
	close_piece(grid, header);
	grid->widths[c] = header->width_cells;
	for (size_t row = 0; row < grid->section->row_count; row++) {
		const struct mr_cell *cell = &grid->section->rows[row].cells[c];
		struct piece *piece = piece_at(grid, row + 1, c);

		piece->offset_bytes = grid->text.length_bytes;
		mr_text_cell(&grid->text, grid->report, grid->section, column, cell, grid->options->charset);
		close_piece(grid, piece);
		size_t width = piece->width_cells;
		if (column->flags & MR_COLUMN_TREE)
			width += grid->prefixes[row].width_cells;
		if (width > grid->widths[c])
			grid->widths[c] = width;
	}
	if (!is_shrinkable(column) && grid->widths[c] < column->min_cells)
		grid->widths[c] = column->min_cells;
}

/* Numbers stand right.  A column of anything does so when nothing in it is text. */
static bool stands_right(const struct mr_section *section, size_t c)
{
	switch (section->columns[c].kind) {
	case MR_COLUMN_LABEL:
	case MR_COLUMN_NAME:
	case MR_COLUMN_VERDICT:
	case MR_COLUMN_BAR:
	case MR_COLUMN_MOMENT:
		return false;
	case MR_COLUMN_ANY:
		for (size_t row = 0; row < section->row_count; row++)
			if (section->rows[row].cells[c].text)
				return false;
		return true;
	default:
		return true;
	}
}

static bool grid_init(struct grid *grid)
{
	size_t rows = grid->section->row_count, columns = grid->section->column_count;

	grid->pieces = calloc((rows + 1) * columns + 1, sizeof(*grid->pieces));
	grid->prefixes = calloc(rows + 1, sizeof(*grid->prefixes));
	grid->widths = calloc(columns + 1, sizeof(*grid->widths));
	grid->shown = calloc(columns + 1, sizeof(*grid->shown));
	grid->right = calloc(columns + 1, sizeof(*grid->right));
	if (!grid->pieces || !grid->prefixes || !grid->widths || !grid->shown || !grid->right)
		return false;
	for (size_t row = 0; row < rows; row++)
		write_prefix(grid, row);
	for (size_t c = 0; c < columns; c++) {
		grid->shown[c] =
			!(grid->section->columns[c].flags & (MR_COLUMN_DATA_ONLY | MR_COLUMN_ABSENT));
		grid->right[c] = stands_right(grid->section, c);
		write_cells(grid, c);
	}
	return !grid->text.failed;
}

static void grid_deinit(struct grid *grid)
{
	mr_buffer_deinit(&grid->text);
	free(grid->pieces);
	free(grid->prefixes);
	free(grid->widths);
	free(grid->shown);
	free(grid->right);
}

static void spaces(struct mr_buffer *out, size_t count)
{
	while (count-- > 0)
		mr_buffer_append(out, " ", 1);
}

static void trim(struct mr_buffer *out)
{
	while (out->length_bytes && out->data[out->length_bytes - 1] == ' ')
		out->data[--out->length_bytes] = '\0';
	mr_buffer_append(out, "\n", 1);
}

static void print_piece(struct mr_buffer *out, const struct grid *grid, const struct piece *piece,
			size_t width, const struct mr_column *column, bool right, enum mr_text_style style)
{
	struct mr_buffer shortened = {0};
	const char *text = piece->length_bytes ? grid->text.data + piece->offset_bytes : "";

	mr_text_shorten(&shortened, text, piece->length_bytes, width, column->kind == MR_COLUMN_NAME,
			grid->options->charset);
	size_t cells = shortened.data ? mr_text_width_cells(shortened.data, shortened.length_bytes) : 0;
	size_t padding = cells < width ? width - cells : 0;
	if (right)
		spaces(out, padding);
	mr_text_styled(out, grid->options, style, shortened.data, shortened.length_bytes);
	if (!right)
		spaces(out, padding);
	out->failed |= shortened.failed;
	mr_buffer_deinit(&shortened);
}

/* A table that needs no header has only empty ones. */
static bool has_header(const struct grid *grid)
{
	for (size_t c = 0; c < grid->section->column_count; c++)
		if (grid->shown[c] &&
		    (piece_at(grid, 0, c)->length_bytes || grid->section->columns[c].ruler_left))
			return true;
	return false;
}

static void print_header(struct mr_buffer *out, const struct grid *grid)
{
	bool first = true;

	for (size_t c = 0; c < grid->section->column_count; c++) {
		const struct mr_column *column = &grid->section->columns[c];

		if (!grid->shown[c])
			continue;
		spaces(out, gap_before(grid, c, first));
		first = false;
		if (column->kind == MR_COLUMN_BAR)
			mr_text_ruler(out, column, grid->widths[c], grid->options->charset);
		else
			print_piece(out, grid, piece_at(grid, 0, c), grid->widths[c], column, grid->right[c],
				    MR_STYLE_PLAIN);
	}
	trim(out);
}

static void print_rule(struct mr_buffer *out, const struct grid *grid)
{
	bool first = true;

	for (size_t c = 0; c < grid->section->column_count; c++) {
		if (!grid->shown[c])
			continue;
		spaces(out, gap_before(grid, c, first));
		first = false;
		for (size_t i = 0; i < grid->widths[c]; i++)
			mr_buffer_append(out, "-", 1);
	}
	mr_buffer_append(out, "\n", 1);
}

static void print_row(struct mr_buffer *out, const struct grid *grid, size_t row)
{
	const struct mr_report_row *data = &grid->section->rows[row];
	bool first = true;

	for (size_t c = 0; c < grid->section->column_count; c++) {
		const struct mr_column *column = &grid->section->columns[c];
		size_t width = grid->widths[c];

		if (!grid->shown[c])
			continue;
		spaces(out, gap_before(grid, c, first));
		first = false;
		if (column->kind == MR_COLUMN_BAR) {
			mr_text_bar(out, grid->section, &data->bar, width, grid->options);
			continue;
		}
		if (column->flags & MR_COLUMN_TREE) {
			const struct piece *prefix = &grid->prefixes[row];

			mr_text_styled(out, grid->options, MR_STYLE_DIM,
				       grid->text.data + prefix->offset_bytes, prefix->length_bytes);
			width -= prefix->width_cells < width ? prefix->width_cells : width;
		}
		print_piece(out, grid, piece_at(grid, row + 1, c), width, column, grid->right[c],
			    data->emphasized ? MR_STYLE_BOLD : mr_text_cell_style(column, &data->cells[c]));
	}
	trim(out);
}

static void print_note(struct mr_buffer *out, const struct grid *grid, const char *note)
{
	mr_buffer_append_text(out, "     ");
	mr_escape_label(out, "└ ", strlen("└ "), grid->options->charset);
	mr_text_wrapped(out, note, 7, 7, grid->options);
	mr_buffer_append(out, "\n", 1);
}

void mr_text_table(struct mr_buffer *out, const struct mr_report *report, const struct mr_section *section,
		   const struct mr_render_options *options)
{
	struct grid grid = {.report = report, .section = section, .options = options};

	if (!grid_init(&grid)) {
		out->failed = true;
		grid_deinit(&grid);
		return;
	}
	fit(&grid);
	if (has_header(&grid))
		print_header(out, &grid);
	if (section->is_underlined)
		print_rule(out, &grid);
	for (size_t row = 0; row < section->row_count; row++) {
		print_row(out, &grid, row);
		if (section->rows[row].note)
			print_note(out, &grid, section->rows[row].note);
	}
	out->failed |= grid.text.failed;
	grid_deinit(&grid);
}

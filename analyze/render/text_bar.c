/* Bars out of block characters, in eighths of a cell where the block characters allow it.
 *
 * A bar that starts inside a cell can only fill that cell's right half or right eighth; one that ends inside
 * a cell has all eighths.  In ASCII a cell is full, begun or empty.
 */
#include "analyze/render/text.h"

#include <string.h>

static const char *const left_eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};

/* As 256-colour codes, near the palette of the HTML report. */
static const struct {
	const char *name, *code;
} palette[] = {
	{"anonymous", "62"},   {"file_cache", "74"},  {"shmem", "35"},        {"kernel", "178"},
	{"huge_pages", "132"}, {"swap_cache", "134"}, {"unaccounted", "167"}, {"free", "245"},
	{"FAIL", "167"},       {"explained", "178"},
};

static int color_start(struct mr_buffer *out, const struct mr_bar *bar,
		       const struct mr_render_options *options)
{
	for (size_t i = 0; options->color && bar->color && i < sizeof(palette) / sizeof(palette[0]); i++)
		if (!strcmp(bar->color, palette[i].name)) {
			mr_buffer_printf(out, "\033[38;5;%sm", palette[i].code);
			return 1;
		}
	return 0;
}

/* Position on the scale in eighths of a cell, within the bar's field. */
static int64_t eighths(const struct mr_section *section, int64_t value, size_t width_cells)
{
	__int128 span = (__int128)section->scale_high - section->scale_low;
	__int128 at = (__int128)value - section->scale_low, most = (__int128)width_cells * 8;

	if (span <= 0)
		return 0;
	at = (at * most * 2 + span) / (span * 2);
	return at < 0 ? 0 : at > most ? (int64_t)most : (int64_t)at;
}

/* What of a cell's eight eighths [0, 8) the bar covers: from, to. */
static const char *glyph(int64_t from, int64_t to, bool shaded)
{
	if (from >= to)
		return shaded ? "░" : " ";
	if (!from)
		return left_eighths[to];
	if (to < 8)
		return to - from >= 3 ? "▌" : from < 4 ? "▏" : "▕";
	return from <= 1 ? "█" : from <= 5 ? "▐" : "▕";
}

static int64_t within_cell(int64_t at, size_t cell)
{
	int64_t inside = at - (int64_t)cell * 8;

	return inside < 0 ? 0 : inside > 8 ? 8 : inside;
}

void mr_text_bar(struct mr_buffer *out, const struct mr_section *section, const struct mr_bar *bar,
		 size_t width_cells, const struct mr_render_options *options)
{
	int64_t low = eighths(section, bar->low, width_cells),
		high = eighths(section, bar->high, width_cells);
	int64_t shade_low = eighths(section, bar->shade_low, width_cells);
	int64_t shade_high = eighths(section, bar->shade_high, width_cells);
	size_t mark = section->has_mark ? (size_t)(eighths(section, section->scale_mark, width_cells) / 8)
					: width_cells;
	bool present = bar->present;

	/* what is there is seen, however small */
	if (present && low == high && bar->low != bar->high) {
		if (high < (int64_t)width_cells * 8)
			high++;
		else
			low--;
	}
	int colored = present ? color_start(out, bar, options) : 0;
	for (size_t cell = 0; cell < width_cells; cell++) {
		int64_t from = within_cell(low, cell), to = within_cell(high, cell);
		bool shaded =
			present && shade_low < (int64_t)(cell + 1) * 8 && shade_high > (int64_t)cell * 8;

		if (cell == mark)
			mr_escape_label(out, "│", strlen("│"), options->charset);
		else
			mr_escape_label(out, present ? glyph(from, to, shaded) : " ",
					strlen(present ? glyph(from, to, shaded) : " "), options->charset);
	}
	if (colored)
		mr_buffer_append_text(out, "\033[0m");
}

static void pad(struct mr_buffer *out, size_t cells, const char *fill, enum mr_charset charset)
{
	for (size_t i = 0; i < cells; i++)
		mr_escape_label(out, fill, strlen(fill), charset);
}

static size_t ruler_text(struct mr_buffer *out, const char *text, enum mr_charset charset)
{
	size_t before = out->length_bytes;

	mr_escape_label(out, text ? text : "", text ? strlen(text) : 0, charset);
	return out->data ? mr_text_width_cells(out->data + before, out->length_bytes - before) : 0;
}

void mr_text_ruler(struct mr_buffer *out, const struct mr_column *column, size_t width_cells,
		   enum mr_charset charset)
{
	struct mr_buffer middle = {0}, right = {0};
	size_t left_width = ruler_text(out, column->ruler_left, charset);
	size_t middle_width = ruler_text(&middle, column->ruler_middle, charset);
	size_t right_width = ruler_text(&right, column->ruler_right, charset);
	size_t room = width_cells > left_width + right_width ? width_cells - left_width - right_width : 0;

	if (middle_width && room > middle_width + 1) {
		size_t before = width_cells / 2 > left_width + middle_width / 2
					? width_cells / 2 - left_width - middle_width / 2
					: 0;
		before = before > room - middle_width ? room - middle_width : before;
		pad(out, before, " ", charset);
		mr_buffer_append(out, middle.data, middle.length_bytes);
		pad(out, room - middle_width - before, " ", charset);
	} else if (right_width && room > 2) {
		pad(out, 1, " ", charset);
		pad(out, room - 2, "─", charset);
		pad(out, 1, " ", charset);
	} else
		pad(out, room, " ", charset);
	mr_buffer_append(out, right.data, right.length_bytes);
	out->failed |= middle.failed || right.failed;
	mr_buffer_deinit(&middle);
	mr_buffer_deinit(&right);
}

/* A report on a terminal or in a mail: head, tables, notes, next commands. */
#include "analyze/render/text.h"

#include <string.h>

#define NOTE_LABEL_CELLS 13
#define HEAD_INDENT_CELLS 10

void mr_text_styled(struct mr_buffer *out, const struct mr_render_options *options, enum mr_text_style style,
		    const char *text, size_t length_bytes)
{
	static const char *const codes[] = {
		[MR_STYLE_PLAIN] = "", [MR_STYLE_BOLD] = "1",    [MR_STYLE_DIM] = "2",
		[MR_STYLE_RED] = "31", [MR_STYLE_YELLOW] = "33", [MR_STYLE_GREEN] = "32",
	};
	bool colored = options->color && style != MR_STYLE_PLAIN && length_bytes;

	if (colored)
		mr_buffer_printf(out, "\033[%sm", codes[style]);
	mr_buffer_append(out, text, length_bytes);
	if (colored)
		mr_buffer_append_text(out, "\033[0m");
}

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/* "-43 K" and "2026-11-21 07:41" stay on one line. */
static bool is_inside_number(const char *text, size_t length_bytes, size_t space)
{
	if (!space || space + 1 >= length_bytes || !is_digit(text[space - 1]))
		return false;
	return is_digit(text[space + 1]) ||
	       (memchr("BKMGTP", text[space + 1], 6) &&
		(space + 2 == length_bytes || strchr(" ,:;iB", text[space + 2])));
}

/* How many bytes of text fit into so many cells: up to the end, else in the second half up to a gap between
 * fields (two spaces), or in a line of @facts behind a comma or a colon, else up to a space, else as many
 * characters as fit. */
static size_t break_at(const char *text, size_t length_bytes, size_t width_cells, bool facts)
{
	size_t fits = 0, space = 0, clause = 0, gap = 0;

	while (fits < length_bytes && mr_text_width_cells(text, fits + 1) <= width_cells) {
		fits++;
		while (fits < length_bytes && ((unsigned char)text[fits] & 0xc0) == 0x80)
			fits++;
		if (fits < length_bytes && text[fits] == ' ' && text[fits - 1] != ' ' &&
		    !is_inside_number(text, length_bytes, fits))
			space = fits;
		if (!space || space != fits || fits <= width_cells / 2)
			continue;
		if (fits + 1 < length_bytes && text[fits + 1] == ' ')
			gap = fits;
		if (facts && strchr(",:;", text[fits - 1]))
			clause = fits;
	}
	if (fits == length_bytes || !fits)
		return length_bytes;
	return gap ? gap : clause ? clause : space ? space : fits;
}

static void wrap(struct mr_buffer *out, const char *text, size_t first_column, size_t indent_cells,
		 bool facts, const struct mr_render_options *options)
{
	struct mr_buffer escaped = {0};

	mr_escape_label(&escaped, text, strlen(text), options->charset);
	out->failed |= escaped.failed;
	for (size_t at = 0, column = first_column; at < escaped.length_bytes; column = indent_cells) {
		size_t room = options->width_cells > column + 20 ? options->width_cells - column : 20;
		size_t length = break_at(escaped.data + at, escaped.length_bytes - at, room, facts);

		mr_buffer_append(out, escaped.data + at, length);
		at += length;
		while (at < escaped.length_bytes && escaped.data[at] == ' ')
			at++;
		if (at < escaped.length_bytes)
			mr_buffer_printf(out, "\n%*s", (int)indent_cells, "");
	}
	mr_buffer_deinit(&escaped);
}

void mr_text_wrapped(struct mr_buffer *out, const char *text, size_t first_column, size_t indent_cells,
		     const struct mr_render_options *options)
{
	wrap(out, text, first_column, indent_cells, false, options);
}

static void print_heads(struct mr_buffer *out, const struct mr_report *report,
			const struct mr_render_options *options)
{
	for (size_t i = 0; i < report->head_count; i++) {
		if (!i && options->color)
			mr_buffer_append_text(out, "\033[1m");
		wrap(out, report->heads[i], 0, HEAD_INDENT_CELLS, !report->heads_are_prose, options);
		if (!i && options->color)
			mr_buffer_append_text(out, "\033[0m");
		mr_buffer_append(out, "\n", 1);
	}
}

/* The width of what stands on the last line of the buffer. */
static size_t column_reached(const struct mr_buffer *out)
{
	const char *line = out->data ? memrchr(out->data, '\n', out->length_bytes) : NULL;

	if (!line)
		return 0;
	return mr_text_width_cells(line + 1, (size_t)(out->data + out->length_bytes - line - 1));
}

static void print_command(struct mr_buffer *out, const char *command, size_t indent_cells, size_t gap_cells,
			  const struct mr_render_options *options)
{
	struct mr_buffer text = {0};

	mr_escape_label(&text, command, strlen(command), options->charset);
	size_t width = text.data ? mr_text_width_cells(text.data, text.length_bytes) : 0,
	       at = column_reached(out);
	if (at > indent_cells && at + gap_cells + width > options->width_cells) {
		mr_buffer_append(out, "\n", 1);
		at = 0;
		gap_cells = indent_cells;
	}
	mr_buffer_printf(out, "%*s", (int)(at <= indent_cells ? indent_cells - at : gap_cells), "");
	mr_buffer_append(out, text.data, text.length_bytes);
	out->failed |= text.failed;
	mr_buffer_deinit(&text);
}

static void print_notes(struct mr_buffer *out, const struct mr_report *report,
			const struct mr_render_options *options)
{
	for (size_t i = 0; i < report->note_count; i++) {
		const struct mr_note *note = &report->notes[i];
		size_t start = out->length_bytes;

		mr_escape_label(out, note->label, strlen(note->label), options->charset);
		size_t width =
			out->data ? mr_text_width_cells(out->data + start, out->length_bytes - start) : 0;
		size_t indent = note->label[0] ? NOTE_LABEL_CELLS : 0;
		mr_buffer_printf(out, "%*s", (int)(width < indent ? indent - width : width ? 1 : 0), "");
		mr_text_wrapped(out, note->text, width < indent ? indent : width + 1, indent, options);
		if (note->next)
			print_command(out, note->next, NOTE_LABEL_CELLS, 4, options);
		mr_buffer_append(out, "\n", 1);
	}
}

static void print_next(struct mr_buffer *out, const struct mr_report *report,
		       const struct mr_render_options *options)
{
	mr_buffer_append_text(out, "next");
	for (size_t i = 0; i < report->next_count; i++)
		print_command(out, report->next[i], 6, 5, options);
	mr_buffer_append(out, "\n", 1);
}

static void separate(struct mr_buffer *out, bool *begun)
{
	if (*begun)
		mr_buffer_append(out, "\n", 1);
	*begun = true;
}

static bool is_on_paper(const struct mr_section *section)
{
	if (section->is_hidden_when_empty && !section->row_count)
		return false;
	for (size_t i = 0; i < section->column_count; i++)
		if (!(section->columns[i].flags & (MR_COLUMN_DATA_ONLY | MR_COLUMN_ABSENT)))
			return true;
	return false;
}

void mr_text_body(const struct mr_report *report, const struct mr_render_options *options,
		  struct mr_buffer *out)
{
	bool begun = report->head_count > 0;

	for (size_t i = 0; i < report->section_count; i++) {
		const struct mr_section *section = &report->sections[i];

		if (!is_on_paper(section))
			continue;
		separate(out, &begun);
		if (section->title) {
			mr_text_wrapped(out, section->title, 0, 2, options);
			mr_buffer_append(out, "\n", 1);
		}
		mr_text_table(out, report, section, options);
	}
	if (report->note_count) {
		separate(out, &begun);
		print_notes(out, report, options);
	}
	if (report->next_count) {
		separate(out, &begun);
		print_next(out, report, options);
	}
}

void mr_render_text(const struct mr_report *report, const struct mr_render_options *options,
		    struct mr_buffer *out)
{
	print_heads(out, report, options);
	mr_text_body(report, options, out);
}

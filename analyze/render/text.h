/* Parts of the text renderer, private to the files text*.c. */
#ifndef MR_RENDER_TEXT_H
#define MR_RENDER_TEXT_H

#include "analyze/render/render.h"

/** SGR attributes; colour only repeats what the text says. */
enum mr_text_style {
	MR_STYLE_PLAIN,
	MR_STYLE_BOLD,
	MR_STYLE_DIM,
	MR_STYLE_RED,
	MR_STYLE_YELLOW,
	MR_STYLE_GREEN
};

/** Append text that is escaped already, in a style when colour is on. */
void mr_text_styled(struct mr_buffer *out, const struct mr_render_options *options, enum mr_text_style style,
		    const char *text, size_t length_bytes);

/** Append one cell as escaped text, without padding. */
void mr_text_cell(struct mr_buffer *out, const struct mr_report *report, const struct mr_section *section,
		  const struct mr_column *column, const struct mr_cell *cell, enum mr_charset charset);

enum mr_text_style mr_text_cell_style(const struct mr_column *column, const struct mr_cell *cell);

/** Append one bar, exactly @width_cells wide. */
void mr_text_bar(struct mr_buffer *out, const struct mr_section *section, const struct mr_bar *bar,
		 size_t width_cells, const struct mr_render_options *options);

/** Append the line over a column of bars, exactly @width_cells wide. */
void mr_text_ruler(struct mr_buffer *out, const struct mr_column *column, size_t width_cells,
		   enum mr_charset charset);

/** Append one table. */
void mr_text_table(struct mr_buffer *out, const struct mr_report *report, const struct mr_section *section,
		   const struct mr_render_options *options);

/** Append raw text as label, broken at spaces, further lines indented. */
void mr_text_wrapped(struct mr_buffer *out, const char *text, size_t first_column, size_t indent_cells,
		     const struct mr_render_options *options);

/** Append the whole page without its head: tables, notes, next. */
void mr_text_body(const struct mr_report *report, const struct mr_render_options *options,
		  struct mr_buffer *out);

#endif

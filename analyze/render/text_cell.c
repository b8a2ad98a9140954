/* One cell as text: every kind of column in the one form it has on paper. */
#include "analyze/render/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void append(struct mr_buffer *out, const char *text, enum mr_charset charset)
{
	mr_escape_label(out, text, strlen(text), charset);
}

static void append_number(struct mr_buffer *out, struct mr_number number, enum mr_charset charset)
{
	append(out, number.text, charset);
}

static void append_real(struct mr_buffer *out, double real)
{
	mr_buffer_printf(out, "%.6g", real);
}

static void append_ledger_size(struct mr_buffer *out, const struct mr_report *report,
			       const struct mr_section *section, const struct mr_cell *cell, bool with_sign)
{
	int64_t steps = cell->has_steps ? cell->steps
					: mr_number_steps(cell->integer, section->unit,
							  report->size_style.page_size_bytes);

	append_number(out, mr_number_of_steps(steps, section->unit, with_sign), MR_CHARSET_UTF8);
}

static void append_size(struct mr_buffer *out, const struct mr_report *report, const struct mr_cell *cell,
			bool with_sign)
{
	if (cell->is_plain)
		mr_buffer_printf(out, with_sign && cell->integer ? "%+" PRId64 : "%" PRId64, cell->integer);
	else
		append_number(out,
			      (with_sign ? mr_number_size_signed : mr_number_size)(cell->integer,
										   &report->size_style),
			      MR_CHARSET_UTF8);
}

/* "✓ ok", "✗ FAIL": the sign in front is what the eye finds; in ASCII the word alone says it. */
static void append_verdict(struct mr_buffer *out, const struct mr_cell *cell, enum mr_charset charset)
{
	static const struct {
		const char *word, *sign;
	} verdicts[] = {{"ok", "✓ "}, {"explained", "≈ "}, {"FAIL", "✗ "}, {"skipped", "– "}};

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (charset == MR_CHARSET_UTF8 &&
		    !strncmp(cell->text, verdicts[i].word, strlen(verdicts[i].word)))
			append(out, verdicts[i].sign, charset);
	mr_escape_label(out, cell->text, cell->length_bytes, charset);
}

/* Steps are hundredths of a percent, rounded half away from zero; no sum, which could overflow. */
static int64_t steps_of_millionths(int64_t millionths)
{
	return millionths / 100 + millionths % 100 / 50;
}

static void append_value(struct mr_buffer *out, const struct mr_report *report,
			 const struct mr_section *section, const struct mr_column *column,
			 const struct mr_cell *cell, enum mr_charset charset)
{
	bool with_sign = column->flags & MR_COLUMN_SIGNED;
	int64_t share = cell->has_steps ? cell->steps : steps_of_millionths(cell->integer);

	switch (column->kind) {
	case MR_COLUMN_RATIO:
		append_number(out, mr_number_ratio(cell->real), charset);
		return;
	case MR_COLUMN_SIZE:
		append_size(out, report, cell, with_sign);
		return;
	case MR_COLUMN_LEDGER_SIZE:
		append_ledger_size(out, report, section, cell, with_sign);
		return;
	case MR_COLUMN_SHARE:
		append_number(out, mr_number_share(share, with_sign), charset);
		return;
	case MR_COLUMN_CHANGE:
		append_number(out, mr_number_change(cell->integer), charset);
		return;
	case MR_COLUMN_MOMENT:
		append_number(out, mr_number_moment(cell->integer, MR_MOMENT_MINUTE), charset);
		return;
	default:
		if (cell->is_real)
			append_real(out, cell->real);
		else
			mr_buffer_printf(out, with_sign && cell->integer ? "%+" PRId64 : "%" PRId64,
					 cell->integer);
	}
}

static void append_text(struct mr_buffer *out, const struct mr_column *column, const struct mr_cell *cell,
			enum mr_charset charset)
{
	if (column->kind == MR_COLUMN_VERDICT)
		append_verdict(out, cell, charset);
	else if (cell->state == MR_CELL_WORD || !cell->is_name)
		mr_escape_label(out, cell->text, cell->length_bytes, charset);
	else
		mr_escape_text(out, cell->text, cell->length_bytes, charset);
}

void mr_text_cell(struct mr_buffer *out, const struct mr_report *report, const struct mr_section *section,
		  const struct mr_column *column, const struct mr_cell *cell, enum mr_charset charset)
{
	bool is_zero = cell->has_number && !cell->is_real && !cell->integer;

	switch (cell->state) {
	case MR_CELL_BLANK:
		return;
	case MR_CELL_NOTHING:
		append(out, "·", charset);
		return;
	case MR_CELL_UNKNOWN:
		append(out, "?", charset);
		return;
	case MR_CELL_NOISE:
		append(out, "~", charset);
		return;
	case MR_CELL_WORD:
		append_text(out, column, cell, charset);
		return;
	case MR_CELL_VALUE:
		break;
	}
	if (is_zero && column->flags & MR_COLUMN_ZERO_IS_NOTHING)
		append(out, "·", charset);
	else if (cell->text && !cell->has_number)
		append_text(out, column, cell, charset);
	else
		append_value(out, report, section, column, cell, charset);
}

enum mr_text_style mr_text_cell_style(const struct mr_column *column, const struct mr_cell *cell)
{
	bool is_zero = cell->has_number && !cell->is_real && !cell->integer;

	if (cell->state == MR_CELL_NOTHING || cell->state == MR_CELL_NOISE ||
	    cell->state == MR_CELL_UNKNOWN ||
	    (cell->state == MR_CELL_VALUE && is_zero && column->flags & MR_COLUMN_ZERO_IS_NOTHING))
		return MR_STYLE_DIM;
	if (column->kind != MR_COLUMN_VERDICT || !cell->text)
		return MR_STYLE_PLAIN;
	switch (cell->text[0]) {
	case 'F':
		return MR_STYLE_RED;
	case 'e':
	case '!':
		return MR_STYLE_YELLOW;
	case 'o':
		return MR_STYLE_GREEN;
	default:
		return MR_STYLE_DIM;
	}
}

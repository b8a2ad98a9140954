/* A report as one JSON object: exact integers, units in the keys, valid UTF-8 whatever a name holds.
 *
 *   {"memreckon": version, facts of the head by group, "rows": [...], further tables by name, "notes": [...],
 * "next": [...]}
 *
 * One row stands on one line, so that two outputs can be compared with diff.
 */
#include "analyze/render/render.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append_real(struct mr_buffer *out, double real)
{
	char text[32];

	if (!isfinite(real)) {
		mr_buffer_append_text(out, "null");
		return;
	}
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, real);
		if (strtod(text, NULL) == real)
			break;
	}
	mr_buffer_append_text(out, text);
}

static bool cell_is_text(const struct mr_cell *cell)
{
	return !cell->has_number && cell->text &&
	       (cell->state == MR_CELL_VALUE || cell->state == MR_CELL_WORD);
}

static void append_value(struct mr_buffer *out, const struct mr_cell *cell)
{
	if (cell_is_text(cell))
		mr_escape_json(out, cell->text, cell->length_bytes);
	else if (!cell->has_number)
		mr_buffer_append_text(out, "null");
	else if (cell->is_real)
		append_real(out, cell->real);
	else
		mr_buffer_printf(out, "%" PRId64, cell->integer);
}

static void append_key(struct mr_buffer *out, const char *name, const char *suffix, bool first)
{
	struct mr_buffer key = {0};

	mr_buffer_printf(&key, "%s%s", name, suffix);
	out->failed |= key.failed;
	if (!first)
		mr_buffer_append(out, ",", 1);
	mr_escape_json(out, key.data ? key.data : "", key.length_bytes);
	mr_buffer_append(out, ":", 1);
	mr_buffer_deinit(&key);
}

static void append_member(struct mr_buffer *out, const char *name, const struct mr_cell *cell, bool first)
{
	append_key(out, name, "", first);
	append_value(out, cell);
	if (cell_is_text(cell) && !mr_is_utf8(cell->text, cell->length_bytes)) {
		append_key(out, name, "_hex", false);
		mr_escape_hex(out, cell->text, cell->length_bytes);
	}
}

/* The keys of the rows above, from depth 1 on; the top of a tree is a path of its own key. */
static void append_path(struct mr_buffer *out, const struct mr_section *section, size_t index)
{
	const struct mr_report_row *row = &section->rows[index];
	const struct mr_report_row *parts[32];
	size_t count = 0;

	for (size_t i = index + 1, wanted = row->depth + 1; i-- > 0 && count < 32;)
		if (section->rows[i].depth < wanted && (section->rows[i].depth || i == index)) {
			wanted = section->rows[i].depth;
			parts[count++] = &section->rows[i];
		}
	bool valid = true;
	append_key(out, "path", "", true);
	for (size_t i = count; i-- > 0;) {
		mr_buffer_append(out, i + 1 == count ? "[" : ",", 1);
		append_value(out, &parts[i]->key);
		valid &= !cell_is_text(&parts[i]->key) ||
			 mr_is_utf8(parts[i]->key.text, parts[i]->key.length_bytes);
	}
	mr_buffer_append(out, "]", 1);
	if (valid)
		return;
	append_key(out, "path_hex", "", false);
	for (size_t i = count; i-- > 0;) {
		mr_buffer_append(out, i + 1 == count ? "[" : ",", 1);
		mr_escape_hex(out, parts[i]->key.text, parts[i]->key.length_bytes);
	}
	mr_buffer_append(out, "]", 1);
}

static void append_row(struct mr_buffer *out, const struct mr_section *section, size_t index)
{
	const struct mr_report_row *row = &section->rows[index];
	bool first = !section->is_tree;

	mr_buffer_append(out, "{", 1);
	if (section->is_tree)
		append_path(out, section, index);
	for (size_t i = 0; i < section->column_count; i++) {
		const struct mr_column *column = &section->columns[i];

		if (column->kind == MR_COLUMN_BAR ||
		    column->flags & (MR_COLUMN_PAPER_ONLY | MR_COLUMN_ABSENT))
			continue;
		append_member(out, column->name, &row->cells[i], first);
		first = false;
	}
	if (row->kind == MR_ROW_MORE) {
		append_key(out, "more_count", "", first);
		mr_buffer_printf(out, "%" PRId64, row->more_count);
		first = false;
	}
	if (row->note) {
		struct mr_cell note = mr_cell_text(row->note);

		append_member(out, "note", &note, first);
	}
	mr_buffer_append(out, "}", 1);
}

static void append_section(struct mr_buffer *out, const struct mr_section *section)
{
	append_key(out, section->name, "", false);
	mr_buffer_append_text(out, "[");
	for (size_t i = 0; i < section->row_count; i++) {
		mr_buffer_append_text(out, i ? ",\n" : "\n");
		append_row(out, section, i);
	}
	mr_buffer_append_text(out, section->row_count ? "\n]" : "]");
}

static bool same_group(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Facts of one group stand together; a group of no name is the object itself. */
static void append_facts(struct mr_buffer *out, const struct mr_report *report)
{
	for (size_t i = 0; i < report->fact_count; i++) {
		const struct mr_fact *fact = &report->facts[i];
		bool opens = fact->group && (!i || !same_group(fact[-1].group, fact->group));
		bool closes = fact->group &&
			      (i + 1 == report->fact_count || !same_group(fact[1].group, fact->group));

		if (opens) {
			append_key(out, fact->group, "", false);
			mr_buffer_append(out, "{", 1);
		}
		append_member(out, fact->name, &fact->cell, opens);
		if (closes)
			mr_buffer_append_text(out, "}");
	}
}

static void append_notes(struct mr_buffer *out, const struct mr_report *report)
{
	append_key(out, "notes", "", false);
	mr_buffer_append(out, "[", 1);
	for (size_t i = 0; i < report->note_count; i++) {
		struct mr_cell label = mr_cell_text(report->notes[i].label),
			       text = mr_cell_text(report->notes[i].text);

		mr_buffer_append_text(out, i ? ",{" : "{");
		append_member(out, "about", &label, true);
		append_member(out, "text", &text, false);
		mr_buffer_append(out, "}", 1);
	}
	mr_buffer_append(out, "]", 1);
}

void mr_render_json(const struct mr_report *report, const struct mr_render_options *options,
		    struct mr_buffer *out)
{
	struct mr_cell tool = mr_cell_text(options->tool);

	mr_buffer_append(out, "{", 1);
	append_member(out, "tool", &tool, true);
	append_facts(out, report);
	for (size_t i = 0; i < report->section_count; i++)
		append_section(out, &report->sections[i]);
	append_notes(out, report);
	append_key(out, "next", "", false);
	mr_buffer_append(out, "[", 1);
	for (size_t i = 0; i < report->next_count; i++) {
		mr_buffer_append_text(out, i ? "," : "");
		mr_escape_json(out, report->next[i], strlen(report->next[i]));
	}
	mr_buffer_append_text(out, "]}\n");
}

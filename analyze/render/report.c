/* See report.h.  Everything a report holds hangs on one list of blocks and goes at once. */
#include "analyze/render/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mr_report_block {
	struct mr_report_block *next;
	_Alignas(max_align_t) char bytes[];
};

void mr_report_deinit(struct mr_report *report)
{
	while (report->blocks) {
		struct mr_report_block *next = report->blocks->next;

		free(report->blocks);
		report->blocks = next;
	}
	for (size_t i = 0; i < report->section_count; i++)
		free(report->sections[i].rows);
	*report = (struct mr_report){0};
}

void *mr_report_allocate(struct mr_report *report, size_t size_bytes)
{
	struct mr_report_block *block = NULL;

	if (size_bytes < SIZE_MAX / 2)
		block = calloc(1, sizeof(*block) + size_bytes);
	if (!block) {
		report->failed = true;
		return NULL;
	}
	block->next = report->blocks;
	report->blocks = block;
	return block->bytes;
}

const char *mr_report_keep(struct mr_report *report, const char *bytes, size_t length_bytes)
{
	char *copy = mr_report_allocate(report, length_bytes + 1);

	if (!copy)
		return "";
	if (length_bytes)
		memcpy(copy, bytes, length_bytes);
	return copy;
}

const char *mr_report_format(struct mr_report *report, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		report->failed = true;
		return "";
	}
	const char *kept = mr_report_keep(report, text, (size_t)length);
	free(text);
	return kept;
}

void mr_report_head(struct mr_report *report, const char *text)
{
	if (report->head_count < MR_REPORT_HEADS_MAX)
		report->heads[report->head_count++] = text;
}

void mr_report_note(struct mr_report *report, const char *label, const char *text, const char *next)
{
	if (report->note_count < MR_REPORT_NOTES_MAX)
		report->notes[report->note_count++] = (struct mr_note){label, text, next};
}

void mr_report_next(struct mr_report *report, const char *command)
{
	if (report->next_count < MR_REPORT_NEXT_MAX)
		report->next[report->next_count++] = command;
}

void mr_report_fact(struct mr_report *report, const char *group, const char *name, struct mr_cell cell)
{
	if (report->fact_count < MR_REPORT_FACTS_MAX)
		report->facts[report->fact_count++] = (struct mr_fact){group, name, cell};
}

void mr_report_fact_integer(struct mr_report *report, const char *group, const char *name, int64_t value)
{
	mr_report_fact(report, group, name, mr_cell_integer(value));
}

void mr_report_fact_text(struct mr_report *report, const char *group, const char *name, const char *text)
{
	mr_report_fact(report, group, name, mr_cell_text(text));
}

struct mr_section *mr_report_section(struct mr_report *report, const char *name,
				     const struct mr_column *columns, size_t column_count)
{
	struct mr_column *copy = mr_report_allocate(report, column_count * sizeof(*columns) + 1);

	if (!copy || report->section_count == MR_REPORT_SECTIONS_MAX) {
		report->failed = true;
		report->spare = (struct mr_section){.name = name, .columns = report->spare_columns};
		return &report->spare;
	}
	memcpy(copy, columns, column_count * sizeof(*columns));
	struct mr_section *section = &report->sections[report->section_count++];
	*section = (struct mr_section){
		.name = name, .columns = copy, .column_count = column_count, .unit = MR_SIZE_G};
	return section;
}

struct mr_report_row *mr_section_row(struct mr_report *report, struct mr_section *section)
{
	if (!section || section == &report->spare)
		return NULL;
	if (section->row_count == section->row_capacity) {
		size_t capacity = section->row_capacity ? 2 * section->row_capacity : 16;
		struct mr_report_row *rows = reallocarray(section->rows, capacity, sizeof(*rows));

		if (!rows) {
			report->failed = true;
			return NULL;
		}
		section->rows = rows;
		section->row_capacity = capacity;
	}
	struct mr_cell *cells = mr_report_allocate(report, section->column_count * sizeof(*cells) + 1);
	if (!cells)
		return NULL;
	struct mr_report_row *row = &section->rows[section->row_count++];
	*row = (struct mr_report_row){.cells = cells};
	return row;
}

struct mr_cell mr_cell_integer(int64_t value)
{
	return (struct mr_cell){
		.state = MR_CELL_VALUE, .has_number = true, .integer = value, .real = (double)value};
}

struct mr_cell mr_cell_real(double value)
{
	return (struct mr_cell){.state = MR_CELL_VALUE, .has_number = true, .is_real = true, .real = value};
}

struct mr_cell mr_cell_text(const char *text)
{
	if (!text)
		return mr_cell_unknown();
	return (struct mr_cell){.state = MR_CELL_VALUE, .text = text, .length_bytes = strlen(text)};
}

struct mr_cell mr_cell_name(const char *bytes, size_t length_bytes)
{
	if (!bytes)
		return mr_cell_unknown();
	return (struct mr_cell){
		.state = MR_CELL_VALUE, .is_name = true, .text = bytes, .length_bytes = length_bytes};
}

struct mr_cell mr_cell_word(const char *word)
{
	return (struct mr_cell){.state = MR_CELL_WORD, .text = word, .length_bytes = strlen(word)};
}

struct mr_cell mr_cell_unknown(void)
{
	return (struct mr_cell){.state = MR_CELL_UNKNOWN};
}

struct mr_cell mr_cell_nothing(void)
{
	return (struct mr_cell){.state = MR_CELL_NOTHING};
}

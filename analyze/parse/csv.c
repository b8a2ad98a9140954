/* The members that the collector writes itself: RFC 4180, read with libcsv.
 *
 * An empty cell is NULL, "" is an empty text.  libcsv hands out cells that it overwrites, so they are copied
 * into one buffer as large as the text: nothing moves, and texts stay valid until the row is given away.
 */
#include <csv.h>
#include <errno.h>

#include "analyze/parse/shapes.h"
#include "schema/base/buffer.h"

#define CELLS_MAX MR_FIELDS_MAX

struct reader {
	struct mr_scan *scan;
	struct mr_fill fill;
	bool is_key_value;
	bool has_header;
	bool at_end; /* what comes now has no line end behind it */
	struct mr_buffer bytes;
	size_t record_start;
	struct mr_slice cells[CELLS_MAX]; /* at is NULL for an empty cell */
	size_t cell_count;
	size_t columns[CELLS_MAX]; /* field of each column of the header */
	size_t column_count;
};

static void take_cell(void *text, size_t length_bytes, void *context)
{
	struct reader *reader = context;
	struct mr_slice cell = {0};

	if (text) {
		cell = (struct mr_slice){reader->bytes.data + reader->bytes.length_bytes, length_bytes};
		mr_buffer_append(&reader->bytes, text, length_bytes);
	}
	/* for the line in an issue */
	mr_buffer_append(&reader->bytes, ",", 1);
	if (reader->cell_count < CELLS_MAX)
		reader->cells[reader->cell_count] = cell;
	reader->cell_count++;
}

static void put_cell(struct reader *reader, size_t index, struct mr_slice cell)
{
	if (cell.at)
		mr_fill_put(&reader->fill, reader->scan, index, cell, MR_MARKING_NONE);
}

static void read_header(struct reader *reader)
{
	reader->has_header = true;
	reader->column_count = reader->cell_count < CELLS_MAX ? reader->cell_count : CELLS_MAX;
	if (reader->is_key_value) {
		if (reader->cell_count != 2 || !mr_slice_is(reader->cells[0], "key") ||
		    !mr_slice_is(reader->cells[1], "value"))
			mr_scan_issue(reader->scan, MR_ISSUE_UNKNOWN_LINE);
		reader->column_count = 2;
		return;
	}
	for (size_t i = 0; i < reader->column_count; i++) {
		reader->columns[i] = mr_fill_find(&reader->fill, reader->cells[i]);
		if (reader->columns[i] == MR_FIELD_NONE)
			mr_scan_issue_text(reader->scan, MR_ISSUE_UNKNOWN_KEY, reader->cells[i]);
	}
}

static void read_pair(struct reader *reader)
{
	size_t index = mr_fill_find(&reader->fill, reader->cells[0]);

	if (index == MR_FIELD_NONE)
		mr_scan_issue(reader->scan, MR_ISSUE_UNKNOWN_KEY);
	else
		put_cell(reader, index, reader->cells[1]);
}

static void read_row(struct reader *reader)
{
	mr_fill_next(&reader->fill);
	for (size_t i = 0; i < reader->column_count; i++)
		if (reader->columns[i] != MR_FIELD_NONE)
			put_cell(reader, reader->columns[i], reader->cells[i]);
	mr_fill_emit_line(&reader->fill, reader->scan);
}

static void take_record(int ended_by, void *context)
{
	struct reader *reader = context;
	struct mr_scan *scan = reader->scan;

	scan->line_number++;
	scan->line_is_whole = !reader->at_end;
	scan->line = (struct mr_slice){reader->bytes.data + reader->record_start,
				       reader->bytes.length_bytes - reader->record_start - 1};
	if (!reader->has_header)
		read_header(reader);
	else if (reader->cell_count != reader->column_count)
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
	else if (reader->is_key_value)
		read_pair(reader);
	else
		read_row(reader);
	reader->cell_count = 0;
	if (!reader->is_key_value)
		mr_buffer_clear(&reader->bytes);
	reader->record_start = reader->bytes.length_bytes;
}

/* What is left is the last record.  A quote that was never closed swallowed it: then it is cut off. */
static void finish(struct reader *reader, struct csv_parser *parser)
{
	struct mr_slice text = reader->scan->rest;
	char last = text.at[text.length_bytes - 1];

	reader->at_end = true;
	if (parser->quoted && last != '"') {
		reader->scan->line_is_whole = false;
		reader->scan->line = (struct mr_slice){reader->bytes.data + reader->record_start,
						       reader->bytes.length_bytes - reader->record_start};
		mr_scan_issue(reader->scan, MR_ISSUE_CUT_OFF);
		return;
	}
	csv_fini(parser, take_cell, take_record, reader);
}

static void parse_csv(struct mr_scan *scan, bool is_key_value)
{
	struct reader reader = {.scan = scan, .is_key_value = is_key_value};
	struct csv_parser parser;
	struct mr_slice text = scan->rest;

	if (!mr_fill_begin_file(&reader.fill, scan))
		return;
	/* a cell is no longer than its text, and the comma behind it stands there too, but for the last */
	if (csv_init(&parser, CSV_APPEND_NULL | CSV_EMPTY_IS_NULL) ||
	    !mr_buffer_reserve(&reader.bytes, text.length_bytes + 1)) {
		scan->status = -ENOMEM;
		return;
	}
	if (csv_parse(&parser, text.at, text.length_bytes, take_cell, take_record, &reader) !=
	    text.length_bytes)
		scan->status = -ENOMEM;
	else
		finish(&reader, &parser);
	if (is_key_value && scan->status == 0 && mr_fill_has_values(&reader.fill))
		mr_fill_emit(&reader.fill, scan);
	csv_free(&parser);
	mr_buffer_deinit(&reader.bytes);
}

void mr_parse_csv_key_value(struct mr_scan *scan)
{
	parse_csv(scan, true);
}

void mr_parse_csv_rows(struct mr_scan *scan)
{
	parse_csv(scan, false);
}

/* Members that the collector writes itself, back from rows: RFC 4180, taken apart here cell by cell where the
 * parser uses libcsv. */
#include "analyze/roundtrip/trip.h"

#include <errno.h>

/* Cells of one record, unquoted; at is NULL for an empty cell without quotes. */
struct record {
	struct mr_buffer bytes; /* of all of them */
	size_t starts[MR_FIELDS_MAX], ends[MR_FIELDS_MAX];
	bool are_there[MR_FIELDS_MAX];
	size_t count;
	bool is_whole; /* its quotes are closed */
};

static struct mr_slice cell_of(const struct record *record, size_t i)
{
	if (i >= record->count || !record->are_there[i])
		return (struct mr_slice){0};
	return (struct mr_slice){record->bytes.data + record->starts[i], record->ends[i] - record->starts[i]};
}

/* Take one cell; @return whether another follows in the record */
static bool take_cell(struct mr_slice *text, struct record *record)
{
	bool is_quoted = mr_slice_starts(*text, MR_SLICE("\"")), was_quoted = is_quoted;
	size_t at = is_quoted, start = record->bytes.length_bytes;

	for (; at < text->length_bytes; at++) {
		char byte = text->at[at];

		if (is_quoted && byte == '"') {
			bool is_doubled = at + 1 < text->length_bytes && text->at[at + 1] == '"';
			at += is_doubled;
			is_quoted = is_doubled;
			if (!is_doubled)
				continue;
		} else if (!is_quoted && (byte == ',' || byte == '\n')) {
			break;
		}
		if (is_quoted || byte != '\r')
			mr_buffer_append(&record->bytes, &byte, 1);
	}
	if (record->count < MR_FIELDS_MAX) {
		record->starts[record->count] = start;
		record->ends[record->count] = record->bytes.length_bytes;
		record->are_there[record->count] = was_quoted || record->bytes.length_bytes > start;
	}
	record->count++;
	record->is_whole = !is_quoted;
	bool goes_on = at < text->length_bytes && text->at[at] == ',';
	*text = mr_slice_skip(*text, at + 1);
	return goes_on;
}

/* @return whether there is another record */
static bool next_record(struct mr_trip *trip, struct record *record)
{
	mr_buffer_clear(&record->bytes);
	/* so that the texts of empty cells are somewhere */
	mr_buffer_append(&record->bytes, "", 0);
	record->count = 0;
	if (trip->all->status || !trip->rest.length_bytes)
		return false;
	trip->line_number++;
	trip->line = trip->rest;
	while (take_cell(&trip->rest, record))
		;
	size_t taken_bytes = trip->line.length_bytes - trip->rest.length_bytes;
	trip->line.length_bytes = taken_bytes - (taken_bytes && trip->line.at[taken_bytes - 1] == '\n');
	if (record->bytes.failed)
		trip->all->status = -ENOMEM;
	return !record->bytes.failed;
}

/* A quote that is never closed swallows the rest: that is told of the record in front. */
static void leave_out(struct mr_trip *trip, const struct record *record)
{
	trip->line_number -= !record->is_whole;
	mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
}

void mr_trip_csv_key_value(struct mr_trip *trip)
{
	struct record record = {0};

	mr_trip_find_row(trip);
	if (!next_record(trip, &record))
		return;
	while (next_record(trip, &record)) {
		struct mr_slice value = cell_of(&record, 1);

		if (record.count != 2 || !record.is_whole)
			leave_out(trip, &record);
		else if (value.at)
			mr_trip_compare_key(trip, cell_of(&record, 0), value, "");
	}
	mr_buffer_deinit(&record.bytes);
}

/* ---- a row a record ---- */

struct header {
	size_t fields[MR_FIELDS_MAX];
	size_t count;
};

static void read_header(struct mr_trip *trip, struct header *header, const struct record *record)
{
	header->count = record->count < MR_FIELDS_MAX ? record->count : MR_FIELDS_MAX;
	for (size_t i = 0; i < header->count; i++) {
		header->fields[i] = mr_trip_field(trip, cell_of(record, i));
		if (header->fields[i] == MR_TRIP_FIELD_NONE)
			mr_trip_left_out(trip, cell_of(record, i), cell_of(record, i));
	}
}

static bool is_key_field(const struct mr_trip *trip, size_t field)
{
	return field != MR_TRIP_FIELD_NONE && mr_field_is_key(&trip->table->fields[field]);
}

static void compare_record(struct mr_trip *trip, const struct header *header, const struct record *record)
{
	mr_trip_begin_row(trip, trip->table);
	for (size_t i = 0; i < header->count; i++)
		if (is_key_field(trip, header->fields[i]) && cell_of(record, i).at)
			mr_trip_set_key(trip, header->fields[i], cell_of(record, i));
	mr_trip_find_row(trip);
	for (size_t i = 0; i < header->count; i++)
		if (header->fields[i] != MR_TRIP_FIELD_NONE && cell_of(record, i).at)
			mr_trip_compare(trip, header->fields[i], cell_of(record, i), "");
}

/* ---- the index ---- */

static struct mr_slice named_cell(const struct mr_trip *trip, const struct header *header,
				  const struct record *record, const char *key)
{
	for (size_t i = 0; i < header->count; i++)
		if (header->fields[i] != MR_TRIP_FIELD_NONE &&
		    !strcmp(mr_table_find("capture_index")->fields[header->fields[i]].key, key))
			return cell_of(record, i);
	return (struct mr_slice){0};
}

static void compare_index_record(struct mr_trip *trip, const struct header *header,
				 const struct record *record)
{
	const struct mr_trip_index_row row = {
		.path = named_cell(trip, header, record, "path"),
		.role = named_cell(trip, header, record, "role"),
		.reading = named_cell(trip, header, record, "reading"),
		.status = named_cell(trip, header, record, "status"),
		.bytes = named_cell(trip, header, record, "bytes"),
		.start_ns = named_cell(trip, header, record, "start_ns"),
		.duration_ns = named_cell(trip, header, record, "duration_ns"),
	};

	mr_trip_index_row(trip, &row);
}

void mr_trip_csv_rows(struct mr_trip *trip)
{
	bool is_index = !strcmp(trip->table->name, "capture_index");
	struct record record = {0};
	struct header header;

	if (!next_record(trip, &record))
		return;
	read_header(trip, &header, &record);
	while (next_record(trip, &record))
		if (record.count != header.count || !record.is_whole)
			leave_out(trip, &record);
		else if (is_index)
			compare_index_record(trip, &header, &record);
		else
			compare_record(trip, &header, &record);
	mr_buffer_deinit(&record.bytes);
}

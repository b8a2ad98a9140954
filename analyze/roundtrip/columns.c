/* Files of columns back from rows: those without names (statm, stat of a process, uptime), those under a
 * header (swaps, slabinfo, the segments of System V), and lists of processes. */
#include "analyze/roundtrip/trip.h"

#include <stdio.h>

#define COLUMNS_MAX 64

/* ---- by position ---- */

static void compare_positions(struct mr_trip *trip, struct mr_slice words, unsigned first)
{
	struct mr_slice word;
	char key[16];

	for (unsigned position = first; mr_slice_word(&words, &word); position++) {
		snprintf(key, sizeof(key), "%u", position);
		mr_trip_compare_key(trip, mr_slice_of(key), word, "");
	}
}

static void leave_out_rest(struct mr_trip *trip)
{
	while (mr_trip_line(trip))
		mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
}

void mr_trip_columns(struct mr_trip *trip)
{
	mr_trip_find_row(trip);
	if (mr_trip_line(trip))
		compare_positions(trip, trip->line, 1);
	leave_out_rest(trip);
}

/* " (NAME) " behind the number: whatever is in the name, the row has it, or this is not there.
 * @return  where the columns behind it begin; 0: it is not there */
static size_t head_bytes(struct mr_trip *trip, size_t pid_bytes)
{
	size_t name_field = mr_trip_field(trip, MR_SLICE("2"));
	struct mr_trip_cell *name = trip->row ? mr_trip_row_cell(trip->row, name_field) : NULL;

	mr_buffer_clear(&trip->printed);
	mr_buffer_append_text(&trip->printed, " (");
	if (name)
		mr_buffer_append(&trip->printed, name->value.text.bytes, name->value.text.length_bytes);
	mr_buffer_append_text(&trip->printed, ") ");
	if (!name || trip->printed.failed)
		return 0;
	return mr_slice_starts(mr_slice_skip(trip->rest, pid_bytes),
			       (struct mr_slice){trip->printed.data, trip->printed.length_bytes})
		       ? pid_bytes + trip->printed.length_bytes
		       : 0;
}

void mr_trip_proc_stat(struct mr_trip *trip)
{
	struct mr_slice columns, pid = trip->rest;

	mr_trip_find_row(trip);
	mr_slice_until(&trip->rest, ' ', &pid);
	trip->rest = (struct mr_slice){pid.at, trip->rest.length_bytes + (size_t)(trip->rest.at - pid.at)};
	size_t head = head_bytes(trip, pid.length_bytes);
	trip->line_number = 1;
	if (!head) {
		mr_trip_left_out(trip, MR_SLICE("comm"), trip->rest);
		return;
	}
	/* a name may have lines of its own */
	for (size_t i = 0; i < head; i++)
		trip->line_number += trip->rest.at[i] == '\n';
	const char *name = pid.at + pid.length_bytes + strlen(" (");
	const char *end = trip->rest.at + head - strlen(") ");
	mr_trip_compare_key(trip, MR_SLICE("1"), pid, "");
	mr_trip_compare_key(trip, MR_SLICE("2"), (struct mr_slice){name, (size_t)(end - name)}, "");
	trip->rest = mr_slice_skip(trip->rest, head);
	if (!mr_slice_until(&trip->rest, '\n', &columns)) {
		columns = trip->rest;
		trip->rest = (struct mr_slice){0};
	}
	compare_positions(trip, columns, 3);
	leave_out_rest(trip);
}

/* ---- under a header ---- */

struct columns {
	struct mr_slice names[COLUMNS_MAX];
	bool are_literals[COLUMNS_MAX]; /* the line has the same word */
	size_t count;
};

/* "# name <active_objs> : tunables <limit>": the first word and those in brackets are names. */
static void read_header(struct columns *columns, struct mr_slice line, bool has_brackets)
{
	struct mr_slice word;

	columns->count = 0;
	if (mr_slice_starts(line, MR_SLICE("#")))
		line = mr_slice_skip(line, 1);
	while (columns->count < COLUMNS_MAX && mr_slice_word(&line, &word)) {
		bool is_bracketed =
			word.length_bytes > 1 && word.at[0] == '<' && word.at[word.length_bytes - 1] == '>';

		if (is_bracketed && has_brackets)
			word = (struct mr_slice){word.at + 1, word.length_bytes - 2};
		columns->are_literals[columns->count] = has_brackets && !is_bracketed && columns->count;
		columns->names[columns->count++] = word;
	}
}

/* The words of a line, from its end: the first column may hold blanks.  @return whether there are enough */
static bool split_line(const struct columns *columns, struct mr_slice line, struct mr_slice *words)
{
	for (size_t i = columns->count; i-- > 1;)
		if (!mr_slice_last_word(&line, &words[i]))
			return false;
	words[0] = mr_slice_trim(line);
	return columns->count && words[0].length_bytes;
}

static void find_row_of_line(struct mr_trip *trip, const struct columns *columns,
			     const struct mr_slice *words)
{
	mr_trip_begin_row(trip, trip->table);
	mr_trip_set_key_integer(trip, "line", (int64_t)trip->line_number);
	for (size_t i = 0; i < columns->count; i++) {
		size_t field = mr_trip_field(trip, columns->names[i]);

		if (field != MR_TRIP_FIELD_NONE && mr_field_is_key(&trip->table->fields[field]))
			mr_trip_set_key(trip, field, words[i]);
	}
	mr_trip_find_row(trip);
}

/* A name in the header that no field has is told once, there. */
static void check_names(struct mr_trip *trip, const struct columns *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		if (!columns->are_literals[i] && mr_trip_field(trip, columns->names[i]) == MR_TRIP_FIELD_NONE)
			mr_trip_left_out(trip, columns->names[i], columns->names[i]);
}

static void compare_columns(struct mr_trip *trip, const struct columns *columns)
{
	struct mr_slice words[COLUMNS_MAX];

	if (!split_line(columns, trip->line, words)) {
		mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
		return;
	}
	find_row_of_line(trip, columns, words);
	for (size_t i = 0; i < columns->count; i++) {
		size_t field = columns->are_literals[i] ? MR_TRIP_FIELD_NONE
							: mr_trip_field(trip, columns->names[i]);

		if (columns->are_literals[i] && !mr_slice_equals(columns->names[i], words[i]))
			mr_trip_left_out(trip, columns->names[i], words[i]);
		else if (field != MR_TRIP_FIELD_NONE)
			mr_trip_compare(trip, field, words[i], "");
	}
}

void mr_trip_headed(struct mr_trip *trip)
{
	struct columns columns;

	if (!mr_trip_line(trip))
		return;
	read_header(&columns, trip->line, false);
	check_names(trip, &columns);
	while (mr_trip_line(trip))
		compare_columns(trip, &columns);
}

void mr_trip_slabinfo(struct mr_trip *trip)
{
	/* what version 2.1 has, for excerpts without it */
	struct mr_slice header =
		MR_SLICE("# name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> "
			 ": tunables <limit> <batchcount> <sharedfactor> "
			 ": slabdata <active_slabs> <num_slabs> <sharedavail>");
	struct columns columns;

	read_header(&columns, header, true);
	while (mr_trip_line(trip)) {
		if (mr_slice_starts(trip->line, MR_SLICE("slabinfo - version: "))) {
			mr_trip_no_column(trip);
		} else if (mr_slice_starts(trip->line, MR_SLICE("# name"))) {
			read_header(&columns, trip->line, true);
			check_names(trip, &columns);
		} else {
			compare_columns(trip, &columns);
		}
	}
}

/* ---- lists ---- */

/* Each line is the key of a row. */
void mr_trip_id_list(struct mr_trip *trip)
{
	while (mr_trip_line(trip)) {
		mr_trip_begin_row(trip, trip->table);
		mr_trip_set_key_text(trip, "pid", mr_slice_trim(trip->line));
		mr_trip_find_row(trip);
		mr_trip_row_is_all(trip);
	}
}

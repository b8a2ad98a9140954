/* Files of keys and values back from one row: meminfo, vmstat, status, smaps_rollup, memory.stat, event
 * files, the files of a cgroup that hold one value each, and settings. */
#include <errno.h>

#include "analyze/roundtrip/trip.h"

/* "key: value" or "key value". */
static bool split(struct mr_slice line, struct mr_slice *ret_key, struct mr_slice *ret_value,
		  bool *ret_has_colon)
{
	const char *colon = memchr(line.at, ':', line.length_bytes);
	size_t key_bytes = 0;

	line = mr_slice_trim(line);
	*ret_has_colon = colon != NULL;
	if (colon)
		key_bytes = (size_t)(colon - line.at);
	else
		while (key_bytes < line.length_bytes && !mr_is_blank(line.at[key_bytes]))
			key_bytes++;
	*ret_key = mr_slice_trim((struct mr_slice){line.at, key_bytes});
	*ret_value = mr_slice_trim(mr_slice_skip(line, key_bytes + (colon != NULL)));
	return ret_key->length_bytes && (colon || ret_value->length_bytes);
}

/* Where keys end in colons, sizes end in kB; where they do not, a few have it all the same. */
static const char *unit_of(const struct mr_trip *trip, size_t field, struct mr_slice value, bool has_colon)
{
	struct mr_slice last = {0};
	bool has_unit = mr_slice_last_word(&value, &last) && mr_slice_is(last, "kB");

	return trip->table->fields[field].unit == MR_UNIT_KIB && (has_colon || has_unit) ? " kB" : "";
}

static void compare_line(struct mr_trip *trip, struct mr_slice line)
{
	struct mr_slice key, value;
	bool has_colon;

	if (!split(line, &key, &value, &has_colon)) {
		mr_trip_left_out(trip, key, line);
		return;
	}
	size_t field = mr_trip_field(trip, key);
	if (field == MR_TRIP_FIELD_NONE)
		mr_trip_left_out(trip, key, value);
	else
		mr_trip_compare(trip, field, value, unit_of(trip, field, value, has_colon));
}

/* The first line of smaps_rollup spans all mappings: no row keeps that. */
static bool is_span(const struct mr_trip *trip)
{
	struct mr_slice rest = trip->line, word;

	return trip->line_number == 1 && mr_slice_word(&rest, &word) && mr_slice_is_range(word);
}

void mr_trip_key_value(struct mr_trip *trip)
{
	static const char sums[] = "capture/derived/";

	mr_trip_find_row(trip);
	while (mr_trip_line(trip))
		if (is_span(trip))
			mr_trip_no_column(trip);
		else
			compare_line(trip, trip->line);
	/* what the collector added up says so in its row */
	if (!strncmp(trip->file->match->source->pattern, sums, strlen(sums)))
		mr_trip_compare_origin(trip, "smaps");
}

/* ---- status of a capture that may have no stat ---- */

/* The name with the escapes of status. */
static struct mr_slice escaped(struct mr_trip *trip, const struct mr_trip_cell *name, struct mr_buffer *out)
{
	for (size_t i = 0; i < name->value.text.length_bytes; i++) {
		char byte = name->value.text.bytes[i];

		if (byte == '\n' || byte == '\\')
			mr_buffer_append(out, byte == '\n' ? "\\n" : "\\\\", 2);
		else
			mr_buffer_append(out, &byte, 1);
	}
	if (out->failed)
		trip->all->status = -ENOMEM;
	return (struct mr_slice){out->data ? out->data : "", out->length_bytes};
}

static struct mr_trip_cell *cell_of(struct mr_trip *trip, const char *column)
{
	for (size_t i = 0; trip->row && i < trip->row->cell_count; i++)
		if (!strcmp(trip->table->fields[trip->row->cells[i].field].column, column))
			return &trip->row->cells[i];
	return NULL;
}

static void compare_name(struct mr_trip *trip, struct mr_slice text)
{
	struct mr_trip_cell *name = cell_of(trip, "comm");
	struct mr_buffer bytes = {0};

	if (name && mr_slice_equals(escaped(trip, name, &bytes), text)) {
		mr_trip_see_cell(trip, name);
		mr_trip_tally(trip, MR_TRIP_TEXTS);
	} else {
		mr_trip_left_out(trip, MR_SLICE("Name"), text);
	}
	mr_buffer_deinit(&bytes);
}

/* A number of the row of the stat; where it was none, the issue is at the end of the file. */
static void compare_stat_number(struct mr_trip *trip, const char *column, const char *key,
				struct mr_slice value)
{
	if (!cell_of(trip, column) &&
	    mr_trip_book_has_issue_of_kind(&trip->all->book, trip->file->member, MR_ISSUE_KIND_TOTAL, 0))
		mr_trip_tally(trip, MR_TRIP_TOLD_AS_ISSUE);
	else
		mr_trip_compare_key(trip, mr_slice_of(key), value, "");
}

/* The lines that are also in a stat, and were taken from here because there is none. */
static void compare_stat_line(struct mr_trip *trip, struct mr_slice key, struct mr_slice value)
{
	if (mr_slice_is(key, "Name"))
		compare_name(trip, value);
	else if (mr_slice_is(key, "State"))
		mr_trip_compare_key(trip, MR_SLICE("3"), (struct mr_slice){value.at, value.length_bytes > 0},
				    "");
	else if (mr_slice_is(key, "PPid"))
		compare_stat_number(trip, "ppid", "4", value);
	else if (mr_slice_is(key, "Threads"))
		compare_stat_number(trip, "num_threads_count", "20", value);
}

/* Which process the folder of a thread belongs to stands beside its stat. */
static void compare_thread(struct mr_trip *trip, struct mr_slice process)
{
	struct mr_trip_cell *cell = cell_of(trip, "thread_of");

	if (cell)
		mr_trip_compare(trip, cell->field, process, "");
}

static void compare_with_stat(struct mr_trip *trip, struct mr_slice text)
{
	struct mr_slice key, value;
	bool has_colon;

	mr_trip_begin_row(trip, mr_table_find("proc_stat"));
	mr_trip_find_row(trip);
	const struct mr_trip_cell *derived = cell_of(trip, "derived");
	bool is_made_of_this = derived && mr_slice_is((struct mr_slice){derived->value.text.bytes,
									derived->value.text.length_bytes},
						      "status");
	trip->rest = text;
	trip->line_number = 0;
	while (trip->row && mr_trip_line(trip)) {
		if (!split(trip->line, &key, &value, &has_colon))
			continue;
		if (mr_slice_is(key, "Tgid"))
			compare_thread(trip, value);
		else if (is_made_of_this)
			compare_stat_line(trip, key, value);
	}
	if (is_made_of_this)
		mr_trip_compare_origin(trip, "status");
}

void mr_trip_proc_status(struct mr_trip *trip)
{
	struct mr_slice text = trip->rest;

	mr_trip_key_value(trip);
	compare_with_stat(trip, text);
}

/* "Node 0 MemTotal:  12 kB": the number is that of the folder. */
void mr_trip_node_meminfo(struct mr_trip *trip)
{
	struct mr_slice word, node;

	mr_trip_find_row(trip);
	while (mr_trip_line(trip)) {
		struct mr_slice line = trip->line;

		if (mr_slice_word(&line, &word) && mr_slice_is(word, "Node") && mr_slice_word(&line, &node))
			compare_line(trip, line);
		else
			mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
	}
}

static struct mr_slice file_name(const struct mr_trip *trip)
{
	const char *slash = strrchr(trip->file->path, '/');

	return mr_slice_of(slash ? slash + 1 : trip->file->path);
}

void mr_trip_scalar(struct mr_trip *trip)
{
	struct mr_slice text = trip->rest;

	trip->line_number = text.length_bytes > 0;
	mr_trip_find_row(trip);
	while (text.length_bytes && text.at[text.length_bytes - 1] == '\n')
		text.length_bytes--;
	mr_trip_compare_key(trip, file_name(trip), mr_slice_trim(text), "");
}

void mr_trip_setting(struct mr_trip *trip)
{
	trip->line_number = 1;
	mr_trip_set_key_text(trip, "path", mr_slice_of(trip->file->path));
	mr_trip_find_row(trip);
	mr_trip_compare_key(trip, MR_SLICE("value"), trip->rest, "");
}

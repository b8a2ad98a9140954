/* Files of keys and values back from one row: meminfo, vmstat, status, smaps_rollup, memory.stat, event
 * files, the files of a cgroup that hold one value each, and settings. */
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

/* Where keys end in colons, sizes end in kB. */
static const char *unit_of(const struct mr_trip *trip, size_t field, bool has_colon)
{
	return has_colon && trip->table->fields[field].unit == MR_UNIT_KIB ? " kB" : "";
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
		mr_trip_compare(trip, field, value, unit_of(trip, field, has_colon));
}

/* The first line of smaps_rollup spans all mappings: no row keeps that. */
static bool is_span(const struct mr_trip *trip)
{
	struct mr_slice rest = trip->line, word;

	return trip->line_number == 1 && mr_slice_word(&rest, &word) && mr_slice_is_range(word);
}

/* What the collector added up says so in its row. */
static void compare_origin(struct mr_trip *trip)
{
	static const char folder[] = "capture/derived/";

	if (!strncmp(trip->file->match->source->pattern, folder, strlen(folder)))
		mr_trip_see(trip, "derived");
}

void mr_trip_key_value(struct mr_trip *trip)
{
	mr_trip_find_row(trip);
	while (mr_trip_line(trip))
		if (is_span(trip))
			mr_trip_no_column(trip);
		else
			compare_line(trip, trip->line);
	compare_origin(trip);
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

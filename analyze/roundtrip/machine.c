/* Irregular files of the machine back from rows: zoneinfo, buddyinfo, stat, pressure, iomem, sockets, and the
 * cgroups of a process. */
#include "analyze/roundtrip/trip.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

/* ---- zones ---- */

/* "Node 0, zone   Normal" in front of a line; @return whether it is there */
static bool take_zone(struct mr_slice *line, int64_t *ret_node, struct mr_slice *ret_zone)
{
	struct mr_slice rest = *line, word, number;

	if (!mr_slice_word(&rest, &word) || !mr_slice_is(word, "Node") || !mr_slice_word(&rest, &number) ||
	    !mr_slice_word(&rest, &word) || !mr_slice_is(word, "zone") || !mr_slice_word(&rest, ret_zone) ||
	    number.at[number.length_bytes - 1] != ',')
		return false;
	number.length_bytes--;
	*line = rest;
	return mr_slice_integer(number, ret_node) == MR_NUMBER_OK;
}

void mr_trip_buddyinfo(struct mr_trip *trip)
{
	struct mr_slice zone, count;
	int64_t node;

	while (mr_trip_line(trip)) {
		struct mr_slice rest = trip->line;

		if (!take_zone(&rest, &node, &zone) || !mr_slice_trim(rest).length_bytes) {
			mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
			continue;
		}
		for (int64_t order = 0; mr_slice_word(&rest, &count); order++) {
			mr_trip_begin_row(trip, trip->table);
			mr_trip_set_key_integer(trip, "node", node);
			mr_trip_set_key_text(trip, "zone", zone);
			mr_trip_set_key_integer(trip, "order", order);
			mr_trip_find_row(trip);
			mr_trip_compare_key(trip, MR_SLICE("blocks"), count, "");
		}
	}
}

/* Where a line of zoneinfo stands. */
struct place {
	int64_t node;
	struct mr_slice zone, cpu; /* cpu: no bytes outside of the lists of one */
	bool in_node;              /* between "per-node stats" and "pages free" */
	bool is_there;
};

/* The row of the table for the place at hand. */
static void turn_to(struct mr_trip *trip, const struct place *place, const char *table)
{
	mr_trip_begin_row(trip, mr_table_find(table));
	mr_trip_set_key_integer(trip, "node", place->node);
	mr_trip_set_key_text(trip, "zone", place->zone);
	mr_trip_set_key_text(trip, "cpu", place->cpu);
	mr_trip_find_row(trip);
}

/* "high" is a watermark of the zone, and of the lists of a CPU another. */
static void compare_in_place(struct mr_trip *trip, const struct place *place, struct mr_slice key,
			     struct mr_slice value)
{
	if (place->in_node) {
		turn_to(trip, place, "proc_zoneinfo_node");
	} else if (place->cpu.length_bytes) {
		turn_to(trip, place, "proc_zoneinfo_pageset");
		if (mr_trip_field(trip, key) == MR_TRIP_FIELD_NONE)
			turn_to(trip, place, "proc_zoneinfo");
	} else {
		turn_to(trip, place, "proc_zoneinfo");
	}
	mr_trip_compare_key(trip, key, value, "");
}

/* "pages free 34683", "cpu: 0", "vm stats threshold: 24", "nr_free_pages 12" */
static bool split_pair(struct mr_slice line, struct mr_slice *ret_key, struct mr_slice *ret_value)
{
	static const struct mr_slice pages_free = MR_SLICE("pages free");
	const char *colon;

	line = mr_slice_trim(line);
	if (mr_slice_starts(line, MR_SLICE("pages free "))) {
		*ret_key = pages_free;
		*ret_value = mr_slice_trim(mr_slice_skip(line, pages_free.length_bytes));
		return true;
	}
	colon = memchr(line.at, ':', line.length_bytes);
	if (colon) {
		*ret_key = mr_slice_trim((struct mr_slice){line.at, (size_t)(colon - line.at)});
		*ret_value = mr_slice_trim(mr_slice_skip(line, (size_t)(colon - line.at) + 1));
		return ret_key->length_bytes;
	}
	*ret_value = line;
	return mr_slice_word(ret_value, ret_key) && (*ret_value = mr_slice_trim(*ret_value)).length_bytes;
}

static void compare_zone_line(struct mr_trip *trip, struct place *place)
{
	struct mr_slice line = mr_slice_trim(trip->line), key, value;

	if (mr_slice_is(line, "per-node stats")) {
		place->in_node = true;
	} else if (mr_slice_is(line, "pagesets")) {
		return;
	} else if (!split_pair(line, &key, &value)) {
		mr_trip_left_out(trip, (struct mr_slice){0}, line);
	} else if (mr_slice_is(key, "cpu")) {
		place->cpu = value;
	} else {
		place->in_node &= !mr_slice_is(key, "pages free");
		compare_in_place(trip, place, key, value);
	}
}

void mr_trip_zoneinfo(struct mr_trip *trip)
{
	struct place place = {0};

	while (mr_trip_line(trip)) {
		struct mr_slice rest = trip->line, zone;
		int64_t node;

		if (take_zone(&rest, &node, &zone))
			place = (struct place){.node = node, .zone = zone, .is_there = true};
		else if (place.is_there)
			compare_zone_line(trip, &place);
		else
			mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
	}
}

/* ---- one line, one thing ---- */

void mr_trip_pressure(struct mr_trip *trip)
{
	struct mr_slice share, pair, key;

	while (mr_trip_line(trip)) {
		struct mr_slice rest = trip->line;

		mr_slice_word(&rest, &share);
		mr_trip_begin_row(trip, trip->table);
		mr_trip_set_key_text(trip, "share", share);
		mr_trip_find_row(trip);
		while (mr_slice_word(&rest, &pair))
			if (mr_slice_until(&pair, '=', &key))
				mr_trip_compare_key(trip, key, pair, "");
			else
				mr_trip_left_out(trip, (struct mr_slice){0}, pair);
	}
}

/* "TCP: inuse 1 mem 346": the fields are "TCP.inuse" and "TCP.mem" */
void mr_trip_sockstat(struct mr_trip *trip)
{
	struct mr_slice head, word, number;
	struct mr_buffer key = {0};

	mr_trip_find_row(trip);
	while (mr_trip_line(trip)) {
		struct mr_slice rest = trip->line;
		bool has_head = mr_slice_until(&rest, ':', &head);

		if (!has_head)
			mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
		while (has_head && mr_slice_word(&rest, &word)) {
			if (!mr_slice_word(&rest, &number))
				number = (struct mr_slice){0};
			mr_buffer_clear(&key);
			mr_buffer_append(&key, head.at, head.length_bytes);
			mr_buffer_append(&key, ".", 1);
			mr_buffer_append(&key, word.at, word.length_bytes);
			mr_trip_compare_key(trip, (struct mr_slice){key.data, key.length_bytes}, number, "");
		}
	}
	mr_buffer_deinit(&key);
}

/* "cpu17" */
static bool is_one_cpu(struct mr_slice key)
{
	bool is_number = key.length_bytes > strlen("cpu") && mr_slice_starts(key, MR_SLICE("cpu"));

	for (size_t i = strlen("cpu"); is_number && i < key.length_bytes; i++)
		is_number = isdigit((unsigned char)key.at[i]);
	return is_number;
}

void mr_trip_kernel_stat(struct mr_trip *trip)
{
	uint64_t cpus_count = 0;
	struct mr_slice key;

	mr_trip_find_row(trip);
	while (mr_trip_line(trip)) {
		struct mr_slice rest = trip->line;

		mr_slice_word(&rest, &key);
		if (is_one_cpu(key)) {
			cpus_count++;
			mr_trip_no_column(trip);
		} else {
			mr_trip_compare_key(trip, key, mr_slice_trim(rest), "");
		}
	}
	if (cpus_count)
		mr_trip_compare_sum(trip, "cpuN", cpus_count);
}

/* "4:memory,hugetlb:/path" and "0::/path"; the hierarchies of other controllers are in no row */
void mr_trip_proc_cgroup(struct mr_trip *trip)
{
	struct mr_slice hierarchy, controllers, controller;

	mr_trip_find_row(trip);
	while (mr_trip_line(trip)) {
		struct mr_slice path = trip->line;
		bool is_kept = false;

		if (!mr_slice_until(&path, ':', &hierarchy) || !mr_slice_until(&path, ':', &controllers)) {
			mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
			continue;
		}
		if (!controllers.length_bytes)
			controllers = hierarchy;
		for (bool goes_on = true; goes_on;) {
			goes_on = mr_slice_until(&controllers, ',', &controller);
			size_t field = mr_trip_field(trip, goes_on ? controller : controllers);
			is_kept |= field != MR_TRIP_FIELD_NONE;
			if (field != MR_TRIP_FIELD_NONE)
				mr_trip_compare(trip, field, path, "");
		}
		if (!is_kept)
			mr_trip_no_column(trip);
	}
}

/* ---- iomem ---- */

static struct mr_trip_cell *cell_of(struct mr_trip *trip, const char *key)
{
	size_t field = mr_trip_field(trip, mr_slice_of(key));

	return field == MR_TRIP_FIELD_NONE || !trip->row ? NULL : mr_trip_row_cell(trip->row, field);
}

static size_t count_of_byte(struct mr_slice text, char byte)
{
	size_t count = 0;

	while (count < text.length_bytes && text.at[count] == byte)
		count++;
	return count;
}

/* "00100000-bfffffff : System RAM": how many digits each of the two addresses has */
static void address_digits(struct mr_slice line, int ret_digits[2])
{
	struct mr_slice first, last;

	line = mr_slice_skip(line, count_of_byte(line, ' '));
	ret_digits[0] = ret_digits[1] = 0;
	if (!mr_slice_until(&line, '-', &first) || !mr_slice_word(&line, &last))
		return;
	ret_digits[0] = first.length_bytes <= 16 ? (int)first.length_bytes : 0;
	ret_digits[1] = last.length_bytes <= 16 ? (int)last.length_bytes : 0;
}

/* Two blanks a level; a depth that the line has no room for is another than that of the line, however wide.
 */
static int indent_of(const struct mr_trip_cell *depth, struct mr_slice line)
{
	int64_t most = (int64_t)line.length_bytes / 2 + 1;
	int64_t levels = depth->value.integer;

	return (int)(2 * (levels < 0 || levels > most ? most : levels));
}

/* The whole line from the row, blanks in front included, as they are the depth. */
void mr_trip_iomem(struct mr_trip *trip)
{
	static const char *const keys[] = {"depth", "start", "end", "name"};
	struct mr_trip_cell *cells[4];

	while (mr_trip_line(trip)) {
		bool is_whole = true;
		int digits[2];

		/* two blanks a level: an odd one is no level */
		trip->line = mr_slice_skip(trip->line, count_of_byte(trip->line, ' ') % 2);
		address_digits(trip->line, digits);
		mr_trip_begin_row(trip, trip->table);
		mr_trip_set_key_integer(trip, "line", (int64_t)trip->line_number);
		mr_trip_find_row(trip);
		for (size_t i = 0; i < 4; i++) {
			cells[i] = cell_of(trip, keys[i]);
			is_whole &= cells[i] != NULL;
		}
		if (!is_whole) {
			mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
			continue;
		}
		mr_buffer_clear(&trip->printed);
		mr_buffer_printf(&trip->printed, "%*s%0*" PRIx64 "-%0*" PRIx64 " : ",
				 indent_of(cells[0], trip->line), "", digits[0],
				 (uint64_t)cells[1]->value.integer, digits[1],
				 (uint64_t)cells[2]->value.integer);
		mr_buffer_append(&trip->printed, cells[3]->value.text.bytes,
				 cells[3]->value.text.length_bytes);
		mr_trip_compare_whole(trip, cells, 4);
	}
}

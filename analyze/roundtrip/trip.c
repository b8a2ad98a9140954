/* Lines of a file, the row at hand, and what became of them.  See trip.h. */
#include "analyze/roundtrip/trip.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* of what stands in a file, so many bytes are shown */
#define SHOWN_BYTES_MAX 100

/* ---- lines ---- */

static bool next_line(struct mr_trip *trip)
{
	if (trip->all->status || !trip->rest.length_bytes)
		return false;
	trip->line_number++;
	if (!mr_slice_until(&trip->rest, '\n', &trip->line)) {
		trip->line = trip->rest;
		trip->rest = mr_slice_skip(trip->rest, trip->rest.length_bytes);
	}
	return true;
}

bool mr_trip_line(struct mr_trip *trip)
{
	while (next_line(trip))
		if (mr_slice_trim(trip->line).length_bytes)
			return true;
	return false;
}

/* ---- the row ---- */

static size_t key_number(const struct mr_table *table, size_t field)
{
	size_t number = 0;

	for (size_t i = 0; i < field; i++)
		number += mr_field_is_key(&table->fields[i]);
	return number;
}

void mr_trip_set_key(struct mr_trip *trip, size_t field, struct mr_slice text)
{
	struct mr_value *key = &trip->keys[key_number(trip->table, field)];
	int64_t number;

	*key = (struct mr_value){0};
	if (trip->table->fields[field].unit == MR_UNIT_TEXT)
		*key = (struct mr_value){.type = MR_VALUE_TEXT, .text = {text.at, text.length_bytes}};
	else if (mr_slice_integer(text, &number) == MR_NUMBER_OK)
		*key = (struct mr_value){.type = MR_VALUE_INTEGER, .integer = number};
}

static size_t key_field(const struct mr_trip *trip, const char *key)
{
	for (size_t i = 0; i < trip->table->field_count; i++)
		if (mr_field_is_key(&trip->table->fields[i]) && !strcmp(trip->table->fields[i].key, key))
			return i;
	return MR_TRIP_FIELD_NONE;
}

void mr_trip_set_key_integer(struct mr_trip *trip, const char *key, int64_t integer)
{
	size_t field = key_field(trip, key);

	if (field != MR_TRIP_FIELD_NONE)
		trip->keys[key_number(trip->table, field)] =
			(struct mr_value){.type = MR_VALUE_INTEGER, .integer = integer};
}

void mr_trip_set_key_text(struct mr_trip *trip, const char *key, struct mr_slice text)
{
	size_t field = key_field(trip, key);

	if (field != MR_TRIP_FIELD_NONE)
		mr_trip_set_key(trip, field, text);
}

void mr_trip_begin_row(struct mr_trip *trip, const struct mr_table *table)
{
	const struct mr_match *match = trip->file->match;

	trip->table = table;
	trip->row = NULL;
	trip->hint = 0;
	memset(trip->keys, 0, sizeof(trip->keys));
	for (size_t i = 0; i < table->field_count; i++)
		for (size_t k = 0; table->fields[i].kind == MR_KIND_PATH_KEY && k < match->key_count; k++)
			if (mr_slice_is((struct mr_slice){match->keys[k].name, match->keys[k].name_length},
					table->fields[i].key))
				mr_trip_set_key(
					trip, i,
					(struct mr_slice){match->keys[k].text, match->keys[k].length});
}

bool mr_trip_find_row(struct mr_trip *trip)
{
	trip->row = mr_trip_book_find(&trip->all->book, trip->table, trip->file->reading, trip->keys);
	if (trip->row)
		trip->row->is_seen = true;
	return trip->row;
}

size_t mr_trip_field(struct mr_trip *trip, struct mr_slice key)
{
	const struct mr_table *table = trip->table;

	for (size_t tried = 0, i = trip->hint; tried < table->field_count; tried++, i++) {
		i = i < table->field_count ? i : 0;
		const struct mr_field *field = &table->fields[i];
		if (field->kind == MR_KIND_PATH_KEY || field->kind == MR_KIND_UNLIMITED ||
		    field->kind == MR_KIND_DERIVED || !mr_slice_is(key, field->key))
			continue;
		trip->hint = i + 1;
		return i;
	}
	return MR_TRIP_FIELD_NONE;
}

/* ---- what became of it ---- */

static int64_t *counts_of(struct mr_roundtrip *all, const char *what)
{
	for (size_t step = 0; step < all->tally_count; step++) {
		/* mostly the kind before */
		size_t i = (all->latest_tally + step) % all->tally_count;

		if (all->tallies[i].what != what)
			continue;
		all->latest_tally = i;
		return all->tallies[i].counts;
	}
	assert(all->tally_count < MR_TRIP_TALLIES_MAX);
	all->latest_tally = all->tally_count++;
	all->tallies[all->latest_tally].what = what;
	return all->tallies[all->latest_tally].counts;
}

void mr_trip_tally(struct mr_trip *trip, enum mr_trip_count count)
{
	counts_of(trip->all, trip->what)[count]++;
}

/* ---- differences ---- */

static const char *keep_shown(struct mr_trip *trip, struct mr_slice text)
{
	struct mr_buffer shown = {0};
	char *kept = NULL;

	if (!text.at)
		return NULL;
	mr_buffer_append_escaped(&shown, text.at,
				 text.length_bytes < SHOWN_BYTES_MAX ? text.length_bytes : SHOWN_BYTES_MAX);
	if (text.length_bytes > SHOWN_BYTES_MAX)
		mr_buffer_append_text(&shown, "...");
	if (!shown.failed)
		kept = mr_trip_book_allocate(&trip->all->book, shown.length_bytes + 1);
	if (kept)
		memcpy(kept, shown.data ? shown.data : "", shown.length_bytes + 1);
	else
		trip->all->status = -ENOMEM;
	mr_buffer_deinit(&shown);
	return kept;
}

static bool reserve_pending(struct mr_roundtrip *all)
{
	if (all->pending_count < all->pending_capacity)
		return true;
	size_t capacity = all->pending_capacity ? 2 * all->pending_capacity : 16;
	struct mr_trip_pending *grown = reallocarray(all->pending, capacity, sizeof(*grown));

	if (!grown)
		return false;
	all->pending = grown;
	all->pending_capacity = capacity;
	return true;
}

/* The difference that an earlier line or file had with a cell: its value was replaced by a later one. */
static void take_back(struct mr_roundtrip *all, const struct mr_trip_cell *cell)
{
	struct mr_trip_pending *pending =
		cell->seen >= MR_TRIP_DIFFERS ? &all->pending[cell->seen - MR_TRIP_DIFFERS] : NULL;

	if (!pending || pending->is_replaced)
		return;
	pending->is_replaced = true;
	counts_of(all, pending->what)[MR_TRIP_DIFFERENT]--;
	counts_of(all, pending->what)[MR_TRIP_REPLACED]++;
}

void mr_trip_see_cell(struct mr_trip *trip, struct mr_trip_cell *cell)
{
	take_back(trip->all, cell);
	cell->seen = MR_TRIP_SEEN;
}

void mr_trip_differ(struct mr_trip *trip, struct mr_trip_cell *cell, struct mr_slice key,
		    struct mr_slice file, struct mr_slice rows)
{
	struct mr_roundtrip *all = trip->all;

	mr_trip_tally(trip, MR_TRIP_DIFFERENT);
	if (cell && cell->seen == MR_TRIP_UNSEEN)
		cell->seen = MR_TRIP_SEEN;
	if (all->pending_count == MR_TRIP_PENDING_MAX)
		return;
	if (!reserve_pending(all)) {
		all->status = -ENOMEM;
		return;
	}
	unsigned long line = trip->line_number;
	unsigned long in_front = trip->file->lines_in_front;
	const struct mr_trip_finding finding = {
		.path = keep_shown(trip, mr_slice_of(trip->file->member)),
		.line = line > in_front ? line - in_front : 0,
		.key = keep_shown(trip, key),
		.file = keep_shown(trip, file),
		.rows = keep_shown(trip, rows),
	};
	if (cell) {
		/* the later one counts */
		take_back(all, cell);
		cell->seen = MR_TRIP_DIFFERS + (uint32_t)all->pending_count;
	}
	all->pending[all->pending_count++] = (struct mr_trip_pending){.finding = finding, .what = trip->what};
}

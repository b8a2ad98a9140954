/* Files that became sums: smaps, by process, and vmallocinfo, by caller.  Here they are added up in another
 * way than by their parsers: into places beside the rows, line by line. */
#include "analyze/roundtrip/trip.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#define ADDRESS_DIGITS_MAX 16

/* A sum that is more than 64 bits hold is in no row, and an issue says so. */
static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* ---- vmallocinfo ---- */

struct sums {
	struct mr_trip_sum *items;
	size_t count, capacity;
};

static struct mr_trip_sum *sum_of(struct mr_trip *trip, struct sums *sums)
{
	struct mr_trip_row *row = trip->row;

	if (row->sum)
		return &sums->items[row->sum - 1];
	if (sums->count == sums->capacity) {
		size_t capacity = sums->capacity ? 2 * sums->capacity : 256;
		struct mr_trip_sum *grown = reallocarray(sums->items, capacity, sizeof(*grown));

		if (!grown) {
			trip->all->status = -ENOMEM;
			return NULL;
		}
		sums->items = grown;
		sums->capacity = capacity;
	}
	sums->items[sums->count] = (struct mr_trip_sum){.row = row};
	row->sum = ++sums->count;
	return &sums->items[sums->count - 1];
}

/* The row whose caller stands behind the size: with a module in brackets, without, or none at all. */
static bool find_caller(struct mr_trip *trip, struct mr_slice rest)
{
	struct mr_slice first = {0}, module = {0};
	struct mr_slice callers[3];
	size_t count = 0;

	rest = mr_slice_trim(rest);
	if (mr_slice_word(&rest, &first)) {
		if (mr_slice_word(&rest, &module))
			callers[count++] = (struct mr_slice){
				first.at, (size_t)(module.at + module.length_bytes - first.at)};
		callers[count++] = first;
	}
	callers[count++] = MR_SLICE("");
	for (size_t i = 0; i < count; i++) {
		mr_trip_begin_row(trip, trip->table);
		mr_trip_set_key_text(trip, "caller", callers[i]);
		if (mr_trip_find_row(trip))
			return true;
	}
	return false;
}

/* The number behind "pages="; @return whether all of them are numbers */
static bool add_pages(struct mr_slice rest, uint64_t *pages, bool *has_pages)
{
	static const struct mr_slice mark = MR_SLICE("pages=");
	struct mr_slice word;
	uint64_t number;

	while (mr_slice_word(&rest, &word)) {
		if (!mr_slice_starts(word, mark))
			continue;
		if (mr_slice_unsigned(mr_slice_skip(word, mark.length_bytes), 10, &number) != MR_NUMBER_OK)
			return false;
		*pages = number;
		*has_pages = true;
	}
	return true;
}

static void add_area(struct mr_trip *trip, struct sums *sums)
{
	struct mr_slice rest = trip->line, range, size;
	uint64_t size_bytes, pages = 0;
	bool has_pages = false;

	if (!mr_slice_word(&rest, &range) || !memchr(range.at, '-', range.length_bytes) ||
	    !mr_slice_word(&rest, &size) || mr_slice_unsigned(size, 10, &size_bytes) != MR_NUMBER_OK ||
	    !add_pages(rest, &pages, &has_pages) || !find_caller(trip, rest)) {
		mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
		return;
	}
	struct mr_trip_sum *sum = sum_of(trip, sums);
	if (!sum)
		return;
	sum->areas_count++;
	sum->size_bytes = add(sum->size_bytes, size_bytes);
	sum->backed_pages = add(sum->backed_pages, pages);
	sum->has_pages |= has_pages;
}

void mr_trip_vmallocinfo(struct mr_trip *trip)
{
	struct sums sums = {0};

	while (mr_trip_line(trip))
		add_area(trip, &sums);
	for (size_t i = 0; i < sums.count; i++) {
		const struct mr_trip_sum *sum = &sums.items[i];

		trip->row = sum->row;
		trip->row->sum = 0;
		mr_trip_compare_sum(trip, "areas", sum->areas_count);
		mr_trip_compare_sum(trip, "size", sum->size_bytes);
		if (sum->has_pages)
			mr_trip_compare_sum(trip, "pages", sum->backed_pages);
	}
	free(sums.items);
}

/* ---- smaps ---- */

/* How many digits of an address begin the slice. */
static size_t count_digits(struct mr_slice slice)
{
	size_t count = 0;

	while (count < slice.length_bytes && isxdigit((unsigned char)slice.at[count]))
		count++;
	return count <= ADDRESS_DIGITS_MAX ? count : 0;
}

/* "00400000-0040b000 r-xp": the first line of a mapping */
static bool is_mapping(struct mr_slice line)
{
	size_t first = count_digits(line);

	if (!first || first == line.length_bytes || line.at[first] != '-')
		return false;
	line = mr_slice_skip(line, first + 1);
	size_t last = count_digits(line);
	return last && (last == line.length_bytes || mr_is_blank(line.at[last]));
}

struct total {
	uint64_t kib, in_mapping_kib; /* the second: of the mapping at hand */
	bool is_there, is_in_mapping;
};

/* A mapping has ended: what it has counts. */
static void end_mapping(const struct mr_table *table, struct total *totals)
{
	for (size_t i = 0; i < table->field_count; i++) {
		struct total *total = &totals[i];

		if (!total->is_in_mapping)
			continue;
		if (table->fields[i].kind != MR_KIND_LABEL)
			total->kib = add(total->kib, total->in_mapping_kib);
		else if (!total->is_there || total->in_mapping_kib < total->kib)
			total->kib = total->in_mapping_kib;
		total->is_there = true;
		total->is_in_mapping = false;
	}
}

/* Each unknown key is told once, at the first line that has it. */
static void take_unknown(struct mr_trip *trip, struct mr_slice key)
{
	if (mr_trip_book_has_issue_of_kind(&trip->all->book, trip->file->member, MR_ISSUE_UNKNOWN_KEY, 0))
		mr_trip_tally(trip, MR_TRIP_TOLD_AS_ISSUE);
	else
		mr_trip_left_out(trip, key, trip->line);
}

static void add_line(struct mr_trip *trip, struct total *totals)
{
	struct mr_slice rest = trip->line, key, number, unit;
	uint64_t kib;

	if (!mr_slice_until(&rest, ':', &key)) {
		take_unknown(trip, trip->line);
		return;
	}
	size_t field = mr_trip_field(trip, mr_slice_trim(key));
	if (field == MR_TRIP_FIELD_NONE) {
		take_unknown(trip, key);
	} else if (trip->table->fields[field].kind == MR_KIND_IGNORED) {
		mr_trip_no_column(trip);
	} else if (!mr_slice_word(&rest, &number) || mr_slice_unsigned(number, 10, &kib) != MR_NUMBER_OK ||
		   !mr_slice_word(&rest, &unit) || !mr_slice_is(unit, "kB")) {
		mr_trip_left_out(trip, key, trip->line);
	} else {
		totals[field].in_mapping_kib = kib;
		totals[field].is_in_mapping = true;
	}
}

static uint64_t add_up(struct mr_trip *trip, struct total *totals)
{
	uint64_t mappings_count = 0;

	while (mr_trip_line(trip)) {
		if (!is_mapping(trip->line)) {
			add_line(trip, totals);
			continue;
		}
		mappings_count++;
		end_mapping(trip->table, totals);
	}
	end_mapping(trip->table, totals);
	trip->line_number = 0;
	return mappings_count;
}

/* Why a file with mappings may have no sums in the rows: an smaps_rollup beside it, or it is an excerpt. */
static bool is_not_summed(struct mr_trip *trip)
{
	size_t derived = 0;

	if (!trip->row)
		return mr_trip_book_has_issue(&trip->all->book, trip->file->path, 0);
	while (trip->table->fields[derived].kind != MR_KIND_DERIVED)
		derived++;
	return !mr_trip_row_cell(trip->row, derived);
}

void mr_trip_smaps(struct mr_trip *trip)
{
	struct total totals[MR_FIELDS_MAX] = {0};
	bool is_there = false;

	mr_trip_find_row(trip);
	uint64_t mappings_count = add_up(trip, totals);
	for (size_t i = 0; i < trip->table->field_count; i++)
		is_there |= totals[i].is_there;
	if (!is_there)
		return;
	if (is_not_summed(trip)) {
		mr_trip_no_column(trip);
		return;
	}
	for (size_t i = 0; i < trip->table->field_count; i++)
		if (totals[i].is_there)
			mr_trip_compare_sum(trip, trip->table->fields[i].key, totals[i].kib);
	mr_trip_compare_sum(trip, "mappings", mappings_count);
	mr_trip_compare_origin(trip, "smaps");
}

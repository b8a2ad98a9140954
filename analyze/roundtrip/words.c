/* Words of page frames back from page_run: each run is laid out again, word by word, in the byte order that
 * the row of capture_meta gives, and compared with the members. */
#include "analyze/roundtrip/trip.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>

static const struct {
	const char *member, *key;
} words[MR_TRIP_WORDS_TOTAL] = {
	{"pages/pfn.u64", "pfn"},
	{"pages/kpageflags.u64", "kpageflags"},
	{"pages/kpagecount.u64", "kpagecount"},
	{"pages/kpagecgroup.u64", "kpagecgroup"},
	{"pages/head_kpageflags.u64", "head_kpageflags"},
	{"pages/head_kpagecgroup.u64", "head_kpagecgroup"},
};

bool mr_trip_keep_words(struct mr_trip *trip, struct mr_trip_words *kept, const char *path)
{
	if (strcmp(trip->file->path, path) != 0)
		return false;
	mr_buffer_append(&kept->bytes, trip->file->text, trip->file->length_bytes);
	kept->is_there = true;
	if (kept->bytes.failed)
		trip->all->status = -ENOMEM;
	return true;
}

bool mr_trip_take_words(struct mr_trip *trip)
{
	bool is_one = false;

	for (size_t i = 0; !is_one && i < MR_TRIP_WORDS_TOTAL; i++)
		is_one = mr_trip_keep_words(trip, &trip->all->words[i], words[i].member);
	return is_one;
}

struct mr_trip_cell *mr_trip_row_cell_of(struct mr_trip_row *row, const char *key)
{
	for (size_t i = 0; row && i < row->table->field_count; i++)
		if (!strcmp(row->table->fields[i].key, key))
			return mr_trip_row_cell(row, i);
	return NULL;
}

static struct mr_trip_cell *meta_cell(struct mr_roundtrip *all, const char *key)
{
	return mr_trip_row_cell_of(mr_trip_book_find(&all->book, mr_table_find("capture_meta"), 0, NULL),
				   key);
}

bool mr_trip_is_big_endian(struct mr_roundtrip *all)
{
	struct mr_trip_cell *cell = meta_cell(all, "endianness");

	return cell &&
	       mr_slice_is((struct mr_slice){cell->value.text.bytes, cell->value.text.length_bytes}, "big");
}

int64_t mr_trip_page_size_bytes(struct mr_roundtrip *all)
{
	struct mr_trip_cell *cell = meta_cell(all, "page_size_bytes");

	return cell && cell->value.integer > 0 ? cell->value.integer : 0;
}

/* The comparison of one member with one column. */
struct column {
	struct mr_trip trip;
	size_t number;
	bool is_big;
};

static void differ(struct column *column, size_t frame, struct mr_trip_cell *cell, uint64_t rows)
{
	const struct mr_buffer *bytes = &column->trip.all->words[column->number].bytes;
	uint64_t word = 0;
	char in_file[32], in_rows[32];

	memcpy(&word, bytes->data + frame * sizeof(word), sizeof(word));
	word = column->is_big ? be64toh(word) : le64toh(word);
	snprintf(in_file, sizeof(in_file), "word %zu: %llu", frame, (unsigned long long)word);
	snprintf(in_rows, sizeof(in_rows), "%llu", (unsigned long long)rows);
	mr_trip_differ(&column->trip, cell, mr_slice_of(words[column->number].key), mr_slice_of(in_file),
		       mr_slice_of(in_rows));
}

/* The words of one run; @return the frame behind it */
static size_t compare_run(struct column *column, struct mr_trip_row *row, size_t frame)
{
	struct mr_roundtrip *all = column->trip.all;
	struct mr_trip_cell *cell = mr_trip_row_cell_of(row, words[column->number].key);
	struct mr_trip_cell *frames = mr_trip_row_cell_of(row, "frames");
	const struct mr_buffer *bytes = &all->words[column->number].bytes;
	size_t total = bytes->length_bytes / sizeof(uint64_t);
	bool is_pfn = column->number == 0;

	if (!cell || !frames)
		return frame;
	for (int64_t i = 0; i < frames->value.integer && frame < total; i++, frame++) {
		/* a run says where it begins; what lies between its frames is kept by no row */
		uint64_t rows = (uint64_t)cell->value.integer;
		uint64_t word = column->is_big ? htobe64(rows) : htole64(rows);
		bool is_first = !i;

		if (is_pfn && !is_first)
			mr_trip_tally(&column->trip, MR_TRIP_NO_COLUMN);
		else if (memcmp(bytes->data + frame * sizeof(word), &word, sizeof(word)) != 0)
			differ(column, frame, cell, rows);
		else
			mr_trip_tally(&column->trip, MR_TRIP_PAGE_WORDS);
	}
	cell->seen = cell->seen ? cell->seen : MR_TRIP_SEEN;
	frames->seen = MR_TRIP_SEEN;
	row->is_seen = true;
	return frame;
}

static void compare_column(struct column *column)
{
	struct mr_roundtrip *all = column->trip.all;
	const struct mr_table *table = mr_table_find("page_run");
	size_t total = all->words[column->number].bytes.length_bytes / sizeof(uint64_t), frame = 0;
	struct mr_value run = {.type = MR_VALUE_INTEGER};
	struct mr_trip_row *row;

	for (; (row = mr_trip_book_find(&all->book, table, 0, &run)) && !all->status; run.integer++)
		frame = compare_run(column, row, frame);
	if (frame < total)
		mr_trip_left_out(&column->trip, mr_slice_of(words[column->number].key),
				 MR_SLICE("words behind those of the rows"));
}

void mr_trip_compare_words(struct mr_roundtrip *all)
{
	bool is_big = mr_trip_is_big_endian(all);

	for (size_t i = 0; i < MR_TRIP_WORDS_TOTAL; i++) {
		const struct mr_trip_file file = {.path = words[i].member, .member = words[i].member};
		struct column column = {.trip = {.all = all, .file = &file, .what = words[i].member},
					.number = i,
					.is_big = is_big};

		if (all->words[i].is_there)
			compare_column(&column);
	}
}

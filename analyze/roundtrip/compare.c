/* A value in a line against the cell of a row: the cell is printed as the kernel prints it.  See trip.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "analyze/roundtrip/trip.h"

/* so many digits behind the point are told apart by every double */
#define REAL_DIGITS 15
/* above this a limit is none: what kernels print for it is near 2^63, and on 32 bits LONG_MAX pages */
#define NO_LIMIT_MIN (UINT64_C(1) << 60)

/* "0x1f", "000000000000001f" among keys and values, else decimal. */
static void print_bits(struct mr_trip *trip, uint64_t bits, struct mr_slice like)
{
	struct mr_buffer *out = &trip->printed;
	bool masks_are_hex = trip->file->match->source->shape == MR_SHAPE_KEY_VALUE;

	if (mr_slice_starts(like, MR_SLICE("0x")))
		mr_buffer_printf(out, "0x%0*" PRIx64,
				 (int)(like.length_bytes < 20 ? like.length_bytes - 2 : 1), bits);
	else if (masks_are_hex && like.length_bytes == 16)
		mr_buffer_printf(out, "%016" PRIx64, bits);
	else
		mr_buffer_printf(out, "%" PRIu64, bits);
}

static int digits_behind_point(struct mr_slice like)
{
	struct mr_slice before;

	return mr_slice_until(&like, '.', &before) && like.length_bytes < 18 ? (int)like.length_bytes : 0;
}

/* With as many digits as the file has, if these are all of it; else with all that a double has. */
static void print_real(struct mr_buffer *out, double real, struct mr_slice like)
{
	size_t start = out->length_bytes;
	double back = 0;

	mr_buffer_printf(out, "%.*f", digits_behind_point(like), real);
	if (out->failed)
		return;
	const struct mr_slice printed = {out->data + start, out->length_bytes - start};
	if (mr_slice_real(printed, &back) == MR_NUMBER_OK && back == real)
		return;
	out->length_bytes = start;
	mr_buffer_printf(out, "%.17g", real);
}

/* A value as a file of the kernel prints it.
 * @like  what the file has: it tells the base and the digits behind the point, nothing else is taken */
static void print(struct mr_trip *trip, const struct mr_field *field, const struct mr_value *value,
		  struct mr_slice like)
{
	struct mr_buffer *out = &trip->printed;
	bool is_bits = field->unit == MR_UNIT_FLAGS || field->unit == MR_UNIT_ADDRESS;

	switch (value->type) {
	case MR_VALUE_INTEGER:
		if (is_bits)
			print_bits(trip, (uint64_t)value->integer, like);
		else
			mr_buffer_printf(out, "%" PRId64, value->integer);
		break;
	case MR_VALUE_REAL:
		print_real(out, value->real, like);
		break;
	case MR_VALUE_TEXT:
		mr_buffer_append(out, value->text.bytes, value->text.length_bytes);
		break;
	case MR_VALUE_NULL:
		break;
	}
}

static bool is_space(char byte)
{
	return mr_is_blank(byte) || byte == '\n';
}

/* Whether two texts have the same words. */
static bool same_words(struct mr_slice a, struct mr_slice b)
{
	size_t i = 0, k = 0;

	for (;;) {
		bool a_has_space = i < a.length_bytes && is_space(a.at[i]);
		bool b_has_space = k < b.length_bytes && is_space(b.at[k]);

		while (i < a.length_bytes && is_space(a.at[i]))
			i++;
		while (k < b.length_bytes && is_space(b.at[k]))
			k++;
		if (i == a.length_bytes || k == b.length_bytes)
			return i == a.length_bytes && k == b.length_bytes;
		/* "1 2" and "12" are not the same; space in front of the first word is nothing */
		if ((a_has_space != b_has_space && i && k) || a.at[i++] != b.at[k++])
			return false;
	}
}

/* "+007" without what only spells it. */
static struct mr_slice plain_number(struct mr_slice text)
{
	text = mr_slice_trim(text);
	if (mr_slice_starts(text, MR_SLICE("+")))
		text = mr_slice_skip(text, 1);
	if (mr_slice_is(text, "-0"))
		text = mr_slice_skip(text, 1);
	while (text.length_bytes > 1 && text.at[0] == '0' && text.at[1] >= '0' && text.at[1] <= '9')
		text = mr_slice_skip(text, 1);
	return text;
}

static struct mr_slice printed_slice(const struct mr_trip *trip)
{
	return (struct mr_slice){trip->printed.data ? trip->printed.data : "", trip->printed.length_bytes};
}

/* A fraction with more digits than a double holds: it was read as this double. */
static bool is_rounded(const struct mr_value *value, struct mr_slice text)
{
	double real;

	return value->type == MR_VALUE_REAL && text.length_bytes > REAL_DIGITS &&
	       mr_slice_real(mr_slice_trim(text), &real) == MR_NUMBER_OK && real == value->real;
}

static unsigned long line_of_member(const struct mr_trip *trip)
{
	unsigned long in_front = trip->file->lines_in_front;

	return trip->line_number > in_front ? trip->line_number - in_front : 0;
}

/* The line has something else than the row: it says so itself, or that is a difference. */
static void compare_unequal(struct mr_trip *trip, struct mr_trip_cell *cell, struct mr_slice text)
{
	unsigned long line = line_of_member(trip);

	if (line && mr_trip_book_has_issue_at(&trip->all->book, trip->file->member, line))
		mr_trip_tally(trip, MR_TRIP_TOLD_AS_ISSUE);
	else
		mr_trip_differ(trip, cell, mr_slice_of(trip->table->fields[cell->field].key), text,
			       printed_slice(trip));
}

static void compare_cell(struct mr_trip *trip, struct mr_trip_cell *cell, struct mr_slice text,
			 const char *unit)
{
	bool is_text = cell->value.type == MR_VALUE_TEXT;
	struct mr_slice number = text;

	mr_buffer_clear(&trip->printed);
	/* only the number tells the base and the digits */
	mr_slice_word(&number, &number);
	print(trip, &trip->table->fields[cell->field], &cell->value, number);
	mr_buffer_append_text(&trip->printed, unit);
	if (trip->printed.failed)
		trip->all->status = -ENOMEM;
	bool is_same = same_words(text, printed_slice(trip));
	bool is_spelled =
		!is_same && !is_text &&
		(same_words(plain_number(text), printed_slice(trip)) || is_rounded(&cell->value, text));
	if (!is_same && !is_spelled) {
		compare_unequal(trip, cell, text);
		return;
	}
	mr_trip_see_cell(trip, cell);
	mr_trip_tally(trip, is_spelled ? MR_TRIP_SPELLED : is_text ? MR_TRIP_TEXTS : MR_TRIP_NUMBERS);
}

/* Whether the field behind a limit says if there is one. */
static bool has_companion(const struct mr_table *table, size_t field)
{
	return table->fields[field].kind == MR_KIND_LIMIT && field + 1 < table->field_count &&
	       table->fields[field + 1].kind == MR_KIND_UNLIMITED;
}

/* PAGE_COUNTER_MAX of a 32-bit kernel: LONG_MAX pages, from 4 to 64 KiB. */
static bool is_long_max_pages(uint64_t bytes)
{
	for (unsigned kib = 4; kib <= 64; kib *= 2)
		if (bytes / 1024 == (uint64_t)INT32_MAX * kib && bytes % 1024 == 0)
			return true;
	return false;
}

static bool says_no_limit(struct mr_slice text)
{
	uint64_t number;

	if (mr_slice_is(text, "max") || mr_slice_is(text, "-1"))
		return true;
	return mr_slice_unsigned(text, 10, &number) == MR_NUMBER_OK &&
	       (number >= NO_LIMIT_MIN || is_long_max_pages(number));
}

/* A limit: the cell beside it is 1 and it has none, or 0 and it has a number.
 * @return  whether nothing is left to compare */
static bool compare_limit(struct mr_trip *trip, size_t field, struct mr_slice text)
{
	const struct mr_slice key = mr_slice_of(trip->table->fields[field].key);
	struct mr_trip_cell *number = mr_trip_row_cell(trip->row, field);
	struct mr_trip_cell *unlimited = mr_trip_row_cell(trip->row, field + 1);

	if (!unlimited) {
		mr_trip_left_out(trip, key, text);
		return true;
	}
	bool is_unlimited = unlimited->value.integer == 1;
	if (unlimited->value.integer != says_no_limit(mr_slice_trim(text)) || (is_unlimited && number)) {
		mr_trip_differ(trip, unlimited, key, text,
			       number && is_unlimited ? MR_SLICE("a limit and none")
			       : is_unlimited         ? MR_SLICE("no limit")
						      : MR_SLICE("a limit"));
		return true;
	}
	mr_trip_see_cell(trip, unlimited);
	if (is_unlimited)
		mr_trip_tally(trip, MR_TRIP_NO_LIMIT);
	return is_unlimited;
}

/* The same key stands in a line below, and an issue says so: what came first is in no row. */
static bool is_doubled_below(struct mr_trip *trip, struct mr_slice key)
{
	struct mr_slice group;

	/* "UDP.mem" is "UDP: mem" in a line */
	mr_slice_until(&key, '.', &group);
	return key.length_bytes && trip->rest.length_bytes &&
	       mr_trip_book_has_issue_of_kind(&trip->all->book, trip->file->member, MR_ISSUE_DOUBLED_KEY,
					      line_of_member(trip)) &&
	       memmem(trip->rest.at, trip->rest.length_bytes, key.at, key.length_bytes);
}

/* A key of the row is no number, so there is no row; the line that has it may be another. */
static bool lacks_key(const struct mr_trip *trip)
{
	size_t number = 0;

	for (size_t i = 0; trip->table && i < trip->table->field_count; i++)
		if (mr_field_is_key(&trip->table->fields[i]) && trip->keys[number++].type == MR_VALUE_NULL)
			return true;
	return false;
}

static bool is_told(struct mr_trip *trip, struct mr_slice key)
{
	if (lacks_key(trip) &&
	    mr_trip_book_has_issue_of_kind(&trip->all->book, trip->file->member, MR_ISSUE_KIND_TOTAL, 0))
		return true;
	return mr_trip_book_has_issue(&trip->all->book, trip->file->member, line_of_member(trip)) ||
	       is_doubled_below(trip, key);
}

void mr_trip_left_out(struct mr_trip *trip, struct mr_slice key, struct mr_slice text)
{
	if (is_told(trip, key))
		mr_trip_tally(trip, MR_TRIP_TOLD_AS_ISSUE);
	else
		mr_trip_differ(trip, NULL, key, text, (struct mr_slice){0});
}

void mr_trip_no_column(struct mr_trip *trip)
{
	mr_trip_tally(trip, MR_TRIP_NO_COLUMN);
}

void mr_trip_compare(struct mr_trip *trip, size_t field, struct mr_slice text, const char *unit)
{
	const struct mr_field *known = &trip->table->fields[field];

	if (known->kind == MR_KIND_IGNORED) {
		mr_trip_no_column(trip);
		return;
	}
	if (trip->row && has_companion(trip->table, field) && compare_limit(trip, field, text))
		return;
	struct mr_trip_cell *cell = trip->row ? mr_trip_row_cell(trip->row, field) : NULL;
	if (cell)
		compare_cell(trip, cell, text, unit);
	else
		mr_trip_left_out(trip, mr_slice_of(known->key), text);
}

void mr_trip_compare_key(struct mr_trip *trip, struct mr_slice key, struct mr_slice text, const char *unit)
{
	size_t field = mr_trip_field(trip, key);

	if (field == MR_TRIP_FIELD_NONE)
		mr_trip_left_out(trip, key, text);
	else
		mr_trip_compare(trip, field, text, unit);
}

void mr_trip_compare_sum(struct mr_trip *trip, const char *key, uint64_t sum)
{
	size_t field = mr_trip_field(trip, mr_slice_of(key));
	struct mr_trip_cell *cell =
		trip->row && field != MR_TRIP_FIELD_NONE ? mr_trip_row_cell(trip->row, field) : NULL;
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, sum);
	if (!cell) {
		mr_trip_left_out(trip, mr_slice_of(key), mr_slice_of(text));
		return;
	}
	mr_buffer_clear(&trip->printed);
	print(trip, &trip->table->fields[field], &cell->value, (struct mr_slice){0});
	if (!mr_slice_equals(mr_slice_of(text), printed_slice(trip))) {
		mr_trip_differ(trip, cell, mr_slice_of(key), mr_slice_of(text), printed_slice(trip));
		return;
	}
	mr_trip_see_cell(trip, cell);
	mr_trip_tally(trip, MR_TRIP_SUMS);
}

void mr_trip_compare_whole(struct mr_trip *trip, struct mr_trip_cell *const *cells, size_t count)
{
	if (trip->printed.failed) {
		trip->all->status = -ENOMEM;
		return;
	}
	if (!mr_slice_equals(trip->line, printed_slice(trip))) {
		mr_trip_differ(trip, cells[0], (struct mr_slice){0}, trip->line, printed_slice(trip));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		mr_trip_see_cell(trip, cells[i]);
		mr_trip_tally(trip, cells[i]->value.type == MR_VALUE_TEXT ? MR_TRIP_TEXTS : MR_TRIP_NUMBERS);
	}
}

void mr_trip_row_is_all(struct mr_trip *trip)
{
	if (trip->row)
		mr_trip_tally(trip, MR_TRIP_NUMBERS);
	else
		mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
}

void mr_trip_compare_origin(struct mr_trip *trip, const char *origin)
{
	size_t field = 0;

	while (trip->table->fields[field].kind != MR_KIND_DERIVED)
		field++;
	if (trip->row)
		mr_trip_compare(trip, field, mr_slice_of(origin), "");
}

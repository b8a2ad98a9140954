/* Pieces of evidence side by side: kept in the order in which they came, weighed at the end. */
#include "analyze/read/foreign/evidence_book.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analyze/read/row.h"
#include "schema/base/buffer.h"

#define PIECES_PER_FACT_MAX 32
#define VALUE_BYTES_MAX 512
/* Two clocks of one machine, read while a tool collected for a while. */
#define TAKEN_TOGETHER_NS (INT64_C(1800) * 1000000000)

const char *const mr_fact_columns[MR_FACT_TOTAL] = {
	[MR_FACT_TOOL] = "tool",
	[MR_FACT_HOST] = "host",
	[MR_FACT_TAKEN] = "taken_ns",
	[MR_FACT_PAGE_SIZE] = "page_size_bytes",
	[MR_FACT_CLOCK_TICKS] = "clock_ticks_per_second",
	[MR_FACT_ENDIANNESS] = "endianness",
	[MR_FACT_WORD_BITS] = "word_bits",
	[MR_FACT_CPUS_ONLINE] = "cpus_online_count",
	[MR_FACT_CPUS_POSSIBLE] = "cpus_possible_count",
	[MR_FACT_KERNEL_RELEASE] = "kernel_release",
	[MR_FACT_KERNEL_VERSION] = "kernel_version",
	[MR_FACT_MACHINE] = "machine",
	[MR_FACT_BOOT_ID] = "boot_id",
	[MR_FACT_ANONYMIZED] = "anonymized",
	[MR_FACT_CGROUP1_MOUNT] = "cgroup1_memory_mount",
	[MR_FACT_CGROUP2_MOUNT] = "cgroup2_mount",
	[MR_FACT_CGROUP2_CONTROLLERS] = "cgroup2_controllers",
	[MR_FACT_PROCFS_OPTIONS] = "procfs_options",
	[MR_FACT_BUDDY_TAIL] = "probe_buddy_tail",
};

static void piece_deinit(struct mr_piece *piece)
{
	free(piece->source);
	free(piece->value);
	free(piece->how);
}

void mr_book_deinit(struct mr_book *book)
{
	for (size_t i = 0; i < book->count; i++)
		piece_deinit(&book->pieces[i]);
	free(book->pieces);
	*book = (struct mr_book){0};
}

/* Whether there is a place for one more piece of this fact and none from the same source. */
static bool has_place(const struct mr_book *book, enum mr_fact fact, const char *source)
{
	size_t count = 0;

	for (size_t i = 0; i < book->count; i++) {
		if (book->pieces[i].fact != fact)
			continue;
		if (!strcmp(book->pieces[i].source, source) || ++count == PIECES_PER_FACT_MAX)
			return false;
	}
	return true;
}

static bool reserve(struct mr_book *book)
{
	if (book->count < book->capacity)
		return true;
	size_t capacity = book->capacity ? 2 * book->capacity : 16;
	struct mr_piece *larger = reallocarray(book->pieces, capacity, sizeof(*larger));
	if (!larger)
		return false;
	book->pieces = larger;
	book->capacity = capacity;
	return true;
}

static void add(struct mr_book *book, struct mr_piece *piece)
{
	if (!piece->source || !piece->how || !reserve(book)) {
		book->failed = true;
		piece_deinit(piece);
		return;
	}
	book->pieces[book->count++] = *piece;
}

__attribute__((format(printf, 1, 0))) static char *print(const char *format, va_list arguments)
{
	char *text;

	return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

static bool is_space(char byte)
{
	return mr_is_blank(byte) || byte == '\n' || byte == '\r';
}

static struct mr_slice cleaned(struct mr_slice value)
{
	if (value.length_bytes)
		value.length_bytes = strnlen(value.at, value.length_bytes);
	while (value.length_bytes && is_space(value.at[0]))
		value = mr_slice_skip(value, 1);
	while (value.length_bytes && is_space(value.at[value.length_bytes - 1]))
		value.length_bytes--;
	if (value.length_bytes > VALUE_BYTES_MAX)
		value.length_bytes = VALUE_BYTES_MAX;
	return value;
}

__attribute__((format(printf, 6, 0))) static void add_value(struct mr_book *book, enum mr_fact fact,
							    enum mr_strength strength, const char *source,
							    struct mr_slice value, const char *how,
							    va_list arguments)
{
	struct mr_piece piece = {.fact = fact, .strength = strength};

	value = cleaned(value);
	if (!value.length_bytes || !has_place(book, fact, source))
		return;
	if (strength != MR_STRENGTH_GIVEN && !mr_fact_can_be(fact, value))
		piece.strength = MR_STRENGTH_NONE;
	piece.source = strdup(source);
	piece.how = print(how, arguments);
	piece.value = strndup(value.at, value.length_bytes);
	if (!piece.value) {
		free(piece.how);
		piece.how = NULL;
	}
	add(book, &piece);
}

void mr_book_add(struct mr_book *book, enum mr_fact fact, enum mr_strength strength, const char *source,
		 struct mr_slice value, const char *how, ...)
{
	va_list arguments;

	va_start(arguments, how);
	add_value(book, fact, strength, source, value, how, arguments);
	va_end(arguments);
}

void mr_book_add_number(struct mr_book *book, enum mr_fact fact, enum mr_strength strength,
			const char *source, int64_t value, const char *how, ...)
{
	char digits[24];
	va_list arguments;

	snprintf(digits, sizeof(digits), "%lld", (long long)value);
	va_start(arguments, how);
	add_value(book, fact, strength, source, mr_slice_of(digits), how, arguments);
	va_end(arguments);
}

void mr_book_add_doubt(struct mr_book *book, enum mr_fact fact, const char *source, const char *how, ...)
{
	struct mr_piece piece = {.fact = fact, .strength = MR_STRENGTH_NONE};
	va_list arguments;

	if (!has_place(book, fact, source))
		return;
	va_start(arguments, how);
	piece.how = print(how, arguments);
	va_end(arguments);
	piece.source = strdup(source);
	add(book, &piece);
}

void mr_book_refuse_below(struct mr_book *book, enum mr_fact fact, int64_t least, const char *why)
{
	for (size_t i = 0; i < book->count; i++) {
		struct mr_piece *piece = &book->pieces[i];
		int64_t number;
		char *how;

		if (piece->fact != fact || piece->strength == MR_STRENGTH_GIVEN ||
		    mr_slice_integer(mr_slice_of(piece->value), &number) != MR_NUMBER_OK || number >= least)
			continue;
		piece->strength = MR_STRENGTH_NONE;
		if (asprintf(&how, "%s%s", piece->how, why) < 0) {
			book->failed = true;
			return;
		}
		free(piece->how);
		piece->how = how;
	}
}

static const struct mr_piece *strongest(const struct mr_book *book, enum mr_fact fact)
{
	const struct mr_piece *best = NULL;

	for (size_t i = 0; i < book->count; i++) {
		const struct mr_piece *piece = &book->pieces[i];
		if (piece->fact == fact && piece->strength > (best ? best->strength : MR_STRENGTH_NONE))
			best = piece;
	}
	return best;
}

const char *mr_book_decide(const struct mr_book *book, enum mr_fact fact)
{
	const struct mr_piece *piece = strongest(book, fact);

	return piece ? piece->value : NULL;
}

int64_t mr_book_decide_number(const struct mr_book *book, enum mr_fact fact, int64_t otherwise)
{
	const char *value = mr_book_decide(book, fact);
	int64_t number;

	return mr_slice_integer(mr_slice_of(value), &number) == MR_NUMBER_OK ? number : otherwise;
}

/* ---- the table evidence ---- */

/* "node1" and "node1.example.org" are one host. */
static bool is_same_host(const char *left, const char *right)
{
	size_t length = strlen(left) < strlen(right) ? strlen(left) : strlen(right);

	return !strncasecmp(left, right, length) && (left[length] == '\0' || left[length] == '.') &&
	       (right[length] == '\0' || right[length] == '.');
}

static bool is_same_moment(const char *left, const char *right)
{
	int64_t numbers[2];
	int64_t apart;

	return mr_slice_integer(mr_slice_of(left), &numbers[0]) == MR_NUMBER_OK &&
	       mr_slice_integer(mr_slice_of(right), &numbers[1]) == MR_NUMBER_OK &&
	       !__builtin_sub_overflow(numbers[0], numbers[1], &apart) && apart <= TAKEN_TOGETHER_NS &&
	       apart >= -TAKEN_TOGETHER_NS;
}

static bool agrees(enum mr_fact fact, const char *value, const char *decided)
{
	if (!value || !decided)
		return false;
	if (fact == MR_FACT_HOST)
		return is_same_host(value, decided);
	return !strcmp(value, decided) || (fact == MR_FACT_TAKEN && is_same_moment(value, decided));
}

int mr_book_put(const struct mr_book *book, const struct mr_outlet *outlet)
{
	struct mr_row row = {.table = mr_table_find("evidence")};
	int result = 0;

	for (size_t i = 0; i < book->count && !result; i++) {
		const struct mr_piece *piece = &book->pieces[i];
		bool is_used = agrees(piece->fact, piece->value, mr_book_decide(book, piece->fact));

		memset(row.values, 0, sizeof(row.values));
		mr_row_set_string(&row, "fact", mr_fact_columns[piece->fact]);
		mr_row_set_string(&row, "source", piece->source);
		mr_row_set_string(&row, "value", piece->value);
		mr_row_set_string(&row, "how", piece->how);
		mr_row_set_integer(&row, "is_used", is_used);
		result = outlet->row(outlet->context, 0, &row);
	}
	return result;
}

/* Words, numbers and values: the ground that all parsers stand on.  An input is a text of one line; its words
 * are converted in every unit, and numbers compared with what the C library makes of them.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "analyze/parse/value.h"
#include "tests/fuzz/promises.h"

/* A decimal number in plain form, which the C library reads as we do. */
static bool is_plain(const char *text, bool with_fraction)
{
	size_t sign = text[0] == '-' || text[0] == '+';
	size_t whole = strspn(text + sign, "0123456789");
	const char *rest = text + sign + whole;

	if (with_fraction && whole && *rest == '.')
		return strspn(rest + 1, "0123456789") && !rest[1 + strspn(rest + 1, "0123456789")];
	return whole && !*rest;
}

static void check_unsigned(struct mr_slice slice, const char *text, int base)
{
	uint64_t number = 0;
	enum mr_number result = mr_slice_unsigned(slice, (unsigned)base, &number);
	size_t digits = strspn(text, base == 10 ? "0123456789" : "0123456789abcdefABCDEF");
	bool is_number = slice.length_bytes && digits == slice.length_bytes;
	char *end;

	FUZZ_CHECK((result == MR_NUMBER_BAD) == !is_number);
	if (!is_number)
		return;
	errno = 0;
	unsigned long long expected = strtoull(text, &end, base);
	FUZZ_CHECK((errno == ERANGE) == (result == MR_NUMBER_TOO_LARGE));
	FUZZ_CHECK(result == MR_NUMBER_TOO_LARGE || number == expected);
}

static void check_integer(struct mr_slice slice, const char *text)
{
	int64_t number = 0;
	enum mr_number result = mr_slice_integer(slice, &number);
	bool is_number = strlen(text) == slice.length_bytes && is_plain(text, false);

	FUZZ_CHECK((result == MR_NUMBER_BAD) == !is_number);
	if (!is_number)
		return;
	errno = 0;
	long long expected = strtoll(text, NULL, 10);
	FUZZ_CHECK((errno == ERANGE) == (result == MR_NUMBER_TOO_LARGE));
	FUZZ_CHECK(result == MR_NUMBER_TOO_LARGE || number == expected);
}

static void check_real(struct mr_slice slice, const char *text)
{
	double number = 0;
	enum mr_number result = mr_slice_real(slice, &number);
	bool is_number = strlen(text) == slice.length_bytes && is_plain(text, true);

	FUZZ_CHECK((result == MR_NUMBER_BAD) == !is_number);
	if (result != MR_NUMBER_OK)
		return;
	double expected = strtod(text, NULL);
	/* 15 digits of the fraction are read */
	FUZZ_CHECK(isfinite(number) && fabs(number - expected) <= 1e-15 + fabs(expected) * 1e-15);
}

/* One word, in memory of exactly its size, as a value of every unit and kind. */
static void check_value(struct mr_slice word)
{
	static const enum mr_kind kinds[] = {MR_KIND_GAUGE, MR_KIND_COUNTER, MR_KIND_LIMIT};
	struct mr_field field = {.key = "x", .column = "x"};
	struct mr_value value;

	for (int unit = 0; unit < MR_UNIT_TOTAL; unit++)
		for (size_t i = 0; i < 2 * sizeof(kinds) / sizeof(kinds[0]); i++) {
			field.unit = (enum mr_unit)unit;
			field.kind = kinds[i / 2];
			enum mr_conversion conversion = mr_value_convert(&field, word, i % 2, i % 2, &value);
			FUZZ_CHECK((conversion == MR_CONVERSION_OK) == (value.type != MR_VALUE_NULL));
			FUZZ_CHECK(conversion != MR_CONVERSION_UNLIMITED || field.kind == MR_KIND_LIMIT);
		}
}

static void check_word(struct mr_slice word)
{
	char *text = fuzz_text(word.at, word.length_bytes);
	struct mr_slice slice = {text, word.length_bytes};

	FUZZ_CHECK(word.length_bytes);
	for (size_t i = 0; i < word.length_bytes; i++)
		FUZZ_CHECK(!mr_is_blank(word.at[i]));
	check_unsigned(slice, text, 10);
	check_unsigned(slice, text, 16);
	check_integer(slice, text);
	check_real(slice, text);
	check_value(slice);
	FUZZ_CHECK(mr_slice_is(slice, text) == (strlen(text) == slice.length_bytes));
	mr_slice_is_range(slice);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct mr_slice text = {(const char *)data, length_bytes};
	struct mr_slice trimmed = mr_slice_trim(text);
	struct mr_slice rest = text, word = {0}, first = {0};
	size_t forwards = 0, backwards = 0;

	FUZZ_CHECK(!trimmed.length_bytes ||
		   (!mr_is_blank(trimmed.at[0]) && !mr_is_blank(trimmed.at[trimmed.length_bytes - 1])));
	for (; mr_slice_word(&rest, &word); forwards++) {
		if (!forwards)
			first = word;
		check_word(word);
	}
	FUZZ_CHECK(!rest.length_bytes);
	for (rest = text; mr_slice_last_word(&rest, &word); backwards++)
		continue;
	FUZZ_CHECK(forwards == backwards && (!backwards || mr_slice_equals(first, word)));
	return 0;
}

/* Numbers for people.  An input is 64-bit words; a database may hold any of them. */
#include "analyze/render/number.h"

#include <string.h>

#include "analyze/render/escape.h"
#include "tests/fuzz/fuzz.h"

#define SUMMANDS_MAX 32

static void check_text(struct mr_number number)
{
	size_t length = strnlen(number.text, sizeof(number.text));

	FUZZ_CHECK(length && length < sizeof(number.text) && mr_is_utf8(number.text, length));
	for (size_t i = 0; i < length; i++)
		FUZZ_CHECK((unsigned char)number.text[i] >= ' ' && number.text[i] != 0x7f);
}

static void check_texts(int64_t number, int64_t other)
{
	double real;

	memcpy(&real, &number, sizeof(real));
	check_text(mr_number_size_prose(number));
	check_text(mr_number_share(number, other & 1));
	check_text(mr_number_change(number));
	check_text(mr_number_count(number));
	check_text(mr_number_ratio(real));
	check_text(mr_number_duration(number));
	check_text(mr_number_moment(number, other & 1 ? MR_MOMENT_MINUTE : MR_MOMENT_SECOND));
	check_text(mr_number_count(mr_number_ppm(number, other)));
}

static void check_units(int64_t number, int64_t page_size_bytes)
{
	for (int i = MR_SIZE_AUTO; i <= MR_SIZE_PAGE; i++) {
		enum mr_size_unit unit = (enum mr_size_unit)i;
		struct mr_size_style style = {unit, page_size_bytes};
		int64_t steps = mr_number_steps(number, unit, page_size_bytes);

		check_text(mr_number_size(number, &style));
		check_text(mr_number_size_signed(number, &style));
		check_text(mr_number_of_steps(steps, unit, true));
		FUZZ_CHECK(!steps || (steps < 0) == (number < 0));
	}
}

/* Rows add up to the total that is printed, and none is off by a step or more. */
static void check_apportion(const int64_t *exact, size_t count, int64_t page_size_bytes)
{
	int64_t steps[SUMMANDS_MAX], numerator, denominator, sum_bytes = 0, sum_steps = 0;
	enum mr_size_unit unit = count % 2 ? MR_SIZE_M : MR_SIZE_PAGE;

	for (size_t i = 0; i < count; i++) {
		if (exact[i] > INT64_C(1) << 53 || exact[i] < -(INT64_C(1) << 53))
			return;
		sum_bytes += exact[i];
	}
	mr_number_step_fraction(unit, page_size_bytes, &numerator, &denominator);
	mr_number_apportion(exact, steps, count, numerator, denominator,
			    mr_number_steps(sum_bytes, unit, page_size_bytes));
	for (size_t i = 0; i < count; i++) {
		__int128 error = (__int128)steps[i] * denominator - (__int128)exact[i] * numerator;

		FUZZ_CHECK(error < denominator && error > -denominator);
		sum_steps += steps[i];
	}
	FUZZ_CHECK(sum_steps == mr_number_steps(sum_bytes, unit, page_size_bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	int64_t words[SUMMANDS_MAX + 2] = {0};
	size_t bytes = length_bytes < sizeof(words) ? length_bytes : sizeof(words);

	memcpy(words, data, bytes);
	check_texts(words[0], words[1]);
	check_units(words[0], words[1]);
	check_apportion(words + 2, bytes / sizeof(words[0]) > 2 ? bytes / sizeof(words[0]) - 2 : 0, words[1]);
	return 0;
}

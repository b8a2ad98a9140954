/* Numbers for people: units, digits, and that what is rounded still adds up. */
#include "analyze/render/number.h"

#include <string.h>

#include "tests/support/test.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static const struct mr_size_style automatic = {MR_SIZE_AUTO, 4096};

static void assert_size(int64_t bytes, const char *expected)
{
	assert_string_equal(mr_number_size(bytes, &automatic).text, expected);
}

TEST(a_size_has_three_digits_below_g_and_four_from_there)
{
	assert_size(0, "0");
	assert_size(512, "512 B");
	assert_size(1023, "1023 B");
	assert_size(KIB, "1 K");
	assert_size(238 * KIB, "238 K");
	assert_size(1536, "1.5 K");
	assert_size(16 * MIB, "16.0 M");
	assert_size(422 * MIB, "422 M");
	assert_size(3 * MIB + 100 * KIB, "3.10 M");
	assert_size(GIB, "1.00 G");
	assert_size(22 * GIB + 215 * MIB, "22.21 G");
	assert_size(193 * GIB + 512 * MIB, "193.5 G");
	assert_size(1024 * GIB, "1.00 T");
}

TEST(a_size_that_rounds_up_to_the_next_unit_is_written_in_it)
{
	assert_size(MIB - 1, "1.00 M");
	assert_size(GIB - 1, "1.00 G");
	assert_size(10 * MIB - 1, "10.0 M");
	assert_size(100 * MIB - 1, "100 M");
	assert_size(100 * GIB - 1, "100.0 G");
}

TEST(sizes_at_the_ends_of_64_bits_do_not_overflow)
{
	assert_size(INT64_MAX, "8192 P");
	assert_size(INT64_MIN, "-8192 P");
	assert_string_equal(mr_number_count(INT64_MIN).text, "-9,223,372,036,854,775,808");
	assert_int_equal(mr_number_ppm(INT64_MAX, 1), INT64_MAX);
	assert_int_equal(mr_number_steps(INT64_MIN, MR_SIZE_B, 4096), -INT64_MAX);
}

TEST(a_sign_stands_before_everything_but_zero)
{
	assert_string_equal(mr_number_size_signed(317 * MIB, &automatic).text, "+317 M");
	assert_string_equal(mr_number_size_signed(-12 * KIB, &automatic).text, "-12 K");
	assert_string_equal(mr_number_size_signed(0, &automatic).text, "0");
}

TEST(a_forced_unit_is_used_for_every_size)
{
	struct mr_size_style style = {MR_SIZE_K, 4096};

	assert_string_equal(mr_number_size(3 * GIB, &style).text, "3145728 K");
	style.unit = MR_SIZE_PAGE;
	style.page_size_bytes = 65536;
	assert_string_equal(mr_number_size(MIB, &style).text, "16 p");
	style.page_size_bytes = 0;
	assert_string_equal(mr_number_size(MIB, &style).text, "256 p");
}

TEST(a_unit_is_parsed_by_its_whole_name)
{
	enum mr_size_unit unit;

	assert_true(mr_size_unit_parse("page", &unit));
	assert_int_equal(unit, MR_SIZE_PAGE);
	assert_false(mr_size_unit_parse("pages", &unit));
	assert_false(mr_size_unit_parse("", &unit));
	assert_false(mr_size_unit_parse("m", &unit));
}

TEST(the_table_is_in_gib_from_16_gib_of_ram_on)
{
	assert_int_equal(mr_number_table_unit(16 * GIB, MR_SIZE_AUTO), MR_SIZE_G);
	assert_int_equal(mr_number_table_unit(16 * GIB - 1, MR_SIZE_AUTO), MR_SIZE_M);
	assert_int_equal(mr_number_table_unit(GIB, MR_SIZE_K), MR_SIZE_K);
}

static void assert_sums(const int64_t *exact, size_t count, int64_t total_steps)
{
	int64_t steps[16], numerator, denominator, sum = 0;

	mr_number_step_fraction(MR_SIZE_G, 4096, &numerator, &denominator);
	mr_number_apportion(exact, steps, count, numerator, denominator, total_steps);
	for (size_t i = 0; i < count; i++) {
		sum += steps[i];
		/* each is off by less than one step */
		assert_true((double)steps[i] - (double)exact[i] * 100 / (double)GIB < 1);
		assert_true((double)steps[i] - (double)exact[i] * 100 / (double)GIB > -1);
	}
	assert_int_equal(sum, total_steps);
}

TEST(rounded_rows_sum_to_the_rounded_total)
{
	static const int64_t thirds[] = {GIB / 3, GIB / 3, GIB - 2 * (GIB / 3)};
	static const int64_t with_negative[] = {5 * GIB + 7 * MIB, -3 * MIB, 2 * GIB - 4 * MIB};
	static const int64_t tiny[] = {MIB, MIB, MIB, MIB, MIB, MIB, 1018 * MIB};

	assert_sums(thirds, 3, 100);
	assert_sums(with_negative, 3, 700);
	assert_sums(tiny, 7, 100);
}

TEST(a_row_of_nothing_is_never_rounded_up)
{
	static const int64_t exact[] = {0, GIB / 3, 0, GIB / 3, GIB / 3 + 1};
	int64_t steps[5];

	mr_number_apportion(exact, steps, 5, 100, GIB, 100);
	assert_int_equal(steps[0], 0);
	assert_int_equal(steps[2], 0);
}

TEST(rows_that_do_not_sum_to_the_total_keep_their_own_sum)
{
	static const int64_t exact[] = {GIB, GIB};
	int64_t steps[2];

	mr_number_apportion(exact, steps, 2, 100, GIB, 500);
	assert_int_equal(steps[0] + steps[1], 200);
}

TEST(steps_are_printed_with_the_decimals_of_the_unit)
{
	assert_string_equal(mr_number_of_steps(25163, MR_SIZE_G, false).text, "251.63");
	assert_string_equal(mr_number_of_steps(665, MR_SIZE_G, true).text, "+6.65");
	assert_string_equal(mr_number_of_steps(-2, MR_SIZE_G, true).text, "-0.02");
	assert_string_equal(mr_number_of_steps(0, MR_SIZE_G, true).text, "0.00");
	assert_string_equal(mr_number_of_steps(42, MR_SIZE_K, false).text, "42");
}

TEST(a_change_beyond_tenfold_is_a_factor_and_never_a_monster)
{
	assert_string_equal(mr_number_change(58000).text, "+5.8%");
	assert_string_equal(mr_number_change(-411000).text, "-41.1%");
	assert_string_equal(mr_number_change(11000000).text, "×12");
	assert_int_equal(mr_number_ppm(5, 0), 0);
	assert_int_equal(mr_number_ppm(-1, 3), -333333);
}

TEST(a_ratio_of_no_number_is_unknown)
{
	assert_string_equal(mr_number_ratio(1.04).text, "1.04");
	assert_string_equal(mr_number_ratio(0.0 / 0.0).text, "?");
	assert_string_equal(mr_number_ratio(1e300).text, ">999");
}

TEST(durations_change_their_unit)
{
	assert_string_equal(mr_number_duration(800000).text, "0.8 ms");
	assert_string_equal(mr_number_duration(119000000).text, "119 ms");
	assert_string_equal(mr_number_duration(INT64_C(11400000000)).text, "11.4 s");
	assert_string_equal(mr_number_duration(INT64_C(1500000000000)).text, "25 min");
	assert_string_equal(mr_number_duration(INT64_C(86400000000000)).text, "24 h");
	assert_string_equal(mr_number_duration(INT64_C(3542400000000000)).text, "41 d");
}

TEST(moments_outside_of_the_calendar_are_unknown)
{
	assert_string_equal(mr_number_moment(INT64_C(1795247263) * 1000000000, MR_MOMENT_SECOND).text,
			    "2026-11-21 07:47:43Z");
	assert_string_equal(mr_number_moment(-1, MR_MOMENT_MINUTE).text, "1969-12-31 23:59");
	assert_true(strlen(mr_number_moment(INT64_MAX, MR_MOMENT_SECOND).text) > 0);
	assert_true(strlen(mr_number_moment(INT64_MIN, MR_MOMENT_SECOND).text) > 0);
}

TEST(counts_have_separators)
{
	assert_string_equal(mr_number_count(0).text, "0");
	assert_string_equal(mr_number_count(999).text, "999");
	assert_string_equal(mr_number_count(65963329).text, "65,963,329");
	assert_string_equal(mr_number_count(-1000).text, "-1,000");
}

/* Words and numbers: what is one, what is none, and what does not fit. */
#include "analyze/parse/slice.h"
#include "tests/support/test.h"

static enum mr_number integer(const char *text, int64_t *value)
{
	return mr_slice_integer(mr_slice_of(text), value);
}

static enum mr_number real(const char *text, double *value)
{
	return mr_slice_real(mr_slice_of(text), value);
}

TEST(words_are_separated_by_blanks_and_tabs)
{
	struct mr_slice rest = MR_SLICE("  a\t bc  ");
	struct mr_slice word;

	assert_true(mr_slice_word(&rest, &word));
	assert_true(mr_slice_is(word, "a"));
	assert_true(mr_slice_word(&rest, &word));
	assert_true(mr_slice_is(word, "bc"));
	assert_false(mr_slice_word(&rest, &word));
	assert_false(mr_slice_word(&rest, &word));
}

TEST(words_can_be_taken_from_the_end)
{
	struct mr_slice rest = MR_SLICE("name with blanks  1 2 ");
	struct mr_slice word;

	assert_true(mr_slice_last_word(&rest, &word));
	assert_true(mr_slice_is(word, "2"));
	assert_true(mr_slice_last_word(&rest, &word));
	assert_true(mr_slice_is(word, "1"));
	assert_true(mr_slice_is(mr_slice_trim(rest), "name with blanks"));
}

TEST(an_empty_slice_has_no_words_and_equals_the_empty_text)
{
	struct mr_slice rest = {0};
	struct mr_slice word;

	assert_false(mr_slice_word(&rest, &word));
	assert_false(mr_slice_last_word(&rest, &word));
	assert_false(mr_slice_until(&rest, ':', &word));
	assert_true(mr_slice_is(rest, ""));
	assert_true(mr_slice_equals(rest, MR_SLICE("")));
}

TEST(a_slice_is_no_name_that_it_only_begins)
{
	assert_false(mr_slice_is(MR_SLICE("Active"), "Active(anon)"));
	assert_false(mr_slice_is(MR_SLICE("Active(anon)"), "Active"));
	assert_false(mr_slice_is((struct mr_slice){"a\0b", 3}, "a"));
}

TEST(integers_have_an_optional_sign)
{
	int64_t value;

	assert_int_equal(integer("0", &value), MR_NUMBER_OK);
	assert_int_equal(value, 0);
	assert_int_equal(integer("+42", &value), MR_NUMBER_OK);
	assert_int_equal(value, 42);
	assert_int_equal(integer("-42", &value), MR_NUMBER_OK);
	assert_int_equal(value, -42);
	assert_int_equal(integer("000123", &value), MR_NUMBER_OK);
	assert_int_equal(value, 123);
}

TEST(what_is_not_all_digits_is_no_integer)
{
	static const char *const bad[] = {"",    "-",    "+",    "--1", "1 ",  " 1",
					  "1.0", "0x10", "12kB", "1e3", "max", "１"};
	int64_t value = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(integer(bad[i], &value), MR_NUMBER_BAD);
	assert_int_equal(value, 7);
}

TEST(a_huge_number_is_too_large_and_never_wraps)
{
	int64_t value = 7;
	uint64_t bits = 7;

	assert_int_equal(integer("9223372036854775807", &value), MR_NUMBER_OK);
	assert_true(value == INT64_MAX);
	assert_int_equal(integer("-9223372036854775808", &value), MR_NUMBER_OK);
	assert_true(value == INT64_MIN);
	assert_int_equal(integer("9223372036854775808", &value), MR_NUMBER_TOO_LARGE);
	assert_int_equal(integer("-9223372036854775809", &value), MR_NUMBER_TOO_LARGE);
	assert_int_equal(mr_slice_unsigned(MR_SLICE("18446744073709551615"), 10, &bits), MR_NUMBER_OK);
	assert_true(bits == UINT64_MAX);
	assert_int_equal(mr_slice_unsigned(MR_SLICE("18446744073709551616"), 10, &bits), MR_NUMBER_TOO_LARGE);
	assert_int_equal(mr_slice_unsigned(MR_SLICE("99999999999999999999999999"), 10, &bits),
			 MR_NUMBER_TOO_LARGE);
	assert_int_equal(mr_slice_unsigned(MR_SLICE("999999999999999999999999x"), 10, &bits), MR_NUMBER_BAD);
}

TEST(hexadecimal_digits_come_in_both_cases)
{
	uint64_t value;

	assert_int_equal(mr_slice_unsigned(MR_SLICE("ffffFFFFffffFFFF"), 16, &value), MR_NUMBER_OK);
	assert_true(value == UINT64_MAX);
	assert_int_equal(mr_slice_unsigned(MR_SLICE("1ffffffffffffffff"), 16, &value), MR_NUMBER_TOO_LARGE);
	assert_int_equal(mr_slice_unsigned(MR_SLICE("g"), 16, &value), MR_NUMBER_BAD);
}

TEST(reals_are_what_strtod_makes_of_them)
{
	double value;

	assert_int_equal(real("0.07", &value), MR_NUMBER_OK);
	assert_true(value == 0.07);
	assert_int_equal(real("350735.47", &value), MR_NUMBER_OK);
	assert_true(value == 350735.47);
	assert_int_equal(real("-1.5", &value), MR_NUMBER_OK);
	assert_true(value == -1.5);
	assert_int_equal(real("12", &value), MR_NUMBER_OK);
	assert_true(value == 12);
	assert_int_equal(real("0.12345678901234567890123456789", &value), MR_NUMBER_OK);
	assert_true(value > 0.1234 && value < 0.1235);
}

TEST(what_is_no_real_is_bad)
{
	static const char *const bad[] = {
		"", ".", "1.", ".5", "1.2.3", "nan", "inf", "1e9", "1,5", "-", "0.1234567890123456x"};
	double value;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(real(bad[i], &value), MR_NUMBER_BAD);
	assert_int_equal(real("18446744073709551615.0", &value), MR_NUMBER_TOO_LARGE);
}

TEST(a_range_is_two_hexadecimal_numbers)
{
	assert_true(mr_slice_is_range(MR_SLICE("7f00a000-7f00c000")));
	assert_true(mr_slice_is_range(MR_SLICE("ffffffffff600000-ffffffffff601000")));
	assert_false(mr_slice_is_range(MR_SLICE("Rss:")));
	assert_false(mr_slice_is_range(MR_SLICE("-")));
	assert_false(mr_slice_is_range(MR_SLICE("a-b-c")));
}

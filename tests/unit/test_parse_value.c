/* Text to values: sentinels of limits, sizes that a column cannot hold, masks. */
#include "analyze/parse/value.h"
#include "tests/support/test.h"

static const struct mr_field limit = {
	.key = "k", .column = "c", .unit = MR_UNIT_BYTES, .kind = MR_KIND_LIMIT};
static const struct mr_field bytes = {
	.key = "k", .column = "c", .unit = MR_UNIT_BYTES, .kind = MR_KIND_GAUGE};
static const struct mr_field kib = {.key = "k", .column = "c", .unit = MR_UNIT_KIB, .kind = MR_KIND_GAUGE};
static const struct mr_field pages = {
	.key = "k", .column = "c", .unit = MR_UNIT_PAGES, .kind = MR_KIND_GAUGE};
static const struct mr_field events = {
	.key = "k", .column = "c", .unit = MR_UNIT_COUNT, .kind = MR_KIND_COUNTER};
static const struct mr_field read_kib = {
	.key = "k", .column = "c", .unit = MR_UNIT_KIB, .kind = MR_KIND_COUNTER};
static const struct mr_field mask = {.key = "k", .column = "c", .unit = MR_UNIT_FLAGS, .kind = MR_KIND_LABEL};
static const struct mr_field percent = {
	.key = "k", .column = "c", .unit = MR_UNIT_PCT, .kind = MR_KIND_GAUGE};

static enum mr_conversion convert(const struct mr_field *field, const char *text, struct mr_value *value)
{
	return mr_value_convert(field, mr_slice_of(text), true, true, value);
}

TEST(every_known_sentinel_of_a_limit_is_unlimited)
{
	static const char *const sentinels[] = {
		"max",                  /* version 2 */
		"-1",                   /* as it is written */
		"9223372036854771712",  /* version 1, 4 KiB pages */
		"9223372036854759424",  /* 16 KiB */
		"9223372036854710272",  /* 64 KiB */
		"9223372036854775807",  /* 3.10 */
		"18446744073709551615", /* 3.17, RLIM_INFINITY */
		"1152921504606846976",  /* 2^60 */
		"8796093018112",        /* LONG_MAX pages of a 32-bit kernel */
	};
	struct mr_value value;

	for (size_t i = 0; i < sizeof(sentinels) / sizeof(sentinels[0]); i++) {
		assert_int_equal(convert(&limit, sentinels[i], &value), MR_CONVERSION_UNLIMITED);
		assert_int_equal(value.type, MR_VALUE_NULL);
	}
}

TEST(long_max_pages_is_a_real_limit_outside_version_1)
{
	struct mr_value value;

	assert_int_equal(mr_value_convert(&limit, MR_SLICE("8796093018112"), true, false, &value),
			 MR_CONVERSION_OK);
	assert_true(value.integer == INT64_C(8796093018112));
}

TEST(a_text_is_kept_up_to_64_kib)
{
	static const struct mr_field text = {
		.key = "k", .column = "c", .unit = MR_UNIT_TEXT, .kind = MR_KIND_LABEL};
	static const char bytes_64_kib_and_one[65537];
	struct mr_value value;

	assert_int_equal(
		mr_value_convert(&text, (struct mr_slice){bytes_64_kib_and_one, 65536}, false, false, &value),
		MR_CONVERSION_OK);
	assert_int_equal(value.text.length_bytes, 65536);
	assert_int_equal(
		mr_value_convert(&text, (struct mr_slice){bytes_64_kib_and_one, 65537}, false, false, &value),
		MR_CONVERSION_TOO_LARGE);
	assert_int_equal(value.type, MR_VALUE_NULL);
}

TEST(zero_is_a_real_limit)
{
	struct mr_value value;

	assert_int_equal(convert(&limit, "0", &value), MR_CONVERSION_OK);
	assert_int_equal(value.integer, 0);
}

TEST(a_limit_that_no_double_holds_is_neither_a_number_nor_unlimited)
{
	struct mr_value value;

	assert_int_equal(convert(&limit, "1152921504606846975", &value), MR_CONVERSION_TOO_LARGE);
	assert_int_equal(convert(&limit, "99999999999999999999", &value), MR_CONVERSION_TOO_LARGE);
}

TEST(max_is_no_number_where_there_is_no_limit)
{
	struct mr_value value;

	assert_int_equal(convert(&bytes, "max", &value), MR_CONVERSION_BAD);
}

TEST(a_size_above_two_to_the_53_bytes_is_too_large_in_any_unit)
{
	struct mr_value value;

	assert_int_equal(convert(&bytes, "9007199254740992", &value), MR_CONVERSION_OK);
	assert_int_equal(convert(&bytes, "9007199254740993", &value), MR_CONVERSION_TOO_LARGE);
	assert_int_equal(convert(&kib, "8796093022208", &value), MR_CONVERSION_OK);
	assert_int_equal(convert(&kib, "8796093022209", &value), MR_CONVERSION_TOO_LARGE);
	assert_int_equal(convert(&pages, "137438953472", &value), MR_CONVERSION_OK);
	assert_int_equal(convert(&pages, "137438953473", &value), MR_CONVERSION_TOO_LARGE);
	assert_int_equal(value.type, MR_VALUE_NULL);
}

TEST(counters_may_go_further_than_sizes)
{
	struct mr_value value;

	assert_int_equal(convert(&events, "9223372036854775807", &value), MR_CONVERSION_OK);
	assert_true(value.integer == INT64_MAX);
	assert_int_equal(convert(&events, "9223372036854775808", &value), MR_CONVERSION_TOO_LARGE);
	assert_int_equal(convert(&read_kib, "8796093022209", &value), MR_CONVERSION_OK);
}

TEST(negative_numbers_are_kept)
{
	struct mr_value value;

	assert_int_equal(convert(&bytes, "-4096", &value), MR_CONVERSION_OK);
	assert_int_equal(value.integer, -4096);
	assert_int_equal(convert(&bytes, "-9007199254740993", &value), MR_CONVERSION_TOO_LARGE);
}

TEST(masks_are_decimal_or_hexadecimal_as_the_kernel_prints_them)
{
	struct mr_value value;

	assert_int_equal(convert(&mask, "2129984", &value), MR_CONVERSION_OK);
	assert_int_equal(value.integer, 0x208040);
	assert_int_equal(convert(&mask, "0x10", &value), MR_CONVERSION_OK);
	assert_int_equal(value.integer, 16);
	assert_int_equal(convert(&mask, "000001fffeffffff", &value), MR_CONVERSION_OK);
	assert_true(value.integer == INT64_C(0x1fffeffffff));
	assert_int_equal(convert(&mask, "ffffffffffffffff", &value), MR_CONVERSION_OK);
	assert_int_equal(value.integer, -1);
	assert_int_equal(convert(&mask, "18446744073709551615", &value), MR_CONVERSION_OK);
	assert_int_equal(value.integer, -1);
	assert_int_equal(convert(&mask, "0x", &value), MR_CONVERSION_BAD);
	assert_int_equal(convert(&mask, "-1", &value), MR_CONVERSION_BAD);
}

TEST(sixteen_digits_are_decimal_where_the_file_prints_masks_so)
{
	struct mr_value value;

	assert_int_equal(mr_value_convert(&mask, MR_SLICE("1234567890123456"), false, false, &value),
			 MR_CONVERSION_OK);
	assert_true(value.integer == INT64_C(1234567890123456));
}

TEST(percentages_are_real)
{
	struct mr_value value;

	assert_int_equal(convert(&percent, "0.11", &value), MR_CONVERSION_OK);
	assert_int_equal(value.type, MR_VALUE_REAL);
	assert_true(value.real == 0.11);
	assert_int_equal(convert(&percent, "", &value), MR_CONVERSION_BAD);
	assert_int_equal(value.type, MR_VALUE_NULL);
}

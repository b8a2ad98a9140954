/* Text to a value in the unit of its field: the one place that knows sentinels and the limits of 64-bit
 * columns.
 *
 * A size must be exact as a double when it is bytes, because views multiply it and sum it and SQLite turns an
 * overflow into a float or an error.  The page size of the machine is not known here, so pages are taken as
 * the largest there are, 64 KiB.  Counters and constants of the kernel, such as its address space for vmalloc,
 * which nobody multiplies into a ledger, may go further.
 */
#include "analyze/parse/value.h"

#define LEVEL_MAX_BYTES (UINT64_C(1) << 53)
#define COUNTER_MAX_BYTES (UINT64_C(1) << 62)
/* above this a limit is none: the sentinels of all page sizes and of 3.10 are near 2^63 */
#define UNLIMITED_MIN (UINT64_C(1) << 60)

/* The most a field of a size may hold, in its own unit; UINT64_MAX for what is no size. */
static uint64_t largest(const struct mr_field *field)
{
	bool is_summed = field->kind != MR_KIND_COUNTER && field->kind != MR_KIND_LABEL;
	uint64_t bytes = is_summed ? LEVEL_MAX_BYTES : COUNTER_MAX_BYTES;

	switch (field->unit) {
	case MR_UNIT_BYTES:
		return bytes;
	case MR_UNIT_KIB:
		return bytes >> 10;
	case MR_UNIT_PAGES:
		return bytes >> 16;
	case MR_UNIT_HUGEPAGES:
		/* of 2 MiB; there are larger ones, but not so many */
		return bytes >> 21;
	default:
		return UINT64_MAX;
	}
}

/* PAGE_COUNTER_MAX of a 32-bit kernel is LONG_MAX pages, of whatever size these are. */
static bool is_long_max_pages(uint64_t bytes)
{
	for (unsigned shift = 12; shift <= 16; shift++)
		if (bytes == (uint64_t)INT32_MAX << shift)
			return true;
	return false;
}

static enum mr_conversion from_number(enum mr_number number)
{
	return number == MR_NUMBER_OK    ? MR_CONVERSION_OK
	       : number == MR_NUMBER_BAD ? MR_CONVERSION_BAD
					 : MR_CONVERSION_TOO_LARGE;
}

enum mr_conversion mr_value_set(const struct mr_field *field, uint64_t number, struct mr_value *ret_value)
{
	bool is_bits = field->unit == MR_UNIT_FLAGS || field->unit == MR_UNIT_ADDRESS;

	*ret_value = (struct mr_value){0};
	if (!is_bits && (number > (uint64_t)INT64_MAX || number > largest(field)))
		return MR_CONVERSION_TOO_LARGE;
	ret_value->type = MR_VALUE_INTEGER;
	ret_value->integer = (int64_t)number;
	return MR_CONVERSION_OK;
}

static enum mr_conversion convert_integer(const struct mr_field *field, struct mr_slice text,
					  bool pages_sentinels, struct mr_value *value)
{
	bool is_limit = field->kind == MR_KIND_LIMIT;
	bool negative = text.length_bytes && text.at[0] == '-';
	struct mr_slice digits = mr_slice_skip(text, text.length_bytes && (negative || text.at[0] == '+'));
	uint64_t magnitude;

	if (is_limit && (mr_slice_is(text, "max") || mr_slice_is(text, "-1")))
		return MR_CONVERSION_UNLIMITED;
	enum mr_number number = mr_slice_unsigned(digits, 10, &magnitude);
	if (number != MR_NUMBER_OK)
		return from_number(number);
	if (is_limit && !negative &&
	    (magnitude >= UNLIMITED_MIN || (pages_sentinels && is_long_max_pages(magnitude))))
		return MR_CONVERSION_UNLIMITED;
	enum mr_conversion conversion = mr_value_set(field, magnitude, value);
	if (conversion == MR_CONVERSION_OK && negative)
		value->integer = -value->integer;
	return conversion;
}

static enum mr_conversion convert_mask(const struct mr_field *field, struct mr_slice text, bool masks_are_hex,
				       struct mr_value *value)
{
	unsigned base = masks_are_hex && text.length_bytes == 16 ? 16 : 10;
	uint64_t bits;

	if (mr_slice_starts(text, MR_SLICE("0x"))) {
		text = mr_slice_skip(text, 2);
		base = 16;
	}
	enum mr_number number = mr_slice_unsigned(text, base, &bits);
	if (number != MR_NUMBER_OK)
		return from_number(number);
	return mr_value_set(field, bits, value);
}

static enum mr_conversion convert_real(struct mr_slice text, struct mr_value *value)
{
	enum mr_number number = mr_slice_real(text, &value->real);

	if (number == MR_NUMBER_OK)
		value->type = MR_VALUE_REAL;
	return from_number(number);
}

enum mr_conversion mr_value_convert(const struct mr_field *field, struct mr_slice text, bool masks_are_hex,
				    bool pages_sentinels, struct mr_value *ret_value)
{
	*ret_value = (struct mr_value){0};
	switch (field->unit) {
	case MR_UNIT_TEXT:
		if (text.length_bytes > MR_TEXT_BYTES_MAX)
			return MR_CONVERSION_TOO_LARGE;
		ret_value->text.bytes = text.at;
		ret_value->text.length_bytes = text.length_bytes;
		ret_value->type = MR_VALUE_TEXT;
		return MR_CONVERSION_OK;
	case MR_UNIT_SECONDS:
	case MR_UNIT_PCT:
	case MR_UNIT_LOAD:
		return convert_real(text, ret_value);
	case MR_UNIT_FLAGS:
	case MR_UNIT_ADDRESS:
		return convert_mask(field, text, masks_are_hex, ret_value);
	default:
		return convert_integer(field, text, pages_sentinels, ret_value);
	}
}

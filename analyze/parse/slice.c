/* Words and numbers out of a text, without a copy and without the locale.  See slice.h. */
#include "analyze/parse/slice.h"

bool mr_slice_is(struct mr_slice slice, const char *name)
{
	size_t same = 0;

	while (same < slice.length_bytes && name[same] && name[same] == slice.at[same])
		same++;
	return same == slice.length_bytes && !name[same];
}

struct mr_slice mr_slice_trim(struct mr_slice slice)
{
	while (slice.length_bytes && mr_is_blank(slice.at[0]))
		slice = mr_slice_skip(slice, 1);
	while (slice.length_bytes && mr_is_blank(slice.at[slice.length_bytes - 1]))
		slice.length_bytes--;
	return slice;
}

bool mr_slice_word(struct mr_slice *rest, struct mr_slice *ret_word)
{
	const char *at = rest->at;
	const char *end = rest->length_bytes ? at + rest->length_bytes : at;

	while (at < end && mr_is_blank(*at))
		at++;
	const char *word = at;
	while (at < end && !mr_is_blank(*at))
		at++;
	*rest = (struct mr_slice){at, (size_t)(end - at)};
	if (at == word)
		return false;
	*ret_word = (struct mr_slice){word, (size_t)(at - word)};
	return true;
}

bool mr_slice_last_word(struct mr_slice *rest, struct mr_slice *ret_word)
{
	size_t end = rest->length_bytes;

	while (end && mr_is_blank(rest->at[end - 1]))
		end--;
	size_t start = end;
	while (start && !mr_is_blank(rest->at[start - 1]))
		start--;
	rest->length_bytes = start;
	if (start == end)
		return false;
	*ret_word = (struct mr_slice){rest->at + start, end - start};
	return true;
}

bool mr_slice_until(struct mr_slice *rest, char byte, struct mr_slice *ret_before)
{
	const char *found = rest->length_bytes ? memchr(rest->at, byte, rest->length_bytes) : NULL;

	if (!found)
		return false;
	*ret_before = (struct mr_slice){rest->at, (size_t)(found - rest->at)};
	*rest = mr_slice_skip(*rest, ret_before->length_bytes + 1);
	return true;
}

/* The value of a digit, 16 or more for what is none. */
static unsigned digit_value(char byte)
{
	if (byte >= '0' && byte <= '9')
		return (unsigned)(byte - '0');
	if (byte >= 'a' && byte <= 'f')
		return (unsigned)(byte - 'a') + 10;
	if (byte >= 'A' && byte <= 'F')
		return (unsigned)(byte - 'A') + 10;
	return 16;
}

enum mr_number mr_slice_unsigned(struct mr_slice slice, unsigned base, uint64_t *ret_value)
{
	uint64_t value = 0;
	bool too_large = false;

	if (!slice.length_bytes)
		return MR_NUMBER_BAD;
	for (size_t i = 0; i < slice.length_bytes; i++) {
		unsigned digit = digit_value(slice.at[i]);
		if (digit >= base)
			return MR_NUMBER_BAD;
		too_large |= __builtin_mul_overflow(value, (uint64_t)base, &value);
		too_large |= __builtin_add_overflow(value, (uint64_t)digit, &value);
	}
	if (too_large)
		return MR_NUMBER_TOO_LARGE;
	*ret_value = value;
	return MR_NUMBER_OK;
}

/* Take a sign off the front; @return whether it was a minus. */
static bool take_sign(struct mr_slice *slice)
{
	bool negative = slice->length_bytes && slice->at[0] == '-';

	if (negative || (slice->length_bytes && slice->at[0] == '+'))
		*slice = mr_slice_skip(*slice, 1);
	return negative;
}

enum mr_number mr_slice_integer(struct mr_slice slice, int64_t *ret_value)
{
	uint64_t magnitude;
	bool negative = take_sign(&slice);
	enum mr_number result = mr_slice_unsigned(slice, 10, &magnitude);

	if (result != MR_NUMBER_OK)
		return result;
	if (magnitude > (uint64_t)INT64_MAX + negative)
		return MR_NUMBER_TOO_LARGE;
	*ret_value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	return MR_NUMBER_OK;
}

/* The digits behind the point as a number, and the power of ten to divide it by.  More than 15 digits say
 * nothing that a double can hold, but must be digits. */
static enum mr_number fraction_of(struct mr_slice digits, uint64_t *ret_fraction, uint64_t *ret_divisor)
{
	uint64_t ignored;
	size_t kept = digits.length_bytes < 15 ? digits.length_bytes : 15;
	enum mr_number result = mr_slice_unsigned(digits, 10, &ignored);

	if (result == MR_NUMBER_BAD)
		return result;
	*ret_divisor = 1;
	for (size_t i = 0; i < kept; i++)
		*ret_divisor *= 10;
	return mr_slice_unsigned((struct mr_slice){digits.at, kept}, 10, ret_fraction);
}

enum mr_number mr_slice_real(struct mr_slice slice, double *ret_value)
{
	uint64_t whole;
	uint64_t fraction = 0;
	uint64_t divisor = 1;
	bool negative = take_sign(&slice);
	struct mr_slice digits = slice;
	enum mr_number result = MR_NUMBER_OK;

	if (mr_slice_until(&slice, '.', &digits))
		result = fraction_of(slice, &fraction, &divisor);
	if (result == MR_NUMBER_OK)
		result = mr_slice_unsigned(digits, 10, &whole);
	if (result != MR_NUMBER_OK)
		return result;
	if (whole > UINT64_C(1) << 53)
		return MR_NUMBER_TOO_LARGE;

	/* one division of two exact numbers is rounded once, as strtod() does it */
	uint64_t scaled;
	double value;
	if (!__builtin_mul_overflow(whole, divisor, &scaled) && scaled <= (UINT64_C(1) << 53) - divisor)
		value = (double)(scaled + fraction) / (double)divisor;
	else
		value = (double)whole + (double)fraction / (double)divisor;
	*ret_value = negative ? -value : value;
	return MR_NUMBER_OK;
}

bool mr_slice_is_range(struct mr_slice slice)
{
	struct mr_slice first;
	struct mr_slice last = slice;
	uint64_t ignored;

	return mr_slice_until(&last, '-', &first) && mr_slice_unsigned(first, 16, &ignored) == MR_NUMBER_OK &&
	       mr_slice_unsigned(last, 16, &ignored) == MR_NUMBER_OK;
}

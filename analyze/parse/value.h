/* Text to a value in the unit of its field. */
#ifndef MR_PARSE_VALUE_H
#define MR_PARSE_VALUE_H

#include "analyze/parse/parse.h"
#include "analyze/parse/slice.h"

enum mr_conversion {
	MR_CONVERSION_OK,
	MR_CONVERSION_UNLIMITED, /**< the value is NULL because there is no limit */
	MR_CONVERSION_BAD,       /**< no number where one belongs */
	MR_CONVERSION_TOO_LARGE, /**< does not fit 63 bits, or a size that is no exact double as bytes */
};

/**
 * What the kernel printed, as the value of a field.
 *
 * Masks and addresses are taken as the kernel prints them: hexadecimal with "0x" in front or in exactly 16
 * digits where @masks_are_hex, else decimal; they become two's complement.
 *
 * @pages_sentinels  whether LONG_MAX pages of a 32-bit kernel mean "no limit": in files of cgroup v1
 * @ret_value        set for MR_CONVERSION_OK, and made NULL for everything else
 *
 * Units:   those of the field
 */
enum mr_conversion mr_value_convert(const struct mr_field *field, struct mr_slice text, bool masks_are_hex,
				    bool pages_sentinels, struct mr_value *ret_value);

/** A number that is in the unit of the field already; the same limits, no sentinels.  Masks and addresses
 * become two's complement. */
enum mr_conversion mr_value_set(const struct mr_field *field, uint64_t number, struct mr_value *ret_value);

#endif

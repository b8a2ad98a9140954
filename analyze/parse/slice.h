/* Pieces of a text: pointer and length, cut into lines, words and numbers without a copy. */
#ifndef MR_PARSE_SLICE_H
#define MR_PARSE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** Some bytes of somebody else's text.  at is never NULL where length_bytes is not 0. */
struct mr_slice {
	const char *at;
	size_t length_bytes;
};

/** A string literal as a slice. */
#define MR_SLICE(literal) ((struct mr_slice){"" literal, sizeof(literal) - 1})

/** A NUL-terminated text as a slice; NULL is an empty one. */
static inline struct mr_slice mr_slice_of(const char *text)
{
	return text ? (struct mr_slice){text, strlen(text)} : (struct mr_slice){0};
}

static inline bool mr_slice_equals(struct mr_slice slice, struct mr_slice other)
{
	return slice.length_bytes == other.length_bytes &&
	       (!slice.length_bytes || !memcmp(slice.at, other.at, slice.length_bytes));
}

/** Whether a NUL-terminated name has exactly these bytes. */
bool mr_slice_is(struct mr_slice slice, const char *name);

static inline bool mr_slice_starts(struct mr_slice slice, struct mr_slice start)
{
	return slice.length_bytes >= start.length_bytes && !memcmp(slice.at, start.at, start.length_bytes);
}

static inline struct mr_slice mr_slice_skip(struct mr_slice slice, size_t length_bytes)
{
	if (length_bytes > slice.length_bytes)
		length_bytes = slice.length_bytes;
	return (struct mr_slice){length_bytes ? slice.at + length_bytes : slice.at,
				 slice.length_bytes - length_bytes};
}

/** Whether the byte separates words: blank or tab. */
static inline bool mr_is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/** The slice without blanks and tabs at both ends. */
struct mr_slice mr_slice_trim(struct mr_slice slice);

/**
 * Cut the next word, separated by blanks and tabs, off the front.
 *
 * @rest  becomes what is behind the word
 * @return  whether there was one; @ret_word is set only then
 */
bool mr_slice_word(struct mr_slice *rest, struct mr_slice *ret_word);

/** The same from the end: cut the last word off. */
bool mr_slice_last_word(struct mr_slice *rest, struct mr_slice *ret_word);

/** Cut off all before the first @byte, and the byte; @return whether there is one (else nothing changes). */
bool mr_slice_until(struct mr_slice *rest, char byte, struct mr_slice *ret_before);

enum mr_number {
	MR_NUMBER_OK,
	MR_NUMBER_BAD,       /**< no number, or something beside it */
	MR_NUMBER_TOO_LARGE, /**< a number that the type cannot hold */
};

/**
 * A whole slice as an unsigned number of 64 bits.
 *
 * @base    10 or 16; a "0x" in front is not taken
 * @ret_value  set for MR_NUMBER_OK only
 */
enum mr_number mr_slice_unsigned(struct mr_slice slice, unsigned base, uint64_t *ret_value);

/** A whole slice as a decimal number with an optional sign in front. */
enum mr_number mr_slice_integer(struct mr_slice slice, int64_t *ret_value);

/** A whole slice as a decimal number with an optional sign and fraction; the kernel prints no exponents. */
enum mr_number mr_slice_real(struct mr_slice slice, double *ret_value);

/** Whether the slice is two hexadecimal numbers with a '-' between: how a line of maps and iomem begins. */
bool mr_slice_is_range(struct mr_slice slice);

#endif

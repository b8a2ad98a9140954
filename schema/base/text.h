/* Text compared with a word. */
#ifndef MR_SCHEMA_BASE_TEXT_H
#define MR_SCHEMA_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/** @return whether @length_bytes of text are just that word */
static inline bool mr_text_is(const char *text, size_t length_bytes, const char *word)
{
	return strlen(word) == length_bytes && !memcmp(text, word, length_bytes);
}

/** @return whether a text begins so; both end with a NUL */
static inline bool mr_text_begins(const char *text, const char *front)
{
	return !strncmp(text, front, strlen(front));
}

#endif

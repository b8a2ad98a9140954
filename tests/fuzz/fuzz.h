/* What a fuzz target is: one LLVMFuzzerTestOneInput() a program, linked with libFuzzer for a campaign and
 * with replay.c for the tests.  It ends the program when the code under test breaks a promise.
 */
#ifndef MR_TESTS_FUZZ_H
#define MR_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** The target.  @return 0; -1 when the input is of no use and need not be kept */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes);

/** Called once before the first input; a target may have one. */
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

/** A target's own way to change an input; it may have one.  @return the new length */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t length_bytes, size_t bytes_max, unsigned seed);

/** libFuzzer's own way; not there, and not called, when a corpus is replayed. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t length_bytes, size_t bytes_max) __attribute__((weak));

/** A promise of the code under test. */
#define FUZZ_CHECK(condition)                                                                                \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition);      \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

/** The bytes as a text with a NUL behind it, in memory of exactly that size; the caller frees it. */
static inline char *fuzz_text(const void *bytes, size_t length_bytes)
{
	char *text = malloc(length_bytes + 1);

	FUZZ_CHECK(text);
	for (size_t i = 0; i < length_bytes; i++)
		text[i] = ((const char *)bytes)[i];
	text[length_bytes] = '\0';
	return text;
}

#endif

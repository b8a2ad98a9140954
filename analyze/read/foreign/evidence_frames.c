/* What the flags of all page frames tell: their byte order, and how this kernel flags free blocks. */
#include <endian.h>
#include <string.h>

#include "analyze/read/foreign/evidence_internal.h"
#include "analyze/read/foreign/page_dump.h"

/* No kernel up to 6.12 has a flag from here on. */
#define FLAGS_BITS 48

static uint64_t word_at(const char *words, size_t index, bool is_big)
{
	uint64_t word;

	memcpy(&word, words + index * sizeof(word), sizeof(word));
	return is_big ? be64toh(word) : le64toh(word);
}

static bool is_free(const char *words, size_t index, bool is_big)
{
	uint64_t flags = word_at(words, index, is_big);

	return (flags & MR_KPF_BUDDY) && !(flags & MR_KPF_NOPAGE);
}

/* The two frames of an aligned pair cannot be blocks of their own: the allocator would have made one of them.
 */
static void count_free(struct mr_evidence *evidence, const char *words, size_t words_count, bool is_big)
{
	struct mr_free_flags *flags = &evidence->free_flags[is_big];

	for (size_t i = 0; i < words_count; i++) {
		flags->is_any |= is_free(words, i, is_big);
		flags->is_pair |= i % 2 && is_free(words, i - 1, is_big) && is_free(words, i, is_big);
	}
}

void mr_evidence_frames(struct mr_evidence *evidence, const char *path, const char *words, size_t words_count)
{
	size_t strange_count[2] = {0};

	for (size_t i = 0; i < words_count; i++)
		for (int is_big = 0; is_big < 2; is_big++)
			strange_count[is_big] += word_at(words, i, is_big) >> FLAGS_BITS != 0;
	for (int is_big = 0; is_big < 2; is_big++) {
		count_free(evidence, words, words_count, is_big);
		if (!strange_count[is_big] && strange_count[!is_big])
			mr_book_add(
				&evidence->book, MR_FACT_ENDIANNESS, MR_STRENGTH_NUMBERS, path,
				is_big ? MR_SLICE("big") : MR_SLICE("little"),
				"no frame has a flag beyond bit %d; in the other byte order %zu of %zu have",
				FLAGS_BITS - 1, strange_count[!is_big], words_count);
	}
}

void mr_evidence_free_flags_conclude(struct mr_evidence *evidence)
{
	const char *endianness = mr_book_decide(&evidence->book, MR_FACT_ENDIANNESS);
	const struct mr_free_flags *flags = &evidence->free_flags[endianness && !strcmp(endianness, "big")];

	if (endianness && flags->is_any)
		mr_book_add_number(&evidence->book, MR_FACT_BUDDY_TAIL, MR_STRENGTH_NUMBERS,
				   "proc/kpageflags", flags->is_pair, "%s",
				   flags->is_pair
					   ? "frames inside of free blocks are flagged free, too"
					   : "no frame behind the first of a free block is flagged free");
}

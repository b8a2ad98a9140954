/* The words of many page frames in little memory.
 *
 * Frames repeat a few hundred combinations of words, so each combination is kept once and a frame is its
 * number: 4 bytes for a frame instead of 40. */
#ifndef MR_COLLECT_WORD_TABLE_H
#define MR_COLLECT_WORD_TABLE_H

#include <stddef.h>
#include <stdint.h>

/** kpageflags, kpagecount, kpagecgroup, and of the head kpageflags, kpagecgroup */
#define MR_WORDS_PER_FRAME 5

struct mr_word_table {
	uint64_t (*combinations)[MR_WORDS_PER_FRAME];
	uint32_t combinations_count, combinations_capacity;
	uint32_t *slots;      /**< hash table: number of a combination plus 1, 0 for none */
	uint32_t slots_count; /**< a power of two */
	uint32_t *frames;     /**< number of the combination of each frame */
	size_t frames_count, frames_capacity;
};

/** @frames_capacity  how many frames will be added.  @return 0 or -ENOMEM.  Owns: to mr_word_table_deinit()
 */
int mr_word_table_init(struct mr_word_table *table, size_t frames_capacity);
void mr_word_table_deinit(struct mr_word_table *table);

/** Append a frame.  @return 0 or -ENOMEM */
int mr_word_table_add(struct mr_word_table *table, const uint64_t words[MR_WORDS_PER_FRAME]);

/** @return the words of a frame; valid until the next mr_word_table_add() */
const uint64_t *mr_word_table_get(const struct mr_word_table *table, size_t frame);

#endif

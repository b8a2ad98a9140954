/* A hash table of combinations of words.  See word_table.h. */
#include "collect/word_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024

int mr_word_table_init(struct mr_word_table *table, size_t frames_capacity)
{
	*table = (struct mr_word_table){.slots_count = FIRST_SLOTS, .frames_capacity = frames_capacity};
	table->slots = calloc(FIRST_SLOTS, sizeof(*table->slots));
	table->frames = malloc((frames_capacity ? frames_capacity : 1) * sizeof(*table->frames));
	if (table->slots && table->frames)
		return 0;
	mr_word_table_deinit(table);
	return -ENOMEM;
}

void mr_word_table_deinit(struct mr_word_table *table)
{
	free(table->combinations);
	free(table->slots);
	free(table->frames);
	*table = (struct mr_word_table){0};
}

/* Where the combination is, or the empty slot where it goes.  At most half of the slots are in use. */
static uint32_t *find_slot(uint32_t *slots, uint32_t slots_count, const struct mr_word_table *table,
			   const uint64_t words[MR_WORDS_PER_FRAME])
{
	uint64_t hash = 0;

	for (int i = 0; i < MR_WORDS_PER_FRAME; i++)
		hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15u + (hash >> 29);
	for (uint32_t at = (uint32_t)(hash >> 32) & (slots_count - 1);; at = (at + 1) & (slots_count - 1)) {
		if (!slots[at] ||
		    !memcmp(table->combinations[slots[at] - 1], words, sizeof(table->combinations[0])))
			return &slots[at];
	}
}

static int grow(struct mr_word_table *table)
{
	uint32_t capacity = table->combinations_capacity ? 2 * table->combinations_capacity : FIRST_SLOTS / 2;
	uint32_t slots_count = 2 * capacity;
	void *combinations = reallocarray(table->combinations, capacity, sizeof(*table->combinations));
	if (!combinations)
		return -ENOMEM;
	table->combinations = combinations;
	table->combinations_capacity = capacity;
	uint32_t *slots = calloc(slots_count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < table->combinations_count; i++)
		*find_slot(slots, slots_count, table, table->combinations[i]) = i + 1;
	free(table->slots);
	table->slots = slots;
	table->slots_count = slots_count;
	return 0;
}

int mr_word_table_add(struct mr_word_table *table, const uint64_t words[MR_WORDS_PER_FRAME])
{
	if (table->combinations_count == table->combinations_capacity && grow(table) < 0)
		return -ENOMEM;
	uint32_t *slot = find_slot(table->slots, table->slots_count, table, words);
	if (!*slot) {
		memcpy(table->combinations[table->combinations_count], words, sizeof(table->combinations[0]));
		*slot = ++table->combinations_count;
	}
	table->frames[table->frames_count++] = *slot - 1;
	return 0;
}

const uint64_t *mr_word_table_get(const struct mr_word_table *table, size_t frame)
{
	return table->combinations[table->frames[frame]];
}

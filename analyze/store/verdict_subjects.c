/* The subjects of one check: an array, and a hash table with open addressing that finds a name in it.
 *
 * Sums are all that is kept of most terms, so a check of a million groups takes less room here than its terms
 * would in a sorter.
 */
#include <stdlib.h>
#include <string.h>

#include "analyze/store/verdict_subjects.h"

#define FIRST_SLOTS_COUNT 64

/* A polynomial of the bytes at a secret point, modulo the prime 2^61 - 1: who does not know the point cannot
 * choose names that meet more often than by chance. */
static size_t hash(const struct mr_subjects *subjects, const char *name, size_t length_bytes)
{
	const uint64_t prime = ((uint64_t)1 << 61) - 1;
	uint64_t value = 1;

	for (size_t i = 0; i < length_bytes; i++) {
		unsigned __int128 next =
			(unsigned __int128)value * (subjects->secret >> 4) + (unsigned char)name[i];
		value = (uint64_t)(next & prime) + (uint64_t)(next >> 61);
		value = value >= prime ? value - prime : value;
	}
	return (size_t)value;
}

static bool is_called(const struct mr_subjects *subjects, size_t number, const char *name,
		      size_t length_bytes)
{
	const struct mr_subject *subject = &subjects->subjects[number];

	return subject->name_length_bytes == length_bytes &&
	       (!length_bytes || !memcmp(mr_subject_name(subjects, subject), name, length_bytes));
}

/* @return the slot that has the name, or the free one where it belongs; there is a free one */
static size_t *find_slot(const struct mr_subjects *subjects, const char *name, size_t length_bytes)
{
	size_t mask = subjects->slots_count - 1;

	for (size_t i = hash(subjects, name, length_bytes);; i++) {
		size_t *slot = &subjects->slots[i & mask];

		if (!*slot || is_called(subjects, *slot - 1, name, length_bytes))
			return slot;
	}
}

/* Twice as many slots, at most half of them taken. */
static bool grow_slots(struct mr_subjects *subjects)
{
	size_t wanted = subjects->slots_count ? 2 * subjects->slots_count : FIRST_SLOTS_COUNT;
	size_t *grown = calloc(wanted, sizeof(*grown));

	if (!grown)
		return false;
	free(subjects->slots);
	subjects->slots = grown;
	subjects->slots_count = wanted;
	for (size_t i = 0; i < subjects->count; i++) {
		const struct mr_subject *subject = &subjects->subjects[i];
		*find_slot(subjects, mr_subject_name(subjects, subject), subject->name_length_bytes) = i + 1;
	}
	return true;
}

static bool grow_subjects(struct mr_subjects *subjects)
{
	size_t wanted = subjects->capacity_count ? 2 * subjects->capacity_count : FIRST_SLOTS_COUNT / 2;
	struct mr_subject *grown = reallocarray(subjects->subjects, wanted, sizeof(*grown));

	if (!grown)
		return false;
	subjects->subjects = grown;
	subjects->capacity_count = wanted;
	return true;
}

/* @return whether there was memory */
static bool add(struct mr_subjects *subjects, const char *name, size_t name_length_bytes)
{
	if (subjects->count == subjects->capacity_count && !grow_subjects(subjects))
		return false;
	struct mr_subject *subject = &subjects->subjects[subjects->count];
	*subject = (struct mr_subject){
		.name_offset = subjects->names.length_bytes,
		.name_length_bytes = name_length_bytes,
	};
	mr_buffer_append(&subjects->names, name, name_length_bytes);
	subjects->count += !subjects->names.failed;
	return !subjects->names.failed;
}

struct mr_terms *mr_subjects_find(struct mr_subjects *subjects, const char *name, size_t name_length_bytes)
{
	size_t number = subjects->next_number;

	/* each part of a view has the subjects in the order of the part before, mostly */
	if (number >= subjects->count || !is_called(subjects, number, name, name_length_bytes)) {
		if (2 * (subjects->count + 1) > subjects->slots_count && !grow_slots(subjects))
			return NULL;
		size_t *slot = find_slot(subjects, name, name_length_bytes);
		if (!*slot) {
			if (!add(subjects, name, name_length_bytes))
				return NULL;
			*slot = subjects->count;
		}
		number = *slot - 1;
	}
	subjects->next_number = number + 1;
	return &subjects->subjects[number].terms;
}

static int compare(const void *one, const void *other, void *context)
{
	const struct mr_subject *a = one, *b = other;
	size_t a_bytes = a->name_length_bytes, b_bytes = b->name_length_bytes;
	size_t common_bytes = a_bytes < b_bytes ? a_bytes : b_bytes;
	int order = common_bytes
			    ? memcmp(mr_subject_name(context, a), mr_subject_name(context, b), common_bytes)
			    : 0;

	return order ? order : (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

void mr_subjects_sort(struct mr_subjects *subjects)
{
	if (subjects->count)
		qsort_r(subjects->subjects, subjects->count, sizeof(*subjects->subjects), compare, subjects);
}

void mr_subjects_clear(struct mr_subjects *subjects)
{
	for (size_t i = 0; i < subjects->count; i++)
		mr_terms_deinit(&subjects->subjects[i].terms);
	subjects->count = subjects->next_number = 0;
	mr_buffer_clear(&subjects->names);
	subjects->names.failed = false;
	if (subjects->slots_count)
		memset(subjects->slots, 0, subjects->slots_count * sizeof(*subjects->slots));
}

void mr_subjects_deinit(struct mr_subjects *subjects)
{
	mr_subjects_clear(subjects);
	mr_buffer_deinit(&subjects->names);
	free(subjects->subjects);
	free(subjects->slots);
	*subjects = (struct mr_subjects){.secret = subjects->secret};
}

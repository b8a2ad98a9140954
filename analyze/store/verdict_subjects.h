/* The subjects of one check, each with its terms.
 *
 * A view gives its terms part by part, so those of a subject come from all over it.
 */
#ifndef MR_STORE_VERDICT_SUBJECTS_H
#define MR_STORE_VERDICT_SUBJECTS_H

#include <stddef.h>
#include <stdint.h>

#include "analyze/store/verdict_terms.h"

struct mr_subject {
	size_t name_offset, name_length_bytes; /**< in names */
	struct mr_terms terms;
};

/** All zero but the secret: none. */
struct mr_subjects {
	uint64_t secret; /**< random, so that names from a stranger do not all meet in the table */
	struct mr_subject *subjects; /**< in the order of their first terms, or sorted */
	size_t count, capacity_count;
	size_t next_number;     /**< of the subject behind the one that was found last */
	struct mr_buffer names; /**< one behind the other */
	size_t *slots;          /**< by the hash of a name: 1 + the number of a subject, 0 for a free one */
	size_t slots_count;     /**< 0 or a power of 2 */
};

/** The terms of a subject, those of a new one if it is not there.
 *
 * @return  NULL for no memory; valid until the next call
 */
struct mr_terms *mr_subjects_find(struct mr_subjects *subjects, const char *name, size_t name_length_bytes);

/** Put them in the order of the bytes of their names.  Nothing is found after that, until it is cleared. */
void mr_subjects_sort(struct mr_subjects *subjects);

static inline const char *mr_subject_name(const struct mr_subjects *subjects,
					  const struct mr_subject *subject)
{
	return subjects->names.data ? subjects->names.data + subject->name_offset : "";
}

/** Forget them and keep the room. */
void mr_subjects_clear(struct mr_subjects *subjects);
void mr_subjects_deinit(struct mr_subjects *subjects);

#endif

/* The facts of capture/meta.csv: one text, or nothing, for each row of fields/capture_meta.def. */
#ifndef MR_COLLECT_FACTS_H
#define MR_COLLECT_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "schema/base/buffer.h"

/** Most rows that fields/capture_meta.def may have. */
#define MR_FACTS_MAX 64

/** All zero is "nothing is known". */
struct mr_facts {
	char *values[MR_FACTS_MAX]; /**< in the order of the fields; NULL: not known */
};

void mr_facts_deinit(struct mr_facts *facts);

/** Note a fact; a text that there is no memory for stays unknown.  @key must be one of the table; @text may
 * be NULL */
void mr_facts_set(struct mr_facts *facts, const char *key, const char *text);
void mr_facts_set_number(struct mr_facts *facts, const char *key, uint64_t number);

/** @return the text, or NULL */
const char *mr_facts_get(const struct mr_facts *facts, const char *key);

/** @return the number, or 0 when there is none */
uint64_t mr_facts_get_number(const struct mr_facts *facts, const char *key);

/** Append them as key,value records, in the order of the table; what is not known has an empty field. */
void mr_facts_print(const struct mr_facts *facts, struct mr_buffer *ret);

/**
 * Take facts over from the text of another meta.csv: those about the machine, not those about the collector's
 * run.
 *
 * @return  0; -EINVAL when it is no CSV; -ENOMEM
 */
int mr_facts_take_over(struct mr_facts *facts, const char *text, size_t length_bytes);

#endif

/* What machines of a kind have in common. */
#ifndef MR_EVIDENCE_MACHINE_H
#define MR_EVIDENCE_MACHINE_H

#include "analyze/read/foreign/evidence_book.h"

/** 0 or NULL: machines of this kind differ. */
struct mr_machine {
	const char *name;       /**< as uname -m prints it; "arm" stands for all that begin with it */
	const char *other_name; /**< as other programs call it; may be NULL */
	int word_bits;
	const char *endianness; /**< little or big */
	int64_t page_size_bytes;
	int64_t clock_ticks_per_second;
};

/** @return the kind of a machine by a name of it, or NULL */
const struct mr_machine *mr_machine_find(struct mr_slice name);

/** Write down what follows from the machine that the book decides on. */
void mr_machine_conclude(struct mr_book *book);

#endif

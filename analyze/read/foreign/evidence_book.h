/* The pieces of evidence, and which of them decides. */
#ifndef MR_EVIDENCE_BOOK_H
#define MR_EVIDENCE_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/read/outlet.h"
#include "analyze/parse/slice.h"

/** Facts of capture_meta that a foreign capture may tell; mr_fact_columns has their columns. */
enum mr_fact {
	MR_FACT_TOOL,
	MR_FACT_HOST,
	MR_FACT_TAKEN,
	MR_FACT_PAGE_SIZE,
	MR_FACT_CLOCK_TICKS,
	MR_FACT_ENDIANNESS,
	MR_FACT_WORD_BITS,
	MR_FACT_CPUS_ONLINE,
	MR_FACT_CPUS_POSSIBLE,
	MR_FACT_KERNEL_RELEASE,
	MR_FACT_KERNEL_VERSION,
	MR_FACT_MACHINE,
	MR_FACT_BOOT_ID,
	MR_FACT_ANONYMIZED,
	MR_FACT_CGROUP1_MOUNT,
	MR_FACT_CGROUP2_MOUNT,
	MR_FACT_CGROUP2_CONTROLLERS,
	MR_FACT_PROCFS_OPTIONS,
	MR_FACT_BUDDY_TAIL,
	MR_FACT_TOTAL
};

/** Column of capture_meta by fact. */
extern const char *const mr_fact_columns[MR_FACT_TOTAL];

/** No kernel is built for more processors. */
#define MR_CPUS_MAX 65536

/** Whether a fact can have this value, which is not empty: on some machine, in a capture that somebody has. */
bool mr_fact_can_be(enum mr_fact fact, struct mr_slice value);

/** How much a piece counts, from little to much.  The strongest decides; of equals the one that came first.
 */
enum mr_strength {
	MR_STRENGTH_NONE,    /**< something is wrong with it; decides nothing */
	MR_STRENGTH_NAME,    /**< a name that people gave to an archive or a folder */
	MR_STRENGTH_BOUND,   /**< an end of a range, taken for want of anything better */
	MR_STRENGTH_HINT,    /**< usual and not necessary */
	MR_STRENGTH_NUMBERS, /**< follows from numbers that were printed for another purpose */
	MR_STRENGTH_ALWAYS,  /**< machines or kernels of this kind have no other value */
	MR_STRENGTH_COMMAND, /**< a program on the machine printed it */
	MR_STRENGTH_KERNEL,  /**< the kernel printed it */
	MR_STRENGTH_GIVEN,   /**< the user said it */
};

struct mr_piece {
	enum mr_fact fact;
	enum mr_strength strength;
	char *source;
	char *value; /**< NULL: none */
	char *how;
};

/** All zero is empty. */
struct mr_book {
	struct mr_piece *pieces;
	size_t count;
	size_t capacity;
	bool failed; /**< there was no memory for a piece */
};

void mr_book_deinit(struct mr_book *book);

/**
 * Write a piece down.  One from the same source for the same fact stays the only one; behind
 * some dozens for one fact, from a capture made to be large, the others are left out.
 *
 * @value   without blanks and newlines around it; cut at the first NUL; where nothing is left there is no
 *          piece, and one that mr_fact_can_be() refuses decides nothing, unless the user gave it
 * @how     printf format of one sentence
 */
void mr_book_add(struct mr_book *book, enum mr_fact fact, enum mr_strength strength, const char *source,
		 struct mr_slice value, const char *how, ...) __attribute__((format(printf, 6, 7)));

/** The same for a number. */
void mr_book_add_number(struct mr_book *book, enum mr_fact fact, enum mr_strength strength,
			const char *source, int64_t value, const char *how, ...)
	__attribute__((format(printf, 6, 7)));

/** The same for a piece without a value: something is wrong. */
void mr_book_add_doubt(struct mr_book *book, enum mr_fact fact, const char *source, const char *how, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * Let numbers that another fact contradicts decide nothing.
 *
 * @least   pieces with smaller numbers are meant
 * @why     what is added to how they say it, such as "; but 3 are online"
 */
void mr_book_refuse_below(struct mr_book *book, enum mr_fact fact, int64_t least, const char *why);

/** @return the value of the strongest piece, valid as long as the book; NULL when nothing tells the fact */
const char *mr_book_decide(const struct mr_book *book, enum mr_fact fact);

/** @return the same as a number; @otherwise when nothing tells it or it is no number */
int64_t mr_book_decide_number(const struct mr_book *book, enum mr_fact fact, int64_t otherwise);

/** Put a row of the table evidence for every piece.  @return 0 or what the outlet returned */
int mr_book_put(const struct mr_book *book, const struct mr_outlet *outlet);

#endif

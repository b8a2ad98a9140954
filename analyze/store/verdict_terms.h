/* The arithmetic of checks: the terms of one subject in, a verdict out.
 *
 * residual = left - right must lie in the sum of the tolerances.  A number that is missing never helps:
 *   a left, a right or a tolerance is unknown   skipped, and the files are named.  Only a drift that was not
 *                       measured is no obstacle while the residual lies within the other tolerances: it could
 *                       but widen them
 *   a cause is unknown  it explains nothing
 *   a left or right is of meminfo, and that is not of this kernel   skipped: who rewrites it leaves some lines
 *                       as they were
 * What the collector wrote beside the kernel's files is named as what it would tell: of a capture of others
 * nobody knows those files.  A drift is named only where nothing else is missing.
 *
 * Causes are taken in their order, and no more of them than it takes; those of one ordinal together.  If those
 * could hide more than half of the smaller side they explain anything: skipped, with that reason.  A cause of
 * one value (low = high) moves the interval and has no width.
 */
#ifndef MR_STORE_VERDICT_TERMS_H
#define MR_STORE_VERDICT_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/buffer.h"

enum mr_part { MR_PART_LEFT, MR_PART_RIGHT, MR_PART_TOLERANCE, MR_PART_CAUSE };

/** One row of a view check_<id>.  Nothing of it is kept. */
struct mr_term {
	enum mr_part part;
	bool is_drift; /**< measured between two readings */
	int64_t ordinal;
	double low, high; /**< NAN: unknown; the same of a left or right */
	const char *file; /**< that it was read from; NULL: none */
};

/** What the snapshot says of all its checks. */
struct mr_term_facts {
	const char *missing_fact;  /**< named in the place of capture/meta.csv; NULL: that is named */
	const char *meminfo_doubt; /**< why meminfo is not of this kernel; NULL: it is */
};

struct mr_cause {
	int64_t ordinal;
	double low, high;
};

/** The terms so far; all zero: none. */
struct mr_terms {
	double left, right; /**< NAN from the first unknown one on */
	double bound_low, bound_high;
	double drift_low, drift_high; /**< of those that were measured */
	bool has_left, has_right;
	bool has_unknown_drift;
	bool is_of_meminfo;
	bool has_failed;                        /**< there was no memory */
	struct mr_buffer missing, unread_again; /**< names, each once, with a NUL behind each */
	struct mr_cause *causes;
	size_t causes_count;
};

/** A row of check_result.  NAN is NULL. */
struct mr_verdict {
	double left, right, residual;
	double bound_low, bound_high; /**< with the drift */
	double cause_low, cause_high;
	double drift;        /**< half of the width that it adds to the bound */
	const char *verdict; /**< ok, explained, FAIL or skipped */
	bool only_by_drift;
	const char *missing; /**< of a skipped one, else NULL; lives as long as the terms and facts */
};

/** Add a term.  A failed allocation comes out of mr_terms_judge().  Owns: what mr_terms_deinit() frees */
void mr_terms_add(struct mr_terms *terms, const struct mr_term *term, const struct mr_term_facts *facts);

/**
 * The verdict on all terms that were added; to be asked once.
 *
 * @return  0, or -ENOMEM
 *
 * Units:   those of the check, bytes mostly.  Sums are floating: exact up to 2^53, where sizes end, and beyond
 *          it hostile numbers do not overflow
 */
int mr_terms_judge(struct mr_terms *terms, const struct mr_term_facts *facts, struct mr_verdict *ret);

void mr_terms_deinit(struct mr_terms *terms);

#endif

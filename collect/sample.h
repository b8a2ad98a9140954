/* Which page frames are read: one at random from each of n equal strata of the RAM ranges, in PFN order. */
#ifndef MR_COLLECT_SAMPLE_H
#define MR_COLLECT_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/ranges.h"

/** Name of the generator, for pages/sample.csv; its definition is in sample.c. */
#define MR_SAMPLE_GENERATOR "splitmix64"

/** A walk over the sample.  The same seed, ranges and n give the same frames again. */
struct mr_sample {
	const struct mr_ranges *ranges;
	uint64_t strata_count; /**< n */
	uint64_t state;
	uint64_t next_stratum;
	uint64_t range;       /**< the range that the last frame was in */
	uint64_t range_begin; /**< index of its first frame among all frames of RAM */
};

/** @strata_count  at most ranges->frames_count; equal to it: every frame */
void mr_sample_begin(struct mr_sample *sample, const struct mr_ranges *ranges, uint64_t strata_count,
		     uint64_t seed);

/**
 * The next frames to read.
 *
 * @most_frames      at least 1
 * @ret_first_pfn    the first of them
 * @return           how many frames in a row; more than 1 only when every frame is read; 0 at the end
 */
uint64_t mr_sample_next(struct mr_sample *sample, uint64_t most_frames, uint64_t *ret_first_pfn);

#endif

/* Stratified random sampling of page frames.
 *
 * All frames of the RAM ranges are numbered 0 to N - 1 in PFN order.  Stratum i of n is the numbers from
 * floor(i * N / n) to floor((i + 1) * N / n) - 1, w of them.  The generator is splitmix64: the state grows by
 * 0x9e3779b97f4a7c15, and of the new state z the output is
 *
 *     z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;  z = (z ^ z >> 27) * 0x94d049bb133111eb;  z ^ z >> 31
 *
 * modulo 2^64, beginning with state = seed.  Stratum i takes one output r and gives its frame number
 * floor(r * w / 2^64).  When n = N no output is taken.
 *
 * Random, not every k-th: huge pages and free blocks are aligned, and a fixed stride would beat with them. */
#include "collect/sample.h"

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* floor(a * b / 2^64), also where the compiler has no 128-bit numbers. */
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
	uint64_t a_low = (uint32_t)a, a_high = a >> 32, b_low = (uint32_t)b, b_high = b >> 32;
	uint64_t middle = a_high * b_low + (a_low * b_low >> 32);
	uint64_t other = a_low * b_high + (uint32_t)middle;

	return a_high * b_high + (middle >> 32) + (other >> 32);
}

/* floor(i * N / n) without a product that may not fit: i and n are small, N need not be. */
static uint64_t stratum_begin(const struct mr_sample *sample, uint64_t stratum)
{
	uint64_t frames_count = sample->ranges->frames_count, n = sample->strata_count;

	return stratum * (frames_count / n) + stratum * (frames_count % n) / n;
}

void mr_sample_begin(struct mr_sample *sample, const struct mr_ranges *ranges, uint64_t strata_count,
		     uint64_t seed)
{
	*sample = (struct mr_sample){.ranges = ranges, .strata_count = strata_count, .state = seed};
}

uint64_t mr_sample_next(struct mr_sample *sample, uint64_t most_frames, uint64_t *ret_first_pfn)
{
	const struct mr_ranges *ranges = sample->ranges;
	uint64_t number, run_frames = 1;

	if (sample->next_stratum == sample->strata_count)
		return 0;
	if (sample->strata_count == ranges->frames_count)
		number = sample->next_stratum;
	else {
		uint64_t begin = stratum_begin(sample, sample->next_stratum);
		uint64_t width = stratum_begin(sample, sample->next_stratum + 1) - begin;

		number = begin + multiply_high(next_random(&sample->state), width);
	}
	while (number - sample->range_begin >= ranges->ranges[sample->range].frames_count)
		sample->range_begin += ranges->ranges[sample->range++].frames_count;
	const struct mr_range *range = &ranges->ranges[sample->range];
	uint64_t offset = number - sample->range_begin;
	if (sample->strata_count == ranges->frames_count) {
		run_frames = range->frames_count - offset;
		if (run_frames > most_frames)
			run_frames = most_frames;
	}
	sample->next_stratum += run_frames;
	*ret_first_pfn = range->first_pfn + offset;
	return run_frames;
}

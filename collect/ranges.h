/* RAM as ranges of page frames. */
#ifndef MR_COLLECT_RANGES_H
#define MR_COLLECT_RANGES_H

#include <stddef.h>
#include <stdint.h>

struct mr_range {
	uint64_t first_pfn;
	uint64_t frames_count; /**< never 0 */
};

struct mr_ranges {
	struct mr_range *ranges; /**< ascending, not overlapping */
	size_t count;
	uint64_t frames_count; /**< of all */
};

/**
 * Read the RAM ranges out of /proc/iomem: top-level lines whose name begins with "System RAM".
 *
 * @text    need not end in NUL
 * @return  0; -EACCES when all addresses are 0, as the kernel prints them without CAP_SYS_ADMIN;
 *          -ENODATA when no range holds a whole frame; -ENOMEM
 *
 * Units:   frames of @page_size_bytes; the first is rounded up, the last rounded down
 * Owns:    ret->ranges, to mr_ranges_deinit()
 * Source:  kernel/resource.c r_show(): two blanks for each level, addresses inclusive
 */
int mr_ranges_parse(struct mr_ranges *ret, const char *text, size_t length_bytes, uint64_t page_size_bytes);

void mr_ranges_deinit(struct mr_ranges *ranges);

/** @return a frame in a hole between two ranges; UINT64_MAX when there is none */
uint64_t mr_ranges_hole(const struct mr_ranges *ranges);

#endif

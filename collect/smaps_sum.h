/* A smaps_rollup made from a smaps, for kernels that do not print one (before 4.14). */
#ifndef MR_COLLECT_SMAPS_SUM_H
#define MR_COLLECT_SMAPS_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/buffer.h"

#define MR_SMAPS_KEYS_MAX 48
#define MR_SMAPS_KEY_BYTES 32
#define MR_SMAPS_LINE_BYTES 128

/** All zero is an empty sum. */
struct mr_smaps_sum {
	struct {
		char name[MR_SMAPS_KEY_BYTES];
		uint64_t sum_kib;
		bool is_void; /**< the sum did not fit: the key is left out */
	} keys[MR_SMAPS_KEYS_MAX];
	unsigned keys_count;
	uint64_t mappings_count;
	char first_address[20], last_address[20]; /**< hex, as in the header lines */
	char line[MR_SMAPS_LINE_BYTES];           /**< a line that a part may have cut in two */
	size_t line_bytes;
};

/** Add a part of a smaps; parts may be cut anywhere. */
void mr_smaps_sum_add(struct mr_smaps_sum *sum, const char *text, size_t length_bytes);

/**
 * Append the rollup in the layout of the kernel's own; nothing when there was no mapping.
 *
 * A key that adds up over mappings is summed, in the order in which smaps has them; the others are left out.
 * Of each value smaps has cut off up to 1 KiB per mapping, which the kernel's own rollup has not.
 *
 * Units:   KiB, printed as kB
 * Source:  fs/proc/task_mmu.c show_smap(), show_smaps_rollup()
 */
void mr_smaps_sum_print(const struct mr_smaps_sum *sum, struct mr_buffer *ret);

#endif

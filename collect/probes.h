/* Probes: how this kernel counts, tried out instead of trusting a version number.  They run in a reader,
 * which may hang. */
#ifndef MR_COLLECT_PROBES_H
#define MR_COLLECT_PROBES_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/tree.h"

/** What a probe saw; not known when it could not be run. */
struct mr_probed {
	bool is_known;
	uint64_t number;
};

/** Raw values, as in fields/capture_meta.def. */
struct mr_probes {
	struct mr_probed statm_before_pages, statm_after_pages;
	struct mr_probed stat_before_pages, stat_after_pages;
	struct mr_probed hole_flags, buddy_tail;
	struct mr_probed thp_head_inode, thp_tail_inode;
	int32_t smaps_rollup_error; /**< errno of opening our own; 0 when it can be opened */
	int32_t pagemap_error;      /**< errno of our own; 0 when it can be read */
	bool shows_frames;          /**< it has frame numbers */
};

/** Run the probes.  @tree  this machine's, maybe mounted elsewhere */
void mr_probes_run(const struct mr_tree *tree, struct mr_probes *ret);

#endif

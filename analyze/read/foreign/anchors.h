/* The anchors of an archive: of those that its paths speak for, the ones that no shorter one contains. */
#ifndef MR_ANCHORS_H
#define MR_ANCHORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mr_anchor {
	char *prefix;        /**< with its slash; "" for the whole archive */
	bool is_proc;        /**< a copied /proc without its name */
	bool is_told;        /**< its capture was begun */
	bool is_missed;      /**< members of it came while another capture was told: not in this pass */
	uint64_t last_entry; /**< number of the last member below it, as far as the archive was read */
};

/** All zero is none. */
struct mr_anchors {
	struct mr_anchor *items; /**< by prefix */
	size_t count;
	size_t capacity_count;
};

void mr_anchors_deinit(struct mr_anchors *anchors);

/**
 * Note one: it is dropped when a shorter one contains it, and drops those that it contains.  Of a copied /proc and a
 * tree at the same place the tree stays.
 *
 * @entry  number of the member that speaks for it
 * @max    most that are kept
 * @return 0; -ENOMEM; -E2BIG more than @max
 */
int mr_anchors_add(struct mr_anchors *anchors, const char *path, size_t prefix_bytes, bool is_proc,
		   uint64_t entry, uint64_t max);

/** @return the one that a path is below, or NULL; valid until the next mr_anchors_add() */
struct mr_anchor *mr_anchors_find(const struct mr_anchors *anchors, const char *path);

/** Keep those that were not told, for another pass.  @return how many */
size_t mr_anchors_forget_told(struct mr_anchors *anchors);

#endif

/* The anchors of an archive: of those that its paths speak for, the ones that no shorter one contains. */
#ifndef MR_ANCHORS_H
#define MR_ANCHORS_H

#include <stdbool.h>
#include <stddef.h>

/** Most that are kept: each is a pass over the archive. */
#define MR_ANCHORS_MAX 256

struct mr_anchor {
	char *prefix; /**< with its slash; "" for the whole archive */
	bool is_proc; /**< a copied /proc without its name */
};

/** All zero is none. */
struct mr_anchors {
	struct mr_anchor *items;
	size_t count;
};

void mr_anchors_deinit(struct mr_anchors *anchors);

/** Note one: it is dropped when a shorter one contains it, and drops those that it contains.  Of a copied /proc and a
 * tree at the same place the tree stays.  @return 0; -ENOMEM; -E2BIG more than MR_ANCHORS_MAX */
int mr_anchors_add(struct mr_anchors *anchors, const char *path, size_t prefix_bytes, bool is_proc);

/** @return whether this very one is kept */
bool mr_anchors_has(const struct mr_anchors *anchors, const char *prefix, bool is_proc);

#endif

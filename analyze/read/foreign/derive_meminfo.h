/* A row of meminfo for a capture that has no meminfo: from what free printed and from the sums over the
 * nodes. */
#ifndef MR_DERIVE_MEMINFO_H
#define MR_DERIVE_MEMINFO_H

#include <stdbool.h>

#include "analyze/read/outlet.h"

/** All zero is "nothing seen". */
struct mr_derive_meminfo {
	bool is_there;        /**< the capture has a meminfo */
	struct mr_row *free;  /**< what free printed; NULL: nothing */
	struct mr_row *nodes; /**< sums of the nodes; a counter that a node lacks is NULL */
};

void mr_derive_meminfo_deinit(struct mr_derive_meminfo *meminfo);

/**
 * Take what a parser made a row of meminfo from: the first is kept.
 *
 * @return  0 or -ENOMEM
 */
int mr_derive_meminfo_take_free(struct mr_derive_meminfo *meminfo, const struct mr_row *row);

/** Add a row of node_meminfo; each node comes once.  @return 0 or -ENOMEM */
int mr_derive_meminfo_take_node(struct mr_derive_meminfo *meminfo, const struct mr_row *row);

/**
 * Give the row to @out, unless the capture has its own or nothing to make one of.
 *
 * Counters are those of the nodes, which were read at one moment.  MemTotal is that of free where there is
 * one, because the nodes of some kernels count reserved pages too; what nodes do not have, such as swap, is
 * free's.  FilePages of a node has Buffers and the swap cache inside: Cached is what is left without the swap
 * cache, and Buffers stays NULL.
 *
 * @return  0, or the negative errno of @out
 *
 * Source:  drivers/base/node.c node_read_meminfo()
 */
int mr_derive_meminfo_put(struct mr_derive_meminfo *meminfo, const struct mr_outlet *out);

#endif

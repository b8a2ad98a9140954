/* One kernel file, read whole: its bytes, its errno, when it began and how long it took.
 *
 * This is the only place that reads kernel files.  Nothing above it knows who does the reading, so that a
 * reader in another process, with a deadline, can stand behind the same calls: a request is a folder and a
 * name in it. */
#ifndef MR_COLLECT_SLURP_H
#define MR_COLLECT_SLURP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/tree.h"
#include "schema/catalog.h"

struct mr_slurp {
	const struct mr_tree *tree;
	char *buffer; /**< MR_ARCHIVE_PART_BYTES: one part; pages that are never needed are never touched */
	int rest_fd;  /**< of a file whose rest has not been read; else -1 */
};

/** How one read went. */
struct mr_reading {
	int error_number;     /**< errno, 0 when the file was read to its end (or to the end of a part) */
	bool has_more;        /**< the buffer is full and the file goes on: mr_slurp_rest() */
	uint64_t start_ns;    /**< CLOCK_MONOTONIC before the open */
	uint64_t duration_ns; /**< from there to the end of the last read */
	const char *bytes;    /**< valid until the next call; what was read before an error is kept */
	size_t length_bytes;
};

/** @return 0 or -ENOMEM.  Owns: the buffer, until mr_slurp_deinit().  @tree is kept. */
int mr_slurp_init(struct mr_slurp *slurp, const struct mr_tree *tree);

void mr_slurp_deinit(struct mr_slurp *slurp);

/**
 * Read a file.
 *
 * @directory_fd, @name  as for mr_tree_openat()
 * @ret                  always set
 */
void mr_slurp(struct mr_slurp *slurp, int directory_fd, const char *name, struct mr_reading *ret);

/** Read the next part of the file that was read last and has more. */
void mr_slurp_rest(struct mr_slurp *slurp, struct mr_reading *ret);

/** @return CLOCK_MONOTONIC in nanoseconds */
uint64_t mr_now_ns(void);

#endif

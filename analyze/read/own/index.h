/* The index of a capture: what was read, when, and what went wrong.  Its rows become reading and coverage,
 * and its digests say whether the members are those that the collector wrote. */
#ifndef MR_INDEX_H
#define MR_INDEX_H

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/read/coverage.h"
#include "analyze/read/own/index_row.h"
#include "analyze/read/members.h"
#include "analyze/read/outlet.h"
#include "schema/base/error.h"

struct mr_index {
	const char *archive_name;         /**< for messages; not owned */
	const struct mr_members *members; /**< so far: a segment stands behind what it lists; not owned */
	struct mr_mounts mounts;
	bool has_left_out;              /**< members were left out: not every row finds its own */
	const struct mr_outlet *outlet; /**< not owned */

	struct sha256_ctx sha256;    /**< over all segments, in order */
	struct mr_coverage coverage; /**< how the readings of each source ended */
	struct mr_index_reader reader;
};

/** Make it empty.  The members above the blank line are for the caller to set. */
void mr_index_init(struct mr_index *index);
void mr_index_deinit(struct mr_index *index);

/** Take the bytes of a segment into the digest. */
void mr_index_hash(struct mr_index *index, const char *bytes, size_t length_bytes);

/** The digest over the segments so far, in hex. */
void mr_index_digest(const struct mr_index *index, char ret_hex[2 * SHA256_DIGEST_SIZE + 1]);

/**
 * Take one row of capture_index: put it into reading when views need it one by one, count it for coverage,
 * and compare the digest of its member.
 *
 * @return  0; 1 when it says that a part of a longer file could not be read, whose path is in index->reader;
 *          -EBADMSG when the member is missing or not what the collector wrote; what the outlet returns
 */
int mr_index_take(struct mr_index *index, const struct mr_row *row, struct mr_error *error);

#endif

/* The index of the capture: a row for every read, in segments that stand in the archive after the members
 * they list. */
#ifndef MR_COLLECT_MANIFEST_H
#define MR_COLLECT_MANIFEST_H

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>

#include "schema/base/buffer.h"

/** Most bytes of one segment. */
#define MR_MANIFEST_SEGMENT_BYTES (64 * 1024)
/** Longest row besides its path: names of at most 16 bytes, four numbers, a digest, commas, quotes, a
 * newline. */
#define MR_MANIFEST_ROW_REST_BYTES (2 * 16 + 4 * 20 + 2 * SHA256_DIGEST_SIZE + 10)

enum mr_role {
	MR_ROLE_CANONICAL, /**< the reading that views and reports use */
	MR_ROLE_BRACKET,   /**< the same file earlier or later: measures drift */
	MR_ROLE_RETRY,     /**< of a cgroup that changed while it was read */
	MR_ROLE_MORE,      /**< the rest of a file that is longer than one part */
};

struct mr_manifest_row {
	const char *path; /**< kernel path without the leading slash */
	enum mr_role role;
	unsigned reading_number; /**< 0 is canonical */
	const char *status;      /**< mr_status_name() */
	uint64_t bytes;          /**< read */
	uint64_t start_ns;       /**< CLOCK_MONOTONIC */
	uint64_t duration_ns;
	const uint8_t *sha256; /**< SHA256_DIGEST_SIZE bytes; NULL when the archive has no member for it */
};

/** All zero is an empty manifest. */
struct mr_manifest {
	struct mr_buffer segment; /**< rows not yet in the archive, header line first */
	unsigned segments_count;  /**< segments taken so far */
	uint64_t rows_count;
	uint64_t failed_count; /**< rows whose status is not "ok" */
	struct sha256_ctx sha256;
	bool is_hashing; /**< sha256 was begun */
};

void mr_manifest_deinit(struct mr_manifest *manifest);

/** Append a row.  When the segment may not have room for it, mr_manifest_is_full() said so before. */
void mr_manifest_add(struct mr_manifest *manifest, const struct mr_manifest_row *row);

/** @return whether a row with a path of this length would take the segment past MR_MANIFEST_SEGMENT_BYTES */
bool mr_manifest_is_full(const struct mr_manifest *manifest, size_t path_length_bytes);

/** Count the segment as written: its bytes go into the digest.  @return its number, from 1 */
unsigned mr_manifest_take(struct mr_manifest *manifest);

/** Begin the next segment, after the bytes of the last were written. */
void mr_manifest_next(struct mr_manifest *manifest);

/** @ret_hex  SHA-256 over the bytes of all segments taken, in order */
void mr_manifest_digest(const struct mr_manifest *manifest, char ret_hex[2 * SHA256_DIGEST_SIZE + 1]);

#endif

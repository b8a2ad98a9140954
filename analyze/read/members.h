/* What an archive holds: the path and the digest of every member, for the identity of the capture and for the
 * index. */
#ifndef MR_MEMBERS_H
#define MR_MEMBERS_H

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/buffer.h"
#include "schema/catalog.h"

struct mr_member {
	size_t path_offset;
	const struct mr_source *source; /**< row of sources.def for its kernel path, or NULL */
	uint8_t sha256[SHA256_DIGEST_SIZE];
};

/** All zero is empty. */
struct mr_members {
	struct mr_member *members;
	size_t count;
	size_t capacity_count;
	struct mr_buffer paths; /**< NUL-terminated, one behind the other */
	uint32_t *slots;        /**< hash table: number of a member + 1, 0 for none */
	size_t slots_count;     /**< power of two, at least twice the members */
	uint64_t hash_key[2];   /**< random */
};

void mr_members_deinit(struct mr_members *members);

/**
 * Add a member, its bytes hashed.
 *
 * @return  1; 0 when the path is there already; -ENOMEM
 */
int mr_members_add(struct mr_members *members, const char *path, const struct mr_source *source,
		   const char *bytes, size_t length_bytes);

/** The same for one that was hashed piece by piece. */
int mr_members_add_hashed(struct mr_members *members, const char *path, const struct mr_source *source,
			  const uint8_t sha256[SHA256_DIGEST_SIZE]);

/** @return the member of this path, or NULL; valid until the next mr_members_add() */
const struct mr_member *mr_members_find(const struct mr_members *members, const char *path);

/**
 * The digest of a capture: SHA-256 over the sorted lines "path NUL sha256 in hex LF", so that neither the
 * compression nor the order nor the top directory matters.
 *
 * @prefix     only members whose path begins so, without that
 * @ret_count  how many these are; NULL: not wanted
 * @return     0 or -ENOMEM
 */
int mr_members_digest(const struct mr_members *members, const char *prefix,
		      char ret_hex[2 * SHA256_DIGEST_SIZE + 1], size_t *ret_count);

#endif

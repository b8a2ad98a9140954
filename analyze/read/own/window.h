/* The members of an archive that its index has not listed yet, and the paths of all of them: what verify
 * keeps.
 *
 * A member is listed by the segment of the index behind it or by one soon after, so few wait at any time.  Of
 * the others only 8 bytes stay, to notice a second member of the same path. */
#ifndef MR_WINDOW_H
#define MR_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "analyze/read/members.h"

/** Most members that wait for the index.  A segment of 64 KiB lists fewer than 700, and two may be open. */
#define MR_WINDOW_MEMBERS_MAX 8192
/** Most bytes of their paths. */
#define MR_WINDOW_PATHS_BYTES_MAX ((size_t)8 << 20)

struct mr_waiting {
	size_t path_offset;
	size_t length_bytes;
	uint8_t sha256[SHA256_DIGEST_SIZE];
	bool is_listed;
};

/** All zero is empty. */
struct mr_window {
	struct mr_waiting *waiting;
	size_t count;
	size_t capacity_count;
	struct mr_buffer paths; /**< NUL-terminated, one behind the other */
	uint32_t *slots;        /**< hash table: number in waiting + 1, 0 for none */

	uint64_t *seen; /**< hash table: keyed hashes of the paths of all members, 0 for none */
	size_t seen_count;
	size_t seen_slots_count; /**< power of two, at least twice the hashes */
	uint8_t key[16];         /**< random */
};

void mr_window_deinit(struct mr_window *window);

/** Note a path.  @return 1 when it is new; 0 when a member had it before; -ENOMEM */
int mr_window_see(struct mr_window *window, const char *path);

/** Let a member wait to be listed.  @return 0; -ENOSPC when the window is full; -ENOMEM */
int mr_window_add(struct mr_window *window, const char *path, const char *bytes, size_t length_bytes);

/** @return the member of this path that waits and is not listed; NULL when there is none */
struct mr_waiting *mr_window_find(struct mr_window *window, const char *path);

const char *mr_window_path(const struct mr_window *window, const struct mr_waiting *waiting);

/** A segment of the index has ended: forget the members that are listed. */
void mr_window_end_segment(struct mr_window *window);

/** Forget all members, and tell those that are not listed. */
void mr_window_clear(struct mr_window *window, void (*unlisted)(void *context, const char *path),
		     void *context);

#endif

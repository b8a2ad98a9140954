/* Archives that nobody should meet: damage, lies, bombs, and formats that are not taken.
 *
 * Each tar begins with proc/meminfo ("hello\n", 6 bytes), has the oddity behind it, and ends with
 * proc/version, so that a test can see what is left of the good members.
 */
#ifndef MR_HOSTILE_MAKER_H
#define MR_HOSTILE_MAKER_H

#include <stddef.h>

#include "schema/base/buffer.h"

/** One kind of archive. */
struct mr_hostile {
	const char *name; /**< as "wrong-checksum" */
	void (*make)(struct mr_buffer *out);
};

/** All kinds but the bombs: a few KiB each, some a few MiB; the last has no name. */
extern const struct mr_hostile mr_hostile_archives[];

/** What takes memory or time to read; the last has no name. */
extern const struct mr_hostile mr_hostile_bombs[];

/** Append an archive by its name; ends the program when there is none of that name. */
void mr_hostile_make(struct mr_buffer *out, const char *name);

/** Append a .tar.gz of so many files of no bytes, proc/N/status. */
void mr_hostile_members(struct mr_buffer *out, unsigned count);

/** Append a tar in a tar in a tar ...; @depth 1 is a tar with the two good members. */
void mr_hostile_nested(struct mr_buffer *out, unsigned depth);

#endif

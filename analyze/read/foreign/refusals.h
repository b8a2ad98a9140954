/* Members of a foreign archive that are left out, with the reason, until the capture they belong to has begun. */
#ifndef MR_REFUSALS_H
#define MR_REFUSALS_H

#include "analyze/archive_in/archive_in.h"
#include "analyze/read/foreign/foreign.h"
#include "schema/base/buffer.h"

/** All zero is none. */
struct mr_refusals {
	struct mr_buffer texts; /**< path, NUL, reason, NUL, and so on */
	size_t told_bytes;      /**< of them, that went into a capture or belonged to none */
};

void mr_refusals_deinit(struct mr_refusals *refusals);

/** @return whether what @entry says of itself costs a capture something.  Links and devices do where a file of the
 * kernel was expected: reports link outputs of programs that they hold elsewhere.
 * @path  of the entry below its capture; NULL: it lies outside */
bool mr_refusals_is_loss(const struct mr_archive_entry *entry, const char *path);

/** Note one; behind some thousands they are not kept.  @return 0 or -ENOMEM */
int mr_refusals_add(struct mr_refusals *refusals, const char *path, const char *reason);

/** The new ones below @anchor become issues of the capture.  @return 0, or what its outlet returns */
int mr_refusals_tell(struct mr_refusals *refusals, const char *anchor, struct mr_foreign *foreign);

/** A line for a message that nothing was found: the first of them.  @return @buffer, empty when there are none */
const char *mr_refusals_first(const struct mr_refusals *refusals, char *buffer, size_t buffer_bytes);

#endif

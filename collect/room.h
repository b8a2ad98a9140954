/* --max-size: what may still go into the archive, so that its end fits too. */
#ifndef MR_COLLECT_ROOM_H
#define MR_COLLECT_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/capture.h"

/**
 * Is there room for one more member, its row in the index, and all that must follow?  When it is short, what
 * waits is compressed now, to know what it comes to.
 *
 * @bytes  of the member; NULL: they are not known yet, and taken for bytes that do not compress
 */
bool mr_room_for_member(struct mr_capture *capture, const char *path, const char *bytes,
			uint64_t length_bytes);

/** The same for a row of the index alone, which may take what is kept back for that. */
bool mr_room_for_row(struct mr_capture *capture, const char *path);

/** @return bytes of members that have room, should they not compress at all */
uint64_t mr_room_bytes(struct mr_capture *capture);

/** Is there room to name so many that are left out, with a row each? */
bool mr_room_for_names(struct mr_capture *capture, uint64_t count, uint64_t row_bytes);

/** Record many that are left out with one row, because there is no room to name them.
 * @place  the row; its name is that of the file which each of them lacks */
void mr_room_leave_out(struct mr_capture *capture, const struct mr_place *place, uint64_t count);

/** @return whether the archive is full, but time is left to count what is left out of it */
bool mr_room_counts_on(const struct mr_capture *capture);

/** Say in the index that it lacks rows, when it does. */
void mr_room_end(struct mr_capture *capture);

#endif

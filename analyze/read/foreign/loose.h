/* A kernel file by itself, pasted into a mail or copied by hand: which one it is shows in its content. */
#ifndef MR_LOOSE_H
#define MR_LOOSE_H

#include "analyze/read/foreign/read_foreign.h"
#include "schema/base/buffer.h"

/**
 * Read a single file into an intake, as a capture that holds nothing else.
 *
 * @entry   of the file, its data not read
 * @return  0; -ENOMSG no file that is known; others as mr_input_read()
 */
int mr_read_loose(const struct mr_walk *walk, struct mr_archive *archive,
		  const struct mr_archive_entry *entry, const char *name, struct mr_error *error);

/**
 * Find out which kernel file a text is.
 *
 * @ret_path  filled with the kernel's path; of a process that the text does not name with 0 for its number, and of a
 *            group that it does not name with "?"
 * @return    whether it is one
 */
bool mr_loose_path(const char *bytes, size_t length_bytes, struct mr_buffer *ret_path);

#endif

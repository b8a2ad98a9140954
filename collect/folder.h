/* A folder of the tree, whole and in the order of its names, so that two captures of one machine have one
 * order. */
#ifndef MR_COLLECT_FOLDER_H
#define MR_COLLECT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "collect/capture.h"

struct mr_folder_entry {
	const char *name;   /**< in mr_folder.names */
	unsigned char type; /**< DT_DIR, DT_REG, DT_LNK, ... */
	bool is_readable;   /**< DT_REG: the mode has a read bit */
};

struct mr_folder {
	struct mr_folder_entry *entries;
	size_t count;
	struct mr_buffer names;
};

/**
 * List a folder through the reader.  For folders of a few hundred entries: all names are kept.
 *
 * @path    from the top
 * @ret     always set, to what could be listed.  Owns: to mr_folder_deinit()
 * @return  0, or why it is not all there is: as mr_reading.error_number
 */
int mr_folder_list(struct mr_folder *ret, struct mr_capture *capture, const char *path);
void mr_folder_deinit(struct mr_folder *folder);

/** @return why something of this type (DT_LNK, DT_FIFO, ...) is not read: ELOOP for a link, as opening it
 * says; ESPIPE for what is neither file nor folder; EIO when nobody knows; else 0 */
int mr_status_of_type(unsigned char type);

#endif

/* An archive or a folder that another tool made into an intake: it may hold one capture or several, in folders or in
 * archives of their own. */
#ifndef MR_READ_FOREIGN_H
#define MR_READ_FOREIGN_H

#include "analyze/read/errand.h"
#include "analyze/read/input.h"

/**
 * @entry   the first member, its data not read
 * @name    of the archive inside of the input; "" for the input itself
 * @return  0; -ENOMSG no capture in it; others as mr_input_read()
 */
int mr_read_foreign(const struct mr_walk *walk, struct mr_archive *archive,
		    const struct mr_archive_entry *entry, const char *name, struct mr_error *error);

/** Any archive: input.c. */
int mr_input_read_archive(const struct mr_walk *walk, struct mr_archive *archive, const char *name,
			  struct mr_error *error);

#endif

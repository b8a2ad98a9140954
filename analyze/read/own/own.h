/* An archive that memreckon-collect wrote, as a stream of members below its top directory.
 *
 * Its first file is TOP/capture/meta.csv, or capture/meta.csv with no top directory; TOP may be folders in folders. */
#ifndef MR_OWN_H
#define MR_OWN_H

#include <stddef.h>

#include "analyze/archive_in/archive_in.h"

/** All zero is closed. */
struct mr_own {
	struct mr_archive *archive; /**< not owned when it came with mr_own_begin() */
	char *top;                  /**< top directory with its slash; "" when there is none */
	size_t top_bytes;
	struct mr_archive_member first;
	bool first_is_pending; /**< it is read already and not handed out */
	bool owns_archive;
};

/** @return how many bytes of @path are the top directory when it is that of capture/meta.csv; -1 when it is another */
ptrdiff_t mr_own_top(const char *path);

/**
 * Open an archive that must be ours; peek at own->first for capture/meta.csv.
 *
 * @return  0; -EBADMSG something else; what mr_archive_open() returns
 *
 * Owns:    the caller closes with mr_own_close(), also after a failure
 */
int mr_own_open(struct mr_own *own, const char *path, const struct mr_archive_limits *limits,
		struct mr_error *error);

/**
 * Whether the member at hand, the first of @archive, makes it one of ours; then it is read.
 *
 * @return  1; 0 it is not; others as mr_archive_read()
 */
int mr_own_begin(struct mr_own *own, struct mr_archive *archive, const struct mr_archive_entry *entry,
		 struct mr_error *error);

/** The next member, whole.  One that is not below the top directory is left out.  @return as
 * mr_archive_next() */
int mr_own_next(struct mr_own *own, struct mr_archive_member *ret_member, struct mr_error *error);

void mr_own_close(struct mr_own *own);

#endif

/* Where the archives of a series go: their names, and how many of them stay. */
#ifndef MR_COLLECT_SERIES_OUTPUT_H
#define MR_COLLECT_SERIES_OUTPUT_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "collect/options.h"
#include "schema/base/buffer.h"
#include "schema/base/error.h"

/**
 * Find out before the first capture, which may be hours away, whether --output can take the archives.
 *
 * @count   how many captures there will be at most; 0: no limit.  A single one may go to a file of any name
 * or to stdout; more need a folder or a name with %T in it
 * @return  0; -EINVAL for wrong use; another negative errno when the folder cannot be written or the file
 *          exists; with @error set
 */
int mr_series_output_check(const struct mr_options *options, uint64_t count, struct mr_error *error);

/** @return a descriptor of the folder that the archives are published in, for fstat() alone; -1 for none */
int mr_series_output_open_folder(const struct mr_options *options);

/**
 * Name the archive of one capture: a folder is given @stem and the ending, %T becomes the time, and no output
 * is this folder.  When that name or its .part is taken, "-2", "-3" and so on is put behind the time: two
 * ticks may lie in one second.
 *
 * @stem    HOST-TIME, TIME without any "-"
 * @return  0, or a negative errno with @error set
 *
 * Owns:    what is appended to @ret_path, for the caller
 */
int mr_series_output_name(const struct mr_options *options, const char *stem, struct mr_buffer *ret_path,
			  struct mr_error *error);

/** An archive of this run, so that no other file of its name is ever taken for it. */
struct mr_kept_archive {
	char *path;
	dev_t device;
	ino_t inode;
	off_t size_bytes;
	struct timespec modified;
};

/** The archives of this run that stand, oldest first.  All zero is none. */
struct mr_kept {
	struct mr_kept_archive *archives;
	uint64_t count, capacity_count;
};

/**
 * Note an archive, and remove the oldest of those noted while there are more than @keep_count.  One that
 * somebody has moved, written to or replaced is let alone and forgotten.
 *
 * @keep_count  from 1 on
 * @return      0; or the first negative errno: the archive is not noted and will stay, or an old one could
 *              not be removed; with @error set
 *
 * Owns:        a copy of @path, until mr_kept_deinit()
 */
int mr_kept_add(struct mr_kept *kept, const char *path, uint64_t keep_count, struct mr_error *error);

void mr_kept_deinit(struct mr_kept *kept);

#endif

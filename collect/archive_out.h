/* The archive being written: a GNU tar with one member per reading, gzip or plain, published in one step.
 *
 * Errors stick: after the first one every call does nothing, so that a caller may add ten thousand members
 * and look once.  Nothing ever stands under the final name that is not whole. */
#ifndef MR_COLLECT_ARCHIVE_OUT_H
#define MR_COLLECT_ARCHIVE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "schema/base/buffer.h"
#include "schema/base/error.h"

struct mr_archive_out;

struct mr_archive_out_options {
	const char *output; /**< file name, "-" for stdout, NULL: nowhere, for a run that only tries */
	const char *top;    /**< the one folder that all members are in */
	int gzip_level;     /**< 1 to 9; 0: not compressed */
	bool is_hashed; /**< its SHA-256 is wanted; of an archive that is not compressed that is a tenth of
			   all work */
	/** CLOCK_MONOTONIC; from then on, as after a signal to stop, a pipe that nobody reads fails the
	 * archive
	 * (-ETIMEDOUT) after five seconds.  0: never */
	uint64_t deadline_ns;
};

/**
 * Begin an archive.  A file is made beside the final name as FILE.part, readable by its owner only.
 *
 * @return  0; -EEXIST when the final name or FILE.part is taken; other negative errno; with @error set
 *
 * Owns:    @ret_archive for the caller, to mr_archive_out_destroy()
 */
int mr_archive_out_create(struct mr_archive_out **ret_archive, const struct mr_archive_out_options *options,
			  struct mr_error *error);

/** Free it; when it was not published FILE.part is removed.  NULL is fine. */
void mr_archive_out_destroy(struct mr_archive_out *archive);

/**
 * Begin a member.  Exactly @size_bytes bytes of mr_archive_out_data() must follow.
 *
 * @path     below the top folder, any bytes; NULL when there was no memory for it, then the archive fails
 * @mtime_s  seconds since 1970 UTC
 */
void mr_archive_out_begin(struct mr_archive_out *archive, const char *path, int64_t mtime_s,
			  uint64_t size_bytes);
void mr_archive_out_data(struct mr_archive_out *archive, const void *bytes, size_t length_bytes);

/** Add a member whose bytes are at hand. */
void mr_archive_out_add(struct mr_archive_out *archive, const char *path, int64_t mtime_s, const void *bytes,
			size_t length_bytes);

/** Add a member that was put together in a buffer.  When there was no memory for all of it the archive fails:
 * a part would look like the whole. */
void mr_archive_out_add_buffer(struct mr_archive_out *archive, const char *path, int64_t mtime_s,
			       const struct mr_buffer *buffer);

/** @return whether an error sticks */
bool mr_archive_out_failed(const struct mr_archive_out *archive);

/** @return the descriptor that is written to */
int mr_archive_out_fd(const struct mr_archive_out *archive);

/** @return the folder that the archive is published in; -1 for stdout */
int mr_archive_out_directory_fd(const struct mr_archive_out *archive);

/**
 * Have what was written so far on the disk and out of the page cache, where that is a file.
 *
 * @return  bytes of it that are in the page cache all the same (a file system in memory); -1 when that cannot
 * be told
 *
 * Source:  mm/fadvise.c POSIX_FADV_DONTNEED leaves pages that are not written yet; mm/mincore.c
 */
int64_t mr_archive_out_drop_cache(struct mr_archive_out *archive);

/** @return bytes that a member takes of the tar, at most */
uint64_t mr_archive_out_member_bytes(const struct mr_archive_out *archive, size_t path_bytes,
				     uint64_t size_bytes);

/** @return bytes that the archive has at most when it is ended after @more_bytes of the tar: what waits to be
 * compressed might not become smaller */
uint64_t mr_archive_out_size_bytes_max(const struct mr_archive_out *archive, uint64_t more_bytes);

/** @return bytes of the tar that wait to be compressed, and until then count in full; 0 when it is not
 * compressed */
size_t mr_archive_out_gain_bytes(const struct mr_archive_out *archive);

/** Compress what waits for that. */
void mr_archive_out_flush(struct mr_archive_out *archive);

/** @return bytes that these would have, compressed by themselves */
uint64_t mr_archive_out_measure(struct mr_archive_out *archive, const char *bytes, size_t length_bytes);

/** @return members begun so far */
uint64_t mr_archive_out_members_count(const struct mr_archive_out *archive);

/** End the archive and give it its final name.  @return 0, or the first error since it was created, with
 * @error set.  That is set with 0, too, when FILE.part stayed beside it. */
int mr_archive_out_publish(struct mr_archive_out *archive, struct mr_error *error);

/** @return bytes of the published archive, compressed */
uint64_t mr_archive_out_size_bytes(const struct mr_archive_out *archive);

/** @return hex SHA-256 of the published archive, when that is hashed; points into @archive */
const char *mr_archive_out_sha256(const struct mr_archive_out *archive);

/** Remove FILE.part of the archive that is being written, if any.  For a signal handler: unlinkat() and
 * nothing else. */
void mr_archive_out_abandon_in_signal(void);

#endif

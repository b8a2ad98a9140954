/* A capture as a stream of members, read through libarchive.
 *
 * An archive is hostile input.  Nothing is unpacked: a name is only ever compared, a member is only ever
 * handed on as bytes.  Formats: tar (v7, ustar, pax, GNU), plain or through gzip, zstd, xz or bzip2, and
 * nothing else.
 */
#ifndef MR_ARCHIVE_IN_H
#define MR_ARCHIVE_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/error.h"

/** Limits of what is read.  An archive that passes one is refused. */
struct mr_archive_limits {
	uint64_t member_bytes;      /**< of one member */
	uint64_t members_count;     /**< headers of any kind */
	uint64_t total_bytes;       /**< of the archive, uncompressed */
	uint64_t ratio;             /**< uncompressed to compressed ... */
	uint64_t ratio_grace_bytes; /**< ... looked at from this many uncompressed bytes on */
	size_t path_bytes; /**< of a name; a member with a longer one is left out, not the archive refused */
	unsigned depth;    /**< components of a name; likewise */
};

/** 64 MiB, 2,000,000, 4 GiB, 1000 : 1 after 64 MiB, 4096, 64. */
extern const struct mr_archive_limits mr_archive_default_limits;

struct mr_archive;

/** One member.  All pointers are valid until the next call. */
struct mr_archive_member {
	const char *path;  /**< below the top directory, no leading slash, NUL-terminated */
	const char *bytes; /**< NUL-terminated behind its length; NULL when the member was left out */
	size_t length_bytes;
	const char *refused; /**< why the member was left out; NULL when bytes holds it whole */
};

/**
 * Open an archive and find its top directory.
 *
 * The first file of an archive of ours is TOP/capture/meta.csv; its bytes come with the first
 * mr_archive_next().
 *
 * @path         of a file; "-" is standard input
 * @limits       NULL: mr_archive_default_limits
 * @ret_archive  set on success only
 * @return       0; -ENOENT; -EBADMSG not a tar or no capture; -ENODATA cut off before the first file was
 *               whole; -EFBIG a limit; -ENOMEM; -EIO
 *
 * Owns:    the caller closes with mr_archive_close()
 */
int mr_archive_open(const char *path, const struct mr_archive_limits *limits, struct mr_archive **ret_archive,
		    struct mr_error *error);

/** Close; NULL is fine. */
void mr_archive_close(struct mr_archive *archive);

/** Look at the first member, capture/meta.csv; only before the first mr_archive_next(). */
void mr_archive_peek(const struct mr_archive *archive, struct mr_archive_member *ret_member);

/**
 * Read the next member whole.  Folders are passed over; links, devices and sparse files are left out, and so
 * is a name that is absolute, has a ".." component, is too long or too deep, or is not below the top
 * directory.
 *
 * @return  1 and @ret_member; 0 at the end; -ENODATA cut off (the members so far are whole); -EBADMSG
 *          damaged; -EFBIG a limit; -ENOMEM; -EIO
 */
int mr_archive_next(struct mr_archive *archive, struct mr_archive_member *ret_member, struct mr_error *error);

/** @return bytes of the archive as it is stored: the size of the file, or what came through a pipe so far */
uint64_t mr_archive_stored_bytes(const struct mr_archive *archive);

/** Escape a name from an archive for a message: what is not printable ASCII becomes \xNN.
 * @return @buffer, always terminated */
const char *mr_archive_printable(const char *name, char *buffer, size_t buffer_bytes);

#endif

/* A capture as a stream of members: a tar, a folder, or a single file.
 *
 * All input is hostile.  Nothing is unpacked: a name is only ever compared, a member is only ever handed on
 * as bytes, no link is followed.  Formats: tar (v7, ustar, pax, GNU) and single files, plain or through gzip,
 * zstd, xz or bzip2, and nothing else.
 */
#ifndef MR_ARCHIVE_IN_H
#define MR_ARCHIVE_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/error.h"

/** Limits of what is read.  An archive that passes one is refused, unless another thing is said. */
struct mr_archive_limits {
	uint64_t member_bytes;      /**< of one member that is wanted; one that is not is passed over */
	uint64_t members_count;     /**< headers of any kind */
	uint64_t total_bytes;       /**< of the archive, uncompressed */
	uint64_t ratio;             /**< uncompressed to compressed ... */
	uint64_t ratio_grace_bytes; /**< ... looked at from this many uncompressed bytes on */
	size_t path_bytes; /**< of a name; a member with a longer one is left out, not the archive refused */
	unsigned depth;    /**< components of a name; likewise */
	uint64_t captures_count; /**< folders of hosts in one archive; who reads it sees to that */
	unsigned nesting;        /**< archives inside of archives; deeper ones are left out */
	unsigned cpu_s;          /**< processor time of who reads it; it is the reader's to see to.  0: any */
};

/** 64 MiB, 2,000,000, 16 GiB, 1000 : 1 after 64 MiB, 4096, 256, 10,000, 2, 600 s. */
extern const struct mr_archive_limits mr_archive_default_limits;

struct mr_archive;

/** What an input turned out to be. */
enum mr_archive_kind {
	MR_ARCHIVE_TAR,
	MR_ARCHIVE_FOLDER,
	MR_ARCHIVE_FILE, /**< no tar: one member, named as the file without the ending of its compression */
};

/** The header of a member.  Pointers are valid until the next call. */
struct mr_archive_entry {
	const char *path;    /**< normalised, no leading slash, NUL-terminated, any other bytes */
	const char *refused; /**< why its bytes are not to be had; NULL when they are */
	uint64_t size_bytes; /**< as the header says it; 0 where a single file does not say */
	int64_t mtime_s;     /**< seconds since 1970; meaningless without has_mtime */
	bool has_mtime;
	bool is_behind_damage; /**< in front of it was something that is no header, and is lost */
};

/** A member with its bytes.  Pointers are valid until the next call. */
struct mr_archive_member {
	const char *path;
	const char *bytes; /**< NUL-terminated behind its length; NULL when the member was left out */
	size_t length_bytes;
	const char *refused; /**< why the member was left out; NULL when bytes holds it whole */
};

/**
 * Open an input.
 *
 * @path         of a file or a folder; "-" is standard input
 * @limits       NULL: mr_archive_default_limits
 * @ret_archive  set on success only
 * @return       0; -ENOENT; -EBADMSG empty; -ENOMSG a database; -EFBIG a limit of unpacking; -EXDEV a folder
 * that is a live machine; -ENODATA cut off before the first header was whole; -ENOMEM; -EIO
 *
 * Owns:    the caller closes with mr_archive_close()
 */
int mr_archive_open(const char *path, const struct mr_archive_limits *limits, struct mr_archive **ret_archive,
		    struct mr_error *error);

/** @return whether a failure is one of the archive, not of the way out or of this process */
bool mr_archive_is_at_fault(int error_number);

/** Open a file, a folder or, as "-", standard input for reading.  @return the descriptor or a negative errno */
int mr_archive_input(const char *path, struct mr_error *error);

/** The same for what is open already. @fd is taken over, also after a failure; @name for messages. */
int mr_archive_open_fd(int fd, const char *name, const struct mr_archive_limits *limits,
		       struct mr_archive **ret_archive, struct mr_error *error);

/**
 * Open the member at hand as an archive of its own; its limits are what is left of the outer ones.
 *
 * @outer   must stay open and at this member until the inner one is closed
 * @return  0; -ELOOP nested too deep; what mr_archive_open() returns
 */
int mr_archive_open_inner(struct mr_archive *outer, struct mr_archive **ret_inner, struct mr_error *error);

/**
 * Go back in front of the first member; not for inner archives.
 *
 * @return  0; -ESPIPE the input is a pipe; -ENOMEM; -EIO
 */
int mr_archive_rewind(struct mr_archive *archive, struct mr_error *error);

/** Close; NULL is fine. */
void mr_archive_close(struct mr_archive *archive);

/** The most bytes that mr_archive_read() reads. */
uint64_t mr_archive_member_bytes_max(const struct mr_archive *archive);

/** The most captures that are looked for in it. */
uint64_t mr_archive_captures_max(const struct mr_archive *archive);

enum mr_archive_kind mr_archive_kind(const struct mr_archive *archive);

/**
 * Go to the next member.  Folders are passed over; of links, devices and sparse files only the header comes,
 * and of names with a ".." component, too long or too deep.  A leading slash is taken off.
 *
 * @return  1 and @ret_entry; 0 at the end; -ENODATA cut off (the members so far are whole); -EBADMSG damaged;
 *          -EFBIG a limit; -ENOMEM; -EIO
 */
int mr_archive_next(struct mr_archive *archive, struct mr_archive_entry *ret_entry, struct mr_error *error);

/**
 * Read the member at hand whole.
 *
 * @ret_bytes  NUL-terminated behind its length; valid until the next call
 * @return     0; -EFBIG larger than a member may be, or another limit; others as mr_archive_next()
 */
int mr_archive_read(struct mr_archive *archive, const char **ret_bytes, size_t *ret_length_bytes,
		    struct mr_error *error);

/**
 * Read the next piece of the member at hand, for members of which only the digest is wanted.
 *
 * @return  bytes in @buffer; 0 at its end; others as mr_archive_next()
 */
int64_t mr_archive_read_piece(struct mr_archive *archive, char *buffer, size_t buffer_bytes,
			      struct mr_error *error);

/** @return bytes of the archive as it is stored: the size of the file, or what came through so far */
uint64_t mr_archive_stored_bytes(const struct mr_archive *archive);

/** The name it was opened with, for messages: of an inner one that of the outermost, ":" and its path. */
const char *mr_archive_name(const struct mr_archive *archive);

/** Leave so many bytes of paths out of messages: the top directory. */
void mr_archive_set_top(struct mr_archive *archive, size_t top_bytes);

/** Escape a name from an archive for a message: what is not printable ASCII becomes \xNN.
 * @return @buffer, always terminated */
const char *mr_archive_printable(const char *name, char *buffer, size_t buffer_bytes);

#endif

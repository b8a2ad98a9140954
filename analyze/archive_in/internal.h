/* What the files of archive_in/ know of each other. */
#ifndef MR_ARCHIVE_IN_INTERNAL_H
#define MR_ARCHIVE_IN_INTERNAL_H

#include "analyze/archive_in/archive_in.h"
#include "schema/base/buffer.h"

struct mr_folder;

struct mr_archive {
	enum mr_archive_kind kind;
	struct archive *reader;   /**< libarchive's; NULL for a folder */
	struct mr_folder *folder; /**< NULL for all others */
	struct mr_archive *outer; /**< whose member at hand this is; NULL: none */
	struct mr_archive_limits limits;
	char *name; /**< for messages */
	int fd;
	uint64_t file_bytes;  /**< 0 for a pipe, a folder and inside of another */
	int64_t file_mtime_s; /**< of the input itself; 0: not known */
	size_t top_bytes;     /**< of paths, not shown in messages */
	uint64_t headers_count;
	uint64_t read_bytes;           /**< of the member at hand */
	uint64_t folder_bytes;         /**< of a folder: read so far */
	struct mr_buffer path;         /**< of the member at hand, normalised */
	struct mr_buffer bytes;        /**< of the member at hand, when it was asked for whole */
	struct mr_archive_entry entry; /**< the member at hand */
	const void *block; /**< of the member at hand, what libarchive has given and is not read yet */
	size_t block_bytes;
	bool has_header;             /**< libarchive stands behind a header, and may stand before its data */
	uint64_t damaged_blocks;     /**< that were no header where one should be */
	struct mr_error input_error; /**< why there is no more input */
	struct mr_error late_error;  /**< of the input, behind bytes that are not given yet */
	bool has_input_ended;
	bool has_peeked; /**< libarchive gave the first block of the member at hand already ... */
	int peeked;      /**< ... and what it returned */
	int64_t peeked_offset_bytes;
	uint64_t given_bytes;   /**< of the input, to libarchive */
	bool is_between;        /**< libarchive looks for a header */
	uint64_t between_bytes; /**< that it got since */
	uint64_t end_bytes;     /**< where it looks: behind a member, or what was no header */
	bool is_over;           /**< it has passed a zero block there */
	size_t last_bytes;      /**< of them the last ones, which still are in input */
	int64_t first_bytes;    /**< in input, looked at and not given to libarchive yet */
	char input[128 * 1024];
};

/** tar_in.c: open the reader over archive->fd or archive->outer. */
int mr_tar_open(struct mr_archive *archive, struct mr_error *error);
void mr_tar_close(struct mr_archive *archive);
/** @return as mr_archive_next(); the entry without its path, and the name in archive->path as it is
 * normalised */
int mr_tar_next(struct mr_archive *archive, struct mr_error *error);
int64_t mr_tar_read(struct mr_archive *archive, char *buffer, size_t buffer_bytes, struct mr_error *error);

/** folder_in.c: the same for archive->fd as a folder. */
int mr_folder_open(struct mr_archive *archive, struct mr_error *error);
void mr_folder_close(struct mr_archive *archive);
int mr_folder_next(struct mr_archive *archive, struct mr_error *error);
int64_t mr_folder_read(struct mr_archive *archive, char *buffer, size_t buffer_bytes, struct mr_error *error);

/** archive_in.c: the archive ended too early.  @member that was being read; NULL when it was the header of
 * the next one
 * @return -ENODATA */
int mr_archive_cut_off(struct mr_archive *archive, const char *member, struct mr_error *error);
/** A limit is passed.  @return -EFBIG */
int mr_archive_too_much(const struct mr_archive *archive, struct mr_error *error, const char *what,
			uint64_t limit, const char *option);
int mr_archive_no_memory(const struct mr_archive *archive, struct mr_error *error);

#endif

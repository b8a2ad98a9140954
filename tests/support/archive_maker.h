/* Small archives for tests, as the collector writes them and as it never would. */
#ifndef MR_ARCHIVE_MAKER_H
#define MR_ARCHIVE_MAKER_H

#include <archive.h>
#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/buffer.h"

/** An archive being written.  Failures end the program: a test cannot go on without it. */
struct mr_maker {
	struct archive *writer;
	const char *top;        /**< in front of every name; "TOP/" */
	struct mr_buffer index; /**< segment not yet written */
	unsigned segments_count;
	unsigned members_count;
	struct sha256_ctx sha256; /**< over the segments */
};

/** What capture/meta.csv says; all zero is a good one. */
struct mr_maker_meta {
	int format;             /**< 0: MR_ARCHIVE_FORMAT */
	const char *uuid;       /**< NULL: one for all */
	const char *host;       /**< NULL: "maker" */
	int64_t taken_ns;       /**< 0: 2026-11-21T07:41:03Z */
	const char *endianness; /**< NULL: "little" */
};

/** A new directory for the files of one test, removed at exit; the path is for the caller to free(). */
char *mr_maker_folder(void);

/** NAME in such a directory of its own; for the caller to free(). */
char *mr_maker_path(const char *name);

/** Begin an archive.  @filter "gzip", "zstd", "xz", "bzip2" or NULL for none */
void mr_maker_open(struct mr_maker *maker, const char *path, const char *filter);

/** Add capture/meta.csv; @meta may be NULL. */
void mr_maker_meta(struct mr_maker *maker, const struct mr_maker_meta *meta);

/** Add a member that the index does not list. */
void mr_maker_add(struct mr_maker *maker, const char *path, const void *bytes, size_t length_bytes);

/** Add a reading: its member and its row in the index.  @reading 0: canonical, N: capture/again/N/PATH */
void mr_maker_reading(struct mr_maker *maker, const char *path, unsigned reading, const void *bytes,
		      size_t length_bytes);
/** Add part @part of a file: 0 is PATH, N is capture/more/N/PATH. */
void mr_maker_part(struct mr_maker *maker, const char *path, unsigned part, const void *bytes,
		   size_t length_bytes);
void mr_maker_text(struct mr_maker *maker, const char *path, const char *text);

/** A reading that failed: only a row in the index. */
void mr_maker_failed(struct mr_maker *maker, const char *path, const char *status);

/** A part from 1 on that failed. */
void mr_maker_part_failed(struct mr_maker *maker, const char *path, unsigned part, const char *status);

/** End the segment of the index that is being filled. */
void mr_maker_segment(struct mr_maker *maker);

/** Add a header of another type: AE_IFLNK, AE_IFCHR, ... */
void mr_maker_special(struct mr_maker *maker, const char *path, unsigned type);

/** Add the index so far and capture/end.csv.  @completeness "complete" or "partial" */
void mr_maker_end(struct mr_maker *maker, const char *completeness);

/** Finish the file. */
void mr_maker_close(struct mr_maker *maker);

/** A whole small capture: meta, meminfo, two processes, end. */
void mr_maker_capture(const char *path, const struct mr_maker_meta *meta);

/** Cut a file to so many bytes. */
void mr_maker_cut(const char *path, int64_t length_bytes);
int64_t mr_maker_file_bytes(const char *path);

#endif

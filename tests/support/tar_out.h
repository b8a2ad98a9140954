/* Tars for tests: proper ones by libarchive, and ones whose every header field is chosen. */
#ifndef MR_TAR_OUT_H
#define MR_TAR_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/buffer.h"
#include "tests/support/file_tree.h"

/** How a tree is packed; all zero is a GNU tar with no prefix and no compression. */
struct mr_tar_way {
	const char *format; /**< "v7", "ustar", "pax", "gnutar", "cpio", "zip", "7zip"; NULL: gnutar */
	const char *filter; /**< "gzip", "xz", "zstd", "bzip2"; NULL: none */
	const char *prefix; /**< in front of every path, as "./" or "TOP/"; NULL: nothing */
	bool has_folders;   /**< folders have entries, before what is in them */
	int64_t mtime_s;    /**< 0: 2026-11-21T07:41:03Z */
};

/** Pack a tree.  @ret_bytes is appended to */
void mr_tar_pack(const struct mr_tree *tree, const struct mr_tar_way *way, struct mr_buffer *ret_bytes);

/** Compress bytes.  Two results one behind the other are again a compressed file. */
void mr_tar_compress(const char *filter, const void *bytes, size_t length_bytes, struct mr_buffer *ret_bytes);

/** Write bytes to a file. */
void mr_tar_save(const char *path, const struct mr_buffer *bytes);

enum mr_raw_magic { MR_RAW_USTAR, MR_RAW_GNU, MR_RAW_V7 };

/** One header as it is to be; a field of NULL or 0 is what a tool would write. */
struct mr_raw_header {
	const char *name; /**< its first 100 bytes; NULL: "" */
	char type;        /**< 0: '0' */
	enum mr_raw_magic magic;
	uint32_t mode; /**< 0: 0444 */
	uint32_t uid;  /**< written with "%07o" whatever its length: from 8 digits on it runs into the gid */
	uint32_t gid;
	uint64_t size_bytes;
	int64_t mtime_s;
	const char *mode_field; /**< 8 bytes */
	const char *size_field; /**< 12 bytes */
	const char *link;
	const char *prefix;
	const char *extra; /**< other bytes ... */
	size_t extra_bytes;
	size_t extra_at; /**< ... and where in the header they go */
	bool checksum_is_wrong;
};

/** Append a header. */
void mr_raw_header(struct mr_buffer *out, const struct mr_raw_header *header);

/** Append bytes and zeros up to the next 512. */
void mr_raw_data(struct mr_buffer *out, const void *bytes, size_t length_bytes);

/** Append a header and its data; the size is that of the data unless size_bytes or size_field say otherwise.
 */
void mr_raw_member(struct mr_buffer *out, struct mr_raw_header header, const void *bytes,
		   size_t length_bytes);

/** Append a file of a text. */
void mr_raw_text(struct mr_buffer *out, const char *name, const char *text);

/** Append the two zero blocks of the end. */
void mr_raw_end(struct mr_buffer *out);

/** Append one record "LENGTH KEY=VALUE\n" of a pax header. */
void mr_raw_pax_record(struct mr_buffer *out, const char *key, const void *value, size_t value_bytes);

#endif

/* One row of capture/index/NNNN.csv taken apart: of which member it speaks, and what it says of it. */
#ifndef MR_INDEX_ROW_H
#define MR_INDEX_ROW_H

#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/parse/parse.h"
#include "schema/base/buffer.h"

struct mr_index_row {
	const char *path; /**< of the kernel; NUL-terminated, valid until the next row */
	const struct mr_value *role, *status, *bytes, *start_ns, *duration_ns, *sha256;
	int64_t reading;
	bool is_more;
	bool is_canonical;
	bool is_ok;
	bool has_digest; /**< so it has a member */
};

#define MR_INDEX_COLUMNS_TOTAL 8

/** What reading row after row needs.  All zero is a new one. */
struct mr_index_reader {
	size_t columns[MR_INDEX_COLUMNS_TOTAL]; /**< where they stand in a row */
	bool has_columns;
	struct mr_buffer path; /**< of the row at hand */
	struct mr_buffer member_path;
};

void mr_index_reader_deinit(struct mr_index_reader *reader);

/** Take a row of capture_index apart.  @return whether it says enough to be of use: a path, a role, a status
 */
bool mr_index_row_read(struct mr_index_reader *reader, const struct mr_row *row, struct mr_index_row *ret);

/** @return the path of the member that the row is about, valid until the next row; NULL when there is no
 * memory */
const char *mr_index_row_member(struct mr_index_reader *reader, const struct mr_index_row *row);

/** Whether the row's digest is this one. */
bool mr_index_row_has_sha256(const struct mr_index_row *row, const uint8_t sha256[SHA256_DIGEST_SIZE]);

/** Whether a value is this text. */
bool mr_value_is_text(const struct mr_value *value, const char *wanted);

#endif

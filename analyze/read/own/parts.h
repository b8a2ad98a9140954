/* A file that the collector stored in parts: PATH, then capture/more/1/PATH, capture/more/2/PATH, ... */
#ifndef MR_PARTS_H
#define MR_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/buffer.h"
#include "schema/catalog.h"

/** The file at hand: its bytes so far.  All zero is none. */
struct mr_parts {
	struct mr_buffer path; /**< the kernel's; empty: no file is at hand */
	struct mr_buffer bytes;
	struct mr_match match;  /**< its keys point into path */
	int64_t more_count;     /**< parts behind the first */
	size_t last_part_bytes; /**< length of the latest part: a full one is not the last */
	bool is_broken;         /**< a part did not fit behind the others; those after it are left out */
};

enum mr_parts_result {
	MR_PARTS_TAKEN,
	MR_PARTS_LEFT_OUT,  /**< behind one that was refused: said already */
	MR_PARTS_MISPLACED, /**< not the next part of the file at hand */
	MR_PARTS_TOO_LONG,  /**< the file would have more bytes than a member may have */
	MR_PARTS_OUT_OF_MEMORY,
};

void mr_parts_deinit(struct mr_parts *parts);

/** Whether a file is at hand. */
bool mr_parts_is_there(const struct mr_parts *parts);

/** Forget the file at hand and begin with the first part of another.  @match of @path */
enum mr_parts_result mr_parts_begin(struct mr_parts *parts, const struct mr_match *match, const char *path,
				    const char *bytes, size_t length_bytes);

/** Add part @number, from 1, of @path.  @file_bytes_max  most bytes of all parts together */
enum mr_parts_result mr_parts_add(struct mr_parts *parts, const char *path, int64_t number, const char *bytes,
				  size_t length_bytes, uint64_t file_bytes_max);

/** Whether the file goes on behind its latest part, and it was not said yet. */
bool mr_parts_lacks_more(const struct mr_parts *parts);

/** Forget the file at hand. */
void mr_parts_end(struct mr_parts *parts);

#endif

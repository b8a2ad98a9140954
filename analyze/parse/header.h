/* A header line that names the columns of the lines below it: swaps, cgroups, sysvipc/shm, slabinfo.
 *
 * Lines are read from their end, so that a first column may hold blanks or run into the second: what is left
 * in front of the others is the first.
 */
#ifndef MR_PARSE_HEADER_H
#define MR_PARSE_HEADER_H

#include "analyze/parse/fill.h"

#define MR_HEADER_COLUMNS_MAX 64

struct mr_header_column {
	struct mr_slice word; /**< as the header has it */
	bool is_literal;      /**< stands in every line just as here: ":" and "tunables" of slabinfo */
	size_t field;         /**< MR_FIELD_NONE for literals and for names that no field has */
};

struct mr_header {
	struct mr_header_column columns[MR_HEADER_COLUMNS_MAX];
	size_t column_count;
};

/**
 * Take a header apart and find the fields of @fill's table that it names; report names that none has.
 *
 * @has_literals  names are in "<>" but for the first, other words are literals; else every word is a name
 */
void mr_header_read(struct mr_header *header, struct mr_fill *fill, struct mr_scan *scan,
		    struct mr_slice line, bool has_literals);

/** Put the columns of the current line into the row; @return whether there are as many as the header says. */
bool mr_header_put_line(const struct mr_header *header, struct mr_fill *fill, struct mr_scan *scan);

#endif

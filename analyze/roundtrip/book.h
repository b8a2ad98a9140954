/* The rows and issues of one snapshot, found by their keys.
 *
 * Rows are sorted, so a search takes as long as the logarithm of their number, whatever names a capture has
 * chosen. Of each cell it is kept whether a file gave it back. */
#ifndef MR_TRIP_BOOK_H
#define MR_TRIP_BOOK_H

#include <stdbool.h>

#include "analyze/parse/parse.h"

/** What a cell's findings entry is when there is none. */
#define MR_TRIP_UNSEEN 0
#define MR_TRIP_SEEN 1
/** From here on: the number of the difference that was found, and this. */
#define MR_TRIP_DIFFERS 2

struct mr_trip_cell {
	struct mr_value value;
	uint32_t seen; /**< MR_TRIP_UNSEEN, MR_TRIP_SEEN, or MR_TRIP_DIFFERS and more */
	uint16_t field;
};

struct mr_trip_row {
	const struct mr_table *table;
	int64_t reading;
	size_t sum; /**< number of what is being added up for it, and 1; 0: nothing */
	bool is_seen;
	uint16_t cell_count;
	struct mr_trip_cell cells[]; /**< those that are not NULL, in the order of the fields */
};

struct mr_trip_shelf {
	struct mr_trip_row **rows;
	size_t count, capacity;
	bool is_sorted;
};

struct mr_trip_issue {
	const char *path;
	unsigned long line; /**< 0: the file as a whole */
	enum mr_issue_kind kind;
};

/** A run of memory that is given back as a whole. */
struct mr_trip_block {
	struct mr_trip_block *next;
	size_t used_bytes, size_bytes;
	_Alignas(16) char bytes[];
};

/** All zero is an empty one. */
struct mr_trip_book {
	struct mr_trip_block *blocks;
	struct mr_trip_shelf *shelves; /**< beside mr_tables[] */
	struct mr_trip_issue *issues;
	size_t issue_count, issue_capacity;
	bool issues_are_sorted;
	bool issues_are_cut; /**< there were more than are kept */
};

void mr_trip_book_deinit(struct mr_trip_book *book);

/** Memory that lives as long as the book; NULL when there is none. */
void *mr_trip_book_allocate(struct mr_trip_book *book, size_t bytes);

/** @return 0, or -ENOMEM */
int mr_trip_book_add_row(struct mr_trip_book *book, int64_t reading, const struct mr_row *row);
int mr_trip_book_add_issue(struct mr_trip_book *book, const char *path, enum mr_issue_kind kind,
			   unsigned long line);

/**
 * Find a row.
 *
 * @keys    of its key fields in the order of the fields
 * @return  NULL when it is not there, or one of the keys is NULL
 */
struct mr_trip_row *mr_trip_book_find(struct mr_trip_book *book, const struct mr_table *table,
				      int64_t reading, const struct mr_value *keys);

/** All rows of a table; NULL when there is no memory. */
struct mr_trip_shelf *mr_trip_book_shelf(struct mr_trip_book *book, const struct mr_table *table);

/** The cell of a field, or NULL. */
struct mr_trip_cell *mr_trip_row_cell(struct mr_trip_row *row, size_t field);

/** Whether a line of a member, or the member as a whole, was told as an issue. */
bool mr_trip_book_has_issue(struct mr_trip_book *book, const char *path, unsigned long line);

/** The same of the line alone. */
bool mr_trip_book_has_issue_at(struct mr_trip_book *book, const char *path, unsigned long line);

/** Whether there is an issue of a kind in a member, behind a line (0: anywhere).
 * @kind  MR_ISSUE_KIND_TOTAL: any */
bool mr_trip_book_has_issue_of_kind(struct mr_trip_book *book, const char *path, enum mr_issue_kind kind,
				    unsigned long line);

#endif

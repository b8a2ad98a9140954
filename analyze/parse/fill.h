/* A row being filled: fields found by the kernel's key, text turned into values in the unit of the field. */
#ifndef MR_PARSE_FILL_H
#define MR_PARSE_FILL_H

#include "analyze/parse/scan.h"

/** The result of a search that found nothing. */
#define MR_FIELD_NONE MR_FIELDS_MAX

struct mr_fill {
	struct mr_row row;
	uint64_t seen[MR_FIELDS_MAX / 64]; /**< bit per field: a value came already, a bad one too */
	size_t hint;                       /**< field behind the last one found: the order is stable */
};

/** What stands beside a number and must fit the unit of its field. */
enum mr_marking {
	MR_MARKING_NONE,    /**< the file never prints a unit: the catalog knows it */
	MR_MARKING_UNIT,    /**< a file that prints "kB" where the number is one, and here it did */
	MR_MARKING_NO_UNIT, /**< the same file, and here it did not */
};

/** Begin a row with all cells NULL. */
void mr_fill_begin(struct mr_fill *fill, const struct mr_table *table);

/**
 * Begin a row of the source's own table with the keys that the path of the file gives.  What the collector
 * itself summed from smaps says so.
 *
 * @return  whether they are what the table wants; if not (a folder that is no number), an issue was
 *          reported and there can be no row
 */
bool mr_fill_begin_file(struct mr_fill *fill, struct mr_scan *scan);

/** Forget the cells of a row that do not come from the path, to fill the next row of the same file. */
void mr_fill_next(struct mr_fill *fill);

/** @return the position of the field with this key, of any kind but path keys, or MR_FIELD_NONE */
size_t mr_fill_find(struct mr_fill *fill, struct mr_slice key);

/**
 * Put what the kernel printed for a field into its cell, and into that of the "unlimited" field behind it.
 *
 * What cannot be stored is reported as an issue of the current line and stays NULL.  A second value for the
 * same field replaces the first, with an issue.  Fields that are known and not wanted are skipped.
 *
 * @text  without blanks around it
 */
void mr_fill_put(struct mr_fill *fill, struct mr_scan *scan, size_t index, struct mr_slice text,
		 enum mr_marking marking);

/** Find and put in one; a key that no field has is reported as such. */
void mr_fill_put_key(struct mr_fill *fill, struct mr_scan *scan, struct mr_slice key, struct mr_slice text);

/** Put a number that the parser itself has, in the unit of the field; one that is too large is reported.
 * A key that the table does not have is passed over. */
void mr_fill_put_integer(struct mr_fill *fill, struct mr_scan *scan, const char *key, uint64_t number);

/** Put a text that the parser itself has, as it is; a key that the table does not have is passed over. */
void mr_fill_put_text(struct mr_fill *fill, const char *key, struct mr_slice text);

/** Say what the row was made from; a table that has no such field is left as it is.  @what is not copied. */
void mr_fill_put_derived(struct mr_fill *fill, const char *what);

/** Take back the value of a field that turned out to be cut off. */
void mr_fill_withdraw(struct mr_fill *fill, size_t index);

/** Whether a cell that is no key has a value. */
bool mr_fill_has_values(const struct mr_fill *fill);

/** Whether every key has a value, without which a row has no place in its table. */
bool mr_fill_has_keys(const struct mr_fill *fill);

/** Give the row to the sink. */
void mr_fill_emit(struct mr_fill *fill, struct mr_scan *scan);

/** Give it to the sink when it has all its keys; otherwise report the line as one of no known form. */
void mr_fill_emit_line(struct mr_fill *fill, struct mr_scan *scan);

#endif

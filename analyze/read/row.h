/* Cells of rows by the name of their column. */
#ifndef MR_ROW_H
#define MR_ROW_H

#include <stdbool.h>

#include "analyze/parse/parse.h"

/** @return where a column stands in a row; the number of fields when the table has no such column */
size_t mr_column_number(const struct mr_table *table, const char *column);

/** @return the value of a column in a row; the value NULL when the table has no such column */
const struct mr_value *mr_row_value(const struct mr_row *row, const char *column);

/** @return the integer in a column, or @otherwise when there is none */
int64_t mr_row_integer(const struct mr_row *row, const char *column, int64_t otherwise);

/** Fill a cell; the table must have the column.  Texts are not copied; the string NULL leaves the cell alone.
 */
void mr_row_set(struct mr_row *row, const char *column, const struct mr_value *value);
void mr_row_set_integer(struct mr_row *row, const char *column, int64_t integer);
void mr_row_set_text(struct mr_row *row, const char *column, const char *bytes, size_t length_bytes);
void mr_row_set_string(struct mr_row *row, const char *column, const char *string);

/** @return whether a text of the row, which may be of a path and not of a file, is longer than MR_TEXT_BYTES_MAX */
bool mr_row_has_long_text(const struct mr_row *row);

/** @return whether no part of the primary key is NULL: what can be stored */
bool mr_row_has_all_keys(const struct mr_row *row);

#endif

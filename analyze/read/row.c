/* Cells of rows by the name of their column.  See row.h. */
#include "analyze/read/row.h"

#include <assert.h>
#include <string.h>

size_t mr_column_number(const struct mr_table *table, const char *column)
{
	size_t i = 0;

	while (i < table->field_count &&
	       (!table->fields[i].column || strcmp(table->fields[i].column, column) != 0))
		i++;
	return i;
}

const struct mr_value *mr_row_value(const struct mr_row *row, const char *column)
{
	static const struct mr_value null;
	size_t number = mr_column_number(row->table, column);

	return number < row->table->field_count ? &row->values[number] : &null;
}

int64_t mr_row_integer(const struct mr_row *row, const char *column, int64_t otherwise)
{
	const struct mr_value *value = mr_row_value(row, column);

	return value->type == MR_VALUE_INTEGER ? value->integer : otherwise;
}

static struct mr_value *cell(struct mr_row *row, const char *column)
{
	size_t number = mr_column_number(row->table, column);

	assert(number < row->table->field_count);
	return &row->values[number];
}

void mr_row_set(struct mr_row *row, const char *column, const struct mr_value *value)
{
	*cell(row, column) = *value;
}

void mr_row_set_integer(struct mr_row *row, const char *column, int64_t integer)
{
	*cell(row, column) = (struct mr_value){.type = MR_VALUE_INTEGER, .integer = integer};
}

void mr_row_set_text(struct mr_row *row, const char *column, const char *bytes, size_t length_bytes)
{
	*cell(row, column) = (struct mr_value){.type = MR_VALUE_TEXT, .text = {bytes, length_bytes}};
}

void mr_row_set_string(struct mr_row *row, const char *column, const char *string)
{
	if (string)
		mr_row_set_text(row, column, string, strlen(string));
}

bool mr_row_has_long_text(const struct mr_row *row)
{
	for (size_t i = 0; i < row->table->field_count; i++)
		if (row->values[i].type == MR_VALUE_TEXT &&
		    row->values[i].text.length_bytes > MR_TEXT_BYTES_MAX)
			return true;
	return false;
}

bool mr_row_has_all_keys(const struct mr_row *row)
{
	for (size_t i = 0; i < row->table->field_count; i++)
		if (mr_field_is_key(&row->table->fields[i]) && row->values[i].type == MR_VALUE_NULL)
			return false;
	return true;
}

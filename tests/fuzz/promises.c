/* See promises.h. */
#include "tests/fuzz/promises.h"

#include <math.h>

struct mr_slice fuzz_line(struct mr_slice *rest)
{
	struct mr_slice line;

	if (mr_slice_until(rest, '\n', &line))
		return line;
	line = *rest;
	*rest = mr_slice_skip(*rest, rest->length_bytes);
	return line;
}

/* Bytes that one of a unit is at most; 0 for what is no size. */
static int64_t bytes_each_max(enum mr_unit unit)
{
	switch (unit) {
	case MR_UNIT_BYTES:
		return 1;
	case MR_UNIT_KIB:
		return 1024;
	case MR_UNIT_PAGES:
		return 65536;
	case MR_UNIT_HUGEPAGES:
		return 2 * 1024 * 1024;
	default:
		return 0;
	}
}

/* Views multiply a size into bytes and sum it as a double: it must be exact there. */
static void check_integer(const struct mr_field *field, int64_t number)
{
	int64_t each = bytes_each_max(field->unit);
	int64_t bytes_max = INT64_C(1)
			    << (field->kind == MR_KIND_COUNTER || field->kind == MR_KIND_LABEL ? 62 : 53);

	FUZZ_CHECK(!each || (number <= bytes_max / each && number >= -bytes_max / each));
	FUZZ_CHECK(field->kind != MR_KIND_UNLIMITED || number == 0 || number == 1);
}

static void check_text(const char *bytes, size_t length_bytes)
{
	volatile const char *at = bytes;

	for (size_t i = 0; i < length_bytes; i++)
		(void)at[i];
}

static void check_value(const struct mr_field *field, const struct mr_value *value)
{
	/* INTEGER, REAL or TEXT */
	char sql_type = mr_units[field->unit].sql_type[0];

	switch (value->type) {
	case MR_VALUE_NULL:
		FUZZ_CHECK(field->kind != MR_KIND_PATH_KEY && field->kind != MR_KIND_LINE_KEY);
		break;
	case MR_VALUE_INTEGER:
		FUZZ_CHECK(sql_type == 'I');
		check_integer(field, value->integer);
		break;
	case MR_VALUE_REAL:
		FUZZ_CHECK(sql_type == 'R' && isfinite(value->real));
		break;
	case MR_VALUE_TEXT:
		FUZZ_CHECK(sql_type == 'T');
		check_text(value->text.bytes, value->text.length_bytes);
		break;
	}
}

void fuzz_check_row(const struct mr_row *row)
{
	for (size_t i = 0; i < row->table->field_count; i++) {
		const struct mr_field *field = &row->table->fields[i];

		if (field->kind == MR_KIND_IGNORED)
			FUZZ_CHECK(row->values[i].type == MR_VALUE_NULL);
		else
			check_value(field, &row->values[i]);
	}
}

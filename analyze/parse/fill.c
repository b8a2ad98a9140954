/* A row being filled.  See fill.h. */
#include "analyze/parse/fill.h"

#include "analyze/parse/value.h"

void mr_fill_begin(struct mr_fill *fill, const struct mr_table *table)
{
	fill->row.table = table;
	memset(fill->row.values, 0, table->field_count * sizeof(fill->row.values[0]));
	memset(fill->seen, 0, sizeof(fill->seen));
	fill->hint = 0;
}

/* The piece of the path that the placeholder of this name matched. */
static struct mr_slice path_key_text(const struct mr_scan *scan, const char *key)
{
	const struct mr_match *match = scan->input->match;

	for (size_t i = 0; i < match->key_count; i++)
		if (mr_slice_is((struct mr_slice){match->keys[i].name, match->keys[i].name_length}, key))
			return (struct mr_slice){match->keys[i].text, match->keys[i].length};
	return (struct mr_slice){0};
}

void mr_fill_put_derived(struct mr_fill *fill, const char *what)
{
	const struct mr_table *table = fill->row.table;
	struct mr_slice text = mr_slice_of(what);

	for (size_t i = 0; i < table->field_count; i++)
		if (table->fields[i].kind == MR_KIND_DERIVED)
			fill->row.values[i] = (struct mr_value){.type = MR_VALUE_TEXT,
								.text = {text.at, text.length_bytes}};
}

bool mr_fill_begin_file(struct mr_fill *fill, struct mr_scan *scan)
{
	static const struct mr_slice collectors_sums = MR_SLICE("capture/derived/");

	mr_fill_begin(fill, scan->table);
	if (mr_slice_starts(mr_slice_of(scan->input->match->source->pattern), collectors_sums))
		mr_fill_put_derived(fill, "smaps");
	for (size_t i = 0; i < scan->table->field_count; i++) {
		const struct mr_field *field = &scan->table->fields[i];
		struct mr_slice text;

		if (field->kind != MR_KIND_PATH_KEY)
			continue;
		text = path_key_text(scan, field->key);
		if (!text.length_bytes ||
		    mr_value_convert(field, text, false, false, &fill->row.values[i]) != MR_CONVERSION_OK) {
			mr_scan_issue_text(scan, MR_ISSUE_UNKNOWN_FILE, mr_slice_of(scan->input->path));
			return false;
		}
	}
	return true;
}

void mr_fill_next(struct mr_fill *fill)
{
	const struct mr_table *table = fill->row.table;

	for (size_t i = 0; i < table->field_count; i++)
		if (table->fields[i].kind != MR_KIND_PATH_KEY)
			fill->row.values[i] = (struct mr_value){0};
	memset(fill->seen, 0, sizeof(fill->seen));
	fill->hint = 0;
}

/* Companions and path keys have no text of their own in the file; what a row was made from is not in it. */
static bool can_be_found(const struct mr_field *field)
{
	return field->kind != MR_KIND_PATH_KEY && field->kind != MR_KIND_UNLIMITED &&
	       field->kind != MR_KIND_DERIVED;
}

size_t mr_fill_find(struct mr_fill *fill, struct mr_slice key)
{
	const struct mr_table *table = fill->row.table;
	size_t index = fill->hint;

	for (size_t tried = 0; tried < table->field_count; tried++, index++) {
		if (index >= table->field_count)
			index = 0;
		const struct mr_field *field = &table->fields[index];
		if (can_be_found(field) && mr_slice_is(key, field->key)) {
			fill->hint = index + 1;
			return index;
		}
	}
	return MR_FIELD_NONE;
}

/* Note that a field got its value; @return whether it is the first one. */
static bool mark_seen(struct mr_fill *fill, size_t index)
{
	uint64_t bit = UINT64_C(1) << index % 64;
	bool first = !(fill->seen[index / 64] & bit);

	fill->seen[index / 64] |= bit;
	return first;
}

static bool unit_fits(const struct mr_field *field, enum mr_marking marking)
{
	if (marking == MR_MARKING_NONE || field->unit == MR_UNIT_TEXT)
		return true;
	return (field->unit == MR_UNIT_KIB) == (marking == MR_MARKING_UNIT);
}

/* The "unlimited" field behind a limit. */
static void put_unlimited(struct mr_fill *fill, size_t index, enum mr_conversion conversion)
{
	const struct mr_table *table = fill->row.table;

	if (table->fields[index].kind != MR_KIND_LIMIT || index + 1 >= table->field_count ||
	    table->fields[index + 1].kind != MR_KIND_UNLIMITED)
		return;
	fill->row.values[index + 1] = (struct mr_value){0};
	if (conversion == MR_CONVERSION_OK || conversion == MR_CONVERSION_UNLIMITED) {
		fill->row.values[index + 1].type = MR_VALUE_INTEGER;
		fill->row.values[index + 1].integer = conversion == MR_CONVERSION_UNLIMITED;
	}
}

static bool is_of_cgroup1(const struct mr_scan *scan)
{
	return mr_slice_is(path_key_text(scan, "hierarchy"), "1");
}

void mr_fill_put(struct mr_fill *fill, struct mr_scan *scan, size_t index, struct mr_slice text,
		 enum mr_marking marking)
{
	const struct mr_field *field = &fill->row.table->fields[index];
	struct mr_value *value = &fill->row.values[index];
	bool masks_are_hex = scan->input->match->source->shape == MR_SHAPE_KEY_VALUE;
	enum mr_conversion conversion = MR_CONVERSION_BAD;

	if (field->kind == MR_KIND_IGNORED)
		return;
	if (!mark_seen(fill, index))
		mr_scan_issue(scan, MR_ISSUE_DOUBLED_KEY);
	*value = (struct mr_value){0};
	if (unit_fits(field, marking))
		conversion = mr_value_convert(field, text, masks_are_hex,
					      field->kind == MR_KIND_LIMIT && is_of_cgroup1(scan), value);
	put_unlimited(fill, index, conversion);
	if (conversion == MR_CONVERSION_BAD)
		mr_scan_issue(scan, MR_ISSUE_BAD_NUMBER);
	else if (conversion == MR_CONVERSION_TOO_LARGE)
		mr_scan_issue(scan, MR_ISSUE_NUMBER_TOO_LARGE);
}

void mr_fill_put_key(struct mr_fill *fill, struct mr_scan *scan, struct mr_slice key, struct mr_slice text)
{
	size_t index = mr_fill_find(fill, key);

	if (index == MR_FIELD_NONE)
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_KEY);
	else
		mr_fill_put(fill, scan, index, text, MR_MARKING_NONE);
}

/* The cell for a value that the parser itself made; NULL when the table has none for it. */
static struct mr_value *own_cell(struct mr_fill *fill, const char *key, const struct mr_field **ret_field)
{
	size_t index = mr_fill_find(fill, mr_slice_of(key));

	if (index == MR_FIELD_NONE || fill->row.table->fields[index].kind == MR_KIND_IGNORED)
		return NULL;
	mark_seen(fill, index);
	*ret_field = &fill->row.table->fields[index];
	return &fill->row.values[index];
}

void mr_fill_put_integer(struct mr_fill *fill, struct mr_scan *scan, const char *key, uint64_t number)
{
	const struct mr_field *field;
	struct mr_value *value = own_cell(fill, key, &field);

	if (value && mr_value_set(field, number, value) != MR_CONVERSION_OK)
		mr_scan_issue(scan, MR_ISSUE_NUMBER_TOO_LARGE);
}

void mr_fill_put_text(struct mr_fill *fill, const char *key, struct mr_slice text)
{
	const struct mr_field *field;
	struct mr_value *value = own_cell(fill, key, &field);

	if (!value)
		return;
	value->type = MR_VALUE_TEXT;
	value->text.bytes = text.at;
	value->text.length_bytes = text.length_bytes;
}

void mr_fill_withdraw(struct mr_fill *fill, size_t index)
{
	fill->row.values[index] = (struct mr_value){0};
	put_unlimited(fill, index, MR_CONVERSION_BAD);
}

bool mr_fill_has_values(const struct mr_fill *fill)
{
	const struct mr_table *table = fill->row.table;

	for (size_t i = 0; i < table->field_count; i++)
		if (!mr_field_is_key(&table->fields[i]) && table->fields[i].kind != MR_KIND_DERIVED &&
		    fill->row.values[i].type != MR_VALUE_NULL)
			return true;
	return false;
}

bool mr_fill_has_keys(const struct mr_fill *fill)
{
	const struct mr_table *table = fill->row.table;

	for (size_t i = 0; i < table->field_count; i++)
		if (mr_field_is_key(&table->fields[i]) && fill->row.values[i].type == MR_VALUE_NULL)
			return false;
	return true;
}

void mr_fill_emit(struct mr_fill *fill, struct mr_scan *scan)
{
	if (scan->status < 0)
		return;
	int status = scan->sink->row(scan->sink->context, &fill->row);
	if (status < 0)
		scan->status = status;
}

void mr_fill_emit_line(struct mr_fill *fill, struct mr_scan *scan)
{
	if (mr_fill_has_keys(fill))
		mr_fill_emit(fill, scan);
	else
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
}

/* A sink that keeps everything.  Values are checked as they come: a type that does not belong to the column
 * of its field, or a key without a value, fails the test that let it through. */
#include "tests/support/capture_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"

static char *copy_bytes(const char *bytes, size_t length_bytes)
{
	char *copy = malloc(length_bytes + 1);

	assert_non_null(copy);
	if (length_bytes)
		memcpy(copy, bytes, length_bytes);
	copy[length_bytes] = '\0';
	return copy;
}

static void assert_well_formed(const struct mr_field *field, const struct mr_value *value)
{
	const char *sql_type = mr_units[field->unit].sql_type;

	switch (value->type) {
	case MR_VALUE_NULL:
		assert_int_not_equal(field->kind, MR_KIND_PATH_KEY);
		assert_int_not_equal(field->kind, MR_KIND_LINE_KEY);
		break;
	case MR_VALUE_INTEGER:
		assert_string_equal(sql_type, "INTEGER");
		break;
	case MR_VALUE_REAL:
		assert_string_equal(sql_type, "REAL");
		assert_true(value->real == value->real);
		break;
	case MR_VALUE_TEXT:
		assert_string_equal(sql_type, "TEXT");
		break;
	}
	if (field->kind == MR_KIND_IGNORED)
		assert_int_equal(value->type, MR_VALUE_NULL);
	if (field->kind == MR_KIND_UNLIMITED && value->type == MR_VALUE_INTEGER)
		assert_in_range(value->integer, 0, 1);
}

static int count_call(struct capture *capture)
{
	capture->calls++;
	return capture->fail_after && capture->calls > capture->fail_after ? -ENOSPC : 0;
}

int capture_take_row(void *context, const struct mr_row *row)
{
	struct capture *capture = context;
	size_t field_count = row->table->field_count;
	struct captured_cell *cells = calloc(field_count, sizeof(*cells));

	assert_non_null(cells);
	for (size_t i = 0; i < field_count; i++) {
		const struct mr_value *value = &row->values[i];

		assert_well_formed(&row->table->fields[i], value);
		cells[i].type = value->type;
		if (value->type == MR_VALUE_INTEGER)
			cells[i].integer = value->integer;
		else if (value->type == MR_VALUE_REAL)
			cells[i].real = value->real;
		else if (value->type == MR_VALUE_TEXT) {
			cells[i].text = copy_bytes(value->text.bytes, value->text.length_bytes);
			cells[i].length_bytes = value->text.length_bytes;
		}
	}
	capture->rows = reallocarray(capture->rows, capture->row_count + 1, sizeof(*capture->rows));
	assert_non_null(capture->rows);
	capture->rows[capture->row_count++] = (struct captured_row){row->table, cells};
	return count_call(capture);
}

int capture_take_issue(void *context, const struct mr_issue *issue)
{
	struct capture *capture = context;

	assert_in_range(issue->kind, 0, MR_ISSUE_KIND_TOTAL - 1);
	capture->issues = reallocarray(capture->issues, capture->issue_count + 1, sizeof(*capture->issues));
	assert_non_null(capture->issues);
	capture->issues[capture->issue_count++] = (struct captured_issue){
		issue->kind, issue->line, copy_bytes(issue->text, issue->length_bytes)};
	return count_call(capture);
}

void capture_deinit(struct capture *capture)
{
	for (size_t i = 0; i < capture->row_count; i++) {
		for (size_t j = 0; j < capture->rows[i].table->field_count; j++)
			free(capture->rows[i].cells[j].text);
		free(capture->rows[i].cells);
	}
	for (size_t i = 0; i < capture->issue_count; i++)
		free(capture->issues[i].text);
	free(capture->rows);
	free(capture->issues);
	*capture = (struct capture){0};
}

static void parse_match(struct capture *capture, const struct mr_match *match, const char *path,
			const char *text, size_t length_bytes)
{
	struct mr_sink sink = {.context = capture, .row = capture_take_row, .issue = capture_take_issue};
	size_t fail_after = capture->fail_after;
	/* no NUL behind it */
	char *exact = malloc(length_bytes ? length_bytes : 1);

	assert_non_null(exact);
	if (length_bytes)
		memcpy(exact, text, length_bytes);
	struct mr_parse_input input = {
		.match = match,
		.path = path,
		.text = exact,
		.length_bytes = length_bytes,
		.little_endian = true,
	};
	capture_deinit(capture);
	capture->fail_after = fail_after;
	capture->status = mr_parse(&input, &sink);
	free(exact);
}

void capture_parse_bytes(struct capture *capture, const char *path, const char *text, size_t length_bytes)
{
	static const struct mr_mounts mounts = {"sys/fs/cgroup/memory", "sys/fs/cgroup/unified"};
	struct mr_match match;

	if (!mr_source_match(path, &mounts, &match))
		fail_msg("no row of sources.def matches %s", path);
	parse_match(capture, &match, path, text, length_bytes);
}

void capture_parse_foreign_bytes(struct capture *capture, const char *path, const char *text,
				 size_t length_bytes)
{
	static const struct mr_mounts mounts = {"sys/fs/cgroup/memory", "sys/fs/cgroup/unified"};
	struct mr_match match;

	if (!mr_foreign_match(path, &mounts, &match))
		fail_msg("no row of foreign.def or sources.def matches %s", path);
	parse_match(capture, &match, path, text, length_bytes);
}

void capture_parse_foreign(struct capture *capture, const char *path, const char *text)
{
	capture_parse_foreign_bytes(capture, path, text, strlen(text));
}

void capture_parse(struct capture *capture, const char *path, const char *text)
{
	capture_parse_bytes(capture, path, text, strlen(text));
}

void capture_parse_as(struct capture *capture, enum mr_shape shape, const char *table, const char *path,
		      const char *text, size_t length_bytes)
{
	struct mr_source source = {.pattern = path, .shape = shape, .table = mr_table_find(table)};
	struct mr_match match = {.source = &source, .keys = {{"pid", 3, "1", 1}}, .key_count = 1};

	assert_non_null(source.table);
	parse_match(capture, &match, path, text, length_bytes);
}

const struct captured_cell *capture_cell(const struct capture *capture, size_t row, const char *column)
{
	if (row >= capture->row_count)
		fail_msg("there is no row %zu, only %zu", row, capture->row_count);
	const struct mr_table *table = capture->rows[row].table;
	for (size_t i = 0; i < table->field_count; i++)
		if (table->fields[i].column && !strcmp(table->fields[i].column, column))
			return &capture->rows[row].cells[i];
	fail_msg("%s has no column %s", table->name, column);
	return NULL;
}

int64_t capture_integer(const struct capture *capture, size_t row, const char *column)
{
	const struct captured_cell *cell = capture_cell(capture, row, column);

	assert_int_equal(cell->type, MR_VALUE_INTEGER);
	return cell->integer;
}

double capture_real(const struct capture *capture, size_t row, const char *column)
{
	const struct captured_cell *cell = capture_cell(capture, row, column);

	assert_int_equal(cell->type, MR_VALUE_REAL);
	return cell->real;
}

const char *capture_text(const struct capture *capture, size_t row, const char *column)
{
	const struct captured_cell *cell = capture_cell(capture, row, column);

	assert_int_equal(cell->type, MR_VALUE_TEXT);
	return cell->text;
}

bool capture_is_null(const struct capture *capture, size_t row, const char *column)
{
	return capture_cell(capture, row, column)->type == MR_VALUE_NULL;
}

size_t capture_count_issues(const struct capture *capture, enum mr_issue_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < capture->issue_count; i++)
		count += capture->issues[i].kind == kind;
	return count;
}

void capture_assert_only_issue(const struct capture *capture, enum mr_issue_kind kind, unsigned long line)
{
	assert_int_equal(capture->issue_count, 1);
	assert_int_equal(capture->issues[0].kind, kind);
	assert_int_equal(capture->issues[0].line, line);
}

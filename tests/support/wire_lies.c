/* What a worker might say that a hostile archive has taken over.  See wire_lies.h. */
#include "tests/support/wire_lies.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/import/wire.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MANY_BYTES 100000

/* ---- messages, made here once more: what wire.c would not send has to be sent ---- */

static void put_64(struct mr_buffer *out, int64_t value)
{
	mr_buffer_append(out, &value, sizeof(value));
}

static void put_16(struct mr_buffer *out, unsigned value)
{
	uint16_t number = (uint16_t)value;

	mr_buffer_append(out, &number, sizeof(number));
}

static void put_bytes(struct mr_buffer *out, const void *bytes, size_t length_bytes)
{
	uint32_t length = (uint32_t)length_bytes;

	mr_buffer_append(out, &length, sizeof(length));
	mr_buffer_append(out, bytes, length_bytes);
}

static void put_text(struct mr_buffer *out, const char *text)
{
	mr_buffer_append(out, text ? "\1" : "\0", 1);
	put_bytes(out, text ? text : "", text ? strlen(text) : 0);
}

/* A message of so many bytes that says it had @claimed_bytes. */
static void put_lie(struct mr_buffer *out, char type, const struct mr_buffer *body, size_t claimed_bytes)
{
	uint32_t length = (uint32_t)claimed_bytes;

	mr_buffer_append(out, &type, 1);
	mr_buffer_append(out, &length, sizeof(length));
	mr_buffer_append(out, body->data ? body->data : "", body->length_bytes);
}

static void put_message(struct mr_buffer *out, char type, struct mr_buffer *body)
{
	put_lie(out, type, body, body->length_bytes);
	mr_buffer_deinit(body);
}

struct capture {
	const char *name, *uuid, *digest, *origin, *host;
	int64_t completeness;
};

static void put_capture(struct mr_buffer *out, char type, const struct capture *capture)
{
	struct mr_buffer body = {0};

	put_text(&body, capture->name);
	put_text(&body, capture->uuid);
	put_text(&body, capture->digest);
	put_text(&body, capture->origin);
	put_text(&body, capture->host);
	put_64(&body, 0);
	put_64(&body, 0);
	put_64(&body, capture->completeness);
	put_64(&body, 1);
	put_64(&body, 1);
	put_message(out, type, &body);
}

static const struct capture good = {"", NULL, DIGEST, "tree", "host", MR_UNKNOWN};

static void begin(struct mr_buffer *out)
{
	put_capture(out, 'B', &(struct capture){.name = ""});
}

static void end(struct mr_buffer *out)
{
	put_capture(out, 'E', &good);
}

static void done_with(struct mr_buffer *out, char type, int64_t number, const char *message)
{
	struct mr_buffer body = {0};

	put_text(&body, NULL);
	put_64(&body, number);
	put_text(&body, message);
	put_message(out, type, &body);
}

static void done(struct mr_buffer *out)
{
	done_with(out, 'Z', 0, "");
}

static unsigned number_of(const char *name)
{
	unsigned i = 0;

	while (strcmp(mr_tables[i]->name, name) != 0)
		i++;
	return i;
}

static unsigned column_of(const char *table, const char *column)
{
	const struct mr_table *found = mr_table_find(table);
	unsigned i = 0;

	while (!found->fields[i].column || strcmp(found->fields[i].column, column) != 0)
		i++;
	return i;
}

static void begin_row(struct mr_buffer *body, const char *table, int64_t reading)
{
	put_16(body, number_of(table));
	put_64(body, reading);
}

static void put_cell(struct mr_buffer *body, unsigned column, enum mr_value_type type)
{
	char byte = (char)type;

	put_16(body, column);
	mr_buffer_append(body, &byte, 1);
}

static void put_integer(struct mr_buffer *body, const char *table, const char *column, int64_t value)
{
	put_cell(body, column_of(table, column), MR_VALUE_INTEGER);
	put_64(body, value);
}

/* Process 1 with so many pages. */
static void statm(struct mr_buffer *out, int64_t pages)
{
	struct mr_buffer body = {0};

	begin_row(&body, "proc_statm", 0);
	put_integer(&body, "proc_statm", "pid", 1);
	put_integer(&body, "proc_statm", "resident_pages", pages);
	put_message(out, 'R', &body);
}

static void issue(struct mr_buffer *out, const char *path, int64_t kind, int64_t line)
{
	struct mr_buffer body = {0};

	put_text(&body, path);
	put_64(&body, kind);
	put_64(&body, line);
	put_text(&body, "words");
	put_message(out, 'I', &body);
}

/* ---- what a worker says ---- */

static void say_nothing(struct mr_buffer *out)
{
}

static void say_noise(struct mr_buffer *out)
{
	for (unsigned i = 0; i < MANY_BYTES; i++)
		mr_buffer_append(out, &(char){(char)(i * 2654435761U >> 24)}, 1);
}

static void say_an_unknown_type(struct mr_buffer *out)
{
	begin(out);
	put_message(out, 'Q', &(struct mr_buffer){0});
}

static void say_a_huge_length(struct mr_buffer *out)
{
	begin(out);
	put_lie(out, 'R', &(struct mr_buffer){0}, UINT32_MAX);
}

static void say_a_length_that_does_not_come(struct mr_buffer *out)
{
	begin(out);
	put_lie(out, 'R', &(struct mr_buffer){0}, MR_WIRE_MESSAGE_BYTES_MAX);
}

static void say_half_a_header(struct mr_buffer *out)
{
	begin(out);
	mr_buffer_append(out, "R\1", 2);
}

static void say_a_row_of_no_table(struct mr_buffer *out)
{
	struct mr_buffer body = {0};

	begin(out);
	put_16(&body, (unsigned)mr_table_count);
	put_64(&body, 0);
	put_message(out, 'R', &body);
}

/* It is read by the worker and stored in another form. */
static void say_a_row_of_a_table_that_is_none(struct mr_buffer *out)
{
	struct mr_buffer body = {0};

	begin(out);
	begin_row(&body, "capture_index", 0);
	put_message(out, 'R', &body);
}

static void say_a_row_without_its_key(struct mr_buffer *out)
{
	struct mr_buffer body = {0};

	begin(out);
	begin_row(&body, "proc_statm", 0);
	put_integer(&body, "proc_statm", "resident_pages", 1);
	put_message(out, 'R', &body);
}

static void say_a_row_of_a_reading_below_zero(struct mr_buffer *out)
{
	struct mr_buffer body = {0};

	begin(out);
	begin_row(&body, "proc_statm", -1);
	put_integer(&body, "proc_statm", "pid", 1);
	put_message(out, 'R', &body);
}

static void say_a_cell_of_no_column(struct mr_buffer *out)
{
	struct mr_buffer body = {0};

	begin(out);
	begin_row(&body, "proc_statm", 0);
	put_cell(&body, 60000, MR_VALUE_INTEGER);
	put_64(&body, 1);
	put_message(out, 'R', &body);
}

static void say_a_cell_of_no_type(struct mr_buffer *out)
{
	struct mr_buffer body = {0};

	begin(out);
	begin_row(&body, "proc_statm", 0);
	put_cell(&body, column_of("proc_statm", "pid"), (enum mr_value_type)77);
	put_64(&body, 1);
	put_message(out, 'R', &body);
}

static void say_a_cell_of_the_wrong_type(struct mr_buffer *out)
{
	struct mr_buffer body = {0};

	begin(out);
	begin_row(&body, "proc_statm", 0);
	put_cell(&body, column_of("proc_statm", "pid"), MR_VALUE_TEXT);
	put_bytes(&body, "one", 3);
	put_message(out, 'R', &body);
}

static void say_a_cell_that_is_cut(struct mr_buffer *out)
{
	struct mr_buffer body = {0};

	begin(out);
	begin_row(&body, "proc_statm", 0);
	put_cell(&body, column_of("proc_statm", "pid"), MR_VALUE_INTEGER);
	mr_buffer_append(&body, "\1\1", 2);
	put_message(out, 'R', &body);
}

static void say_a_text_longer_than_its_message(struct mr_buffer *out)
{
	static const uint32_t length = 1 << 30;
	struct mr_buffer body = {0};

	begin(out);
	begin_row(&body, "capture_cgroups", 0);
	put_cell(&body, column_of("capture_cgroups", "path"), MR_VALUE_TEXT);
	mr_buffer_append(&body, &length, sizeof(length));
	put_message(out, 'R', &body);
}

static void say_a_long_text(struct mr_buffer *out)
{
	size_t length_bytes = MR_TEXT_BYTES_MAX + 1;
	char *text = calloc(1, length_bytes);
	struct mr_buffer body = {0};

	begin(out);
	begin_row(&body, "capture_cgroups", 0);
	put_integer(&body, "capture_cgroups", "hierarchy", 2);
	put_cell(&body, column_of("capture_cgroups", "path"), MR_VALUE_TEXT);
	put_bytes(&body, text, length_bytes);
	put_message(out, 'R', &body);
	end(out);
	done(out);
	free(text);
}

/* A parser would have made it an issue: sums of such numbers are errors of SQLite. */
static void say_more_pages_than_there_can_be(struct mr_buffer *out)
{
	begin(out);
	statm(out, INT64_MAX);
	end(out);
	done(out);
}

/* Nor does a file say how often nothing can be divided. */
static void say_no_number(struct mr_buffer *out)
{
	double none = NAN;
	struct mr_buffer body = {0};

	begin(out);
	begin_row(&body, "proc_uptime", 0);
	put_cell(&body, column_of("proc_uptime", "uptime_seconds"), MR_VALUE_REAL);
	mr_buffer_append(&body, &none, sizeof(none));
	put_message(out, 'R', &body);
	end(out);
	done(out);
}

static void say_a_row_before_the_beginning(struct mr_buffer *out)
{
	statm(out, 1);
}

static void say_an_issue_before_the_beginning(struct mr_buffer *out)
{
	issue(out, "proc/1/statm", MR_ISSUE_CUT_OFF, 1);
}

static void say_an_end_before_the_beginning(struct mr_buffer *out)
{
	end(out);
}

static void begin_twice(struct mr_buffer *out)
{
	begin(out);
	begin(out);
}

static void end_without_a_digest(struct mr_buffer *out)
{
	struct capture capture = good;

	capture.digest = NULL;
	begin(out);
	put_capture(out, 'E', &capture);
}

static void end_without_an_origin(struct mr_buffer *out)
{
	struct capture capture = good;

	capture.origin = NULL;
	begin(out);
	put_capture(out, 'E', &capture);
}

static void end_as_complete_as_nothing_is(struct mr_buffer *out)
{
	struct capture capture = good;

	capture.completeness = 99;
	begin(out);
	put_capture(out, 'E', &capture);
}

static void end_as_another_than_it_began(struct mr_buffer *out)
{
	struct capture capture = good;

	capture.uuid = "11111111-1111-4111-8111-111111111111";
	put_capture(out, 'B', &(struct capture){.name = "", .uuid = "22222222-2222-4222-8222-222222222222"});
	put_capture(out, 'E', &capture);
	done(out);
}

static void end_with_an_id_it_did_not_begin_with(struct mr_buffer *out)
{
	struct capture capture = good;

	capture.uuid = "11111111-1111-4111-8111-111111111111";
	begin(out);
	put_capture(out, 'E', &capture);
	done(out);
}

static void say_done_in_the_middle(struct mr_buffer *out)
{
	begin(out);
	statm(out, 1);
	done(out);
}

void mr_wire_end_in_the_middle(struct mr_buffer *out)
{
	begin(out);
	statm(out, 1);
}

static void name_with_a_nul(struct mr_buffer *out)
{
	struct mr_buffer body = {0};

	mr_buffer_append(&body, "\1", 1);
	put_bytes(&body, "a\0b", 3);
	for (unsigned i = 0; i < 4; i++)
		put_text(&body, NULL);
	for (unsigned i = 0; i < 5; i++)
		put_64(&body, 0);
	put_message(out, 'B', &body);
}

static void path_with_a_nul(struct mr_buffer *out)
{
	struct mr_buffer body = {0};

	begin(out);
	mr_buffer_append(&body, "\1", 1);
	put_bytes(&body, "a\0b", 3);
	put_64(&body, MR_ISSUE_CUT_OFF);
	put_64(&body, 0);
	put_text(&body, NULL);
	put_message(out, 'I', &body);
}

static void issue_without_a_path(struct mr_buffer *out)
{
	begin(out);
	issue(out, NULL, MR_ISSUE_CUT_OFF, 1);
}

static void issue_of_no_kind(struct mr_buffer *out)
{
	begin(out);
	issue(out, "proc/1/statm", MR_ISSUE_KIND_TOTAL, 1);
}

static void issue_of_a_kind_below_zero(struct mr_buffer *out)
{
	begin(out);
	issue(out, "proc/1/statm", -1, 1);
}

static void issue_of_a_line_below_zero(struct mr_buffer *out)
{
	begin(out);
	issue(out, "proc/1/statm", MR_ISSUE_CUT_OFF, INT64_MIN);
}

static void fail_with_a_number_above_zero(struct mr_buffer *out)
{
	begin(out);
	done_with(out, 'Z', 5, "words");
}

static void fail_with_a_number_that_is_none(struct mr_buffer *out)
{
	begin(out);
	done_with(out, 'Z', INT64_MIN, "words");
}

static void fail_without_words(struct mr_buffer *out)
{
	begin(out);
	done_with(out, 'Z', -EBADMSG, NULL);
}

void mr_wire_say_capture(struct mr_buffer *out)
{
	struct capture capture = good;

	capture.digest = "another one";
	capture.uuid = "11111111-1111-4111-8111-111111111111";
	put_capture(out, 'B', &capture);
	statm(out, 1);
	issue(out, "proc/1/statm", MR_ISSUE_CUT_OFF, 1);
	put_capture(out, 'E', &capture);
	done(out);
}

void mr_wire_say_odd_values(struct mr_buffer *out)
{
	begin(out);
	statm(out, -1);
	statm(out, -1);
	end(out);
	done(out);
}

const struct mr_wire_lie mr_wire_lies[] = {
#define TOLD "told what cannot be"
#define EARLY "ended too early"
	{"says nothing", say_nothing, EARLY},
	{"says noise", say_noise, TOLD},
	{"unknown type", say_an_unknown_type, TOLD},
	{"huge length", say_a_huge_length, TOLD},
	{"length that does not come", say_a_length_that_does_not_come, EARLY},
	{"half a header", say_half_a_header, EARLY},
	{"row of no table", say_a_row_of_no_table, TOLD},
	{"row of a table that is none", say_a_row_of_a_table_that_is_none, TOLD},
	{"row without its key", say_a_row_without_its_key, TOLD},
	{"row of a reading below zero", say_a_row_of_a_reading_below_zero, TOLD},
	{"cell of no column", say_a_cell_of_no_column, TOLD},
	{"cell of no type", say_a_cell_of_no_type, TOLD},
	{"cell of the wrong type", say_a_cell_of_the_wrong_type, TOLD},
	{"cell that is cut", say_a_cell_that_is_cut, TOLD},
	{"text longer than its message", say_a_text_longer_than_its_message, TOLD},
	{"long text", say_a_long_text, TOLD},
	{"more pages than there can be", say_more_pages_than_there_can_be, TOLD},
	{"no number", say_no_number, TOLD},
	{"row before the beginning", say_a_row_before_the_beginning, TOLD},
	{"issue before the beginning", say_an_issue_before_the_beginning, TOLD},
	{"end before the beginning", say_an_end_before_the_beginning, TOLD},
	{"begins twice", begin_twice, TOLD},
	{"end without a digest", end_without_a_digest, TOLD},
	{"end without an origin", end_without_an_origin, TOLD},
	{"complete as nothing is", end_as_complete_as_nothing_is, TOLD},
	{"ends as another", end_as_another_than_it_began, TOLD},
	{"ends with an id it did not begin with", end_with_an_id_it_did_not_begin_with, TOLD},
	{"done in the middle", say_done_in_the_middle, "in the middle of a capture"},
	{"ends in the middle", mr_wire_end_in_the_middle, EARLY},
	{"name with a NUL", name_with_a_nul, TOLD},
	{"path with a NUL", path_with_a_nul, TOLD},
	{"issue without a path", issue_without_a_path, TOLD},
	{"issue of no kind", issue_of_no_kind, TOLD},
	{"issue of a kind below zero", issue_of_a_kind_below_zero, TOLD},
	{"issue of a line below zero", issue_of_a_line_below_zero, TOLD},
	{"number above zero", fail_with_a_number_above_zero, TOLD},
	{"number that is none", fail_with_a_number_that_is_none, TOLD},
	{"fails without words", fail_without_words, TOLD},
	{NULL, NULL, NULL},
#undef TOLD
#undef EARLY
};

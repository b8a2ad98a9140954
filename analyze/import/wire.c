/* Messages out.  See wire.h; wire_in.c is the other end.
 *
 *   'B' capture begins    'E' capture ends    fields of struct mr_capture
 *   'D' capture dropped   'Z' all done        errno, message
 *   'R' row               number of the table, reading, cells; a cell is its column, its type and its value
 *   'I' issue             path, kind, line, text
 *   'V' files compared    counts, beside enum mr_trip_count
 *   'U' exception         what, reason, count
 *   'F' finding           path, line, key, what the file has, what the rows give
 */
#include "analyze/import/wire.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SEND_BYTES (64 * 1024)

static int flush(struct mr_wire_out *out)
{
	size_t done_bytes = 0;

	if (out->buffer.failed)
		out->failed = -ENOMEM;
	while (!out->failed && done_bytes < out->buffer.length_bytes) {
		ssize_t written =
			write(out->fd, out->buffer.data + done_bytes, out->buffer.length_bytes - done_bytes);

		if (written < 0 && errno != EINTR)
			out->failed = -errno;
		else if (written > 0)
			done_bytes += (size_t)written;
	}
	mr_buffer_clear(&out->buffer);
	return out->failed;
}

/* ---- what messages are made of ---- */

static void add_integer(struct mr_wire_out *out, int64_t value)
{
	mr_buffer_append(&out->buffer, &value, sizeof(value));
}

static void add_number_16(struct mr_wire_out *out, size_t value)
{
	uint16_t number = (uint16_t)value;

	mr_buffer_append(&out->buffer, &number, sizeof(number));
}

static void add_bytes(struct mr_wire_out *out, const char *bytes, size_t length_bytes)
{
	uint32_t length = (uint32_t)length_bytes;

	mr_buffer_append(&out->buffer, &length, sizeof(length));
	mr_buffer_append(&out->buffer, bytes, length_bytes);
}

/* NULL and the empty text are not the same. */
static void add_text(struct mr_wire_out *out, const char *text)
{
	mr_buffer_append(&out->buffer, text ? "\1" : "\0", 1);
	add_bytes(out, text ? text : "", text ? strlen(text) : 0);
}

/* Begin a message; @return where its length stands. */
static size_t begin_message(struct mr_wire_out *out, char type)
{
	static const uint32_t later;

	mr_buffer_append(&out->buffer, &type, 1);
	mr_buffer_append(&out->buffer, &later, sizeof(later));
	return out->buffer.length_bytes;
}

static int end_message(struct mr_wire_out *out, size_t begin)
{
	size_t length_bytes = out->buffer.length_bytes - begin;
	uint32_t length = (uint32_t)length_bytes;

	if (out->failed)
		return out->failed;
	if (out->buffer.failed)
		return out->failed = -ENOMEM;
	if (length_bytes > MR_WIRE_MESSAGE_BYTES_MAX)
		return out->failed = -EFBIG;
	memcpy(out->buffer.data + begin - sizeof(length), &length, sizeof(length));
	return out->buffer.length_bytes < SEND_BYTES ? 0 : flush(out);
}

/* ---- messages ---- */

static void add_cell(struct mr_wire_out *out, size_t column, const struct mr_value *value)
{
	char type = (char)value->type;

	add_number_16(out, column);
	mr_buffer_append(&out->buffer, &type, 1);
	if (value->type == MR_VALUE_INTEGER)
		add_integer(out, value->integer);
	else if (value->type == MR_VALUE_REAL)
		mr_buffer_append(&out->buffer, &value->real, sizeof(value->real));
	else
		add_bytes(out, value->text.bytes ? value->text.bytes : "", value->text.length_bytes);
}

static size_t table_number(const struct mr_table *table)
{
	size_t i = 0;

	while (i < mr_table_count && mr_tables[i] != table)
		i++;
	return i;
}

static int send_row(void *context, int64_t reading, const struct mr_row *row)
{
	struct mr_wire_out *out = context;
	size_t begin = begin_message(out, 'R');

	add_number_16(out, table_number(row->table));
	add_integer(out, reading);
	for (size_t i = 0; i < row->table->field_count; i++)
		if (row->values[i].type != MR_VALUE_NULL)
			add_cell(out, i, &row->values[i]);
	return end_message(out, begin);
}

static int send_issue(void *context, const char *path, const struct mr_issue *issue)
{
	struct mr_wire_out *out = context;
	size_t length_bytes =
		issue->length_bytes < MR_ISSUE_TEXT_BYTES_MAX ? issue->length_bytes : MR_ISSUE_TEXT_BYTES_MAX;
	size_t begin = begin_message(out, 'I');

	add_text(out, path);
	add_integer(out, issue->kind);
	add_integer(out, (int64_t)issue->line);
	mr_buffer_append(&out->buffer, issue->text ? "\1" : "\0", 1);
	add_bytes(out, issue->text ? issue->text : "", issue->text ? length_bytes : 0);
	return end_message(out, begin);
}

static int send_capture(struct mr_wire_out *out, char type, const struct mr_capture *capture)
{
	size_t begin = begin_message(out, type);

	add_text(out, capture->name);
	add_text(out, capture->uuid);
	add_text(out, capture->digest);
	add_text(out, capture->origin);
	add_text(out, capture->host);
	add_integer(out, capture->taken_ns);
	add_integer(out, capture->has_taken_ns);
	add_integer(out, capture->completeness);
	add_integer(out, capture->members_count);
	add_integer(out, capture->stored_bytes);
	return end_message(out, begin);
}

static int send_begin(void *context, const struct mr_capture *capture)
{
	int result = send_capture(context, 'B', capture);

	/* the receiver opens a transaction meanwhile */
	return result ? result : flush(context);
}

static int send_end(void *context, const struct mr_capture *capture)
{
	return send_capture(context, 'E', capture);
}

static int send_error(struct mr_wire_out *out, char type, const char *name, const struct mr_error *error)
{
	size_t begin = begin_message(out, type);

	add_text(out, name);
	add_integer(out, error ? error->number : 0);
	add_text(out, error ? error->message : "");
	return end_message(out, begin);
}

static int send_drop(void *context, const char *name, const struct mr_error *reason)
{
	return send_error(context, 'D', name, reason);
}

static int send_counts(void *context, const int64_t counts[MR_TRIP_COUNT_TOTAL])
{
	struct mr_wire_out *out = context;
	size_t begin = begin_message(out, 'V');

	for (size_t i = 0; i < MR_TRIP_COUNT_TOTAL; i++)
		add_integer(out, counts[i]);
	return end_message(out, begin);
}

static int send_finding(void *context, const struct mr_trip_finding *finding)
{
	struct mr_wire_out *out = context;
	size_t begin = begin_message(out, 'F');

	add_text(out, finding->path);
	add_integer(out, (int64_t)finding->line);
	add_text(out, finding->key);
	add_text(out, finding->file);
	add_text(out, finding->rows);
	return end_message(out, begin);
}

static int send_exception(void *context, const struct mr_trip_exception *exception)
{
	struct mr_wire_out *out = context;
	size_t begin = begin_message(out, 'U');

	add_text(out, exception->what);
	add_integer(out, exception->reason);
	add_integer(out, exception->values_count);
	return end_message(out, begin);
}

struct mr_intake mr_wire_intake(struct mr_wire_out *out)
{
	return (struct mr_intake){
		.outlet = {.context = out, .row = send_row, .issue = send_issue},
		.begin = send_begin,
		.end = send_end,
		.drop = send_drop,
		.counts = send_counts,
		.finding = send_finding,
		.exception = send_exception,
	};
}

/* A message for which there was no memory is not sent, nor what follows it; one that says so can be. */
static void forget_unsent(struct mr_wire_out *out)
{
	mr_buffer_deinit(&out->buffer);
	out->failed = 0;
}

int mr_wire_done(struct mr_wire_out *out, const struct mr_error *error)
{
	struct mr_error no_memory = {0};

	if (out->buffer.failed || out->failed == -ENOMEM) {
		forget_unsent(out);
		mr_error_set(&no_memory, -ENOMEM, "%s", strerror(ENOMEM));
		error = error && error->number ? error : &no_memory;
	}
	int result = send_error(out, 'Z', NULL, error);

	return result ? result : flush(out);
}

void mr_wire_out_deinit(struct mr_wire_out *out)
{
	mr_buffer_deinit(&out->buffer);
}

/* Messages in: nothing of them is believed.  See wire.h. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "analyze/read/row.h"
#include "analyze/import/wire.h"
#include "analyze/parse/value.h"
#include "analyze/store/store.h"

#define HEADER_BYTES 5
#define RECEIVE_BYTES (256 * 1024)

/* What is left of the message at hand.  Errors stick: behind one everything is 0 and empty. */
struct cursor {
	const char *at;
	size_t left_bytes;
	bool is_broken;
	bool has_no_memory; /* then it is broken, too, and not by the worker */
};

static int broken(const struct cursor *cursor)
{
	return cursor->has_no_memory ? -ENOMEM : -EPROTO;
}

static const char *take(struct cursor *cursor, size_t length_bytes)
{
	const char *at = cursor->at;

	if (cursor->is_broken || length_bytes > cursor->left_bytes) {
		cursor->is_broken = true;
		return NULL;
	}
	cursor->at += length_bytes;
	cursor->left_bytes -= length_bytes;
	return at;
}

static int64_t take_integer(struct cursor *cursor)
{
	const char *at = take(cursor, sizeof(int64_t));
	int64_t value = 0;

	if (at)
		memcpy(&value, at, sizeof(value));
	return value;
}

static size_t take_number_16(struct cursor *cursor)
{
	const char *at = take(cursor, sizeof(uint16_t));
	uint16_t value = 0;

	if (at)
		memcpy(&value, at, sizeof(value));
	return value;
}

static const char *take_bytes(struct cursor *cursor, size_t *ret_length_bytes)
{
	const char *at = take(cursor, sizeof(uint32_t));
	uint32_t length = 0;

	if (at)
		memcpy(&length, at, sizeof(length));
	*ret_length_bytes = length;
	return take(cursor, length);
}

/* A text with or without its being there. */
static const char *take_optional(struct cursor *cursor, size_t *ret_length_bytes)
{
	const char *is_there = take(cursor, 1);
	const char *bytes = take_bytes(cursor, ret_length_bytes);

	return is_there && *is_there ? bytes : NULL;
}

/* A copy with a NUL behind it in @texts, which keeps it until the message is done with. */
static const char *take_text(struct cursor *cursor, struct mr_buffer *text)
{
	size_t length_bytes;
	const char *bytes = take_optional(cursor, &length_bytes);

	mr_buffer_clear(text);
	if (!bytes)
		return NULL;
	mr_buffer_append(text, bytes, length_bytes);
	cursor->has_no_memory |= text->failed;
	if (text->failed || strlen(text->data) != length_bytes)
		cursor->is_broken = true;
	return text->data;
}

/* ---- rows ---- */

static bool is_of_column(enum mr_value_type type, const struct mr_field *field)
{
	const char *sql_type = field->column ? mr_units[field->unit].sql_type : "";

	return type == MR_VALUE_INTEGER ? !strcmp(sql_type, "INTEGER")
	       : type == MR_VALUE_REAL  ? !strcmp(sql_type, "REAL")
	       : type == MR_VALUE_TEXT  ? !strcmp(sql_type, "TEXT")
					: false;
}

/* Numbers have the limits that the parsers hold them to, so that the sums of views stay numbers. */
static bool is_in_limits(const struct mr_value *value, const struct mr_field *field)
{
	struct mr_value unused;
	uint64_t magnitude = value->integer < 0 ? -(uint64_t)value->integer : (uint64_t)value->integer;
	bool is_bits = field->unit == MR_UNIT_FLAGS || field->unit == MR_UNIT_ADDRESS;

	if (value->type == MR_VALUE_REAL)
		return isfinite(value->real);
	return is_bits || mr_value_set(field, magnitude, &unused) == MR_CONVERSION_OK;
}

static void take_cell(struct cursor *cursor, struct mr_row *row)
{
	size_t column = take_number_16(cursor);
	const char *type = take(cursor, 1);

	if (!type || column >= row->table->field_count ||
	    !is_of_column((enum mr_value_type) * type, &row->table->fields[column])) {
		cursor->is_broken = true;
		return;
	}
	struct mr_value *value = &row->values[column];
	value->type = (enum mr_value_type) * type;
	if (value->type == MR_VALUE_TEXT) {
		value->text.bytes = take_bytes(cursor, &value->text.length_bytes);
		cursor->is_broken |= value->text.length_bytes > MR_TEXT_BYTES_MAX;
		return;
	}
	/* an integer and a number with a fraction have the same length */
	int64_t bits = take_integer(cursor);
	if (value->type == MR_VALUE_INTEGER)
		value->integer = bits;
	else
		memcpy(&value->real, &bits, sizeof(value->real));
	cursor->is_broken |= !is_in_limits(value, &row->table->fields[column]);
}

static int take_row(struct cursor *cursor, const struct mr_intake *intake)
{
	size_t number = take_number_16(cursor);
	int64_t reading = take_integer(cursor);
	struct mr_row row;

	if (cursor->is_broken || number >= mr_table_count || !mr_store_has_table(mr_tables[number]) ||
	    reading < 0)
		return -EPROTO;
	row.table = mr_tables[number];
	memset(row.values, 0, row.table->field_count * sizeof(row.values[0]));
	while (!cursor->is_broken && cursor->left_bytes)
		take_cell(cursor, &row);
	if (cursor->is_broken || !mr_row_has_all_keys(&row))
		return -EPROTO;
	return intake->outlet.row(intake->outlet.context, reading, &row);
}

static int take_issue(struct cursor *cursor, const struct mr_intake *intake)
{
	struct mr_buffer path = {0};
	struct mr_issue issue = {0};

	const char *where = take_text(cursor, &path);
	int64_t kind = take_integer(cursor);
	int64_t line = take_integer(cursor);
	issue.text = take_optional(cursor, &issue.length_bytes);
	issue.kind = (enum mr_issue_kind)kind;
	issue.line = (unsigned long)line;
	int result = cursor->is_broken || !where || kind < 0 || kind >= MR_ISSUE_KIND_TOTAL || line < 0
			     ? broken(cursor)
			     : intake->outlet.issue(intake->outlet.context, where, &issue);
	mr_buffer_deinit(&path);
	return result;
}

/* ---- captures ---- */

enum { NAME, UUID, DIGEST, ORIGIN, HOST, TEXTS_TOTAL };

static int take_capture(struct cursor *cursor, const struct mr_intake *intake, bool is_end)
{
	struct mr_buffer texts[TEXTS_TOTAL] = {0};
	const char *text[TEXTS_TOTAL];

	for (int i = 0; i < TEXTS_TOTAL; i++)
		text[i] = take_text(cursor, &texts[i]);
	struct mr_capture capture = {
		.name = text[NAME] ? text[NAME] : "",
		.uuid = text[UUID],
		.digest = text[DIGEST],
		.origin = text[ORIGIN],
		.host = text[HOST],
	};
	capture.taken_ns = take_integer(cursor);
	capture.has_taken_ns = take_integer(cursor) != 0;
	int64_t completeness = take_integer(cursor);
	capture.completeness = (enum mr_completeness)completeness;
	capture.members_count = take_integer(cursor);
	capture.stored_bytes = take_integer(cursor);
	bool is_whole = !cursor->is_broken && completeness >= MR_CUT_OFF && completeness <= MR_COMPLETE &&
			capture.members_count >= 0 && capture.stored_bytes >= 0 &&
			(!is_end || (capture.digest && capture.origin));
	int result = !is_whole ? broken(cursor)
		     : is_end  ? intake->end(intake->outlet.context, &capture)
			       : intake->begin(intake->outlet.context, &capture);
	for (int i = 0; i < TEXTS_TOTAL; i++)
		mr_buffer_deinit(&texts[i]);
	return result;
}

static int take_error(struct cursor *cursor, struct mr_buffer *ret_name, struct mr_error *ret)
{
	struct mr_buffer message = {0};

	take_text(cursor, ret_name);
	int64_t number = take_integer(cursor);
	const char *text = take_text(cursor, &message);
	bool is_whole = !cursor->is_broken && text && number <= 0 && number > -4096;

	*ret = (struct mr_error){0};
	if (is_whole && number)
		mr_error_set(ret, (int)number, "%s", text);
	mr_buffer_deinit(&message);
	return is_whole ? 0 : broken(cursor);
}

/* @return 1, so that it is the last message */
static int take_done(struct cursor *cursor, struct mr_error *ret_done)
{
	struct mr_buffer name = {0};

	int result = take_error(cursor, &name, ret_done);
	mr_buffer_deinit(&name);
	return result ? result : 1;
}

static int take_drop(struct cursor *cursor, const struct mr_intake *intake)
{
	struct mr_buffer name = {0};
	struct mr_error reason;

	int result = take_error(cursor, &name, &reason);
	if (!result)
		result = intake->drop(intake->outlet.context, name.data ? name.data : "",
				      reason.number ? &reason : NULL);
	mr_buffer_deinit(&name);
	return result;
}

/* ---- files that were compared with rows ---- */

static int take_counts(struct cursor *cursor, const struct mr_intake *intake)
{
	int64_t counts[MR_TRIP_COUNT_TOTAL];
	bool is_whole = intake->counts != NULL;

	for (size_t i = 0; i < MR_TRIP_COUNT_TOTAL; i++) {
		counts[i] = take_integer(cursor);
		is_whole &= counts[i] >= 0;
	}
	return is_whole && !cursor->is_broken ? intake->counts(intake->outlet.context, counts) : -EPROTO;
}

static int take_finding(struct cursor *cursor, const struct mr_intake *intake)
{
	enum { PATH, KEY, FILE_TEXT, ROWS, FINDING_TEXTS_TOTAL };
	struct mr_buffer texts[FINDING_TEXTS_TOTAL] = {0};
	struct mr_trip_finding finding;

	finding.path = take_text(cursor, &texts[PATH]);
	finding.line = (unsigned long)take_integer(cursor);
	finding.key = take_text(cursor, &texts[KEY]);
	finding.file = take_text(cursor, &texts[FILE_TEXT]);
	finding.rows = take_text(cursor, &texts[ROWS]);
	int result = intake->finding && !cursor->is_broken && finding.path
			     ? intake->finding(intake->outlet.context, &finding)
			     : -EPROTO;
	for (int i = 0; i < FINDING_TEXTS_TOTAL; i++)
		mr_buffer_deinit(&texts[i]);
	return result;
}

static int take_exception(struct cursor *cursor, const struct mr_intake *intake)
{
	struct mr_buffer what = {0};
	struct mr_trip_exception exception;

	exception.what = take_text(cursor, &what);
	int64_t reason = take_integer(cursor);
	exception.reason = (enum mr_trip_count)reason;
	exception.values_count = take_integer(cursor);
	int result = intake->exception && !cursor->is_broken && exception.what && reason >= 0 &&
				     reason < MR_TRIP_COUNT_TOTAL && exception.values_count >= 0
			     ? intake->exception(intake->outlet.context, &exception)
			     : -EPROTO;
	mr_buffer_deinit(&what);
	return result;
}

/* ---- the stream ---- */

/* @return as read(); -ETIME when nothing comes */
static ssize_t read_patiently(const struct mr_wire_in *in, char *bytes, size_t length_bytes)
{
	struct pollfd ready = {.fd = in->fd, .events = POLLIN};

	if (in->patience_s && !poll(&ready, 1, (int)in->patience_s * 1000))
		return -ETIME;
	ssize_t got = read(in->fd, bytes, length_bytes);
	return got < 0 ? -errno : got;
}

/* Have so many bytes of messages in the buffer.  @return 0; -EPIPE when they end before */
static int fill(struct mr_wire_in *in, size_t wanted_bytes)
{
	struct mr_buffer *buffer = &in->buffer;

	while (buffer->length_bytes - in->used_bytes < wanted_bytes) {
		memmove(buffer->data, buffer->data + in->used_bytes, buffer->length_bytes - in->used_bytes);
		buffer->length_bytes -= in->used_bytes;
		in->used_bytes = 0;
		size_t room_bytes = wanted_bytes > RECEIVE_BYTES ? wanted_bytes : RECEIVE_BYTES;
		if (!mr_buffer_reserve(buffer, room_bytes))
			return -ENOMEM;
		ssize_t got = read_patiently(in, buffer->data + buffer->length_bytes, room_bytes);
		if (got < 0 && got != -EINTR)
			return (int)got;
		if (!got)
			return -EPIPE;
		buffer->length_bytes += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

/* @return 1 it was the last message; 0; a negative errno */
static int take_message(char type, struct cursor *cursor, const struct mr_intake *intake,
			struct mr_error *ret_done)
{
	switch (type) {
	case 'R':
		return take_row(cursor, intake);
	case 'I':
		return take_issue(cursor, intake);
	case 'B':
	case 'E':
		return take_capture(cursor, intake, type == 'E');
	case 'D':
		return take_drop(cursor, intake);
	case 'V':
		return take_counts(cursor, intake);
	case 'F':
		return take_finding(cursor, intake);
	case 'U':
		return take_exception(cursor, intake);
	case 'Z':
		return take_done(cursor, ret_done);
	}
	return -EPROTO;
}

int mr_wire_receive(struct mr_wire_in *in, const struct mr_intake *intake, struct mr_error *ret_done)
{
	uint32_t length;
	int result = 0;

	if (!mr_buffer_reserve(&in->buffer, RECEIVE_BYTES))
		return -ENOMEM;
	while (!result) {
		result = fill(in, HEADER_BYTES);
		if (result)
			break;
		char type = in->buffer.data[in->used_bytes];
		memcpy(&length, in->buffer.data + in->used_bytes + 1, sizeof(length));
		if (length > MR_WIRE_MESSAGE_BYTES_MAX)
			return -EPROTO;
		in->used_bytes += HEADER_BYTES;
		result = fill(in, length);
		if (result)
			break;
		struct cursor cursor = {.at = in->buffer.data + in->used_bytes, .left_bytes = length};
		in->used_bytes += length;
		result = take_message(type, &cursor, intake, ret_done);
	}
	return result > 0 ? 0 : result;
}

void mr_wire_in_deinit(struct mr_wire_in *in)
{
	mr_buffer_deinit(&in->buffer);
}

/* Rows of the index, for the import and for verify.  See index_row.h. */
#include "analyze/read/own/index_row.h"

#include <assert.h>
#include <string.h>

#include "analyze/read/row.h"

enum column { PATH, ROLE, READING, STATUS, BYTES, START, DURATION, SHA256 };

void mr_index_reader_deinit(struct mr_index_reader *reader)
{
	mr_buffer_deinit(&reader->path);
	mr_buffer_deinit(&reader->member_path);
}

bool mr_value_is_text(const struct mr_value *value, const char *wanted)
{
	return value->type == MR_VALUE_TEXT && value->text.length_bytes == strlen(wanted) &&
	       !memcmp(value->text.bytes, wanted, value->text.length_bytes);
}

/* Where the columns stand in a row of capture_index: looked up once, there are as many rows as members. */
static const struct mr_value *column_of(struct mr_index_reader *reader, const struct mr_row *row,
					enum column column)
{
	static const char *const names[MR_INDEX_COLUMNS_TOTAL] = {
		[PATH] = "path",
		[ROLE] = "role",
		[READING] = "reading_number",
		[STATUS] = "status",
		[BYTES] = "member_bytes",
		[START] = "start_ns",
		[DURATION] = "duration_ns",
		[SHA256] = "sha256",
	};

	for (int i = 0; i < MR_INDEX_COLUMNS_TOTAL && !reader->has_columns; i++) {
		reader->columns[i] = mr_column_number(row->table, names[i]);
		assert(reader->columns[i] < row->table->field_count);
	}
	reader->has_columns = true;
	return &row->values[reader->columns[column]];
}

bool mr_index_row_read(struct mr_index_reader *reader, const struct mr_row *row, struct mr_index_row *ret)
{
	const struct mr_value *path = column_of(reader, row, PATH);
	const struct mr_value *reading = column_of(reader, row, READING);

	*ret = (struct mr_index_row){
		.role = column_of(reader, row, ROLE),
		.status = column_of(reader, row, STATUS),
		.bytes = column_of(reader, row, BYTES),
		.start_ns = column_of(reader, row, START),
		.duration_ns = column_of(reader, row, DURATION),
		.sha256 = column_of(reader, row, SHA256),
	};
	if (path->type != MR_VALUE_TEXT || !path->text.length_bytes || reading->type != MR_VALUE_INTEGER ||
	    ret->role->type != MR_VALUE_TEXT || ret->status->type != MR_VALUE_TEXT)
		return false;
	mr_buffer_clear(&reader->path);
	mr_buffer_append(&reader->path, path->text.bytes, path->text.length_bytes);
	if (reader->path.failed)
		return false;
	ret->path = reader->path.data;
	ret->reading = reading->integer;
	ret->is_more = mr_value_is_text(ret->role, "more");
	ret->is_canonical = !ret->reading && !ret->is_more;
	ret->is_ok = mr_value_is_text(ret->status, "ok");
	ret->has_digest = ret->sha256->type == MR_VALUE_TEXT && ret->sha256->text.length_bytes;
	return true;
}

const char *mr_index_row_member(struct mr_index_reader *reader, const struct mr_index_row *row)
{
	struct mr_buffer *path = &reader->member_path;

	if (row->is_canonical)
		return row->path;
	mr_buffer_clear(path);
	mr_buffer_printf(path, "capture/%s/%lld/", row->is_more ? "more" : "again", (long long)row->reading);
	mr_buffer_append_text(path, row->path);
	return path->failed ? NULL : path->data;
}

bool mr_index_row_has_sha256(const struct mr_index_row *row, const uint8_t sha256[SHA256_DIGEST_SIZE])
{
	char hex[BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE)];

	base16_encode_update(hex, SHA256_DIGEST_SIZE, sha256);
	return row->has_digest && row->sha256->text.length_bytes == sizeof(hex) &&
	       !memcmp(row->sha256->text.bytes, hex, sizeof(hex));
}

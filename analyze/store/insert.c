/* Rows and issues into prepared statements.
 *
 * A row goes in by an UPSERT that keeps what is there where the new row is NULL, because several files may
 * fill one row.  Where each file of a folder gives one value (MR_SHAPE_SCALAR), the values of one key come
 * one behind the other; such a row waits in memory until the key changes, so that thirty files cost one
 * UPSERT.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/store/internal.h"
#include "schema/base/cleanup.h"

/* A hostile member can hold millions of bad lines; behind so many, one row says that there were more. */
#define ISSUES_MAX 100000

bool mr_store_has_table(const struct mr_table *table)
{
	return strcmp(table->name, "capture_index") != 0;
}

static bool has_scalar_source(const struct mr_table *table)
{
	for (size_t i = 0; i < mr_source_count; i++)
		if (mr_sources[i].table == table && mr_sources[i].shape == MR_SHAPE_SCALAR)
			return true;
	return false;
}

static struct mr_waiting_row *waiting_row_create(const struct mr_table *table)
{
	struct mr_waiting_row *waiting = calloc(1, sizeof(*waiting));

	if (!waiting)
		return NULL;
	waiting->row.table = table;
	waiting->texts = calloc(table->field_count, sizeof(*waiting->texts));
	if (!waiting->texts) {
		free(waiting);
		return NULL;
	}
	return waiting;
}

static void waiting_row_destroy(struct mr_waiting_row *waiting)
{
	if (!waiting)
		return;
	for (size_t i = 0; i < waiting->row.table->field_count; i++)
		mr_buffer_deinit(&waiting->texts[i]);
	free(waiting->texts);
	free(waiting);
}

int mr_writers_init(struct mr_store *store, struct mr_error *error)
{
	store->writers = calloc(mr_table_count, sizeof(*store->writers));
	if (!store->writers)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	for (size_t i = 0; i < mr_table_count; i++) {
		store->writers[i].table = mr_tables[i];
		if (!has_scalar_source(mr_tables[i]))
			continue;
		store->writers[i].waiting = waiting_row_create(mr_tables[i]);
		if (!store->writers[i].waiting)
			return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	}
	return 0;
}

void mr_writers_deinit(struct mr_store *store)
{
	if (!store->writers)
		return;
	for (size_t i = 0; i < mr_table_count; i++) {
		sqlite3_finalize(store->writers[i].upsert);
		waiting_row_destroy(store->writers[i].waiting);
	}
	free(store->writers);
	store->writers = NULL;
}

/* INSERT INTO t (snapshot_id, a, b, reading) VALUES (?1, ?2, ?3, ?4)
 * ON CONFLICT (snapshot_id, a, reading) DO UPDATE SET b = coalesce(excluded.b, b) */
static char *upsert_sql(const struct mr_table *table)
{
	struct mr_buffer sql = {0}, marks = {0}, keys = {0}, updates = {0};
	char *text = NULL;

	mr_buffer_printf(&sql, "INSERT INTO %s (snapshot_id", table->name);
	mr_buffer_append_text(&marks, "?");
	mr_buffer_append_text(&keys, "snapshot_id");
	mr_buffer_append_text(&updates, "");
	for (size_t i = 0; i < table->field_count; i++) {
		const struct mr_field *field = &table->fields[i];
		if (field->kind == MR_KIND_IGNORED)
			continue;
		mr_buffer_printf(&sql, ", %s", field->column);
		mr_buffer_append_text(&marks, ", ?");
		if (mr_field_is_key(field))
			mr_buffer_printf(&keys, ", %s", field->column);
		else
			mr_buffer_printf(&updates, "%s%s = coalesce(excluded.%s, %s)",
					 updates.length_bytes ? ", " : "", field->column, field->column,
					 field->column);
	}
	if (!marks.failed && !keys.failed && !updates.failed) {
		mr_buffer_printf(&sql, ", reading) VALUES (%s, ?) ON CONFLICT (%s, reading) DO ", marks.data,
				 keys.data);
		mr_buffer_printf(&sql, updates.length_bytes ? "UPDATE SET %s" : "NOTHING", updates.data);
		text = mr_buffer_detach(&sql);
	}
	mr_buffer_deinit(&sql);
	mr_buffer_deinit(&marks);
	mr_buffer_deinit(&keys);
	mr_buffer_deinit(&updates);
	return text;
}

static int prepare_upsert(struct mr_store *store, struct mr_table_writer *writer, struct mr_error *error)
{
	_cleanup_free_ char *sql = upsert_sql(writer->table);

	if (!sql)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	if (sqlite3_prepare_v3(store->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &writer->upsert, NULL) !=
	    SQLITE_OK)
		return mr_store_error(store, writer->table->name, error);
	return 0;
}

static int bind_value(sqlite3_stmt *statement, int index, const struct mr_value *value)
{
	switch (value->type) {
	case MR_VALUE_INTEGER:
		return sqlite3_bind_int64(statement, index, value->integer);
	case MR_VALUE_REAL:
		return sqlite3_bind_double(statement, index, value->real);
	case MR_VALUE_TEXT:
		return sqlite3_bind_text64(statement, index, value->text.bytes ? value->text.bytes : "",
					   value->text.length_bytes, SQLITE_STATIC, SQLITE_UTF8);
	case MR_VALUE_NULL:
		break;
	}
	return sqlite3_bind_null(statement, index);
}

static int write_row(struct mr_store *store, struct mr_table_writer *writer, int64_t snapshot_id,
		     int64_t reading, const struct mr_row *row, struct mr_error *error)
{
	const struct mr_table *table = writer->table;
	int index = 0;
	int bound;

	if (!writer->upsert) {
		int result = prepare_upsert(store, writer, error);
		if (result < 0)
			return result;
	}
	bound = sqlite3_bind_int64(writer->upsert, ++index, snapshot_id);
	for (size_t i = 0; i < table->field_count; i++)
		if (table->fields[i].kind != MR_KIND_IGNORED)
			bound |= bind_value(writer->upsert, ++index, &row->values[i]);
	bound |= sqlite3_bind_int64(writer->upsert, ++index, reading);
	if (bound != SQLITE_OK || sqlite3_step(writer->upsert) != SQLITE_DONE) {
		int result = mr_store_error(store, table->name, error);
		sqlite3_reset(writer->upsert);
		return result;
	}
	sqlite3_reset(writer->upsert);
	return 0;
}

static bool same_value(const struct mr_value *a, const struct mr_value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == MR_VALUE_INTEGER)
		return a->integer == b->integer;
	return a->type == MR_VALUE_TEXT && a->text.length_bytes == b->text.length_bytes &&
	       !memcmp(a->text.bytes, b->text.bytes, a->text.length_bytes);
}

static bool same_key(const struct mr_waiting_row *waiting, int64_t snapshot_id, int64_t reading,
		     const struct mr_row *row)
{
	const struct mr_table *table = row->table;

	if (!waiting->is_waiting || waiting->snapshot_id != snapshot_id || waiting->reading != reading)
		return false;
	for (size_t i = 0; i < table->field_count; i++)
		if (mr_field_is_key(&table->fields[i]) &&
		    !same_value(&waiting->row.values[i], &row->values[i]))
			return false;
	return true;
}

/* Take over the values of a row that are not NULL, with their texts. */
static int merge_row(struct mr_store *store, struct mr_waiting_row *waiting, const struct mr_row *row,
		     struct mr_error *error)
{
	for (size_t i = 0; i < row->table->field_count; i++) {
		const struct mr_value *value = &row->values[i];

		if (value->type == MR_VALUE_NULL)
			continue;
		waiting->row.values[i] = *value;
		if (value->type != MR_VALUE_TEXT)
			continue;
		struct mr_buffer *text = &waiting->texts[i];
		mr_buffer_clear(text);
		mr_buffer_append(text, value->text.bytes, value->text.length_bytes);
		if (text->failed)
			return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
		waiting->row.values[i].text.bytes = text->data;
	}
	return 0;
}

static int flush_writer(struct mr_store *store, struct mr_table_writer *writer, struct mr_error *error)
{
	struct mr_waiting_row *waiting = writer->waiting;

	if (!waiting || !waiting->is_waiting)
		return 0;
	waiting->is_waiting = false;
	int result = write_row(store, writer, waiting->snapshot_id, waiting->reading, &waiting->row, error);
	memset(waiting->row.values, 0, writer->table->field_count * sizeof(waiting->row.values[0]));
	return result;
}

int mr_writers_flush(struct mr_store *store, struct mr_error *error)
{
	for (size_t i = 0; store->writers && i < mr_table_count; i++) {
		int result = flush_writer(store, &store->writers[i], error);
		if (result < 0)
			return result;
	}
	return 0;
}

void mr_writers_discard(struct mr_store *store)
{
	for (size_t i = 0; store->writers && i < mr_table_count; i++) {
		struct mr_waiting_row *waiting = store->writers[i].waiting;
		if (!waiting)
			continue;
		waiting->is_waiting = false;
		memset(waiting->row.values, 0, sizeof(waiting->row.values));
	}
	store->issue_snapshot_id = 0;
	store->deferred_errno = 0;
	store->deferred_error = (struct mr_error){0};
}

static struct mr_table_writer *find_writer(struct mr_store *store, const struct mr_table *table)
{
	for (size_t i = 0; i < mr_table_count; i++)
		if (store->writers[i].table == table)
			return &store->writers[i];
	return NULL;
}

int mr_store_put_row(struct mr_store *store, int64_t snapshot_id, int64_t reading, const struct mr_row *row,
		     struct mr_error *error)
{
	struct mr_table_writer *writer = find_writer(store, row->table);

	if (!writer || !mr_store_has_table(row->table))
		return mr_error_set(error, -EINVAL, "%s: no table %s", store->path, row->table->name);
	struct mr_waiting_row *waiting = writer->waiting;
	if (!waiting)
		return write_row(store, writer, snapshot_id, reading, row, error);
	if (!same_key(waiting, snapshot_id, reading, row)) {
		int result = flush_writer(store, writer, error);
		if (result < 0)
			return result;
	}
	waiting->is_waiting = true;
	waiting->snapshot_id = snapshot_id;
	waiting->reading = reading;
	return merge_row(store, waiting, row, error);
}

/* ---- issues ---- */

static const char *const issue_names[MR_ISSUE_KIND_TOTAL] = {
	[MR_ISSUE_UNKNOWN_KEY] = "unknown_key",   [MR_ISSUE_UNKNOWN_LINE] = "unknown_line",
	[MR_ISSUE_BAD_NUMBER] = "bad_number",     [MR_ISSUE_NUMBER_TOO_LARGE] = "number_too_large",
	[MR_ISSUE_DOUBLED_KEY] = "doubled_key",   [MR_ISSUE_CUT_OFF] = "cut_off",
	[MR_ISSUE_EMPTY_FILE] = "empty_file",     [MR_ISSUE_NUL_INSIDE] = "nul_inside",
	[MR_ISSUE_UNKNOWN_FILE] = "unknown_file",
};

void mr_issue_kind_find(const char *name, enum mr_issue_kind *ret_kind)
{
	for (size_t i = 0; i < MR_ISSUE_KIND_TOTAL; i++)
		if (!strcmp(issue_names[i], name))
			*ret_kind = (enum mr_issue_kind)i;
}

/* How many issues the snapshot has already; they are numbered in the order of the archive. */
static int count_issues(struct mr_store *store, int64_t snapshot_id, struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;
	int result = 0;

	if (sqlite3_prepare_v2(store->handle, "SELECT count(*) FROM issue WHERE snapshot_id = ?", -1,
			       &statement, NULL) == SQLITE_OK)
		sqlite3_bind_int64(statement, 1, snapshot_id);
	if (!statement || sqlite3_step(statement) != SQLITE_ROW)
		result = mr_store_error(store, "issue", error);
	else {
		store->issue_count = sqlite3_column_int64(statement, 0);
		store->issue_snapshot_id = snapshot_id;
	}
	sqlite3_finalize(statement);
	return result;
}

static int prepare_issue(struct mr_store *store, struct mr_error *error)
{
	static const char sql[] = "INSERT INTO issue (snapshot_id, issue_number, kind, path, line, text)"
				  " VALUES (?, ?, ?, ?, nullif(?, 0), ?)";

	if (sqlite3_prepare_v3(store->handle, sql, sizeof(sql), SQLITE_PREPARE_PERSISTENT, &store->put_issue,
			       NULL) != SQLITE_OK)
		return mr_store_error(store, "issue", error);
	return 0;
}

int mr_store_put_issue(struct mr_store *store, int64_t snapshot_id, const char *path,
		       const struct mr_issue *issue, struct mr_error *error)
{
	static const char enough[] = "further issues of this archive are not kept";
	int result = 0;

	if (!store->put_issue)
		result = prepare_issue(store, error);
	if (!result && store->issue_snapshot_id != snapshot_id)
		result = count_issues(store, snapshot_id, error);
	if (result < 0 || store->issue_count > ISSUES_MAX)
		return result;
	bool is_last = ++store->issue_count > ISSUES_MAX;
	const char *kind = is_last ? "too_many" : issue_names[issue->kind];
	const char *text = is_last ? enough : issue->text;
	size_t length = is_last ? strlen(enough) : issue->length_bytes;
	sqlite3_stmt *statement = store->put_issue;

	sqlite3_bind_int64(statement, 1, snapshot_id);
	sqlite3_bind_int64(statement, 2, store->issue_count);
	sqlite3_bind_text(statement, 3, kind, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 4, path, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 5, (int64_t)issue->line);
	if (text)
		sqlite3_bind_text(statement, 6, text,
				  length < MR_ISSUE_TEXT_BYTES_MAX ? (int)length : MR_ISSUE_TEXT_BYTES_MAX,
				  SQLITE_STATIC);
	else
		sqlite3_bind_null(statement, 6);
	if (sqlite3_step(statement) != SQLITE_DONE)
		result = mr_store_error(store, "issue", error);
	sqlite3_reset(statement);
	return result;
}

/* The table documentation: what every table, view and column means.
 *
 * Comments in DDL do not survive ALTER TABLE, so they are copied into rows when the database is made.  Tables
 * that mirror kernel files take them from the catalog.  For the .sql files the text itself is read, in the
 * one layout they all have:
 *
 *     -- What the object means, in the comment lines directly before it.
 *     CREATE VIEW name (
 *         column_bytes,          -- what the column means
 *         other TEXT NOT NULL,   -- what it means, and
 *                                -- a continuation
 *     ) ...
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/store/internal.h"
#include "schema/base/cleanup.h"

struct doc_row {
	const char *object;
	int64_t ordinal;
	const char *column; /* "" for the object itself */
	const char *unit;
	const char *kernel_key;
	const char *since;
	const char *meaning;
	const char *source;
};

static int prepare(struct mr_store *store, struct mr_error *error)
{
	static const char sql[] = "INSERT INTO documentation (object, column_name, unit, kernel_key, since, "
				  "meaning, source, ordinal)"
				  " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

	if (store->put_documentation ||
	    sqlite3_prepare_v2(store->handle, sql, sizeof(sql), &store->put_documentation, NULL) == SQLITE_OK)
		return 0;
	return mr_store_error(store, "documentation", error);
}

static int put(struct mr_store *store, const struct doc_row *row, struct mr_error *error)
{
	const char *texts[] = {row->object, row->column,  row->unit,  row->kernel_key,
			       row->since,  row->meaning, row->source};
	int result = prepare(store, error);
	sqlite3_stmt *statement = store->put_documentation;

	if (result < 0)
		return result;
	for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
		sqlite3_bind_text(statement, i + 1, texts[i], -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 8, row->ordinal);
	if (sqlite3_step(statement) != SQLITE_DONE)
		result = mr_store_error(store, row->object, error);
	sqlite3_reset(statement);
	return result;
}

/* ---- from the catalog ---- */

/* The name of a unit as people write it; "" for what has none. */
static const char *unit_name(enum mr_unit unit, char name[static 16])
{
	size_t i = 0;

	if (unit != MR_UNIT_TEXT && unit != MR_UNIT_NONE)
		for (; mr_units[unit].name[i] && i < 15; i++)
			name[i] = (char)tolower((unsigned char)mr_units[unit].name[i]);
	name[i] = '\0';
	return name;
}

/* The files that fill a table, as patterns of sources.def. */
static char *table_sources(const struct mr_table *table)
{
	struct mr_buffer patterns = {0};

	mr_buffer_append_text(&patterns, "");
	for (size_t i = 0; i < mr_source_count; i++)
		if (mr_sources[i].table == table)
			mr_buffer_printf(&patterns, "%s%s", patterns.length_bytes ? ", " : "",
					 mr_sources[i].pattern);
	return mr_buffer_detach(&patterns);
}

static int document_table(struct mr_store *store, const struct mr_table *table, struct mr_error *error)
{
	_cleanup_free_ char *sources = table_sources(table);
	struct doc_row row = {table->name, 0, "", "", "", "", table->meaning, sources};
	char unit[16];

	if (!sources)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	int result = put(store, &row, error);
	if (!result)
		result = put(store,
			     &(struct doc_row){table->name, ++row.ordinal, "snapshot_id", "", "", "",
					       "which snapshot", "memreckon"},
			     error);
	for (size_t i = 0; !result && i < table->field_count; i++) {
		const struct mr_field *field = &table->fields[i];

		if (field->kind == MR_KIND_IGNORED)
			continue;
		result = put(store,
			     &(struct doc_row){table->name, ++row.ordinal, field->column,
					       unit_name(field->unit, unit), field->key, field->since,
					       field->meaning, field->source},
			     error);
	}
	if (!result)
		result = put(store,
			     &(struct doc_row){table->name, ++row.ordinal, "reading", "", "", "",
					       "0: the reading that views use; N: capture/again/N",
					       "memreckon"},
			     error);
	return result;
}

int mr_document_catalog(struct mr_store *store, struct mr_error *error)
{
	for (size_t i = 0; i < mr_table_count; i++) {
		if (!mr_store_has_table(mr_tables[i]))
			continue;
		int result = document_table(store, mr_tables[i], error);
		if (result < 0)
			return result;
	}
	return 0;
}

/* ---- from the text of a .sql file ---- */

struct sql_reader {
	struct mr_store *store;
	const char *file_name;
	struct mr_buffer comment; /* before an object, or of the column that is being read */
	char object[128];         /* whose columns these are; "" outside of a column list */
	char column[128];         /* that waits for the rest of its comment; "" for none */
	int64_t ordinal;
};

/* The unit that the name of a column ends in. */
static const char *unit_of_column(const char *column, char name[static 16])
{
	size_t length = strlen(column);

	name[0] = '\0';
	for (int unit = 0; unit < MR_UNIT_TOTAL; unit++) {
		size_t suffix = strlen(mr_units[unit].suffix);
		if (suffix && length > suffix && !strcmp(column + length - suffix, mr_units[unit].suffix))
			return unit_name(unit, name);
	}
	return name;
}

static int put_object_or_column(struct sql_reader *reader, struct mr_error *error)
{
	char unit[16];
	struct doc_row row = {reader->object,
			      reader->ordinal,
			      reader->column,
			      unit_of_column(reader->column, unit),
			      "",
			      "",
			      reader->comment.data ? reader->comment.data : "",
			      reader->file_name};

	/* the one column that is in all of them and means the same everywhere */
	if (!*row.meaning && !strcmp(row.column, "snapshot_id"))
		row.meaning = "which snapshot";

	int result = put(reader->store, &row, error);
	reader->ordinal++;
	mr_buffer_clear(&reader->comment);
	return result;
}

static int finish_column(struct sql_reader *reader, struct mr_error *error)
{
	if (!reader->column[0])
		return 0;
	int result = put_object_or_column(reader, error);
	reader->column[0] = '\0';
	return result;
}

/* Add the words behind "--" to the comment; @line may hold none. */
static void add_comment(struct sql_reader *reader, const char *line, size_t length)
{
	const char *mark = memmem(line, length, "--", 2);

	if (!mark)
		return;
	const char *words = mark + 2 + strspn(mark + 2, " \t");
	size_t words_length = words < line + length ? (size_t)(line + length - words) : 0;
	if (!words_length)
		return;
	if (reader->comment.length_bytes)
		mr_buffer_append(&reader->comment, " ", 1);
	mr_buffer_append(&reader->comment, words, words_length);
}

/* The name at the start of a text: bare or in double quotes.  @return where it ends; NULL for no name */
static const char *take_name(const char *text, char *name, size_t name_bytes)
{
	bool is_quoted = *text == '"';
	const char *start = text + is_quoted;
	size_t length = is_quoted ? strcspn(start, "\"\n") : 0;

	while (!is_quoted && (isalnum((unsigned char)start[length]) || start[length] == '_'))
		length++;
	if (!length || length >= name_bytes)
		return NULL;
	memcpy(name, start, length);
	name[length] = '\0';
	return start + length + is_quoted;
}

/* "CREATE TABLE name" or "CREATE VIEW name". */
static bool take_object(struct sql_reader *reader, const char *line)
{
	static const char *const beginnings[] = {"CREATE TABLE ", "CREATE VIEW "};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (!strncmp(line, beginnings[i], strlen(beginnings[i])))
			return take_name(line + strlen(beginnings[i]), reader->object,
					 sizeof(reader->object)) != NULL;
	return false;
}

/* Constraints of a column or of the table stand on lines of their own. */
static bool is_constraint(const char *text)
{
	static const char *const words[] = {"CHECK",   "PRIMARY",    "UNIQUE",
					    "FOREIGN", "REFERENCES", "CONSTRAINT"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strncmp(text, words[i], strlen(words[i])) &&
		    !islower((unsigned char)text[strlen(words[i])]))
			return true;
	return false;
}

static int read_column_line(struct sql_reader *reader, const char *line, size_t length,
			    struct mr_error *error)
{
	size_t blank = strspn(line, " \t");
	const char *text = line + blank;
	int result = 0;

	if (*text == ')') {
		result = finish_column(reader, error);
		reader->object[0] = '\0';
		return result;
	}
	if (!is_constraint(text) && strncmp(text, "--", 2) != 0 && *text != '\n') {
		result = finish_column(reader, error);
		take_name(text, reader->column, sizeof(reader->column));
	}
	if (reader->column[0])
		add_comment(reader, text, length - blank);
	return result;
}

static int read_line(struct sql_reader *reader, const char *line, size_t length, struct mr_error *error)
{
	if (reader->object[0])
		return read_column_line(reader, line, length, error);
	if (!strncmp(line, "--", 2)) {
		add_comment(reader, line, length);
		return 0;
	}
	if (!take_object(reader, line)) {
		mr_buffer_clear(&reader->comment);
		return 0;
	}
	reader->ordinal = 0;
	int result = put_object_or_column(reader, error);
	/* a list of columns begins at the end of the line, or there is none */
	if (!length || line[length - 1] != '(')
		reader->object[0] = '\0';
	return result;
}

int mr_document_sql(struct mr_store *store, const char *file_name, const char *text, struct mr_error *error)
{
	struct sql_reader reader = {.store = store, .file_name = file_name};
	int result = 0;

	while (*text && !result) {
		size_t length = strcspn(text, "\n");
		size_t useful = length;

		while (useful && isspace((unsigned char)text[useful - 1]))
			useful--;
		result = read_line(&reader, text, useful, error);
		text += length + (text[length] == '\n');
	}
	if (!result && reader.comment.failed)
		result = mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	mr_buffer_deinit(&reader.comment);
	return result;
}

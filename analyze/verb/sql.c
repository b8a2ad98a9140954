/* sql: one statement of the user's own, on a database that it cannot change. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/verb/query.h"
#include "analyze/verb/verb.h"
#include "schema/base/cleanup.h"
#include "schema/base/clock.h"

#define ROWS_DEFAULT SIZE_MAX
#define QUERY_MAX_BYTES (1 << 20)

static int read_file(const char *path, struct mr_buffer *out, struct mr_error *error)
{
	_cleanup_fclose_ FILE *opened = strcmp(path, "-") ? fopen(path, "re") : NULL;
	FILE *file = strcmp(path, "-") ? opened : stdin;
	char part[4096];
	size_t length;

	if (!file)
		return mr_error_set(error, -errno, "%s: %s", path, strerror(errno));
	while ((length = fread(part, 1, sizeof(part), file)) > 0 && out->length_bytes < QUERY_MAX_BYTES)
		mr_buffer_append(out, part, length);
	if (ferror(file))
		return mr_error_set(error, -EIO, "%s: cannot be read", path);
	if (out->length_bytes >= QUERY_MAX_BYTES)
		return mr_error_set(error, -EINVAL, "%s: longer than a query may be", path);
	mr_buffer_append(out, "", 0);
	return out->failed ? mr_error_set(error, -ENOMEM, "out of memory") : 0;
}

static size_t distance(const char *a, const char *b)
{
	size_t row[65], length = strlen(b);

	if (length > 64)
		return SIZE_MAX;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0]++;

		for (size_t j = 0; j < length; j++) {
			size_t cost = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			cost = cost < row[j] + 1 ? cost : row[j] + 1;
			row[j + 1] = cost < diagonal + 1 ? cost : diagonal + 1;
		}
	}
	return row[length];
}

struct guess {
	const char *name; /* kept by the report */
	const char *object;
	size_t distance;
};

static void consider(struct mr_call *call, struct guess *best, const char *wanted, const char *name,
		     const char *object)
{
	/* a unit that was left out is what is most often wrong: rss for rss_bytes */
	bool is_prefix = !strncmp(name, wanted, strlen(wanted)) && name[strlen(wanted)] == '_';
	size_t here = is_prefix ? 1 : distance(wanted, name);

	if (here < best->distance && here <= 1 + strlen(wanted) / 3)
		*best = (struct guess){mr_report_format(&call->report, "%s", name),
				       mr_report_format(&call->report, "%s", object), here};
}

/* The nearest name of a column or of a table among what the documentation knows. */
static struct guess guess_name(struct mr_call *call, const char *wanted, bool is_column, const char *query)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_error ignored = {0};
	struct guess best = {.distance = SIZE_MAX};
	int result = mr_query(call->selection.store,
			      "SELECT DISTINCT CASE WHEN ?1 THEN column_name ELSE object END, object"
			      " FROM documentation WHERE (ordinal > 0) = ?1 ORDER BY object",
			      &statement, &ignored);

	if (result < 0)
		return best;
	sqlite3_bind_int(statement, 1, is_column);
	while (mr_query_step(call->selection.store, statement, &ignored) == 1) {
		const char *name = (const char *)sqlite3_column_text(statement, 0);
		const char *object = (const char *)sqlite3_column_text(statement, 1);

		if (name && object && (!is_column || strcasestr(query, object)))
			consider(call, &best, wanted, name, object);
	}
	return best;
}

/* The line of the query that holds the place, and a caret below it. */
static void append_caret(struct mr_buffer *out, const char *query, size_t at, size_t length, const char *hint)
{
	size_t start = at, end = at;

	while (start > 0 && query[start - 1] != '\n')
		start--;
	end += strcspn(query + at, "\n");
	if (end - start > 200)
		return;
	mr_buffer_append_text(out, "\n  ");
	for (size_t i = start; i < end; i++)
		mr_buffer_append(out, query[i] == '\t' ? " " : &query[i], 1);
	mr_buffer_printf(out, "\n  %*s^", (int)(at - start), "");
	for (size_t i = 1; i < length; i++)
		mr_buffer_append(out, "~", 1);
	mr_buffer_append_text(out, hint);
}

/* SQLite says where it stumbled only for some errors; of a name that it does not know the place is searched
 * for. */
static int explain_error(struct mr_call *call, const char *query, struct mr_error *error)
{
	sqlite3 *handle = mr_store_handle(call->selection.store);
	const char *message = mr_report_format(&call->report, "%s", sqlite3_errmsg(handle));
	int offset = sqlite3_error_offset(handle);
	struct mr_buffer out = {0};
	const char *name = strrchr(message, ':'), *hint = "", *place = NULL;
	bool is_column = !strncmp(message, "no such column: ", 16),
	     is_table = !strncmp(message, "no such table: ", 15);

	mr_buffer_append_text(&out, message);
	if (is_column || is_table) {
		struct guess guess;

		name = strrchr(name, '.') ? strrchr(name, '.') + 1 : name + 2;
		guess = guess_name(call, name, is_column, query);
		place = offset >= 0 ? query + offset : strcasestr(query, name);
		if (guess.name)
			hint = mr_report_format(&call->report, " did you mean %s?   memreckon schema %s",
						guess.name, guess.object);
	} else if (offset >= 0 && (size_t)offset <= strlen(query))
		place = query + offset;
	if (place)
		append_caret(&out, query, (size_t)(place - query), is_column || is_table ? strlen(name) : 1,
			     hint);
	int result = mr_error_set(error, -EINVAL, "%s", out.failed ? message : out.data);
	mr_buffer_deinit(&out);
	return result;
}

static bool is_blank(const char *text)
{
	while (*text == ';' || (*text && strchr(" \t\r\n", *text)))
		text++;
	return !*text;
}

/* The connection cannot write, and a statement that would is refused; what is left is what reaches beyond
 * this database or changes the connection. */
static int authorize(void *context, int action, const char *first, const char *second, const char *database,
		     const char *trigger)
{
	switch (action) {
	case SQLITE_ATTACH:
	case SQLITE_DETACH:
	case SQLITE_PRAGMA:
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT:
		return SQLITE_DENY;
	default:
		return SQLITE_OK;
	}
}

static int prepare(struct mr_call *call, const char *query, sqlite3_stmt **ret_statement,
		   struct mr_error *error)
{
	sqlite3 *handle = mr_store_handle(call->selection.store);
	const char *rest = "";

	sqlite3_set_authorizer(handle, authorize, NULL);
	int code = sqlite3_prepare_v2(handle, query, -1, ret_statement, &rest);
	sqlite3_set_authorizer(handle, NULL, NULL);
	if (code == SQLITE_AUTH)
		return mr_error_set(error, -EINVAL, "sql only reads: one SELECT");
	if (code != SQLITE_OK)
		return explain_error(call, query, error);
	if (!*ret_statement)
		return mr_error_set(error, -EINVAL,
				    "sql needs a query: memreckon sql 'select * from snapshot_head'");
	if (!is_blank(rest))
		return mr_error_set(error, -EINVAL, "sql takes one statement");
	if (!sqlite3_stmt_readonly(*ret_statement))
		return mr_error_set(error, -EINVAL, "sql only reads: one SELECT");
	return 0;
}

static int bind_params(struct mr_call *call, sqlite3_stmt *statement, struct mr_error *error)
{
	int snapshot = sqlite3_bind_parameter_index(statement, ":snapshot");

	if (snapshot && call->selection.count)
		sqlite3_bind_int64(statement, snapshot, call->selection.ids[0]);
	for (size_t i = 0; i < call->options.params.count; i++) {
		const char *item = call->options.params.items[i], *equals = strchr(item, '=');
		char *end;

		if (!equals)
			return mr_error_set(error, -EINVAL, "--param %s: it takes KEY=VALUE", item);
		const char *name = mr_report_format(&call->report, ":%.*s", (int)(equals - item), item);
		int index = sqlite3_bind_parameter_index(statement, name);
		if (!index)
			return mr_error_set(error, -EINVAL, "--param %s: the query has no %s", item, name);
		errno = 0;
		long long number = strtoll(equals + 1, &end, 10);
		if (equals[1] && !*end && !errno)
			sqlite3_bind_int64(statement, index, number);
		else
			mr_query_bind_text(statement, index, equals + 1);
	}
	return 0;
}

static const char *unique_name(struct mr_report *report, const struct mr_column *columns, int count,
			       const char *name)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(columns[i].name, name))
			return unique_name(report, columns, count,
					   mr_report_format(report, "%s_%d", name, count + 1));
	return name;
}

static struct mr_section *add_section(struct mr_call *call, sqlite3_stmt *statement)
{
	int count = sqlite3_column_count(statement);
	struct mr_column *columns = mr_report_allocate(&call->report, ((size_t)count + 1) * sizeof(*columns));

	for (int i = 0; columns && i < count; i++) {
		const char *name = mr_report_format(&call->report, "%s", sqlite3_column_name(statement, i));

		columns[i] = (struct mr_column){.name = unique_name(&call->report, columns, i, name),
						.header = name,
						.kind = MR_COLUMN_ANY};
	}
	struct mr_section *section =
		columns ? mr_report_section(&call->report, "rows", columns, (size_t)count) : NULL;
	if (section)
		section->is_underlined = true;
	return section;
}

/* SQL's NULL is nothing a report knows the reason for: blank.  Bytes are hex, as SQL writes them. */
static struct mr_cell cell_of(struct mr_report *report, sqlite3_stmt *statement, int column)
{
	struct mr_buffer hex = {0};

	if (mr_query_is_null(statement, column))
		return (struct mr_cell){.state = MR_CELL_BLANK};
	if (sqlite3_column_type(statement, column) != SQLITE_BLOB)
		return mr_query_cell(report, statement, column);
	const unsigned char *bytes = sqlite3_column_blob(statement, column);
	mr_buffer_append_text(&hex, "x'");
	for (int i = 0; i < sqlite3_column_bytes(statement, column); i++)
		mr_buffer_printf(&hex, "%02x", bytes[i]);
	mr_buffer_append_text(&hex, "'");
	struct mr_cell cell = mr_cell_text(mr_report_format(report, "%s", hex.failed ? "" : hex.data));
	mr_buffer_deinit(&hex);
	return cell;
}

static int run(struct mr_call *call, const char *query, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	size_t most = mr_call_rows(call, ROWS_DEFAULT), count = 0;
	int64_t begin_ns = (int64_t)mr_now_ns();
	int result = prepare(call, query, &statement, error);

	if (!result)
		result = bind_params(call, statement, error);
	if (result < 0)
		return result;
	struct mr_section *section = add_section(call, statement);
	int code;
	for (; (code = sqlite3_step(statement)) == SQLITE_ROW && !call->report.failed; count++) {
		struct mr_report_row *row = count < most ? mr_section_row(&call->report, section) : NULL;

		for (int i = 0; row && i < sqlite3_column_count(statement); i++)
			row->cells[i] = cell_of(&call->report, statement, i);
	}
	if (code != SQLITE_DONE && !call->report.failed)
		return mr_error_set(error, -EINVAL, "%s",
				    sqlite3_errmsg(mr_store_handle(call->selection.store)));
	if (!mr_call_is_data(call))
		mr_report_note(
			&call->report, "",
			mr_report_format(&call->report, "%s row%s%s, %s",
					 mr_number_count((int64_t)count).text, count == 1 ? "" : "s",
					 count > most ? mr_report_format(&call->report, " (%s shown)",
									 mr_number_count((int64_t)most).text)
						      : "",
					 mr_number_duration((int64_t)mr_now_ns() - begin_ns).text),
			NULL);
	return 0;
}

/* :snapshot is the last one when none is named; without :snapshot all hosts of a database may be asked. */
static int open_store(struct mr_call *call, size_t from, const char *query, struct mr_error *error)
{
	static const char *const defaults[] = {"@last", NULL};

	if (call->options.argument_count > from || strstr(query, ":snapshot"))
		return mr_call_select(call, from, defaults, 1, error);
	return mr_store_open(call->options.database, MR_STORE_READ, &call->selection.store, error);
}

int mr_verb_sql(struct mr_call *call, struct mr_error *error)
{
	struct mr_buffer text = {0};
	size_t from = call->options.file ? 0 : 1;
	int result = 0;

	if (!call->options.format)
		call->options.format = mr_format_find(call->stdout_is_terminal ? "text" : "csv");
	if (!call->options.file && !call->options.argument_count)
		return mr_error_set(error, -EINVAL,
				    "sql needs a query: memreckon sql 'select * from snapshot_head'");
	if (call->options.file)
		result = read_file(call->options.file, &text, error);
	const char *query = call->options.file ? text.data : call->options.arguments[0];
	if (!result)
		result = open_store(call, from, query, error);
	if (!result)
		result = run(call, query, error);
	mr_buffer_deinit(&text);
	return result;
}

/* Checks: what their files claim.
 *
 * A check is one file checks/NAME.sql: a header comment of "-- Key: text" lines, then a view check_ID of
 * terms.  The header becomes a row of check_claim; verdict.c makes results of the terms.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "analyze/store/internal.h"
#include "schema/sql.h"

#define CHECKS_FOLDER "checks/"

/* In the order of the parameters of the INSERT. */
static const char *const header_keys[] = {"Check", "Title",     "Bridge", "Unit", "Valid",
					  "Claim", "Tolerance", "Source", "Reads"};
#define HEADER_KEYS_COUNT (sizeof(header_keys) / sizeof(header_keys[0]))

/* Bridges in the order of the screen; the checks of one bridge by letter and number. */
static const char order_sql[] =
	"UPDATE check_claim SET ordinal = n FROM (SELECT check_id AS id, row_number() OVER (ORDER BY instr("
	"'process-process process-system process-cgroup cgroup-cgroup cgroup-system system-system', bridge),"
	" substr(check_id, 1, 1), CAST(substr(check_id, 2) AS INTEGER), check_id) AS n FROM check_claim) "
	"WHERE id = check_id";

/* Append the words of a line, with a blank before them when there are some already. */
static void add_words(struct mr_buffer *buffer, const char *words, size_t length)
{
	while (length && isspace((unsigned char)*words)) {
		words++;
		length--;
	}
	if (buffer->length_bytes && length)
		mr_buffer_append(buffer, " ", 1);
	mr_buffer_append(buffer, words, length);
}

/* Which key the text behind "-- " begins with.  @return its number, or -1 */
static int find_key(const char *text)
{
	for (size_t i = 0; i < HEADER_KEYS_COUNT; i++) {
		size_t length = strlen(header_keys[i]);
		if (!strncmp(text, header_keys[i], length) && text[length] == ':')
			return (int)i;
	}
	return -1;
}

/* "-- Key: text" lines from the top of the file; a line that begins with "--   " goes on with the key before
 * it. */
static void read_header(const char *text, struct mr_buffer values[static HEADER_KEYS_COUNT])
{
	int key = -1;

	while (!strncmp(text, "--", 2)) {
		size_t length = strcspn(text, "\n");
		const char *words = text + 2;

		if (!strncmp(words, "   ", 3)) {
			if (key >= 0)
				add_words(&values[key], words, length - 2);
		} else {
			words += *words == ' ';
			key = find_key(words);
			if (key >= 0) {
				const char *value = words + strlen(header_keys[key]) + 1;
				add_words(&values[key], value, (size_t)(text + length - value));
			}
		}
		text += length + (text[length] == '\n');
	}
}

static bool is_identifier(const char *id)
{
	if (!*id)
		return false;
	for (; *id; id++)
		if (!isalnum((unsigned char)*id) && *id != '_')
			return false;
	return true;
}

static int put_claim(struct mr_store *store, const struct mr_buffer *values, const char *file_name,
		     struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;
	int result = 0;

	if (sqlite3_prepare_v2(store->handle,
			       "INSERT INTO check_claim (check_id, title, bridge, unit, valid, claim, "
			       "tolerance, source, reads,"
			       " ordinal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
			       -1, &statement, NULL) != SQLITE_OK)
		return mr_store_error(store, "check_claim", error);
	for (int i = 0; i < (int)HEADER_KEYS_COUNT; i++)
		sqlite3_bind_text(statement, i + 1, values[i].data, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) != SQLITE_DONE)
		result = mr_store_error(store, file_name, error);
	sqlite3_finalize(statement);
	return result;
}

static int install_claim(struct mr_store *store, const struct mr_sql_file *file, struct mr_error *error)
{
	struct mr_buffer values[HEADER_KEYS_COUNT] = {0};
	int result = 0;

	read_header(file->text, values);
	for (size_t i = 0; !result && i < HEADER_KEYS_COUNT; i++) {
		if (values[i].failed)
			result = mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
		else if (!values[i].length_bytes)
			result = mr_error_set(error, -EINVAL, "%s.sql: no '-- %s:' in its header", file->name,
					      header_keys[i]);
	}
	if (!result && !is_identifier(values[0].data))
		result = mr_error_set(error, -EINVAL, "%s.sql: '%s' is no id of a check", file->name,
				      values[0].data);
	if (!result)
		result = put_claim(store, values, file->name, error);
	for (size_t i = 0; i < HEADER_KEYS_COUNT; i++)
		mr_buffer_deinit(&values[i]);
	return result;
}

int mr_install_claims(struct mr_store *store, struct mr_error *error)
{
	for (size_t i = 0; i < mr_sql_file_count; i++) {
		if (strncmp(mr_sql_files[i].name, CHECKS_FOLDER, strlen(CHECKS_FOLDER)) != 0)
			continue;
		int result = install_claim(store, &mr_sql_files[i], error);
		if (result < 0)
			return result;
	}
	if (sqlite3_exec(store->handle, order_sql, NULL, NULL, NULL) != SQLITE_OK)
		return mr_store_error(store, "check_claim", error);
	return 0;
}

/* restore DUMP DATABASE: make a database of a dump of SQL statements, compressed or not. */
#include <archive.h>
#include <archive_entry.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "schema/base/buffer.h"

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static void read_dump(const char *path, struct mr_buffer *ret_sql)
{
	struct archive *reader = archive_read_new();
	struct archive_entry *entry;
	char bytes[65536];
	la_ssize_t got;

	archive_read_support_filter_all(reader);
	archive_read_support_format_raw(reader);
	if (archive_read_open_filename(reader, path, sizeof(bytes)) != ARCHIVE_OK ||
	    archive_read_next_header(reader, &entry) != ARCHIVE_OK)
		fail(path, archive_error_string(reader));
	while ((got = archive_read_data(reader, bytes, sizeof(bytes))) > 0)
		mr_buffer_append(ret_sql, bytes, (size_t)got);
	if (got < 0)
		fail(path, archive_error_string(reader));
	archive_read_free(reader);
}

int main(int argc, char **argv)
{
	struct mr_buffer sql = {0};
	sqlite3 *database;

	if (argc != 3)
		fail(argv[0], "DUMP DATABASE");
	read_dump(argv[1], &sql);
	if (sqlite3_open(argv[2], &database) != SQLITE_OK ||
	    sqlite3_exec(database, sql.data, NULL, NULL, NULL) != SQLITE_OK)
		fail(argv[2], sqlite3_errmsg(database));
	sqlite3_close(database);
	mr_buffer_deinit(&sql);
	return 0;
}

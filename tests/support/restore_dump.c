/* A database made of a dump.  See restore_dump.h. */
#include "tests/support/restore_dump.h"

#include <archive.h>
#include <archive_entry.h>
#include <err.h>
#include <sqlite3.h>

#include "schema/base/buffer.h"

static void read_dump(const char *path, struct mr_buffer *ret_sql)
{
	struct archive *reader = archive_read_new();
	struct archive_entry *entry;
	static char bytes[65536];
	la_ssize_t got;

	archive_read_support_filter_all(reader);
	archive_read_support_format_raw(reader);
	if (archive_read_open_filename(reader, path, sizeof(bytes)) != ARCHIVE_OK ||
	    archive_read_next_header(reader, &entry) != ARCHIVE_OK)
		errx(1, "%s: %s", path, archive_error_string(reader));
	while ((got = archive_read_data(reader, bytes, sizeof(bytes))) > 0)
		mr_buffer_append(ret_sql, bytes, (size_t)got);
	if (got < 0)
		errx(1, "%s: %s", path, archive_error_string(reader));
	archive_read_free(reader);
}

void restore_dump(const char *dump_path, const char *database_path)
{
	struct mr_buffer sql = {0};
	sqlite3 *database;

	read_dump(dump_path, &sql);
	if (sqlite3_open(database_path, &database) != SQLITE_OK ||
	    sqlite3_exec(database, sql.data, NULL, NULL, NULL) != SQLITE_OK)
		errx(1, "%s: %s", database_path, sqlite3_errmsg(database));
	sqlite3_close(database);
	mr_buffer_deinit(&sql);
}

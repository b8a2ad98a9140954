/* Open a database and refuse what is not ours; transactions.  See store.h.
 *
 *   store.c     this file
 *   install.c   the schema of a new database
 *   document.c  the table documentation, from the catalog and the comments of the .sql files
 *   claim.c     checks: what their headers claim
 *   verdict.c   checks: what they find
 *   view_text.c the text of a view: its name, its columns, the names in it
 *   insert.c    rows and issues
 *   copy.c      one snapshot from another database
 *   select.c    SNAPSHOT arguments (a library of its own: it also imports archives)
 *
 * ANALYZE is never run: every statement is keyed by snapshot_id, and with statistics its plan would depend on
 * what happens to be in the database.
 */
#include "analyze/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze/store/internal.h"
#include "schema/base/cleanup.h"

#define BUSY_TIMEOUT_MS 10000
/* One archive should not spill: a spill takes the exclusive lock and an fsync in the middle of the import. */
#define CACHE_PRAGMA "PRAGMA cache_size = -24576"

/* The database header, https://sqlite.org/fileformat.html section 1.3. */
#define HEADER_BYTES 100
#define HEADER_MAGIC "SQLite format 3"
#define HEADER_USER_VERSION 60
#define HEADER_APPLICATION_ID 68

int mr_store_error(struct mr_store *store, const char *what, struct mr_error *error)
{
	static const struct {
		int sqlite;
		int number;
	} numbers[] = {
		{SQLITE_FULL, -ENOSPC},    {SQLITE_NOMEM, -ENOMEM},   {SQLITE_BUSY, -EBUSY},
		{SQLITE_LOCKED, -EBUSY},   {SQLITE_READONLY, -EROFS}, {SQLITE_CORRUPT, -EBADMSG},
		{SQLITE_NOTADB, -EBADMSG},
	};
	int code = sqlite3_errcode(store->handle) & 0xff;
	int number = -EIO;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].sqlite == code)
			number = numbers[i].number;
	return mr_error_set(error, number, "%s: %s%s%s", store->path, what ? what : "", what ? ": " : "",
			    sqlite3_errmsg(store->handle));
}

static int execute(struct mr_store *store, const char *sql, struct mr_error *error)
{
	if (sqlite3_exec(store->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return mr_store_error(store, NULL, error);
	return 0;
}

static uint32_t big_endian_32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Look at the first bytes of the file before SQLite does, so that what is not ours is only ever read.
 * @ret_is_new  there is no file yet, or an empty one */
static int look_at_header(const char *path, bool *ret_is_new, struct mr_error *error)
{
	unsigned char header[HEADER_BYTES];
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;

	*ret_is_new = fd < 0 && errno == ENOENT;
	if (*ret_is_new)
		return 0;
	if (fd < 0 || fstat(fd, &status) < 0)
		return mr_error_set(error, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return mr_error_set(error, -EPROTONOSUPPORT, "%s is not a memreckon database: not a file",
				    path);
	*ret_is_new = status.st_size == 0;
	if (*ret_is_new)
		return 0;
	ssize_t got = pread(fd, header, sizeof(header), 0);
	if (got < 0)
		return mr_error_set(error, -errno, "%s: %s", path, strerror(errno));
	if (got < HEADER_BYTES || memcmp(header, HEADER_MAGIC, sizeof(HEADER_MAGIC)) != 0)
		return mr_error_set(error, -EPROTONOSUPPORT,
				    "%s is not a memreckon database: not a SQLite file", path);
	if (big_endian_32(header + HEADER_APPLICATION_ID) != MR_APPLICATION_ID)
		return mr_error_set(error, -EPROTONOSUPPORT,
				    "%s is not a memreckon database: another program's SQLite file", path);
	uint32_t version = big_endian_32(header + HEADER_USER_VERSION);
	if (version > MR_SCHEMA_VERSION)
		return mr_error_set(
			error, -EPROTONOSUPPORT,
			"%s has schema %u, this program knows schema %d. A newer memreckon wrote it.", path,
			version, MR_SCHEMA_VERSION);
	if (version < MR_SCHEMA_VERSION)
		return mr_error_set(
			error, -EPROTONOSUPPORT,
			"%s has schema %u, this program makes schema %d: import its archives into a new one",
			path, version, MR_SCHEMA_VERSION);
	return 0;
}

static int open_handle(struct mr_store *store, int flags, struct mr_error *error)
{
	int result = sqlite3_open_v2(store->path, &store->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (!store->handle)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	if (result != SQLITE_OK)
		return mr_store_error(store, NULL, error);
	sqlite3_busy_timeout(store->handle, BUSY_TIMEOUT_MS);
	return execute(store, "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; " CACHE_PRAGMA, error);
}

/* A connection that only reads cannot undo an interrupted write; SQLite says so at the first statement.  Then
 * one that may write undoes it, and reads. */
static int open_for_reading(struct mr_store *store, struct mr_error *error)
{
	struct mr_error first = {0};

	int result = open_handle(store, SQLITE_OPEN_READONLY, &first);
	if (!result)
		result = execute(store, "SELECT 1 FROM sqlite_schema", &first);
	if (!result)
		return 0;
	if (!store->handle || sqlite3_extended_errcode(store->handle) != SQLITE_READONLY_ROLLBACK)
		return mr_error_set(error, result, "%s", first.message);
	sqlite3_close(store->handle);
	store->handle = NULL;
	result = open_handle(store, SQLITE_OPEN_READWRITE, error);
	return result < 0 ? result
			  : execute(store, "SELECT 1 FROM sqlite_schema; PRAGMA query_only = ON", error);
}

static int open_file(struct mr_store *store, enum mr_store_mode mode, struct mr_error *error)
{
	bool is_new;
	int result = look_at_header(store->path, &is_new, error);

	if (result < 0)
		return result;
	if (mode == MR_STORE_READ && is_new)
		return mr_error_set(error, -ENOENT, "no database %s.   memreckon import ARCHIVE makes it",
				    store->path);
	if (mode == MR_STORE_READ)
		return open_for_reading(store, error);
	return open_handle(store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
}

static int64_t page_count(struct mr_store *store)
{
	sqlite3_stmt *statement = NULL;
	int64_t count = -1;

	if (sqlite3_prepare_v2(store->handle, "PRAGMA page_count", -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		count = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return count;
}

/* Under the write lock: of two programs that find no database, one makes it and the other finds it. */
static int make_schema_if_new(struct mr_store *store, struct mr_error *error)
{
	int result = mr_store_begin(store, error);

	if (result < 0)
		return result;
	/* in an empty file the open write transaction counts page 1 already */
	store->was_created = page_count(store) <= 1 && sqlite3_exec(store->handle, "SELECT 1 FROM snapshot",
								    NULL, NULL, NULL) != SQLITE_OK;
	if (!store->was_created) {
		mr_store_rollback(store);
		return 0;
	}
	result = mr_install(store, error);
	if (!result)
		result = mr_store_commit(store, error);
	if (result < 0)
		mr_store_rollback(store);
	return result;
}

/* A path that SQLite takes for a file and nothing else: "" and ":..." are databases in memory, "file:..." a
 * URI. */
static char *file_path(const char *path)
{
	bool is_plain = *path && *path != ':' && strncmp(path, "file:", strlen("file:")) != 0;
	char *result = NULL;

	return asprintf(&result, "%s%s", is_plain ? "" : "./", path) < 0 ? NULL : result;
}

int mr_store_open(const char *path, enum mr_store_mode mode, struct mr_store **ret_store,
		  struct mr_error *error)
{
	struct mr_store *store = calloc(1, sizeof(*store));
	int result;

	if (!strcmp(path, ":memory:"))
		mode = MR_STORE_MEMORY;
	if (store)
		store->path = mode == MR_STORE_MEMORY ? strdup(":memory:") : file_path(path);
	if (!store || !store->path) {
		free(store);
		return mr_error_set(error, -ENOMEM, "%s: out of memory", path);
	}
	/* SQLite counts every allocation under a lock; nobody asks for the counts.  Refused, and no harm,
	 * once it runs. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	/* not SQLITE_OPEN_MEMORY: what copy.c attaches would be opened in memory too */
	if (mode == MR_STORE_MEMORY)
		result = open_handle(store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
	else
		result = open_file(store, mode, error);
	if (!result)
		result = mr_writers_init(store, error);
	if (!result && mode != MR_STORE_READ)
		result = make_schema_if_new(store, error);
	if (result < 0) {
		mr_store_close(store);
		return result;
	}
	*ret_store = store;
	return 0;
}

void mr_store_close(struct mr_store *store)
{
	if (!store)
		return;
	mr_store_rollback(store);
	mr_writers_deinit(store);
	mr_verdicts_deinit(store);
	sqlite3_finalize(store->put_issue);
	sqlite3_finalize(store->put_documentation);
	sqlite3_close(store->handle);
	free(store->path);
	free(store);
}

sqlite3 *mr_store_handle(struct mr_store *store)
{
	if (!store->deferred_errno)
		store->deferred_errno = mr_writers_flush(store, &store->deferred_error);
	return store->handle;
}

const char *mr_store_path(const struct mr_store *store)
{
	return store->path;
}

bool mr_store_was_created(const struct mr_store *store)
{
	return store->was_created;
}

int mr_store_begin(struct mr_store *store, struct mr_error *error)
{
	int result = execute(store, "BEGIN IMMEDIATE", error);

	store->in_transaction = !result;
	return result;
}

int mr_store_commit(struct mr_store *store, struct mr_error *error)
{
	mr_store_handle(store);
	if (store->deferred_errno < 0)
		return mr_error_set(error, store->deferred_errno, "%s", store->deferred_error.message);
	int result = execute(store, "COMMIT", error);
	if (result < 0)
		return result;
	store->in_transaction = false;
	store->verdicts.is_made_in_transaction = false;
	return 0;
}

void mr_store_rollback(struct mr_store *store)
{
	mr_writers_discard(store);
	/* a full disk may have ended the transaction already; then ROLLBACK has nothing to do and says so */
	if (store->in_transaction && !sqlite3_get_autocommit(store->handle))
		sqlite3_exec(store->handle, "ROLLBACK", NULL, NULL, NULL);
	store->in_transaction = false;
	/* the rollback has undone the tables that the statements are for */
	if (store->verdicts.is_made_in_transaction)
		mr_verdicts_deinit(store);
}

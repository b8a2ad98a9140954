/* Open a database and refuse what is not ours; transactions.  See store.h.
 *
 *   store.c     this file
 *   file_header.c  whose file is it?
 *   wait.c      waiting for another program
 *   install.c   the schema of a new database
 *   migrate.c   the schema of an older one
 *   document.c  the table documentation, from the catalog and the comments of the .sql files
 *   claim.c     checks: what their headers claim
 *   verdict.c   checks: what they find
 *   verdict_result.c    from the terms of a check to rows of check_result
 *   verdict_subjects.c  the subjects of a check, each with its terms
 *   verdict_terms.c     the arithmetic: the rules of a verdict
 *   view_text.c the text of a view: its name, its columns, the names in it
 *   insert.c    rows and issues
 *   copy.c      snapshots from another database
 *   prune.c     snapshots deleted, and the room they took
 *   merge.c     those that are not here, or more complete than here
 *   select.c    SNAPSHOT arguments (a library of its own: it also imports archives)
 *
 * ANALYZE is never run: every statement is keyed by snapshot_id, and with statistics its plan would depend on
 * what happens to be in the database.
 */
#include "analyze/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/store/internal.h"
#include "schema/base/cleanup.h"

/* A copy of an older database, made to read it, does not take longer than somebody waits for a report. */
#define COPY_BYTES_MAX (INT64_C(64) << 20)
/* One archive should not spill: a spill takes the exclusive lock and an fsync in the middle of the import. */
#define CACHE_PRAGMA "PRAGMA cache_size = -24576"

/* The errno of what SQLite says. */
static int number_of(int sqlite_code)
{
	static const struct {
		int sqlite;
		int number;
	} numbers[] = {
		{SQLITE_FULL, -ENOSPC},    {SQLITE_NOMEM, -ENOMEM},   {SQLITE_BUSY, -EBUSY},
		{SQLITE_LOCKED, -EBUSY},   {SQLITE_READONLY, -EROFS}, {SQLITE_CORRUPT, -EBADMSG},
		{SQLITE_NOTADB, -EBADMSG},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].sqlite == (sqlite_code & 0xff))
			return numbers[i].number;
	return -EIO;
}

/* The name is another file's now, or nobody's. */
static bool has_moved(struct mr_store *store)
{
	int moved = 0;

	sqlite3_file_control(store->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved;
}

static int say_moved(struct mr_store *store, struct mr_error *error)
{
	return mr_error_set(error, -EROFS, "%s: somebody has deleted or renamed it meanwhile", store->path);
}

int mr_store_error(struct mr_store *store, const char *what, struct mr_error *error)
{
	int number = number_of(sqlite3_errcode(store->handle));

	if (number == -EBUSY)
		return mr_error_set(error, number, "%s: another program holds it and does nothing with it",
				    store->path);
	if ((number == -EIO || number == -EROFS) && has_moved(store))
		return say_moved(store, error);
	return mr_error_set(error, number, "%s: %s%s%s", store->path, what ? what : "", what ? ": " : "",
			    sqlite3_errmsg(store->handle));
}

static int no_database(struct mr_store *store, struct mr_error *error)
{
	return mr_error_set(error, -ENOENT, "no database %s.   memreckon import ARCHIVE makes it",
			    store->path);
}

static int execute(struct mr_store *store, const char *sql, struct mr_error *error)
{
	if (sqlite3_exec(store->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return mr_store_error(store, NULL, error);
	return 0;
}

static int open_handle(struct mr_store *store, const char *path, int flags, struct mr_error *error)
{
	int result =
		sqlite3_open_v2(path, &store->handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);

	if (!store->handle)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	if (result != SQLITE_OK)
		return mr_store_error(store, NULL, error);
	sqlite3_busy_handler(store->handle, mr_wait_busy, &store->wait);
	/* somebody else's database may hold anything in its schema: nothing in it opens another file */
	sqlite3_limit(store->handle, SQLITE_LIMIT_ATTACHED, 0);
	return execute(store,
		       "PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON; PRAGMA temp_store = "
		       "MEMORY; " CACHE_PRAGMA,
		       error);
}

static void close_handle(struct mr_store *store)
{
	sqlite3_close(store->handle);
	store->handle = NULL;
}

/* A connection that only reads cannot undo an interrupted write; SQLite says so at the first statement.  Then
 * one that may write undoes it, and reads. */
static int open_for_reading(struct mr_store *store, struct mr_error *error)
{
	struct mr_error first = {0};

	int result = open_handle(store, store->path, SQLITE_OPEN_READONLY, &first);
	if (!result)
		result = execute(store, "SELECT 1 FROM sqlite_schema", &first);
	if (!result)
		return 0;
	if (!store->handle || sqlite3_extended_errcode(store->handle) != SQLITE_READONLY_ROLLBACK)
		return mr_error_set(error, result, "%s", first.message);
	close_handle(store);
	struct mr_error second = {0};
	result = open_handle(store, store->path, SQLITE_OPEN_READWRITE, &second);
	if (!result)
		result = execute(store, "SELECT 1 FROM sqlite_schema; PRAGMA query_only = ON", &second);
	if (result == -EROFS)
		return mr_error_set(
			error, result,
			"%s: a write that was interrupted has to be undone, and it cannot be written to\n"
			"  copy both files to where they can be:  cp %s %s-journal FOLDER",
			store->path, store->path, store->path);
	return result < 0 ? mr_error_set(error, result, "%s", second.message) : 0;
}

int mr_store_number(struct mr_store *store, const char *query, int64_t *ret_number, struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;
	int result = 0;

	if (sqlite3_prepare_v2(store->handle, query, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		*ret_number = sqlite3_column_int64(statement, 0);
	else
		result = mr_store_error(store, NULL, error);
	sqlite3_finalize(statement);
	return result;
}

char *mr_store_text(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	return text ? strdup(text) : NULL;
}

/* ---- the schema ---- */

/* No tables yet; in an empty file the open write transaction counts page 1 already. */
static int is_empty(struct mr_store *store, bool *ret_is_empty, struct mr_error *error)
{
	int64_t pages_count;
	int result = mr_store_number(store, "PRAGMA page_count", &pages_count, error);

	*ret_is_empty = !result && pages_count <= 1;
	return result;
}

/* In a transaction: of two programs that find no database, or an older one, one does it and the other finds
 * it done. */
static int make_or_migrate(struct mr_store *store, enum mr_store_mode mode, struct mr_error *error)
{
	int64_t version;
	bool is_new = false;

	int result = mr_store_number(store, "PRAGMA user_version", &version, error);
	if (!result)
		result = is_empty(store, &is_new, error);
	if (!result)
		result = mr_refuse_newer(store->path, version, error);
	if (result < 0 || version == MR_SCHEMA_VERSION)
		return result;
	if (is_new && mode == MR_STORE_UPDATE)
		return no_database(store, error);
	result = is_new ? mr_install(store, error) : mr_migrate(store, version, error);
	store->was_created = is_new;
	store->migrated_from_version = is_new ? 0 : version;
	return result;
}

static int bring_up(struct mr_store *store, enum mr_store_mode mode, struct mr_error *error)
{
	int64_t version;

	int result = mr_store_number(store, "PRAGMA user_version", &version, error);
	if (result < 0 || version == MR_SCHEMA_VERSION)
		return result;
	result = execute(store, "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON", error);
	if (!result)
		result = mr_store_begin(store, error);
	if (!result)
		result = make_or_migrate(store, mode, error);
	if (!result)
		result = mr_store_commit(store, error);
	if (result < 0) {
		mr_store_rollback(store);
		return result;
	}
	return execute(store, "PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = OFF", error);
}

int mr_store_copy_pages(struct mr_store *store, sqlite3 *to, const char *to_schema, struct mr_error *error)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, to_schema, store->handle, "main");

	if (!backup)
		return mr_error_set(error, -EIO, "%s: cannot be copied: %s", store->path, sqlite3_errmsg(to));
	sqlite3_backup_step(backup, -1);
	int result = sqlite3_backup_finish(backup);
	if (result != SQLITE_OK)
		return mr_error_set(error, number_of(result), "%s: cannot be copied: %s", store->path,
				    sqlite3_errstr(result));
	return 0;
}

/* Go on with a copy that has this schema: in a private file of SQLite's, which stays in memory while it is
 * small. */
static int change_to_copy(struct mr_store *store, int64_t version, int64_t size_bytes, struct mr_error *error)
{
	struct mr_store file = *store;

	if (size_bytes > COPY_BYTES_MAX)
		return mr_error_set(
			error, -EFBIG,
			"%s has schema %lld, this program reads schema %d\n"
			"  to bring it up to date, where it can be written to:  memreckon migrate -d %s",
			store->path, (long long)version, MR_SCHEMA_VERSION, store->path);
	store->handle = NULL;
	int result = open_handle(store, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
	if (!result)
		result = execute(store, "PRAGMA synchronous = OFF", error);
	if (!result)
		result = mr_store_copy_pages(&file, store->handle, "main", error);
	close_handle(&file);
	if (!result)
		result = bring_up(store, MR_STORE_UPDATE, error);
	store->is_copy = true;
	store->migrated_from_version = 0;
	return result < 0 ? result : execute(store, "PRAGMA query_only = ON", error);
}

static int read_file(struct mr_store *store, const struct mr_file_header *header, struct mr_error *error)
{
	int64_t version;
	bool is_new = false;

	int result = open_for_reading(store, error);
	/* asked again: the header may be of a write that was interrupted, and is undone now */
	if (!result)
		result = mr_store_number(store, "PRAGMA user_version", &version, error);
	if (!result)
		result = is_empty(store, &is_new, error);
	if (result < 0)
		return result;
	if (is_new)
		return no_database(store, error);
	result = mr_refuse_newer(store->path, version, error);
	if (result < 0)
		return result;
	return version == MR_SCHEMA_VERSION ? 0 : change_to_copy(store, version, header->size_bytes, error);
}

/* To make and delete a journal takes a disk four times as long as the commit itself: one serves all commits.
 * A database that somebody has put into another mode, WAL, stays in it. */
static int keep_journal(struct mr_store *store, struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;
	const char *mode;

	if (sqlite3_prepare_v2(store->handle, "PRAGMA journal_mode", -1, &statement, NULL) != SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW) {
		sqlite3_finalize(statement);
		return mr_store_error(store, NULL, error);
	}
	mode = (const char *)sqlite3_column_text(statement, 0);
	store->has_journal = mode && !strcmp(mode, "delete");
	sqlite3_finalize(statement);
	return store->has_journal ? execute(store, "PRAGMA journal_mode = PERSIST", error) : 0;
}

static int open_file(struct mr_store *store, enum mr_store_mode mode, struct mr_error *error)
{
	struct mr_file_header header;
	int result = mr_file_header_read(store->path, &header, error);

	if (result < 0)
		return result;
	if (mode != MR_STORE_WRITE && !header.is_there)
		return no_database(store, error);
	if (mode == MR_STORE_READ)
		return read_file(store, &header, error);
	int flags = SQLITE_OPEN_READWRITE | (mode == MR_STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
	result = open_handle(store, store->path, flags, error);
	if (!result)
		result = keep_journal(store, error);
	return result < 0 ? result : bring_up(store, mode, error);
}

/* Not SQLITE_OPEN_MEMORY: what copy.c attaches would be opened in memory too. */
static int open_memory(struct mr_store *store, struct mr_error *error)
{
	int result = open_handle(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);

	return result < 0 ? result : bring_up(store, MR_STORE_MEMORY, error);
}

/* A path that SQLite takes for a file and nothing else: "" and ":..." are databases in memory, "file:..." a
 * URI. */
static char *file_path(const char *path)
{
	bool is_plain = *path && *path != ':' && strncmp(path, "file:", strlen("file:")) != 0;
	char *result = NULL;

	return asprintf(&result, "%s%s", is_plain ? "" : "./", path) < 0 ? NULL : result;
}

static bool set_paths(struct mr_store *store, const char *path, enum mr_store_mode mode)
{
	store->path = mode == MR_STORE_MEMORY ? strdup(":memory:") : file_path(path);
	return store->path && mr_wait_init(&store->wait, store->path);
}

int mr_store_open(const char *path, enum mr_store_mode mode, struct mr_store **ret_store,
		  struct mr_error *error)
{
	struct mr_store *store = calloc(1, sizeof(*store));
	int result;

	if (!strcmp(path, ":memory:"))
		mode = MR_STORE_MEMORY;
	if (!store || !set_paths(store, path, mode)) {
		mr_store_close(store);
		return mr_error_set(error, -ENOMEM, "%s: out of memory", path);
	}
	/* SQLite counts every allocation under a lock; nobody asks for the counts.  Refused, and no harm,
	 * once it runs. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	result = mode == MR_STORE_MEMORY ? open_memory(store, error) : open_file(store, mode, error);
	if (!result)
		result = mr_writers_init(store, error);
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
	sqlite3_finalize(store->delete_snapshot);
	/* takes the journal away, unless somebody else is using it */
	if (store->has_journal)
		sqlite3_exec(store->handle, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	sqlite3_close(store->handle);
	mr_wait_deinit(&store->wait);
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

int64_t mr_store_migrated_from(const struct mr_store *store)
{
	return store->migrated_from_version;
}

int mr_store_begin(struct mr_store *store, struct mr_error *error)
{
	int result = execute(store, "BEGIN IMMEDIATE", error);

	if (result < 0)
		return result;
	store->in_transaction = true;
	if (!has_moved(store))
		return 0;
	mr_store_rollback(store);
	return say_moved(store, error);
}

int mr_store_discard_if_empty(struct mr_store *store, struct mr_error *error)
{
	int64_t snapshots_count;

	if (!strcmp(store->path, ":memory:"))
		return 0;
	/* The journal goes first, as long as SQLite can tell whose it is.  Then nobody adds to the database
	 * while it is looked at; whoever has it open hears at the first write that it is gone. */
	int result = execute(store, "PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE", error);
	if (result < 0)
		return result;
	result = mr_store_number(store, "SELECT count(*) FROM snapshot", &snapshots_count, error);
	if (!result && !snapshots_count && unlink(store->path) < 0)
		result = mr_error_set(error, -errno, "%s: %s", store->path, strerror(errno));
	sqlite3_exec(store->handle, "ROLLBACK", NULL, NULL, NULL);
	return result;
}

/* Write what waits; a failure of what was written late comes out here. */
static int write_late_rows(struct mr_store *store, struct mr_error *error)
{
	mr_store_handle(store);
	return store->deferred_errno < 0
		       ? mr_error_set(error, store->deferred_errno, "%s", store->deferred_error.message)
		       : 0;
}

int mr_store_commit(struct mr_store *store, struct mr_error *error)
{
	int result = write_late_rows(store, error);
	if (!result)
		result = execute(store, "COMMIT", error);
	if (result < 0)
		return result;
	store->in_transaction = false;
	store->verdicts.is_made_in_transaction = store->verdicts.is_made_in_part = false;
	return 0;
}

int mr_store_begin_part(struct mr_store *store, struct mr_error *error)
{
	mr_store_handle(store);
	return execute(store, "SAVEPOINT part", error);
}

int mr_store_end_part(struct mr_store *store, struct mr_error *error)
{
	int result = write_late_rows(store, error);
	if (!result)
		result = execute(store, "RELEASE part", error);
	if (!result)
		store->verdicts.is_made_in_part = false;
	return result;
}

void mr_store_rollback_part(struct mr_store *store)
{
	mr_writers_discard(store);
	/* a full disk may have ended the whole transaction already; who commits it will hear of that */
	if (!sqlite3_get_autocommit(store->handle))
		sqlite3_exec(store->handle, "ROLLBACK TO part; RELEASE part", NULL, NULL, NULL);
	if (store->verdicts.is_made_in_part)
		mr_verdicts_deinit(store);
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

/* The database: open it, make or refuse its schema, put rows into it.
 *
 * One SQLite file.  application_id says it is ours, user_version is MR_SCHEMA_VERSION; a database of somebody
 * else's or of a newer program is refused and not touched.  Everything of one archive is one transaction.
 */
#ifndef MR_STORE_H
#define MR_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyze/parse/parse.h"
#include "schema/base/error.h"

struct mr_store;

enum mr_store_mode {
	MR_STORE_READ,   /**< the file must exist; nothing is written to it */
	MR_STORE_WRITE,  /**< made when it does not exist; brought to this schema when it is older */
	MR_STORE_UPDATE, /**< the same, but the file must exist */
	MR_STORE_MEMORY, /**< a database of its own in memory; the path is ignored */
};

/**
 * Open a database and make sure of its schema.
 *
 * A database that an interrupted import left behind is first brought back to what it was before, also for
 * reading.  An older database is brought to this schema, in one transaction, when it is opened for writing;
 * for reading that is done to a private copy of it, and the file stays as it is.
 *
 * Another program that holds the database is waited for as long as it gets on: see mr_store_wait_at_most().
 *
 * @ret_store  set on success only
 * @return     0; -ENOENT no such file; -EPROTONOSUPPORT not ours or newer than this program; -EFBIG older,
 * and too large to be copied for reading; -EBUSY another program holds it and does nothing; -ENOSPC; -ENOMEM;
 * -EIO
 *
 * Owns:    the caller closes with mr_store_close()
 */
int mr_store_open(const char *path, enum mr_store_mode mode, struct mr_store **ret_store,
		  struct mr_error *error);

/** Close; NULL is fine.  An open transaction is rolled back. */
void mr_store_close(struct mr_store *store);

/** The connection, owned by the store: for statements of the caller's own.  Rows that mr_store_put_row()
 * still holds back are written first; a failure to do so comes out of mr_store_commit(). */
sqlite3 *mr_store_handle(struct mr_store *store);

/** The path it was opened with; ":memory:" for one in memory. */
const char *mr_store_path(const struct mr_store *store);

/**
 * Keep the failure that the connection reports: "PATH: what: SQLite's words".
 *
 * @what    what was being done: "check P10"; NULL for nothing to add
 * @return  the errno: -ENOSPC full, -ENOMEM, -EBUSY, -EROFS, -EBADMSG database damaged, -EIO anything else
 */
int mr_store_error(struct mr_store *store, const char *what, struct mr_error *error);

/** Whether MR_STORE_WRITE had to make the database. */
bool mr_store_was_created(const struct mr_store *store);

/** The schema that the file had when it was opened, if opening it for writing had to change that; else 0. */
int64_t mr_store_migrated_from(const struct mr_store *store);

/** Whom to tell, in all stores of the process, what takes long: waiting for another program, changing a
 * schema.  NULL, the default: nobody.  The text is one line without its end and may hold names. */
void mr_store_on_delay(void (*tell_delay)(const char *text));

/** How long all stores of the process wait for another program that shows no sign of life, that is: changes
 * neither the database nor its journal.  60,000 unless it is set. */
void mr_store_wait_at_most(int64_t ms);

int mr_store_begin(struct mr_store *store, struct mr_error *error);
int mr_store_commit(struct mr_store *store, struct mr_error *error);
/** A part of the open transaction that can be undone by itself. */
int mr_store_begin_part(struct mr_store *store, struct mr_error *error);
int mr_store_end_part(struct mr_store *store, struct mr_error *error);
/** Never fails: after it the transaction is as before mr_store_begin_part(), and goes on. */
void mr_store_rollback_part(struct mr_store *store);
/** Never fails: after it the database is as before mr_store_begin(). */
void mr_store_rollback(struct mr_store *store);

/** Delete the file again when there is no snapshot in it: it was made for nothing.  Only to be closed after
 * that. */
int mr_store_discard_if_empty(struct mr_store *store, struct mr_error *error);

/** Whether rows of this catalog table have a table of their own.  The rows of capture_index have none: what
 * they say is in reading and coverage. */
bool mr_store_has_table(const struct mr_table *table);

/**
 * Put one row of a catalog table, or add its values to the row of the same key (values that are NULL leave
 * what is there alone).  A row without one of its keys cannot be kept; that is an error of the caller.
 *
 * @reading  0 for the canonical reading, N for capture/again/N
 */
int mr_store_put_row(struct mr_store *store, int64_t snapshot_id, int64_t reading, const struct mr_row *row,
		     struct mr_error *error);

int mr_store_put_issue(struct mr_store *store, int64_t snapshot_id, const char *path,
		       const struct mr_issue *issue, struct mr_error *error);

/** Fill check_result of one snapshot from the views check_<id>, old results thrown away. */
int mr_store_compute_checks(struct mr_store *store, int64_t snapshot_id, struct mr_error *error);

/**
 * Let mr_store_compute_checks() keep what it makes for the next snapshot, for a connection that imports many
 * archives: twice as fast from the second on.
 *
 * What it makes are temporary copies of views.  From the first import on, a view asked by its bare name
 * through mr_store_handle() is then the copy, of the last snapshot alone: ask main.NAME, or another
 * connection.
 */
void mr_store_keep_copies(struct mr_store *store);

/** Delete a snapshot with all its rows, in the open transaction or in one of its own; nothing when it is not
 * there. */
int mr_store_delete_snapshot(struct mr_store *store, int64_t snapshot_id, struct mr_error *error);

struct mr_store_size {
	int64_t file_bytes;
	int64_t free_bytes; /**< of these, pages that hold nothing and that the next snapshots use first */
};

int mr_store_size(struct mr_store *store, struct mr_store_size *ret_size, struct mr_error *error);

/** Make the file as small as what it holds.  Needs room for that beside the database while it runs, and as
 * much as the database was large for the journal. */
int mr_store_vacuum(struct mr_store *store, struct mr_error *error);

/** Copy one snapshot with all its rows from the database file at @path.  @ret_snapshot_id the number it has
 * here. */
int mr_store_copy_snapshot(struct mr_store *store, const char *path, int64_t snapshot_id,
			   int64_t *ret_snapshot_id, struct mr_error *error);

#endif

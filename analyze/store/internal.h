/* What the files of store/ know of each other. */
#ifndef MR_STORE_INTERNAL_H
#define MR_STORE_INTERNAL_H

#include "analyze/store/store.h"
#include "analyze/store/verdict_result.h"
#include "schema/base/buffer.h"

/** A row that waits for more values of the same key: the files of one folder make one row, one file at a
 * time. */
struct mr_waiting_row {
	bool is_waiting;
	int64_t snapshot_id;
	int64_t reading;
	struct mr_row row;       /**< its texts point into texts[] */
	struct mr_buffer *texts; /**< one for each field of the table */
};

/** How rows of one catalog table go in. */
struct mr_table_writer {
	const struct mr_table *table;
	sqlite3_stmt *upsert;           /**< NULL until the first row */
	struct mr_waiting_row *waiting; /**< NULL for tables whose files give whole rows */
};

enum mr_verdict_step_kind {
	MR_STEP_RUN,   /**< it changes the database */
	MR_STEP_FACTS, /**< it has what verdicts need of the snapshot beside terms */
	MR_STEP_TERMS, /**< it has the terms of a check */
};

/** One statement on the way to the verdicts of a snapshot. */
struct mr_verdict_step {
	enum mr_verdict_step_kind kind;
	char *sql;
	sqlite3_stmt *statement; /**< NULL until all the tables are made */
	char *what;              /**< for messages: "check P10" */
};

/** The statements behind check_result, and the temporary tables they need. */
struct mr_verdicts {
	struct mr_verdict_step *steps;
	size_t count;
	size_t capacity_count;
	struct mr_results results;
	struct mr_buffer drops; /**< statements that take the temporary tables away */
	bool is_kept;           /**< from one snapshot to the next */
	bool is_made;
	bool is_made_in_transaction; /**< the open one: a rollback takes the temporary tables away */
	bool is_made_in_part;        /**< likewise, the open part of it */
};

/** What is seen of the program that is waited for. */
struct mr_wait {
	const char *path;
	char *journal_path;             /**< owned */
	int64_t begin_ns, last_sign_ns; /**< CLOCK_MONOTONIC: of this wait, of the last change */
	uint64_t sign;
	bool is_told;
};

struct mr_store {
	sqlite3 *handle;
	char *path;
	bool was_created;
	bool has_journal;              /**< that stays between transactions */
	bool is_copy;                  /**< the handle is of a migrated copy, not of the file at path */
	int64_t migrated_from_version; /**< 0: nothing was migrated */
	struct mr_wait wait;
	bool in_transaction;
	struct mr_table_writer *writers; /**< beside mr_tables[] */
	sqlite3_stmt *put_issue;
	sqlite3_stmt *delete_snapshot;
	sqlite3_stmt *put_documentation; /**< only while the schema is made */
	struct mr_verdicts verdicts;
	int64_t issue_snapshot_id; /**< issue_count belongs to this snapshot */
	int64_t issue_count;
	int deferred_errno; /**< of rows that were written late */
	struct mr_error deferred_error;
};

/** How the rows of one table are copied. */
struct mr_copy_step {
	char *table;
	sqlite3_stmt *insert; /**< ?1 the number of the snapshot here, ?2 the one there */
};

/** The database that is attached as "other". */
struct mr_donor {
	struct mr_store *store;
	struct mr_copy_step *steps; /**< that of the table snapshot first */
	size_t count;
};

/** file_header.c: what the first bytes of a file say, before SQLite sees it. */
struct mr_file_header {
	bool is_there; /**< else there is no file, or an empty one, and all is 0 */
	int64_t schema_version;
	int64_t size_bytes;
};

/** @return  0; -EPROTONOSUPPORT not ours or newer; -EACCES and whatever else open() and pread() say */
int mr_file_header_read(const char *path, struct mr_file_header *ret_header, struct mr_error *error);
/** @return  0; -EPROTONOSUPPORT when the version is newer than this program's */
int mr_refuse_newer(const char *path, int64_t schema_version, struct mr_error *error);

/** wait.c: @path must live as long.  @return whether there was memory */
bool mr_wait_init(struct mr_wait *wait, const char *path);
void mr_wait_deinit(struct mr_wait *wait);
/** The busy handler; @context is the struct mr_wait of the store. */
int mr_wait_busy(void *context, int calls_count);
/** Say what takes long to whom mr_store_on_delay() named. */
void mr_store_tell(const char *text);

/** store.c: the number that a pragma or a query gives. */
int mr_store_number(struct mr_store *store, const char *query, int64_t *ret_number, struct mr_error *error);

/** store.c: a cell of the row at hand as text. @return for the caller to free(); NULL for no memory, and for
 * NULL */
char *mr_store_text(sqlite3_stmt *row, int column);

/** store.c: all pages of the database that the store has open into another connection's. */
int mr_store_copy_pages(struct mr_store *store, sqlite3 *to, const char *to_schema, struct mr_error *error);

/** install.c: make the whole schema in the open transaction. */
int mr_install(struct mr_store *store, struct mr_error *error);
/** The parts of it that are made anew when a database is migrated: documentation and claims; the version. */
int mr_install_texts(struct mr_store *store, struct mr_error *error);
int mr_install_identity(struct mr_store *store, struct mr_error *error);

/** migrate.c: bring an older database up to this schema, in the open transaction; foreign keys are not
 * enforced and ALTER TABLE is the legacy one, both of which can only be set outside of it. */
int mr_migrate(struct mr_store *store, int64_t from_version, struct mr_error *error);

/** document.c: fill documentation from the catalog, and from the comments of one embedded file. */
int mr_document_catalog(struct mr_store *store, struct mr_error *error);
int mr_document_sql(struct mr_store *store, const char *file_name, const char *text, struct mr_error *error);

/** claim.c: fill check_claim from the header comments of checks/. */
int mr_install_claims(struct mr_store *store, struct mr_error *error);

/** verdict.c: finalize the statements; the temporary tables are gone or go with the connection. */
void mr_verdicts_deinit(struct mr_store *store);
/** Take away what mr_store_keep_copies() keeps, and keep no more. */
int mr_verdicts_drop(struct mr_store *store, struct mr_error *error);

/** insert.c: the kind of issue that the table calls so; @ret_kind stays when there is none. */
void mr_issue_kind_find(const char *name, enum mr_issue_kind *ret_kind);

/** insert.c: make and free the writers; write what waits. */
int mr_writers_init(struct mr_store *store, struct mr_error *error);
void mr_writers_deinit(struct mr_store *store);
int mr_writers_flush(struct mr_store *store, struct mr_error *error);
/** Forget what waits, and what was counted. */
void mr_writers_discard(struct mr_store *store);

#endif

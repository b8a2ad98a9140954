/* What the files of store/ know of each other. */
#ifndef MR_STORE_INTERNAL_H
#define MR_STORE_INTERNAL_H

#include "analyze/store/store.h"
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

/** One statement on the way to the verdicts of a snapshot. */
struct mr_verdict_step {
	char *sql;
	sqlite3_stmt *statement; /**< NULL until all the tables are made */
	char *what;              /**< for messages: "check P10" */
};

/** The statements that fill check_result, and the temporary tables they need. */
struct mr_verdicts {
	struct mr_verdict_step *steps;
	size_t count;
	size_t capacity_count;
	struct mr_buffer drops; /**< statements that take the temporary tables away */
	bool is_kept;           /**< from one snapshot to the next */
	bool is_made;
	bool is_made_in_transaction; /**< the open one: a rollback takes the temporary tables away */
};

struct mr_store {
	sqlite3 *handle;
	char *path;
	bool was_created;
	bool in_transaction;
	struct mr_table_writer *writers; /**< beside mr_tables[] */
	sqlite3_stmt *put_issue;
	sqlite3_stmt *put_documentation; /**< only while the schema is made */
	struct mr_verdicts verdicts;
	int64_t issue_snapshot_id; /**< issue_count belongs to this snapshot */
	int64_t issue_count;
	int deferred_errno; /**< of rows that were written late */
	struct mr_error deferred_error;
};

/** install.c: make the whole schema in the open transaction. */
int mr_install(struct mr_store *store, struct mr_error *error);

/** document.c: fill documentation from the catalog, and from the comments of one embedded file. */
int mr_document_catalog(struct mr_store *store, struct mr_error *error);
int mr_document_sql(struct mr_store *store, const char *file_name, const char *text, struct mr_error *error);

/** claim.c: fill check_claim from the header comments of checks/. */
int mr_install_claims(struct mr_store *store, struct mr_error *error);

/** verdict.c: finalize the statements; the temporary tables are gone or go with the connection. */
void mr_verdicts_deinit(struct mr_store *store);

/** insert.c: make and free the writers; write what waits. */
int mr_writers_init(struct mr_store *store, struct mr_error *error);
void mr_writers_deinit(struct mr_store *store);
int mr_writers_flush(struct mr_store *store, struct mr_error *error);
/** Forget what waits, and what was counted. */
void mr_writers_discard(struct mr_store *store);

#endif

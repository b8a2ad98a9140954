/* Snapshots that are no longer wanted, and the room they took. */
#include <stdlib.h>
#include <string.h>

#include "analyze/store/internal.h"
#include "schema/base/cleanup.h"

int mr_store_delete_snapshot(struct mr_store *store, int64_t snapshot_id, struct mr_error *error)
{
	static const char sql[] = "DELETE FROM main.snapshot WHERE snapshot_id = ?";
	int result = 0;

	if (!store->delete_snapshot &&
	    sqlite3_prepare_v3(store->handle, sql, sizeof(sql), SQLITE_PREPARE_PERSISTENT,
			       &store->delete_snapshot, NULL) != SQLITE_OK)
		return mr_store_error(store, "snapshot", error);
	sqlite3_bind_int64(store->delete_snapshot, 1, snapshot_id);
	if (sqlite3_step(store->delete_snapshot) != SQLITE_DONE)
		result = mr_store_error(store, "snapshot", error);
	sqlite3_reset(store->delete_snapshot);
	return result;
}

int mr_store_size(struct mr_store *store, struct mr_store_size *ret_size, struct mr_error *error)
{
	int64_t page_bytes = 0, pages_count = 0, free_count = 0;

	int result = mr_store_number(store, "PRAGMA page_size", &page_bytes, error);
	if (!result)
		result = mr_store_number(store, "PRAGMA page_count", &pages_count, error);
	if (!result)
		result = mr_store_number(store, "PRAGMA freelist_count", &free_count, error);
	*ret_size = (struct mr_store_size){pages_count * page_bytes, free_count * page_bytes};
	return result;
}

/* SQLite builds the smaller database in a temporary file: on disk and beside the database, where there is
 * room or can be made some, not in memory and not in a folder that may be in memory. */
int mr_store_vacuum(struct mr_store *store, struct mr_error *error)
{
	const char *slash = strrchr(store->path, '/');
	int result = 0;

	sqlite3_temp_directory =
		slash ? sqlite3_mprintf("%.*s", slash > store->path ? (int)(slash - store->path) : 1,
					store->path)
		      : sqlite3_mprintf(".");
	/* the temporary file is attached */
	sqlite3_limit(store->handle, SQLITE_LIMIT_ATTACHED, 1);
	if (sqlite3_exec(store->handle, "PRAGMA temp_store = FILE; VACUUM", NULL, NULL, NULL) != SQLITE_OK)
		result = mr_store_error(store, "VACUUM", error);
	sqlite3_limit(store->handle, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_exec(store->handle, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
	sqlite3_free(sqlite3_temp_directory);
	sqlite3_temp_directory = NULL;
	return result;
}

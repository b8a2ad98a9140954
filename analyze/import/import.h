/* One archive into the store: read it as a stream, parse each member, put the rows, check the books. */
#ifndef MR_IMPORT_H
#define MR_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/store/store.h"

enum mr_import_outcome {
	MR_IMPORT_ADDED,
	MR_IMPORT_KNOWN,    /**< the same capture is there already; nothing was written */
	MR_IMPORT_REPLACED, /**< the same capture was there, less complete */
};

struct mr_import_result {
	enum mr_import_outcome outcome;
	int64_t snapshot_id;     /**< of what was added, or is there already */
	int64_t processes_count; /**< this and the counts below: of what was stored; 0 when it is known */
	int64_t cgroups_count;
	int64_t values_count; /**< cells that are not NULL */
	int64_t issues_count;
	bool partial; /**< not complete: rights, time, budget, or cut off */
};

/**
 * Import one archive in one transaction.
 *
 * @salvage  take what is whole of an archive that is cut off; otherwise such an archive is refused
 * The members are compared with the digests of the index; an archive that is known already is only read, not
 * stored.
 *
 * @return   0 and @ret_result; -ENOENT; -EBADMSG when it is damaged, cut off or no capture; -EFBIG when it
 *           passes a limit of archive_in.h; -EPROTONOSUPPORT when its format is newer; -EEXIST when the same
 *           id is there with other content; -EBUSY, -ENOSPC, -EROFS, -EIO, -ENOMEM.  After a failure the
 *           database is as before.
 */
int mr_import(struct mr_store *store, const char *archive_path, bool salvage,
	      struct mr_import_result *ret_result, struct mr_error *error);

#endif

/* Inputs into the store: each is read and parsed by a process of its own, and this one writes. */
#ifndef MR_IMPORT_H
#define MR_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/read/input.h"
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

/** What comparing the files of a capture with its rows came to. */
struct mr_proof_result {
	int64_t snapshot_id;
	int64_t counts[MR_TRIP_COUNT_TOTAL];
	struct mr_trip_finding findings[MR_TRIP_FINDINGS_MAX]; /**< the first differences */
	size_t finding_count;
	struct mr_trip_exception *exceptions; /**< by kind of file and reason */
	size_t exception_count;
};

struct mr_import_options {
	struct mr_input_options input;
	bool verify; /**< then compare what is in the database with the files, see proof.h */
	const struct mr_archive_limits *limits; /**< NULL: mr_archive_default_limits */
	unsigned jobs; /**< inputs that are read at once, this one and those ahead; 0: one */
};

/** Who hears of each capture. */
struct mr_import_listener {
	void *context;
	/**
	 * One capture is done with, or an input that has none.
	 *
	 * @name    path of the input, and behind a colon where in it the capture is
	 * @result  0 and @ret; or a negative errno and its words: it is refused, the others go on
	 */
	void (*capture)(void *context, const char *name, int result, const struct mr_import_result *ret,
			const struct mr_error *error);
	/** An input is done with, the first @done of all. */
	void (*input)(void *context, size_t done);
	/**
	 * A capture was compared with its rows; NULL when options do not ask for that.
	 *
	 * @result  0 and @ret; or a negative errno and its words: it could not be compared
	 */
	void (*proof)(void *context, const char *name, int result, const struct mr_proof_result *ret,
		      const struct mr_error *error);
};

/**
 * Import inputs, each capture in one transaction.
 *
 * The members of archives of ours are compared with the digests of their index; a capture that is known
 * already is only read, not stored.
 *
 * @return  0, also when some were refused; -EBUSY, -ENOSPC, -EROFS, -EIO of the database, -ENOMEM: the rest
 * is not imported.  After any failure the database is as before the capture that failed.
 */
int mr_import_all(struct mr_store *store, const char *const *paths, size_t count,
		  const struct mr_import_options *options, const struct mr_import_listener *listener,
		  struct mr_error *error);

/**
 * Import an input that holds one capture.
 *
 * @salvage  take what is whole of an archive that is cut off; otherwise such an archive is refused
 * @return   0 and @ret_result; -ENOENT; -EBADMSG when it is damaged, cut off or no capture; -EFBIG when it
 *           passes a limit of archive_in.h; -EPROTONOSUPPORT when its format is newer; -EEXIST when the same
 *           id is there with other content; -EBUSY, -ENOSPC, -EROFS, -EIO, -ENOMEM.  After these the
 *           database is as before.  -EINVAL when there are several captures in it, which it then has: meant
 *           for a database in memory.
 */
int mr_import(struct mr_store *store, const char *archive_path, bool salvage,
	      struct mr_import_result *ret_result, struct mr_error *error);

#endif

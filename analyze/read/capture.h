/* One capture on its way in: what is said of it beside its rows and issues. */
#ifndef MR_CAPTURE_H
#define MR_CAPTURE_H

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyze/read/outlet.h"
#include "schema/base/error.h"
#include "schema/completeness.h"

/** Texts are not owned.  All zero is "not known". */
struct mr_capture {
	const char *name; /**< inside of its input: path of an inner archive, top of a tree; "" when it is all
			     of it */
	const char *uuid; /**< snapshot id of the collector; NULL for the captures of others */
	const char *digest; /**< hex SHA-256 over its members, the identity of the captures of others */
	const char *origin; /**< memreckon, sosreport, smemcap, supportconfig, tree, file */
	const char *host;   /**< NULL: not known */
	int64_t taken_ns;   /**< since 1970 UTC; meaningless without has_taken_ns */
	bool has_taken_ns;
	enum mr_completeness completeness;
	int64_t members_count;
	int64_t stored_bytes; /**< of the archive as it is stored */
};

#define MR_DIGEST_HEX_BYTES (2 * SHA256_DIGEST_SIZE + 1)

/** Who takes the captures of one input, one after the other.  Each function returns 0, or a negative errno
 * that ends the import of the input; the context is the outlet's. */
struct mr_intake {
	struct mr_outlet outlet;
	/** A capture begins: its name is known, and of ours the uuid.  Its rows and issues follow. */
	int (*begin)(void *context, const struct mr_capture *capture);
	/** It was read to its end, and all is known. */
	int (*end)(void *context, const struct mr_capture *capture);
	/** What was begun, if anything was, is to be forgotten.
	 * @name    of the capture inside of its input
	 * @reason  NULL: it is none, or a part of another; else why it is refused */
	int (*drop)(void *context, const char *name, const struct mr_error *reason);
	/** What comparing its files with the rows of the database came to, in front of its end: the numbers,
	 * beside enum mr_trip_count, then the first differences.  NULL: nobody compares. */
	int (*counts)(void *context, const int64_t counts[MR_TRIP_COUNT_TOTAL]);
	int (*finding)(void *context, const struct mr_trip_finding *finding);
	int (*exception)(void *context, const struct mr_trip_exception *exception);
};

#endif

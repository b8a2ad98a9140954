/* What the import itself must know of a capture: rows of capture/meta.csv and capture/end.csv taken apart. */
#ifndef MR_FACTS_H
#define MR_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/parse/parse.h"
#include "schema/base/error.h"
#include "schema/catalog.h"

enum mr_endianness { MR_ENDIAN_UNKNOWN, MR_ENDIAN_LITTLE, MR_ENDIAN_BIG };

/** From capture/meta.csv.  All zero is "not said". */
struct mr_facts {
	int64_t format;
	char *uuid;
	char *host;
	char *tool;
	int64_t taken_ns;
	bool has_taken_ns;
	enum mr_endianness endianness;
	int64_t page_size_bytes; /**< of the captures of others; 0: not known */
	char *cgroup1_mount;     /**< no leading slash; NULL when it is not mounted */
	char *cgroup2_mount;
};

/** From capture/end.csv. */
struct mr_end_facts {
	bool is_there;
	bool is_complete;
	int64_t members_count;  /**< before it; -1 when not said, here and below */
	int64_t readings_count; /**< rows in the index */
	int64_t failed_count;   /**< of these, not ok */
	char index_sha256[65];  /**< "" when not said */
};

/**
 * Take the facts out of capture/meta.csv.
 *
 * @name    of the archive, for messages
 * @return  0; -EBADMSG when a fact that nothing works without is missing; -EPROTONOSUPPORT newer format;
 *          -ENOMEM
 *
 * Owns:    the caller frees with mr_facts_deinit(), also after a failure
 */
int mr_facts_read(struct mr_facts *facts, const char *name, const char *text, size_t length_bytes,
		  struct mr_error *error);

void mr_facts_deinit(struct mr_facts *facts);

/** The mount points as mr_source_match() wants them; they point into @facts. */
struct mr_mounts mr_facts_mounts(const struct mr_facts *facts);

/** Take the facts out of a row of capture_end. */
void mr_end_facts_take(struct mr_end_facts *facts, const struct mr_row *row);

#endif

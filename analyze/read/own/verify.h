/* Is an archive whole, and is it what the collector wrote?  Nothing is stored and little is kept. */
#ifndef MR_VERIFY_H
#define MR_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/base/buffer.h"
#include "schema/base/error.h"

enum mr_verify_outcome {
	MR_VERIFY_WHOLE,   /**< everything that the collector wrote is there and unchanged */
	MR_VERIFY_CUT_OFF, /**< the end is missing; what is there is unchanged as far as its index goes */
	MR_VERIFY_CHANGED, /**< something is not as the collector wrote it */
};

/** Problems that are kept by name; the others are only counted. */
#define MR_VERIFY_PROBLEMS_MAX 20

struct mr_verify_problem {
	char *path;       /**< of the member, any bytes */
	const char *what; /**< what is wrong with it */
};

struct mr_verify_result {
	enum mr_verify_outcome outcome;
	int64_t members_count;  /**< read, capture/end.csv included */
	int64_t readings_count; /**< rows of the index */
	int64_t compared_count; /**< members whose bytes are those of their row */
	int64_t unlisted_count; /**< of an archive that is cut off: members whose part of the index is missing
				 */
	char *tool;             /**< that wrote it; NULL when it does not say */
	char *completeness;     /**< complete or partial; NULL when it is cut off */
	char *cut;              /**< where it is cut off; NULL when it is not */
	struct mr_verify_problem problems[MR_VERIFY_PROBLEMS_MAX];
	int64_t problems_count;
};

/**
 * Read an archive and compare it with its own index and end.
 *
 * @return  0 and @ret, for any outcome; -ENOENT; -EBADMSG when it is no capture; -EFBIG when it passes a
 * limit of archive_in.h; -EPROTONOSUPPORT when its format is newer; -EIO; -ENOMEM
 *
 * Owns:    the caller frees @ret with mr_verify_deinit(), also after a failure
 */
int mr_verify(const char *archive_path, struct mr_verify_result *ret, struct mr_error *error);

void mr_verify_deinit(struct mr_verify_result *result);

#endif

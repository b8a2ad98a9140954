/* What import --verify shows: a line for each capture whose files were compared with its rows, and the
 * differences. */
#ifndef MR_VERB_IMPORT_PROOF_H
#define MR_VERB_IMPORT_PROOF_H

#include "analyze/import/import.h"
#include "analyze/verb/verb.h"

struct mr_proof_exception {
	const char *what;
	enum mr_trip_count reason;
	int64_t values_count;
};

struct mr_proof_view {
	struct mr_section *captures, *differences;
	struct mr_section *exceptions;
	struct mr_proof_exception *kinds; /**< summed over all captures; kept by the report */
	size_t kind_count, kind_capacity;
	int64_t counts[MR_TRIP_COUNT_TOTAL]; /**< of all captures */
	size_t captures_count;               /**< that were compared */
	size_t failed_count;                 /**< that could not be */
};

/** Make its tables; only when they were asked for. */
void mr_proof_view_begin(struct mr_call *call, struct mr_proof_view *view);

/** Take what became of one capture. */
void mr_proof_view_add(struct mr_call *call, struct mr_proof_view *view, const char *name, int result,
		       const struct mr_proof_result *proof, const struct mr_error *error);

/** Say it in the head of the report.  @return whether anything differs */
bool mr_proof_view_end(struct mr_call *call, struct mr_proof_view *view);

#endif

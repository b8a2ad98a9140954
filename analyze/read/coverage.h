/* How many files of each kind were read, and how that ended: the rows of coverage. */
#ifndef MR_COVERAGE_H
#define MR_COVERAGE_H

#include "analyze/read/outlet.h"

/** All zero is nothing yet. */
struct mr_coverage {
	struct mr_coverage_row *rows;
	size_t count;
	size_t latest; /**< where the reading before was counted */
};

/** One reading of a file, or a part of one. */
struct mr_coverage_reading {
	const char *status; /**< ok, an errno name, ...; need not be NUL-terminated */
	size_t status_length;
	bool is_canonical; /**< it is counted; others only add their bytes and times */
	int64_t bytes;
	bool has_start;
	int64_t start_ns;
	bool has_duration;
	int64_t duration_ns;
};

void mr_coverage_deinit(struct mr_coverage *coverage);

/** Count a reading.  @return 0 or -ENOMEM */
int mr_coverage_add(struct mr_coverage *coverage, const struct mr_source *source,
		    const struct mr_coverage_reading *reading);

/** @return 0 or what the outlet returns */
int mr_coverage_put(const struct mr_coverage *coverage, const struct mr_outlet *outlet);

#endif

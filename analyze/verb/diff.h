/* Parts of the verb diff, private to the files diff*.c. */
#ifndef MR_VERB_DIFF_H
#define MR_VERB_DIFF_H

#include "analyze/verb/head.h"
#include "analyze/verb/ledger.h"

/** Columns of all three tables: by class, by cgroup and slab cache, by process.  For programs they are the
 * same, so that one CSV holds them all. */
enum mr_diff_column {
	KIND,
	CLASS,
	NAME,
	PID,
	START,
	MEASURE,
	STATUS,
	BEFORE,
	AFTER,
	CHANGE,
	PERCENT,
	FLOOR,
	IS_CHANGE,
	WHO,
	BAR,
	COLUMN_COUNT
};

struct mr_diff {
	struct mr_call *call;
	struct mr_head before, after;
	struct mr_ledger before_ledger, after_ledger;
	struct mr_column columns[COLUMN_COUNT];
	size_t unchanged_cgroups, unchanged_slabs; /**< rows of cgroups by class */
	int64_t same, new, gone, restarted;        /**< processes */
	const char *top_cgroup;                    /**< the one that changed most; NULL: none did */
};

/** Make the columns; their headers name the two snapshots and the unit. */
void mr_diff_make_columns(struct mr_diff *diff);

/** Add one of the three tables.  @who_cells  the last column is not made narrower */
struct mr_section *mr_diff_section(struct mr_diff *diff, const char *name, const char *who,
				   unsigned who_cells);

/** The floor of a row: --floor, or what was measured. */
int64_t mr_diff_floor(const struct mr_diff *diff, int64_t measured_bytes);

/** Give change and percent of a row their form: "~" inside the floor, new, gone, "·" for percent of nothing.
 */
void mr_diff_show_change(struct mr_report_row *row, bool is_change);

/** Draw the bar of a row and widen the scale of its section to it. */
void mr_diff_draw(struct mr_section *section, struct mr_report_row *row);

int mr_diff_classes(struct mr_diff *diff, struct mr_error *error);
int mr_diff_who(struct mr_diff *diff, struct mr_error *error);
int mr_diff_processes(struct mr_diff *diff, struct mr_error *error);

#endif

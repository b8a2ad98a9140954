/* The ledger as rows that add up on paper: what report, diff and list print of it. */
#ifndef MR_VERB_LEDGER_H
#define MR_VERB_LEDGER_H

#include "analyze/verb/verb.h"

struct mr_ledger_row {
	const char *class_name, *parent, *title, *source, *note;
	bool is_known; /**< bytes is a number */
	bool is_group; /**< other rows are parts of it */
	int64_t bytes;
	int64_t steps;       /**< as printed, in steps of the unit */
	int64_t share_steps; /**< hundredths of a percent of MemTotal, as printed */
	int64_t share_ppm;
	bool has_change;      /**< the other snapshot knows it too */
	int64_t change_bytes; /**< since the other snapshot */
	int64_t change_steps;
};

#define MR_LEDGER_ROWS_MAX 96

struct mr_ledger {
	struct mr_ledger_row rows[MR_LEDGER_ROWS_MAX];
	size_t count;
	enum mr_size_unit unit;
	int64_t page_size_bytes;
	int64_t total_bytes;
};

/** Read the ledger of one snapshot and round it: the parts of each group sum to what is printed for the
 * group. */
int mr_ledger_load(struct mr_call *call, int64_t snapshot_id, struct mr_ledger *ret_ledger,
		   struct mr_error *error);

/** Round it again in another unit; changes have to be compared again. */
void mr_ledger_round(struct mr_ledger *ledger, enum mr_size_unit unit);

/** Fill the changes of @ledger since @before, rounded so that they sum up as well. */
void mr_ledger_compare(struct mr_ledger *ledger, const struct mr_ledger *before);

/** @return whether any row has a number: a table of nothing but question marks says nothing */
bool mr_ledger_knows_anything(const struct mr_ledger *ledger);

/** @return the row of a class, or NULL */
const struct mr_ledger_row *mr_ledger_find(const struct mr_ledger *ledger, const char *class_name);

/** Steps of @count summands that together are printed as @total_steps, in the unit of the ledger. */
void mr_ledger_apportion(const struct mr_ledger *ledger, const int64_t *bytes, int64_t *ret_steps,
			 size_t count, int64_t total_steps);

#endif

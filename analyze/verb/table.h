/* Flat tables of many rows: matched, sorted, cut, the rest summed up in one row.  ps, cgroups and show use
 * it. */
#ifndef MR_VERB_TABLE_H
#define MR_VERB_TABLE_H

#include <sqlite3.h>

#include "analyze/verb/verb.h"

/** A name for --sort and the column that it stands for. */
struct mr_sort_key {
	const char *key;
	const char *column;
};

/** What one flat table needs to know beside its columns. */
struct mr_table_view {
	const char *sort_column; /**< the default; largest first, ties by the other columns from the left */
	const struct mr_sort_key *keys;   /**< ended by a key of NULL */
	const char *const *match_columns; /**< columns that --match looks at, ended by NULL */
	const char *rest_column;          /**< where "(2,012 more)" stands */
	const char *bar_of;               /**< column that the bars show; NULL for no bars */
	bool rest_is_summed;              /**< sizes of the rows that are cut can be added up */
};

/**
 * Fill a section from a statement: a row for each row of it that --match lets through, sorted by --sort.
 *
 * @return  0; -EINVAL for an unknown sort key; what stepping the statement returns
 */
int mr_table_fill(struct mr_call *call, struct mr_section *section, sqlite3_stmt *statement,
		  const struct mr_table_view *view, struct mr_error *error);

/** Draw the bars, and put one row in the place of those behind the first @most. */
void mr_table_finish(struct mr_call *call, struct mr_section *section, const struct mr_table_view *view,
		     size_t most);

/** @return the column of this name; SIZE_MAX when there is none */
size_t mr_section_column(const struct mr_section *section, const char *name);

#endif

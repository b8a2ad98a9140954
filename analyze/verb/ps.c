/* ps: the processes of a snapshot as a flat table. */
#include <string.h>

#include "analyze/verb/charge.h"
#include "analyze/verb/head.h"
#include "analyze/verb/query.h"
#include "analyze/verb/table.h"
#include "schema/base/cleanup.h"

#define ROWS_DEFAULT 20

enum column { PID, PSS, RSS, USS, SWAP, SHARE, BAR, NAME, CGROUP };

static const struct mr_column columns[] = {
	{"pid", "pid", MR_COLUMN_INTEGER, 0, 5},
	{"pss_bytes", "PSS", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 7},
	{"rss_bytes", "RSS", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 7},
	{"uss_bytes", "USS", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 7, 3},
	{"swap_bytes", "swap", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 7, 2},
	{"share_ppm", "%RAM", MR_COLUMN_SHARE, MR_COLUMN_ZERO_IS_NOTHING, 6, 4},
	{"bar", "", MR_COLUMN_BAR, 0, 10},
	{"name", "name", MR_COLUMN_NAME, 0, 15},
	{"cgroup_path", "cgroup", MR_COLUMN_NAME, 0, 18},
	{"start_ticks", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"state", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
	{"parent_pid", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"threads_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"rss_source", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"anon_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"file_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"shmem_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"swap_pss_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"page_tables_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"hugetlb_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"locked_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"virtual_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"oom_score", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"oom_score_adj", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
};

static const struct mr_sort_key keys[] = {
	{"total", "pss_bytes"}, {"pss", "pss_bytes"},
	{"rss", "rss_bytes"},   {"uss", "uss_bytes"},
	{"swap", "swap_bytes"}, {"anon", "anon_bytes"},
	{"file", "file_bytes"}, {"shmem", "shmem_bytes"},
	{"name", "name"},       {"kernel", "page_tables_bytes"},
	{NULL, NULL},
};

static const char *const match_columns[] = {"name", "pid", "cgroup_path", NULL};

static const struct mr_table_view view = {
	.sort_column = "pss_bytes",
	.keys = keys,
	.match_columns = match_columns,
	.rest_column = "name",
	.bar_of = "share_ppm",
	.rest_is_summed = true,
};

/* "Σ PSS 125.98 GiB", or "Σ PSS ≥ 1.02 GiB (21 of 262 processes)" */
static const char *sum_of(struct mr_call *call, const struct mr_section *section, size_t column,
			  const char *name)
{
	int64_t sum = 0, known = 0;

	for (size_t i = 0; i < section->row_count; i++) {
		const struct mr_cell *cell = &section->rows[i].cells[column];

		known += cell->has_number;
		if (cell->has_number && __builtin_add_overflow(sum, cell->integer, &sum))
			return mr_report_format(&call->report, "Σ %s ?", name);
	}
	if (!known && section->row_count)
		return mr_report_format(&call->report, "Σ %s ?", name);
	if (known == (int64_t)section->row_count)
		return mr_report_format(&call->report, "Σ %s %s", name, mr_number_size_prose(sum).text);
	return mr_report_format(&call->report, "Σ %s ≥ %s (%s of %s)", name, mr_number_size_prose(sum).text,
				mr_number_count(known).text,
				mr_number_count((int64_t)section->row_count).text);
}

/* The part of RAM that a process holds is its PSS; where that is not known nothing is said. */
static void add_shares(struct mr_section *section, int64_t total_bytes)
{
	for (size_t i = 0; i < section->row_count; i++) {
		struct mr_cell *cells = section->rows[i].cells;

		cells[SHARE] = cells[PSS].has_number && total_bytes > 0
				       ? mr_cell_integer(mr_number_ppm(cells[PSS].integer, total_bytes))
				       : mr_cell_unknown();
	}
}

static void shorten_cgroups(struct mr_call *call, struct mr_section *section)
{
	for (size_t i = 0; !mr_call_is_data(call) && i < section->row_count; i++) {
		struct mr_cell *cell = &section->rows[i].cells[CGROUP];

		if (cell->text)
			*cell = mr_cell_text(mr_cgroup_label(&call->report, cell->text));
	}
}

/* Whether PSS is known of so few of the processes that hold memory that the largest would not be on top.
 * Kernel threads hold none, and that is known whoever asks. */
static int find_order(struct mr_call *call, const struct mr_head *head, bool *ret_is_by_rss,
		      struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_store *store = call->selection.store;
	int result = mr_query_snapshot(store,
				       "SELECT count(pss_bytes) * 2 < count(*) FROM process WHERE "
				       "snapshot_id = ?1 AND rss_bytes > 0",
				       head->snapshot_id, &row, error);

	if (!result)
		result = mr_query_step(store, row, error);
	*ret_is_by_rss = result == 1 && !call->options.sort && sqlite3_column_int(row, 0);
	return result < 0 ? result : 0;
}

static int fill(struct mr_call *call, const struct mr_head *head, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_section *section =
		mr_report_section(&call->report, "rows", columns, sizeof(columns) / sizeof(columns[0]));
	int result =
		mr_query_saved(call->selection.store, "reports/ps", head->snapshot_id, 0, &statement, error);

	struct mr_table_view by = view;
	bool is_by_rss = false;
	if (!result)
		result = find_order(call, head, &is_by_rss, error);
	if (is_by_rss)
		by.sort_column = "rss_bytes";
	if (!result)
		result = mr_table_fill(call, section, statement, &by, error);
	if (result < 0)
		return result;
	if (!section->row_count && !call->options.match.count) {
		section->is_hidden_when_empty = true;
		mr_report_head(&call->report,
			       mr_report_format(&call->report, "%s  no processes in the capture",
						mr_head_identity(call, head)));
		return 0;
	}
	mr_report_head(&call->report, mr_report_format(&call->report, "%s  %s%s process%s  %s  %s",
						       mr_head_identity(call, head),
						       mr_number_count((int64_t)section->row_count).text,
						       call->options.match.count ? " matching" : "",
						       section->row_count == 1 ? "" : "es",
						       sum_of(call, section, PSS, "PSS"),
						       sum_of(call, section, RSS, "RSS")));
	add_shares(section, head->mem_total_bytes);
	mr_table_finish(call, section, &by, mr_call_rows(call, ROWS_DEFAULT));
	if (is_by_rss && section->row_count)
		mr_report_note(&call->report, "", "sorted by RSS, because PSS is known for few", NULL);
	shorten_cgroups(call, section);
	return 0;
}

int mr_verb_ps(struct mr_call *call, struct mr_error *error)
{
	struct mr_head head;
	int result = mr_head_of_one(call, &head, error);

	if (result < 0)
		return result;
	result = fill(call, &head, error);
	if (result < 0)
		return result;
	const struct mr_section *section = &call->report.sections[0];
	if (section->row_count && section->rows[0].kind == MR_ROW_DATA)
		mr_call_next(call, "show",
			     mr_report_format(&call->report, "%lld",
					      (long long)section->rows[0].cells[PID].integer),
			     0, 1);
	mr_call_next(call, "cgroups", NULL, 0, 1);
	return 0;
}

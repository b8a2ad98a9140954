/* cgroups: the memory cgroups of a snapshot as a flat table; each row with the groups below it. */
#include <string.h>

#include "analyze/verb/head.h"
#include "analyze/verb/query.h"
#include "analyze/verb/table.h"
#include "schema/base/cleanup.h"

#define ROWS_DEFAULT 20

enum column { USAGE, ANON, FILE_CACHE, SHMEM, KERNEL, SWAP, LIMIT, PROCESSES, BAR, PATH };

static const struct mr_column columns[] = {
	{"usage_bytes", "total", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 7},
	{"anon_bytes", "anon", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 7},
	{"file_bytes", "file", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 7},
	{"shmem_bytes", "shmem", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 7, 2},
	{"kernel_bytes", "kernel", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 7},
	{"swap_bytes", "swap", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 6, 3},
	{"limit_bytes", "limit", MR_COLUMN_SIZE, 0, 6, 1},
	{"processes_count", "procs", MR_COLUMN_INTEGER, MR_COLUMN_ZERO_IS_NOTHING, 0, 4},
	{"bar", "", MR_COLUMN_BAR, 0, 10},
	{"path", "cgroup and those below", MR_COLUMN_NAME, 0, 26},
	{"hierarchy", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"parent_path", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
	{"depth", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"inode", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"peak_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"limit_unlimited", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"high_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"mapped_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"slab_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"sock_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"unevictable_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"own_usage_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"own_anon_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"own_file_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"own_shmem_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
	{"children_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"dying_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
};

static const struct mr_sort_key keys[] = {
	{"total", "usage_bytes"},   {"anon", "anon_bytes"}, {"file", "file_bytes"}, {"shmem", "shmem_bytes"},
	{"kernel", "kernel_bytes"}, {"swap", "swap_bytes"}, {"name", "path"},       {NULL, NULL},
};

static const char *const match_columns[] = {"path", NULL};

static const struct mr_table_view view = {
	.sort_column = "usage_bytes",
	.keys = keys,
	.match_columns = match_columns,
	.rest_column = "path",
	.bar_of = "usage_bytes",
};

/* No limit is no number; a file that was not read is unknown. */
static void show_limits(struct mr_section *section)
{
	size_t unlimited = mr_section_column(section, "limit_unlimited");

	for (size_t i = 0; i < section->row_count; i++) {
		struct mr_cell *cells = section->rows[i].cells;

		if (!cells[LIMIT].has_number && cells[unlimited].has_number && cells[unlimited].integer)
			cells[LIMIT] = mr_cell_nothing();
	}
}

static int fill(struct mr_call *call, const struct mr_head *head, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_section *section =
		mr_report_section(&call->report, "rows", columns, sizeof(columns) / sizeof(columns[0]));
	int result = mr_query_saved(call->selection.store, "reports/cgroups", head->snapshot_id, 0,
				    &statement, error);

	if (!result)
		result = mr_table_fill(call, section, statement, &view, error);
	if (result < 0)
		return result;
	show_limits(section);
	section->is_hidden_when_empty = true;
	/* only the collector looks for the mounts */
	if (!section->row_count && mr_head_is_foreign(head) && !call->options.match.count)
		mr_report_head(&call->report, mr_report_format(&call->report, "%s  no cgroups in the capture",
							       mr_head_identity(call, head)));
	else
		mr_report_head(
			&call->report,
			mr_report_format(&call->report, "%s  %s%s cgroups%s", mr_head_identity(call, head),
					 mr_number_count((int64_t)section->row_count).text,
					 call->options.match.count ? " matching" : "",
					 head->memory_hierarchy == 1   ? " (v1)"
					 : head->memory_hierarchy == 2 ? " (v2)"
								       : "; no memory controller was found"));
	mr_table_finish(call, section, &view, mr_call_rows(call, ROWS_DEFAULT));
	return 0;
}

/* The largest group that is not the root: the one to look at next. */
static const char *largest(const struct mr_section *section)
{
	for (size_t i = 0; i < section->row_count; i++) {
		const struct mr_cell *path = &section->rows[i].cells[PATH];

		if (section->rows[i].kind == MR_ROW_DATA && path->text && strcmp(path->text, "/"))
			return path->text;
	}
	return NULL;
}

int mr_verb_cgroups(struct mr_call *call, struct mr_error *error)
{
	struct mr_head head;
	int result = mr_head_of_one(call, &head, error);

	if (result < 0)
		return result;
	result = fill(call, &head, error);
	if (result < 0)
		return result;
	const char *path = largest(&call->report.sections[0]);
	if (path)
		mr_call_next(call, "show", path, 0, 1);
	mr_call_next(call, "ps", NULL, 0, 1);
	return 0;
}

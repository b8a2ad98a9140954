/* show: everything about one process, cgroup, class of the ledger or slab cache; the evidence of a capture.
 *
 * What there is to say of a thing are the columns of its saved statement, with the words of the schema for
 * each: a column that a view gains is shown without a change here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/verb/charge.h"
#include "analyze/verb/evidence.h"
#include "analyze/verb/ledger.h"
#include "analyze/verb/query.h"
#include "analyze/verb/table.h"
#include "schema/base/cleanup.h"

#define ROWS_DEFAULT 10

enum value_column { COLUMN_NAME, VALUE, LABEL, MEANING, FULL_MEANING, VALUE_COLUMN_COUNT };

static const struct mr_column value_columns[] = {
	{"column", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"value", "", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 10},
	{"label", "", MR_COLUMN_LABEL, MR_COLUMN_PAPER_ONLY},
	{"short_meaning", "", MR_COLUMN_LABEL, MR_COLUMN_PAPER_ONLY, 20},
	{"meaning", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
};

static const struct mr_column process_columns[] = {
	{"pid", "pid", MR_COLUMN_INTEGER, 0, 5},
	{"pss_bytes", "PSS", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 8},
	{"rss_bytes", "RSS", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 8},
	{"anon_bytes", "anon", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 8},
	{"swap_bytes", "swap", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 8},
	{"name", "name", MR_COLUMN_NAME},
};

static const struct mr_column group_columns[] = {
	{"usage_bytes", "total", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 8},
	{"anon_bytes", "anon", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 8},
	{"file_bytes", "file", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 8},
	{"kernel_bytes", "kernel", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 8},
	{"processes_count", "procs", MR_COLUMN_INTEGER, MR_COLUMN_ZERO_IS_NOTHING, 5, 1},
	{"path", "group below", MR_COLUMN_NAME},
};

static const struct mr_column part_columns[] = {
	{"class", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"bytes", "size", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 8},
	{"share_ppm", "%RAM", MR_COLUMN_SHARE, MR_COLUMN_ZERO_IS_NOTHING, 6},
	{"title", "class", MR_COLUMN_LABEL, MR_COLUMN_TREE},
	{"source", "counted as", MR_COLUMN_LABEL, 0, 20},
};

static const struct mr_column holder_columns[] = {
	{"bytes", "size", MR_COLUMN_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 8},
	{"path", "cgroup, without those below", MR_COLUMN_NAME},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int64_t one(sqlite3_stmt *statement, const char *name)
{
	return mr_query_integer(statement, name, -1);
}

/* Bind :pid, :path, :class, :cache: whatever the saved statement names its thing. */
static int open_saved(struct mr_call *call, const char *name, const char *parameter, const char *thing,
		      sqlite3_stmt **ret_statement, struct mr_error *error)
{
	int result =
		mr_query_saved(call->selection.store, name, call->selection.ids[0], 0, ret_statement, error);

	if (result < 0)
		return result;
	mr_query_bind_text(*ret_statement, sqlite3_bind_parameter_index(*ret_statement, parameter), thing);
	return 0;
}

static bool ends_in(const char *text, const char *suffix)
{
	size_t length = strlen(text), suffix_length = strlen(suffix);

	return length > suffix_length && !strcmp(text + length - suffix_length, suffix);
}

/* What the schema says about a column, of the view or of what the saved statement adds to it. */
static const char *meaning_of(struct mr_call *call, const char *view, const char *column)
{
	static const struct {
		const char *column, *meaning;
	} added[] = {
		{"rss_peak_bytes", "most RSS it ever had: VmHWM"},
		{"statm_bytes", "RSS as the kernel's counters have it: statm"},
		{"private_clean_bytes", "part of USS that has not been written to"},
		{"private_dirty_bytes", "part of USS that has been written to"},
		{"shared_clean_bytes", "mapped by others too, not written to"},
		{"shared_dirty_bytes", "mapped by others too, written to"},
		{"anon_huge_bytes", "anonymous memory in transparent huge pages"},
		{"lazy_free_bytes", "given back with MADV_FREE, still there"},
		{"pss_bytes", "sum over the processes in the group itself"},
	};
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_error ignored = {0};

	if (mr_query(call->selection.store,
		     "SELECT meaning FROM documentation WHERE object = ?1 AND column_name = ?2", &row,
		     &ignored) < 0)
		return "";
	mr_query_bind_text(row, 1, view);
	mr_query_bind_text(row, 2, column);
	if (mr_query_step(call->selection.store, row, &ignored) == 1)
		return mr_query_text(&call->report, row, 0);
	for (size_t i = 0; i < COUNT(added); i++)
		if (!strcmp(added[i].column, column))
			return added[i].meaning;
	return "";
}

/* "page_tables_bytes" is "page tables" on paper. */
static const char *label_of(struct mr_report *report, const char *column)
{
	char *label = mr_report_allocate(report, strlen(column) + 1);
	size_t length = strlen(column) - (ends_in(column, "_bytes")   ? strlen("_bytes")
					  : ends_in(column, "_count") ? strlen("_count")
								      : 0);

	if (!strcmp(column, "bytes"))
		return "total";
	for (size_t i = 0; label && i < length; i++)
		label[i] = column[i] == '_' ? ' ' : column[i];
	return label ? label : "";
}

static void add_value(struct mr_call *call, struct mr_section *section, sqlite3_stmt *statement, int i,
		      const char *view)
{
	const char *name = sqlite3_column_name(statement, i);
	const char *meaning = meaning_of(call, view, name);
	struct mr_report_row *row = mr_section_row(&call->report, section);

	if (!row)
		return;
	row->cells[COLUMN_NAME] = mr_cell_text(mr_report_format(&call->report, "%s", name));
	row->cells[VALUE] = mr_query_cell(&call->report, statement, i);
	row->cells[VALUE].is_plain = !ends_in(name, "_bytes") && strcmp(name, "bytes");
	row->cells[LABEL] = mr_cell_text(label_of(&call->report, name));
	row->cells[MEANING] = mr_cell_text(mr_report_keep(&call->report, meaning, strcspn(meaning, ";:")));
	row->cells[FULL_MEANING] = mr_cell_text(meaning);
}

/* All sizes of the thing, in the order of its view, those that are not known in one line; for programs all
 * its columns. */
static void add_values(struct mr_call *call, sqlite3_stmt *statement, const char *view)
{
	const char *unknown = "";
	struct mr_section *section =
		mr_report_section(&call->report, "rows", value_columns, VALUE_COLUMN_COUNT);

	for (int i = 0; i < sqlite3_column_count(statement); i++) {
		const char *name = sqlite3_column_name(statement, i);
		bool is_size = ends_in(name, "_bytes") || !strcmp(name, "bytes");

		if (mr_call_is_data(call) || (is_size && !mr_query_is_null(statement, i)))
			add_value(call, section, statement, i, view);
		else if (is_size && !strstr(meaning_of(call, view, name), "NULL: none"))
			unknown = mr_report_format(&call->report, "%s%s%s", unknown, *unknown ? ", " : "",
						   label_of(&call->report, name));
	}
	if (*unknown)
		mr_report_note(&call->report, "not known", unknown, NULL);
}

static int add_table(struct mr_call *call, const char *saved, const char *parameter, const char *thing,
		     const char *name, const struct mr_column *columns, size_t column_count,
		     const struct mr_table_view *view, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_section *section = mr_report_section(&call->report, name, columns, column_count);
	int result = open_saved(call, saved, parameter, thing, &statement, error);

	if (!result)
		result = mr_table_fill(call, section, statement, view, error);
	if (result < 0)
		return result;
	mr_table_finish(call, section, view, mr_call_rows(call, ROWS_DEFAULT));
	section->is_hidden_when_empty = true;
	return 0;
}

static const char *text_or(struct mr_report *report, sqlite3_stmt *statement, const char *name,
			   const char *otherwise)
{
	const char *text = mr_query_named_text(report, statement, name);

	return text ? text : otherwise;
}

/* A number that may be below zero, "?" where it was not read. */
static const char *number_or(struct mr_report *report, sqlite3_stmt *statement, const char *name)
{
	const char *text = mr_query_named_text(report, statement, name);

	return text ? text : "?";
}

/* Which files of a process could not be read, and why. */
static int add_lost(struct mr_call *call, int64_t snapshot_id, int64_t pid, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_report *report = &call->report;
	/* '0' follows '/' */
	int result = mr_query_snapshot(
		call->selection.store,
		"SELECT group_concat(substr(path, instr(substr(path, 6), '/') + 6) || ' ' || status, ', ')"
		" FROM reading WHERE snapshot_id = ?1 AND path > ?2 AND path < ?3 AND reading = 0 AND status "
		"<> 'ok'",
		snapshot_id, &row, error);

	if (result < 0)
		return result;
	mr_query_bind_text(row, 2, mr_report_format(report, "proc/%lld/", (long long)pid));
	mr_query_bind_text(row, 3, mr_report_format(report, "proc/%lld0", (long long)pid));
	result = mr_query_step(call->selection.store, row, error);
	const char *lost = result == 1 ? mr_query_text(report, row, 0) : NULL;
	if (lost)
		mr_report_note(report, "not read", lost, NULL);
	return result < 0 ? result : 0;
}

static int show_process(struct mr_call *call, const struct mr_head *head, const char *pid,
			struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_report *report = &call->report;
	int result = open_saved(call, "reports/show_process", ":pid", pid, &row, error);

	if (result < 0)
		return result;
	/* pid is an INTEGER column: text compares with it only as a number */
	sqlite3_bind_int64(row, sqlite3_bind_parameter_index(row, ":pid"), strtoll(pid, NULL, 10));
	result = mr_query_step(call->selection.store, row, error);
	if (result < 0)
		return result;
	if (!result)
		return mr_error_set(error, -EINVAL, "no process %s in %s.   memreckon ps", pid, head->name);
	const char *path = text_or(report, row, "cgroup_path", NULL);
	mr_report_head(report,
		       mr_report_format(report, "%s  %s   %s of %s%s%s", pid,
					text_or(report, row, "name", "?"), head->name,
					head->host ? head->host : "?", path ? "   " : "", path ? path : ""));
	const char *text = mr_report_format(
		report, "state %s, %s thread%s, parent %s", text_or(report, row, "state", "?"),
		number_or(report, row, "threads_count"), one(row, "threads_count") == 1 ? "" : "s",
		number_or(report, row, "parent_pid"));
	if (!mr_query_is_null(row, mr_query_column(row, "started_ns")))
		text = mr_report_format(report, "%s, started %s", text,
					mr_number_moment(one(row, "started_ns"), MR_MOMENT_SECOND).text);
	text = mr_report_format(report, "%s, oom score %s (adj %s)", text,
				number_or(report, row, "oom_score"), number_or(report, row, "oom_score_adj"));
	const char *source = text_or(report, row, "rss_source", NULL);
	if (source && strcmp(source, "smaps_rollup") != 0)
		text = mr_report_format(report, "%s, RSS by %s", text, source);
	mr_report_head(report, text);
	add_values(call, row, "process");
	if (path)
		mr_call_next(call, "show", path, 1, 1);
	return add_lost(call, head->snapshot_id, one(row, "pid"), error);
}

static const struct mr_sort_key no_keys[] = {{NULL, NULL}};
static const char *const no_match[] = {NULL};

static const char *limit_text(struct mr_call *call, sqlite3_stmt *row)
{
	int64_t limit_bytes = one(row, "limit_bytes"), usage_bytes = one(row, "usage_bytes");

	if (one(row, "limit_unlimited") == 1)
		return "no limit of its own";
	if (limit_bytes < 0)
		return "limit not known";
	const char *text =
		mr_report_format(&call->report, "limit %s", mr_number_size_prose(limit_bytes).text);
	if (usage_bytes < 0 || !limit_bytes)
		return text;
	return mr_report_format(
		&call->report, "%s, %s%% of it charged", text,
		mr_number_share((mr_number_ppm(usage_bytes, limit_bytes) + 50) / 100, false).text);
}

static int show_cgroup(struct mr_call *call, const struct mr_head *head, const char *path,
		       struct mr_error *error)
{
	static const struct mr_table_view processes = {.sort_column = "pss_bytes",
						       .keys = no_keys,
						       .match_columns = no_match,
						       .rest_column = "name",
						       .rest_is_summed = true};
	static const struct mr_table_view groups = {.sort_column = "usage_bytes",
						    .keys = no_keys,
						    .match_columns = no_match,
						    .rest_column = "path",
						    .rest_is_summed = true};
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_report *report = &call->report;
	int result = open_saved(call, "reports/show_cgroup", ":path", path, &row, error);

	if (!result)
		result = mr_query_step(call->selection.store, row, error);
	if (result < 0)
		return result;
	if (!result)
		return mr_error_set(error, -EINVAL, "no memory cgroup %s in %s.   memreckon cgroups", path,
				    head->name);
	mr_report_head(report,
		       mr_report_format(report, "%s   %s of %s   v%lld   %s process%s   %s", path, head->name,
					head->host ? head->host : "?", (long long)one(row, "hierarchy"),
					mr_number_count(mr_query_integer(row, "processes_count", 0)).text,
					mr_query_integer(row, "processes_count", 0) == 1 ? "" : "es",
					limit_text(call, row)));
	add_values(call, row, "cgroup");
	result = add_table(call, "reports/show_cgroup_processes", ":path", path, "processes", process_columns,
			   COUNT(process_columns), &processes, error);
	if (!result)
		result = add_table(call, "reports/show_cgroup_children", ":path", path, "children",
				   group_columns, COUNT(group_columns), &groups, error);
	const char *parent = text_or(report, row, "parent_path", NULL);
	if (parent)
		mr_call_next(call, "show", parent, 1, 1);
	return result;
}

static void add_class_row(struct mr_call *call, struct mr_section *section, const struct mr_ledger_row *entry,
			  unsigned depth, int64_t total_bytes)
{
	enum { CLASS, BYTES, SHARE, TITLE, SOURCE };
	struct mr_report_row *row = mr_section_row(&call->report, section);

	if (!row)
		return;
	row->depth = depth;
	row->key = mr_cell_text(entry->class_name);
	row->cells[CLASS] = mr_cell_text(entry->class_name);
	row->cells[BYTES] = entry->is_known ? mr_cell_integer(entry->bytes) : mr_cell_unknown();
	row->cells[SHARE] = entry->is_known ? mr_cell_integer(mr_number_ppm(entry->bytes, total_bytes))
					    : mr_cell_unknown();
	row->cells[TITLE] = mr_cell_text(entry->title);
	row->cells[SOURCE] = mr_cell_text(entry->source ? entry->source : "");
	row->note = entry->note;
}

static int show_class(struct mr_call *call, const struct mr_head *head, const struct mr_ledger *ledger,
		      const struct mr_ledger_row *class_row, struct mr_error *error)
{
	static const struct mr_table_view holders = {.sort_column = "bytes",
						     .keys = no_keys,
						     .match_columns = no_match,
						     .rest_column = "path",
						     .rest_is_summed = true};
	struct mr_report *report = &call->report;
	struct mr_section *section = mr_report_section(report, "rows", part_columns, COUNT(part_columns));

	mr_report_head(report,
		       mr_report_format(report, "%s   %s of %s", class_row->title ? class_row->title : "?",
					head->name, head->host ? head->host : "?"));
	if (section)
		section->is_tree = true;
	add_class_row(call, section, class_row, 0, ledger->total_bytes);
	for (size_t i = 0; i < ledger->count; i++)
		if (ledger->rows[i].parent && !strcmp(ledger->rows[i].parent, class_row->class_name))
			add_class_row(call, section, &ledger->rows[i], 1, ledger->total_bytes);
	return add_table(call, "reports/show_class_cgroups", ":class", class_row->class_name, "cgroups",
			 holder_columns, COUNT(holder_columns), &holders, error);
}

static int show_slab(struct mr_call *call, const struct mr_head *head, const char *cache,
		     struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_report *report = &call->report;
	int result = open_saved(call, "reports/show_slab", ":cache", cache, &row, error);

	if (!result)
		result = mr_query_step(call->selection.store, row, error);
	if (result < 0)
		return result;
	if (!result)
		return mr_error_set(error, -EINVAL,
				    "%s is no pid, /cgroup, class or slab cache of %s.   memreckon ps   "
				    "memreckon cgroups   memreckon report",
				    cache, head->name);
	mr_report_head(report,
		       mr_report_format(report, "%s   slab cache   %s of %s   %s of %s objects in use", cache,
					head->name, head->host ? head->host : "?",
					mr_number_count(one(row, "active_objects_count")).text,
					mr_number_count(one(row, "objects_count")).text));
	add_values(call, row, "slab_cache");
	return 0;
}

static int show(struct mr_call *call, const struct mr_head *head, const char *thing, struct mr_error *error)
{
	_cleanup_free_ struct mr_ledger *ledger = calloc(1, sizeof(*ledger));
	int result;

	if (!ledger)
		return mr_error_set(error, -ENOMEM, "out of memory");
	if (!strcmp(thing, "evidence"))
		return mr_evidence_show(call, head, error);
	if (*thing == '/')
		return show_cgroup(call, head, thing, error);
	if (*thing && strspn(thing, "0123456789") == strlen(thing))
		return show_process(call, head, thing, error);
	result = mr_ledger_load(call, head->snapshot_id, ledger, error);
	if (result < 0)
		return result;
	const struct mr_ledger_row *class_row = mr_ledger_find(ledger, thing);
	for (size_t i = 0; !class_row && i < ledger->count; i++)
		if (ledger->rows[i].title && !strcmp(ledger->rows[i].title, thing))
			class_row = &ledger->rows[i];
	return class_row ? show_class(call, head, ledger, class_row, error)
			 : show_slab(call, head, thing, error);
}

int mr_verb_show(struct mr_call *call, struct mr_error *error)
{
	static const char *const defaults[] = {"@last", NULL};
	struct mr_head head;

	if (!call->options.argument_count)
		return mr_error_set(error, -EINVAL,
				    "show needs a pid, a /cgroup, a class, a slab cache or evidence.   "
				    "memreckon show --help");
	int result = mr_call_select(call, 1, defaults, 1, error);
	if (!result)
		result = mr_head_load(call, 0, &head, error);
	if (result < 0)
		return result;
	mr_head_facts(call, &head, "snapshot");
	result = show(call, &head, call->options.arguments[0], error);
	mr_call_next(call, "report", NULL, 1, 1);
	return result;
}

/* See head.h. */
#include "analyze/verb/head.h"

#include <errno.h>
#include <string.h>

#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

static void take(struct mr_report *report, sqlite3_stmt *row, struct mr_head *head)
{
	int uptime = mr_query_column(row, "uptime_seconds");

	head->host = mr_query_named_text(report, row, "host");
	head->taken_ns = mr_query_integer(row, "taken_ns", MR_MOMENT_UNKNOWN);
	head->kernel_release = mr_query_named_text(report, row, "kernel_release");
	head->machine = mr_query_named_text(report, row, "machine");
	head->page_size_bytes = mr_query_integer(row, "page_size_bytes", -1);
	head->cpus_online_count = mr_query_integer(row, "cpus_online_count", -1);
	head->uptime_seconds =
		uptime < 0 || mr_query_is_null(row, uptime) ? -1 : sqlite3_column_double(row, uptime);
	head->boot_id = mr_query_named_text(report, row, "boot_id");
	head->euid = mr_query_integer(row, "euid", -1);
	head->completeness = mr_query_named_text(report, row, "completeness");
	head->processes_count = mr_query_integer(row, "processes_count", -1);
	head->processes_with_pss_count = mr_query_integer(row, "processes_with_pss_count", -1);
	head->cgroups_count = mr_query_integer(row, "cgroups_count", -1);
	head->sampled_frames_count = mr_query_integer(row, "sampled_frames_count", -1);
	head->ram_frames_count = mr_query_integer(row, "ram_frames_count", -1);
	head->memory_hierarchy = mr_query_integer(row, "memory_hierarchy", -1);
	head->mem_total_bytes = mr_query_integer(row, "mem_total_bytes", -1);
	head->tool = mr_query_named_text(report, row, "tool");
	head->duration_ns = mr_query_integer(row, "duration_ns", -1);
	head->origin = mr_query_named_text(report, row, "origin");
	head->largest_pss_bytes = mr_query_integer(row, "largest_pss_bytes", -1);
	head->digest = mr_query_named_text(report, row, "digest");
}

static int load_checks(struct mr_call *call, struct mr_head *head, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_store *store = call->selection.store;
	int result = mr_query_snapshot(
		store, "SELECT verdict, count(*) FROM check_summary WHERE snapshot_id = ?1 GROUP BY 1",
		head->snapshot_id, &row, error);

	while (!result && (result = mr_query_step(store, row, error)) == 1) {
		const char *verdict = (const char *)sqlite3_column_text(row, 0);
		int64_t count = sqlite3_column_int64(row, 1);

		if (verdict && !strcmp(verdict, "ok"))
			head->checks.ok = count;
		else if (verdict && !strcmp(verdict, "explained"))
			head->checks.explained = count;
		else if (verdict && !strcmp(verdict, "FAIL"))
			head->checks.fail = count;
		else
			head->checks.skipped = count;
		result = 0;
	}
	return result;
}

int mr_head_of(struct mr_call *call, int64_t id, struct mr_head *ret_head, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_store *store = call->selection.store;
	int result = mr_query_saved(store, "reports/head", id, 0, &row, error);

	if (!result)
		result = mr_query_step(store, row, error);
	if (result < 0)
		return result;
	if (!result)
		return mr_error_set(error, -ESRCH, "no snapshot %lld.   memreckon list", (long long)id);
	*ret_head = (struct mr_head){.snapshot_id = id};
	take(&call->report, row, ret_head);
	ret_head->name = mr_report_format(&call->report, "#%lld", (long long)id);
	return 0;
}

int mr_head_load(struct mr_call *call, size_t index, struct mr_head *ret_head, struct mr_error *error)
{
	int result = mr_head_of(call, call->selection.ids[index], ret_head, error);

	if (result < 0)
		return result;
	ret_head->name = mr_call_snapshot_name(call, index);
	if (ret_head->page_size_bytes > 0)
		call->report.size_style.page_size_bytes = ret_head->page_size_bytes;
	return load_checks(call, ret_head, error);
}

const char *mr_head_moment(struct mr_report *report, int64_t taken_ns)
{
	return taken_ns == MR_MOMENT_UNKNOWN
		       ? "moment not known"
		       : mr_report_format(report, "%s", mr_number_moment(taken_ns, MR_MOMENT_SECOND).text);
}

const char *mr_head_identity(struct mr_call *call, const struct mr_head *head)
{
	return mr_report_format(&call->report, "%s  %s  %s", head->host ? head->host : "?", head->name,
				mr_head_moment(&call->report, head->taken_ns));
}

bool mr_head_is_foreign(const struct mr_head *head)
{
	return head->origin && strcmp(head->origin, "memreckon") != 0;
}

/* Of kernel threads, which have no memory, PSS is always known: that alone is no answer. */
static const char *processes_text(struct mr_report *report, const struct mr_head *head)
{
	int64_t count = head->processes_count, known = head->processes_with_pss_count;
	const char *all =
		mr_report_format(report, "%s process%s", mr_number_count(count).text, count == 1 ? "" : "es");

	if (!count)
		return "no processes";
	if (known == count)
		return mr_report_format(report, "%s with PSS", all);
	if (head->largest_pss_bytes <= 0)
		return mr_report_format(report, "%s, %s with PSS", all, count == 1 ? "not" : "none");
	return mr_report_format(report, "%s of %s with PSS", mr_number_count(known).text, all);
}

const char *mr_head_foreign(struct mr_report *report, const struct mr_head *head)
{
	const char *maker = head->tool ? head->tool : head->origin;
	const char *cgroups =
		head->cgroups_count <= 0
			? "no cgroups"
			: mr_report_format(report, "%s cgroup%s", mr_number_count(head->cgroups_count).text,
					   head->cgroups_count == 1 ? "" : "s");
	const char *cut_off = head->completeness && !strcmp(head->completeness, "cut off") ? ", cut off" : "";

	if (head->origin && !strcmp(head->origin, "tree"))
		maker = "copy of proc and sys";
	else if (head->origin && !strcmp(head->origin, "file"))
		maker = "one file";
	return mr_report_format(report, "%s%s: %s, %s", maker, cut_off, processes_text(report, head),
				cgroups);
}

static void fact_count(struct mr_report *report, const char *group, const char *name, int64_t count)
{
	mr_report_fact(report, group, name, count < 0 ? mr_cell_unknown() : mr_cell_integer(count));
}

void mr_head_facts(struct mr_call *call, const struct mr_head *head, const char *group)
{
	struct mr_report *report = &call->report;

	fact_count(report, group, "snapshot_id", head->snapshot_id);
	mr_report_fact_text(report, group, "host", head->host);
	mr_report_fact(report, group, "taken_ns",
		       head->taken_ns == MR_MOMENT_UNKNOWN ? mr_cell_unknown()
							   : mr_cell_integer(head->taken_ns));
	mr_report_fact_text(report, group, "kernel_release", head->kernel_release);
	mr_report_fact_text(report, group, "machine", head->machine);
	mr_report_fact_text(report, group, "boot_id", head->boot_id);
	fact_count(report, group, "page_size_bytes", head->page_size_bytes);
	fact_count(report, group, "mem_total_bytes", head->mem_total_bytes);
	mr_report_fact_text(report, group, "origin", head->origin);
	mr_report_fact_text(report, group, "tool", head->tool);
	mr_report_fact_text(report, group, "completeness", head->completeness);
	fact_count(report, group, "processes_count", head->processes_count);
	fact_count(report, group, "processes_with_pss_count", head->processes_with_pss_count);
	fact_count(report, group, "cgroups_count", head->cgroups_count);
	mr_report_fact_text(report, group, "digest", head->digest);
}

int mr_head_of_one(struct mr_call *call, struct mr_head *ret_head, struct mr_error *error)
{
	static const char *const defaults[] = {"@last", NULL};
	int result = mr_call_select(call, 0, defaults, 1, error);

	if (!result)
		result = mr_head_load(call, 0, ret_head, error);
	if (!result)
		mr_head_facts(call, ret_head, "snapshot");
	return result;
}

/* Rights, and how much of what there is was read. */
static const char *coverage_line(struct mr_call *call, const struct mr_head *head)
{
	struct mr_report *report = &call->report;

	if (mr_head_is_foreign(head))
		return mr_head_foreign(report, head);
	const char *text =
		mr_report_format(report, "%s: %s", head->completeness ? head->completeness : "?",
				 head->euid < 0 ? "rights not known"
				 : !head->euid  ? "root"
					       : mr_report_format(report, "uid %lld", (long long)head->euid));

	text = mr_report_format(report, "%s, %s/%s processes", text,
				mr_number_count(head->processes_with_pss_count).text,
				mr_number_count(head->processes_count).text);
	if (head->cgroups_count >= 0)
		text = mr_report_format(report, "%s, %s cgroup%s", text,
					mr_number_count(head->cgroups_count).text,
					head->cgroups_count == 1 ? "" : "s");
	if (head->sampled_frames_count > 0)
		text = mr_report_format(report, "%s, %s of %s page frames", text,
					mr_number_count(head->sampled_frames_count).text,
					mr_number_count(head->ram_frames_count).text);
	if (head->duration_ns >= 0)
		text = mr_report_format(report, "%s, read in %s", text,
					mr_number_duration(head->duration_ns).text);
	return text;
}

void mr_head_coverage(struct mr_call *call, const struct mr_head *head, const struct mr_effects *effects)
{
	int64_t checks_count =
		head->checks.ok + head->checks.explained + head->checks.fail + head->checks.skipped;

	mr_report_head(&call->report, coverage_line(call, head));
	mr_effects_head(call, effects, mr_head_is_foreign(head),
			head->checks.skipped
				? mr_report_format(&call->report, "%lld of %lld checks cannot be made",
						   (long long)head->checks.skipped, (long long)checks_count)
				: NULL);
}

const char *mr_head_checks(struct mr_call *call, const struct mr_head *head)
{
	const struct {
		int64_t count;
		const char *word;
	} parts[] = {{head->checks.ok, "ok"},
		     {head->checks.explained, "explained"},
		     {head->checks.fail, "FAIL"},
		     {head->checks.skipped, "skipped"}};
	const char *text = "";

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].count)
			text = mr_report_format(&call->report, "%s%s%lld %s", text, *text ? ", " : "",
						(long long)parts[i].count, parts[i].word);
	return *text ? text : "none can be made";
}

void mr_head_lead(struct mr_call *call, const struct mr_head *head, const char *sentence)
{
	struct mr_report *report = &call->report;

	report->subject = head->host;
	report->lead[0] = sentence;
	report->lead[1] = mr_report_format(
		report, "memreckon " MR_VERSION ", Linux %s, snapshot %s, %s, content sha256 %.8s…%s",
		head->kernel_release ? head->kernel_release : "?", mr_head_moment(report, head->taken_ns),
		mr_head_is_foreign(head) ? head->tool ? head->tool : head->origin
		: head->completeness     ? head->completeness
					 : "?",
		head->digest ? head->digest : "?",
		head->digest && strlen(head->digest) > 8 ? head->digest + strlen(head->digest) - 8 : "");
}

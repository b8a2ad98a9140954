/* import: archives into the database, one transaction each.  What is refused is said on stderr, and the rest
 * goes on. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "analyze/import/import.h"
#include "analyze/verb/effect.h"
#include "analyze/verb/query.h"
#include "analyze/verb/verb.h"
#include "schema/base/cleanup.h"

/* Exit status of a call that did nothing of what was asked, and of one that did some of it. */
enum { STATUS_PARTLY = 3, STATUS_NOTHING = 4 };

#define PROGRESS_EVERY_NS INT64_C(100000000)
#define LINES_MOST 10
#define JOBS_MAX 256

enum column { ARCHIVE, OUTCOME, SNAPSHOT, PARTIAL, PROCESSES, CGROUPS, VALUES, ISSUES, REASON, COLUMN_COUNT };

static const struct mr_column columns[] = {
	{"archive", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
	{"outcome", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"snapshot_id", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"partial", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"processes_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"cgroups_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"values_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"issues_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"reason", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
};

struct tally {
	size_t added, known, refused;
	int64_t first_id, last_id, processes, cgroups, values, issues;
	int64_t begin_ns, progress_ns;
	bool progress_shown, only_partial;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void erase_progress(struct tally *tally)
{
	if (tally->progress_shown)
		fputs("\r\033[K", stderr);
	tally->progress_shown = false;
}

/* One line, rewritten at most ten times a second, and only where somebody can see it move. */
static void show_progress(const struct mr_call *call, struct tally *tally, size_t done)
{
	size_t count = call->options.argument_count;
	int64_t now = now_ns();

	if (!call->stderr_is_terminal || call->options.quiet || count < 2 ||
	    now - tally->progress_ns < PROGRESS_EVERY_NS)
		return;
	double seconds = (double)(now - tally->begin_ns) / 1e9,
	       rate = seconds > 0 ? (double)done / seconds : 0;
	fprintf(stderr, "\r\033[Kimporting  %zu/%zu  %.0f archives/s", done, count, rate);
	if (rate > 0)
		fprintf(stderr, ", %.0f s left", (double)(count - done) / rate);
	fflush(stderr);
	tally->progress_ns = now;
	tally->progress_shown = true;
}

static const char *outcome_word(enum mr_import_outcome outcome)
{
	switch (outcome) {
	case MR_IMPORT_ADDED:
		return "added";
	case MR_IMPORT_KNOWN:
		return "known";
	case MR_IMPORT_REPLACED:
		return "replaced";
	}
	return "?";
}

static void add_result(struct tally *tally, const struct mr_import_result *result)
{
	if (result->outcome == MR_IMPORT_KNOWN) {
		tally->known++;
		return;
	}
	tally->first_id = tally->added ? tally->first_id : result->snapshot_id;
	tally->last_id = result->snapshot_id;
	tally->only_partial = result->partial;
	tally->added++;
	tally->processes += result->processes_count;
	tally->cgroups += result->cgroups_count;
	tally->values += result->values_count;
	tally->issues += result->issues_count;
}

static void add_row(struct mr_call *call, struct mr_section *section, const char *path,
		    const struct mr_import_result *result, const char *reason)
{
	struct mr_report_row *row = mr_section_row(&call->report, section);

	if (!row)
		return;
	path = mr_report_format(&call->report, "%s", path);
	row->cells[ARCHIVE] = mr_cell_name(path, strlen(path));
	row->cells[OUTCOME] = mr_cell_text(result ? outcome_word(result->outcome) : "refused");
	row->cells[REASON] = mr_cell_text(reason);
	if (!result)
		return;
	row->cells[SNAPSHOT] = mr_cell_integer(result->snapshot_id);
	row->cells[PARTIAL] = mr_cell_integer(result->partial);
	row->cells[PROCESSES] = mr_cell_integer(result->processes_count);
	row->cells[CGROUPS] = mr_cell_integer(result->cgroups_count);
	row->cells[VALUES] = mr_cell_integer(result->values_count);
	row->cells[ISSUES] = mr_cell_integer(result->issues_count);
}

/* What hears of each capture. */
struct hearing {
	struct mr_call *call;
	struct mr_section *section;
	struct tally *tally;
};

static void hear_capture(void *context, const char *name, int result, const struct mr_import_result *imported,
			 const struct mr_error *refusal)
{
	struct hearing *hearing = context;
	struct mr_call *call = hearing->call;

	if (result < 0) {
		erase_progress(hearing->tally);
		mr_call_print_error(call, refusal->message);
		hearing->tally->refused++;
	} else
		add_result(hearing->tally, imported);
	add_row(call, hearing->section, name, result < 0 ? NULL : imported,
		result < 0 ? mr_report_format(&call->report, "%s", refusal->message) : NULL);
}

static void hear_input(void *context, size_t done)
{
	struct hearing *hearing = context;

	show_progress(hearing->call, hearing->tally, done);
}

/* Each is a process beside the one that writes, and mostly waits for it. */
static unsigned jobs(const struct mr_call *call)
{
	cpu_set_t processors;
	int64_t wanted = call->options.jobs;

	if (!wanted)
		wanted = sched_getaffinity(0, sizeof(processors), &processors) ? 1 : CPU_COUNT(&processors);
	return wanted < JOBS_MAX ? (unsigned)wanted : JOBS_MAX;
}

static void set_limit(uint64_t *limit, int64_t given)
{
	if (given > 0)
		*limit = (uint64_t)given;
}

static struct mr_archive_limits limits_of(const struct mr_options *options)
{
	struct mr_archive_limits limits = mr_archive_default_limits;
	uint64_t path_bytes = limits.path_bytes, depth = limits.depth;

	set_limit(&limits.members_count, options->max_members_count);
	set_limit(&limits.member_bytes, options->max_member_bytes);
	set_limit(&limits.total_bytes, options->max_total_bytes);
	set_limit(&limits.ratio, options->max_ratio);
	set_limit(&path_bytes, options->max_path_bytes);
	set_limit(&depth, options->max_depth);
	limits.path_bytes = (size_t)path_bytes;
	limits.depth = (unsigned)depth;
	if (options->max_nesting >= 0)
		limits.nesting = (unsigned)options->max_nesting;
	return limits;
}

/* Facts that the user knows. */
static int given_by(const struct mr_options *options, struct mr_given *ret, struct mr_error *error)
{
	int64_t page_size_bytes = options->page_size_bytes;

	*ret = (struct mr_given){
		.page_size_bytes = page_size_bytes,
		.clock_ticks_per_second = options->clock_ticks_per_second,
		.cpus_online_count = options->cpus_online_count,
		.host = options->host,
		.kernel_release = options->kernel_release,
		.machine = options->machine,
	};
	if (page_size_bytes &&
	    (page_size_bytes < 4096 || page_size_bytes > 1 << 20 || page_size_bytes & (page_size_bytes - 1)))
		return mr_error_set(error, -EINVAL, "--page-size: no machine has pages of that size; 4K, 16K, 64K");
	if (!options->taken)
		return 0;
	ret->has_taken_ns = mr_given_moment(options->taken, &ret->taken_ns);
	return ret->has_taken_ns
		       ? 0
		       : mr_error_set(error, -EINVAL, "--taken %s: not understood; it takes 2026-11-21T07:41:03Z",
				      options->taken);
}

static int import_all(struct mr_call *call, struct mr_section *section, struct tally *tally,
		      struct mr_error *error)
{
	const struct mr_archive_limits limits = limits_of(&call->options);
	struct hearing hearing = {call, section, tally};
	const struct mr_import_listener listener = {
		.context = &hearing, .capture = hear_capture, .input = hear_input};
	struct mr_import_options options = {
		.input = {.salvage = call->options.salvage, .as = call->options.as},
		.limits = &limits,
		.jobs = jobs(call),
	};

	int result = given_by(&call->options, &options.input.given, error);
	if (!result)
		result = mr_import_all(call->selection.store, (const char *const *)call->options.arguments,
				       call->options.argument_count, &options, &listener, error);
	erase_progress(tally);
	return result;
}

/* "   partial: PSS is known for 59 of 89 processes; no slab caches" */
static const char *partial_how(struct mr_call *call, int64_t snapshot_id)
{
	struct mr_effects effects;
	struct mr_error ignored = {0};
	const char *brief = mr_effects_load(call, snapshot_id, &effects, &ignored) < 0
				    ? NULL
				    : mr_effects_brief(call, &effects);

	return mr_report_format(&call->report, "   partial%s%s", brief ? ": " : "", brief ? brief : "");
}

/* Host and moments of what was added; empty when there were several hosts. */
static const char *added_where(struct mr_call *call, const struct tally *tally)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_error ignored = {0};
	struct mr_store *store = call->selection.store;

	if (mr_query_snapshot(store,
			      "SELECT min(host), max(host), min(taken_ns), max(taken_ns) FROM snapshot"
			      " WHERE snapshot_id BETWEEN ?1 AND ?2",
			      tally->first_id, &row, &ignored) < 0)
		return "";
	sqlite3_bind_int64(row, 2, tally->last_id);
	if (mr_query_step(store, row, &ignored) != 1)
		return "";
	const char *host = mr_query_text(&call->report, row, 0), *last = mr_query_text(&call->report, row, 1);
	struct mr_number from = mr_number_moment(sqlite3_column_int64(row, 2), MR_MOMENT_MINUTE);
	struct mr_number to = mr_number_moment(sqlite3_column_int64(row, 3), MR_MOMENT_MINUTE);
	if (!host || !last || strcmp(host, last))
		return mr_report_format(&call->report, "%sZ … %sZ", from.text, to.text);
	if (tally->added == 1)
		return mr_report_format(&call->report, "%s   %sZ%s", host, from.text,
					tally->only_partial ? partial_how(call, tally->last_id) : "");
	return mr_report_format(&call->report, "%s   %sZ … %sZ", host, from.text, to.text);
}

static void say_added(struct mr_call *call, const struct tally *tally)
{
	struct mr_report *report = &call->report;
	struct stat status;

	if (!tally->added)
		return;
	const char *ids = tally->added == 1
				  ? mr_report_format(report, "#%lld", (long long)tally->first_id)
				  : mr_report_format(report, "#%lld … #%lld", (long long)tally->first_id,
						     (long long)tally->last_id);
	mr_report_head(report, mr_report_format(report, "%5zu added    %s   %s", tally->added, ids,
						added_where(call, tally)));
	const char *size =
		stat(mr_store_path(call->selection.store), &status)
			? ""
			: mr_report_format(report, ", %s", mr_number_size_prose(status.st_size).text);
	mr_report_head(report, mr_report_format(report, "      %s processes, %s cgroups, %s values, %s%s",
						mr_number_count(tally->processes).text,
						mr_number_count(tally->cgroups).text,
						mr_number_count(tally->values).text,
						mr_number_duration(now_ns() - tally->begin_ns).text, size));
}

/* The archives of one outcome, the first of them by name. */
static void say_others(struct mr_call *call, const struct mr_section *section, const char *outcome,
		       size_t count)
{
	struct mr_report *report = &call->report;
	const char *text = mr_report_format(report, "%5zu %-8s", count, outcome);
	size_t said = 0;

	for (size_t i = 0; i < section->row_count && said < LINES_MOST; i++) {
		const struct mr_cell *cells = section->rows[i].cells;

		if (strcmp(cells[OUTCOME].text, outcome))
			continue;
		text = mr_report_format(report, "%s%s %s", text, said++ ? "," : "", cells[ARCHIVE].text);
		if (cells[SNAPSHOT].has_number)
			text = mr_report_format(report, "%s is #%lld", text,
						(long long)cells[SNAPSHOT].integer);
	}
	if (count > said)
		text = mr_report_format(report, "%s, (%zu more)", text, count - said);
	if (count)
		mr_report_head(report, text);
}

static void say_issues(struct mr_call *call, const struct tally *tally)
{
	struct mr_report *report = &call->report;

	if (tally->issues)
		mr_report_note(report, "",
			       mr_report_format(report, "%s line%s not understood, kept in the table issue",
						mr_number_count(tally->issues).text,
						tally->issues == 1 ? "" : "s"),
			       mr_call_command(call, "sql", "select * from issue", 0, 0));
}

/* A database that was made for archives that were all refused is not left behind. */
static void forget_empty_database(struct mr_call *call)
{
	struct mr_error ignored = {0};

	mr_store_discard_if_empty(call->selection.store, &ignored);
	mr_store_close(call->selection.store);
	call->selection.store = NULL;
}

int mr_verb_import(struct mr_call *call, struct mr_error *error)
{
	struct tally tally = {.begin_ns = now_ns()};
	struct mr_section *section = mr_report_section(&call->report, "rows", columns, COLUMN_COUNT);

	if (!call->options.argument_count)
		return mr_error_set(error, -EINVAL, "import needs archives: memreckon import *.mem.tar.gz");
	int result =
		section ? mr_store_open(call->options.database, MR_STORE_WRITE, &call->selection.store, error)
			: mr_error_set(error, -ENOMEM, "out of memory");
	if (result < 0)
		return result;
	bool created = mr_store_was_created(call->selection.store);
	mr_store_keep_copies(call->selection.store);
	result = import_all(call, section, &tally, error);
	mr_call_head_database(call, tally.added || !created);
	say_added(call, &tally);
	say_others(call, section, "known", tally.known);
	say_others(call, section, "refused", tally.refused);
	say_issues(call, &tally);
	if (tally.added)
		mr_call_next(call, "report", NULL, 0, 0);
	if (tally.added || tally.known)
		mr_call_next(call, "list", NULL, 0, 0);
	if (created && !tally.added)
		forget_empty_database(call);
	call->exit_status = !tally.refused ? 0 : tally.added || tally.known ? STATUS_PARTLY : STATUS_NOTHING;
	return result;
}

/* import: archives into the database, one transaction each.  What is refused is said on stderr, and the rest
 * goes on. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/import/import.h"
#include "analyze/render/escape.h"
#include "analyze/verb/effect.h"
#include "analyze/verb/head.h"
#include "analyze/verb/import_proof.h"
#include "analyze/verb/query.h"
#include "analyze/verb/verb.h"
#include "schema/base/buffer.h"
#include "schema/base/cleanup.h"
#include "schema/base/clock.h"

/* Exit status of a call that did nothing of what was asked, and of one that did some of it. */
enum { STATUS_PARTLY = 3, STATUS_NOTHING = 4 };
/* and of one that found rows and files to differ */
enum { STATUS_DIFFERENT = 1 };

#define PROGRESS_EVERY_NS INT64_C(100000000)
#define LINES_MOST 10
/* Of a name in such a list. */
#define NAME_CELLS 56
/* Refusals that are said one by one: of the others it is said how many. */
#define ERRORS_MOST 20
#define JOBS_MAX 256
/* In milliseconds it still is an int. */
#define SMALL_LIMIT_MAX 2000000

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
	int64_t now = (int64_t)mr_now_ns();

	if (!call->stderr_is_terminal || call->options.quiet || count < 2 ||
	    now - tally->progress_ns < PROGRESS_EVERY_NS)
		return;
	double seconds = (double)(now - tally->begin_ns) / 1e9,
	       rate = seconds > 0 ? (double)done / seconds : 0;
	fprintf(stderr, "\r\033[Kimporting  %zu/%zu  %.*f archives/s", done, count, rate < 10 ? 1 : 0, rate);
	double left_s = rate > 0 ? (double)(count - done) / rate : 0;
	if (left_s >= 120)
		fprintf(stderr, ", %.0f min left", left_s / 60);
	else if (rate > 0)
		fprintf(stderr, ", %.0f s left", left_s);
	if (tally->refused)
		fprintf(stderr, ", %zu refused", tally->refused);
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
	struct mr_proof_view *proof;
};

/* A reader is shown the first of those that were not added, a program all: ten thousand rows that nobody sees
 * would take their memory until the end. */
static bool has_row(const struct hearing *hearing, int result, const struct mr_import_result *imported)
{
	if (mr_call_is_data(hearing->call))
		return true;
	if (result < 0)
		return hearing->tally->refused <= LINES_MOST;
	return imported->outcome == MR_IMPORT_KNOWN && hearing->tally->known <= LINES_MOST;
}

static void hear_capture(void *context, const char *name, int result, const struct mr_import_result *imported,
			 const struct mr_error *refusal)
{
	struct hearing *hearing = context;
	struct mr_call *call = hearing->call;

	if (result < 0) {
		erase_progress(hearing->tally);
		if (hearing->tally->refused++ < ERRORS_MOST)
			mr_call_print_error(call, refusal->message);
	} else
		add_result(hearing->tally, imported);
	if (has_row(hearing, result, imported))
		add_row(call, hearing->section, name, result < 0 ? NULL : imported,
			result < 0 ? mr_report_format(&call->report, "%s", refusal->message) : NULL);
}

static void hear_proof(void *context, const char *name, int result, const struct mr_proof_result *proof,
		       const struct mr_error *error)
{
	struct hearing *hearing = context;

	if (result < 0)
		erase_progress(hearing->tally);
	mr_proof_view_add(hearing->call, hearing->proof, name, result, proof, error);
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

/* As a limit a number that is too large is none. */
static void set_small_limit(unsigned *limit, int64_t given, int64_t least)
{
	if (given >= least)
		*limit = given < SMALL_LIMIT_MAX ? (unsigned)given : SMALL_LIMIT_MAX;
}

static struct mr_archive_limits limits_of(const struct mr_options *options)
{
	struct mr_archive_limits limits = mr_archive_default_limits;
	unsigned path_bytes = (unsigned)limits.path_bytes;

	set_limit(&limits.members_count, options->max_members_count);
	set_limit(&limits.member_bytes, options->max_member_bytes);
	set_limit(&limits.total_bytes, options->max_total_bytes);
	set_limit(&limits.ratio, options->max_ratio);
	set_limit(&limits.captures_count, options->max_captures_count);
	set_small_limit(&path_bytes, options->max_path_bytes, 1);
	limits.path_bytes = path_bytes;
	set_small_limit(&limits.depth, options->max_depth, 1);
	set_small_limit(&limits.nesting, options->max_nesting, 0);
	set_small_limit(&limits.cpu_s, options->max_cpu_s, 0);
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
		return mr_error_set(error, -EINVAL,
				    "--page-size: no machine has pages of that size; 4K, 16K, 64K");
	if (!options->taken)
		return 0;
	ret->has_taken_ns = mr_given_moment(options->taken, &ret->taken_ns);
	return ret->has_taken_ns ? 0
				 : mr_error_set(error, -EINVAL,
						"--taken %s: no moment; 2026-11-21, '2026-11-21 07:41' or "
						"2026-11-21T07:41:03Z",
						options->taken);
}

static int import_all(struct mr_call *call, struct mr_section *section, struct tally *tally,
		      struct mr_proof_view *proof, struct mr_error *error)
{
	const struct mr_archive_limits limits = limits_of(&call->options);
	struct hearing hearing = {call, section, tally, proof};
	const struct mr_import_listener listener = {
		.context = &hearing, .capture = hear_capture, .input = hear_input, .proof = hear_proof};
	struct mr_import_options options = {
		.input = {.salvage = call->options.salvage, .as = call->options.as},
		.limits = &limits,
		.verify = call->options.verify,
		.jobs = jobs(call),
	};

	int result = given_by(&call->options, &options.input.given, error);
	if (!result)
		result = mr_import_all(call->selection.store, (const char *const *)call->options.arguments,
				       call->options.argument_count, &options, &listener, error);
	erase_progress(tally);
	if (tally->refused > ERRORS_MOST)
		mr_call_print_error(call, mr_report_format(&call->report,
							   "and %zu more that were refused; --json says why",
							   tally->refused - ERRORS_MOST));
	return result;
}

/* "   partial: PSS is known for 59 of 89 processes; no slab caches", "   sosreport 4.2: 48 processes with
 * PSS, 110 cgroups". */
static const char *what_came(struct mr_call *call, const struct tally *tally)
{
	struct mr_effects effects;
	struct mr_head head;
	struct mr_error ignored = {0};

	if (mr_head_of(call, tally->last_id, &head, &ignored) < 0)
		return "";
	bool is_foreign = mr_head_is_foreign(&head);
	if ((!is_foreign && !tally->only_partial) ||
	    mr_effects_load(call, tally->last_id, &effects, &ignored) < 0)
		return "";
	const char *brief = mr_effects_brief(call, &effects, is_foreign);
	return mr_report_format(&call->report, "   %s%s%s",
				is_foreign ? mr_head_foreign(&call->report, &head) : "partial",
				!brief       ? ""
				: is_foreign ? "; "
					     : ": ",
				brief ? brief : "");
}

/* "2026-11-19 08:11Z … 2026-11-21 07:41Z", one moment alone, or that they are not known. */
static const char *moments_text(struct mr_call *call, sqlite3_stmt *row)
{
	struct mr_report *report = &call->report;
	int64_t unknown = mr_query_integer(row, "unknown", 0), count = mr_query_integer(row, "count", 0);

	if (unknown == count)
		return "moment not known";
	struct mr_number from = mr_number_moment(mr_query_integer(row, "first_ns", 0), MR_MOMENT_MINUTE);
	struct mr_number to = mr_number_moment(mr_query_integer(row, "last_ns", 0), MR_MOMENT_MINUTE);
	const char *text = !strcmp(from.text, to.text)
				   ? mr_report_format(report, "%sZ", from.text)
				   : mr_report_format(report, "%sZ … %sZ", from.text, to.text);
	return unknown ? mr_report_format(report, "%s, %s without moment", text,
					  mr_number_count(unknown).text)
		       : text;
}

/* Host and moments of what was added; how many hosts when there were several. */
static const char *added_where(struct mr_call *call, const struct tally *tally)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_error ignored = {0};
	struct mr_report *report = &call->report;
	struct mr_store *store = call->selection.store;

	if (mr_query_snapshot(
		    store,
		    "SELECT min(host) AS host, count(DISTINCT host) AS hosts, min(taken_ns) AS first_ns,"
		    " max(taken_ns) AS last_ns, sum(taken_ns IS NULL) AS unknown, count(*) AS count"
		    " FROM snapshot WHERE snapshot_id BETWEEN ?1 AND ?2",
		    tally->first_id, &row, &ignored) < 0)
		return "";
	sqlite3_bind_int64(row, 2, tally->last_id);
	if (mr_query_step(store, row, &ignored) != 1)
		return "";
	int64_t hosts = mr_query_integer(row, "hosts", 0);
	const char *host = hosts == 1 ? mr_query_named_text(report, row, "host")
				      : mr_report_format(report, "%s hosts", mr_number_count(hosts).text);
	return mr_report_format(report, "%s   %s%s", host ? host : "?", moments_text(call, row),
				tally->added == 1 ? what_came(call, tally) : "");
}

/* Who made what was added, when several were added and not all are of the collector. */
static void say_origins(struct mr_call *call, const struct tally *tally)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_error ignored = {0};
	struct mr_store *store = call->selection.store;

	if (tally->added < 2 ||
	    mr_query_snapshot(
		    store,
		    "SELECT group_concat(count || CASE origin"
		    "   WHEN 'tree' THEN CASE count WHEN 1 THEN ' copy' ELSE ' copies' END || ' of proc and "
		    "sys'"
		    "   WHEN 'file' THEN ' single file' || CASE count WHEN 1 THEN '' ELSE 's' END"
		    "   WHEN 'memreckon' THEN ' of memreckon-collect'"
		    "   ELSE ' ' || origin END, ', ') AS text, max(origin <> 'memreckon') AS others"
		    " FROM (SELECT origin, count(*) AS count FROM snapshot"
		    "        WHERE snapshot_id BETWEEN ?1 AND ?2 GROUP BY origin ORDER BY 2 DESC, 1)",
		    tally->first_id, &row, &ignored) < 0)
		return;
	sqlite3_bind_int64(row, 2, tally->last_id);
	if (mr_query_step(store, row, &ignored) == 1 && mr_query_integer(row, "others", 0))
		mr_report_head(&call->report,
			       mr_report_format(&call->report, "      recognised as %s",
						mr_query_named_text(&call->report, row, "text")));
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
	say_origins(call, tally);
	const char *size =
		stat(mr_store_path(call->selection.store), &status)
			? ""
			: mr_report_format(report, ", %s", mr_number_size_prose(status.st_size).text);
	mr_report_head(
		report,
		mr_report_format(report, "      %s processes, %s cgroups, %s values, %s%s",
				 mr_number_count(tally->processes).text, mr_number_count(tally->cgroups).text,
				 mr_number_count(tally->values).text,
				 mr_number_duration((int64_t)mr_now_ns() - tally->begin_ns).text, size));
}

/* The name without the folders of its input, and not longer than a line: that is how archives are told apart.
 */
static const char *short_name(struct mr_call *call, const char *name)
{
	struct mr_buffer shortened = {0};

	for (size_t i = 0; i < call->options.argument_count; i++) {
		const char *input = call->options.arguments[i], *slash = strrchr(input, '/');
		size_t length = strlen(input);

		/* behind a colon stands where in the input the capture is */
		if (!strncmp(name, input, length) && (!name[length] || name[length] == ':'))
			name = slash && slash[1] ? name + (slash + 1 - input) : name;
	}
	mr_text_shorten(&shortened, name, strlen(name), NAME_CELLS, true, MR_CHARSET_UTF8);
	const char *kept =
		mr_report_keep(&call->report, shortened.data ? shortened.data : "", shortened.length_bytes);
	mr_buffer_deinit(&shortened);
	return kept;
}

/* The archives of one outcome, the first of them by name. */
static void say_others(struct mr_call *call, const struct mr_section *section, const char *outcome,
		       size_t count)
{
	struct mr_report *report = &call->report;
	size_t said = 0;

	for (size_t i = 0; i < section->row_count && said < LINES_MOST; i++) {
		const struct mr_cell *cells = section->rows[i].cells;

		if (strcmp(cells[OUTCOME].text, outcome))
			continue;
		const char *text =
			said++ ? "              " : mr_report_format(report, "%5zu %-8s", count, outcome);
		text = mr_report_format(report, "%s %s", text, short_name(call, cells[ARCHIVE].text));
		if (cells[SNAPSHOT].has_number)
			text = mr_report_format(report, "%s is #%lld", text,
						(long long)cells[SNAPSHOT].integer);
		mr_report_head(report, text);
	}
	if (count > said)
		mr_report_head(report, mr_report_format(report, "               (%zu more)", count - said));
}

static void say_issues(struct mr_call *call, const struct tally *tally)
{
	struct mr_report *report = &call->report;

	if (tally->issues)
		mr_report_note(report, "",
			       mr_report_format(report, "%s issue%s: what was not understood or left out",
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

/* The last one added, where @last would not say of which host; else NULL. */
static const char *number_of_last(struct mr_call *call, const struct tally *tally)
{
	struct mr_error ignored = {0};
	int64_t hosts = 0;

	if (mr_query_number(call->selection.store, "SELECT count(DISTINCT host) FROM snapshot", &hosts,
			    &ignored) < 0 ||
	    hosts < 2)
		return NULL;
	return mr_report_format(&call->report, "%lld", (long long)tally->last_id);
}

int mr_verb_import(struct mr_call *call, struct mr_error *error)
{
	struct tally tally = {.begin_ns = (int64_t)mr_now_ns()};
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
	struct mr_proof_view proof = {0};
	if (call->options.verify)
		mr_proof_view_begin(call, &proof);
	result = import_all(call, section, &tally, &proof, error);
	mr_call_head_database(call, tally.added || !created);
	say_added(call, &tally);
	say_others(call, section, "known", tally.known);
	say_others(call, section, "refused", tally.refused);
	bool differs = mr_proof_view_end(call, &proof);
	say_issues(call, &tally);
	if (tally.added)
		mr_call_next(call, "report", number_of_last(call, &tally), 0, 0);
	if (tally.added || tally.known)
		mr_call_next(call, "list", NULL, 0, 0);
	if (created && !tally.added)
		forget_empty_database(call);
	bool is_partly = tally.refused || proof.failed_count;
	call->exit_status = differs                      ? STATUS_DIFFERENT
			    : !is_partly                 ? 0
			    : tally.added || tally.known ? STATUS_PARTLY
							 : STATUS_NOTHING;
	return result;
}

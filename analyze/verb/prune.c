/* prune: snapshots that are no longer wanted go, by age, host and count. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyze/verb/query.h"
#include "analyze/verb/verb.h"
#include "schema/base/cleanup.h"

/* So many are one transaction: few enough that the journal stays small where the disk is full, which is when
 * people prune; many enough that the disk is not what takes the time. */
#define SNAPSHOTS_A_TRANSACTION 32
#define NS_PER_S INT64_C(1000000000)

enum column { ID, HOST, TAKEN, OUTCOME, COLUMN_COUNT };

static const struct mr_column columns[] = {
	{"snapshot_id", "#", MR_COLUMN_INTEGER, 0, 3},
	{"host", "host", MR_COLUMN_NAME, 0, 10},
	{"taken_ns", "taken (UTC)", MR_COLUMN_MOMENT},
	{"outcome", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
};

/* ---- which ---- */

/* "30d" before now. @return whether the text has that form */
static bool parse_age(const char *text, int64_t *ret_before_ns)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {{'h', 3600}, {'d', 86400}, {'w', 604800}, {'y', 31557600}};
	char *end;

	errno = 0;
	long long count = strtoll(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno || count > 100000 || !*end || end[1])
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].letter == *end) {
			*ret_before_ns = (time(NULL) - count * units[i].seconds) * NS_PER_S;
			return true;
		}
	return false;
}

/* The moment that "2026", "2026-11" ... "2026-11-01T07:41:03Z" begins with. @return whether the text is one
 */
static bool parse_time(const char *text, int64_t *ret_before_ns)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ", lowest[] = "1970-01-01T00:00:00Z";
	char whole[sizeof(lowest)];
	size_t length = strlen(text);
	struct tm broken = {0};

	for (size_t i = 0; i < length; i++)
		if (i >= strlen(form) ||
		    (form[i] == 'd' ? !isdigit((unsigned char)text[i])
				    : text[i] != form[i] && !(form[i] == 'T' && text[i] == ' ')))
			return false;
	/* not in the middle of a number */
	if (length < 4 || (form[length] == 'd' && form[length - 1] == 'd'))
		return false;
	snprintf(whole, sizeof(whole), "%s%s", text, lowest + length);
	whole[10] = 'T';
	const char *end = strptime(whole, "%Y-%m-%dT%H:%M:%SZ", &broken);
	if (!end || *end)
		return false;
	*ret_before_ns = timegm(&broken) * NS_PER_S;
	return true;
}

/* What the WHERE clause is made of. Its parameters: ?1 moment, ?2 how many stay, from ?3 the hosts. */
static char *wanted_sql(const struct mr_call *call)
{
	const struct mr_options *options = &call->options;
	struct mr_buffer sql = {0};

	/* the newest of a host are counted before anything else is asked; without a time nothing is old */
	mr_buffer_append_text(
		&sql,
		"SELECT snapshot_id, host, taken_ns FROM (SELECT snapshot_id, host, taken_ns, row_number() "
		"OVER"
		" (PARTITION BY host, taken_ns IS NULL ORDER BY taken_ns DESC, snapshot_id DESC) AS place"
		" FROM snapshot) WHERE 1");
	if (options->older_than)
		mr_buffer_append_text(&sql, " AND taken_ns < ?1");
	if (options->keep_count >= 0)
		mr_buffer_append_text(&sql, " AND taken_ns IS NOT NULL AND place > ?2");
	for (size_t i = 0; i < options->hosts.count; i++)
		mr_buffer_printf(&sql, "%s host GLOB ?%zu", i ? " OR" : " AND (", i + 3);
	if (options->hosts.count)
		mr_buffer_append_text(&sql, ")");
	for (size_t i = 0; i < call->selection.count; i++)
		mr_buffer_printf(&sql, "%s%lld", i ? ", " : " AND snapshot_id IN (",
				 (long long)call->selection.ids[i]);
	if (call->selection.count)
		mr_buffer_append_text(&sql, ")");
	mr_buffer_append_text(&sql, " ORDER BY snapshot_id");
	return mr_buffer_detach(&sql);
}

static int find_wanted(struct mr_call *call, int64_t before_ns, struct mr_section *section,
		       struct mr_error *error)
{
	_cleanup_free_ char *sql = wanted_sql(call);
	_cleanup_(mr_finalizep) sqlite3_stmt *rows = NULL;
	struct mr_store *store = call->selection.store;

	if (!sql)
		return mr_error_set(error, -ENOMEM, "out of memory");
	int result = mr_query(store, sql, &rows, error);
	if (result < 0)
		return result;
	/* a parameter that the statement does not have is refused, and not missed */
	sqlite3_bind_int64(rows, 1, before_ns);
	sqlite3_bind_int64(rows, 2, call->options.keep_count);
	for (size_t i = 0; i < call->options.hosts.count; i++)
		mr_query_bind_text(rows, (int)i + 3, call->options.hosts.items[i]);
	while ((result = mr_query_step(store, rows, error)) == 1) {
		struct mr_report_row *row = mr_query_row(&call->report, section, rows);
		if (row)
			row->cells[OUTCOME] =
				mr_cell_text(call->options.dry_run ? "would be deleted" : "deleted");
	}
	return result;
}

/* SNAPSHOT arguments are looked up before, by a connection that reads. */
static int select_arguments(struct mr_call *call, struct mr_error *error)
{
	static const char *const none[] = {NULL};

	if (!call->options.argument_count)
		return 0;
	int result = mr_call_select(call, 0, none, MR_SELECTION_MAX, error);
	if (!result && !strcmp(mr_store_path(call->selection.store), ":memory:"))
		result = mr_error_set(error, -EINVAL, "prune takes snapshots of the database, not archives");
	mr_store_close(call->selection.store);
	call->selection.store = NULL;
	return result;
}

/* ---- deleting ---- */

static int delete_some(struct mr_store *store, const struct mr_report_row *rows, size_t count,
		       struct mr_error *error)
{
	int result = mr_store_begin(store, error);

	for (size_t i = 0; !result && i < count; i++)
		result = mr_store_delete_snapshot(store, rows[i].cells[ID].integer, error);
	if (!result)
		result = mr_store_commit(store, error);
	if (result < 0)
		mr_store_rollback(store);
	return result;
}

static int delete_all(struct mr_store *store, const struct mr_section *section, struct mr_error *error)
{
	for (size_t done = 0; done < section->row_count; done += SNAPSHOTS_A_TRANSACTION) {
		size_t left = section->row_count - done;
		int result =
			delete_some(store, section->rows + done,
				    left < SNAPSHOTS_A_TRANSACTION ? left : SNAPSHOTS_A_TRANSACTION, error);
		if (result < 0)
			return result;
	}
	return 0;
}

/* ---- what is said ---- */

static const char *size_text(struct mr_call *call, int64_t bytes)
{
	return mr_report_format(&call->report, "%s", mr_number_size_prose(bytes).text);
}

static void say_deleted(struct mr_call *call, const struct mr_section *section, int64_t snapshots_count)
{
	struct mr_report *report = &call->report;
	size_t count = section->row_count;

	if (!count) {
		mr_report_head(report, "    0 snapshots match; nothing is deleted");
		return;
	}
	mr_report_head(report, mr_report_format(report, "%5zu %s, %s of %s snapshots %s left", count,
						call->options.dry_run ? "would be deleted" : "deleted",
						mr_number_count(snapshots_count - (int64_t)count).text,
						mr_number_count(snapshots_count).text,
						call->options.dry_run ? "would be" : "are"));
}

static void say_room(struct mr_call *call, const struct mr_store_size *before,
		     const struct mr_store_size *now)
{
	struct mr_report *report = &call->report;

	mr_report_fact_integer(report, "database", "file_bytes", now->file_bytes);
	mr_report_fact_integer(report, "database", "free_bytes", now->free_bytes);
	if (call->options.vacuum && now->file_bytes != before->file_bytes)
		mr_report_head(report, mr_report_format(report, "      %s given back, %s left",
							size_text(call, before->file_bytes - now->file_bytes),
							size_text(call, now->file_bytes)));
	else
		mr_report_head(
			report,
			mr_report_format(report, "      %s of %s are free and used again by the next imports",
					 size_text(call, now->free_bytes), size_text(call, now->file_bytes)));
	if (now->free_bytes > before->free_bytes)
		mr_call_next(call, "prune --vacuum", NULL, 0, 0);
}

/* ---- the verb ---- */

static bool is_asked_to_delete(const struct mr_options *options)
{
	return options->older_than || options->hosts.count || options->keep_count >= 0 ||
	       options->argument_count || options->all;
}

static int check_options(const struct mr_options *options, int64_t *ret_before_ns, struct mr_error *error)
{
	const char *text = options->older_than;

	if (!is_asked_to_delete(options) && !options->vacuum)
		return mr_error_set(error, -EINVAL,
				    "prune deletes what is named: --older-than 30d, --host GLOB, --keep N,"
				    " SNAPSHOT...\n  memreckon prune --help");
	if (text && !parse_age(text, ret_before_ns) && !parse_time(text, ret_before_ns))
		return mr_error_set(error, -EINVAL,
				    "--older-than %s: neither an age (36h, 30d, 8w) nor a time (2026-11-01)",
				    text);
	return 0;
}

static int prune(struct mr_call *call, struct mr_section *section, int64_t before_ns, struct mr_error *error)
{
	struct mr_store *store = call->selection.store;
	bool is_dry = call->options.dry_run;
	int64_t snapshots_count;

	if (!is_asked_to_delete(&call->options))
		return 0;
	int result = mr_query_number(store, "SELECT count(*) FROM snapshot", &snapshots_count, error);
	if (!result)
		result = find_wanted(call, before_ns, section, error);
	if (!result && !is_dry && !call->options.all && snapshots_count &&
	    section->row_count == (size_t)snapshots_count)
		return mr_error_set(error, -EINVAL, "that are all %lld snapshots of %s: --all if it is meant",
				    (long long)snapshots_count, call->options.database);
	if (!result && !is_dry)
		result = delete_all(store, section, error);
	if (!result)
		say_deleted(call, section, snapshots_count);
	return result;
}

int mr_verb_prune(struct mr_call *call, struct mr_error *error)
{
	struct mr_section *section = mr_report_section(&call->report, "rows", columns, COLUMN_COUNT);
	struct mr_store_size before = {0}, now = {0};
	int64_t before_ns = 0;

	int result = section ? check_options(&call->options, &before_ns, error)
			     : mr_error_set(error, -ENOMEM, "out of memory");
	if (!result)
		result = select_arguments(call, error);
	if (!result)
		result = mr_store_open(call->options.database,
				       call->options.dry_run ? MR_STORE_READ : MR_STORE_UPDATE,
				       &call->selection.store, error);
	if (!result)
		result = mr_store_size(call->selection.store, &before, error);
	if (section)
		section->is_hidden_when_empty = true;
	if (!result)
		mr_call_head_database(call, true);
	if (!result)
		result = prune(call, section, before_ns, error);
	if (!result && call->options.vacuum && !call->options.dry_run)
		result = mr_store_vacuum(call->selection.store, error);
	if (!result)
		result = mr_store_size(call->selection.store, &now, error);
	if (result < 0)
		return result;
	if (!call->options.dry_run)
		say_room(call, &before, &now);
	mr_call_next(call, "list", NULL, 0, 0);
	return 0;
}

/* The table of verbs, and what they share. */
#include "analyze/verb/verb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "schema/catalog.h"

const struct mr_verb mr_verbs[] = {
	{"import", MR_VERB_IMPORT, "put captures into the database", "FILE|FOLDER|-...",
	 "  memreckon import *.mem.tar.gz\n"
	 "  memreckon import sosreport-web-03.tar.xz scc_db1.txz smemcap.tar\n"
	 "  memreckon import case-1234                every capture in a folder\n"
	 "  memreckon import --as proc/meminfo --page-size 64K pasted.txt\n"
	 "  memreckon import --salvage cut-off.mem.tar.gz\n"
	 "  memreckon import --verify web-03.mem.tar.gz\n",
	 "Known by content: archives of memreckon-collect, sosreports, bundles of sos\n"
	 "collect, smemcap tars, supportconfigs, any tar or folder with proc or sys in it,\n"
	 "single kernel files.  Plain or gzip, xz, zstd, bzip2.  Nothing is unpacked.\n"
	 "list --capabilities says which questions each of them can answer.\n",
	 mr_verb_import},
	{"list", MR_VERB_LIST, "what do I have?", "[SNAPSHOT...]",
	 "  memreckon list\n"
	 "  memreckon list -n 0 --json\n"
	 "  memreckon list --capabilities @last        which questions it can answer\n",
	 NULL, mr_verb_list},
	{"report", MR_VERB_REPORT, "where is the RAM?", "[SNAPSHOT]",
	 "  memreckon report                            the last snapshot\n"
	 "  memreckon report web-03.mem.tar.gz          an archive, no database needed\n"
	 "  memreckon report 96 --against 48            what changed, beside it\n"
	 "  memreckon report -f md                      for a comment box\n",
	 NULL, mr_verb_report},
	{"check", MR_VERB_CHECK, "do the kernel's views agree?", "[SNAPSHOT]",
	 "  memreckon check\n"
	 "  memreckon check 96 --only P10,S6\n"
	 "  memreckon check --fail-on explained         exit status for a script\n",
	 NULL, mr_verb_check},
	{"explain", MR_VERB_EXPLAIN, "what does a check mean, where does it come from?",
	 "CHECK [SUBJECT] [SNAPSHOT]",
	 "  memreckon explain P10\n"
	 "  memreckon explain P10 96                    a number is a snapshot\n"
	 "  memreckon explain C1 /system.slice          one subject: /cgroup, pid:123\n"
	 "  memreckon explain S13 Mapped 96             or the name of a counter\n",
	 NULL, mr_verb_explain},
	{"diff", MR_VERB_DIFF, "what changed between two moments?", "[BEFORE [AFTER]]",
	 "  memreckon diff                              the last two snapshots\n"
	 "  memreckon diff 48 96\n"
	 "  memreckon diff before.mem.tar.gz after.mem.tar.gz\n"
	 "  memreckon diff --all --floor 1M             also what is small\n",
	 NULL, mr_verb_diff},
	{"pages", MR_VERB_PAGES, "what are the page frames?", "[SNAPSHOT]",
	 "  memreckon pages\n"
	 "  memreckon pages web-03.mem.tar.gz --json\n",
	 NULL, mr_verb_pages},
	{"ps", MR_VERB_PS, "processes, a flat and sortable table", "[SNAPSHOT]",
	 "  memreckon ps -s swap -n 20\n"
	 "  memreckon ps -m 'java*' -m '!*test*'\n"
	 "  memreckon ps -f csv > processes.csv\n",
	 NULL, mr_verb_ps},
	{"cgroups", MR_VERB_CGROUPS, "memory cgroups, a flat and sortable table", "[SNAPSHOT]",
	 "  memreckon cgroups\n"
	 "  memreckon cgroups -s anon -m '/system.slice/*'\n",
	 NULL, mr_verb_cgroups},
	{"show", MR_VERB_SHOW, "everything about one thing",
	 "PID|/CGROUP|CLASS|SLAB_CACHE|evidence [SNAPSHOT]",
	 "  memreckon show 19767\n"
	 "  memreckon show /system.slice/cron.service\n"
	 "  memreckon show kernel\n"
	 "  memreckon show dentry\n"
	 "  memreckon show evidence 96                  how page size and time are known\n",
	 NULL, mr_verb_show},
	{"sql", MR_VERB_SQL, "my own question", "QUERY [SNAPSHOT]",
	 "  memreckon sql 'select name, sum(pss_bytes) from process\n"
	 "                 where snapshot_id = :snapshot group by 1 order by 2 desc'\n"
	 "  memreckon sql --file query.sql --param unit=cron.service\n"
	 "  memreckon sql -f json 'select * from snapshot_head'\n",
	 NULL, mr_verb_sql},
	{"schema", MR_VERB_SCHEMA, "which tables, views, columns, units?", "[TABLE|VIEW]",
	 "  memreckon schema\n"
	 "  memreckon schema process\n",
	 NULL, mr_verb_schema},
	{"verify", MR_VERB_VERIFY, "is this archive whole and unchanged?", "ARCHIVE...",
	 "  memreckon verify web-03.mem.tar.gz\n"
	 "  memreckon verify --json *.mem.tar.gz        no database needed\n",
	 "Exit status: 0 whole and unchanged; 1 changed: something is not as the collector\n"
	 "wrote it; 3 cut off and otherwise unchanged, or some could not be read; 4 none\n"
	 "could be read.\n",
	 mr_verb_verify},
	{"prune", MR_VERB_PRUNE, "delete snapshots that are no longer wanted", "[SNAPSHOT...]",
	 "  memreckon prune --older-than 30d --dry-run\n"
	 "  memreckon prune --older-than 2026-10-01 --host 'web-*' --keep 10\n"
	 "  memreckon prune 3 4 17\n"
	 "  memreckon prune --vacuum                    only make the file smaller\n",
	 "What is named has to hold together: of these SNAPSHOTs those that are so old, of\n"
	 "such a host and not among the newest.  A snapshot whose time is not known is not\n"
	 "old.  Pages that become free are used again by the next imports; --vacuum gives\n"
	 "them back to the file system, for which the folder of the database needs room\n"
	 "for up to twice its size.\n",
	 mr_verb_prune},
	{"merge", MR_VERB_MERGE, "put the snapshots of other databases into one", "OTHER.db...",
	 "  memreckon merge -d all.db berlin.db lyon.db\n",
	 "Snapshots get new numbers, in the order of the other database.  One that is here\n"
	 "already is known; of two of one capture the more complete one stays.\n",
	 mr_verb_merge},
	{"migrate", MR_VERB_MIGRATE, "bring a database of an older memreckon up to date", "",
	 "  memreckon migrate -d memreckon.db\n",
	 "An older database that is small can be read as it is; import, prune and merge\n"
	 "bring it up to date by themselves.  One transaction: it is done or it is not.\n",
	 mr_verb_migrate},
};
const size_t mr_verb_count = sizeof(mr_verbs) / sizeof(mr_verbs[0]);

int mr_call_select(struct mr_call *call, size_t from, const char *const *defaults, size_t most,
		   struct mr_error *error)
{
	size_t given = call->options.argument_count > from ? call->options.argument_count - from : 0;

	if (given > most)
		return mr_error_set(error, -EINVAL,
				    "%s takes %s%zu snapshot%s, not %zu.   memreckon %s --help",
				    call->verb->name, most ? "at most " : "", most, most == 1 ? "" : "s",
				    given, call->verb->name);
	return mr_select(call->options.database, call->options.arguments + from, given, defaults,
			 &call->selection, error);
}

bool mr_call_is_data(const struct mr_call *call)
{
	return call->options.format && call->options.format->is_data;
}

size_t mr_call_rows(const struct mr_call *call, size_t otherwise)
{
	if (call->options.rows == MR_ROWS_DEFAULT)
		return mr_call_is_data(call) ? SIZE_MAX : otherwise;
	return call->options.rows ? (size_t)call->options.rows : SIZE_MAX;
}

static bool is_in_memory(const struct mr_call *call)
{
	return call->selection.store && !strcmp(mr_store_path(call->selection.store), ":memory:");
}

const char *mr_call_snapshot_name(struct mr_call *call, size_t index)
{
	sqlite3_stmt *statement = NULL;
	const char *name = NULL;

	if (!is_in_memory(call))
		return mr_report_format(&call->report, "#%lld", (long long)call->selection.ids[index]);
	if (sqlite3_prepare_v2(mr_store_handle(call->selection.store),
			       "SELECT archive FROM snapshot WHERE snapshot_id = ?1", -1, &statement,
			       NULL) == SQLITE_OK &&
	    sqlite3_bind_int64(statement, 1, call->selection.ids[index]) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
		name = mr_report_keep(&call->report, (const char *)sqlite3_column_text(statement, 0),
				      (size_t)sqlite3_column_bytes(statement, 0));
	sqlite3_finalize(statement);
	return name ? name : "?";
}

void mr_call_head_database(struct mr_call *call, bool is_made)
{
	const struct mr_store *store = call->selection.store;
	const char *path = call->options.database, *text;

	if (!is_made)
		text = mr_report_format(&call->report, "%s  not made: there is nothing to put into it", path);
	else if (mr_store_migrated_from(store))
		text = mr_report_format(&call->report, "%s  schema %lld is now schema %d", path,
					(long long)mr_store_migrated_from(store), MR_SCHEMA_VERSION);
	else
		text = mr_report_format(&call->report, "%s  %sschema %d", path,
					mr_store_was_created(store) ? "created, " : "", MR_SCHEMA_VERSION);
	mr_report_head(&call->report, text);
}

const char *mr_spaced_list(struct mr_report *report, const char *list)
{
	const char *text = "";

	for (size_t length; *list; list += length) {
		length = strcspn(list, ",");
		length += list[length] == ',';
		text = mr_report_format(report, "%s%.*s%s", text, (int)length, list,
					list[length - 1] == ',' && list[length] && list[length] != ' ' ? " "
												       : "");
	}
	return text;
}

static bool is_plain_word(const char *text)
{
	return *text && *text != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/@+:=,-%") ==
		       strlen(text);
}

const char *mr_shell_quote(struct mr_report *report, const char *text)
{
	if (is_plain_word(text))
		return text;
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e || *at == '\'' || *at == '\\')
			return NULL;
	return mr_report_format(report, "'%s'", text);
}

const char *mr_call_command(struct mr_call *call, const char *verb, const char *argument, size_t from,
			    size_t count)
{
	struct mr_report *report = &call->report;
	const char *command = mr_report_format(report, "memreckon %s", verb), *word;
	const struct mr_options *options = &call->options;
	struct mr_options fresh;

	mr_options_init(&fresh);
	if (strcmp(options->database, fresh.database) && !is_in_memory(call)) {
		word = mr_shell_quote(report, options->database);
		if (!word)
			return NULL;
		command = mr_report_format(report, "%s -d %s", command, word);
	}
	if (argument) {
		word = mr_shell_quote(report, argument);
		if (!word)
			return NULL;
		command = mr_report_format(report, "%s %s", command, word);
	}
	for (size_t i = from; i < from + count && i < options->argument_count; i++) {
		word = mr_shell_quote(report, options->arguments[i]);
		if (!word)
			return NULL;
		command = mr_report_format(report, "%s %s", command, word);
	}
	return command;
}

void mr_call_next(struct mr_call *call, const char *verb, const char *argument, size_t from, size_t count)
{
	const char *command = mr_call_command(call, verb, argument, from, count);

	if (command)
		mr_report_next(&call->report, command);
}

void mr_call_print_error(const struct mr_call *call, const char *message)
{
	struct mr_buffer out = {0};

	mr_buffer_append_text(&out, "memreckon: ");
	for (const char *line = message, *end; line; line = *end ? end + 1 : NULL) {
		/* further lines are indented: a line break without that is part of a name */
		end = strstr(line, "\n  ");
		end = end ? end : line + strlen(line);
		mr_escape_label(&out, line, (size_t)(end - line), call->charset);
		mr_buffer_append_text(&out, *end ? "\n" : "");
	}
	fprintf(stderr, "%s\n", out.failed ? "memreckon: out of memory" : out.data);
	mr_buffer_deinit(&out);
}

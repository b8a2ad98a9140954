/* What a verb is, and what all of them share.  A verb is one file in this folder and one row of mr_verbs in
 * verb.c.
 *
 * A verb selects its snapshots, fills call->report and returns; main renders the report and prints the error.
 */
#ifndef MR_VERB_H
#define MR_VERB_H

#include "analyze/render/report.h"
#include "analyze/store/select.h"
#include "analyze/verb/options.h"

struct mr_call;

struct mr_verb {
	const char *name;
	unsigned bit;          /**< enum mr_verb_bit */
	const char *question;  /**< what it answers, a few words */
	const char *arguments; /**< behind the options in the usage line */
	const char *examples;  /**< lines of the help, the first thing a reader sees */
	const char *more;      /**< lines of the help behind the options; NULL for none */
	/** @return 0 with call->report filled; negative errno: -EINVAL and -ESRCH are wrong use */
	int (*run)(struct mr_call *call, struct mr_error *error);
};

extern const struct mr_verb mr_verbs[];
extern const size_t mr_verb_count;

/** One run of one verb. */
struct mr_call {
	const struct mr_verb *verb;
	struct mr_options options;
	struct mr_report report;
	struct mr_selection selection; /**< store NULL until mr_call_select() */
	bool stdout_is_terminal, stderr_is_terminal;
	enum mr_charset charset; /**< what the locale allows */
	int exit_status;         /**< of a run that returned 0 */
};

/**
 * Resolve SNAPSHOT arguments into call->selection.
 *
 * @from      the first argument that is a snapshot; those before it mean something else
 * @defaults  as mr_select()
 * @most      most snapshots that the verb takes; more are -EINVAL
 */
int mr_call_select(struct mr_call *call, size_t from, const char *const *defaults, size_t most,
		   struct mr_error *error);

/** @return how many rows to show: -n, else all for data formats, else @otherwise; SIZE_MAX for all */
size_t mr_call_rows(const struct mr_call *call, size_t otherwise);

/** @return whether the report goes to a program: then no row is left out because it says little */
bool mr_call_is_data(const struct mr_call *call);

/** What a reader calls the i-th selected snapshot: "#96", or the name of its archive.  Kept by the report. */
const char *mr_call_snapshot_name(struct mr_call *call, size_t index);

/**
 * Offer "memreckon VERB [ARGUMENT] [the snapshots of this call]" as next command, ready to paste.
 *
 * @argument  NULL for none; quoted for a shell; when that is not possible in plain text nothing is offered
 * @count     how many of the call's snapshot arguments to repeat, from @from
 */
void mr_call_next(struct mr_call *call, const char *verb, const char *argument, size_t from, size_t count);
/** The same command as text, NULL when it cannot be written in plain text. */
const char *mr_call_command(struct mr_call *call, const char *verb, const char *argument, size_t from,
			    size_t count);

/** Add the first line of the head: which database, and what had to be done to open it for writing.
 * @is_made  false: it was made, and is deleted again, because there was nothing to put into it */
void mr_call_head_database(struct mr_call *call, bool is_made);

/** The files that a check missed, with a space behind each comma.  Kept by the report. */
const char *mr_spaced_list(struct mr_report *report, const char *list);

/** Text quoted for a shell and kept by the report, NULL when it holds what plain text cannot. */
const char *mr_shell_quote(struct mr_report *report, const char *text);

/** Print "memreckon: MESSAGE" on stderr, escaped like everything that may hold a name; its lines stay lines.
 */
void mr_call_print_error(const struct mr_call *call, const char *message);

int mr_verb_import(struct mr_call *call, struct mr_error *error);
int mr_verb_list(struct mr_call *call, struct mr_error *error);
int mr_verb_report(struct mr_call *call, struct mr_error *error);
int mr_verb_check(struct mr_call *call, struct mr_error *error);
int mr_verb_explain(struct mr_call *call, struct mr_error *error);
int mr_verb_diff(struct mr_call *call, struct mr_error *error);
int mr_verb_pages(struct mr_call *call, struct mr_error *error);
int mr_verb_ps(struct mr_call *call, struct mr_error *error);
int mr_verb_cgroups(struct mr_call *call, struct mr_error *error);
int mr_verb_show(struct mr_call *call, struct mr_error *error);
int mr_verb_sql(struct mr_call *call, struct mr_error *error);
int mr_verb_verify(struct mr_call *call, struct mr_error *error);
int mr_verb_prune(struct mr_call *call, struct mr_error *error);
int mr_verb_merge(struct mr_call *call, struct mr_error *error);
int mr_verb_migrate(struct mr_call *call, struct mr_error *error);
int mr_verb_schema(struct mr_call *call, struct mr_error *error);

#endif

/* verify: is an archive what the collector wrote?  One row an archive, no database; what cannot be read is
 * said on stderr, and the rest goes on. */
#include "analyze/read/own/verify.h"

#include <errno.h>
#include <string.h>

#include "analyze/verb/verb.h"

/* Exit status besides 0; ux has the same for every verb. */
enum { STATUS_CHANGED = 1, STATUS_PARTLY = 3, STATUS_NOTHING = 4 };

enum column {
	OUTCOME,
	ARCHIVE,
	SUMMARY,
	WRITER,
	MEMBERS,
	READINGS,
	COMPARED,
	UNLISTED,
	PROBLEMS,
	COMPLETENESS,
	TOOL,
	REASON,
	COLUMN_COUNT
};

static const struct mr_column columns[COLUMN_COUNT] = {
	[OUTCOME] = {"outcome", "", MR_COLUMN_LABEL},
	[ARCHIVE] = {"archive", "", MR_COLUMN_NAME, 0, 24},
	[SUMMARY] = {"summary", "", MR_COLUMN_LABEL, MR_COLUMN_PAPER_ONLY},
	[WRITER] = {"writer", "", MR_COLUMN_LABEL, MR_COLUMN_PAPER_ONLY, 0, 1},
	[MEMBERS] = {"members_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	[READINGS] = {"readings_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	[COMPARED] = {"compared_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	[UNLISTED] = {"unlisted_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	[PROBLEMS] = {"problems_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	[COMPLETENESS] = {"completeness", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	[TOOL] = {"tool", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
	[REASON] = {"reason", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
};

/* The problems of all archives, by name. */
enum problem_column { OF_ARCHIVE, PATH, PROBLEM, PROBLEM_COLUMN_COUNT };

static const struct mr_column problem_columns[PROBLEM_COLUMN_COUNT] = {
	[OF_ARCHIVE] = {"archive", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
	[PATH] = {"path", "", MR_COLUMN_NAME, 0, 20},
	[PROBLEM] = {"problem", "", MR_COLUMN_LABEL},
};

static const char *const outcome_words[] = {
	[MR_VERIFY_WHOLE] = "whole",
	[MR_VERIFY_CUT_OFF] = "cut off",
	[MR_VERIFY_CHANGED] = "changed",
};

static const char *summary_of(struct mr_report *report, const struct mr_verify_result *result)
{
	if (result->outcome == MR_VERIFY_CHANGED)
		return mr_report_format(
			report, "%s problem%s in %s members", mr_number_count(result->problems_count).text,
			result->problems_count == 1 ? "" : "s", mr_number_count(result->members_count).text);
	if (result->outcome == MR_VERIFY_CUT_OFF)
		return mr_report_format(report, "%s of %s members compared",
					mr_number_count(result->compared_count).text,
					mr_number_count(result->members_count).text);
	return mr_report_format(report, "%s members, %s readings, %s",
				mr_number_count(result->members_count).text,
				mr_number_count(result->readings_count).text, result->completeness);
}

/* What does not fit beside the name. */
static const char *note_of(struct mr_report *report, const struct mr_verify_result *result)
{
	if (result->outcome == MR_VERIFY_CUT_OFF)
		return mr_report_format(
			report, "%s; %s", result->cut,
			result->compared_count
				? "what could be compared is unchanged"
				: "no part of the index is there, so nothing could be compared");
	if (result->outcome == MR_VERIFY_CHANGED && result->cut)
		return mr_report_format(report, "and %s", result->cut);
	return NULL;
}

static const char *keep(struct mr_report *report, const char *text)
{
	return text ? mr_report_keep(report, text, strlen(text)) : NULL;
}

static struct mr_report_row *add_row(struct mr_call *call, struct mr_section *section, const char *path)
{
	struct mr_report_row *row = mr_section_row(&call->report, section);

	if (row)
		row->cells[ARCHIVE] = mr_cell_name(path, strlen(path));
	return row;
}

static void add_result(struct mr_call *call, struct mr_section *section, const char *path,
		       const struct mr_verify_result *result)
{
	struct mr_report *report = &call->report;
	struct mr_report_row *row = add_row(call, section, path);

	if (!row)
		return;
	row->cells[OUTCOME] = mr_cell_text(outcome_words[result->outcome]);
	row->cells[SUMMARY] = mr_cell_text(summary_of(report, result));
	if (result->outcome == MR_VERIFY_WHOLE)
		row->cells[WRITER] =
			mr_cell_text(mr_report_format(report, "by %s", result->tool ? result->tool : "?"));
	row->cells[MEMBERS] = mr_cell_integer(result->members_count);
	row->cells[READINGS] = mr_cell_integer(result->readings_count);
	row->cells[COMPARED] = mr_cell_integer(result->compared_count);
	row->cells[UNLISTED] = mr_cell_integer(result->unlisted_count);
	row->cells[PROBLEMS] = mr_cell_integer(result->problems_count);
	row->cells[COMPLETENESS] = mr_cell_text(keep(report, result->completeness));
	row->cells[TOOL] = mr_cell_text(keep(report, result->tool));
	row->cells[REASON] = mr_cell_text(keep(report, result->cut));
	row->note = note_of(report, result);
}

/* An archive that could not be read. */
static void add_refused(struct mr_call *call, struct mr_section *section, const char *path,
			const char *reason)
{
	struct mr_report_row *row = add_row(call, section, path);

	if (!row)
		return;
	row->cells[OUTCOME] = mr_cell_text("refused");
	row->cells[REASON] = mr_cell_text(keep(&call->report, reason));
}

static void add_problems(struct mr_call *call, struct mr_section *section, const char *archive,
			 const struct mr_verify_result *result)
{
	struct mr_report *report = &call->report;
	int64_t kept = result->problems_count < MR_VERIFY_PROBLEMS_MAX ? result->problems_count
								       : MR_VERIFY_PROBLEMS_MAX;

	for (int64_t i = 0; i < kept; i++) {
		const struct mr_verify_problem *problem = &result->problems[i];
		struct mr_report_row *row = mr_section_row(report, section);

		if (!row)
			return;
		row->cells[OF_ARCHIVE] = mr_cell_name(archive, strlen(archive));
		row->cells[PATH] = mr_cell_name(keep(report, problem->path), strlen(problem->path));
		row->cells[PROBLEM] = mr_cell_text(problem->what);
	}
	struct mr_report_row *row = result->problems_count > kept ? mr_section_row(report, section) : NULL;
	if (!row)
		return;
	row->kind = MR_ROW_MORE;
	row->more_count = result->problems_count - kept;
	row->cells[OF_ARCHIVE] = mr_cell_name(archive, strlen(archive));
	row->cells[PATH] =
		mr_cell_word(mr_report_format(report, "(%s more)", mr_number_count(row->more_count).text));
}

struct tally {
	size_t whole, cut_off, changed, refused;
};

static int exit_status_of(const struct tally *tally)
{
	if (tally->changed)
		return STATUS_CHANGED;
	if (tally->refused && !tally->whole && !tally->cut_off)
		return STATUS_NOTHING;
	return tally->refused || tally->cut_off ? STATUS_PARTLY : 0;
}

static void verify_one(struct mr_call *call, struct mr_section *rows, struct mr_section *problems,
		       const char *path, struct tally *tally)
{
	struct mr_verify_result result;
	struct mr_error refusal = {0};
	int failure = mr_verify(path, &result, &refusal);

	if (failure < 0) {
		const char *reason = refusal.number ? refusal.message : strerror(-failure);

		mr_call_print_error(call, reason);
		add_refused(call, rows, path, reason);
		tally->refused++;
	} else {
		add_result(call, rows, path, &result);
		add_problems(call, problems, path, &result);
		tally->whole += result.outcome == MR_VERIFY_WHOLE;
		tally->cut_off += result.outcome == MR_VERIFY_CUT_OFF;
		tally->changed += result.outcome == MR_VERIFY_CHANGED;
	}
	mr_verify_deinit(&result);
}

int mr_verb_verify(struct mr_call *call, struct mr_error *error)
{
	struct mr_section *rows = mr_report_section(&call->report, "rows", columns, COLUMN_COUNT);
	struct mr_section *problems =
		mr_report_section(&call->report, "problems", problem_columns, PROBLEM_COLUMN_COUNT);
	struct tally tally = {0};

	if (!call->options.argument_count)
		return mr_error_set(error, -EINVAL, "verify needs archives: memreckon verify *.mem.tar.gz");
	problems->is_hidden_when_empty = true;
	for (size_t i = 0; i < call->options.argument_count; i++)
		verify_one(call, rows, problems, call->options.arguments[i], &tally);
	call->exit_status = exit_status_of(&tally);
	return 0;
}

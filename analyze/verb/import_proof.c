/* Captures that were compared with their rows.  See import_proof.h. */
#include "analyze/verb/import_proof.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MOST 10

enum capture_column {
	ARCHIVE,
	SNAPSHOT,
	FIRST_COUNT,
	REASON = FIRST_COUNT + MR_TRIP_COUNT_TOTAL,
	COLUMN_COUNT
};
enum difference_column { OF_ARCHIVE, PATH, LINE, KEY, IN_FILE, IN_ROWS, DIFFERENCE_COLUMN_COUNT };

static const struct mr_column difference_columns[] = {
	{"archive", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
	{"path", "FILE", MR_COLUMN_NAME, 0, 16},
	{"line", "LINE", MR_COLUMN_INTEGER},
	{"key", "KEY", MR_COLUMN_NAME, 0, 8},
	{"in_file", "IT HAS", MR_COLUMN_NAME, 0, 8},
	{"in_rows", "ROWS GIVE", MR_COLUMN_NAME, 0, 8},
};

static const struct mr_column exception_columns[] = {
	{"source", "FILE", MR_COLUMN_LABEL},
	{"reason", "WHY NOT", MR_COLUMN_LABEL},
	{"values_count", "VALUES", MR_COLUMN_INTEGER},
};

/* What is said of values that no row gives back, in this order. */
static const struct {
	enum mr_trip_count count;
	const char *words;
} exceptions[] = {
	{MR_TRIP_NO_COLUMN, "not kept by the schema"}, {MR_TRIP_TOLD_AS_ISSUE, "told as issues"},
	{MR_TRIP_NO_LIMIT, "limits that are none"},    {MR_TRIP_REPLACED, "replaced by a later reading"},
	{MR_TRIP_DERIVED, "derived, not in a file"},   {MR_TRIP_SPELLED, "equal but spelled otherwise"},
};

void mr_proof_view_begin(struct mr_call *call, struct mr_proof_view *view)
{
	struct mr_column columns[COLUMN_COUNT] = {
		[ARCHIVE] = {"archive", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
		[SNAPSHOT] = {"snapshot_id", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
		[REASON] = {"reason", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	};

	for (int i = 0; i < MR_TRIP_COUNT_TOTAL; i++)
		columns[FIRST_COUNT + i] = (struct mr_column){
			mr_report_format(&call->report, "%s_count", mr_trip_count_names[i]), "",
			MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY};
	view->captures = mr_report_section(&call->report, "verified", columns, COLUMN_COUNT);
	view->differences =
		mr_report_section(&call->report, "differences", difference_columns, DIFFERENCE_COLUMN_COUNT);
	view->differences->is_hidden_when_empty = true;
	view->exceptions = mr_report_section(&call->report, "not_given_back", exception_columns, 3);
	view->exceptions->title = "what no row gives back";
	view->exceptions->is_hidden_when_empty = true;
}

static struct mr_cell name_cell(struct mr_call *call, const char *text)
{
	return text ? mr_cell_name(mr_report_keep(&call->report, text, strlen(text)), strlen(text))
		    : mr_cell_nothing();
}

static void add_difference(struct mr_call *call, struct mr_proof_view *view, const char *name,
			   const struct mr_trip_finding *finding)
{
	struct mr_report_row *row = mr_section_row(&call->report, view->differences);

	if (!row)
		return;
	row->cells[OF_ARCHIVE] = name_cell(call, name);
	row->cells[PATH] = name_cell(call, finding->path);
	row->cells[LINE] = finding->line ? mr_cell_integer((int64_t)finding->line) : mr_cell_nothing();
	row->cells[KEY] = name_cell(call, finding->key);
	row->cells[IN_FILE] = name_cell(call, finding->file);
	row->cells[IN_ROWS] = name_cell(call, finding->rows);
}

static void add_more(struct mr_call *call, struct mr_proof_view *view, const char *name, int64_t count)
{
	struct mr_report_row *row = count > 0 ? mr_section_row(&call->report, view->differences) : NULL;

	if (!row)
		return;
	row->kind = MR_ROW_MORE;
	row->more_count = count;
	row->cells[OF_ARCHIVE] = name_cell(call, name);
	row->cells[PATH] =
		mr_cell_word(mr_report_format(&call->report, "(%s more)", mr_number_count(count).text));
}

static struct mr_proof_exception *find_kind(struct mr_call *call, struct mr_proof_view *view,
					    const struct mr_trip_exception *exception)
{
	for (size_t i = 0; i < view->kind_count; i++)
		if (view->kinds[i].reason == exception->reason &&
		    !strcmp(view->kinds[i].what, exception->what))
			return &view->kinds[i];
	if (view->kind_count == view->kind_capacity) {
		size_t capacity = view->kind_capacity ? 2 * view->kind_capacity : 64;
		struct mr_proof_exception *grown =
			mr_report_allocate(&call->report, capacity * sizeof(*grown));

		if (!grown)
			return NULL;
		if (view->kind_count)
			memcpy(grown, view->kinds, view->kind_count * sizeof(*grown));
		view->kinds = grown;
		view->kind_capacity = capacity;
	}
	struct mr_proof_exception *kind = &view->kinds[view->kind_count++];
	*kind = (struct mr_proof_exception){
		.what = mr_report_keep(&call->report, exception->what, strlen(exception->what)),
		.reason = exception->reason};
	return kind;
}

static void add_exceptions(struct mr_call *call, struct mr_proof_view *view,
			   const struct mr_proof_result *proof)
{
	for (size_t i = 0; i < proof->exception_count; i++) {
		struct mr_proof_exception *kind = find_kind(call, view, &proof->exceptions[i]);

		if (kind)
			kind->values_count += proof->exceptions[i].values_count;
	}
}

void mr_proof_view_add(struct mr_call *call, struct mr_proof_view *view, const char *name, int result,
		       const struct mr_proof_result *proof, const struct mr_error *error)
{
	struct mr_report_row *row = mr_section_row(&call->report, view->captures);

	if (!row)
		return;
	row->cells[ARCHIVE] = name_cell(call, name);
	if (result < 0) {
		mr_call_print_error(call, error->message);
		row->cells[REASON] = mr_cell_text(mr_report_format(&call->report, "%s", error->message));
		view->failed_count++;
		return;
	}
	row->cells[SNAPSHOT] = mr_cell_integer(proof->snapshot_id);
	view->captures_count++;
	for (int i = 0; i < MR_TRIP_COUNT_TOTAL; i++) {
		row->cells[FIRST_COUNT + i] = mr_cell_integer(proof->counts[i]);
		view->counts[i] += proof->counts[i];
	}
	add_exceptions(call, view, proof);
	for (size_t i = 0; i < proof->finding_count; i++)
		add_difference(call, view, name, &proof->findings[i]);
	add_more(call, view, name, proof->counts[MR_TRIP_DIFFERENT] - (int64_t)proof->finding_count);
}

/* "1,066 files: 34,512 numbers and 2,304 texts equal, 31 sums, 4,096 words of page frames; nothing differs"
 */
static const char *sentence(struct mr_report *report, const int64_t *counts)
{
	const char *text =
		mr_report_format(report, "%s files: %s numbers and %s texts equal",
				 mr_number_count(counts[MR_TRIP_FILES]).text,
				 mr_number_count(counts[MR_TRIP_NUMBERS] + counts[MR_TRIP_SPELLED]).text,
				 mr_number_count(counts[MR_TRIP_TEXTS]).text);

	if (counts[MR_TRIP_SUMS])
		text = mr_report_format(report, "%s, %s sums", text,
					mr_number_count(counts[MR_TRIP_SUMS]).text);
	if (counts[MR_TRIP_PAGE_WORDS])
		text = mr_report_format(report, "%s, %s words of page frames", text,
					mr_number_count(counts[MR_TRIP_PAGE_WORDS]).text);
	if (!counts[MR_TRIP_DIFFERENT])
		return mr_report_format(report, "%s; nothing differs", text);
	return mr_report_format(report, "%s; %s DIFFER%s", text,
				mr_number_count(counts[MR_TRIP_DIFFERENT]).text,
				counts[MR_TRIP_DIFFERENT] == 1 ? "S" : "");
}

/* What the rows cannot give back, by reason. */
static void say_exceptions(struct mr_report *report, const int64_t *counts)
{
	const char *text = mr_report_format(report, "      beside it: %s files without rows",
					    mr_number_count(counts[MR_TRIP_WITHOUT_ROWS]).text);

	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
		if (counts[exceptions[i].count])
			text = mr_report_format(report, "%s, %s %s", text,
						mr_number_count(counts[exceptions[i].count]).text,
						exceptions[i].words);
	mr_report_head(report, text);
}

/* The first captures by name, where there are several. */
static void say_captures(struct mr_report *report, const struct mr_proof_view *view)
{
	size_t said = 0;

	for (size_t i = 0; i < view->captures->row_count && view->captures_count > 1 && said < LINES_MOST;
	     i++) {
		const struct mr_cell *cells = view->captures->rows[i].cells;
		int64_t counts[MR_TRIP_COUNT_TOTAL];

		for (int k = 0; k < MR_TRIP_COUNT_TOTAL; k++)
			counts[k] = cells[FIRST_COUNT + k].integer;
		if (!cells[SNAPSHOT].has_number)
			continue;
		mr_report_head(report, mr_report_format(report, "      #%lld   %s",
							(long long)cells[SNAPSHOT].integer,
							sentence(report, counts)));
		said++;
	}
	if (view->captures_count > said && said)
		mr_report_head(report,
			       mr_report_format(report, "      (%zu more)", view->captures_count - said));
}

static int by_count(const void *left, const void *right)
{
	const struct mr_proof_exception *a = left, *b = right;
	int order = (a->values_count < b->values_count) - (a->values_count > b->values_count);

	return order ? order : strcmp(a->what, b->what);
}

static const char *words_of(enum mr_trip_count reason)
{
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
		if (exceptions[i].count == reason)
			return exceptions[i].words;
	return mr_trip_count_names[reason];
}

static void list_exceptions(struct mr_call *call, struct mr_proof_view *view)
{
	size_t most = mr_call_is_data(call) ? SIZE_MAX : LINES_MOST;
	int64_t left = 0;

	if (view->kind_count)
		qsort(view->kinds, view->kind_count, sizeof(*view->kinds), by_count);
	for (size_t i = 0; i < view->kind_count; i++) {
		const struct mr_proof_exception *kind = &view->kinds[i];
		struct mr_report_row *row = i < most ? mr_section_row(&call->report, view->exceptions) : NULL;

		left += i >= most;
		if (!row)
			continue;
		row->cells[0] = name_cell(call, kind->what);
		row->cells[1] = mr_cell_text(mr_call_is_data(call) ? mr_trip_count_names[kind->reason]
								   : words_of(kind->reason));
		row->cells[2] = mr_cell_integer(kind->values_count);
	}
	struct mr_report_row *row = left ? mr_section_row(&call->report, view->exceptions) : NULL;
	if (!row)
		return;
	row->kind = MR_ROW_MORE;
	row->more_count = left;
	row->cells[0] = mr_cell_word(
		mr_report_format(&call->report, "(%s more, with --json)", mr_number_count(left).text));
}

bool mr_proof_view_end(struct mr_call *call, struct mr_proof_view *view)
{
	struct mr_report *report = &call->report;

	if (!view->captures)
		return false;
	if (view->captures_count) {
		mr_report_head(report, mr_report_format(report, "%5zu verified %s", view->captures_count,
							sentence(report, view->counts)));
		say_captures(report, view);
		say_exceptions(report, view->counts);
		list_exceptions(call, view);
	}
	if (view->failed_count)
		mr_report_head(report, mr_report_format(report, "%5zu not verified", view->failed_count));
	return view->counts[MR_TRIP_DIFFERENT] > 0;
}

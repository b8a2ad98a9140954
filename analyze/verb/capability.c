/* See capability.h.  The view says what is there and which file would be needed; why it is not there is said
 * by the effect of the same kind. */
#include "analyze/verb/capability.h"

#include <string.h>

#include "analyze/verb/effect.h"
#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

enum column {
	ID,
	HOST,
	KIND,
	QUESTION,
	VERB,
	ANSWER,
	KNOWN,
	KNOWN_COUNT,
	TOTAL_COUNT,
	SUBJECT,
	MISSING,
	REASON,
	NEEDS
};

static const struct mr_column columns[] = {
	{"snapshot_id", "#", MR_COLUMN_INTEGER, 0, 1},
	{"host", "host", MR_COLUMN_NAME, 0, 4, 1},
	{"kind", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"question", "question", MR_COLUMN_LABEL},
	{"verb", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"answer", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"known", "answer", MR_COLUMN_LABEL, MR_COLUMN_PAPER_ONLY},
	{"known_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"total_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"subject", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"missing", "missing", MR_COLUMN_LABEL, 0, 39},
	{"reason", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
	{"needs", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
};

struct mr_section *mr_capability_section(struct mr_call *call)
{
	return mr_report_section(&call->report, "rows", columns, sizeof(columns) / sizeof(columns[0]));
}

/* The first loss of this kind that has a cause; NULL when no reading failed: then the file never was there.
 */
static const struct mr_effect *effect_of(const struct mr_effects *effects, const char *kind)
{
	for (size_t i = 0; kind && i < effects->count; i++) {
		const struct mr_effect *effect = &effects->rows[i];
		if (effect->kind && !strcmp(effect->kind, kind) && effect->what &&
		    (effect->reason || effect->needs))
			return effect;
	}
	return NULL;
}

/* "yes", "no", and for what is between them how much: "54 of 74". */
static struct mr_cell known_cell(struct mr_report *report, const struct mr_cell *cells, bool is_partly)
{
	if (!is_partly || !cells[TOTAL_COUNT].has_number ||
	    cells[KNOWN_COUNT].integer == cells[TOTAL_COUNT].integer)
		return mr_cell_text(cells[ANSWER].text);
	return mr_cell_text(mr_report_format(report, "%s of %s",
					     mr_number_count(cells[KNOWN_COUNT].integer).text,
					     mr_number_count(cells[TOTAL_COUNT].integer).text));
}

/* On paper what is nothing is blank: NULL here means that there is nothing to say. */
static void blank_unknown(struct mr_cell *cell)
{
	if (cell->state == MR_CELL_UNKNOWN)
		*cell = (struct mr_cell){0};
}

static void finish_row(struct mr_call *call, struct mr_report_row *row, const struct mr_effects *effects)
{
	struct mr_report *report = &call->report;
	struct mr_cell *cells = row->cells;
	const char *answer = cells[ANSWER].text ? cells[ANSWER].text : "";
	bool is_answered = !strcmp(answer, "yes");
	const struct mr_effect *effect = is_answered ? NULL : effect_of(effects, cells[KIND].text);

	cells[KNOWN] = known_cell(report, cells, !strcmp(answer, "partly"));
	if (cells[MISSING].text)
		cells[MISSING] = mr_cell_text(mr_spaced_list(report, cells[MISSING].text));
	cells[REASON] = mr_cell_text(effect ? effect->reason : NULL);
	cells[NEEDS] = mr_cell_text(effect ? effect->needs : NULL);
	if (mr_call_is_data(call))
		return;
	blank_unknown(&cells[MISSING]);
	if (effect)
		row->note = mr_effect_loss(report, effect);
}

int mr_capability_add(struct mr_call *call, struct mr_section *section, int64_t snapshot_id, const char *host,
		      struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *statement = NULL;
	struct mr_store *store = call->selection.store;
	struct mr_effects effects;
	bool is_first = true;
	int result = mr_effects_load(call, snapshot_id, &effects, error);

	if (!result)
		result = mr_query_saved(store, "reports/capabilities", snapshot_id, 0, &statement, error);
	while (!result && (result = mr_query_step(store, statement, error)) == 1) {
		struct mr_report_row *row = mr_query_row(&call->report, section, statement);

		result = 0;
		if (!row)
			break;
		finish_row(call, row, &effects);
		if (is_first || mr_call_is_data(call))
			row->cells[HOST] = host ? mr_cell_name(host, strlen(host)) : mr_cell_unknown();
		else
			row->cells[ID] = (struct mr_cell){0};
		is_first = false;
	}
	return result;
}

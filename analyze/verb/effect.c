/* See effect.h.  On paper a loss is one line, and what follows from it the next, behind an arrow. */
#include "analyze/verb/effect.h"

#include <string.h>

#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

/* Rows that are kept: a capture of a broken machine may have a hung file for each process. */
#define ROWS_MAX 200
/* Files that gave no answer, and sets of checks, that are said one by one. */
#define OF_A_KIND_MAX 5
#define NOTES_MAX 8

#define INDENT "          "
#define ARROW "       →  "

static void take(struct mr_report *report, sqlite3_stmt *row, struct mr_effect *effect)
{
	*effect = (struct mr_effect){
		.kind = mr_query_named_text(report, row, "kind"),
		.what = mr_query_named_text(report, row, "what"),
		.reason = mr_query_named_text(report, row, "reason"),
		.needs = mr_query_named_text(report, row, "needs"),
		.effect = mr_query_named_text(report, row, "effect"),
		.brief = mr_query_named_text(report, row, "brief"),
		.missing_count = mr_query_integer(row, "missing_count", -1),
		.total_count = mr_query_integer(row, "total_count", -1),
		.low_bytes = mr_query_integer(row, "low_bytes", -1),
		.high_bytes = mr_query_integer(row, "high_bytes", -1),
		.waited_ns = mr_query_integer(row, "waited_ns", -1),
	};
}

int mr_effects_load(struct mr_call *call, int64_t snapshot_id, struct mr_effects *ret, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_store *store = call->selection.store;
	int result = mr_query_saved(store, "reports/effects", snapshot_id, 0, &row, error);

	*ret = (struct mr_effects){
		.rows = mr_report_allocate(&call->report, ROWS_MAX * sizeof(*ret->rows)),
	};
	while (!result && ret->rows && ret->count < ROWS_MAX &&
	       (result = mr_query_step(store, row, error)) == 1) {
		take(&call->report, row, &ret->rows[ret->count++]);
		result = 0;
	}
	return result;
}

static bool is_of(const struct mr_effect *effect, const char *kind)
{
	return effect->kind && !strcmp(effect->kind, kind);
}

/* What stands in front of a line. */
static const char *label_of(const struct mr_effect *effect)
{
	if (is_of(effect, "cut_off") || is_of(effect, "meminfo"))
		return "not there";
	if (is_of(effect, "tokens"))
		return "hidden";
	if (is_of(effect, "visibility") || is_of(effect, "cgroup_namespace") || is_of(effect, "no_cgroups"))
		return "not seen";
	return "not read";
}

const char *mr_effect_loss(struct mr_report *report, const struct mr_effect *effect)
{
	const char *text = effect->what;

	if (effect->waited_ns >= 0)
		text = mr_report_format(report, "%s  no answer in %s", text,
					mr_number_duration(effect->waited_ns).text);
	if (effect->reason)
		text = mr_report_format(report, "%s%s%s", text, effect->waited_ns >= 0 ? ", " : "  ",
					effect->reason);
	if (effect->needs)
		text = mr_report_format(report, "%s  needs %s", text, effect->needs);
	return text;
}

/* Whether more is known of a sum than that it is not below nothing, as it is when only kernel threads are
 * known. */
static bool has_range(const struct mr_effect *effect)
{
	return effect->low_bytes > 0 || (!effect->low_bytes && effect->high_bytes >= 0);
}

/* A sum becomes a range; what is missing is said with the right that it needs. */
static const char *effect_line(struct mr_report *report, const struct mr_effect *effect)
{
	if (!effect->what && effect->needs)
		return mr_report_format(report, "%s, which needs %s", effect->effect, effect->needs);
	if (!has_range(effect))
		return effect->effect;
	struct mr_number low = mr_number_size_prose(effect->low_bytes);
	if (effect->high_bytes < 0)
		return mr_report_format(report, "%s: the true sum is %s or more", effect->effect, low.text);
	return mr_report_format(report, "%s: the true sum is between %s and %s", effect->effect, low.text,
				mr_number_size_prose(effect->high_bytes).text);
}

/* What is already said where processes, cgroups and checks are counted. */
static bool is_counted(const struct mr_effect *effect)
{
	return is_of(effect, "pss") || is_of(effect, "no_cgroups") || is_of(effect, "checks");
}

/* What no report needs is said to programs alone; beside the counts a sum that became a range is still news.
 */
static bool is_on_paper(const struct mr_effect *effect, bool beside_counts)
{
	if (beside_counts && is_counted(effect))
		return is_of(effect, "pss") && has_range(effect);
	return !is_of(effect, "others");
}

/* How many of the same kind stand in front of this one. */
static size_t place_in_kind(const struct mr_effects *effects, size_t i)
{
	size_t place = 0;

	while (i > place && !strcmp(effects->rows[i - place - 1].kind, effects->rows[i].kind))
		place++;
	return place;
}

static void say_rest(struct mr_call *call, const struct mr_effects *effects, size_t i)
{
	size_t last = i;

	while (last + 1 < effects->count && !strcmp(effects->rows[last + 1].kind, effects->rows[i].kind))
		last++;
	mr_report_head(&call->report,
		       mr_report_format(&call->report, INDENT "(%zu more in the view effect)", last - i + 1));
}

static void say(struct mr_call *call, const struct mr_effect *effect, const char **label)
{
	struct mr_report *report = &call->report;
	bool is_new = effect->what && strcmp(*label, label_of(effect)) != 0;

	if (effect->what) {
		*label = label_of(effect);
		mr_report_head(report, mr_report_format(report, "%-10s%s", is_new ? *label : "",
							mr_effect_loss(report, effect)));
	}
	if (effect->effect)
		mr_report_head(report, mr_report_format(report, "%s%s", effect->what ? ARROW : INDENT,
							effect_line(report, effect)));
}

void mr_effects_head(struct mr_call *call, const struct mr_effects *effects, bool beside_counts,
		     const char *checks_line)
{
	const char *label = "";
	bool has_checks = false;

	for (size_t i = 0; i < effects->count; i++) {
		const struct mr_effect *effect = &effects->rows[i];
		size_t place = place_in_kind(effects, i);

		if (is_of(effect, "checks") && !has_checks && checks_line) {
			mr_report_head(&call->report,
				       mr_report_format(&call->report, INDENT "%s", checks_line));
			has_checks = true;
		}
		if (place < OF_A_KIND_MAX && is_on_paper(effect, beside_counts))
			say(call, effect, &label);
		else if (place == OF_A_KIND_MAX && is_on_paper(effect, beside_counts))
			say_rest(call, effects, i);
	}
}

void mr_effects_notes(struct mr_call *call, const struct mr_effects *effects, bool beside_counts)
{
	struct mr_report *report = &call->report;

	for (size_t i = 0; i < effects->count && i < NOTES_MAX; i++) {
		const struct mr_effect *effect = &effects->rows[i];

		if (!is_on_paper(effect, beside_counts))
			continue;
		mr_report_note(report, effect->what ? label_of(effect) : "",
			       effect->what
				       ? mr_report_format(report, "%s: %s", mr_effect_loss(report, effect),
							  effect_line(report, effect))
				       : effect_line(report, effect),
			       NULL);
	}
}

static struct mr_cell count_cell(int64_t count)
{
	return count < 0 ? mr_cell_unknown() : mr_cell_integer(count);
}

static struct mr_cell name_cell(const char *text)
{
	return text ? mr_cell_name(text, strlen(text)) : mr_cell_unknown();
}

void mr_effects_section(struct mr_call *call, const struct mr_effects *effects)
{
	static const struct mr_column columns[] = {
		{"kind", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
		{"what", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
		{"reason", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
		{"needs", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
		{"effect", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
		{"missing_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
		{"total_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
		{"low_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
		{"high_bytes", "", MR_COLUMN_SIZE, MR_COLUMN_DATA_ONLY},
		{"waited_ns", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	};
	struct mr_section *section =
		mr_report_section(&call->report, "effects", columns, sizeof(columns) / sizeof(columns[0]));

	for (size_t i = 0; i < effects->count; i++) {
		const struct mr_effect *effect = &effects->rows[i];
		struct mr_report_row *row = mr_section_row(&call->report, section);
		size_t c = 0;

		if (!row)
			return;
		row->cells[c++] = mr_cell_text(effect->kind);
		row->cells[c++] = name_cell(effect->what);
		row->cells[c++] = name_cell(effect->reason);
		row->cells[c++] = mr_cell_text(effect->needs);
		row->cells[c++] = mr_cell_text(effect->effect);
		row->cells[c++] = count_cell(effect->missing_count);
		row->cells[c++] = count_cell(effect->total_count);
		row->cells[c++] = count_cell(effect->low_bytes);
		row->cells[c++] = count_cell(effect->high_bytes);
		row->cells[c++] = count_cell(effect->waited_ns);
	}
}

const char *mr_effects_brief(struct mr_call *call, const struct mr_effects *effects, bool beside_counts)
{
	const char *text = NULL;

	for (size_t i = 0; i < effects->count; i++) {
		const char *brief = effects->rows[i].brief;

		if (beside_counts && is_counted(&effects->rows[i]))
			continue;
		/* two files of one kind say the same */
		if (brief && !(text && strstr(text, brief)))
			text = text ? mr_report_format(&call->report, "%s; %s", text, brief) : brief;
	}
	return text;
}

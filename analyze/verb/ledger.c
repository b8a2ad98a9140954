/* See ledger.h. */
#include "analyze/verb/ledger.h"

#include <string.h>

#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

static bool is_part_of(const struct mr_ledger_row *row, const char *class_name)
{
	return row->parent && !strcmp(row->parent, class_name);
}

bool mr_ledger_knows_anything(const struct mr_ledger *ledger)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (ledger->rows[i].is_known)
			return true;
	return false;
}

const struct mr_ledger_row *mr_ledger_find(const struct mr_ledger *ledger, const char *class_name)
{
	for (size_t i = 0; i < ledger->count; i++)
		if (!strcmp(ledger->rows[i].class_name, class_name))
			return &ledger->rows[i];
	return NULL;
}

void mr_ledger_apportion(const struct mr_ledger *ledger, const int64_t *bytes, int64_t *ret_steps,
			 size_t count, int64_t total_steps)
{
	int64_t numerator, denominator;

	mr_number_step_fraction(ledger->unit, ledger->page_size_bytes, &numerator, &denominator);
	mr_number_apportion(bytes, ret_steps, count, numerator, denominator, total_steps);
}

/* The parts of one class: which rows, and one of their numbers. */
struct parts {
	size_t rows[MR_LEDGER_ROWS_MAX];
	int64_t exact[MR_LEDGER_ROWS_MAX], steps[MR_LEDGER_ROWS_MAX];
	size_t count;
};

static void find_parts(const struct mr_ledger *ledger, const char *class_name, struct parts *parts)
{
	parts->count = 0;
	for (size_t i = 0; i < ledger->count; i++)
		if (is_part_of(&ledger->rows[i], class_name)) {
			parts->rows[parts->count] = i;
			parts->exact[parts->count++] = ledger->rows[i].is_known ? ledger->rows[i].bytes : 0;
		}
}

static void round_parts(struct mr_ledger *ledger, const struct mr_ledger_row *whole, unsigned depth)
{
	struct parts parts;

	find_parts(ledger, whole->class_name, &parts);
	mr_ledger_apportion(ledger, parts.exact, parts.steps, parts.count, whole->steps);
	for (size_t i = 0; i < parts.count; i++)
		ledger->rows[parts.rows[i]].steps = parts.steps[i];
	if (ledger->total_bytes > 0)
		mr_number_apportion(parts.exact, parts.steps, parts.count, 10000, ledger->total_bytes,
				    whole->share_steps);
	for (size_t i = 0; i < parts.count; i++) {
		struct mr_ledger_row *row = &ledger->rows[parts.rows[i]];

		row->share_steps = ledger->total_bytes > 0 ? parts.steps[i] : 0;
		if (depth < 8)
			round_parts(ledger, row, depth + 1);
	}
}

void mr_ledger_round(struct mr_ledger *ledger, enum mr_size_unit unit)
{
	ledger->unit = unit;
	for (size_t i = 0; i < ledger->count; i++) {
		struct mr_ledger_row *row = &ledger->rows[i];

		row->share_ppm = mr_number_ppm(row->bytes, ledger->total_bytes);
		for (size_t j = 0; j < ledger->count; j++)
			row->is_group |= is_part_of(&ledger->rows[j], row->class_name);
	}
	for (size_t i = 0; i < ledger->count; i++)
		if (!ledger->rows[i].parent) {
			ledger->rows[i].steps =
				mr_number_steps(ledger->rows[i].bytes, ledger->unit, ledger->page_size_bytes);
			ledger->rows[i].share_steps = 10000;
			round_parts(ledger, &ledger->rows[i], 0);
		}
}

int mr_ledger_load(struct mr_call *call, int64_t snapshot_id, struct mr_ledger *ret_ledger,
		   struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_store *store = call->selection.store;
	int result = mr_query_snapshot(store,
				       "SELECT class, parent_class, title, bytes, source, note FROM ledger"
				       " WHERE snapshot_id = ?1 ORDER BY ordinal",
				       snapshot_id, &row, error);

	*ret_ledger = (struct mr_ledger){.page_size_bytes = call->report.size_style.page_size_bytes};
	while (!result && (result = mr_query_step(store, row, error)) == 1) {
		result = 0;
		if (ret_ledger->count == MR_LEDGER_ROWS_MAX)
			break;
		struct mr_ledger_row *entry = &ret_ledger->rows[ret_ledger->count++];
		const char *class_name = mr_query_text(&call->report, row, 0);
		*entry = (struct mr_ledger_row){
			.class_name = class_name ? class_name : "",
			.parent = mr_query_text(&call->report, row, 1),
			.title = mr_query_text(&call->report, row, 2),
			.is_known = !mr_query_is_null(row, 3),
			.bytes = sqlite3_column_int64(row, 3),
			.source = mr_query_text(&call->report, row, 4),
			.note = mr_query_text(&call->report, row, 5),
		};
		if (!entry->parent)
			ret_ledger->total_bytes = entry->bytes;
	}
	mr_ledger_round(ret_ledger, mr_number_table_unit(ret_ledger->total_bytes, call->options.unit));
	return result;
}

static void round_changes(struct mr_ledger *ledger, const struct mr_ledger_row *whole, unsigned depth)
{
	struct parts parts;

	find_parts(ledger, whole->class_name, &parts);
	for (size_t i = 0; i < parts.count; i++)
		parts.exact[i] = ledger->rows[parts.rows[i]].change_bytes;
	mr_ledger_apportion(ledger, parts.exact, parts.steps, parts.count, whole->change_steps);
	for (size_t i = 0; i < parts.count; i++) {
		ledger->rows[parts.rows[i]].change_steps = parts.steps[i];
		if (depth < 8)
			round_changes(ledger, &ledger->rows[parts.rows[i]], depth + 1);
	}
}

void mr_ledger_compare(struct mr_ledger *ledger, const struct mr_ledger *before)
{
	for (size_t i = 0; i < ledger->count; i++) {
		struct mr_ledger_row *row = &ledger->rows[i];
		const struct mr_ledger_row *old = mr_ledger_find(before, row->class_name);

		/* a class that has no row is one that this kernel does not have, or has none of */
		row->has_change = row->is_known && (!old || old->is_known);
		row->change_bytes = row->has_change ? row->bytes - (old ? old->bytes : 0) : 0;
	}
	for (size_t i = 0; i < ledger->count; i++)
		if (!ledger->rows[i].parent) {
			ledger->rows[i].change_steps = mr_number_steps(ledger->rows[i].change_bytes,
								       ledger->unit, ledger->page_size_bytes);
			round_changes(ledger, &ledger->rows[i], 0);
		}
}

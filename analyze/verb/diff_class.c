/* diff by class: the rows of the ledger before and after, what grew first, what did not change folded into
 * one row. */
#include <stdlib.h>
#include <string.h>

#include "analyze/verb/diff.h"
#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

struct class_row {
	const char *class_name, *title;
	bool has_before, has_after, has_floor, has_change, is_change;
	bool is_none_before, is_none_after; /* no row: the kernel has no such thing, or none of it */
	int64_t before, after, change, floor;
	int64_t before_steps, after_steps, change_steps;
};

/* Kernel memory and huge pages by their parts, everything else as one row. */
static bool is_shown(const struct mr_ledger *ledger, const char *class_name, const char *parent)
{
	static const char *const split[] = {"kernel", "huge_pages"};
	const struct mr_ledger_row *row = mr_ledger_find(ledger, class_name);
	bool is_top = parent && !strcmp(parent, "mem_total");

	for (size_t i = 0; i < sizeof(split) / sizeof(split[0]); i++) {
		if (parent && !strcmp(parent, split[i]))
			return true;
		if (!strcmp(class_name, split[i]) && row && row->is_group)
			return false;
	}
	return is_top;
}

static struct class_row take_class(const struct mr_diff *diff, struct mr_report *report, sqlite3_stmt *row)
{
	const char *name = mr_query_named_text(report, row, "class");
	const struct mr_ledger_row *before = mr_ledger_find(&diff->before_ledger, name ? name : "");
	const struct mr_ledger_row *after = mr_ledger_find(&diff->after_ledger, name ? name : "");
	int64_t floor = mr_query_integer(row, "floor_bytes", -1);
	struct class_row entry = {
		.class_name = name ? name : "",
		.title = mr_query_named_text(report, row, "title"),
		.is_none_before = !before,
		.is_none_after = !after,
		.has_before = before && before->is_known,
		.has_after = after && after->is_known,
		.has_change = after ? after->has_change : before && before->is_known,
		.before = before ? before->bytes : 0,
		.after = after ? after->bytes : 0,
		.before_steps = before ? before->steps : 0,
		.after_steps = after ? after->steps : 0,
		.change_steps = after    ? after->change_steps
				: before ? -before->steps
					 : 0,
		.has_floor = floor >= 0 || diff->call->options.floor_bytes >= 0,
	};

	entry.change = entry.after - entry.before;
	entry.floor = mr_diff_floor(diff, floor < 0 ? 0 : floor);
	entry.is_change = entry.has_change && llabs(entry.change) > entry.floor;
	return entry;
}

/* What grew first, by how much; in the middle what did not change; then what shrank. */
static int compare_classes(const void *a, const void *b)
{
	const struct class_row *left = a, *right = b;
	int64_t x = left->is_change ? left->change : 0, y = right->is_change ? right->change : 0;

	if (x != y)
		return x < y ? 1 : -1;
	return strcmp(left->class_name, right->class_name);
}

static struct mr_cell stepped(bool is_known, int64_t value, int64_t steps)
{
	struct mr_cell cell = mr_cell_integer(value);

	cell.has_steps = true;
	cell.steps = steps;
	return is_known ? cell : mr_cell_unknown();
}

static struct mr_report_row *add_class(struct mr_diff *diff, struct mr_section *section,
				       const struct class_row *entry)
{
	struct mr_report_row *row = mr_section_row(&diff->call->report, section);

	if (!row)
		return NULL;
	row->cells[KIND] = mr_cell_text("class");
	row->cells[CLASS] = mr_cell_text(entry->class_name);
	row->cells[BEFORE] = entry->is_none_before
				     ? mr_cell_nothing()
				     : stepped(entry->has_before, entry->before, entry->before_steps);
	row->cells[AFTER] = entry->is_none_after
				    ? mr_cell_nothing()
				    : stepped(entry->has_after, entry->after, entry->after_steps);
	row->cells[CHANGE] = stepped(entry->has_change, entry->change, entry->change_steps);
	row->cells[FLOOR] = entry->has_floor ? mr_cell_integer(entry->floor) : mr_cell_unknown();
	row->cells[WHO] = mr_cell_text(entry->title ? entry->title : entry->class_name);
	mr_diff_show_change(row, entry->is_change);
	mr_diff_draw(section, row);
	return row;
}

static void add_unchanged(struct mr_diff *diff, struct mr_section *section, const struct class_row *sum,
			  int64_t count)
{
	struct mr_report *report = &diff->call->report;
	struct mr_report_row *row = count ? add_class(diff, section, sum) : NULL;

	if (!row)
		return;
	row->kind = MR_ROW_MORE;
	row->more_count = count;
	row->cells[CLASS] = (struct mr_cell){0};
	row->cells[WHO] = mr_cell_text(mr_report_format(report, "(%lld unchanged)", (long long)count));
}

static void add_total(struct mr_diff *diff, struct mr_section *section, const struct class_row *total)
{
	struct mr_report_row *row = add_class(diff, section, total);

	if (!row)
		return;
	row->kind = MR_ROW_TOTAL;
	row->bar.present = false;
	row->cells[FLOOR] = total->floor ? row->cells[FLOOR] : (struct mr_cell){0};
}

static void add_to_sum(struct class_row *sum, const struct class_row *entry)
{
	sum->before += entry->before;
	sum->after += entry->after;
	sum->change += entry->change;
	sum->before_steps += entry->before_steps;
	sum->after_steps += entry->after_steps;
	sum->change_steps += entry->change_steps;
	sum->floor += entry->floor;
}

static void add_classes(struct mr_diff *diff, struct mr_section *section, struct class_row *entries,
			size_t count, const struct class_row *total)
{
	struct class_row unchanged = {.class_name = "",
				      .has_before = true,
				      .has_after = true,
				      .has_change = true,
				      .has_floor = true};
	bool all = diff->call->options.all || mr_call_is_data(diff->call);
	int64_t folded = 0;

	qsort(entries, count, sizeof(*entries), compare_classes);
	for (size_t i = 0; i < count; i++) {
		bool is_shown_anyway =
			all || !entries[i].has_change || !strcmp(entries[i].class_name, "unaccounted");

		if (entries[i].is_change || is_shown_anyway)
			add_class(diff, section, &entries[i]);
		else {
			add_to_sum(&unchanged, &entries[i]);
			folded++;
		}
	}
	add_unchanged(diff, section, &unchanged, folded);
	if (total->class_name)
		add_total(diff, section, total);
	if (section) {
		section->scale_low = -section->scale_high;
		section->has_mark = true;
	}
}

/* The header of the bars names what their ends stand for. */
static void label_bars(struct mr_diff *diff, struct mr_section *section)
{
	struct mr_report *report = &diff->call->report;
	struct mr_number end = mr_number_size_prose(section->scale_high);

	section->columns[BAR].ruler_left = mr_report_format(report, "-%s", end.text);
	section->columns[BAR].ruler_middle = "0";
	section->columns[BAR].ruler_right = mr_report_format(report, "+%s", end.text);
}

int mr_diff_classes(struct mr_diff *diff, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_call *call = diff->call;
	struct class_row entries[MR_LEDGER_ROWS_MAX], total = {0};
	size_t count = 0;
	int result = mr_query_saved(call->selection.store, "reports/diff_class", diff->before.snapshot_id,
				    diff->after.snapshot_id, &row, error);
	struct mr_section *section = mr_diff_section(diff, "rows", "class", 24);

	while (!result && (result = mr_query_step(call->selection.store, row, error)) == 1) {
		struct class_row entry = take_class(diff, &call->report, row);
		const char *parent = mr_query_named_text(&call->report, row, "parent_class");

		result = 0;
		if (!parent)
			total = entry;
		else if (count < MR_LEDGER_ROWS_MAX &&
			 is_shown(&diff->after_ledger, entry.class_name, parent))
			entries[count++] = entry;
	}
	if (result < 0 || !section)
		return result;
	add_classes(diff, section, entries, count, &total);
	label_bars(diff, section);
	return 0;
}

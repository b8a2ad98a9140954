/* report: where is the RAM?  The ledger as a tree: classes, their parts, and for anonymous memory and file
 * cache the cgroups that are charged.  Every level closes: what is not shown one by one is in a row that says
 * how many.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/verb/charge.h"
#include "analyze/verb/evidence.h"
#include "analyze/verb/head.h"
#include "analyze/verb/ledger.h"
#include "analyze/verb/query.h"
#include "schema/base/cleanup.h"

#define PARTS_DEFAULT 4
/* shmem is split by cgroup only where it matters, in millionths of MemTotal */
#define SHMEM_MATTERS_PPM 10000

enum column { CLASS, CGROUP, SIZE, SHARE, CHANGE, TITLE, SOURCE, BAR, COLUMN_COUNT };

/* One row before it is in the report: a part of a class. */
struct part {
	const char *key; /* class or cgroup path */
	const char *title;
	const char *cgroup;                     /* NULL for a class */
	const struct mr_ledger_row *ledger_row; /* NULL for a cgroup */
	int64_t bytes, change_bytes;
	bool is_known, has_change, is_new;
	bool is_partial;    /* it stands for some that are known and some that are not */
	int64_t stands_for; /* > 0: a row for so many others */
};

struct page {
	struct mr_call *call;
	struct mr_head head, before_head;
	struct mr_ledger ledger, before_ledger;
	struct mr_charges charges, before_charges;
	struct mr_effects effects;
	bool has_before;
	struct mr_section *section;
	struct part grown; /* the cgroup that changed most */
	const char *grown_class;
};

static void page_deinit(struct page *page)
{
	mr_charges_deinit(&page->charges);
	mr_charges_deinit(&page->before_charges);
}

static size_t parts_most(const struct mr_call *call)
{
	return call->options.rows == MR_ROWS_DEFAULT ? PARTS_DEFAULT
	       : call->options.rows                  ? (size_t)call->options.rows
						     : SIZE_MAX;
}

/* Largest first; ties by name. */
static int compare_parts(const void *a, const void *b)
{
	const struct part *left = a, *right = b;

	if (left->bytes != right->bytes)
		return left->bytes < right->bytes ? 1 : -1;
	return strcmp(left->key, right->key);
}

static struct mr_cell stepped(int64_t value, int64_t steps)
{
	struct mr_cell cell = mr_cell_integer(value);

	cell.has_steps = true;
	cell.steps = steps;
	return cell;
}

/* "≥ 1.67": of what is in it not all is known. */
static struct mr_cell size_cell(struct page *page, const struct part *part, int64_t steps)
{
	struct mr_cell cell = stepped(part->bytes, steps);

	if (!part->is_known)
		return mr_cell_unknown();
	if (part->is_partial) {
		cell.state = MR_CELL_WORD;
		cell.text = mr_report_format(&page->call->report, "≥%s",
					     mr_number_of_steps(steps, page->ledger.unit, false).text);
		cell.length_bytes = strlen(cell.text);
	}
	return cell;
}

static struct mr_cell change_cell(const struct part *part, int64_t steps)
{
	struct mr_cell cell = stepped(part->change_bytes, steps);

	if (!part->has_change)
		return mr_cell_unknown();
	if (part->is_new) {
		cell.state = MR_CELL_WORD;
		cell.text = "new";
		cell.length_bytes = strlen(cell.text);
	}
	return cell;
}

struct printed {
	int64_t steps, share_steps, change_steps;
};

struct place {
	unsigned depth;
	int64_t start_bytes;           /* where its bar begins */
	int64_t shade_low, shade_high; /* the bar of the row above */
	const char *top_class;         /* gives the colour */
};

static void add_row(struct page *page, const struct part *part, const struct printed *printed,
		    const struct place *place)
{
	struct mr_report_row *row = mr_section_row(&page->call->report, page->section);

	if (!row)
		return;
	row->kind = part->stands_for ? MR_ROW_MORE : MR_ROW_DATA;
	row->depth = place->depth;
	row->more_count = part->stands_for;
	row->key = part->cgroup ? mr_cell_name(part->key, strlen(part->key)) : mr_cell_text(part->key);
	if (part->ledger_row)
		row->cells[CLASS] = mr_cell_text(part->key);
	if (part->cgroup)
		row->cells[CGROUP] = mr_cell_name(part->cgroup, strlen(part->cgroup));
	row->cells[SIZE] = size_cell(page, part, printed->steps);
	row->cells[SHARE] = part->is_known ? stepped(mr_number_ppm(part->bytes, page->ledger.total_bytes),
						     printed->share_steps)
					   : mr_cell_unknown();
	if (page->has_before)
		row->cells[CHANGE] = change_cell(part, printed->change_steps);
	row->cells[TITLE] = part->cgroup && mr_call_is_data(page->call)
				    ? mr_cell_name(part->title, strlen(part->title))
				    : mr_cell_text(part->title);
	if (part->ledger_row && part->ledger_row->source)
		row->cells[SOURCE] = mr_cell_text(part->ledger_row->source);
	row->bar = (struct mr_bar){
		.present = part->is_known && part->bytes,
		.low = part->bytes < 0 ? place->start_bytes + part->bytes : place->start_bytes,
		.high = part->bytes < 0 ? place->start_bytes : place->start_bytes + part->bytes,
		.shade_low = place->shade_low,
		.shade_high = place->shade_high,
		.color = place->top_class,
	};
}

static void add_part(struct part *sum, const struct part *part)
{
	sum->bytes += part->is_known ? part->bytes : 0;
	sum->change_bytes += part->has_change ? part->change_bytes : 0;
	sum->stands_for++;
}

static struct part part_of_class(const struct mr_ledger_row *row)
{
	return (struct part){
		.key = row->class_name,
		.title = row->title ? row->title : row->class_name,
		.ledger_row = row,
		.bytes = row->bytes,
		.change_bytes = row->change_bytes,
		.is_known = row->is_known,
		.has_change = row->has_change,
	};
}

static struct printed printed_of_class(const struct mr_ledger_row *row)
{
	return (struct printed){row->steps, row->share_steps, row->change_steps};
}

/* A class that is and was nothing says nothing to a person. */
static bool is_worth_a_row(const struct page *page, const struct mr_ledger_row *row)
{
	return !row->is_known || row->bytes || row->change_bytes || mr_call_is_data(page->call) ||
	       !page->call->options.rows;
}

/* The parts of one class that are classes themselves, the small ones in one row. */
static void add_class_parts(struct page *page, const struct mr_ledger_row *whole, struct place place)
{
	struct part parts[MR_LEDGER_ROWS_MAX], rest = {.key = "(more)", .is_known = true, .has_change = true};
	struct printed rest_printed = {0};
	size_t count = 0, known = 0, most = parts_most(page->call);
	bool all_tiny = true;

	for (size_t i = 0; i < page->ledger.count; i++)
		if (page->ledger.rows[i].parent && !strcmp(page->ledger.rows[i].parent, whole->class_name) &&
		    is_worth_a_row(page, &page->ledger.rows[i]))
			parts[count++] = part_of_class(&page->ledger.rows[i]);
	qsort(parts, count, sizeof(parts[0]), compare_parts);
	size_t shown = 0;
	while (shown < count && (shown < most || shown + 1 == count)) {
		bool is_tiny = parts[shown].is_known &&
			       mr_number_ppm(llabs(parts[shown].bytes), page->ledger.total_bytes) <
				       page->call->options.min_ppm;
		if (is_tiny && count - shown > 1)
			break;
		struct printed printed = printed_of_class(parts[shown].ledger_row);
		add_row(page, &parts[shown], &printed, &place);
		place.start_bytes += parts[shown++].bytes;
	}
	for (size_t i = shown; i < count; i++) {
		add_part(&rest, &parts[i]);
		known += parts[i].is_known;
		rest_printed.steps += parts[i].ledger_row->steps;
		rest_printed.share_steps += parts[i].ledger_row->share_steps;
		rest_printed.change_steps += parts[i].ledger_row->change_steps;
		all_tiny &=
			parts[i].is_known && mr_number_ppm(llabs(parts[i].bytes), page->ledger.total_bytes) <
						     page->call->options.min_ppm;
	}
	rest.is_known = known > 0;
	rest.is_partial = known < count - shown;
	rest.title =
		mr_report_format(&page->call->report, "(%zu %s)", count - shown, all_tiny ? "tiny" : "more");
	if (count > shown)
		add_row(page, &rest, &rest_printed, &place);
}

static struct part part_of_charge(struct page *page, const struct mr_charge *charge)
{
	const struct mr_charge *before =
		page->has_before ? mr_charges_find(&page->before_charges, charge->class_name, charge->path)
				 : NULL;

	return (struct part){
		.key = charge->path,
		.cgroup = charge->path,
		.title = mr_call_is_data(page->call) ? charge->path
						     : mr_cgroup_label(&page->call->report, charge->path),
		.bytes = charge->bytes,
		.is_known = true,
		.has_change = page->has_before,
		.change_bytes = charge->bytes - (before ? before->bytes : 0),
		.is_new = page->has_before && !before,
	};
}

/* @return how many of the parts, sorted, are shown one by one */
static size_t shown_charges(const struct page *page, const struct part *parts, size_t count)
{
	size_t shown = 0, most = parts_most(page->call);

	while (shown < count && shown < most &&
	       mr_number_ppm(parts[shown].bytes, page->ledger.total_bytes) >= page->call->options.min_ppm)
		shown++;
	return shown;
}

static void remember_growth(struct page *page, const struct part *part, const char *class_name)
{
	if (part->has_change && llabs(part->change_bytes) > llabs(page->grown.change_bytes)) {
		page->grown = *part;
		page->grown_class = class_name;
	}
}

/* The cgroups of one class, and a row for all the others, the root group, and what is charged to nobody. */
static void add_charges(struct page *page, const struct mr_ledger_row *whole, struct place place,
			struct part *parts, int64_t *numbers, size_t count)
{
	size_t shown = shown_charges(page, parts, count);
	int64_t *bytes = numbers, *changes = numbers + count + 1, *steps = changes + count + 1;
	int64_t *shares = steps + count + 1, *change_steps = shares + count + 1;
	struct part rest = {.key = "(more)",
			    .is_known = true,
			    .has_change = whole->has_change,
			    .bytes = whole->bytes,
			    .change_bytes = whole->change_bytes,
			    .stands_for = (int64_t)(count - shown)};

	for (size_t i = 0; i < shown; i++) {
		bytes[i] = parts[i].bytes;
		changes[i] = parts[i].change_bytes;
		rest.bytes -= bytes[i];
		rest.change_bytes -= changes[i];
	}
	bytes[shown] = rest.bytes;
	changes[shown] = rest.change_bytes;
	mr_ledger_apportion(&page->ledger, bytes, steps, shown + 1, whole->steps);
	mr_ledger_apportion(&page->ledger, changes, change_steps, shown + 1, whole->change_steps);
	mr_number_apportion(bytes, shares, shown + 1, 10000, page->ledger.total_bytes, whole->share_steps);
	for (size_t i = 0; i <= shown; i++) {
		struct part *part = i < shown ? &parts[i] : &rest;
		struct printed printed = {steps[i], shares[i], change_steps[i]};

		if (part == &rest)
			rest.title = rest.stands_for ? mr_report_format(&page->call->report,
									"(%s more cgroup%s, root)",
									mr_number_count(rest.stands_for).text,
									rest.stands_for == 1 ? "" : "s")
						     : "(root, not charged)";
		else
			remember_growth(page, part, whole->title);
		add_row(page, part, &printed, &place);
		place.start_bytes += part->bytes;
	}
}

static void add_cgroup_parts(struct page *page, const struct mr_ledger_row *whole, struct place place)
{
	size_t all, count = 0;
	const struct mr_charge *charges = mr_charges_of_class(&page->charges, whole->class_name, &all);
	struct part *parts = mr_report_allocate(&page->call->report, (all + 1) * sizeof(*parts));
	int64_t *numbers = mr_report_allocate(&page->call->report, 5 * (all + 1) * sizeof(*numbers));

	if (!parts || !numbers || page->ledger.total_bytes <= 0)
		return;
	for (size_t i = 0; i < all; i++)
		if (strcmp(charges[i].path, "/"))
			parts[count++] = part_of_charge(page, &charges[i]);
	qsort(parts, count, sizeof(*parts), compare_parts);
	add_charges(page, whole, place, parts, numbers, count);
}

static bool is_split_by_cgroup(const struct page *page, const struct mr_ledger_row *row)
{
	size_t count;

	if (!row->is_known || !mr_charges_of_class(&page->charges, row->class_name, &count))
		return false;
	return !strcmp(row->class_name, "anonymous") || !strcmp(row->class_name, "file_cache") ||
	       (!strcmp(row->class_name, "shmem") && row->share_ppm >= SHMEM_MATTERS_PPM);
}

static void add_classes(struct page *page, const struct mr_ledger_row *whole, struct place place)
{
	int64_t depth = page->call->options.depth;

	for (size_t i = 0; i < page->ledger.count; i++) {
		const struct mr_ledger_row *row = &page->ledger.rows[i];
		struct part part = part_of_class(row);
		struct printed printed = printed_of_class(row);

		if (!row->parent || strcmp(row->parent, whole->class_name) || !is_worth_a_row(page, row))
			continue;
		struct place below = {place.depth + 1, place.start_bytes, place.start_bytes,
				      place.start_bytes + row->bytes, row->class_name};
		place.top_class = row->class_name;
		add_row(page, &part, &printed, &place);
		place.start_bytes += row->bytes;
		if (depth == 1)
			continue;
		if (is_split_by_cgroup(page, row))
			add_cgroup_parts(page, row, below);
		else if (row->is_group)
			add_class_parts(page, row, below);
	}
}

static void add_tree(struct page *page)
{
	for (size_t i = 0; i < page->ledger.count; i++) {
		const struct mr_ledger_row *row = &page->ledger.rows[i];
		struct part part = part_of_class(row);
		struct printed printed = printed_of_class(row);

		if (row->parent)
			continue;
		add_row(page, &part, &printed, &(struct place){.depth = 0});
		add_classes(page, row, (struct place){.depth = 1});
	}
}

static void add_section(struct page *page)
{
	struct mr_report *report = &page->call->report;
	const char *unit = mr_size_unit_title(page->ledger.unit);
	struct mr_column columns[COLUMN_COUNT] = {
		[CLASS] = {"class", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
		[CGROUP] = {"cgroup", "", MR_COLUMN_NAME, MR_COLUMN_DATA_ONLY},
		[SIZE] = {"bytes", unit, MR_COLUMN_LEDGER_SIZE, MR_COLUMN_ZERO_IS_NOTHING, 6},
		[SHARE] = {"share_ppm", "%RAM", MR_COLUMN_SHARE, MR_COLUMN_ZERO_IS_NOTHING, 6, 1},
		[CHANGE] = {"delta_bytes", mr_report_format(report, "Δ %s", unit), MR_COLUMN_LEDGER_SIZE,
			    MR_COLUMN_SIGNED | MR_COLUMN_ZERO_IS_NOTHING, 6},
		[TITLE] = {"title", "where the RAM is", MR_COLUMN_LABEL, MR_COLUMN_TREE, 24},
		[SOURCE] = {"source", "", MR_COLUMN_LABEL, MR_COLUMN_DATA_ONLY},
		[BAR] = {"bar", "", MR_COLUMN_BAR, 0, 20, .ruler_left = "0",
			 .ruler_right =
				 mr_number_of_steps(page->ledger.count ? page->ledger.rows[0].steps : 0,
						    page->ledger.unit, false)
					 .text},
	};

	columns[BAR].ruler_right =
		mr_report_keep(report, columns[BAR].ruler_right, strlen(columns[BAR].ruler_right));
	if (!page->has_before)
		columns[CHANGE].flags |= MR_COLUMN_ABSENT;
	page->section = mr_report_section(report, "rows", columns, COLUMN_COUNT);
	if (!page->section)
		return;
	page->section->is_tree = true;
	page->section->unit = page->ledger.unit;
	page->section->scale_high = page->ledger.total_bytes;
	page->section->is_hidden_when_empty = true;
	if (mr_call_is_data(page->call) || mr_ledger_knows_anything(&page->ledger))
		add_tree(page);
	else
		mr_report_note(report, "RAM",
			       "nothing in the capture divides it up: that takes meminfo, or zoneinfo and "
			       "vmstat with the page size",
			       NULL);
}

static const char *ago(struct page *page)
{
	if (page->head.taken_ns == MR_MOMENT_UNKNOWN || page->before_head.taken_ns == MR_MOMENT_UNKNOWN)
		return "time between them not known";
	int64_t span_ns = page->head.taken_ns - page->before_head.taken_ns;

	return mr_report_format(&page->call->report, "%s %s", mr_number_duration(llabs(span_ns)).text,
				span_ns < 0 ? "after" : "before");
}

static void add_head(struct page *page)
{
	struct mr_report *report = &page->call->report;
	const char *text = mr_head_identity(page->call, &page->head);

	if (page->head.kernel_release)
		text = mr_report_format(report, "%s  Linux %s", text, page->head.kernel_release);
	if (page->head.cpus_online_count > 0)
		text = mr_report_format(report, "%s  %lld CPU%s", text,
					(long long)page->head.cpus_online_count,
					page->head.cpus_online_count == 1 ? "" : "s");
	if (page->head.uptime_seconds >= 0 && page->head.uptime_seconds < 9e9)
		text = mr_report_format(report, "%s  up %s", text,
					mr_number_duration((int64_t)(page->head.uptime_seconds * 1e9)).text);
	if (page->has_before)
		text = mr_report_format(report, "%s  Δ to %s, %s", text, page->before_head.name, ago(page));
	mr_report_head(report, text);
	mr_head_facts(page->call, &page->head, "snapshot");
	if (page->has_before)
		mr_head_facts(page->call, &page->before_head, "against");
}

/* The same figure in a sentence as in the table, unless the table has too few digits for it. */
static const char *as_printed(struct page *page, const struct mr_ledger_row *row)
{
	struct mr_report *report = &page->call->report;

	if (page->ledger.unit == MR_SIZE_G && llabs(row->bytes) < (INT64_C(1) << 30))
		return mr_report_format(report, "%s", mr_number_size_prose(row->bytes).text);
	return mr_report_format(report, "%s %s",
				mr_number_of_steps(row->steps, page->ledger.unit, false).text,
				mr_size_unit_title(page->ledger.unit));
}

static void add_notes(struct page *page)
{
	struct mr_call *call = page->call;
	struct mr_report *report = &call->report;
	const struct mr_ledger_row *rest = mr_ledger_find(&page->ledger, "unaccounted");

	if (rest && rest->is_known)
		mr_report_note(report, "unaccounted",
			       mr_report_format(report, "%s is in no kernel counter%s%s",
						as_printed(page, rest),
						rest->note ? "; of these nothing could be read: " : "",
						rest->note ? rest->note : ""),
			       NULL);
	mr_report_note(report, "checks", mr_head_checks(call, &page->head),
		       mr_call_command(call, "check", NULL, 0, 1));
	if (!page->has_before || !page->grown.title)
		return;
	struct mr_number change = mr_number_size_prose(page->grown.change_bytes);
	const char *diff = call->options.argument_count || call->options.against
				   ? NULL
				   : mr_call_command(call, "diff", NULL, 0, 0);
	mr_report_note(report, mr_report_format(report, "since %s", page->before_head.name),
		       mr_report_format(report, "%s %s%s %s", page->grown.title,
					page->grown.change_bytes > 0 ? "+" : "", change.text,
					page->grown_class),
		       diff);
}

static void add_lead(struct page *page)
{
	const struct mr_ledger_row *rest = mr_ledger_find(&page->ledger, "unaccounted");
	struct mr_report *report = &page->call->report;
	const char *text = mr_report_format(report, "%s RAM",
					    page->ledger.count && page->ledger.rows[0].is_known
						    ? as_printed(page, &page->ledger.rows[0])
						    : "?");

	if (rest && rest->is_known)
		text = mr_report_format(report, "%s, %s (%s%%) unaccounted", text, as_printed(page, rest),
					mr_number_share(rest->share_steps, false).text);
	mr_head_lead(
		page->call, &page->head,
		mr_report_format(report, "%s, checks %s", text, mr_head_checks(page->call, &page->head)));
}

/* The snapshot before this one, of the same host and in the same database, if there is one. */
static int find_before(struct mr_call *call, struct mr_error *error)
{
	_cleanup_(mr_finalizep) sqlite3_stmt *row = NULL;
	struct mr_selection *selection = &call->selection;
	int result = mr_query_saved(selection->store, "reports/before", selection->ids[0], 0, &row, error);

	if (!result)
		result = mr_query_step(selection->store, row, error);
	if (result == 1)
		selection->ids[selection->count++] = sqlite3_column_int64(row, 0);
	return result < 0 ? result : 0;
}

static int select_snapshots(struct mr_call *call, struct mr_error *error)
{
	const char *arguments[] = {call->options.argument_count ? call->options.arguments[0] : "@last",
				   call->options.against};

	if (call->options.argument_count > 1)
		return mr_error_set(error, -EINVAL,
				    "report takes one snapshot.   memreckon diff compares two");
	int result = mr_select(call->options.database, arguments, call->options.against ? 2 : 1, NULL,
			       &call->selection, error);
	return result || call->options.against ? result : find_before(call, error);
}

static int load(struct page *page, struct mr_error *error)
{
	struct mr_call *call = page->call;
	int result = 0;

	page->has_before = call->selection.count > 1;
	if (page->has_before)
		result = mr_head_load(call, 1, &page->before_head, error);
	if (page->has_before && !result)
		result = mr_ledger_load(call, page->before_head.snapshot_id, &page->before_ledger, error);
	if (page->has_before && !result)
		result = mr_charges_load(call, page->before_head.snapshot_id, &page->before_charges, error);
	if (!result)
		result = mr_head_load(call, 0, &page->head, error);
	if (!result)
		result = mr_ledger_load(call, page->head.snapshot_id, &page->ledger, error);
	if (!result)
		result = mr_charges_load(call, page->head.snapshot_id, &page->charges, error);
	if (!result && page->has_before)
		mr_ledger_compare(&page->ledger, &page->before_ledger);
	return result;
}

/* What else the capture can tell. */
static void add_next(struct mr_call *call, const struct mr_head *head)
{
	if (head->processes_count)
		mr_call_next(call, "ps", NULL, 0, 1);
	else if (head->cgroups_count > 0)
		mr_call_next(call, "cgroups", NULL, 0, 1);
	else
		mr_call_next(call, "list --capabilities", NULL, 0, 1);
}

int mr_verb_report(struct mr_call *call, struct mr_error *error)
{
	_cleanup_free_ struct page *page = calloc(1, sizeof(*page));
	int result = page ? select_snapshots(call, error) : mr_error_set(error, -ENOMEM, "out of memory");

	if (result < 0)
		return result;
	page->call = call;
	result = load(page, error);
	if (!result)
		result = mr_effects_load(call, page->head.snapshot_id, &page->effects, error);
	if (!result) {
		add_head(page);
		mr_head_coverage(call, &page->head, &page->effects);
		add_section(page);
		mr_effects_section(call, &page->effects);
		add_notes(page);
		result = mr_evidence_note(call, &page->head, error);
	}
	if (!result) {
		/* Markdown has a headline instead of a head */
		if (call->options.format == mr_format_find("md"))
			mr_effects_notes(call, &page->effects, mr_head_is_foreign(&page->head));
		add_lead(page);
		add_next(call, &page->head);
		if (page->grown.cgroup)
			mr_call_next(call, "show", page->grown.cgroup, 0, 1);
	}
	page_deinit(page);
	return result;
}

/* See diff_sentence.h.  The numbers are those of the ledger's top classes as they are printed, so the sum
 * closes. */
#include "analyze/verb/diff_sentence.h"

#include <stdlib.h>
#include <string.h>

#define NAMED_MOST 3

struct taker {
	const char *title;
	int64_t steps; /* > 0: it took memory */
};

static int compare(const void *a, const void *b)
{
	const struct taker *left = a, *right = b;

	if (llabs(left->steps) != llabs(right->steps))
		return llabs(left->steps) < llabs(right->steps) ? 1 : -1;
	return strcmp(left->title, right->title);
}

/* The classes that moved in one direction, the largest by name and the rest as one. */
static const char *list(struct mr_report *report, const struct mr_ledger *ledger, const struct taker *takers,
			size_t count, int sign, const char *verb)
{
	const char *text = "";
	int64_t rest_steps = 0;
	size_t named = 0;

	for (size_t i = 0; i < count; i++) {
		if (takers[i].steps * sign <= 0)
			continue;
		if (named >= NAMED_MOST) {
			rest_steps += takers[i].steps * sign;
			continue;
		}
		text = mr_report_format(report, "%s%s%s%s%s %s", text, named ? ", " : "", takers[i].title,
					named ? "" : " ", named ? "" : verb,
					mr_number_of_steps(takers[i].steps * sign, ledger->unit, false).text);
		named++;
	}
	if (rest_steps)
		text = mr_report_format(report, "%s, rest %s", text,
					mr_number_of_steps(rest_steps, ledger->unit, false).text);
	return text;
}

const char *mr_diff_sentence(struct mr_report *report, const struct mr_ledger *ledger)
{
	struct taker takers[MR_LEDGER_ROWS_MAX];
	const struct mr_ledger_row *free_row = mr_ledger_find(ledger, "free");
	size_t count = 0;

	if (!free_row || !free_row->has_change)
		return "What free memory did is not known.";
	if (!free_row->change_steps)
		return "free did not change.";
	for (size_t i = 0; i < ledger->count; i++) {
		const struct mr_ledger_row *row = &ledger->rows[i];

		if (row != free_row && row->parent && !strcmp(row->parent, "mem_total") && row->has_change)
			takers[count++] =
				(struct taker){row->title ? row->title : row->class_name, row->change_steps};
	}
	qsort(takers, count, sizeof(takers[0]), compare);
	bool fell = free_row->change_steps < 0;
	const char *first = list(report, ledger, takers, count, fell ? 1 : -1, fell ? "took" : "gave back");
	const char *second = list(report, ledger, takers, count, fell ? -1 : 1, fell ? "gave back" : "took");
	const struct mr_ledger_row *total = mr_ledger_find(ledger, "mem_total");
	if (total && total->change_steps)
		second = mr_report_format(
			report, "%s%sMemTotal %s %s", second, *second ? "; " : "",
			total->change_steps < 0 ? "shrank by" : "grew by",
			mr_number_of_steps(llabs(total->change_steps), ledger->unit, false).text);
	return mr_report_format(report, "free %s %s %s: %s%s%s.", fell ? "fell" : "rose",
				mr_number_of_steps(llabs(free_row->change_steps), ledger->unit, false).text,
				mr_size_unit_title(ledger->unit), first, *second ? "; " : "", second);
}

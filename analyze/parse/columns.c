/* Files of one line whose columns have no names, keyed by position: statm, uptime, loadavg, mm_stat. */
#include "analyze/parse/shapes.h"

#define POSITION_DIGITS 4

/* The key of a position; points into @text. */
static struct mr_slice position_key(size_t position, char text[POSITION_DIGITS])
{
	size_t at = POSITION_DIGITS;

	do {
		text[--at] = (char)('0' + position % 10);
		position /= 10;
	} while (position && at);
	return (struct mr_slice){text + at, POSITION_DIGITS - at};
}

/* Whether every kernel prints a column at this position. */
static bool is_always_printed(struct mr_fill *fill, size_t position)
{
	char digits[POSITION_DIGITS];
	size_t index = mr_fill_find(fill, position_key(position, digits));

	return index != MR_FIELD_NONE && !strcmp(fill->row.table->fields[index].since, "all");
}

size_t mr_columns_put(struct mr_fill *fill, struct mr_scan *scan, struct mr_slice words,
		      size_t first_position)
{
	size_t position = first_position;
	size_t index = MR_FIELD_NONE;
	struct mr_slice word;

	for (; mr_slice_word(&words, &word); position++) {
		char digits[POSITION_DIGITS];

		index = mr_fill_find(fill, position_key(position, digits));
		if (index == MR_FIELD_NONE) {
			mr_scan_issue(scan, MR_ISSUE_UNKNOWN_KEY);
			return position + 1 - first_position;
		}
		mr_fill_put(fill, scan, index, word, MR_MARKING_NONE);
	}
	if (!scan->line_is_whole && is_always_printed(fill, position)) {
		mr_scan_issue(scan, MR_ISSUE_CUT_OFF);
		/* its last digits may be gone */
		if (index != MR_FIELD_NONE)
			mr_fill_withdraw(fill, index);
	}
	return position - first_position;
}

void mr_parse_columns(struct mr_scan *scan)
{
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan) || !mr_scan_filled_line(scan))
		return;
	mr_columns_put(&fill, scan, scan->line, 1);
	if (mr_fill_has_values(&fill))
		mr_fill_emit(&fill, scan);
	while (mr_scan_filled_line(scan))
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
}

/* /proc/PID/stat: columns by position, but the second is the raw name of the process.
 *
 * The name stands in parentheses and may hold anything, parentheses, blanks and newlines too; it ends at the
 * last parenthesis that a state follows.  42 columns on 2.6, 52 today.
 *
 * Source: fs/proc/array.c do_task_stat(), proc_task_name()
 */
#include "analyze/parse/shapes.h"

/* Whether a ')' here may end the name: a blank, the letter of the state and a blank or the end follow. */
static bool state_follows(struct mr_slice text, size_t at)
{
	return text.length_bytes >= at + 3 && text.at[at + 1] == ' ' && !mr_is_blank(text.at[at + 2]) &&
	       (text.length_bytes == at + 3 || text.at[at + 3] == ' ');
}

/* The last ')' that ends a name; @return whether there is one. */
static bool find_name_end(struct mr_slice text, size_t *ret_at)
{
	for (size_t at = text.length_bytes; at-- > 0;)
		if (text.at[at] == ')' && state_follows(text, at)) {
			*ret_at = at;
			return true;
		}
	return false;
}

static bool is_number(struct mr_slice text)
{
	int64_t number;

	return mr_slice_integer(text, &number) == MR_NUMBER_OK;
}

static unsigned long count_newlines(struct mr_slice text)
{
	unsigned long count = 0;
	struct mr_slice line;

	while (mr_slice_until(&text, '\n', &line))
		count++;
	return count;
}

/* The record: pid, name, and the columns from the third up to the newline behind them. */
static void parse_record(struct mr_fill *fill, struct mr_scan *scan, struct mr_slice pid,
			 struct mr_slice name, struct mr_slice columns)
{
	mr_fill_put_key(fill, scan, MR_SLICE("1"), mr_slice_trim(pid));
	mr_fill_put_key(fill, scan, MR_SLICE("2"), name);
	mr_columns_put(fill, scan, columns, 3);
	mr_fill_emit(fill, scan);
}

void mr_parse_proc_stat(struct mr_scan *scan)
{
	struct mr_fill fill;
	struct mr_slice text = scan->rest;
	struct mr_slice name = text;
	struct mr_slice pid;
	struct mr_slice columns;
	size_t name_end;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	if (!find_name_end(text, &name_end) || !mr_slice_until(&name, '(', &pid) ||
	    pid.length_bytes >= name_end || !is_number(mr_slice_trim(pid))) {
		mr_scan_filled_line(scan);
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
		return;
	}
	name.length_bytes = name_end - pid.length_bytes - 1;
	scan->line_number = 1 + count_newlines(name);
	scan->rest = mr_slice_skip(text, name_end + 1);
	scan->line_is_whole = mr_slice_until(&scan->rest, '\n', &columns);
	if (!scan->line_is_whole) {
		columns = scan->rest;
		scan->rest = (struct mr_slice){0};
	}
	scan->line = (struct mr_slice){text.at, name_end + 1 + columns.length_bytes};
	parse_record(&fill, scan, pid, name, columns);
	while (mr_scan_filled_line(scan))
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
}

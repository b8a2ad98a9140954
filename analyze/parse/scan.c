/* Lines of a text and the sticky way to the sink.  See scan.h. */
#include "analyze/parse/scan.h"

bool mr_scan_line(struct mr_scan *scan)
{
	if (scan->status < 0 || !scan->rest.length_bytes)
		return false;
	scan->line_number++;
	scan->line_is_whole = mr_slice_until(&scan->rest, '\n', &scan->line);
	if (!scan->line_is_whole) {
		scan->line = scan->rest;
		scan->rest = mr_slice_skip(scan->rest, scan->rest.length_bytes);
	}
	return true;
}

bool mr_scan_filled_line(struct mr_scan *scan)
{
	while (mr_scan_line(scan))
		if (mr_slice_trim(scan->line).length_bytes)
			return true;
	return false;
}

void mr_scan_issue_text(struct mr_scan *scan, enum mr_issue_kind kind, struct mr_slice text)
{
	if (scan->status < 0)
		return;
	struct mr_issue issue = {
		.kind = kind,
		.line = scan->line_number,
		.text = text.at,
		.length_bytes = text.length_bytes,
	};
	int status = scan->sink->issue(scan->sink->context, &issue);
	if (status < 0)
		scan->status = status;
}

void mr_scan_issue(struct mr_scan *scan, enum mr_issue_kind kind)
{
	if (!scan->line_is_whole && (kind == MR_ISSUE_UNKNOWN_LINE || kind == MR_ISSUE_BAD_NUMBER))
		kind = MR_ISSUE_CUT_OFF;
	mr_scan_issue_text(scan, kind, scan->line);
}

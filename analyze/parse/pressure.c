/* Pressure stall files: "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and "full" alike.
 *
 * Source: kernel/sched/psi.c psi_show()
 */
#include "analyze/parse/shapes.h"

static void put_pairs(struct mr_fill *fill, struct mr_scan *scan, struct mr_slice pairs)
{
	bool has_total = false;
	struct mr_slice pair;

	while (mr_slice_word(&pairs, &pair)) {
		struct mr_slice key;

		if (!mr_slice_until(&pair, '=', &key)) {
			mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
			return;
		}
		has_total |= mr_slice_is(key, "total");
		mr_fill_put_key(fill, scan, key, pair);
	}
	/* the last pair since the file exists */
	if (!has_total)
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
}

void mr_parse_pressure(struct mr_scan *scan)
{
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	while (mr_scan_filled_line(scan)) {
		struct mr_slice rest = scan->line;
		struct mr_slice share;

		mr_slice_word(&rest, &share);
		if (!mr_slice_is(share, "some") && !mr_slice_is(share, "full")) {
			mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
			continue;
		}
		mr_fill_next(&fill);
		mr_fill_put_text(&fill, "share", share);
		put_pairs(&fill, scan, rest);
		if (mr_fill_has_values(&fill))
			mr_fill_emit_line(&fill, scan);
	}
}

/* /proc/slabinfo: lines under a header, with literal words between groups of columns.
 *
 * Names may be longer than their column and may hold blanks and colons; version 2.0 has the tunables in
 * another order.  Both are no matter here: the header gives the order, and lines are read from their end.
 */
#include "analyze/parse/header.h"
#include "analyze/parse/shapes.h"

/* of version 2.1, for excerpts that lost their header */
static const struct mr_slice usual_header =
	MR_SLICE("# name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> "
		 "<batchcount> "
		 "<sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>");

void mr_parse_slabinfo(struct mr_scan *scan)
{
	struct mr_header header;
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	mr_header_read(&header, &fill, scan, usual_header, true);
	while (mr_scan_filled_line(scan)) {
		if (mr_slice_starts(scan->line, MR_SLICE("slabinfo - version: ")))
			continue;
		if (mr_slice_starts(scan->line, MR_SLICE("# name"))) {
			mr_header_read(&header, &fill, scan, scan->line, true);
			continue;
		}
		mr_fill_next(&fill);
		mr_fill_put_integer(&fill, scan, "line", scan->line_number);
		if (mr_header_put_line(&header, &fill, scan))
			mr_fill_emit_line(&fill, scan);
		else
			mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
	}
}

/* /proc/buddyinfo: "Node 0, zone   Normal   2267   1858 ...", one number for each order from 0.
 *
 * Source: mm/vmstat.c frag_show_print()
 */
#include "analyze/parse/shapes.h"

static void put_orders(struct mr_fill *fill, struct mr_scan *scan, const struct mr_zone_name *name,
		       struct mr_slice counts)
{
	struct mr_slice count;

	for (uint64_t order = 0; mr_slice_word(&counts, &count); order++) {
		mr_fill_next(fill);
		mr_fill_put_integer(fill, scan, "node", (uint64_t)name->node);
		mr_fill_put_text(fill, "zone", name->zone);
		mr_fill_put_integer(fill, scan, "order", order);
		mr_fill_put_key(fill, scan, MR_SLICE("blocks"), count);
		if (mr_fill_has_values(fill))
			mr_fill_emit_line(fill, scan);
	}
}

void mr_parse_buddyinfo(struct mr_scan *scan)
{
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	while (mr_scan_filled_line(scan)) {
		struct mr_slice line = scan->line;
		struct mr_zone_name name;

		if (mr_zone_name_take(&line, &name) && mr_slice_trim(line).length_bytes)
			put_orders(&fill, scan, &name, line);
		else
			mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
	}
}

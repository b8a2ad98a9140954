/* /proc/zoneinfo: rows of three tables out of one text.
 *
 *     Node 0, zone   Normal           a zone begins
 *       per-node stats                from 4.8, in the first populated zone of a node: counters of the node
 *           nr_inactive_anon 2297
 *       pages free     34683          sizes, watermarks and counters of the zone
 *             min      502
 *             protection: (0, 2959)
 *       pagesets
 *         cpu: 0                      the lists of one CPU
 *                   count: 3762
 *       vm stats threshold: 24        belongs to that CPU
 *       node_unreclaimable:  0        the zone again
 *       start_pfn:           1048576
 *
 * "high" is a watermark of the zone and a mark of the lists, so what a key means depends on where it stands.
 *
 * Source: mm/vmstat.c zoneinfo_show_print()
 */
#include "analyze/parse/shapes.h"

struct zoneinfo {
	struct mr_scan *scan;
	const struct mr_table *pageset_table;
	const struct mr_table *node_table;
	struct mr_fill zone;
	struct mr_fill pageset;
	struct mr_fill node;
	struct mr_zone_name name;
	bool in_zone; /* a row of each table is being filled */
	bool in_pageset;
	bool in_node;
	bool in_node_lines; /* between "per-node stats" and "pages free" */
};

bool mr_zone_name_take(struct mr_slice *line, struct mr_zone_name *ret_name)
{
	struct mr_slice rest = *line;
	struct mr_slice node;
	struct mr_slice word;

	if (!mr_slice_word(&rest, &word) || !mr_slice_is(word, "Node") ||
	    !mr_slice_until(&rest, ',', &node) ||
	    mr_slice_integer(mr_slice_trim(node), &ret_name->node) != MR_NUMBER_OK || ret_name->node < 0 ||
	    !mr_slice_word(&rest, &word) || !mr_slice_is(word, "zone") ||
	    !mr_slice_word(&rest, &ret_name->zone))
		return false;
	*line = rest;
	return true;
}

static void finish(struct zoneinfo *info, struct mr_fill *fill, bool *being_filled)
{
	if (*being_filled && mr_fill_has_values(fill))
		mr_fill_emit_line(fill, info->scan);
	*being_filled = false;
}

static void begin_zone(struct zoneinfo *info)
{
	finish(info, &info->pageset, &info->in_pageset);
	finish(info, &info->zone, &info->in_zone);
	mr_fill_begin(&info->zone, info->scan->table);
	mr_fill_put_integer(&info->zone, info->scan, "node", (uint64_t)info->name.node);
	mr_fill_put_text(&info->zone, "zone", info->name.zone);
	info->in_zone = true;
	info->in_node_lines = false;
}

static void begin_node(struct zoneinfo *info)
{
	finish(info, &info->node, &info->in_node);
	mr_fill_begin(&info->node, info->node_table);
	mr_fill_put_integer(&info->node, info->scan, "node", (uint64_t)info->name.node);
	info->in_node = true;
	info->in_node_lines = true;
}

static void begin_pageset(struct zoneinfo *info, struct mr_slice cpu)
{
	finish(info, &info->pageset, &info->in_pageset);
	mr_fill_begin(&info->pageset, info->pageset_table);
	mr_fill_put_integer(&info->pageset, info->scan, "node", (uint64_t)info->name.node);
	mr_fill_put_text(&info->pageset, "zone", info->name.zone);
	mr_fill_put_key(&info->pageset, info->scan, MR_SLICE("cpu"), cpu);
	info->in_pageset = true;
}

/* Into the row that the place says: the node's, else the CPU's when it has such a field, else the zone's. */
static void put_pair(struct zoneinfo *info, struct mr_slice key, struct mr_slice text)
{
	struct mr_scan *scan = info->scan;

	if (info->in_node_lines) {
		mr_fill_put_key(&info->node, scan, key, text);
		return;
	}
	size_t index = info->in_pageset ? mr_fill_find(&info->pageset, key) : MR_FIELD_NONE;
	if (index != MR_FIELD_NONE)
		mr_fill_put(&info->pageset, scan, index, text, MR_MARKING_NONE);
	else
		mr_fill_put_key(&info->zone, scan, key, text);
}

static void put_line(struct zoneinfo *info)
{
	struct mr_slice line = mr_slice_trim(info->scan->line);
	struct mr_key_value pair;

	if (mr_slice_is(line, "per-node stats")) {
		begin_node(info);
	} else if (mr_slice_is(line, "pagesets")) {
		return;
	} else if (mr_slice_starts(line, MR_SLICE("pages free "))) {
		info->in_node_lines = false;
		put_pair(info, MR_SLICE("pages free"),
			 mr_slice_trim(mr_slice_skip(line, strlen("pages free "))));
	} else if (!mr_key_value_split(line, &pair)) {
		mr_scan_issue(info->scan, MR_ISSUE_UNKNOWN_LINE);
	} else if (mr_slice_is(pair.key, "cpu")) {
		begin_pageset(info, pair.text);
	} else {
		put_pair(info, pair.key, pair.text);
	}
}

void mr_parse_zoneinfo(struct mr_scan *scan)
{
	struct zoneinfo info = {
		.scan = scan,
		.pageset_table = mr_table_find("proc_zoneinfo_pageset"),
		.node_table = mr_table_find("proc_zoneinfo_node"),
	};

	while (mr_scan_filled_line(scan)) {
		struct mr_slice line = scan->line;

		if (mr_zone_name_take(&line, &info.name))
			begin_zone(&info);
		else if (info.in_zone)
			put_line(&info);
		else
			mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
	}
	finish(&info, &info.pageset, &info.in_pageset);
	finish(&info, &info.zone, &info.in_zone);
	finish(&info, &info.node, &info.in_node);
}

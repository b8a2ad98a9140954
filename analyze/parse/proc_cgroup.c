/* /proc/PID/cgroup: "4:memory:/path", "1:name=systemd:/path", "0::/path".
 *
 * Kept are the path in the hierarchy of each controller that has a field, and that of hierarchy 0, which is
 * version 2.  The path is all that follows the second colon, further colons and " (deleted)" too.
 *
 * Source: kernel/cgroup/cgroup.c proc_cgroup_show()
 */
#include "analyze/parse/shapes.h"

static void put_path(struct mr_fill *fill, struct mr_scan *scan, struct mr_slice key, struct mr_slice path)
{
	size_t index = mr_fill_find(fill, key);

	/* that of a controller nobody asks for */
	if (index != MR_FIELD_NONE)
		mr_fill_put(fill, scan, index, path, MR_MARKING_NONE);
}

static void put_line(struct mr_fill *fill, struct mr_scan *scan)
{
	struct mr_slice path = scan->line;
	struct mr_slice hierarchy;
	struct mr_slice controllers;
	struct mr_slice controller;
	int64_t number;

	if (!mr_slice_until(&path, ':', &hierarchy) || mr_slice_integer(hierarchy, &number) != MR_NUMBER_OK ||
	    !mr_slice_until(&path, ':', &controllers) || !mr_slice_starts(path, MR_SLICE("/"))) {
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
		return;
	}
	if (!controllers.length_bytes) {
		put_path(fill, scan, hierarchy, path);
		return;
	}
	while (mr_slice_until(&controllers, ',', &controller))
		put_path(fill, scan, controller, path);
	put_path(fill, scan, controllers, path);
}

void mr_parse_proc_cgroup(struct mr_scan *scan)
{
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	while (mr_scan_filled_line(scan))
		put_line(&fill, scan);
	if (mr_fill_has_values(&fill))
		mr_fill_emit(&fill, scan);
}

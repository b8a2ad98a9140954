/* Lists of process ids: cgroup.procs.
 *
 * Version 1 may print an id twice; the row of the second has the same key as that of the first.
 */
#include "analyze/parse/shapes.h"

void mr_parse_id_list(struct mr_scan *scan)
{
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	while (mr_scan_filled_line(scan)) {
		struct mr_slice id = mr_slice_trim(scan->line);
		int64_t number;

		mr_fill_next(&fill);
		if (mr_slice_integer(id, &number) == MR_NUMBER_BAD) {
			mr_scan_issue(scan, MR_ISSUE_BAD_NUMBER);
			continue;
		}
		mr_fill_put_key(&fill, scan, MR_SLICE("pid"), id);
		if (mr_fill_has_keys(&fill))
			mr_fill_emit(&fill, scan);
	}
}

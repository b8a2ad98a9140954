/* /proc/iomem: "00100000-bfffffff : System RAM", each level indented by two blanks.
 *
 * Without the right to see addresses both ends are printed as 0, so the number of the line is the key.
 *
 * Source: kernel/resource.c r_show()
 */
#include "analyze/parse/shapes.h"

#define INDENT_BYTES 2

static bool read_range(struct mr_slice range, uint64_t *ret_start, uint64_t *ret_end)
{
	struct mr_slice start;

	return mr_slice_until(&range, '-', &start) &&
	       mr_slice_unsigned(start, 16, ret_start) == MR_NUMBER_OK &&
	       mr_slice_unsigned(range, 16, ret_end) == MR_NUMBER_OK;
}

static size_t count_indent(struct mr_slice line)
{
	size_t indent = 0;

	while (indent < line.length_bytes && line.at[indent] == ' ')
		indent++;
	return indent;
}

void mr_parse_iomem(struct mr_scan *scan)
{
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	while (mr_scan_filled_line(scan)) {
		size_t indent = count_indent(scan->line);
		struct mr_slice rest = mr_slice_skip(scan->line, indent);
		struct mr_slice range;
		uint64_t start;
		uint64_t end;

		if (!mr_slice_word(&rest, &range) || !read_range(range, &start, &end) ||
		    !mr_slice_starts(rest, MR_SLICE(" : "))) {
			mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
			continue;
		}
		mr_fill_next(&fill);
		mr_fill_put_integer(&fill, scan, "line", scan->line_number);
		mr_fill_put_integer(&fill, scan, "depth", indent / INDENT_BYTES);
		mr_fill_put_integer(&fill, scan, "start", start);
		mr_fill_put_integer(&fill, scan, "end", end);
		mr_fill_put_text(&fill, "name", mr_slice_skip(rest, strlen(" : ")));
		mr_fill_emit_line(&fill, scan);
	}
}

/* Files that hold one value: a number under the name of the file, or a setting as text under its path. */
#include "analyze/parse/shapes.h"

/* The text without the newline that ends it. */
static struct mr_slice without_newline(struct mr_slice text)
{
	if (text.length_bytes && text.at[text.length_bytes - 1] == '\n')
		text.length_bytes--;
	return text;
}

struct mr_slice mr_file_name(const struct mr_scan *scan)
{
	const char *path = scan->input->path;
	const char *slash = path ? strrchr(path, '/') : NULL;

	return mr_slice_of(slash ? slash + 1 : path);
}

/* Many files of a cgroup can only be written and are empty when they are packed: the catalog ignores them. */
void mr_parse_scalar(struct mr_scan *scan)
{
	struct mr_fill fill;

	scan->line = without_newline(scan->rest);
	scan->line_number = scan->rest.length_bytes ? 1 : 0;
	if (!mr_fill_begin_file(&fill, scan))
		return;
	size_t index = mr_fill_find(&fill, mr_file_name(scan));
	if (index == MR_FIELD_NONE)
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_KEY);
	else if (scan->table->fields[index].kind == MR_KIND_IGNORED)
		return;
	else if (!scan->rest.length_bytes)
		mr_scan_issue(scan, MR_ISSUE_EMPTY_FILE);
	else {
		mr_fill_put(&fill, scan, index, mr_slice_trim(scan->line), MR_MARKING_NONE);
		if (mr_fill_has_values(&fill))
			mr_fill_emit(&fill, scan);
	}
}

void mr_parse_setting(struct mr_scan *scan)
{
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	mr_fill_put_text(&fill, "path", mr_slice_of(scan->input->path));
	mr_fill_put_text(&fill, "value", without_newline(scan->rest));
	mr_fill_emit(&fill, scan);
}

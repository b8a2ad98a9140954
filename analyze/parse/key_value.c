/* Every "Key: 12 kB" and "key 12" file: meminfo, vmstat, status, smaps_rollup, memory.stat, event files. */
#include "analyze/parse/shapes.h"

bool mr_key_value_split(struct mr_slice line, struct mr_key_value *ret_pair)
{
	struct mr_slice rest = line;
	struct mr_slice key;

	ret_pair->has_colon = mr_slice_until(&rest, ':', &key);
	if (!ret_pair->has_colon && !mr_slice_word(&rest, &key))
		return false;
	ret_pair->key = mr_slice_trim(key);
	ret_pair->text = mr_slice_trim(rest);
	return ret_pair->key.length_bytes && (ret_pair->has_colon || ret_pair->text.length_bytes);
}

/* Take "kB" off the end of the text; @return whether it was there. */
static bool take_unit(struct mr_slice *text)
{
	struct mr_slice rest = *text;
	struct mr_slice word;

	if (!mr_slice_last_word(&rest, &word) || !mr_slice_is(word, "kB"))
		return false;
	*text = mr_slice_trim(rest);
	return true;
}

void mr_key_value_put(struct mr_fill *fill, struct mr_scan *scan, const struct mr_key_value *pair)
{
	size_t index = mr_fill_find(fill, pair->key);
	struct mr_slice text = pair->text;
	enum mr_marking marking = MR_MARKING_NONE;

	if (index == MR_FIELD_NONE) {
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_KEY);
		return;
	}
	if (fill->row.table->fields[index].unit != MR_UNIT_TEXT) {
		if (take_unit(&text))
			marking = MR_MARKING_UNIT;
		else if (pair->has_colon)
			marking = MR_MARKING_NO_UNIT;
	} else if (!text.length_bytes && !scan->line_is_whole) {
		mr_scan_issue(scan, MR_ISSUE_CUT_OFF);
		return;
	}
	mr_fill_put(fill, scan, index, text, marking);
}

static void put_line(struct mr_fill *fill, struct mr_scan *scan, struct mr_slice line)
{
	struct mr_key_value pair;

	if (mr_key_value_split(line, &pair))
		mr_key_value_put(fill, scan, &pair);
	else
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
}

/* The first line of smaps_rollup is that of a mapping: "55d0a000-7ffeec00d000 ---p ... [rollup]". */
static bool is_rollup_header(const struct mr_scan *scan)
{
	struct mr_slice rest = scan->line;
	struct mr_slice word;

	return scan->line_number == 1 && mr_slice_word(&rest, &word) && mr_slice_is_range(word);
}

void mr_parse_key_value(struct mr_scan *scan)
{
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	while (mr_scan_filled_line(scan))
		if (!is_rollup_header(scan))
			put_line(&fill, scan, scan->line);
	if (mr_fill_has_values(&fill))
		mr_fill_emit(&fill, scan);
}

/* Cut "Node 0 " off the line; the number is that of the folder. */
static bool take_node(struct mr_slice *line)
{
	struct mr_slice word;
	int64_t node;

	return mr_slice_word(line, &word) && mr_slice_is(word, "Node") && mr_slice_word(line, &word) &&
	       mr_slice_integer(word, &node) == MR_NUMBER_OK;
}

void mr_parse_node_meminfo(struct mr_scan *scan)
{
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	while (mr_scan_filled_line(scan)) {
		struct mr_slice line = scan->line;

		if (take_node(&line))
			put_line(&fill, scan, line);
		else
			mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
	}
	if (mr_fill_has_values(&fill))
		mr_fill_emit(&fill, scan);
}

/* Lines under a header, and the files that are nothing else.  See header.h. */
#include "analyze/parse/header.h"

#include "analyze/parse/shapes.h"

/* "<name>" without the brackets; @return whether it had them. */
static bool take_brackets(struct mr_slice *word)
{
	if (word->length_bytes < 2 || word->at[0] != '<' || word->at[word->length_bytes - 1] != '>')
		return false;
	*word = (struct mr_slice){word->at + 1, word->length_bytes - 2};
	return true;
}

static void add_column(struct mr_header *header, struct mr_fill *fill, struct mr_scan *scan,
		       struct mr_slice word, bool has_literals)
{
	struct mr_header_column *column = &header->columns[header->column_count];
	bool is_first = !header->column_count;

	column->is_literal = has_literals && !take_brackets(&word) && !is_first;
	column->word = word;
	column->field = MR_FIELD_NONE;
	header->column_count++;
	if (column->is_literal)
		return;
	column->field = mr_fill_find(fill, word);
	if (column->field == MR_FIELD_NONE)
		mr_scan_issue_text(scan, MR_ISSUE_UNKNOWN_KEY, word);
}

void mr_header_read(struct mr_header *header, struct mr_fill *fill, struct mr_scan *scan,
		    struct mr_slice line, bool has_literals)
{
	struct mr_slice word;

	header->column_count = 0;
	if (mr_slice_starts(line, MR_SLICE("#")))
		line = mr_slice_skip(line, 1);
	while (header->column_count < MR_HEADER_COLUMNS_MAX && mr_slice_word(&line, &word))
		add_column(header, fill, scan, word, has_literals);
}

/* The words of the line in the order of the header; @return whether there is one for each column. */
static bool split_line(const struct mr_header *header, struct mr_slice line, struct mr_slice *words)
{
	if (!header->column_count)
		return false;
	for (size_t i = header->column_count - 1; i > 0; i--) {
		if (!mr_slice_last_word(&line, &words[i]))
			return false;
		if (header->columns[i].is_literal && !mr_slice_equals(words[i], header->columns[i].word))
			return false;
	}
	words[0] = mr_slice_trim(line);
	return words[0].length_bytes > 0;
}

bool mr_header_put_line(const struct mr_header *header, struct mr_fill *fill, struct mr_scan *scan)
{
	struct mr_slice words[MR_HEADER_COLUMNS_MAX];

	if (!split_line(header, scan->line, words))
		return false;
	for (size_t i = 0; i < header->column_count; i++)
		if (header->columns[i].field != MR_FIELD_NONE)
			mr_fill_put(fill, scan, header->columns[i].field, words[i], MR_MARKING_NONE);
	return true;
}

void mr_parse_headed(struct mr_scan *scan)
{
	struct mr_header header;
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan) || !mr_scan_filled_line(scan))
		return;
	mr_header_read(&header, &fill, scan, scan->line, false);
	while (mr_scan_filled_line(scan)) {
		mr_fill_next(&fill);
		if (mr_header_put_line(&header, &fill, scan))
			mr_fill_emit_line(&fill, scan);
		else
			mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
	}
}

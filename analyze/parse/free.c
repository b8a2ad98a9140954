/* What the program free printed, as a row of meminfo: for captures without proc/meminfo.
 *
 *                   total        used        free      shared  buff/cache   available
 *     Mem:        4026036      963044      127976        1256     2935016     2775572
 *     Swap:             0           0           0
 *
 * Up to procps 3.3.9, and in busybox for long, the last columns are "buffers" and "cached", followed by a
 * line
 * "-/+ buffers/cache:"; there "shared" is a constant 0 in most releases, so that 0 says nothing.  Numbers are
 * KiB, or bytes in a file whose name ends in -b.  "buff/cache" and "cache" are sums that meminfo does not
 * have.
 */
#include "analyze/parse/shapes.h"

#define COLUMNS_MAX 16

struct table {
	struct mr_slice columns[COLUMNS_MAX];
	size_t column_count;
	bool is_bytes;
};

/* The line of meminfo that a cell stands for. */
static const struct {
	const char *row;
	const char *column;
	const char *key;
} cells[] = {
	{"Mem", "total", "MemTotal"},   {"Mem", "free", "MemFree"},     {"Mem", "shared", "Shmem"},
	{"Mem", "buffers", "Buffers"},  {"Mem", "cached", "Cached"},    {"Mem", "available", "MemAvailable"},
	{"Swap", "total", "SwapTotal"}, {"Swap", "free", "SwapFree"},   {"Low", "total", "LowTotal"},
	{"Low", "free", "LowFree"},     {"High", "total", "HighTotal"}, {"High", "free", "HighFree"},
};

/* Lines that are sums of others. */
static bool is_sum(struct mr_slice row)
{
	return mr_slice_is(row, "-/+ buffers/cache") || mr_slice_is(row, "Total") || mr_slice_is(row, "Comm");
}

static const char *key_of(struct mr_slice row, struct mr_slice column)
{
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		if (mr_slice_is(row, cells[i].row) && mr_slice_is(column, cells[i].column))
			return cells[i].key;
	return NULL;
}

static bool has_column(const struct table *table, const char *name)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (mr_slice_is(table->columns[i], name))
			return true;
	return false;
}

static bool read_header(struct table *table, struct mr_slice line)
{
	while (table->column_count < COLUMNS_MAX &&
	       mr_slice_word(&line, &table->columns[table->column_count]))
		table->column_count++;
	return has_column(table, "total") && has_column(table, "free");
}

static void put_cell(const struct table *table, struct mr_fill *fill, struct mr_scan *scan, const char *key,
		     struct mr_slice word)
{
	uint64_t number;

	if (mr_slice_unsigned(word, 10, &number) != MR_NUMBER_OK)
		mr_scan_issue(scan, MR_ISSUE_BAD_NUMBER);
	else if (number || strcmp(key, "Shmem") != 0 || !has_column(table, "cached"))
		mr_fill_put_integer(fill, scan, key, table->is_bytes ? number / 1024 : number);
}

static void put_line(const struct table *table, struct mr_fill *fill, struct mr_scan *scan)
{
	struct mr_slice line = scan->line;
	struct mr_slice row = {0};
	struct mr_slice word;
	bool is_known = mr_slice_until(&line, ':', &row) && mr_slice_trim(line).length_bytes;

	row = mr_slice_trim(row);
	if (is_known && is_sum(row))
		return;
	if (!is_known || !key_of(row, MR_SLICE("total"))) {
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
		return;
	}
	for (size_t i = 0; i < table->column_count && mr_slice_word(&line, &word); i++) {
		const char *key = key_of(row, table->columns[i]);
		if (key)
			put_cell(table, fill, scan, key, word);
	}
}

void mr_parse_free(struct mr_scan *scan)
{
	struct mr_slice name = mr_file_name(scan);
	struct table table = {.is_bytes = name.length_bytes > 2 &&
					  mr_slice_is(mr_slice_skip(name, name.length_bytes - 2), "-b")};
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan) || !mr_scan_filled_line(scan))
		return;
	if (!read_header(&table, scan->line)) {
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
		return;
	}
	while (mr_scan_filled_line(scan))
		put_line(&table, &fill, scan);
	mr_fill_put_derived(&fill, "free");
	if (mr_fill_has_values(&fill))
		mr_fill_emit(&fill, scan);
}

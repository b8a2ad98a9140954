/* Counts by source and status.  See coverage.h. */
#include "analyze/read/coverage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/read/row.h"

#define STATUS_BYTES 32
/* Kinds of (source, status) that are told apart.  An index that was written by the collector has a few
 * hundred; one made to hurt gets the rest of its names counted as one. */
#define ROWS_MAX 1024
static const char others[] = "other";

struct mr_coverage_row {
	const struct mr_source *source;
	char status[STATUS_BYTES];
	int64_t readings_count;
	int64_t bytes;
	int64_t first_start_ns; /* INT64_MAX: not known */
	int64_t last_end_ns;    /* INT64_MIN: not known */
};

void mr_coverage_deinit(struct mr_coverage *coverage)
{
	free(coverage->rows);
	*coverage = (struct mr_coverage){0};
}

static bool counts_as(const struct mr_coverage_row *row, const struct mr_source *source, const char *status)
{
	return row->source == source && !strcmp(row->status, status);
}

/* The row for a source and a status, made when it is the first; NULL when there is no memory. */
static struct mr_coverage_row *find_row(struct mr_coverage *coverage, const struct mr_source *source,
					const char *status)
{
	for (size_t step = 0; step < coverage->count; step++) {
		/* the reading before was mostly of the same kind */
		size_t i = (coverage->latest + step) % coverage->count;
		if (counts_as(&coverage->rows[i], source, status)) {
			coverage->latest = i;
			return &coverage->rows[i];
		}
	}
	/* behind the limit every source may have its others */
	if (!coverage->rows)
		coverage->rows =
			calloc(ROWS_MAX + mr_source_count + mr_foreign_source_count, sizeof(*coverage->rows));
	if (!coverage->rows)
		return NULL;
	if (coverage->count >= ROWS_MAX && strcmp(status, others) != 0)
		return find_row(coverage, source, others);
	struct mr_coverage_row *row = &coverage->rows[coverage->count++];
	row->source = source;
	row->first_start_ns = INT64_MAX;
	row->last_end_ns = INT64_MIN;
	snprintf(row->status, sizeof(row->status), "%s", status);
	return row;
}

static void add_times(struct mr_coverage_row *row, const struct mr_coverage_reading *reading)
{
	int64_t end_ns;

	if (!reading->has_start)
		return;
	if (reading->start_ns < row->first_start_ns)
		row->first_start_ns = reading->start_ns;
	if (reading->has_duration &&
	    !__builtin_add_overflow(reading->start_ns, reading->duration_ns, &end_ns) &&
	    end_ns > row->last_end_ns)
		row->last_end_ns = end_ns;
}

int mr_coverage_add(struct mr_coverage *coverage, const struct mr_source *source,
		    const struct mr_coverage_reading *reading)
{
	char status[STATUS_BYTES];
	size_t length = reading->status_length < sizeof(status) ? reading->status_length : sizeof(status) - 1;

	memcpy(status, reading->status, length);
	status[length] = '\0';
	struct mr_coverage_row *row = find_row(coverage, source, status);
	if (!row)
		return -ENOMEM;
	row->readings_count += reading->is_canonical;
	if (__builtin_add_overflow(row->bytes, reading->bytes, &row->bytes))
		row->bytes = INT64_MAX;
	add_times(row, reading);
	return 0;
}

static int put_row(const struct mr_coverage_row *coverage, const struct mr_outlet *outlet)
{
	struct mr_row row = {.table = mr_table_find("coverage")};

	mr_row_set_string(&row, "source", coverage->source->pattern);
	mr_row_set_string(&row, "status", coverage->status);
	mr_row_set_integer(&row, "readings_count", coverage->readings_count);
	mr_row_set_integer(&row, "read_bytes", coverage->bytes);
	if (coverage->first_start_ns != INT64_MAX)
		mr_row_set_integer(&row, "first_start_ns", coverage->first_start_ns);
	if (coverage->last_end_ns != INT64_MIN)
		mr_row_set_integer(&row, "last_end_ns", coverage->last_end_ns);
	return outlet->row(outlet->context, 0, &row);
}

int mr_coverage_put(const struct mr_coverage *coverage, const struct mr_outlet *outlet)
{
	int result = 0;

	for (size_t i = 0; !result && i < coverage->count; i++)
		result = put_row(&coverage->rows[i], outlet);
	return result;
}

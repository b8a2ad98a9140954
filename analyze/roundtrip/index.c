/* The index of a capture of ours, which has no table of its own: single readings are in the table reading,
 * and all readings of one kind that ended alike are added up in coverage.  Here that is done once more. */
#include "analyze/roundtrip/trip.h"

#include <errno.h>
#include <stdlib.h>

/* A longer status is cut by the import. */
#define STATUS_BYTES_MAX 31

/* What is told of one reading, as numbers. */
struct reading {
	const struct mr_source *source; /* NULL: of no known file */
	bool is_ok, is_more, is_canonical;
};

/* ---- which file ---- */

/* Where a controller is mounted, as the row of capture_meta has it; the catalog wants it without the first
 * slash. */
static const char *mount_of(struct mr_roundtrip *all, const char *column)
{
	struct mr_trip_row *meta = mr_trip_book_find(&all->book, mr_table_find("capture_meta"), 0, NULL);

	for (size_t i = 0; meta && i < meta->cell_count; i++) {
		const struct mr_trip_cell *cell = &meta->cells[i];
		const char *text = cell->value.text.bytes;

		if (strcmp(meta->table->fields[cell->field].column, column) != 0 ||
		    !cell->value.text.length_bytes)
			continue;
		return text + (*text == '/');
	}
	return NULL;
}

static const struct mr_source *source_of(struct mr_trip *trip, struct mr_slice path)
{
	const struct mr_mounts mounts = {.cgroup1 = mount_of(trip->all, "cgroup1_memory_mount"),
					 .cgroup2 = mount_of(trip->all, "cgroup2_mount")};
	struct mr_match match;

	mr_buffer_clear(&trip->printed);
	mr_buffer_append(&trip->printed, path.at, path.length_bytes);
	if (trip->printed.failed)
		trip->all->status = -ENOMEM;
	return !trip->printed.failed && mr_source_match(trip->printed.data, &mounts, &match) ? match.source
											     : NULL;
}

/* Files of single processes and groups have a row only when they could not be read. */
static bool is_one_of_many(const struct reading *reading, struct mr_slice path)
{
	if (!reading->source)
		return path.length_bytes > 5 && mr_slice_starts(path, MR_SLICE("proc/")) &&
		       path.at[5] >= '0' && path.at[5] <= '9';
	switch (reading->source->phase) {
	case MR_PHASE_CGROUP_QUIET:
	case MR_PHASE_CGROUP:
	case MR_PHASE_PROCESS:
	case MR_PHASE_PROCESS_WALK:
	case MR_PHASE_THREAD:
		return true;
	default:
		return false;
	}
}

/* ---- single readings ---- */

static void compare_cells(struct mr_trip *trip, const struct mr_trip_index_row *row)
{
	const struct {
		const char *key;
		struct mr_slice text;
	} cells[] = {
		{"role", row->role},         {"status", row->status},           {"bytes", row->bytes},
		{"start_ns", row->start_ns}, {"duration_ns", row->duration_ns},
	};

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		if (cells[i].text.at)
			mr_trip_compare_key(trip, mr_slice_of(cells[i].key), cells[i].text, "");
}

static void compare_reading(struct mr_trip *trip, const struct mr_trip_index_row *row,
			    const struct reading *reading, int64_t number)
{
	const struct mr_trip_file *file = trip->file;
	struct mr_trip_file of_reading = *file;

	of_reading.reading = number;
	trip->file = &of_reading;
	mr_trip_begin_row(trip, mr_table_find("reading"));
	mr_trip_set_key_text(trip, "path", row->path);
	if (mr_trip_find_row(trip))
		compare_cells(trip, row);
	else if (reading->is_ok && (reading->is_more || is_one_of_many(reading, row->path)))
		mr_trip_no_column(trip);
	else
		mr_trip_left_out(trip, MR_SLICE("path"), row->path);
	trip->file = file;
}

/* ---- all of a kind ---- */

static struct mr_trip_kind *add_kind(struct mr_trip *trip, const struct mr_source *source,
				     struct mr_slice status)
{
	struct mr_roundtrip *all = trip->all;

	if (all->kind_count == MR_TRIP_KINDS_MAX || status.length_bytes > STATUS_BYTES_MAX) {
		all->kinds_are_cut = true;
		return NULL;
	}
	if (!all->kinds)
		all->kinds = calloc(MR_TRIP_KINDS_MAX, sizeof(*all->kinds));
	char *copy = all->kinds ? mr_trip_book_allocate(&all->book, status.length_bytes + 1) : NULL;
	if (!copy) {
		all->status = -ENOMEM;
		return NULL;
	}
	memcpy(copy, status.at, status.length_bytes);
	copy[status.length_bytes] = '\0';
	all->kinds[all->kind_count] = (struct mr_trip_kind){
		.source = source, .status = copy, .first_start_ns = INT64_MAX, .last_end_ns = INT64_MIN};
	return &all->kinds[all->kind_count++];
}

static struct mr_trip_kind *kind_of(struct mr_trip *trip, const struct mr_source *source,
				    struct mr_slice status)
{
	for (size_t i = 0; i < trip->all->kind_count; i++)
		if (trip->all->kinds[i].source == source && mr_slice_is(status, trip->all->kinds[i].status))
			return &trip->all->kinds[i];
	return add_kind(trip, source, status);
}

/* What the index prints is a number, or the parser has told it. */
static int64_t number_of(struct mr_slice text, int64_t otherwise)
{
	int64_t number;

	return text.at && mr_slice_integer(text, &number) == MR_NUMBER_OK ? number : otherwise;
}

static void add_up(struct mr_trip *trip, const struct mr_trip_index_row *row, const struct reading *reading)
{
	struct mr_trip_kind *kind = kind_of(trip, reading->source, row->status);
	int64_t start_ns = number_of(row->start_ns, -1);
	int64_t duration_ns = number_of(row->duration_ns, -1);
	int64_t end_ns;

	if (!kind)
		return;
	kind->readings_count += reading->is_canonical;
	kind->read_bytes += (uint64_t)number_of(row->bytes, 0);
	if (start_ns < 0)
		return;
	if (start_ns < kind->first_start_ns)
		kind->first_start_ns = start_ns;
	if (duration_ns >= 0 && !__builtin_add_overflow(start_ns, duration_ns, &end_ns) &&
	    end_ns > kind->last_end_ns)
		kind->last_end_ns = end_ns;
}

void mr_trip_index_row(struct mr_trip *trip, const struct mr_trip_index_row *row)
{
	int64_t number = number_of(row->reading, -1);

	if (!row->path.length_bytes || !row->role.at || !row->status.at || number < 0) {
		mr_trip_left_out(trip, (struct mr_slice){0}, trip->line);
		return;
	}
	struct reading reading = {.source = source_of(trip, row->path),
				  .is_ok = mr_slice_is(row->status, "ok"),
				  .is_more = mr_slice_is(row->role, "more")};
	reading.is_canonical = !number && !reading.is_more;
	compare_reading(trip, row, &reading, number);
	if (reading.source && (reading.is_canonical || (reading.is_more && reading.is_ok)))
		add_up(trip, row, &reading);
}

void mr_trip_compare_kinds(struct mr_roundtrip *all)
{
	const struct mr_trip_file file = {.path = "capture/index",
					  .member = "capture/index",
					  .match = &(struct mr_match){.source = NULL}};
	struct mr_trip trip = {.all = all, .file = &file, .what = mr_table_find("coverage")->name};

	for (size_t i = 0; i < all->kind_count && !all->status; i++) {
		const struct mr_trip_kind *kind = &all->kinds[i];

		mr_trip_begin_row(&trip, mr_table_find("coverage"));
		mr_trip_set_key_text(&trip, "source", mr_slice_of(kind->source->pattern));
		mr_trip_set_key_text(&trip, "status", mr_slice_of(kind->status));
		mr_trip_find_row(&trip);
		mr_trip_compare_sum(&trip, "readings", kind->readings_count);
		mr_trip_compare_sum(&trip, "bytes", kind->read_bytes);
		if (kind->first_start_ns != INT64_MAX)
			mr_trip_compare_sum(&trip, "first_start_ns", (uint64_t)kind->first_start_ns);
		if (kind->last_end_ns != INT64_MIN)
			mr_trip_compare_sum(&trip, "last_end_ns", (uint64_t)kind->last_end_ns);
	}
	mr_buffer_deinit(&trip.printed);
}

/* The rows of a snapshot against its files.  See roundtrip.h.
 *
 *   roundtrip.c   this file: which code is for which shape; what is left over at the end
 *   book.c        rows and issues, found by their keys
 *   trip.c        lines, the row at hand, what became of them
 *   compare.c     a value in a line with a cell
 *   key_value.c   meminfo, vmstat, status, memory.stat, files of one value, settings
 *   columns.c     stat, statm, swaps, slabinfo, lists of processes
 *   machine.c     zoneinfo, buddyinfo, pressure, sockets, stat, iomem, cgroups of a process
 *   sums.c        smaps and vmallocinfo
 *   csv.c         what the collector writes itself
 *   index.c       of these, the index
 *   ps.c          outputs of ps
 *   words.c       sampled page frames; dump.c: copies of all of them
 */
#include "analyze/roundtrip/roundtrip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/roundtrip/trip.h"

/* of a key that names a row */
#define KEY_SHOWN_BYTES_MAX 200

const char *const mr_trip_count_names[MR_TRIP_COUNT_TOTAL] = {
	[MR_TRIP_FILES] = "files",
	[MR_TRIP_WITHOUT_ROWS] = "files_without_rows",
	[MR_TRIP_NUMBERS] = "numbers",
	[MR_TRIP_TEXTS] = "texts",
	[MR_TRIP_SUMS] = "sums",
	[MR_TRIP_PAGE_WORDS] = "page_words",
	[MR_TRIP_SPELLED] = "spelled_otherwise",
	[MR_TRIP_NO_LIMIT] = "no_limit",
	[MR_TRIP_NO_COLUMN] = "no_column",
	[MR_TRIP_TOLD_AS_ISSUE] = "told_as_issue",
	[MR_TRIP_REPLACED] = "replaced",
	[MR_TRIP_DERIVED] = "derived",
	[MR_TRIP_DIFFERENT] = "different",
};

static void (*const shapes[])(struct mr_trip *trip) = {
	[MR_SHAPE_KEY_VALUE] = mr_trip_key_value,
	[MR_SHAPE_NODE_MEMINFO] = mr_trip_node_meminfo,
	[MR_SHAPE_SCALAR] = mr_trip_scalar,
	[MR_SHAPE_SETTING] = mr_trip_setting,
	[MR_SHAPE_COLUMNS] = mr_trip_columns,
	[MR_SHAPE_HEADED] = mr_trip_headed,
	[MR_SHAPE_PROC_STAT] = mr_trip_proc_stat,
	[MR_SHAPE_PROC_CGROUP] = mr_trip_proc_cgroup,
	[MR_SHAPE_ID_LIST] = mr_trip_id_list,
	[MR_SHAPE_PRESSURE] = mr_trip_pressure,
	[MR_SHAPE_ZONEINFO] = mr_trip_zoneinfo,
	[MR_SHAPE_BUDDYINFO] = mr_trip_buddyinfo,
	[MR_SHAPE_SLABINFO] = mr_trip_slabinfo,
	[MR_SHAPE_VMALLOCINFO] = mr_trip_vmallocinfo,
	[MR_SHAPE_SMAPS] = mr_trip_smaps,
	[MR_SHAPE_IOMEM] = mr_trip_iomem,
	[MR_SHAPE_SOCKSTAT] = mr_trip_sockstat,
	[MR_SHAPE_KERNEL_STAT] = mr_trip_kernel_stat,
	[MR_SHAPE_CSV_KEY_VALUE] = mr_trip_csv_key_value,
	[MR_SHAPE_CSV_ROWS] = mr_trip_csv_rows,
	[MR_SHAPE_PROC_STATUS] = mr_trip_proc_status,
	[MR_SHAPE_PS] = mr_trip_ps,
	/* what free prints only ever helps to fill a row of meminfo, with rounding */
	[MR_SHAPE_FREE] = NULL,
	[MR_SHAPE_RAW] = NULL,
	[MR_SHAPE_PAGE_WORDS] = NULL,
};

struct mr_roundtrip *mr_roundtrip_create(void)
{
	return calloc(1, sizeof(struct mr_roundtrip));
}

void mr_roundtrip_destroy(struct mr_roundtrip *trip)
{
	if (!trip)
		return;
	mr_trip_book_deinit(&trip->book);
	for (size_t i = 0; i < MR_TRIP_WORDS_TOTAL; i++)
		mr_buffer_deinit(&trip->words[i].bytes);
	for (size_t i = 0; i < MR_TRIP_DUMPS_TOTAL; i++)
		mr_buffer_deinit(&trip->dumps[i].bytes);
	free(trip->pending);
	free(trip->kinds);
	free(trip);
}

int mr_roundtrip_add_row(struct mr_roundtrip *trip, int64_t reading, const struct mr_row *row)
{
	return mr_trip_book_add_row(&trip->book, reading, row);
}

int mr_roundtrip_add_issue(struct mr_roundtrip *trip, const char *path, enum mr_issue_kind kind,
			   unsigned long line)
{
	return mr_trip_book_add_issue(&trip->book, path, kind, line);
}

/* ---- files ---- */

/* The text ends at the first NUL, as tar pads files of sysfs. */
static struct mr_slice text_of(const struct mr_trip_file *file)
{
	const char *nul = file->length_bytes ? memchr(file->text, '\0', file->length_bytes) : NULL;

	return (struct mr_slice){file->text, nul ? (size_t)(nul - file->text) : file->length_bytes};
}

static bool takes_empty_text(enum mr_shape shape)
{
	return shape == MR_SHAPE_SCALAR;
}

static void compare_file(struct mr_trip *trip)
{
	const struct mr_source *source = trip->file->match->source;
	struct mr_roundtrip *all = trip->all;

	if (mr_trip_take_words(trip) || mr_trip_take_dump(trip)) {
		mr_trip_tally(trip, MR_TRIP_FILES);
		return;
	}
	if (!source->table || !shapes[source->shape]) {
		mr_trip_tally(trip, MR_TRIP_WITHOUT_ROWS);
		return;
	}
	all->is_ours |= !strcmp(source->table->name, "capture_meta");
	trip->rest = text_of(trip->file);
	mr_trip_begin_row(trip, source->table);
	if (!trip->rest.length_bytes && !takes_empty_text(source->shape)) {
		mr_trip_tally(trip, MR_TRIP_WITHOUT_ROWS);
		return;
	}
	mr_trip_tally(trip, MR_TRIP_FILES);
	shapes[source->shape](trip);
}

int mr_roundtrip_file(struct mr_roundtrip *trip, const struct mr_trip_file *file)
{
	struct mr_trip one = {.all = trip, .file = file, .what = file->match->source->pattern};

	compare_file(&one);
	mr_buffer_deinit(&one.printed);
	return trip->status;
}

/* ---- the end ---- */

/* Rows that no file has, but the import made them: what it counted, and what it found out of captures of
 * others. */
static bool is_made_by_import(const struct mr_roundtrip *all, const struct mr_table *table)
{
	static const char *const foreign[] = {"capture_cgroups", "capture_meta", "coverage", "evidence",
					      "pages_sample"};

	if (all->kinds_are_cut && !strcmp(table->name, "coverage"))
		return true;
	for (size_t i = 0; !all->is_ours && i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (!strcmp(table->name, foreign[i]))
			return true;
	return false;
}

/* A row of another tool's capture that says that it was made from other files than its own, none of which was
 * there to be compared with it. */
static bool is_derived(const struct mr_roundtrip *all, struct mr_trip_row *row)
{
	for (size_t i = 0; !all->is_ours && !row->is_seen && i < row->cell_count; i++)
		if (row->table->fields[row->cells[i].field].kind == MR_KIND_DERIVED)
			return true;
	return false;
}

static void report_left_over(struct mr_roundtrip *all, struct mr_trip_row *row, struct mr_trip_cell *cell)
{
	const struct mr_field *field = &row->table->fields[cell->field];
	struct mr_buffer where = {0}, value = {0};

	mr_buffer_printf(&where, "table %s", row->table->name);
	for (size_t i = 0; i < row->cell_count; i++) {
		const struct mr_value *key = &row->cells[i].value;
		if (!mr_field_is_key(&row->table->fields[row->cells[i].field]))
			continue;
		if (key->type == MR_VALUE_TEXT)
			mr_buffer_printf(&where, " %.*s",
					 (int)(key->text.length_bytes < KEY_SHOWN_BYTES_MAX
						       ? key->text.length_bytes
						       : KEY_SHOWN_BYTES_MAX),
					 key->text.bytes);
		else
			mr_buffer_printf(&where, " %lld", (long long)key->integer);
	}
	if (cell->value.type == MR_VALUE_TEXT)
		mr_buffer_append(&value, cell->value.text.bytes, cell->value.text.length_bytes);
	else if (cell->value.type == MR_VALUE_REAL)
		mr_buffer_printf(&value, "%g", cell->value.real);
	else
		mr_buffer_printf(&value, "%lld", (long long)cell->value.integer);
	const struct mr_trip_file file = {.member = where.data ? where.data : ""};
	struct mr_trip trip = {.all = all, .file = &file, .what = row->table->name};
	mr_trip_differ(&trip, cell, mr_slice_of(field->column), (struct mr_slice){0},
		       (struct mr_slice){value.data ? value.data : "", value.length_bytes});
	mr_buffer_deinit(&where);
	mr_buffer_deinit(&value);
}

static void count_derived(struct mr_roundtrip *all, const struct mr_trip_row *row)
{
	struct mr_trip trip = {.all = all, .what = row->table->name};

	mr_trip_tally(&trip, MR_TRIP_DERIVED);
}

/* What of a row no file gave back. */
static void look_for_left_over(struct mr_roundtrip *all, struct mr_trip_row *row)
{
	bool is_made = is_made_by_import(all, row->table) || is_derived(all, row);
	struct mr_trip_cell *first = NULL;

	for (size_t i = 0; i < row->cell_count; i++) {
		struct mr_trip_cell *cell = &row->cells[i];
		const struct mr_field *field = &row->table->fields[cell->field];

		first = first ? first : cell;
		if (mr_field_is_key(field) || cell->seen != MR_TRIP_UNSEEN)
			continue;
		if (is_made)
			count_derived(all, row);
		else
			report_left_over(all, row, cell);
		first = cell;
		row->is_seen = true;
	}
	/* a row of nothing but its keys */
	if (!row->is_seen && first) {
		if (is_made)
			count_derived(all, row);
		else
			report_left_over(all, row, first);
	}
}

int mr_roundtrip_conclude(struct mr_roundtrip *trip)
{
	mr_trip_compare_words(trip);
	mr_trip_compare_dumps(trip);
	if (trip->is_ours && !trip->kinds_are_cut)
		mr_trip_compare_kinds(trip);
	for (size_t i = 0; trip->book.shelves && i < mr_table_count; i++)
		for (size_t k = 0; k < trip->book.shelves[i].count && !trip->status; k++)
			look_for_left_over(trip, trip->book.shelves[i].rows[k]);
	return trip->status;
}

int64_t mr_roundtrip_count(const struct mr_roundtrip *trip, enum mr_trip_count count)
{
	int64_t sum = 0;

	for (size_t i = 0; i < trip->tally_count; i++)
		sum += trip->tallies[i].counts[count];
	return sum;
}

bool mr_roundtrip_exception(const struct mr_roundtrip *trip, size_t i,
			    struct mr_trip_exception *ret_exception)
{
	for (size_t k = 0; k < trip->tally_count; k++)
		for (int count = MR_TRIP_SPELLED; count < MR_TRIP_DIFFERENT; count++) {
			if (!trip->tallies[k].counts[count] || i--)
				continue;
			*ret_exception =
				(struct mr_trip_exception){.what = trip->tallies[k].what,
							   .reason = (enum mr_trip_count)count,
							   .values_count = trip->tallies[k].counts[count]};
			return true;
		}
	return false;
}

bool mr_roundtrip_finding(const struct mr_roundtrip *trip, size_t i, struct mr_trip_finding *ret_finding)
{
	if (i >= MR_TRIP_FINDINGS_MAX)
		return false;
	for (size_t k = 0; k < trip->pending_count; k++) {
		if (trip->pending[k].is_replaced)
			continue;
		if (!i--) {
			*ret_finding = trip->pending[k].finding;
			return true;
		}
	}
	return false;
}

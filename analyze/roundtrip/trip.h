/* One file on its way back: its lines, its row, and the comparison of a value with what stands in the line.
 *
 * Errors stick as in analyze/parse: after the first, no line is found and nothing is compared any more. */
#ifndef MR_TRIP_H
#define MR_TRIP_H

#include "analyze/parse/slice.h"
#include "analyze/roundtrip/book.h"
#include "analyze/roundtrip/roundtrip.h"
#include "schema/base/buffer.h"

#define MR_TRIP_FIELD_NONE SIZE_MAX
/** Most key fields of a table. */
#define MR_TRIP_KEYS_MAX 8

/** Of the differences so many are kept until the end, because a later file may take one back. */
#define MR_TRIP_PENDING_MAX 10000

struct mr_trip_pending {
	struct mr_trip_finding finding;
	const char *what; /**< of the file, as the tally has it */
	bool is_replaced; /**< a later line or file gave the value that the row has */
};

/** The six members of pages/, in the order of the columns of page_run. */
#define MR_TRIP_WORDS_TOTAL 6

/** kpageflags, kpagecount, kpagecgroup, copied whole. */
#define MR_TRIP_DUMPS_TOTAL 3

struct mr_trip_words {
	bool is_there;
	struct mr_buffer bytes;
};

/** What was added up for one row. */
struct mr_trip_sum {
	struct mr_trip_row *row;
	uint64_t areas_count, size_bytes, backed_pages;
	bool has_pages;
};

/** What became of the files of one kind. */
struct mr_trip_tally {
	const char *what; /**< pattern of their source, or a table; always the same pointer */
	int64_t counts[MR_TRIP_COUNT_TOTAL];
};

/** More than there are sources and tables. */
#define MR_TRIP_TALLIES_MAX 512

/** Readings of one kind that ended alike, as the index has them: a row of coverage. */
struct mr_trip_kind {
	const struct mr_source *source;
	const char *status;
	uint64_t readings_count, read_bytes;
	int64_t first_start_ns, last_end_ns; /**< INT64_MAX and INT64_MIN: not known */
};

/** As many as the import keeps apart. */
#define MR_TRIP_KINDS_MAX 512

struct mr_roundtrip {
	struct mr_trip_book book;
	struct mr_trip_kind *kinds; /**< MR_TRIP_KINDS_MAX of them, once there is one */
	size_t kind_count;
	bool kinds_are_cut; /**< there were more, or one with a longer status than is kept */
	struct mr_trip_tally tallies[MR_TRIP_TALLIES_MAX];
	size_t tally_count, latest_tally;
	struct mr_trip_pending *pending;
	size_t pending_count, pending_capacity;
	struct mr_trip_words words[MR_TRIP_WORDS_TOTAL], dumps[MR_TRIP_DUMPS_TOTAL];
	bool is_ours; /**< capture/meta.csv was there */
	int status;   /**< 0 or -ENOMEM */
};

/** What begins each shape: the file's text is in trip->rest. */
struct mr_trip {
	struct mr_roundtrip *all;
	const struct mr_trip_file *file;
	const char *what;             /**< what the file is counted as */
	const struct mr_table *table; /**< of the row at hand */
	struct mr_slice rest, line;
	unsigned long line_number;
	struct mr_value keys[MR_TRIP_KEYS_MAX]; /**< of the row at hand */
	struct mr_trip_row *row;                /**< NULL: it is not there */
	size_t hint;                            /**< where the next key is looked for first */
	struct mr_buffer printed;
};

/* ---- lines ---- */

/** Go to the next line that is not blank.  @return whether there is one */
bool mr_trip_line(struct mr_trip *trip);

/* ---- the row ---- */

/** Take another table's row; its path keys come from the path, the others are NULL. */
void mr_trip_begin_row(struct mr_trip *trip, const struct mr_table *table);

/** Set the line key of this name. */
void mr_trip_set_key_integer(struct mr_trip *trip, const char *key, int64_t integer);
void mr_trip_set_key_text(struct mr_trip *trip, const char *key, struct mr_slice text);
/** The same from the text of a line, by the unit of the field; one that is no number stays NULL. */
void mr_trip_set_key(struct mr_trip *trip, size_t field, struct mr_slice text);

/** Find the row of the keys.  @return whether it is there */
bool mr_trip_find_row(struct mr_trip *trip);

/** The field of a key, as a file prints it; MR_TRIP_FIELD_NONE when the table has none. */
size_t mr_trip_field(struct mr_trip *trip, struct mr_slice key);

/* ---- values ---- */

/** Count something of the file at hand, under its kind. */
void mr_trip_tally(struct mr_trip *trip, enum mr_trip_count count);

/** Compare a value in the line with the cell of a field.  @unit  what is printed behind it: " kB" or "" */
void mr_trip_compare(struct mr_trip *trip, size_t field, struct mr_slice text, const char *unit);

/** The same by the key: one that no field has must have been told as an issue. */
void mr_trip_compare_key(struct mr_trip *trip, struct mr_slice key, struct mr_slice text, const char *unit);

/** Compare something that was added up with the cell of a field; it stands in no line. */
void mr_trip_compare_sum(struct mr_trip *trip, const char *key, uint64_t sum);

/** Compare the line with trip->printed, blanks included, for all of these cells of the row. */
void mr_trip_compare_whole(struct mr_trip *trip, struct mr_trip_cell *const *cells, size_t count);

/** The line, or something in it, is in no row: then an issue must say so. */
void mr_trip_left_out(struct mr_trip *trip, struct mr_slice key, struct mr_slice text);

/** A value that the schema does not keep. */
void mr_trip_no_column(struct mr_trip *trip);

/** The key of the line is that of a row, and all there is to it. */
void mr_trip_row_is_all(struct mr_trip *trip);

/** What the row says that it was made from. */
void mr_trip_compare_origin(struct mr_trip *trip, const char *origin);

/** A cell has come back.  A difference that an earlier line or file had with it was a value that this one has
 * replaced. */
void mr_trip_see_cell(struct mr_trip *trip, struct mr_trip_cell *cell);

/** A difference.  @cell  NULL for none; empty slices with at NULL: nothing */
void mr_trip_differ(struct mr_trip *trip, struct mr_trip_cell *cell, struct mr_slice key,
		    struct mr_slice file, struct mr_slice rows);

/* ---- the shapes ---- */

void mr_trip_key_value(struct mr_trip *trip);
void mr_trip_proc_status(struct mr_trip *trip);
void mr_trip_node_meminfo(struct mr_trip *trip);
void mr_trip_scalar(struct mr_trip *trip);
void mr_trip_setting(struct mr_trip *trip);
void mr_trip_columns(struct mr_trip *trip);
void mr_trip_proc_stat(struct mr_trip *trip);
void mr_trip_headed(struct mr_trip *trip);
void mr_trip_slabinfo(struct mr_trip *trip);
void mr_trip_proc_cgroup(struct mr_trip *trip);
void mr_trip_id_list(struct mr_trip *trip);
void mr_trip_pressure(struct mr_trip *trip);
void mr_trip_zoneinfo(struct mr_trip *trip);
void mr_trip_buddyinfo(struct mr_trip *trip);
void mr_trip_vmallocinfo(struct mr_trip *trip);
void mr_trip_smaps(struct mr_trip *trip);
void mr_trip_iomem(struct mr_trip *trip);
void mr_trip_sockstat(struct mr_trip *trip);
void mr_trip_kernel_stat(struct mr_trip *trip);
void mr_trip_csv_key_value(struct mr_trip *trip);
void mr_trip_csv_rows(struct mr_trip *trip);
void mr_trip_ps(struct mr_trip *trip);

/** One record of the index; at of a cell that is not there is NULL. */
struct mr_trip_index_row {
	struct mr_slice path, role, reading, status, bytes, start_ns, duration_ns;
};

/** Compare a record of the index with the table reading, and add it up for coverage. */
void mr_trip_index_row(struct mr_trip *trip, const struct mr_trip_index_row *row);
/** Compare what was added up with coverage. */
void mr_trip_compare_kinds(struct mr_roundtrip *all);

/** Keep a member of pages/.  @return whether it is one */
bool mr_trip_take_words(struct mr_trip *trip);
/** Compare all of them with page_run. */
void mr_trip_compare_words(struct mr_roundtrip *all);

/** The same of copies of kpageflags, kpagecount and kpagecgroup. */
bool mr_trip_take_dump(struct mr_trip *trip);
void mr_trip_compare_dumps(struct mr_roundtrip *all);

/** Keep the bytes of the file if it has this path.  @return whether it has */
bool mr_trip_keep_words(struct mr_trip *trip, struct mr_trip_words *kept, const char *path);

/** The cell of a key as files have it, or NULL; @row may be NULL. */
struct mr_trip_cell *mr_trip_row_cell_of(struct mr_trip_row *row, const char *key);

/** What the row of capture_meta says of the machine; the page size 0 when it does not. */
bool mr_trip_is_big_endian(struct mr_roundtrip *all);
int64_t mr_trip_page_size_bytes(struct mr_roundtrip *all);

#endif

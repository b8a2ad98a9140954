/* What an answer consists of, before it has a form.
 *
 * A verb fills one struct mr_report with exact numbers and raw names; a renderer (render.h) gives it a form.
 * All text in a report is raw: it may hold names from a snapshot, and every renderer escapes every text it
 * writes.
 *
 * Building cannot fail half-way: after a failed allocation calls do nothing, failed stays set, and the
 * renderer returns -ENOMEM.
 */
#ifndef MR_RENDER_REPORT_H
#define MR_RENDER_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/render/number.h"

/** What a cell shows.  Data formats write the number of a cell whenever has_number says there is one. */
enum mr_cell_state {
	MR_CELL_BLANK,   /**< nothing belongs here */
	MR_CELL_NOTHING, /**< "·": nothing there, or not changed */
	MR_CELL_UNKNOWN, /**< "?": could not be read */
	MR_CELL_NOISE,   /**< "~": no different from noise */
	MR_CELL_VALUE,   /**< the number or the text */
	MR_CELL_WORD,    /**< the text stands for the number on paper ("new", "exact"); data formats write the
			    number */
};

struct mr_cell {
	enum mr_cell_state state;
	bool has_number;
	bool has_steps; /**< the rows sum up: print steps, not the number */
	bool is_plain;  /**< in a column of sizes: a count, not bytes */
	bool is_real;   /**< the number is real, not integer */
	bool is_name;   /**< the text comes from the snapshot */
	int64_t integer;
	double real;
	int64_t steps;    /**< number.h: the rounded number in steps of the column's unit */
	const char *text; /**< raw bytes, kept by the report */
	size_t length_bytes;
};

enum mr_column_kind {
	MR_COLUMN_LABEL,   /**< our own words; left; with min_cells shortened at the end when room is short */
	MR_COLUMN_NAME,    /**< names; left; shortened in the middle when room is short */
	MR_COLUMN_VERDICT, /**< ok, explained, FAIL, skipped …; left, coloured */
	MR_COLUMN_ANY,     /**< sql: whatever SQLite gave: text left, numbers right */
	MR_COLUMN_INTEGER, /**< plain digits */
	MR_COLUMN_REAL,    /**< as short as it comes back the same */
	MR_COLUMN_RATIO,   /**< two decimals */
	MR_COLUMN_SIZE,    /**< bytes, each cell in a unit of its own */
	MR_COLUMN_LEDGER_SIZE, /**< bytes, all cells in the unit of the section */
	MR_COLUMN_SHARE,       /**< millionths, printed as percent with two decimals */
	MR_COLUMN_CHANGE,      /**< millionths, printed as +5.8% */
	MR_COLUMN_MOMENT,      /**< ns since 1970, printed to the minute; data formats write the number */
	MR_COLUMN_BAR,         /**< the bar of the row; paper only */
};

enum mr_column_flag {
	MR_COLUMN_SIGNED = 1,          /**< a plus before what is above zero */
	MR_COLUMN_ZERO_IS_NOTHING = 2, /**< 0 is shown as "·" */
	MR_COLUMN_PAPER_ONLY = 4,      /**< text and Markdown */
	MR_COLUMN_DATA_ONLY = 8,       /**< JSON, CSV, TSV */
	MR_COLUMN_TREE = 16,           /**< tree lines stand in front, by the depth of the row */
	MR_COLUMN_ABSENT = 32,         /**< nowhere: this report has no such numbers */
};

struct mr_column {
	const char *name;   /**< key in data formats, with its unit: rss_bytes */
	const char *header; /**< on paper */
	enum mr_column_kind kind;
	unsigned flags;
	unsigned min_cells; /**< never narrower on paper; 0: as wide as what it holds */
	unsigned drop;      /**< when room is short the column with the highest number goes first; 0 stays */
	unsigned gap_cells; /**< in front of it; 0 means two */
	/** MR_COLUMN_BAR: what stands over its left end, middle and right end; the space between is filled
	 * with '─' when there is no middle. */
	const char *ruler_left, *ruler_middle, *ruler_right;
};

/** A bar from low to high on the scale of its section.  The part around it is shaded: the bar of the row
 * above. */
struct mr_bar {
	bool present;
	int64_t low, high;
	int64_t shade_low, shade_high; /**< equal: no shade */
	const char *color;             /**< name in the palette of text_bar.c; NULL for the reader's own */
};

enum mr_row_kind {
	MR_ROW_DATA,
	MR_ROW_MORE,  /**< stands for rows that are not shown: "(289 more cgroups, root)" */
	MR_ROW_TOTAL, /**< the sum of the others */
};

struct mr_report_row {
	enum mr_row_kind kind;
	unsigned depth; /**< 0 is the top of the tree; in a flat table always 0 */
	bool emphasized;
	struct mr_cell key; /**< tree sections: this row's part of the JSON path */
	struct mr_cell *cells;
	struct mr_bar bar;
	const char *note;   /**< a line below the row, may be NULL */
	int64_t more_count; /**< MR_ROW_MORE: how many it stands for */
};

struct mr_section {
	const char *name;  /**< key in JSON */
	const char *title; /**< line over the table, NULL for none */
	struct mr_column *columns;
	size_t column_count;
	struct mr_report_row *rows;
	size_t row_count, row_capacity;
	bool is_tree;
	bool is_hidden_when_empty;     /**< on paper; data formats have the empty table */
	bool is_underlined;            /**< a rule below the header, for a table without a head */
	enum mr_size_unit unit;        /**< of MR_COLUMN_LEDGER_SIZE */
	int64_t scale_low, scale_high; /**< of the bars */
	int64_t scale_mark;            /**< a line is drawn here when it is inside the scale */
	bool has_mark;
};

/** A sentence below the tables: a label of a few letters and what is to be said. */
struct mr_note {
	const char *label;
	const char *text;
	const char *next; /**< a command that belongs to it, may be NULL */
};

/** A fact of the head, for data formats: group.name = cell. */
struct mr_fact {
	const char *group;
	const char *name;
	struct mr_cell cell;
};

#define MR_REPORT_SECTIONS_MAX 8
#define MR_REPORT_NOTES_MAX 24
#define MR_REPORT_FACTS_MAX 64
#define MR_REPORT_HEADS_MAX 48
#define MR_REPORT_NEXT_MAX 3
#define MR_REPORT_SPARE_COLUMNS 40

struct mr_report_block;

struct mr_report {
	bool failed;
	struct mr_report_block *blocks; /**< everything that was allocated for it */
	struct mr_size_style size_style;
	const char *subject;                    /**< Markdown: the word in bold, the host */
	const char *lead[2];                    /**< Markdown: the sentence behind it, and the line below */
	const char *heads[MR_REPORT_HEADS_MAX]; /**< lines on top; the first one is set off */
	size_t head_count;
	bool heads_are_prose; /**< they wrap at any space, not at their commas first */
	struct mr_fact facts[MR_REPORT_FACTS_MAX];
	size_t fact_count;
	struct mr_section sections[MR_REPORT_SECTIONS_MAX];
	struct mr_section spare; /**< what mr_report_section() returns after a failure: holds nothing */
	struct mr_column spare_columns[MR_REPORT_SPARE_COLUMNS];
	size_t section_count;
	struct mr_note notes[MR_REPORT_NOTES_MAX];
	size_t note_count;
	const char *next[MR_REPORT_NEXT_MAX]; /**< commands, without a program's prompt in front */
	size_t next_count;
};

/** Free what the report holds; all zero is an empty report. */
void mr_report_deinit(struct mr_report *report);

/** Memory that lives as long as the report, zeroed.  @return NULL when there is none (failed is set) */
void *mr_report_allocate(struct mr_report *report, size_t size_bytes);

/** A copy of bytes with a NUL behind them.  @return never NULL: "" when there is no memory */
const char *mr_report_keep(struct mr_report *report, const char *bytes, size_t length_bytes);

/** A formatted text, kept.  @return never NULL */
const char *mr_report_format(struct mr_report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Add a line to the head. */
void mr_report_head(struct mr_report *report, const char *text);

/** Add a sentence below the tables; texts are kept by reference. */
void mr_report_note(struct mr_report *report, const char *label, const char *text, const char *next);

/** Offer a command; at most three are kept. */
void mr_report_next(struct mr_report *report, const char *command);

void mr_report_fact_integer(struct mr_report *report, const char *group, const char *name, int64_t value);
void mr_report_fact_text(struct mr_report *report, const char *group, const char *name, const char *text);
void mr_report_fact(struct mr_report *report, const char *group, const char *name, struct mr_cell cell);

/** Add a table; the columns are copied.  @return the table; one that takes no rows when there is no memory or
 * no room (failed is set) */
struct mr_section *mr_report_section(struct mr_report *report, const char *name,
				     const struct mr_column *columns, size_t column_count);

/** Add a row with blank cells; NULL @section gives NULL.  The pointer is good until the next row is added. */
struct mr_report_row *mr_section_row(struct mr_report *report, struct mr_section *section);

struct mr_cell mr_cell_integer(int64_t value);
struct mr_cell mr_cell_real(double value);
/** @text kept by reference; NULL is unknown */
struct mr_cell mr_cell_text(const char *text);
/** Raw bytes from a snapshot, kept by reference; NULL is unknown. */
struct mr_cell mr_cell_name(const char *bytes, size_t length_bytes);
struct mr_cell mr_cell_word(const char *word);
struct mr_cell mr_cell_unknown(void);
struct mr_cell mr_cell_nothing(void);

#endif

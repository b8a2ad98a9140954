/* The one parser interface: the text of one kernel file in, rows and issues out to a sink.
 *
 * A parser knows neither archives nor SQLite.  It stores what the kernel said in the kernel's unit and repairs
 * nothing; what it does not understand it gives to the sink as an issue and goes on with the next line.
 */
#ifndef MR_PARSE_H
#define MR_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/catalog.h"

enum mr_value_type { MR_VALUE_NULL, MR_VALUE_INTEGER, MR_VALUE_REAL, MR_VALUE_TEXT };

/** One cell.  All zero is NULL: the kernel did not say. */
struct mr_value {
	enum mr_value_type type;
	union {
		int64_t integer;
		double real;
		struct {
			const char *bytes; /**< not NUL-terminated; valid until the parser returns */
			size_t length_bytes;
		} text;
	};
};

/** Longest text of a cell that is kept.  The kernel prints no longer name, path, state or setting; a command line may
 * be longer, and is not kept. */
#define MR_TEXT_BYTES_MAX ((size_t)64 << 10)

/** One row of one table; values[i] belongs to table->fields[i]. */
struct mr_row {
	const struct mr_table *table;
	struct mr_value values[MR_FIELDS_MAX];
};

/** So much of the text of an issue is kept. */
#define MR_ISSUE_TEXT_BYTES_MAX 200

/** What could not be read or understood.  Each kind is a name in the issue table. */
enum mr_issue_kind {
	MR_ISSUE_UNKNOWN_KEY,  /**< a key that no row of fields/ names; text is the line */
	MR_ISSUE_UNKNOWN_LINE, /**< a line of no known form */
	MR_ISSUE_BAD_NUMBER,   /**< a known key with something that is no number */
	MR_ISSUE_NUMBER_TOO_LARGE, /**< a number that does not fit 63 bits, or a size above 2^53 bytes: stored as NULL */
	MR_ISSUE_DOUBLED_KEY, /**< a key printed twice: the last one is kept */
	MR_ISSUE_CUT_OFF,     /**< the text ends inside a line */
	MR_ISSUE_EMPTY_FILE,  /**< a file with no bytes where a row was expected */
	MR_ISSUE_NUL_INSIDE,  /**< bytes that are NUL inside or behind the text (sysfs files packed by tar) */
	MR_ISSUE_UNKNOWN_FILE, /**< a member of the archive that no row of sources.def matches */
	MR_ISSUE_KIND_TOTAL
};

struct mr_issue {
	enum mr_issue_kind kind;
	unsigned long line; /**< from 1; 0 for the file as a whole */
	const char *text;   /**< the offending bytes, at most 200 are kept; may be NULL */
	size_t length_bytes;
};

/** Where a parser's findings go.  A negative return (errno) ends the parse at once with that value. */
struct mr_sink {
	void *context;
	int (*row)(void *context, const struct mr_row *row);
	int (*issue)(void *context, const struct mr_issue *issue);
};

struct mr_parse_input {
	const struct mr_match *match; /**< source row and path keys */
	const char *path;             /**< below the top of the archive */
	const char *text;             /**< need not be NUL-terminated */
	size_t length_bytes;
	bool little_endian; /**< of the collected machine; used by MR_SHAPE_PAGE_WORDS only */
};

/**
 * Parse one file by the shape of its source.
 *
 * @return  0, also when nothing was understood (the sink has the issues); the sink's negative errno otherwise.
 *          MR_SHAPE_RAW and MR_SHAPE_PAGE_WORDS give no rows.
 */
int mr_parse(const struct mr_parse_input *input, const struct mr_sink *sink);

#endif

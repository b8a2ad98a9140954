/* Do the rows of a snapshot give back the numbers of the files that they came from?
 *
 * The text of each file is gone through once more, by code of its own: nothing of analyze/parse but its
 * slices is used.  From a line only what names it is taken, a key or a position; the value that belongs there
 * comes from the row that the database has, is printed as the kernel prints it, and is compared with the
 * line, word by word.  What a row holds that no file gave back is found at the end, so that nothing absent
 * can have become a 0.
 *
 * What cannot be given back is counted by its reason, and differs from nothing: see enum mr_trip_count.
 */
#ifndef MR_ROUNDTRIP_H
#define MR_ROUNDTRIP_H

#include <stdbool.h>

#include "analyze/parse/parse.h"

/** What became of files, and of the values in them.  The names are in mr_trip_count_names. */
enum mr_trip_count {
	MR_TRIP_FILES,         /**< files that were compared with rows */
	MR_TRIP_WITHOUT_ROWS,  /**< files that no rows are made of */
	MR_TRIP_NUMBERS,       /**< numbers that the rows give back digit by digit */
	MR_TRIP_TEXTS,         /**< the same of names, states, settings */
	MR_TRIP_SUMS,          /**< sums that came out the same when the file was added up again */
	MR_TRIP_PAGE_WORDS,    /**< words of page frames */
	MR_TRIP_SPELLED,       /**< equal numbers that are spelled otherwise: 007 */
	MR_TRIP_NO_LIMIT,      /**< "no limit", which each kernel spells as another number */
	MR_TRIP_NO_COLUMN,     /**< values that the schema knows and does not keep */
	MR_TRIP_TOLD_AS_ISSUE, /**< values that are in no row, and the table issue says so */
	MR_TRIP_REPLACED,      /**< values that a later line or file of the same key has replaced */
	MR_TRIP_DERIVED,       /**< cells that were made from other files, or by the import itself */
	MR_TRIP_DIFFERENT,     /**< anything else: the file and the rows say different things */
	MR_TRIP_COUNT_TOTAL
};

extern const char *const mr_trip_count_names[MR_TRIP_COUNT_TOTAL];

/** Differences that are kept by name; the others are only counted. */
#define MR_TRIP_FINDINGS_MAX 20

/** One difference.  The texts are escaped: printable ASCII. */
struct mr_trip_finding {
	const char *path;   /**< member of the archive, or "table NAME" for a row that belongs to none */
	unsigned long line; /**< from 1; 0: the file as a whole */
	const char *key;    /**< of the line, or the column */
	const char *file;   /**< what stands there; NULL: nothing */
	const char *rows;   /**< what the rows give; NULL: nothing */
};

/** Values of one kind of files that no row gives back, or that none had to. */
struct mr_trip_exception {
	const char *what;          /**< pattern of sources.def or foreign.def, or the table */
	enum mr_trip_count reason; /**< MR_TRIP_SPELLED up to MR_TRIP_DERIVED */
	int64_t values_count;
};

/** One file of a capture. */
struct mr_trip_file {
	const struct mr_match *match;
	const char *path;   /**< of the kernel */
	const char *member; /**< as issues call it */
	int64_t reading;
	unsigned long lines_in_front; /**< of the text, lines that the member does not have */
	const char *text;
	size_t length_bytes;
};

struct mr_roundtrip;

/** @return NULL when there is no memory.  Owns: the caller frees with mr_roundtrip_destroy() */
struct mr_roundtrip *mr_roundtrip_create(void);
void mr_roundtrip_destroy(struct mr_roundtrip *trip);

/** Add a row, or an issue, as the database has it.  All of them come before the first file.
 * @return 0, or -ENOMEM */
int mr_roundtrip_add_row(struct mr_roundtrip *trip, int64_t reading, const struct mr_row *row);
int mr_roundtrip_add_issue(struct mr_roundtrip *trip, const char *path, enum mr_issue_kind kind,
			   unsigned long line);

/** Compare a file with the rows.  Files come in the order in which they were imported.  @return 0, or -ENOMEM
 */
int mr_roundtrip_file(struct mr_roundtrip *trip, const struct mr_trip_file *file);

/** The last file was compared: are there rows that none of them gave back?  @return 0, or -ENOMEM */
int mr_roundtrip_conclude(struct mr_roundtrip *trip);

int64_t mr_roundtrip_count(const struct mr_roundtrip *trip, enum mr_trip_count count);

/** Exception @i; @return whether there is one.  Its text is of the catalog. */
bool mr_roundtrip_exception(const struct mr_roundtrip *trip, size_t i,
			    struct mr_trip_exception *ret_exception);

/** Difference @i of those that are kept; @return whether there is one.  Its texts live as long as @trip. */
bool mr_roundtrip_finding(const struct mr_roundtrip *trip, size_t i, struct mr_trip_finding *ret_finding);

#endif

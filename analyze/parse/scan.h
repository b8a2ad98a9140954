/* One parse under way: the text line by line, and the way to the sink.
 *
 * Errors of the sink stick: after the first, mr_scan_line() finds no more lines and nothing goes to the sink,
 * so that a parser may go on as if nothing had happened and mr_parse() returns the status.
 */
#ifndef MR_PARSE_SCAN_H
#define MR_PARSE_SCAN_H

#include "analyze/parse/parse.h"
#include "analyze/parse/slice.h"

struct mr_scan {
	const struct mr_parse_input *input;
	const struct mr_sink *sink;
	const struct mr_table *table; /**< of the source */
	struct mr_slice rest;         /**< the text that is still to come */
	struct mr_slice line;         /**< the line being read, without its newline */
	unsigned long line_number;    /**< from 1 */
	bool line_is_whole;           /**< the line ended in a newline */
	int status;                   /**< 0, or the first negative errno */
};

/**
 * Go to the next line.
 *
 * @return  whether there is one; false also after an error of the sink
 */
bool mr_scan_line(struct mr_scan *scan);

/** The same, past lines that are empty or blank. */
bool mr_scan_filled_line(struct mr_scan *scan);

/**
 * Report the line being read.
 *
 * A last line without a newline that has no known form, or no number where one belongs, is reported as cut
 * off. Where such a line is well formed nothing is said: many tools that pack kernel files strip the last
 * newline, and whether a number lost its last digits cannot be seen.
 */
void mr_scan_issue(struct mr_scan *scan, enum mr_issue_kind kind);

/** Report something else than a whole line; an empty slice is a text of no bytes. */
void mr_scan_issue_text(struct mr_scan *scan, enum mr_issue_kind kind, struct mr_slice text);

#endif

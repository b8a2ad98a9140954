/* A sink that keeps all rows and issues, and the few steps from a text to them. */
#ifndef MR_TESTS_CAPTURE_SINK_H
#define MR_TESTS_CAPTURE_SINK_H

#include "analyze/parse/parse.h"

struct captured_cell {
	enum mr_value_type type;
	int64_t integer;
	double real;
	char *text; /**< with a NUL behind it; NULL when the cell is no text */
	size_t length_bytes;
};

struct captured_row {
	const struct mr_table *table;
	struct captured_cell *cells;
};

struct captured_issue {
	enum mr_issue_kind kind;
	unsigned long line;
	char *text; /**< "" where the issue has none */
};

/** What came out of one parse; all zero is empty. */
struct capture {
	struct captured_row *rows;
	size_t row_count;
	struct captured_issue *issues;
	size_t issue_count;
	size_t fail_after; /**< the sink returns -ENOSPC after so many calls; 0: never */
	size_t calls;
	int status; /**< what mr_parse() returned */
};

/**
 * Parse a text as the file at this path.  The mounts are sys/fs/cgroup/memory for version 1 and
 * sys/fs/cgroup/unified for version 2.  The text is copied to memory of exactly its size, so that a read
 * beyond its end is seen.
 *
 * Owns: the caller frees with capture_deinit(); @capture may hold an earlier parse, which is freed
 */
void capture_parse_bytes(struct capture *capture, const char *path, const char *text, size_t length_bytes);

/** The same for a NUL-terminated text. */
void capture_parse(struct capture *capture, const char *path, const char *text);

/** The same as a member of another tool's capture. */
void capture_parse_foreign_bytes(struct capture *capture, const char *path, const char *text,
				 size_t length_bytes);
void capture_parse_foreign(struct capture *capture, const char *path, const char *text);

/** The same for a shape that no path leads to: the row of sources.def is made up. */
void capture_parse_as(struct capture *capture, enum mr_shape shape, const char *table, const char *path,
		      const char *text, size_t length_bytes);

/** Take a row or an issue as the sink of a parser does, the context being a struct capture. */
int capture_take_row(void *context, const struct mr_row *row);
int capture_take_issue(void *context, const struct mr_issue *issue);

void capture_deinit(struct capture *capture);

/** Keep a row that comes from elsewhere: the row function of a sink whose context is a struct capture. */
int capture_take_row(void *context, const struct mr_row *row);

#define _cleanup_capture_ __attribute__((cleanup(capture_deinit)))

/** The cell of a column in the row of this number; the test fails when there is none. */
const struct captured_cell *capture_cell(const struct capture *capture, size_t row, const char *column);

int64_t capture_integer(const struct capture *capture, size_t row, const char *column);
double capture_real(const struct capture *capture, size_t row, const char *column);
const char *capture_text(const struct capture *capture, size_t row, const char *column);
bool capture_is_null(const struct capture *capture, size_t row, const char *column);

/** How many issues of this kind there are. */
size_t capture_count_issues(const struct capture *capture, enum mr_issue_kind kind);

/** Fail unless there is exactly one issue, of this kind, in this line. */
void capture_assert_only_issue(const struct capture *capture, enum mr_issue_kind kind, unsigned long line);

#endif

/* What targets that parse share: the first line of an input, and the promises of a row. */
#ifndef MR_TESTS_FUZZ_PROMISES_H
#define MR_TESTS_FUZZ_PROMISES_H

#include "analyze/parse/parse.h"
#include "analyze/parse/slice.h"
#include "tests/fuzz/fuzz.h"

/** Cut the first line off, without its newline; all of it when there is none. */
struct mr_slice fuzz_line(struct mr_slice *rest);

/** Everything that holds for each row that a parser gives away: its keys are there, types and limits are
 * those of its fields, all bytes of its texts can be read. */
void fuzz_check_row(const struct mr_row *row);

#endif

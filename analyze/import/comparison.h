/* The worker that compares the files of an input with the rows that were made of them.
 *
 * It is the worker of the import once more, confined like it, because it takes the same hostile texts apart.
 * It gets no database, not even one to read from: the process that has it sends the rows of each capture
 * through a pipe when the capture begins.  A database opened read-only would cost the filter more (locks, a
 * shared map of a database in WAL mode, which is writable), and everything in it would be within reach of who
 * has taken the worker over.  The whole of a capture's rows is in memory here, some 40 bytes a value, below
 * the limit of confine.c. */
#ifndef MR_COMPARISON_H
#define MR_COMPARISON_H

#include "analyze/import/wire.h"

struct mr_comparison {
	struct mr_intake intake; /**< for the reader of the input */
	struct mr_intake wire;   /**< what it finds goes there */
	struct mr_wire_in rows;
	struct mr_roundtrip *trip; /**< of the capture at hand; NULL: nothing to compare it with */
};

/** @out  to the process that has the database; @rows_fd  from it, neither owned */
void mr_comparison_init(struct mr_comparison *comparison, struct mr_wire_out *out, int rows_fd);
void mr_comparison_deinit(struct mr_comparison *comparison);

#endif

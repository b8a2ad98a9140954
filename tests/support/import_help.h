/* Steps that tests of the import share.  What goes wrong in them fails the test. */
#ifndef MR_IMPORT_HELP_H
#define MR_IMPORT_HELP_H

#include "analyze/import/import.h"

/** A database in memory. */
struct mr_store *memory(void);

/** The first cell of a query as text, in a static buffer; "NULL" for NULL and "none" for no row. */
const char *ask(struct mr_store *store, const char *sql);

/** Import an archive that must go in. */
struct mr_import_result import(struct mr_store *store, const char *path, bool salvage);

/** Import an archive that must be refused: with this errno, saying these words, the database as it was. */
void expect_refused(struct mr_store *store, const char *path, bool salvage, int number, const char *words);

/**
 * Write a capture of process 1 and, with @more, of process 2.
 *
 * @filter        as mr_maker_open()
 * @statm         of process 1
 * @completeness  "complete" or "partial"; NULL: no index and no end
 */
void make(const char *path, const char *filter, const char *statm, bool more, const char *completeness);

#endif

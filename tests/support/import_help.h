/* Steps that tests of the import share.  What goes wrong in them fails the test. */
#ifndef MR_IMPORT_HELP_H
#define MR_IMPORT_HELP_H

#include "analyze/import/import.h"

/** The schema that this program makes, as text. */
#define THIS_SCHEMA TEXT_OF_VALUE(MR_SCHEMA_VERSION)
#define TEXT_OF_VALUE(number) TEXT_OF(number)
#define TEXT_OF(number) #number

/** A database in memory. */
struct mr_store *memory(void);

/** A database file that must open. */
struct mr_store *open_store(const char *path, enum mr_store_mode mode);

/** One that must not: with this errno, saying these words. */
void expect_not_opened(const char *path, enum mr_store_mode mode, int number, const char *words);

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

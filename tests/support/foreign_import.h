/* Captures of other tools that a test has made, through the whole import: packed, read by the confined
 * process, stored. */
#ifndef MR_FOREIGN_IMPORT_H
#define MR_FOREIGN_IMPORT_H

#include "analyze/import/import.h"
#include "tests/support/foreign_maker.h"
#include "tests/support/tar_out.h"

/** What came of one input.  All zero is nothing. */
struct taken {
	struct mr_store *store;
	unsigned added_count;
	unsigned known_count;
	unsigned refused_count;
	char words[1024]; /**< why the last one was refused */
};

/** Import a file or a folder into a database in memory, which is made when there is none; taken_end() closes
 * it. */
void take_path(struct taken *taken, const char *path);

/** The same of bytes, as a file of that name. */
void take_bytes(struct taken *taken, const char *name, const struct mr_buffer *bytes);

/** The same of a tree, packed; @way NULL: as it is.  The file is called capture.tar. */
void take_packed(struct taken *taken, const struct mr_tree *tree, const struct mr_tar_way *way);

/** The same of a tree in a folder. */
void take_folder(struct taken *taken, const struct mr_tree *tree);

void taken_end(struct taken *taken);

/** The first cell of a query is this text: "NULL", "none" for no row.  A failure says the query. */
void expect_cell(const struct taken *taken, const char *sql, const char *expected);

#endif

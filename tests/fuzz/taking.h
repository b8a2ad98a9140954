/* Captures into a database in memory, for the targets that go that far. */
#ifndef MR_TESTS_FUZZ_TAKING_H
#define MR_TESTS_FUZZ_TAKING_H

#include "analyze/import/take.h"
#include "tests/fuzz/fuzz.h"

/** What the listener of a take has heard. */
struct taking {
	struct mr_batch batch;
	struct mr_take take;
	struct mr_import_listener listener;
	size_t added_count, known_count, refused_count;
};

/** Open the database; once. */
void taking_open(void);

/** Begin an input. */
void taking_init(struct taking *taking);

/** The input ended so: tell it, and check that the database holds whole snapshots only and took no harm. */
void taking_end(struct taking *taking, int result, const struct mr_error *error);

/** Empty the database. */
void taking_forget(void);

/** @return the integer that a query gives */
int64_t taking_ask(const char *sql);

#endif

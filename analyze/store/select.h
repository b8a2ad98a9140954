/* Which snapshots a command is about.  SNAPSHOT arguments as ux: 96, @last, @first, @prev, @-3, a time or its
 * beginning, HOST@last, or the path of an archive, which is read into memory with no database. */
#ifndef MR_SELECT_H
#define MR_SELECT_H

#include <stddef.h>
#include <stdint.h>

#include "analyze/store/store.h"

#define MR_SELECTION_MAX 64

struct mr_selection {
	struct mr_store *store;        /**< owned; holds all the selected snapshots */
	int64_t ids[MR_SELECTION_MAX]; /**< in the order of the arguments */
	size_t count;
};

/**
 * Resolve arguments.  When all are numbers and names the database is opened read-only; as soon as one is the
 * path of an archive, a database in memory is made, archives are imported and the other snapshots copied into
 * it.
 *
 * @database   path of the database; need not exist when all arguments are archives
 * @arguments  @count of them; with 0 the @defaults (NULL-terminated, such as {"@prev", "@last", NULL}) are
 *             used
 * @return     0; -ESRCH no such snapshot; -ENOENT no such file; -EINVAL several hosts and none named, or a
 *             malformed argument; what mr_store_open() and mr_import() return
 */
int mr_select(const char *database, const char *const *arguments, size_t count, const char *const *defaults,
	      struct mr_selection *ret_selection, struct mr_error *error);

void mr_selection_deinit(struct mr_selection *selection);

#endif

/* Conditions and their files.  The files are opened once, and a poll reads them again into buffers on the
 * stack: no allocation, no path, and never a write. */
#ifndef MR_COLLECT_WATCH_H
#define MR_COLLECT_WATCH_H

#include "collect/tree.h"
#include "collect/when.h"
#include "schema/base/error.h"

/** A condition and its files, kept open. */
struct mr_watch {
	struct mr_when when;
	const struct mr_tree *tree;
	char *path;       /**< of its file, below the top of the tree */
	char *limit_path; /**< of the limit; NULL: none is needed */
	int fd, limit_fd; /**< -1: to be opened at the next poll */
};

/**
 * Open the files of a condition and read them once.
 *
 * @ret     set on success only
 * @return  0; -EINVAL when the condition can never be judged (no such line, a share of what has no limit, a
 *          size against a count); another negative errno when a file cannot be read; with @error set
 *
 * Owns:    what @ret holds, until mr_watch_close(); @tree and the text of @when are kept
 */
int mr_watch_open(struct mr_watch *ret, const struct mr_tree *tree, const struct mr_when *when,
		  struct mr_error *error);

/**
 * Read the level now.  A cgroup may go and come again under the same name (a service that is restarted): then
 * its files are opened anew.
 *
 * @ret     set on success only
 * @return  0 or a negative errno: the level is not known
 */
int mr_watch_poll(struct mr_watch *watch, struct mr_when_level *ret);

void mr_watch_close(struct mr_watch *watch);

#endif

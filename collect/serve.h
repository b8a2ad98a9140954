/* The reader: a process of its own that reads kernel files, and may hang in one. */
#ifndef MR_COLLECT_SERVE_H
#define MR_COLLECT_SERVE_H

#include <stdbool.h>

#include "collect/ask.h"
#include "collect/tree.h"

struct mr_serve {
	const struct mr_tree *tree;
	bool is_confined; /**< rights that are not needed are given up first */
	bool is_swapped;  /**< page words are in the other byte order than this program's */
	int ask_fd;       /**< numbers of rounds to answer; its end is the end of the reader */
	int done_fd;      /**< numbers of rounds that are answered */
	struct mr_shared *shared;
};

/** Answer rounds until nobody asks any more; then the process ends.  Every descriptor but those named is
 * closed: a reader that hangs must not keep a pipe of the writer open. */
_Noreturn void mr_serve(const struct mr_serve *serve);

#endif

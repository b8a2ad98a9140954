/* The tree that is read: the machine's own root, or the one that --root names and whose symbolic links may
 * lie. */
#ifndef MR_COLLECT_TREE_H
#define MR_COLLECT_TREE_H

#include <dirent.h>
#include <stdbool.h>

#include "schema/base/error.h"

struct mr_tree {
	const char *root; /**< as given; "/" for the machine itself */
	int root_fd;      /**< -1 when not open */
	bool is_foreign;  /**< --root was given: nothing outside of it is opened */
};

/**
 * Open the top of the tree.
 *
 * @root    path of the top; kept, not copied
 * @return  0, or a negative errno with @error set
 *
 * Owns:    ret_tree->root_fd, until mr_tree_close()
 */
int mr_tree_open(struct mr_tree *ret_tree, const char *root, struct mr_error *error);

/** Close the top; a tree that is not open is fine. */
void mr_tree_close(struct mr_tree *tree);

/**
 * Open something in the tree.
 *
 * @directory_fd  the tree's root_fd, or a folder that was opened in it before
 * @path          relative to @directory_fd; a single name unless that is root_fd
 * @flags         as for open(2); O_CLOEXEC and O_NOCTTY are added
 * @return        a file descriptor for the caller to close, or a negative errno
 *
 * Below root_fd of a foreign tree links are followed as if the tree were the whole file system; elsewhere a
 * name that is a link is refused with -ELOOP (no file of a process or cgroup is one).  Devices are refused
 * with -EINVAL in a foreign tree.
 */
int mr_tree_openat(const struct mr_tree *tree, int directory_fd, const char *path, int flags);

/** @return DT_DIR, DT_REG, DT_LNK, ... of an entry of an open folder, also where its file system does not
 * list types and
 * @type is DT_UNKNOWN */
unsigned char mr_tree_entry_type(int directory_fd, const char *name, unsigned char type);

#endif

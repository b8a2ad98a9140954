/* Files in memory: what a capture is made of before it is packed. */
#ifndef MR_FILE_TREE_H
#define MR_FILE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/buffer.h"

enum mr_tree_type { MR_TREE_FILE, MR_TREE_LINK, MR_TREE_FOLDER };

struct mr_tree_entry {
	enum mr_tree_type type;
	char *path;   /**< no slash in front, none at the end */
	char *target; /**< of a link */
	char *bytes;
	size_t length_bytes;
};

/** All zero is an empty tree.  Entries stand in the order in which they were added. */
struct mr_tree {
	struct mr_tree_entry *entries;
	size_t count;
	size_t room;
};

void mr_tree_deinit(struct mr_tree *tree);

/** Add a file; the bytes are copied.  Failures here and below end the program: a test cannot go on without.
 */
void mr_tree_add(struct mr_tree *tree, const char *path, const void *bytes, size_t length_bytes);
void mr_tree_printf(struct mr_tree *tree, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Add a file with the bytes of a buffer, and make the buffer empty. */
void mr_tree_take(struct mr_tree *tree, const char *path, struct mr_buffer *bytes);

void mr_tree_link(struct mr_tree *tree, const char *path, const char *target);
void mr_tree_folder(struct mr_tree *tree, const char *path);

/** @return the first entry of that path; NULL when there is none */
const struct mr_tree_entry *mr_tree_find(const struct mr_tree *tree, const char *path);

/** @return the text of a file, with a NUL behind it; "" when there is none */
const char *mr_tree_text(const struct mr_tree *tree, const char *path);

/** Add all files below a folder of the disk, by path, without the folder's own name. */
void mr_tree_load(struct mr_tree *tree, const char *folder);

/** Add copies of the entries of another tree, PREFIX in front of each path.
 * @wanted  NULL: all */
void mr_tree_copy(struct mr_tree *tree, const char *prefix, const struct mr_tree *from,
		  bool (*wanted)(const char *path));

/** Write it below a folder of the disk, which must be there. */
void mr_tree_write(const struct mr_tree *tree, const char *folder);

/** Fill files below a folder with NULs up to so many bytes, as tar does with a file of sysfs, whose size is a
 * page's. */
void mr_tree_pad(struct mr_tree *tree, const char *folder, size_t length_bytes);

/** Take the last newline off every file, as some who copy kernel files do. */
void mr_tree_strip_newlines(struct mr_tree *tree);

/** @return whether a path is proc/PID/..., and what is behind the PID ("" for the folder) */
bool mr_tree_is_process(const char *path, const char **ret_rest);

#endif

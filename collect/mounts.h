/* What /proc/self/mountinfo says about where memory is accounted. */
#ifndef MR_COLLECT_MOUNTS_H
#define MR_COLLECT_MOUNTS_H

#include <stddef.h>

/** Absolute paths and option lists, unescaped; NULL where there is no such mount. */
struct mr_mount_facts {
	char *cgroup1_memory;
	char *cgroup2;
	char *procfs_options; /**< of /proc: mount options, a comma, options of the file system */
};

/**
 * Read a mountinfo.  Of several mounts of one kind the first whose root is "/" counts, else the first.
 *
 * @text    need not end in NUL
 * @top     NULL, or the path of a tree that is mounted somewhere: only mount points below it count, and lose
 * it
 * @return  0 or -ENOMEM
 *
 * Owns:    the strings in @ret, to mr_mount_facts_deinit(), also on failure
 * Source:  fs/proc_namespace.c show_mountinfo(); mangle() writes blank, tab, newline and backslash as \ooo
 */
int mr_mount_facts_parse(struct mr_mount_facts *ret, const char *text, size_t length_bytes, const char *top);

void mr_mount_facts_deinit(struct mr_mount_facts *facts);

#endif

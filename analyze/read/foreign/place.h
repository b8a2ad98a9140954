/* Where a member of somebody else's capture belongs: the front of its path that is only packaging, and the kernel's
 * path behind it.
 *
 * The anchor is the shortest front behind which files of the kernel are: "sosreport-web-03/" with proc/meminfo, or ""
 * with meminfo and 1/stat, which is a copied /proc.  A folder that is itself below proc or sys is never one. */
#ifndef MR_PLACE_H
#define MR_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/base/buffer.h"
#include "schema/catalog.h"

enum mr_place_kind {
	MR_PLACE_NONE, /**< says nothing about anchors */
	MR_PLACE_HINT, /**< a file as sos and others put them beside proc: an anchor only if proc or sys follow */
	MR_PLACE_PROC, /**< a file of a copied /proc without its name */
	MR_PLACE_TREE, /**< a file of proc, sys or a cgroup tree */
};

struct mr_place {
	enum mr_place_kind kind;
	size_t anchor_bytes; /**< of the path */
};

/** Find the anchor that a path speaks for, the shortest one. */
struct mr_place mr_place_find(const char *path);

/**
 * The kernel's path of a member below an anchor.
 *
 * @path        that begins with the anchor
 * @is_proc     the anchor is a copied /proc
 * @ret_path    filled
 * @return      the path, in @ret_path or behind the anchor
 */
const char *mr_place_path(const char *path, size_t anchor_bytes, bool is_proc, struct mr_buffer *ret_path);

/** Where cgroups were mounted, as far as the kernel's path of a file tells: v1 under the name of its controller, v2 at
 * sys/fs/cgroup, or at .../unified beside v1.  The strings are static. */
struct mr_mounts mr_place_mounts(const char *path);

/** sos 4.12 packs folders in place: proc/fs/ becomes proc/fs.tar.  @return whether a kernel's path is that of one */
bool mr_place_is_packed(const char *path);

/**
 * The kernel's path of a member of such an archive, whether its names begin with the folder, with all folders, or behind
 * it.
 *
 * @packed  the kernel's path of the archive
 */
const char *mr_place_unpacked(const char *packed, const char *member, struct mr_buffer *ret_path);

/** Whether a name is that of an archive that may hold a capture of its own: .tar, .tar.xz, .tgz ... */
bool mr_place_is_archive(const char *path);

#endif

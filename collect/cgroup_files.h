/* The files of one group of a cgroup tree: which of them there are, asking for them, storing what comes. */
#ifndef MR_COLLECT_CGROUP_FILES_H
#define MR_COLLECT_CGROUP_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/capture.h"

/** The files of a group that are wanted: names, each with its NUL. */
struct mr_cgroup_files {
	struct mr_buffer quiet; /**< those that belong together, in the order of sources.def */
	struct mr_buffer others;
	struct mr_buffer odd; /**< a byte, DT_LNK or the like, then the name: what is no file, and not read */
	bool has_usage;       /**< the first of the quiet ones is the usage */
};

/** A walk along a cgroup tree. */
struct mr_cgroup_walk {
	struct mr_capture *capture;
	struct mr_reader *reader;
	uint64_t limit_ns;               /**< of each file */
	int version;                     /**< of the hierarchy: 1 or 2 */
	struct mr_buffer path;           /**< from the top of the tree, where the walk is */
	size_t mount_bytes;              /**< of which the mount point */
	struct mr_cgroup_files listed;   /**< of the group that is read now */
	struct mr_cgroup_files expected; /**< of the next ones */
	bool has_folders;                /**< the group that is read now */
	/** How the quiet files of this group were not answered when they were asked for ahead; else all zero.
	 */
	struct mr_reading quiet_in_vain;
	const char
		*quiet_files[MR_QUIET_FILES_MAX]; /**< in the order of sources.def; the first is the usage */
	unsigned quiet_files_count;
	bool is_counting;        /**< the size is used up: groups are only counted from here on */
	uint64_t left_out_count; /**< groups that have no row of their own */
};

/** @folder_bytes  in all that follows: of walk->path, the group */

/** Begin a walk: the quiet files of walk->version, out of sources.def. */
void mr_cgroup_find_quiet_files(struct mr_cgroup_walk *walk);
void mr_cgroup_files_deinit(struct mr_cgroup_files *files);

/** Make the path that of the folder again.  @return it */
const char *mr_cgroup_folder(struct mr_cgroup_walk *walk, size_t folder_bytes);

/** Put a name behind the path of the folder.  @return the path */
const char *mr_cgroup_path(struct mr_cgroup_walk *walk, const char *name, size_t folder_bytes);

/** Note the files of a group in walk->listed, out of its listing, and whether there are folders. */
void mr_cgroup_begin_listing(struct mr_cgroup_walk *walk);
void mr_cgroup_note_entries(struct mr_cgroup_walk *walk, size_t folder_bytes, struct mr_list_walk *list,
			    bool has_quiet[MR_QUIET_FILES_MAX]);

/** @return 0 or ENOMEM */
int mr_cgroup_end_listing(struct mr_cgroup_walk *walk, const bool has_quiet[MR_QUIET_FILES_MAX]);

/** @return whether the group has the files that were asked for ahead */
bool mr_cgroup_is_expected(const struct mr_cgroup_walk *walk);

/** Expect the next groups to have the files of this one. */
void mr_cgroup_expect(struct mr_cgroup_walk *walk);

/** Ask for files of a group ahead of its turn. */
void mr_cgroup_ask(struct mr_cgroup_walk *walk, const char *folder, const struct mr_cgroup_files *files);

/** Store the answers for the files that are listed, and say what is no file. */
void mr_cgroup_take(struct mr_cgroup_walk *walk, size_t folder_bytes);

/** The group has other files than those that were expected and asked for: drop the answers, but for those
 * that took their time and did not come. */
void mr_cgroup_drop(struct mr_cgroup_walk *walk, size_t folder_bytes);

/** Ask for the files that are listed, and store them, with nothing else on its way. */
void mr_cgroup_read_listed(struct mr_cgroup_walk *walk, size_t folder_bytes);

#endif

/* What could not be read, grouped for the summary, and which of it was to be expected. */
#ifndef MR_COLLECT_LOSS_H
#define MR_COLLECT_LOSS_H

#include <stdbool.h>
#include <stdint.h>

enum mr_subject {
	MR_SUBJECT_SYSTEM,
	MR_SUBJECT_CGROUP,
	MR_SUBJECT_PROCESS,
	MR_SUBJECT_PAGES,
};

/** Names of losses that are no files: the folder of a group, and that of a hierarchy. */
#define MR_LOSS_CGROUP_FOLDER "folder"
#define MR_LOSS_CGROUP_MOUNT "cgroup mount point"

#define MR_LOSS_NAME_BYTES 48
#define MR_LOSS_KINDS_MAX 48

/** Readings that failed in the same way. */
struct mr_loss {
	enum mr_subject subject;
	int error_number;
	uint64_t readings_count;
	uint64_t told_count;           /**< of these readings: those that the summary names one by one */
	uint32_t latest_folder;        /**< of the file that was added last; 0: none */
	char name[MR_LOSS_NAME_BYTES]; /**< of the file, cut off when longer; "files" for several in one kind
					*/
};

/** All zero is no loss. */
struct mr_losses {
	struct mr_loss kinds[MR_LOSS_KINDS_MAX];
	unsigned kinds_count;
	uint64_t others_count; /**< readings of kinds that found no room */
	bool is_partial;       /**< something is missing that was not to be expected */
	bool hides_processes;  /**< procfs shows only our own: hidepid */
	bool was_partial;      /**< the tree is an unpacked archive, which was partial or cut off itself */
};

/**
 * Is this errno one that a whole capture may have?  Vanished tasks and groups, and what a kernel without the
 * feature or the object without the memory answers.
 *
 * @name    SYSTEM: path without leading slash; else the name of the file
 *
 * Source:  kernel-side: fs/proc/task_mmu.c show_smaps_rollup() (ESRCH without an mm), kernel/cgroup/cgroup.c
 *          cgroup_procs_show() (EOPNOTSUPP of a threaded group), fs/kernfs/file.c (ENODEV of a removed
 * group), kernel/sched/psi.c psi_show() (EOPNOTSUPP with psi=0), mm/memcontrol.c
 */
bool mr_errno_is_expected(enum mr_subject subject, const char *name, int error_number);

/** @return whether every kernel prints something in this file of the whole machine, so that an empty one is
 * masked */
bool mr_is_never_empty(const char *path);

/** Count a failed reading, unless it was to be expected.
 * @return  what it was counted as; NULL when it was expected, or is of a kind that found no room */
struct mr_loss *mr_losses_add(struct mr_losses *losses, enum mr_subject subject, const char *name,
			      int error_number);

/** The same for a file at @path.  Files of one process or group that a budget leaves out count once, one
 * after the other. */
struct mr_loss *mr_losses_add_file(struct mr_losses *losses, enum mr_subject subject, const char *path,
				   const char *name, int error_number);

/** The same for so many that are left out at once. */
void mr_losses_add_many(struct mr_losses *losses, enum mr_subject subject, const char *name, int error_number,
			uint64_t count);

#endif

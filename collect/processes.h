/* The memory files of every process, in passes. */
#ifndef MR_COLLECT_PROCESSES_H
#define MR_COLLECT_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/capture.h"

/** What is kept of a process between the passes: 16 bytes, on a machine that may have a hundred thousand. */
struct mr_process {
	int32_t pid;
	uint32_t folder_inode; /**< low bits of its folder's inode in the first pass; 0 when not known */
	uint32_t start_ticks;  /**< low bits of field 22 of its stat; 0 when not known */
	uint32_t rss_quarter_mib : 25; /**< resident, in units of 256 KiB, rounded up */
	bool is_late : 1;              /**< not read in its turn of the pass; in the third: asked for */
	bool has_memory : 1;           /**< its statm is not all zero, or could not be read */
	bool is_zombie_leader : 1;     /**< the main thread has ended, others live */
	bool needs_smaps : 1;          /**< there was no smaps_rollup */
	bool is_stuck : 1;             /**< a file that takes its mmap lock was not answered */
	bool has_vanished : 1;
	bool is_left_out : 1; /**< a budget did, and the index says so */
};

_Static_assert(sizeof(struct mr_process) <= 16, "the memory of the collector is flat");

struct mr_processes {
	struct mr_process *list; /**< by pid while listed and in the first pass, then largest first */
	size_t count;
	bool lacks_rollup; /**< a smaps_rollup was missing of a process that is there: an old kernel */
};

/** List the processes there are now.  Owns: processes->list, to mr_processes_deinit() */
void mr_processes_list(struct mr_capture *capture, struct mr_processes *ret);
void mr_processes_deinit(struct mr_processes *processes);

/** First pass: the files that take no lock which a stuck process can hold. */
void mr_processes_read(struct mr_capture *capture, struct mr_processes *processes);

/** Second pass, the largest process first: statm, smaps_rollup, statm of every process that has memory. */
void mr_processes_walk(struct mr_capture *capture, struct mr_processes *processes);

/** Third pass: what --level full and --with add: smaps, numa_maps, maps, command lines. */
void mr_processes_details(struct mr_capture *capture, struct mr_processes *processes);

#endif

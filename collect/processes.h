/* The memory files of every process, in two passes. */
#ifndef MR_COLLECT_PROCESSES_H
#define MR_COLLECT_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/capture.h"

struct mr_process {
	int32_t pid;
	int32_t live_tid; /**< of a zombie leader whose other threads live: one of them; else 0 */
	bool has_vanished;
	uint64_t inode;       /**< of its folder in the first pass */
	uint64_t start_ticks; /**< field 22 of its stat; 0 when not known */
};

struct mr_processes {
	struct mr_process *list; /**< ascending */
	size_t count;
};

/** List the processes there are now.  Owns: processes->list, to mr_processes_deinit() */
void mr_processes_list(struct mr_capture *capture, struct mr_processes *ret);
void mr_processes_deinit(struct mr_processes *processes);

/** First pass: the files that take no lock which a stuck process can hold. */
void mr_processes_read(struct mr_capture *capture, struct mr_processes *processes);

/** Second pass: statm, smaps_rollup, statm of every process that has memory. */
void mr_processes_walk(struct mr_capture *capture, struct mr_processes *processes);

/**
 * Out of the text of /proc/PID/stat: is it a zombie with live threads?
 *
 * Source: fs/proc/array.c do_task_stat(); the name may hold anything, so what counts begins behind the last
 * ')'
 */
bool mr_stat_is_zombie_leader(const char *text, size_t length_bytes);

/** @return a numeric field of /proc/PID/stat, counted from 1 as in proc(5), at least 4; 0 when there is none
 */
uint64_t mr_stat_number(const char *text, size_t length_bytes, int field);

#endif

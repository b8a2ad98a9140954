/* What the passes over the processes share.  For processes.c and process_details.c. */
#ifndef MR_COLLECT_PROCESS_PASS_H
#define MR_COLLECT_PROCESS_PASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/processes.h"

/** Room for "proc/PID/task/TID/smaps_rollup". */
#define MR_TASK_PATH_BYTES 80
#define MR_PASS_FILES_MAX 8

struct mr_pass {
	struct mr_capture *capture;
	struct mr_processes *processes;
	const char *names[MR_PASS_FILES_MAX]; /**< files that are read of each, where that is a list */
	unsigned names_count;
	/** Ask for the files of a process, and take the answers. */
	void (*ask)(struct mr_pass *pass, struct mr_process *process, struct mr_reader *reader);
	void (*take)(struct mr_pass *pass, struct mr_process *process, struct mr_reader *reader);
	const char *file; /**< that a process beyond the budget is named with */
};

/** Go over all processes: ask ahead, and take the answers in the same order.  Those that a budget leaves out
 * get a row each, or one for all of them. */
void mr_pass_run(struct mr_pass *pass);

/** Keep how much of it is resident, out of the text of a statm. */
void mr_process_note_resident(const struct mr_capture *capture, struct mr_process *process,
			      const struct mr_reading *statm);

/** @return how long a file of it may take that walks all its memory */
uint64_t mr_process_limit_ns(const struct mr_capture *capture, const struct mr_process *process);

/** @return whether that is the error of a process that has ended */
bool mr_process_is_gone(int error_number);

/** Was it said already, by its first file, that the process is gone? */
bool mr_process_is_said(const struct mr_reading *reading, bool is_first);

/** Count a process once that ended while it was read. */
void mr_process_note_vanished(struct mr_capture *capture, struct mr_process *process, int error_number);

/** Store a reading of a file of a task, whose folder in the archive is @folder. */
void mr_process_store(struct mr_capture *capture, const char *folder, const char *name,
		      unsigned reading_number, const struct mr_reading *reading);

/** A file of a process that was not tried. */
void mr_process_store_missing(struct mr_capture *capture, const struct mr_process *process, const char *name,
			      int status);

/** @return ret, with the folder of the process from the top */
const char *mr_process_folder(const struct mr_process *process, char ret[MR_TASK_PATH_BYTES]);

/** Look for a thread of a zombie leader that has memory: its files show what /proc/PID hides.  How much it
 * has is noted as that of the process.  @return its number; 0: there is none */
int32_t mr_process_find_live_thread(struct mr_capture *capture, struct mr_process *process);

#endif

/* Who hung: of a process whose file was not answered in time, its name, its state and where in the kernel it
 * waits. */
#ifndef MR_COLLECT_HUNG_H
#define MR_COLLECT_HUNG_H

#include "collect/capture.h"

/** Most that one call adds. */
#define MR_HUNG_BYTES_MAX (16 * 1024)

/**
 * Add what is known of the culprit to capture/hung.csv: the process of the path, its threads in
 * uninterruptible sleep, and the reader that was given up.  A path that is of no process has only the last.
 * The limit of the run leaves a moment for it, one for all culprits.
 *
 * @reading  with which the reader was lost
 * @return   whether the summary names the file and its process
 */
bool mr_hung_note(struct mr_capture *capture, const char *path, const struct mr_reading *reading);

/** Write capture/hung.csv, if anything hung. */
void mr_hung_write(struct mr_capture *capture);

#endif

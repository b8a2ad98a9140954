/* Who hung: of a process whose file was not answered in time, its name, its state and where in the kernel it
 * waits. */
#ifndef MR_COLLECT_HUNG_H
#define MR_COLLECT_HUNG_H

#include "collect/capture.h"

/**
 * Add what is known of the culprit to capture/hung.csv: the process of the path, its threads in
 * uninterruptible sleep, and the reader that was given up.  A path that is of no process has only the last.
 *
 * @reading  with which the reader was lost
 */
void mr_hung_note(struct mr_capture *capture, const char *path, const struct mr_reading *reading);

/** Write capture/hung.csv, if anything hung. */
void mr_hung_write(struct mr_capture *capture);

#endif

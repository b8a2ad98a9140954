/* The files of the whole machine: the rows of sources.def expanded to what exists now, and the bracket around
 * phases. */
#ifndef MR_COLLECT_PLAN_H
#define MR_COLLECT_PLAN_H

#include "collect/capture.h"

/**
 * Read the bracket: the cheap counters of the machine, once more.  The first call gives the canonical
 * reading, the others capture/again/1, 2, ...; between two of them lies one phase.
 */
void mr_plan_bracket(struct mr_capture *capture);

/**
 * Read the other files of the machine, in the order of sources.def.
 *
 * A file that a row names is tried even when it is not there (the index then says ENOENT); a row with
 * placeholders gives what the folders hold.
 *
 * @kernel_release  for /boot/config-RELEASE; NULL when not known
 */
void mr_plan_system(struct mr_capture *capture, const char *kernel_release);

/** @return whether a file of this source and name is one to read; plan.c has the reasons */
bool mr_plan_wants(const char *pattern, const char *name);

#endif

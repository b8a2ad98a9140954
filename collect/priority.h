/* How much of the machine we may take before others do. */
#ifndef MR_COLLECT_PRIORITY_H
#define MR_COLLECT_PRIORITY_H

#include <stdbool.h>

/** Let everybody else go first, with the CPU and with disks.  That it may fail does not matter. */
void mr_priority_lower(void);

/** The niceness as it is now, -20 to 19.  @return false when it cannot be told */
bool mr_priority_nice(char ret[16]);

/** Class and level of IO as they are now, as "idle" or "best-effort 4".  @return false when they cannot be
 * told */
bool mr_priority_io(char ret[32]);

#endif

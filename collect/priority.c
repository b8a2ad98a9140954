/* CPU and IO priority. */
#include "collect/priority.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Source: include/uapi/linux/ioprio.h, which is younger than the kernels we run on */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_CLASS_SHIFT 13
#define IOPRIO_CLASS_IDLE 3

void mr_priority_lower(void)
{
	setpriority(PRIO_PROCESS, 0, 19);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT);
}

bool mr_priority_nice(char ret[16])
{
	errno = 0;
	snprintf(ret, 16, "%d", getpriority(PRIO_PROCESS, 0));
	return !errno;
}

bool mr_priority_io(char ret[32])
{
	static const char *const classes[] = {"none", "realtime", "best-effort", "idle"};
	long priority = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);

	if (priority < 0 || priority >> IOPRIO_CLASS_SHIFT > IOPRIO_CLASS_IDLE)
		return false;
	long level = priority & ((1 << IOPRIO_CLASS_SHIFT) - 1);
	snprintf(ret, 32, level ? "%s %ld" : "%s", classes[priority >> IOPRIO_CLASS_SHIFT], level);
	return true;
}

/* One archive that memreckon-collect wrote into an intake: its members through a pass, then what can only be
 * said at its end. */
#ifndef MR_READ_OWN_H
#define MR_READ_OWN_H

#include "analyze/read/capture.h"
#include "analyze/read/own/own.h"

/**
 * @own      begun: its first member is read
 * @name     of the capture inside of its input
 * @salvage  take what is whole of an archive that is cut off; otherwise such an archive is refused
 * @return   0; -EBADMSG cut off, damaged or not what the collector wrote; -EPROTONOSUPPORT newer format;
 * -EFBIG a limit; -ENOMEM; -EIO; what the intake returns
 */
int mr_read_own(struct mr_own *own, const char *name, bool salvage, const struct mr_intake *intake,
		struct mr_error *error);

#endif

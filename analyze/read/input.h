/* One input, whatever it is, into an intake: every capture in it, one after the other. */
#ifndef MR_INPUT_H
#define MR_INPUT_H

#include "analyze/archive_in/archive_in.h"
#include "analyze/read/capture.h"
#include "analyze/read/foreign/evidence.h"

/** All zero is what an import does unless it is told otherwise. */
struct mr_input_options {
	bool salvage;          /**< take what is whole of an archive that is cut off */
	const char *as;        /**< the kernel's path of a single file; NULL: found by its content */
	struct mr_given given; /**< facts of captures that do not carry them */
};

/**
 * @return  0; -ENOMSG nothing of a capture; -ENODATA cut off; -EBADMSG damaged or not what the collector wrote;
 *          -EPROTONOSUPPORT newer format; -EFBIG a limit; -ENOMEM; -EIO; what the intake returns
 */
int mr_input_read(struct mr_archive *archive, const struct mr_input_options *options,
		  const struct mr_intake *intake, struct mr_error *error);

#endif

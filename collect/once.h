/* One capture into one archive. */
#ifndef MR_COLLECT_ONCE_H
#define MR_COLLECT_ONCE_H

#include "collect/anonymize.h"
#include "collect/options.h"
#include "schema/base/error.h"

/** Exit status of the program. */
enum mr_exit {
	MR_EXIT_COMPLETE = 0,
	MR_EXIT_WRONG_USE = 2,
	MR_EXIT_PARTIAL = 3,
	MR_EXIT_NOT_DONE = 4,
};

/**
 * Make a capture.  The process is confined by it, unless the options say otherwise: it can make no second
 * one.
 *
 * @anonymizer  for the names; NULL: they stay
 * @trigger     the condition that was met, for the archive to tell; NULL: none
 * @return      enum mr_exit; with @error set when it is neither complete nor partial
 */
int mr_once(const struct mr_options *options, struct mr_anonymizer *anonymizer, const char *trigger,
	    struct mr_error *error);

#endif

/* Where the rows and issues of a capture go: a store, or a pipe to the process that has one. */
#ifndef MR_OUTLET_H
#define MR_OUTLET_H

#include <stdint.h>

#include "analyze/roundtrip/roundtrip.h"

struct mr_outlet {
	void *context;
	/** Take one row.  @reading 0: the one the views use; N: capture/again/N.
	 * @return 0, or a negative errno that ends the import */
	int (*row)(void *context, int64_t reading, const struct mr_row *row);
	/** Take what was not understood of the member @path.  @return as row() */
	int (*issue)(void *context, const char *path, const struct mr_issue *issue);
	/** Look at a file before its rows are made: only for who compares it with rows.  NULL: nobody
	 * does.  @return as row() */
	int (*file)(void *context, const struct mr_trip_file *file);
};

#endif

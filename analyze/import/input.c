/* What is in an input.  See input.h. */
#include "analyze/import/input.h"

#include <errno.h>

#include "analyze/import/own.h"
#include "analyze/import/read_own.h"

int mr_input_read(struct mr_archive *archive, const struct mr_input_options *options,
		  const struct mr_intake *intake, struct mr_error *error)
{
	struct mr_archive_entry entry;
	struct mr_own own = {0};

	int result = mr_archive_next(archive, &entry, error);
	if (result > 0)
		result = mr_own_begin(&own, archive, &entry, error);
	if (result > 0)
		result = mr_read_own(&own, "", options->salvage, intake, error);
	else if (!result)
		result = mr_error_set(error, -EBADMSG, "%s is not an archive that memreckon-collect writes",
				      mr_archive_name(archive));
	mr_own_close(&own);
	return result == -ENODATA ? -EBADMSG : result;
}

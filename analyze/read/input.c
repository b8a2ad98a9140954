/* What is in an input.  See input.h. */
#include "analyze/read/input.h"

#include <errno.h>
#include <string.h>

#include "analyze/read/errand.h"
#include "analyze/read/foreign/loose.h"
#include "analyze/read/own/own.h"
#include "analyze/read/foreign/read_foreign.h"
#include "analyze/read/own/read_own.h"

int mr_input_read_archive(const struct mr_walk *walk, struct mr_archive *archive, const char *name,
			  struct mr_error *error)
{
	struct mr_archive_entry entry;
	struct mr_own own = {0};

	int result = mr_archive_next(archive, &entry, error);
	if (result <= 0)
		return result ? result
			      : mr_error_set(error, -ENOMSG, "%s holds nothing", mr_archive_name(archive));
	if (mr_archive_kind(archive) == MR_ARCHIVE_FILE)
		return mr_read_loose(walk, archive, &entry, name, error);
	result = mr_own_begin(&own, archive, &entry, error);
	if (result > 0)
		result = mr_read_own(&own, name, walk->options->salvage, walk->intake, error);
	else if (!result)
		result = mr_read_foreign(walk, archive, &entry, name, error);
	mr_own_close(&own);
	return result;
}

/* One more pass, for what the one before has left. */
static int run_errands(struct mr_walk *walk, struct mr_archive *archive, struct mr_error *error)
{
	int result = mr_archive_rewind(archive, error);

	return result ? result : mr_input_read_archive(walk, archive, "", error);
}

static int refuse_mixture(const struct mr_archive *archive, struct mr_error *error)
{
	return mr_error_set(error, -EFBIG,
			    "%s: the files of more than %d captures are mixed with each other; the rest of "
			    "them refused",
			    mr_archive_name(archive), MR_PASSES_MAX);
}

int mr_input_read(struct mr_archive *archive, const struct mr_input_options *options,
		  const struct mr_intake *intake, struct mr_error *error)
{
	struct mr_errands now = {0}, next = {0};
	struct mr_walk walk = {.options = options, .intake = intake, .next = &next};

	int result = mr_input_read_archive(&walk, archive, "", error);
	walk.now = &now;
	for (unsigned passes = 1; !result && next.count; passes++) {
		mr_errands_deinit(&now);
		now = next;
		next = (struct mr_errands){0};
		result = passes < MR_PASSES_MAX ? run_errands(&walk, archive, error)
						: refuse_mixture(archive, error);
	}
	mr_errands_deinit(&now);
	mr_errands_deinit(&next);
	return result;
}

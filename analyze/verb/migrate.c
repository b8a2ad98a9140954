/* migrate: an older database becomes one of this program's.  import, prune and merge do the same on their
 * way. */
#include <errno.h>

#include "analyze/verb/query.h"
#include "analyze/verb/verb.h"
#include "schema/catalog.h"

enum column { FROM, TO, SNAPSHOTS, COLUMN_COUNT };

static const struct mr_column columns[] = {
	{"from_schema", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"to_schema", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
	{"snapshots_count", "", MR_COLUMN_INTEGER, MR_COLUMN_DATA_ONLY},
};

int mr_verb_migrate(struct mr_call *call, struct mr_error *error)
{
	struct mr_report *report = &call->report;
	struct mr_section *section = mr_report_section(report, "rows", columns, COLUMN_COUNT);
	struct mr_report_row *row = section ? mr_section_row(report, section) : NULL;
	int64_t snapshots_count;

	if (call->options.argument_count)
		return mr_error_set(error, -EINVAL, "migrate takes no arguments: memreckon migrate -d %s",
				    call->options.arguments[0]);
	int result =
		row ? mr_store_open(call->options.database, MR_STORE_UPDATE, &call->selection.store, error)
		    : mr_error_set(error, -ENOMEM, "out of memory");
	if (!result)
		result = mr_query_number(call->selection.store, "SELECT count(*) FROM snapshot",
					 &snapshots_count, error);
	if (result < 0)
		return result;
	int64_t from_version = mr_store_migrated_from(call->selection.store);
	row->cells[FROM] = mr_cell_integer(from_version ? from_version : MR_SCHEMA_VERSION);
	row->cells[TO] = mr_cell_integer(MR_SCHEMA_VERSION);
	row->cells[SNAPSHOTS] = mr_cell_integer(snapshots_count);
	mr_report_head(report,
		       from_version
			       ? mr_report_format(report, "%s  schema %lld is now schema %d, %s snapshot%s",
						  call->options.database, (long long)from_version,
						  MR_SCHEMA_VERSION, mr_number_count(snapshots_count).text,
						  snapshots_count == 1 ? "" : "s")
			       : mr_report_format(report, "%s  has schema %d already", call->options.database,
						  MR_SCHEMA_VERSION));
	mr_call_next(call, "list", NULL, 0, 0);
	return 0;
}

/* Members of the collector's own that go on: capture/cgroups.csv, then capture/more/1/capture/cgroups.csv, …
 *
 * Unlike the parts of a kernel file each part is whole records, and other members stand between them, so each
 * is parsed by itself, behind the header line of the first. */
#ifndef MR_RECORDS_H
#define MR_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/buffer.h"
#include "schema/catalog.h"

/** Most files that may go on; those with fixed paths of shape CSV_ROWS. */
#define MR_RECORDS_FILES_MAX 4

struct mr_records_file {
	const struct mr_source *source; /**< NULL: this room is free */
	struct mr_buffer header;        /**< with its newline */
	int64_t more_count;             /**< parts so far, without the first */
};

/** All zero is none. */
struct mr_records {
	struct mr_records_file files[MR_RECORDS_FILES_MAX];
	struct mr_buffer text; /**< of the part at hand, with the header in front */
};

void mr_records_deinit(struct mr_records *records);

/** Whether members of this source may go on in parts of whole records. */
bool mr_records_may_continue(const struct mr_source *source);

/** Keep the header of the first part of a file.  @return 0 or -ENOMEM */
int mr_records_begin(struct mr_records *records, const struct mr_source *source, const char *bytes,
		     size_t length_bytes);

/**
 * Put the header in front of part @number, from 1.
 *
 * @return  1 and records->text; 0 when it is not the part behind the one before; -ENOMEM
 */
int mr_records_continue(struct mr_records *records, const struct mr_source *source, int64_t number,
			const char *bytes, size_t length_bytes);

#endif

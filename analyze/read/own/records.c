/* The header of a file of records is kept for its later parts.  See records.h. */
#include "analyze/read/own/records.h"

#include <errno.h>
#include <string.h>

void mr_records_deinit(struct mr_records *records)
{
	for (size_t i = 0; i < MR_RECORDS_FILES_MAX; i++)
		mr_buffer_deinit(&records->files[i].header);
	mr_buffer_deinit(&records->text);
	*records = (struct mr_records){0};
}

bool mr_records_may_continue(const struct mr_source *source)
{
	return source->phase == MR_PHASE_CAPTURE && source->shape == MR_SHAPE_CSV_ROWS &&
	       !strchr(source->pattern, '{');
}

static struct mr_records_file *find(struct mr_records *records, const struct mr_source *source)
{
	for (size_t i = 0; i < MR_RECORDS_FILES_MAX; i++)
		if (records->files[i].source == source)
			return &records->files[i];
	return NULL;
}

int mr_records_begin(struct mr_records *records, const struct mr_source *source, const char *bytes,
		     size_t length_bytes)
{
	struct mr_records_file *file = find(records, NULL);
	const char *end = memchr(bytes, '\n', length_bytes);

	/* without a header line its parts could not be read */
	if (!file || !end)
		return 0;
	file->source = source;
	mr_buffer_append(&file->header, bytes, (size_t)(end - bytes) + 1);
	return file->header.failed ? -ENOMEM : 0;
}

int mr_records_continue(struct mr_records *records, const struct mr_source *source, int64_t number,
			const char *bytes, size_t length_bytes)
{
	struct mr_records_file *file = find(records, source);

	if (!file || number != file->more_count + 1)
		return 0;
	file->more_count++;
	mr_buffer_clear(&records->text);
	mr_buffer_append(&records->text, file->header.data, file->header.length_bytes);
	mr_buffer_append(&records->text, bytes, length_bytes);
	return records->text.failed ? -ENOMEM : 1;
}

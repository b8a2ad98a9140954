/* What is left out.  See refusals.h. */
#include "analyze/read/foreign/refusals.h"
#include "schema/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A hostile archive can hold millions of them. */
#define TEXTS_BYTES_MAX ((size_t)1 << 20)

void mr_refusals_deinit(struct mr_refusals *refusals)
{
	mr_buffer_deinit(&refusals->texts);
}

bool mr_refusals_is_loss(const struct mr_archive_entry *entry, const char *path)
{
	static const char *const of_no_file[] = {"symbolic link", "hard link", "neither file nor folder"};
	bool is_file = true;

	for (size_t i = 0; i < sizeof(of_no_file) / sizeof(of_no_file[0]); i++)
		is_file &= strcmp(entry->refused, of_no_file[i]) != 0;
	if (is_file || !path)
		return is_file;
	return (mr_text_begins(path, "proc/") || mr_text_begins(path, "sys/")) && mr_foreign_wants(path);
}

int mr_refusals_add(struct mr_refusals *refusals, const char *path, const char *reason)
{
	struct mr_buffer *texts = &refusals->texts;

	/* all of them are told: room for the next ones */
	if (refusals->told_bytes > TEXTS_BYTES_MAX / 2 && refusals->told_bytes == texts->length_bytes) {
		mr_buffer_clear(texts);
		refusals->told_bytes = 0;
	}
	if (texts->length_bytes > TEXTS_BYTES_MAX)
		return 0;
	mr_buffer_append(texts, path, strlen(path) + 1);
	mr_buffer_append(texts, reason, strlen(reason) + 1);
	return texts->failed ? -ENOMEM : 0;
}

int mr_refusals_tell(struct mr_refusals *refusals, const char *anchor, struct mr_foreign *foreign)
{
	int result = 0;

	while (!result && refusals->told_bytes < refusals->texts.length_bytes) {
		const char *path = refusals->texts.data + refusals->told_bytes,
			   *reason = path + strlen(path) + 1;

		refusals->told_bytes += strlen(path) + strlen(reason) + 2;
		if (mr_text_begins(path, anchor))
			result = mr_foreign_issue(foreign, path, MR_ISSUE_UNKNOWN_FILE, reason);
	}
	return result;
}

const char *mr_refusals_first(const struct mr_refusals *refusals, char *buffer, size_t buffer_bytes)
{
	const char *path = refusals->texts.length_bytes ? refusals->texts.data : NULL;
	char printable[256];

	buffer[0] = '\0';
	if (path)
		snprintf(buffer, buffer_bytes, "\n  left out:  %s, %s",
			 mr_archive_printable(path, printable, sizeof(printable)), path + strlen(path) + 1);
	return buffer;
}

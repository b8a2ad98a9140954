/* Rows of capture/meta.csv and capture/end.csv taken apart.  See facts.h. */
#include "analyze/read/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/read/row.h"

#define META_PATH "capture/meta.csv"

/* A text as a string of its own; NULL when there is none, it is empty, or there is no memory. */
static char *text(const struct mr_row *row, const char *column)
{
	const struct mr_value *value = mr_row_value(row, column);

	if (value->type != MR_VALUE_TEXT || !value->text.length_bytes)
		return NULL;
	return strndup(value->text.bytes, value->text.length_bytes);
}

static bool text_is(const struct mr_row *row, const char *column, const char *wanted)
{
	const struct mr_value *value = mr_row_value(row, column);

	return value->type == MR_VALUE_TEXT && value->text.length_bytes == strlen(wanted) &&
	       !memcmp(value->text.bytes, wanted, value->text.length_bytes);
}

/* A mount point as the front of member paths: "sys/fs/cgroup".  A v2 hierarchy at "/" makes no sense. */
static char *mount_point(const struct mr_row *row, const char *column)
{
	char *mount = text(row, column);

	if (!mount)
		return NULL;
	size_t slashes = strspn(mount, "/");
	memmove(mount, mount + slashes, strlen(mount + slashes) + 1);
	for (size_t length = strlen(mount); length && mount[length - 1] == '/'; length--)
		mount[length - 1] = '\0';
	if (*mount)
		return mount;
	free(mount);
	return NULL;
}

static int take_row(void *context, const struct mr_row *row)
{
	struct mr_facts *facts = context;

	if (facts->uuid)
		return 0;
	facts->format = mr_row_integer(row, "format", 0);
	facts->uuid = text(row, "uuid");
	facts->host = text(row, "host");
	facts->tool = text(row, "tool");
	facts->has_taken_ns = mr_row_value(row, "taken_ns")->type == MR_VALUE_INTEGER;
	facts->taken_ns = mr_row_integer(row, "taken_ns", 0);
	facts->endianness = text_is(row, "endianness", "little") ? MR_ENDIAN_LITTLE
			    : text_is(row, "endianness", "big")  ? MR_ENDIAN_BIG
								 : MR_ENDIAN_UNKNOWN;
	facts->cgroup1_mount = mount_point(row, "cgroup1_memory_mount");
	facts->cgroup2_mount = mount_point(row, "cgroup2_mount");
	return 0;
}

/* The same text is parsed again, into the store; its issues are put there then. */
static int pass_over(void *context, const struct mr_issue *issue)
{
	return 0;
}

int mr_facts_read(struct mr_facts *facts, const char *name, const char *bytes, size_t length_bytes,
		  struct mr_error *error)
{
	const struct mr_sink sink = {.context = facts, .row = take_row, .issue = pass_over};
	struct mr_match match;

	if (!mr_source_match(META_PATH, NULL, &match))
		return mr_error_set(error, -EINVAL, "%s is on no list", META_PATH);
	const struct mr_parse_input input = {.match = &match,
					     .path = META_PATH,
					     .text = bytes,
					     .length_bytes = length_bytes,
					     .little_endian = true};
	int result = mr_parse(&input, &sink);
	if (result < 0)
		return mr_error_set(error, result, "%s: %s", name, strerror(-result));
	if (facts->format > MR_ARCHIVE_FORMAT)
		return mr_error_set(error, -EPROTONOSUPPORT,
				    "%s has archive format %lld, this program knows format %d. A newer "
				    "memreckon-collect wrote it.",
				    name, (long long)facts->format, MR_ARCHIVE_FORMAT);
	if (facts->format < 1 || !facts->uuid || !facts->has_taken_ns)
		return mr_error_set(error, -EBADMSG,
				    "%s: %s has no %s, so it was not written by memreckon-collect", name,
				    META_PATH,
				    facts->format < 1 ? "format"
				    : !facts->uuid    ? "snapshot_id"
						      : "realtime_ns");
	return 0;
}

void mr_facts_deinit(struct mr_facts *facts)
{
	free(facts->uuid);
	free(facts->host);
	free(facts->tool);
	free(facts->cgroup1_mount);
	free(facts->cgroup2_mount);
	*facts = (struct mr_facts){0};
}

struct mr_mounts mr_facts_mounts(const struct mr_facts *facts)
{
	return (struct mr_mounts){.cgroup1 = facts->cgroup1_mount, .cgroup2 = facts->cgroup2_mount};
}

void mr_end_facts_take(struct mr_end_facts *facts, const struct mr_row *row)
{
	const struct mr_value *digest = mr_row_value(row, "index_sha256");

	facts->is_there = true;
	facts->is_complete = text_is(row, "completeness", "complete");
	facts->members_count = mr_row_integer(row, "members_count", -1);
	facts->readings_count = mr_row_integer(row, "readings_count", -1);
	facts->failed_count = mr_row_integer(row, "failed_count", -1);
	if (digest->type == MR_VALUE_TEXT && digest->text.length_bytes == sizeof(facts->index_sha256) - 1) {
		memcpy(facts->index_sha256, digest->text.bytes, digest->text.length_bytes);
		facts->index_sha256[digest->text.length_bytes] = '\0';
	}
}

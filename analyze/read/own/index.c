/* Rows of the index into reading and coverage.  See index.h. */
#include "analyze/read/own/index.h"

#include <errno.h>
#include <nettle/base16.h>
#include <string.h>

#include "analyze/archive_in/archive_in.h"
#include "analyze/read/row.h"
#include "schema/base/cleanup.h"

void mr_index_init(struct mr_index *index)
{
	*index = (struct mr_index){0};
	sha256_init(&index->sha256);
}

void mr_index_deinit(struct mr_index *index)
{
	mr_coverage_deinit(&index->coverage);
	mr_index_reader_deinit(&index->reader);
}

void mr_index_hash(struct mr_index *index, const char *bytes, size_t length_bytes)
{
	sha256_update(&index->sha256, length_bytes, (const uint8_t *)bytes);
}

void mr_index_digest(const struct mr_index *index, char ret_hex[2 * SHA256_DIGEST_SIZE + 1])
{
	struct sha256_ctx sha256 = index->sha256;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(&sha256, sizeof(digest), digest);
	base16_encode_update(ret_hex, sizeof(digest), digest);
	ret_hex[2 * SHA256_DIGEST_SIZE] = '\0';
}

/* The member that the row is about, or NULL. */
static const struct mr_member *find_member(struct mr_index *index, const struct mr_index_row *row)
{
	const char *path = mr_index_row_member(&index->reader, row);

	return path ? mr_members_find(index->members, path) : NULL;
}

/* A row with a digest has a member with these bytes. */
static int verify_member(const struct mr_index *index, const struct mr_index_row *row,
			 const struct mr_member *member, struct mr_error *error)
{
	char printable[256];

	if (!row->has_digest || (!member && index->has_left_out))
		return 0;
	if (!member)
		return mr_error_set(error, -EBADMSG, "%s: damaged, %s is listed and not there",
				    index->archive_name,
				    mr_archive_printable(row->path, printable, sizeof(printable)));
	if (mr_index_row_has_sha256(row, member->sha256))
		return 0;
	return mr_error_set(error, -EBADMSG, "%s: damaged, %s is not what the collector wrote",
			    index->archive_name,
			    mr_archive_printable(row->path, printable, sizeof(printable)));
}

/* Files of single processes and cgroups are too many to be kept one by one. */
static bool is_one_of_many(const struct mr_source *source, const char *path)
{
	static const char proc[] = "proc/";

	if (!source)
		return !strncmp(path, proc, strlen(proc)) && path[strlen(proc)] >= '0' &&
		       path[strlen(proc)] <= '9';
	return source->phase == MR_PHASE_CGROUP_QUIET || source->phase == MR_PHASE_CGROUP ||
	       source->phase == MR_PHASE_PROCESS || source->phase == MR_PHASE_PROCESS_WALK ||
	       source->phase == MR_PHASE_THREAD;
}

static int put_reading(const struct mr_index *index, const struct mr_index_row *row)
{
	struct mr_row reading = {.table = mr_table_find("reading")};

	mr_row_set_string(&reading, "path", row->path);
	mr_row_set(&reading, "role", row->role);
	mr_row_set(&reading, "status", row->status);
	mr_row_set(&reading, "read_bytes", row->bytes);
	mr_row_set(&reading, "start_ns", row->start_ns);
	mr_row_set(&reading, "duration_ns", row->duration_ns);
	return index->outlet->row(index->outlet->context, row->reading, &reading);
}

static const struct mr_source *find_source(const struct mr_index *index, const struct mr_member *member,
					   const char *path)
{
	struct mr_match match;

	if (member)
		return member->source;
	return mr_source_match(path, &index->mounts, &match) ? match.source : NULL;
}

static int count(struct mr_index *index, const struct mr_source *source, const struct mr_index_row *row,
		 struct mr_error *error)
{
	const struct mr_coverage_reading reading = {
		.status = row->status->text.bytes,
		.status_length = row->status->text.length_bytes,
		.is_canonical = row->is_canonical,
		.bytes = row->bytes->type == MR_VALUE_INTEGER ? row->bytes->integer : 0,
		.has_start = row->start_ns->type == MR_VALUE_INTEGER,
		.start_ns = row->start_ns->integer,
		.has_duration = row->duration_ns->type == MR_VALUE_INTEGER,
		.duration_ns = row->duration_ns->integer,
	};

	return mr_coverage_add(&index->coverage, source, &reading) < 0
		       ? mr_error_set(error, -ENOMEM, "%s: out of memory", index->archive_name)
		       : 0;
}

int mr_index_take(struct mr_index *index, const struct mr_row *row, struct mr_error *error)
{
	struct mr_index_row taken;

	if (!mr_index_row_read(&index->reader, row, &taken))
		return 0;
	const struct mr_member *member = find_member(index, &taken);
	int result = verify_member(index, &taken, member, error);
	if (result < 0)
		return result;
	const struct mr_source *source = find_source(index, member, taken.path);
	if (!taken.is_ok || (!taken.is_more && !is_one_of_many(source, taken.path)))
		result = put_reading(index, &taken);
	/* the parts of a file are one reading of it */
	if (!result && source && (taken.is_canonical || (taken.is_more && taken.is_ok)))
		result = count(index, source, &taken, error);
	if (result < 0)
		return result;
	return taken.is_more && !taken.is_ok;
}

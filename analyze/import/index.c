/* Rows of the index into reading and coverage.  See index.h. */
#include "analyze/import/index.h"

#include <errno.h>
#include <nettle/base16.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/archive_in/archive_in.h"
#include "analyze/import/row.h"
#include "schema/base/cleanup.h"

#define STATUS_BYTES 32
/* Kinds of (source, status) that are told apart.  An index that was written by the collector has a few
 * hundred; one made to hurt gets the rest of its names counted as one. */
#define COVERAGE_MAX 1024

/* One row of coverage. */
struct mr_coverage {
	const struct mr_source *source;
	char status[STATUS_BYTES];
	int64_t readings_count;
	int64_t bytes;
	int64_t first_start_ns; /* INT64_MAX: not known */
	int64_t last_end_ns;    /* INT64_MIN: not known */
};

void mr_index_init(struct mr_index *index)
{
	*index = (struct mr_index){0};
	sha256_init(&index->sha256);
}

void mr_index_deinit(struct mr_index *index)
{
	free(index->coverage);
	mr_index_reader_deinit(&index->reader);
	index->coverage = NULL;
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

static bool counts_as(const struct mr_coverage *coverage, const struct mr_source *source, const char *status)
{
	return coverage->source == source && !strcmp(coverage->status, status);
}

/* The row of coverage for a source and a status, made when it is the first; NULL when there is no memory. */
static struct mr_coverage *find_coverage(struct mr_index *index, const struct mr_source *source,
					 const char *status)
{
	for (size_t step = 0; step < index->coverage_count; step++) {
		/* the reading before was mostly of the same kind */
		size_t i = (index->latest_coverage + step) % index->coverage_count;
		if (counts_as(&index->coverage[i], source, status)) {
			index->latest_coverage = i;
			return &index->coverage[i];
		}
	}
	if (!index->coverage)
		index->coverage = calloc(COVERAGE_MAX + mr_source_count, sizeof(*index->coverage));
	if (!index->coverage)
		return NULL;
	if (index->coverage_count >= COVERAGE_MAX && strcmp(status, "other") != 0)
		return find_coverage(index, source, "other");
	struct mr_coverage *coverage = &index->coverage[index->coverage_count++];
	coverage->source = source;
	coverage->first_start_ns = INT64_MAX;
	coverage->last_end_ns = INT64_MIN;
	snprintf(coverage->status, sizeof(coverage->status), "%s", status);
	return coverage;
}

static int count(struct mr_index *index, const struct mr_source *source, const struct mr_index_row *row,
		 struct mr_error *error)
{
	char status[STATUS_BYTES];
	size_t length = row->status->text.length_bytes < sizeof(status) ? row->status->text.length_bytes
									: sizeof(status) - 1;
	int64_t end_ns;

	memcpy(status, row->status->text.bytes, length);
	status[length] = '\0';
	struct mr_coverage *coverage = find_coverage(index, source, status);
	if (!coverage)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", index->archive_name);
	coverage->readings_count += row->is_canonical;
	if (row->bytes->type == MR_VALUE_INTEGER &&
	    __builtin_add_overflow(coverage->bytes, row->bytes->integer, &coverage->bytes))
		coverage->bytes = INT64_MAX;
	if (row->start_ns->type != MR_VALUE_INTEGER)
		return 0;
	if (row->start_ns->integer < coverage->first_start_ns)
		coverage->first_start_ns = row->start_ns->integer;
	if (row->duration_ns->type == MR_VALUE_INTEGER &&
	    !__builtin_add_overflow(row->start_ns->integer, row->duration_ns->integer, &end_ns) &&
	    end_ns > coverage->last_end_ns)
		coverage->last_end_ns = end_ns;
	return 0;
}

static const struct mr_source *find_source(const struct mr_index *index, const struct mr_member *member,
					   const char *path)
{
	struct mr_match match;

	if (member)
		return member->source;
	return mr_source_match(path, &index->mounts, &match) ? match.source : NULL;
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

static int put_coverage(const struct mr_index *index, const struct mr_coverage *coverage)
{
	struct mr_row row = {.table = mr_table_find("coverage")};

	mr_row_set_string(&row, "source", coverage->source->pattern);
	mr_row_set_string(&row, "status", coverage->status);
	mr_row_set_integer(&row, "readings_count", coverage->readings_count);
	mr_row_set_integer(&row, "read_bytes", coverage->bytes);
	if (coverage->first_start_ns != INT64_MAX)
		mr_row_set_integer(&row, "first_start_ns", coverage->first_start_ns);
	if (coverage->last_end_ns != INT64_MIN)
		mr_row_set_integer(&row, "last_end_ns", coverage->last_end_ns);
	return index->outlet->row(index->outlet->context, 0, &row);
}

int mr_index_put_coverage(const struct mr_index *index)
{
	int result = 0;

	for (size_t i = 0; !result && i < index->coverage_count; i++)
		result = put_coverage(index, &index->coverage[i]);
	return result;
}

/* Loose files into captures.  See loose_files.h. */
#include "analyze/read/foreign/loose_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/read/foreign/foreign.h"
#include "analyze/read/foreign/loose.h"
#include "analyze/read/members.h"
#include "schema/base/cleanup.h"

static void file_deinit(struct mr_loose_file *file)
{
	free(file->member);
	free(file->path);
	free(file->bytes);
}

void mr_loose_files_deinit(struct mr_loose_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		file_deinit(&files->items[i]);
	free(files->items);
	*files = (struct mr_loose_files){0};
}

bool mr_loose_files_wants(const struct mr_loose_files *files)
{
	return files->looked_count < MR_LOOSE_FILES_MAX;
}

static char *copy(const char *bytes, size_t length_bytes)
{
	char *result = malloc(length_bytes + 1);

	if (result) {
		memcpy(result, bytes, length_bytes);
		result[length_bytes] = '\0';
	}
	return result;
}

static int keep(struct mr_loose_files *files, const char *member, const char *path, const char *bytes,
		size_t length_bytes)
{
	struct mr_loose_file *grown = reallocarray(files->items, files->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	files->items = grown;
	struct mr_loose_file *file = &grown[files->count++];
	*file = (struct mr_loose_file){
		.member = strdup(member),
		.path = strdup(path),
		.bytes = copy(bytes, length_bytes),
		.length_bytes = length_bytes,
	};
	files->kept_bytes += length_bytes;
	return file->member && file->path && file->bytes ? 0 : -ENOMEM;
}

int mr_loose_files_add(struct mr_loose_files *files, const char *member, const char *bytes,
		       size_t length_bytes)
{
	struct mr_buffer path = {0};
	int result = 0;

	if (!mr_loose_files_wants(files))
		return 0;
	files->looked_count++;
	if (mr_loose_path(bytes, length_bytes, &path) &&
	    length_bytes <= MR_LOOSE_BYTES_MAX - files->kept_bytes)
		result = keep(files, member, path.data, bytes, length_bytes);
	else if (path.failed)
		result = -ENOMEM;
	mr_buffer_deinit(&path);
	return result;
}

/* ---- which belong together ---- */

/* "cases/17" of "cases/17.meminfo": what those of one capture have in common. */
static size_t stem_bytes(const char *member)
{
	const char *name = strrchr(member, '/');
	const char *dot = strrchr(name ? name : member, '.');

	return dot ? (size_t)(dot - member) : strlen(member);
}

static int by_path(const void *a, const void *b)
{
	const struct mr_loose_file *one = a, *other = b;
	int order = strcmp(one->path, other->path);

	return order ? order : strcmp(one->member, other->member);
}

static int by_stem(const void *a, const void *b)
{
	const struct mr_loose_file *one = a, *other = b;
	size_t length = stem_bytes(one->member), other_length = stem_bytes(other->member);
	int order = memcmp(one->member, other->member, length < other_length ? length : other_length);

	if (!order && length != other_length)
		order = length < other_length ? -1 : 1;
	return order ? order : by_path(a, b);
}

static bool is_one_capture(struct mr_loose_files *files)
{
	qsort(files->items, files->count, sizeof(*files->items), by_path);
	for (size_t i = 1; i < files->count; i++)
		if (!strcmp(files->items[i - 1].path, files->items[i].path))
			return false;
	return true;
}

/* @return behind the last file that belongs to the capture of @first */
static size_t end_of_capture(const struct mr_loose_files *files, size_t first)
{
	size_t length = stem_bytes(files->items[first].member), i = first + 1;

	for (; i < files->count; i++)
		if (stem_bytes(files->items[i].member) != length ||
		    memcmp(files->items[i].member, files->items[first].member, length) != 0)
			break;
	return i;
}

/* ---- one capture ---- */

struct telling {
	const struct mr_walk *walk;
	const struct mr_archive *archive;
	const struct mr_loose_file *files;
	size_t count;
	struct mr_foreign *foreign;
	struct mr_members members;
};

static int tell_files(struct telling *telling)
{
	int result = 0;

	for (size_t i = 0; !result && i < telling->count; i++) {
		const struct mr_loose_file *from = &telling->files[i];
		const struct mr_foreign_file file = {
			.path = from->path,
			.member = from->member,
			.bytes = from->bytes,
			.length_bytes = from->length_bytes,
			/* as of a single file: when it was stored says nothing */
			.mtime_s = -1,
		};
		int added =
			mr_members_add(&telling->members, from->path, NULL, from->bytes, from->length_bytes);

		result = added < 0 ? added
			 : added   ? mr_foreign_take(telling->foreign, &file)
				   : mr_foreign_issue(telling->foreign, from->member, MR_ISSUE_DOUBLED_KEY,
						      "a second file of this kind");
	}
	return result;
}

static int tell_capture(struct telling *telling, const char *name)
{
	const struct mr_intake *intake = telling->walk->intake;
	const char *archive_name = mr_archive_name(telling->archive);
	char digest[MR_DIGEST_HEX_BYTES];
	struct mr_capture capture = {
		.name = name,
		.completeness = MR_UNKNOWN,
		.stored_bytes = (int64_t)mr_archive_stored_bytes(telling->archive),
		.digest = digest,
	};

	int result = intake->begin(intake->outlet.context, &capture);
	if (!result)
		result = tell_files(telling);
	if (!result)
		result = mr_members_digest(&telling->members, "", digest, NULL);
	if (!result)
		result = mr_foreign_conclude(telling->foreign, &telling->walk->options->given,
					     *name ? name : archive_name, &capture);
	capture.origin = "file";
	capture.members_count = (int64_t)telling->members.count;
	return result ? result : intake->end(intake->outlet.context, &capture);
}

/* @stem_length  0: the capture is all that is loose */
static char *capture_name(const char *name, const struct mr_loose_file *first, size_t stem_length)
{
	char *result;

	return asprintf(&result, "%s%s%.*s", name, *name && stem_length ? ":" : "", (int)stem_length,
			first->member) < 0
		       ? NULL
		       : result;
}

static int tell(struct telling *telling, const char *name, bool is_all)
{
	size_t stem_length = is_all ? 0 : stem_bytes(telling->files[0].member);
	_cleanup_free_ char *inside = capture_name(name, &telling->files[0], stem_length);

	telling->foreign = mr_foreign_create(telling->walk->intake);
	int result = inside && telling->foreign ? tell_capture(telling, inside) : -ENOMEM;
	mr_foreign_destroy(telling->foreign);
	mr_members_deinit(&telling->members);
	return result;
}

int mr_loose_files_tell(struct mr_loose_files *files, const struct mr_walk *walk,
			const struct mr_archive *archive, const char *name, uint64_t *captures_count)
{
	bool is_all = !files->count || is_one_capture(files);
	int result = 0;

	if (!is_all)
		qsort(files->items, files->count, sizeof(*files->items), by_stem);
	for (size_t first = 0, end; !result && first < files->count; first = end) {
		end = is_all ? files->count : end_of_capture(files, first);
		struct telling telling = {.walk = walk,
					  .archive = archive,
					  .files = &files->items[first],
					  .count = end - first};

		result = tell(&telling, name, is_all);
		(*captures_count)++;
	}
	return result;
}

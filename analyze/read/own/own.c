/* Archives of ours below their top directory.  See own.h. */
#include "analyze/read/own/own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_MEMBER "capture/meta.csv"

ptrdiff_t mr_own_top(const char *path)
{
	size_t length = strlen(path), wanted = strlen(FIRST_MEMBER);

	if (length < wanted || strcmp(path + length - wanted, FIRST_MEMBER) != 0)
		return -1;
	if (length > wanted && path[length - wanted - 1] != '/')
		return -1;
	return (ptrdiff_t)(length - wanted);
}

int mr_own_begin(struct mr_own *own, struct mr_archive *archive, const struct mr_archive_entry *entry,
		 struct mr_error *error)
{
	ptrdiff_t top_bytes = entry->refused ? -1 : mr_own_top(entry->path);

	if (top_bytes < 0)
		return 0;
	own->archive = archive;
	own->top_bytes = (size_t)top_bytes;
	own->top = strndup(entry->path, own->top_bytes);
	if (!own->top)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", mr_archive_name(archive));
	mr_archive_set_top(archive, own->top_bytes);
	own->first = (struct mr_archive_member){.path = FIRST_MEMBER};
	own->first_is_pending = true;
	int result = mr_archive_read(archive, &own->first.bytes, &own->first.length_bytes, error);
	return result < 0 ? result : 1;
}

/* Before the first header is read a failure means: this is something else. */
static int not_ours(const char *path, int number, bool has_member, struct mr_error *error)
{
	if (number != -EBADMSG)
		return number;
	*error = (struct mr_error){0};
	return mr_error_set(error, -EBADMSG,
			    has_member ? "%s: no " FIRST_MEMBER
					 " in front, so it was not written by memreckon-collect"
				       : "%s is not an archive that memreckon-collect writes",
			    path);
}

int mr_own_open(struct mr_own *own, const char *path, const struct mr_archive_limits *limits,
		struct mr_error *error)
{
	struct mr_archive_entry entry;
	struct mr_error local = {0};
	bool has_member = false;

	*own = (struct mr_own){.owns_archive = true};
	error = error ? error : &local;
	int result = mr_archive_open(path, limits, &own->archive, error);
	if (result < 0)
		return result;
	if (mr_archive_kind(own->archive) == MR_ARCHIVE_FOLDER)
		return mr_error_set(error, -EISDIR, "%s is a folder, not an archive", path);
	result = mr_archive_next(own->archive, &entry, error);
	if (result > 0) {
		has_member = mr_archive_kind(own->archive) == MR_ARCHIVE_TAR;
		result = mr_own_begin(own, own->archive, &entry, error);
	}
	if (!result)
		result = -EBADMSG;
	return result > 0 ? 0 : not_ours(path, result, has_member, error);
}

/* The next member of the archive, with its bytes when they may be had. */
static int read_next(struct mr_own *own, struct mr_archive_member *ret, struct mr_error *error)
{
	struct mr_archive_entry entry;

	int result = mr_archive_next(own->archive, &entry, error);
	if (result <= 0)
		return result;
	if (entry.is_behind_damage)
		return mr_error_set(error, -EBADMSG, "%s: damaged, a member without a header",
				    mr_archive_name(own->archive));
	bool is_below = !strncmp(entry.path, own->top, own->top_bytes);
	*ret = (struct mr_archive_member){
		.path = entry.path + (is_below ? own->top_bytes : 0),
		.refused = entry.refused ? entry.refused
			   : is_below    ? NULL
					 : "outside of the top directory",
	};
	if (!ret->refused)
		result = mr_archive_read(own->archive, &ret->bytes, &ret->length_bytes, error);
	return result < 0 ? result : 1;
}

int mr_own_next(struct mr_own *own, struct mr_archive_member *ret_member, struct mr_error *error)
{
	if (!own->first_is_pending)
		return read_next(own, ret_member, error);
	own->first_is_pending = false;
	*ret_member = own->first;
	return 1;
}

void mr_own_close(struct mr_own *own)
{
	if (own->owns_archive)
		mr_archive_close(own->archive);
	free(own->top);
	*own = (struct mr_own){0};
}

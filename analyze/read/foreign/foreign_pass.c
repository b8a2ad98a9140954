/* The capture at hand and its members.  See foreign_pass.h. */
#include "analyze/read/foreign/foreign_pass.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/read/foreign/place.h"
#include "schema/base/cleanup.h"

#define PIECE_BYTES (64 * 1024)

int mr_foreign_pass_no_memory(struct mr_foreign_pass *pass)
{
	return mr_error_set(pass->error, -ENOMEM, "%s: out of memory", mr_archive_name(pass->archive));
}

/* ---- the capture at hand ---- */

/* "web-03" of "sosreport-web-03/": how a capture is called inside of its input. */
static char *capture_name(const struct mr_foreign_pass *pass)
{
	/* the only one needs no name */
	const char *anchor =
		pass->is_chosen || pass->anchors.count > 1 || pass->captures_count ? pass->anchor : "";
	size_t length = strlen(anchor);
	char *name;

	return asprintf(&name, "%s%s%.*s", pass->name, *pass->name && length ? ":" : "",
			(int)(length ? length - 1 : 0), anchor) < 0
		       ? NULL
		       : name;
}

int mr_foreign_pass_begin(struct mr_foreign_pass *pass, const char *path, size_t anchor_bytes, bool is_proc)
{
	const struct mr_intake *intake = pass->walk->intake;

	free(pass->anchor);
	pass->anchor = strndup(path, anchor_bytes);
	pass->is_proc = is_proc;
	_cleanup_free_ char *name = pass->anchor ? capture_name(pass) : NULL;
	pass->foreign = name ? mr_foreign_create(intake) : NULL;
	if (!pass->foreign)
		return mr_foreign_pass_no_memory(pass);
	return intake->begin(intake->outlet.context, &(struct mr_capture){.name = name});
}

void mr_foreign_pass_forget(struct mr_foreign_pass *pass)
{
	mr_foreign_destroy(pass->foreign);
	pass->foreign = NULL;
	pass->planned = NULL;
}

/* @reason  as intake->drop() */
int mr_foreign_pass_drop(struct mr_foreign_pass *pass, const struct mr_error *reason)
{
	const struct mr_intake *intake = pass->walk->intake;
	_cleanup_free_ char *name = capture_name(pass);

	mr_foreign_pass_forget(pass);
	pass->is_over = true;
	return name ? intake->drop(intake->outlet.context, name, reason) : mr_foreign_pass_no_memory(pass);
}

int mr_foreign_pass_end(struct mr_foreign_pass *pass, bool is_cut_off)
{
	const struct mr_intake *intake = pass->walk->intake;
	size_t members_count;
	char digest[MR_DIGEST_HEX_BYTES];
	_cleanup_free_ char *name = capture_name(pass);
	struct mr_capture capture = {
		.name = name,
		.completeness = is_cut_off ? MR_CUT_OFF : MR_UNKNOWN,
		.stored_bytes = (int64_t)mr_archive_stored_bytes(pass->archive),
		.digest = digest,
	};

	if (!name || mr_members_digest(&pass->members, pass->anchor, digest, &members_count) < 0)
		return mr_foreign_pass_no_memory(pass);
	capture.members_count = (int64_t)members_count;
	int result =
		mr_foreign_conclude(pass->foreign, &pass->walk->options->given,
				    *pass->anchor ? pass->anchor : mr_archive_name(pass->archive), &capture);
	if (result)
		return result;
	if (pass->is_supportconfig)
		capture.origin = "supportconfig";
	result = intake->end(intake->outlet.context, &capture);
	pass->captures_count++;
	mr_foreign_pass_forget(pass);
	mr_members_deinit(&pass->members);
	return result;
}

/* ---- members ---- */

/* Hash a member without keeping it. */
static int hash_member(struct mr_foreign_pass *pass, struct mr_archive *archive,
		       uint8_t ret_sha256[SHA256_DIGEST_SIZE])
{
	static char piece[PIECE_BYTES];
	struct sha256_ctx sha256;
	int64_t got;

	sha256_init(&sha256);
	while ((got = mr_archive_read_piece(archive, piece, sizeof(piece), pass->error)) > 0)
		sha256_update(&sha256, (size_t)got, (const uint8_t *)piece);
	sha256_digest(&sha256, SHA256_DIGEST_SIZE, ret_sha256);
	return (int)got;
}

int mr_foreign_pass_note(struct mr_foreign_pass *pass, const char *path, int added)
{
	if (added < 0)
		return mr_foreign_pass_no_memory(pass);
	return added || !pass->foreign ? 0
				       : mr_foreign_issue(pass->foreign, path, MR_ISSUE_DOUBLED_KEY,
							  "a second member of this name");
}

/* A member that only counts for the identity. */
static int pass_over(struct mr_foreign_pass *pass, struct mr_archive *archive, const char *path)
{
	uint8_t sha256[SHA256_DIGEST_SIZE];
	int result = hash_member(pass, archive, sha256);

	return result ? result
		      : mr_foreign_pass_note(pass, path,
					     mr_members_add_hashed(&pass->members, path, NULL, sha256));
}

/* A member whose bytes are at hand, and that belongs to no capture so far. */
int mr_foreign_pass_look_at(struct mr_foreign_pass *pass, const char *path, const char *bytes,
			    size_t length_bytes)
{
	int result = mr_foreign_pass_note(pass, path,
					  mr_members_add(&pass->members, path, NULL, bytes, length_bytes));

	if (result || pass->is_strong)
		return result;
	return mr_loose_files_add(&pass->loose, path, bytes, length_bytes) ? mr_foreign_pass_no_memory(pass)
									   : 0;
}

/* A member that no path speaks for, as long as nothing else does. */
int mr_foreign_pass_take_outside(struct mr_foreign_pass *pass, const struct mr_archive_entry *entry)
{
	const char *bytes;
	size_t length_bytes;

	if (pass->is_strong || !mr_loose_files_wants(&pass->loose) ||
	    entry->size_bytes > mr_archive_member_bytes_max(pass->archive))
		return pass_over(pass, pass->archive, entry->path);
	int result = mr_archive_read(pass->archive, &bytes, &length_bytes, pass->error);
	return result ? result : mr_foreign_pass_look_at(pass, entry->path, bytes, length_bytes);
}

/* A member whose bytes say something, and are at hand. */
int mr_foreign_pass_take_bytes(struct mr_foreign_pass *pass, const struct mr_foreign_file *file)
{
	int added = mr_members_add(&pass->members, file->member, NULL, file->bytes, file->length_bytes);

	return added <= 0 ? mr_foreign_pass_note(pass, file->member, added)
			  : mr_foreign_take(pass->foreign, file);
}

/* A member whose bytes say something. */
static int take_wanted(struct mr_foreign_pass *pass, struct mr_archive *archive,
		       const struct mr_archive_entry *entry, const char *member, const char *path)
{
	struct mr_foreign_file file = {.path = path, .member = member, .mtime_s = mr_foreign_mtime_s(entry)};

	int result = mr_archive_read(archive, &file.bytes, &file.length_bytes, pass->error);
	return result ? result : mr_foreign_pass_take_bytes(pass, &file);
}

/* Too large to be read: only its being there is told. */
static int leave_out(struct mr_foreign_pass *pass, struct mr_archive *archive,
		     const struct mr_archive_entry *entry, const char *member, const char *path)
{
	const struct mr_foreign_file file = {
		.path = path, .member = member, .mtime_s = mr_foreign_mtime_s(entry)};

	int result = mr_foreign_issue(pass->foreign, member, MR_ISSUE_NUMBER_TOO_LARGE,
				      "larger than a member may be, left out (--max-member-size)");
	if (!result)
		result = mr_foreign_take(pass->foreign, &file);
	return result ? result : pass_over(pass, archive, member);
}

int mr_foreign_pass_take(struct mr_foreign_pass *pass, struct mr_archive *archive,
			 const struct mr_archive_entry *entry, const char *member);

static int take_packed_entries(struct mr_foreign_pass *pass, struct mr_archive *inner, const char *packed)
{
	struct mr_archive_entry entry;
	struct mr_buffer full = {0};
	int result = 0;

	while (!result && (result = mr_archive_next(inner, &entry, pass->error)) > 0) {
		mr_place_unpacked(packed, entry.path, &pass->inside);
		mr_buffer_clear(&full);
		mr_buffer_append_text(&full, pass->anchor);
		mr_buffer_append_text(&full, pass->inside.data ? pass->inside.data : "");
		result = full.failed || pass->inside.failed ? mr_foreign_pass_no_memory(pass)
			 : entry.refused                    ? 0
					 : mr_foreign_pass_take(pass, inner, &entry, full.data);
	}
	mr_buffer_deinit(&full);
	return result;
}

/* A folder that sos has packed: its members as if they lay beside the others.  What is wrong with it costs only it. */
static int take_packed(struct mr_foreign_pass *pass, const char *member, const char *path)
{
	_cleanup_free_ char *packed = strdup(path), *name = strdup(member);
	struct mr_archive *inner = NULL;

	if (!packed || !name)
		return mr_foreign_pass_no_memory(pass);
	int result = mr_archive_open_inner(pass->archive, &inner, pass->error);
	if (!result)
		result = take_packed_entries(pass, inner, packed);
	mr_archive_close(inner);
	if (!mr_archive_is_at_fault(result) && result != -ELOOP)
		return result;
	result = mr_foreign_issue(pass->foreign, name, MR_ISSUE_CUT_OFF, pass->error->message);
	*pass->error = (struct mr_error){0};
	return result;
}

/* A member below the anchor of the capture at hand. */
int mr_foreign_pass_take(struct mr_foreign_pass *pass, struct mr_archive *archive,
			 const struct mr_archive_entry *entry, const char *member)
{
	const char *path = mr_place_path(member, strlen(pass->anchor), pass->is_proc, &pass->path);

	if (pass->path.failed)
		return mr_foreign_pass_no_memory(pass);
	if (archive == pass->archive && mr_place_is_packed(path))
		return take_packed(pass, member, path);
	if (!mr_foreign_wants(path))
		return archive == pass->archive ? mr_foreign_pass_take_outside(pass, entry)
						: pass_over(pass, archive, member);
	if (entry->size_bytes > mr_archive_member_bytes_max(archive))
		return leave_out(pass, archive, entry, member, path);
	return take_wanted(pass, archive, entry, member, path);
}

/* Members of an archive to the captures that they belong to.  See read_foreign.h.
 *
 * One pass over the archive has to do, as taking off the compression is most of the work.  So the first
 * member that speaks for an anchor begins a capture, and what comes later mostly belongs to it.  When a
 * shorter anchor turns up, the one before was a folder inside of it: it is dropped, and the right one gets a
 * pass of its own.  So do further anchors (folders of several hosts), and archives that come while a capture
 * is being told.
 *
 * Until something speaks for an anchor, files are looked at for what they are: kernel files that lie loose.
 */
#include "analyze/import/read_foreign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/archive_in/supportconfig.h"
#include "analyze/import/anchors.h"
#include "analyze/import/foreign.h"
#include "analyze/import/loose_files.h"
#include "analyze/import/members.h"
#include "analyze/import/place.h"
#include "analyze/import/refusals.h"
#include "schema/base/cleanup.h"
#include "schema/base/text.h"

/* Folders in front of the name of an archive that may be a host's: what lies deeper is content of a capture.
 */
#define BUNDLE_DEPTH_MAX 2
#define PIECE_BYTES (64 * 1024)

struct reading {
	const struct mr_walk *walk;
	struct mr_archive *archive;
	const char *name;
	bool is_passing; /* on the way to an inner archive: nothing of this one is told */
	struct mr_anchors anchors;
	struct mr_members members;
	struct mr_loose_files loose; /* of an archive that has no anchor so far */
	struct mr_buffer path;   /* canonical, of the member at hand */
	struct mr_buffer inside; /* of a member of a packed folder */
	struct mr_refusals refusals;
	struct mr_error *error;
	uint64_t captures_count; /* told here or left for another pass */

	/* the capture at hand */
	struct mr_foreign *foreign; /* NULL: none */
	char *anchor;
	bool is_proc;
	bool is_chosen; /* by an errand: it is the right one */
	bool is_strong; /* a file of the kernel was there, not only a hint */
	bool is_over;   /* it was dropped: this pass only looks for anchors */
	bool is_supportconfig;
};

static int no_memory(struct reading *reading)
{
	return mr_error_set(reading->error, -ENOMEM, "%s: out of memory", mr_archive_name(reading->archive));
}

/* ---- the capture at hand ---- */

/* "web-03" of "sosreport-web-03/": how a capture is called inside of its input. */
static char *capture_name(const struct reading *reading)
{
	/* the only one needs no name */
	const char *anchor = reading->is_chosen || reading->anchors.count > 1 || reading->captures_count
				     ? reading->anchor
				     : "";
	size_t length = strlen(anchor);
	char *name;

	return asprintf(&name, "%s%s%.*s", reading->name, *reading->name && length ? ":" : "",
			(int)(length ? length - 1 : 0), anchor) < 0
		       ? NULL
		       : name;
}

static int begin_capture(struct reading *reading, const char *path, size_t anchor_bytes, bool is_proc)
{
	const struct mr_intake *intake = reading->walk->intake;

	reading->anchor = strndup(path, anchor_bytes);
	reading->is_proc = is_proc;
	_cleanup_free_ char *name = reading->anchor ? capture_name(reading) : NULL;
	reading->foreign = name ? mr_foreign_create(intake) : NULL;
	if (!reading->foreign)
		return no_memory(reading);
	return intake->begin(intake->outlet.context, &(struct mr_capture){.name = name});
}

static void forget_capture(struct reading *reading)
{
	mr_foreign_destroy(reading->foreign);
	reading->foreign = NULL;
}

/* @reason  as intake->drop() */
static int drop_capture(struct reading *reading, const struct mr_error *reason)
{
	const struct mr_intake *intake = reading->walk->intake;
	_cleanup_free_ char *name = capture_name(reading);

	forget_capture(reading);
	reading->is_over = true;
	return name ? intake->drop(intake->outlet.context, name, reason) : no_memory(reading);
}

static int end_capture(struct reading *reading, bool is_cut_off)
{
	const struct mr_intake *intake = reading->walk->intake;
	char digest[MR_DIGEST_HEX_BYTES];
	_cleanup_free_ char *name = capture_name(reading);
	struct mr_capture capture = {
		.name = name,
		.completeness = is_cut_off ? MR_CUT_OFF : MR_UNKNOWN,
		.members_count = (int64_t)reading->members.count,
		.stored_bytes = (int64_t)mr_archive_stored_bytes(reading->archive),
		.digest = digest,
	};

	if (!name || mr_members_digest(&reading->members, reading->anchor, digest) < 0)
		return no_memory(reading);
	int result = mr_foreign_conclude(
		reading->foreign, &reading->walk->options->given,
		*reading->anchor ? reading->anchor : mr_archive_name(reading->archive), &capture);
	if (result)
		return result;
	if (reading->is_supportconfig)
		capture.origin = "supportconfig";
	result = intake->end(intake->outlet.context, &capture);
	reading->captures_count++;
	return result;
}

/* ---- members ---- */

/* Hash a member without keeping it. */
static int hash_member(struct reading *reading, struct mr_archive *archive,
		       uint8_t ret_sha256[SHA256_DIGEST_SIZE])
{
	static char piece[PIECE_BYTES];
	struct sha256_ctx sha256;
	int64_t got;

	sha256_init(&sha256);
	while ((got = mr_archive_read_piece(archive, piece, sizeof(piece), reading->error)) > 0)
		sha256_update(&sha256, (size_t)got, (const uint8_t *)piece);
	sha256_digest(&sha256, SHA256_DIGEST_SIZE, ret_sha256);
	return (int)got;
}

static int note_member(struct reading *reading, const char *path, int added)
{
	if (added < 0)
		return no_memory(reading);
	return added || !reading->foreign ? 0
					  : mr_foreign_issue(reading->foreign, path, MR_ISSUE_DOUBLED_KEY,
							     "a second member of this name");
}

/* A member that only counts for the identity. */
static int pass_over(struct reading *reading, struct mr_archive *archive, const char *path)
{
	uint8_t sha256[SHA256_DIGEST_SIZE];
	int result = hash_member(reading, archive, sha256);

	return result ? result
		      : note_member(reading, path,
				    mr_members_add_hashed(&reading->members, path, NULL, sha256));
}

/* A member whose bytes are at hand, and that belongs to no capture so far. */
static int look_at(struct reading *reading, const char *path, const char *bytes, size_t length_bytes)
{
	int result = note_member(reading, path,
				 mr_members_add(&reading->members, path, NULL, bytes, length_bytes));

	if (result || reading->is_strong)
		return result;
	return mr_loose_files_add(&reading->loose, path, bytes, length_bytes) ? no_memory(reading) : 0;
}

/* A member that no path speaks for, as long as nothing else does. */
static int take_outside(struct reading *reading, const struct mr_archive_entry *entry)
{
	const char *bytes;
	size_t length_bytes;

	if (reading->is_strong || !mr_loose_files_wants(&reading->loose) ||
	    entry->size_bytes > mr_archive_member_bytes_max(reading->archive))
		return pass_over(reading, reading->archive, entry->path);
	int result = mr_archive_read(reading->archive, &bytes, &length_bytes, reading->error);
	return result ? result : look_at(reading, entry->path, bytes, length_bytes);
}

static int64_t mtime_of(const struct mr_archive_entry *entry)
{
	return entry->has_mtime ? entry->mtime_s : -1;
}

/* A member whose bytes say something, and are at hand. */
static int take_bytes(struct reading *reading, const struct mr_foreign_file *file)
{
	int added = mr_members_add(&reading->members, file->member, NULL, file->bytes, file->length_bytes);

	return added <= 0 ? note_member(reading, file->member, added)
			  : mr_foreign_take(reading->foreign, file);
}

/* A member whose bytes say something. */
static int take_wanted(struct reading *reading, struct mr_archive *archive,
		       const struct mr_archive_entry *entry, const char *member, const char *path)
{
	struct mr_foreign_file file = {.path = path, .member = member, .mtime_s = mtime_of(entry)};

	int result = mr_archive_read(archive, &file.bytes, &file.length_bytes, reading->error);
	return result ? result : take_bytes(reading, &file);
}

/* Too large to be read: only its being there is told. */
static int leave_out(struct reading *reading, struct mr_archive *archive,
		     const struct mr_archive_entry *entry, const char *member, const char *path)
{
	const struct mr_foreign_file file = {.path = path, .member = member, .mtime_s = mtime_of(entry)};

	int result = mr_foreign_issue(reading->foreign, member, MR_ISSUE_NUMBER_TOO_LARGE,
				      "larger than a member may be, left out (--max-member-size)");
	if (!result)
		result = mr_foreign_take(reading->foreign, &file);
	return result ? result : pass_over(reading, archive, member);
}

static int take_member(struct reading *reading, struct mr_archive *archive,
		       const struct mr_archive_entry *entry, const char *member);

/* Whether a failure is one of the archive, not of the way out or of this process. */
static bool is_of_archive(int number)
{
	return number == -EBADMSG || number == -ENODATA || number == -EFBIG || number == -EPROTONOSUPPORT ||
	       number == -EIO;
}

static int take_packed_entries(struct reading *reading, struct mr_archive *inner, const char *packed)
{
	struct mr_archive_entry entry;
	struct mr_buffer full = {0};
	int result = 0;

	while (!result && (result = mr_archive_next(inner, &entry, reading->error)) > 0) {
		mr_place_unpacked(packed, entry.path, &reading->inside);
		mr_buffer_clear(&full);
		mr_buffer_append_text(&full, reading->anchor);
		mr_buffer_append_text(&full, reading->inside.data ? reading->inside.data : "");
		result = full.failed || reading->inside.failed ? no_memory(reading)
			 : entry.refused                       ? 0
					 : take_member(reading, inner, &entry, full.data);
	}
	mr_buffer_deinit(&full);
	return result;
}

/* A folder that sos has packed: its members as if they lay beside the others.  What is wrong with it costs only it. */
static int take_packed(struct reading *reading, const char *member, const char *path)
{
	_cleanup_free_ char *packed = strdup(path), *name = strdup(member);
	struct mr_archive *inner = NULL;

	if (!packed || !name)
		return no_memory(reading);
	int result = mr_archive_open_inner(reading->archive, &inner, reading->error);
	if (!result)
		result = take_packed_entries(reading, inner, packed);
	mr_archive_close(inner);
	if (!is_of_archive(result) && result != -ELOOP)
		return result;
	result = mr_foreign_issue(reading->foreign, name, MR_ISSUE_CUT_OFF, reading->error->message);
	*reading->error = (struct mr_error){0};
	return result;
}

/* A member below the anchor of the capture at hand. */
static int take_member(struct reading *reading, struct mr_archive *archive,
		       const struct mr_archive_entry *entry, const char *member)
{
	const char *path = mr_place_path(member, strlen(reading->anchor), reading->is_proc, &reading->path);

	if (reading->path.failed)
		return no_memory(reading);
	if (archive == reading->archive && mr_place_is_packed(path))
		return take_packed(reading, member, path);
	if (!mr_foreign_wants(path))
		return archive == reading->archive ? take_outside(reading, entry)
						   : pass_over(reading, archive, member);
	if (entry->size_bytes > mr_archive_member_bytes_max(archive))
		return leave_out(reading, archive, entry, member, path);
	return take_wanted(reading, archive, entry, member, path);
}

/* ---- which capture ---- */

/* Whether a member shows that what is being told is only a part of something, or something else: its anchor
 * is shorter, or it is at the same place a tree where a copied /proc seemed to be, or the other way round. */
static bool is_other_capture(const struct reading *reading, const char *path, const struct mr_place *place)
{
	size_t anchor_bytes = strlen(reading->anchor);
	bool is_hint = place->kind == MR_PLACE_HINT, is_proc = place->kind == MR_PLACE_PROC;

	if (!place->kind || place->anchor_bytes > anchor_bytes ||
	    strncmp(path, reading->anchor, place->anchor_bytes) != 0)
		return false;
	if (is_hint)
		return !reading->is_strong && place->anchor_bytes < anchor_bytes;
	if (place->anchor_bytes < anchor_bytes)
		return true;
	return is_proc != reading->is_proc && !(is_proc && reading->is_strong);
}

static int note_anchor(struct reading *reading, const char *path, const struct mr_place *place)
{
	if (place->kind <= MR_PLACE_HINT)
		return 0;
	int result =
		mr_anchors_add(&reading->anchors, path, place->anchor_bytes, place->kind == MR_PLACE_PROC);
	return result == -E2BIG ? mr_error_set(reading->error, -EFBIG, "%s: more than %d captures; refused",
					       mr_archive_name(reading->archive), MR_ANCHORS_MAX)
	       : result         ? no_memory(reading)
				: 0;
}

/* Let the capture at hand begin, or end as the wrong one, by what a member's path says. */
static int follow(struct reading *reading, const char *path)
{
	const struct mr_place place = mr_place_find(path);

	int result = note_anchor(reading, path, &place);
	if (result || reading->is_over)
		return result;
	if (!reading->foreign && place.kind)
		result = begin_capture(reading, path, place.anchor_bytes, place.kind == MR_PLACE_PROC);
	else if (reading->foreign && !reading->is_chosen && is_other_capture(reading, path, &place))
		return drop_capture(reading, NULL);
	if (reading->foreign && place.kind > MR_PLACE_HINT && place.anchor_bytes == strlen(reading->anchor) &&
	    mr_text_begins(path, reading->anchor))
		reading->is_strong = true;
	return result;
}

/* A text of supportconfig lies beside the others of its report, in one folder or none. */
static bool may_be_supportconfig(const char *path)
{
	size_t length = strlen(path);
	const char *slash = strchr(path, '/');

	return length > strlen(".txt") && !strcmp(path + length - strlen(".txt"), ".txt") &&
	       (!slash || !strchr(slash + 1, '/'));
}

/* A text that is none of supportconfig's: version.txt of a sosreport, or a file like any other. */
static int take_other_text(struct reading *reading, const struct mr_archive_entry *entry, const char *bytes,
			   size_t length_bytes)
{
	struct mr_foreign_file file = {.member = entry->path,
				       .bytes = bytes,
				       .length_bytes = length_bytes,
				       .mtime_s = mtime_of(entry)};

	if (reading->foreign && mr_text_begins(entry->path, reading->anchor))
		file.path =
			mr_place_path(entry->path, strlen(reading->anchor), reading->is_proc, &reading->path);
	if (reading->path.failed)
		return no_memory(reading);
	return file.path && mr_foreign_wants(file.path) ? take_bytes(reading, &file)
							: look_at(reading, entry->path, bytes, length_bytes);
}

/* A text that may be one of supportconfig's: that shows in it.  Its folder is the anchor. */
static int take_text(struct reading *reading, const struct mr_archive_entry *entry)
{
	const char *slash = strchr(entry->path, '/');
	size_t anchor_bytes = slash ? (size_t)(slash - entry->path) + 1 : 0;
	const char *bytes;
	size_t length_bytes;

	int result = mr_archive_read(reading->archive, &bytes, &length_bytes, reading->error);
	if (result)
		return result;
	if (!mr_supportconfig_is(bytes, length_bytes))
		return take_other_text(reading, entry, bytes, length_bytes);
	result = note_member(reading, entry->path,
			     mr_members_add(&reading->members, entry->path, NULL, bytes, length_bytes));
	if (result || reading->is_over)
		return result;
	if (!reading->foreign)
		result = begin_capture(reading, entry->path, anchor_bytes, false);
	if (result || anchor_bytes != strlen(reading->anchor))
		return result;
	reading->is_strong = reading->is_supportconfig = true;
	return mr_foreign_take_sections(reading->foreign, &(struct mr_foreign_file){.member = entry->path,
										    .bytes = bytes,
										    .length_bytes = length_bytes,
										    .mtime_s = mtime_of(entry)});
}

/* A member that archive_in leaves out. */
static int leave_refused(struct reading *reading, const struct mr_archive_entry *entry)
{
	const char *anchor = reading->foreign ? reading->anchor : NULL;

	if (reading->is_over || reading->is_passing || !mr_refusals_is_loss(entry, anchor))
		return 0;
	return mr_refusals_add(&reading->refusals, entry->path, entry->refused) ? no_memory(reading) : 0;
}

/* ---- archives inside of this one ---- */

static char *inner_name(const struct reading *reading, const char *path)
{
	char *name;

	return asprintf(&name, "%s%s%s", reading->name, *reading->name ? ":" : "", path) < 0 ? NULL : name;
}

/* Whether the errand of this pass is to be done in an inner archive, or below it. */
static bool leads_to_errand(const struct mr_errand *errand, const char *inner)
{
	size_t length = strlen(inner);

	return !strncmp(errand->archive, inner, length) &&
	       (!errand->archive[length] || errand->archive[length] == ':');
}

/* The captures in an inner archive: what is wrong with it costs none of the others. */
static int read_inner(struct reading *reading, const char *name)
{
	const struct mr_intake *intake = reading->walk->intake;
	struct mr_archive *inner = NULL;
	struct mr_error error = {0};

	int result = mr_archive_open_inner(reading->archive, &inner, &error);
	if (!result)
		result = mr_input_read_archive(reading->walk, inner, name, &error);
	mr_archive_close(inner);
	/* an archive of something else is none of ours */
	if (result == -ENOMSG)
		return 0;
	if (result == -ELOOP)
		return mr_refusals_add(&reading->refusals, name, "nested too deep (--max-nesting)") ? no_memory(reading) : 0;
	reading->captures_count++;
	if (result && is_of_archive(result))
		return intake->drop(intake->outlet.context, name, &error);
	return result ? mr_error_set(reading->error, result, "%s", error.message) : 0;
}

static int take_archive(struct reading *reading, const char *path)
{
	_cleanup_free_ char *name = inner_name(reading, path);
	const struct mr_errand *errand = reading->walk->errands->now;

	if (!name)
		return no_memory(reading);
	if (errand && !leads_to_errand(errand, name))
		return 0;
	if (!reading->foreign)
		return read_inner(reading, name);
	reading->captures_count++;
	return mr_errands_add(reading->walk->errands, name, NULL, false) ? no_memory(reading) : 0;
}

static bool is_bundled(const struct reading *reading, const char *path)
{
	unsigned depth = 0;

	for (const char *at = path; (at = strchr(at, '/')); at++)
		depth++;
	return depth <= BUNDLE_DEPTH_MAX && mr_place_is_archive(path) &&
	       !(reading->foreign && mr_text_begins(path, reading->anchor));
}

/* ---- the pass ---- */

static int take_entry(struct reading *reading, const struct mr_archive_entry *entry)
{
	if (entry->refused)
		return leave_refused(reading, entry);
	if (is_bundled(reading, entry->path))
		return take_archive(reading, entry->path);
	/* this pass is for what is in an inner archive */
	if (reading->is_passing)
		return 0;
	int result = follow(reading, entry->path);
	if (result)
		return result;
	if (may_be_supportconfig(entry->path) &&
	    entry->size_bytes <= mr_archive_member_bytes_max(reading->archive))
		return take_text(reading, entry);
	if (reading->foreign && mr_text_begins(entry->path, reading->anchor))
		return take_member(reading, reading->archive, entry, entry->path);
	/* after a capture that was dropped, only what lies loose can still be told in this pass */
	return reading->is_chosen || (reading->is_over && reading->anchors.count)
		       ? 0
		       : take_outside(reading, entry);
}

static int take_entries(struct reading *reading, const struct mr_archive_entry *first)
{
	struct mr_archive_entry entry = *first;
	int result = 1;

	do {
		if (entry.is_behind_damage && reading->foreign)
			result = mr_foreign_issue(reading->foreign, entry.path, MR_ISSUE_CUT_OFF,
						  "in front of it something is damaged and lost");
		result = result < 0 ? result : take_entry(reading, &entry);
		if (!result && reading->foreign)
			result = mr_refusals_tell(&reading->refusals, reading->anchor, reading->foreign);
		if (!result)
			result = mr_archive_next(reading->archive, &entry, reading->error);
	} while (result > 0);
	return result;
}

/* What was not told in this pass gets one of its own. */
static int leave_others(struct reading *reading)
{
	struct mr_errands *errands = reading->walk->errands;
	int result = 0;

	for (size_t i = 0; !result && i < reading->anchors.count; i++) {
		const struct mr_anchor *anchor = &reading->anchors.items[i];
		bool is_told = reading->foreign && !strcmp(anchor->prefix, reading->anchor);

		if (is_told)
			continue;
		reading->captures_count++;
		result = mr_errands_add(errands, reading->name, anchor->prefix, anchor->is_proc);
	}
	return result ? no_memory(reading) : 0;
}

static int finish(struct reading *reading, bool is_cut_off)
{
	bool has_capture = reading->foreign && reading->is_strong;
	int result = 0;

	if (has_capture)
		result = end_capture(reading, is_cut_off);
	else if (reading->foreign)
		result = drop_capture(reading, NULL);
	/* nothing speaks for an anchor: what lies loose is all there is */
	if (!result && !has_capture && !reading->anchors.count)
		result = mr_loose_files_tell(&reading->loose, reading->walk, reading->archive, reading->name,
					     &reading->captures_count);
	if (!result && !reading->walk->errands->now)
		result = leave_others(reading);
	return result;
}

/* Take up an errand: the capture is known before the first member. */
static int begin_errand(struct reading *reading)
{
	const struct mr_errand *errand = reading->walk->errands->now;

	if (!errand)
		return 0;
	reading->is_passing = strcmp(errand->archive, reading->name) != 0;
	if (reading->is_passing || !errand->anchor)
		return 0;
	reading->is_chosen = true;
	return begin_capture(reading, errand->anchor, strlen(errand->anchor), errand->is_proc);
}

static int say_nothing_found(struct reading *reading)
{
	char why[512];

	return mr_error_set(reading->error, -ENOMSG,
			    "%s holds no file that memreckon knows: no proc, no sys, no capture%s",
			    mr_archive_name(reading->archive), mr_refusals_first(&reading->refusals, why, sizeof(why)));
}

static int read_entries(struct reading *reading, const struct mr_archive_entry *first)
{
	int result = begin_errand(reading);

	if (!result)
		result = take_entries(reading, first);
	bool is_cut_off = result == -ENODATA && reading->walk->options->salvage && reading->foreign;
	if (result < 0 && !is_cut_off)
		return result;
	result = finish(reading, is_cut_off);
	if (!result && !reading->captures_count && !reading->is_passing)
		result = say_nothing_found(reading);
	return result;
}

int mr_read_foreign(const struct mr_walk *walk, struct mr_archive *archive,
		    const struct mr_archive_entry *entry, const char *name, struct mr_error *error)
{
	struct reading reading = {.walk = walk, .archive = archive, .name = name, .error = error};

	int result = read_entries(&reading, entry);
	forget_capture(&reading);
	free(reading.anchor);
	mr_anchors_deinit(&reading.anchors);
	mr_loose_files_deinit(&reading.loose);
	mr_members_deinit(&reading.members);
	mr_buffer_deinit(&reading.path);
	mr_buffer_deinit(&reading.inside);
	mr_refusals_deinit(&reading.refusals);
	return result;
}

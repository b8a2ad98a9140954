/* Members of an archive to the captures that they belong to.  See read_foreign.h.
 *
 * One pass over the archive has to do, as taking off the compression is most of the work.  So the first
 * member that speaks for an anchor begins a capture, and what comes later mostly belongs to it.  When a
 * shorter anchor turns up, the one before was a folder inside of it: it is dropped, and the right one is told
 * in the next pass.  So are further anchors (folders of several hosts), and archives that come while a
 * capture is being told.
 *
 * By then the anchors are known, and where each was seen last: a capture begins with the first member below
 * its anchor and ends with the last one, and another one may follow in the same pass.  What comes in between
 * of others is left to one more pass.
 *
 * Until something speaks for an anchor, files are looked at for what they are: kernel files that lie loose.
 */
#include "analyze/read/foreign/read_foreign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/archive_in/supportconfig.h"
#include "analyze/read/foreign/foreign_pass.h"
#include "analyze/read/foreign/place.h"
#include "analyze/read/own/own.h"
#include "schema/base/cleanup.h"
#include "schema/base/text.h"

/* Folders in front of the name of an archive that may be a host's: what lies deeper is content of a capture.
 */
#define BUNDLE_DEPTH_MAX 2

/* ---- which capture ---- */

/* Whether a member shows that what is being told is only a part of something, or something else: its anchor
 * is shorter, or it is at the same place a tree where a copied /proc seemed to be, or the other way round. */
static bool is_other_capture(const struct mr_foreign_pass *pass, const char *path,
			     const struct mr_place *place)
{
	size_t anchor_bytes = strlen(pass->anchor);
	bool is_hint = place->kind == MR_PLACE_HINT, is_proc = place->kind == MR_PLACE_PROC;

	if (!place->kind || place->anchor_bytes > anchor_bytes ||
	    strncmp(path, pass->anchor, place->anchor_bytes) != 0)
		return false;
	if (is_hint)
		return !pass->is_strong && place->anchor_bytes < anchor_bytes;
	if (place->anchor_bytes < anchor_bytes)
		return true;
	return is_proc != pass->is_proc && !(is_proc && pass->is_strong);
}

static int add_anchor(struct mr_foreign_pass *pass, const char *path, size_t anchor_bytes, bool is_proc)
{
	uint64_t captures_max = mr_archive_captures_max(pass->archive);

	int result = mr_anchors_add(&pass->anchors, path, anchor_bytes, is_proc, pass->entries_count,
				    captures_max);
	return result == -E2BIG
		       ? mr_error_set(pass->error, -EFBIG,
				      "%s: more than %llu captures; refused (--max-captures)",
				      mr_archive_name(pass->archive), (unsigned long long)captures_max)
	       : result ? mr_foreign_pass_no_memory(pass)
			: 0;
}

static int note_anchor(struct mr_foreign_pass *pass, const char *path, const struct mr_place *place)
{
	if (place->kind <= MR_PLACE_HINT)
		return 0;
	return add_anchor(pass, path, place->anchor_bytes, place->kind == MR_PLACE_PROC);
}

/* In the first pass: let the capture at hand begin, or end as the wrong one, by what a member's path says. */
static int follow(struct mr_foreign_pass *pass, const char *path)
{
	const struct mr_place place = mr_place_find(path);

	int result = note_anchor(pass, path, &place);
	if (result || pass->is_over)
		return result;
	if (!pass->foreign && place.kind)
		result = mr_foreign_pass_begin(pass, path, place.anchor_bytes, place.kind == MR_PLACE_PROC);
	else if (pass->foreign && is_other_capture(pass, path, &place))
		return mr_foreign_pass_drop(pass, NULL);
	if (pass->foreign && place.kind > MR_PLACE_HINT && place.anchor_bytes == strlen(pass->anchor) &&
	    mr_text_begins(path, pass->anchor))
		pass->is_strong = true;
	return result;
}

/* In the first pass: where members of an anchor were seen last. */
static void note_last(struct mr_foreign_pass *pass, const char *path)
{
	struct mr_anchor *anchor = mr_anchors_find(&pass->anchors, path);

	if (anchor)
		anchor->last_entry = pass->entries_count;
}

/* Something in front of a member is lost: what it was, and of which capture, is not known. */
static int say_damage(struct mr_foreign_pass *pass, const struct mr_archive_entry *entry)
{
	return entry->is_behind_damage && pass->foreign
		       ? mr_foreign_issue(pass->foreign, entry->path, MR_ISSUE_CUT_OFF,
					  "in front of it something is damaged and lost")
		       : 0;
}

/* In a later pass: end the capture at hand behind its last member, and begin the next one with its first. */
static int follow_errand(struct mr_foreign_pass *pass, const struct mr_archive_entry *entry)
{
	struct mr_anchor *anchor = mr_anchors_find(&pass->anchors, entry->path);
	int result = 0;

	if (pass->planned && pass->entries_count > pass->planned->last_entry)
		result = mr_foreign_pass_end(pass, pass->is_cut_off);
	if (result || !anchor || anchor->is_told || anchor->is_missed)
		return result;
	if (pass->foreign) {
		anchor->is_missed = true;
		return 0;
	}
	result = mr_foreign_pass_begin(pass, entry->path, strlen(anchor->prefix), anchor->is_proc);
	anchor->is_told = pass->is_strong = true;
	pass->is_supportconfig = false;
	pass->planned = anchor;
	return result ? result : say_damage(pass, entry);
}

static bool is_below(const struct mr_foreign_pass *pass, const char *path)
{
	return pass->foreign && mr_text_begins(path, pass->anchor);
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
static int take_other_text(struct mr_foreign_pass *pass, const struct mr_archive_entry *entry,
			   const char *bytes, size_t length_bytes)
{
	struct mr_foreign_file file = {.member = entry->path,
				       .bytes = bytes,
				       .length_bytes = length_bytes,
				       .mtime_s = mr_foreign_mtime_s(entry)};

	if (is_below(pass, entry->path))
		file.path = mr_place_path(entry->path, strlen(pass->anchor), pass->is_proc, &pass->path);
	if (pass->path.failed)
		return mr_foreign_pass_no_memory(pass);
	return file.path && mr_foreign_wants(file.path)
		       ? mr_foreign_pass_take_bytes(pass, &file)
		       : mr_foreign_pass_look_at(pass, entry->path, bytes, length_bytes);
}

/* A text that may be one of supportconfig's: that shows in it.  Its folder is the anchor. */
static int take_text(struct mr_foreign_pass *pass, const struct mr_archive_entry *entry)
{
	const char *slash = strchr(entry->path, '/');
	size_t anchor_bytes = slash ? (size_t)(slash - entry->path) + 1 : 0;
	const char *bytes;
	size_t length_bytes;

	int result = mr_archive_read(pass->archive, &bytes, &length_bytes, pass->error);
	if (result)
		return result;
	if (!mr_supportconfig_is(bytes, length_bytes))
		return take_other_text(pass, entry, bytes, length_bytes);
	result = mr_foreign_pass_note(pass, entry->path,
				      mr_members_add(&pass->members, entry->path, NULL, bytes, length_bytes));
	if (result || pass->is_over)
		return result;
	if (!pass->foreign)
		result = mr_foreign_pass_begin(pass, entry->path, anchor_bytes, false);
	if (result)
		return result;
	if (anchor_bytes != strlen(pass->anchor) || !is_below(pass, entry->path))
		return mr_foreign_issue(pass->foreign, entry->path, MR_ISSUE_UNKNOWN_FILE,
					"of a supportconfig beside this capture: import that by itself");
	pass->is_strong = pass->is_supportconfig = true;
	return mr_foreign_take_sections(pass->foreign,
					&(struct mr_foreign_file){.member = entry->path,
								  .bytes = bytes,
								  .length_bytes = length_bytes,
								  .mtime_s = mr_foreign_mtime_s(entry)});
}

/* A member that archive_in leaves out. */
static int leave_refused(struct mr_foreign_pass *pass, const struct mr_archive_entry *entry)
{
	/* nothing has begun: what its path says of itself */
	size_t anchor_bytes = pass->foreign ? strlen(pass->anchor) : mr_place_find(entry->path).anchor_bytes;
	bool is_below = !pass->foreign || mr_text_begins(entry->path, pass->anchor);
	const char *path = is_below ? entry->path + anchor_bytes : NULL;

	if (pass->is_over || pass->is_passing || !mr_refusals_is_loss(entry, path))
		return 0;
	return mr_refusals_add(&pass->refusals, entry->path, entry->refused) ? mr_foreign_pass_no_memory(pass)
									     : 0;
}

/* ---- archives inside of this one ---- */

static char *inner_name(const struct mr_foreign_pass *pass, const char *path)
{
	char *name;

	return asprintf(&name, "%s%s%s", pass->name, *pass->name ? ":" : "", path) < 0 ? NULL : name;
}

/* The captures in an inner archive: what is wrong with it costs none of the others. */
static int read_inner(struct mr_foreign_pass *pass, const char *name)
{
	const struct mr_intake *intake = pass->walk->intake;
	struct mr_archive *inner = NULL;
	struct mr_error error = {0};

	int result = mr_archive_open_inner(pass->archive, &inner, &error);
	if (!result)
		result = mr_input_read_archive(pass->walk, inner, name, &error);
	mr_archive_close(inner);
	/* an archive of something else is none of ours */
	if (result == -ENOMSG)
		return 0;
	if (result == -ELOOP)
		return mr_refusals_add(&pass->refusals, name, "nested too deep (--max-nesting)")
			       ? mr_foreign_pass_no_memory(pass)
			       : 0;
	pass->captures_count++;
	if (result && mr_archive_is_at_fault(result))
		return intake->drop(intake->outlet.context, name, &error);
	return result ? mr_error_set(pass->error, result, "%s", error.message) : 0;
}

static int take_archive(struct mr_foreign_pass *pass, const char *path)
{
	_cleanup_free_ char *name = inner_name(pass, path);
	bool is_of_errand = pass->is_chosen || pass->is_passing;
	const struct mr_walk *walk = pass->walk;

	if (!name)
		return mr_foreign_pass_no_memory(pass);
	if (is_of_errand && !mr_errands_lead_to(walk->now, name))
		return 0;
	if (!pass->foreign)
		return read_inner(pass, name);
	pass->captures_count++;
	int result = is_of_errand ? mr_errands_put_off(walk->now, name, walk->next)
				  : mr_errands_add_whole(walk->next, name);
	return result ? mr_foreign_pass_no_memory(pass) : 0;
}

static bool is_bundled(const struct mr_foreign_pass *pass, const char *path)
{
	unsigned depth = 0;

	for (const char *at = path; (at = strchr(at, '/')); at++)
		depth++;
	return depth <= BUNDLE_DEPTH_MAX && mr_place_is_archive(path) && !is_below(pass, path) &&
	       !mr_anchors_find(&pass->anchors, path);
}

/* ---- the pass ---- */

/* A member of the capture at hand, or of none so far. */
static int take_file(struct mr_foreign_pass *pass, const struct mr_archive_entry *entry)
{
	bool is_of_capture = is_below(pass, entry->path);

	/* what is outside of the right capture says nothing of it, and of one that was dropped only what lies loose can still
	 * be told in this pass */
	bool is_right = pass->is_chosen || (pass->foreign && pass->is_strong);
	bool is_none = pass->is_chosen || (pass->is_over && pass->anchors.count);

	if (is_none && !is_of_capture)
		return 0;
	if (may_be_supportconfig(entry->path) &&
	    entry->size_bytes <= mr_archive_member_bytes_max(pass->archive))
		return take_text(pass, entry);
	if (is_of_capture)
		return mr_foreign_pass_take(pass, pass->archive, entry, entry->path);
	return is_right ? 0 : mr_foreign_pass_take_outside(pass, entry);
}

static int take_entry(struct mr_foreign_pass *pass, const struct mr_archive_entry *entry)
{
	int result = pass->is_chosen ? follow_errand(pass, entry) : 0;

	if (result)
		return result;
	if (!pass->is_chosen)
		note_last(pass, entry->path);
	if (entry->refused)
		return leave_refused(pass, entry);
	if (is_bundled(pass, entry->path))
		return take_archive(pass, entry->path);
	/* this pass is for what is in an inner archive */
	if (pass->is_passing)
		return 0;
	result = pass->is_chosen ? 0 : follow(pass, entry->path);
	return result ? result : take_file(pass, entry);
}

/* One of our archives that was unpacked, or packed again in another order, comes as a copy of proc and sys: what only its
 * index can tell is lost. */
static int say_ours(struct mr_foreign_pass *pass, const struct mr_archive_entry *entry)
{
	if (pass->is_over || pass->is_passing || entry->refused || mr_own_top(entry->path) < 0)
		return 0;
	return mr_refusals_add(&pass->refusals, entry->path,
			       "of a capture of memreckon-collect that was unpacked: import its archive, "
			       "which has more")
		       ? mr_foreign_pass_no_memory(pass)
		       : 0;
}

static int take_entries(struct mr_foreign_pass *pass, const struct mr_archive_entry *first)
{
	struct mr_archive_entry entry = *first;
	int result = 1;

	do {
		pass->entries_count++;
		result = say_damage(pass, &entry);
		result = result ? result : say_ours(pass, &entry);
		result = result ? result : take_entry(pass, &entry);
		if (!result && pass->foreign)
			result = mr_refusals_tell(&pass->refusals, pass->anchor, pass->foreign);
		if (!result)
			result = mr_archive_next(pass->archive, &entry, pass->error);
	} while (result > 0);
	return result;
}

/* The anchors that are left to the next pass. */
static int leave_others(struct mr_foreign_pass *pass, bool is_cut_off)
{
	for (size_t i = 0; i < pass->anchors.count; i++) {
		struct mr_anchor *anchor = &pass->anchors.items[i];

		/* what an earlier pass saw and this one did not is gone */
		anchor->is_told |= pass->is_chosen && !anchor->is_missed;
		pass->captures_count += !anchor->is_told;
	}
	return mr_errands_add_anchors(pass->walk->next, pass->name, is_cut_off, &pass->anchors)
		       ? mr_foreign_pass_no_memory(pass)
		       : 0;
}

/* The capture of the first pass, if it was one. */
static int finish_first(struct mr_foreign_pass *pass, bool is_cut_off)
{
	struct mr_anchor *anchor = pass->foreign ? mr_anchors_find(&pass->anchors, pass->anchor) : NULL;

	if (anchor)
		anchor->is_told = pass->is_strong && !strcmp(anchor->prefix, pass->anchor);
	if (pass->foreign && pass->is_strong)
		return mr_foreign_pass_end(pass, is_cut_off);
	int result = pass->foreign ? mr_foreign_pass_drop(pass, NULL) : 0;
	/* nothing speaks for an anchor: what lies loose is all there is */
	return result || pass->anchors.count ? result
					     : mr_loose_files_tell(&pass->loose, pass->walk, pass->archive,
								   pass->name, &pass->captures_count);
}

static int finish(struct mr_foreign_pass *pass, bool is_cut_off)
{
	int result = 0;

	if (!pass->is_chosen && !pass->is_passing)
		result = finish_first(pass, is_cut_off);
	else if (pass->foreign)
		result = mr_foreign_pass_end(pass, is_cut_off);
	return result ? result : leave_others(pass, is_cut_off);
}

/* Take up an errand: the anchors are known before the first member. */
static void begin_errand(struct mr_foreign_pass *pass)
{
	struct mr_errands *errands = pass->walk->now;
	struct mr_errand *errand = errands ? mr_errands_find(errands, pass->name) : NULL;

	if (!errands || (errand && errand->is_whole))
		return;
	pass->is_chosen = errand != NULL;
	pass->is_passing = !errand;
	if (!errand)
		return;
	pass->is_cut_off = errand->is_cut_off;
	pass->anchors = errand->anchors;
	errand->anchors = (struct mr_anchors){0};
}

static int say_nothing_found(struct mr_foreign_pass *pass)
{
	char why[512];

	return mr_error_set(
		pass->error, -ENOMSG, "%s holds no file that memreckon knows: no proc, no sys, no capture%s",
		mr_archive_name(pass->archive), mr_refusals_first(&pass->refusals, why, sizeof(why)));
}

static int read_entries(struct mr_foreign_pass *pass, const struct mr_archive_entry *first)
{
	begin_errand(pass);
	bool is_first = !pass->is_chosen && !pass->is_passing;
	int result = take_entries(pass, first);
	/* a later pass has come to where the first one did */
	bool is_cut_off = result == -ENODATA && pass->walk->options->salvage && (pass->foreign || !is_first);
	if (result < 0 && !is_cut_off)
		return result;
	/* the capture says that its end is missing; to who wants what is whole that is no error */
	if (is_cut_off)
		*pass->error = (struct mr_error){0};
	result = finish(pass, is_cut_off || pass->is_cut_off);
	if (!result && !pass->captures_count && is_first)
		result = say_nothing_found(pass);
	return result;
}

int mr_read_foreign(const struct mr_walk *walk, struct mr_archive *archive,
		    const struct mr_archive_entry *entry, const char *name, struct mr_error *error)
{
	struct mr_foreign_pass pass = {.walk = walk, .archive = archive, .name = name, .error = error};

	int result = read_entries(&pass, entry);
	mr_foreign_pass_forget(&pass);
	free(pass.anchor);
	mr_anchors_deinit(&pass.anchors);
	mr_loose_files_deinit(&pass.loose);
	mr_members_deinit(&pass.members);
	mr_buffer_deinit(&pass.path);
	mr_buffer_deinit(&pass.inside);
	mr_refusals_deinit(&pass.refusals);
	return result;
}

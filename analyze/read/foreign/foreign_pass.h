/* One pass over an archive that another tool made: the capture at hand, and what its members say.
 *
 * read_foreign.c decides which capture a member belongs to; here it is begun, given its members and ended. */
#ifndef MR_FOREIGN_PASS_H
#define MR_FOREIGN_PASS_H

#include "analyze/archive_in/archive_in.h"
#include "analyze/read/foreign/anchors.h"
#include "analyze/read/foreign/foreign.h"
#include "analyze/read/foreign/loose_files.h"
#include "analyze/read/foreign/refusals.h"
#include "analyze/read/errand.h"
#include "analyze/read/members.h"

struct mr_foreign_pass {
	const struct mr_walk *walk;
	struct mr_archive *archive;
	const char *name;
	bool is_passing; /**< on the way to an inner archive: nothing of this one is told */
	bool is_chosen;  /**< by an errand: the anchors are known, and those not told are told */
	bool is_cut_off; /**< an earlier pass saw that it ends too early */
	struct mr_anchors anchors;
	uint64_t entries_count; /**< members that came */
	struct mr_members members;
	struct mr_loose_files loose; /**< of an archive that has no anchor so far */
	struct mr_buffer path;       /**< canonical, of the member at hand */
	struct mr_buffer inside;     /**< of a member of a packed folder */
	struct mr_refusals refusals;
	struct mr_error *error;
	uint64_t captures_count; /**< told here or left for another pass */

	/* the capture at hand */
	struct mr_foreign *foreign; /**< NULL: none */
	char *anchor;
	bool is_proc;
	const struct mr_anchor *planned; /**< the one of the errand that it has */
	bool is_strong;                  /**< a file of the kernel was there, not only a hint */
	bool is_over;                    /**< it was dropped: this pass only looks for anchors */
	bool is_supportconfig;
};

/** Begin the capture of an anchor, the first @anchor_bytes of @path.  @return as mr_read_foreign(), as all others here */
int mr_foreign_pass_begin(struct mr_foreign_pass *pass, const char *path, size_t anchor_bytes, bool is_proc);

/** The capture at hand was the wrong one.  @reason as intake->drop() */
int mr_foreign_pass_drop(struct mr_foreign_pass *pass, const struct mr_error *reason);

/** The capture at hand is whole, or as much of it as there is; another one may begin. */
int mr_foreign_pass_end(struct mr_foreign_pass *pass, bool is_cut_off);

/** Free what the capture at hand took. */
void mr_foreign_pass_forget(struct mr_foreign_pass *pass);

/** Take a member below the anchor of the capture at hand.  @archive the one of the pass, or one packed inside of it */
int mr_foreign_pass_take(struct mr_foreign_pass *pass, struct mr_archive *archive,
			 const struct mr_archive_entry *entry, const char *member);

/** Take a file whose bytes are at hand into the capture at hand. */
int mr_foreign_pass_take_bytes(struct mr_foreign_pass *pass, const struct mr_foreign_file *file);

/** Take a member that no path speaks for: it may be a kernel file that lies loose. */
int mr_foreign_pass_take_outside(struct mr_foreign_pass *pass, const struct mr_archive_entry *entry);

/** The same for one whose bytes are at hand. */
int mr_foreign_pass_look_at(struct mr_foreign_pass *pass, const char *path, const char *bytes,
			    size_t length_bytes);

/** @added  what mr_members_add() said of the member: a second one of its name is an issue */
int mr_foreign_pass_note(struct mr_foreign_pass *pass, const char *path, int added);

/** @return when a member was last written, as struct mr_foreign_file has it */
static inline int64_t mr_foreign_mtime_s(const struct mr_archive_entry *entry)
{
	return entry->has_mtime ? entry->mtime_s : -1;
}

/** @return -ENOMEM, with its message */
int mr_foreign_pass_no_memory(struct mr_foreign_pass *pass);

#endif

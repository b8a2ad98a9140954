/* One capture that another tool made: its files, one by one, into rows, and at its end what they tell together.
 *
 * Such a capture has no index and says little of itself.  What it lacks is derived from what it has (derive.h), the facts
 * that everything else needs come from evidence (evidence.h), and its identity is the digest of its members. */
#ifndef MR_FOREIGN_H
#define MR_FOREIGN_H

#include "analyze/read/capture.h"
#include "analyze/read/foreign/evidence.h"

struct mr_foreign;

/** A file of it. */
struct mr_foreign_file {
	const char *path;   /**< of the kernel, or as sos calls its commands */
	const char *member; /**< as the archive calls it, for issues */
	const char *bytes;  /**< NULL: not read, because it is not wanted or may not be had */
	size_t length_bytes;
	int64_t mtime_s; /**< -1: not known */
};

/**
 * Begin one.
 *
 * @intake   gets its rows and issues; begin() and end() are for the caller
 * @return   NULL when there is no memory
 *
 * Owns:     the caller frees with mr_foreign_destroy(); @intake must live as long
 */
struct mr_foreign *mr_foreign_create(const struct mr_intake *intake);
void mr_foreign_destroy(struct mr_foreign *foreign);

/** Whether the bytes of a file say anything: those of the others only count for the identity. */
bool mr_foreign_wants(const char *path);

/** Take a file.  @return 0, -ENOMEM, or what the outlet returns */
int mr_foreign_take(struct mr_foreign *foreign, const struct mr_foreign_file *file);

/** Take the files and outputs in a text of supportconfig.  @report its path is ignored  @return as mr_foreign_take() */
int mr_foreign_take_sections(struct mr_foreign *foreign, const struct mr_foreign_file *report);

/** Note something of a member as a whole.  @return as mr_foreign_take() */
int mr_foreign_issue(struct mr_foreign *foreign, const char *member, enum mr_issue_kind kind,
		     const char *text);

/**
 * There are no more files: what is derived, the evidence, the page frames, the coverage.
 *
 * @given        what the user said; may be NULL
 * @name         of the archive or its top folder, the weakest evidence of the host
 * @ret_capture  host, moment and origin are filled in; texts live as long as the capture
 */
int mr_foreign_conclude(struct mr_foreign *foreign, const struct mr_given *given, const char *name,
			struct mr_capture *ret_capture);

#endif

/* Evidence filled by hand or from a capture, and what it concludes. */
#ifndef MR_TESTS_EVIDENCE_HELP_H
#define MR_TESTS_EVIDENCE_HELP_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/read/foreign/evidence.h"
#include "tests/support/capture_sink.h"

/** Evidence under way, and after evidence_conclude() its rows.  All zero before evidence_begin(). */
struct evidence_test {
	struct mr_evidence *evidence;
	struct mr_mounts mounts;
	struct capture rows; /**< capture_meta first, then evidence */
	struct mr_facts facts;
};

void evidence_begin(struct evidence_test *test);
void evidence_deinit(struct evidence_test *test);

#define _cleanup_evidence_ __attribute__((cleanup(evidence_deinit)))

/** A member as the import takes it: its text as evidence, and its rows.  @path as mr_evidence_wants() has it
 */
void evidence_member(struct evidence_test *test, const char *path, int64_t mtime_s, const char *bytes,
		     size_t length_bytes);

/** The same for a NUL-terminated text of unknown age. */
void evidence_text(struct evidence_test *test, const char *path, const char *text);

/** All members of an archive below MR_CAPTURES, or a single file as the kernel file @as. */
void evidence_archive(struct evidence_test *test, const char *name);
void evidence_single(struct evidence_test *test, const char *name, const char *as);

/** Whether MR_CAPTURES names a folder. */
bool evidence_has_captures(void);

void evidence_conclude(struct evidence_test *test, const struct mr_given *given, const char *archive_name);

/** A column of capture_meta as text, "?" when it is NULL; valid until the next call. */
const char *evidence_fact(const struct evidence_test *test, const char *column);

/** The number of the row of evidence for a fact from this source; the test fails when there is none. */
size_t evidence_piece(const struct evidence_test *test, const char *fact, const char *source);

#endif

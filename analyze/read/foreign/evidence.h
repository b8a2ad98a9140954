/* Facts that a foreign capture does not carry, from evidence in it.
 *
 * memreckon-collect writes down the page size, the clock, the processors, the kernel, the host and the
 * moment. Other tools do not, and nothing can be said in bytes without the page size.  The files of a capture
 * tell these facts in many ways: the kernel prints some, a program printed others, and others follow from
 * numbers (counters in pages beside the same counters in KiB).  Every way that is there becomes a row of the
 * table evidence; the strongest decides what capture_meta says.  What nothing tells stays NULL.
 */
#ifndef MR_EVIDENCE_H
#define MR_EVIDENCE_H

#include "analyze/read/facts.h"
#include "analyze/read/outlet.h"

/** Facts that the user gave on the command line; 0 or NULL: not given. */
struct mr_given {
	int64_t page_size_bytes;
	int64_t clock_ticks_per_second;
	int64_t cpus_online_count;
	const char *host;
	const char *kernel_release;
	const char *machine;
	int64_t taken_ns; /**< since 1970 UTC */
	bool has_taken_ns;
};

/** A moment as a user writes it: 2026-11-21, 2026-11-21 07:41, 2026-11-21T07:41:03Z; UTC where no zone is said.  @ret_ns since 1970 UTC  @return whether it is one */
bool mr_given_moment(const char *text, int64_t *ret_ns);

struct mr_evidence;

/** @return NULL when there is no memory */
struct mr_evidence *mr_evidence_create(void);
void mr_evidence_destroy(struct mr_evidence *evidence);

/**
 * Whether the text of a member tells facts, also where a parser makes rows of it.
 *
 * @path    below the anchor, as the kernel calls it: "proc/version", "sos_commands/kernel/uname_-a",
 *          "supportconfig/bin/uname -a"
 */
bool mr_evidence_wants(const char *path);

/**
 * Take what a member tells: its age, and its text if mr_evidence_wants() it.
 *
 * @mtime_s   since 1970 UTC; -1 when unknown
 * @bytes     may be NULL when only the age is to be taken
 * @return    0 or -ENOMEM
 *
 * Owns:    what is needed of the text is copied
 */
int mr_evidence_file(struct mr_evidence *evidence, const char *path, int64_t mtime_s, const char *bytes,
		     size_t length_bytes);

/** Take what a row of a parser tells; any table may come, in any order.  @return 0 or -ENOMEM */
int mr_evidence_row(struct mr_evidence *evidence, const struct mr_row *row);

/**
 * Take what the flags of all page frames tell.  Call at most once.
 *
 * @words  64-bit, in the byte order of the machine, any alignment
 */
void mr_evidence_frames(struct mr_evidence *evidence, const char *path, const char *words,
			size_t words_count);

/**
 * Weigh the evidence: put one row of capture_meta with the facts that are known, and the rows of evidence.
 *
 * @given         what the user said, which wins; may be NULL
 * @archive_name  path of the archive or folder: its name is the weakest evidence of the host; may be NULL
 * @ret_facts     host, tool, taken_ns, endianness and page_size_bytes are set where they are known; the rest stays as it is
 * @return        0, -ENOMEM or what the outlet returned
 *
 * Owns:    the caller frees @ret_facts with mr_facts_deinit(), also after a failure
 */
int mr_evidence_conclude(struct mr_evidence *evidence, const struct mr_given *given, const char *archive_name,
			 const struct mr_outlet *outlet, struct mr_facts *ret_facts);

#endif

/* What the files of evidence_*.c share: the evidence while it is collected. */
#ifndef MR_EVIDENCE_INTERNAL_H
#define MR_EVIDENCE_INTERNAL_H

#include "analyze/read/foreign/evidence.h"
#include "analyze/read/foreign/evidence_book.h"
#include "analyze/read/foreign/evidence_machine.h"
#include "analyze/read/foreign/evidence_time.h"
#include "analyze/read/foreign/page_size.h"

/** Some smaps tell as much as all of them. */
#define MR_EVIDENCE_SMAPS_MAX 4

/** The smallest page that a process maps. */
struct mr_smallest_page {
	char *path; /**< of its smaps */
	int64_t kib;
	long long mappings_count;
};

/** Which frames have the flag of free blocks, if the words are in one of the two byte orders. */
struct mr_free_flags {
	bool is_any;
	bool is_pair; /**< two neighbours that could not be two blocks */
};

struct mr_evidence {
	struct mr_book book;
	struct mr_page_numbers numbers;
	struct mr_moments moments;
	struct mr_smallest_page smaps[MR_EVIDENCE_SMAPS_MAX];
	size_t smaps_count;
	struct mr_free_flags free_flags[2]; /**< [is_big_endian] */
};

/**
 * One kind of member whose text tells facts.
 *
 * @pattern  '*' stands for bytes but '/', "**" for any
 * @tells    in words, for the reader of the table
 */
struct mr_evidence_text {
	const char *pattern;
	void (*take)(struct mr_evidence *evidence, const char *path, struct mr_slice text);
	const char *tells;
};

/** @return the first row of the table that fits, or NULL */
const struct mr_evidence_text *mr_evidence_text_find(const char *path);

/** Cut the next line off a text.  @return whether there was one */
bool mr_evidence_line(struct mr_slice *text, struct mr_slice *ret_line);

/** The same, taken apart at the first ':', without blanks around key and value; other lines are passed over.
 */
bool mr_evidence_pair(struct mr_slice *text, struct mr_slice *ret_key, struct mr_slice *ret_value);

/** @return the first line that is not empty, without blanks around it */
struct mr_slice mr_evidence_first_line(struct mr_slice text);

/* Texts about pages and cgroups: evidence_memory_text.c. */
void mr_evidence_smaps(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_limit(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_controllers(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_group(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_mounts(struct mr_evidence *evidence, const char *path, struct mr_slice text);

/* Texts about the machine and its kernel: evidence_machine_text.c. */
void mr_evidence_uname(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_version(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_boot_command(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_hostnamectl(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_lscpu(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_cpuinfo(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_cpus_online(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_cpus_possible(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_getconf(struct mr_evidence *evidence, const char *path, struct mr_slice text);

/* How many processors are possible and online: evidence_cpus.c. */
void mr_evidence_interrupts(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_softirqs(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_kernel_messages(struct mr_evidence *evidence, const char *path, struct mr_slice text);
void mr_evidence_cpus_conclude(struct mr_book *book);

/** How this kernel flags free blocks, when the byte order is known: evidence_frames.c. */
void mr_evidence_free_flags_conclude(struct mr_evidence *evidence);

/** The page size by the smallest pages that processes map: evidence_memory_text.c. */
void mr_evidence_smaps_conclude(struct mr_evidence *evidence);

/** What the name of a kernel release tells of its machine: "…el7.x86_64", "…-amd64". */
void mr_evidence_release_conclude(struct mr_book *book);

#endif

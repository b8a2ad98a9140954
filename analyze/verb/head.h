/* The head of a screen: which snapshot, of what host, how complete. */
#ifndef MR_VERB_HEAD_H
#define MR_VERB_HEAD_H

#include "analyze/verb/effect.h"
#include "analyze/verb/verb.h"

#define MR_MOMENT_UNKNOWN INT64_MIN

/** A row of the view snapshot_head.  Counts that are not known are -1, texts NULL. */
struct mr_head {
	int64_t snapshot_id;
	const char *name; /**< "#96", or the name of the archive */
	const char *host, *kernel_release, *machine, *boot_id, *completeness, *tool, *digest, *origin;
	int64_t taken_ns; /**< MR_MOMENT_UNKNOWN: not known */
	int64_t duration_ns;
	int64_t largest_pss_bytes;
	int64_t page_size_bytes, mem_total_bytes;
	int64_t cpus_online_count, processes_count, processes_with_pss_count, cgroups_count;
	int64_t sampled_frames_count, ram_frames_count;
	int64_t euid, memory_hierarchy;
	double uptime_seconds; /**< below 0: not known */
	struct {
		int64_t ok, explained, fail, skipped;
	} checks;
};

/**
 * Read the head of the i-th selected snapshot and make its page size that of the report.
 *
 * @return  0 or negative errno
 */
int mr_head_load(struct mr_call *call, size_t index, struct mr_head *ret_head, struct mr_error *error);

/** Read the head of a snapshot of the selected store, without its checks.  @return 0 or negative errno */
int mr_head_of(struct mr_call *call, int64_t snapshot_id, struct mr_head *ret_head, struct mr_error *error);

/** Select the one snapshot that a verb takes, @last when none is named, and read its head; its facts become
 * those of the report. */
int mr_head_of_one(struct mr_call *call, struct mr_head *ret_head, struct mr_error *error);

/** "db-prod-07  #96  2026-11-21 07:41:03Z", kept by the report. */
const char *mr_head_identity(struct mr_call *call, const struct mr_head *head);

/** The moment as that line has it, "moment not known" where it is not. */
const char *mr_head_moment(struct mr_report *report, int64_t taken_ns);

/** @return whether the capture was made by another tool than the collector */
bool mr_head_is_foreign(const struct mr_head *head);

/** "sosreport 4.2: 48 of 48 processes with PSS, 110 cgroups": who made a capture of others, and what is in
 * it. */
const char *mr_head_foreign(struct mr_report *report, const struct mr_head *head);

/** Put the facts of the head under this group for data formats. */
void mr_head_facts(struct mr_call *call, const struct mr_head *head, const char *group);

/** Add the line "complete: ..." or "partial: ...", or who made it, and what the capture lacks and what that
 * does to the answers. */
void mr_head_coverage(struct mr_call *call, const struct mr_head *head, const struct mr_effects *effects);

/** "11 ok, 1 explained, 1 FAIL, 1 skipped" */
const char *mr_head_checks(struct mr_call *call, const struct mr_head *head);

/** Fill subject and lead of the report for Markdown.  @sentence  what is said of the subject */
void mr_head_lead(struct mr_call *call, const struct mr_head *head, const char *sentence);

#endif

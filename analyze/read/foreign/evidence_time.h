/* When a capture was made, out of clocks that each tell a part of it. */
#ifndef MR_EVIDENCE_TIME_H
#define MR_EVIDENCE_TIME_H

#include "analyze/read/foreign/evidence_book.h"
#include "analyze/read/foreign/evidence_date.h"

#define MR_LOCAL_DATES_MAX 8

/** A date whose zone is not known. */
struct mr_local_date {
	char *source;
	int64_t local_s;
	int64_t usual_offset_s; /**< of its zone, east of UTC */
	char zone[8];
};

/** Members whose times are looked at together. */
enum mr_aged { MR_AGES_PROC, MR_AGES_SYS, MR_AGES_TOTAL };

/** Times of members, since 1970 UTC; -1: none. */
struct mr_ages {
	int64_t oldest_s;
	int64_t newest_s;
	bool has_other_than_midnight;
};

/** What was seen; mr_moments_init() first.  -1: not seen. */
struct mr_moments {
	int64_t boot_time_s;        /**< btime of proc/stat, since 1970 UTC */
	int64_t uptime_ns;          /**< proc/uptime */
	int64_t newest_start_ticks; /**< of all processes, since boot */
	int64_t clock_s;            /**< the uptime program: since midnight of its zone */
	int64_t up_s;               /**< the same line, whole minutes */
	int64_t first_start_s;      /**< ps lstart: of the oldest process, on the clock of its zone */
	int64_t last_start_s;       /**< of the newest */
	struct mr_ages ages[MR_AGES_TOTAL];
	struct mr_local_date dates[MR_LOCAL_DATES_MAX];
	size_t date_count;
	char *uptime_source;
	char *start_source;
	bool failed; /**< there was no memory */
};

void mr_moments_init(struct mr_moments *moments);
void mr_moments_deinit(struct mr_moments *moments);

/** The time of a member below proc or sys; others are passed over, and times that are not set. */
void mr_moments_mtime(struct mr_moments *moments, const char *path, int64_t mtime_s);

/** A date that a program printed: into the book when its zone is known, else it waits until it is. */
void mr_moments_date(struct mr_moments *moments, struct mr_book *book, const char *source,
		     const struct mr_date *date, enum mr_strength strength);

/** The line that the uptime program prints. */
void mr_moments_uptime(struct mr_moments *moments, const char *source, struct mr_slice line);

/** The start of a process as ps prints it. */
void mr_moments_start(struct mr_moments *moments, const char *source, int64_t local_s);

/** Write down what the clocks tell of the ticks in which start times are counted. */
void mr_moments_conclude_ticks(const struct mr_moments *moments, struct mr_book *book);

/** Write down what the clocks tell of the moment.  @ticks per second, 0 when unknown */
void mr_moments_conclude(const struct mr_moments *moments, struct mr_book *book, int64_t ticks);

#endif

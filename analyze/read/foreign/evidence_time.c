/* Clocks put together.  See evidence_time.h.
 *
 * Two things are missing in most captures: the zone of the dates that programs print, and the date of the
 * clocks that the kernel prints.  The boot time is in UTC and has the date; the first process started at that
 * moment in the zone of ps, and the uptime program prints a time of day in the same zone.  Zones are whole
 * quarters of an hour apart, so that a difference of some seconds tells the zone.
 */
#include "analyze/read/foreign/evidence_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUARTER_S INT64_C(900)
#define DAY_S INT64_C(86400)
#define NS_PER_S INT64_C(1000000000)
/* No zone is farther from UTC. */
#define OFFSET_MAX_S (14 * INT64_C(3600))
/* The first process runs seconds after the boot, on a slow machine or in a container a little later. */
#define FIRST_START_MAX_S 180
/* Members below sys that are no older than that are of the boot. */
#define BOOT_MAX_S 600

void mr_moments_init(struct mr_moments *moments)
{
	*moments = (struct mr_moments){
		.boot_time_s = -1,
		.uptime_ns = -1,
		.newest_start_ticks = -1,
		.clock_s = -1,
		.up_s = -1,
		.first_start_s = -1,
		.last_start_s = -1,
		.ages = {{-1, -1, false}, {-1, -1, false}},
	};
}

void mr_moments_deinit(struct mr_moments *moments)
{
	for (size_t i = 0; i < moments->date_count; i++)
		free(moments->dates[i].source);
	free(moments->uptime_source);
	free(moments->start_source);
}

static bool is_plausible(int64_t utc_s)
{
	return utc_s >= MR_MOMENT_MIN_S && utc_s < MR_MOMENT_END_S;
}

/* ---- what is seen ---- */

void mr_moments_mtime(struct mr_moments *moments, const char *path, int64_t mtime_s)
{
	bool is_proc = mr_slice_starts(mr_slice_of(path), MR_SLICE("proc/"));
	struct mr_ages *ages = &moments->ages[is_proc ? MR_AGES_PROC : MR_AGES_SYS];

	if (mtime_s <= 0 || (!is_proc && !mr_slice_starts(mr_slice_of(path), MR_SLICE("sys/"))))
		return;
	ages->has_other_than_midnight |= mtime_s % DAY_S != 0;
	if (ages->oldest_s < 0 || mtime_s < ages->oldest_s)
		ages->oldest_s = mtime_s;
	if (mtime_s > ages->newest_s)
		ages->newest_s = mtime_s;
}

static char *copy(struct mr_moments *moments, const char *text)
{
	char *result = strdup(text);

	moments->failed |= !result;
	return result;
}

static void wait_for_zone(struct mr_moments *moments, const char *source, const struct mr_date *date)
{
	if (moments->date_count == MR_LOCAL_DATES_MAX)
		return;
	struct mr_local_date *local = &moments->dates[moments->date_count];
	local->source = copy(moments, source);
	if (!local->source)
		return;
	local->local_s = date->local_s;
	local->usual_offset_s = date->offset_s;
	memcpy(local->zone, date->zone, sizeof(local->zone));
	moments->date_count++;
}

void mr_moments_date(struct mr_moments *moments, struct mr_book *book, const char *source,
		     const struct mr_date *date, enum mr_strength strength)
{
	if (!date->has_zone) {
		wait_for_zone(moments, source, date);
		return;
	}
	int64_t utc_s = date->local_s - date->offset_s;
	mr_book_add_number(book, MR_FACT_TAKEN, strength, source, utc_s * NS_PER_S,
			   "printed with its zone: %s UTC, offset %lld min", mr_date_text(utc_s).text,
			   (long long)date->offset_s / 60);
}

/* "17:41", "25 min", "3 days": what stands behind "up", up to the number of users. */
static bool read_up(struct mr_slice rest, int64_t *ret_s)
{
	struct mr_slice word;
	struct mr_slice hours;
	int64_t total_s = 0;
	int64_t number = -1;
	int64_t minutes;
	bool is_there = false;

	while (mr_slice_word(&rest, &word)) {
		bool is_last = word.at[word.length_bytes - 1] == ',';
		struct mr_slice bare = {word.at, word.length_bytes - is_last};
		struct mr_slice behind = bare;

		if (mr_slice_starts(bare, MR_SLICE("user")) || mr_slice_starts(bare, MR_SLICE("load")))
			break;
		if (mr_slice_starts(bare, MR_SLICE("day")) && number >= 0)
			total_s += number * DAY_S;
		else if (mr_slice_starts(bare, MR_SLICE("hour")) && number >= 0)
			total_s += number * 3600;
		else if (mr_slice_starts(bare, MR_SLICE("min")) && number >= 0)
			total_s += number * 60;
		else if (mr_slice_until(&behind, ':', &hours) &&
			 mr_slice_integer(hours, &number) == MR_NUMBER_OK &&
			 mr_slice_integer(behind, &minutes) == MR_NUMBER_OK && number >= 0 && number < 24 &&
			 minutes >= 0 && minutes < 60)
			total_s += number * 3600 + minutes * 60;
		else if (mr_slice_integer(bare, &number) == MR_NUMBER_OK && number >= 0 && number < 100000)
			continue;
		else
			return false;
		is_there = true;
		number = -1;
	}
	*ret_s = total_s;
	return is_there;
}

void mr_moments_uptime(struct mr_moments *moments, const char *source, struct mr_slice line)
{
	int64_t clock_s;
	int64_t up_s;
	struct mr_slice word = {0};

	if (moments->clock_s >= 0 || !mr_date_clock(line, &clock_s))
		return;
	while (mr_slice_word(&line, &word) && !mr_slice_is(word, "up"))
		;
	if (!mr_slice_is(word, "up") || !read_up(line, &up_s))
		return;
	moments->uptime_source = copy(moments, source);
	moments->clock_s = clock_s;
	moments->up_s = up_s;
}

void mr_moments_start(struct mr_moments *moments, const char *source, int64_t local_s)
{
	if (!moments->start_source)
		moments->start_source = copy(moments, source);
	if (moments->first_start_s < 0 || local_s < moments->first_start_s)
		moments->first_start_s = local_s;
	if (local_s > moments->last_start_s)
		moments->last_start_s = local_s;
}

/* ---- what they tell ---- */

struct zone {
	bool is_known;
	int64_t offset_s;
	const char *how;
};

static int64_t floor_modulo(int64_t number, int64_t divisor)
{
	int64_t rest = number % divisor;

	return rest < 0 ? rest + divisor : rest;
}

/* The moment of the uptime program in UTC, as near as can be: its minutes since boot, moved to the next
 * moment at which its clock can be in some zone.  -1 when the two do not belong together. */
static int64_t uptime_moment(const struct mr_moments *moments)
{
	if (moments->boot_time_s < 0 || moments->up_s < 0)
		return -1;
	int64_t about_s = moments->boot_time_s + moments->up_s;
	int64_t later_s = floor_modulo(moments->clock_s - about_s, QUARTER_S);
	if (later_s > QUARTER_S - 10)
		later_s -= QUARTER_S;
	return later_s <= 70 ? about_s + later_s : -1;
}

static struct zone find_zone(const struct mr_moments *moments)
{
	int64_t moment_s = uptime_moment(moments);

	if (moments->boot_time_s >= 0 && moments->first_start_s >= 0) {
		int64_t apart_s = moments->first_start_s - moments->boot_time_s + 10;
		int64_t later_s = floor_modulo(apart_s, QUARTER_S);
		int64_t offset_s = apart_s - later_s;
		if (later_s <= FIRST_START_MAX_S && offset_s <= OFFSET_MAX_S && offset_s >= -OFFSET_MAX_S)
			return (struct zone){true, offset_s,
					     "the first process started when the machine booted"};
	}
	if (moment_s >= 0) {
		/* east of UTC up to +14, where the day before has -10 and more */
		int64_t offset_s = floor_modulo(moments->clock_s - moment_s, DAY_S);
		if (offset_s > OFFSET_MAX_S)
			offset_s -= DAY_S;
		return (struct zone){true, offset_s, "the uptime program and the boot time belong together"};
	}
	return (struct zone){0};
}

static void conclude_kernel_clock(const struct mr_moments *moments, struct mr_book *book)
{
	int64_t taken_ns;

	if (moments->boot_time_s < 0 || moments->uptime_ns < 0 ||
	    __builtin_mul_overflow(moments->boot_time_s, NS_PER_S, &taken_ns) ||
	    __builtin_add_overflow(taken_ns, moments->uptime_ns, &taken_ns))
		return;
	if (is_plausible(taken_ns / NS_PER_S))
		mr_book_add_number(book, MR_FACT_TAKEN, MR_STRENGTH_KERNEL, "proc/stat and proc/uptime",
				   taken_ns, "boot at %s UTC and %lld s up",
				   mr_date_text(moments->boot_time_s).text,
				   (long long)(moments->uptime_ns / NS_PER_S));
	else
		mr_book_add_doubt(book, MR_FACT_TAKEN, "proc/stat and proc/uptime",
				  "boot at %s UTC: the clock was not set",
				  mr_date_text(moments->boot_time_s).text);
}

static void conclude_uptime(const struct mr_moments *moments, struct mr_book *book)
{
	int64_t moment_s = uptime_moment(moments);

	if (moments->uptime_source && is_plausible(moment_s))
		mr_book_add_number(book, MR_FACT_TAKEN, MR_STRENGTH_COMMAND, moments->uptime_source,
				   moment_s * NS_PER_S, "boot at %s UTC in proc/stat and %lld min up",
				   mr_date_text(moments->boot_time_s).text, (long long)moments->up_s / 60);
}

/* The last process that started before the end of the capture is one of its own as a rule. */
static void conclude_starts(const struct mr_moments *moments, struct mr_book *book, int64_t ticks,
			    const struct zone *zone)
{
	if (moments->boot_time_s >= 0 && moments->newest_start_ticks >= 0 && ticks > 0) {
		int64_t since_boot_s = moments->newest_start_ticks / ticks;
		int64_t last_s;
		if (!__builtin_add_overflow(moments->boot_time_s, since_boot_s, &last_s) &&
		    is_plausible(last_s))
			mr_book_add_number(book, MR_FACT_TAKEN, MR_STRENGTH_BOUND,
					   "proc/PID/stat and proc/stat", last_s * NS_PER_S,
					   "not before the start of the newest process, %s UTC",
					   mr_date_text(last_s).text);
	}
	int64_t last_s = moments->last_start_s - zone->offset_s;
	if (moments->start_source && is_plausible(last_s))
		mr_book_add_number(book, MR_FACT_TAKEN, MR_STRENGTH_BOUND, moments->start_source,
				   last_s * NS_PER_S, "not before the start of the newest process, %s%s%s",
				   mr_date_text(last_s).text,
				   zone->is_known ? " UTC, for " : "; zone unknown, taken as UTC",
				   zone->is_known ? zone->how : "");
}

/* A date in a zone that nothing tells: for want of better what its name means as a rule, or UTC. */
static void add_local_date(const struct mr_local_date *date, struct mr_book *book)
{
	char usual[32] = "";

	if (date->usual_offset_s)
		snprintf(usual, sizeof(usual), "%+lld min", (long long)(date->usual_offset_s / 60));
	mr_book_add_number(book, MR_FACT_TAKEN, MR_STRENGTH_HINT, date->source,
			   (date->local_s - date->usual_offset_s) * NS_PER_S,
			   "local time %s%s%s; zone unknown, taken as UTC%s",
			   mr_date_text(date->local_s).text, date->zone[0] ? " " : "", date->zone, usual);
}

static void conclude_dates(const struct mr_moments *moments, struct mr_book *book, const struct zone *zone)
{
	for (size_t i = 0; i < moments->date_count; i++) {
		const struct mr_local_date *date = &moments->dates[i];
		int64_t utc_s = date->local_s - zone->offset_s;

		if (zone->is_known)
			mr_book_add_number(
				book, MR_FACT_TAKEN, MR_STRENGTH_COMMAND, date->source, utc_s * NS_PER_S,
				"local time, %s UTC with an offset of %lld min, for %s",
				mr_date_text(utc_s).text, (long long)(zone->offset_s / 60), zone->how);
		else
			add_local_date(date, book);
	}
}

/* The kernel gives a file below proc and sys the time at which it made the inode: that of the first look
 * since it was last forgotten, seconds or hours before, below sys often that of the boot.  Where the times
 * are farther apart somebody edited the capture later, as a rule in proc. */
static enum mr_strength strength_of_ages(const struct mr_moments *moments, enum mr_aged aged)
{
	const struct mr_ages *ages = &moments->ages[aged];

	if (ages->newest_s - ages->oldest_s > DAY_S)
		return MR_STRENGTH_BOUND;
	if (aged == MR_AGES_PROC)
		return MR_STRENGTH_NUMBERS;
	return moments->boot_time_s >= 0 && ages->newest_s - moments->boot_time_s < BOOT_MAX_S
		       ? MR_STRENGTH_BOUND
		       : MR_STRENGTH_HINT;
}

static void conclude_ages(const struct mr_moments *moments, struct mr_book *book, enum mr_aged aged)
{
	static const char *const sources[] = {"times of the members below proc",
					      "times of the members below sys"};
	const struct mr_ages *ages = &moments->ages[aged];
	bool is_together = ages->newest_s - ages->oldest_s <= DAY_S;

	if (ages->newest_s < 0)
		return;
	if (!is_plausible(ages->newest_s) || !ages->has_other_than_midnight ||
	    ages->newest_s < moments->boot_time_s)
		mr_book_add_doubt(book, MR_FACT_TAKEN, sources[aged], "the newest is %s UTC: %s",
				  mr_date_text(ages->newest_s).text,
				  ages->newest_s < moments->boot_time_s ? "before the boot"
				  : ages->has_other_than_midnight       ? "no date of a capture"
									: "all are at midnight, made up");
	else
		mr_book_add_number(book, MR_FACT_TAKEN, strength_of_ages(moments, aged), sources[aged],
				   ages->newest_s * NS_PER_S,
				   is_together ? "the newest, %s UTC"
					       : "the newest, %s UTC, the oldest days before",
				   mr_date_text(ages->newest_s).text);
}

/* The capture starts a process, or is one: the newest start is as old as the machine, in ticks. */
void mr_moments_conclude_ticks(const struct mr_moments *moments, struct mr_book *book)
{
	static const struct {
		int64_t ticks;
		double least, most;
	} usual[] = {{100, 95, 100.5}, {1024, 973, 1029}};

	if (moments->newest_start_ticks <= 0 || moments->uptime_ns <= 0)
		return;
	double per_second = (double)moments->newest_start_ticks * 1e9 / (double)moments->uptime_ns;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (per_second >= usual[i].least && per_second <= usual[i].most)
			mr_book_add_number(
				book, MR_FACT_CLOCK_TICKS, MR_STRENGTH_NUMBERS,
				"proc/PID/stat against proc/uptime", usual[i].ticks,
				"the newest process started after %lld ticks, %lld s are %.1f each",
				(long long)moments->newest_start_ticks,
				(long long)(moments->uptime_ns / NS_PER_S), per_second);
}

void mr_moments_conclude(const struct mr_moments *moments, struct mr_book *book, int64_t ticks)
{
	struct zone zone = find_zone(moments);

	conclude_kernel_clock(moments, book);
	conclude_uptime(moments, book);
	conclude_dates(moments, book, &zone);
	conclude_starts(moments, book, ticks, &zone);
	conclude_ages(moments, book, MR_AGES_PROC);
	conclude_ages(moments, book, MR_AGES_SYS);
}

/* A series: captures by the clock (--interval) or by conditions (--when), one archive each.
 *
 * The program that was started stays small and keeps the time, with no more rights than its captures need;
 * each of them runs in a child of its own, which confines itself and ends.  So a capture that goes wrong
 * costs one archive, and what one needs of memory is given back after it. */
#ifndef MR_COLLECT_SERIES_H
#define MR_COLLECT_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/anonymize.h"
#include "collect/options.h"
#include "schema/base/buffer.h"
#include "schema/base/error.h"

/**
 * Make one capture.  Runs in a child process, which is the leader of a process group of its own, with the
 * signals as they were when the program began.
 *
 * @anonymizer  as for mr_series_run()
 * @trigger  what made it begin, with the number seen: "mem_available<5%: 4.21%"; NULL when it was the clock.
 * Names no cgroup when the capture is anonymized
 * @return   enum mr_exit; wrong use ends the series.  An @error that is set is printed by the caller, who
 * then dies by the signal that mr_stop_signal() names
 */
typedef int mr_capture_function(const struct mr_options *options, struct mr_anonymizer *anonymizer,
				const char *trigger, struct mr_error *error);

/** @return whether the options ask for more than one capture here and now; a dry run never does */
bool mr_series_is_wanted(const struct mr_options *options);

/** @return how many captures the options ask for at most; 0: no limit.  Without --count that is one for
 * --when, but no limit with --keep or --interval alone. */
uint64_t mr_series_count(const struct mr_options *options);

/**
 * Run a series to its end.  Conditions and output are looked at first; then nothing more is refused.
 *
 * Captures by the clock begin at multiples of the interval after the first, which begins at once; those that
 * come while a capture runs are skipped and named, and do not count for --count.  A condition that is true
 * makes a capture begin, and again after the cooldown, counted from the end of that capture, if it is true
 * then.
 *
 * @anonymizer  the same for all captures, so that a name has the same token in all archives; NULL: names stay
 * @return  the worst of the captures: 0, 3 or 4; 4 when there is no archive at all; 2 for wrong use; with
 * @error set where there is something to say that was not yet said.  Does not return when a signal ended the
 * series: it is passed on to the capture, which is waited for, and then the program dies by it
 */
int mr_series_run(const struct mr_options *options, struct mr_anonymizer *anonymizer,
		  mr_capture_function *run_once, struct mr_error *error);

/**
 * Name the archive that a capture is about to make.  To be called by the capture, before it makes the file;
 * should it be killed, the unfinished file is removed.
 *
 * @stem    HOST-TIME, TIME without any "-"
 * @return  0, or a negative errno with @error set
 *
 * Owns:    what is appended to @ret_path, for the caller
 */
int mr_series_output(const struct mr_options *options, const char *stem, struct mr_buffer *ret_path,
		     struct mr_error *error);

/** Tell the series that an archive has got its name, so that --keep can count it.  Called by the capture;
 * nothing but a copy in memory, and nothing at all outside of a series. */
void mr_series_published(const char *path);

/** A moment of a schedule. */
struct mr_tick {
	uint64_t number;        /**< the moment is start + number * interval */
	uint64_t skipped_count; /**< moments since the last one that are over */
};

/**
 * The next moment of a schedule that is not over yet.
 *
 * @last_number  the one that was used last
 * @now_ns       not before @start_ns; a moment that is right now is not over
 */
struct mr_tick mr_tick_after(uint64_t start_ns, uint64_t interval_ns, uint64_t last_number, uint64_t now_ns);

/** @return when a tick is; UINT64_MAX for never */
uint64_t mr_tick_ns(uint64_t start_ns, uint64_t interval_ns, uint64_t number);

#endif

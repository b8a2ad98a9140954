/* Keeping the time of a series.
 *
 * The ticks lie on CLOCK_MONOTONIC at start + n * interval and are waited for from where the clock stands, so
 * that lateness never adds up.  The wait is sigtimedwait() with all signals of interest blocked: unlike a
 * handler and clock_nanosleep() it cannot lose a signal that comes just before the sleep, and a child's end
 * is one of them.
 *
 * A capture is the leader of its own process group.  Ctrl-C reaches every process of the terminal's group; if
 * the capture were in it, it would be told twice, and a second signal means: leave no file. */
#include "collect/series.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collect/capabilities.h"
#include "schema/base/clock.h"
#include "collect/confine.h"
#include "collect/once.h"
#include "collect/series_output.h"
#include "collect/stop.h"
#include "collect/utc.h"
#include "collect/watch.h"

#define DEFAULT_POLL_NS MR_SECOND_NS
/* What ends a series. */
static const int stop_signals[] = {MR_STOP_SIGNALS};

struct series {
	const struct mr_options *options;
	struct mr_anonymizer *anonymizer;
	mr_capture_function *run_once;
	struct mr_tree tree;
	struct mr_watch watches[MR_WHEN_MAX];
	bool was_lost[MR_WHEN_MAX]; /* at the last poll the condition could not be judged */
	unsigned watches_count;
	sigset_t waited, before; /* signals: that we wait for, and the mask we were started with */
	int stopped_by;
	uint64_t start_ns, end_ns;
	uint64_t count_max;
	uint64_t captures_count, published_count, partial_count, skipped_count;
	int worst;
	struct mr_kept kept;
	uint64_t taken_s; /* of the last capture: seconds since 1970 */
};

/* What a capture says to the series, in memory that both have. */
struct announcement {
	char path[PATH_MAX]; /* of the published archive; "" while there is none */
	char part[PATH_MAX]; /* of the file it is written to; "" when one of that name was there before */
};

/* NULL outside of a series. */
static struct announcement *announcement;

bool mr_series_is_wanted(const struct mr_options *options)
{
	return options->task == MR_TASK_COLLECT && !options->is_dry_run &&
	       (options->interval_ns || options->when_count);
}

uint64_t mr_series_count(const struct mr_options *options)
{
	return options->count ? options->count : options->when_count && !options->keep_count;
}

uint64_t mr_tick_ns(uint64_t start_ns, uint64_t interval_ns, uint64_t number)
{
	uint64_t tick_ns;

	if (__builtin_mul_overflow(interval_ns, number, &tick_ns) ||
	    __builtin_add_overflow(tick_ns, start_ns, &tick_ns))
		return UINT64_MAX;
	return tick_ns;
}

struct mr_tick mr_tick_after(uint64_t start_ns, uint64_t interval_ns, uint64_t last_number, uint64_t now_ns)
{
	uint64_t passed_ns = now_ns - start_ns;
	uint64_t number = passed_ns / interval_ns + (passed_ns % interval_ns != 0);

	if (number <= last_number)
		number = last_number + 1;
	return (struct mr_tick){.number = number, .skipped_count = number - last_number - 1};
}

void mr_series_published(const char *path)
{
	if (announcement && strlen(path) < sizeof(announcement->path))
		strcpy(announcement->path, path);
}

int mr_series_output(const struct mr_options *options, const char *stem, struct mr_buffer *ret_path,
		     struct mr_error *error)
{
	int result = mr_series_output_name(options, stem, ret_path, error);
	struct stat status;

	if (result < 0 || !announcement ||
	    ret_path->length_bytes + sizeof(".part") > sizeof(announcement->part))
		return result;
	sprintf(announcement->part, "%s.part", ret_path->data);
	if (!lstat(announcement->part, &status))
		announcement->part[0] = '\0';
	return 0;
}

static bool talks(const struct series *series)
{
	return !series->options->is_quiet;
}

/* "10:02:00Z" */
static const char *clock_text(uint64_t seconds, char ret[MR_UTC_BYTES])
{
	char utc[MR_UTC_BYTES];

	mr_utc_print(seconds, utc);
	const char *at = strchr(utc, 'T');
	snprintf(ret, MR_UTC_BYTES, "%.2s:%.2s:%.2sZ", at + 1, at + 3, at + 5);
	return ret;
}

/* "131 s", "1.5 s" */
static const char *duration_text(uint64_t duration_ns, char ret[32])
{
	uint64_t tenths = duration_ns / (MR_SECOND_NS / 10);

	if (tenths < 100)
		snprintf(ret, 32, "%" PRIu64 ".%" PRIu64 " s", tenths / 10, tenths % 10);
	else
		snprintf(ret, 32, "%" PRIu64 " s", tenths / 10);
	return ret;
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* A name that comes from the command line: nothing but printable ASCII reaches the terminal. */
static void print_text(const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c >= 0x7f)
			fprintf(stderr, "\\x%02x", c);
		else
			putc(c, stderr);
	}
}

/* Signals.  One that was ignored when we were started stays so (nohup). */
static void block_signals(struct series *series)
{
	sigemptyset(&series->waited);
	sigaddset(&series->waited, SIGCHLD);
	for (size_t i = 0; i < sizeof(stop_signals) / sizeof(stop_signals[0]); i++) {
		struct sigaction action;

		if (!sigaction(stop_signals[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(&series->waited, stop_signals[i]);
	}
	/* whoever ignores it gets no children to wait for */
	signal(SIGCHLD, SIG_DFL);
	/* nobody may be left to read what we say; the archives are made all the same */
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &series->waited, &series->before);
}

/* Die by the signal that ended the series, as a shell expects; return when there was none. */
static void die(const struct series *series)
{
	if (series->stopped_by)
		mr_stop_die_by(series->stopped_by);
}

/* Wait for a signal, but not beyond a moment.  @return its number; 0 when the time is over */
static int wait_signal(const struct series *series, uint64_t deadline_ns)
{
	uint64_t now_ns = mr_now_ns(), rest_ns = now_ns < deadline_ns ? deadline_ns - now_ns : 0;
	struct timespec rest = {.tv_sec = (time_t)(rest_ns / MR_SECOND_NS),
				.tv_nsec = (long)(rest_ns % MR_SECOND_NS)};
	int number = sigtimedwait(&series->waited, NULL, &rest);

	return number > 0 ? number : errno == EINTR ? SIGCHLD : 0;
}

/* @return whether the moment was reached; else stopped_by is set */
static bool sleep_until(struct series *series, uint64_t deadline_ns)
{
	for (;;) {
		int number = wait_signal(series, deadline_ns);

		if (!number)
			return true;
		if (number != SIGCHLD) {
			series->stopped_by = number;
			return false;
		}
	}
}

static void close_conditions(struct series *series)
{
	for (unsigned i = 0; i < series->watches_count; i++)
		mr_watch_close(&series->watches[i]);
	mr_tree_close(&series->tree);
}

/* The capture itself, in the child. */
static _Noreturn void run_child(struct series *series, const char *trigger)
{
	struct mr_error error = {0};

	close_conditions(series);
	setpgid(0, 0);
	/* a terminal may stop processes that are not of its group when they print */
	signal(SIGTTOU, SIG_IGN);
	sigprocmask(SIG_SETMASK, &series->before, NULL);
	int status = series->run_once(series->options, series->anonymizer, trigger, &error);
	if (error.number)
		fprintf(stderr, "memreckon-collect: %s\n", error.message);
	mr_stop_die();
	_exit(status);
}

/* Wait for the capture, and pass on to it what we are told meanwhile.  @return its wait status */
static int wait_child(struct series *series, pid_t child)
{
	int status = 0;
	pid_t ended;

	while ((ended = waitpid(child, &status, WNOHANG)) != child) {
		/* somebody else has waited for it: what it announced is all that is known */
		if (ended < 0 && errno == ECHILD)
			return W_EXITCODE(announcement->path[0] ? MR_EXIT_PARTIAL : MR_EXIT_NOT_DONE, 0);
		int number = ended < 0 ? 0 : wait_signal(series, UINT64_MAX);

		if (!number || number == SIGCHLD)
			continue;
		if (!series->stopped_by)
			series->stopped_by = number;
		kill(child, number);
	}
	return status;
}

/* What a capture came to that was killed: the kernel does so when memory is out. */
static int clean_up_after(const struct series *series, int number)
{
	const char *name = sigabbrev_np(number);
	char taken[MR_UTC_BYTES];

	if (announcement->part[0])
		unlink(announcement->part);
	if (!series->stopped_by)
		fprintf(stderr, "memreckon-collect: the capture at %s was ended by SIG%s\n",
			clock_text(series->taken_s, taken), name ? name : "RT");
	return announcement->path[0] ? MR_EXIT_PARTIAL : MR_EXIT_NOT_DONE;
}

static int exit_status(const struct series *series, int wait_status)
{
	if (WIFEXITED(wait_status))
		switch (WEXITSTATUS(wait_status)) {
		case MR_EXIT_COMPLETE:
		case MR_EXIT_WRONG_USE:
		case MR_EXIT_PARTIAL:
			return WEXITSTATUS(wait_status);
		default:
			return MR_EXIT_NOT_DONE;
		}
	return clean_up_after(series, WTERMSIG(wait_status));
}

static void account(struct series *series, int status)
{
	struct mr_error error = {0};

	if (status == MR_EXIT_COMPLETE || status == MR_EXIT_PARTIAL)
		series->published_count++;
	series->partial_count += status == MR_EXIT_PARTIAL;
	if (status > series->worst)
		series->worst = status;
	if (announcement->path[0] && series->options->keep_count &&
	    mr_kept_add(&series->kept, announcement->path, series->options->keep_count, &error) < 0)
		fprintf(stderr, "memreckon-collect: %s\n", error.message);
}

/* @return whether the series goes on */
static bool capture(struct series *series, const char *trigger)
{
	int status = MR_EXIT_NOT_DONE;

	announcement->path[0] = announcement->part[0] = '\0';
	series->taken_s = (uint64_t)time(NULL);
	series->captures_count++;
	pid_t child = fork();
	if (!child)
		run_child(series, trigger);
	if (child > 0) {
		setpgid(child, child);
		status = exit_status(series, wait_child(series, child));
	} else
		fprintf(stderr, "memreckon-collect: cannot begin a capture: %s\n", strerror(errno));
	account(series, status);
	return !series->stopped_by && status != MR_EXIT_WRONG_USE &&
	       (!series->count_max || series->captures_count < series->count_max);
}

static void say_skipped(struct series *series, uint64_t count, uint64_t began_ns, uint64_t ended_ns)
{
	char taken[MR_UTC_BYTES], duration[32];

	series->skipped_count += count;
	if (count && talks(series))
		fprintf(stderr, "skipped   %" PRIu64 " tick%s: the capture at %s took %s\n", count,
			plural(count), clock_text(series->taken_s, taken),
			duration_text(ended_ns - began_ns, duration));
}

/* The ticks that went by while we were to sleep: the machine was suspended, or we were stopped. */
static uint64_t overslept(struct series *series, uint64_t number)
{
	uint64_t interval_ns = series->options->interval_ns;
	uint64_t tick_ns = mr_tick_ns(series->start_ns, interval_ns, number), now_ns = mr_now_ns();
	uint64_t late_ns = now_ns > tick_ns ? now_ns - tick_ns : 0, count = late_ns / interval_ns;
	char duration[32];

	series->skipped_count += count;
	if (count && talks(series))
		fprintf(stderr, "skipped   %" PRIu64 " tick%s: this program did not run for %s\n", count,
			plural(count), duration_text(late_ns, duration));
	return count;
}

static void run_by_clock(struct series *series)
{
	uint64_t interval_ns = series->options->interval_ns;
	struct mr_tick tick = {0};

	for (;;) {
		uint64_t tick_ns = mr_tick_ns(series->start_ns, interval_ns, tick.number);

		if (tick_ns >= series->end_ns || !sleep_until(series, tick_ns))
			return;
		tick.number += overslept(series, tick.number);
		uint64_t began_ns = mr_now_ns();
		if (mr_tick_ns(series->start_ns, interval_ns, tick.number) >= series->end_ns ||
		    !capture(series, NULL))
			return;
		uint64_t ended_ns = mr_now_ns();
		tick = mr_tick_after(series->start_ns, interval_ns, tick.number, ended_ns);
		say_skipped(series, tick.skipped_count, began_ns, ended_ns);
	}
}

/* Whether a condition can be judged changes when its cgroup goes and comes. */
static void say_lost(struct series *series, unsigned i, int result)
{
	bool is_lost = result < 0;

	if (is_lost != series->was_lost[i] && talks(series)) {
		fputs("waiting   ", stderr);
		print_text(series->watches[i].when.text);
		fprintf(stderr, ": %s\n", is_lost ? strerror(-result) : "can be read again");
	}
	series->was_lost[i] = is_lost;
}

/* @return the first condition that is true, with its level; NULL when none is */
static const struct mr_when *poll_conditions(struct series *series, struct mr_when_level *ret)
{
	const struct mr_when *fired = NULL;

	for (unsigned i = 0; i < series->watches_count && !fired; i++) {
		int result = mr_watch_poll(&series->watches[i], ret);

		say_lost(series, i, result);
		if (!result && mr_when_holds(&series->watches[i].when, ret))
			fired = &series->watches[i].when;
	}
	return fired;
}

/* The condition and what was seen, as the archive has it.  Tokens can replace the name of a group where it is
 * a member's path, not inside a text: so an anonymized capture says only "cgroup". */
static void print_trigger(const struct mr_options *options, const struct mr_when *when, const char *level,
			  struct mr_buffer *ret)
{
	bool hides_name = options->is_anonymized && when->subject == MR_WHEN_CGROUP;

	mr_buffer_printf(ret, "%s%s: %s", hides_name ? "cgroup" : "",
			 hides_name ? when->name + when->name_bytes : when->text, level);
}

/* @return whether the series goes on */
static bool capture_for(struct series *series, const struct mr_when *when, const struct mr_when_level *level)
{
	char text[MR_WHEN_LEVEL_BYTES], now[MR_UTC_BYTES];
	struct mr_buffer trigger = {0};

	mr_when_print_level(when, level, text);
	if (talks(series)) {
		fputs("trigger   ", stderr);
		print_text(when->text);
		fprintf(stderr, ": %s at %s\n", text, clock_text((uint64_t)time(NULL), now));
	}
	print_trigger(series->options, when, text, &trigger);
	/* no memory for the words is no reason not to capture: it is what we wait for to run out */
	bool goes_on = capture(series, trigger.failed ? "a condition" : trigger.data);
	mr_buffer_deinit(&trigger);
	return goes_on;
}

static void run_by_condition(struct series *series)
{
	uint64_t poll_ns = series->options->interval_ns ? series->options->interval_ns : DEFAULT_POLL_NS;
	uint64_t cooled_ns = 0;
	struct mr_tick tick = {0};

	for (;;) {
		uint64_t tick_ns = mr_tick_ns(series->start_ns, poll_ns, tick.number);
		struct mr_when_level level;

		if (tick_ns < cooled_ns)
			tick_ns = cooled_ns;
		bool is_over = tick_ns >= series->end_ns;
		if (!sleep_until(series, is_over ? series->end_ns : tick_ns) || is_over)
			return;
		const struct mr_when *fired = poll_conditions(series, &level);
		if (fired && !capture_for(series, fired, &level))
			return;
		if (fired && (__builtin_add_overflow(mr_now_ns(), series->options->cooldown_ns, &cooled_ns) ||
			      cooled_ns >= series->end_ns))
			return;
		tick = mr_tick_after(series->start_ns, poll_ns, tick.number, mr_now_ns());
	}
}

/* Open what the conditions are judged by, and say what is waited for. */
static int open_conditions(struct series *series, struct mr_error *error)
{
	const struct mr_options *options = series->options;
	struct mr_when whens[MR_WHEN_MAX];
	int result = 0;

	for (unsigned i = 0; i < options->when_count && !result; i++)
		result = mr_when_parse(options->when[i], &whens[i], error);
	if (!result && options->when_count)
		result = mr_tree_open(&series->tree, options->root, error);
	for (unsigned i = 0; i < options->when_count && !result; i++) {
		result = mr_watch_open(&series->watches[i], &series->tree, &whens[i], error);
		series->watches_count += !result;
	}
	return result;
}

static void say_waiting(struct series *series)
{
	for (unsigned i = 0; i < series->watches_count && talks(series); i++) {
		const struct mr_when *when = &series->watches[i].when;
		struct mr_when_level level;
		char text[MR_WHEN_LEVEL_BYTES];

		if (mr_watch_poll(&series->watches[i], &level) < 0)
			continue;
		mr_when_print_level(when, &level, text);
		fputs(i ? "          or " : "waiting   for ", stderr);
		print_text(when->text);
		fprintf(stderr, ", now %s\n", text);
	}
}

static void say_result(const struct series *series)
{
	uint64_t failed_count = series->captures_count - series->published_count;
	char duration[32];

	/* of a single capture its own summary says all */
	if (!talks(series) || (series->captures_count ? series->count_max == 1 : !series->stopped_by))
		return;
	fprintf(stderr, "series    %" PRIu64 " archive%s in %s", series->published_count,
		plural(series->published_count), duration_text(mr_now_ns() - series->start_ns, duration));
	if (series->partial_count)
		fprintf(stderr, ", %" PRIu64 " partial", series->partial_count);
	if (failed_count)
		fprintf(stderr, ", %" PRIu64 " without an archive", failed_count);
	if (series->skipped_count)
		fprintf(stderr, ", %" PRIu64 " tick%s skipped", series->skipped_count,
			plural(series->skipped_count));
	putc('\n', stderr);
}

static int prepare(struct series *series, struct mr_error *error)
{
	int result = open_conditions(series, error);

	if (!result)
		result = mr_series_output_check(series->options, series->count_max, error);
	if (result < 0)
		return result;
	announcement =
		mmap(NULL, sizeof(*announcement), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (announcement == MAP_FAILED) {
		announcement = NULL;
		return mr_error_set(error, -ENOMEM, "no memory");
	}
	return 0;
}

/* For days this program only waits: what neither it nor a capture needs it gives up.  Where the kernel does
 * not take that, work goes on. */
static void give_up_rights(const struct mr_options *options)
{
	if (!options->is_confined)
		return;
	int folder_fd = mr_series_output_open_folder(options);
	/* there is no archive yet to see who will own it; whoever owns the folder is a good guess */
	mr_capabilities_drop(folder_fd, folder_fd, NULL);
	if (folder_fd >= 0)
		close(folder_fd);
	mr_confine_series();
}

static void tidy(struct series *series)
{
	close_conditions(series);
	mr_kept_deinit(&series->kept);
	if (announcement)
		munmap(announcement, sizeof(*announcement));
	announcement = NULL;
}

static int run(struct series *series, struct mr_error *error)
{
	char duration[32];

	block_signals(series);
	series->start_ns = mr_now_ns();
	if (!series->options->for_ns ||
	    __builtin_add_overflow(series->start_ns, series->options->for_ns, &series->end_ns))
		series->end_ns = UINT64_MAX;
	give_up_rights(series->options);
	say_waiting(series);
	if (series->options->when_count)
		run_by_condition(series);
	else
		run_by_clock(series);
	say_result(series);
	if (!series->captures_count && !series->stopped_by)
		mr_error_set(error, -ETIME, "no archive: nothing that was waited for came true in %s",
			     duration_text(series->options->for_ns, duration));
	return series->worst == MR_EXIT_WRONG_USE || series->published_count ? series->worst
									     : MR_EXIT_NOT_DONE;
}

int mr_series_run(const struct mr_options *options, struct mr_anonymizer *anonymizer,
		  mr_capture_function *run_once, struct mr_error *error)
{
	struct series series = {.options = options,
				.anonymizer = anonymizer,
				.run_once = run_once,
				.tree = {.root_fd = -1},
				.count_max = mr_series_count(options)};
	int result = prepare(&series, error), status;

	if (result < 0)
		status = result == -EINVAL ? MR_EXIT_WRONG_USE : MR_EXIT_NOT_DONE;
	else
		status = run(&series, error);
	tidy(&series);
	if (!result) {
		die(&series);
		sigprocmask(SIG_SETMASK, &series.before, NULL);
	}
	return status;
}

/* Signals.  The handler only takes notes, except on the second signal: then it removes the unfinished file
 * and dies, with nothing but async-signal-safe calls. */
#include "collect/stop.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/archive_out.h"
#include "schema/base/clock.h"

static const int signals[] = {MR_STOP_SIGNALS};
#define SIGNALS_COUNT (sizeof(signals) / sizeof(signals[0]))

/* Signals that come closer together are one. */
#define TWICE_NS (100 * MR_MILLISECOND_NS)

static volatile sig_atomic_t stopped_by;
static volatile uint64_t stopped_ns;

void mr_stop_die_by(int number)
{
	sigset_t set;

	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number); /* takes effect when it is no longer blocked */
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	/* the first process of a pid namespace does not die of signals */
	_exit(128 + number);
}

/* timeout(1) signals the program and then its whole group: that is one wish, not two. */
static void on_signal(int number)
{
	if (!stopped_by) {
		stopped_ns = mr_now_ns();
		stopped_by = number;
		return;
	}
	if (mr_now_ns() - stopped_ns < TWICE_NS)
		return;
	mr_archive_out_abandon_in_signal();
	mr_stop_die_by(number);
}

static void fill_set(sigset_t *ret)
{
	sigemptyset(ret);
	for (size_t i = 0; i < SIGNALS_COUNT; i++)
		sigaddset(ret, signals[i]);
}

void mr_stop_install(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	fill_set(&action.sa_mask);
	for (size_t i = 0; i < SIGNALS_COUNT; i++) {
		struct sigaction before;

		sigaction(signals[i], NULL, &before);
		if (before.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
	/* inherited as ignored, the kernel would forget the readers before they are asked what they cost */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	/* blocked by whoever started us, they would never arrive */
	mr_stop_unblock();
}

int mr_stop_signal(void)
{
	return stopped_by;
}

const char *mr_stop_name(void)
{
	static char name[16];
	const char *abbreviation = sigabbrev_np(stopped_by);

	if (!stopped_by)
		return "end";
	snprintf(name, sizeof(name), "SIG%s", abbreviation ? abbreviation : "?");
	return name;
}

void mr_stop_block(void)
{
	sigset_t set;

	fill_set(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void mr_stop_unblock(void)
{
	sigset_t set;

	fill_set(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void mr_stop_die(void)
{
	if (stopped_by)
		mr_stop_die_by(stopped_by);
}

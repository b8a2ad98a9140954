/* Waiting for another program.
 *
 * SQLite's own timeout counts from the first refusal, however hard the other one works: an import of ten
 * thousand archives beside ours would be its end.  Here the clock begins again with every sign of life: a
 * change of the database file or of its journal.  A program that was killed needs no waiting for, its locks
 * are gone with it.
 *
 * The files are only looked at, never opened: closing any descriptor of a file gives up all POSIX locks of
 * the process on it, those of SQLite too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "analyze/store/internal.h"
#include "schema/base/clock.h"

#define NS_PER_MS INT64_C(1000000)
/* Longer than a disk takes for the commit of the largest archive. */
#define LONGEST_MS 60000
/* What is over by then is not worth a word. */
#define TELL_AFTER_MS 1000

static int64_t longest_ms = LONGEST_MS;
static void (*tell)(const char *text);

void mr_store_on_delay(void (*tell_delay)(const char *text))
{
	tell = tell_delay;
}

void mr_store_wait_at_most(int64_t ms)
{
	longest_ms = ms;
}

void mr_store_tell(const char *text)
{
	if (tell)
		tell(text);
}

/* Adds up differently when one of the two files was written to. */
static uint64_t sign_of_life(const struct mr_wait *wait)
{
	const char *const paths[] = {wait->path, wait->journal_path};
	struct stat status;
	uint64_t sign = 0;

	for (size_t i = 0; i < 2; i++)
		if (!stat(paths[i], &status))
			sign = sign * 31 + (uint64_t)status.st_mtim.tv_sec * 1000 * NS_PER_MS +
			       (uint64_t)status.st_mtim.tv_nsec + (uint64_t)status.st_size;
	return sign;
}

bool mr_wait_init(struct mr_wait *wait, const char *path)
{
	*wait = (struct mr_wait){.path = path};
	if (asprintf(&wait->journal_path, "%s-journal", path) < 0)
		wait->journal_path = NULL;
	return wait->journal_path;
}

void mr_wait_deinit(struct mr_wait *wait)
{
	free(wait->journal_path);
}

static void say_waiting(struct mr_wait *wait)
{
	char text[4096 + 64];

	wait->is_told = true;
	snprintf(text, sizeof(text), "waiting for another program that uses %s", wait->path);
	mr_store_tell(text);
}

int mr_wait_busy(void *context, int calls_count)
{
	static const int pauses_ms[] = {1, 2, 5, 10, 20, 30};
	struct mr_wait *wait = context;
	int last = (int)(sizeof(pauses_ms) / sizeof(pauses_ms[0])) - 1;
	int64_t now = (int64_t)mr_now_ns();
	uint64_t sign = sign_of_life(wait);

	if (!calls_count)
		wait->begin_ns = now;
	if (!calls_count || sign != wait->sign) {
		wait->sign = sign;
		wait->last_sign_ns = now;
	}
	if (now - wait->last_sign_ns >= longest_ms * NS_PER_MS)
		return 0;
	if (!wait->is_told && now - wait->begin_ns >= TELL_AFTER_MS * NS_PER_MS)
		say_waiting(wait);
	struct timespec pause = {.tv_nsec = pauses_ms[calls_count < last ? calls_count : last] * NS_PER_MS};
	nanosleep(&pause, NULL);
	return 1;
}

/* memreckon-collect: copy what the kernel says about memory into one archive, and interpret nothing.
 *
 *   options.c      the command line               manual.c   help and manual page out of the same table
 *   stop.c         signals
 *   series.c       many captures                  series_output.c  their names, and the newest that stay
 *     when.c         conditions that begin one      watch.c    looking at them again and again
 *   once.c         one capture
 *   confine.c      what the kernel is asked to forbid us      capabilities.c  what we give up
 *
 *   reader.c       asks another process to read, and replaces it when it hangs
 *     serve.c        that process: the only reader of kernel files         ask.h  what the two tell each
 * other tree.c         the tree that is read: / or --root, never left        folder.c  a folder of it, sorted
 *     frames.c       the words of page frames       kpage.c    the files they are in
 *   hung.c         who hung
 *
 *   capture.c      from a reading to a member of the archive and a row of the index
 *   anonymize.c    tokens for names, where that is wanted
 *   archive_out.c  the archive: GNU tar, gzip, published in one step
 *   manifest.c     the index: every read, in segments
 *   status.c       what became of a reading       loss.c     which of that was to be expected
 *
 *   meta.c         capture/meta.csv, the first member: how and where the capture was made
 *     facts.c        its keys and values            mounts.c   where the cgroup hierarchies are
 *     probes.c       how this kernel counts, tried out on ourselves
 *   plan.c         the bracket, and the files of the whole machine, out of sources.def
 *   cgroups.c      the cgroup trees
 *   processes.c    the processes, in three passes smaps_sum.c  smaps_rollup for kernels without one
 *     task_text.c    the little that is understood of them
 *   pages.c        the sample of page frames
 *     ranges.c       RAM ranges                     sample.c   which frames
 *     word_table.c   many words in little memory
 *   utc.c          the time in the name of the archive
 *   takeover.c     what only an unpacked archive has
 *   receipt.c      capture/receipt.csv, capture/end.csv and the summary
 *
 * The order of the capture is by risk: what cannot hang first, what walks page tables late.  Between two
 * phases the cheap counters of the machine are read again, so that the drift during each phase is measured.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "collect/anonymize.h"
#include "collect/once.h"
#include "collect/options.h"
#include "collect/series.h"
#include "collect/stop.h"

#ifdef __SANITIZE_ADDRESS__
/* LeakSanitizer looks into its own process with ptrace, which a confined process may not; leaks are for the
 * unit tests. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

/* A descriptor of the archive must not be mistaken for a standard stream that was closed: messages would land
 * in it. Nothing can be written to what stands in for one, so that "-o -" fails then. */
static void keep_standard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_RDONLY);
}

/* A key that cannot be read is better known now than when the first condition comes true. */
static bool has_key(const struct mr_options *options, struct mr_error *error)
{
	struct mr_anonymizer *anonymizer = NULL;

	if (!options->key_path)
		return true;
	int result = mr_anonymizer_create(&anonymizer, options->key_path, options->anonymizes_all, error);
	mr_anonymizer_destroy(anonymizer);
	return result == 0;
}

int main(int count, char *arguments[])
{
	struct mr_options options;
	struct mr_error error = {0};
	int status = MR_EXIT_COMPLETE;

	keep_standard_streams();
	if (mr_options_parse(&options, count, arguments, &error) < 0)
		status = MR_EXIT_WRONG_USE;
	else if (options.task == MR_TASK_HELP)
		mr_options_help(stdout);
	else if (options.task == MR_TASK_MAN)
		mr_options_man(stdout);
	else if (options.task == MR_TASK_VERSION)
		puts("memreckon-collect " MR_VERSION);
	else if (mr_series_is_wanted(&options))
		status = has_key(&options, &error) ? mr_series_run(&options, mr_once, &error)
						   : MR_EXIT_NOT_DONE;
	else
		status = mr_once(&options, NULL, &error);
	if (error.number)
		fprintf(stderr, "memreckon-collect: %s\n", error.message);
	mr_stop_die();
	return status;
}

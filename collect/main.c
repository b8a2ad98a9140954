/* memreckon-collect: copy what the kernel says about memory into one archive, and interpret nothing.
 *
 *   options.c        the command line
 *     manual.c         help and manual page out of the same table
 *   stop.c           signals
 *   priority.c       the machine's own work goes first
 *   descriptors.c    open files that are none of our business
 *   series.c         many captures
 *     series_output.c  their names, and the newest that stay
 *     when.c           conditions that begin one
 *     watch.c          looking at them again and again
 *   once.c           one capture
 *     confine.c        what the kernel is asked to forbid us
 *       confine_program.c  how that is made and loaded
 *     capabilities.c   what we give up
 *
 *   reader.c         asks another process to read, and replaces it when it hangs
 *     reader_process.c how that process begins and ends
 *     ask.h            what the two tell each other
 *     serve.c          that process
 *     tree.c           the tree that is read: / or --root, never left
 *     folder.c         a folder of it, sorted
 *     frames.c         the words of page frames
 *       kpage.c          the files they are in
 *   hung.c           who hung
 *
 *   capture.c        from a reading to a member of the archive and a row of the index
 *     anonymize.c      tokens for names, where that is wanted
 *       known_names.c    names that tell nothing, and stay
 *       known_threads.c  those of kernel threads
 *     archive_out.c    the archive: GNU tar, gzip, published in one step
 *     room.c           what may still go into it
 *     manifest.c       the index: every read, in segments
 *     status.c         what became of a reading
 *     loss.c           which of that was to be expected
 *
 *   meta.c           capture/meta.csv, the first member: how and where the capture was made
 *     facts.c          its keys and values
 *     mounts.c         where the cgroup hierarchies are
 *     probes.c         how this kernel counts, tried out on ourselves
 *   plan.c           the bracket, and the files of the whole machine, out of sources.def
 *   cgroups.c        the cgroup trees
 *     cgroup_files.c   which files of a group are read how
 *   processes.c      the processes, in three passes
 *     process_pass.c   going over them
 *     process_details.c  the third pass: what is only read when asked for
 *     smaps_sum.c      smaps_rollup for kernels without one
 *     task_text.c      the little that is understood of them
 *   pages.c          the sample of page frames
 *     ranges.c         RAM ranges
 *     sample.c         which frames
 *     word_table.c     many words in little memory
 *   utc.c            the time in the name of the archive
 *   takeover.c       what only an unpacked archive has
 *   receipt.c        capture/receipt.csv, capture/end.csv and the summary
 *
 * The order of the capture is by risk: what cannot hang first, what walks page tables late.  Between two
 * phases the cheap counters of the machine are read again, so that the drift during each phase is measured.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/anonymize.h"
#include "collect/descriptors.h"
#include "collect/once.h"
#include "collect/options.h"
#include "collect/priority.h"
#include "collect/reader.h"
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

/* What was read is written to the archive and nowhere else: a core would have all the names in it.  To a
 * program that takes cores, the kernel gives none with the limit of 1 (fs/coredump.c); it does with 0. */
static void leave_no_core(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){.rlim_cur = 1, .rlim_max = 1});
}

/* There is one key for all that this run writes.  That it cannot be read is better known now than when the
 * first condition comes true. */
static int collect(const struct mr_options *options, struct mr_error *error)
{
	struct mr_anonymizer *anonymizer = NULL;

	if (options->is_anonymized &&
	    mr_anonymizer_create(&anonymizer, options->key_path, options->anonymizes_all, error) < 0)
		return MR_EXIT_NOT_DONE;
	leave_no_core();
	if (options->is_nice)
		mr_priority_lower();
	int status = mr_series_is_wanted(options) ? mr_series_run(options, anonymizer, mr_once, error)
						  : mr_once(options, anonymizer, NULL, error);
	mr_anonymizer_destroy(anonymizer);
	return status;
}

/* What is printed has to arrive: help, manual page, version and the list of --dry-run. */
static int finish_printing(int status, struct mr_error *error)
{
	errno = 0;
	bool is_lost = fflush(stdout) == EOF || ferror(stdout);

	if (!is_lost)
		return status;
	mr_error_set(error, errno ? -errno : -EIO, "cannot write all of it to standard output: %s",
		     strerror(errno ? errno : EIO));
	return MR_EXIT_NOT_DONE;
}

/* The pipes of readers have numbers up to a limit that some hosts set lower. */
static bool may_open_enough(struct mr_error *error)
{
	const rlim_t needed = MR_READER_FIRST_FD + MR_READER_FDS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= needed)
		return true;
	limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
	if (limit.rlim_cur >= needed && !setrlimit(RLIMIT_NOFILE, &limit))
		return true;
	mr_error_set(error, -EMFILE, "no more than %llu files may be open, %llu are needed.   ulimit -n %llu",
		     (unsigned long long)limit.rlim_cur, (unsigned long long)needed,
		     (unsigned long long)needed);
	return false;
}

int main(int count, char *arguments[])
{
	struct mr_options options;
	struct mr_error error = {0};
	int status = MR_EXIT_COMPLETE;

	/* whatever a scheduler, a shell or an agent left open, readers' pipes need numbers that are free */
	mr_descriptors_close(STDERR_FILENO + 1, NULL, 0);
	keep_standard_streams();
	if (mr_options_parse(&options, count, arguments, &error) < 0)
		status = MR_EXIT_WRONG_USE;
	else if (options.task == MR_TASK_HELP)
		mr_options_help(stdout);
	else if (options.task == MR_TASK_MAN)
		mr_options_man(stdout);
	else if (options.task == MR_TASK_VERSION)
		puts("memreckon-collect " MR_VERSION);
	else
		status = may_open_enough(&error) ? collect(&options, &error) : MR_EXIT_NOT_DONE;
	status = finish_printing(status, &error);
	if (error.number)
		fprintf(stderr, "memreckon-collect: %s\n", error.message);
	mr_stop_die();
	return status;
}

/* memreckon-collect: copy what the kernel says about memory into one archive, and interpret nothing.
 *
 *   options.c      the command line
 *   stop.c         signals
 *   tree.c         the tree that is read: / or --root, never left
 *   slurp.c        one kernel file read whole: the only reader of kernel files but kpage.c
 *   capture.c      from a reading to a member of the archive and a row of the index
 *   archive_out.c  the archive: GNU tar, gzip, published in one step
 *   manifest.c     the index: every read, in segments
 *   loss.c         what could not be read, and what of it was to be expected
 *
 *   meta.c         capture/meta.csv, the first member: how and where the capture was made
 *     facts.c        its keys and values         mounts.c   where the cgroup hierarchies are
 *     probes.c       how this kernel counts, tried out on ourselves
 *   plan.c         the bracket, and the files of the whole machine, out of sources.def
 *   cgroups.c      the cgroup trees
 *   processes.c    the processes, in two passes    smaps_sum.c  smaps_rollup for kernels without one
 *   pages.c        the sample of page frames
 *     ranges.c       RAM ranges                  sample.c   which frames
 *     kpage.c        their words                 word_table.c  many words in little memory
 *   utc.c          the time in the name of the archive
 *   takeover.c     what only an unpacked archive has
 *   receipt.c      capture/receipt.csv, capture/end.csv and the summary
 *
 * The order of the capture is by risk: what cannot hang first, what walks page tables late.  Between two
 * phases the cheap counters of the machine are read again, so that the drift during each phase is measured.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/capture.h"
#include "collect/cgroups.h"
#include "collect/facts.h"
#include "collect/meta.h"
#include "collect/options.h"
#include "collect/pages.h"
#include "collect/plan.h"
#include "collect/processes.h"
#include "collect/receipt.h"
#include "collect/stop.h"
#include "collect/takeover.h"
#include "collect/utc.h"

enum {
	EXIT_COMPLETE = 0,
	EXIT_WRONG_USE = 2,
	EXIT_PARTIAL = 3,
	EXIT_NOT_DONE = 4,
};

/* Source: include/uapi/linux/ioprio.h, which is younger than the kernels we run on */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_CLASS_IDLE_DATA (3 << 13)

/* The machine's own work goes first.  Neither failure matters. */
static void be_gentle(void)
{
	setpriority(PRIO_PROCESS, 0, 19);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE_DATA);
}

/* A descriptor of the archive must not be mistaken for a standard stream that was closed: messages would land
 * in it. Nothing can be written to what stands in for one, so that "-o -" fails then. */
static void keep_standard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_RDONLY);
}

/* HOST-YYYYMMDDTHHMMSSZ, with nothing in it that a file system or a terminal could mind. */
static void make_stem(const struct mr_facts *facts, char ret[128])
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	const char *host = mr_facts_get(facts, "host");
	uint64_t taken_s = mr_facts_get_number(facts, "realtime_ns") / 1000000000u;
	size_t used_bytes = 0;

	for (; host && *host && used_bytes < 64; host++)
		if (strchr(allowed, *host) && !(used_bytes == 0 && (*host == '.' || *host == '-')))
			ret[used_bytes++] = *host;
	if (!used_bytes)
		used_bytes = (size_t)sprintf(ret, "unknown");
	ret[used_bytes++] = '-';
	mr_utc_print(taken_s, ret + used_bytes);
}

/* The top folder of an archive that was given a name: that name without its folders and endings. */
static void top_of_name(const char *output, char ret[128])
{
	static const char *const endings[] = {".gz", ".tgz", ".tar", ".mem"};
	const char *slash = strrchr(output, '/');
	const char *name = slash ? slash + 1 : output;
	size_t length_bytes = strnlen(name, 127);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t ending_bytes = strlen(endings[i]);

		if (length_bytes > ending_bytes &&
		    !memcmp(name + length_bytes - ending_bytes, endings[i], ending_bytes))
			length_bytes -= ending_bytes;
	}
	if (!length_bytes || (name[0] == '.' && length_bytes <= 2))
		return; /* "." and ".." are no names for a folder: the default stays */
	memcpy(ret, name, length_bytes);
	ret[length_bytes] = '\0';
}

static void read_everything(struct mr_capture *capture)
{
	struct mr_processes processes;

	mr_cgroups(capture);
	mr_plan_bracket(capture);
	mr_processes_list(capture, &processes);
	mr_processes_read(capture, &processes);
	mr_plan_bracket(capture);
	mr_processes_walk(capture, &processes);
	mr_processes_deinit(&processes);
	mr_plan_bracket(capture);
	if (mr_capture_goes_on(capture)) {
		mr_pages(capture);
		if (mr_capture_goes_on(capture))
			mr_capture_phase_done(capture, "pages");
		mr_plan_bracket(capture);
	}
	if (capture->is_unpacked_archive)
		mr_takeover(capture);
}

static void fill_archive(struct mr_capture *capture, struct mr_facts *facts)
{
	mr_meta_write(capture, facts);
	mr_plan_bracket(capture);
	mr_plan_system(capture, mr_facts_get(facts, "kernel_release"));
	mr_plan_bracket(capture);
	read_everything(capture);
	mr_cgroups_write_inodes(capture);
	mr_capture_flush_index(capture);
	mr_receipt_write(capture);
	mr_end_write(capture);
}

static int collect(struct mr_capture *capture, struct mr_facts *facts, struct mr_error *error)
{
	const struct mr_options *options = capture->options;
	char stem[128], top[128], name[160];
	struct mr_archive_out_options out = {
		.output = options->output, .top = top, .gzip_level = options->gzip_level};

	mr_meta_identify(capture, facts);
	make_stem(facts, stem);
	strcpy(top, stem);
	if (!out.output) {
		snprintf(name, sizeof(name), "%s.mem.tar%s", stem, options->gzip_level ? ".gz" : "");
		out.output = name;
	} else if (strcmp(out.output, "-") != 0)
		top_of_name(out.output, top);
	if (!strcmp(out.output, "-") && isatty(STDOUT_FILENO)) {
		mr_error_set(error, -EINVAL,
			     "an archive is nothing for a terminal.   memreckon-collect -o FILE");
		return EXIT_WRONG_USE;
	}
	int result = mr_archive_out_create(&capture->archive, &out, error);
	if (result < 0)
		return EXIT_NOT_DONE;
	fill_archive(capture, facts);
	mr_stop_block();
	result = mr_archive_out_publish(capture->archive, error);
	if (result < 0)
		return EXIT_NOT_DONE;
	mr_stop_unblock();
	if (!options->is_quiet)
		mr_summary_print(capture, stderr, out.output);
	return mr_capture_is_complete(capture) ? EXIT_COMPLETE : EXIT_PARTIAL;
}

static int run(const struct mr_options *options, struct mr_error *error)
{
	struct mr_capture capture = {.options = options, .tree = {.root_fd = -1}, .slurp = {.rest_fd = -1}};
	struct mr_facts facts = {0};
	int status = EXIT_NOT_DONE;

	be_gentle();
	mr_stop_install();
	if (!mr_tree_open(&capture.tree, options->root, error)) {
		if (mr_slurp_init(&capture.slurp, &capture.tree) < 0)
			mr_error_set(error, -ENOMEM, "no memory");
		else
			status = collect(&capture, &facts, error);
	}
	mr_archive_out_destroy(capture.archive);
	mr_stop_unblock();
	mr_slurp_deinit(&capture.slurp);
	mr_tree_close(&capture.tree);
	mr_manifest_deinit(&capture.manifest);
	mr_buffer_deinit(&capture.member);
	mr_buffer_deinit(&capture.cgroups);
	mr_buffer_deinit(&capture.longest_read_path);
	mr_facts_deinit(&facts);
	return status;
}

int main(int count, char *arguments[])
{
	struct mr_options options;
	struct mr_error error = {0};
	int status = EXIT_COMPLETE;

	keep_standard_streams();
	if (mr_options_parse(&options, count, arguments, &error) < 0)
		status = EXIT_WRONG_USE;
	else if (options.task == MR_TASK_HELP)
		mr_options_help(stdout);
	else if (options.task == MR_TASK_VERSION)
		puts("memreckon-collect " MR_VERSION);
	else
		status = run(&options, &error);
	if (error.number)
		fprintf(stderr, "memreckon-collect: %s\n", error.message);
	mr_stop_die();
	return status;
}

/* One capture, from the first signal handler to the summary. */
#include "collect/once.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/capabilities.h"
#include "collect/capture.h"
#include "collect/cgroups.h"
#include "schema/base/clock.h"
#include "collect/confine.h"
#include "collect/facts.h"
#include "collect/hung.h"
#include "collect/meta.h"
#include "collect/pages.h"
#include "collect/plan.h"
#include "collect/processes.h"
#include "collect/receipt.h"
#include "collect/room.h"
#include "collect/series.h"
#include "collect/stop.h"
#include "collect/takeover.h"
#include "collect/utc.h"

/* HOST-YYYYMMDDTHHMMSSZ, with nothing in it that a file system or a terminal could mind. */
static void make_stem(const char *host, uint64_t taken_s, char ret[128])
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
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

/* A phase that was left early has asked for more than it took: that is of no interest any more. */
static void end_phase(struct mr_capture *capture)
{
	if (!mr_capture_goes_on(capture))
		mr_readers_end(capture->readers, MR_READERS_MAX);
	mr_plan_bracket(capture);
}

static void read_pages(struct mr_capture *capture)
{
	if (!mr_capture_goes_on(capture) || !(capture->options->parts & MR_PART_PAGES))
		return;
	mr_pages(capture);
	if (mr_capture_goes_on(capture))
		mr_capture_phase_done(capture, "pages");
	end_phase(capture);
}

static void read_processes(struct mr_capture *capture)
{
	struct mr_processes processes;

	mr_processes_list(capture, &processes);
	mr_processes_read(capture, &processes);
	end_phase(capture);
	mr_processes_walk(capture, &processes);
	end_phase(capture);
	read_pages(capture);
	mr_processes_details(capture, &processes);
	mr_processes_deinit(&processes);
}

static void fill_archive(struct mr_capture *capture, struct mr_facts *facts)
{
	mr_meta_write(capture, facts);
	mr_plan_bracket(capture);
	mr_plan_system(capture, mr_facts_get(facts, "kernel_release"));
	end_phase(capture);
	mr_cgroups(capture);
	end_phase(capture);
	read_processes(capture);
	if (capture->is_unpacked_archive && mr_capture_goes_on(capture))
		mr_takeover(capture);
	mr_readers_end(capture->readers, MR_READERS_MAX);
	mr_cgroups_write_inodes(capture);
	mr_hung_write(capture);
	mr_room_end(capture);
	mr_receipt_write(capture);
	mr_capture_flush_index(capture);
	mr_end_write(capture);
}

/* From here on the kernel holds us to what is left to do.  Where it cannot, the archive says so, and work
 * goes on. */
static void confine(struct mr_capture *capture)
{
	int pipe_fds[MR_READER_FDS];
	struct mr_confine_fds fds = {
		.output_fd =
			capture->options->is_dry_run ? STDOUT_FILENO : mr_archive_out_fd(capture->archive),
		.directory_fd = mr_archive_out_directory_fd(capture->archive),
		.pipe_fds = pipe_fds,
		.pipe_fds_count = 2 * capture->options->jobs_count,
	};

	if (!capture->options->is_confined)
		return;
	for (int i = 0; i < MR_READER_FDS; i++)
		pipe_fds[i] = MR_READER_FIRST_FD + i;
	mr_capabilities_drop(fds.output_fd, fds.directory_fd, &capture->capabilities_dropped);
	mr_confine_writer(&fds);
}

/* The name of the host, or its token. */
static int name_host(struct mr_capture *capture, const struct mr_facts *facts, struct mr_buffer *ret)
{
	const char *host = mr_facts_get(facts, "host");

	if (capture->anonymizer && host)
		mr_anonymize_name(capture->anonymizer, MR_NAME_HOST, host, strlen(host), ret);
	else
		mr_buffer_append_text(ret, host ? host : "");
	return ret->failed ? -ENOMEM : 0;
}

/* Where to write, and the folder that all members are in. */
struct names {
	char stem[128], top[128], name[160];
	struct mr_buffer path; /* of an archive of a series */
	struct mr_archive_out_options out;
};

static int make_names(struct mr_capture *capture, const struct mr_facts *facts, struct names *ret,
		      struct mr_error *error)
{
	const struct mr_options *options = capture->options;
	struct mr_buffer host = {0};

	if (name_host(capture, facts, &host) < 0)
		return mr_error_set(error, -ENOMEM, "no memory");
	make_stem(host.data, mr_facts_get_number(facts, "realtime_ns") / MR_SECOND_NS, ret->stem);
	mr_buffer_deinit(&host);
	strcpy(ret->top, ret->stem);
	ret->out = (struct mr_archive_out_options){
		.output = options->output,
		.top = ret->top,
		.gzip_level = options->gzip_level,
		.is_hashed = !options->is_quiet, /* it is for the summary */
		.deadline_ns = capture->run_deadline_ns,
	};
	if (options->is_dry_run) {
		ret->out.output = NULL;
		ret->out.gzip_level = 0;
		return 0;
	}
	if (mr_series_is_wanted(options)) {
		int result = mr_series_output(options, ret->stem, &ret->path, error);
		if (result < 0)
			return result;
		ret->out.output = ret->path.data;
	}
	if (!ret->out.output) {
		snprintf(ret->name, sizeof(ret->name), "%s.mem.tar%s", ret->stem,
			 options->gzip_level ? ".gz" : "");
		ret->out.output = ret->name;
	} else if (strcmp(ret->out.output, "-") != 0 && !capture->anonymizer)
		top_of_name(ret->out.output, ret->top);
	return 0;
}

/* Read everything into the archive that is open, and give it its name; a run that only tries has none. */
static int fill_and_publish(struct mr_capture *capture, struct mr_facts *facts, const char *output,
			    struct mr_error *error)
{
	confine(capture);
	fill_archive(capture, facts);
	if (!output) {
		mr_summary_print_tries(capture, stderr);
		return mr_capture_is_complete(capture) ? MR_EXIT_COMPLETE : MR_EXIT_PARTIAL;
	}
	mr_stop_block();
	if (mr_archive_out_publish(capture->archive, error) < 0)
		return MR_EXIT_NOT_DONE;
	if (strcmp(output, "-") != 0)
		mr_series_published(output);
	mr_stop_unblock();
	if (!capture->options->is_quiet)
		mr_summary_print(capture, stderr, output);
	return mr_capture_is_complete(capture) ? MR_EXIT_COMPLETE : MR_EXIT_PARTIAL;
}

static int collect(struct mr_capture *capture, struct mr_facts *facts, struct mr_error *error)
{
	struct names names = {0};
	int status = MR_EXIT_NOT_DONE;

	mr_meta_identify(capture, facts);
	if (!make_names(capture, facts, &names, error)) {
		if (names.out.output && !strcmp(names.out.output, "-") && isatty(STDOUT_FILENO)) {
			mr_error_set(error, -EINVAL,
				     "an archive is nothing for a terminal.   memreckon-collect -o FILE");
			status = MR_EXIT_WRONG_USE;
		} else if (!mr_archive_out_create(&capture->archive, &names.out, error))
			status = fill_and_publish(capture, facts, names.out.output, error);
	}
	mr_archive_out_destroy(capture->archive);
	capture->archive = NULL;
	mr_buffer_deinit(&names.path);
	return status;
}

static void begin(struct mr_capture *capture)
{
	const struct mr_options *options = capture->options;

	capture->start_ns = mr_now_ns();
	capture->run_deadline_ns = capture->start_ns + options->timeout_ns;
	for (unsigned i = 0; i < MR_READERS_MAX; i++) {
		mr_reader_init(&capture->readers[i], &capture->tree, i);
		capture->readers[i].is_confined = options->is_confined;
		capture->readers[i].only_opens = options->is_dry_run;
		capture->readers[i].run_deadline_ns = capture->run_deadline_ns;
	}
}

static int run(struct mr_capture *capture, struct mr_error *error)
{
	struct mr_facts facts = {0};
	int status = MR_EXIT_NOT_DONE;

	if (!mr_tree_open(&capture->tree, capture->options->root, error))
		status = collect(capture, &facts, error);
	mr_facts_deinit(&facts);
	return status;
}

static void deinit(struct mr_capture *capture)
{
	for (unsigned i = 0; i < MR_READERS_MAX; i++)
		mr_reader_deinit(&capture->readers[i]);
	mr_tree_close(&capture->tree);
	mr_manifest_deinit(&capture->manifest);
	mr_buffer_deinit(&capture->member);
	mr_buffer_deinit(&capture->safe_path);
	mr_buffer_deinit(&capture->safe_text);
	mr_buffer_deinit(&capture->cgroups);
	mr_buffer_deinit(&capture->hung);
	mr_buffer_deinit(&capture->hung_told);
	mr_buffer_deinit(&capture->stuck_paths);
	mr_buffer_deinit(&capture->capabilities_dropped);
	mr_buffer_deinit(&capture->longest_read_path);
}

int mr_once(const struct mr_options *options, struct mr_anonymizer *anonymizer, const char *trigger,
	    struct mr_error *error)
{
	static struct mr_capture capture;

	capture = (struct mr_capture){
		.options = options, .anonymizer = anonymizer, .trigger = trigger, .tree = {.root_fd = -1}};
	mr_stop_install();
	begin(&capture);
	int status = run(&capture, error);
	deinit(&capture);
	mr_stop_unblock();
	return status;
}

/* What the capture came to.  The collector says what it could not read, never what that means for the
 * answers. */
#include "collect/receipt.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "schema/base/clock.h"
#include "collect/stop.h"

/* What writer and readers cost together.  Peaks need not have been at the same moment: the sum is an upper
 * bound. */
struct cost {
	uint64_t cpu_user_us, cpu_system_us, peak_rss_kib;
	uint64_t readers_count, timeouts_count;
};

static struct cost cost_of(const struct mr_capture *capture)
{
	struct rusage self;
	struct cost cost;

	getrusage(RUSAGE_SELF, &self);
	cost = (struct cost){
		.cpu_user_us = mr_microseconds(self.ru_utime),
		.cpu_system_us = mr_microseconds(self.ru_stime),
		.peak_rss_kib = (uint64_t)self.ru_maxrss,
	};
	for (unsigned i = 0; i < MR_READERS_MAX; i++) {
		const struct mr_reader *reader = &capture->readers[i];

		cost.cpu_user_us += reader->cpu_user_us;
		cost.cpu_system_us += reader->cpu_system_us;
		cost.peak_rss_kib += (uint64_t)reader->peak_rss_kib;
		cost.readers_count += reader->readers_count;
		cost.timeouts_count += reader->timeouts_count;
	}
	return cost;
}

void mr_receipt_write(struct mr_capture *capture)
{
	const struct mr_buffer *longest = &capture->longest_read_path;
	int64_t cache_left_bytes = mr_archive_out_drop_cache(capture->archive);
	struct cost cost = cost_of(capture);
	struct mr_buffer csv = {0};

	mr_buffer_printf(&csv,
			 "key,value\ncpu_user_us,%" PRIu64 "\ncpu_system_us,%" PRIu64 "\nelapsed_us,%" PRIu64
			 "\npeak_rss_kib,%" PRIu64 "\nbytes_read,%" PRIu64 "\nreaders_count,%" PRIu64
			 "\nreads_timed_out,%" PRIu64 "\nreads_over_budget,%" PRIu64
			 "\nreads_withheld,%" PRIu64 "\nlongest_read_ns,%" PRIu64 "\nlongest_read_path",
			 cost.cpu_user_us, cost.cpu_system_us, (mr_now_ns() - capture->start_ns) / 1000,
			 cost.peak_rss_kib, capture->read_bytes, cost.readers_count, cost.timeouts_count,
			 capture->over_budget_count, capture->withheld_count, capture->longest_read_ns);
	mr_buffer_append_csv(&csv, longest->length_bytes ? longest->data : NULL, longest->length_bytes);
	mr_buffer_append_text(&csv, "\npage_cache_left_bytes,");
	if (cache_left_bytes >= 0)
		mr_buffer_printf(&csv, "%" PRIi64, cache_left_bytes);
	mr_buffer_append_text(&csv, "\n");
	mr_capture_made(capture, "capture/receipt.csv", &csv);
	mr_buffer_deinit(&csv);
}

bool mr_capture_is_complete(const struct mr_capture *capture)
{
	const struct mr_losses *losses = &capture->losses;

	return !mr_stop_signal() && !capture->ended_by && !losses->is_partial && !losses->was_partial &&
	       !losses->hides_processes;
}

void mr_end_write(struct mr_capture *capture)
{
	char digest[2 * SHA256_DIGEST_SIZE + 1];
	struct mr_buffer csv = {0};
	uint64_t now_ns = mr_now_ns();

	mr_manifest_digest(&capture->manifest, digest);
	mr_buffer_printf(
		&csv,
		"key,value\nstopped,%s\ncompleteness,%s\nphases,%s\nmembers,%" PRIu64 "\nreadings,%" PRIu64
		"\nfailed,%" PRIu64 "\nprocesses,%" PRIu64 "\nprocesses_vanished,%" PRIu64
		"\ncgroups,%" PRIu64 "\nindex_sha256,%s\nmonotonic_ns,%" PRIu64 "\n",
		!mr_stop_signal() && capture->ended_by ? capture->ended_by : mr_stop_name(),
		mr_capture_is_complete(capture) ? "complete" : "partial",
		capture->phases[0] ? capture->phases : "\"\"", mr_archive_out_members_count(capture->archive),
		capture->manifest.rows_count, capture->manifest.failed_count, capture->processes_count,
		capture->processes_vanished_count, capture->cgroups_count, digest, now_ns);
	mr_archive_out_add_buffer(capture->archive, "capture/end.csv", mr_capture_wall_s(capture, now_ns),
				  &csv);
	mr_buffer_deinit(&csv);
}

static void print_name(FILE *to, const char *name)
{
	struct mr_buffer text = {0};

	mr_buffer_append_escaped(&text, name, strlen(name));
	fputs(text.failed || !text.data ? "" : text.data, to);
	mr_buffer_deinit(&text);
}

/* 65963329 as "65,963,329". */
static const char *grouped(uint64_t number, char ret[32])
{
	char digits[24];
	int count = snprintf(digits, sizeof(digits), "%" PRIu64, number), used = 0;

	for (int i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			ret[used++] = ',';
		ret[used++] = digits[i];
	}
	ret[used] = '\0';
	return ret;
}

static const char *binary_size(uint64_t bytes, char ret[32])
{
	if (bytes < 1024 * 1024)
		snprintf(ret, 32, "%.0f KiB", (double)bytes / 1024);
	else
		snprintf(ret, 32, "%.2f MiB", (double)bytes / (1024 * 1024));
	return ret;
}

static void print_read(const struct mr_capture *capture, FILE *to)
{
	char system[32], processes[32], cgroups[32], sampled[32], frames[32];

	fprintf(to, "read      %s system files, %s processes, %s cgroups",
		grouped(capture->system_files_count, system), grouped(capture->processes_count, processes),
		grouped(capture->cgroups_count, cgroups));
	if (capture->sampled_frames_count)
		fprintf(to, ", %s of %s page frames", grouped(capture->sampled_frames_count, sampled),
			grouped(capture->ram_frames_count, frames));
	fprintf(to, " in %.1f s\n", (double)(mr_now_ns() - capture->start_ns) / 1e9);
}

/* The right that opens it; when we have that one, something else is in the way. */
static const char *missing_right(const struct mr_capture *capture, const struct mr_loss *loss)
{
	switch (loss->subject) {
	case MR_SUBJECT_PROCESS:
		if (!mr_capture_can(capture, CAP_SYS_PTRACE))
			return geteuid() ? "needs root or CAP_SYS_PTRACE" : "needs CAP_SYS_PTRACE";
		return "refused even with CAP_SYS_PTRACE";
	case MR_SUBJECT_PAGES:
		if (!mr_capture_can(capture, CAP_SYS_ADMIN) && !geteuid())
			return "the kernel hides the RAM ranges: needs CAP_SYS_ADMIN";
		break;
	case MR_SUBJECT_SYSTEM:
	case MR_SUBJECT_CGROUP:
		break;
	}
	return geteuid() && !mr_capture_can(capture, CAP_DAC_READ_SEARCH) ? "needs root"
									  : "refused even to root";
}

/* What would have helped, as far as that is certain. */
static const char *remedy(const struct mr_capture *capture, const struct mr_loss *loss)
{
	if (loss->error_number == MR_NO_ANSWER)
		return "no answer in time";
	if (loss->error_number == MR_OVER_BUDGET)
		return !strcmp(capture->ended_by ? capture->ended_by : "", "size") ? "see --max-size"
										   : "see --timeout";
	if (loss->error_number == MR_HAZARDOUS)
		return "would stop the process; see --smaps";
	if (loss->error_number == ENODATA && loss->subject == MR_SUBJECT_SYSTEM)
		return "empty: masked, as in a container";
	if (loss->error_number != EACCES && loss->error_number != EPERM)
		return strerrordesc_np(loss->error_number);
	return missing_right(capture, loss);
}

static const char *short_name(const struct mr_loss *loss)
{
	return loss->subject == MR_SUBJECT_SYSTEM && !strncmp(loss->name, "proc/", 5) ? loss->name + 5
										      : loss->name;
}

/* Losses of whole files that failed alike share a line; those of processes and cgroups have one each. */
static bool shares_line(const struct mr_loss *a, const struct mr_loss *b)
{
	return a->subject == b->subject && a->error_number == b->error_number &&
	       (a->subject == MR_SUBJECT_SYSTEM || a->subject == MR_SUBJECT_PAGES);
}

/* Where the column of errno names begins. */
#define LOSS_COLUMNS 39

/* What was lost, beginning with kind i.  @return how many kinds the text tells of */
static unsigned describe(const struct mr_capture *capture, unsigned i, struct mr_buffer *ret)
{
	const struct mr_losses *losses = &capture->losses;
	const struct mr_loss *loss = &losses->kinds[i];
	bool is_process = loss->subject == MR_SUBJECT_PROCESS;
	char count[32], total[32];
	unsigned told = 1;

	mr_buffer_clear(ret);
	mr_buffer_append_text(ret, short_name(loss));
	for (; i + told < losses->kinds_count && shares_line(loss, &losses->kinds[i + told]); told++) {
		const char *name = short_name(&losses->kinds[i + told]);

		if (ret->length_bytes + strlen(name) + 2 >= LOSS_COLUMNS)
			break;
		mr_buffer_printf(ret, ", %s", name);
	}
	bool is_group = loss->subject == MR_SUBJECT_CGROUP && strcmp(loss->name, MR_LOSS_CGROUP_MOUNT) != 0;
	if (is_process || is_group)
		mr_buffer_printf(
			ret, " of %s of %s %s", grouped(loss->readings_count, count),
			grouped(is_process ? capture->processes_count : capture->cgroups_count, total),
			is_process ? "processes" : "cgroups");
	return told;
}

/* Who hung is told by name, as long as that are few. */
static bool is_told(const struct mr_capture *capture, const struct mr_loss *loss)
{
	return loss->told_count == loss->readings_count && !capture->hung_told.failed;
}

/* The lines about those who hung.  @return what the next line begins with */
static const char *print_hung(const struct mr_capture *capture, FILE *to)
{
	const char *head = "not read  ", *line = capture->hung_told.data;

	for (unsigned i = 0; i < capture->hung_told_count && line && !capture->hung_told.failed; i++) {
		size_t length_bytes = strcspn(line, "\n") + 1;

		fprintf(to, "%s%.*s", head, (int)length_bytes, line);
		line += length_bytes;
		head = "          ";
	}
	return head;
}

static void print_losses(const struct mr_capture *capture, FILE *to)
{
	const struct mr_losses *losses = &capture->losses;
	const char *head = print_hung(capture, to);
	struct mr_buffer text = {0};
	char count[32];

	if (losses->hides_processes) {
		fprintf(to, "%s%-39s  %-8s %s\n", head, "processes of others", "hidepid",
			"hidden by a mount option of /proc: needs CAP_SYS_PTRACE");
		head = "          ";
	}
	for (unsigned i = 0; i < losses->kinds_count;) {
		const struct mr_loss *loss = &losses->kinds[i];

		if (is_told(capture, loss)) {
			i++;
			continue;
		}

		i += describe(capture, i, &text);
		fputs(head, to);
		if (!text.failed)
			print_name(to, text.data);
		int padding = LOSS_COLUMNS - (int)text.length_bytes;
		fprintf(to, "%*s  %-8s %s\n", padding > 0 ? padding : 0, "",
			mr_status_name(loss->error_number), remedy(capture, loss));
		head = "          ";
	}
	if (losses->was_partial) {
		fprintf(to, "%swhat the unpacked archive lacks: it is not complete itself\n", head);
		head = "          ";
	}
	if (losses->others_count)
		fprintf(to, "%s%s readings more; the index in the archive has them\n", head,
			grouped(losses->others_count, count));
	mr_buffer_deinit(&text);
}

/* "proc/21335/smaps_rollup" as "smaps_rollup of pid 21335". */
static void print_longest(const struct mr_capture *capture, FILE *to)
{
	const char *path = capture->longest_read_path.data;

	if (!path)
		return;
	fprintf(to, ", longest single read %.3f s (", (double)capture->longest_read_ns / 1e9);
	const char *pid = !strncmp(path, "proc/", 5) ? path + 5 : "";
	size_t digits = strspn(pid, "0123456789");
	if (digits && pid[digits] == '/') {
		print_name(to, pid + digits + 1);
		fprintf(to, " of pid %.*s)", (int)digits, pid);
	} else {
		print_name(to, path);
		putc(')', to);
	}
}

static void print_cost(const struct mr_capture *capture, FILE *to)
{
	struct cost cost = cost_of(capture);
	char peak[32];

	fprintf(to, "cost      %.2f s CPU, %s peak memory",
		(double)(cost.cpu_user_us + cost.cpu_system_us) / 1e6,
		binary_size(cost.peak_rss_kib * 1024, peak));
	print_longest(capture, to);
	putc('\n', to);
}

static void print_gone(const struct mr_capture *capture, FILE *to)
{
	char count[32];

	if (capture->processes_vanished_count == 1)
		fputs("gone      1 process ended while it was being read; what was read of it is kept\n", to);
	else if (capture->processes_vanished_count)
		fprintf(to,
			"gone      %s processes ended while they were being read; what was read is kept\n",
			grouped(capture->processes_vanished_count, count));
}

void mr_summary_print(const struct mr_capture *capture, FILE *to, const char *output)
{
	const char *sha256 = mr_archive_out_sha256(capture->archive);
	bool is_stdout = !strcmp(output, "-");
	char size[32];

	fprintf(to, "%s  ", mr_capture_is_complete(capture) ? "complete" : "partial ");
	print_name(to, is_stdout ? "(standard output)" : output);
	fprintf(to, "   %s   sha256 %.8s…%.8s\n",
		binary_size(mr_archive_out_size_bytes(capture->archive), size), sha256,
		sha256 + 2 * SHA256_DIGEST_SIZE - 8);
	if (mr_stop_signal())
		fprintf(to, "stopped   by %s; what was read until then is whole\n", mr_stop_name());
	else if (capture->ended_by)
		fprintf(to, "stopped   by its limit of %s; what was read until then is whole\n",
			!strcmp(capture->ended_by, "size") ? "size" : "time");
	print_read(capture, to);
	print_gone(capture, to);
	print_losses(capture, to);
	print_cost(capture, to);
	if (!is_stdout) {
		fputs("next      memreckon report ", to);
		print_name(to, output);
		putc('\n', to);
	}
}

void mr_summary_print_tries(const struct mr_capture *capture, FILE *to)
{
	char system[32], processes[32], cgroups[32];

	fprintf(to, "%s  nothing was written; %s system files, %s processes, %s cgroups are there\n",
		mr_capture_is_complete(capture) ? "complete" : "partial ",
		grouped(capture->system_files_count, system), grouped(capture->processes_count, processes),
		grouped(capture->cgroups_count, cgroups));
	print_losses(capture, to);
}

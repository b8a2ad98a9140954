/* Reading processes.  The files that cannot hang come first, for all of them; only then those that take the
 * mmap lock of a process, which a fault on dead storage may hold for ever.  There statm stands before and
 * after smaps_rollup, so that each process carries its own drift.
 *
 * Readers are asked ahead: while the answers for one process are stored, those for the next are being read.
 */
#include "collect/processes.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/clock.h"
#include "collect/process_pass.h"
#include "collect/room.h"
#include "collect/smaps_sum.h"
#include "collect/task_text.h"

#define PATTERN_PREFIX "proc/{pid}/"
/* Above this size smaps_rollup is left alone on kernels where it holds the mmap lock from end to end.
 * Source: fs/proc/task_mmu.c show_smaps_rollup(); since 5.10 it lets go of the lock when somebody waits for
 * it (ff9f47f6f00c "mm: proc: smaps_rollup: do not stall write attempts on mmap_lock"). */
#define LARGE_QUARTER_MIB (4u * 4096u)
#define LETS_GO_SINCE 5010
static int by_pid(const void *a, const void *b)
{
	const struct mr_process *left = a, *right = b;

	return (left->pid > right->pid) - (left->pid < right->pid);
}

/* When time is short, what is read is most of the memory. */
static int largest_first(const void *a, const void *b)
{
	const struct mr_process *left = a, *right = b;

	if (left->rss_quarter_mib != right->rss_quarter_mib)
		return left->rss_quarter_mib < right->rss_quarter_mib ? 1 : -1;
	return by_pid(a, b);
}

static bool append(struct mr_processes *processes, int32_t pid)
{
	/* room for a power of two of them */
	if (!(processes->count & (processes->count - 1))) {
		size_t capacity = processes->count ? 2 * processes->count : 1;
		struct mr_process *grown = reallocarray(processes->list, capacity, sizeof(*grown));
		if (!grown)
			return false;
		processes->list = grown;
	}
	processes->list[processes->count++] = (struct mr_process){.pid = pid, .has_memory = true};
	return true;
}

/* Add what one answer lists.  @return 0, or why it is not all */
static int append_listed(struct mr_processes *processes, const struct mr_reading *reading,
			 struct mr_list_walk *walk)
{
	const struct mr_list_entry *entry;

	if (!mr_list_begin(walk, reading->bytes, reading->length_bytes))
		return reading->error_number ? reading->error_number : EPROTO;
	while ((entry = mr_list_next(walk))) {
		int32_t pid = mr_pid_of_name(mr_list_entry_name(entry));

		if (pid && !append(processes, pid))
			return ENOMEM;
	}
	return reading->error_number ? reading->error_number : mr_list_end(walk);
}

void mr_processes_list(struct mr_capture *capture, struct mr_processes *ret)
{
	const struct mr_place place = {.path = "proc", .subject = MR_SUBJECT_SYSTEM, .name = "proc"};
	struct mr_list_walk walk = {0};
	struct mr_reading reading;
	int status;

	*ret = (struct mr_processes){0};
	do {
		mr_capture_list(capture, "proc", walk.next_position, MR_LIST_BYTES, true, &reading);
		status = append_listed(ret, &reading, &walk);
	} while (!status && !walk.is_whole && (mr_capture_goes_on(capture) || mr_room_counts_on(capture)));
	/* when it gave no answer it has its row */
	if (status && status != MR_NO_ANSWER)
		mr_capture_missing(capture, &place, status);
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(ret->list[0]), by_pid);
	capture->processes_count = ret->count;
}

void mr_processes_deinit(struct mr_processes *processes)
{
	free(processes->list);
	*processes = (struct mr_processes){0};
}

static void find_names(struct mr_pass *pass)
{
	for (size_t i = 0; i < mr_source_count && pass->names_count < MR_PASS_FILES_MAX; i++)
		if (mr_sources[i].phase == MR_PHASE_PROCESS)
			pass->names[pass->names_count++] = mr_sources[i].pattern + strlen(PATTERN_PREFIX);
}

static void ask_first_files(struct mr_pass *pass, struct mr_process *process, struct mr_reader *reader)
{
	char folder[MR_TASK_PATH_BYTES];

	mr_process_folder(process, folder);
	for (unsigned i = 0; i < pass->names_count; i++)
		mr_reader_ask_file(reader, folder, pass->names[i], mr_capture_limit_ns(pass->capture, 0),
				   false);
}

/* What the later passes want to know. */
static void look_at(struct mr_capture *capture, struct mr_process *process, const char *name,
		    const struct mr_reading *reading)
{
	if (!strcmp(name, "stat")) {
		process->is_zombie_leader = mr_stat_is_zombie_leader(reading->bytes, reading->length_bytes);
		process->start_ticks = (uint32_t)mr_stat_number(reading->bytes, reading->length_bytes, 22);
		process->folder_inode = reading->folder_inode;
	} else if (!strcmp(name, "statm")) {
		process->has_memory = !mr_statm_is_empty(reading->bytes, reading->length_bytes);
		mr_process_note_resident(capture, process, reading);
	}
}

static void take_first_files(struct mr_pass *pass, struct mr_process *process, struct mr_reader *reader)
{
	struct mr_reading reading = {0};
	char folder[MR_TASK_PATH_BYTES];

	mr_process_folder(process, folder);
	for (unsigned i = 0; i < pass->names_count; i++) {
		mr_reader_answer(reader, &reading);
		if (mr_process_is_said(&reading, !i))
			continue;
		if (!reading.error_number)
			look_at(pass->capture, process, pass->names[i], &reading);
		mr_process_store(pass->capture, folder, pass->names[i], 0, &reading);
	}
	/* every process has the last one; a kernel without cgroups has no cgroup */
	mr_process_note_vanished(pass->capture, process, reading.error_number);
}

/* Of what is stored in any case. */
static void read_now(struct mr_capture *capture, const char *folder, const char *name, struct mr_reading *ret)
{
	mr_reader_read(&capture->readers[0], folder, name, mr_capture_limit_ns(capture, 0), ret);
}

static void read_live_thread(struct mr_capture *capture, struct mr_process *process)
{
	static const char *const names[] = {"statm", "status", "cgroup"};
	int32_t tid = mr_process_find_live_thread(capture, process);
	char folder[MR_TASK_PATH_BYTES];
	struct mr_reading reading;

	snprintf(folder, sizeof(folder), "proc/%" PRId32 "/task/%" PRId32, process->pid, tid);
	for (size_t i = 0; tid && i < sizeof(names) / sizeof(names[0]); i++) {
		read_now(capture, folder, names[i], &reading);
		mr_process_store(capture, folder, names[i], 0, &reading);
	}
}

void mr_processes_read(struct mr_capture *capture, struct mr_processes *processes)
{
	struct mr_pass pass = {
		.capture = capture,
		.processes = processes,
		.ask = ask_first_files,
		.take = take_first_files,
		.file = "stat",
	};

	find_names(&pass);
	mr_pass_run(&pass);
	for (size_t i = 0; i < processes->count && mr_capture_goes_on(capture); i++)
		if (processes->list[i].is_zombie_leader)
			read_live_thread(capture, &processes->list[i]);
	if (mr_capture_goes_on(capture))
		mr_capture_phase_done(capture, "processes");
}

/* Sum a smaps and store it as capture/derived/FOLDER/smaps_rollup; without a smaps, say that there is no
 * rollup. */
static void derive_rollup(struct mr_capture *capture, const char *folder, struct mr_reading *smaps)
{
	struct mr_smaps_sum sum = {0};
	struct mr_buffer rollup = {0};
	struct mr_reading whole = *smaps;
	char derived[2 * MR_TASK_PATH_BYTES];

	if (smaps->error_number == ENOENT) {
		mr_process_store(capture, folder, "smaps_rollup", 0, smaps);
		return;
	}
	mr_smaps_sum_add(&sum, smaps->bytes, smaps->length_bytes);
	while (smaps->has_more && !smaps->error_number && mr_capture_goes_on(capture)) {
		mr_reader_rest(smaps->reader, mr_capture_limit_ns(capture, 0), smaps);
		mr_smaps_sum_add(&sum, smaps->bytes, smaps->length_bytes);
	}
	whole.error_number = smaps->has_more && !smaps->error_number ? MR_OVER_BUDGET : smaps->error_number;
	whole.has_more = false;
	whole.duration_ns = smaps->start_ns + smaps->duration_ns - whole.start_ns;
	/* the sum of a part would look like the sum of the whole */
	if (!whole.error_number)
		mr_smaps_sum_print(&sum, &rollup);
	whole.bytes = rollup.data ? rollup.data : "";
	whole.length_bytes = rollup.length_bytes;
	snprintf(derived, sizeof(derived), "capture/derived/%s/smaps_rollup", folder);
	const struct mr_place place = {.path = derived, .subject = MR_SUBJECT_PROCESS, .name = "smaps"};
	mr_capture_store(capture, &place, &whole);
	mr_buffer_deinit(&rollup);
}

static bool is_hazardous(const struct mr_capture *capture, const struct mr_process *process)
{
	return process->rss_quarter_mib > LARGE_QUARTER_MIB && !capture->options->reads_large_smaps &&
	       capture->kernel_version && capture->kernel_version < LETS_GO_SINCE;
}

static void ask_walk(struct mr_pass *pass, struct mr_process *process, struct mr_reader *reader)
{
	uint64_t first_ns = mr_capture_limit_ns(pass->capture, 0);
	char folder[MR_TASK_PATH_BYTES];

	mr_process_folder(process, folder);
	mr_reader_ask_file(reader, folder, "statm", first_ns, false);
	/* Kernel threads and zombies have no memory to walk: their smaps_rollup is ESRCH. */
	if (!process->has_memory || is_hazardous(pass->capture, process))
		return;
	process->needs_smaps = pass->processes->lacks_rollup;
	mr_reader_ask_file(reader, folder, process->needs_smaps ? "smaps" : "smaps_rollup",
			   mr_process_limit_ns(pass->capture, process), true);
	mr_reader_ask_file(reader, folder, "statm", first_ns, false);
}

/* One more reading of the statm.  In an unpacked archive these readings are files of their own and taken over
 * as they are; the file is only looked at. */
static void store_statm_again(struct mr_pass *pass, struct mr_process *process, unsigned reading_number,
			      const char *folder, const struct mr_reading *statm)
{
	mr_process_note_vanished(pass->capture, process, statm->error_number);
	if (!pass->capture->has_readings && !mr_process_is_said(statm, reading_number == 1))
		mr_process_store(pass->capture, folder, "statm", reading_number, statm);
}

/* May the number have been given to another process since the first pass?  The kernel keeps the inode of a
 * folder of /proc as long as it has memory to spare; only another inode is worth a look at the start time. */
static bool is_doubtful(const struct mr_process *process, const struct mr_reading *reading)
{
	return process->start_ticks && process->folder_inode && reading->folder_inode &&
	       process->folder_inode != reading->folder_inode;
}

static void drop_answers(struct mr_reader *reader, unsigned count)
{
	struct mr_reading reading;

	while (count--)
		mr_reader_answer(reader, &reading);
}

/* The rollup, or what there is instead of it.  @return whether there is no such file, which has then to be
 * explained by what follows */
static bool take_rollup(struct mr_pass *pass, struct mr_process *process, const char *folder,
			struct mr_reading *rollup)
{
	process->is_stuck = rollup->error_number == MR_NO_ANSWER;
	if (process->needs_smaps)
		derive_rollup(pass->capture, folder, rollup);
	else if (rollup->error_number == ENOENT && !rollup->is_folder_lost)
		return true;
	else
		mr_process_store(pass->capture, folder, "smaps_rollup", 0, rollup);
	return false;
}

static void take_walk(struct mr_pass *pass, struct mr_process *process, struct mr_reader *reader)
{
	struct mr_capture *capture = pass->capture;
	bool is_skipped = is_hazardous(capture, process);
	struct mr_reading reading;
	char folder[MR_TASK_PATH_BYTES];

	mr_process_folder(process, folder);
	mr_reader_answer(reader, &reading);
	process->is_late = process->has_memory && !is_skipped && is_doubtful(process, &reading);
	if (process->is_late) {
		drop_answers(reader, 2);
		return;
	}
	store_statm_again(pass, process, 1, folder, &reading);
	if (process->has_memory && is_skipped)
		mr_process_store_missing(capture, process, "smaps_rollup", MR_HAZARDOUS);
	if (!process->has_memory || is_skipped)
		return;
	mr_reader_answer(reader, &reading);
	bool is_missing = take_rollup(pass, process, folder, &reading);
	mr_reader_answer(reader, &reading);
	store_statm_again(pass, process, 2, folder, &reading);
	if (!is_missing)
		return;
	/* no such file of a process that is there: no process has one */
	process->is_late = process->needs_smaps = !mr_process_is_gone(reading.error_number);
	pass->processes->lacks_rollup |= process->needs_smaps;
	if (!process->is_late)
		mr_process_store_missing(capture, process, "smaps_rollup", ENOENT);
}

/* What could not be read in its turn: the sum of a smaps, and what may be another process by now. */
static void read_late(struct mr_pass *pass, struct mr_process *process)
{
	struct mr_capture *capture = pass->capture;
	struct mr_reading reading;
	char folder[MR_TASK_PATH_BYTES];

	mr_process_folder(process, folder);
	if (!process->needs_smaps) {
		read_now(capture, folder, "stat", &reading);
		if (reading.error_number == MR_NO_ANSWER)
			mr_process_store(capture, folder, "stat", 1, &reading);
		if (reading.error_number || (uint32_t)mr_stat_number(reading.bytes, reading.length_bytes,
								     22) != process->start_ticks) {
			mr_process_store_missing(capture, process, "smaps_rollup", ESRCH);
			mr_process_note_vanished(capture, process, ESRCH);
			return;
		}
		read_now(capture, folder, "statm", &reading);
		store_statm_again(pass, process, 1, folder, &reading);
	}
	mr_reader_read(&capture->readers[0], folder, process->needs_smaps ? "smaps" : "smaps_rollup",
		       mr_process_limit_ns(capture, process), &reading);
	if (take_rollup(pass, process, folder, &reading))
		mr_process_store(capture, folder, "smaps_rollup", 0, &reading);
	if (process->needs_smaps)
		return;
	read_now(capture, folder, "statm", &reading);
	store_statm_again(pass, process, 2, folder, &reading);
}

/* smaps_rollup exists for processes only, but /proc/TID names a thread as if it were one. */
static void walk_live_thread(struct mr_pass *pass, struct mr_process *process)
{
	struct mr_capture *capture = pass->capture;
	int32_t tid = mr_process_find_live_thread(capture, process);
	char folder[MR_TASK_PATH_BYTES], prefix[MR_TASK_PATH_BYTES];
	struct mr_reading reading = {.error_number = MR_HAZARDOUS, .start_ns = mr_now_ns(), .bytes = ""};

	if (!tid)
		return;
	snprintf(folder, sizeof(folder), "proc/%" PRId32, tid);
	snprintf(prefix, sizeof(prefix), "proc/%" PRId32 "/task/%" PRId32, process->pid, tid);
	if (is_hazardous(capture, process)) {
		mr_process_store(capture, prefix, "smaps_rollup", 0, &reading);
		return;
	}
	process->needs_smaps = pass->processes->lacks_rollup;
	mr_reader_read(&capture->readers[0], capture->is_unpacked_archive ? prefix : folder,
		       process->needs_smaps ? "smaps" : "smaps_rollup", mr_process_limit_ns(capture, process),
		       &reading);
	if (take_rollup(pass, process, prefix, &reading))
		mr_process_store(capture, prefix, "smaps_rollup", 0, &reading);
}

void mr_processes_walk(struct mr_capture *capture, struct mr_processes *processes)
{
	struct mr_pass pass = {
		.capture = capture,
		.processes = processes,
		.ask = ask_walk,
		.take = take_walk,
		.file = "smaps_rollup",
	};

	if (!(capture->options->parts & MR_PART_ROLLUP))
		return;
	if (processes->count)
		qsort(processes->list, processes->count, sizeof(processes->list[0]), largest_first);
	mr_pass_run(&pass);
	for (size_t i = 0; i < processes->count && mr_capture_goes_on(capture); i++) {
		if (processes->list[i].is_late)
			read_late(&pass, &processes->list[i]);
		if (processes->list[i].is_zombie_leader)
			walk_live_thread(&pass, &processes->list[i]);
	}
	if (mr_capture_goes_on(capture))
		mr_capture_phase_done(capture, "walk");
}

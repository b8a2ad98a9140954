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

#include "collect/smaps_sum.h"
#include "collect/task_text.h"

/* Room for "proc/PID/task/TID/smaps_rollup". */
#define PATH_BYTES 80
#define PATTERN_PREFIX "proc/{pid}/"
#define FIRST_FILES_MAX 8
#define LIST_BYTES (32 * 1024)
/* Processes that a reader is asked for ahead: two rounds of asks, one to answer and one to use. */
#define AHEAD_COUNT 64
/* Above this size smaps_rollup is left alone on kernels where it holds the mmap lock from end to end.
 * Source: fs/proc/task_mmu.c show_smaps_rollup(); since 5.10 it lets go of the lock when somebody waits for
 * it (ff9f47f6f00c "mm: proc: smaps_rollup: do not stall write attempts on mmap_lock"). */
#define LARGE_QUARTER_MIB (4u * 4096u)
#define LETS_GO_SINCE 5010
/* What fits into mr_process.rss_quarter_mib: 16 TiB. */
#define RSS_QUARTERS_MAX ((1u << 26) - 1)

struct pass {
	struct mr_capture *capture;
	struct mr_processes *processes;
	const char *names[FIRST_FILES_MAX]; /* of the first pass, in the order of sources.def */
	unsigned names_count;
	void (*ask)(struct pass *pass, struct mr_process *process, struct mr_reader *reader);
	void (*take)(struct pass *pass, struct mr_process *process, struct mr_reader *reader);
	const char *file; /* that a process beyond the budget is named with */
};

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
		return reading->error_number ? reading->error_number : EIO;
	while ((entry = mr_list_next(walk))) {
		int32_t pid = mr_pid_of_name(mr_list_entry_name(entry));

		if (pid && !append(processes, pid))
			return ENOMEM;
	}
	return reading->error_number;
}

void mr_processes_list(struct mr_capture *capture, struct mr_processes *ret)
{
	const struct mr_place place = {.path = "proc", .subject = MR_SUBJECT_SYSTEM, .name = "proc"};
	struct mr_list_walk walk = {0};
	struct mr_reading reading;
	int status;

	*ret = (struct mr_processes){0};
	do {
		mr_reader_list(&capture->readers[0], "proc", walk.next_position, LIST_BYTES, true,
			       mr_capture_limit_ns(capture, 0), &reading);
		status = append_listed(ret, &reading, &walk);
	} while (!status && !walk.is_whole && mr_capture_goes_on(capture));
	if (status)
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

/* In units of 256 KiB, rounded up. */
static uint32_t quarter_mib(const struct mr_capture *capture, uint64_t pages)
{
	uint64_t page_size_bytes = capture->page_size_bytes ? capture->page_size_bytes : 4096, quarters;

	if (__builtin_mul_overflow(pages, page_size_bytes, &quarters))
		return RSS_QUARTERS_MAX;
	quarters = (quarters + 256 * 1024 - 1) / (256 * 1024);
	return quarters < RSS_QUARTERS_MAX ? (uint32_t)quarters : RSS_QUARTERS_MAX;
}

static uint64_t limit_ns(const struct mr_capture *capture, const struct mr_process *process)
{
	return mr_capture_limit_ns(capture, (uint64_t)process->rss_quarter_mib << 18);
}

static bool is_gone(int error_number)
{
	return error_number == ENOENT || error_number == ESRCH;
}

/* Count a process once that ended while it was read. */
static void note_vanished(struct mr_capture *capture, struct mr_process *process, int error_number)
{
	/* a tree that was copied need not have every file of a process */
	if (process->has_vanished || !is_gone(error_number) || !capture->is_this_machine)
		return;
	process->has_vanished = true;
	capture->processes_vanished_count++;
}

/* Store a reading of a file of a task, whose folder in the archive is @folder. */
static void store(struct mr_capture *capture, const char *folder, const char *name, unsigned reading_number,
		  const struct mr_reading *reading)
{
	char path[2 * PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	const struct mr_place place = {
		.path = path,
		.role = reading_number ? MR_ROLE_BRACKET : MR_ROLE_CANONICAL,
		.reading_number = reading_number,
		.subject = MR_SUBJECT_PROCESS,
		.name = name,
	};
	mr_capture_store(capture, &place, reading);
}

/* A file of a process that was not tried. */
static void store_missing(struct mr_capture *capture, const struct mr_process *process, const char *name,
			  int status)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "proc/%" PRId32 "/%s", process->pid, name);
	const struct mr_place place = {.path = path, .subject = MR_SUBJECT_PROCESS, .name = name};
	mr_capture_missing(capture, &place, status);
}

static const char *folder_of(const struct mr_process *process, char ret[PATH_BYTES])
{
	snprintf(ret, PATH_BYTES, "proc/%" PRId32, process->pid);
	return ret;
}

static struct mr_reader *reader_of(const struct pass *pass, size_t number)
{
	return &pass->capture->readers[number % pass->capture->options->jobs_count];
}

static void name_those_left(struct pass *pass, size_t first)
{
	if (!pass->capture->ended_by)
		return;
	for (size_t i = first; i < pass->processes->count; i++)
		if (pass->processes->list[i].has_memory)
			store_missing(pass->capture, &pass->processes->list[i], pass->file, MR_OVER_BUDGET);
}

/* Ask ahead, and take the answers in the same order. */
static void run(struct pass *pass)
{
	size_t count = pass->processes->count, asked = 0,
	       ahead = AHEAD_COUNT * pass->capture->options->jobs_count;

	for (size_t i = 0; i < count; i++) {
		if (!mr_capture_goes_on(pass->capture)) {
			name_those_left(pass, i);
			return;
		}
		for (; asked < count && asked < i + ahead; asked++)
			pass->ask(pass, &pass->processes->list[asked], reader_of(pass, asked));
		pass->take(pass, &pass->processes->list[i], reader_of(pass, i));
	}
}

static void find_names(struct pass *pass)
{
	for (size_t i = 0; i < mr_source_count && pass->names_count < FIRST_FILES_MAX; i++)
		if (mr_sources[i].phase == MR_PHASE_PROCESS)
			pass->names[pass->names_count++] = mr_sources[i].pattern + strlen(PATTERN_PREFIX);
}

static void ask_first_files(struct pass *pass, struct mr_process *process, struct mr_reader *reader)
{
	char folder[PATH_BYTES];

	folder_of(process, folder);
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
		process->rss_quarter_mib =
			quarter_mib(capture, mr_statm_resident_pages(reading->bytes, reading->length_bytes));
	}
}

static void take_first_files(struct pass *pass, struct mr_process *process, struct mr_reader *reader)
{
	struct mr_reading reading;
	char folder[PATH_BYTES];

	folder_of(process, folder);
	for (unsigned i = 0; i < pass->names_count; i++) {
		mr_reader_answer(reader, &reading);
		/* a process that is gone is said to be once, not once for each file */
		if (reading.is_folder_lost && i)
			continue;
		note_vanished(pass->capture, process, reading.error_number);
		if (!reading.error_number)
			look_at(pass->capture, process, pass->names[i], &reading);
		store(pass->capture, folder, pass->names[i], 0, &reading);
	}
}

/* A thread of a zombie leader that has memory: its files show what /proc/PID hides. */
static int32_t find_live_thread(struct mr_capture *capture, int32_t pid)
{
	char path[PATH_BYTES];
	struct mr_list_walk walk = {0};
	struct mr_reading reading, statm;
	const struct mr_list_entry *entry;
	int32_t tids[128], found = 0;
	unsigned count = 0;

	snprintf(path, sizeof(path), "proc/%" PRId32 "/task", pid);
	mr_reader_list(&capture->readers[0], path, 0, LIST_BYTES, true, mr_capture_limit_ns(capture, 0),
		       &reading);
	mr_list_begin(&walk, reading.bytes, reading.length_bytes);
	while (count < sizeof(tids) / sizeof(tids[0]) && (entry = mr_list_next(&walk)))
		tids[count++] = mr_pid_of_name(mr_list_entry_name(entry));
	for (unsigned i = 0; i < count && !found; i++) {
		if (!tids[i] || tids[i] == pid)
			continue;
		snprintf(path, sizeof(path), "proc/%" PRId32 "/task/%" PRId32, pid, tids[i]);
		mr_capture_look(capture, path, "statm", &statm);
		if (!statm.error_number && !mr_statm_is_empty(statm.bytes, statm.length_bytes))
			found = tids[i];
	}
	return found;
}

static void read_live_thread(struct mr_capture *capture, const struct mr_process *process)
{
	static const char *const names[] = {"statm", "status", "cgroup"};
	int32_t tid = find_live_thread(capture, process->pid);
	char folder[PATH_BYTES];
	struct mr_reading reading;

	snprintf(folder, sizeof(folder), "proc/%" PRId32 "/task/%" PRId32, process->pid, tid);
	for (size_t i = 0; tid && i < sizeof(names) / sizeof(names[0]); i++) {
		mr_capture_look(capture, folder, names[i], &reading);
		store(capture, folder, names[i], 0, &reading);
	}
}

void mr_processes_read(struct mr_capture *capture, struct mr_processes *processes)
{
	struct pass pass = {
		.capture = capture,
		.processes = processes,
		.ask = ask_first_files,
		.take = take_first_files,
		.file = "stat",
	};

	find_names(&pass);
	run(&pass);
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
	char derived[2 * PATH_BYTES];

	if (smaps->error_number == ENOENT) {
		store(capture, folder, "smaps_rollup", 0, smaps);
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

static void ask_walk(struct pass *pass, struct mr_process *process, struct mr_reader *reader)
{
	uint64_t first_ns = mr_capture_limit_ns(pass->capture, 0);
	char folder[PATH_BYTES];

	folder_of(process, folder);
	mr_reader_ask_file(reader, folder, "statm", first_ns, false);
	/* Kernel threads and zombies have no memory to walk: their smaps_rollup is ESRCH. */
	if (!process->has_memory || is_hazardous(pass->capture, process))
		return;
	process->needs_smaps = pass->processes->lacks_rollup;
	mr_reader_ask_file(reader, folder, process->needs_smaps ? "smaps" : "smaps_rollup",
			   limit_ns(pass->capture, process), true);
	mr_reader_ask_file(reader, folder, "statm", first_ns, false);
}

/* One more reading of the statm.  In an unpacked archive these readings are files of their own and taken over
 * as they are; the file is only looked at. */
static void store_statm_again(struct pass *pass, struct mr_process *process, unsigned reading_number,
			      const char *folder, const struct mr_reading *statm)
{
	note_vanished(pass->capture, process, statm->error_number);
	/* a process that is gone is said to be once */
	if (!pass->capture->has_readings && !(statm->is_folder_lost && reading_number > 1))
		store(pass->capture, folder, "statm", reading_number, statm);
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
static bool take_rollup(struct pass *pass, struct mr_process *process, const char *folder,
			struct mr_reading *rollup)
{
	process->is_stuck = rollup->error_number == MR_NO_ANSWER;
	if (process->needs_smaps)
		derive_rollup(pass->capture, folder, rollup);
	else if (rollup->error_number == ENOENT && !rollup->is_folder_lost)
		return true;
	else
		store(pass->capture, folder, "smaps_rollup", 0, rollup);
	return false;
}

static void take_walk(struct pass *pass, struct mr_process *process, struct mr_reader *reader)
{
	struct mr_capture *capture = pass->capture;
	bool is_skipped = is_hazardous(capture, process);
	struct mr_reading reading;
	char folder[PATH_BYTES];

	folder_of(process, folder);
	mr_reader_answer(reader, &reading);
	process->is_late = process->has_memory && !is_skipped && is_doubtful(process, &reading);
	if (process->is_late) {
		drop_answers(reader, 2);
		return;
	}
	store_statm_again(pass, process, 1, folder, &reading);
	if (process->has_memory && is_skipped)
		store_missing(capture, process, "smaps_rollup", MR_HAZARDOUS);
	if (!process->has_memory || is_skipped)
		return;
	mr_reader_answer(reader, &reading);
	bool is_missing = take_rollup(pass, process, folder, &reading);
	mr_reader_answer(reader, &reading);
	store_statm_again(pass, process, 2, folder, &reading);
	if (!is_missing)
		return;
	/* no such file of a process that is there: no process has one */
	process->is_late = process->needs_smaps = !is_gone(reading.error_number);
	pass->processes->lacks_rollup |= process->needs_smaps;
	if (!process->is_late)
		store_missing(capture, process, "smaps_rollup", ENOENT);
}

/* What could not be read in its turn: the sum of a smaps, and what may be another process by now. */
static void read_late(struct pass *pass, struct mr_process *process)
{
	struct mr_capture *capture = pass->capture;
	struct mr_reading reading;
	char folder[PATH_BYTES];

	folder_of(process, folder);
	if (!process->needs_smaps) {
		mr_capture_look(capture, folder, "stat", &reading);
		if (reading.error_number || (uint32_t)mr_stat_number(reading.bytes, reading.length_bytes,
								     22) != process->start_ticks) {
			store_missing(capture, process, "smaps_rollup", ESRCH);
			note_vanished(capture, process, ESRCH);
			return;
		}
		mr_capture_look(capture, folder, "statm", &reading);
		store_statm_again(pass, process, 1, folder, &reading);
	}
	mr_reader_read(&capture->readers[0], folder, process->needs_smaps ? "smaps" : "smaps_rollup",
		       limit_ns(capture, process), &reading);
	if (take_rollup(pass, process, folder, &reading))
		store(capture, folder, "smaps_rollup", 0, &reading);
	if (process->needs_smaps)
		return;
	mr_capture_look(capture, folder, "statm", &reading);
	store_statm_again(pass, process, 2, folder, &reading);
}

/* smaps_rollup exists for processes only, but /proc/TID names a thread as if it were one. */
static void walk_live_thread(struct pass *pass, struct mr_process *process)
{
	struct mr_capture *capture = pass->capture;
	int32_t tid = find_live_thread(capture, process->pid);
	char folder[PATH_BYTES], prefix[PATH_BYTES];
	struct mr_reading reading;

	if (!tid)
		return;
	snprintf(folder, sizeof(folder), "proc/%" PRId32, tid);
	snprintf(prefix, sizeof(prefix), "proc/%" PRId32 "/task/%" PRId32, process->pid, tid);
	process->needs_smaps = pass->processes->lacks_rollup;
	mr_capture_look(capture, capture->is_unpacked_archive ? prefix : folder,
			process->needs_smaps ? "smaps" : "smaps_rollup", &reading);
	if (take_rollup(pass, process, prefix, &reading))
		store(capture, prefix, "smaps_rollup", 0, &reading);
}

void mr_processes_walk(struct mr_capture *capture, struct mr_processes *processes)
{
	struct pass pass = {
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
	run(&pass);
	for (size_t i = 0; i < processes->count && mr_capture_goes_on(capture); i++) {
		if (processes->list[i].is_late)
			read_late(&pass, &processes->list[i]);
		if (processes->list[i].is_zombie_leader)
			walk_live_thread(&pass, &processes->list[i]);
	}
	if (mr_capture_goes_on(capture))
		mr_capture_phase_done(capture, "walk");
}

static const struct {
	unsigned part;
	const char *name;
} details[] = {
	{MR_PART_ARGV, "cmdline"},
	{MR_PART_MAPS, "maps"},
	{MR_PART_SMAPS, "smaps"},
	{MR_PART_NUMA, "numa_maps"},
};
#define DETAILS_COUNT (sizeof(details) / sizeof(details[0]))
#define DETAILS_PARTS (MR_PART_ARGV | MR_PART_MAPS | MR_PART_SMAPS | MR_PART_NUMA)

/* All of them take the mmap lock, which a process that was stuck before will not have let go. */
static bool has_details(const struct mr_process *process)
{
	return process->has_memory && !process->is_stuck && !process->has_vanished;
}

static void ask_details(struct pass *pass, struct mr_process *process, struct mr_reader *reader)
{
	char folder[PATH_BYTES];

	process->is_late = has_details(process);
	if (!process->is_late)
		return;
	folder_of(process, folder);
	for (size_t i = 0; i < DETAILS_COUNT; i++)
		if (pass->capture->options->parts & details[i].part)
			mr_reader_ask_file(reader, folder, details[i].name, limit_ns(pass->capture, process),
					   true);
}

static void take_details(struct pass *pass, struct mr_process *process, struct mr_reader *reader)
{
	bool is_asked = process->is_late;
	struct mr_reading reading;
	char folder[PATH_BYTES];

	folder_of(process, folder);
	for (size_t i = 0; i < DETAILS_COUNT; i++) {
		if (!(pass->capture->options->parts & details[i].part))
			continue;
		if (!is_asked && process->is_stuck)
			store_missing(pass->capture, process, details[i].name, MR_NO_ANSWER);
		if (!is_asked)
			continue;
		mr_reader_answer(reader, &reading);
		process->is_stuck |= reading.error_number == MR_NO_ANSWER;
		if (!reading.is_folder_lost)
			store(pass->capture, folder, details[i].name, 0, &reading);
	}
}

void mr_processes_details(struct mr_capture *capture, struct mr_processes *processes)
{
	struct pass pass = {
		.capture = capture,
		.processes = processes,
		.ask = ask_details,
		.take = take_details,
		.file = "smaps",
	};

	if (!(capture->options->parts & DETAILS_PARTS))
		return;
	run(&pass);
	if (mr_capture_goes_on(capture))
		mr_capture_phase_done(capture, "details");
}

/* Going over the processes.  Readers are asked ahead: while the answers for one process are stored, those for
 * the next are being read. */
#include "collect/process_pass.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collect/room.h"
#include "collect/task_text.h"

/* Processes that a reader is asked for ahead: two rounds of asks, one to answer and one to use. */
#define AHEAD_COUNT 64
/* What fits into mr_process.rss_quarter_mib: 8 TiB. */
#define RSS_QUARTERS_MAX ((1u << 25) - 1)
/* A row that names one that is left out. */
#define NAME_ROW_BYTES 80

/* In units of 256 KiB, rounded up. */
static uint32_t quarter_mib(const struct mr_capture *capture, uint64_t pages)
{
	uint64_t page_size_bytes = capture->page_size_bytes ? capture->page_size_bytes : 4096, quarters;

	if (__builtin_mul_overflow(pages, page_size_bytes, &quarters))
		return RSS_QUARTERS_MAX;
	quarters = (quarters + 256 * 1024 - 1) / (256 * 1024);
	return quarters < RSS_QUARTERS_MAX ? (uint32_t)quarters : RSS_QUARTERS_MAX;
}

void mr_process_note_resident(const struct mr_capture *capture, struct mr_process *process,
			      const struct mr_reading *statm)
{
	process->rss_quarter_mib =
		quarter_mib(capture, mr_statm_resident_pages(statm->bytes, statm->length_bytes));
}

uint64_t mr_process_limit_ns(const struct mr_capture *capture, const struct mr_process *process)
{
	return mr_capture_limit_ns(capture, (uint64_t)process->rss_quarter_mib << 18);
}

bool mr_process_is_gone(int error_number)
{
	return error_number == ENOENT || error_number == ESRCH;
}

/* A process that is gone is said to be once, not once for each file. */
bool mr_process_is_said(const struct mr_reading *reading, bool is_first)
{
	return !is_first && reading->is_folder_lost && mr_process_is_gone(reading->error_number);
}

/* Count a process once that ended while it was read. */
void mr_process_note_vanished(struct mr_capture *capture, struct mr_process *process, int error_number)
{
	/* a tree that was copied need not have every file of a process */
	if (process->has_vanished || !mr_process_is_gone(error_number) || !capture->is_this_machine)
		return;
	process->has_vanished = true;
	capture->processes_vanished_count++;
}

/* Store a reading of a file of a task, whose folder in the archive is @folder. */
void mr_process_store(struct mr_capture *capture, const char *folder, const char *name,
		      unsigned reading_number, const struct mr_reading *reading)
{
	char path[2 * MR_TASK_PATH_BYTES];

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
void mr_process_store_missing(struct mr_capture *capture, const struct mr_process *process, const char *name,
			      int status)
{
	char path[MR_TASK_PATH_BYTES];

	snprintf(path, sizeof(path), "proc/%" PRId32 "/%s", process->pid, name);
	const struct mr_place place = {.path = path, .subject = MR_SUBJECT_PROCESS, .name = name};
	mr_capture_missing(capture, &place, status);
}

const char *mr_process_folder(const struct mr_process *process, char ret[MR_TASK_PATH_BYTES])
{
	snprintf(ret, MR_TASK_PATH_BYTES, "proc/%" PRId32, process->pid);
	return ret;
}

static struct mr_reader *reader_of(const struct mr_pass *pass, size_t number)
{
	return &pass->capture->readers[number % pass->capture->options->jobs_count];
}

/* One that is left out is said to be once, by the first pass that did not get to it. */
static bool is_to_be_named(const struct mr_process *process)
{
	return (process->has_memory || process->is_zombie_leader) && !process->is_left_out;
}

static void name_those_left(struct mr_pass *pass, size_t first)
{
	struct mr_process *list = pass->processes->list;
	const struct mr_place all = {.path = "proc", .subject = MR_SUBJECT_PROCESS, .name = pass->file};
	uint64_t left_count = 0;

	if (!pass->capture->ended_by)
		return;
	for (size_t i = first; i < pass->processes->count; i++)
		left_count += is_to_be_named(&list[i]);
	bool are_named = mr_room_for_names(pass->capture, left_count, NAME_ROW_BYTES);
	for (size_t i = first; i < pass->processes->count; i++) {
		if (are_named && is_to_be_named(&list[i]))
			mr_process_store_missing(pass->capture, &list[i], pass->file, MR_OVER_BUDGET);
		list[i].is_left_out |= is_to_be_named(&list[i]);
	}
	if (!are_named)
		mr_room_leave_out(pass->capture, &all, left_count);
}

/* Ask ahead, and take the answers in the same order. */
void mr_pass_run(struct mr_pass *pass)
{
	size_t count = pass->processes->count, asked = 0,
	       ahead = AHEAD_COUNT * pass->capture->options->jobs_count;
	unsigned jobs_count = pass->capture->options->jobs_count;

	for (size_t i = 0; i < count; i++) {
		if (!mr_capture_goes_on(pass->capture)) {
			name_those_left(pass, i);
			return;
		}
		for (; asked < count && asked < i + ahead; asked++)
			pass->ask(pass, &pass->processes->list[asked], reader_of(pass, asked));
		for (unsigned job = 0; jobs_count > 1 && job < jobs_count; job++)
			mr_reader_run_ahead(reader_of(pass, job));
		pass->take(pass, &pass->processes->list[i], reader_of(pass, i));
		/* what it lacks has its rows */
		pass->processes->list[i].is_left_out |= pass->capture->ended_by != NULL;
	}
}

/* A thread of a zombie leader that has memory: its files show what /proc/PID hides.  How much it has is noted
 * as that of the process. */
int32_t mr_process_find_live_thread(struct mr_capture *capture, struct mr_process *process)
{
	char path[MR_TASK_PATH_BYTES];
	struct mr_list_walk walk = {0};
	struct mr_reading reading, statm;
	const struct mr_list_entry *entry;
	int32_t tids[128], found = 0, pid = process->pid;
	unsigned count = 0;

	snprintf(path, sizeof(path), "proc/%" PRId32 "/task", pid);
	mr_capture_list(capture, path, 0, MR_LIST_BYTES, true, &reading);
	mr_list_begin(&walk, reading.bytes, reading.length_bytes);
	while (count < sizeof(tids) / sizeof(tids[0]) && (entry = mr_list_next(&walk)))
		tids[count++] = mr_pid_of_name(mr_list_entry_name(entry));
	for (unsigned i = 0; i < count && !found; i++) {
		if (!tids[i] || tids[i] == pid)
			continue;
		snprintf(path, sizeof(path), "proc/%" PRId32 "/task/%" PRId32, pid, tids[i]);
		mr_capture_look(capture, path, "statm", &statm);
		if (statm.error_number || mr_statm_is_empty(statm.bytes, statm.length_bytes))
			continue;
		found = tids[i];
		mr_process_note_resident(capture, process, &statm);
	}
	return found;
}

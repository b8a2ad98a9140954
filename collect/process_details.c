/* What --level full and --with add of each process. */
#include <inttypes.h>
#include <stdio.h>

#include "schema/base/clock.h"
#include "collect/process_pass.h"
#include "collect/processes.h"

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

static void ask_details(struct mr_pass *pass, struct mr_process *process, struct mr_reader *reader)
{
	char folder[MR_TASK_PATH_BYTES];

	process->is_late = has_details(process);
	if (!process->is_late)
		return;
	mr_process_folder(process, folder);
	for (size_t i = 0; i < DETAILS_COUNT; i++)
		if (pass->capture->options->parts & details[i].part)
			mr_reader_ask_file(reader, folder, details[i].name,
					   mr_process_limit_ns(pass->capture, process), true);
}

static void take_details(struct mr_pass *pass, struct mr_process *process, struct mr_reader *reader)
{
	bool is_asked = process->is_late, is_first = true;
	struct mr_reading reading;
	char folder[MR_TASK_PATH_BYTES];

	mr_process_folder(process, folder);
	for (size_t i = 0; i < DETAILS_COUNT; i++) {
		if (!(pass->capture->options->parts & details[i].part))
			continue;
		if (!is_asked && process->is_stuck)
			mr_process_store_missing(pass->capture, process, details[i].name, MR_NO_ANSWER);
		if (!is_asked)
			continue;
		mr_reader_answer(reader, &reading);
		process->is_stuck |= reading.error_number == MR_NO_ANSWER;
		if (!mr_process_is_said(&reading, is_first))
			mr_process_store(pass->capture, folder, details[i].name, 0, &reading);
		is_first = false;
	}
}

/* They hide behind the number of a zombie, but not behind that of a thread that lives. */
static void read_thread_details(struct mr_capture *capture, struct mr_process *process)
{
	int32_t tid = process->is_stuck ? 0 : mr_process_find_live_thread(capture, process);
	char folder[MR_TASK_PATH_BYTES];
	struct mr_reading reading;

	snprintf(folder, sizeof(folder), "proc/%" PRId32 "/task/%" PRId32, process->pid, tid);
	for (size_t i = 0; tid && i < DETAILS_COUNT && mr_capture_goes_on(capture); i++) {
		if (!(capture->options->parts & details[i].part))
			continue;
		reading = (struct mr_reading){
			.error_number = MR_NO_ANSWER, .start_ns = mr_now_ns(), .bytes = ""};
		if (!process->is_stuck)
			mr_reader_read(&capture->readers[0], folder, details[i].name,
				       mr_process_limit_ns(capture, process), &reading);
		process->is_stuck |= reading.error_number == MR_NO_ANSWER;
		mr_process_store(capture, folder, details[i].name, 0, &reading);
	}
}

/* What a process that is left out is named with: the first that is wanted of it. */
static const char *first_detail(const struct mr_capture *capture)
{
	for (size_t i = 0; i < DETAILS_COUNT; i++)
		if (capture->options->parts & details[i].part)
			return details[i].name;
	return "smaps";
}

void mr_processes_details(struct mr_capture *capture, struct mr_processes *processes)
{
	struct mr_pass pass = {
		.capture = capture,
		.processes = processes,
		.ask = ask_details,
		.take = take_details,
		.file = first_detail(capture),
	};

	if (!(capture->options->parts & DETAILS_PARTS))
		return;
	mr_pass_run(&pass);
	for (size_t i = 0; i < processes->count && mr_capture_goes_on(capture); i++)
		if (processes->list[i].is_zombie_leader)
			read_thread_details(capture, &processes->list[i]);
	if (mr_capture_goes_on(capture))
		mr_capture_phase_done(capture, "details");
}

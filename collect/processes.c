/* Reading processes.  The files that cannot hang come first, for all of them; only then those that take the
 * mmap lock of a process, which a fault on dead storage may hold for ever.  There statm stands before and
 * after smaps_rollup, so that each process carries its own drift. */
#include "collect/processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collect/smaps_sum.h"
#include "schema/base/cleanup.h"

/* Room for "proc/PID/task/TID/smaps_rollup". */
#define PATH_BYTES 80
#define PATTERN_PREFIX "proc/{pid}/"

/* The files of one task, below its folder. */
struct task {
	struct mr_capture *capture;
	int folder_fd;
	char prefix[PATH_BYTES]; /* of the paths in the archive: "proc/17" */
};

static int32_t number_of(const char *name)
{
	char *end;

	if (name[0] < '1' || name[0] > '9')
		return 0;
	long number = strtol(name, &end, 10);
	return *end || number > INT32_MAX ? 0 : (int32_t)number;
}

static int by_pid(const void *a, const void *b)
{
	const struct mr_process *left = a, *right = b;

	return (left->pid > right->pid) - (left->pid < right->pid);
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
	processes->list[processes->count++] = (struct mr_process){.pid = pid};
	return true;
}

void mr_processes_list(struct mr_capture *capture, struct mr_processes *ret)
{
	const struct mr_tree *tree = &capture->tree;
	const struct mr_place place = {.path = "proc", .subject = MR_SUBJECT_SYSTEM, .name = "proc"};
	const struct dirent *entry;

	*ret = (struct mr_processes){0};
	int proc_fd = mr_tree_openat(tree, tree->root_fd, "proc", O_RDONLY | O_DIRECTORY);
	DIR *proc = proc_fd >= 0 ? fdopendir(proc_fd) : NULL;
	if (!proc) {
		mr_capture_missing(capture, &place, proc_fd < 0 ? -proc_fd : ENOMEM);
		if (proc_fd >= 0)
			close(proc_fd);
		return;
	}
	while ((errno = 0, entry = readdir(proc))) {
		int32_t pid = number_of(entry->d_name);

		if (pid && !append(ret, pid)) {
			errno = ENOMEM;
			break;
		}
	}
	if (errno)
		mr_capture_missing(capture, &place, errno);
	closedir(proc);
	if (ret->count)
		qsort(ret->list, ret->count, sizeof(ret->list[0]), by_pid);
	capture->processes_count = ret->count;
}

void mr_processes_deinit(struct mr_processes *processes)
{
	free(processes->list);
	*processes = (struct mr_processes){0};
}

bool mr_stat_is_zombie_leader(const char *text, size_t length_bytes)
{
	const char *name_end = memrchr(text, ')', length_bytes);

	/* ") Z": the state is field 3, num_threads field 20 */
	return name_end && text + length_bytes - name_end >= 3 && name_end[2] == 'Z' &&
	       mr_stat_number(text, length_bytes, 20) > 1;
}

uint64_t mr_stat_number(const char *text, size_t length_bytes, int field)
{
	const char *end = text + length_bytes;
	const char *at = memrchr(text, ')', length_bytes);
	uint64_t number = 0;

	/* behind the name, and a blank before each field from 3 on */
	for (int before = 2; at && before < field; before++) {
		at = memchr(at, ' ', (size_t)(end - at));
		at += at != NULL;
	}
	for (; at && at < end && *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*at - '0'), &number))
			return 0;
	return number;
}

/* Does a statm say that there is no memory?  Its first number is the size of the address space. */
static bool statm_is_empty(const struct mr_reading *statm)
{
	return statm->length_bytes >= 2 && statm->bytes[0] == '0' && statm->bytes[1] == ' ';
}

static void read_task_file(struct task *task, const char *name, enum mr_role role, unsigned reading_number,
			   struct mr_reading *ret)
{
	char path[2 * PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", task->prefix, name);
	const struct mr_place place = {
		.path = path,
		.role = role,
		.reading_number = reading_number,
		.subject = MR_SUBJECT_PROCESS,
		.name = name,
	};
	mr_capture_file(task->capture, task->folder_fd, name, &place, ret);
}

/* A file of a task that could not even be tried. */
static void report_gone(struct task *task, const char *name, int error_number)
{
	char path[2 * PATH_BYTES];

	snprintf(path, sizeof(path), "%s/%s", task->prefix, name);
	const struct mr_place place = {.path = path, .subject = MR_SUBJECT_PROCESS, .name = name};
	mr_capture_missing(task->capture, &place, error_number);
}

/* Open the folder of a task.  Its descriptor keeps naming the same task when the number is given to another.
 */
static bool open_task(struct task *task, struct mr_capture *capture, const char *folder, const char *prefix,
		      const char *file)
{
	task->capture = capture;
	snprintf(task->prefix, sizeof(task->prefix), "%s", prefix);
	task->folder_fd = mr_tree_openat(&capture->tree, capture->tree.root_fd, folder, O_PATH | O_DIRECTORY);
	if (task->folder_fd >= 0)
		return true;
	report_gone(task, file, -task->folder_fd);
	return false;
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

/* A thread of a zombie leader that has memory: its files show what /proc/PID hides. */
static int32_t find_live_thread(struct mr_capture *capture, int32_t pid)
{
	char path[PATH_BYTES];
	const struct dirent *entry;
	int32_t found = 0;

	snprintf(path, sizeof(path), "proc/%d/task", pid);
	int task_fd = mr_tree_openat(&capture->tree, capture->tree.root_fd, path, O_RDONLY | O_DIRECTORY);
	DIR *tasks = task_fd >= 0 ? fdopendir(task_fd) : NULL;
	if (!tasks) {
		if (task_fd >= 0)
			close(task_fd);
		return 0;
	}
	while (!found && (entry = readdir(tasks))) {
		int32_t tid = number_of(entry->d_name);
		struct mr_reading statm;

		if (!tid || tid == pid)
			continue;
		snprintf(path, sizeof(path), "proc/%d/task/%d/statm", pid, tid);
		mr_slurp(&capture->slurp, capture->tree.root_fd, path, &statm);
		if (!statm.error_number && !statm_is_empty(&statm))
			found = tid;
	}
	closedir(tasks);
	return found;
}

static void read_live_thread(struct mr_capture *capture, struct mr_process *process)
{
	static const char *const names[] = {"statm", "status", "cgroup"};
	char folder[PATH_BYTES];
	struct task task;

	process->live_tid = find_live_thread(capture, process->pid);
	if (!process->live_tid)
		return;
	snprintf(folder, sizeof(folder), "proc/%d/task/%d", process->pid, process->live_tid);
	if (!open_task(&task, capture, folder, folder, names[0]))
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		read_task_file(&task, names[i], MR_ROLE_CANONICAL, 0, NULL);
	close(task.folder_fd);
}

static uint64_t inode_of(int folder_fd)
{
	struct stat status;

	return fstat(folder_fd, &status) < 0 ? 0 : status.st_ino;
}

/* Was the number given to another process since the first pass?  The kernel keeps the inode of a folder of
 * /proc as long as it has memory to spare; only another inode is worth a look at the start time. */
static bool is_another_process(const struct task *task, const struct mr_process *process)
{
	struct mr_reading stat;

	if (!process->start_ticks || inode_of(task->folder_fd) == process->inode)
		return false;
	mr_slurp(&task->capture->slurp, task->folder_fd, "stat", &stat);
	uint64_t start_ticks = stat.error_number ? 0 : mr_stat_number(stat.bytes, stat.length_bytes, 22);
	return start_ticks && start_ticks != process->start_ticks;
}

static void read_process(struct mr_capture *capture, struct mr_process *process)
{
	bool is_zombie_leader = false;
	char folder[PATH_BYTES];
	struct task task;

	snprintf(folder, sizeof(folder), "proc/%d", process->pid);
	if (!open_task(&task, capture, folder, folder, "stat")) {
		note_vanished(capture, process, -task.folder_fd);
		return;
	}
	for (size_t i = 0; i < mr_source_count; i++) {
		const char *name = mr_sources[i].pattern + strlen(PATTERN_PREFIX);
		struct mr_reading reading;

		if (mr_sources[i].phase != MR_PHASE_PROCESS)
			continue;
		read_task_file(&task, name, MR_ROLE_CANONICAL, 0, &reading);
		note_vanished(capture, process, reading.error_number);
		if (!strcmp(name, "stat") && !reading.error_number) {
			is_zombie_leader = mr_stat_is_zombie_leader(reading.bytes, reading.length_bytes);
			process->start_ticks = mr_stat_number(reading.bytes, reading.length_bytes, 22);
		}
	}
	process->inode = inode_of(task.folder_fd);
	close(task.folder_fd);
	if (is_zombie_leader)
		read_live_thread(capture, process);
}

void mr_processes_read(struct mr_capture *capture, struct mr_processes *processes)
{
	for (size_t i = 0; i < processes->count && mr_capture_goes_on(capture); i++)
		read_process(capture, &processes->list[i]);
	if (mr_capture_goes_on(capture))
		mr_capture_phase_done(capture, "processes");
}

/* Sum a smaps and store it as capture/derived/PREFIX/smaps_rollup.  @return whether there is a smaps */
static bool derive_rollup(struct task *task)
{
	struct mr_capture *capture = task->capture;
	struct mr_smaps_sum sum = {0};
	struct mr_buffer rollup = {0};
	struct mr_reading reading, whole;
	char path[2 * PATH_BYTES];

	mr_slurp(&capture->slurp, task->folder_fd, "smaps", &reading);
	if (reading.error_number == ENOENT)
		return false;
	whole = reading;
	mr_smaps_sum_add(&sum, reading.bytes, reading.length_bytes);
	while (reading.has_more && mr_capture_goes_on(capture)) {
		mr_slurp_rest(&capture->slurp, &reading);
		mr_smaps_sum_add(&sum, reading.bytes, reading.length_bytes);
	}
	whole.error_number = reading.error_number;
	whole.has_more = false;
	whole.duration_ns = reading.start_ns + reading.duration_ns - whole.start_ns;
	/* the sum of a part would look like the sum of the whole */
	if (!whole.error_number)
		mr_smaps_sum_print(&sum, &rollup);
	whole.bytes = rollup.data ? rollup.data : "";
	whole.length_bytes = rollup.length_bytes;
	snprintf(path, sizeof(path), "capture/derived/%s/smaps_rollup", task->prefix);
	const struct mr_place place = {.path = path, .subject = MR_SUBJECT_PROCESS, .name = "smaps"};
	mr_capture_store(capture, &place, &whole);
	mr_buffer_deinit(&rollup);
	return true;
}

static void read_rollup(struct task *task)
{
	struct mr_capture *capture = task->capture;
	struct mr_reading reading;
	char path[2 * PATH_BYTES];

	mr_slurp(&capture->slurp, task->folder_fd, "smaps_rollup", &reading);
	if (reading.error_number == ENOENT && derive_rollup(task))
		return;
	snprintf(path, sizeof(path), "%s/smaps_rollup", task->prefix);
	const struct mr_place place = {.path = path, .subject = MR_SUBJECT_PROCESS, .name = "smaps_rollup"};
	/* after a smaps that is not there either, the buffer holds nothing that is wanted */
	mr_capture_store(capture, &place, &reading);
}

/* One more reading of the statm.  In an unpacked archive these readings are files of their own and taken over
 * as they are; the file is only looked at. */
static void read_statm_again(struct task *task, unsigned reading_number, struct mr_reading *ret)
{
	if (task->capture->has_readings)
		mr_slurp(&task->capture->slurp, task->folder_fd, "statm", ret);
	else
		read_task_file(task, "statm", MR_ROLE_BRACKET, reading_number, ret);
}

static void walk_process(struct mr_capture *capture, struct mr_process *process)
{
	struct mr_reading statm;
	char folder[PATH_BYTES];
	struct task task;

	snprintf(folder, sizeof(folder), "proc/%d", process->pid);
	if (!open_task(&task, capture, folder, folder, "smaps_rollup")) {
		note_vanished(capture, process, -task.folder_fd);
		return;
	}
	if (is_another_process(&task, process)) {
		report_gone(&task, "smaps_rollup", ESRCH);
		note_vanished(capture, process, ESRCH);
		close(task.folder_fd);
		return;
	}
	read_statm_again(&task, 1, &statm);
	note_vanished(capture, process, statm.error_number);
	/* Kernel threads and zombies have no memory to walk: their smaps_rollup is ESRCH, and the statm that
	 * was read this moment says as much without another read. */
	if (!statm_is_empty(&statm) && !(capture->is_this_machine && is_gone(statm.error_number))) {
		read_rollup(&task);
		read_statm_again(&task, 2, &statm);
		note_vanished(capture, process, statm.error_number);
	}
	close(task.folder_fd);
}

/* smaps_rollup exists for processes only, but /proc/TID names a thread as if it were one. */
static void walk_live_thread(struct mr_capture *capture, const struct mr_process *process)
{
	char folder[PATH_BYTES], prefix[PATH_BYTES];
	struct task task;

	snprintf(folder, sizeof(folder), "proc/%d", process->live_tid);
	snprintf(prefix, sizeof(prefix), "proc/%d/task/%d", process->pid, process->live_tid);
	if (!open_task(&task, capture, capture->is_unpacked_archive ? prefix : folder, prefix,
		       "smaps_rollup"))
		return;
	read_rollup(&task);
	close(task.folder_fd);
}

void mr_processes_walk(struct mr_capture *capture, struct mr_processes *processes)
{
	for (size_t i = 0; i < processes->count && mr_capture_goes_on(capture); i++) {
		walk_process(capture, &processes->list[i]);
		if (processes->list[i].live_tid)
			walk_live_thread(capture, &processes->list[i]);
	}
	if (mr_capture_goes_on(capture))
		mr_capture_phase_done(capture, "walk");
}

/* Asking for the culprit.  stat and wchan take no lock that a stuck process can hold; still each is read by a
 * reader with a deadline of its own, and what is not answered stays empty. */
#include "collect/hung.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/clock.h"
#include "collect/task_text.h"

#define LIMIT_NS (500 * MR_MILLISECOND_NS)
/* When the limit of the run ended the wait, the culprit is worth so much more time. */
#define BEYOND_RUN_NS (500 * MR_MILLISECOND_NS)
/* Of a process with thousands of threads the first tell enough. */
#define THREADS_MAX 64
#define LIST_BYTES 4096
/* Lines of the summary; the archive has the others. */
#define TOLD_MAX 8
#define NAME_BYTES 64
#define FOLDER_BYTES 64

struct task_state {
	char name[NAME_BYTES];
	size_t name_bytes;
	char letter; /* 0 when not known */
	char wchan[64];
};

/* Name and state out of /proc/PID/stat: what stands between the first '(' and the last ')', and the letter
 * behind. */
static void parse_stat(const char *text, size_t length_bytes, struct task_state *ret)
{
	const char *begin = memchr(text, '(', length_bytes), *end = memrchr(text, ')', length_bytes);

	if (!begin || !end || end < begin)
		return;
	ret->name_bytes = (size_t)(end - begin - 1);
	if (ret->name_bytes > sizeof(ret->name))
		ret->name_bytes = sizeof(ret->name);
	memcpy(ret->name, begin + 1, ret->name_bytes);
	if (text + length_bytes - end >= 3)
		ret->letter = end[2];
}

static bool ask_state(struct mr_reader *reader, const char *folder, struct task_state *ret)
{
	struct mr_reading reading;

	*ret = (struct task_state){0};
	mr_reader_read(reader, folder, "stat", LIMIT_NS, &reading);
	if (reading.error_number)
		return false;
	parse_stat(reading.bytes, reading.length_bytes, ret);
	return true;
}

/* "0" is what the kernel prints for a task that runs, and for those who may not know. */
static void ask_wchan(struct mr_reader *reader, const char *folder, struct task_state *ret)
{
	struct mr_reading reading;

	mr_reader_read(reader, folder, "wchan", LIMIT_NS, &reading);
	if (reading.error_number || !reading.length_bytes || reading.bytes[0] == '0')
		return;
	size_t length_bytes =
		reading.length_bytes < sizeof(ret->wchan) ? reading.length_bytes : sizeof(ret->wchan) - 1;
	memcpy(ret->wchan, reading.bytes, length_bytes);
	ret->wchan[strcspn(ret->wchan, "\n")] = '\0';
}

static void add_row(struct mr_capture *capture, const char *path, uint64_t waited_ns, const char *role,
		    int32_t pid, int32_t tid, const struct task_state *state)
{
	struct mr_buffer *csv = &capture->hung;

	if (!csv->length_bytes)
		mr_buffer_append_text(csv, "path,waited_ns,role,pid,tid,name,state,wchan\n");
	mr_buffer_append_csv(csv, path, strlen(path));
	mr_buffer_printf(csv, ",%" PRIu64 ",%s,%" PRId32 ",%" PRId32, waited_ns, role, pid, tid);
	mr_buffer_append_csv(csv, state->name_bytes ? state->name : NULL, state->name_bytes);
	mr_buffer_append_csv(csv, state->letter ? &state->letter : NULL, state->letter != 0);
	mr_buffer_append_csv(csv, *state->wchan ? state->wchan : NULL, strlen(state->wchan));
	mr_buffer_append_text(csv, "\n");
}

struct hung {
	struct mr_capture *capture;
	struct mr_reader *reader; /* has just been given up: nothing is on its way */
	const char *path;
	uint64_t waited_ns;
};

/* For the summary: the file, whose it is, how long it was waited for, in what state its process is.
 * @return whether there is room for it */
static bool tell(const struct hung *hung, int32_t pid, const struct task_state *state)
{
	struct mr_capture *capture = hung->capture;
	struct mr_buffer *told = &capture->hung_told, name = {0};

	if (capture->hung_told_count >= TOLD_MAX)
		return false;
	capture->hung_told_count++;
	if (capture->anonymizer)
		mr_anonymize_name(capture->anonymizer, MR_NAME_PROCESS, state->name, state->name_bytes,
				  &name);
	else
		mr_buffer_append(&name, state->name, state->name_bytes);
	mr_buffer_printf(told, "%s of pid %" PRId32 " (", strrchr(hung->path, '/') + 1, pid);
	mr_buffer_append_escaped(told, name.data, name.length_bytes);
	mr_buffer_printf(told, ")   no answer in %.1f s   state %c", (double)hung->waited_ns / 1e9,
			 state->letter ? state->letter : '?');
	mr_buffer_append_text(told, "\n");
	told->failed |= name.failed;
	mr_buffer_deinit(&name);
	return true;
}

/* @return whether the summary tells of it */
static bool note_task(const struct hung *hung, const char *role, const char *folder, int32_t pid, int32_t tid)
{
	bool is_thread = !strcmp(role, "thread"), is_told = false;
	struct task_state state;

	if (!ask_state(hung->reader, folder, &state))
		return false;
	/* of the threads those count that nothing can wake but what they wait for */
	if (is_thread && state.letter != 'D')
		return false;
	ask_wchan(hung->reader, folder, &state);
	if (!strcmp(role, "process"))
		is_told = tell(hung, pid, &state);
	add_row(hung->capture, hung->path, hung->waited_ns, role, pid, tid, &state);
	return is_told;
}

static void note_threads(const struct hung *hung, int32_t pid)
{
	int32_t tids[THREADS_MAX];
	char folder[FOLDER_BYTES];
	struct mr_list_walk walk;
	struct mr_reading reading;
	const struct mr_list_entry *entry;
	unsigned count = 0;

	snprintf(folder, sizeof(folder), "proc/%" PRId32 "/task", pid);
	mr_reader_list(hung->reader, folder, 0, LIST_BYTES, true, LIMIT_NS, &reading);
	if (reading.error_number || !mr_list_begin(&walk, reading.bytes, reading.length_bytes))
		return;
	while (count < THREADS_MAX && (entry = mr_list_next(&walk))) {
		int32_t tid = mr_pid_of_name(mr_list_entry_name(entry));

		if (tid && tid != pid)
			tids[count++] = tid;
	}
	for (unsigned i = 0; i < count; i++) {
		snprintf(folder, sizeof(folder), "proc/%" PRId32 "/task/%" PRId32, pid, tids[i]);
		note_task(hung, "thread", folder, pid, tids[i]);
	}
}

/* The process whose file it is: of "proc/17/smaps_rollup", of "capture/derived/proc/17/smaps_rollup". */
static int32_t pid_of_path(const char *path)
{
	static const char derived[] = "capture/derived/";
	char number[16];

	if (!strncmp(path, derived, sizeof(derived) - 1))
		path += sizeof(derived) - 1;
	if (strncmp(path, "proc/", 5) != 0)
		return 0;
	size_t length = strcspn(path + 5, "/");
	if (length >= sizeof(number))
		return 0;
	memcpy(number, path + 5, length);
	number[length] = '\0';
	return mr_pid_of_name(number);
}

/* All that can be asked of somebody.  @return whether the summary tells of the process */
static bool note_all(const struct hung *hung)
{
	const struct mr_capture *capture = hung->capture;
	int32_t pid = pid_of_path(hung->path), lost_pid = hung->reader->lost_pid;
	char folder[FOLDER_BYTES];
	bool is_told = false;

	if (pid) {
		snprintf(folder, sizeof(folder), "proc/%" PRId32, pid);
		is_told = note_task(hung, "process", folder, pid, pid);
		note_threads(hung, pid);
	}
	if (capture->is_this_machine && !capture->tree.is_foreign) {
		snprintf(folder, sizeof(folder), "proc/%" PRId32, lost_pid);
		note_task(hung, "reader", folder, lost_pid, lost_pid);
	}
	return is_told;
}

bool mr_hung_note(struct mr_capture *capture, const char *path, const struct mr_reading *reading)
{
	const struct hung hung = {
		.capture = capture,
		.reader = reading->reader,
		.path = path,
		.waited_ns = reading->duration_ns,
	};

	/* one that was not tried for what the process did before is no news */
	if (!hung.reader)
		return false;
	hung.reader->run_deadline_ns = capture->run_deadline_ns + BEYOND_RUN_NS;
	bool is_told = note_all(&hung);
	hung.reader->run_deadline_ns = capture->run_deadline_ns;
	return is_told;
}

void mr_hung_write(struct mr_capture *capture)
{
	if (capture->hung.length_bytes)
		mr_capture_made(capture, "capture/hung.csv", &capture->hung);
}

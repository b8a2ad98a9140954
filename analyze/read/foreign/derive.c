/* What a foreign capture lacks, from what it has.  See derive.h.
 *
 * Of each process a few hundred bytes are kept: which files it has, what ps said of it, and the sums of its
 * smaps as long as no smaps_rollup was seen.  Texts are in one buffer.  Processes are found by their number
 * through a table of two levels, so that no choice of numbers makes it slow.  What comes of it: derive_put.c.
 */
#include "analyze/read/foreign/derive.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/read/foreign/derive_internal.h"
#include "analyze/read/foreign/ps_cgroups.h"
#include "analyze/read/row.h"

/* of names, groups and outputs of ps; a machine with 65,536 processes has a third of it */
#define TEXTS_BYTES_MAX (24 << 20)
#define NAME_BYTES_MAX 64
#define SUMS_MAX 64

struct mr_derive *mr_derive_create(void)
{
	return calloc(1, sizeof(struct mr_derive));
}

void mr_derive_destroy(struct mr_derive *derive)
{
	if (!derive)
		return;
	for (size_t i = 0; i < derive->process_count; i++)
		free(derive->processes[i].sums);
	for (size_t i = 0; i < PID_LIMIT / PIDS_PER_CHUNK; i++)
		free(derive->chunks[i]);
	free(derive->processes);
	mr_derive_meminfo_deinit(&derive->meminfo);
	mr_buffer_deinit(&derive->texts);
	free(derive);
}

/* ---- what is kept ---- */

/* Room for one more; the array grows by doubling up to the most there may be. */
static int reserve_process(struct mr_derive *derive)
{
	size_t count = derive->process_count;

	/* full at 0, 64, 128, 256, ... */
	if (count && (count < 64 || (count & (count - 1))))
		return 0;
	struct process *larger =
		reallocarray(derive->processes, count ? 2 * count : 64, sizeof(derive->processes[0]));
	if (!larger)
		return -ENOMEM;
	derive->processes = larger;
	return 0;
}

static int add_process(struct mr_derive *derive, int64_t pid, uint32_t *position)
{
	int result = reserve_process(derive);

	if (result < 0)
		return result;
	derive->processes[derive->process_count] = (struct process){
		.pid = (int32_t)pid,
		.parent = -1,
		.threads_count = -1,
		.size_kib = -1,
		.rss_kib = -1,
		.status_size_kib = -1,
	};
	*position = (uint32_t)++derive->process_count;
	return 0;
}

/* @ret_process  NULL when there are as many as are kept, or when no process has such a number */
static int find_process(struct mr_derive *derive, int64_t pid, struct process **ret_process)
{
	*ret_process = NULL;
	if (pid < 0 || pid >= PID_LIMIT)
		return 0;
	uint32_t **chunk = &derive->chunks[pid / PIDS_PER_CHUNK];
	if (!*chunk)
		*chunk = calloc(PIDS_PER_CHUNK, sizeof(**chunk));
	if (!*chunk)
		return -ENOMEM;
	uint32_t *position = &(*chunk)[pid % PIDS_PER_CHUNK];
	if (!*position) {
		if (derive->process_count == MR_DERIVE_PROCESSES_MAX) {
			derive->left_out = true;
			return 0;
		}
		int result = add_process(derive, pid, position);
		if (result < 0)
			return result;
	}
	*ret_process = &derive->processes[*position - 1];
	return 0;
}

static int keep_text(struct mr_derive *derive, const char *bytes, size_t length_bytes, struct text *ret_text)
{
	size_t at = derive->texts.length_bytes;

	if (length_bytes > TEXTS_BYTES_MAX - at) {
		derive->left_out = true;
		return 0;
	}
	mr_buffer_append(&derive->texts, bytes, length_bytes);
	if (derive->texts.failed)
		return -ENOMEM;
	*ret_text = (struct text){(uint32_t)at, (uint32_t)length_bytes};
	return 0;
}

static bool is_text(const struct mr_derive *derive, struct text text, const struct mr_value *value)
{
	return text.length_bytes == value->text.length_bytes &&
	       !memcmp(derive->texts.data + text.at, value->text.bytes, text.length_bytes);
}

/* The number of an output of ps; SEVERAL beyond those that are kept. */
static int find_output(struct mr_derive *derive, const struct mr_value *name, uint8_t *ret_output)
{
	size_t i = 0;

	while (i < derive->output_count && !is_text(derive, derive->outputs[i], name))
		i++;
	*ret_output = SEVERAL;
	if (i == OUTPUTS_MAX)
		return 0;
	if (i == derive->output_count) {
		int result =
			keep_text(derive, name->text.bytes, name->text.length_bytes, &derive->outputs[i]);
		if (result < 0 || !derive->outputs[i].length_bytes)
			return result;
		derive->output_count++;
	}
	*ret_output = (uint8_t)(i + 1);
	return 0;
}

/* ---- rows that come ---- */

/* Take over a number that was not known. */
static bool take_integer(const struct mr_row *row, const char *column, int64_t *number)
{
	if (*number >= 0)
		return false;
	*number = mr_row_integer(row, column, -1);
	return *number >= 0;
}

static bool take_state(const struct mr_row *row, struct process *process)
{
	const struct mr_value *state = mr_row_value(row, "state");

	if (process->state || state->type != MR_VALUE_TEXT || !state->text.length_bytes)
		return false;
	process->state = state->text.bytes[0];
	return true;
}

/* The name that ps gives; one that was made of a command line yields to comm.
 * @return  1: taken; 0: there is one already; or a negative errno */
static int take_ps_name(struct mr_derive *derive, const struct mr_row *row, struct process *process)
{
	const struct mr_value *name = mr_row_value(row, "name");
	bool is_comm = mr_row_integer(row, "is_comm", 0);

	if (name->type != MR_VALUE_TEXT || (process->has & HAS_PS_COMM) ||
	    (process->name.length_bytes && !is_comm))
		return 0;
	const char *bytes = name->text.bytes;
	size_t length_bytes = name->text.length_bytes;
	const char *slash = is_comm || !length_bytes ? NULL : memrchr(bytes, '/', length_bytes);
	if (slash && slash + 1 < bytes + length_bytes) {
		length_bytes -= (size_t)(slash + 1 - bytes);
		bytes = slash + 1;
	}
	if (length_bytes > NAME_BYTES_MAX)
		length_bytes = NAME_BYTES_MAX;
	if (is_comm)
		process->has |= HAS_PS_COMM;
	int result = keep_text(derive, bytes, length_bytes, &process->name);
	return result < 0 ? result : 1;
}

static int take_ps_cgroups(struct mr_derive *derive, const struct mr_row *row, struct process *process,
			   uint8_t output)
{
	const struct mr_value *text = mr_row_value(row, "cgroups");
	struct mr_ps_cgroups cgroups;

	if (process->cgroup_output || text->type != MR_VALUE_TEXT)
		return 0;
	mr_ps_cgroups_split((struct mr_slice){text->text.bytes, text->text.length_bytes}, &cgroups);
	process->cgroup_output = output;
	process->cgroups_are_whole = cgroups.is_whole;
	derive->has_cgroup1 |= cgroups.cgroup1.length_bytes > 0;
	derive->has_cgroup2 |= cgroups.cgroup2.length_bytes > 0;
	int result = keep_text(derive, cgroups.cgroup1.at, cgroups.cgroup1.length_bytes, &process->cgroup1);
	if (result < 0)
		return result;
	return keep_text(derive, cgroups.cgroup2.at, cgroups.cgroup2.length_bytes, &process->cgroup2);
}

static uint8_t and_output(uint8_t outputs, uint8_t output)
{
	return outputs && outputs != output ? SEVERAL : output;
}

/* Each is taken from the first output that has it. */
static int take_ps_stat(struct mr_derive *derive, const struct mr_row *row, struct process *process,
			uint8_t output)
{
	int named = take_ps_name(derive, row, process);

	if (named < 0)
		return named;
	bool is_used = named > 0;
	is_used |= take_state(row, process);
	is_used |= take_integer(row, "ppid", &process->parent);
	is_used |= take_integer(row, "threads_count", &process->threads_count);
	if (is_used)
		process->stat_output = and_output(process->stat_output, output);
	return 0;
}

static void take_ps_sizes(const struct mr_row *row, struct process *process, uint8_t output)
{
	bool is_used = take_integer(row, "vsz_kib", &process->size_kib);

	is_used |= take_integer(row, "rss_kib", &process->rss_kib);
	if (is_used)
		process->size_output = and_output(process->size_output, output);
}

static int take_ps(struct mr_derive *derive, const struct mr_row *row, struct process *process)
{
	uint8_t output;

	int result = find_output(derive, mr_row_value(row, "output"), &output);
	if (!result && !(process->has & HAS_STATUS_NAME))
		result = take_ps_stat(derive, row, process, output);
	if (result < 0)
		return result;
	take_ps_sizes(row, process, output);
	if (process->last_output != output && process->outputs_count < UINT8_MAX)
		process->outputs_count++;
	process->last_output = output;
	return take_ps_cgroups(derive, row, process, output);
}

/* A stat made from status: what ps said before yields to it. */
static int keep_stat(struct mr_derive *derive, const struct mr_row *row, struct process *process)
{
	const struct mr_value *name = mr_row_value(row, "comm");

	process->has |= HAS_STATUS_NAME;
	process->state = '\0';
	process->parent = mr_row_integer(row, "ppid", -1);
	process->threads_count = mr_row_integer(row, "num_threads_count", -1);
	take_state(row, process);
	process->name = (struct text){0};
	if (name->type != MR_VALUE_TEXT)
		return 0;
	return keep_text(derive, name->text.bytes,
			 name->text.length_bytes < NAME_BYTES_MAX ? name->text.length_bytes : NAME_BYTES_MAX,
			 &process->name);
}

static int keep_sums(const struct mr_row *row, struct process *process)
{
	size_t count = 0;

	assert(row->table->field_count <= SUMS_MAX);
	if (process->has & HAS_ROLLUP)
		return 0;
	if (!process->sums)
		process->sums = malloc(row->table->field_count * sizeof(process->sums[0]));
	if (!process->sums)
		return -ENOMEM;
	process->sums_mask = 0;
	for (size_t i = 0; i < row->table->field_count; i++)
		if (row->values[i].type == MR_VALUE_INTEGER) {
			process->sums[count++] = row->values[i].integer;
			process->sums_mask |= UINT64_C(1) << i;
		}
	return 0;
}

static void drop_sums(struct process *process)
{
	free(process->sums);
	process->sums = NULL;
}

/* Which files of a process give rows, by their table. */
static const struct {
	const char *table;
	unsigned has;
} of_process[] = {
	{"proc_stat", HAS_STAT}, {"proc_status", HAS_STATUS}, {"proc_statm", HAS_STATM},
	{"proc_oom", 0},         {"proc_cgroup", HAS_CGROUP}, {"proc_smaps_rollup", HAS_ROLLUP},
};

/* What its own status says of a process, beside what a stat would say. */
static void note_status(const struct mr_row *row, struct process *process)
{
	int64_t tgid = mr_row_integer(row, "tgid", process->pid);

	if (tgid != process->pid && tgid > 0 && tgid < PID_LIMIT)
		process->thread_of = (int32_t)tgid;
	process->status_size_kib = mr_row_integer(row, "vm_size_kib", -1);
}

static bool is_derived(const struct mr_row *row)
{
	return mr_row_value(row, "derived")->type != MR_VALUE_NULL;
}

/* The next four: @return 1: the row is kept back; 0: it is to be passed on; or a negative errno */

static int take_process_row(struct mr_derive *derive, const struct mr_row *row, unsigned has)
{
	bool is_own = !is_derived(row);
	struct process *process;

	int result = find_process(derive, mr_row_integer(row, "pid", -1), &process);
	if (result < 0 || !process)
		return result < 0 ? result : !is_own;
	process->has |= HAS_FOLDER;
	if (is_own) {
		process->has |= (uint16_t)has;
		if (has == HAS_ROLLUP)
			drop_sums(process);
		if (has == HAS_STATUS)
			note_status(row, process);
		return 0;
	}
	result = has == HAS_STAT ? keep_stat(derive, row, process) : keep_sums(row, process);
	return result < 0 ? result : 1;
}

static int take_meminfo_row(struct mr_derive *derive, const struct mr_row *row)
{
	if (!is_derived(row)) {
		derive->meminfo.is_there = true;
		return 0;
	}
	int result = mr_derive_meminfo_take_free(&derive->meminfo, row);
	return result < 0 ? result : 1;
}

static int take_ps_row(struct mr_derive *derive, const struct mr_row *row)
{
	struct process *process;

	int result = find_process(derive, mr_row_integer(row, "pid", -1), &process);
	return result < 0 || !process ? result : take_ps(derive, row, process);
}

static int take(struct mr_derive *derive, const struct mr_row *row)
{
	const char *table = row->table->name;

	for (size_t i = 0; i < sizeof(of_process) / sizeof(of_process[0]); i++)
		if (!strcmp(table, of_process[i].table))
			return take_process_row(derive, row, of_process[i].has);
	if (!strcmp(table, "ps_process"))
		return take_ps_row(derive, row);
	if (!strcmp(table, "node_meminfo"))
		return mr_derive_meminfo_take_node(&derive->meminfo, row);
	return strcmp(table, "proc_meminfo") ? 0 : take_meminfo_row(derive, row);
}

int mr_derive_row(struct mr_derive *derive, const struct mr_row *row, const struct mr_outlet *out)
{
	int kept = take(derive, row);

	return kept ? kept < 0 ? kept : 0 : out->row(out->context, 0, row);
}

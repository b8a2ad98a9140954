/* The rows that are derived, once all rows of a capture are known.  See derive.h. */
#include <stdio.h>
#include <string.h>

#include "analyze/read/foreign/derive_internal.h"
#include "analyze/read/row.h"

static void begin(struct mr_row *row, const char *table, const struct process *process)
{
	row->table = mr_table_find(table);
	memset(row->values, 0, row->table->field_count * sizeof(row->values[0]));
	if (process)
		mr_row_set_integer(row, "pid", process->pid);
}

static void set_known(struct mr_row *row, const char *column, int64_t number)
{
	if (number >= 0)
		mr_row_set_integer(row, column, number);
}

static void set_text(const struct mr_derive *derive, struct mr_row *row, const char *column, struct text text)
{
	if (text.length_bytes)
		mr_row_set_text(row, column, derive->texts.data + text.at, text.length_bytes);
}

static void set_output(const struct mr_derive *derive, struct mr_row *row, uint8_t output)
{
	if (output == SEVERAL)
		mr_row_set_string(row, "derived", "ps");
	else
		set_text(derive, row, "derived", derive->outputs[output - 1]);
}

/* What a row stands for that a file of its own would have given; of a folder with nothing but sizes, these.
 */
static void set_stat_source(const struct mr_derive *derive, struct mr_row *row, const struct process *process)
{
	if (process->has & HAS_STATUS_NAME)
		mr_row_set_string(row, "derived", "status");
	else if (process->stat_output)
		set_output(derive, row, process->stat_output);
	else if (process->sums)
		mr_row_set_string(row, "derived", "smaps");
	else
		mr_row_set_string(row, "derived", process->has & HAS_ROLLUP ? "smaps_rollup" : "statm");
}

static int put_stat(const struct mr_derive *derive, const struct process *process,
		    const struct mr_outlet *out)
{
	struct mr_row row;

	begin(&row, "proc_stat", process);
	set_text(derive, &row, "comm", process->name);
	if (process->state)
		mr_row_set_text(&row, "state", &process->state, 1);
	set_known(&row, "ppid", process->parent);
	set_known(&row, "num_threads_count", process->threads_count);
	set_stat_source(derive, &row, process);
	return out->row(out->context, 0, &row);
}

/* A stat that is there and is of a thread: that is added to its row. */
static int put_thread(const struct process *process, const struct mr_outlet *out)
{
	struct mr_row row;

	begin(&row, "proc_stat", process);
	mr_row_set_integer(&row, "thread_of", process->thread_of);
	return out->row(out->context, 0, &row);
}

static int put_status(const struct mr_derive *derive, const struct process *process,
		      const struct mr_outlet *out)
{
	struct mr_row row;

	begin(&row, "proc_status", process);
	set_known(&row, "vm_size_kib", process->size_kib);
	set_known(&row, "vm_rss_kib", process->rss_kib);
	set_output(derive, &row, process->size_output);
	return out->row(out->context, 0, &row);
}

/* ps leaves out groups whose path is "/": where it shows others of the same version, that is what is not
 * there. */
static int put_cgroup(const struct mr_derive *derive, const struct process *process,
		      const struct mr_outlet *out)
{
	struct mr_row row;

	begin(&row, "proc_cgroup", process);
	set_text(derive, &row, "cgroup1_path", process->cgroup1);
	set_text(derive, &row, "cgroup2_path", process->cgroup2);
	if (!process->cgroup1.length_bytes && process->cgroups_are_whole && derive->has_cgroup1)
		mr_row_set_string(&row, "cgroup1_path", "/");
	if (!process->cgroup2.length_bytes && process->cgroups_are_whole && derive->has_cgroup2)
		mr_row_set_string(&row, "cgroup2_path", "/");
	if (mr_row_value(&row, "cgroup1_path")->type == MR_VALUE_NULL &&
	    mr_row_value(&row, "cgroup2_path")->type == MR_VALUE_NULL)
		return 0;
	set_output(derive, &row, process->cgroup_output);
	return out->row(out->context, 0, &row);
}

static void fill_sums(struct mr_row *row, const struct process *process)
{
	size_t count = 0;

	begin(row, "proc_smaps_rollup", process);
	for (size_t i = 0; i < row->table->field_count; i++)
		if (process->sums_mask & UINT64_C(1) << i)
			row->values[i] = (struct mr_value){.type = MR_VALUE_INTEGER,
							   .integer = process->sums[count++]};
	mr_row_set_string(row, "derived", "smaps");
}

static int put_excerpt(const struct process *process, const struct mr_outlet *out)
{
	static const char text[] = "has less than half of the address space that status shows: not added up";
	const struct mr_issue issue = {
		.kind = MR_ISSUE_CUT_OFF, .text = text, .length_bytes = sizeof(text) - 1};
	char path[64];

	snprintf(path, sizeof(path), "proc/%d/smaps", (int)process->pid);
	return out->issue(out->context, path, &issue);
}

/* The sums of an excerpt would be taken for those of the process. */
static int put_sums(const struct process *process, const struct mr_outlet *out)
{
	struct mr_row row;

	fill_sums(&row, process);
	/* either may be unknown */
	int64_t size_kib = mr_row_integer(&row, "size_kib", INT64_MAX);
	if (process->status_size_kib > 0 && size_kib < process->status_size_kib / 2)
		return put_excerpt(process, out);
	return out->row(out->context, 0, &row);
}

/* @is_wanted  whether ps may say that there was such a process */
static bool lacks_stat(const struct process *process, bool is_wanted)
{
	if (process->has & HAS_STAT)
		return false;
	if ((process->has & HAS_STATUS_NAME) || (is_wanted && process->stat_output))
		return true;
	/* a folder of a thread has a status without a name for a process */
	return !(process->has & HAS_STATUS) && (process->sums || (process->has & (HAS_ROLLUP | HAS_STATM)));
}

static int put_process(const struct mr_derive *derive, const struct process *process, bool is_wanted,
		       const struct mr_outlet *out)
{
	int result = 0;

	is_wanted |= (process->has & HAS_FOLDER) != 0;
	if (lacks_stat(process, is_wanted))
		result = put_stat(derive, process, out);
	else if ((process->has & HAS_STAT) && process->thread_of)
		result = put_thread(process, out);
	if (!result && is_wanted && !(process->has & HAS_STATUS) && process->size_output)
		result = put_status(derive, process, out);
	if (!result && is_wanted && !(process->has & HAS_CGROUP) && process->cgroup_output)
		result = put_cgroup(derive, process, out);
	if (!result && process->sums)
		result = put_sums(process, out);
	return result;
}

/* Whether a process was there for longer than one run of ps, as far as there were two. */
static bool has_lasted(const struct mr_derive *derive, const struct process *process)
{
	return process->outputs_count >= (derive->output_count > 1 ? 2 : 1);
}

/* Whether folders below proc are missing, and not only those of processes that came and went. */
static bool lacks_folders(const struct mr_derive *derive)
{
	size_t known_to_ps = 0;
	size_t without_folder = 0;

	for (size_t i = 0; i < derive->process_count; i++) {
		const struct process *process = &derive->processes[i];
		bool is_counted = has_lasted(derive, process);

		known_to_ps += is_counted;
		without_folder += is_counted && !(process->has & HAS_FOLDER);
	}
	return 8 * without_folder > known_to_ps;
}

static int put_left_out(const struct mr_outlet *out)
{
	static const char text[] = "more processes, or longer names and groups, than anything is derived for";
	const struct mr_issue issue = {
		.kind = MR_ISSUE_NUMBER_TOO_LARGE, .text = text, .length_bytes = sizeof(text) - 1};

	return out->issue(out->context, "proc", &issue);
}

int mr_derive_conclude(struct mr_derive *derive, const struct mr_outlet *out)
{
	bool fills_folders = lacks_folders(derive);
	int result = 0;

	for (size_t i = 0; !result && i < derive->process_count; i++) {
		const struct process *process = &derive->processes[i];

		result = put_process(derive, process, fills_folders && has_lasted(derive, process), out);
	}
	if (!result)
		result = mr_derive_meminfo_put(&derive->meminfo, out);
	if (!result && derive->left_out)
		result = put_left_out(out);
	return result;
}

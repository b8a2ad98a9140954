/* /proc/PID/status of a capture that may have no stat: the row of a status, and one of a stat made from it.
 *
 * Name, state, parent and number of threads stand in both files.  The row of a stat says that it was made
 * from status; who stores it decides whether the process has a stat of its own.  A folder of a thread, where
 * Tgid and Pid differ, gives none, because a thread is no process.
 *
 * Source: fs/proc/array.c task_state(), proc_task_name()
 */
#include "analyze/parse/shapes.h"

/* TASK_COMM_LEN is 16; names of workers with what they work on are cut at 64. Each byte may be written as
 * two. */
#define NAME_BYTES_MAX 128

/* What the two files have in common; at is NULL for what was not there. */
struct identity {
	struct mr_slice name;
	struct mr_slice state;
	struct mr_slice parent;
	struct mr_slice threads;
	struct mr_slice process; /* Tgid */
	struct mr_slice task;    /* Pid */
};

static void note(struct identity *identity, const struct mr_key_value *pair)
{
	const struct {
		const char *key;
		struct mr_slice *text;
	} kept[] = {
		{"Name", &identity->name},       {"State", &identity->state},  {"PPid", &identity->parent},
		{"Threads", &identity->threads}, {"Tgid", &identity->process}, {"Pid", &identity->task},
	};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (mr_slice_is(pair->key, kept[i].key))
			*kept[i].text = pair->text;
}

/* The name as stat prints it: status writes a newline as "\n" and a backslash twice. */
static struct mr_slice raw_name(struct mr_slice name, char bytes[NAME_BYTES_MAX])
{
	size_t length_bytes = 0;

	if (name.length_bytes > NAME_BYTES_MAX)
		return name;
	for (size_t i = 0; i < name.length_bytes; i++) {
		char byte = name.at[i];
		char next = i + 1 < name.length_bytes ? name.at[i + 1] : '\0';

		if (byte == '\\' && (next == 'n' || next == '\\')) {
			byte = next == 'n' ? '\n' : '\\';
			i++;
		}
		bytes[length_bytes++] = byte;
	}
	return (struct mr_slice){bytes, length_bytes};
}

static void emit_stat(const struct identity *identity, struct mr_scan *scan)
{
	char bytes[NAME_BYTES_MAX];
	struct mr_fill fill;

	if (!identity->name.at || !identity->state.length_bytes ||
	    !mr_slice_equals(identity->process, identity->task))
		return;
	scan->table = mr_table_find("proc_stat");
	if (!mr_fill_begin_file(&fill, scan))
		return;
	mr_fill_put_text(&fill, "2", raw_name(identity->name, bytes));
	mr_fill_put_text(&fill, "3", (struct mr_slice){identity->state.at, 1});
	if (identity->parent.at)
		mr_fill_put_key(&fill, scan, MR_SLICE("4"), identity->parent);
	if (identity->threads.at)
		mr_fill_put_key(&fill, scan, MR_SLICE("20"), identity->threads);
	mr_fill_put_derived(&fill, "status");
	mr_fill_emit(&fill, scan);
}

void mr_parse_proc_status(struct mr_scan *scan)
{
	struct identity identity = {0};
	struct mr_key_value pair;
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	while (mr_scan_filled_line(scan)) {
		if (!mr_key_value_split(scan->line, &pair)) {
			mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
			continue;
		}
		mr_key_value_put(&fill, scan, &pair);
		note(&identity, &pair);
	}
	if (mr_fill_has_values(&fill))
		mr_fill_emit(&fill, scan);
	emit_stat(&identity, scan);
}

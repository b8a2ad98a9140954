/* How many processors there are, by what no program of a container stands in for.
 *
 * What the kernel keeps back by processor it keeps for every possible one, online or not, so bounds need their
 * number, and many captures lack the kernel's list.  Two files have it beside the list: /proc/softirqs has a
 * column for each possible processor (fs/proc/softirqs.c, all kernels since 2.6.31), and messages at the start
 * name nr_cpu_ids, the number of the last possible processor and one, which is the count or, where numbers are
 * left out, more.  What lscpu counts are the processors that are present: fewer where there are free places.
 *
 * Those online have a column of /proc/interrupts (kernel/irq/proc.c).  In a container lxcfs, a program, prints
 * cpuinfo, stat and the list of those online, with no more of them than the container may use.
 */
#include <stdio.h>
#include <string.h>

#include "analyze/read/foreign/evidence_internal.h"

/* "CPU12" */
static bool is_cpu(struct mr_slice word, uint64_t *ret_number)
{
	return mr_slice_starts(word, MR_SLICE("CPU")) &&
	       mr_slice_unsigned(mr_slice_skip(word, 3), 10, ret_number) == MR_NUMBER_OK &&
	       *ret_number < MR_CPUS_MAX;
}

/* @return how many columns a line names, all of them processors in ascending order; 0 when it is another line */
static int64_t count_columns(struct mr_slice line)
{
	struct mr_slice word;
	uint64_t number, previous = 0;
	int64_t count = 0;

	while (mr_slice_word(&line, &word)) {
		if (!is_cpu(word, &number) || (count && number <= previous))
			return 0;
		previous = number;
		count++;
	}
	return count;
}

/* Whether a line is "NAME:" and so many numbers.  @ret_behind  what is left of it */
static bool has_numbers(struct mr_slice line, int64_t count, struct mr_slice *ret_behind)
{
	struct mr_slice word;
	uint64_t ignored;

	if (!mr_slice_until(&line, ':', &word))
		return false;
	for (int64_t i = 0; i < count; i++)
		if (!mr_slice_word(&line, &word) || mr_slice_unsigned(word, 10, &ignored) != MR_NUMBER_OK)
			return false;
	*ret_behind = mr_slice_trim(line);
	return true;
}

/* The columns of a table whose first line names processors.  A line of numbers that ends tells that the line above
 * it was not cut off.  @return 0 when the text is none */
static int64_t count_table(struct mr_slice text, struct mr_slice *ret_behind)
{
	struct mr_slice columns, numbers;

	if (!mr_slice_until(&text, '\n', &columns) || !mr_slice_until(&text, '\n', &numbers))
		return 0;
	int64_t count = count_columns(columns);
	return has_numbers(numbers, count, ret_behind) ? count : 0;
}

/* show_softirqs(): for_each_possible_cpu() */
void mr_evidence_softirqs(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_slice behind;
	int64_t count = count_table(text, &behind);

	if (count && !behind.length_bytes)
		mr_book_add_number(&evidence->book, MR_FACT_CPUS_POSSIBLE, MR_STRENGTH_KERNEL, path, count,
				   "columns of possible processors");
}

/* show_interrupts(): for_each_online_cpu(); behind the numbers stands whose interrupt it is. */
void mr_evidence_interrupts(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_slice ignored;
	int64_t count = count_table(text, &ignored);

	if (count)
		mr_book_add_number(&evidence->book, MR_FACT_CPUS_ONLINE, MR_STRENGTH_KERNEL, path, count,
				   "columns of processors that are online");
}

/* ---- messages of the kernel ---- */

/* The number behind @key in a line that has @name somewhere before it; 0: none. */
static int64_t number_behind(struct mr_slice line, const char *name, const char *key)
{
	const char *found = memmem(line.at, line.length_bytes, name, strlen(name));
	uint64_t number;

	if (found)
		line = mr_slice_skip(line, (size_t)(found - line.at));
	found = found ? memmem(line.at, line.length_bytes, key, strlen(key)) : NULL;
	if (!found)
		return 0;
	line = mr_slice_skip(line, (size_t)(found - line.at) + strlen(key));
	for (size_t i = 0; i < line.length_bytes; i++)
		if (line.at[i] < '0' || line.at[i] > '9')
			line.length_bytes = i;
	if (mr_slice_unsigned(line, 10, &number) != MR_NUMBER_OK || number > MR_CPUS_MAX)
		return 0;
	return (int64_t)number;
}

void mr_evidence_kernel_messages(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	static const struct {
		const char *name;
		const char *key;
	} messages[] = {
		{"NR_CPUS:", " nr_cpu_ids:"}, /* arch/x86/kernel/setup_percpu.c setup_per_cpu_areas() */
		{"RCU restricting CPUs",
		 " nr_cpu_ids="},     /* kernel/rcu/tree_plugin.h rcu_bootup_announce_oddness() */
		{"SLUB: ", " CPUs="}, /* mm/slub.c kmem_cache_init() */
	};
	struct mr_slice line;

	while (mr_evidence_line(&text, &line))
		for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
			int64_t count = number_behind(line, messages[i].name, messages[i].key);
			if (!count)
				continue;
			mr_book_add_number(&evidence->book, MR_FACT_CPUS_POSSIBLE, MR_STRENGTH_BOUND, path,
					   count, "nr_cpu_ids: no processor has a higher number than %lld",
					   (long long)count - 1);
			return;
		}
}

/* A processor that is online is possible: a smaller number is of another machine. */
void mr_evidence_cpus_conclude(struct mr_book *book)
{
	int64_t online_count = mr_book_decide_number(book, MR_FACT_CPUS_ONLINE, 0);
	char why[48];

	snprintf(why, sizeof(why), "; but %lld are online", (long long)online_count);
	mr_book_refuse_below(book, MR_FACT_CPUS_POSSIBLE, online_count, why);
}

/* /proc/PID/smaps summed into the row of a smaps_rollup, for captures that have no smaps_rollup.
 *
 * Each printed value has lost up to 1 kB, so sums of Pss come out below the kernel's own rollup by less than
 * 1 kB a mapping.  A field that no mapping has stays NULL.
 *
 * Source: fs/proc/task_mmu.c show_smap()
 */
#include "analyze/parse/shapes.h"

#define UNKNOWN_KEYS_MAX 16

struct sums {
	uint64_t kib[MR_FIELDS_MAX];
	bool has[MR_FIELDS_MAX];
	struct mr_slice unknown_keys[UNKNOWN_KEYS_MAX]; /* each is reported once, not once a mapping */
	size_t unknown_key_count;
};

/* "7f00a000-7f00c000 r-xp 00000000 08:01 1234   /path": its path may hold anything but a newline. */
static bool is_mapping(struct mr_slice line)
{
	struct mr_slice word;

	return mr_slice_word(&line, &word) && mr_slice_is_range(word);
}

static void report_unknown_key(struct sums *sums, struct mr_scan *scan, struct mr_slice key)
{
	for (size_t i = 0; i < sums->unknown_key_count; i++)
		if (mr_slice_equals(sums->unknown_keys[i], key))
			return;
	if (sums->unknown_key_count < UNKNOWN_KEYS_MAX)
		sums->unknown_keys[sums->unknown_key_count++] = key;
	mr_scan_issue(scan, MR_ISSUE_UNKNOWN_KEY);
}

static void add_line(struct sums *sums, struct mr_fill *fill, struct mr_scan *scan)
{
	struct mr_key_value pair;
	struct mr_slice number;
	uint64_t kib;

	if (!mr_key_value_split(scan->line, &pair)) {
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
		return;
	}
	size_t index = mr_fill_find(fill, pair.key);
	if (index == MR_FIELD_NONE) {
		report_unknown_key(sums, scan, pair.key);
		return;
	}
	if (fill->row.table->fields[index].kind == MR_KIND_IGNORED)
		return;
	if (!mr_slice_word(&pair.text, &number) || mr_slice_unsigned(number, 10, &kib) != MR_NUMBER_OK ||
	    !mr_slice_is(mr_slice_trim(pair.text), "kB")) {
		mr_scan_issue(scan, MR_ISSUE_BAD_NUMBER);
		return;
	}
	/* what overflows here is too large for its column anyway */
	if (__builtin_add_overflow(sums->kib[index], kib, &sums->kib[index]))
		sums->kib[index] = UINT64_MAX;
	sums->has[index] = true;
}

void mr_parse_smaps(struct mr_scan *scan)
{
	struct sums sums = {0};
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	while (mr_scan_filled_line(scan))
		if (!is_mapping(scan->line))
			add_line(&sums, &fill, scan);
	for (size_t i = 0; i < scan->table->field_count; i++)
		if (sums.has[i])
			mr_fill_put_integer(&fill, scan, scan->table->fields[i].key, sums.kib[i]);
	if (mr_fill_has_values(&fill))
		mr_fill_emit(&fill, scan);
}

/* /proc/PID/smaps summed into the row of a smaps_rollup, for captures that have no smaps_rollup.
 *
 * Each printed value has lost up to 1 kB, so sums of Pss come out below the kernel's own rollup by less than
 * 1 kB a mapping.  A field that no mapping has stays NULL.
 *
 * Source: fs/proc/task_mmu.c show_smap()
 */
#include "analyze/parse/shapes.h"

#define UNKNOWN_KEYS_MAX 16

struct sum {
	uint64_t kib;
	uint64_t last_kib;     /* of the mapping below */
	uint64_t last_mapping; /* that had it last, from 1; 0: none so far */
	bool is_doubled;       /* said so */
};

struct sums {
	struct mr_fill fill;
	struct sum of[MR_FIELDS_MAX];
	uint64_t mapping; /* the one being read; 1 is that of an excerpt, whose first line is missing */
	uint64_t mappings_count;
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

/* What is too large for 64 bits is too large for its column, too. */
static uint64_t add_saturated(uint64_t sum, uint64_t kib)
{
	return __builtin_add_overflow(sum, kib, &sum) ? UINT64_MAX : sum;
}

/* A second value for the same field of one mapping replaces the first. */
static void replace_doubled(struct sum *sum, struct mr_scan *scan)
{
	if (sum->kib != UINT64_MAX)
		sum->kib -= sum->last_kib;
	if (!sum->is_doubled)
		mr_scan_issue(scan, MR_ISSUE_DOUBLED_KEY);
	sum->is_doubled = true;
}

static void add(struct sums *sums, struct mr_scan *scan, size_t index, uint64_t kib)
{
	struct sum *sum = &sums->of[index];

	if (scan->table->fields[index].kind == MR_KIND_LABEL) {
		/* a page size: the smallest */
		sum->kib = sum->last_mapping && sum->kib < kib ? sum->kib : kib;
	} else {
		if (sum->last_mapping == sums->mapping)
			replace_doubled(sum, scan);
		sum->kib = add_saturated(sum->kib, kib);
	}
	sum->last_kib = kib;
	sum->last_mapping = sums->mapping;
}

static void add_line(struct sums *sums, struct mr_scan *scan)
{
	struct mr_key_value pair;
	struct mr_slice number;
	uint64_t kib;

	if (!mr_key_value_split(scan->line, &pair)) {
		mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
		return;
	}
	size_t index = mr_fill_find(&sums->fill, pair.key);
	if (index == MR_FIELD_NONE) {
		report_unknown_key(sums, scan, pair.key);
		return;
	}
	if (scan->table->fields[index].kind == MR_KIND_IGNORED)
		return;
	if (!mr_slice_word(&pair.text, &number) || mr_slice_unsigned(number, 10, &kib) != MR_NUMBER_OK ||
	    !mr_slice_is(mr_slice_trim(pair.text), "kB")) {
		mr_scan_issue(scan, MR_ISSUE_BAD_NUMBER);
		return;
	}
	add(sums, scan, index, kib);
}

static void emit(struct sums *sums, struct mr_scan *scan)
{
	for (size_t i = 0; i < scan->table->field_count; i++)
		if (sums->of[i].last_mapping)
			mr_fill_put_integer(&sums->fill, scan, scan->table->fields[i].key, sums->of[i].kib);
	if (!mr_fill_has_values(&sums->fill))
		return;
	mr_fill_put_integer(&sums->fill, scan, "mappings", sums->mappings_count);
	mr_fill_put_derived(&sums->fill, "smaps");
	mr_fill_emit(&sums->fill, scan);
}

void mr_parse_smaps(struct mr_scan *scan)
{
	struct sums sums = {.mapping = 1};

	if (!mr_fill_begin_file(&sums.fill, scan))
		return;
	while (mr_scan_filled_line(scan)) {
		if (is_mapping(scan->line)) {
			sums.mappings_count++;
			sums.mapping = sums.mappings_count + 1;
		} else {
			add_line(&sums, scan);
		}
	}
	emit(&sums, scan);
}

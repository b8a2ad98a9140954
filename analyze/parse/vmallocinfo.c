/* /proc/vmallocinfo: thousands of areas, summed by the function that asked for them.
 *
 *     0xffffc90000000000-0xffffc90000005000   20480 kernel_clone+0x94/0x3e0 [module] pages=4 vmalloc N0=4
 *     0xffffb505402fe000-0xffffb50540300000    8192 unpurged vm_area
 *
 * The areas of the text are kept as slices of it (a third of its size, so memory is bounded by the text),
 * sorted by caller and summed.
 *
 * Source: mm/vmalloc.c s_show(), vmalloc_info_show()
 */
#include <errno.h>
#include <stdlib.h>

#include "analyze/parse/shapes.h"
#include "schema/base/cleanup.h"

struct area {
	struct mr_slice caller;
	uint64_t size_bytes;
	uint64_t backed_pages;
	bool has_pages;
};

struct areas {
	struct area *all;
	size_t count;
	size_t capacity;
};

static bool add_area(struct areas *areas, const struct area *area)
{
	if (areas->count == areas->capacity) {
		size_t capacity = areas->capacity ? 2 * areas->capacity : 256;
		struct area *all = reallocarray(areas->all, capacity, sizeof(*all));
		if (!all)
			return false;
		areas->all = all;
		areas->capacity = capacity;
	}
	areas->all[areas->count++] = *area;
	return true;
}

/* "symbol+0x94/0x3e0", or an address where the kernel has no symbols. */
static bool is_caller(struct mr_slice word)
{
	struct mr_slice before;
	struct mr_slice rest = word;

	return (mr_slice_until(&rest, '+', &before) && mr_slice_starts(rest, MR_SLICE("0x"))) ||
	       mr_slice_starts(word, MR_SLICE("0x"));
}

/* Cut the caller off the front, with the module in brackets behind it; it stays empty when there is none. */
static void take_caller(struct mr_slice *rest, struct mr_slice *ret_caller)
{
	struct mr_slice after = *rest;
	struct mr_slice word;

	if (!mr_slice_word(&after, &word) || !is_caller(word))
		return;
	*ret_caller = word;
	*rest = after;
	if (mr_slice_word(&after, &word) && mr_slice_starts(word, MR_SLICE("["))) {
		ret_caller->length_bytes = (size_t)(word.at + word.length_bytes - ret_caller->at);
		*rest = after;
	}
}

static bool read_area(struct mr_slice line, struct area *area)
{
	struct mr_slice range;
	struct mr_slice size;
	struct mr_slice word;
	struct mr_slice first;

	*area = (struct area){.caller = {"", 0}};
	if (!mr_slice_word(&line, &range) || !mr_slice_until(&range, '-', &first) ||
	    !mr_slice_word(&line, &size) || mr_slice_unsigned(size, 10, &area->size_bytes) != MR_NUMBER_OK)
		return false;
	take_caller(&line, &area->caller);
	while (mr_slice_word(&line, &word)) {
		if (!mr_slice_starts(word, MR_SLICE("pages=")))
			continue;
		if (mr_slice_unsigned(mr_slice_skip(word, strlen("pages=")), 10, &area->backed_pages) !=
		    MR_NUMBER_OK)
			return false;
		area->has_pages = true;
	}
	return true;
}

static int compare_callers(const void *left, const void *right)
{
	struct mr_slice a = ((const struct area *)left)->caller;
	struct mr_slice b = ((const struct area *)right)->caller;
	int order = memcmp(a.at, b.at, a.length_bytes < b.length_bytes ? a.length_bytes : b.length_bytes);

	return order ? order : (a.length_bytes > b.length_bytes) - (a.length_bytes < b.length_bytes);
}

/* A sum that does not fit is one that mr_fill_put_integer() refuses. */
static void add_to(uint64_t *sum, uint64_t number)
{
	if (__builtin_add_overflow(*sum, number, sum))
		*sum = UINT64_MAX;
}

static void emit_caller(struct mr_fill *fill, struct mr_scan *scan, const struct area *areas, size_t count)
{
	struct area sum = areas[0];

	for (size_t i = 1; i < count; i++) {
		add_to(&sum.size_bytes, areas[i].size_bytes);
		add_to(&sum.backed_pages, areas[i].backed_pages);
		sum.has_pages |= areas[i].has_pages;
	}
	mr_fill_next(fill);
	mr_fill_put_text(fill, "caller", sum.caller);
	mr_fill_put_integer(fill, scan, "areas", count);
	mr_fill_put_integer(fill, scan, "size", sum.size_bytes);
	if (sum.has_pages)
		mr_fill_put_integer(fill, scan, "pages", sum.backed_pages);
	mr_fill_emit_line(fill, scan);
}

static void free_areas(struct areas *areas)
{
	free(areas->all);
}

void mr_parse_vmallocinfo(struct mr_scan *scan)
{
	_cleanup_(free_areas) struct areas areas = {0};
	struct mr_fill fill;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	while (mr_scan_filled_line(scan)) {
		struct area area;

		if (!read_area(scan->line, &area))
			mr_scan_issue(scan, MR_ISSUE_UNKNOWN_LINE);
		else if (!add_area(&areas, &area))
			scan->status = -ENOMEM;
	}
	if (!areas.count)
		return;
	qsort(areas.all, areas.count, sizeof(areas.all[0]), compare_callers);
	for (size_t first = 0, next = 1; next <= areas.count; next++)
		if (next == areas.count || compare_callers(&areas.all[first], &areas.all[next])) {
			emit_caller(&fill, scan, &areas.all[first], next - first);
			first = next;
		}
}

/* /proc/iomem as page frames.  Zones and nodes are no substitute: they span holes. */
#include "collect/ranges.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A hexadecimal number in front of the text.  @return the text behind it, or NULL */
static const char *hex(const char *at, const char *end, uint64_t *ret)
{
	const char *begin = at;
	uint64_t value = 0;

	for (; at < end; at++) {
		unsigned digit;

		if (*at >= '0' && *at <= '9')
			digit = (unsigned)(*at - '0');
		else if (*at >= 'a' && *at <= 'f')
			digit = (unsigned)(*at - 'a') + 10;
		else
			break;
		if (value >> 60)
			return NULL;
		value = value << 4 | digit;
	}
	*ret = value;
	return at > begin ? at : NULL;
}

static bool is_ram(const char *at, const char *end)
{
	static const char name[] = " : System RAM";

	return (size_t)(end - at) >= sizeof(name) - 1 && !memcmp(at, name, sizeof(name) - 1);
}

static int append(struct mr_ranges *ranges, uint64_t start, uint64_t last, uint64_t page_size_bytes)
{
	uint64_t first_pfn = start / page_size_bytes + (start % page_size_bytes != 0);
	/* one past the last; the last byte of the address space has no next one */
	uint64_t end_pfn = last == UINT64_MAX ? last / page_size_bytes : (last + 1) / page_size_bytes;
	const struct mr_range *before = ranges->count ? &ranges->ranges[ranges->count - 1] : NULL;

	if (first_pfn >= end_pfn || (before && first_pfn < before->first_pfn + before->frames_count))
		return 0;
	if (!(ranges->count & (ranges->count + 1))) {
		size_t capacity = 2 * ranges->count + 2;
		struct mr_range *grown = reallocarray(ranges->ranges, capacity, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		ranges->ranges = grown;
	}
	ranges->ranges[ranges->count++] = (struct mr_range){first_pfn, end_pfn - first_pfn};
	ranges->frames_count += end_pfn - first_pfn;
	return 0;
}

int mr_ranges_parse(struct mr_ranges *ret, const char *text, size_t length_bytes, uint64_t page_size_bytes)
{
	const char *at = text, *end = text + length_bytes;
	bool all_zero = true;
	int result = 0;

	*ret = (struct mr_ranges){0};
	while (at < end && !result) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *line_end = newline ? newline : end;
		uint64_t start, last;
		const char *after = hex(at, line_end, &start);

		if (after && after < line_end && *after == '-')
			after = hex(after + 1, line_end, &last);
		else
			after = NULL;
		if (after && is_ram(after, line_end)) {
			all_zero &= !start && !last;
			result = append(ret, start, last, page_size_bytes);
		} else if (after)
			all_zero &= !start && !last;
		at = newline ? newline + 1 : end;
	}
	if (result)
		return result;
	if (ret->count)
		return 0;
	return all_zero && length_bytes ? -EACCES : -ENODATA;
}

void mr_ranges_deinit(struct mr_ranges *ranges)
{
	free(ranges->ranges);
	*ranges = (struct mr_ranges){0};
}

uint64_t mr_ranges_hole(const struct mr_ranges *ranges)
{
	for (size_t i = 1; i < ranges->count; i++) {
		uint64_t end_pfn = ranges->ranges[i - 1].first_pfn + ranges->ranges[i - 1].frames_count;

		if (end_pfn < ranges->ranges[i].first_pfn)
			return end_pfn;
	}
	return UINT64_MAX;
}

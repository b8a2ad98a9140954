/* Summing smaps as it streams by: a smaps of thousands of mappings is megabytes, its sum is a kilobyte. */
#include "collect/smaps_sum.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Per mapping, not additive. */
static const char *const not_summed[] = {"Size", "KernelPageSize", "MMUPageSize"};

static bool is_not_summed(const char *name, size_t length_bytes)
{
	for (size_t i = 0; i < sizeof(not_summed) / sizeof(not_summed[0]); i++)
		if (strlen(not_summed[i]) == length_bytes && !memcmp(not_summed[i], name, length_bytes))
			return true;
	return false;
}

static void add_value(struct mr_smaps_sum *sum, const char *name, size_t length_bytes, uint64_t value_kib)
{
	unsigned i = 0;

	while (i < sum->keys_count && (strlen(sum->keys[i].name) != length_bytes ||
				       memcmp(sum->keys[i].name, name, length_bytes) != 0))
		i++;
	if (i == sum->keys_count) {
		if (i == MR_SMAPS_KEYS_MAX || length_bytes >= MR_SMAPS_KEY_BYTES)
			return;
		memcpy(sum->keys[i].name, name, length_bytes);
		sum->keys[i].name[length_bytes] = '\0';
		sum->keys_count++;
	}
	if (value_kib == UINT64_MAX ||
	    __builtin_add_overflow(sum->keys[i].sum_kib, value_kib, &sum->keys[i].sum_kib))
		sum->keys[i].is_void = true;
}

/* "7f0a00000000-7f0a00021000 rw-p ...": @return whether the line begins a mapping */
static bool add_header(struct mr_smaps_sum *sum, const char *line)
{
	size_t start_bytes = strspn(line, "0123456789abcdef");
	size_t end_bytes = line[start_bytes] == '-' ? strspn(line + start_bytes + 1, "0123456789abcdef") : 0;

	if (!start_bytes || !end_bytes || start_bytes >= sizeof(sum->first_address) ||
	    end_bytes >= sizeof(sum->last_address) || line[start_bytes + 1 + end_bytes] != ' ')
		return false;
	if (!sum->mappings_count++) {
		memcpy(sum->first_address, line, start_bytes);
		sum->first_address[start_bytes] = '\0';
	}
	memcpy(sum->last_address, line + start_bytes + 1, end_bytes);
	sum->last_address[end_bytes] = '\0';
	return true;
}

/* "Rss:                 96 kB"; lines of another form are not sizes (VmFlags, THPeligible) */
static void add_line(struct mr_smaps_sum *sum, const char *line)
{
	const char *colon = strchr(line, ':');
	uint64_t value_kib = 0;

	if (add_header(sum, line) || !colon)
		return;
	size_t name_bytes = (size_t)(colon - line);
	const char *digits = colon + 1 + strspn(colon + 1, " ");
	const char *at = digits;
	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(value_kib, 10, &value_kib) ||
		    __builtin_add_overflow(value_kib, (uint64_t)(*at - '0'), &value_kib))
			value_kib = UINT64_MAX;
	if (at == digits || strcmp(at, " kB") != 0 || is_not_summed(line, name_bytes))
		return;
	add_value(sum, line, name_bytes, value_kib);
}

void mr_smaps_sum_add(struct mr_smaps_sum *sum, const char *text, size_t length_bytes)
{
	for (size_t i = 0; i < length_bytes; i++) {
		if (text[i] == '\n') {
			sum->line[sum->line_bytes] = '\0';
			add_line(sum, sum->line);
			sum->line_bytes = 0;
		} else if (sum->line_bytes < sizeof(sum->line) - 1)
			sum->line[sum->line_bytes++] =
				text[i]; /* the rest of a longer line is the name of a file */
	}
}

void mr_smaps_sum_print(const struct mr_smaps_sum *sum, struct mr_buffer *ret)
{
	if (!sum->mappings_count)
		return;
	mr_buffer_printf(ret, "%s-%s ---p 00000000 00:00 0                          [rollup]\n",
			 sum->first_address, sum->last_address);
	for (unsigned i = 0; i < sum->keys_count; i++) {
		char name[MR_SMAPS_KEY_BYTES + 1];

		if (sum->keys[i].is_void)
			continue;
		snprintf(name, sizeof(name), "%s:", sum->keys[i].name);
		mr_buffer_printf(ret, "%-16s%8" PRIu64 " kB\n", name, sum->keys[i].sum_kib);
	}
}

/* The few numbers that decide what is read of a process. */
#include "collect/task_text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

int32_t mr_pid_of_name(const char *name)
{
	char *end;

	if (name[0] < '1' || name[0] > '9')
		return 0;
	long number = strtol(name, &end, 10);
	return *end || number > INT32_MAX ? 0 : (int32_t)number;
}

bool mr_stat_is_zombie_leader(const char *text, size_t length_bytes)
{
	const char *name_end = memrchr(text, ')', length_bytes);

	/* ") Z": the state is field 3, num_threads field 20 */
	return name_end && text + length_bytes - name_end >= 3 && name_end[2] == 'Z' &&
	       mr_stat_number(text, length_bytes, 20) > 1;
}

uint64_t mr_stat_number(const char *text, size_t length_bytes, int field)
{
	const char *end = text + length_bytes;
	const char *at = memrchr(text, ')', length_bytes);
	uint64_t number = 0;

	/* behind the name, and a blank before each field from 3 on */
	for (int before = 2; at && before < field; before++) {
		at = memchr(at, ' ', (size_t)(end - at));
		at += at != NULL;
	}
	for (; at && at < end && *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*at - '0'), &number))
			return 0;
	return number;
}

bool mr_statm_is_empty(const char *text, size_t length_bytes)
{
	return length_bytes >= 2 && text[0] == '0' && text[1] == ' ';
}

uint64_t mr_statm_resident_pages(const char *text, size_t length_bytes)
{
	const char *end = text + length_bytes, *at = memchr(text, ' ', length_bytes);
	uint64_t pages = 0;

	for (at = at ? at + 1 : end; at < end && *at >= '0' && *at <= '9' && pages < UINT64_MAX / 16; at++)
		pages = 10 * pages + (uint64_t)(*at - '0');
	return pages;
}

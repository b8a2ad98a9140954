/* /proc/stat: "key number ..." lines; those of single CPUs are only counted, which gives the CPUs online.
 *
 * Source: fs/proc/stat.c show_stat()
 */
#include "analyze/parse/shapes.h"

/* "cpu" and a number. */
static bool is_cpu_line(struct mr_slice key)
{
	uint64_t number;

	return mr_slice_starts(key, MR_SLICE("cpu")) &&
	       mr_slice_unsigned(mr_slice_skip(key, strlen("cpu")), 10, &number) == MR_NUMBER_OK;
}

void mr_parse_kernel_stat(struct mr_scan *scan)
{
	struct mr_fill fill;
	uint64_t cpus_count = 0;

	if (!mr_fill_begin_file(&fill, scan))
		return;
	while (mr_scan_filled_line(scan)) {
		struct mr_slice rest = scan->line;
		struct mr_slice key;

		mr_slice_word(&rest, &key);
		if (is_cpu_line(key))
			cpus_count++;
		else
			mr_fill_put_key(&fill, scan, key, mr_slice_trim(rest));
	}
	if (cpus_count)
		mr_fill_put_integer(&fill, scan, "cpuN", cpus_count);
	if (mr_fill_has_values(&fill))
		mr_fill_emit(&fill, scan);
}

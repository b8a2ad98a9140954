/* Closing open files. */
#include "collect/descriptors.h"

#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One by one where close_range() is not known yet, that is before 5.9.  No number is above the limit, but for
 * that of a process whose limit was made smaller later. */
static void close_between(int first, int last)
{
	long limit = sysconf(_SC_OPEN_MAX);

	if (first > last || !syscall(SYS_close_range, first, last, 0))
		return;
	if (limit > 0 && last >= limit)
		last = (int)limit - 1;
	for (int fd = first; fd <= last; fd++)
		close(fd);
}

void mr_descriptors_close(int first, const int kept[], unsigned kept_count)
{
	/* what is kept stands between two ranges that go */
	for (unsigned round = 0; round <= kept_count; round++) {
		int nearest = INT_MAX;

		for (unsigned i = 0; i < kept_count; i++)
			if (kept[i] >= first && kept[i] < nearest)
				nearest = kept[i];
		close_between(first, nearest == INT_MAX ? INT_MAX : nearest - 1);
		if (nearest == INT_MAX)
			return;
		first = nearest + 1;
	}
}

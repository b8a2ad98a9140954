/* The groups of a process as ps prints them.  See ps_cgroups.h.
 *
 * Both lists of controllers and paths may hold commas, so an entry begins where a separator is followed by a
 * number, a colon, controllers, a colon and a slash.
 */
#include "analyze/read/foreign/ps_cgroups.h"

/* A text near the limit of old releases may lack its end.  What they drop, the root groups, is at most
 * 13 controllers of 20 bytes. */
#define CUT_OFF_BYTES_MIN 760
#define CUT_OFF_BYTES_MAX 1024

/* the longest there may be; more would make a text of commas slow */
#define NUMBER_DIGITS_MAX 10
#define CONTROLLERS_BYTES_MAX 256

/* Cut what is in front of a colon off; @return whether there is one within so many bytes */
static bool take_part(struct mr_slice *text, size_t bytes_max, struct mr_slice *ret_part)
{
	struct mr_slice front = *text;

	if (front.length_bytes > bytes_max)
		front.length_bytes = bytes_max;
	if (!mr_slice_until(&front, ':', ret_part))
		return false;
	*text = mr_slice_skip(*text, ret_part->length_bytes + 1);
	return true;
}

static bool is_number(struct mr_slice text)
{
	uint64_t ignored;

	return mr_slice_unsigned(text, 10, &ignored) == MR_NUMBER_OK;
}

/* "6:memory:/" at the front; @return the bytes in front of the path, 0 when it is no entry */
static size_t head_bytes(struct mr_slice text, struct mr_slice *ret_number, struct mr_slice *ret_controllers)
{
	struct mr_slice rest = text;

	if (!take_part(&rest, NUMBER_DIGITS_MAX + 1, ret_number) || !is_number(*ret_number) ||
	    !take_part(&rest, CONTROLLERS_BYTES_MAX, ret_controllers) ||
	    !mr_slice_starts(rest, MR_SLICE("/")))
		return 0;
	return (size_t)(rest.at - text.at);
}

/* Where the entry at the front ends: at the next separator that an entry follows. */
static size_t entry_bytes(struct mr_slice text)
{
	struct mr_slice ignored;

	for (size_t i = 0; i + 1 < text.length_bytes; i++)
		if ((text.at[i] == ',' || text.at[i] == ';') &&
		    head_bytes(mr_slice_skip(text, i + 1), &ignored, &ignored))
			return i;
	return text.length_bytes;
}

static bool has_memory(struct mr_slice controllers)
{
	struct mr_slice controller;

	while (mr_slice_until(&controllers, ',', &controller))
		if (mr_slice_is(controller, "memory"))
			return true;
	return mr_slice_is(controllers, "memory");
}

void mr_ps_cgroups_split(struct mr_slice text, struct mr_ps_cgroups *ret_cgroups)
{
	*ret_cgroups = (struct mr_ps_cgroups){.is_whole = text.length_bytes < CUT_OFF_BYTES_MIN ||
							  text.length_bytes > CUT_OFF_BYTES_MAX};

	while (text.length_bytes) {
		struct mr_slice number;
		struct mr_slice controllers;
		struct mr_slice path = {text.at, entry_bytes(text)};
		size_t head = head_bytes(path, &number, &controllers);
		bool is_last = path.length_bytes == text.length_bytes;

		text = mr_slice_skip(text, path.length_bytes + 1);
		path = mr_slice_skip(path, head);
		if (!head || (is_last && !ret_cgroups->is_whole))
			continue;
		if (mr_slice_is(number, "0") && !controllers.length_bytes)
			ret_cgroups->cgroup2 = path;
		else if (has_memory(controllers))
			ret_cgroups->cgroup1 = path;
	}
}

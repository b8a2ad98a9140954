/* What values a fact can have at all: what is printed for it may be a message, a damaged number or a lie, and
 * views multiply with it. */
#include <ctype.h>
#include <string.h>

#include "analyze/read/foreign/evidence_book.h"
#include "analyze/read/foreign/evidence_date.h"
#include "analyze/read/foreign/page_size.h"

#define NS_PER_S INT64_C(1000000000)

/* 100 and 1024 there are; 1000 and more were asked for and not merged */
#define CLOCK_TICKS_MAX 10000

static bool is_number_within(struct mr_slice value, int64_t least, int64_t most)
{
	int64_t number;

	return mr_slice_integer(value, &number) == MR_NUMBER_OK && number >= least && number <= most;
}

static bool is_page_size(struct mr_slice value)
{
	int64_t bytes;

	return mr_slice_integer(value, &bytes) == MR_NUMBER_OK && bytes >= MR_PAGE_BYTES_MIN &&
	       bytes <= MR_PAGE_BYTES_MAX && !(bytes & (bytes - 1));
}

/* What the kernel and hostnamectl print where there is none. */
static bool is_host(struct mr_slice value)
{
	return !mr_slice_is(value, "(none)") && !mr_slice_is(value, "(unset)") && !mr_slice_is(value, "n/a");
}

/* "6cb10e2d-1dad-492a-a2d0-100238ac880f": a message in its place would be the same in all captures, and make
 * them ones of one boot. */
static bool is_uuid(struct mr_slice value)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (value.length_bytes != strlen(form))
		return false;
	for (size_t i = 0; i < value.length_bytes; i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)value.at[i]) : value.at[i] != form[i])
			return false;
	return true;
}

bool mr_fact_can_be(enum mr_fact fact, struct mr_slice value)
{
	switch (fact) {
	case MR_FACT_HOST:
		return is_host(value);
	case MR_FACT_TAKEN:
		return is_number_within(value, MR_MOMENT_MIN_S * NS_PER_S, MR_MOMENT_END_S * NS_PER_S - 1);
	case MR_FACT_PAGE_SIZE:
		return is_page_size(value);
	case MR_FACT_CLOCK_TICKS:
		return is_number_within(value, 1, CLOCK_TICKS_MAX);
	case MR_FACT_WORD_BITS:
		return mr_slice_is(value, "32") || mr_slice_is(value, "64");
	case MR_FACT_CPUS_ONLINE:
	case MR_FACT_CPUS_POSSIBLE:
		return is_number_within(value, 1, MR_CPUS_MAX);
	case MR_FACT_KERNEL_RELEASE:
		return isdigit((unsigned char)value.at[0]);
	case MR_FACT_MACHINE:
		return isalpha((unsigned char)value.at[0]);
	case MR_FACT_BOOT_ID:
		return is_uuid(value);
	default:
		return true;
	}
}

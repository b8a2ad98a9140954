/* The table of an archive's members under names that were chosen to hurt. */
#include "analyze/read/members.h"

#include <string.h>

#include "analyze/read/siphash.h"
#include "tests/support/test.h"

#define PAIRS_COUNT 11
#define NAMES_COUNT ((size_t)1 << PAIRS_COUNT)
#define NAME_BYTES ((size_t)16 * PAIRS_COUNT)

TEST(siphash_is_that_of_its_authors)
{
	/* the test vector in the appendix of the paper: key 00 01 ... 0f, message 00 01 ... 0e */
	const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
	uint8_t message[15];

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	assert_true(mr_siphash(key, message, sizeof(message)) == UINT64_C(0xa129ca6149be45e5));
}

/* The longest run of slots without a gap, which is the longest search. */
static size_t longest_run(const struct mr_members *members)
{
	size_t longest = 0, run = 0;

	for (size_t i = 0; i < members->slots_count; i++) {
		run = members->slots[i] ? run + 1 : 0;
		if (run > longest)
			longest = run;
	}
	return longest;
}

/* Top bits that cancel out when eight bytes at a time are multiplied by an odd key and folded, whatever the
 * key. */
static void make_name(size_t number, char name[NAME_BYTES + 1])
{
	memset(name, 'x', NAME_BYTES);
	name[NAME_BYTES] = '\0';
	for (size_t i = 0; i < PAIRS_COUNT; i++)
		if (number >> i & 1)
			for (size_t at = 7; at < 16; at += 4)
				name[16 * i + at] ^= (char)0x80;
}

TEST(names_that_were_made_to_fall_together_do_not)
{
	struct mr_members members = {0};
	char name[NAME_BYTES + 1];

	for (size_t i = 0; i < NAMES_COUNT; i++) {
		make_name(i, name);
		assert_int_equal(mr_members_add(&members, name, NULL, "", 0), 1);
	}
	assert_in_range(longest_run(&members), 1, 100);
	mr_members_deinit(&members);
}

/* The arithmetic of checks, without a database. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analyze/store/verdict_terms.h"
#include "tests/support/test.h"

#define LEFT(number)                                                                                         \
	{                                                                                                    \
		.part = MR_PART_LEFT, .low = (number), .high = (number), .file = "l"                         \
	}
#define RIGHT(number)                                                                                        \
	{                                                                                                    \
		.part = MR_PART_RIGHT, .low = (number), .high = (number), .file = "r"                        \
	}
#define TOLERANCE(from, to, name)                                                                            \
	{                                                                                                    \
		.part = MR_PART_TOLERANCE, .low = (from), .high = (to), .file = (name)                       \
	}
#define DRIFT(from, to, name)                                                                                \
	{                                                                                                    \
		.part = MR_PART_TOLERANCE, .is_drift = true, .low = (from), .high = (to), .file = (name)     \
	}
#define CAUSE(number, from, to)                                                                              \
	{                                                                                                    \
		.part = MR_PART_CAUSE, .ordinal = (number), .low = (from), .high = (to)                      \
	}

static const struct mr_term_facts no_facts;

/* The verdict as text: "verdict left right residual [bound] [causes] drift only_by_drift missing". */
static void expect_with(const struct mr_term_facts *facts, const struct mr_term *list, size_t count,
			const char *wanted)
{
	struct mr_terms terms = {0};
	struct mr_verdict verdict;
	char found[512];

	for (size_t i = 0; i < count; i++)
		mr_terms_add(&terms, &list[i], facts);
	assert_int_equal(mr_terms_judge(&terms, facts, &verdict), 0);
	snprintf(found, sizeof(found), "%s %g %g %g [%g %g] [%g %g] %g %d %s", verdict.verdict, verdict.left,
		 verdict.right, verdict.residual, verdict.bound_low, verdict.bound_high, verdict.cause_low,
		 verdict.cause_high, verdict.drift, verdict.only_by_drift,
		 verdict.missing ? verdict.missing : "-");
	mr_terms_deinit(&terms);
	/* which of the two signs a NAN prints with is the machine's choice */
	for (char *sign; (sign = strstr(found, "-nan"));)
		memmove(sign, sign + 1, strlen(sign));
	assert_string_equal(found, wanted);
}

#define EXPECT_WITH(facts, wanted, ...)                                                                      \
	do {                                                                                                 \
		const struct mr_term list[] = {__VA_ARGS__};                                                 \
		expect_with(facts, list, sizeof(list) / sizeof(list[0]), wanted);                            \
	} while (0)
#define EXPECT(wanted, ...) EXPECT_WITH(&no_facts, wanted, __VA_ARGS__)

TEST(sides_and_tolerances_are_sums)
{
	EXPECT("ok 30 26 4 [-3 5] [0 0] 0 0 -", LEFT(10), LEFT(20), RIGHT(26), TOLERANCE(-1, 2, "t"),
	       TOLERANCE(-2, 3, "u"));
	EXPECT("FAIL 30 24 6 [-3 5] [0 0] 0 0 -", LEFT(10), LEFT(20), RIGHT(24), TOLERANCE(-1, 2, "t"),
	       TOLERANCE(-2, 3, "u"));
	/* a side may be 0, and the ends of the bound are inside */
	EXPECT("ok 0 5 -5 [-5 0] [0 0] 0 0 -", LEFT(0), RIGHT(5), TOLERANCE(-5, 0, "t"));
	EXPECT("ok 5 0 5 [0 5] [0 0] 0 0 -", LEFT(5), RIGHT(0), TOLERANCE(0, 5, "t"));
}

TEST(a_drift_widens_the_bound_and_is_half_of_that_width)
{
	EXPECT("ok 14 10 4 [-5 5] [0 0] 3 1 -", LEFT(14), RIGHT(10), TOLERANCE(-2, 2, "t"), DRIFT(-1, 1, "d"),
	       DRIFT(-2, 2, "d"));
	EXPECT("ok 12 10 2 [-3 3] [0 0] 1 0 -", LEFT(12), RIGHT(10), TOLERANCE(-2, 2, "t"),
	       DRIFT(-1, 1, "d"));
	EXPECT("ok 9 10 -1 [-1 4] [0 0] 2.5 1 -", LEFT(9), RIGHT(10), DRIFT(-1, 4, "d"));
}

TEST(what_is_unknown_is_named_once_and_in_its_order)
{
	EXPECT("skipped nan 1 nan [0 0] [0 0] 0 0 l", LEFT(NAN), RIGHT(1));
	EXPECT("skipped nan nan nan [0 0] [0 0] 0 0 r,l", RIGHT(NAN), LEFT(NAN), LEFT(1), RIGHT(NAN),
	       LEFT(NAN));
	EXPECT("skipped 1 1 0 [nan nan] [0 0] 0 0 a,b,,b,c", LEFT(1), RIGHT(1), TOLERANCE(0, NAN, "a,b"),
	       TOLERANCE(NAN, 0, ""), TOLERANCE(NAN, NAN, "b"), TOLERANCE(NAN, NAN, "c"),
	       TOLERANCE(NAN, NAN, ""));
	/* a name that ends in another is another */
	EXPECT("skipped 1 1 0 [nan nan] [0 0] 0 0 proc/1/stat,stat", LEFT(1), RIGHT(1),
	       TOLERANCE(NAN, 0, "proc/1/stat"), TOLERANCE(NAN, 0, "stat"));
	EXPECT("skipped nan 1 nan [0 0] [0 0] 0 0 a term without a file", RIGHT(1));
	EXPECT("skipped nan 1 nan [0 0] [0 0] 0 0 a term without a file", RIGHT(1),
	       {.part = MR_PART_LEFT, .low = NAN, .high = NAN});
}

TEST(what_only_the_other_end_of_a_side_lacks_is_named_when_it_matters)
{
	static const struct mr_term half = {.part = MR_PART_LEFT, .low = 5, .high = NAN, .file = "half"};

	EXPECT("ok 5 5 0 [0 0] [0 0] 0 0 -", half, RIGHT(5));
	EXPECT("skipped 5 nan nan [0 0] [0 0] 0 0 half,r", half, RIGHT(NAN));
}

TEST(a_drift_that_was_not_measured_matters_only_outside_the_bound)
{
	EXPECT("ok 5 5 0 [0 0] [0 0] nan 0 -", LEFT(5), RIGHT(5), DRIFT(NAN, NAN, "d"));
	EXPECT("skipped 9 5 4 [0 0] [0 0] nan 0 a second reading of proc/1/statm", LEFT(9), RIGHT(5),
	       DRIFT(NAN, NAN, "capture/again/1/proc/1/statm"), DRIFT(NAN, 4, "proc/1/statm"));
	EXPECT("skipped 9 5 4 [0 0] [0 0] nan 0 a second reading of capture/again/10/a,"
	       "a second reading of capture/again/",
	       LEFT(9), RIGHT(5), DRIFT(NAN, NAN, "capture/again/10/a"), DRIFT(NAN, 4, "capture/again/"));
	/* what was measured counts */
	EXPECT("ok 9 5 4 [-4 4] [0 0] nan 1 -", LEFT(9), RIGHT(5), DRIFT(NAN, NAN, "d"), DRIFT(-4, 4, "d"));
	EXPECT("skipped 9 nan nan [0 0] [0 0] nan 0 r", LEFT(9), RIGHT(NAN), DRIFT(NAN, NAN, "d"));
}

TEST(causes_are_taken_in_their_order_until_it_is_enough)
{
	EXPECT("explained 110 100 10 [0 0] [0 12] 0 0 -", LEFT(110), RIGHT(100), CAUSE(9, 0, 1000),
	       CAUSE(3, 0, 5), CAUSE(5, 0, 7));
	/* those of one ordinal together */
	EXPECT("explained 110 100 10 [0 0] [0 13] 0 0 -", LEFT(110), RIGHT(100), CAUSE(3, 0, 10),
	       CAUSE(3, 0, 3), CAUSE(4, 0, 1));
	/* all of them where it is never enough */
	EXPECT("FAIL 200 100 100 [0 0] [-2 13] 0 0 -", LEFT(200), RIGHT(100), CAUSE(3, 0, 10),
	       CAUSE(4, -2, 3));
	/* what is unknown explains nothing, and is not missed */
	EXPECT("FAIL 110 100 10 [0 0] [0 9] 0 0 -", LEFT(110), RIGHT(100), CAUSE(1, 0, NAN),
	       CAUSE(2, NAN, 10), CAUSE(3, 0, 9));
	/* none is taken inside the bound, or where it is not known what is inside */
	EXPECT("ok 110 110 0 [0 0] [0 0] 0 0 -", LEFT(110), RIGHT(110), CAUSE(3, 0, 9));
	EXPECT("skipped nan 110 nan [0 0] [0 0] 0 0 l", LEFT(NAN), RIGHT(110), CAUSE(3, 0, 9));
}

TEST(causes_must_not_hide_more_than_half_of_the_smaller_side)
{
	EXPECT("explained 110 100 10 [0 0] [-20 30] 0 0 -", LEFT(110), RIGHT(100), CAUSE(3, -20, 30));
	EXPECT("skipped 110 100 10 [0 0] [-20 31] 0 0 the causes could hide more than half of the smaller "
	       "side",
	       LEFT(110), RIGHT(100), CAUSE(3, -20, 31));
	EXPECT("explained -100 -110 10 [0 0] [0 50] 0 0 -", LEFT(-100), RIGHT(-110), CAUSE(3, 0, 50));
	/* where a drift was not measured either, that comes first */
	EXPECT("skipped 110 100 10 [0 0] [0 51] nan 0 a second reading of d", LEFT(110), RIGHT(100),
	       CAUSE(3, 0, 51), DRIFT(NAN, NAN, "d"));
	EXPECT("explained 110 100 10 [0 0] [0 50] nan 0 -", LEFT(110), RIGHT(100), CAUSE(3, 0, 50),
	       DRIFT(NAN, NAN, "d"));
}

TEST(a_side_of_a_doubtful_meminfo_is_skipped_with_the_doubt)
{
	static const struct mr_term_facts facts = {.meminfo_doubt = "of another machine"};
	static const struct mr_term left = {
		.part = MR_PART_LEFT, .low = 7, .high = 7, .file = "proc/meminfo"};
	static const struct mr_term right = {
		.part = MR_PART_RIGHT, .low = 7, .high = 7, .file = "proc/meminfo"};

	EXPECT_WITH(&facts, "skipped 7 7 0 [0 0] [0 0] 0 0 of another machine", left, RIGHT(7));
	EXPECT_WITH(&facts, "skipped 7 7 0 [0 0] [0 0] 0 0 of another machine", LEFT(7), right);
	EXPECT_WITH(&facts, "skipped nan 7 nan [0 0] [0 0] 0 0 of another machine", LEFT(NAN), right);
	EXPECT_WITH(&facts, "ok 7 7 0 [0 9] [0 0] 0 0 -", LEFT(7), RIGHT(7), TOLERANCE(0, 9, "proc/meminfo"));
	EXPECT("ok 7 7 0 [0 0] [0 0] 0 0 -", left, RIGHT(7));
}

TEST(what_the_collector_wrote_is_named_as_what_it_would_tell)
{
	static const struct mr_term_facts facts = {.missing_fact = "the page size"};

	EXPECT_WITH(&facts, "skipped 7 7 0 [nan nan] [0 0] 0 0 the page size,capture/end.csv", LEFT(7),
		    RIGHT(7), TOLERANCE(NAN, NAN, "capture/meta.csv"), TOLERANCE(NAN, NAN, "the page size"),
		    TOLERANCE(NAN, NAN, "capture/end.csv"));
	EXPECT("skipped 7 7 0 [nan nan] [0 0] 0 0 capture/meta.csv", LEFT(7), RIGHT(7),
	       TOLERANCE(NAN, NAN, "capture/meta.csv"));
}

TEST(hostile_numbers_do_not_overflow)
{
	EXPECT("FAIL 1.84467e+19 -1.84467e+19 3.68935e+19 [0 0] [0 0] 0 0 -", LEFT(0x1p63), LEFT(0x1p63),
	       RIGHT(-0x1p63), RIGHT(-0x1p63));
	EXPECT("skipped inf inf nan [0 0] [0 0] 0 0 a term without a file", LEFT((double)INFINITY),
	       RIGHT((double)INFINITY));
}

/* The subjects of a check: found by their names, sorted by their bytes. */
#include <stdio.h>
#include <string.h>

#include "analyze/store/verdict_subjects.h"
#include "tests/support/test.h"

static const struct mr_term_facts no_facts;

static void count(struct mr_subjects *subjects, const char *name, size_t length)
{
	struct mr_terms *terms = mr_subjects_find(subjects, name, length);

	assert_non_null(terms);
	mr_terms_add(terms, &(struct mr_term){.part = MR_PART_LEFT, .low = 1, .high = 1}, &no_facts);
}

static void expect_subject(const struct mr_subjects *subjects, size_t number, const char *name, size_t length,
			   double terms_count)
{
	const struct mr_subject *subject = &subjects->subjects[number];

	assert_int_equal(subject->name_length_bytes, length);
	assert_memory_equal(mr_subject_name(subjects, subject), name, length);
	assert_true(subject->terms.left == terms_count);
}

TEST(subjects_are_sorted_as_bytes_and_a_prefix_comes_first)
{
	static const struct {
		const char *name;
		size_t length;
	} sorted[] = {{"", 0},    {"\0", 1}, {"/", 1}, {"/a", 2},      {"/a\0b", 4},
		      {"/ab", 3}, {"10", 2}, {"9", 1}, {"\xc3\xa4", 2}};
	const size_t sorted_count = sizeof(sorted) / sizeof(sorted[0]);
	struct mr_subjects subjects = {.secret = 0x123456789abcdef0};

	for (int round = 0; round < 3; round++) {
		/* backwards, forwards, and only some of them */
		for (size_t i = sorted_count; i--;)
			count(&subjects, sorted[i].name, sorted[i].length);
		for (size_t i = 0; i < sorted_count; i += 2)
			count(&subjects, sorted[i].name, sorted[i].length);
		mr_subjects_sort(&subjects);
		assert_int_equal(subjects.count, sorted_count);
		for (size_t i = 0; i < sorted_count; i++)
			expect_subject(&subjects, i, sorted[i].name, sorted[i].length, i % 2 ? 1 : 2);
		mr_subjects_clear(&subjects);
		assert_int_equal(subjects.count, 0);
	}
	mr_subjects_deinit(&subjects);
}

/* Every name three times, in the same order and in another; a secret of 0 makes nearly all of them meet. */
static void expect_all_found(uint64_t secret, size_t names_count)
{
	struct mr_subjects subjects = {.secret = secret};
	char name[32];

	for (size_t i = 0; i < 3 * names_count; i++) {
		size_t number = i < 2 * names_count ? i % names_count : 3 * names_count - 1 - i;

		snprintf(name, sizeof(name), "/group %08zu", number);
		count(&subjects, name, strlen(name));
	}
	mr_subjects_sort(&subjects);
	assert_int_equal(subjects.count, names_count);
	for (size_t i = 0; i < names_count; i++) {
		snprintf(name, sizeof(name), "/group %08zu", i);
		expect_subject(&subjects, i, name, strlen(name), 3);
	}
	mr_subjects_deinit(&subjects);
}

TEST(a_name_is_found_among_many)
{
	expect_all_found(0x9e3779b97f4a7c15, 100000);
}

TEST(names_that_meet_in_the_table_are_told_apart)
{
	expect_all_found(0, 1000);
}

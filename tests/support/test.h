/* Tests that register themselves: a new test is a function, nothing else.
 *
 *     TEST(meminfo_hugepages_line_stays_a_count)
 *     {
 *             assert_int_equal(...);
 *     }
 *
 * Each program of tests/unit is a file of such functions linked with this folder, which has the main().  It
 * runs them in the order of the file and prints TAP; an argument runs those whose name contains it.
 */
#ifndef MR_TESTS_TEST_H
#define MR_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** One test; a constructor links it into the list. */
struct test {
	const char *name;
	void (*run)(void **state);
	struct test *next;
};

/** Add a test to those that main() runs.  Owns: nothing; @test must live as long as the program. */
void test_register(struct test *test);

#define TEST(test_name)                                                                                      \
	static void test_name(void **state);                                                                 \
	__attribute__((constructor)) static void register_##test_name(void)                                  \
	{                                                                                                    \
		static struct test test = {#test_name, test_name, NULL};                                     \
		test_register(&test);                                                                        \
	}                                                                                                    \
	static void test_name(void **state __attribute__((unused)))

/** End the test as skipped, and say why: a test that could not run must not look like one that passed. */
#define SKIP(reason)                                                                                         \
	do {                                                                                                 \
		test_say_skipped(__func__, reason);                                                          \
		skip();                                                                                      \
	} while (0)

void test_say_skipped(const char *name, const char *reason);

#endif

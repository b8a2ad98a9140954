/* The main() of every unit test program.  See test.h. */
#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct test *first;
static struct test **last = &first;
static size_t test_count;

/* Constructors of one file run in the order of the file. */
void test_register(struct test *test)
{
	*last = test;
	last = &test->next;
	test_count++;
}

void test_say_skipped(const char *name, const char *reason)
{
	printf("# skipped %s: %s\n", name, reason);
	fflush(stdout);
}

/* The tests whose name contains @wanted; @return how many were put into @ret_tests. */
static size_t select_tests(const char *wanted, struct CMUnitTest *ret_tests)
{
	size_t count = 0;

	for (struct test *test = first; test; test = test->next)
		if (strstr(test->name, wanted))
			ret_tests[count++] = (struct CMUnitTest){.name = test->name, .test_func = test->run};
	return count;
}

static int run_group(const char *wanted)
{
	struct CMUnitTest *tests = calloc(test_count + 1, sizeof(*tests));
	size_t count = tests ? select_tests(wanted, tests) : 0;
	int failed = 1;

	if (count) {
		cmocka_set_message_output(CM_OUTPUT_TAP);
		failed = _cmocka_run_group_tests(program_invocation_short_name, tests, count, NULL, NULL);
	} else {
		printf("Bail out! no test has \"%s\" in its name\n", wanted);
	}
	free(tests);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* cmocka 1.1 prints a skipped test as "not ok 5 # SKIP name", which every reader of TAP takes for a failure.
 */
static void relay_line(const char *line)
{
	unsigned number;
	int name = 0;

	if (sscanf(line, "not ok %u # SKIP %n", &number, &name) == 1 && name)
		printf("ok %u - %.*s # SKIP\n", number, (int)strcspn(line + name, "\n"), line + name);
	else
		fputs(line, stdout);
	fflush(stdout);
}

static void relay(int fd)
{
	FILE *from = fdopen(fd, "r");
	char *line = NULL;
	size_t capacity = 0;

	while (from && getline(&line, &capacity, from) > 0)
		relay_line(line);
	free(line);
	if (from)
		fclose(from);
}

/* The tests run in a child, so that their TAP can be mended on its way and a crash is told from an end. */
int main(int argc, char **argv)
{
	int ends[2];
	int status;

	if (pipe(ends) < 0)
		return EXIT_FAILURE;
	pid_t child = fork();
	if (child < 0)
		return EXIT_FAILURE;
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		exit(run_group(argc > 1 ? argv[1] : ""));
	}
	close(ends[1]);
	relay(ends[0]);
	if (waitpid(child, &status, 0) < 0)
		return EXIT_FAILURE;
	if (WIFSIGNALED(status))
		printf("Bail out! ended by %s\n", strsignal(WTERMSIG(status)));
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

/* Attempts to break out of a confined process, made by processes of their own: what the tests of both programs'
 * filters have in common.  A .def file lists the attempts, which are expressions on what the test has set up. */
#ifndef MR_TESTS_BREAKOUT_H
#define MR_TESTS_BREAKOUT_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

/* AddressSanitizer reports to standard error. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED_OR(outcome) THROUGH
#else
#define SANITIZED_OR(outcome) outcome
#endif

enum outcome {
	THROUGH,    /* the kernel has got it, and did it or not */
	REFUSED,    /* the error that the filter answers with */
	UNKNOWN,    /* ENOSYS, of a filter that answers so */
	KILLED,     /* SIGSYS */
	ODD,        /* died of something else */
	LANDLOCKED, /* as an expectation: refused where the kernel has Landlock, through where not */
};

/* Whether an attempt gets through where nothing is confined. */
enum { ALSO_FREE = 1, ONLY_CONFINED = 0 };

/* In a confined process a failed assertion could not say so; the line number in the exit status does. */
#define NEED(condition)                                                                                      \
	do {                                                                                                 \
		if (!(condition))                                                                            \
			_exit(__LINE__ % 254 + 1);                                                           \
	} while (0)

static inline int wait_for(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* A process that waits, to be signalled and traced. */
static inline pid_t start_bystander(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static inline void end_bystander(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static inline long fork_and_end(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return pid;
}

static inline long clone_with(unsigned long flags)
{
#ifdef __s390__
	return syscall(SYS_clone, 0ul, flags, NULL, NULL, 0ul);
#else
	return syscall(SYS_clone, flags, 0ul, NULL, NULL, 0ul);
#endif
}

#ifdef __x86_64__
static inline long call_as_32_bit_program(void)
{
	long result = 20; /* getpid() there */

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	return result;
}
#endif

/**
 * Make an attempt in a process of its own.
 *
 * @enter         confines the process; < 0: it could not
 * @refusal       errno that stands for REFUSED
 * @says_unknown  whether ENOSYS stands for UNKNOWN
 */
static inline enum outcome outcome_of(long (*attempt)(void), int (*enter)(int filter), int filter,
				      int refusal, bool says_unknown)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (enter(filter) < 0)
			_exit(ODD);
		errno = 0;
		long result = attempt();
		_exit(result == -1 && errno == refusal                  ? REFUSED
		      : result == -1 && errno == ENOSYS && says_unknown ? UNKNOWN
									: THROUGH);
	}
	int status = wait_for(pid);
	if (WIFEXITED(status))
		return (enum outcome)WEXITSTATUS(status);
	return WTERMSIG(status) == SIGSYS ? KILLED : ODD;
}

/* Say an attempt that did not end as it has to. */
static inline void say_surprise(const char *name, enum outcome outcome)
{
	static const char *const words[] = {
		[THROUGH] = "got through",         [REFUSED] = "was refused",
		[UNKNOWN] = "met an unknown call", [KILLED] = "was killed",
		[ODD] = "died of something else",
	};

	print_error("%s %s\n", name, words[outcome]);
}

static inline int compare_bytes(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

/* Memory is taken, grown, used and given back. */
static inline void need_memory(void)
{
	char *memory = malloc(1000000);

	NEED(memory);
	memory = realloc(memory, 9000000);
	NEED(memory);
	memset(memory, 'x', 9000000);
	qsort(memory, 100000, 1, compare_bytes);
	free(memory);
}

#endif

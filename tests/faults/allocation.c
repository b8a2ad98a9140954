/* allocation: a library that goes in front of the C library (LD_PRELOAD) and lets allocations fail.
 *
 *   ALLOCATION_FAULT=ROLE:FIRST    the FIRST allocation of each such process fails
 *   ALLOCATION_FAULT=ROLE:FIRST+   and all behind it
 *   ALLOCATION_COUNT=FILE          FILE gets a line "ROLE COUNT" for each process when the first one ends; a
 *                                  "!" behind it: one of them failed
 *   ALLOCATION_SITES=FILE          FILE gets a line "ROLE NUMBER" for the first allocation of each site:
 * those with the same innermost callers are one
 *
 * Roles: parent, the process that is started; worker1, worker2 … what it forks, in that order.  Each process
 * counts for itself, from its first allocation on; malloc(), calloc(), realloc(), reallocarray() and the
 * aligned ones count, and through them whatever the C library allocates for its caller: strdup(), asprintf(),
 * fopen().
 *
 * Numbers stand in memory that all processes share, since a worker ends without a word. */
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PROCESSES_MAX 64
#define ROLE_BYTES 32
/* Our own two frames, and the callers that tell one site from another. */
#define FRAMES_OWN 2
#define FRAMES_MAX 8
#define SITES_MAX (1 << 17)

/* What the functions that we stand in front of are called inside of the C library. */
void *__libc_malloc(size_t size_bytes);
void *__libc_calloc(size_t count, size_t size_bytes);
void *__libc_realloc(void *memory, size_t size_bytes);
void *__libc_memalign(size_t alignment_bytes, size_t size_bytes);

struct tally {
	unsigned long count;
	bool has_failed;
};

struct site {
	uint64_t hash; /* of its callers; 0: not taken */
	unsigned process;
	unsigned long number;
};

static struct {
	struct tally processes[PROCESSES_MAX];
	unsigned count;
	struct site sites[SITES_MAX];
} * shared;

/* Of the process at hand. */
static struct tally *own;

/* What is to fail. */
static char plan_role[ROLE_BYTES];
static unsigned long plan_first;
static bool plan_goes_on;
static bool is_hit;
static bool wants_sites;

static void name_role(unsigned number, char role[ROLE_BYTES])
{
	if (number)
		snprintf(role, ROLE_BYTES, "worker%u", number);
	else
		strcpy(role, "parent");
}

static void become(unsigned number)
{
	char role[ROLE_BYTES];

	own = number < PROCESSES_MAX ? &shared->processes[number] : NULL;
	name_role(number, role);
	is_hit = !strcmp(role, plan_role);
}

/* The number of the child, which goes into it with the rest of our memory. */
static unsigned forked_count;

static void before_fork(void)
{
	shared->count = ++forked_count;
}

static void in_child(void)
{
	become(forked_count);
}

__attribute__((constructor)) static void begin(void)
{
	const char *plan = getenv("ALLOCATION_FAULT");
	char end = '\0';

	if (plan && sscanf(plan, "%31[^:]:%lu%c", plan_role, &plan_first, &end) < 2) {
		fprintf(stderr, "ALLOCATION_FAULT=%s: not understood\n", plan);
		exit(125);
	}
	plan_goes_on = end == '+';
	wants_sites = getenv("ALLOCATION_SITES");
	/* it loads a library when it is first called; a worker may not */
	backtrace(&(void *){NULL}, 1);
	pthread_atfork(before_fork, NULL, in_child);
	void *memory = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		perror("allocation: mmap");
		exit(125);
	}
	shared = memory;
	become(0);
}

static void report_counts(const char *path)
{
	char role[ROLE_BYTES];
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return;
	for (unsigned i = 0; i <= shared->count && i < PROCESSES_MAX; i++) {
		name_role(i, role);
		fprintf(file, "%s %lu%s\n", role, shared->processes[i].count,
			shared->processes[i].has_failed ? " !" : "");
	}
	fclose(file);
}

static void report_sites(const char *path)
{
	char role[ROLE_BYTES];
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return;
	for (size_t i = 0; i < SITES_MAX; i++) {
		if (!shared->sites[i].hash)
			continue;
		name_role(shared->sites[i].process, role);
		fprintf(file, "%s %lu\n", role, shared->sites[i].number);
	}
	fclose(file);
}

__attribute__((destructor)) static void report(void)
{
	own = NULL;
	report_counts(getenv("ALLOCATION_COUNT"));
	report_sites(getenv("ALLOCATION_SITES"));
}

/* Keep the number when nobody called from there before. */
static __attribute__((noinline)) void note_site(unsigned long number)
{
	void *frames[FRAMES_MAX];
	uint64_t hash = (uint64_t)(own - shared->processes) + 1;
	struct tally *mine = own;

	own = NULL;
	int count = backtrace(frames, FRAMES_MAX);
	own = mine;
	for (int i = FRAMES_OWN; i < count; i++)
		hash = (hash ^ (uintptr_t)frames[i]) * UINT64_C(0x9e3779b97f4a7c15) >> 1;
	hash |= 1;
	for (size_t i = hash % SITES_MAX, tries = 0; tries < SITES_MAX; i = (i + 1) % SITES_MAX, tries++) {
		struct site *site = &shared->sites[i];

		if (site->hash == hash)
			return;
		if (site->hash)
			continue;
		*site = (struct site){hash, (unsigned)(own - shared->processes), number};
		return;
	}
}

/* Whether this allocation is the one.  Counts it. */
static __attribute__((noinline)) bool fails(void)
{
	if (!own)
		return false;
	unsigned long number = __atomic_add_fetch(&own->count, 1, __ATOMIC_RELAXED);
	if (wants_sites)
		note_site(number);
	if (!is_hit || number < plan_first || (number > plan_first && !plan_goes_on))
		return false;
	own->has_failed = true;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size_bytes)
{
	return fails() ? NULL : __libc_malloc(size_bytes);
}

void *calloc(size_t count, size_t size_bytes)
{
	return fails() ? NULL : __libc_calloc(count, size_bytes);
}

void *realloc(void *memory, size_t size_bytes)
{
	/* nothing left of it: that gives memory back */
	return size_bytes && fails() ? NULL : __libc_realloc(memory, size_bytes);
}

void *reallocarray(void *memory, size_t count, size_t size_bytes)
{
	size_t length_bytes;

	if (__builtin_mul_overflow(count, size_bytes, &length_bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(memory, length_bytes);
}

void *memalign(size_t alignment_bytes, size_t size_bytes)
{
	return fails() ? NULL : __libc_memalign(alignment_bytes, size_bytes);
}

void *aligned_alloc(size_t alignment_bytes, size_t size_bytes)
{
	return memalign(alignment_bytes, size_bytes);
}

int posix_memalign(void **ret, size_t alignment_bytes, size_t size_bytes)
{
	void *memory = memalign(alignment_bytes, size_bytes);

	if (!memory)
		return ENOMEM;
	*ret = memory;
	return 0;
}

/* Breaking out of the process that reads an archive, from inside.  Every attempt is made by a process of its
 * own that has confined itself before.  And the other way round: what reading takes is still there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analyze/import/confine.h"
#include "tests/support/breakout.h"
#include "tests/support/test.h"

/* The number that the pipe has in these tests. */
#define PIPE_FD 40

enum filter { NONE, FILE_FILTER, FOLDER_FILTER };

/* What the attempts are made on. */
static struct {
	char folder[32];
	char path[64];    /* a file in it */
	int directory_fd; /* the folder */
	int other_fd;     /* the file, to be written to */
	int pipe_fd;      /* read end */
	pid_t bystander;  /* a process that waits */
	struct mr_confine_filter filters[2];
} rig;

static void open_rig(void)
{
	int ends[2];

	strcpy(rig.folder, "/tmp/memreckon-test-XXXXXX");
	assert_non_null(mkdtemp(rig.folder));
	snprintf(rig.path, sizeof(rig.path), "%s/there", rig.folder);
	rig.directory_fd = open(rig.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(rig.directory_fd >= 0);
	rig.other_fd = openat(rig.directory_fd, "there", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(rig.other_fd >= 0);
	assert_int_equal(write(rig.other_fd, "bytes", 5), 5);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(dup3(ends[1], PIPE_FD, O_CLOEXEC), PIPE_FD);
	close(ends[1]);
	rig.pipe_fd = ends[0];
	rig.bystander = start_bystander();
	assert_int_equal(mr_confine_make(&rig.filters[0], PIPE_FD, false), 0);
	assert_int_equal(mr_confine_make(&rig.filters[1], PIPE_FD, true), 0);
}

static void close_rig(void)
{
	end_bystander(rig.bystander);
	unlink(rig.path);
	rmdir(rig.folder);
	close(rig.other_fd);
	close(rig.directory_fd);
	close(rig.pipe_fd);
	close(PIPE_FD);
}

static int confine(int filter)
{
	const struct mr_confine_bounds bounds = {.folder_fd =
							 filter == FOLDER_FILTER ? rig.directory_fd : -1};

	return filter == NONE ? 0 : mr_confine_enter(&rig.filters[filter == FOLDER_FILTER], &bounds);
}

/* Does this kernel have filters, and is it us who may set them? */
static bool can_confine(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(confine(FILE_FILTER) < 0);
	return wait_for(pid) == 0;
}

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0L, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static long open_with(int flags)
{
	return syscall(SYS_openat, AT_FDCWD, rig.path, flags, 0600);
}

static long map(int protection, int flags, int fd)
{
	return (long)mmap(NULL, 4096, protection, flags, fd, 0);
}

#define ATTEMPT(name, of_file, of_folder, where, call)                                                       \
	static long attempt_##name(void)                                                                     \
	{                                                                                                    \
		return call;                                                                                 \
	}
#include "tests/unit/worker_attempts.def"
#undef ATTEMPT

static const struct attempt {
	const char *name;
	long (*run)(void);
	enum outcome of_file, of_folder;
	bool is_also_free;
} attempts[] = {
#define ATTEMPT(name, of_file, of_folder, where, call) {#name, attempt_##name, of_file, of_folder, where},
#include "tests/unit/worker_attempts.def"
#undef ATTEMPT
};

static enum outcome expected_of(const struct attempt *attempt, enum filter filter)
{
	enum outcome expected = filter == FILE_FILTER ? attempt->of_file : attempt->of_folder;

	if (expected == LANDLOCKED)
		return has_landlock() ? REFUSED : THROUGH;
	return expected;
}

/* @return how many attempts did not end as they have to */
static unsigned try_all(enum filter filter)
{
	unsigned surprises_count = 0;

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const struct attempt *attempt = &attempts[i];

		if (filter == NONE && !attempt->is_also_free)
			continue;
		enum outcome outcome = outcome_of(attempt->run, confine, filter, EACCES, false);
		if (outcome != (filter == NONE ? THROUGH : expected_of(attempt, filter))) {
			say_surprise(attempt->name, outcome);
			surprises_count++;
		}
	}
	return surprises_count;
}

TEST(without_a_filter_the_attempts_get_through)
{
	open_rig();
	unsigned surprises_count = try_all(NONE);
	close_rig();
	assert_int_equal(surprises_count, 0);
}

static void expect_no_way_out(enum filter filter)
{
	open_rig();
	bool can = can_confine();
	unsigned surprises_count = can ? try_all(filter) : 0;
	struct stat status;
	assert_int_equal(stat(rig.path, &status), 0);
	close_rig();
	if (!can)
		SKIP("no seccomp filters here");
	assert_int_equal(surprises_count, 0);
	assert_int_equal(status.st_size, 5);
}

TEST(worker_of_a_file_cannot_break_out)
{
	expect_no_way_out(FILE_FILTER);
}

TEST(worker_of_a_folder_cannot_break_out)
{
	expect_no_way_out(FOLDER_FILTER);
}

/* What reading an archive takes. */
static void do_work_of_a_file(void)
{
	char bytes[16];
	struct stat status;
	struct timespec moment;

	NEED(lseek(rig.other_fd, 0, SEEK_SET) == 0 && read(rig.other_fd, bytes, sizeof(bytes)) == 5);
	NEED(!fstat(rig.other_fd, &status) && !stat("/", &status));
	need_memory();
	NEED(!clock_gettime(CLOCK_REALTIME, &moment));
	NEED(write(PIPE_FD, "r", 1) == 1);
	NEED(!close(rig.other_fd));
}

static void do_work_of_a_folder(void)
{
	char bytes[16];

	int again = fcntl(rig.directory_fd, F_DUPFD_CLOEXEC, 3);
	DIR *folder = fdopendir(again);
	NEED(folder && readdir(folder) && !closedir(folder));
	int fd = openat(rig.directory_fd, "there", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	NEED(fd >= 0 && read(fd, bytes, sizeof(bytes)) == 5 && !close(fd));
	fd = openat(rig.directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NEED(fd >= 0 && !close(fd));
}

static int status_of(enum filter filter, void (*work)(void))
{
	pid_t pid = fork();

	if (!pid) {
		NEED(!confine(filter));
		work();
		_exit(0);
	}
	return wait_for(pid);
}

TEST(workers_can_read_and_tell)
{
	open_rig();
	bool can = can_confine();
	int file = status_of(FILE_FILTER, do_work_of_a_file),
	    folder = status_of(FOLDER_FILTER, do_work_of_a_folder),
	    both = status_of(FOLDER_FILTER, do_work_of_a_file);
	close_rig();
	if (!can)
		SKIP("no seccomp filters here");
	assert_int_equal(file, 0);
	assert_int_equal(folder, 0);
	assert_int_equal(both, 0);
}

/* The signal that ends a process which turns in a circle and blocks what it can. */
static int end_of_a_circle(bool blocks_signals)
{
	pid_t pid = fork();

	if (!pid) {
		const struct mr_confine_bounds bounds = {.folder_fd = -1, .cpu_s = 1};
		volatile unsigned turns = 0;
		sigset_t all;

		NEED(!mr_confine_enter(&rig.filters[0], &bounds));
		sigfillset(&all);
		NEED(!blocks_signals || !sigprocmask(SIG_BLOCK, &all, NULL));
		for (;;)
			turns++;
	}
	int status = wait_for(pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST(worker_that_turns_in_a_circle_is_ended)
{
	open_rig();
	bool can = can_confine();
	int plain = can ? end_of_a_circle(false) : 0, stubborn = can ? end_of_a_circle(true) : 0;
	close_rig();
	if (!can)
		SKIP("no seccomp filters here");
	assert_int_equal(plain, SIGXCPU);
	assert_int_equal(stubborn, SIGKILL);
}

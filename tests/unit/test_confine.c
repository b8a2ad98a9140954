/* Breaking out of the filters of confine.c, from inside.  Every attempt is made by a process of its own that
 * has confined itself before.  And the other way round: what a run needs is still there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
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

#include "collect/capabilities.h"
#include "collect/confine.h"
#include "tests/support/breakout.h"
#include "tests/support/test.h"

/* Numbers that the pipes have in these tests. */
#define ASK_FD 40
#define DONE_FD 41

enum filter { NONE, READER, WRITER };

/* What the attempts are made on. */
static struct {
	char folder[32];
	char path[64];    /* a file in it */
	int directory_fd; /* the folder */
	int output_fd;    /* a file in it that may be written to */
	int other_fd;     /* one that may not */
	pid_t bystander;  /* a process that waits */
} rig;

static void open_rig(void)
{
	strcpy(rig.folder, "/tmp/memreckon-test-XXXXXX");
	assert_non_null(mkdtemp(rig.folder));
	snprintf(rig.path, sizeof(rig.path), "%s/there", rig.folder);
	rig.directory_fd = open(rig.folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(rig.directory_fd >= 0);
	rig.output_fd = openat(rig.directory_fd, "out.part", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	rig.other_fd = openat(rig.directory_fd, "there", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(rig.output_fd >= 0 && rig.other_fd >= 0);
	rig.bystander = start_bystander();
}

static void close_rig(void)
{
	static const char *const names[] = {"out", "out.part", "there", "else"};

	end_bystander(rig.bystander);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(rig.directory_fd, names[i], 0);
	rmdir(rig.folder);
	close(rig.output_fd);
	close(rig.other_fd);
	close(rig.directory_fd);
}

static int confine(int filter)
{
	static const int pipe_fds[] = {ASK_FD, DONE_FD};
	const struct mr_confine_fds fds = {.output_fd = rig.output_fd,
					   .directory_fd = rig.directory_fd,
					   .pipe_fds = pipe_fds,
					   .pipe_fds_count = 2};

	switch (filter) {
	case READER:
		return mr_confine_reader(DONE_FD);
	case WRITER:
		return mr_confine_writer(&fds);
	default:
		return 0;
	}
}

/* Does this kernel have filters, and is it us who may set them? */
static bool can_confine(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(mr_confine_reader(DONE_FD) < 0);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static long open_with(int flags)
{
	return syscall(SYS_openat, AT_FDCWD, rig.path, flags, 0600);
}

static long map(int protection)
{
	return (long)mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

#define ATTEMPT(name, of_reader, of_writer, where, call)                                                     \
	static long attempt_##name(void)                                                                     \
	{                                                                                                    \
		return call;                                                                                 \
	}
#include "tests/unit/confine_attempts.def"
#undef ATTEMPT

static const struct attempt {
	const char *name;
	long (*run)(void);
	enum outcome of_reader, of_writer;
	bool is_also_free;
} attempts[] = {
#define ATTEMPT(name, of_reader, of_writer, where, call) {#name, attempt_##name, of_reader, of_writer, where},
#include "tests/unit/confine_attempts.def"
#undef ATTEMPT
};

/* @return how many attempts did not end as they have to */
static unsigned try_all(enum filter filter)
{
	unsigned surprises_count = 0;

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const struct attempt *attempt = &attempts[i];
		enum outcome expected = filter == READER ? attempt->of_reader : attempt->of_writer;
		enum outcome outcome;

		if (filter == NONE && !attempt->is_also_free)
			continue;
		outcome = outcome_of(attempt->run, confine, filter, EPERM, true);
		if (filter == NONE ? outcome == REFUSED || outcome == KILLED : outcome != expected) {
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

TEST(reader_cannot_break_out)
{
	if (!can_confine())
		SKIP("no seccomp filters here");
	open_rig();
	unsigned surprises_count = try_all(READER);
	close_rig();
	assert_int_equal(surprises_count, 0);
}

TEST(writer_cannot_break_out)
{
	if (!can_confine())
		SKIP("no seccomp filters here");
	open_rig();
	unsigned surprises_count = try_all(WRITER);
	close_rig();
	assert_int_equal(surprises_count, 0);
}

/* What reading kernel files takes. */
static void do_readers_work(void)
{
	char bytes[4096];
	struct timespec moment = {.tv_nsec = 1000};
	struct pollfd none = {.fd = -1};

	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	NEED(fd >= 0 && read(fd, bytes, sizeof(bytes)) > 0 && pread(fd, bytes, 1, 0) == 1 && !close(fd));
	DIR *folder = opendir("/proc/self/fd");
	NEED(folder && readdir(folder) && !closedir(folder));
	NEED(readlink("/proc/self/exe", bytes, sizeof(bytes)) > 0);
	struct stat status;
	NEED(!stat("/proc/self/statm", &status));
	need_memory();
	NEED(mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	NEED(clock_gettime(CLOCK_MONOTONIC, &moment) == 0 && poll(&none, 1, 1) == 0 && usleep(1) == 0);
	NEED(sysconf(_SC_OPEN_MAX) > 0);
	NEED(signal(SIGHUP, SIG_IGN) != SIG_ERR);
	NEED(write(DONE_FD, "r", 1) == 1);
}

static void put_pipe_at(int fd)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(dup3(ends[1], fd, O_CLOEXEC), fd);
	close(ends[0]);
	close(ends[1]);
}

static void open_pipes(int *ret_read_fd)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(dup3(ends[1], DONE_FD, O_CLOEXEC), DONE_FD);
	close(ends[1]);
	*ret_read_fd = ends[0];
	put_pipe_at(ASK_FD);
}

static void close_pipes(int read_fd)
{
	close(read_fd);
	close(ASK_FD);
	close(DONE_FD);
}

TEST(reader_can_read_and_answer)
{
	int read_fd;
	char answer;

	if (!can_confine())
		SKIP("no seccomp filters here");
	open_rig();
	open_pipes(&read_fd);
	pid_t pid = fork();
	if (!pid) {
		NEED(!confine(READER));
		NEED(!strcmp(mr_confine_held(), "seccomp"));
		do_readers_work();
		_exit(0);
	}
	int status = wait_for(pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(read_fd, &answer, 1), 1);
	close_pipes(read_fd);
	close_rig();
}

/* A pipe whose write end has the number of the one before it. */
static int renew_pipe(void)
{
	int ends[2];

	NEED(!pipe2(ends, O_CLOEXEC) && dup3(ends[1], DONE_FD, O_CLOEXEC) == DONE_FD && !close(ends[1]));
	return ends[0];
}

/* A reader that is made by the confined writer, answers and ends; and one that has to be killed. */
static void do_writers_forks(void)
{
	char answer;
	int read_fd = renew_pipe();
	pid_t pid = fork();

	NEED(pid >= 0);
	if (!pid) {
		NEED(!prctl(PR_SET_PDEATHSIG, SIGKILL));
		NEED(!mr_capabilities_drop(-1, -1, NULL));
		NEED(!confine(READER));
		do_readers_work();
		/* not even what the writer may */
		NEED(syscall(SYS_write, rig.output_fd, "x", 1) < 0 && errno == EPERM);
		_exit(0);
	}
	int status;
	NEED(waitpid(pid, &status, 0) == pid && status == 0);
	NEED(read(read_fd, &answer, 1) == 1 && !close(read_fd));
	pid = fork();
	if (!pid)
		for (;;)
			poll(NULL, 0, -1);
	NEED(!kill(pid, SIGKILL));
	struct rusage cost;
	NEED(wait4(pid, &status, 0, &cost) == pid && WIFSIGNALED(status));
}

static void do_writers_work(void)
{
	char bytes[4096];

	NEED(write(rig.output_fd, "archive", 7) == 7 && !fsync(rig.output_fd));
	NEED(!posix_fadvise(rig.output_fd, 0, 0, POSIX_FADV_DONTNEED));
	NEED(write(STDERR_FILENO, "", 0) == 0);
	NEED(write(ASK_FD, "a", 1) < 0 && errno == EPIPE);
	NEED(realpath("/proc/self", bytes));
	NEED(!linkat(rig.directory_fd, "out.part", rig.directory_fd, "out", 0));
	NEED(!unlinkat(rig.directory_fd, "out.part", 0));
	NEED(!renameat2(rig.directory_fd, "there", rig.directory_fd, "else", RENAME_NOREPLACE));
}

TEST(writer_can_write_publish_and_replace_readers)
{
	int read_fd;

	if (!can_confine())
		SKIP("no seccomp filters here");
	open_rig();
	open_pipes(&read_fd);
	pid_t pid = fork();
	if (!pid) {
		signal(SIGPIPE, SIG_IGN);
		NEED(!confine(WRITER));
		NEED(!strcmp(mr_confine_held(), "seccomp"));
		do_readers_work();
		do_writers_forks();
		do_writers_work();
		_exit(0);
	}
	int status = wait_for(pid);
	assert_int_equal(status, 0);
	struct stat out;
	assert_int_equal(fstatat(rig.directory_fd, "out", &out, 0), 0);
	assert_int_equal(out.st_size, 7);
	close_pipes(read_fd);
	close_rig();
}

static int status_of_death(void (*die)(void))
{
	pid_t pid = fork();

	if (!pid) {
		NEED(!confine(WRITER));
		die();
		_exit(1);
	}
	return wait_for(pid);
}

static void die_of_sigterm(void)
{
	raise(SIGTERM);
}

TEST(writer_can_die_of_the_signal_that_ended_the_run)
{
	if (!can_confine())
		SKIP("no seccomp filters here");
	open_rig();
	int by_term = status_of_death(die_of_sigterm), by_abort = status_of_death(abort);
	close_rig();
	assert_true(WIFSIGNALED(by_term));
	assert_int_equal(WTERMSIG(by_term), SIGTERM);
	assert_true(WIFSIGNALED(by_abort));
	assert_int_equal(WTERMSIG(by_abort), SIGABRT);
}

/* A machine that allows no filters: the calls that set one fail with @error_number. */
static void forbid_filters(int error_number)
{
	const struct scmp_arg_cmp sets_one = SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP);
	scmp_filter_ctx rules = seccomp_init(SCMP_ACT_ALLOW);

	NEED(rules);
	NEED(!seccomp_rule_add(rules, SCMP_ACT_ERRNO((unsigned)error_number), SCMP_SYS(seccomp), 0));
	NEED(!seccomp_rule_add_array(rules, SCMP_ACT_ERRNO((unsigned)error_number), SCMP_SYS(prctl), 1,
				     &sets_one));
	NEED(!seccomp_load(rules));
	seccomp_release(rules);
}

static int status_where_filters_fail_with(int error_number, const char *held)
{
	pid_t pid = fork();

	if (!pid) {
		forbid_filters(error_number);
		NEED(confine(WRITER) < 0);
		NEED(!strcmp(mr_confine_held(), held));
		/* and goes on */
		NEED(open_with(O_WRONLY) >= 0);
		_exit(0);
	}
	return wait_for(pid);
}

TEST(where_filters_are_not_to_be_had_the_run_goes_on_and_says_so)
{
	if (!can_confine())
		SKIP("no seccomp filters here");
	open_rig();
	int none = status_where_filters_fail_with(EINVAL, "no: the kernel has no system call filters");
	int forbidden = status_where_filters_fail_with(EPERM, "no: system call filters are forbidden here");
	int odd = status_where_filters_fail_with(ENOMEM, "no: seccomp: ENOMEM");
	close_rig();
	assert_int_equal(none, 0);
	assert_int_equal(forbidden, 0);
	assert_int_equal(odd, 0);
}

TEST(what_is_not_confined_says_that_nobody_wanted_it)
{
	assert_string_equal(mr_confine_held(), "no: --no-confine");
}

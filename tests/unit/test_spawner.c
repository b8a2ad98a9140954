/* The process that workers are forked from: what it answers, what it holds open, and what is left when it is gone. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyze/import/spawner.h"
#include "tests/support/test.h"

static const struct mr_input_options options;

static struct mr_spawner start(void)
{
	struct mr_spawner spawner;

	mr_spawner_init(&spawner, NULL, &options);
	return spawner;
}

/* A worker on @input.  @ret_out where it tells what it finds */
static pid_t fork_worker(struct mr_spawner *spawner, int input, int *ret_out)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	struct mr_job job = {.path = "input", .input_fd = input, .pipe_fd = ends[1], .rows_fd = -1};
	pid_t pid = mr_spawner_fork(spawner, &job);
	close(ends[1]);
	*ret_out = ends[0];
	return pid;
}

/* Whether the other end is closed within a minute, whatever comes before. */
static bool ends_soon(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char bytes[4096];
	ssize_t got = 1;

	while (got > 0 && poll(&wait, 1, 60 * 1000) == 1)
		got = read(fd, bytes, sizeof(bytes));
	return got == 0;
}

/* A worker that waits for its input as long as @ret_feed is open. */
static pid_t fork_waiting(struct mr_spawner *spawner, int *ret_feed, int *ret_out)
{
	int input[2];

	assert_int_equal(pipe2(input, O_CLOEXEC), 0);
	pid_t pid = fork_worker(spawner, input[0], ret_out);
	close(input[0]);
	*ret_feed = input[1];
	return pid;
}

TEST(a_worker_tells_and_ends_and_how_is_known)
{
	struct mr_spawner spawner = start();
	int out, input = memfd_create("empty", MFD_CLOEXEC);

	pid_t pid = fork_worker(&spawner, input, &out);
	assert_true(pid > 0);
	assert_true(ends_soon(out));
	assert_int_equal(mr_spawner_see_off(&spawner, pid), 0);
	close(out);
	close(input);
	mr_spawner_stop(&spawner);
	assert_int_equal(spawner.pid, 0);
}

TEST(of_two_workers_each_has_its_own_end)
{
	struct mr_spawner spawner = start();
	int feeds[2], outs[2];

	pid_t first = fork_waiting(&spawner, &feeds[0], &outs[0]);
	pid_t second = fork_waiting(&spawner, &feeds[1], &outs[1]);
	assert_true(first > 0 && second > 0 && first != second);
	assert_int_equal(kill(second, SIGTERM), 0);
	assert_true(ends_soon(outs[1]));
	assert_int_equal(mr_spawner_see_off(&spawner, second), SIGTERM);
	close(feeds[0]);
	assert_true(ends_soon(outs[0]));
	assert_int_equal(mr_spawner_see_off(&spawner, first), 0);
	close(feeds[1]);
	close(outs[0]);
	close(outs[1]);
	mr_spawner_stop(&spawner);
}

TEST(the_spawner_holds_nothing_open_but_the_way_to_it)
{
	int database = memfd_create("database", 0);
	struct mr_spawner spawner = start();
	int feed, out;

	/* an answer: it has closed what it had inherited */
	pid_t pid = fork_waiting(&spawner, &feed, &out);
	assert_true(pid > 0);
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/fd", spawner.pid);
	DIR *folder = opendir(path);
	assert_non_null(folder);
	for (struct dirent *entry; (entry = readdir(folder));) {
		char target[PATH_MAX] = "";
		if (*entry->d_name == '.')
			continue;
		assert_true(readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1) > 0);
		assert_null(strstr(target, "memfd:database"));
#ifndef __SANITIZE_ADDRESS__
		assert_string_equal(entry->d_name, "3");
#endif
	}
	closedir(folder);
	close(feed);
	close(out);
	close(database);
	mr_spawner_stop(&spawner);
}

TEST(without_the_spawner_workers_end_and_new_ones_have_a_new_one)
{
	struct mr_spawner spawner = start();
	int feed, out, other_out;

	pid_t pid = fork_waiting(&spawner, &feed, &out), gone = spawner.pid;
	assert_true(pid > 0);
	assert_int_equal(kill(gone, SIGKILL), 0);
	assert_true(ends_soon(out));
	assert_true(WIFSIGNALED(mr_spawner_see_off(&spawner, pid)));
	int input = memfd_create("empty", MFD_CLOEXEC);
	pid_t other = fork_worker(&spawner, input, &other_out);
	assert_true(other > 0);
	assert_int_not_equal(spawner.pid, gone);
	assert_true(WIFSIGNALED(mr_spawner_see_off(&spawner, pid)));
	assert_true(ends_soon(other_out));
	assert_int_equal(mr_spawner_see_off(&spawner, other), 0);
	close(input);
	close(feed);
	close(out);
	close(other_out);
	mr_spawner_stop(&spawner);
}

TEST(a_worker_that_is_not_wanted_any_more_is_killed)
{
	struct mr_spawner spawner = start();
	int feed, out;

	pid_t pid = fork_waiting(&spawner, &feed, &out);
	assert_true(pid > 0);
	assert_int_equal(mr_spawner_see_off(&spawner, pid), SIGKILL);
	close(feed);
	close(out);
	mr_spawner_stop(&spawner);
}

TEST(one_that_was_never_started_is_stopped_without_harm)
{
	struct mr_spawner spawner = start();

	mr_spawner_stop(&spawner);
	assert_int_equal(spawner.pid, 0);
}

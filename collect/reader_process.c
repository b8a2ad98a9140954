/* The process that a reader is made of: how it begins, is told that it may go, or is given up. */
#include "collect/reader_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/base/clock.h"
#include "collect/serve.h"

/* A reader that has nothing to do any more ends at once; nobody waits longer for one that does not. */
#define END_LIMIT_NS (200 * MR_MILLISECOND_NS)

void mr_reader_init(struct mr_reader *reader, const struct mr_tree *tree, unsigned number)
{
	*reader = (struct mr_reader){
		.tree = tree, .number = number, .run_deadline_ns = UINT64_MAX, .ask_fd = -1, .done_fd = -1};
}

/* A pipe whose end for writing has the number given.  @return 0 or a negative errno */
static int make_pipe(int ret[2], int write_fd)
{
	if (pipe2(ret, O_CLOEXEC) < 0)
		return -errno;
	int error_number = dup3(ret[1], write_fd, O_CLOEXEC) < 0 ? errno : 0;
	close(ret[1]);
	ret[1] = write_fd;
	if (error_number)
		close(ret[0]);
	return -error_number;
}

static void close_pipe(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

/* The child's life, or the parent's side of it. */
static int fork_reader(struct mr_reader *reader, int ask[2], int done[2])
{
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		const struct mr_serve serve = {
			.tree = reader->tree,
			.is_confined = reader->is_confined,
			.is_swapped = reader->is_swapped,
			.ask_fd = ask[0],
			.done_fd = done[1],
			.shared = reader->shared,
		};
		mr_serve(&serve);
	}
	reader->pid = pid;
	close(ask[0]);
	close(done[1]);
	reader->ask_fd = ask[1];
	reader->done_fd = done[0];
	return 0;
}

int mr_reader_begin(struct mr_reader *reader)
{
	int ask[2], done[2];

	void *shared = mmap(NULL, sizeof(*reader->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
	if (shared == MAP_FAILED)
		return -errno;
	reader->shared = shared;
	int first_fd = MR_READER_FIRST_FD + 2 * (int)reader->number;
	int result = make_pipe(ask, first_fd);
	if (!result) {
		result = make_pipe(done, first_fd + 1);
		if (result < 0)
			close_pipe(ask);
	}
	if (!result) {
		result = fork_reader(reader, ask, done);
		if (result < 0) {
			close_pipe(ask);
			close_pipe(done);
		}
	}
	if (result < 0) {
		munmap(shared, sizeof(*reader->shared));
		reader->shared = NULL;
		return result;
	}
	reader->readers_count++;
	reader->sent_count = reader->done_count = 0;
	return 0;
}

/* Its memory goes too: a read that wakes up after all must not write into that of the next reader. */
static void forget(struct mr_reader *reader)
{
	if (reader->ask_fd >= 0)
		close(reader->ask_fd);
	if (reader->done_fd >= 0)
		close(reader->done_fd);
	reader->ask_fd = reader->done_fd = -1;
	if (reader->shared)
		munmap(reader->shared, sizeof(*reader->shared));
	reader->shared = NULL;
	reader->current = NULL;
	reader->sent_bytes = reader->head_bytes;
	reader->pid = 0;
	reader->epoch = 0;
	reader->loss = 0;
}

void mr_reader_abandon(struct mr_reader *reader)
{
	kill(reader->pid, SIGKILL);
	waitpid(reader->pid, NULL, WNOHANG);
	reader->lost_pid = reader->pid;
	forget(reader);
}

static void note_cost(struct mr_reader *reader, const struct rusage *cost)
{
	if (cost->ru_maxrss > reader->peak_rss_kib)
		reader->peak_rss_kib = cost->ru_maxrss;
	reader->cpu_user_us += mr_microseconds(cost->ru_utime);
	reader->cpu_system_us += mr_microseconds(cost->ru_stime);
}

/* Nothing more will be asked. */
static void hang_up(struct mr_reader *reader)
{
	mr_buffer_clear(&reader->asks);
	reader->head_bytes = reader->sent_bytes = 0;
	if (reader->ask_fd >= 0)
		close(reader->ask_fd);
	reader->ask_fd = -1;
}

static void collect(struct mr_reader *reader, uint64_t until_ns)
{
	struct pollfd wait = {.fd = reader->done_fd};
	uint64_t now_ns = mr_now_ns();
	struct rusage cost = {0};

	/* the end of its pipe is the end of the process, but for what the kernel has to tidy up */
	poll(&wait, 1, now_ns < until_ns ? (int)((until_ns - now_ns) / MR_MILLISECOND_NS) : 0);
	while (wait4(reader->pid, NULL, WNOHANG, &cost) == 0) {
		if (mr_now_ns() >= until_ns) {
			mr_reader_abandon(reader);
			return;
		}
		poll(NULL, 0, 1);
	}
	note_cost(reader, &cost);
	forget(reader);
}

void mr_readers_end(struct mr_reader *readers, unsigned count)
{
	uint64_t until_ns = mr_now_ns() + END_LIMIT_NS;

	for (unsigned i = 0; i < count; i++)
		hang_up(&readers[i]);
	for (unsigned i = 0; i < count; i++)
		if (readers[i].pid)
			collect(&readers[i], until_ns);
}

void mr_reader_end(struct mr_reader *reader)
{
	mr_readers_end(reader, 1);
}

void mr_reader_deinit(struct mr_reader *reader)
{
	if (reader->pid)
		mr_reader_abandon(reader);
	mr_buffer_deinit(&reader->asks);
	mr_buffer_deinit(&reader->shunned);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

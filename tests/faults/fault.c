/* fault: run a program and let one of its system calls go wrong.
 *
 *   fault -c [-s] [-o FILE] [-b CALL] -- COMMAND...
 *       count: FILE gets a line "ROLE CALL COUNT" for each system call that is made
 *   fault [-s] [-o FILE] [-b CALL] [-l SECONDS] ROLE CALL FIRST LAST ACTION -- COMMAND...
 *       what ROLE makes of CALL goes wrong from the FIRST to the LAST time; FILE gets "hits COUNT", how
 *       often it did, and "reason TEXT", what strerror() says of the errno
 *
 * Roles are those of the collector, each counted over all its processes together: writer (the process that is
 * started), reader (one that has asked to die with its parent), helper (any other).  With -s, for the analyzer, a
 * reader that is a child of the writer is a spawner: it forks the readers.
 *
 * With -b the program begins with its first CALL; what the C library does before main() is not counted.
 * What is written to standard error is let through: how else would we hear of it?
 *
 * Actions: an errno name, which the call fails with and is not made; "zero", it returns 0 and is not made;
 * "short", a read or write of half the bytes, really made; "kill", its process gets SIGKILL; "delay:MS";
 * "signal:SIGNAL", to the writer while ROLE is in that call.
 *
 * Exit status: that of the command, 128 + N when a signal ended it; 123 when a process of it outlived it, 124
 * when it took longer than the limit (whoever is left is killed then); 125 wrong use; 126 this kernel cannot
 * do it.
 *
 * Not strace, which counts for each process by itself, and not ptrace, whose registers are others on every
 * architecture: the kernel asks us before it makes the calls of a process (seccomp_unotify(2), Linux 5.5;
 * pidfd_getfd(2), 5.6).  Filters that the program makes itself stay in force: where one forbids a call, the
 * kernel does not ask. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_ORPHAN 123
#define EXIT_HANGS 124
#define EXIT_WRONG_USE 125
#define EXIT_CANNOT 126
#define CALLS_MAX 1024
#define PROCESSES_MAX 4096
#define DELAYED_MAX 64
/* A process that outlives the writer has so long to see that it is gone. */
#define ORPHAN_LIMIT_MS 2000

enum role { ROLE_WRITER, ROLE_READER, ROLE_SPAWNER, ROLE_HELPER, ROLES_COUNT };
static const char *const role_names[ROLES_COUNT] = {"writer", "reader", "spawner", "helper"};

enum action { ACTION_FAIL, ACTION_ZERO, ACTION_SHORT, ACTION_KILL, ACTION_DELAY, ACTION_SIGNAL };

/* What goes wrong. */
static struct {
	bool only_counts;
	enum role role;
	int call;
	unsigned long first, last;
	enum action action;
	int number; /* errno, signal or milliseconds */
} plan;

/* Calls that are held up. */
static struct {
	struct seccomp_notif_resp answer;
	uint64_t until_ms;
} delayed[DELAYED_MAX];
static unsigned delayed_count;

static unsigned long limit_s = 30, hits_count;
static unsigned long counts[ROLES_COUNT][CALLS_MAX];
static int first_call = -1; /* that counts; -1: it was made */
/* Those that have asked to die with their parent. */
static struct {
	pid_t pid;
	enum role role;
} mortals[PROCESSES_MAX];
static unsigned mortals_count;
static bool has_spawner; /* between the writer and the readers */
static pid_t writer;

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static enum role role_of(pid_t pid)
{
	if (pid == writer)
		return ROLE_WRITER;
	for (unsigned i = 0; i < mortals_count; i++)
		if (mortals[i].pid == pid)
			return mortals[i].role;
	return ROLE_HELPER;
}

static pid_t parent_of(pid_t pid)
{
	char path[64];
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *file = fopen(path, "re");
	if (file && fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
		parent = 0;
	if (file)
		fclose(file);
	return parent;
}

static void note_mortal(pid_t pid)
{
	if (pid == writer || mortals_count == PROCESSES_MAX || role_of(pid) != ROLE_HELPER)
		return;
	mortals[mortals_count].pid = pid;
	mortals[mortals_count++].role = has_spawner && parent_of(pid) == writer ? ROLE_SPAWNER : ROLE_READER;
}

static int call_of(const char *name)
{
	int call = seccomp_syscall_resolve_name(name);

	if (call < 0)
		errx(EXIT_WRONG_USE, "no such system call: %s", name);
	return call;
}

static int errno_of(const char *name)
{
	for (int number = 1; number < 140; number++)
		if (strerrorname_np(number) && !strcmp(strerrorname_np(number), name))
			return number;
	errx(EXIT_WRONG_USE, "no such error: %s", name);
}

static int signal_of(const char *name)
{
	for (int number = 1; number < NSIG; number++)
		if (sigabbrev_np(number) && !strncmp(name, "SIG", 3) &&
		    !strcmp(sigabbrev_np(number), name + 3))
			return number;
	errx(EXIT_WRONG_USE, "no such signal: %s", name);
}

static void parse_action(const char *text)
{
	static const char signal_prefix[] = "signal:", delay_prefix[] = "delay:";

	if (!strcmp(text, "zero"))
		plan.action = ACTION_ZERO;
	else if (!strcmp(text, "short"))
		plan.action = ACTION_SHORT;
	else if (!strcmp(text, "kill"))
		plan.action = ACTION_KILL;
	else if (!strncmp(text, delay_prefix, strlen(delay_prefix))) {
		plan.action = ACTION_DELAY;
		plan.number = atoi(text + strlen(delay_prefix));
	} else if (!strncmp(text, signal_prefix, strlen(signal_prefix))) {
		plan.action = ACTION_SIGNAL;
		plan.number = signal_of(text + strlen(signal_prefix));
	} else
		plan.number = errno_of(text);
}

static void parse_plan(char *words[])
{
	for (plan.role = 0; plan.role < ROLES_COUNT && strcmp(words[0], role_names[plan.role]) != 0;
	     plan.role++)
		continue;
	if (plan.role == ROLES_COUNT)
		errx(EXIT_WRONG_USE, "no such role: %s", words[0]);
	plan.call = call_of(words[1]);
	plan.first = strtoul(words[2], NULL, 10);
	plan.last = strtoul(words[3], NULL, 10);
	parse_action(words[4]);
}

/* The calls that are ours to judge, in the program to be.  @return the descriptor to be asked on; or it exits
 */
static int install_filter(void)
{
	scmp_filter_ctx filter = seccomp_init(plan.only_counts ? SCMP_ACT_NOTIFY : SCMP_ACT_ALLOW);
	int result = filter ? 0 : -ENOMEM;

	if (!result && !plan.only_counts) {
		/* the descriptor is there until execve(); prctl() tells who is a reader */
		const int calls[] = {plan.call, SCMP_SYS(execve), SCMP_SYS(prctl),
				     first_call < 0 ? plan.call : first_call};

		for (size_t i = 0; !result && i < sizeof(calls) / sizeof(calls[0]); i++) {
			result = seccomp_rule_add(filter, SCMP_ACT_NOTIFY, calls[i], 0);
			/* it may be one of the others */
			result = result == -EEXIST ? 0 : result;
		}
	}
	if (!result)
		result = seccomp_load(filter);
	if (result) {
		fprintf(stderr, "fault: seccomp: %s\n", strerror(-result));
		_exit(EXIT_CANNOT);
	}
	return seccomp_notify_fd(filter);
}

/* An open file of another process.  @return a descriptor of ours, or -1 with errno */
static int fd_of(pid_t pid, int fd)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int ours = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	int error_number = errno;

	if (pidfd >= 0)
		close(pidfd);
	errno = error_number;
	return ours;
}

static _Noreturn void become(char *command[], volatile int *ret_fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0); /* who is left can be killed together */
	*ret_fd = install_filter();
	execv(command[0], command);
	_exit(127);
}

/* Start the command.  The descriptor to be asked on cannot be sent to us: every call of the other waits for
 * an answer. @return it */
static int start(char *command[])
{
	volatile int *fd = mmap(NULL, sizeof(*fd), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	if (fd == MAP_FAILED)
		err(EXIT_CANNOT, "mmap");
	*fd = -1;
	/* who loses its parent becomes our child */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	writer = fork();
	if (writer < 0)
		err(EXIT_CANNOT, "fork");
	if (!writer)
		become(command, fd);
	while (*fd < 0) {
		if (waitpid(writer, &status, WNOHANG) > 0)
			exit(EXIT_CANNOT);
		usleep(100);
	}
	int ours = fd_of(writer, *fd);
	if (ours < 0) {
		kill(writer, SIGKILL);
		err(EXIT_CANNOT, "pidfd_getfd");
	}
	return ours;
}

static ssize_t write_for(pid_t pid, int fd, const struct iovec *there, const off_t *offset)
{
	static char bytes[65536];
	struct iovec here = {bytes, there->iov_len < sizeof(bytes) ? there->iov_len : sizeof(bytes)};
	ssize_t got_bytes = process_vm_readv(pid, &here, 1, there, 1, 0);

	if (got_bytes <= 0)
		return -1;
	return offset ? pwrite(fd, bytes, (size_t)got_bytes, *offset) : write(fd, bytes, (size_t)got_bytes);
}

static ssize_t read_for(pid_t pid, int fd, const struct iovec *there, const off_t *offset)
{
	static char bytes[65536];
	size_t length_bytes = there->iov_len < sizeof(bytes) ? there->iov_len : sizeof(bytes);
	ssize_t got_bytes = offset ? pread(fd, bytes, length_bytes, *offset) : read(fd, bytes, length_bytes);
	struct iovec here = {bytes, got_bytes > 0 ? (size_t)got_bytes : 0};

	if (got_bytes > 0 && process_vm_writev(pid, &here, 1, there, 1, 0) != got_bytes)
		errx(EXIT_CANNOT, "process_vm_writev: the bytes that were read are lost");
	return got_bytes;
}

/* Half of a read or write, made for the other with its own open file.  @return bytes, or -1 when there is no
 * half */
static ssize_t do_half(const struct seccomp_notif *asked)
{
	pid_t pid = (pid_t)asked->pid;
	const struct iovec there = {(void *)(uintptr_t)asked->data.args[1], asked->data.args[2] / 2};
	off_t offset = (off_t)asked->data.args[3];
	ssize_t done_bytes = -1;

	int fd = there.iov_len ? fd_of(pid, (int)asked->data.args[0]) : -1;
	if (fd < 0)
		return -1;
	if (asked->data.nr == SCMP_SYS(write) || asked->data.nr == SCMP_SYS(pwrite64))
		done_bytes =
			write_for(pid, fd, &there, asked->data.nr == SCMP_SYS(pwrite64) ? &offset : NULL);
	else
		done_bytes = read_for(pid, fd, &there, asked->data.nr == SCMP_SYS(pread64) ? &offset : NULL);
	close(fd);
	return done_bytes;
}

/* What the program says about it is always heard. */
static bool is_message(const struct seccomp_notif *asked)
{
	return asked->data.nr == SCMP_SYS(write) && (int)asked->data.args[0] == STDERR_FILENO;
}

/* Is this the call that goes wrong?  Counts it. */
static bool is_hit(const struct seccomp_notif *asked)
{
	pid_t pid = (pid_t)asked->pid;

	if (asked->data.nr == SCMP_SYS(prctl) && asked->data.args[0] == PR_SET_PDEATHSIG)
		note_mortal(pid);
	enum role role = role_of(pid);
	int call = asked->data.nr;
	if (call == first_call)
		first_call = -1;
	if (first_call >= 0 || call < 0 || call >= CALLS_MAX || is_message(asked))
		return false;
	unsigned long number = ++counts[role][call];
	return !plan.only_counts && role == plan.role && call == plan.call && number >= plan.first &&
	       number <= plan.last;
}

/* @return whether there is room for one more */
static bool delay(const struct seccomp_notif_resp *answer)
{
	if (delayed_count == DELAYED_MAX)
		return false;
	delayed[delayed_count].answer = *answer;
	delayed[delayed_count++].until_ms = now_ms() + (uint64_t)plan.number;
	return true;
}

static void answer_delayed(int fd)
{
	for (unsigned i = 0; i < delayed_count;) {
		if (delayed[i].until_ms > now_ms()) {
			i++;
			continue;
		}
		ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &delayed[i].answer);
		delayed[i] = delayed[--delayed_count];
	}
}

/* A close() that fails has let go of the file all the same: something harmless takes its place. */
static void let_go(int fd, const struct seccomp_notif *asked)
{
	struct seccomp_notif_addfd instead = {
		.id = asked->id,
		.flags = SECCOMP_ADDFD_FLAG_SETFD,
		.srcfd = (unsigned)open("/dev/null", O_RDONLY | O_CLOEXEC),
		.newfd = (unsigned)asked->data.args[0],
		.newfd_flags = O_CLOEXEC,
	};

	ioctl(fd, SECCOMP_IOCTL_NOTIF_ADDFD, &instead);
	close((int)instead.srcfd);
}

/* Let it go wrong.  @return whether it did: of one byte there is no half */
static bool go_wrong(int fd, const struct seccomp_notif *asked, struct seccomp_notif_resp *answer)
{
	ssize_t done_bytes;

	switch (plan.action) {
	case ACTION_FAIL:
		if (asked->data.nr == SCMP_SYS(close))
			let_go(fd, asked);
		answer->flags = 0;
		answer->error = -plan.number;
		return true;
	case ACTION_ZERO:
		answer->flags = 0;
		return true;
	case ACTION_SHORT:
		done_bytes = do_half(asked);
		if (done_bytes < 0)
			return false;
		answer->flags = 0;
		answer->val = done_bytes;
		return true;
	case ACTION_KILL:
		return !kill((pid_t)asked->pid, SIGKILL);
	case ACTION_DELAY:
		return delay(answer);
	case ACTION_SIGNAL:
		return !kill(writer, plan.number);
	}
	return false;
}

/* Answer one question of the kernel.  Whoever asked may be gone meanwhile. */
static void answer_one(int fd)
{
	struct seccomp_notif asked = {0};
	struct seccomp_notif_resp answer = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

	if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return;
	answer.id = asked.id;
	bool went_wrong = is_hit(&asked) && go_wrong(fd, &asked, &answer);
	hits_count += went_wrong;
	if (!went_wrong || plan.action != ACTION_DELAY)
		ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* Collect those that ended.  @return whether there are others */
static bool has_processes(int *writer_status, bool *writer_ended)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != writer)
			continue;
		*writer_status = status;
		*writer_ended = true;
	}
	return !pid;
}

/* Answer until the command and all its processes have ended.  @return its exit status */
static int watch(int fd)
{
	uint64_t until_ms = now_ms() + limit_s * 1000;
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	bool writer_ended = false, had_ended = false;
	int status = 0;

	for (;;) {
		if (poll(&wait, 1, 10) > 0 && wait.revents & POLLIN)
			answer_one(fd);
		answer_delayed(fd);
		if (!has_processes(&status, &writer_ended))
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (writer_ended && !had_ended)
			until_ms = now_ms() + ORPHAN_LIMIT_MS;
		had_ended = writer_ended;
		if (now_ms() > until_ms) {
			kill(-writer, SIGKILL);
			return writer_ended ? EXIT_ORPHAN : EXIT_HANGS;
		}
	}
}

static void report(const char *path)
{
	FILE *file = path ? fopen(path, "w") : stderr;

	if (!file)
		err(EXIT_CANNOT, "%s", path);
	if (!plan.only_counts)
		fprintf(file, "hits %lu\n", hits_count);
	if (!plan.only_counts && plan.action == ACTION_FAIL)
		fprintf(file, "reason %s\n", strerror(plan.number));
	for (int role = 0; plan.only_counts && role < ROLES_COUNT; role++) {
		for (int call = 0; call < CALLS_MAX; call++) {
			if (!counts[role][call])
				continue;
			char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);
			fprintf(file, "%s %s %lu\n", role_names[role], name ? name : "unknown",
				counts[role][call]);
			free(name);
		}
	}
	if (file != stderr)
		fclose(file);
}

int main(int count, char *arguments[])
{
	const char *output = NULL;
	int option;

	while ((option = getopt(count, arguments, "+csb:o:l:")) >= 0) {
		if (option == 'c')
			plan.only_counts = true;
		else if (option == 's')
			has_spawner = true;
		else if (option == 'o')
			output = optarg;
		else if (option == 'b')
			first_call = call_of(optarg);
		else if (option == 'l')
			limit_s = strtoul(optarg, NULL, 10);
		else
			return EXIT_WRONG_USE;
	}
	char **words = arguments + optind;
	int words_count = plan.only_counts ? 0 : 5, left_count = count - optind;
	/* getopt() takes the "--" that stands right behind the options */
	if (!plan.only_counts && left_count > words_count + 1 && !strcmp(words[words_count], "--"))
		parse_plan(words);
	else if (!plan.only_counts || left_count < 1)
		errx(EXIT_WRONG_USE,
		     "fault [-o FILE] [-b CALL] [-l SECONDS] -c|ROLE CALL FIRST LAST ACTION -- COMMAND...");
	int status = watch(start(words + words_count + !plan.only_counts));
	report(output);
	return status;
}

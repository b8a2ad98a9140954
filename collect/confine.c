/* The filters.  What each call is needed for stands beside it; tests/unit/test_confine.c tries to break out.
 */
#include "collect/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/confine_program.h"
#include "collect/status.h"
#include "collect/stop.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Younger than the libseccomp that we build with; the number is the same everywhere. */
#define SYS_CACHESTAT 451

/* clone(2): "on s390 the first two arguments are the other way round" */
#ifdef __s390__
#define CLONE_FLAGS_ARGUMENT 1
#else
#define CLONE_FLAGS_ARGUMENT 0
#endif

/* Any of these makes an open more than reading.  O_DIRECTORY is a part of O_TMPFILE and does no harm. */
#define OPEN_FLAGS_THAT_WRITE (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

/* Needed by both, whatever the arguments.  The filter looks for the first ones first. */
#define CALLED_FOR_EVERY_FILE 6
static const int of_both[] = {
	SCMP_SYS(read),
	SCMP_SYS(close),
	SCMP_SYS(newfstatat),
	SCMP_SYS(pread64),
	SCMP_SYS(getdents64),
	SCMP_SYS(fstat),
	SCMP_SYS(lseek),
	SCMP_SYS(clock_gettime), /* where the vDSO cannot answer */
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(close_range),
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise), /* what malloc() gives back */
	SCMP_SYS(futex),   /* locks of the C library */
	SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(restart_syscall), /* what waited goes on behind SIGCONT or a debugger */
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(getpid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getrusage),
	SCMP_SYS(sysinfo), /* qsort() asks how much memory there is */
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	/* the same where a long or a time has 32 bits */
	SCMP_SYS(statx),
	SCMP_SYS(fstat64),
	SCMP_SYS(fstatat64),
	SCMP_SYS(_llseek),
	SCMP_SYS(sigreturn),
	SCMP_SYS(ugetrlimit),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(ppoll_time64),
	SCMP_SYS(futex_time64),
};

static const int of_writer[] = {
	/* readers that ended, and the next one */
	SCMP_SYS(wait4),
	SCMP_SYS(waitid),
	SCMP_SYS(pipe2),
	SCMP_SYS(pipe),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	/* what a reader does before it is confined itself: it only gives up; nothing can be gained */
	SCMP_SYS(seccomp),
	SCMP_SYS(capget),
	SCMP_SYS(capset),
	/* what the archive has left in the page cache */
	SCMP_SYS(mincore),
	SYS_CACHESTAT,
	/* facts for capture/meta.csv */
	SCMP_SYS(uname),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getuid32),
	SCMP_SYS(geteuid32),
	SCMP_SYS(gettid),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(getpriority),
	SCMP_SYS(ioprio_get),
	/* realpath() of the tree */
	SCMP_SYS(getcwd),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
};

/* The C library falls back to an older call when it hears that there is no such one, but not when it is
 * forbidden. */
static const int too_young[] = {
	SCMP_SYS(clone3),
	SCMP_SYS(openat2),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(futex_waitv),
};

/* Nobody does this by accident. */
static const int deadly[] = {
	/* out into the network, or to a process that listens */
	SCMP_SYS(socket),
	SCMP_SYS(socketpair),
	SCMP_SYS(socketcall),
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(listen),
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg),
	/* another program */
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(uselib),
	SCMP_SYS(memfd_create),
/* another process */
#ifndef __SANITIZE_ADDRESS__
	SCMP_SYS(ptrace),
#endif
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(process_madvise),
	SCMP_SYS(pidfd_open),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(pidfd_send_signal),
	SCMP_SYS(kcmp),
	/* another view of the machine */
	SCMP_SYS(mount),
	SCMP_SYS(umount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(open_tree),
	SCMP_SYS(move_mount),
	SCMP_SYS(mount_setattr),
	SCMP_SYS(fsopen),
	SCMP_SYS(fsconfig),
	SCMP_SYS(fsmount),
	SCMP_SYS(fspick),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(personality),
	/* another user */
	SCMP_SYS(setuid),
	SCMP_SYS(setgid),
	SCMP_SYS(setresuid),
	SCMP_SYS(setresgid),
	SCMP_SYS(setreuid),
	SCMP_SYS(setregid),
	SCMP_SYS(setfsuid),
	SCMP_SYS(setfsgid),
	SCMP_SYS(setgroups),
	/* into the kernel, or around this filter */
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register),
	SCMP_SYS(io_setup),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(iopl),
	SCMP_SYS(ioperm),
	SCMP_SYS(modify_ldt),
	SCMP_SYS(syslog),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(keyctl),
	/* the machine itself */
	SCMP_SYS(reboot),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	SCMP_SYS(acct),
	SCMP_SYS(quotactl),
	SCMP_SYS(sethostname),
	SCMP_SYS(setdomainname),
	SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime),
	SCMP_SYS(clock_settime64),
	SCMP_SYS(adjtimex),
	SCMP_SYS(clock_adjtime),
};

#ifdef __SANITIZE_ADDRESS__
/* What AddressSanitizer does itself: stacks and shadow memory of its own, and at the end a thread that stops
 * the program and looks for leaks.  Such a program is for tests; it is not the one that is given away. */
static const int of_sanitizer[] = {
	/* memory */
	SCMP_SYS(sigaltstack),
	SCMP_SYS(mprotect),
	SCMP_SYS(sched_yield),
	/* the search for leaks */
	SCMP_SYS(clone),
	SCMP_SYS(ptrace),
	SCMP_SYS(prctl),
	SCMP_SYS(getppid),
	SCMP_SYS(gettid),
	SCMP_SYS(wait4),
	SCMP_SYS(tgkill),
	SCMP_SYS(arch_prctl),
};
#endif

/* A filter that is being put together.  Errors stick. */
struct filter {
	scmp_filter_ctx rules;
	int result;
	pid_t pid; /* of the process that it is for */
};

/* Readers that the confined writer forks find theirs here. */
static struct mr_confine_program of_readers;

static char held[64] = "no: --no-confine";

static void add(struct filter *filter, uint32_t action, int call, unsigned count,
		const struct scmp_arg_cmp *arguments)
{
	/* a negative number: this architecture has no such call */
	if (filter->result || call < 0)
		return;
	int result = seccomp_rule_add_array(filter->rules, action, call, count, arguments);
	/* the same descriptor may be named twice */
	if (result < 0 && result != -EEXIST)
		filter->result = result;
}

static void add_all(struct filter *filter, uint32_t action, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(filter, action, calls[i], 0, NULL);
}

/* An int in a register of 64 bits has anything above it; the kernel looks at the int alone, and so do we. */
static struct scmp_arg_cmp int_is(unsigned argument, int value)
{
	return SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, UINT32_MAX, (uint32_t)value);
}

static struct scmp_arg_cmp has_none_of(unsigned argument, unsigned bits)
{
	return SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, bits, 0);
}

static void allow_if(struct filter *filter, int call, struct scmp_arg_cmp condition)
{
	add(filter, SCMP_ACT_ALLOW, call, 1, &condition);
}

static void allow_opening(struct filter *filter)
{
	allow_if(filter, SCMP_SYS(openat), has_none_of(2, OPEN_FLAGS_THAT_WRITE));
}

static void allow_writing(struct filter *filter, int fd)
{
	allow_if(filter, SCMP_SYS(write), int_is(0, fd));
	allow_if(filter, SCMP_SYS(writev), int_is(0, fd)); /* last words of the C library */
}

static void allow_memory(struct filter *filter)
{
#ifdef __s390__
	/* its arguments are behind a pointer */
	add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 0, NULL);
#else
	allow_if(filter, SCMP_SYS(mmap), has_none_of(2, PROT_EXEC));
	allow_if(filter, SCMP_SYS(mmap2), has_none_of(2, PROT_EXEC));
#endif
}

/* fdopendir() looks at the flags.  Not F_SETOWN: it makes the kernel send signals to anybody. */
static void allow_descriptor_flags(struct filter *filter)
{
	static const int commands[] = {F_GETFD, F_SETFD, F_GETFL, F_SETFL};

	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		allow_if(filter, SCMP_SYS(fcntl), int_is(1, commands[i]));
		allow_if(filter, SCMP_SYS(fcntl64), int_is(1, commands[i]));
	}
}

/* Asking for a limit, not setting one: no new limit is given. */
static void allow_asking_for_limits(struct filter *filter)
{
	const struct scmp_arg_cmp sets_none = SCMP_CMP64(2, SCMP_CMP_EQ, 0);

	allow_if(filter, SCMP_SYS(prlimit64), sets_none);
}

/* Without this the filter would look for the highest number first, and for read() last. */
static void look_first(struct filter *filter)
{
	seccomp_syscall_priority(filter->rules, SCMP_SYS(openat), UINT8_MAX);
	for (size_t i = 0; i < CALLED_FOR_EVERY_FILE; i++)
		if (of_both[i] >= 0)
			seccomp_syscall_priority(filter->rules, of_both[i], (uint8_t)(UINT8_MAX - i));
}

static void allow_of_both(struct filter *filter)
{
	allow_opening(filter);
	add_all(filter, SCMP_ACT_ALLOW, of_both, COUNT_OF(of_both));
	look_first(filter);
	allow_memory(filter);
	allow_descriptor_flags(filter);
	allow_asking_for_limits(filter);
	add_all(filter, SCMP_ACT_ERRNO(ENOSYS), too_young, COUNT_OF(too_young));
#ifdef __SANITIZE_ADDRESS__
	add_all(filter, SCMP_ACT_ALLOW, of_sanitizer, COUNT_OF(of_sanitizer));
	allow_writing(filter, STDERR_FILENO);
#endif
}

/* fork() as the C library does it, and nothing that shares memory or makes a namespace. */
static void allow_forking(struct filter *filter)
{
	allow_if(filter, SCMP_SYS(clone),
		 int_is(CLONE_FLAGS_ARGUMENT, SIGCHLD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID));
}

/* To one process, SIGKILL; to ourselves, what we die of. */
static void allow_signals(struct filter *filter)
{
	static const int own[] = {MR_STOP_SIGNALS, SIGABRT};
	/* a negative pid is a group, or everybody */
	const struct scmp_arg_cmp kills_one[] = {has_none_of(0, 1u << 31), int_is(1, SIGKILL)};

	add(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), COUNT_OF(kills_one), kills_one);
	for (size_t i = 0; i < COUNT_OF(own); i++) {
		const struct scmp_arg_cmp ourselves[] = {int_is(0, filter->pid), int_is(2, own[i])};

		add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), COUNT_OF(ourselves), ourselves);
	}
}

/* What a reader does on itself when it begins. */
static void allow_reader_to_begin(struct filter *filter)
{
	static const int options[] = {PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_CAPBSET_DROP,
				      PR_CAPBSET_READ};

	for (size_t i = 0; i < COUNT_OF(options); i++)
		allow_if(filter, SCMP_SYS(prctl), int_is(0, options[i]));
}

static void allow_pipe(struct filter *filter, int fd)
{
	allow_writing(filter, fd);
	allow_if(filter, SCMP_SYS(dup2), int_is(1, fd));
	allow_if(filter, SCMP_SYS(dup3), int_is(1, fd));
}

static void allow_output(struct filter *filter, int fd)
{
	allow_writing(filter, fd);
	allow_if(filter, SCMP_SYS(fsync), int_is(0, fd));
	/* on its way to the disk, and out of the page cache */
	allow_if(filter, SCMP_SYS(fdatasync), int_is(0, fd));
	allow_if(filter, SCMP_SYS(fadvise64), int_is(0, fd));
	allow_if(filter, SCMP_SYS(fadvise64_64), int_is(0, fd));
	allow_if(filter, SCMP_SYS(arm_fadvise64_64), int_is(0, fd));
}

static void allow_publishing(struct filter *filter, int directory_fd)
{
	const struct scmp_arg_cmp link[] = {int_is(0, directory_fd), int_is(2, directory_fd), int_is(4, 0)};
	const struct scmp_arg_cmp rename[] = {int_is(0, directory_fd), int_is(2, directory_fd),
					      int_is(4, RENAME_NOREPLACE)};
	const struct scmp_arg_cmp unlink[] = {int_is(0, directory_fd), int_is(2, 0)};

	add(filter, SCMP_ACT_ALLOW, SCMP_SYS(linkat), COUNT_OF(link), link);
	add(filter, SCMP_ACT_ALLOW, SCMP_SYS(renameat2), COUNT_OF(rename), rename);
	add(filter, SCMP_ACT_ALLOW, SCMP_SYS(unlinkat), COUNT_OF(unlink), unlink);
}

static void fill_for_reader(struct filter *filter, const struct mr_confine_fds *fds)
{
	allow_of_both(filter);
	for (unsigned i = 0; i < fds->pipe_fds_count; i++)
		allow_if(filter, SCMP_SYS(write), int_is(0, fds->pipe_fds[i]));
}

static void fill_for_writer(struct filter *filter, const struct mr_confine_fds *fds)
{
	allow_of_both(filter);
	allow_output(filter, fds->output_fd);
	allow_writing(filter, STDERR_FILENO);
	for (unsigned i = 0; i < fds->pipe_fds_count; i++)
		allow_pipe(filter, fds->pipe_fds[i]);
	add_all(filter, SCMP_ACT_ALLOW, of_writer, COUNT_OF(of_writer));
	allow_forking(filter);
	allow_signals(filter);
	allow_reader_to_begin(filter);
	if (fds->directory_fd >= 0)
		allow_publishing(filter, fds->directory_fd);
}

typedef void filler(struct filter *filter, const struct mr_confine_fds *fds);

/* What a filter is for. */
struct recipe {
	filler *fill; /* NULL: everything is allowed that is not deadly */
	const struct mr_confine_fds *fds;
	pid_t pid; /* of the process that will load it */
};

/* Put a filter together and write its instructions to a pipe.  Nothing is freed: the process ends here. */
static int put_together(const void *wanted, int to_fd)
{
	const struct recipe *recipe = wanted;
	struct filter filter = {.rules = seccomp_init(recipe->fill ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW),
				.pid = recipe->pid};

	if (!filter.rules)
		return -ENOMEM;
	/* Linux before 4.14 ends the thread; there is only one. */
	uint32_t end = seccomp_api_get() >= 3 ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_KILL;
	add_all(&filter, end, deadly, COUNT_OF(deadly));
	if (recipe->fill)
		recipe->fill(&filter, recipe->fds);
	return filter.result ? filter.result : seccomp_export_bpf(filter.rules, to_fd);
}

static int make_program(struct mr_confine_program *ret, filler *fill, const struct mr_confine_fds *fds)
{
	const struct recipe recipe = {.fill = fill, .fds = fds, .pid = getpid()};

	return mr_confine_program_make(ret, put_together, &recipe);
}

static int load_and_tell(const struct mr_confine_program *program)
{
	int result = mr_confine_program_load(program);

	if (!result)
		snprintf(held, sizeof(held), "seccomp");
	else if (result == -EINVAL || result == -ENOSYS)
		snprintf(held, sizeof(held), "no: the kernel has no system call filters");
	else if (result == -EPERM || result == -EACCES)
		snprintf(held, sizeof(held), "no: system call filters are forbidden here");
	else
		snprintf(held, sizeof(held), "no: seccomp: %s", mr_status_name(-result));
	return result;
}

static int tell_not_made(int result)
{
	snprintf(held, sizeof(held), "no: the filter was not made: %s", mr_status_name(-result));
	return result;
}

int mr_confine_writer(const struct mr_confine_fds *fds)
{
	static struct mr_confine_program of_writer_itself;
	int result = make_program(&of_readers, fill_for_reader, fds);

	if (!result)
		result = make_program(&of_writer_itself, fill_for_writer, fds);
	return result ? tell_not_made(result) : load_and_tell(&of_writer_itself);
}

int mr_confine_reader(int done_fd)
{
	const struct mr_confine_fds fds = {.pipe_fds = &done_fd, .pipe_fds_count = 1};
	int result = of_readers.count ? 0 : make_program(&of_readers, fill_for_reader, &fds);

	return result ? tell_not_made(result) : load_and_tell(&of_readers);
}

int mr_confine_series(void)
{
	static struct mr_confine_program of_series;
	int result = make_program(&of_series, NULL, NULL);

	return result ? result : mr_confine_program_load(&of_series);
}

const char *mr_confine_held(void)
{
	return held;
}

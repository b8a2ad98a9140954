/* The filter.  See confine.h. */
#include "analyze/import/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Any of these makes an open more than reading.  O_DIRECTORY is a part of O_TMPFILE and does no harm. */
#define OPEN_FLAGS_THAT_WRITE (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

/* Needed whatever the arguments. */
static const int always[] = {
	SCMP_SYS(read),
	SCMP_SYS(lseek),
	SCMP_SYS(_llseek),
	SCMP_SYS(close),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	SCMP_SYS(newfstatat), /* how the C library does fstat(); looking at files changes nothing */
	SCMP_SYS(fstatat64),
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(futex), /* locks of the C library */
	SCMP_SYS(futex_time64),
	SCMP_SYS(getrandom),     /* keys of hash tables */
	SCMP_SYS(clock_gettime), /* where the vDSO cannot answer */
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask), /* abort() */
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(sysinfo), /* qsort() asks how much memory there is */
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
#ifdef __SANITIZE_ADDRESS__
	SCMP_SYS(sigaltstack),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(sched_yield),
	SCMP_SYS(madvise),
#endif
};

/* Needed to walk a folder; none of them changes anything. */
static const int for_folders[] = {
	SCMP_SYS(getdents64), SCMP_SYS(getdents), SCMP_SYS(statx), SCMP_SYS(fstatfs), SCMP_SYS(fstatfs64),
};

static int allow_all(scmp_filter_ctx context, const int *calls, size_t count)
{
	int result = 0;

	for (size_t i = 0; !result && i < count; i++) {
		result = seccomp_rule_add(context, SCMP_ACT_ALLOW, calls[i], 0);
		/* no such call on this machine */
		if (result == -EDOM)
			result = 0;
	}
	return result;
}

/* Memory of its own, as long as nothing in it can be executed: what is mapped shared could change a file that
 * is open for writing.  On s390x the arguments of mmap() are behind a pointer. */
static int allow_memory(scmp_filter_ctx context)
{
	int result = 0;
#ifdef __s390__
	static const int mmaps[] = {SCMP_SYS(mmap)};
	result = allow_all(context, mmaps, COUNT_OF(mmaps));
#else
	static const int mmaps[] = {SCMP_SYS(mmap), SCMP_SYS(mmap2)};

	for (size_t i = 0; !result && i < COUNT_OF(mmaps); i++) {
		result = seccomp_rule_add(context, SCMP_ACT_ALLOW, mmaps[i], 2,
					  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
					  SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_TYPE, MAP_PRIVATE));
		if (result == -EDOM)
			result = 0;
	}
#endif
	if (!result)
		result = seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
					  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* what malloc() gives back; other advice is for root to break the machine with */
	if (!result)
		result = seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(madvise), 1,
					  SCMP_A2(SCMP_CMP_EQ, MADV_DONTNEED));
	return result;
}

static int allow_telling(scmp_filter_ctx context, int pipe_fd)
{
	int result = seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
				      SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)pipe_fd));
#ifdef __SANITIZE_ADDRESS__
	/* its reports go to standard error */
	if (!result)
		result = seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
					  SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO));
#endif
	return result;
}

static int allow_folders(scmp_filter_ctx context)
{
	int result = allow_all(context, for_folders, COUNT_OF(for_folders));

	if (!result)
		result = seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
					  SCMP_A2(SCMP_CMP_MASKED_EQ, OPEN_FLAGS_THAT_WRITE, O_RDONLY));
	/* of a descriptor that is there, for the stream of its names */
	if (!result)
		result = seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
					  SCMP_A1(SCMP_CMP_EQ, F_DUPFD_CLOEXEC));
	if (!result)
		result = seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
					  SCMP_A1(SCMP_CMP_EQ, F_GETFL));
	if (!result)
		result = seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
					  SCMP_A1(SCMP_CMP_EQ, F_SETFD));
	return result;
}

/* @fd  gets the instructions */
static int write_instructions(int fd, int pipe_fd, bool opens)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);

	/* the library asks the kernel for it (4.14); a worker has only one thread */
	if (!context)
		context = seccomp_init(SCMP_ACT_KILL_THREAD);
	if (!context)
		return -ENOMEM;
	int result = allow_all(context, always, COUNT_OF(always));
	if (!result)
		result = allow_memory(context);
	if (!result)
		result = allow_telling(context, pipe_fd);
	if (!result && opens)
		result = allow_folders(context);
	if (!result)
		result = seccomp_export_bpf(context, fd);
	seccomp_release(context);
	return result;
}

/* In a process of its own: libseccomp 2.5 reads through NULL when there is no memory. */
static int have_written(int fd, int pipe_fd, bool opens)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(-write_instructions(fd, pipe_fd, opens));
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ENOMEM;
}

int mr_confine_make(struct mr_confine_filter *ret, int pipe_fd, bool opens)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);

	ret->count = 0;
	if (fd < 0)
		return -errno;
	int result = have_written(fd, pipe_fd, opens);
	ssize_t got = result ? 0 : pread(fd, ret->instructions, sizeof(ret->instructions), 0);
	close(fd);
	if (result || got < 0)
		return result ? result : -EIO;
	if (!got || got == sizeof(ret->instructions))
		return -E2BIG;
	ret->count = (unsigned short)((size_t)got / sizeof(ret->instructions[0]));
	return 0;
}

/* Of a folder's worker the filter lets every file be opened, as it cannot see names; Landlock can: only what
 * is below the folder.  A kernel without it (before 5.13, or switched off) goes without. */
static void see_only(int folder_fd)
{
	static const struct landlock_ruleset_attr all = {.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE |
									      LANDLOCK_ACCESS_FS_READ_DIR};
	const struct landlock_path_beneath_attr below = {.allowed_access = all.handled_access_fs,
							 .parent_fd = folder_fd};

	int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (rules < 0)
		return;
	if (!syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0))
		syscall(SYS_landlock_restrict_self, rules, 0);
	close(rules);
}

static void limit(const struct mr_confine_bounds *bounds)
{
	static const struct rlimit no_core = {0, 0};
	/* SIGXCPU says why; a process that blocks it gets SIGKILL a second later */
	const struct rlimit cpu = {bounds->cpu_s, (rlim_t)bounds->cpu_s + 1};

#ifndef __SANITIZE_ADDRESS__
	const struct rlimit memory = {bounds->memory_bytes, bounds->memory_bytes};
	if (bounds->memory_bytes)
		setrlimit(RLIMIT_AS, &memory);
#endif
	/* names out of somebody's archive do not lie around in a core file */
	setrlimit(RLIMIT_CORE, &no_core);
	if (bounds->cpu_s)
		setrlimit(RLIMIT_CPU, &cpu);
}

int mr_confine_enter(const struct mr_confine_filter *filter, const struct mr_confine_bounds *bounds)
{
	const struct sock_fprog program = {.len = filter->count,
					   .filter = (struct sock_filter *)filter->instructions};

	limit(bounds);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (bounds->folder_fd >= 0)
		see_only(bounds->folder_fd);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0))
		return -errno;
	return 0;
}

/* Which capabilities the collector needs, tried out file by file as root and as an ordinary user who has just
 * one or two of them:
 *
 *   CAP_SYS_PTRACE       smaps_rollup, smaps, maps, numa_maps and pagemap of others, else EACCES; their
 * wchan, else "0"; under hidepid everything of others CAP_DAC_READ_SEARCH  what belongs to somebody else and
 * is closed to us: pagemap of others; as an ordinary user kpage*, slabinfo, vmallocinfo and pagetypeinfo;
 * folders of a foreign tree CAP_SYS_ADMIN        frame numbers in pagemap and addresses in iomem, else 0
 *
 * Not needed: CAP_SYSLOG, which only makes vmallocinfo print addresses where kernel.kptr_restrict hides them,
 * and no number of ours is an address; CAP_PERFMON, a part of CAP_SYS_PTRACE since Linux 6.13; CAP_KILL, as
 * readers have our user; CAP_SYS_NICE, as priorities are only lowered.
 *
 * The system calls are made directly: libcap would be one more library for two of them. */
#include "collect/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(capability) (UINT64_C(1) << (capability))

/* Source: kernel/ptrace.c __ptrace_may_access(), under fs/proc/base.c proc_mem_open(), proc_pid_wchan() and
 * has_pid_permissions(); fs/namei.c generic_permission(); file_ns_capable() in fs/proc/task_mmu.c
 * pagemap_read() and in kernel/resource.c r_show() */
#define NEEDED_TO_READ (BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYS_ADMIN))

/* Names by number, as capabilities(7) has them. */
static const char *const names[] = {
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"KILL",
	"SETGID",
	"SETUID",
	"SETPCAP",
	"LINUX_IMMUTABLE",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_ADMIN",
	"NET_RAW",
	"IPC_LOCK",
	"IPC_OWNER",
	"SYS_MODULE",
	"SYS_RAWIO",
	"SYS_CHROOT",
	"SYS_PTRACE",
	"SYS_PACCT",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_NICE",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"MKNOD",
	"LEASE",
	"AUDIT_WRITE",
	"AUDIT_CONTROL",
	"SETFCAP",
	"MAC_OVERRIDE",
	"MAC_ADMIN",
	"SYSLOG",
	"WAKE_ALARM",
	"BLOCK_SUSPEND",
	"AUDIT_READ",
	"PERFMON",
	"BPF",
	"CHECKPOINT_RESTORE",
};

struct sets {
	uint64_t effective, permitted, inheritable;
};

static int get_sets(struct sets *ret)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	*ret = (struct sets){
		.effective = data[0].effective | (uint64_t)data[1].effective << 32,
		.permitted = data[0].permitted | (uint64_t)data[1].permitted << 32,
		.inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32,
	};
	return 0;
}

/* What is not in permitted and inheritable leaves the ambient set by itself. */
static int set_sets(const struct sets *sets)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{(uint32_t)sets->effective, (uint32_t)sets->permitted, (uint32_t)sets->inheritable},
		{(uint32_t)(sets->effective >> 32), (uint32_t)(sets->permitted >> 32),
		 (uint32_t)(sets->inheritable >> 32)},
	};

	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

/* It matters to new programs only, and there will be none.  Without CAP_SETPCAP it stays as it is. */
static void empty_bounding_set(void)
{
	for (unsigned long capability = 0; capability < 64; capability++)
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
			return;
}

/* To link and to unlink in a folder of somebody else's, as root who writes to the folder of a user does. */
static uint64_t needed_to_publish(int output_fd, int directory_fd)
{
	uint64_t needed = 0;
	struct stat status;

	if (directory_fd < 0)
		return 0;
	if (fstat(directory_fd, &status) < 0 || status.st_uid != geteuid() || (status.st_mode & 0300) != 0300)
		needed |= BIT(CAP_DAC_OVERRIDE);
	/* file systems that give every file to one user: a sticky folder and fs.protected_hardlinks ask for
	 * the owner */
	if (fstat(output_fd, &status) < 0 || status.st_uid != geteuid())
		needed |= BIT(CAP_FOWNER);
	return needed;
}

static uint64_t what_stays(uint64_t permitted, int output_fd, int directory_fd)
{
	/* Source: security/commoncap.c cap_ptrace_access_check() */
	if (!(permitted & BIT(CAP_SYS_PTRACE)))
		return permitted;
	uint64_t stay = NEEDED_TO_READ | needed_to_publish(output_fd, directory_fd);
	/* containers have the one that may do more and not the other */
	if (!(permitted & BIT(CAP_DAC_READ_SEARCH)))
		stay |= BIT(CAP_DAC_OVERRIDE);
	return permitted & stay;
}

static void print_names(uint64_t capabilities, struct mr_buffer *ret)
{
	for (unsigned number = 0; number < 64; number++) {
		if (!(capabilities & BIT(number)))
			continue;
		if (ret->length_bytes)
			mr_buffer_append_text(ret, " ");
		if (number < sizeof(names) / sizeof(names[0]))
			mr_buffer_printf(ret, "CAP_%s", names[number]);
		else
			mr_buffer_printf(ret, "CAP_%u", number);
	}
}

/* What this process and those that it was forked from have given up, one after another. */
static uint64_t dropped;

int mr_capabilities_drop(int output_fd, int directory_fd, struct mr_buffer *ret_dropped)
{
	struct sets before = {0}, after = {0};
	int result = get_sets(&before);

	if (result < 0)
		return result;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	empty_bounding_set();
	after.permitted = what_stays(before.permitted, output_fd, directory_fd);
	/* what was switched off when we came stays off */
	after.effective = before.effective & after.permitted;
	result = set_sets(&after);
	if (result < 0)
		return result;
	dropped |= before.permitted & ~after.permitted;
	if (ret_dropped)
		print_names(dropped, ret_dropped);
	return 0;
}

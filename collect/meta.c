/* Facts about machine and run.  Those about the machine are asked of it when it is this one, taken over when
 * the tree is an unpacked archive, and else only what the tree itself says: what is not known stays empty. */
#include "collect/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "schema/base/clock.h"
#include "collect/confine.h"
#include "collect/hung.h"
#include "collect/mounts.h"
#include "collect/priority.h"
#include "collect/probes.h"
#include "collect/task_text.h"

/* A mountinfo of 16 MiB names 100,000 mounts. */
#define MOUNTINFO_PARTS_MAX 16

/* A file of the tree as text without its last newline, for free(); NULL when it cannot be read or is empty.
 */
static char *text_of(struct mr_capture *capture, const char *path)
{
	struct mr_reading reading;

	mr_capture_look(capture, "", path, &reading);
	if (reading.error_number || !reading.length_bytes)
		return NULL;
	char *text = strndup(reading.bytes, reading.length_bytes);
	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	return clock_gettime(clock, &now) < 0 ? 0
					      : (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static const char boot_id_path[] = "proc/sys/kernel/random/boot_id";
#define BOOT_ID_BYTES 36

/* That of the running kernel.  @return 0 or an errno */
static int read_our_boot_id(char ret[BOOT_ID_BYTES])
{
	struct mr_tree here = {.root = "/"};

	here.root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = mr_tree_openat(&here, here.root_fd, boot_id_path, O_RDONLY);
	int error_number = fd < 0 ? -fd : 0;
	if (!error_number && read(fd, ret, BOOT_ID_BYTES) != BOOT_ID_BYTES)
		error_number = EIO;
	if (fd >= 0)
		close(fd);
	mr_tree_close(&here);
	return error_number;
}

/* Has the tree the boot id of the running kernel?  Then it is this machine, mounted somewhere else. */
static bool has_our_boot_id(struct mr_capture *capture)
{
	char ours[BOOT_ID_BYTES];
	struct mr_reading theirs;

	mr_capture_look(capture, "", boot_id_path, &theirs);
	int error_number = theirs.error_number ? theirs.error_number : read_our_boot_id(ours);
	/* unless there is none, all is lost that only this machine can tell */
	if (error_number)
		mr_losses_add(&capture->losses, MR_SUBJECT_SYSTEM, boot_id_path, error_number);
	return !error_number && theirs.length_bytes >= BOOT_ID_BYTES &&
	       !memcmp(theirs.bytes, ours, BOOT_ID_BYTES);
}

static void take_over(struct mr_capture *capture, struct mr_facts *facts)
{
	static const char path[] = "capture/meta.csv";
	struct mr_reading reading;

	mr_capture_look(capture, "", path, &reading);
	if (reading.error_number == ENOENT)
		return;
	capture->is_unpacked_archive = true;
	if (!reading.error_number)
		mr_facts_take_over(facts, reading.bytes, reading.length_bytes);
	else
		mr_losses_add(&capture->losses, MR_SUBJECT_SYSTEM, path, reading.error_number);
	/* it says where the cgroups are */
	capture->mounts_status = reading.error_number;
	mr_capture_list(capture, "capture/again", 0, 4096, true, &reading);
	/* those that may be there are not made: there would be two of each */
	capture->has_readings = reading.error_number != ENOENT;
}

/* What a tree of nobody knows where says about itself. */
static void ask_tree(struct mr_capture *capture, struct mr_facts *facts)
{
	char *release = text_of(capture, "proc/sys/kernel/osrelease");
	char *boot_id = text_of(capture, "proc/sys/kernel/random/boot_id");

	mr_facts_set(facts, "kernel_release", release);
	mr_facts_set(facts, "boot_id", boot_id);
	free(release);
	free(boot_id);
}

static void ask_uname(struct mr_facts *facts)
{
	struct utsname names;

	if (uname(&names) < 0)
		return;
	mr_facts_set(facts, "host", names.nodename);
	mr_facts_set(facts, "kernel_release", names.release);
	mr_facts_set(facts, "kernel_version", names.version);
	mr_facts_set(facts, "machine", names.machine);
}

void mr_meta_identify(struct mr_capture *capture, struct mr_facts *facts)
{
	uint64_t realtime_ns = clock_ns(CLOCK_REALTIME);

	capture->realtime_offset_ns = (int64_t)(realtime_ns - capture->start_ns);
	mr_facts_set_number(facts, "realtime_ns", realtime_ns);
	if (capture->tree.is_foreign)
		take_over(capture, facts);
	mr_facts_set_number(facts, "monotonic_ns", capture->start_ns);
	capture->is_this_machine =
		!capture->tree.is_foreign || (!capture->is_unpacked_archive && has_our_boot_id(capture));
	if (capture->is_this_machine)
		ask_uname(facts);
	else if (!capture->is_unpacked_archive)
		ask_tree(capture, facts);
}

uint64_t mr_cpu_list_count(const char *list)
{
	uint64_t count = 0;

	while (*list) {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (end == list || *list == '-')
			return 0;
		if (*end == '-') {
			list = end + 1;
			last = strtoul(list, &end, 10);
			if (end == list || last < first || last == ULONG_MAX)
				return 0;
		}
		count += last - first + 1;
		if (*end && *end != ',')
			return 0;
		list = end + (*end == ',');
	}
	return count;
}

static void count_cpus(struct mr_capture *capture, struct mr_facts *facts, const char *key, const char *path)
{
	char *list = text_of(capture, path);
	uint64_t count = list ? mr_cpu_list_count(list) : 0;

	if (count)
		mr_facts_set_number(facts, key, count);
	free(list);
}

static void ask_cpus(struct mr_capture *capture, struct mr_facts *facts)
{
	cpu_set_t set;

	count_cpus(capture, facts, "cpus_online", "sys/devices/system/cpu/online");
	count_cpus(capture, facts, "cpus_possible", "sys/devices/system/cpu/possible");
	if (capture->is_this_machine && !mr_facts_get(facts, "cpus_online") &&
	    !sched_getaffinity(0, sizeof(set), &set))
		mr_facts_set_number(facts, "cpus_online", (uint64_t)CPU_COUNT(&set));
}

static void ask_namespaces(struct mr_facts *facts)
{
	static const char *const names[] = {"pid", "user", "mnt", "cgroup"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[40], key[32], target[64];

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		snprintf(key, sizeof(key), "namespace_%s", names[i]);
		ssize_t length_bytes = readlink(path, target, sizeof(target) - 1);
		if (length_bytes < 0)
			continue;
		target[length_bytes] = '\0';
		mr_facts_set(facts, key, target);
	}
}

/* In the pid namespace of the procfs we may have another number, or none. */
static void ask_self_in_proc(struct mr_capture *capture, struct mr_facts *facts)
{
	char target[32];
	ssize_t length_bytes = readlinkat(capture->tree.root_fd, "proc/self", target, sizeof(target) - 1);

	if (length_bytes <= 0)
		return;
	target[length_bytes] = '\0';
	if (mr_pid_of_name(target))
		mr_facts_set_number(facts, "proc_self_pid", (uint64_t)mr_pid_of_name(target));
}

static void ask_capabilities(struct mr_capture *capture, struct mr_facts *facts)
{
	char text[4096];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t got_bytes = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (got_bytes <= 0)
		return;
	text[got_bytes] = '\0';
	const char *line = strstr(text, "\nCapEff:");
	if (!line)
		return;
	capture->capabilities = strtoull(line + strlen("\nCapEff:"), NULL, 16);
	mr_facts_set_number(facts, "capabilities_effective", capture->capabilities);
}

static void ask_this_machine(struct mr_capture *capture, struct mr_facts *facts)
{
	char *boot_id = text_of(capture, "proc/sys/kernel/random/boot_id");

	mr_facts_set(facts, "boot_id", boot_id);
	free(boot_id);
	mr_facts_set_number(facts, "boottime_ns",
			    clock_ns(CLOCK_BOOTTIME) - (mr_now_ns() - capture->start_ns));
	mr_facts_set_number(facts, "page_size_bytes", getauxval(AT_PAGESZ));
	mr_facts_set_number(facts, "clock_ticks_per_second", getauxval(AT_CLKTCK));
	mr_facts_set(facts, "endianness", __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "little" : "big");
	mr_facts_set_number(facts, "word_bits", 8 * sizeof(long));
	mr_facts_set_number(facts, "euid", geteuid());
	mr_facts_set_number(facts, "self_pid", (uint64_t)getpid());
	ask_self_in_proc(capture, facts);
	ask_capabilities(capture, facts);
	ask_namespaces(facts);
}

/* Does procfs keep others' processes from us?  Source: fs/proc/root.c proc_fs_parameters */
static bool hides_processes(const char *procfs_options)
{
	const char *option = procfs_options ? strstr(procfs_options, "hidepid=") : NULL;

	return option && strncmp(option + strlen("hidepid="), "0", 1) != 0 &&
	       strncmp(option + strlen("hidepid="), "off", 3) != 0;
}

/* @return 0, or why it is not whole, as mr_reading.error_number */
static int read_mountinfo(struct mr_capture *capture, struct mr_buffer *ret)
{
	struct mr_reading reading;

	mr_capture_look(capture, "", "proc/self/mountinfo", &reading);
	mr_buffer_append(ret, reading.bytes, reading.length_bytes);
	for (int i = 1; reading.has_more && i < MOUNTINFO_PARTS_MAX; i++) {
		mr_reader_rest(reading.reader, mr_capture_limit_ns(capture, 0), &reading);
		mr_buffer_append(ret, reading.bytes, reading.length_bytes);
	}
	/* another tree need not have one */
	if (reading.error_number == ENOENT && !capture->is_this_machine)
		return 0;
	return ret->failed ? ENOMEM : reading.error_number;
}

static void note_mounts(struct mr_capture *capture, struct mr_facts *facts, const char *mountinfo,
			size_t length_bytes, const char *top)
{
	struct mr_mount_facts mounts;
	int result = mr_mount_facts_parse(&mounts, mountinfo, length_bytes, top);

	if (!result) {
		mr_facts_set(facts, "cgroup1_memory_mount", mounts.cgroup1_memory);
		mr_facts_set(facts, "cgroup2_mount", mounts.cgroup2);
		mr_facts_set(facts, "procfs_options", mounts.procfs_options);
		capture->losses.hides_processes = capture->is_this_machine &&
						  !mr_capture_can(capture, CAP_SYS_PTRACE) &&
						  hides_processes(mounts.procfs_options);
	} else
		capture->mounts_status = -result;
	mr_mount_facts_deinit(&mounts);
}

static void ask_mounts(struct mr_capture *capture, struct mr_facts *facts)
{
	/* of a tree that is this machine, mounted elsewhere, the mountinfo is ours: with the path of its top
	 * in front */
	bool is_mounted_elsewhere = capture->tree.is_foreign && capture->is_this_machine;
	char *top = is_mounted_elsewhere ? realpath(capture->tree.root, NULL) : NULL;
	struct mr_buffer text = {0};

	if (is_mounted_elsewhere && !top)
		capture->mounts_status = errno;
	else {
		capture->mounts_status = read_mountinfo(capture, &text);
		note_mounts(capture, facts, text.data, text.length_bytes, top);
	}
	mr_buffer_deinit(&text);
	free(top);
}

static void ask_controllers(struct mr_capture *capture, struct mr_facts *facts)
{
	struct mr_buffer path = {0};

	if (!capture->mounts.cgroup2)
		return;
	mr_buffer_printf(&path, "%s/cgroup.controllers", capture->mounts.cgroup2);
	char *controllers = path.failed ? NULL : text_of(capture, path.data);
	mr_facts_set(facts, "cgroup2_controllers", controllers);
	free(controllers);
	mr_buffer_deinit(&path);
}

static bool has_dots(const char *path)
{
	for (const char *at = strstr(path, ".."); at; at = strstr(at + 1, ".."))
		if ((at == path || at[-1] == '/') && (!at[2] || at[2] == '/'))
			return true;
	return false;
}

/* "6.12.48-1-cloud" as 6012; 0 when it is no release.  Not by sscanf(), which is a tenth of the program. */
static unsigned version_of(const char *release)
{
	char *point, *end;

	if (!release || *release < '0' || *release > '9')
		return 0;
	unsigned long major = strtoul(release, &point, 10);
	if (*point != '.')
		return 0;
	unsigned long minor = strtoul(point + 1, &end, 10);
	return end > point + 1 && major < 1000 && minor < 1000 ? (unsigned)(1000 * major + minor) : 0;
}

/* Relative to the top; a file system mounted on the top itself is no place for cgroups.  The tree says where
 * they are, and members are named after it: a path with ".." is none that a kernel prints. */
static const char *relative(const char *mount)
{
	while (mount && *mount == '/')
		mount++;
	return mount && *mount && !has_dots(mount) ? mount : NULL;
}

static void note_units(struct mr_capture *capture, const struct mr_facts *facts)
{
	uint64_t page_size_bytes = mr_facts_get_number(facts, "page_size_bytes");
	const char *endianness = mr_facts_get(facts, "endianness");

	/* a capture that lies about its page size must not make frame numbers of nothing */
	if (page_size_bytes >= 4096 && page_size_bytes <= 1024 * 1024 &&
	    !(page_size_bytes & (page_size_bytes - 1)))
		capture->page_size_bytes = page_size_bytes;
	if (endianness && !strcmp(endianness, "little"))
		capture->byte_order = __ORDER_LITTLE_ENDIAN__;
	else if (endianness && !strcmp(endianness, "big"))
		capture->byte_order = __ORDER_BIG_ENDIAN__;
	for (unsigned i = 0; i < MR_READERS_MAX; i++)
		capture->readers[i].is_swapped = capture->byte_order && capture->byte_order != __BYTE_ORDER__;
	capture->kernel_version = version_of(mr_facts_get(facts, "kernel_release"));
	capture->mounts.cgroup1 = relative(mr_facts_get(facts, "cgroup1_memory_mount"));
	capture->mounts.cgroup2 = relative(mr_facts_get(facts, "cgroup2_mount"));
}

/* A random id in the form of a version 4 UUID (RFC 9562).  Kernels before 3.17 have no getrandom(), and those
 * that have it may not be ready so early; the kernel's own UUIDs never wait. */
static void set_snapshot_id(struct mr_facts *facts)
{
	uint8_t r[16];
	char text[40];

	if (getrandom(r, sizeof(r), GRND_NONBLOCK) != sizeof(r)) {
		int fd = open("/proc/sys/kernel/random/uuid", O_RDONLY | O_CLOEXEC);
		ssize_t got_bytes = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

		if (fd >= 0)
			close(fd);
		text[got_bytes > 0 ? got_bytes : 0] = '\0';
		text[strcspn(text, "\n")] = '\0';
		mr_facts_set(facts, "snapshot_id", *text ? text : NULL);
		return;
	}
	r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
	r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
	snprintf(text, sizeof(text), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13],
		 r[14], r[15]);
	mr_facts_set(facts, "snapshot_id", text);
}

static void ask_priority(struct mr_facts *facts)
{
	char nice_text[16], io_text[32];

	mr_facts_set(facts, "nice", mr_priority_nice(nice_text) ? nice_text : NULL);
	mr_facts_set(facts, "ionice", mr_priority_io(io_text) ? io_text : NULL);
}

static void note_probed(struct mr_facts *facts, const char *key, const struct mr_probed *probed)
{
	if (probed->is_known)
		mr_facts_set_number(facts, key, probed->number);
}

static void note_probes(struct mr_facts *facts, const struct mr_probes *probes)
{
	note_probed(facts, "probe_statm_before_pages", &probes->statm_before_pages);
	note_probed(facts, "probe_statm_after_pages", &probes->statm_after_pages);
	note_probed(facts, "probe_stat_before_pages", &probes->stat_before_pages);
	note_probed(facts, "probe_stat_after_pages", &probes->stat_after_pages);
	mr_facts_set(facts, "probe_smaps_rollup", mr_status_name(probes->smaps_rollup_error));
	mr_facts_set(facts, "probe_pagemap_pfn",
		     probes->pagemap_error  ? mr_status_name(probes->pagemap_error)
		     : probes->shows_frames ? "visible"
					    : "hidden");
	note_probed(facts, "probe_hole_flags", &probes->hole_flags);
	note_probed(facts, "probe_buddy_tail", &probes->buddy_tail);
	note_probed(facts, "probe_thp_head_inode", &probes->thp_head_inode);
	note_probed(facts, "probe_thp_tail_inode", &probes->thp_tail_inode);
}

static void ask_probes(struct mr_capture *capture, struct mr_facts *facts)
{
	struct mr_reading reading;

	/* the probes read it too: when it gives no answer it is waited for once, under its own name */
	mr_capture_look(capture, "", "proc/iomem", &reading);
	if (reading.error_number == MR_NO_ANSWER)
		reading.reader = NULL;
	else
		mr_reader_probe(&capture->readers[0], mr_capture_limit_ns(capture, 0), &reading);
	mr_facts_set(facts, "probes", mr_status_name(reading.error_number));
	if (!reading.error_number)
		note_probes(facts, (const void *)reading.bytes);
	else
		mr_losses_add(&capture->losses, MR_SUBJECT_SYSTEM, "probes in capture/meta.csv",
			      reading.error_number);
	if (reading.error_number == MR_NO_ANSWER)
		mr_hung_note(capture, "capture/meta.csv", &reading);
}

void mr_meta_write(struct mr_capture *capture, struct mr_facts *facts)
{
	struct mr_buffer csv = {0};

	mr_facts_set_number(facts, "format", MR_ARCHIVE_FORMAT);
	mr_facts_set(facts, "tool", "memreckon-collect " MR_VERSION);
	set_snapshot_id(facts);
	mr_facts_set(facts, "root", capture->tree.root);
	mr_facts_set(facts, "options", capture->options->as_given);
	mr_facts_set_number(facts, "anonymized", capture->anonymizer != NULL);
	if (capture->anonymizer)
		mr_facts_set(facts, "anonymize_key_id", mr_anonymizer_key_id(capture->anonymizer));
	mr_facts_set(facts, "confined", mr_confine_held());
	mr_facts_set(facts, "capabilities_dropped", capture->capabilities_dropped.data);
	mr_facts_set(facts, "trigger", capture->trigger);
	ask_priority(facts);
	mr_facts_set(facts, "level", mr_level_name(capture->options->level));
	if (capture->is_this_machine)
		ask_this_machine(capture, facts);
	if (!capture->is_unpacked_archive) {
		ask_cpus(capture, facts);
		ask_mounts(capture, facts);
	}
	note_units(capture, facts);
	if (!capture->is_unpacked_archive)
		ask_controllers(capture, facts);
	if (capture->is_this_machine)
		ask_probes(capture, facts);
	mr_facts_print(facts, &csv);
	mr_capture_made(capture, "capture/meta.csv", &csv);
	mr_buffer_deinit(&csv);
}

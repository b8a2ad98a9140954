/* What stays of root's capabilities, and what that still allows. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect/capabilities.h"
#include "tests/support/test.h"

#define BIT(capability) (UINT64_C(1) << (capability))
#define NEEDED_TO_READ (BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYS_ADMIN))

/* A line of /proc/self/status as a number; 0 when there is none. */
static uint64_t status_number(const char *key)
{
	static char text[8192];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t got_bytes = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[got_bytes > 0 ? got_bytes : 0] = '\0';
	const char *line = strstr(text, key);
	return line ? strtoull(line + strlen(key), NULL, 16) : 0;
}

static uint64_t effective(void)
{
	return status_number("\nCapEff:\t");
}

static bool has_all(uint64_t capabilities)
{
	return (effective() & capabilities) == capabilities;
}

/* Keep just these, as a container does. */
static int keep(uint64_t capabilities)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const uint32_t low = (uint32_t)capabilities, high = (uint32_t)(capabilities >> 32);
	const struct __user_cap_data_struct data[2] = {{low, low, 0}, {high, high, 0}};

	return (int)syscall(SYS_capset, &header, data);
}

/* In a child a failed assertion could not say so; the line number in the exit status does. */
#define NEED(condition)                                                                                      \
	do {                                                                                                 \
		if (!(condition))                                                                            \
			_exit(__LINE__ % 254 + 1);                                                           \
	} while (0)

/* Run in a process of its own: what is given up does not come back. */
static int status_of(void (*run)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		run();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void drop_as_reader(void)
{
	struct mr_buffer dropped = {0};

	NEED(!mr_capabilities_drop(-1, -1, &dropped));
	NEED(effective() == NEEDED_TO_READ);
	NEED(status_number("\nCapPrm:\t") == NEEDED_TO_READ);
	NEED(status_number("\nCapBnd:\t") == 0);
	NEED(status_number("\nCapAmb:\t") == 0);
	NEED(status_number("\nNoNewPrivs:\t") == 1);
	NEED(!strncmp(dropped.data, "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER ", 38));
	NEED(strstr(dropped.data, " CAP_SYSLOG ") && !strstr(dropped.data, "PTRACE"));
	/* once more: there is nothing left to give up, and what was is told again */
	struct mr_buffer again = {0};
	NEED(!mr_capabilities_drop(-1, -1, &again));
	NEED(!strcmp(again.data, dropped.data));
	mr_buffer_deinit(&again);
	mr_buffer_deinit(&dropped);
}

TEST(reader_keeps_what_reading_takes)
{
	if (!has_all(NEEDED_TO_READ | BIT(CAP_CHOWN) | BIT(CAP_SYSLOG) | BIT(CAP_SETPCAP)))
		SKIP("not root");
	assert_int_equal(status_of(drop_as_reader), 0);
}

static pid_t other;

/* The files of a process of another user, whose pagemap is closed to us but for a capability. */
static void read_of_other(void)
{
	static const char *const names[] = {"smaps_rollup", "maps", "pagemap"};
	char path[64], byte[8];

	NEED(!mr_capabilities_drop(-1, -1, NULL));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)other, names[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		NEED(fd >= 0 && read(fd, byte, sizeof(byte)) == sizeof(byte));
		close(fd);
	}
	/* and no more than that */
	NEED(chown("/proc/self/status", 1, 1) < 0 && errno == EPERM);
	NEED(setuid(1) < 0 && errno == EPERM);
}

TEST(reader_reads_processes_of_others)
{
	if (!has_all(NEEDED_TO_READ | BIT(CAP_SETUID)) || access("/proc/self/smaps_rollup", F_OK) < 0)
		SKIP("not root, or a kernel before 4.14");
	other = fork();
	if (!other) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setuid(65534) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	/* until it is another user's */
	struct stat status = {0};
	char path[32];
	snprintf(path, sizeof(path), "/proc/%d/status", (int)other);
	for (int i = 0; i < 1000 && !stat(path, &status); i++)
		usleep(1000 * (i < 20));
	int result = status_of(read_of_other);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	assert_int_equal(result, 0);
}

/* A folder with a file in it, as the archive's. */
static struct {
	char folder[32];
	int directory_fd, output_fd;
} place;

static void make_place(uid_t owner)
{
	strcpy(place.folder, "/tmp/memreckon-test-XXXXXX");
	assert_non_null(mkdtemp(place.folder));
	place.directory_fd = open(place.folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	place.output_fd = openat(place.directory_fd, "out.part", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(chown(place.folder, owner, (gid_t)-1), 0);
}

static void remove_place(void)
{
	unlinkat(place.directory_fd, "out", 0);
	unlinkat(place.directory_fd, "out.part", 0);
	close(place.output_fd);
	close(place.directory_fd);
	rmdir(place.folder);
}

static void publish(void)
{
	int folder = place.directory_fd;

	NEED(!linkat(folder, "out.part", folder, "out", 0) && !unlinkat(folder, "out.part", 0));
}

static void drop_in_our_folder(void)
{
	NEED(!mr_capabilities_drop(place.output_fd, place.directory_fd, NULL));
	NEED(effective() == NEEDED_TO_READ);
	publish();
}

static void drop_in_folder_of_other(void)
{
	NEED(!mr_capabilities_drop(place.output_fd, place.directory_fd, NULL));
	NEED(effective() == (NEEDED_TO_READ | BIT(CAP_DAC_OVERRIDE)));
	publish();
}

TEST(writer_keeps_what_publishing_takes)
{
	if (!has_all(NEEDED_TO_READ | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_CHOWN) | BIT(CAP_FOWNER)))
		SKIP("not root");
	make_place(geteuid());
	int in_ours = status_of(drop_in_our_folder);
	remove_place();
	make_place(65534);
	int in_others = status_of(drop_in_folder_of_other);
	remove_place();
	assert_int_equal(in_ours, 0);
	assert_int_equal(in_others, 0);
}

/* The kernel compares capabilities of reader and target where the reader has no CAP_SYS_PTRACE: root of a
 * container would lose what all of the container's processes show it. */
static void drop_without_ptrace(void)
{
	const uint64_t of_container =
		BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_SETPCAP) | BIT(CAP_KILL);
	struct mr_buffer dropped = {0};
	char path[64];

	NEED(!keep(of_container));
	pid_t pid = fork();
	if (!pid)
		for (;;)
			pause();
	NEED(!mr_capabilities_drop(-1, -1, &dropped));
	NEED(effective() == of_container && dropped.length_bytes == 0);
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	NEED(fd >= 0);
	mr_buffer_deinit(&dropped);
}

TEST(without_cap_sys_ptrace_all_capabilities_stay)
{
	if (!has_all(BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_SETPCAP) | BIT(CAP_KILL)))
		SKIP("not root");
	assert_int_equal(status_of(drop_without_ptrace), 0);
}

/* Containers give CAP_DAC_OVERRIDE, which is more than CAP_DAC_READ_SEARCH, and not the latter. */
static void drop_with_override(void)
{
	NEED(!keep(BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_CHOWN)));
	NEED(!mr_capabilities_drop(-1, -1, NULL));
	NEED(effective() == (BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_OVERRIDE)));
}

TEST(what_may_do_more_stays_where_the_needed_is_not_there)
{
	if (!has_all(BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_CHOWN)))
		SKIP("not root");
	assert_int_equal(status_of(drop_with_override), 0);
}

static void drop_nothing(void)
{
	struct mr_buffer dropped = {0};

	NEED(!keep(0));
	NEED(!mr_capabilities_drop(-1, -1, &dropped));
	NEED(dropped.length_bytes == 0 && effective() == 0);
	NEED(status_number("\nNoNewPrivs:\t") == 1);
}

TEST(ordinary_user_has_nothing_to_give_up)
{
	assert_int_equal(status_of(drop_nothing), 0);
}

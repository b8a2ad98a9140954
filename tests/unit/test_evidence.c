/* Facts that no file of a foreign capture was made to tell: each way of telling them, two that disagree,
 * none. */
#include <stdio.h>
#include <string.h>

#include "tests/support/evidence_help.h"
#include "tests/support/test.h"

#define SOS "sos_commands/"

/* What one member alone makes of a fact. */
static void assert_tells(const char *path, const char *text, const char *column, const char *value)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, path, text);
	evidence_conclude(&test, NULL, NULL);
	assert_string_equal(evidence_fact(&test, column), value);
}

static void assert_piece(const struct evidence_test *test, const char *fact, const char *source,
			 const char *value, bool is_used)
{
	size_t row = evidence_piece(test, fact, source);

	if (value)
		assert_string_equal(capture_text(&test->rows, row, "value"), value);
	else
		assert_true(capture_is_null(&test->rows, row, "value"));
	assert_int_equal(capture_integer(&test->rows, row, "is_used"), is_used);
	assert_true(strlen(capture_text(&test->rows, row, "how")) > 3);
}

TEST(a_capture_that_tells_nothing_has_only_nulls)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_conclude(&test, NULL, NULL);
	assert_int_equal(test.rows.row_count, 1);
	for (size_t i = 0; i < test.rows.rows[0].table->field_count; i++)
		assert_int_equal(test.rows.rows[0].cells[i].type, MR_VALUE_NULL);
	assert_null(test.facts.host);
	assert_null(test.facts.tool);
	assert_false(test.facts.has_taken_ns);
	assert_int_equal(test.facts.endianness, MR_ENDIAN_UNKNOWN);
}

/* ---- kernel, machine, host ---- */

TEST(uname_of_debian_names_the_machine_once)
{
	static const char line[] =
		"Linux box 6.1.0-18-arm64 #1 SMP Debian 6.1.76-1 (2024-02-01) aarch64 GNU/Linux\n";

	assert_tells(SOS "kernel/uname_-a", line, "host", "box");
	assert_tells("uname", line, "kernel_release", "6.1.0-18-arm64");
	assert_tells("uname", line, "kernel_version", "#1 SMP Debian 6.1.76-1 (2024-02-01)");
	assert_tells("supportconfig/bin/uname -a", line, "machine", "aarch64");
	assert_tells("uname", line, "endianness", "little");
	assert_tells("uname", line, "word_bits", "64");
	assert_tells("uname", line, "clock_ticks_per_second", "100");
	/* three sizes are built for it */
	assert_tells("uname", line, "page_size_bytes", "?");
}

TEST(uname_of_others_names_machine_processor_and_platform)
{
	static const char line[] = "Linux n 2.6.32-754.el6.i686 #1 SMP Tue Jun 19 21:51:20 UTC 2018 "
				   "i686 unknown i386 GNU/Linux\n";

	assert_tells("uname", line, "machine", "i686");
	assert_tells("uname", line, "kernel_version", "#1 SMP Tue Jun 19 21:51:20 UTC 2018");
	assert_tells("uname", line, "word_bits", "32");
	assert_tells("uname", line, "page_size_bytes", "4096");
}

TEST(uname_of_a_message_tells_nothing)
{
	assert_tells("uname", "bash: uname: command not found\n", "kernel_release", "?");
	assert_tells("uname", "Linux", "host", "?");
	assert_tells("uname", "Linux box", "host", "?");
	assert_tells("uname", "", "host", "?");
}

TEST(version_tells_release_and_build)
{
	static const char text[] =
		"Linux version 3.10.0-1160.el7.x86_64 (mock#build@host) (gcc version 4.8.5 "
		"(GCC) ) #1 SMP Mon Oct 19 16:18:59 UTC 2020\n";

	assert_tells("proc/version", text, "kernel_release", "3.10.0-1160.el7.x86_64");
	assert_tells("proc/version", text, "kernel_version", "#1 SMP Mon Oct 19 16:18:59 UTC 2020");
	/* the name of the release is a hint at the machine */
	assert_tells("proc/version", text, "machine", "x86_64");
	assert_tells("proc/version", "Linux version 5.4.0-99-generic (a) (b) #1 SMP\n", "machine", "?");
}

TEST(settings_padded_with_nul_are_read_to_the_first)
{
	_cleanup_evidence_ struct evidence_test test;
	char page[4096] = "0-3,8\n";

	evidence_begin(&test);
	evidence_member(&test, "sys/devices/system/cpu/online", -1, page, sizeof(page));
	evidence_conclude(&test, NULL, NULL);
	assert_string_equal(evidence_fact(&test, "cpus_online_count"), "5");
}

TEST(lists_of_processors_that_are_none_are_passed_over)
{
	assert_tells("sys/devices/system/cpu/possible", "0-127\n", "cpus_possible_count", "128");
	assert_tells("sys/devices/system/cpu/online", "3-1\n", "cpus_online_count", "?");
	assert_tells("sys/devices/system/cpu/online", "0-99999999999999999999\n", "cpus_online_count", "?");
	assert_tells("sys/devices/system/cpu/online", "-\n", "cpus_online_count", "?");
	assert_tells("sys/devices/system/cpu/online", "\n", "cpus_online_count", "?");
}

/* ---- processors that are online ---- */

TEST(interrupts_count_the_processors_that_a_container_does_not_show)
{
	_cleanup_evidence_ struct evidence_test test;

	/* lxcfs shows two of the machine's four in the other files */
	evidence_begin(&test);
	evidence_text(&test, "proc/cpuinfo", "processor\t: 0\nprocessor\t: 1\n");
	evidence_text(&test, "proc/stat", "cpu  1 1 1 1\ncpu0 1 1 1 1\ncpu1 1 1 1 1\n");
	evidence_text(&test, "sys/devices/system/cpu/online", "0-1\n");
	evidence_text(&test, SOS "processor/lscpu", "On-line CPU(s) list: 0,1\n");
	evidence_text(&test, "proc/interrupts",
		      "           CPU0       CPU1       CPU2       CPU3       \n"
		      "  1:          9          0          0          0   IO-APIC   1-edge      i8042\n");
	evidence_conclude(&test, NULL, NULL);
	assert_string_equal(evidence_fact(&test, "cpus_online_count"), "4");
	assert_piece(&test, "cpus_online_count", "proc/interrupts", "4", true);
	assert_piece(&test, "cpus_online_count", "proc/stat", "2", false);
	assert_piece(&test, "cpus_online_count", "sys/devices/system/cpu/online", "2", false);
}

TEST(interrupts_that_are_cut_off_or_damaged_tell_no_number_of_processors)
{
	assert_tells("proc/interrupts", "  CPU0  CPU1", "cpus_online_count", "?");
	assert_tells("proc/interrupts", "  CPU0  CPU1\n", "cpus_online_count", "?");
	assert_tells("proc/interrupts", "  CPU0  CPU1\n  1:  1\n", "cpus_online_count", "?");
	assert_tells("proc/interrupts", "  CPU0  CPU1\n  1:  1  x\n", "cpus_online_count", "?");
	assert_tells("proc/interrupts", "  CPU0  CPU1\n  1  1  1\n", "cpus_online_count", "?");
	assert_tells("proc/interrupts", "  CPU1  CPU0\n  1:  1  1\n", "cpus_online_count", "?");
	assert_tells("proc/interrupts", "  CPU0  CPU1\n  1:  1  1\n", "cpus_possible_count", "?");
	assert_tells("proc/interrupts", "  CPU0  CPU8\n  1:  1  1  2-edge\n", "cpus_online_count", "2");
}

/* ---- processors that are possible ---- */

TEST(softirqs_have_a_column_for_every_possible_processor)
{
	static const char text[] = "                    CPU0       CPU1       CPU5       \n"
				   "          HI:          1          3          0\n"
				   "       TIMER:    9191361    9183757          0\n";

	assert_tells("proc/softirqs", text, "cpus_possible_count", "3");
	/* not all of these need be online */
	assert_tells("proc/softirqs", text, "cpus_online_count", "?");
	assert_tells("proc/softirqs", "                    CPU0       \n          HI:          1\n",
		     "cpus_possible_count", "1");
}

TEST(softirqs_that_are_cut_off_or_damaged_tell_no_number_of_processors)
{
	static const char *const texts[] = {
		"",
		"\n",
		"  CPU0  CPU1",
		"  CPU0  CPU1  CP",
		"  CPU0  CPU1\n",
		"  CPU0  CPU1\n  HI:  1",
		"  CPU0  CPU1\n  HI:  1  1",
		"  CPU0  CPU1\n  HI:  1\n",
		"  CPU0  CPU1\n  HI:  1  1  1\n",
		"  CPU0  CPU1\n  HI:  1  x\n",
		"  CPU0  CPU1\n  1  1\n",
		"  CPU1  CPU1\n  HI:  1  1\n",
		"  CPU1  CPU0\n  HI:  1  1\n",
		"  CPU0  1\n  HI:  1  1\n",
		"  CPU0  CPU70000\n  HI:  1  1\n",
		"  CPU0  CPU-1\n  HI:  1  1\n",
		"cat: /proc/softirqs: No such file or directory\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_tells("proc/softirqs", texts[i], "cpus_possible_count", "?");
}

TEST(fewer_possible_processors_than_are_online_are_of_another_machine)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, "proc/softirqs", "  CPU0  CPU1\n  HI:  1  1\n");
	evidence_text(&test, SOS "kernel/dmesg", "[0] NR_CPUS:64 nr_cpu_ids:8 y\n");
	evidence_text(&test, "proc/interrupts", "  CPU0  CPU1  CPU2\n  1:  1  1  1  x\n");
	evidence_conclude(&test, NULL, NULL);
	assert_string_equal(evidence_fact(&test, "cpus_possible_count"), "8");
	assert_piece(&test, "cpus_possible_count", "proc/softirqs", "2", false);
	assert_non_null(
		strstr(capture_text(&test.rows, evidence_piece(&test, "cpus_possible_count", "proc/softirqs"),
				    "how"),
		       "; but 3 are online"));
}

TEST(messages_of_the_kernel_tell_what_is_above_all_numbers_of_possible_processors)
{
	static const char setup[] = "[    0.000000] setup_percpu: NR_CPUS:8192 nr_cpumask_bits:12 "
				    "nr_cpu_ids:12 nr_node_ids:1\n";
	static const char slub[] = "[Fri Feb 11 2022] SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=6, "
				   "Nodes=1\n[    0.1] rcu: nothing\n";
	static const char rcu[] = "a\n[    0.000000] rcu: \tRCU restricting CPUs from NR_CPUS=8192 to "
				  "nr_cpu_ids=4.\nb";

	assert_tells(SOS "kernel/dmesg", setup, "cpus_possible_count", "12");
	assert_tells(SOS "kernel/dmesg_-T", slub, "cpus_possible_count", "6");
	assert_tells("supportconfig/bin/dmesg -T", rcu, "cpus_possible_count", "4");
	assert_tells(SOS "kernel/dmesg", "[1.0] x nr_cpu_ids:4\n", "cpus_possible_count", "?");
	assert_tells(SOS "kernel/dmesg", "[1.0] CPUs=4\n", "cpus_possible_count", "?");
	assert_tells(SOS "kernel/dmesg", "[1.0] NR_CPUS:64 nr_cpu_ids:\n", "cpus_possible_count", "?");
	assert_tells(SOS "kernel/dmesg", "[1.0] NR_CPUS:64 nr_cpu_ids:0 y\n", "cpus_possible_count", "?");
	assert_tells(SOS "kernel/dmesg", "[1.0] NR_CPUS:64 nr_cpu_ids:70000 y\n", "cpus_possible_count", "?");
	assert_tells(SOS "kernel/dmesg", "[1.0] SLUB: , CPUs=", "cpus_possible_count", "?");
}

TEST(the_list_of_possible_processors_and_softirqs_win_over_messages_of_the_kernel)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, SOS "kernel/dmesg", "[0] NR_CPUS:64 nr_cpu_ids:8 y\n");
	evidence_text(&test, "proc/softirqs", "  CPU0  CPU7\n  HI:  1  1\n");
	evidence_text(&test, "sys/devices/system/cpu/possible", "0,7\n");
	evidence_conclude(&test, NULL, NULL);
	assert_string_equal(evidence_fact(&test, "cpus_possible_count"), "2");
	assert_piece(&test, "cpus_possible_count", SOS "kernel/dmesg", "8", false);
	assert_piece(&test, "cpus_possible_count", "proc/softirqs", "2", true);
	assert_piece(&test, "cpus_possible_count", "sys/devices/system/cpu/possible", "2", true);
}

TEST(hostnamectl_tells_host_kernel_machine_and_boot)
{
	static const char text[] = "   Static hostname: db1.example.org\n"
				   "           Boot ID: 6cb10e2d1dad492aa2d0100238ac880f\n"
				   "            Kernel: Linux 5.4.0-99-generic\n"
				   "      Architecture: x86-64\n";

	assert_tells(SOS "host/hostnamectl_status", text, "host", "db1.example.org");
	assert_tells(SOS "host/hostnamectl_status", text, "boot_id", "6cb10e2d-1dad-492a-a2d0-100238ac880f");
	assert_tells(SOS "host/hostnamectl", text, "kernel_release", "5.4.0-99-generic");
	assert_tells("supportconfig/usr/bin/hostnamectl status", text, "machine", "x86_64");
}

TEST(lscpu_tells_machine_byte_order_and_processors)
{
	static const char text[] = "Architecture:          ppc64\nByte Order:            Big Endian\n"
				   "CPU(s):                16\nOn-line CPU(s) list:   0,4,8-11\n";

	assert_tells(SOS "processor/lscpu", text, "machine", "ppc64");
	assert_tells(SOS "processor/lscpu", text, "endianness", "big");
	assert_tells(SOS "processor/lscpu", text, "cpus_online_count", "6");
	assert_tells(SOS "processor/lscpu", text, "page_size_bytes", "?");
}

TEST(cpuinfo_has_lines_that_only_one_kernel_prints)
{
	assert_tells("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme lm\n", "machine", "x86_64");
	assert_tells("proc/cpuinfo", "processor\t: 0\nfdiv_bug\t: no\nflags\t\t: fpu vme lm\n", "machine",
		     "i686");
	assert_tells("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme\n", "machine", "i686");
	assert_tells("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd\n", "machine", "aarch64");
	assert_tells("proc/cpuinfo", "Processor\t: ARMv7 Processor rev 1 (v7l)\nprocessor\t: 0\n", "machine",
		     "armv7l");
	assert_tells("proc/cpuinfo", "vendor_id       : IBM/S390\nprocessor 0: version = 00\n", "machine",
		     "s390x");
	assert_tells("proc/cpuinfo", "processor  : 0\narch       : IA-64\n", "clock_ticks_per_second",
		     "1024");
	/* little-endian and big-endian kernels run on it */
	assert_tells("proc/cpuinfo", "processor\t: 0\ncpu\t\t: POWER9, altivec supported\n", "machine", "?");
	assert_tells("proc/cpuinfo", "processor\t: 0\nprocessor\t: 1\n", "cpus_online_count", "2");
	assert_tells("proc/cpuinfo",
		     "vendor_id       : IBM/S390\n# processors    : 1\nprocessor 0: version = 00\n",
		     "cpus_online_count", "1");
}

TEST(host_of_a_setting_wins_over_the_name_of_the_archive)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, "proc/sys/kernel/hostname", "db1\n");
	evidence_text(&test, SOS "host/hostname", "db1.example.org\n");
	evidence_text(&test, "etc/hostname", "localhost\n");
	evidence_conclude(&test, NULL, "/tmp/sosreport-web7-2022-02-11-abcdefg.tar.xz");
	assert_string_equal(evidence_fact(&test, "host"), "db1");
	assert_string_equal(test.facts.host, "db1");
	assert_piece(&test, "host", "proc/sys/kernel/hostname", "db1", true);
	assert_piece(&test, "host", SOS "host/hostname", "db1.example.org", true);
	assert_piece(&test, "host", "etc/hostname", "localhost", false);
	assert_piece(&test, "host", "name of the archive", "web7", false);
}

static void assert_host_of_name(const char *name, const char *host)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_conclude(&test, NULL, name);
	assert_string_equal(evidence_fact(&test, "host"), host);
}

TEST(host_of_last_resort_is_the_name_of_the_archive)
{
	assert_host_of_name("/x/sosreport-web7-01234567-2022-02-11-abcdefg.tar.xz", "web7-01234567");
	assert_host_of_name("sosreport-host0-2024-01-31-qwertyu-obfuscated.tar.xz", "host0");
	assert_host_of_name("trees/node12/", "node12");
	assert_host_of_name("node12.tgz", "node12");
	assert_host_of_name("-", "?");
	assert_host_of_name("", "?");
	assert_host_of_name("/", "?");
}

TEST(the_user_wins_over_everything)
{
	_cleanup_evidence_ struct evidence_test test;
	const struct mr_given given = {.page_size_bytes = 65536,
				       .clock_ticks_per_second = 250,
				       .cpus_online_count = 7,
				       .host = "said",
				       .kernel_release = "9.9",
				       .machine = "ppc64le",
				       .taken_ns = 1000000007,
				       .has_taken_ns = true};

	evidence_begin(&test);
	evidence_text(&test, "uname", "Linux box 5.4.0 #1 SMP x86_64 GNU/Linux\n");
	evidence_text(&test, "date", "Fri Feb 11 19:23:40 UTC 2022\n");
	evidence_text(&test, "sys/devices/system/cpu/online", "0-1\n");
	evidence_conclude(&test, &given, "archive");
	assert_string_equal(evidence_fact(&test, "page_size_bytes"), "65536");
	assert_string_equal(evidence_fact(&test, "clock_ticks_per_second"), "250");
	assert_string_equal(evidence_fact(&test, "cpus_online_count"), "7");
	assert_string_equal(evidence_fact(&test, "host"), "said");
	assert_string_equal(evidence_fact(&test, "kernel_release"), "9.9");
	assert_string_equal(evidence_fact(&test, "machine"), "ppc64le");
	assert_string_equal(evidence_fact(&test, "taken_ns"), "1000000007");
	assert_piece(&test, "machine", "command line", "ppc64le", true);
	assert_piece(&test, "machine", "uname", "x86_64", false);
	assert_piece(&test, "taken_ns", "date", "1644607420000000000", false);
}

/* ---- tools, mounts ---- */

TEST(the_tool_is_named_with_its_version)
{
	assert_tells("version.txt", "sosreport: 4.2", "tool", "sosreport 4.2");
	assert_tells("version.txt", "something else\n", "tool", "?");
	assert_tells("sos_reports/manifest.json", "{\"version\": \"4.5.1\", \"components\": {}}", "tool",
		     "sosreport 4.5.1");
	assert_tells("supportconfig/bin/date", "", "tool", "supportconfig");
}

TEST(an_obfuscated_report_is_anonymized)
{
	_cleanup_evidence_ struct evidence_test test;

	assert_tells("sos_reports/manifest.json", "{\"components\": {\"cleaner\": {}}}", "anonymized", "1");
	assert_tells("sos_reports/manifest.json", "{\"components\": {}}", "anonymized", "?");
	evidence_begin(&test);
	evidence_conclude(&test, NULL, "sosreport-host0-2024-01-31-qwertyu-obfuscated.tar.xz");
	assert_string_equal(evidence_fact(&test, "anonymized"), "1");
}

TEST(mounts_tell_where_cgroups_are)
{
	static const char text[] = "proc /proc proc rw,nosuid,hidepid=2 0 0\n"
				   "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
				   "cgroup /cgroup/cpu cgroup rw,relatime,cpu 0 0\n"
				   "cgroup /cgroup/mem cgroup rw,relatime,memory 0 0\n";

	assert_tells("proc/mounts", text, "cgroup1_memory_mount", "/cgroup/mem");
	assert_tells("proc/mounts", text, "cgroup2_mount", "/sys/fs/cgroup/unified");
	assert_tells("proc/mounts", text, "procfs_options", "rw,nosuid,hidepid=2");
	assert_tells("proc/mounts", "cgroup /a cgroup rw,memory_like 0 0\n", "cgroup1_memory_mount", "?");
	assert_tells("sys/fs/cgroup/cgroup.controllers", "cpu memory\n", "cgroup2_controllers", "cpu memory");
	assert_tells("sys/fs/cgroup/a.slice/memory.current", "4096\n", "cgroup2_mount", "/sys/fs/cgroup");
	assert_tells("cgroup/memory/memory.usage_in_bytes", "4096\n", "cgroup1_memory_mount",
		     "/cgroup/memory");
}

/* ---- what cannot be ---- */

TEST(values_that_a_fact_cannot_have_are_kept_as_evidence_and_decide_nothing)
{
	static const struct {
		const char *path, *text, *fact;
	} lies[] = {
		{SOS "x/getconf_PAGESIZE", "1\n", "page_size_bytes"},
		{SOS "x/getconf_PAGESIZE", "12288\n", "page_size_bytes"},
		{SOS "x/getconf_PAGESIZE", "9223372036854775807\n", "page_size_bytes"},
		{SOS "x/getconf_CLK_TCK", "9223372036854775807\n", "clock_ticks_per_second"},
		{SOS "x/getconf_LONG_BIT", "48\n", "word_bits"},
		{SOS "x/getconf__NPROCESSORS_ONLN", "70000\n", "cpus_online_count"},
		{"proc/1/smaps", "KernelPageSize: 12 kB\n", "page_size_bytes"},
		{"proc/sys/kernel/random/boot_id", "cat: boot_id: Permission denied\n", "boot_id"},
		{"proc/sys/kernel/random/boot_id", "6cb10e2d-1dad-492a-a2d0-100238ac880\n", "boot_id"},
		{SOS "host/hostnamectl", "Boot ID: this is not the id of any boot\n", "boot_id"},
		{SOS "host/hostnamectl", "Boot ID: 6cb10e2d1dad492aa2d0100238ac880g\n", "boot_id"},
		{SOS "host/hostnamectl", "Static hostname: n/a\n", "host"},
		{SOS "host/hostnamectl", "Static hostname: (unset)\n", "host"},
		{"proc/sys/kernel/hostname", "(none)\n", "host"},
		{"proc/sys/kernel/osrelease", "Permission denied\n", "kernel_release"},
		{"uname", "Linux is not here\n", "kernel_release"},
		{"proc/sys/kernel/arch", "\x01\xff\n", "machine"},
		{SOS "date/date", "Thu Jan  1 00:03:11 UTC 1970\n", "taken_ns"},
		{SOS "date/date", "Thu Jan  1 00:03:11 1970\n", "taken_ns"},
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		_cleanup_evidence_ struct evidence_test test;

		evidence_begin(&test);
		evidence_text(&test, lies[i].path, lies[i].text);
		evidence_conclude(&test, NULL, NULL);
		if (strcmp(evidence_fact(&test, lies[i].fact), "?") != 0)
			fail_msg("%s: %s is %s", lies[i].path, lies[i].fact,
				 evidence_fact(&test, lies[i].fact));
	}
}

TEST(a_host_that_has_no_name_is_called_by_the_next_best)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, "proc/sys/kernel/hostname", "(none)\n");
	evidence_conclude(&test, NULL, "node12.tgz");
	assert_string_equal(evidence_fact(&test, "host"), "node12");
	assert_piece(&test, "host", "proc/sys/kernel/hostname", "(none)", false);
}

TEST(cpuinfo_that_stands_twice_in_a_file_counts_once)
{
	assert_tells("proc/cpuinfo", "processor\t: 0\nprocessor\t: 1\n\nprocessor\t: 0\nprocessor\t: 1\n",
		     "cpus_online_count", "2");
	/* the numbers of those that are offline are left out */
	assert_tells("proc/cpuinfo", "processor\t: 0\nprocessor\t: 8\n", "cpus_online_count", "2");
}

TEST(a_key_of_the_manifest_that_is_no_string_is_none)
{
	assert_tells("sos_reports/manifest.json", "{\"version\": null, \"cmdline\": \"sos report\"}", "tool",
		     "?");
	assert_tells("sos_reports/manifest.json", "{\"version\": {\"a\": \"b\"}}", "tool", "?");
	assert_tells("sos_reports/manifest.json", "{\"version\"", "tool", "?");
	assert_tells("sos_reports/manifest.json", "{\"version\" :\n\t\"4.5.1\"}", "tool", "sosreport 4.5.1");
}

/* ---- damage ---- */

TEST(many_members_of_one_kind_leave_some_dozens_of_pieces)
{
	_cleanup_evidence_ struct evidence_test test;
	char path[64];

	evidence_begin(&test);
	for (int i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "sos_commands/p%d/hostname", i);
		evidence_text(&test, path, "same\n");
	}
	evidence_conclude(&test, NULL, NULL);
	assert_true(test.rows.row_count < 50);
	assert_string_equal(evidence_fact(&test, "host"), "same");
}

TEST(names_of_any_bytes_pass_and_long_ones_are_cut)
{
	_cleanup_evidence_ struct evidence_test test;
	char text[70000];

	memset(text, 'h', sizeof(text));
	evidence_begin(&test);
	evidence_member(&test, "proc/sys/kernel/hostname", -1, text, sizeof(text));
	evidence_text(&test, "hostname", "\x1b[31m\xff%s%n\n");
	evidence_conclude(&test, NULL, NULL);
	assert_int_equal(strlen(evidence_fact(&test, "host")), 512);
	assert_piece(&test, "host", "hostname", "\x1b[31m\xff%s%n", false);
}

static int refuse(void *context, int64_t reading, const struct mr_row *row)
{
	int *left = context;

	return (*left)-- ? 0 : -28;
}

TEST(an_outlet_that_fails_ends_the_conclusion)
{
	for (int rows = 0; rows < 3; rows++) {
		_cleanup_evidence_ struct evidence_test test;
		int left = rows;
		const struct mr_outlet outlet = {.context = &left, .row = refuse};

		evidence_begin(&test);
		evidence_text(&test, "uname", "Linux box 5.4.0 #1 SMP x86_64 GNU/Linux\n");
		assert_int_equal(mr_evidence_conclude(test.evidence, NULL, NULL, &outlet, &test.facts), -28);
	}
}

TEST(only_members_that_tell_something_are_wanted)
{
	assert_true(mr_evidence_wants("proc/12/smaps"));
	assert_true(mr_evidence_wants("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes"));
	assert_true(mr_evidence_wants("sos_commands/general/hostname"));
	assert_false(mr_evidence_wants("proc/12/task/13/smaps"));
	assert_false(mr_evidence_wants("proc/meminfo"));
	assert_false(mr_evidence_wants("sos_commands/podman/containers/x/hostname"));
	assert_false(mr_evidence_wants("var/lib/docker/hostname"));
	assert_false(mr_evidence_wants("uname2"));
	assert_false(mr_evidence_wants(""));
}

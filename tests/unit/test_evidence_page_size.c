/* The page size: what the kernel prints, what follows from the machine, and what numbers tell by themselves.
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/evidence_help.h"
#include "tests/support/test.h"

#define X86 "Linux box 5.4.0 #1 SMP x86_64 GNU/Linux\n"

static void assert_page_size(struct evidence_test *test, const char *page_size_bytes)
{
	evidence_conclude(test, NULL, NULL);
	assert_string_equal(evidence_fact(test, "page_size_bytes"), page_size_bytes);
}

/* What one member alone tells. */
static void assert_alone(const char *path, const char *text, const char *page_size_bytes)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	test.mounts.cgroup2 = "sys/fs/cgroup";
	evidence_text(&test, path, text);
	assert_page_size(&test, page_size_bytes);
}

static void assert_doubt(const struct evidence_test *test, const char *source)
{
	size_t row = evidence_piece(test, "page_size_bytes", source);

	assert_true(capture_is_null(&test->rows, row, "value"));
	assert_int_equal(capture_integer(&test->rows, row, "is_used"), 0);
}

/* ---- the kernel says it ---- */

TEST(smallest_kernel_page_size_of_the_mappings_is_the_page_size)
{
	assert_alone(
		"proc/1/smaps",
		"10000000-10010000 r-xp 00000000 fd:00 1 /bin/a:b\nSize: 64 kB\nKernelPageSize:       64 kB\n"
		"VmFlags: rd ex\n20000000-20010000 rw-p 0 00:00 0\nKernelPageSize:       64 kB\nVmFlags: rd "
		"wr\n",
		"65536");
}

TEST(mappings_of_huge_page_pools_do_not_tell_the_page_size)
{
	/* pools of 64 KiB pages exist on arm64 with pages of 4 KiB */
	assert_alone("proc/1/smaps",
		     "a-b rw-s 0 00:00 0\nKernelPageSize:       64 kB\nVmFlags: rd wr sh ht sd\n", "?");
	assert_alone("proc/1/smaps",
		     "a-b rw-s 0 00:00 0\nKernelPageSize:       64 kB\nVmFlags: rd wr sh ht sd\n"
		     "c-d rw-p 0 00:00 0\nKernelPageSize:        4 kB\nVmFlags: rd wr\n",
		     "4096");
	/* kernels without VmFlags */
	assert_alone("proc/1/smaps", "a-b rw-s 0 00:00 0\nKernelPageSize:  1048576 kB\n", "?");
	assert_alone("proc/1/smaps", "", "?");
	assert_alone("proc/1/smaps", "KernelPageSize: -4 kB\nKernelPageSize: 99999999999999999999 kB\n", "?");
}

TEST(the_smallest_page_of_all_processes_decides_wherever_it_stands)
{
	static const char small[] = "a-b rw-p 0 00:00 0\nKernelPageSize:        4 kB\n";
	static const char large[] = "a-b rw-p 0 00:00 0\nKernelPageSize:       64 kB\n";
	_cleanup_evidence_ struct evidence_test test;

	/* the first maps nothing but a pool of huge pages, in a kernel without VmFlags */
	evidence_begin(&test);
	evidence_text(&test, "proc/1/smaps", large);
	evidence_text(&test, "proc/2/smaps", small);
	evidence_text(&test, "proc/3/smaps", large);
	assert_page_size(&test, "4096");
	assert_int_equal(capture_integer(&test.rows, evidence_piece(&test, "page_size_bytes", "proc/1/smaps"),
					 "is_used"),
			 0);
	assert_int_equal(capture_integer(&test.rows, evidence_piece(&test, "page_size_bytes", "proc/2/smaps"),
					 "is_used"),
			 1);
}

TEST(no_limit_of_version_1_is_whole_pages)
{
	assert_alone("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n", "4096");
	assert_alone("cgroup/memory/a/memory.limit_in_bytes", "9223372036854759424\n", "16384");
	assert_alone("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854710272", "65536");
	assert_alone("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854775807\n", "?");
	assert_alone("sys/fs/cgroup/memory/memory.limit_in_bytes", "", "?");
}

TEST(getconf_says_it_alone_or_in_a_list)
{
	static const char list[] =
		"LINK_MAX                           127\nPAGESIZE                           65536\n"
		"PATH\n";

	assert_alone("sos_commands/system/getconf_-a", list, "65536");
	assert_alone("supportconfig/usr/bin/getconf -a", list, "65536");
	assert_alone("sos_commands/system/getconf_PAGE_SIZE", "16384\n", "16384");
	assert_alone("sos_commands/system/getconf_PATH", "16384\n", "?");
	assert_alone("sos_commands/system/getconf_-a", "PAGESIZE undefined\n", "?");
}

TEST(a_machine_with_one_page_size_needs_no_more)
{
	assert_alone("uname", X86, "4096");
	assert_alone("uname", "Linux z 5.3.18 #1 SMP s390x s390x s390x GNU/Linux\n", "4096");
	assert_alone("uname", "Linux a 4.4.0 #1 SMP armv7l GNU/Linux\n", "4096");
	assert_alone("uname", "Linux p 4.18.0 #1 SMP ppc64le ppc64le ppc64le GNU/Linux\n", "?");
}

/* ---- one file of numbers ---- */

static void print_meminfo(char *text, size_t size, int64_t unit_kib)
{
	snprintf(
		text, size,
		"MemTotal: %lld kB\nMemFree: %lld kB\nBuffers: %lld kB\nCached: %lld kB\nActive: %lld kB\n"
		"Inactive: %lld kB\nAnonPages: %lld kB\nMapped: %lld kB\nShmem: %lld kB\nKernelStack: 3 kB\n",
		(long long)unit_kib * 1001, (long long)unit_kib * 302, (long long)unit_kib * 33,
		(long long)unit_kib * 244, (long long)unit_kib * 155, (long long)unit_kib * 66,
		(long long)unit_kib * 77, (long long)unit_kib * 18, (long long)unit_kib * 9);
}

TEST(sizes_of_meminfo_have_the_page_size_in_common)
{
	static const int sizes_kib[] = {4, 8, 16, 64, 256};
	char text[512];
	char expected[24];

	for (size_t i = 0; i < sizeof(sizes_kib) / sizeof(sizes_kib[0]); i++) {
		print_meminfo(text, sizeof(text), sizes_kib[i]);
		snprintf(expected, sizeof(expected), "%d", sizes_kib[i] * 1024);
		assert_alone("proc/meminfo", text, expected);
	}
}

TEST(few_sizes_are_multiples_by_chance)
{
	/* an odd multiple of 4 KiB can be nothing else; multiples of 16 KiB can be chance */
	assert_alone("proc/meminfo", "MemTotal: 4004 kB\nMemFree: 1208 kB\nCached: 976 kB\n", "4096");
	assert_alone("proc/meminfo", "MemTotal: 1600 kB\nMemFree: 160 kB\nCached: 48 kB\n", "?");
	assert_alone("proc/meminfo", "MemTotal: 4004 kB\n", "?");
}

TEST(sizes_that_no_kernel_prints_are_a_doubt)
{
	_cleanup_evidence_ struct evidence_test test;
	char text[512];

	print_meminfo(text, sizeof(text), 1);
	evidence_begin(&test);
	evidence_text(&test, "proc/meminfo", text);
	assert_page_size(&test, "?");
	assert_doubt(&test, "proc/meminfo");
}

TEST(sizes_of_processes_have_the_page_size_in_common)
{
	_cleanup_evidence_ struct evidence_test test;
	char path[32];
	char text[64];

	evidence_begin(&test);
	for (int pid = 1; pid <= 9; pid++) {
		snprintf(path, sizeof(path), "proc/%d/status", pid);
		snprintf(text, sizeof(text), "VmSize: %d kB\nVmRSS: %d kB\n", pid * 64 * 7, pid * 64);
		evidence_text(&test, path, text);
	}
	assert_page_size(&test, "65536");
	assert_string_equal(
		capture_text(&test.rows, evidence_piece(&test, "page_size_bytes", "proc/PID/status"), "how"),
		"18 sizes are multiples of 64 KiB and of nothing larger");
}

TEST(usage_of_cgroups_has_the_page_size_in_common)
{
	_cleanup_evidence_ struct evidence_test test;
	char path[64];
	char text[32];

	evidence_begin(&test);
	test.mounts.cgroup2 = "sys/fs/cgroup";
	for (int group = 1; group <= 9; group++) {
		snprintf(path, sizeof(path), "sys/fs/cgroup/%d/memory.current", group);
		snprintf(text, sizeof(text), "%d\n", group * 16384);
		evidence_text(&test, path, text);
	}
	assert_page_size(&test, "16384");
}

TEST(the_default_huge_page_is_a_hint)
{
	assert_alone("proc/meminfo", "Hugepagesize:     524288 kB\n", "65536");
	assert_alone("proc/meminfo", "Hugepagesize:      32768 kB\n", "16384");
	assert_alone("proc/meminfo", "Hugepagesize:    1048576 kB\n", "?");
}

/* ---- two files ---- */

TEST(counters_in_pages_and_in_kib_tell_it_in_spite_of_drift)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(
		&test, "proc/vmstat",
		"nr_free_pages 33219\nnr_active_anon 200135\nnr_inactive_file 381852\nnr_mapped 97000\n");
	evidence_text(&test, "proc/meminfo",
		      "MemFree: 127976 kB\nActive(anon): 800541 kB\nInactive(file): 1527408 kB\nMapped: "
		      "400000 kB\n");
	assert_page_size(&test, "4096");
	assert_string_equal(
		capture_text(&test.rows,
			     evidence_piece(&test, "page_size_bytes", "proc/vmstat against proc/meminfo"),
			     "how"),
		"4 of 4 counters agree: nr_free_pages 33219 x 4096 = 132876 KiB, mem_free_kib 127976 KiB");
}

/* free has a few lines of meminfo, at another moment. */
TEST(what_free_printed_does_not_hide_what_meminfo_says)
{
	static const char vmstat[] = "nr_free_pages 10000\nnr_anon_pages 20000\nnr_mapped 30000\n";
	static const char meminfo[] = "MemTotal: 16000000 kB\nMemFree: 640000 kB\nAnonPages: 1280000 kB\n"
				      "Mapped: 1920000 kB\nHugepagesize: 524288 kB\n";
	static const char from_free[] = "       total used free\nMem:   8000000 1 320000\n";

	for (int is_first = 0; is_first < 2; is_first++) {
		_cleanup_evidence_ struct evidence_test test;

		evidence_begin(&test);
		if (is_first)
			evidence_text(&test, "free", from_free);
		evidence_text(&test, "proc/vmstat", vmstat);
		evidence_text(&test, "proc/meminfo", meminfo);
		if (!is_first)
			evidence_text(&test, "free", from_free);
		assert_page_size(&test, "65536");
		assert_string_equal(capture_text(&test.rows,
						 evidence_piece(&test, "page_size_bytes",
								"proc/vmstat against proc/meminfo"),
						 "value"),
				    "65536");
		evidence_piece(&test, "page_size_bytes", "Hugepagesize");
	}
}

TEST(counters_of_two_machines_tell_nothing)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(
		&test, "proc/vmstat",
		"nr_free_pages 33219\nnr_active_anon 9135\nnr_inactive_file 1381852\nnr_mapped 97000\n");
	evidence_text(&test, "proc/meminfo",
		      "MemFree: 12797 kB\nActive(anon): 800541 kB\nInactive(file): 1527408 kB\nMapped: "
		      "400001 kB\n");
	assert_page_size(&test, "?");
	assert_doubt(&test, "proc/vmstat against proc/meminfo");
}

TEST(a_counter_alone_is_only_a_hint)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, "proc/vmstat", "nr_free_pages 33219\n");
	evidence_text(&test, "proc/meminfo", "MemFree: 2126016 kB\n");
	evidence_text(&test, "uname", X86);
	assert_page_size(&test, "4096");
	size_t row = evidence_piece(&test, "page_size_bytes", "proc/vmstat against proc/meminfo");
	assert_string_equal(capture_text(&test.rows, row, "value"), "65536");
	assert_int_equal(capture_integer(&test.rows, row, "is_used"), 0);
}

TEST(statm_and_status_of_a_process_tell_it)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, "proc/7/status", "VmSize: 448 kB\n");
	evidence_text(&test, "proc/7/statm", "7 1 1 1 0 1 0\n");
	evidence_text(&test, "proc/8/statm", "9 1 1 1 0 1 0\n");
	assert_page_size(&test, "65536");
}

TEST(zones_against_mem_total_tell_it)
{
	static const char zones[] = "Node 0, zone   Normal\n  pages free     900\n        present  2000\n"
				    "        managed  1900\nNode 1, zone   Normal\n  pages free     900\n"
				    "        present  1000\n        managed  1000\n";
	_cleanup_evidence_ struct evidence_test test;
	_cleanup_evidence_ struct evidence_test nodes;

	evidence_begin(&test);
	evidence_text(&test, "proc/zoneinfo", zones);
	evidence_text(&test, "proc/meminfo", "MemTotal: 46400 kB\n");
	assert_page_size(&test, "16384");
	evidence_begin(&nodes);
	evidence_text(&nodes, "proc/zoneinfo", zones);
	evidence_text(&nodes, "sys/devices/system/node/node1/meminfo", "Node 1 MemTotal: 16000 kB\n");
	assert_page_size(&nodes, "16384");
}

TEST(zones_that_were_cut_off_do_not_outvote_counters)
{
	_cleanup_evidence_ struct evidence_test test;

	/* one of two nodes of the same size, but for what the kernel keeps: twice the page size would fit */
	evidence_begin(&test);
	evidence_text(&test, "proc/zoneinfo", "Node 0, zone   Normal\n        managed  495000\n");
	evidence_text(&test, "proc/vmstat", "nr_free_pages 10001\nnr_anon_pages 20001\nnr_mapped 30001\n");
	evidence_text(&test, "proc/meminfo",
		      "MemTotal: 4000000 kB\nMemFree: 40000 kB\nAnonPages: 80000 kB\nMapped: 120000 kB\n");
	assert_page_size(&test, "4096");
	assert_int_equal(capture_integer(&test.rows,
					 evidence_piece(&test, "page_size_bytes",
							"proc/zoneinfo against proc/meminfo"),
					 "is_used"),
			 0);
}

TEST(huge_numbers_do_not_overflow)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, "proc/meminfo",
		      "MemTotal: 9007199254740991 kB\nMemFree: 9223372036854775807 kB\nCached: "
		      "99999999999999999999 kB\n"
		      "Active(anon): 18446744073709551615 kB\n");
	evidence_text(&test, "proc/vmstat",
		      "nr_free_pages 9223372036854775807\nnr_active_anon 2305843009213693952\n");
	evidence_text(&test, "proc/zoneinfo",
		      "Node 0, zone Normal\n  pages free 1\n managed 9223372036854775807\n"
		      "Node 0, zone DMA\n  pages free 1\n managed 9223372036854775807\n"
		      "Node 99999999999, zone DMA\n  pages free 1\n managed 5\n");
	evidence_text(&test, "proc/1/statm", "9223372036854775807 1 1 1 1 1 1\n");
	evidence_text(&test, "proc/1/status", "VmSize: 9223372036854775807 kB\n");
	evidence_text(&test, "proc/9223372036854775807/statm", "1 1 1 1 1 1 1\n");
	assert_page_size(&test, "?");
}

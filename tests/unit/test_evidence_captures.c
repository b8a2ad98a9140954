/* Captures that other people made: what is known of them from elsewhere is what their evidence tells. */
#include <string.h>

#include "tests/support/evidence_help.h"
#include "tests/support/test.h"

/* "?": it cannot be told.  NULL: nothing is known of it from elsewhere. */
struct expected {
	const char *name;
	const char *as; /* the kernel file that a single file is; NULL for an archive */
	const char *page_size_bytes;
	const char *machine;
	const char *kernel_release;
	const char *cpus_online_count;
};

static const struct expected captures[] = {
	{"aepkolol_innofirmware/proc.tar.gz", NULL, "4096", "armv7l", "4.4.0-xilinx-00015-g51dd611", "2"},
	{"aepkolol_innofirmware/smemcap-layout.tar", NULL, "4096", NULL, "4.4.0-xilinx-00015-g51dd611", NULL},
	{"csm-csci442_proc-snapshot/proc.tar.gz", NULL, "4096", "x86_64", "3.13.0-77-generic", "8"},
	{"csm-csci442_proc-snapshot/smemcap-layout.tar", NULL, "4096", NULL, "3.13.0-77-generic", NULL},
	{"github188_HikvisionPlayback/proc.tar.gz", NULL, "4096", "?", "?", "?"},
	{"performancecopilot_pcp/procpid-2.6.32-root-001.tgz", NULL, "4096", "?", "?", "?"},
	{"performancecopilot_pcp/procpid-3.2.0-root-003.tgz", NULL, "4096", "?", "?", "?"},
	{"performancecopilot_pcp/procpid-4.2.3-root-004.tgz", NULL, "4096", "?", "?", "?"},
	{"performancecopilot_pcp/procpid-4.18.13-root-006.tgz", NULL, "4096", "?", "?", "?"},
	{"performancecopilot_pcp/procpid-5.5.7-root-007.tgz", NULL, "4096", "?", "?", "?"},
	{"performancecopilot_pcp/proc-big-pid-001.tgz", NULL, "?", "?", "?", "?"},
	{"prometheus_procfs/fixtures.tar.gz", NULL, "4096", "x86_64", NULL, NULL},
	{"prometheus_node_exporter/fixtures.tar.gz", NULL, "4096", "?", "?", NULL},
	{"prometheus_node_exporter/sys-node.tar.gz", NULL, "?", "?", "?", "?"},
	{"sysstat_sysstat/root3-proc.tar.gz", NULL, "4096", NULL, NULL, NULL},
	{"performancecopilot_pcp/meminfo-root-001.tgz", NULL, "4096", "x86_64", "?", NULL},
	{"performancecopilot_pcp/meminfo-root-002.tgz", NULL, "4096", "x86_64", "?", NULL},
	{"performancecopilot_pcp/meminfo-root-004.tgz", NULL, "4096", "x86_64", "?", NULL},
	{"performancecopilot_pcp/meminfo-root-005.tgz", NULL, "4096", "x86_64", "?", NULL},
	{"performancecopilot_pcp/meminfo-root-007.tgz", NULL, "4096", "x86_64", "?", NULL},
	{"performancecopilot_pcp/zram-root-001.tgz", NULL, "?", "?", "?", "?"},
	{"open-mpi_hwloc/128arm-2pa2n8cluster4co.tar.bz2", NULL, "4096", "aarch64",
	 "5.15.0-rc1-00005-g4c1b4a4d90b6-dirty", "128"},
	{"open-mpi_hwloc/128ia64-17n4s2c.tar.bz2", NULL, "16384", "ia64", "?", "128"},
	{"open-mpi_hwloc/16amd64-4n4c-cgroup-distance-merge.tar.bz2", NULL, "4096", "x86_64", "?", "16"},
	{"open-mpi_hwloc/20em64t-hybrid-1p6c2t+2ca4co1t.tar.bz2", NULL, "4096", "x86_64", "6.1.0-13-amd64",
	 "20"},
	{"open-mpi_hwloc/20s390-2g6s4c.tar.bz2", NULL, "4096", "s390x", "?", "20"},
	{"open-mpi_hwloc/256ppc-8n8s4t.tar.bz2", NULL, "65536", "ppc64", "?", "256"},
	{"open-mpi_hwloc/2arm-2c.tar.bz2", NULL, "4096", "armv7l", "?", "2"},
	{"open-mpi_hwloc/2i386-2c-nohugepage.tar.bz2", NULL, "4096", "i686", "?", "2"},
	{"open-mpi_hwloc/2i386-2t-hugepagesizecount.tar.bz2", NULL, "4096", "i686", "?", "2"},
	{"open-mpi_hwloc/32amd64-4s2n4c-cgroup2.tar.bz2", NULL, "4096", "x86_64", "?", "32"},
	{"open-mpi_hwloc/32intel64-2p8co2t+8ve.tar.bz2", NULL, "4096", "x86_64",
	 "3.10.0-1160.15.2.el7.x86_64", "32"},
	{"open-mpi_hwloc/48amd64-4pa2n6c-sparse.tar.bz2", NULL, "4096", "x86_64", "?", "48"},
	{"open-mpi_hwloc/8em64t-2s2ca2c-buggynuma.tar.bz2", NULL, "4096", "x86_64", "?", "8"},
	{"open-mpi_hwloc/memorysidecaches.tar.bz2", NULL, "4096", "x86_64", "5.3.0-rc7", "80"},
	{"open-mpi_hwloc/fakememinitiators-1np2c+1npp+gi.tar.bz2", NULL, "4096", "x86_64", NULL, NULL},
	{"open-mpi_hwloc/meminfo/128arm-2pa2n8cluster4co.meminfo", "proc/meminfo", "4096", "?", "?", "?"},
	{"open-mpi_hwloc/meminfo/128ia64-17n4s2c.meminfo", "proc/meminfo", "16384", "?", "?", "?"},
	{"open-mpi_hwloc/meminfo/20s390-2g6s4c.meminfo", "proc/meminfo", "4096", "?", "?", "?"},
	{"open-mpi_hwloc/meminfo/256ppc-8n8s4t.meminfo", "proc/meminfo", "65536", "?", "?", "?"},
	{"open-mpi_hwloc/meminfo/2arm-2c.meminfo", "proc/meminfo", "4096", "?", "?", "?"},
	{"linux-mm_mailing-list/ppc64le-4.15mm-64K-sed-self.smaps", "proc/1/smaps", "65536", "?", "?", "?"},
	{"misc_debug-notes/ovs-vhost-qemu-1G-hugetlb.smaps", "proc/1/smaps", "?", "?", "?", "?"},
	{"cai-fuqiang_md/case-thp-leak.meminfo", "proc/meminfo", "65536", "?", "?", "?"},
	{"cai-fuqiang_md/case-thp-leak.vmstat", "proc/vmstat", "?", "?", "?", "?"},
	{"util-linux_util-linux/lsmem-x86_64-16g.tar.bz2", NULL, "?", "?", "?", "?"},
};

static void assert_fact(const struct evidence_test *test, const char *name, const char *column,
			const char *expected)
{
	const char *found = evidence_fact(test, column);

	if (expected && strcmp(found, expected) != 0)
		fail_msg("%s: %s is %s, not %s", name, column, found, expected);
}

TEST(page_size_machine_kernel_and_processors_are_as_known_from_elsewhere)
{
	if (!evidence_has_captures())
		SKIP("MR_CAPTURES names no folder of captures");
	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
		const struct expected *expected = &captures[i];
		_cleanup_evidence_ struct evidence_test test;

		evidence_begin(&test);
		if (expected->as)
			evidence_single(&test, expected->name, expected->as);
		else
			evidence_archive(&test, expected->name);
		evidence_conclude(&test, NULL, expected->name);
		assert_fact(&test, expected->name, "page_size_bytes", expected->page_size_bytes);
		assert_fact(&test, expected->name, "machine", expected->machine);
		assert_fact(&test, expected->name, "kernel_release", expected->kernel_release);
		assert_fact(&test, expected->name, "cpus_online_count", expected->cpus_online_count);
	}
}

/* A report: its host, its boot, its kernel and its moment. */
static void assert_report(const char *name, const char *host, const char *kernel_release, const char *boot_id,
			  const char *taken_ns, const char *cpus_possible_count)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	test.mounts.cgroup1 = "sys/fs/cgroup/memory";
	test.mounts.cgroup2 = "sys/fs/cgroup/unified";
	evidence_archive(&test, name);
	evidence_conclude(&test, NULL, name);
	assert_fact(&test, name, "host", host);
	assert_fact(&test, name, "kernel_release", kernel_release);
	assert_fact(&test, name, "boot_id", boot_id);
	assert_fact(&test, name, "taken_ns", taken_ns);
	assert_fact(&test, name, "machine", "x86_64");
	assert_fact(&test, name, "page_size_bytes", "4096");
	assert_fact(&test, name, "clock_ticks_per_second", "100");
	assert_fact(&test, name, "cpus_online_count", "2");
	assert_fact(&test, name, "cpus_possible_count", cpus_possible_count);
	assert_fact(&test, name, "endianness", "little");
	assert_fact(&test, name, "tool", "sosreport 4.2");
	assert_fact(&test, name, "cgroup1_memory_mount", "/sys/fs/cgroup/memory");
	assert_string_equal(test.facts.host, host);
	assert_string_equal(test.facts.tool, "sosreport 4.2");
	assert_true(test.facts.has_taken_ns);
	assert_int_equal(test.facts.endianness, MR_ENDIAN_LITTLE);
}

TEST(reports_tell_their_host_kernel_boot_and_moment)
{
	if (!evidence_has_captures())
		SKIP("MR_CAPTURES names no folder of captures");
	/* 2022-02-11 19:23:40 UTC, by the uptime program and the boot time */
	assert_report("canonical_hotsos/sosreport-kubernetes.tar.gz", "juju-110cc2-k8stest-4",
		      "5.4.0-99-generic", "6cb10e2d-1dad-492a-a2d0-100238ac880f", "1644607420000000000", "2");
	/* 2022-02-10 09:51:36 UTC */
	assert_report("canonical_hotsos/sosreport-vault.tar.gz", "juju-04f1e3-0-lxd-5", "5.4.0-97-generic",
		      "84a5538e-4801-4d98-b44d-b680c8b924f6", "1644486696000000000", "2");
	/* 2022-02-10 16:19:34 in an unknown zone, by the newest process: there is no boot time, and no softirqs */
	assert_report("canonical_hotsos/sosreport-openstack.tar.gz", "compute4", "5.4.0-97-generic",
		      "901c1e96-f7bd-44a2-8a0d-69d9933a9a75", "1644509974000000000", "?");
}

TEST(numbers_of_a_container_and_of_its_host_are_a_doubt)
{
	_cleanup_evidence_ struct evidence_test test;

	if (!evidence_has_captures())
		SKIP("MR_CAPTURES names no folder of captures");
	evidence_begin(&test);
	evidence_archive(&test, "canonical_hotsos/sosreport-vault.tar.gz");
	evidence_conclude(&test, NULL, NULL);
	size_t row = evidence_piece(&test, "page_size_bytes", "proc/vmstat against proc/meminfo");
	assert_true(capture_is_null(&test.rows, row, "value"));
}

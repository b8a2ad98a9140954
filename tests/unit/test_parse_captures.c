/* Kernel text of machines that other people captured, from 2.6.32 to 6.14, 32 and 64 bits: the sums are known
 * from elsewhere.  MR_CAPTURES names the folder; where it is missing every test says that it was skipped. */
#include <stdio.h>
#include <string.h>

#include "analyze/parse/parse.h"
#include "tests/support/capture_walk.h"
#include "tests/support/test.h"

/* What one archive adds up to. */
struct tally {
	const char *column; /* which is summed over all rows that have it */
	const char *folder; /* only members that begin with this; NULL for all */
	struct mr_mounts mounts;
	bool with_smaps;         /* smaps are summed instead of the smaps_rollup */
	bool is_foreign;         /* all that captures of other tools have */
	const char *kernel_path; /* of all members; NULL: what their path says */
	bool is_below_proc;      /* the archive has no folder proc around its members */
	int64_t sum;
	size_t rows;
	size_t all_rows; /* of all tables */
	size_t issues[MR_ISSUE_KIND_TOTAL];
};

static int add_row(void *context, const struct mr_row *row)
{
	struct tally *tally = context;

	tally->all_rows++;
	for (size_t i = 0; i < row->table->field_count; i++) {
		const struct mr_field *field = &row->table->fields[i];

		if (!field->column || strcmp(field->column, tally->column) ||
		    row->values[i].type != MR_VALUE_INTEGER)
			continue;
		tally->sum += row->values[i].integer;
		tally->rows++;
	}
	return 0;
}

static int count_issue(void *context, const struct mr_issue *issue)
{
	struct tally *tally = context;

	tally->issues[issue->kind]++;
	return 0;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && !strcmp(text + length - strlen(end), end);
}

static void parse_member(struct tally *tally, const char *path, const char *text, size_t length_bytes)
{
	struct mr_sink sink = {tally, add_row, count_issue};
	struct mr_match match;

	if (tally->is_foreign || (tally->with_smaps && ends_in(path, "/smaps"))) {
		if (!mr_foreign_match(path, &tally->mounts, &match))
			return;
	} else if (tally->with_smaps || !mr_source_match(path, &tally->mounts, &match)) {
		return;
	}
	struct mr_parse_input input = {.match = &match,
				       .path = path,
				       .text = text,
				       .length_bytes = length_bytes,
				       .little_endian = true};
	assert_int_equal(mr_parse(&input, &sink), 0);
}

static void add_member(void *context, const char *path, const char *text, size_t length_bytes)
{
	struct tally *tally = context;
	char in_proc[4096];

	if (tally->folder && strncmp(path, tally->folder, strlen(tally->folder)) != 0)
		return;
	snprintf(in_proc, sizeof(in_proc), "proc/%s", path);
	if (tally->kernel_path)
		path = tally->kernel_path;
	else if (tally->is_below_proc)
		path = in_proc;
	else if (tally->is_foreign)
		path = capture_kernel_path(path);
	parse_member(tally, path, text, length_bytes);
}

static void add_up(struct tally *tally, const char *name)
{
	capture_walk(name, add_member, tally);
}

/* A file of one machine alone, under the kernel's path. */
static void add_up_file(struct tally *tally, const char *name, const char *kernel_path)
{
	capture_read(name, kernel_path, add_member, tally);
}

static void assert_sum(struct tally tally, const char *name, size_t rows, int64_t sum)
{
	add_up(&tally, name);
	assert_int_equal(tally.rows, rows);
	assert_int_equal(tally.sum, sum);
}

TEST(arm_4_4_sums_of_statm_and_smaps_are_as_counted_elsewhere)
{
	static const char archive[] = "aepkolol_innofirmware/proc.tar.gz";

	SKIP_WITHOUT_CAPTURES();
	assert_sum((struct tally){.column = "resident_pages"}, archive, 91, 6253);
	assert_sum((struct tally){.column = "rss_kib", .with_smaps = true}, archive, 16, 31388);
	assert_sum((struct tally){.column = "pss_kib", .with_smaps = true}, archive, 16, 16647);
}

TEST(x86_64_sums_of_statm_are_as_counted_elsewhere)
{
	SKIP_WITHOUT_CAPTURES();
	assert_sum((struct tally){.column = "resident_pages"}, "csm-csci442_proc-snapshot/proc.tar.gz", 220,
		   111869);
	assert_sum((struct tally){.column = "resident_pages"},
		   "performancecopilot_pcp/procpid-2.6.32-root-001.tgz", 206, 1344035);
	assert_sum((struct tally){.column = "resident_pages"},
		   "performancecopilot_pcp/procpid-4.2.3-root-004.tgz", 66, 21477012);
}

TEST(smaps_sums_stay_below_the_rollup_of_the_same_processes)
{
	static const char archive[] = "performancecopilot_pcp/procpid-5.5.7-root-007.tgz";

	SKIP_WITHOUT_CAPTURES();
	assert_sum((struct tally){.column = "pss_kib"}, archive, 4, 155942);
	assert_sum((struct tally){.column = "pss_kib", .with_smaps = true}, archive, 4, 155882);
}

TEST(v1_and_v2_trees_have_all_their_groups_and_no_unknown_keys)
{
	struct tally v1 = {.column = "usage_bytes", .mounts = {.cgroup1 = "cgroup/memory"}};
	struct tally v2 = {.column = "current_bytes", .mounts = {.cgroup2 = "sys/fs/cgroup"}};
	struct tally newest = {.column = "current_bytes", .mounts = {.cgroup2 = "sys/fs/cgroup"}};

	SKIP_WITHOUT_CAPTURES();
	add_up(&v1, "performancecopilot_pcp/cgroups-root-001.tgz");
	assert_int_equal(v1.rows, 3);
	assert_int_equal(v1.issues[MR_ISSUE_UNKNOWN_KEY], 0);
	add_up(&v2, "performancecopilot_pcp/cgroups-root-004.tgz");
	assert_int_equal(v2.rows, 223);
	assert_int_equal(v2.issues[MR_ISSUE_UNKNOWN_KEY], 0);
	add_up(&newest, "nlayo_IT340-Bemu-Project/sys-fs-cgroup-5487913.tar.gz");
	assert_int_equal(newest.rows, 117);
	assert_int_equal(newest.issues[MR_ISSUE_UNKNOWN_KEY], 0);
}

TEST(system_files_of_ten_years_of_kernels_have_no_unknown_keys)
{
	static const char *const archives[] = {
		"performancecopilot_pcp/meminfo-root-001.tgz", "performancecopilot_pcp/meminfo-root-002.tgz",
		"performancecopilot_pcp/meminfo-root-004.tgz", "performancecopilot_pcp/meminfo-root-005.tgz",
		"performancecopilot_pcp/meminfo-root-007.tgz",
	};

	SKIP_WITHOUT_CAPTURES();
	for (size_t i = 0; i < sizeof(archives) / sizeof(archives[0]); i++) {
		struct tally tally = {.column = "managed_pages"};

		add_up(&tally, archives[i]);
		assert_true(tally.sum > 0);
		for (int kind = 0; kind < MR_ISSUE_KIND_TOTAL; kind++)
			if (kind != MR_ISSUE_NUL_INSIDE)
				assert_int_equal(tally.issues[kind], 0);
	}
}

TEST(node_files_padded_with_nul_are_read_and_reported)
{
	struct tally tally = {.column = "mem_total_kib", .folder = "sys/"};

	SKIP_WITHOUT_CAPTURES();
	add_up(&tally, "performancecopilot_pcp/meminfo-root-004.tgz");
	assert_int_equal(tally.rows, 1);
	assert_true(tally.issues[MR_ISSUE_NUL_INSIDE] > 0);
}

/* Each archive, and how many of its lines cannot be understood because somebody edited them. */
static const struct understood {
	const char *archive;
	struct mr_mounts mounts; /* all NULL: those of a hybrid machine */
	bool is_below_proc;
	size_t lines; /* of no known form */
	size_t large; /* with a number that no column holds */
} archives[] = {
	{"aepkolol_innofirmware/proc.tar.gz"},
	{"aepkolol_innofirmware/smemcap-layout.tar", .is_below_proc = true},
	{"canonical_hotsos/sosreport-kubernetes.tar.gz"},
	{"canonical_hotsos/sosreport-openstack.tar.gz"},
	{"canonical_hotsos/sosreport-vault.tar.gz"},
	{"csm-csci442_proc-snapshot/proc.tar.gz"},
	{"csm-csci442_proc-snapshot/smemcap-layout.tar", .is_below_proc = true},
	{"elastic_elastic-agent-system-metrics/amzn2.tar.gz"},
	{"elastic_elastic-agent-system-metrics/docker.tar.gz"},
	{"elastic_elastic-agent-system-metrics/docker2.tar.gz", .mounts = {NULL, "sys/fs/cgroup"}},
	{"github188_HikvisionPlayback/proc.tar.gz"},
	{"nlayo_IT340-Bemu-Project/sys-fs-cgroup-5487913.tar.gz", .mounts = {NULL, "sys/fs/cgroup"}},
	{"open-mpi_hwloc/128arm-2pa2n8cluster4co.tar.bz2"},
	{"open-mpi_hwloc/128ia64-17n4s2c.tar.bz2"},
	{"open-mpi_hwloc/16amd64-4n4c-cgroup-distance-merge.tar.bz2"},
	{"open-mpi_hwloc/20em64t-hybrid-1p6c2t+2ca4co1t.tar.bz2"},
	{"open-mpi_hwloc/20s390-2g6s4c.tar.bz2"},
	{"open-mpi_hwloc/256ppc-8n8s4t.tar.bz2"},
	{"open-mpi_hwloc/2arm-2c.tar.bz2"},
	{"open-mpi_hwloc/2i386-2c-nohugepage.tar.bz2"},
	{"open-mpi_hwloc/2i386-2t-hugepagesizecount.tar.bz2"},
	{"open-mpi_hwloc/32amd64-4s2n4c-cgroup2.tar.bz2"},
	{"open-mpi_hwloc/32intel64-2p8co2t+8ve.tar.bz2"},
	{"open-mpi_hwloc/48amd64-4pa2n6c-sparse.tar.bz2"},
	{"open-mpi_hwloc/8em64t-2s2ca2c-buggynuma.tar.bz2"},
	{"open-mpi_hwloc/fakememinitiators-1np2c+1npp+gi.tar.bz2"},
	{"open-mpi_hwloc/memorysidecaches.tar.bz2"},
	{"performancecopilot_pcp/cgroups-root-001.tgz", .mounts = {"cgroup/memory", NULL}},
	{"performancecopilot_pcp/cgroups-root-003.tgz"},
	{"performancecopilot_pcp/cgroups-root-004.tgz", .mounts = {NULL, "sys/fs/cgroup"}},
	{"performancecopilot_pcp/containers-docker-titan-root-007.tgz"},
	{"performancecopilot_pcp/meminfo-root-001.tgz"},
	{"performancecopilot_pcp/meminfo-root-002.tgz"},
	{"performancecopilot_pcp/meminfo-root-004.tgz"},
	{"performancecopilot_pcp/meminfo-root-005.tgz"},
	{"performancecopilot_pcp/meminfo-root-007.tgz"},
	{"performancecopilot_pcp/pressure-root-001.tgz"},
	{"performancecopilot_pcp/proc-big-pid-001.tgz"},
	{"performancecopilot_pcp/procpid-2.6.32-root-001.tgz"},
	{"performancecopilot_pcp/procpid-3.2.0-root-003.tgz"},
	{"performancecopilot_pcp/procpid-4.18.13-root-006.tgz"},
	{"performancecopilot_pcp/procpid-4.2.3-root-004.tgz"},
	{"performancecopilot_pcp/procpid-5.5.7-root-007.tgz"},
	{"performancecopilot_pcp/sysfs-hugepages-003.tgz"},
	{"performancecopilot_pcp/sysfs-ksm-001.tgz"},
	{"performancecopilot_pcp/sysfs-numa-001.tgz"},
	{"performancecopilot_pcp/zram-root-001.tgz"},
	{"prometheus_node_exporter/fixtures.tar.gz"},
	{"prometheus_node_exporter/sys-node.tar.gz"},
	{"prometheus_procfs/fixtures.tar.gz", .lines = 1, .large = 2},
	{"sysstat_sysstat/root3-proc.tar.gz"},
	{"util-linux_util-linux/lsmem-s390-zvm-6g.tar.bz2"},
	{"util-linux_util-linux/lsmem-x86_64-16g.tar.bz2"},
};

TEST(of_all_archives_no_key_and_no_line_is_unknown_but_what_was_edited_by_hand)
{
	static const struct mr_mounts hybrid = {"sys/fs/cgroup/memory", "sys/fs/cgroup/unified"};

	SKIP_WITHOUT_CAPTURES();
	for (size_t i = 0; i < sizeof(archives) / sizeof(archives[0]); i++) {
		const struct understood *expected = &archives[i];
		bool is_hybrid = !expected->mounts.cgroup1 && !expected->mounts.cgroup2;
		struct tally tally = {.is_foreign = true,
				      .is_below_proc = expected->is_below_proc,
				      .column = "mem_total_kib",
				      .mounts = is_hybrid ? hybrid : expected->mounts};

		add_up(&tally, expected->archive);
		print_message("# %-75s %4zu rows of all tables, empty %zu, padded %zu\n", expected->archive,
			      tally.all_rows, tally.issues[MR_ISSUE_EMPTY_FILE],
			      tally.issues[MR_ISSUE_NUL_INSIDE]);
		assert_true(tally.all_rows > 0 || tally.issues[MR_ISSUE_EMPTY_FILE] > 0);
		assert_int_equal(tally.issues[MR_ISSUE_UNKNOWN_KEY], 0);
		assert_int_equal(tally.issues[MR_ISSUE_UNKNOWN_LINE], expected->lines);
		assert_int_equal(tally.issues[MR_ISSUE_NUMBER_TOO_LARGE], expected->large);
		assert_int_equal(tally.issues[MR_ISSUE_BAD_NUMBER], 0);
		assert_int_equal(tally.issues[MR_ISSUE_DOUBLED_KEY], 0);
		assert_int_equal(tally.issues[MR_ISSUE_CUT_OFF], 0);
	}
}

TEST(of_all_files_that_stand_alone_every_line_is_understood)
{
	static const char *const files[][2] = {
		{"cai-fuqiang_md/case-thp-leak.meminfo", "proc/meminfo"},
		{"cai-fuqiang_md/case-thp-leak.vmstat", "proc/vmstat"},
		{"linux-mm_mailing-list/ppc64le-4.15mm-64K-sed-self.smaps", "proc/1/smaps"},
		{"misc_debug-notes/ovs-vhost-qemu-1G-hugetlb.smaps", "proc/1/smaps"},
		{"open-mpi_hwloc/meminfo/128arm-2pa2n8cluster4co.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/128ia64-17n4s2c.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/16amd64-4n4c-cgroup-distance-merge.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/20em64t-hybrid-1p6c2t+2ca4co1t.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/20s390-2g6s4c.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/256ppc-8n8s4t.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/2arm-2c.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/2i386-2c-nohugepage.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/2i386-2t-hugepagesizecount.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/32amd64-4s2n4c-cgroup2.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/32intel64-2p8co2t+8ve.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/48amd64-4pa2n6c-sparse.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/8em64t-2s2ca2c-buggynuma.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/fakememinitiators-1np2c+1npp+gi.meminfo", "proc/meminfo"},
		{"open-mpi_hwloc/meminfo/memorysidecaches.meminfo", "proc/meminfo"},
	};

	SKIP_WITHOUT_CAPTURES();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct tally tally = {.is_foreign = true, .column = "rss_kib"};

		add_up_file(&tally, files[i][0], files[i][1]);
		assert_int_equal(tally.all_rows, 1);
		for (int kind = 0; kind < MR_ISSUE_KIND_TOTAL; kind++)
			assert_int_equal(tally.issues[kind], 0);
	}
}

static void assert_smaps(const char *name, const char *column, int64_t sum)
{
	struct tally tally = {.is_foreign = true, .column = column};

	add_up_file(&tally, name, "proc/1/smaps");
	assert_int_equal(tally.sum, sum);
}

/* The archive of one app has its smaps under no path of the kernel's. */
TEST(smaps_of_an_app_on_android_add_up)
{
	struct tally tally = {.is_foreign = true,
			      .column = "mappings_count",
			      .folder = "smaps_sample/smaps",
			      .kernel_path = "proc/1/smaps"};

	SKIP_WITHOUT_CAPTURES();
	add_up(&tally, "Gracker_Android-App-Memory-Analysis/smaps_sample.tar.gz");
	assert_int_equal(tally.sum, 4068);
	for (int kind = 0; kind < MR_ISSUE_KIND_TOTAL; kind++)
		assert_int_equal(tally.issues[kind], 0);
}

TEST(smaps_of_64_kib_pages_and_of_huge_pages_of_a_gibibyte_add_up)
{
	SKIP_WITHOUT_CAPTURES();
	assert_smaps("linux-mm_mailing-list/ppc64le-4.15mm-64K-sed-self.smaps", "kernel_page_size_kib", 64);
	assert_smaps("linux-mm_mailing-list/ppc64le-4.15mm-64K-sed-self.smaps", "mappings_count", 24);
	assert_smaps("misc_debug-notes/ovs-vhost-qemu-1G-hugetlb.smaps", "mappings_count", 3);
	assert_smaps("misc_debug-notes/ovs-vhost-qemu-1G-hugetlb.smaps", "rss_kib", 0);
	assert_smaps("misc_debug-notes/ovs-vhost-qemu-1G-hugetlb.smaps", "kernel_page_size_kib", 1048576);
}

TEST(smaps_of_a_sosreport_add_up_to_what_is_known)
{
	static const char archive[] = "canonical_hotsos/sosreport-kubernetes.tar.gz";

	SKIP_WITHOUT_CAPTURES();
	assert_sum((struct tally){.column = "rss_kib",
				  .folder = "sosreport-juju-110cc2-k8stest-4/proc/",
				  .is_foreign = true},
		   archive, 75, 1626000);
	assert_sum((struct tally){.column = "pss_kib",
				  .folder = "sosreport-juju-110cc2-k8stest-4/proc/",
				  .is_foreign = true},
		   archive, 75, 1272302);
	assert_sum((struct tally){.column = "mappings_count", .is_foreign = true}, archive, 75, 9219);
}

TEST(smaps_without_pss_give_no_pss_of_zero)
{
	SKIP_WITHOUT_CAPTURES();
	assert_sum((struct tally){.column = "pss_kib", .with_smaps = true},
		   "github188_HikvisionPlayback/proc.tar.gz", 0, 0);
	assert_sum((struct tally){.column = "pss_kib", .with_smaps = true},
		   "csm-csci442_proc-snapshot/proc.tar.gz", 6, 14753);
}

TEST(ps_of_a_sosreport_has_a_row_for_each_process_and_none_for_threads)
{
	struct tally tally = {.column = "threads_count",
			      .folder = "sosreport-compute4/sos_commands/process/ps_auxwwwm",
			      .is_foreign = true};

	SKIP_WITHOUT_CAPTURES();
	add_up(&tally, "canonical_hotsos/sosreport-openstack.tar.gz");
	assert_int_equal(tally.rows, 447);
	/* with the header and the lines of threads that is the whole file */
	assert_int_equal(1 + tally.rows + tally.sum, 1901);
}

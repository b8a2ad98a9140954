/* What breaks naive readers of archives and of copied trees, through the whole import.  test_quirks.c has the
 * list of all quirks with their tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/foreign_import.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

#define TREE "amd64-4k-6.12-v2-tree"
/* Two names of more than 100 characters, as groups of containers have: no field of a V7 header holds them. */
#define POD                                                                                                  \
	"kubepods-burstable.slice/kubepods-burstable-pod7a96c459_d529_44ae_9f99_90d3798d6426.slice/"         \
	"cri-containerd-1d3d308a7d48a27814a68bf33a44acf4441c9c02463ca0bc1cdfdc8c0b4a8496.scope"

static struct mr_tree tree;
static struct taken taken;

static void end(void)
{
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

/* What a test that failed has left. */
static void begin(void)
{
	if (taken.store)
		end();
}

static void add(const char *path, const char *text)
{
	begin();
	mr_tree_add(&tree, path, text, strlen(text));
}

static void take(const struct mr_tar_way *way)
{
	take_packed(&taken, &tree, way);
	if (taken.added_count != 1)
		fail_msg("%u captures; %s", taken.added_count, taken.words);
}

static void expect(const char *sql, const char *expected)
{
	expect_cell(&taken, sql, expected);
}

/* ---- 13: archives ---- */

TEST(every_way_to_write_a_tar_gives_the_same_capture)
{
	static const char *const formats[] = {"gnutar", "pax", "ustar"};
	static const char *const filters[] = {NULL, "gzip", "xz", "zstd", "bzip2"};
	static const char *const prefixes[] = {NULL, "./", "web-03/", "./web-03/"};
	unsigned count = 0;

	begin();
	mr_foreign_machine(&tree);
	mr_tree_printf(&tree, "sys/fs/cgroup/" POD "/memory.current", "4096\n");
	for (size_t format = 0; format < 3; format++)
		for (size_t filter = 0; filter < 5; filter++)
			for (size_t prefix = 0; prefix < 4; prefix++, count++)
				take_packed(&taken, &tree,
					    &(struct mr_tar_way){.format = formats[format],
								 .filter = filters[filter],
								 .prefix = prefixes[prefix],
								 .has_folders = prefix % 2});
	assert_int_equal(taken.added_count, 1);
	assert_int_equal(taken.known_count, count - 1);
	expect("SELECT path FROM cgroup2_memory WHERE length(path) > 100", "/" POD);
	expect("SELECT mem_total_kib FROM proc_meminfo", "8000000");
	end();
}

TEST(names_that_are_not_utf_8_are_the_same_bytes_in_every_format)
{
	static const char *const formats[] = {"gnutar", "pax", "ustar"};

	begin();
	mr_foreign_machine(&tree);
	mr_tree_printf(&tree, "sys/fs/cgroup/gr\xc3\xbc\xc3\x9f\xff.slice/memory.current", "4096\n");
	for (size_t format = 0; format < 3; format++)
		take_packed(&taken, &tree, &(struct mr_tar_way){.format = formats[format]});
	assert_int_equal(taken.added_count, 1);
	assert_int_equal(taken.known_count, 2);
	expect("SELECT hex(path) FROM cgroup2_memory WHERE path LIKE '/gr%'", "2F6772C3BCC39FFF2E736C696365");
	end();
}

TEST(proc_without_its_name_is_a_capture_below_any_folder)
{
	static const char *const prefixes[] = {NULL, "./", "copy/", "copy of/proc-snapshot/"};

	for (size_t i = 0; i < 4; i++) {
		struct mr_tree machine = {0};

		mr_foreign_machine(&machine);
		mr_foreign_proc(&tree, &machine);
		mr_tree_deinit(&machine);
		take(&(struct mr_tar_way){.prefix = prefixes[i], .has_folders = true});
		expect("SELECT mem_total_kib FROM proc_meminfo", "8000000");
		expect("SELECT group_concat(pid) FROM process", "1,2,20");
		end();
	}
}

/* ---- 2: folders of processes ---- */

TEST(an_empty_folder_of_a_process_is_no_process)
{
	begin();
	mr_foreign_machine(&tree);
	mr_tree_folder(&tree, "proc/300");
	take(&(struct mr_tar_way){.has_folders = true});
	expect("SELECT group_concat(pid) FROM process", "1,2,20");
	expect("SELECT count(*) FROM issue", "0");
	end();
}

/* ---- 10: trees of groups ---- */

TEST(a_tree_of_one_leaf_has_one_group)
{
	add("sys/fs/cgroup/memory/kubepods.slice/" POD "/memory.usage_in_bytes", "1215860736\n");
	add("sys/fs/cgroup/memory/kubepods.slice/" POD "/memory.stat", "cache 4096\nrss 8192\n");
	add("sys/fs/cgroup/cpu,cpuacct/kubepods.slice/" POD "/cpu.shares", "1024\n");
	take(NULL);
	expect("SELECT group_concat(path || ' ' || usage_bytes) FROM cgroup",
	       "/kubepods.slice/" POD " 1215860736");
	expect("SELECT count(*) FROM issue", "0");
	end();
}

TEST(linked_controllers_are_no_groups)
{
	add("sys/fs/cgroup/memory/memory.usage_in_bytes", "8192\n");
	add("sys/fs/cgroup/memory/a/memory.usage_in_bytes", "4096\n");
	add("sys/fs/cgroup/cpu,cpuacct/a/cpu.shares", "1024\n");
	mr_tree_link(&tree, "sys/fs/cgroup/cpu", "cpu,cpuacct");
	mr_tree_link(&tree, "sys/fs/cgroup/cpuacct", "cpu,cpuacct");
	mr_tree_folder(&tree, "sys/fs/cgroup/net_cls");
	take(&(struct mr_tar_way){.has_folders = true});
	expect("SELECT group_concat(path || usage_bytes) FROM cgroup", "/8192,/a4096");
	end();
}

TEST(names_of_units_are_kept_as_they_are)
{
	static const char path[] = "/system.slice/system-getty.slice/dev-disk-by\\x2dlabel-A@1.service";

	mr_tree_printf(&tree,
		       "sys/fs/cgroup/system.slice/system-getty.slice/dev-disk-by\\x2dlabel-A@1.service/"
		       "memory.current",
		       "4096\n");
	add("proc/7/cgroup", "0::/system.slice/system-getty.slice/dev-disk-by\\x2dlabel-A@1.service\n");
	add("proc/7/statm", "100 10 5 1 0 50 0\n");
	take(NULL);
	expect("SELECT path FROM cgroup WHERE usage_bytes = 4096", path);
	expect("SELECT cgroup_path FROM process", path);
	end();
}

TEST(version_1_at_cgroup_is_found_as_at_sys_fs_cgroup)
{
	add("cgroup/memory/memory.usage_in_bytes", "1389240320\n");
	add("cgroup/memory/memory.use_hierarchy", "0\n");
	add("cgroup/memory/libvirt/memory.usage_in_bytes", "0\n");
	add("cgroup/cpu/libvirt/cpu.shares", "1024\n");
	add("proc/mounts",
	    "cgroup /cgroup/cpu cgroup rw,cpu 0 0\ncgroup /cgroup/memory cgroup rw,memory 0 0\n");
	take(NULL);
	expect("SELECT group_concat(hierarchy || path || usage_bytes) FROM cgroup",
	       "1/1389240320,1/libvirt0");
	expect("SELECT cgroup1_memory_mount FROM capture_meta", "/cgroup/memory");
	end();
}

TEST(hybrid_machines_have_their_memory_in_version_1)
{
	add("sys/fs/cgroup/memory/a/memory.usage_in_bytes", "4096\n");
	add("sys/fs/cgroup/unified/b/cgroup.procs", "7\n");
	add("sys/fs/cgroup/unified/cgroup.controllers", "\n");
	add("proc/7/statm", "100 10 5 1 0 50 0\n");
	add("proc/7/cgroup", "4:memory:/a\n1:name=systemd:/b\n0::/b\n");
	take(NULL);
	expect("SELECT group_concat(hierarchy || path) FROM cgroup", "1/a");
	expect("SELECT cgroup_hierarchy || cgroup_path FROM process", "1/a");
	end();
}

TEST(groups_of_version_2_beside_those_of_version_1_are_told_apart)
{
	add("sys/fs/cgroup/memory/docker/memory.usage_in_bytes", "4096\n");
	add("sys/fs/cgroup/system.slice/a.scope/memory.current", "8192\n");
	add("proc/1/cgroup", "4:memory:/docker/123\n");
	add("proc/312/cgroup", "0::/system.slice/a.scope\n");
	take(NULL);
	expect("SELECT group_concat(path) FROM cgroup1_memory", "/docker");
	expect("SELECT group_concat(path) FROM cgroup2_memory", "/system.slice/a.scope");
	expect("SELECT group_concat(pid || coalesce(cgroup1_path, '-') || coalesce(cgroup2_path, '-')) FROM "
	       "proc_cgroup",
	       "1/docker/123-,312-/system.slice/a.scope");
	end();
}

/* ---- 11: files ---- */

TEST(files_that_are_only_written_to_are_no_finding)
{
	begin();
	mr_foreign_machine(&tree);
	add("sys/fs/cgroup/a/memory.reclaim", "");
	add("sys/fs/cgroup/a/cgroup.kill", "");
	add("sys/fs/cgroup/memory.reclaim", "");
	add("proc/sys/vm/compact_memory", "");
	take(NULL);
	expect("SELECT count(*) FROM issue", "0");
	end();
}

/* ---- 12: smemcap ---- */

TEST(smemcap_has_v7_headers_no_end_and_odd_lengths)
{
	struct mr_buffer tar = {0};

	begin();
	mr_foreign_machine(&tree);
	mr_foreign_smemcap(&tar, &tree, &(struct mr_smemcap){.uid = 4294967295, .has_negative_mtime = true});
	/* neither a magic nor two blocks of zeros at the end, and no whole record of 20 blocks */
	assert_memory_equal(tar.data + 257, "\0\0\0\0\0", 5);
	assert_int_equal(tar.length_bytes % 512, 0);
	assert_int_not_equal(tar.length_bytes % 10240, 0);
	take_bytes(&taken, "capture.tar", &tar);
	expect("SELECT origin FROM snapshot", "smemcap");
	expect("SELECT group_concat(pid || name) FROM process", "1init,2kthreadd,20work er");
	expect("SELECT sum(pss_bytes) / 1024 FROM process", "500");
	/* it has no statm, no status and no groups */
	expect("SELECT count(cgroup_path) FROM process", "0");
	expect("SELECT answer FROM capability WHERE kind = 'process_groups'", "no");
	mr_buffer_deinit(&tar);
	end();
}

TEST(smemcap_members_of_processes_that_went_away_cost_only_themselves)
{
	struct mr_buffer tar = {0};

	begin();
	mr_foreign_machine(&tree);
	mr_foreign_smemcap(&tar, &tree, &(struct mr_smemcap){.unreadable_pid = 1, .uid = 10000000});
	take_bytes(&taken, "capture.tar", &tar);
	assert_int_equal(taken.added_count, 1);
	expect("SELECT group_concat(pid || ' ' || coalesce(pss_bytes, '?'), ', ') FROM process",
	       "1 ?, 2 0, 20 256000");
	mr_buffer_deinit(&tar);
	end();
}

/* ---- 14: what nobody has published ---- */

TEST(pages_of_64_kib_are_known_by_what_the_kernel_prints)
{
	begin();
	mr_foreign_fixture(&tree, "ppc64el-64k-6.1-v1-loads");
	take(&(struct mr_tar_way){.prefix = "ppc/"});
	expect("SELECT page_size_bytes || ' ' || machine FROM capture_meta", "65536 ppc64le");
	expect("SELECT count(*) FROM process WHERE rss_source IN ('statm', 'smaps_rollup') AND rss_bytes % "
	       "65536 <> 0",
	       "0");
	expect("SELECT count(*) > 0 FROM cgroup WHERE limit_unlimited = 1", "1");
	end();
}

TEST(a_big_endian_machine_is_read_as_any_other)
{
	begin();
	mr_foreign_fixture(&tree, "s390x-4k-6.1-v1-loads");
	take(&(struct mr_tar_way){.prefix = "s390x/"});
	expect("SELECT endianness || ' ' || machine || ' ' || page_size_bytes FROM capture_meta",
	       "big s390x 4096");
	expect("SELECT count(*) > 0 AND min(mem_total_kib) > 100000 FROM proc_meminfo", "1");
	end();
}

TEST(a_tree_of_version_2_has_the_groups_of_its_folders)
{
	begin();
	mr_foreign_fixture(&tree, TREE);
	take(&(struct mr_tar_way){.prefix = "node/"});
	expect("SELECT group_concat(path, ' ') FROM (SELECT path FROM cgroup WHERE usage_bytes IS NOT NULL "
	       "ORDER BY path)",
	       "/db /fork /shm /swapper /web /web/back /web/front");
	expect("SELECT coalesce(usage_bytes, '?') FROM cgroup WHERE path = '/'", "?");
	end();
}

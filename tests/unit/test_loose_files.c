/* Kernel files that lie loose in an archive or a folder, without any proc or sys around them. */
#include <stdio.h>
#include <string.h>

#include "tests/support/foreign_import.h"
#include "tests/support/test.h"

#define MEMINFO(total)                                                                                       \
	"MemTotal:       " total " kB\nMemFree:          500000 kB\nBuffers:            1000 kB\n"           \
	"Cached:           200000 kB\n"
#define VMSTAT "nr_free_pages 125000\nnr_zone_inactive_anon 10\nnr_inactive_anon 10\n"
#define SMAPS                                                                                                \
	"55d0c0a00000-55d0c0a21000 r--p 00000000 fe:01 1234                       /usr/bin/app\n"            \
	"Size:                132 kB\nKernelPageSize:        4 kB\nMMUPageSize:           4 kB\nRss:       " \
	"          "                                                                                         \
	"132 kB\nPss:                  66 kB\nVmFlags: rd mr mw me sd\n"

static void add(struct mr_tree *tree, const char *path, const char *text)
{
	mr_tree_add(tree, path, text, strlen(text));
}

static void add_case(struct mr_tree *tree)
{
	add(tree, "cases/17.meminfo", MEMINFO("8000000"));
	add(tree, "cases/17.vmstat", VMSTAT);
	add(tree, "cases/mail", "Hello,\nthe machine is slow.\n");
}

static void expect_case(const struct taken *taken)
{
	assert_int_equal(taken->added_count, 1);
	assert_int_equal(taken->refused_count, 0);
	expect_cell(taken, "SELECT group_concat(origin) FROM snapshot", "file");
	expect_cell(taken, "SELECT mem_total_kib FROM proc_meminfo", "8000000");
	expect_cell(taken, "SELECT nr_free_pages FROM proc_vmstat", "125000");
	/* what is none of the kernel's is no finding */
	expect_cell(taken, "SELECT count(*) FROM issue", "0");
}

TEST(files_of_one_machine_in_an_archive_are_one_capture)
{
	struct mr_tree tree = {0};
	struct taken taken = {0};

	add_case(&tree);
	take_packed(&taken, &tree, &(struct mr_tar_way){.filter = "gzip", .has_folders = true});
	expect_case(&taken);
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

TEST(files_of_one_machine_in_a_folder_are_one_capture)
{
	struct mr_tree tree = {0};
	struct taken taken = {0};

	add_case(&tree);
	take_folder(&taken, &tree);
	expect_case(&taken);
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

TEST(what_the_files_are_called_and_what_lies_beside_them_does_not_matter)
{
	struct mr_tree tree = {0}, other = {0};
	struct taken taken = {0};

	add_case(&tree);
	add(&other, "free.txt", MEMINFO("8000000"));
	add(&other, "b.txt", VMSTAT);
	take_packed(&taken, &tree, NULL);
	take_packed(&taken, &other, NULL);
	assert_int_equal(taken.added_count, 1);
	assert_int_equal(taken.known_count, 1);
	taken_end(&taken);
	mr_tree_deinit(&tree);
	mr_tree_deinit(&other);
}

TEST(smaps_beside_texts_that_are_not_the_kernels_is_a_process)
{
	struct mr_tree tree = {0};
	struct taken taken = {0};

	add(&tree, "smaps_sample/meminfo.txt",
	    "Applications Memory Usage (in Kilobytes):\nUptime: 277763066\n");
	add(&tree, "smaps_sample/showmap.txt",
	    " virtual                     shared\n    size      RSS      PSS\n");
	add(&tree, "smaps_sample/smaps", SMAPS);
	take_packed(&taken, &tree, NULL);
	assert_int_equal(taken.added_count, 1);
	expect_cell(&taken, "SELECT rss_bytes || ' ' || pss_bytes FROM process", "135168 67584");
	expect_cell(&taken, "SELECT count(*) FROM proc_meminfo", "0");
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

TEST(two_files_of_one_kind_are_of_two_captures_that_their_names_tell_apart)
{
	struct mr_tree tree = {0};
	struct taken taken = {0};

	add(&tree, "a.meminfo", MEMINFO("1000000"));
	add(&tree, "a.vmstat", VMSTAT);
	add(&tree, "b.meminfo", MEMINFO("2000000"));
	take_packed(&taken, &tree, NULL);
	assert_int_equal(taken.added_count, 2);
	expect_cell(
		&taken,
		"SELECT group_concat(host || ' ' || mem_total_kib || ' ' || coalesce(v.nr_free_pages, '?'))"
		"  FROM snapshot s JOIN proc_meminfo m USING (snapshot_id)"
		"  LEFT JOIN proc_vmstat v USING (snapshot_id)",
		"a 1000000 125000,b 2000000 ?");
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

TEST(a_second_file_of_one_kind_and_one_name_is_said)
{
	struct mr_tree tree = {0};
	struct taken taken = {0};

	add(&tree, "a.1", MEMINFO("1000000"));
	add(&tree, "a.2", MEMINFO("2000000"));
	take_packed(&taken, &tree, NULL);
	assert_int_equal(taken.added_count, 1);
	expect_cell(&taken, "SELECT mem_total_kib FROM proc_meminfo", "1000000");
	expect_cell(&taken, "SELECT kind || ' ' || path || ' ' || text FROM issue",
		    "doubled_key a.2 a second file of this kind");
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

TEST(loose_files_in_an_archive_inside_of_another_are_found)
{
	struct mr_tree inner = {0}, outer = {0};
	struct mr_buffer tar = {0};
	struct taken taken = {0};

	add_case(&inner);
	mr_tar_pack(&inner, &(struct mr_tar_way){.filter = "xz"}, &tar);
	mr_tree_take(&outer, "case-17.tar.xz", &tar);
	add(&outer, "case-18.meminfo", MEMINFO("4000000"));
	take_packed(&taken, &outer, NULL);
	assert_int_equal(taken.added_count, 2);
	expect_cell(&taken, "SELECT group_concat(mem_total_kib) FROM proc_meminfo", "8000000,4000000");
	taken_end(&taken);
	mr_tree_deinit(&inner);
	mr_tree_deinit(&outer);
}

TEST(a_capture_with_a_proc_does_not_take_what_lies_loose_beside_it)
{
	struct mr_tree tree = {0};
	struct taken taken = {0};

	add(&tree, "notes/other.meminfo", MEMINFO("1000000"));
	add(&tree, "host/proc/meminfo", MEMINFO("2000000"));
	take_packed(&taken, &tree, NULL);
	assert_int_equal(taken.added_count, 1);
	expect_cell(&taken, "SELECT mem_total_kib FROM proc_meminfo", "2000000");
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

TEST(a_hint_that_nothing_follows_does_not_hide_what_lies_loose)
{
	struct mr_tree tree = {0};
	struct taken taken = {0};

	add(&tree, "case/uname", "Linux web 6.1.0-13-amd64 #1 SMP Debian 6.1.55-1 x86_64 GNU/Linux\n");
	add(&tree, "case/memory", MEMINFO("1000000"));
	take_packed(&taken, &tree, NULL);
	assert_int_equal(taken.added_count, 1);
	expect_cell(&taken, "SELECT mem_total_kib FROM proc_meminfo", "1000000");
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

TEST(version_txt_of_a_sosreport_is_taken_for_what_it_is)
{
	struct mr_tree tree = {0};
	struct taken taken = {0};

	add(&tree, "sosreport-web/proc/meminfo", MEMINFO("1000000"));
	add(&tree, "sosreport-web/version.txt", "sosreport: 4.2"); /* without a newline */
	take_packed(&taken, &tree, NULL);
	expect_cell(&taken,
		    "SELECT origin || ', ' || tool FROM snapshot JOIN capture_meta USING (snapshot_id)",
		    "sosreport, sosreport 4.2");
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

TEST(files_behind_the_first_thousand_are_not_looked_at)
{
	struct mr_tree tree = {0};
	struct taken taken = {0};

	for (int i = 0; i < 1000; i++) {
		char path[32];

		snprintf(path, sizeof(path), "mails/%04d", i);
		add(&tree, path, "Hello\n");
	}
	add(&tree, "zzz.meminfo", MEMINFO("1000000"));
	take_packed(&taken, &tree, NULL);
	assert_int_equal(taken.added_count, 0);
	assert_int_equal(taken.refused_count, 1);
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

TEST(forty_loose_files_of_one_kind_are_as_many_captures)
{
	struct mr_tree tree = {0};
	struct taken taken = {0};

	for (int i = 1; i <= 40; i++) {
		char path[32];

		snprintf(path, sizeof(path), "%d.meminfo", i);
		mr_tree_printf(&tree, path, "MemTotal: %d kB\nMemFree: 1 kB\n", 1000 + i);
	}
	take_packed(&taken, &tree, NULL);
	assert_int_equal(taken.added_count, 40);
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

TEST(an_archive_of_something_else_is_refused_as_before)
{
	struct mr_tree tree = {0};
	struct taken taken = {0};

	add(&tree, "README", "A program.\n");
	add(&tree, "main.c", "int main(void)\n{\n\treturn 0;\n}\n");
	take_packed(&taken, &tree, NULL);
	assert_int_equal(taken.refused_count, 1);
	if (!strstr(taken.words, "holds no file that memreckon knows"))
		fail_msg("%s", taken.words);
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

/* Captures as other tools make them, imported: each layout gives the numbers of the tree that it was made
 * from, and what breaks naive readers does not break this one. */
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/foreign_import.h"
#include "tests/support/foreign_maker.h"
#include "tests/support/hostile_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/tar_out.h"
#include "tests/support/test.h"

#define TREE "amd64-4k-6.12-v2-tree"

/* Import a tree packed in this way. */
static struct mr_store *import_tree(const struct mr_tree *tree, const struct mr_tar_way *way)
{
	_cleanup_free_ char *path = mr_maker_path("capture.tar");
	struct mr_store *store = memory();
	struct mr_buffer tar = {0};

	mr_tar_pack(tree, way, &tar);
	mr_tar_save(path, &tar);
	mr_buffer_deinit(&tar);
	import(store, path, false);
	return store;
}

static struct mr_store *import_bytes(struct mr_buffer *bytes, const char *name)
{
	_cleanup_free_ char *path = mr_maker_path(name);
	struct mr_store *store = memory();

	mr_tar_save(path, bytes);
	mr_buffer_deinit(bytes);
	import(store, path, false);
	return store;
}

/* Make a report of the fixture and import it. */
static struct mr_store *import_sos(const struct mr_sos *sos)
{
	struct mr_tree kernel = {0}, report = {0};

	mr_foreign_fixture(&kernel, TREE);
	mr_foreign_sos(&report, &kernel, sos);
	struct mr_store *store =
		import_tree(&report, &(struct mr_tar_way){.filter = "xz", .has_folders = true});
	mr_tree_deinit(&report);
	mr_tree_deinit(&kernel);
	return store;
}

/* The sum of a key over all files of a kind in the fixture. */
static unsigned long long sum_of(const char *file, const char *key)
{
	struct mr_tree kernel = {0};
	unsigned long long sum = 0;

	mr_foreign_fixture(&kernel, TREE);
	for (size_t i = 0; i < kernel.count; i++) {
		const char *rest;

		if (mr_tree_is_process(kernel.entries[i].path, &rest) && !strcmp(rest, file))
			sum += mr_foreign_number(kernel.entries[i].bytes, key);
	}
	mr_tree_deinit(&kernel);
	return sum;
}

static void expect(struct mr_store *store, const char *sql, const char *answer)
{
	const char *is = ask(store, sql);

	if (strcmp(is, answer) != 0)
		fail_msg("%s: %s, expected %s", sql, is, answer);
}

static void expect_number(struct mr_store *store, const char *sql, unsigned long long number)
{
	char answer[32];

	snprintf(answer, sizeof(answer), "%llu", number);
	expect(store, sql, answer);
}

TEST(a_report_that_is_cut_off_is_salvaged_and_not_refused_beside_that)
{
	_cleanup_free_ char *path = mr_maker_path("cut.tar");
	struct mr_tree kernel = {0}, report = {0};
	struct mr_store *store = memory();
	struct mr_buffer tar = {0};

	mr_foreign_fixture(&kernel, TREE);
	mr_foreign_sos(&report, &kernel, &(struct mr_sos){.version = "4.2"});
	mr_tar_pack(&report, &(struct mr_tar_way){.has_folders = true}, &tar);
	mr_tar_save(path, &tar);
	mr_maker_cut(path, (int64_t)tar.length_bytes * 2 / 3);
	expect_refused(store, path, false, -EBADMSG, "cut off after");
	/* one answer, and no error: who asked for what is whole got it */
	import(store, path, true);
	expect(store, "SELECT completeness FROM snapshot", "cut off");
	mr_store_close(store);
	mr_buffer_deinit(&tar);
	mr_tree_deinit(&report);
	mr_tree_deinit(&kernel);
}

TEST(a_sosreport_of_every_version_gives_the_numbers_of_its_files)
{
	static const struct mr_sos reports[] = {
		{.version = "3.2"},
		{.version = "3.9"},
		{.version = "4.2"},
		{.version = "4.12", .packed = "sys/fs/cgroup", .inner = MR_SOS_INNER_TOP},
		{.version = "4.12", .packed = "sys/fs/cgroup", .inner = MR_SOS_INNER_PARENT},
		{.version = "4.12", .packed = "sys/fs/cgroup", .inner = MR_SOS_INNER_FOLDER}};
	/* what the kernel says itself, in files that no sosreport has */
	unsigned long long rss_kib = sum_of("smaps_rollup", "Rss"), pss_kib = sum_of("smaps_rollup", "Pss");

	assert_true(rss_kib > 10000);
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		struct mr_store *store = import_sos(&reports[i]);

		expect(store, "SELECT mem_total_kib FROM proc_meminfo", "474732");
		expect(store, "SELECT count(*) FROM proc_status", "20");
		expect_number(store, "SELECT sum(rss_kib) FROM proc_smaps_rollup", rss_kib);
		/* each mapping's is rounded down */
		assert_in_range(strtoull(ask(store, "SELECT sum(pss_kib) FROM proc_smaps_rollup"), NULL, 10),
				pss_kib * 95 / 100, pss_kib);
		expect(store, "SELECT current_bytes > 4194304 FROM cgroup2_memory WHERE path = '/web/front'",
		       "1");
		expect(store, "SELECT host FROM snapshot", "node7");
		mr_store_close(store);
	}
}

TEST(an_obfuscated_report_is_of_host0)
{
	struct mr_store *store = import_sos(&(struct mr_sos){.host = "secret", .is_obfuscated = true});

	expect(store, "SELECT host FROM snapshot", "host0");
	expect(store, "SELECT count(*) FROM proc_status", "20");
	mr_store_close(store);
}

TEST(a_bundle_is_a_snapshot_for_each_host)
{
	static const struct mr_sos reports[] = {{.host = "a"}, {.host = "b"}};
	struct mr_tree kernel = {0}, bundle = {0};
	const struct mr_tree *const kernels[] = {&kernel, &kernel};

	mr_foreign_machine(&kernel);
	mr_foreign_sos_bundle(&bundle, kernels, reports, 2);
	struct taken taken = {0};
	take_packed(&taken, &bundle, &(struct mr_tar_way){.filter = "gzip", .has_folders = true});
	assert_int_equal(taken.added_count, 2);
	expect_cell(&taken, "SELECT group_concat(host, ' ') FROM (SELECT host FROM snapshot ORDER BY host)",
		    "a b");
	expect_cell(&taken, "SELECT group_concat(mem_total_kib, ' ') FROM proc_meminfo", "8000000 8000000");
	taken_end(&taken);
	mr_tree_deinit(&bundle);
	mr_tree_deinit(&kernel);
}

TEST(a_bundle_is_none_of_its_snapshots_where_one_is_asked_for)
{
	static const struct mr_sos reports[] = {{.host = "a"}, {.host = "b"}};
	_cleanup_free_ char *path = mr_maker_path("bundle.tar");
	struct mr_tree kernel = {0}, bundle = {0};
	const struct mr_tree *const kernels[] = {&kernel, &kernel};
	struct mr_store *store = memory();
	struct mr_import_result imported;
	struct mr_error error = {0};
	struct mr_buffer tar = {0};

	mr_foreign_machine(&kernel);
	mr_foreign_sos_bundle(&bundle, kernels, reports, 2);
	mr_tar_pack(&bundle, &(struct mr_tar_way){.has_folders = true}, &tar);
	mr_tar_save(path, &tar);
	assert_int_equal(mr_import(store, path, false, &imported, &error), -EINVAL);
	assert_non_null(strstr(error.message, "holds 2 captures"));
	assert_non_null(strstr(error.message, "sosreport-b-"));
	mr_store_close(store);
	mr_buffer_deinit(&tar);
	mr_tree_deinit(&bundle);
	mr_tree_deinit(&kernel);
}

TEST(a_smemcap_tar_gives_the_sums_of_smaps)
{
	struct mr_tree kernel = {0};
	struct mr_buffer tar = {0};

	mr_foreign_fixture(&kernel, TREE);
	mr_foreign_smemcap(&tar, &kernel, &(struct mr_smemcap){0});
	mr_tree_deinit(&kernel);
	struct mr_store *store = import_bytes(&tar, "smemcap.tar");
	expect_number(store, "SELECT sum(rss_kib) FROM proc_smaps_rollup", sum_of("smaps_rollup", "Rss"));
	expect(store, "SELECT count(*) FROM proc_stat", "20");
	expect(store, "SELECT origin FROM snapshot", "smemcap");
	mr_store_close(store);
}

/* smemcap writes size 0 for a process whose smaps it could not read: that is no process without memory. */
TEST(an_unreadable_smaps_of_smemcap_has_no_row)
{
	struct mr_tree kernel = {0};
	struct mr_buffer tar = {0};

	mr_foreign_machine(&kernel);
	mr_foreign_smemcap(
		&tar, &kernel,
		&(struct mr_smemcap){.unreadable_pid = 1, .uid = 4294967295, .has_negative_mtime = true});
	mr_tree_deinit(&kernel);
	struct mr_store *store = import_bytes(&tar, "smemcap.tar");
	expect(store, "SELECT count(*) FROM proc_smaps_rollup WHERE pid = 1", "0");
	expect(store, "SELECT rss_kib FROM proc_smaps_rollup WHERE pid = 20", "300");
	expect(store, "SELECT pss_kib FROM proc_smaps_rollup WHERE pid = 20", "250");
	mr_store_close(store);
}

TEST(a_copied_proc_and_a_tree_below_folders_give_the_same_numbers)
{
	struct mr_tree kernel = {0}, copy = {0};
	unsigned long long rss_kib = sum_of("smaps_rollup", "Rss");

	mr_foreign_fixture(&kernel, TREE);
	mr_foreign_proc(&copy, &kernel);
	struct mr_store *proc = import_tree(&copy, &(struct mr_tar_way){.format = "v7"});
	struct mr_store *tree =
		import_tree(&kernel, &(struct mr_tar_way){.filter = "bzip2", .prefix = "./a/b c/"});
	expect_number(proc, "SELECT sum(rss_kib) FROM proc_smaps_rollup", rss_kib);
	expect_number(tree, "SELECT sum(rss_kib) FROM proc_smaps_rollup", rss_kib);
	expect(proc, "SELECT mem_total_kib FROM proc_meminfo", "474732");
	expect(tree, "SELECT count(*) FROM cgroup2_memory", "7");
	mr_store_close(proc);
	mr_store_close(tree);
	mr_tree_deinit(&copy);
	mr_tree_deinit(&kernel);
}

TEST(a_folder_is_imported_as_its_tar_is_and_known_again)
{
	struct mr_tree kernel = {0};
	_cleanup_free_ char *folder = mr_maker_folder();
	_cleanup_free_ char *path = mr_maker_path("capture.tar");
	struct mr_store *store = memory();
	struct mr_buffer tar = {0};

	mr_foreign_machine(&kernel);
	mr_tree_write(&kernel, folder);
	mr_tar_pack(&kernel, &(struct mr_tar_way){.filter = "zstd", .prefix = "node7/"}, &tar);
	mr_tar_save(path, &tar);
	import(store, folder, false);
	import(store, path, false);
	expect(store, "SELECT count(*) FROM snapshot", "1");
	expect(store, "SELECT mem_total_kib FROM proc_meminfo", "8000000");
	mr_buffer_deinit(&tar);
	mr_store_close(store);
	mr_tree_deinit(&kernel);
}

TEST(sysfs_in_whole_pages_and_files_without_newlines_have_their_numbers)
{
	struct mr_tree kernel = {0};

	mr_foreign_fixture(&kernel, TREE);
	mr_tree_pad(&kernel, "sys", 4096);
	struct mr_store *padded = import_tree(&kernel, &(struct mr_tar_way){.prefix = "x/"});
	expect(padded, "SELECT current_bytes > 4194304 FROM cgroup2_memory WHERE path = '/web/front'", "1");
	mr_store_close(padded);
	mr_tree_deinit(&kernel);
	mr_foreign_fixture(&kernel, TREE);
	mr_tree_strip_newlines(&kernel);
	struct mr_store *stripped = import_tree(&kernel, &(struct mr_tar_way){.prefix = "x/"});
	expect(stripped, "SELECT current_bytes > 4194304 FROM cgroup2_memory WHERE path = '/web/front'", "1");
	expect_number(stripped, "SELECT sum(rss_kib) FROM proc_smaps_rollup", sum_of("smaps_rollup", "Rss"));
	/* the last line of status, of a key without a value, does look cut off */
	expect(stripped, "SELECT count(*) FROM issue WHERE kind NOT IN ('number_too_large', 'cut_off')", "0");
	mr_store_close(stripped);
	mr_tree_deinit(&kernel);
}

TEST(a_supportconfig_and_its_memory_txt_alone_have_the_kernel_files)
{
	struct mr_tree kernel = {0}, report = {0};
	struct mr_buffer text = {0};

	mr_foreign_fixture(&kernel, TREE);
	mr_foreign_supportconfig(&report, &kernel, "node7");
	mr_foreign_memory_txt(&text, &kernel, false);
	struct mr_store *tar = import_tree(&report, &(struct mr_tar_way){.filter = "xz"});
	struct mr_store *alone = import_bytes(&text, "memory.txt");
	for (int i = 0; i < 2; i++) {
		struct mr_store *store = i ? alone : tar;
		expect(store, "SELECT DISTINCT mem_total_kib FROM proc_meminfo", "474732");
		expect(store, "SELECT count(*) > 100 FROM proc_slabinfo", "1");
		expect(store, "SELECT count(*) > 0 FROM proc_zoneinfo", "1");
		expect(store, "SELECT origin FROM snapshot", "supportconfig");
		mr_store_close(store);
	}
	mr_tree_deinit(&report);
	mr_tree_deinit(&kernel);
}

TEST(what_is_left_of_a_damaged_tar_is_imported)
{
	static const char *const names[] = {"damaged-header", "odd-names",  "gnu-name-64k",
					    "other-types",    "sparse-pax", "hard-link-with-data",
					    "pax-in-a-row"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct mr_buffer bytes = {0};

		mr_hostile_make(&bytes, names[i]);
		struct mr_store *store = import_bytes(&bytes, "hostile.tar");
		expect(store, "SELECT count(*) FROM snapshot", "1");
		expect(store, "PRAGMA integrity_check", "ok");
		mr_store_close(store);
	}
}

TEST(bombs_and_other_formats_leave_the_database_as_it_was)
{
	static const struct {
		const char *name;
		int number;
		const char *words;
	} refused[] = {{"gzip-10-gib", -EFBIG, "compression ratio"},
		       {"bzip2-10-gib", -EFBIG, "compression ratio"},
		       {"zstd-10-gib", -EFBIG, "compression ratio"},
		       {"size-of-4-eib", -EFBIG, "bytes uncompressed"},
		       {"zip", -EBADMSG, "neither an archive nor a file"},
		       {"7zip", -EBADMSG, "neither an archive"},
		       {"cpio", -EBADMSG, "neither an archive"},
		       {"noise", -EBADMSG, "neither an archive"},
		       {"zeros", -EBADMSG, "holds nothing"},
		       {"cut-in-data", -EBADMSG, "cut off"}};
	struct mr_store *store = memory();

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		_cleanup_free_ char *path = mr_maker_path("hostile.tar");
		struct mr_buffer bytes = {0};

		mr_hostile_make(&bytes, refused[i].name);
		mr_tar_save(path, &bytes);
		mr_buffer_deinit(&bytes);
		expect_refused(store, path, false, refused[i].number, refused[i].words);
	}
	expect(store, "SELECT count(*) FROM snapshot", "0");
	mr_store_close(store);
}

/* A tar of these members: meminfo is a link, the other one a file. */
static struct mr_store *import_linked(const char *first, const char *second)
{
	static const char vmstat[] = "nr_free_pages 5\n";
	_cleanup_free_ char *path = mr_maker_path("linked.tar");
	const char *const members[] = {first, second};
	struct mr_store *store = memory();
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	for (size_t i = 0; i < 2; i++)
		if (strstr(members[i], "meminfo"))
			mr_maker_special(&maker, members[i], AE_IFLNK);
		else
			mr_maker_add(&maker, members[i], vmstat, strlen(vmstat));
	mr_maker_close(&maker);
	import(store, path, false);
	return store;
}

TEST(a_link_in_the_place_of_a_kernel_file_is_told_wherever_it_stands)
{
	static const char told[] = "SELECT count(*) FROM issue WHERE path LIKE '%proc/meminfo' AND "
				   "text = 'symbolic link'";

	struct mr_store *behind = import_linked("proc/vmstat", "proc/meminfo");
	expect(behind, told, "1");
	mr_store_close(behind);
	struct mr_store *in_front = import_linked("proc/meminfo", "proc/vmstat");
	expect(in_front, told, "1");
	mr_store_close(in_front);
}

TEST(a_capture_of_ours_is_one_below_any_folders)
{
	_cleanup_free_ char *path = mr_maker_path("below.tar.gz");
	struct mr_store *store = memory();
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	maker.top = "cases/0815/maker-20261121T074103Z/";
	mr_maker_meta(&maker, NULL);
	mr_maker_text(&maker, "proc/meminfo", "MemTotal: 100 kB\n");
	mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
	import(store, path, false);
	expect(store, "SELECT origin || ' ' || completeness FROM snapshot", "memreckon complete");
	expect(store, "SELECT mem_total_kib FROM proc_meminfo", "100");
	mr_store_close(store);
}

TEST(a_capture_of_ours_that_was_unpacked_says_that_its_archive_has_more)
{
	struct taken taken = {0};
	struct mr_tree tree = {0};

	mr_tree_printf(&tree, "maker/capture/cgroups.csv", "path\n");
	mr_tree_printf(&tree, "maker/capture/meta.csv", "key,value\n");
	mr_tree_printf(&tree, "maker/proc/meminfo", "MemTotal: 100 kB\n");
	take_packed(&taken, &tree, NULL);
	take_folder(&taken, &tree);
	assert_int_equal(taken.added_count, 1);
	assert_int_equal(taken.known_count, 1);
	expect_cell(&taken,
		    "SELECT count(*) FROM issue WHERE path = 'maker/capture/meta.csv' AND text LIKE '%import "
		    "its archive%'",
		    "1");
	taken_end(&taken);
	mr_tree_deinit(&tree);
}

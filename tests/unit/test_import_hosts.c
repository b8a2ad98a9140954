/* Captures of many hosts in one input: as folders and as archives, one behind the other or mixed.  Each is what it
 * is alone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/read/errand.h"
#include "analyze/read/foreign/anchors.h"
#include "schema/base/cleanup.h"
#include "tests/support/foreign_import.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

static const char *const files[] = {"proc/meminfo", "proc/vmstat", "notes"};
#define FILES_COUNT (sizeof(files) / sizeof(files[0]))

static void add_file(struct mr_tree *tree, const char *folder, unsigned host, size_t file)
{
	char path[128];

	snprintf(path, sizeof(path), "%s%s", folder, files[file]);
	if (file == 0)
		mr_tree_printf(tree, path, "MemTotal: %u kB\nMemFree: 1 kB\n", 1000 + host);
	else
		mr_tree_printf(tree, path, "nr_free_pages %u\n", host);
}

/* A host in "h0001/". */
static void add_host(struct mr_tree *tree, unsigned host)
{
	char folder[64];

	snprintf(folder, sizeof(folder), "h%04u/", host);
	for (size_t file = 0; file < FILES_COUNT; file++)
		add_file(tree, folder, host, file);
}

/* Hosts whose files come kind by kind. */
static void add_mixed(struct mr_tree *tree, unsigned hosts_count)
{
	char folder[64];

	for (size_t file = 0; file < FILES_COUNT; file++)
		for (unsigned host = 1; host <= hosts_count; host++) {
			snprintf(folder, sizeof(folder), "h%04u/", host);
			add_file(tree, folder, host, file);
		}
}

/* The host of add_host() alone is known from what was taken: its members, and so its identity, are the same. */
static void expect_known_alone(struct taken *taken, unsigned host)
{
	unsigned known_count = taken->known_count;
	struct mr_tree alone = {0};

	add_host(&alone, host);
	take_packed(taken, &alone, NULL);
	assert_int_equal(taken->known_count, known_count + 1);
	mr_tree_deinit(&alone);
}

TEST(each_of_many_hosts_is_the_capture_that_it_is_alone)
{
	struct mr_tree hosts = {0};
	struct taken taken = {0};

	/* more than there may be passes: one has to tell many */
	for (unsigned host = 1; host <= MR_PASSES_MAX + 10; host++)
		add_host(&hosts, host);
	take_packed(&taken, &hosts, &(struct mr_tar_way){.filter = "gzip", .has_folders = true});
	assert_int_equal(taken.added_count, MR_PASSES_MAX + 10);
	expect_cell(&taken, "SELECT count(DISTINCT mem_total_kib) FROM proc_meminfo", "74");
	expect_cell(&taken, "SELECT count(DISTINCT nr_free_pages) FROM proc_vmstat", "74");
	expect_cell(&taken, "SELECT group_concat(DISTINCT members_count) FROM snapshot", "3");
	expect_known_alone(&taken, 1);
	expect_known_alone(&taken, 2);
	expect_known_alone(&taken, MR_PASSES_MAX + 10);
	take_folder(&taken, &hosts);
	assert_int_equal(taken.added_count, MR_PASSES_MAX + 10);
	assert_int_equal(taken.known_count, 3 + MR_PASSES_MAX + 10);
	taken_end(&taken);
	mr_tree_deinit(&hosts);
}

TEST(hosts_whose_files_are_mixed_are_the_captures_that_they_are_alone)
{
	struct mr_tree hosts = {0};
	struct taken taken = {0};

	add_mixed(&hosts, 5);
	take_packed(&taken, &hosts, NULL);
	assert_int_equal(taken.added_count, 5);
	expect_cell(&taken, "SELECT group_concat(DISTINCT members_count) FROM snapshot", "3");
	for (unsigned host = 1; host <= 5; host++)
		expect_known_alone(&taken, host);
	taken_end(&taken);
	mr_tree_deinit(&hosts);
}

TEST(of_more_mixed_hosts_than_passes_the_rest_is_refused)
{
	struct mr_tree hosts = {0};
	struct taken taken = {0};

	add_mixed(&hosts, MR_PASSES_MAX + 1);
	take_packed(&taken, &hosts, NULL);
	assert_int_equal(taken.added_count, MR_PASSES_MAX);
	assert_int_equal(taken.refused_count, 1);
	assert_non_null(strstr(taken.words, "are mixed with each other"));
	taken_end(&taken);
	mr_tree_deinit(&hosts);
}

/* A tar of a host, alone. */
static void add_archive(struct mr_tree *tree, const char *path, unsigned host)
{
	struct mr_tree alone = {0};
	struct mr_buffer tar = {0};

	add_host(&alone, host);
	mr_tar_pack(&alone, &(struct mr_tar_way){.filter = "xz"}, &tar);
	mr_tree_take(tree, path, &tar);
	mr_tree_deinit(&alone);
}

TEST(archives_beside_and_between_folders_of_hosts_are_imported)
{
	struct mr_tree hosts = {0}, inner = {0};
	struct mr_buffer tar = {0};
	struct taken taken = {0};

	/* two hosts, and archives in front of them, between their files and behind */
	add_archive(&hosts, "first.tar.xz", 11);
	add_file(&hosts, "h0001/", 1, 0);
	add_file(&hosts, "h0002/", 2, 0);
	add_archive(&hosts, "between.tar.xz", 12);
	add_file(&hosts, "h0001/", 1, 1);
	add_file(&hosts, "h0002/", 2, 1);
	add_file(&hosts, "h0001/", 1, 2);
	add_file(&hosts, "h0002/", 2, 2);
	/* and one that holds two hosts and one more archive */
	add_host(&inner, 13);
	add_host(&inner, 14);
	add_archive(&inner, "deep.tar.xz", 15);
	mr_tar_pack(&inner, &(struct mr_tar_way){0}, &tar);
	mr_tree_take(&hosts, "several.tar", &tar);
	take_packed(&taken, &hosts, NULL);
	assert_int_equal(taken.refused_count, 0);
	assert_int_equal(taken.added_count, 7);
	expect_cell(&taken,
		    "SELECT group_concat(mem_total_kib - 1000, ' ')"
		    " FROM (SELECT mem_total_kib FROM proc_meminfo ORDER BY 1)",
		    "1 2 11 12 13 14 15");
	taken_end(&taken);
	mr_tree_deinit(&inner);
	mr_tree_deinit(&hosts);
}

TEST(tars_one_behind_the_other_are_all_read)
{
	static const char *const filters[] = {NULL, "gzip", "xz"};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct mr_buffer tars = {0};
		struct taken taken = {0};

		for (unsigned host = 1; host <= 3; host++) {
			struct mr_tree alone = {0};

			add_host(&alone, host);
			mr_tar_pack(&alone, &(struct mr_tar_way){.filter = filters[i]}, &tars);
			mr_tree_deinit(&alone);
		}
		/* what is no tar behind them is passed over, as it was behind one */
		if (!filters[i])
			mr_buffer_append_text(&tars, "and a line that somebody has added\n");
		take_bytes(&taken, "tars.tar", &tars);
		assert_int_equal(taken.refused_count, 0);
		assert_int_equal(taken.added_count, 3);
		taken_end(&taken);
		mr_buffer_deinit(&tars);
	}
}

/* A sparse file whose map has no extent claims gigabytes and has none. */
TEST(a_sparse_file_without_data_costs_only_itself)
{
	struct mr_buffer tar = {0};
	struct taken taken = {0};

	mr_raw_text(&tar, "h/proc/meminfo", "MemTotal: 1 kB\n");
	mr_raw_header(&tar, &(struct mr_raw_header){.name = "h/proc/zoneinfo",
						    .type = 'S',
						    .magic = MR_RAW_GNU,
						    .extra = "00001000000",
						    .extra_bytes = 12,
						    .extra_at = 483});
	mr_raw_text(&tar, "h/proc/vmstat", "nr_free_pages 7\n");
	mr_raw_end(&tar);
	take_bytes(&taken, "sparse.tar", &tar);
	assert_int_equal(taken.refused_count, 0);
	expect_cell(&taken, "SELECT nr_free_pages FROM proc_vmstat", "7");
	expect_cell(&taken, "SELECT group_concat(path || ': ' || text) FROM issue",
		    "h/proc/zoneinfo: sparse file");
	taken_end(&taken);
	mr_buffer_deinit(&tar);
}

/* Add the report of a host below a folder of its own. */
static void add_supportconfig(struct mr_tree *tree, const char *folder, const char *host)
{
	struct mr_tree kernel = {0}, report = {0};
	char path[256];

	mr_foreign_machine(&kernel);
	mr_foreign_supportconfig(&report, &kernel, host);
	for (size_t i = 0; i < report.count; i++) {
		const struct mr_tree_entry *entry = &report.entries[i];
		const char *name = strrchr(entry->path, '/');

		if (entry->type != MR_TREE_FILE)
			continue;
		snprintf(path, sizeof(path), "%s%s", folder, name ? name : "/");
		mr_tree_add(tree, path, entry->bytes, entry->length_bytes);
	}
	mr_tree_deinit(&report);
	mr_tree_deinit(&kernel);
}

/* Nothing in their paths tells them apart but the folder. */
TEST(a_supportconfig_beside_another_is_not_mixed_with_it)
{
	struct taken alone = {0}, beside = {0};
	struct mr_tree tree = {0};

	add_supportconfig(&tree, "a", "a");
	take_packed(&alone, &tree, NULL);
	add_supportconfig(&tree, "b", "b");
	take_packed(&beside, &tree, NULL);
	assert_int_equal(alone.added_count, 1);
	assert_int_equal(beside.added_count, 1);
	_cleanup_free_ char *bytes = strdup(ask(alone.store, "SELECT sum(read_bytes) FROM coverage"));
	expect_cell(&beside, "SELECT sum(read_bytes) FROM coverage", bytes);
	expect_cell(
		&beside,
		"SELECT count(*) > 0 FROM issue WHERE path LIKE 'b/%' AND text LIKE '%import that by itself'",
		"1");
	taken_end(&alone);
	taken_end(&beside);
	mr_tree_deinit(&tree);
}

/* ---- anchors ---- */

TEST(the_anchor_of_a_path_is_found_among_its_neighbours)
{
	static const char *const prefixes[] = {"b/", "a/", "a.b/", "a!/", "ab/c/", "\xff/"};
	struct mr_anchors anchors = {0};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		assert_int_equal(mr_anchors_add(&anchors, prefixes[i], strlen(prefixes[i]), false, i, 100),
				 0);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		char path[32];

		snprintf(path, sizeof(path), "%sproc/meminfo", prefixes[i]);
		const struct mr_anchor *anchor = mr_anchors_find(&anchors, path);
		assert_non_null(anchor);
		assert_string_equal(anchor->prefix, prefixes[i]);
		assert_int_equal(anchor->last_entry, i);
	}
	assert_null(mr_anchors_find(&anchors, "a"));
	assert_null(mr_anchors_find(&anchors, "ab/d"));
	assert_null(mr_anchors_find(&anchors, ""));
	mr_anchors_deinit(&anchors);
}

TEST(a_shorter_anchor_takes_the_place_of_those_below_it)
{
	struct mr_anchors anchors = {0};

	assert_int_equal(mr_anchors_add(&anchors, "a/x/", 4, false, 1, 3), 0);
	assert_int_equal(mr_anchors_add(&anchors, "a/y/", 4, true, 2, 3), 0);
	assert_int_equal(mr_anchors_add(&anchors, "b/", 2, true, 3, 3), 0);
	assert_int_equal(mr_anchors_add(&anchors, "c/", 2, false, 4, 3), -E2BIG);
	assert_int_equal(mr_anchors_add(&anchors, "a/x/z/", 6, false, 5, 3), 0);
	assert_int_equal(anchors.count, 3);
	assert_int_equal(mr_anchors_add(&anchors, "a/x/", 2, false, 6, 3), 0);
	assert_int_equal(anchors.count, 2);
	/* of a copied /proc and a tree at one place the tree stays */
	assert_int_equal(mr_anchors_add(&anchors, "b/", 2, false, 7, 3), 0);
	assert_int_equal(mr_anchors_add(&anchors, "b/", 2, true, 8, 3), 0);
	assert_int_equal(anchors.count, 2);
	assert_false(mr_anchors_find(&anchors, "b/q")->is_proc);
	assert_int_equal(mr_anchors_add(&anchors, "", 0, false, 9, 3), 0);
	assert_int_equal(anchors.count, 1);
	mr_anchors_deinit(&anchors);
}

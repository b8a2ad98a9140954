/* Zones: zoneinfo of old and new kernels, buddyinfo. */
#include <string.h>

#include "tests/support/capture_sink.h"
#include "tests/support/test.h"

static const char modern[] = "Node 0, zone      DMA\n"
			     "  per-node stats\n"
			     "      nr_inactive_anon 2297\n"
			     "      nr_slab_reclaimable 23745\n"
			     "  pages free     3840\n"
			     "        boost    0\n"
			     "        min      8\n"
			     "        high     13\n"
			     "        managed  3840\n"
			     "        cma      0\n"
			     "        protection: (0, 2959, 23964)\n"
			     "      nr_free_pages 3840\n"
			     "      numa_hit     1\n"
			     "  pagesets\n"
			     "    cpu: 0\n"
			     "              count:    7\n"
			     "              high:     4746\n"
			     "              batch:    63\n"
			     "  vm stats threshold: 24\n"
			     "    cpu: 1\n"
			     "              count:    9\n"
			     "              high:     4557\n"
			     "              batch:    63\n"
			     "  vm stats threshold: 32\n"
			     "  node_unreclaimable:  0\n"
			     "  start_pfn:           1\n"
			     "Node 0, zone  Movable\n"
			     "  pages free     0\n"
			     "        min      32\n"
			     "        managed  0\n"
			     "        protection: (0, 0)\n";

static size_t find_row(const struct capture *c, const char *table, size_t nth)
{
	for (size_t i = 0; i < c->row_count; i++)
		if (!strcmp(c->rows[i].table->name, table) && !nth--)
			return i;
	fail_msg("too few rows of %s", table);
	return 0;
}

static size_t count_rows(const struct capture *c, const char *table)
{
	size_t count = 0;

	for (size_t i = 0; i < c->row_count; i++)
		count += !strcmp(c->rows[i].table->name, table);
	return count;
}

TEST(zoneinfo_gives_rows_of_three_tables)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/zoneinfo", modern);
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(count_rows(&c, "proc_zoneinfo"), 2);
	assert_int_equal(count_rows(&c, "proc_zoneinfo_pageset"), 2);
	assert_int_equal(count_rows(&c, "proc_zoneinfo_node"), 1);

	size_t node = find_row(&c, "proc_zoneinfo_node", 0);
	assert_int_equal(capture_integer(&c, node, "node"), 0);
	assert_int_equal(capture_integer(&c, node, "nr_slab_reclaimable_pages"), 23745);
}

TEST(zoneinfo_high_is_a_watermark_or_a_mark_of_the_lists_by_its_place)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/zoneinfo", modern);
	size_t zone = find_row(&c, "proc_zoneinfo", 0);
	size_t pageset = find_row(&c, "proc_zoneinfo_pageset", 1);

	assert_int_equal(capture_integer(&c, zone, "free_pages"), 3840);
	assert_int_equal(capture_integer(&c, zone, "high_pages"), 13);
	assert_string_equal(capture_text(&c, zone, "protection"), "(0, 2959, 23964)");
	assert_int_equal(capture_integer(&c, zone, "start_pfn"), 1);
	assert_int_equal(capture_integer(&c, pageset, "cpu"), 1);
	assert_string_equal(capture_text(&c, pageset, "zone"), "DMA");
	assert_int_equal(capture_integer(&c, pageset, "high_pages"), 4557);
	assert_int_equal(capture_integer(&c, pageset, "vm_stats_threshold_pages"), 32);
}

TEST(zoneinfo_empty_zone_is_a_row_of_zeros)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/zoneinfo", modern);
	size_t zone = find_row(&c, "proc_zoneinfo", 1);

	assert_string_equal(capture_text(&c, zone, "zone"), "Movable");
	assert_int_equal(capture_integer(&c, zone, "managed_pages"), 0);
	assert_true(capture_is_null(&c, zone, "present_pages"));
	assert_true(capture_is_null(&c, zone, "start_pfn"));
}

TEST(zoneinfo_of_old_kernels_has_node_counters_in_the_zones)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/zoneinfo",
		      "Node 12, zone   Normal\n  pages free     34683\n        min      502\n"
		      "        scanned  0\n"
		      "        spanned  65536\n        present  65536\n    nr_free_pages 34683\n"
		      "    nr_inactive_anon 56\n"
		      "    nr_alloc_batch 21\n        protection: (0, 0, 0)\n  pagesets\n    cpu: 0\n"
		      "              count: 143\n"
		      "              high:  186\n              batch: 31\n  vm stats threshold: 24\n"
		      "  all_unreclaimable: 0\n"
		      "  start_pfn:         0\n  inactive_ratio:    1\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(count_rows(&c, "proc_zoneinfo_node"), 0);
	size_t zone = find_row(&c, "proc_zoneinfo", 0);
	assert_int_equal(capture_integer(&c, zone, "node"), 12);
	assert_int_equal(capture_integer(&c, zone, "nr_inactive_anon_pages"), 56);
	assert_true(capture_is_null(&c, zone, "managed_pages"));
	assert_int_equal(capture_integer(&c, zone, "inactive_ratio"), 1);
}

TEST(zoneinfo_nodes_each_have_their_counters)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/zoneinfo",
		      "Node 0, zone DMA\n  per-node stats\n nr_mapped 1\n  pages free 1\n"
		      "Node 33, zone Normal\n  per-node stats\n nr_mapped 2\n  pages free 2\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(count_rows(&c, "proc_zoneinfo_node"), 2);
	size_t node = find_row(&c, "proc_zoneinfo_node", 1);
	assert_int_equal(capture_integer(&c, node, "node"), 33);
	assert_int_equal(capture_integer(&c, node, "nr_mapped_pages"), 2);
}

TEST(zoneinfo_empty_file_unknown_key_doubled_key_and_huge_number_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/zoneinfo", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
	capture_parse(&c, "proc/zoneinfo",
		      "Node 0, zone DMA\n  pages free 7\n  invented 1\n  min 1\n  min 2\n"
		      "  low 99999999999999999999\n");
	assert_int_equal(c.issue_count, 3);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_UNKNOWN_KEY);
	assert_int_equal(c.issues[1].kind, MR_ISSUE_DOUBLED_KEY);
	assert_int_equal(c.issues[2].kind, MR_ISSUE_NUMBER_TOO_LARGE);
	assert_int_equal(capture_integer(&c, 0, "min_pages"), 2);
	assert_true(capture_is_null(&c, 0, "low_pages"));
}

TEST(zoneinfo_lines_before_the_first_zone_and_bad_headers_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/zoneinfo",
		      "  pages free 7\nNode x, zone DMA\nNode 0 zone DMA\n"
		      "Node -1, zone DMA\n");
	assert_int_equal(c.row_count, 0);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_UNKNOWN_LINE), 4);
}

TEST(zoneinfo_cut_off_inside_a_key_is_an_issue)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/zoneinfo", "Node 0, zone DMA\n  pages free 7\n        spann");
	capture_assert_only_issue(&c, MR_ISSUE_CUT_OFF, 3);
	assert_int_equal(capture_integer(&c, 0, "free_pages"), 7);
}

TEST(zoneinfo_pageset_of_no_cpu_gives_no_row)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/zoneinfo",
		      "Node 0, zone DMA\n  pages free 7\n  pagesets\n  cpu: x\n"
		      "    count: 1\n");
	assert_int_equal(count_rows(&c, "proc_zoneinfo_pageset"), 0);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_BAD_NUMBER);
}

TEST(buddyinfo_has_a_row_for_each_order)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/buddyinfo",
		      "Node 0, zone      DMA      0      0      3 \n"
		      "Node 1, zone   Normal   2267   1858   1019    811 \n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 7);
	assert_string_equal(capture_text(&c, 2, "zone"), "DMA");
	assert_int_equal(capture_integer(&c, 2, "order_number"), 2);
	assert_int_equal(capture_integer(&c, 2, "blocks_count"), 3);
	assert_int_equal(capture_integer(&c, 6, "node"), 1);
	assert_int_equal(capture_integer(&c, 6, "order_number"), 3);
	assert_int_equal(capture_integer(&c, 6, "blocks_count"), 811);
}

TEST(buddyinfo_hard_inputs_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/buddyinfo", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
	capture_parse(&c, "proc/buddyinfo",
		      "Node 0, zone DMA\nNode 0, zone DMA 1 x 99999999999999999999 4\n"
		      "Node 0, zo");
	assert_int_equal(c.row_count, 2);
	assert_int_equal(c.issue_count, 4);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_UNKNOWN_LINE);
	assert_int_equal(c.issues[1].kind, MR_ISSUE_BAD_NUMBER);
	assert_int_equal(c.issues[2].kind, MR_ISSUE_NUMBER_TOO_LARGE);
	assert_int_equal(c.issues[3].kind, MR_ISSUE_CUT_OFF);
	assert_int_equal(capture_integer(&c, 1, "order_number"), 3);
}

/* The other files of the whole machine: slabinfo, vmallocinfo, iomem, sockstat, stat, settings. */
#include <string.h>

#include "tests/support/capture_sink.h"
#include "tests/support/test.h"

#define SLAB_HEADER                                                                                          \
	"slabinfo - version: 2.1\n"                                                                          \
	"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> "                  \
	": tunables <limit> <batchcount> <sharedfactor> "                                                    \
	": slabdata <active_slabs> <num_slabs> <sharedavail>\n"

TEST(slabinfo_columns_are_those_of_the_header)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/slabinfo",
		      SLAB_HEADER "bio-312               12     24    320   12    1 : tunables    0    0    "
				  "0 : slabdata      1      2      0\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(capture_text(&c, 0, "cache"), "bio-312");
	assert_int_equal(capture_integer(&c, 0, "line_number"), 3);
	assert_int_equal(capture_integer(&c, 0, "active_objs_count"), 12);
	assert_int_equal(capture_integer(&c, 0, "num_objs_count"), 24);
	assert_int_equal(capture_integer(&c, 0, "objsize_bytes"), 320);
	assert_int_equal(capture_integer(&c, 0, "pagesperslab_pages"), 1);
	assert_int_equal(capture_integer(&c, 0, "limit_count"), 0);
	assert_int_equal(capture_integer(&c, 0, "num_slabs_count"), 2);
}

TEST(slabinfo_tunables_of_slab_are_not_zero)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/slabinfo",
		      SLAB_HEADER
		      "can_gw 0 0 480 8 1 : tunables   54   27    8 : slabdata      0      0      0\n");
	assert_int_equal(capture_integer(&c, 0, "limit_count"), 54);
	assert_int_equal(capture_integer(&c, 0, "batchcount_count"), 27);
	assert_int_equal(capture_integer(&c, 0, "sharedfactor"), 8);
}

TEST(slabinfo_version_2_0_has_the_tunables_in_another_order)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(
		&c, "proc/slabinfo",
		"slabinfo - version: 2.0\n"
		"# name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables "
		"<batchcount> <limit> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n"
		"a 0 0 480 8 1 : tunables 54 27 8 : slabdata 0 0 0\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "batchcount_count"), 54);
	assert_int_equal(capture_integer(&c, 0, "limit_count"), 27);
}

TEST(slabinfo_names_may_be_long_and_hold_blanks_and_colons)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/slabinfo",
		      SLAB_HEADER
		      "nf_conntrack_ffff881026e52400      0      0    320   51    4 : tunables    0    0    "
		      "0 : slabdata      0      0      0\n"
		      "kmalloc-8 (DMA) : tunables 1 2 3 0 5 8 512 1 : tunables 0 0 0 : slabdata 0 7 0\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(capture_text(&c, 0, "cache"), "nf_conntrack_ffff881026e52400");
	assert_string_equal(capture_text(&c, 1, "cache"), "kmalloc-8 (DMA) : tunables 1 2 3");
	assert_int_equal(capture_integer(&c, 1, "num_objs_count"), 5);
	assert_int_equal(capture_integer(&c, 1, "num_slabs_count"), 7);
}

TEST(slabinfo_doubled_names_are_rows_of_their_own)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/slabinfo",
		      SLAB_HEADER "a 1 1 8 1 1 : tunables 0 0 0 : slabdata 1 1 0\n"
				  "a 2 2 8 1 1 : tunables 0 0 0 : slabdata 2 2 0\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 2);
	assert_int_equal(capture_integer(&c, 0, "line_number"), 3);
	assert_int_equal(capture_integer(&c, 1, "line_number"), 4);
}

TEST(slabinfo_without_a_header_is_read_as_version_2_1)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/slabinfo", "pid_2 3 28 576 28 4 : tunables 0 0 0 : slabdata 1 1 0\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "pagesperslab_pages"), 4);
}

TEST(slabinfo_hard_inputs_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/slabinfo", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
	capture_parse(&c, "proc/slabinfo",
		      SLAB_HEADER "a 1 x 8 1 1 : tunables 0 0 0 : slabdata 1 99999999999999999999 0\n"
				  "b 1 2 3\nc 1 1 8 1 1 : tunables 0 0 0 : slabs 1 1 0\nd 1 1 8 1 1 : tunab");
	assert_int_equal(c.row_count, 1);
	assert_int_equal(c.issue_count, 5);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_BAD_NUMBER);
	assert_int_equal(c.issues[1].kind, MR_ISSUE_NUMBER_TOO_LARGE);
	assert_int_equal(c.issues[2].kind, MR_ISSUE_UNKNOWN_LINE);
	assert_int_equal(c.issues[3].kind, MR_ISSUE_UNKNOWN_LINE);
	assert_int_equal(c.issues[4].kind, MR_ISSUE_CUT_OFF);
}

static size_t find_caller(const struct capture *c, const char *caller)
{
	for (size_t i = 0; i < c->row_count; i++)
		if (!strcmp(capture_text(c, i, "caller"), caller))
			return i;
	fail_msg("no row for the caller \"%s\"", caller);
	return 0;
}

TEST(vmallocinfo_is_summed_by_caller)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(
		&c, "proc/vmallocinfo",
		"0x00000000a7bce2d7-0x0000000065c1ee55   20480 kernel_clone+0x94/0x3e0 pages=4 vmalloc N0=4\n"
		"0xce000000-0xcf000000 16777216 iotable_init+0x0/0xb4 phys=e000000 ioremap\n"
		"0x00000000db199f7f-0x00000000b0ab0cd5   20480 kernel_clone+0x94/0x3e0 pages=4 vmalloc N0=4\n"
		"0x00000000db199f7f-0x00000000b0ab0cd5    8192 unpurged vm_area\n"
		"0x00000000db199f7f-0x00000000b0ab0cd5    4096 load_module+0x1/0x2 [nf tables] pages=1 "
		"vmalloc\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 4);
	size_t clone = find_caller(&c, "kernel_clone+0x94/0x3e0");
	assert_int_equal(capture_integer(&c, clone, "areas_count"), 2);
	assert_int_equal(capture_integer(&c, clone, "size_bytes"), 40960);
	assert_int_equal(capture_integer(&c, clone, "backed_pages"), 8);
	assert_true(capture_is_null(&c, find_caller(&c, "iotable_init+0x0/0xb4"), "backed_pages"));
	assert_int_equal(capture_integer(&c, find_caller(&c, ""), "size_bytes"), 8192);
}

TEST(vmallocinfo_names_the_module_of_the_caller)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/vmallocinfo", "0x1-0x2 4096 probe+0x1/0x2 [nvme] pages=1 vmalloc\n");
	assert_string_equal(capture_text(&c, 0, "caller"), "probe+0x1/0x2 [nvme]");
}

TEST(vmallocinfo_hard_inputs_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/vmallocinfo", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
	capture_parse(&c, "proc/vmallocinfo",
		      "0x1-0x2 x a+0x1/0x2\n0x1-0x2 18446744073709551615 a+0x1/0x2\n"
		      "0x1-0x2 5 a+0x1/0x2 pages=x\n0x1-0x");
	assert_int_equal(c.issue_count, 4);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_UNKNOWN_LINE), 2);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_CUT_OFF), 1);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_NUMBER_TOO_LARGE), 1);
	assert_true(capture_is_null(&c, 0, "size_bytes"));
	assert_int_equal(capture_integer(&c, 0, "areas_count"), 1);
}

TEST(iomem_depth_is_the_indentation)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/iomem",
		      "00001000-0009fbff : System RAM\n000a0000-000fffff : PCI Bus 0000:00\n"
		      "  000c0000-000c7fff : Video ROM\n"
		      "    000c0000-000c0fff : a : b\nfffffffffffff000-ffffffffffffffff : Reserved\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(c.row_count, 5);
	assert_int_equal(capture_integer(&c, 0, "start_address"), 0x1000);
	assert_int_equal(capture_integer(&c, 0, "end_address"), 0x9fbff);
	assert_string_equal(capture_text(&c, 0, "name"), "System RAM");
	assert_int_equal(capture_integer(&c, 2, "depth"), 1);
	assert_int_equal(capture_integer(&c, 3, "depth"), 2);
	assert_string_equal(capture_text(&c, 3, "name"), "a : b");
	assert_int_equal(capture_integer(&c, 4, "end_address"), -1);
}

TEST(iomem_without_the_right_is_rows_of_zeros)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/iomem", "00000000-00000000 : System RAM\n00000000-00000000 : System RAM\n");
	assert_int_equal(c.row_count, 2);
	assert_int_equal(capture_integer(&c, 1, "line_number"), 2);
	assert_int_equal(capture_integer(&c, 1, "end_address"), 0);
}

TEST(iomem_hard_inputs_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/iomem", "1-2 System RAM\nxyz-2 : a\n11111111111111111-2 : a\n00001000-0009f");
	assert_int_equal(c.row_count, 0);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_UNKNOWN_LINE), 3);
	assert_int_equal(capture_count_issues(&c, MR_ISSUE_CUT_OFF), 1);
}

TEST(sockstat_words_belong_to_their_protocol)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/net/sockstat",
		      "sockets: used 16\nTCP: inuse 1 orphan 0 tw 0 alloc 1 mem 346\nUDP: inuse 0 mem 2\n"
		      "FRAG: inuse 0 memory 99\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "sockets_used_count"), 16);
	assert_int_equal(capture_integer(&c, 0, "tcp_mem_pages"), 346);
	assert_int_equal(capture_integer(&c, 0, "udp_mem_pages"), 2);
	assert_int_equal(capture_integer(&c, 0, "frag_memory_bytes"), 99);
}

TEST(sockstat_hard_inputs_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/net/sockstat", "TCP: inuse x mood 1\nabc\nUDP: inuse 5 mem");
	assert_int_equal(c.issue_count, 4);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_BAD_NUMBER);
	assert_int_equal(c.issues[1].kind, MR_ISSUE_UNKNOWN_KEY);
	assert_int_equal(c.issues[2].kind, MR_ISSUE_UNKNOWN_LINE);
	assert_int_equal(c.issues[3].kind, MR_ISSUE_CUT_OFF);
	assert_int_equal(capture_integer(&c, 0, "udp_inuse_count"), 5);
}

TEST(sockstat_key_that_is_longer_than_any_is_unknown)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/net/sockstat",
		      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		      "AAAAAA: inuse 1\n");
	capture_assert_only_issue(&c, MR_ISSUE_UNKNOWN_KEY, 1);
}

TEST(kernel_stat_counts_the_cpus_online)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/stat",
		      "cpu  4950 0 2257 328524 306 0 49 13 0 0\ncpu0 2045 0 915 165064 20 0 9 4 0 0\n"
		      "cpu17 2905 0 1342 1 2 0 4 8 0 0\n"
		      "intr 223235 0 0 0\nctxt 504554\nbtime 1795255208\nprocesses 8061\nprocs_running 3\n"
		      "procs_blocked 0\n"
		      "softirq 148000 0 22070\n");
	assert_int_equal(c.issue_count, 0);
	assert_int_equal(capture_integer(&c, 0, "cpus_count"), 2);
	assert_int_equal(capture_integer(&c, 0, "boot_time_s"), 1795255208);
	assert_int_equal(capture_integer(&c, 0, "forks_count"), 8061);
}

TEST(kernel_stat_hard_inputs_are_issues)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/stat", "ctxt 1 2\ninvented 3\nctxt 4\nbtime");
	assert_int_equal(c.issue_count, 4);
	assert_int_equal(c.issues[0].kind, MR_ISSUE_BAD_NUMBER);
	assert_int_equal(c.issues[1].kind, MR_ISSUE_UNKNOWN_KEY);
	assert_int_equal(c.issues[2].kind, MR_ISSUE_DOUBLED_KEY);
	assert_int_equal(c.issues[3].kind, MR_ISSUE_CUT_OFF);
	assert_true(capture_is_null(&c, 0, "cpus_count"));
	assert_int_equal(capture_integer(&c, 0, "context_switches_count"), 4);
}

TEST(a_setting_is_its_text_under_its_path)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/sys/vm/lowmem_reserve_ratio", "256\t256\t32\t0\n");
	assert_int_equal(c.issue_count, 0);
	assert_string_equal(capture_text(&c, 0, "path"), "proc/sys/vm/lowmem_reserve_ratio");
	assert_string_equal(capture_text(&c, 0, "value"), "256\t256\t32\t0");
	capture_parse(&c, "sys/devices/system/cpu/online", "0-1");
	assert_string_equal(capture_text(&c, 0, "value"), "0-1");
	capture_parse(&c, "proc/sys/vm/anything", "\n");
	assert_string_equal(capture_text(&c, 0, "value"), "");
	capture_parse(&c, "proc/sys/vm/anything", "");
	capture_assert_only_issue(&c, MR_ISSUE_EMPTY_FILE, 0);
}

TEST(raw_files_give_nothing)
{
	_cleanup_capture_ struct capture c = {0};

	capture_parse(&c, "proc/version", "Linux version 6.1.0\n");
	assert_int_equal(c.status, 0);
	assert_int_equal(c.row_count + c.issue_count, 0);
}

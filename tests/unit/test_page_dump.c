/* Whole dumps of /proc/kpageflags, kpagecount and kpagecgroup. */
#include <endian.h>
#include <string.h>

#include "tests/support/foreign_import.h"
#include "tests/support/test.h"

#define LRU (UINT64_C(1) << 5)
#define BUDDY (UINT64_C(1) << 10)
#define MMAPPED (UINT64_C(1) << 11)
#define ANON (UINT64_C(1) << 12)
#define HEAD (UINT64_C(1) << 15)
#define TAIL (UINT64_C(1) << 16)
#define HUGE (UINT64_C(1) << 17)
#define NOPAGE (UINT64_C(1) << 20)
#define SLAB (UINT64_C(1) << 7)
#define ANON_PAGE (ANON | LRU | MMAPPED | 0x8)

#define FRAMES 32

/* A machine of 32 frames: four holes, a compound page, a free block, process memory. */
struct machine {
	uint64_t flags[FRAMES], count[FRAMES], cgroup[FRAMES];
};

static void fill(struct machine *machine)
{
	*machine = (struct machine){0};
	for (int i = 0; i < 4; i++)
		machine->flags[i] = NOPAGE;
	machine->flags[4] = HEAD | ANON_PAGE;
	machine->cgroup[4] = 77;
	for (int i = 5; i < 8; i++)
		machine->flags[i] = TAIL;
	for (int i = 4; i < 8; i++)
		machine->count[i] = 1;
	machine->flags[8] = BUDDY;
	for (int i = 8; i < 16; i++)
		machine->count[i] = (uint64_t)-127;
	for (int i = 16; i < 24; i++) {
		machine->flags[i] = ANON_PAGE;
		machine->count[i] = 2;
		machine->cgroup[i] = 99;
	}
	for (int i = 24; i < FRAMES; i++)
		machine->flags[i] = SLAB;
}

static void add_words(struct mr_tree *tree, const char *path, const uint64_t *words, size_t count,
		      bool is_big)
{
	uint64_t raw[FRAMES];

	for (size_t i = 0; i < count; i++)
		raw[i] = is_big ? htobe64(words[i]) : htole64(words[i]);
	mr_tree_add(tree, path, raw, count * sizeof(raw[0]));
}

static void add_machine(struct mr_tree *tree, const struct machine *machine, bool is_big)
{
	add_words(tree, "proc/kpageflags", machine->flags, FRAMES, is_big);
	add_words(tree, "proc/kpagecount", machine->count, FRAMES, is_big);
	add_words(tree, "proc/kpagecgroup", machine->cgroup, FRAMES, is_big);
	mr_tree_printf(tree, "proc/meminfo",
		       "MemTotal: 112 kB\nMemFree: 32 kB\nBuffers: 0 kB\nCached: 0 kB\n");
	/* tells the page size */
	mr_tree_printf(tree, "proc/1/smaps",
		       "00400000-00401000 r--p 00000000 00:00 0\nSize: 4 kB\nRss: 4 kB\nPss: 4 kB\n"
		       "KernelPageSize: 4 kB\nMMUPageSize: 4 kB\n");
}

/* A machine as it is to be captured, its tree, and what an import takes of it. */
struct dump {
	struct machine machine;
	struct mr_tree tree;
	struct taken taken;
};

static struct dump of_machine(void)
{
	struct dump dump = {0};

	fill(&dump.machine);
	return dump;
}

static void end(struct dump *dump)
{
	taken_end(&dump->taken);
	mr_tree_deinit(&dump->tree);
}

#define _cleanup_dump_ __attribute__((cleanup(end)))

static void take_tree(struct dump *dump)
{
	take_packed(&dump->taken, &dump->tree, NULL);
}

/* A little-endian machine, and what is in the tree already. */
static void take_machine(struct dump *dump)
{
	add_machine(&dump->tree, &dump->machine, false);
	take_tree(dump);
}

static void expect_machine(const struct taken *taken)
{
	expect_cell(taken,
		    "SELECT group_concat(first_pfn || '+' || frames_count, ' ') FROM (SELECT * FROM page_run "
		    "ORDER BY run)",
		    "4+1 5+3 8+1 9+7 16+8 24+8");
	expect_cell(taken, "SELECT ram_frames_count || ' ' || sampled_frames_count FROM pages_sample",
		    "28 28");
	expect_cell(taken, "SELECT count(*) FROM issue", "0");
}

TEST(the_place_in_the_file_is_the_number_of_the_frame_and_holes_are_left_out)
{
	_cleanup_dump_ struct dump dump = of_machine();

	take_machine(&dump);
	expect_machine(&dump.taken);
}

TEST(words_of_a_big_endian_machine_show_it_themselves)
{
	_cleanup_dump_ struct dump dump = of_machine();

	add_machine(&dump.tree, &dump.machine, true);
	take_tree(&dump);
	expect_machine(&dump.taken);
	expect_cell(&dump.taken,
		    "SELECT value || ': ' || how FROM evidence WHERE fact = 'endianness' AND is_used",
		    "big: no frame has a flag beyond bit 47; in the other byte order 18 of 32 have");
}

TEST(tails_have_the_flags_and_the_cgroup_of_their_head_beside_their_own)
{
	_cleanup_dump_ struct dump dump = of_machine();

	take_machine(&dump);
	expect_cell(&dump.taken,
		    "SELECT printf('%x %x %d %d', page_flags, head_flags, cgroup_inode, head_cgroup_inode)"
		    "  FROM page_run WHERE first_pfn = 5",
		    "10000 9828 0 77");
	expect_cell(&dump.taken, "SELECT sampled_count FROM page_class WHERE class = 'anonymous'", "12");
}

TEST(tails_of_the_huge_page_pool_and_tails_without_a_head_stay_as_they_are)
{
	_cleanup_dump_ struct dump dump = of_machine();

	dump.machine.flags[4] = HEAD | HUGE;
	for (int i = 5; i < 8; i++)
		dump.machine.flags[i] = TAIL | HUGE;
	dump.machine.flags[25] = TAIL; /* behind slab that is no compound page */
	take_machine(&dump);
	expect_cell(&dump.taken, "SELECT count(*) FROM page_run WHERE page_flags <> head_flags", "0");
	expect_cell(&dump.taken, "SELECT sampled_count FROM page_class WHERE class = 'hugetlb'", "4");
}

TEST(counts_below_zero_are_free_or_typed_frames_and_no_mappings)
{
	_cleanup_dump_ struct dump dump = of_machine();

	take_machine(&dump);
	expect_cell(&dump.taken, "SELECT mapcount FROM page_run WHERE first_pfn = 9", "-127");
	/* the head of the free block, and what cannot be told from free frames */
	expect_cell(&dump.taken, "SELECT sampled_count FROM page_class WHERE class = 'free_or_other_kernel'",
		    "8");
}

TEST(frames_flagged_free_behind_the_first_of_a_block_show_that_all_are)
{
	_cleanup_dump_ struct dump dump = of_machine();

	for (int i = 8; i < 16; i++)
		dump.machine.flags[i] = BUDDY;
	take_machine(&dump);
	expect_cell(&dump.taken, "SELECT probe_buddy_tail FROM capture_meta", "1");
	expect_cell(&dump.taken, "SELECT sampled_count FROM page_class WHERE class = 'free'", "8");
}

TEST(neighbours_that_are_free_blocks_of_their_own_show_nothing)
{
	_cleanup_dump_ struct dump dump = of_machine();

	dump.machine.flags[23] = dump.machine.flags[24] = BUDDY;
	take_machine(&dump);
	expect_cell(&dump.taken, "SELECT probe_buddy_tail FROM capture_meta", "0");
}

TEST(frames_outside_of_the_ram_ranges_are_left_out_where_the_kernel_does_not_flag_them)
{
	_cleanup_dump_ struct dump dump = of_machine();

	for (int i = 0; i < 4; i++)
		dump.machine.flags[i] = 0;
	add_machine(&dump.tree, &dump.machine, false);
	/* from inside frame 3, in two ranges that touch, with a device before them */
	mr_tree_printf(&dump.tree, "proc/iomem",
		       "00000000-00000fff : Reserved\n00003800-0000ffff : System RAM\n"
		       "  00004000-00004fff : Kernel code\n00010000-0001ffff : System RAM\n");
	take_tree(&dump);
	expect_machine(&dump.taken);
}

TEST(how_much_ram_there_is_stays_unknown_where_nothing_tells_holes)
{
	_cleanup_dump_ struct dump dump = of_machine();

	for (int i = 0; i < 4; i++)
		dump.machine.flags[i] = 0;
	add_machine(&dump.tree, &dump.machine, false);
	mr_tree_printf(&dump.tree, "proc/iomem", "00000000-00000000 : System RAM\n");
	take_tree(&dump);
	expect_cell(&dump.taken, "SELECT sum(frames_count) FROM page_run", "32");
	expect_cell(&dump.taken, "SELECT ram_frames_count FROM pages_sample", "NULL");
}

TEST(ram_ranges_that_are_more_than_are_kept_tell_nothing)
{
	_cleanup_dump_ struct dump dump = of_machine();
	struct mr_buffer iomem = {0};

	add_machine(&dump.tree, &dump.machine, false);
	for (unsigned long i = 0; i < 4096; i++)
		mr_buffer_printf(&iomem, "%lx-%lx : System RAM\n", 0x100000 + 0x2000 * i,
				 0x100fff + 0x2000 * i);
	mr_buffer_append_text(&iomem, "00003800-0001ffff : System RAM\n");
	mr_tree_take(&dump.tree, "proc/iomem", &iomem);
	take_tree(&dump);
	expect_machine(&dump.taken);
}

/* The two files are read one after the other: a page may have been freed, or given away, in between. */
TEST(a_frame_that_is_free_and_mapped_is_free)
{
	_cleanup_dump_ struct dump dump = of_machine();

	for (int i = 8; i < 16; i++)
		dump.machine.flags[i] = BUDDY;
	dump.machine.count[9] = 3;
	take_machine(&dump);
	expect_cell(&dump.taken, "SELECT sampled_count FROM page_class WHERE class = 'free'", "8");
	expect_cell(&dump.taken, "SELECT mapcount FROM page_run WHERE first_pfn = 9", "3");
}

TEST(ram_may_begin_at_a_gibibyte)
{
	_cleanup_dump_ struct dump dump = of_machine();
	struct mr_buffer words = {0};

	for (size_t i = 0; i < 0x40000; i++)
		mr_buffer_append(&words, &(uint64_t){htole64(NOPAGE)}, sizeof(uint64_t));
	for (int i = 4; i < FRAMES; i++)
		mr_buffer_append(&words, &(uint64_t){htole64(dump.machine.flags[i])}, sizeof(uint64_t));
	mr_tree_take(&dump.tree, "proc/kpageflags", &words);
	take_packed(&dump.taken, &dump.tree, &(struct mr_tar_way){.filter = "gzip"});
	expect_cell(&dump.taken, "SELECT min(first_pfn) || ' ' || sum(frames_count) FROM page_run",
		    "262144 28");
	expect_cell(&dump.taken, "SELECT ram_frames_count FROM pages_sample", "28");
}

TEST(words_in_an_order_that_nothing_tells_give_no_rows)
{
	_cleanup_dump_ struct dump dump = {0};

	take_machine(&dump);
	expect_cell(&dump.taken, "SELECT count(*) FROM page_run", "0");
	expect_cell(&dump.taken, "SELECT group_concat(path || ': ' || text, '; ') FROM issue",
		    "proc/kpageflags: nothing tells the byte order; proc/kpagecount: nothing tells the byte "
		    "order; "
		    "proc/kpagecgroup: nothing tells the byte order");
}

TEST(a_count_that_is_cut_off_is_left_out_and_the_flags_stay)
{
	_cleanup_dump_ struct dump dump = of_machine();

	add_words(&dump.tree, "proc/kpageflags", dump.machine.flags, FRAMES, false);
	add_words(&dump.tree, "proc/kpagecount", dump.machine.count, FRAMES - 1, false);
	take_tree(&dump);
	expect_cell(&dump.taken,
		    "SELECT count(*) > 0 AND count(mapcount) = 0 AND count(cgroup_inode) = 0 FROM page_run",
		    "1");
	expect_cell(&dump.taken, "SELECT kind || ' ' || path || ': ' || text FROM issue",
		    "cut_off proc/kpagecount: not as many words as kpageflags");
}

TEST(counts_without_flags_tell_nothing)
{
	_cleanup_dump_ struct dump dump = of_machine();

	add_words(&dump.tree, "proc/kpagecount", dump.machine.count, FRAMES, false);
	take_tree(&dump);
	expect_cell(&dump.taken, "SELECT count(*) FROM page_run", "0");
	expect_cell(&dump.taken, "SELECT path || ': ' || text FROM issue",
		    "proc/kpagecount: without kpageflags nothing tells which frames are RAM");
}

TEST(a_dump_that_ends_inside_a_word_says_so)
{
	_cleanup_dump_ struct dump dump = of_machine();

	mr_tree_add(&dump.tree, "proc/kpageflags", dump.machine.flags, sizeof(dump.machine.flags) - 3);
	take_tree(&dump);
	expect_cell(&dump.taken, "SELECT sum(frames_count) FROM page_run", "27");
	expect_cell(&dump.taken, "SELECT path || ': ' || text FROM issue",
		    "proc/kpageflags: ends inside a word");
}

TEST(a_dump_beyond_the_limit_is_left_out_and_said)
{
	_cleanup_dump_ struct dump dump = {0};
	struct mr_buffer words = {0};

	for (size_t i = 0; i <= (16u << 20) / sizeof(uint64_t); i++)
		mr_buffer_append(&words, &(uint64_t){LRU}, sizeof(uint64_t));
	mr_tree_take(&dump.tree, "proc/kpageflags", &words);
	mr_tree_printf(&dump.tree, "proc/meminfo", "MemTotal: 112 kB\nMemFree: 32 kB\n");
	take_packed(&dump.taken, &dump.tree, &(struct mr_tar_way){.filter = "gzip"});
	expect_cell(&dump.taken, "SELECT count(*) FROM page_run", "0");
	expect_cell(&dump.taken, "SELECT kind || ' ' || path || ': ' || text FROM issue",
		    "number_too_large proc/kpageflags: more words than are taken");
}

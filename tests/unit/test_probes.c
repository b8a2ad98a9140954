/* What the probes find in a tree that is made for them, and in a reader that they hold up. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/base/clock.h"
#include "collect/kpage.h"
#include "collect/probes.h"
#include "collect/reader.h"
#include "collect/status.h"
#include "tests/support/test.h"

/* Two ranges of RAM, and a frame between them that is none. */
#define FRAMES 2048
#define HOLE_PFN 1024
#define HUGE_PFN 1536

static char folder[32];
static struct mr_tree tree;
static uint64_t flags[FRAMES], inodes[FRAMES];

static const char *in_proc(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/proc/%s", folder, name);
	return path;
}

static void write_file(const char *name, const void *bytes, size_t length_bytes)
{
	FILE *file = fopen(in_proc(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length_bytes, file), length_bytes);
	fclose(file);
}

static void make_tree(void)
{
	uint64_t page_size_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	char iomem[128];

	strcpy(folder, "/tmp/memreckon-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(mkdir(in_proc(""), 0700), 0);
	int length = snprintf(iomem, sizeof(iomem),
			      "%" PRIx64 "-%" PRIx64 " : System RAM\n"
			      "%" PRIx64 "-%" PRIx64 " : System RAM\n",
			      page_size_bytes, HOLE_PFN * page_size_bytes - 1,
			      (HOLE_PFN + 1) * page_size_bytes, FRAMES * page_size_bytes - 1);
	write_file("iomem", iomem, (size_t)length);
	memset(flags, 0, sizeof(flags));
	memset(inodes, 0, sizeof(inodes));
	assert_int_equal(mr_tree_open(&tree, folder, NULL), 0);
}

static void remove_tree(void)
{
	static const char *const names[] = {"iomem", "kpageflags", "kpagecgroup", ""};

	mr_tree_close(&tree);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(in_proc(names[i]));
	rmdir(folder);
}

static struct mr_probes probe(void)
{
	struct mr_probes probes;

	write_file("kpageflags", flags, sizeof(flags));
	write_file("kpagecgroup", inodes, sizeof(inodes));
	mr_probes_run(&tree, &probes);
	return probes;
}

static void make_huge_page(uint64_t pfn, uint64_t head_inode, uint64_t tail_inode)
{
	flags[pfn] = MR_KPF_THP | MR_KPF_COMPOUND_HEAD;
	flags[pfn + 1] = MR_KPF_THP | MR_KPF_COMPOUND_TAIL;
	inodes[pfn] = head_inode;
	inodes[pfn + 1] = tail_inode;
}

TEST(probes_see_what_a_hole_is_flagged_with)
{
	make_tree();
	flags[HOLE_PFN] = UINT64_C(1) << 20;
	struct mr_probes probes = probe();
	assert_true(probes.hole_flags.is_known);
	assert_int_equal(probes.hole_flags.number, UINT64_C(1) << 20);
	remove_tree();
}

TEST(probes_see_whether_the_second_frame_of_a_free_block_is_flagged)
{
	make_tree();
	flags[40] = MR_KPF_BUDDY;
	assert_int_equal(probe().buddy_tail.number, 0);
	flags[41] = MR_KPF_BUDDY;
	struct mr_probes probes = probe();
	assert_true(probes.buddy_tail.is_known);
	assert_int_equal(probes.buddy_tail.number, 1);
	remove_tree();
}

TEST(two_free_blocks_side_by_side_that_are_no_pair_are_not_one_block)
{
	make_tree();
	/* the buddy of frame 41 is 40, that of 42 is 43 */
	flags[41] = flags[42] = MR_KPF_BUDDY;
	struct mr_probes probes = probe();
	assert_true(probes.buddy_tail.is_known);
	assert_int_equal(probes.buddy_tail.number, 0);
	/* where a range begins at an odd frame, too */
	memset(flags, 0, sizeof(flags));
	flags[HOLE_PFN + 1] = flags[HOLE_PFN + 2] = MR_KPF_BUDDY;
	assert_int_equal(probe().buddy_tail.number, 0);
	flags[HOLE_PFN + 3] = MR_KPF_BUDDY;
	assert_int_equal(probe().buddy_tail.number, 1);
	remove_tree();
}

TEST(probes_without_a_free_frame_do_not_say_how_free_blocks_are_flagged)
{
	make_tree();
	assert_false(probe().buddy_tail.is_known);
	remove_tree();
}

TEST(probes_see_who_is_charged_for_the_second_frame_of_a_huge_page)
{
	make_tree();
	make_huge_page(HUGE_PFN, 77, 0);
	struct mr_probes probes = probe();
	assert_true(probes.thp_head_inode.is_known && probes.thp_tail_inode.is_known);
	assert_int_equal(probes.thp_head_inode.number, 77);
	assert_int_equal(probes.thp_tail_inode.number, 0);
	inodes[HUGE_PFN + 1] = 77;
	assert_int_equal(probe().thp_tail_inode.number, 77);
	remove_tree();
}

TEST(probes_do_not_take_a_huge_page_that_nobody_is_charged_for_or_another_compound_page)
{
	make_tree();
	make_huge_page(HUGE_PFN, 0, 0);
	make_huge_page(512, 77, 77);
	flags[512] &= ~MR_KPF_THP;
	assert_false(probe().thp_head_inode.is_known);
	remove_tree();
}

TEST(probes_of_frames_know_nothing_without_frames)
{
	struct mr_probes probes;

	make_tree();
	mr_probes_run(&tree, &probes);
	assert_false(probes.hole_flags.is_known || probes.thp_head_inode.is_known);
	assert_true(probes.statm_before_pages.is_known && probes.stat_after_pages.is_known);
	remove_tree();
}

TEST(probes_that_hang_cost_their_time_and_the_next_file_is_read)
{
	struct mr_reading reading;
	struct mr_reader reader;

	make_tree();
	assert_int_equal(mkfifo(in_proc("kpageflags"), 0600), 0);
	mr_reader_init(&reader, &tree, 0);
	uint64_t begin_ns = mr_now_ns();
	mr_reader_probe(&reader, 100 * MR_MILLISECOND_NS, &reading);
	assert_int_equal(reading.error_number, MR_NO_ANSWER);
	assert_true(mr_now_ns() - begin_ns < 10 * MR_SECOND_NS);
	mr_reader_read(&reader, "", "proc/iomem", 5 * MR_SECOND_NS, &reading);
	assert_int_equal(reading.error_number, 0);
	mr_reader_deinit(&reader);
	remove_tree();
}

TEST(probes_answer_through_a_reader)
{
	struct mr_reading reading;
	struct mr_reader reader;

	make_tree();
	mr_reader_init(&reader, &tree, 0);
	mr_reader_probe(&reader, 5 * MR_SECOND_NS, &reading);
	assert_int_equal(reading.error_number, 0);
	assert_int_equal(reading.length_bytes, sizeof(struct mr_probes));
	assert_true(((const struct mr_probes *)(const void *)reading.bytes)->statm_after_pages.is_known);
	mr_reader_deinit(&reader);
	remove_tree();
}

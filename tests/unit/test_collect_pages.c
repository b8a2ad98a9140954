/* Which page frames the collector samples, and how their words are found and kept. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/kpage.h"
#include "collect/ranges.h"
#include "collect/sample.h"
#include "collect/word_table.h"
#include "tests/support/test.h"

static int parse(struct mr_ranges *ranges, const char *text, uint64_t page_size_bytes)
{
	return mr_ranges_parse(ranges, text, strlen(text), page_size_bytes);
}

TEST(ranges_are_the_top_level_lines_of_system_ram)
{
	struct mr_ranges ranges;

	assert_int_equal(parse(&ranges,
			       "00000000-00000fff : Reserved\n"
			       "00001000-0009fbff : System RAM\n"
			       "00100000-bfffffff : System RAM\n"
			       "  01000000-01ffffff : Kernel code\n"
			       "  02000000-02ffffff : System RAM\n"
			       "100000000-63fffffff : System RAM (kmem)\n"
			       "fee00000-fee00fff : Local APIC\n",
			       4096),
			 0);
	assert_int_equal(ranges.count, 3);
	assert_int_equal(ranges.ranges[0].first_pfn, 1);
	assert_int_equal(ranges.ranges[0].frames_count, 158); /* the last, half a frame, is rounded down */
	assert_int_equal(ranges.ranges[1].first_pfn, 256);
	assert_int_equal(ranges.ranges[2].first_pfn, 1048576);
	assert_int_equal(ranges.frames_count, 158 + 786176 + 5505024);
	assert_int_equal(mr_ranges_hole(&ranges), 159);
	mr_ranges_deinit(&ranges);
}

TEST(ranges_round_inwards_to_large_pages)
{
	struct mr_ranges ranges;

	assert_int_equal(parse(&ranges, "00001000-0003ffff : System RAM\n", 65536), 0);
	assert_int_equal(ranges.ranges[0].first_pfn, 1);
	assert_int_equal(ranges.ranges[0].frames_count, 3);
	assert_int_equal(mr_ranges_hole(&ranges), UINT64_MAX);
	mr_ranges_deinit(&ranges);
}

TEST(ranges_with_hidden_addresses_are_refused_as_no_right)
{
	struct mr_ranges ranges;

	assert_int_equal(
		parse(&ranges, "00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n", 4096),
		-EACCES);
	mr_ranges_deinit(&ranges);
}

TEST(ranges_of_hostile_text_stay_ascending_and_whole)
{
	static const char *const texts[] = {
		"",
		"\n\n\n",
		"-",
		"00001000",
		"00001000-",
		"00001000-00001fff",
		"00001000-00001fff : ",
		"00001000-00001ffe : System RAM\n",
		"11111111111111111-22222222222222222 : System RAM\n",
		"2000-1000 : System RAM",
	};
	struct mr_ranges ranges;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_true(parse(&ranges, texts[i], 4096) < 0);
		assert_int_equal(ranges.count, 0);
		mr_ranges_deinit(&ranges);
	}
	/* overlapping and descending ranges would sample a frame twice */
	assert_int_equal(parse(&ranges,
			       "4000-7fff : System RAM\n5000-9fff : System RAM\n1000-1fff : System RAM\n",
			       4096),
			 0);
	assert_int_equal(ranges.count, 1);
	mr_ranges_deinit(&ranges);
	assert_int_equal(
		parse(&ranges, "fffffffffffff000-ffffffffffffffff : System RAM\n0-ffff : System RAM", 4096),
		0);
	assert_int_equal(ranges.count, 1);
	mr_ranges_deinit(&ranges);
}

/* Two ranges, 1000 and 24 frames. */
static struct mr_range two[] = {{100, 1000}, {5000, 24}};
static const struct mr_ranges two_ranges = {two, 2, 1024};

TEST(sample_takes_one_frame_of_each_stratum)
{
	struct mr_sample sample;
	uint64_t pfn;

	mr_sample_begin(&sample, &two_ranges, 100, 42);
	for (uint64_t i = 0; i < 100; i++) {
		assert_int_equal(mr_sample_next(&sample, 128, &pfn), 1);
		uint64_t number = pfn < 5000 ? pfn - 100 : pfn - 5000 + 1000;
		assert_true(number >= i * 1024 / 100 && number < (i + 1) * 1024 / 100);
	}
	assert_int_equal(mr_sample_next(&sample, 128, &pfn), 0);
}

TEST(sample_is_the_same_for_the_same_seed_and_another_for_another)
{
	struct mr_sample a, b, c;
	unsigned equal = 0;

	mr_sample_begin(&a, &two_ranges, 64, 7);
	mr_sample_begin(&b, &two_ranges, 64, 7);
	mr_sample_begin(&c, &two_ranges, 64, 8);
	for (int i = 0; i < 64; i++) {
		uint64_t pfn_a, pfn_b, pfn_c;

		assert_int_equal(mr_sample_next(&a, 1, &pfn_a), 1);
		assert_int_equal(mr_sample_next(&b, 1, &pfn_b), 1);
		assert_int_equal(mr_sample_next(&c, 1, &pfn_c), 1);
		assert_int_equal(pfn_a, pfn_b);
		equal += pfn_a == pfn_c;
	}
	assert_true(equal < 32);
}

/* The published first outputs of splitmix64 for the seed 1234567 (any implementation gives these). */
TEST(sample_follows_the_documented_generator)
{
	static const uint64_t outputs[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u};
	static struct mr_range whole[] = {{0, 1ull << 40}};
	const struct mr_ranges ranges = {whole, 1, 1ull << 40};
	struct mr_sample sample;
	uint64_t pfn;

	mr_sample_begin(&sample, &ranges, 1u << 20, 1234567);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(mr_sample_next(&sample, 1, &pfn), 1);
		assert_int_equal(pfn, (i << 20) + (outputs[i] >> 44));
	}
}

TEST(sample_of_every_frame_goes_in_runs_that_end_with_their_range)
{
	struct mr_sample sample;
	uint64_t pfn, total = 0, runs = 0;

	mr_sample_begin(&sample, &two_ranges, 1024, 1);
	for (uint64_t count; (count = mr_sample_next(&sample, 300, &pfn)); runs++) {
		assert_true(count <= 300);
		assert_int_equal(pfn, total < 1000 ? 100 + total : 5000 + total - 1000);
		total += count;
	}
	assert_int_equal(total, 1024);
	assert_int_equal(runs, 5);
}

TEST(sample_of_a_machine_too_large_for_the_product_stays_inside)
{
	static struct mr_range huge[] = {{0, 1ull << 51}};
	const struct mr_ranges ranges = {huge, 1, 1ull << 51};
	struct mr_sample sample;
	uint64_t pfn, before = 0, count = 0;

	mr_sample_begin(&sample, &ranges, (1u << 24) - 3, 5);
	for (; mr_sample_next(&sample, 1, &pfn); count++) {
		assert_true(!count || pfn > before);
		before = pfn;
	}
	assert_int_equal(count, (1u << 24) - 3);
	assert_true(before < 1ull << 51);
}

TEST(word_table_gives_back_what_was_put_in)
{
	struct mr_word_table table;

	assert_int_equal(mr_word_table_init(&table, 5000), 0);
	for (uint64_t i = 0; i < 5000; i++) {
		const uint64_t words[MR_WORDS_PER_FRAME] = {i % 1700, UINT64_MAX - i % 2, i / 3, 0, i << 50};

		assert_int_equal(mr_word_table_add(&table, words), 0);
	}
	for (uint64_t i = 0; i < 5000; i++) {
		const uint64_t words[MR_WORDS_PER_FRAME] = {i % 1700, UINT64_MAX - i % 2, i / 3, 0, i << 50};

		assert_memory_equal(mr_word_table_get(&table, i), words, sizeof(words));
	}
	mr_word_table_deinit(&table);
}

TEST(word_table_keeps_equal_frames_once)
{
	const uint64_t words[MR_WORDS_PER_FRAME] = {1, 2, 3, 4, 5};
	struct mr_word_table table;

	assert_int_equal(mr_word_table_init(&table, 100000), 0);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(mr_word_table_add(&table, words), 0);
	assert_int_equal(table.combinations_count, 1);
	mr_word_table_deinit(&table);
}

/* A kpageflags of our own with these words. */
static struct mr_kpage kpage_of(const uint64_t *words, size_t count)
{
	char path[] = "/tmp/memreckon-test-XXXXXX";
	struct mr_kpage kpage = {.fds = {-1, -1, -1}, .error_numbers = {0, ENOENT, ENOENT}};

	kpage.fds[MR_KPAGE_FLAGS] = mkstemp(path);
	assert_true(kpage.fds[MR_KPAGE_FLAGS] >= 0);
	unlink(path);
	assert_int_equal(write(kpage.fds[MR_KPAGE_FLAGS], words, count * sizeof(*words)),
			 count * sizeof(*words));
	return kpage;
}

TEST(head_of_a_tail_is_found_wherever_in_the_compound_page_it_is)
{
	uint64_t words[64] = {0}, raw = 0;

	words[32] = MR_KPF_COMPOUND_HEAD | 1;
	for (int i = 33; i < 48; i++)
		words[i] = MR_KPF_COMPOUND_TAIL;
	words[16] = MR_KPF_COMPOUND_HEAD;
	struct mr_kpage kpage = kpage_of(words, 64);
	for (uint64_t pfn = 33; pfn < 48; pfn++) {
		assert_int_equal(mr_kpage_head(&kpage, pfn, MR_KPF_COMPOUND_TAIL, 0, &raw), 32);
		assert_int_equal(raw, MR_KPF_COMPOUND_HEAD | 1);
	}
	mr_kpage_close(&kpage);
}

TEST(head_is_the_frame_itself_when_it_is_no_tail_or_hugetlb_or_the_range_begins_later)
{
	uint64_t words[8] = {MR_KPF_COMPOUND_HEAD, MR_KPF_COMPOUND_TAIL, 0, MR_KPF_COMPOUND_TAIL}, raw = 99;
	struct mr_kpage kpage = kpage_of(words, 8);

	assert_int_equal(mr_kpage_head(&kpage, 1, 0, 0, &raw), 1);
	assert_int_equal(mr_kpage_head(&kpage, 1, MR_KPF_COMPOUND_TAIL | MR_KPF_HUGE, 0, &raw), 1);
	assert_int_equal(mr_kpage_head(&kpage, 1, MR_KPF_COMPOUND_TAIL, 1, &raw), 1);
	assert_int_equal(mr_kpage_head(&kpage, 3, MR_KPF_COMPOUND_TAIL, 0, &raw), 3); /* 2 is no head */
	assert_int_equal(raw, 99);
	mr_kpage_close(&kpage);
}

TEST(head_is_found_in_words_of_the_other_byte_order)
{
	uint64_t words[4] = {__builtin_bswap64(MR_KPF_COMPOUND_HEAD),
			     __builtin_bswap64(MR_KPF_COMPOUND_TAIL)},
		 raw = 0;
	struct mr_kpage kpage = kpage_of(words, 4);

	kpage.is_swapped = true;
	assert_int_equal(mr_kpage_head(&kpage, 1, MR_KPF_COMPOUND_TAIL, 0, &raw), 0);
	assert_int_equal(raw, words[0]);
	mr_kpage_close(&kpage);
}

TEST(words_behind_the_end_of_the_file_close_it_with_a_reason)
{
	uint64_t words[4] = {1, 2, 3, 4}, read[8];
	struct mr_kpage kpage = kpage_of(words, 4);

	assert_int_equal(mr_kpage_read(&kpage, MR_KPAGE_FLAGS, 2, 2, read), 0);
	assert_int_equal(read[1], 4);
	assert_int_equal(mr_kpage_read(&kpage, MR_KPAGE_FLAGS, 3, 2, read), ENODATA);
	assert_int_equal(kpage.fds[MR_KPAGE_FLAGS], -1);
	assert_int_equal(mr_kpage_read(&kpage, MR_KPAGE_FLAGS, 0, 1, read), ENODATA);
	assert_int_equal(mr_kpage_read(&kpage, MR_KPAGE_COUNT, 0, 1, read), ENOENT);
	mr_kpage_close(&kpage);
}

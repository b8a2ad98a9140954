/* Sampling page frames.  The three words of a frame are read back to back, and its flags once more: file
 * after file, frames that are allocated in between would look as if nobody were charged for them. */
#include "collect/pages.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "collect/kpage.h"
#include "collect/ranges.h"
#include "collect/sample.h"
#include "collect/word_table.h"

/* Frames that are read with one call of each file, when every frame is read. */
#define RUN_FRAMES_MAX 128

/* Members made of the words of a frame, in the order of the words in the table. */
static const struct {
	const char *path;
	enum mr_kpage_file file; /* that it comes from */
	bool needs_flags;
} columns[MR_WORDS_PER_FRAME] = {
	{"pages/kpageflags.u64", MR_KPAGE_FLAGS, true},
	{"pages/kpagecount.u64", MR_KPAGE_COUNT, false},
	{"pages/kpagecgroup.u64", MR_KPAGE_CGROUP, false},
	{"pages/head_kpageflags.u64", MR_KPAGE_FLAGS, true},
	{"pages/head_kpagecgroup.u64", MR_KPAGE_CGROUP, true},
};
enum { WORD_FLAGS, WORD_COUNT, WORD_CGROUP, WORD_HEAD_FLAGS, WORD_HEAD_CGROUP };

struct pages {
	struct mr_capture *capture;
	struct mr_kpage kpage;
	struct mr_ranges ranges;
	struct mr_word_table table;
	uint64_t seed;
	uint64_t strata_count;
	uint64_t unstable_frames_count;
	uint64_t start_ns, duration_ns;
};

/* Why a column cannot be made; 0 when it can. */
static int column_error(const struct pages *pages, int column)
{
	int error_number = pages->kpage.error_numbers[columns[column].file];

	if (!error_number && columns[column].needs_flags)
		error_number = pages->kpage.error_numbers[MR_KPAGE_FLAGS];
	return error_number;
}

static void report_missing(struct pages *pages, int column, int error_number)
{
	const struct mr_place place = {
		.path = columns[column].path,
		.subject = MR_SUBJECT_PAGES,
		.name = column < MR_KPAGE_FILES ? mr_kpage_names[column] : columns[column].path,
	};

	mr_capture_missing(pages->capture, &place, error_number);
}

/* The words of the head of the frame's compound page: the frame's own where it is no tail. */
static void read_head(struct pages *pages, uint64_t pfn, uint64_t words[MR_WORDS_PER_FRAME])
{
	struct mr_kpage *kpage = &pages->kpage;
	uint64_t flags = mr_kpage_decode(kpage, words[WORD_FLAGS]);
	size_t range = 0;

	words[WORD_HEAD_FLAGS] = words[WORD_FLAGS];
	words[WORD_HEAD_CGROUP] = words[WORD_CGROUP];
	if (!(flags & MR_KPF_COMPOUND_TAIL))
		return;
	while (pfn - pages->ranges.ranges[range].first_pfn >= pages->ranges.ranges[range].frames_count)
		range++;
	uint64_t head = mr_kpage_head(kpage, pfn, flags, pages->ranges.ranges[range].first_pfn,
				      &words[WORD_HEAD_FLAGS]);
	if (head != pfn)
		mr_kpage_read(kpage, MR_KPAGE_CGROUP, head, 1, &words[WORD_HEAD_CGROUP]);
}

/* Frames in a row.  A word that cannot be read is 0 in the table; its column is not written then. */
static int read_run(struct pages *pages, uint64_t first_pfn, size_t frames_count)
{
	static uint64_t words[MR_KPAGE_FILES][RUN_FRAMES_MAX], again[RUN_FRAMES_MAX];

	for (int file = 0; file < MR_KPAGE_FILES; file++)
		mr_kpage_read(&pages->kpage, file, first_pfn, frames_count, words[file]);
	bool is_read_again = !mr_kpage_read(&pages->kpage, MR_KPAGE_FLAGS, first_pfn, frames_count, again);
	for (size_t i = 0; i < frames_count; i++) {
		uint64_t frame[MR_WORDS_PER_FRAME] = {words[MR_KPAGE_FLAGS][i], words[MR_KPAGE_COUNT][i],
						      words[MR_KPAGE_CGROUP][i]};

		pages->unstable_frames_count += is_read_again && again[i] != frame[WORD_FLAGS];
		if (is_read_again)
			read_head(pages, first_pfn + i, frame);
		if (mr_word_table_add(&pages->table, frame) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_sample(struct pages *pages)
{
	struct mr_sample sample;
	uint64_t first_pfn, frames_count;
	int result = mr_word_table_init(&pages->table, pages->strata_count);

	pages->start_ns = mr_now_ns();
	mr_sample_begin(&sample, &pages->ranges, pages->strata_count, pages->seed);
	while (!result && mr_capture_goes_on(pages->capture) &&
	       (frames_count = mr_sample_next(&sample, RUN_FRAMES_MAX, &first_pfn)))
		result = read_run(pages, first_pfn, frames_count);
	pages->duration_ns = mr_now_ns() - pages->start_ns;
	return result;
}

/* A member of 64-bit words that is written piece by piece. */
struct word_member {
	struct pages *pages;
	const char *path;
	struct sha256_ctx sha256;
	uint64_t piece[512];
	size_t piece_words;
};

static void flush_words(struct word_member *member)
{
	size_t piece_bytes = member->piece_words * sizeof(member->piece[0]);

	sha256_update(&member->sha256, piece_bytes, (const uint8_t *)member->piece);
	mr_archive_out_data(member->pages->capture->archive, member->piece, piece_bytes);
	member->piece_words = 0;
}

static void begin_words(struct word_member *member, struct pages *pages, const char *path)
{
	struct mr_capture *capture = pages->capture;

	member->pages = pages;
	member->path = path;
	member->piece_words = 0;
	sha256_init(&member->sha256);
	mr_archive_out_begin(capture->archive, path, mr_capture_wall_s(capture, pages->start_ns),
			     pages->strata_count * sizeof(uint64_t));
}

static void put_word(struct word_member *member, uint64_t word)
{
	member->piece[member->piece_words++] = word;
	if (member->piece_words == sizeof(member->piece) / sizeof(member->piece[0]))
		flush_words(member);
}

static void end_words(struct word_member *member)
{
	struct pages *pages = member->pages;
	uint8_t digest[SHA256_DIGEST_SIZE];

	flush_words(member);
	sha256_digest(&member->sha256, sizeof(digest), digest);
	const struct mr_manifest_row row = {
		.path = member->path,
		.status = "ok",
		.bytes = pages->strata_count * sizeof(uint64_t),
		.start_ns = pages->start_ns,
		.duration_ns = pages->duration_ns,
		.sha256 = digest,
	};
	mr_capture_row(pages->capture, &row);
}

/* The frame numbers follow from the seed; they are drawn again instead of being kept. */
static void write_frame_numbers(struct pages *pages, struct word_member *member)
{
	struct mr_sample sample;
	uint64_t first_pfn, frames_count;

	begin_words(member, pages, "pages/pfn.u64");
	mr_sample_begin(&sample, &pages->ranges, pages->strata_count, pages->seed);
	while ((frames_count = mr_sample_next(&sample, RUN_FRAMES_MAX, &first_pfn)))
		for (uint64_t i = 0; i < frames_count; i++)
			put_word(member, mr_kpage_decode(&pages->kpage, first_pfn + i));
	end_words(member);
}

static void write_columns(struct pages *pages)
{
	static struct word_member member;

	write_frame_numbers(pages, &member);
	for (int column = 0; column < MR_WORDS_PER_FRAME; column++) {
		int error_number = column_error(pages, column);

		if (error_number) {
			report_missing(pages, column, error_number);
			continue;
		}
		begin_words(&member, pages, columns[column].path);
		for (size_t i = 0; i < pages->table.frames_count; i++)
			put_word(&member, mr_word_table_get(&pages->table, i)[column]);
		end_words(&member);
	}
}

static void write_ranges(struct pages *pages)
{
	struct mr_buffer csv = {0};

	mr_buffer_append_text(&csv, "first_pfn,frames\n");
	for (size_t i = 0; i < pages->ranges.count; i++)
		mr_buffer_printf(&csv, "%" PRIu64 ",%" PRIu64 "\n", pages->ranges.ranges[i].first_pfn,
				 pages->ranges.ranges[i].frames_count);
	mr_capture_made(pages->capture, "pages/ranges.csv", &csv);
	mr_buffer_deinit(&csv);
}

static void write_sample_facts(struct pages *pages)
{
	struct mr_buffer csv = {0};

	mr_buffer_printf(&csv,
			 "key,value\nseed,%016" PRIx64 "\ngenerator," MR_SAMPLE_GENERATOR "\nframes,%" PRIu64
			 "\nsampled,%" PRIu64 "\nunstable,",
			 pages->seed, pages->ranges.frames_count, pages->strata_count);
	/* without flags nobody knows */
	if (!pages->kpage.error_numbers[MR_KPAGE_FLAGS])
		mr_buffer_printf(&csv, "%" PRIu64, pages->unstable_frames_count);
	mr_buffer_printf(&csv, "\nstart_ns,%" PRIu64 "\nduration_ns,%" PRIu64 "\n", pages->start_ns,
			 pages->duration_ns);
	mr_capture_made(pages->capture, "pages/sample.csv", &csv);
	mr_buffer_deinit(&csv);
}

/* The RAM ranges, or the reason why there are none. */
static int read_ranges(struct pages *pages)
{
	struct mr_capture *capture = pages->capture;
	struct mr_reading reading;

	if (!capture->page_size_bytes || !capture->byte_order)
		return -ENODATA;
	mr_slurp(&capture->slurp, capture->tree.root_fd, "proc/iomem", &reading);
	if (reading.error_number)
		return -reading.error_number;
	return mr_ranges_parse(&pages->ranges, reading.bytes, reading.length_bytes, capture->page_size_bytes);
}

static uint64_t choose_seed(const struct mr_options *options)
{
	uint64_t seed = options->seed;

	/* before the kernel has gathered randomness at boot, the clock must do: nobody has to be unable to
	 * guess it */
	if (!options->has_seed && getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = mr_now_ns();
	return seed;
}

/* Without frames every column is missing: because its file is, or else for want of the ranges. */
static void report_all_missing(struct pages *pages, int ranges_error)
{
	for (int column = 0; column <= WORD_CGROUP; column++) {
		int error_number = column_error(pages, column);

		report_missing(pages, column, error_number ? error_number : ranges_error);
	}
}

static bool any_is_open(const struct mr_kpage *kpage)
{
	for (int file = 0; file < MR_KPAGE_FILES; file++)
		if (!kpage->error_numbers[file])
			return true;
	return false;
}

void mr_pages(struct mr_capture *capture)
{
	struct pages pages = {.capture = capture, .seed = choose_seed(capture->options)};
	int ranges_error = -read_ranges(&pages);

	mr_kpage_open(&pages.kpage, &capture->tree,
		      capture->byte_order && capture->byte_order != __BYTE_ORDER__);
	/* an unpacked archive has no page files but the sample that was drawn from them; takeover.c copies
	 * that */
	if (capture->is_unpacked_archive && !any_is_open(&pages.kpage)) {
		mr_ranges_deinit(&pages.ranges);
		return;
	}
	if (!ranges_error) {
		capture->ram_frames_count = pages.ranges.frames_count;
		write_ranges(&pages);
	}
	if (ranges_error || !any_is_open(&pages.kpage))
		report_all_missing(&pages, ranges_error);
	else {
		pages.strata_count = pages.ranges.frames_count < capture->options->sample_frames_count
					     ? pages.ranges.frames_count
					     : capture->options->sample_frames_count;
		int result = read_sample(&pages);
		/* a sample that was stopped half-way is none: its strata are not equal parts of RAM any more
		 */
		if (result < 0)
			report_all_missing(&pages, -result);
		else if (pages.table.frames_count == pages.strata_count && any_is_open(&pages.kpage)) {
			write_columns(&pages);
			write_sample_facts(&pages);
			capture->sampled_frames_count = pages.strata_count;
		} else
			report_all_missing(&pages, EINTR);
	}
	mr_kpage_close(&pages.kpage);
	mr_ranges_deinit(&pages.ranges);
	mr_word_table_deinit(&pages.table);
}

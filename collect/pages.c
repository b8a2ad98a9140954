/* Sampling page frames.  Which ones is drawn here, their words are read by the reader: frames.c. */
#include "collect/pages.h"

#include <byteswap.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "schema/base/clock.h"
#include "collect/frames.h"
#include "collect/ranges.h"
#include "collect/room.h"
#include "collect/sample.h"
#include "collect/word_table.h"

/* Asks for frames ahead: a round of asks to answer, while those of another are used. */
#define AHEAD_COUNT 24
/* Of each column besides its words, in the tar and in the index. */
#define COLUMN_REST_BYTES 2048
/* pages/sample.csv with all that is around it. */
#define FACTS_BYTES 4096
/* A smaller sample says nothing that anybody could use. */
#define SAMPLE_FRAMES_LEAST 1024

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

struct pages {
	struct mr_capture *capture;
	int error_numbers[MR_KPAGE_FILES]; /* of the three files; 0 while all is well */
	bool is_swapped;                   /* words are in the other byte order than this program's */
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
	int error_number = pages->error_numbers[columns[column].file];

	if (!error_number && columns[column].needs_flags)
		error_number = pages->error_numbers[MR_KPAGE_FLAGS];
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

/* First frame of the range that a frame is in. */
static uint64_t range_of(const struct pages *pages, uint64_t pfn)
{
	size_t range = 0;

	while (pfn - pages->ranges.ranges[range].first_pfn >= pages->ranges.ranges[range].frames_count)
		range++;
	return pages->ranges.ranges[range].first_pfn;
}

/* Ask for the next frames of the sample.  @return whether there were any */
static bool ask_frames(struct pages *pages, struct mr_sample *sample)
{
	struct mr_frames_run runs[MR_FRAMES_RUNS_MAX];
	size_t runs_count = 0, left_count = MR_FRAMES_MAX;

	while (runs_count < MR_FRAMES_RUNS_MAX && left_count) {
		struct mr_frames_run *run = &runs[runs_count];

		run->count = mr_sample_next(sample, left_count, &run->first_pfn);
		if (!run->count)
			break;
		run->range_pfn = range_of(pages, run->first_pfn);
		left_count -= (size_t)run->count;
		runs_count++;
	}
	if (runs_count)
		mr_reader_ask_frames(&pages->capture->readers[0], runs, runs_count,
				     mr_capture_limit_ns(pages->capture, 0));
	return runs_count > 0;
}

/* @return 0, or a status: without the words of one run the sample is none */
static int take_frames(struct pages *pages)
{
	struct mr_reading reading;

	mr_reader_answer(&pages->capture->readers[0], &reading);
	if (reading.error_number)
		return reading.error_number;
	const struct mr_frames_head *head = (const void *)reading.bytes;
	const uint64_t *frame = (const uint64_t *)(head + 1);
	if (reading.length_bytes < sizeof(*head))
		return EPROTO;
	size_t frames_count = (reading.length_bytes - sizeof(*head)) / (MR_WORDS_PER_FRAME * sizeof(*frame));
	/* there is room for as many as were asked for */
	if (frames_count > pages->strata_count - pages->table.frames_count)
		return EPROTO;
	memcpy(pages->error_numbers, head->error_numbers, sizeof(pages->error_numbers));
	pages->unstable_frames_count += head->unstable_count;
	pages->capture->read_bytes += MR_KPAGE_FILES * frames_count * sizeof(*frame);
	for (size_t i = 0; i < frames_count; i++, frame += MR_WORDS_PER_FRAME)
		if (mr_word_table_add(&pages->table, frame) < 0)
			return ENOMEM;
	return 0;
}

/* @return 0, or a status */
static int read_sample(struct pages *pages)
{
	struct mr_sample sample;
	unsigned asked_count = 0;
	bool is_more = true;
	int status = -mr_word_table_init(&pages->table, pages->strata_count);

	pages->start_ns = mr_now_ns();
	mr_sample_begin(&sample, &pages->ranges, pages->strata_count, pages->seed);
	while (!status && mr_capture_goes_on(pages->capture)) {
		while (is_more && asked_count < AHEAD_COUNT) {
			is_more = ask_frames(pages, &sample);
			asked_count += is_more;
		}
		if (!asked_count)
			break;
		status = take_frames(pages);
		asked_count--;
	}
	pages->duration_ns = mr_now_ns() - pages->start_ns;
	return status;
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
		.status = mr_status_name(0),
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
	while ((frames_count = mr_sample_next(&sample, MR_FRAMES_MAX, &first_pfn)))
		for (uint64_t i = 0; i < frames_count; i++)
			put_word(member, pages->is_swapped ? bswap_64(first_pfn + i) : first_pfn + i);
	end_words(member);
}

/* Frames whose words have room, should they not compress: a smaller sample is still one. */
static uint64_t frames_with_room(const struct pages *pages)
{
	unsigned columns_count = 1;

	for (int column = 0; column < MR_WORDS_PER_FRAME; column++)
		columns_count += !column_error(pages, column);
	uint64_t room_bytes = mr_room_bytes(pages->capture),
		 rest_bytes = columns_count * COLUMN_REST_BYTES + FACTS_BYTES;
	return room_bytes < rest_bytes ? 0 : (room_bytes - rest_bytes) / (columns_count * sizeof(uint64_t));
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

/* @return 0, or why not */
static int write_ranges(struct pages *pages)
{
	struct mr_buffer csv = {0};

	mr_buffer_append_text(&csv, "first_pfn,frames\n");
	for (size_t i = 0; i < pages->ranges.count; i++)
		mr_buffer_printf(&csv, "%" PRIu64 ",%" PRIu64 "\n", pages->ranges.ranges[i].first_pfn,
				 pages->ranges.ranges[i].frames_count);
	int status = mr_room_for_member(pages->capture, "pages/ranges.csv", csv.data, csv.length_bytes)
			     ? 0
			     : MR_OVER_BUDGET;
	if (status)
		pages->capture->ended_by = "size";
	else
		mr_capture_made(pages->capture, "pages/ranges.csv", &csv);
	mr_buffer_deinit(&csv);
	return status;
}

static void write_sample_facts(struct pages *pages)
{
	struct mr_buffer csv = {0};

	mr_buffer_printf(&csv,
			 "key,value\nseed,%016" PRIx64 "\ngenerator," MR_SAMPLE_GENERATOR "\nframes,%" PRIu64
			 "\nsampled,%" PRIu64 "\nunstable,",
			 pages->seed, pages->ranges.frames_count, pages->strata_count);
	/* without flags nobody knows */
	if (!pages->error_numbers[MR_KPAGE_FLAGS])
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
	mr_capture_look(capture, "", "proc/iomem", &reading);
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
	for (int column = 0; column < MR_KPAGE_FILES; column++) {
		int error_number = column_error(pages, column);

		report_missing(pages, column, error_number ? error_number : ranges_error);
	}
}

static bool any_is_open(const struct pages *pages)
{
	for (int file = 0; file < MR_KPAGE_FILES; file++)
		if (!pages->error_numbers[file])
			return true;
	return false;
}

/* Which of the files can be opened: no frame is read. */
static void try_files(struct pages *pages)
{
	struct mr_reading reading;

	mr_reader_ask_frames(&pages->capture->readers[0], NULL, 0, mr_capture_limit_ns(pages->capture, 0));
	mr_reader_answer(&pages->capture->readers[0], &reading);
	for (int file = 0; file < MR_KPAGE_FILES; file++)
		pages->error_numbers[file] = reading.error_number ? reading.error_number : EPROTO;
	if (!reading.error_number && reading.length_bytes >= sizeof(struct mr_frames_head))
		memcpy(pages->error_numbers,
		       ((const struct mr_frames_head *)(const void *)reading.bytes)->error_numbers,
		       sizeof(pages->error_numbers));
}

/* Why there is no sample of files that are there and readable. */
static int status_of_end(const struct mr_capture *capture, int status)
{
	return status ? status : mr_capture_end_status(capture);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void sample(struct pages *pages)
{
	struct mr_capture *capture = pages->capture;
	uint64_t wanted_count = least(pages->ranges.frames_count, capture->options->sample_frames_count);

	pages->strata_count = least(wanted_count, frames_with_room(pages));
	if (pages->strata_count < least(wanted_count, SAMPLE_FRAMES_LEAST)) {
		capture->ended_by = "size";
		report_all_missing(pages, MR_OVER_BUDGET);
		return;
	}
	int status = read_sample(pages);
	/* a sample that was stopped half-way is none: its strata are not equal parts of RAM any more */
	if (status || pages->table.frames_count != pages->strata_count || !any_is_open(pages)) {
		report_all_missing(pages, status_of_end(capture, status));
		return;
	}
	write_columns(pages);
	write_sample_facts(pages);
	capture->sampled_frames_count = pages->strata_count;
}

void mr_pages(struct mr_capture *capture)
{
	struct pages pages = {.capture = capture, .seed = choose_seed(capture->options)};
	int ranges_error = -read_ranges(&pages);

	pages.is_swapped = capture->readers[0].is_swapped;
	try_files(&pages);
	/* an unpacked archive has no page files but the sample that was drawn from them; takeover.c copies
	 * that */
	if (capture->is_unpacked_archive && !any_is_open(&pages)) {
		mr_ranges_deinit(&pages.ranges);
		return;
	}
	if (!ranges_error) {
		capture->ram_frames_count = pages.ranges.frames_count;
		ranges_error = write_ranges(&pages);
	}
	if (ranges_error || !any_is_open(&pages) || capture->options->is_dry_run)
		report_all_missing(&pages, ranges_error);
	else
		sample(&pages);
	mr_ranges_deinit(&pages.ranges);
	mr_word_table_deinit(&pages.table);
}

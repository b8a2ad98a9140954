/* Copies of /proc/kpageflags, kpagecount and kpagecgroup back from page_run: every frame of a run has its
 * words in the files, and a frame that no run has is no RAM: by its flag, or by the ranges in the rows of
 * proc_iomem. */
#include "analyze/roundtrip/trip.h"

#include <endian.h>
#include <stdio.h>

/* Source: include/uapi/linux/kernel-page-flags.h */
#define KPF_HEAD (UINT64_C(1) << 15)
#define KPF_TAIL (UINT64_C(1) << 16)
#define KPF_HUGE (UINT64_C(1) << 17)
#define KPF_NOPAGE (UINT64_C(1) << 20)

enum { FLAGS, COUNT, CGROUP };

static const struct {
	const char *path, *key, *head_key;
} dumps[MR_TRIP_DUMPS_TOTAL] = {
	[FLAGS] = {"proc/kpageflags", "kpageflags", "head_kpageflags"},
	[COUNT] = {"proc/kpagecount", "kpagecount", NULL},
	[CGROUP] = {"proc/kpagecgroup", "kpagecgroup", "head_kpagecgroup"},
};

bool mr_trip_take_dump(struct mr_trip *trip)
{
	bool is_one = false;

	for (size_t i = 0; !is_one && i < MR_TRIP_DUMPS_TOTAL; i++)
		is_one = mr_trip_keep_words(trip, &trip->all->dumps[i], dumps[i].path);
	return is_one;
}

/* One file on its way through the runs. */
struct walk {
	struct mr_trip trip;
	size_t file;
	bool is_big;
	int64_t page_size_bytes; /* 0: not known */
	size_t head;             /* the last frame that is no tail */
};

static uint64_t word_at(const struct walk *walk, size_t file, size_t frame)
{
	uint64_t word = 0;

	memcpy(&word, walk->trip.all->dumps[file].bytes.data + frame * sizeof(word), sizeof(word));
	return walk->is_big ? be64toh(word) : le64toh(word);
}

static size_t words_count(const struct mr_roundtrip *all, size_t file)
{
	return all->dumps[file].bytes.length_bytes / sizeof(uint64_t);
}

/* ---- frames without a run ---- */

static bool is_ram(struct mr_trip_row *row, int64_t first_address, int64_t last_address)
{
	struct mr_trip_cell *depth = mr_trip_row_cell_of(row, "depth"),
			    *name = mr_trip_row_cell_of(row, "name");
	struct mr_trip_cell *start = mr_trip_row_cell_of(row, "start"),
			    *end = mr_trip_row_cell_of(row, "end");

	return depth && name && start && end && !depth->value.integer &&
	       start->value.integer <= first_address && end->value.integer >= last_address &&
	       mr_slice_starts((struct mr_slice){name->value.text.bytes, name->value.text.length_bytes},
			       MR_SLICE("System RAM"));
}

/* Whether a frame lies in a range of RAM; where nothing is known of ranges all may be RAM. */
static bool may_be_ram(const struct walk *walk, size_t frame)
{
	const struct mr_trip_shelf *iomem =
		mr_trip_book_shelf(&walk->trip.all->book, mr_table_find("proc_iomem"));
	int64_t first_address = (int64_t)frame * walk->page_size_bytes;

	if (!walk->page_size_bytes || !iomem || !iomem->count)
		return true;
	for (size_t i = 0; i < iomem->count; i++)
		if (is_ram(iomem->rows[i], first_address, first_address + walk->page_size_bytes - 1))
			return true;
	return false;
}

static void differ(struct walk *walk, size_t frame, struct mr_trip_cell *cell, const char *key, uint64_t word,
		   const char *rows)
{
	char in_file[64];

	snprintf(in_file, sizeof(in_file), "frame %zu: %llu", frame, (unsigned long long)word);
	mr_trip_differ(&walk->trip, cell, mr_slice_of(key), mr_slice_of(in_file), mr_slice_of(rows));
}

static void pass_holes(struct walk *walk, size_t first, size_t end)
{
	for (size_t frame = first; frame < end; frame++) {
		uint64_t flags = word_at(walk, FLAGS, frame);

		if (flags & KPF_NOPAGE || !may_be_ram(walk, frame))
			mr_trip_tally(&walk->trip, MR_TRIP_NO_COLUMN);
		else
			differ(walk, frame, NULL, dumps[walk->file].key, word_at(walk, walk->file, frame),
			       NULL);
	}
}

/* ---- frames of a run ---- */

static void compare_word(struct walk *walk, size_t frame, struct mr_trip_cell *cell, const char *key,
			 uint64_t word)
{
	char rows[32];

	if (cell && (uint64_t)cell->value.integer == word) {
		mr_trip_see_cell(&walk->trip, cell);
		mr_trip_tally(&walk->trip, MR_TRIP_PAGE_WORDS);
	} else if (cell) {
		snprintf(rows, sizeof(rows), "%llu", (unsigned long long)(uint64_t)cell->value.integer);
		differ(walk, frame, cell, key, word, rows);
	} else {
		mr_trip_left_out(&walk->trip, mr_slice_of(key), MR_SLICE("a word"));
	}
}

/* The frame whose words stand beside those of a tail; a huge page of hugetlb flags its tails as heads are. */
static size_t head_of(struct walk *walk, size_t frame)
{
	uint64_t flags = word_at(walk, FLAGS, frame);

	if (!(flags & KPF_TAIL) || (flags & KPF_HUGE))
		walk->head = frame;
	return walk->head != frame && (word_at(walk, FLAGS, walk->head) & KPF_HEAD) ? walk->head : frame;
}

static void compare_run(struct walk *walk, struct mr_trip_row *row, size_t first, size_t end)
{
	const char *key = dumps[walk->file].key, *head_key = dumps[walk->file].head_key;
	struct mr_trip_cell *cell = mr_trip_row_cell_of(row, key);
	struct mr_trip_cell *head_cell = head_key ? mr_trip_row_cell_of(row, head_key) : NULL;

	for (size_t frame = first; frame < end; frame++) {
		size_t head = head_of(walk, frame);

		compare_word(walk, frame, cell, key, word_at(walk, walk->file, frame));
		if (head_key)
			compare_word(walk, frame, head_cell, head_key, word_at(walk, walk->file, head));
	}
}

/* ---- all of a file ---- */

/* Where a run begins and ends, inside of the file; @return whether the row says so */
static bool extent(const struct walk *walk, struct mr_trip_row *row, size_t at, size_t *ret_first,
		   size_t *ret_end)
{
	struct mr_trip_cell *pfn = mr_trip_row_cell_of(row, "pfn"),
			    *frames = mr_trip_row_cell_of(row, "frames");
	int64_t count = (int64_t)words_count(walk->trip.all, walk->file);

	row->is_seen = true;
	if (!pfn || !frames || pfn->value.integer < (int64_t)at || pfn->value.integer > count ||
	    frames->value.integer < 1 || frames->value.integer > count - pfn->value.integer)
		return false;
	/* what they say is found out by the words, frame by frame */
	pfn->seen = frames->seen = MR_TRIP_SEEN;
	*ret_first = (size_t)pfn->value.integer;
	*ret_end = *ret_first + (size_t)frames->value.integer;
	return true;
}

static void compare_file(struct walk *walk)
{
	struct mr_roundtrip *all = walk->trip.all;
	struct mr_value run = {.type = MR_VALUE_INTEGER};
	struct mr_trip_row *row;
	size_t at = 0, first, end;

	for (; (row = mr_trip_book_find(&all->book, mr_table_find("page_run"), 0, &run)) && !all->status;
	     run.integer++) {
		if (!extent(walk, row, at, &first, &end))
			break;
		pass_holes(walk, at, first);
		for (; at < first; at++)
			head_of(walk, at);
		compare_run(walk, row, first, end);
		at = end;
	}
	if (!run.integer)
		mr_trip_left_out(&walk->trip, mr_slice_of(dumps[walk->file].key), MR_SLICE("words"));
	else
		pass_holes(walk, at, words_count(all, walk->file));
}

/* Those that are not as long as the flags are in no row, which an issue says. */
static bool is_usable(const struct mr_roundtrip *all, size_t file)
{
	return all->dumps[FLAGS].is_there && words_count(all, file) == words_count(all, FLAGS);
}

void mr_trip_compare_dumps(struct mr_roundtrip *all)
{
	for (size_t i = 0; i < MR_TRIP_DUMPS_TOTAL; i++) {
		const struct mr_trip_file file = {.path = dumps[i].path, .member = dumps[i].path};
		struct walk walk = {.trip = {.all = all, .file = &file, .what = dumps[i].path},
				    .file = i,
				    .is_big = mr_trip_is_big_endian(all),
				    .page_size_bytes = mr_trip_page_size_bytes(all)};

		if (!all->dumps[i].is_there)
			continue;
		if (is_usable(all, i))
			compare_file(&walk);
		else
			mr_trip_left_out(&walk.trip, mr_slice_of(dumps[i].key), MR_SLICE("words"));
	}
}

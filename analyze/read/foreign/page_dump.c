/* Words of all page frames into runs.  See page_dump.h. */
#include "analyze/read/foreign/page_dump.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/read/page_words.h"
#include "analyze/read/row.h"

/* Larger ones would be a mistake; the address of a frame has to fit. */
#define PAGE_SIZE_BYTES_MAX (INT64_C(1) << 30)

static const char *const paths[MR_PAGE_FILES_TOTAL] = {
	[MR_PAGE_FILE_FLAGS] = "proc/kpageflags",
	[MR_PAGE_FILE_COUNT] = "proc/kpagecount",
	[MR_PAGE_FILE_CGROUP] = "proc/kpagecgroup",
};

void mr_page_dump_deinit(struct mr_page_dump *dump)
{
	for (int i = 0; i < MR_PAGE_FILES_TOTAL; i++)
		mr_buffer_deinit(&dump->bytes[i]);
	free(dump->ranges);
	*dump = (struct mr_page_dump){0};
}

int mr_page_dump_take(struct mr_page_dump *dump, const char *path, const char *bytes, size_t length_bytes)
{
	for (int i = 0; i < MR_PAGE_FILES_TOTAL; i++) {
		if (strcmp(path, paths[i]) != 0)
			continue;
		if (length_bytes > MR_PAGE_WORDS_BYTES_MAX)
			return -EFBIG;
		mr_buffer_append(&dump->bytes[i], bytes, length_bytes);
		dump->is_there[i] = true;
		return dump->bytes[i].failed ? -ENOMEM : 1;
	}
	return 0;
}

int mr_page_dump_row(struct mr_page_dump *dump, const struct mr_row *row)
{
	static const char ram[] = "System RAM";

	if (strcmp(row->table->name, "proc_iomem") != 0)
		return 0;
	const struct mr_value *name = mr_row_value(row, "name");
	int64_t first = mr_row_integer(row, "start_address", -1),
		last = mr_row_integer(row, "end_address", -1);
	if (name->type != MR_VALUE_TEXT || name->text.length_bytes < strlen(ram) ||
	    memcmp(name->text.bytes, ram, strlen(ram)) != 0)
		return 0;
	/* without the right to see them all addresses are 0 */
	if (mr_row_integer(row, "depth", -1) != 0 || first < 0 || last <= first)
		return 0;
	dump->has_more_ranges |= dump->ranges_count == MR_PAGE_RANGES_MAX;
	if (dump->has_more_ranges)
		return 0;
	struct mr_page_range *grown = reallocarray(dump->ranges, dump->ranges_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	dump->ranges = grown;
	grown[dump->ranges_count++] = (struct mr_page_range){first, last};
	return 0;
}

static size_t words_count(const struct mr_page_dump *dump, enum mr_page_file file)
{
	return dump->bytes[file].length_bytes / sizeof(uint64_t);
}

void mr_page_dump_tell(const struct mr_page_dump *dump, struct mr_evidence *evidence)
{
	if (dump->is_there[MR_PAGE_FILE_FLAGS])
		mr_evidence_frames(evidence, paths[MR_PAGE_FILE_FLAGS], dump->bytes[MR_PAGE_FILE_FLAGS].data,
				   words_count(dump, MR_PAGE_FILE_FLAGS));
}

/* ---- frames ---- */

/* The words of one frame, of the host. */
struct frame {
	uint64_t flags, mapcount, cgroup_inode, head_flags, head_cgroup_inode;
};

/* Where the walk over the frames is. */
struct walk {
	const struct mr_page_dump *dump;
	enum mr_endianness endianness;
	int64_t page_size_bytes;
	bool usable[MR_PAGE_FILES_TOTAL];
	size_t range;      /* the first that ends behind the frame at hand */
	size_t head;       /* frame that is no tail, the last one before or at the frame at hand */
	bool shows_holes;  /* some frame was told to be no RAM, or iomem tells them all */
	int64_t ram_count; /* frames of RAM so far */
	int64_t runs_count;
	int64_t run_frames_count; /* of the run at hand, that begins with ... */
	size_t run_first;
	struct frame run;
};

static uint64_t word_at(const struct walk *walk, enum mr_page_file file, size_t pfn)
{
	uint64_t word;

	if (!walk->usable[file])
		return 0;
	memcpy(&word, walk->dump->bytes[file].data + pfn * sizeof(word), sizeof(word));
	return walk->endianness == MR_ENDIAN_BIG ? be64toh(word) : le64toh(word);
}

static bool is_walked_tail(uint64_t flags)
{
	return (flags & MR_KPF_COMPOUND_TAIL) && !(flags & MR_KPF_HUGE);
}

static bool has_ranges(const struct walk *walk)
{
	return walk->dump->ranges_count && !walk->dump->has_more_ranges && walk->page_size_bytes > 0 &&
	       walk->page_size_bytes <= PAGE_SIZE_BYTES_MAX;
}

/* Whether a whole frame lies in a RAM range; frames are asked in ascending order. */
static bool is_in_ranges(struct walk *walk, size_t pfn)
{
	const struct mr_page_dump *dump = walk->dump;
	int64_t first_address = (int64_t)pfn * walk->page_size_bytes;
	int64_t last_address = first_address + walk->page_size_bytes - 1;

	while (walk->range < dump->ranges_count && dump->ranges[walk->range].last_address < last_address)
		walk->range++;
	return walk->range < dump->ranges_count && dump->ranges[walk->range].first_address <= first_address;
}

static struct frame frame_at(const struct walk *walk, size_t pfn)
{
	struct frame frame = {
		.flags = word_at(walk, MR_PAGE_FILE_FLAGS, pfn),
		.mapcount = word_at(walk, MR_PAGE_FILE_COUNT, pfn),
		.cgroup_inode = word_at(walk, MR_PAGE_FILE_CGROUP, pfn),
	};
	uint64_t head_flags = word_at(walk, MR_PAGE_FILE_FLAGS, walk->head);
	bool has_head = walk->head != pfn && (head_flags & MR_KPF_COMPOUND_HEAD);

	frame.head_flags = has_head ? head_flags : frame.flags;
	frame.head_cgroup_inode =
		has_head ? word_at(walk, MR_PAGE_FILE_CGROUP, walk->head) : frame.cgroup_inode;
	return frame;
}

static int put_run(struct walk *walk, const struct mr_outlet *outlet)
{
	struct mr_row row = {.table = mr_table_find("page_run")};

	if (!walk->run_frames_count)
		return 0;
	mr_row_set_integer(&row, "run", walk->runs_count++);
	mr_row_set_integer(&row, "frames_count", walk->run_frames_count);
	mr_row_set_integer(&row, "first_pfn", (int64_t)walk->run_first);
	mr_row_set_integer(&row, "page_flags", (int64_t)walk->run.flags);
	mr_row_set_integer(&row, "head_flags", (int64_t)walk->run.head_flags);
	if (walk->usable[MR_PAGE_FILE_COUNT])
		mr_row_set_integer(&row, "mapcount", (int64_t)walk->run.mapcount);
	if (walk->usable[MR_PAGE_FILE_CGROUP]) {
		mr_row_set_integer(&row, "cgroup_inode", (int64_t)walk->run.cgroup_inode);
		mr_row_set_integer(&row, "head_cgroup_inode", (int64_t)walk->run.head_cgroup_inode);
	}
	walk->run_frames_count = 0;
	return outlet->row(outlet->context, 0, &row);
}

static int take_frame(struct walk *walk, size_t pfn, const struct mr_outlet *outlet)
{
	uint64_t flags = word_at(walk, MR_PAGE_FILE_FLAGS, pfn);
	int result = 0;

	if (!is_walked_tail(flags))
		walk->head = pfn;
	walk->shows_holes |= (flags & MR_KPF_NOPAGE) != 0;
	if ((flags & MR_KPF_NOPAGE) || (has_ranges(walk) && !is_in_ranges(walk, pfn)))
		return put_run(walk, outlet);
	const struct frame frame = frame_at(walk, pfn);
	if (memcmp(&frame, &walk->run, sizeof(frame)) != 0)
		result = put_run(walk, outlet);
	if (!walk->run_frames_count) {
		walk->run = frame;
		walk->run_first = pfn;
	}
	walk->run_frames_count++;
	walk->ram_count++;
	return result;
}

/* ---- the files ---- */

static int put_issue(enum mr_page_file file, const char *text, const struct mr_outlet *outlet)
{
	const struct mr_issue issue = {.kind = MR_ISSUE_CUT_OFF, .text = text, .length_bytes = strlen(text)};

	return outlet->issue(outlet->context, paths[file], &issue);
}

/* Which of the files can be used: what cannot becomes an issue. */
static int find_usable(struct walk *walk, const struct mr_outlet *outlet)
{
	const struct mr_page_dump *dump = walk->dump;
	const char *why = !dump->is_there[MR_PAGE_FILE_FLAGS]
				  ? "without kpageflags nothing tells which frames are RAM"
			  : walk->endianness == MR_ENDIAN_UNKNOWN ? "nothing tells the byte order"
								  : NULL;
	int result = 0;

	for (int i = 0; !result && i < MR_PAGE_FILES_TOTAL; i++) {
		size_t odd_bytes = dump->bytes[i].length_bytes % sizeof(uint64_t);
		bool is_short = words_count(dump, i) != words_count(dump, MR_PAGE_FILE_FLAGS);

		walk->usable[i] = dump->is_there[i] && !why && !is_short;
		if (dump->is_there[i] && (why || is_short || odd_bytes))
			result = put_issue(i,
					   why        ? why
					   : is_short ? "not as many words as kpageflags"
						      : "ends inside a word",
					   outlet);
	}
	return result;
}

static int put_sample(const struct walk *walk, const struct mr_outlet *outlet)
{
	struct mr_row row = {.table = mr_table_find("pages_sample")};

	if (walk->shows_holes || has_ranges(walk))
		mr_row_set_integer(&row, "ram_frames_count", walk->ram_count);
	mr_row_set_integer(&row, "sampled_frames_count", walk->ram_count);
	return outlet->row(outlet->context, 0, &row);
}

static int by_address(const void *a, const void *b)
{
	const struct mr_page_range *one = a, *other = b;

	return (one->first_address > other->first_address) - (one->first_address < other->first_address);
}

int mr_page_dump_put(struct mr_page_dump *dump, enum mr_endianness endianness, int64_t page_size_bytes,
		     const struct mr_outlet *outlet)
{
	struct walk walk = {.dump = dump, .endianness = endianness, .page_size_bytes = page_size_bytes};

	int result = find_usable(&walk, outlet);
	if (result || !walk.usable[MR_PAGE_FILE_FLAGS])
		return result;
	if (dump->ranges_count)
		qsort(dump->ranges, dump->ranges_count, sizeof(*dump->ranges), by_address);
	for (size_t pfn = 0; !result && pfn < words_count(dump, MR_PAGE_FILE_FLAGS); pfn++)
		result = take_frame(&walk, pfn, outlet);
	if (!result)
		result = put_run(&walk, outlet);
	return !result && walk.ram_count ? put_sample(&walk, outlet) : result;
}

/* What is probed, and what the answer decides, is in fields/capture_meta.def.  Each probe notes what it saw;
 * what that means is for the analyzer to say. */
#include "collect/probes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collect/kpage.h"
#include "collect/ranges.h"
#include "schema/base/buffer.h"
#include "schema/base/cleanup.h"
#include "schema/catalog.h"

#define PROBED_PAGES 8
/* Places that the probe of free blocks looks at, and how many frames at each. */
#define BUDDY_PLACES 16
#define BUDDY_FRAMES 512
/* Places in each range that the probe of huge pages looks at.  They begin at multiples of their size, the
 * smallest of which is this. */
#define HUGE_PLACES 256
#define HUGE_FRAMES 512

/* Source: Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT (1ull << 63)
#define PAGEMAP_PFN ((1ull << 55) - 1)

static void found(struct mr_probed *probed, uint64_t number)
{
	*probed = (struct mr_probed){.is_known = true, .number = number};
}

static int read_text(const char *path, char *ret, size_t room_bytes)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t got_bytes = read(fd, ret, room_bytes - 1);
	if (got_bytes < 0)
		return -errno;
	ret[got_bytes] = '\0';
	return 0;
}

/* Field of a text of words with one blank between, from 1. */
static bool word_number(const char *text, int field, uint64_t *ret)
{
	for (; field > 1; field--) {
		text = strchr(text, ' ');
		if (!text++)
			return false;
	}
	char *end;
	*ret = strtoull(text, &end, 10);
	return end > text;
}

static bool resident_pages(uint64_t *ret_statm_pages, uint64_t *ret_stat_pages)
{
	char statm[128], stat[1024];

	if (read_text("/proc/self/statm", statm, sizeof(statm)) < 0 ||
	    read_text("/proc/self/stat", stat, sizeof(stat)) < 0)
		return false;
	const char *after_name = strrchr(stat, ')');
	/* the word behind the name is field 3; rss is field 24 */
	return after_name && after_name[1] == ' ' && word_number(statm, 2, ret_statm_pages) &&
	       word_number(after_name + 2, 24 - 2, ret_stat_pages);
}

static void probe_exact_rss(struct mr_probes *probes, size_t page_size_bytes)
{
	uint64_t statm_before, stat_before, statm_after, stat_after;
	size_t length_bytes = PROBED_PAGES * page_size_bytes;
	volatile char *pages =
		mmap(NULL, length_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return;
	/* the first round touches what the reading itself needs */
	if (resident_pages(&statm_before, &stat_before) && resident_pages(&statm_before, &stat_before)) {
		for (size_t i = 0; i < PROBED_PAGES; i++)
			pages[i * page_size_bytes] = 1;
		if (resident_pages(&statm_after, &stat_after)) {
			found(&probes->statm_before_pages, statm_before);
			found(&probes->statm_after_pages, statm_after);
			found(&probes->stat_before_pages, stat_before);
			found(&probes->stat_after_pages, stat_after);
		}
	}
	munmap((void *)pages, length_bytes);
}

static void probe_smaps_rollup(struct mr_probes *probes)
{
	_cleanup_close_ int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);

	probes->smaps_rollup_error = fd < 0 ? errno : 0;
}

/* The frame behind an address of ours; 0 when the kernel hides it or there is none. */
static int frame_of(const void *address, size_t page_size_bytes, uint64_t *ret_pfn)
{
	_cleanup_close_ int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry;

	if (fd < 0)
		return -errno;
	ssize_t got_bytes = pread(fd, &entry, sizeof(entry),
				  (off_t)((uintptr_t)address / page_size_bytes * sizeof(entry)));
	if (got_bytes != sizeof(entry))
		return got_bytes < 0 ? -errno : -ENODATA;
	*ret_pfn = entry & PAGEMAP_PRESENT ? entry & PAGEMAP_PFN : 0;
	return 0;
}

static void probe_pagemap(struct mr_probes *probes, size_t page_size_bytes)
{
	static volatile char touched;
	uint64_t pfn = 0;

	touched = 1;
	probes->pagemap_error = -frame_of((const void *)&touched, page_size_bytes, &pfn);
	probes->shows_frames = pfn;
}

static void probe_hole(struct mr_probes *probes, struct mr_kpage *kpage, const struct mr_ranges *ranges)
{
	uint64_t pfn = mr_ranges_hole(ranges), flags;

	if (pfn != UINT64_MAX && !mr_kpage_read(kpage, MR_KPAGE_FLAGS, pfn, 1, &flags))
		found(&probes->hole_flags, flags);
}

/* What is seen of free blocks. */
struct free_seen {
	bool has_any;
	bool has_pair; /* both frames of a block of two, or of a part of a larger one */
};

/* Blocks begin at multiples of their size, so two frames are of one block for sure where the first is even:
 * two blocks of one frame each would have been joined.  An odd and an even frame may be two blocks. */
static void look_for_free(const uint64_t *flags, size_t count, uint64_t first_pfn, struct free_seen *seen)
{
	for (size_t i = 0; i < count; i++) {
		bool is_free = flags[i] & MR_KPF_BUDDY;
		bool is_second = i && (first_pfn + i) % 2;

		seen->has_any |= is_free;
		seen->has_pair |= is_free && is_second && flags[i - 1] & MR_KPF_BUDDY;
	}
}

/* Look at a few places spread over RAM for both frames of a free pair. */
static void probe_buddy(struct mr_probes *probes, struct mr_kpage *kpage, const struct mr_ranges *ranges)
{
	uint64_t flags[BUDDY_FRAMES];
	struct free_seen seen = {0};

	for (size_t i = 0; i < ranges->count && !seen.has_pair; i++) {
		const struct mr_range *range = &ranges->ranges[i];
		uint64_t step_frames = range->frames_count / BUDDY_PLACES;

		for (uint64_t place = 0; place < BUDDY_PLACES && step_frames && !seen.has_pair; place++) {
			size_t count = step_frames < BUDDY_FRAMES ? step_frames : BUDDY_FRAMES;
			uint64_t first_pfn = range->first_pfn + place * step_frames;

			if (mr_kpage_read(kpage, MR_KPAGE_FLAGS, first_pfn, count, flags))
				return;
			look_for_free(flags, count, first_pfn, &seen);
		}
	}
	if (seen.has_any)
		found(&probes->buddy_tail, seen.has_pair);
}

static bool is_huge_page(struct mr_kpage *kpage, uint64_t pfn)
{
	static const uint64_t head = MR_KPF_THP | MR_KPF_COMPOUND_HEAD;
	static const uint64_t tail = MR_KPF_THP | MR_KPF_COMPOUND_TAIL;
	uint64_t flags[2];

	return !mr_kpage_read(kpage, MR_KPAGE_FLAGS, pfn, 2, flags) && (flags[0] & head) == head &&
	       (flags[1] & tail) == tail;
}

/* Who is charged for the first two frames of a huge page?  @return whether it is one, and somebody is */
static bool ask_who_is_charged(struct mr_probes *probes, struct mr_kpage *kpage, uint64_t pfn)
{
	uint64_t inodes[2];

	if (!is_huge_page(kpage, pfn) || mr_kpage_read(kpage, MR_KPAGE_CGROUP, pfn, 2, inodes) || !inodes[0])
		return false;
	/* it may have been freed meanwhile */
	if (!is_huge_page(kpage, pfn))
		return false;
	found(&probes->thp_head_inode, inodes[0]);
	found(&probes->thp_tail_inode, inodes[1]);
	return true;
}

/* Not one of our own: it would be half of the memory that the collector may take, and the kernel may have to
 * compact memory to make one. */
static void probe_huge_page(struct mr_probes *probes, struct mr_kpage *kpage, const struct mr_ranges *ranges)
{
	for (size_t i = 0; i < ranges->count && kpage->fds[MR_KPAGE_CGROUP] >= 0; i++) {
		const struct mr_range *range = &ranges->ranges[i];
		uint64_t end_pfn = range->first_pfn + range->frames_count;
		uint64_t pfn = (range->first_pfn + HUGE_FRAMES - 1) / HUGE_FRAMES * HUGE_FRAMES;
		uint64_t step_frames = (range->frames_count / HUGE_PLACES / HUGE_FRAMES + 1) * HUGE_FRAMES;

		for (; pfn + 1 < end_pfn; pfn += step_frames)
			if (ask_who_is_charged(probes, kpage, pfn))
				return;
	}
}

/* The RAM ranges; none where they are hidden. */
static int read_ranges(const struct mr_tree *tree, uint64_t page_size_bytes, struct mr_ranges *ret)
{
	_cleanup_close_ int fd = mr_tree_openat(tree, tree->root_fd, "proc/iomem", O_RDONLY);
	struct mr_buffer text = {0};
	char part[4096];
	ssize_t got_bytes;

	while (fd >= 0 && text.length_bytes < MR_ARCHIVE_PART_BYTES &&
	       (got_bytes = read(fd, part, sizeof(part))) > 0)
		mr_buffer_append(&text, part, (size_t)got_bytes);
	int result = mr_ranges_parse(ret, text.data ? text.data : "", text.length_bytes, page_size_bytes);
	mr_buffer_deinit(&text);
	return result;
}

void mr_probes_run(const struct mr_tree *tree, struct mr_probes *ret)
{
	size_t page_size_bytes = getauxval(AT_PAGESZ);
	struct mr_ranges ranges;
	struct mr_kpage kpage;

	*ret = (struct mr_probes){0};
	probe_exact_rss(ret, page_size_bytes);
	probe_smaps_rollup(ret);
	probe_pagemap(ret, page_size_bytes);
	mr_kpage_open(&kpage, tree, false);
	if (!read_ranges(tree, page_size_bytes, &ranges)) {
		probe_hole(ret, &kpage, &ranges);
		probe_buddy(ret, &kpage, &ranges);
		probe_huge_page(ret, &kpage, &ranges);
	}
	mr_ranges_deinit(&ranges);
	mr_kpage_close(&kpage);
}

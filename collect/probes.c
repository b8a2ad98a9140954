/* What is probed, and what the answer decides, is in fields/capture_meta.def.  Each probe notes what it saw;
 * what that means is for the analyzer to say. */
#include "collect/probes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collect/kpage.h"
#include "collect/ranges.h"
#include "schema/base/cleanup.h"

#define PROBED_PAGES 8
/* Huge pages are larger with larger base pages, up to 512 MiB; no probe is worth so much memory. */
#define HUGE_PAGE_BYTES_MAX (2 * 1024 * 1024)
/* Places that the probe of free blocks looks at, and how many frames at each. */
#define BUDDY_PLACES 16
#define BUDDY_FRAMES 512

/* Source: Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT (1ull << 63)
#define PAGEMAP_PFN ((1ull << 55) - 1)

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

static void probe_exact_rss(struct mr_facts *facts, size_t page_size_bytes)
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
			mr_facts_set_number(facts, "probe_statm_before_pages", statm_before);
			mr_facts_set_number(facts, "probe_statm_after_pages", statm_after);
			mr_facts_set_number(facts, "probe_stat_before_pages", stat_before);
			mr_facts_set_number(facts, "probe_stat_after_pages", stat_after);
		}
	}
	munmap((void *)pages, length_bytes);
}

static void probe_smaps_rollup(struct mr_facts *facts)
{
	_cleanup_close_ int fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);

	mr_facts_set(facts, "probe_smaps_rollup", mr_status_name(fd < 0 ? errno : 0));
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

static void probe_pagemap(struct mr_facts *facts, size_t page_size_bytes)
{
	static volatile char touched;
	uint64_t pfn;

	touched = 1;
	int result = frame_of((const void *)&touched, page_size_bytes, &pfn);
	mr_facts_set(facts, "probe_pagemap_pfn",
		     result < 0 ? mr_status_name(-result)
		     : pfn      ? "visible"
				: "hidden");
}

static void probe_hole(struct mr_facts *facts, struct mr_kpage *kpage, const struct mr_ranges *ranges)
{
	uint64_t pfn = mr_ranges_hole(ranges), flags;

	if (pfn != UINT64_MAX && !mr_kpage_read(kpage, MR_KPAGE_FLAGS, pfn, 1, &flags))
		mr_facts_set_number(facts, "probe_hole_flags", flags);
}

static bool has_buddy_pair(const uint64_t *flags, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (flags[i - 1] & flags[i] & MR_KPF_BUDDY)
			return true;
	return false;
}

/* Look at a few places spread over RAM for two free frames in a row. */
static void probe_buddy(struct mr_facts *facts, struct mr_kpage *kpage, const struct mr_ranges *ranges)
{
	uint64_t flags[BUDDY_FRAMES];
	bool found = false;

	for (size_t i = 0; i < ranges->count && !found; i++) {
		const struct mr_range *range = &ranges->ranges[i];
		uint64_t step_frames = range->frames_count / BUDDY_PLACES;

		for (uint64_t place = 0; place < BUDDY_PLACES && step_frames && !found; place++) {
			size_t count = step_frames < BUDDY_FRAMES ? step_frames : BUDDY_FRAMES;

			if (mr_kpage_read(kpage, MR_KPAGE_FLAGS, range->first_pfn + place * step_frames,
					  count, flags))
				return;
			found = has_buddy_pair(flags, count);
		}
	}
	mr_facts_set_number(facts, "probe_buddy_tail", found);
}

static size_t huge_page_bytes(void)
{
	char text[32];

	if (read_text("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", text, sizeof(text)) < 0)
		return 0;
	unsigned long bytes = strtoul(text, NULL, 10);
	return bytes > HUGE_PAGE_BYTES_MAX || (bytes & (bytes - 1)) ? 0 : bytes;
}

/* Who is charged for the first and for the last frame of a huge page of our own? */
static void probe_huge_page(struct mr_facts *facts, struct mr_kpage *kpage, size_t page_size_bytes)
{
	size_t huge_bytes = huge_page_bytes();
	uint64_t head_pfn, tail_pfn, head_inode, tail_inode, head_flags, tail_flags;

	if (!huge_bytes || kpage->fds[MR_KPAGE_CGROUP] < 0)
		return;
	char *room = mmap(NULL, 2 * huge_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		return;
	char *huge = room + (huge_bytes - (uintptr_t)room % huge_bytes) % huge_bytes;
	if (!madvise(huge, huge_bytes, MADV_HUGEPAGE)) {
		const char *tail = huge + huge_bytes - page_size_bytes;

		*(volatile char *)huge = 1;
		if (!frame_of(huge, page_size_bytes, &head_pfn) &&
		    !frame_of(tail, page_size_bytes, &tail_pfn) && head_pfn &&
		    tail_pfn - head_pfn == huge_bytes / page_size_bytes - 1 &&
		    !mr_kpage_read(kpage, MR_KPAGE_FLAGS, head_pfn, 1, &head_flags) &&
		    !mr_kpage_read(kpage, MR_KPAGE_FLAGS, tail_pfn, 1, &tail_flags) &&
		    (head_flags & MR_KPF_COMPOUND_HEAD) && (tail_flags & MR_KPF_COMPOUND_TAIL) &&
		    !mr_kpage_read(kpage, MR_KPAGE_CGROUP, head_pfn, 1, &head_inode) &&
		    !mr_kpage_read(kpage, MR_KPAGE_CGROUP, tail_pfn, 1, &tail_inode)) {
			mr_facts_set_number(facts, "probe_thp_head_inode", head_inode);
			mr_facts_set_number(facts, "probe_thp_tail_inode", tail_inode);
		}
	}
	munmap(room, 2 * huge_bytes);
}

void mr_probes_run(struct mr_capture *capture, struct mr_facts *facts)
{
	size_t page_size_bytes = capture->page_size_bytes;
	struct mr_reading iomem;
	struct mr_ranges ranges;
	struct mr_kpage kpage;

	probe_exact_rss(facts, page_size_bytes);
	probe_smaps_rollup(facts);
	probe_pagemap(facts, page_size_bytes);
	mr_kpage_open(&kpage, &capture->tree, false);
	probe_huge_page(facts, &kpage, page_size_bytes);
	mr_capture_look(capture, "", "proc/iomem", &iomem);
	if (!mr_ranges_parse(&ranges, iomem.bytes, iomem.length_bytes, page_size_bytes)) {
		probe_hole(facts, &kpage, &ranges);
		probe_buddy(facts, &kpage, &ranges);
	}
	mr_ranges_deinit(&ranges);
	mr_kpage_close(&kpage);
}

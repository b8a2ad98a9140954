/* /proc/kpageflags, kpagecount and kpagecgroup: one 64-bit word per page frame. */
#ifndef MR_COLLECT_KPAGE_H
#define MR_COLLECT_KPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/tree.h"

/* Source: include/uapi/linux/kernel-page-flags.h */
#define MR_KPF_BUDDY (1ull << 10)
#define MR_KPF_COMPOUND_HEAD (1ull << 15)
#define MR_KPF_COMPOUND_TAIL (1ull << 16)
#define MR_KPF_HUGE (1ull << 17)
#define MR_KPF_THP (1ull << 22)

enum mr_kpage_file {
	MR_KPAGE_FLAGS,
	MR_KPAGE_COUNT,
	MR_KPAGE_CGROUP,
	MR_KPAGE_FILES,
};

/** "kpageflags", "kpagecount", "kpagecgroup" */
extern const char *const mr_kpage_names[MR_KPAGE_FILES];

struct mr_kpage {
	int fds[MR_KPAGE_FILES];           /**< -1 where it could not be opened, or failed later */
	int error_numbers[MR_KPAGE_FILES]; /**< why; 0 while it is open */
	bool is_swapped;                   /**< the words are in the other byte order than this program's */
};

/** Open those of the three that can be opened.  Owns: the descriptors, to mr_kpage_close(). */
void mr_kpage_open(struct mr_kpage *kpage, const struct mr_tree *tree, bool is_swapped);
void mr_kpage_close(struct mr_kpage *kpage);

/**
 * Read words of frames in a row.  A file that fails is closed and its errno kept.
 *
 * @ret_words  raw, in the byte order of the file
 * @return     0 or an errno; ENODATA when the file ends before
 *
 * Source:     fs/proc/page.c: offset and length must be multiples of 8; up to Linux 5.5 a read past the end
 * is not checked, so callers stay inside the RAM ranges
 */
int mr_kpage_read(struct mr_kpage *kpage, enum mr_kpage_file file, uint64_t pfn, size_t words_count,
		  uint64_t *ret_words);

/** @return the word in this program's byte order; the same the other way */
uint64_t mr_kpage_decode(const struct mr_kpage *kpage, uint64_t word);

/**
 * Find the head of the compound page that a tail frame belongs to.
 *
 * @first_pfn  the first frame of the RAM range; nothing before it is read
 * @return     its frame number; @pfn itself when it is no tail, is hugetlb, or no head is within 8192 frames
 *
 * Source:     mm/page_alloc.c: a compound page from the buddy allocator is aligned to its size, so that it
 * begins at one of the aligned frames before
 */
uint64_t mr_kpage_head(struct mr_kpage *kpage, uint64_t pfn, uint64_t flags, uint64_t first_pfn,
		       uint64_t *ret_raw_flags);

#endif

/* The words of all page frames, as somebody copied /proc/kpageflags, kpagecount and kpagecgroup whole: into
 * page_run.
 *
 * A word stands for the frame whose number is its place in the file.  What is no RAM has words, too: it is
 * known by the flag NOPAGE and by the RAM ranges of /proc/iomem, and left out, as our own collector does. */
#ifndef MR_PAGE_DUMP_H
#define MR_PAGE_DUMP_H

#include "analyze/read/foreign/evidence.h"
#include "analyze/read/outlet.h"
#include "schema/base/buffer.h"

/** Source: include/uapi/linux/kernel-page-flags.h */
#define MR_KPF_BUDDY (UINT64_C(1) << 10)
#define MR_KPF_COMPOUND_HEAD (UINT64_C(1) << 15)
#define MR_KPF_COMPOUND_TAIL (UINT64_C(1) << 16)
#define MR_KPF_HUGE (UINT64_C(1) << 17)
#define MR_KPF_NOPAGE (UINT64_C(1) << 20)

/** Most RAM ranges that are kept; the machines with the most have some hundred.  More tell nothing, because frames
 * in those left out would be taken for holes. */
#define MR_PAGE_RANGES_MAX 4096

enum mr_page_file { MR_PAGE_FILE_FLAGS, MR_PAGE_FILE_COUNT, MR_PAGE_FILE_CGROUP, MR_PAGE_FILES_TOTAL };

/** Bytes of RAM, both ends included, as /proc/iomem has them. */
struct mr_page_range {
	int64_t first_address;
	int64_t last_address;
};

/** All zero is "none was there". */
struct mr_page_dump {
	struct mr_buffer bytes[MR_PAGE_FILES_TOTAL];
	bool is_there[MR_PAGE_FILES_TOTAL];
	struct mr_page_range *ranges;
	size_t ranges_count;
	bool has_more_ranges; /**< than are kept */
};

void mr_page_dump_deinit(struct mr_page_dump *dump);

/**
 * Keep a file if it is one of the three.
 *
 * @return  1 kept; 0 it is another file; -EFBIG more than MR_PAGE_WORDS_BYTES_MAX, not kept; -ENOMEM
 */
int mr_page_dump_take(struct mr_page_dump *dump, const char *path, const char *bytes, size_t length_bytes);

/** Keep what a row tells of RAM; any table may come.  @return 0 or -ENOMEM */
int mr_page_dump_row(struct mr_page_dump *dump, const struct mr_row *row);

/** Give the flags to the evidence: they show the byte order, and which frames the kernel calls free. */
void mr_page_dump_tell(const struct mr_page_dump *dump, struct mr_evidence *evidence);

/**
 * Put the runs of equal neighbours into page_run, and into pages_sample that every frame of RAM was taken.
 *
 * A file that is not as long as kpageflags becomes an issue, and its column NULL; without kpageflags, or
 * without knowing the byte order, there are no rows.  How many frames of RAM there are is NULL where neither
 * a flag nor iomem tells what is none.
 *
 * @page_size_bytes  0: not known, then iomem does not help
 * @return           0, -ENOMEM, or what the outlet returned
 */
int mr_page_dump_put(struct mr_page_dump *dump, enum mr_endianness endianness, int64_t page_size_bytes,
		     const struct mr_outlet *outlet);

#endif

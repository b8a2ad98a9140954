/* The words of the sampled page frames: six members that are read together, into page_run. */
#ifndef MR_PAGE_WORDS_H
#define MR_PAGE_WORDS_H

#include "analyze/read/facts.h"
#include "analyze/read/outlet.h"
#include "schema/base/buffer.h"

/** Most bytes of one member that are taken: two million frames. */
#define MR_PAGE_WORDS_BYTES_MAX (16u << 20)

enum mr_page_word {
	MR_PAGE_PFN,
	MR_PAGE_FLAGS,
	MR_PAGE_COUNT,
	MR_PAGE_CGROUP,
	MR_PAGE_HEAD_FLAGS,
	MR_PAGE_HEAD_CGROUP,
	MR_PAGE_WORDS_TOTAL
};

/** All zero is "none was there". */
struct mr_page_words {
	struct mr_buffer bytes[MR_PAGE_WORDS_TOTAL];
	bool is_there[MR_PAGE_WORDS_TOTAL];
};

void mr_page_words_deinit(struct mr_page_words *words);

/**
 * Keep a member if it is one of the six.
 *
 * @return  1 kept; 0 it is another file; -EFBIG more than MR_PAGE_WORDS_BYTES_MAX, not kept; -ENOMEM
 */
int mr_page_words_take(struct mr_page_words *words, const char *path, const char *bytes, size_t length_bytes);

/**
 * Put the runs of equal neighbours into page_run.  A member that is not as long as pfn.u64 becomes an issue,
 * and its column NULL; without pfn.u64, or without knowing the byte order, there are no rows.
 */
int mr_page_words_put(const struct mr_page_words *words, enum mr_endianness endianness,
		      const struct mr_outlet *outlet);

#endif

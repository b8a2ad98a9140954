/* The words of page frames that belong together: those of a frame, and those of the head of its compound
 * page. */
#ifndef MR_COLLECT_FRAMES_H
#define MR_COLLECT_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "collect/ask.h"
#include "collect/kpage.h"
#include "collect/word_table.h"

/** Words of one frame, in the order of the columns of pages.c. */
enum mr_frame_word {
	MR_FRAME_FLAGS,
	MR_FRAME_COUNT,
	MR_FRAME_CGROUP,
	MR_FRAME_HEAD_FLAGS,
	MR_FRAME_HEAD_CGROUP,
};

struct mr_frames {
	struct mr_kpage kpage;
};

/** Open the files of the page frames; those that cannot be opened have their errno in every answer. */
void mr_frames_open(struct mr_frames *frames, const struct mr_tree *tree, bool is_swapped);

/**
 * Read frames.  The three words of a frame are read back to back, and its flags once more: file after file,
 * frames that are allocated in between would look as if nobody were charged for them.
 *
 * @runs    of MR_FRAMES_MAX frames at most
 * @ret     room for struct mr_frames_head and MR_WORDS_PER_FRAME words for each frame, raw; a word that could
 * not be read is 0
 * @return  bytes written to @ret
 */
size_t mr_frames_read(struct mr_frames *frames, const struct mr_frames_run *runs, size_t runs_count,
		      void *ret);

#endif

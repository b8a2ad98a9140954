/* Reading frames, in the reader. */
#include "collect/frames.h"

#include <string.h>

void mr_frames_open(struct mr_frames *frames, const struct mr_tree *tree, bool is_swapped)
{
	mr_kpage_open(&frames->kpage, tree, is_swapped);
}

/* The words of the head of the frame's compound page: the frame's own where it is no tail. */
static void read_head(struct mr_kpage *kpage, uint64_t pfn, uint64_t range_pfn,
		      uint64_t words[MR_WORDS_PER_FRAME])
{
	uint64_t flags = mr_kpage_decode(kpage, words[MR_FRAME_FLAGS]);

	words[MR_FRAME_HEAD_FLAGS] = words[MR_FRAME_FLAGS];
	words[MR_FRAME_HEAD_CGROUP] = words[MR_FRAME_CGROUP];
	if (!(flags & MR_KPF_COMPOUND_TAIL))
		return;
	uint64_t head = mr_kpage_head(kpage, pfn, flags, range_pfn, &words[MR_FRAME_HEAD_FLAGS]);
	if (head != pfn)
		mr_kpage_read(kpage, MR_KPAGE_CGROUP, head, 1, &words[MR_FRAME_HEAD_CGROUP]);
}

/* @return behind the words of the run */
static uint64_t *read_run(struct mr_kpage *kpage, const struct mr_frames_run *run,
			  struct mr_frames_head *head, uint64_t *frame)
{
	static uint64_t words[MR_KPAGE_FILES][MR_FRAMES_MAX], again[MR_FRAMES_MAX];
	size_t count = run->count < MR_FRAMES_MAX ? (size_t)run->count : MR_FRAMES_MAX;

	for (int file = 0; file < MR_KPAGE_FILES; file++)
		if (mr_kpage_read(kpage, file, run->first_pfn, count, words[file]))
			memset(words[file], 0, count * sizeof(words[file][0]));
	bool is_read_again = !mr_kpage_read(kpage, MR_KPAGE_FLAGS, run->first_pfn, count, again);
	for (size_t i = 0; i < count; i++, frame += MR_WORDS_PER_FRAME) {
		frame[MR_FRAME_FLAGS] = words[MR_KPAGE_FLAGS][i];
		frame[MR_FRAME_COUNT] = words[MR_KPAGE_COUNT][i];
		frame[MR_FRAME_CGROUP] = words[MR_KPAGE_CGROUP][i];
		frame[MR_FRAME_HEAD_FLAGS] = frame[MR_FRAME_HEAD_CGROUP] = 0;
		head->unstable_count += is_read_again && again[i] != frame[MR_FRAME_FLAGS];
		if (is_read_again)
			read_head(kpage, run->first_pfn + i, run->range_pfn, frame);
	}
	return frame;
}

size_t mr_frames_read(struct mr_frames *frames, const struct mr_frames_run *runs, size_t runs_count,
		      void *ret)
{
	struct mr_frames_head *head = ret;
	uint64_t *frame = (uint64_t *)(head + 1);

	*head = (struct mr_frames_head){0};
	for (size_t i = 0; i < runs_count; i++)
		frame = read_run(&frames->kpage, &runs[i], head, frame);
	for (int file = 0; file < MR_KPAGE_FILES; file++)
		head->error_numbers[file] = frames->kpage.error_numbers[file];
	return (size_t)((char *)frame - (char *)ret);
}

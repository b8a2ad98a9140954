/* Reading words of page frames. */
#include "collect/kpage.h"

#include <byteswap.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

const char *const mr_kpage_names[MR_KPAGE_FILES] = {
	[MR_KPAGE_FLAGS] = "kpageflags",
	[MR_KPAGE_COUNT] = "kpagecount",
	[MR_KPAGE_CGROUP] = "kpagecgroup",
};

/* The largest compound page of the buddy allocator that is walked: 32 MiB of 4 KiB frames. */
#define HEAD_ORDER_MAX 13

void mr_kpage_open(struct mr_kpage *kpage, const struct mr_tree *tree, bool is_swapped)
{
	*kpage = (struct mr_kpage){.is_swapped = is_swapped};
	for (int i = 0; i < MR_KPAGE_FILES; i++) {
		char path[32];

		snprintf(path, sizeof(path), "proc/%s", mr_kpage_names[i]);
		kpage->fds[i] = mr_tree_openat(tree, tree->root_fd, path, O_RDONLY);
		if (kpage->fds[i] < 0) {
			kpage->error_numbers[i] = -kpage->fds[i];
			kpage->fds[i] = -1;
		}
	}
}

void mr_kpage_close(struct mr_kpage *kpage)
{
	for (int i = 0; i < MR_KPAGE_FILES; i++) {
		if (kpage->fds[i] >= 0)
			close(kpage->fds[i]);
		kpage->fds[i] = -1;
	}
}

int mr_kpage_read(struct mr_kpage *kpage, enum mr_kpage_file file, uint64_t pfn, size_t words_count,
		  uint64_t *ret_words)
{
	size_t done_bytes = 0, wanted_bytes = words_count * sizeof(uint64_t);

	if (kpage->fds[file] < 0)
		return kpage->error_numbers[file];
	while (done_bytes < wanted_bytes) {
		ssize_t got_bytes =
			pread(kpage->fds[file], (char *)ret_words + done_bytes, wanted_bytes - done_bytes,
			      (off_t)(pfn * sizeof(uint64_t) + done_bytes));
		if (got_bytes < 0 && errno == EINTR)
			continue;
		if (got_bytes <= 0) {
			kpage->error_numbers[file] = got_bytes < 0 ? errno : ENODATA;
			close(kpage->fds[file]);
			kpage->fds[file] = -1;
			return kpage->error_numbers[file];
		}
		done_bytes += (size_t)got_bytes;
	}
	return 0;
}

uint64_t mr_kpage_decode(const struct mr_kpage *kpage, uint64_t word)
{
	return kpage->is_swapped ? bswap_64(word) : word;
}

static bool is_walked_tail(uint64_t flags)
{
	return (flags & MR_KPF_COMPOUND_TAIL) && !(flags & MR_KPF_HUGE);
}

uint64_t mr_kpage_head(struct mr_kpage *kpage, uint64_t pfn, uint64_t flags, uint64_t first_pfn,
		       uint64_t *ret_raw_flags)
{
	uint64_t before = pfn;

	if (!is_walked_tail(flags))
		return pfn;
	/* Nearer candidates that are tails cannot hide the head; the first that is no tail is it. */
	for (int order = 1; order <= HEAD_ORDER_MAX; order++) {
		uint64_t candidate = pfn >> order << order, raw;

		if (candidate == before)
			continue;
		if (candidate < first_pfn || mr_kpage_read(kpage, MR_KPAGE_FLAGS, candidate, 1, &raw))
			return pfn;
		if (!is_walked_tail(mr_kpage_decode(kpage, raw))) {
			if (!(mr_kpage_decode(kpage, raw) & MR_KPF_COMPOUND_HEAD))
				return pfn;
			*ret_raw_flags = raw;
			return candidate;
		}
		before = candidate;
	}
	return pfn;
}

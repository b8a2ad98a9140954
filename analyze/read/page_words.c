/* Page words into runs.  See page_words.h. */
#include "analyze/read/page_words.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "analyze/read/row.h"

static const char *const member_paths[MR_PAGE_WORDS_TOTAL] = {
	[MR_PAGE_PFN] = "pages/pfn.u64",
	[MR_PAGE_FLAGS] = "pages/kpageflags.u64",
	[MR_PAGE_COUNT] = "pages/kpagecount.u64",
	[MR_PAGE_CGROUP] = "pages/kpagecgroup.u64",
	[MR_PAGE_HEAD_FLAGS] = "pages/head_kpageflags.u64",
	[MR_PAGE_HEAD_CGROUP] = "pages/head_kpagecgroup.u64",
};

/* Their columns in page_run. */
static const char *const columns[MR_PAGE_WORDS_TOTAL] = {
	[MR_PAGE_PFN] = "first_pfn",         [MR_PAGE_FLAGS] = "page_flags",
	[MR_PAGE_COUNT] = "mapcount",        [MR_PAGE_CGROUP] = "cgroup_inode",
	[MR_PAGE_HEAD_FLAGS] = "head_flags", [MR_PAGE_HEAD_CGROUP] = "head_cgroup_inode",
};

void mr_page_words_deinit(struct mr_page_words *words)
{
	for (int i = 0; i < MR_PAGE_WORDS_TOTAL; i++)
		mr_buffer_deinit(&words->bytes[i]);
	*words = (struct mr_page_words){0};
}

int mr_page_words_take(struct mr_page_words *words, const char *path, const char *bytes, size_t length_bytes)
{
	for (int i = 0; i < MR_PAGE_WORDS_TOTAL; i++) {
		if (strcmp(path, member_paths[i]) != 0)
			continue;
		if (length_bytes > MR_PAGE_WORDS_BYTES_MAX)
			return -EFBIG;
		mr_buffer_append(&words->bytes[i], bytes, length_bytes);
		words->is_there[i] = true;
		return words->bytes[i].failed ? -ENOMEM : 1;
	}
	return 0;
}

static int64_t word_at(const struct mr_buffer *bytes, size_t index, enum mr_endianness endianness)
{
	uint64_t word;

	memcpy(&word, bytes->data + index * sizeof(word), sizeof(word));
	return (int64_t)(endianness == MR_ENDIAN_BIG ? be64toh(word) : le64toh(word));
}

/* Which of the words can be used: there, one for each frame, in a known byte order.  The others become
 * issues. */
static int usable_words(const struct mr_page_words *words, enum mr_endianness endianness,
			const struct mr_outlet *outlet, bool ret_usable[static MR_PAGE_WORDS_TOTAL])
{
	size_t wanted_bytes = words->bytes[MR_PAGE_PFN].length_bytes / sizeof(uint64_t) * sizeof(uint64_t);
	const char *why = endianness == MR_ENDIAN_UNKNOWN ? "capture/meta.csv does not say the byte order"
							  : "not as many words as pages/pfn.u64";

	for (int i = 0; i < MR_PAGE_WORDS_TOTAL; i++) {
		ret_usable[i] = words->is_there[i] && words->bytes[i].length_bytes == wanted_bytes &&
				endianness != MR_ENDIAN_UNKNOWN;
		if (ret_usable[i] || !words->is_there[i])
			continue;
		const struct mr_issue issue = {
			.kind = MR_ISSUE_CUT_OFF, .text = why, .length_bytes = strlen(why)};
		int result = outlet->issue(outlet->context, member_paths[i], &issue);
		if (result < 0)
			return result;
	}
	return 0;
}

/* How many frames from this one on have the same words. */
static size_t run_length(const struct mr_page_words *words, const bool *usable, size_t first,
			 size_t frames_count)
{
	size_t next = first + 1;

	for (; next < frames_count; next++)
		for (int i = MR_PAGE_PFN + 1; i < MR_PAGE_WORDS_TOTAL; i++)
			if (usable[i] &&
			    memcmp(words->bytes[i].data + next * sizeof(uint64_t),
				   words->bytes[i].data + first * sizeof(uint64_t), sizeof(uint64_t)) != 0)
				return next - first;
	return next - first;
}

static int put_run(const struct mr_page_words *words, const bool *usable, enum mr_endianness endianness,
		   struct mr_row *row, size_t first, const struct mr_outlet *outlet)
{
	for (int i = 0; i < MR_PAGE_WORDS_TOTAL; i++)
		if (usable[i])
			mr_row_set_integer(row, columns[i], word_at(&words->bytes[i], first, endianness));
	return outlet->row(outlet->context, 0, row);
}

int mr_page_words_put(const struct mr_page_words *words, enum mr_endianness endianness,
		      const struct mr_outlet *outlet)
{
	size_t frames_count = words->bytes[MR_PAGE_PFN].length_bytes / sizeof(uint64_t);
	struct mr_row row = {.table = mr_table_find("page_run")};
	bool usable[MR_PAGE_WORDS_TOTAL];
	int64_t run = 0;

	int result = usable_words(words, endianness, outlet, usable);
	if (result < 0 || !usable[MR_PAGE_PFN])
		return result;
	for (size_t first = 0, length; !result && first < frames_count; first += length) {
		length = run_length(words, usable, first, frames_count);
		mr_row_set_integer(&row, "run", run++);
		mr_row_set_integer(&row, "frames_count", (int64_t)length);
		result = put_run(words, usable, endianness, &row, first, outlet);
	}
	return result;
}

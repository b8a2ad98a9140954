/* What the files of the kernel that are about memory tell beside their numbers: the page size, and where
 * cgroups are. */
#include <stdio.h>
#include <string.h>

#include "analyze/read/foreign/evidence_internal.h"

/* Pools have pages of their own size, and say so with the flag ht. */
static bool is_pool_flags(struct mr_slice flags)
{
	struct mr_slice word;

	while (mr_slice_word(&flags, &word))
		if (mr_slice_is(word, "ht"))
			return true;
	return false;
}

/* The smallest KernelPageSize of a process.  The flags of a mapping are its last line, in kernels that print
 * them. */
void mr_evidence_smaps(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_slice key, value, word;
	int64_t smallest_kib = 0;
	int64_t kib = 0;
	long long count = 0;

	if (!text.length_bytes || evidence->smaps_count == MR_EVIDENCE_SMAPS_MAX)
		return;
	for (bool is_more = true; is_more;) {
		is_more = mr_evidence_pair(&text, &key, &value);
		bool is_size = is_more && mr_slice_is(key, "KernelPageSize");
		if (is_more && mr_slice_is(key, "VmFlags") && is_pool_flags(value))
			kib = 0;
		if ((is_size || !is_more) && kib > 0) {
			smallest_kib = !smallest_kib || kib < smallest_kib ? kib : smallest_kib;
			count++;
		}
		if (is_size &&
		    (!mr_slice_word(&value, &word) || mr_slice_integer(word, &kib) != MR_NUMBER_OK))
			kib = 0;
	}
	/* a process that maps nothing but pools, in a kernel without VmFlags */
	if (smallest_kib < MR_PAGE_BYTES_MIN / 1024 || smallest_kib > MR_PAGE_BYTES_MAX / 1024 ||
	    (smallest_kib & (smallest_kib - 1)))
		return;
	char *copy = strdup(path);
	evidence->book.failed |= !copy;
	if (copy)
		evidence->smaps[evidence->smaps_count++] =
			(struct mr_smallest_page){copy, smallest_kib, count};
}

/* A process that maps only pools has larger pages than others, where VmFlags do not tell pools. */
void mr_evidence_smaps_conclude(struct mr_evidence *evidence)
{
	int64_t smallest_kib = INT64_MAX;

	for (size_t i = 0; i < evidence->smaps_count; i++)
		if (evidence->smaps[i].kib < smallest_kib)
			smallest_kib = evidence->smaps[i].kib;
	for (size_t i = 0; i < evidence->smaps_count; i++) {
		const struct mr_smallest_page *page = &evidence->smaps[i];
		bool is_smallest = page->kib == smallest_kib;

		mr_book_add_number(&evidence->book, MR_FACT_PAGE_SIZE,
				   is_smallest ? MR_STRENGTH_KERNEL : MR_STRENGTH_NONE, page->path,
				   page->kib * 1024, "smallest KernelPageSize of %lld mappings%s",
				   page->mappings_count,
				   is_smallest ? "" : "; another process maps smaller pages");
	}
}

/* "No limit" of v1 is the largest number of whole pages that a long holds: PAGE_COUNTER_MAX in bytes. */
void mr_evidence_limit(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	static const struct {
		const char *limit;
		int64_t page_size_bytes;
	} sentinels[] = {
		{"9223372036854771712", 4096},
		{"9223372036854759424", 16384},
		{"9223372036854710272", 65536},
	};

	for (size_t i = 0; i < sizeof(sentinels) / sizeof(sentinels[0]); i++)
		if (mr_slice_is(mr_evidence_first_line(text), sentinels[i].limit))
			mr_book_add_number(&evidence->book, MR_FACT_PAGE_SIZE, MR_STRENGTH_ALWAYS,
					   "memory.limit_in_bytes", sentinels[i].page_size_bytes,
					   "no limit is %s bytes: whole pages of %lld", sentinels[i].limit,
					   (long long)sentinels[i].page_size_bytes);
}

static void add_mount(struct mr_evidence *evidence, enum mr_fact fact, const char *source, const char *folder,
		      size_t folder_bytes, const char *how)
{
	char mount[64];

	snprintf(mount, sizeof(mount), "/%.*s", (int)folder_bytes, folder);
	mr_book_add(&evidence->book, fact, MR_STRENGTH_HINT, source, mr_slice_of(mount), "%s", how);
}

void mr_evidence_controllers(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	add_mount(evidence, MR_FACT_CGROUP2_MOUNT, path, path, (size_t)(strrchr(path, '/') - path),
		  "the folder has the files of a root group");
	mr_book_add(&evidence->book, MR_FACT_CGROUP2_CONTROLLERS, MR_STRENGTH_KERNEL, path,
		    mr_evidence_first_line(text), "controllers of the root group");
}

/* A file of a group: the folder of the mount is known by its usual names. */
void mr_evidence_group(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	static const struct {
		const char *folder;
		enum mr_fact fact;
	} usual[] = {
		{"sys/fs/cgroup/memory", MR_FACT_CGROUP1_MOUNT},
		{"cgroup/memory", MR_FACT_CGROUP1_MOUNT},
		{"sys/fs/cgroup/unified", MR_FACT_CGROUP2_MOUNT},
		{"sys/fs/cgroup", MR_FACT_CGROUP2_MOUNT},
	};

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		size_t folder_bytes = strlen(usual[i].folder);
		if (strncmp(path, usual[i].folder, folder_bytes) != 0 || path[folder_bytes] != '/')
			continue;
		add_mount(evidence, usual[i].fact, "paths of groups", path, folder_bytes, "groups are below");
		return;
	}
}

static bool has_option(struct mr_slice options, const char *wanted)
{
	struct mr_slice option;

	while (mr_slice_until(&options, ',', &option))
		if (mr_slice_is(option, wanted))
			return true;
	return mr_slice_is(options, wanted);
}

void mr_evidence_mounts(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_book *book = &evidence->book;
	struct mr_slice line, device, place, type, options;

	while (mr_evidence_line(&text, &line)) {
		if (!mr_slice_word(&line, &device) || !mr_slice_word(&line, &place) ||
		    !mr_slice_word(&line, &type) || !mr_slice_word(&line, &options))
			continue;
		if (mr_slice_is(type, "cgroup") && has_option(options, "memory"))
			mr_book_add(book, MR_FACT_CGROUP1_MOUNT, MR_STRENGTH_KERNEL, path, place, "mounted");
		else if (mr_slice_is(type, "cgroup2"))
			mr_book_add(book, MR_FACT_CGROUP2_MOUNT, MR_STRENGTH_KERNEL, path, place, "mounted");
		else if (mr_slice_is(type, "proc") && mr_slice_is(place, "/proc"))
			mr_book_add(book, MR_FACT_PROCFS_OPTIONS, MR_STRENGTH_KERNEL, path, options,
				    "mounted");
	}
}

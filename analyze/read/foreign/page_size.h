/* The page size out of numbers that were not printed to tell it.
 *
 * Many counters are pages inside the kernel and KiB or bytes in a file: the largest power of two that divides
 * all of them is the page size, once they are so many that it cannot be chance.  Others are printed twice, in
 * pages here and in KiB or bytes there.
 */
#ifndef MR_PAGE_SIZE_H
#define MR_PAGE_SIZE_H

#include "analyze/read/foreign/evidence_book.h"

/** Page sizes that kernels are built for. */
#define MR_PAGE_BYTES_MIN 4096
#define MR_PAGE_BYTES_MAX (256 * 1024)

/** Files whose numbers are multiples of a page. */
enum mr_multiple {
	MR_MULTIPLE_MEMINFO,
	MR_MULTIPLE_STATUS,
	MR_MULTIPLE_STAT,
	MR_MULTIPLE_CGROUP,
	MR_MULTIPLE_TOTAL
};

#define MR_PAGE_PAIRS_TOTAL 13
#define MR_PAGE_PROCESSES_TOTAL 64
#define MR_PAGE_NODES_TOTAL 64

/** One size in both of its units; -1: not seen. */
struct mr_page_pair {
	int64_t pages;
	int64_t bytes;
};

/** What was seen.  mr_page_numbers_init() first. */
struct mr_page_numbers {
	struct {
		uint64_t bits; /**< of all numbers in bytes, together */
		int64_t count;
	} multiples[MR_MULTIPLE_TOTAL];
	struct mr_page_pair counters[MR_PAGE_PAIRS_TOTAL]; /**< vmstat, meminfo */
	struct {
		int64_t pid;              /**< 0: free */
		struct mr_page_pair size; /**< statm, and status or stat */
	} processes[MR_PAGE_PROCESSES_TOTAL];
	struct mr_page_pair machine;                    /**< zoneinfo, MemTotal of meminfo */
	struct mr_page_pair nodes[MR_PAGE_NODES_TOTAL]; /**< zoneinfo, MemTotal of the node */
	int64_t hugepage_kib;                           /**< -1: not seen */
};

void mr_page_numbers_init(struct mr_page_numbers *numbers);

/** Rows of proc_meminfo, proc_vmstat, proc_zoneinfo, node_meminfo, proc_statm, proc_status, proc_stat,
 * cgroup1_memory and cgroup2_memory. */
void mr_page_numbers_meminfo(struct mr_page_numbers *numbers, const struct mr_row *row);
void mr_page_numbers_vmstat(struct mr_page_numbers *numbers, const struct mr_row *row);
void mr_page_numbers_zone(struct mr_page_numbers *numbers, const struct mr_row *row);
void mr_page_numbers_node(struct mr_page_numbers *numbers, const struct mr_row *row);
void mr_page_numbers_statm(struct mr_page_numbers *numbers, const struct mr_row *row);
void mr_page_numbers_status(struct mr_page_numbers *numbers, const struct mr_row *row);
void mr_page_numbers_stat(struct mr_page_numbers *numbers, const struct mr_row *row);
void mr_page_numbers_cgroup1(struct mr_page_numbers *numbers, const struct mr_row *row);
void mr_page_numbers_cgroup2(struct mr_page_numbers *numbers, const struct mr_row *row);

/** Write down what the numbers tell. */
void mr_page_numbers_conclude(const struct mr_page_numbers *numbers, struct mr_book *book);

#endif

/* Numbers collected row by row, and compared when all are there.  See page_size.h. */
#include "analyze/read/foreign/page_size.h"

#include "analyze/read/row.h"

/* A multiple of 8 KiB is by chance one of 4 KiB pages with probability 1/2: so many numbers make it 1/256. */
#define MULTIPLES_WANTED 8
/* One number that is an odd multiple of 4 KiB suffices, if the file tells the truth. */
#define MULTIPLES_OF_SMALLEST_WANTED 3
/* Counters as small as that are drift for the most part. */
#define COUNTER_PAGES_MIN 64

/* Counters of vmstat and the same of meminfo. */
static const struct {
	const char *pages;
	const char *kib;
} counters[MR_PAGE_PAIRS_TOTAL] = {
	{"nr_free_pages", "mem_free_kib"},
	{"nr_active_anon_pages", "active_anon_kib"},
	{"nr_inactive_anon_pages", "inactive_anon_kib"},
	{"nr_active_file_pages", "active_file_kib"},
	{"nr_inactive_file_pages", "inactive_file_kib"},
	{"nr_unevictable_pages", "unevictable_kib"},
	{"nr_mlock_pages", "mlocked_kib"},
	{"nr_anon_pages", "anon_pages_kib"},
	{"nr_mapped_pages", "mapped_kib"},
	{"nr_shmem_pages", "shmem_kib"},
	{"nr_slab_reclaimable_pages", "s_reclaimable_kib"},
	{"nr_slab_unreclaimable_pages", "s_unreclaim_kib"},
	{"nr_page_table_pages", "page_tables_kib"},
};

/* Other lines of meminfo that are pages times a constant in meminfo_proc_show(). */
static const char *const more_multiples[] = {
	"mem_total_kib", "buffers_kib", "cached_kib", "swap_cached_kib", "active_kib",
	"inactive_kib",  "dirty_kib",   "slab_kib",   "swap_total_kib",  "swap_free_kib",
};

static int64_t number(const struct mr_row *row, const char *column)
{
	const struct mr_value *value = mr_row_value(row, column);

	return value->type == MR_VALUE_INTEGER && value->integer >= 0 ? value->integer : -1;
}

/* KiB as bytes; -1 stays -1, and becomes of what is too large. */
static int64_t bytes_of(int64_t kib)
{
	return kib < 0 || kib > INT64_MAX / 1024 ? -1 : kib * 1024;
}

static void pair_init(struct mr_page_pair *pair)
{
	*pair = (struct mr_page_pair){-1, -1};
}

void mr_page_numbers_init(struct mr_page_numbers *numbers)
{
	*numbers = (struct mr_page_numbers){.hugepage_kib = -1};
	for (size_t i = 0; i < MR_PAGE_PAIRS_TOTAL; i++)
		pair_init(&numbers->counters[i]);
	for (size_t i = 0; i < MR_PAGE_PROCESSES_TOTAL; i++)
		pair_init(&numbers->processes[i].size);
	for (size_t i = 0; i < MR_PAGE_NODES_TOTAL; i++)
		pair_init(&numbers->nodes[i]);
	pair_init(&numbers->machine);
}

/* ---- rows ---- */

static void add_multiple(struct mr_page_numbers *numbers, enum mr_multiple file, int64_t bytes)
{
	if (bytes <= 0)
		return;
	numbers->multiples[file].bits |= (uint64_t)bytes;
	numbers->multiples[file].count++;
}

/* A row of meminfo that was made of what free printed at another moment only fills what is not known. */
static void take_meminfo(int64_t *known, int64_t number, bool yields)
{
	if (!yields || *known < 0)
		*known = number;
}

void mr_page_numbers_meminfo(struct mr_page_numbers *numbers, const struct mr_row *row)
{
	bool yields = mr_row_value(row, "derived")->type != MR_VALUE_NULL;

	for (size_t i = 0; i < MR_PAGE_PAIRS_TOTAL; i++) {
		int64_t bytes = bytes_of(number(row, counters[i].kib));
		take_meminfo(&numbers->counters[i].bytes, bytes, yields);
		add_multiple(numbers, MR_MULTIPLE_MEMINFO, bytes);
	}
	for (size_t i = 0; i < sizeof(more_multiples) / sizeof(more_multiples[0]); i++)
		add_multiple(numbers, MR_MULTIPLE_MEMINFO, bytes_of(number(row, more_multiples[i])));
	take_meminfo(&numbers->machine.bytes, bytes_of(number(row, "mem_total_kib")), yields);
	take_meminfo(&numbers->hugepage_kib, number(row, "hugepagesize_kib"), yields);
}

void mr_page_numbers_vmstat(struct mr_page_numbers *numbers, const struct mr_row *row)
{
	for (size_t i = 0; i < MR_PAGE_PAIRS_TOTAL; i++)
		numbers->counters[i].pages = number(row, counters[i].pages);
}

static struct mr_page_pair *node_of(struct mr_page_numbers *numbers, const struct mr_row *row)
{
	int64_t node = number(row, "node");

	return node >= 0 && node < MR_PAGE_NODES_TOTAL ? &numbers->nodes[node] : NULL;
}

static void add_pages(struct mr_page_pair *pair, int64_t pages)
{
	if (pages < 0 || (pair->pages >= 0 && __builtin_add_overflow(pair->pages, pages, &pages)))
		return;
	pair->pages = pages;
}

void mr_page_numbers_zone(struct mr_page_numbers *numbers, const struct mr_row *row)
{
	int64_t managed_pages = number(row, "managed_pages");
	struct mr_page_pair *node = node_of(numbers, row);

	if (managed_pages < 0)
		managed_pages = number(row, "present_pages");
	add_pages(&numbers->machine, managed_pages);
	if (node)
		add_pages(node, managed_pages);
}

void mr_page_numbers_node(struct mr_page_numbers *numbers, const struct mr_row *row)
{
	struct mr_page_pair *node = node_of(numbers, row);

	if (node)
		node->bytes = bytes_of(number(row, "mem_total_kib"));
}

/* The place where both sizes of a process meet; NULL for the processes that find it taken. */
static struct mr_page_pair *process_of(struct mr_page_numbers *numbers, const struct mr_row *row)
{
	int64_t pid = number(row, "pid");
	size_t place = (size_t)pid % MR_PAGE_PROCESSES_TOTAL;

	if (pid <= 0 || (numbers->processes[place].pid && numbers->processes[place].pid != pid))
		return NULL;
	numbers->processes[place].pid = pid;
	return &numbers->processes[place].size;
}

void mr_page_numbers_statm(struct mr_page_numbers *numbers, const struct mr_row *row)
{
	struct mr_page_pair *size = process_of(numbers, row);

	if (size)
		size->pages = number(row, "size_pages");
}

static void take_size(struct mr_page_numbers *numbers, const struct mr_row *row, enum mr_multiple file,
		      int64_t bytes)
{
	struct mr_page_pair *size = process_of(numbers, row);

	add_multiple(numbers, file, bytes);
	if (size && bytes >= 0)
		size->bytes = bytes;
}

void mr_page_numbers_status(struct mr_page_numbers *numbers, const struct mr_row *row)
{
	add_multiple(numbers, MR_MULTIPLE_STATUS, bytes_of(number(row, "vm_rss_kib")));
	take_size(numbers, row, MR_MULTIPLE_STATUS, bytes_of(number(row, "vm_size_kib")));
}

void mr_page_numbers_stat(struct mr_page_numbers *numbers, const struct mr_row *row)
{
	take_size(numbers, row, MR_MULTIPLE_STAT, number(row, "vsize_bytes"));
}

void mr_page_numbers_cgroup1(struct mr_page_numbers *numbers, const struct mr_row *row)
{
	add_multiple(numbers, MR_MULTIPLE_CGROUP, number(row, "usage_bytes"));
}

void mr_page_numbers_cgroup2(struct mr_page_numbers *numbers, const struct mr_row *row)
{
	add_multiple(numbers, MR_MULTIPLE_CGROUP, number(row, "current_bytes"));
}

/* ---- what they tell ---- */

static void conclude_multiple(const struct mr_page_numbers *numbers, struct mr_book *book,
			      enum mr_multiple file)
{
	static const char *const sources[] = {
		[MR_MULTIPLE_MEMINFO] = "proc/meminfo",
		[MR_MULTIPLE_STATUS] = "proc/PID/status",
		[MR_MULTIPLE_STAT] = "proc/PID/stat",
		[MR_MULTIPLE_CGROUP] = "usage of cgroups",
	};
	uint64_t bits = numbers->multiples[file].bits;
	long long count = numbers->multiples[file].count;
	int64_t divisor = (int64_t)(bits & (0 - bits));

	if (count < (divisor == MR_PAGE_BYTES_MIN ? MULTIPLES_OF_SMALLEST_WANTED : MULTIPLES_WANTED))
		return;
	if (divisor < MR_PAGE_BYTES_MIN || divisor > MR_PAGE_BYTES_MAX)
		mr_book_add_doubt(book, MR_FACT_PAGE_SIZE, sources[file],
				  "%lld sizes that are whole pages have no page size in common", count);
	else
		mr_book_add_number(book, MR_FACT_PAGE_SIZE, MR_STRENGTH_NUMBERS, sources[file], divisor,
				   "%lld sizes are multiples of %lld KiB and of nothing larger", count,
				   (long long)divisor / 1024);
}

/* The page size that makes both numbers of a pair equal, up to 1/@slack of them; 0 when none does. */
static int64_t page_size_of(const struct mr_page_pair *pair, int64_t slack)
{
	if (pair->pages <= 0 || pair->bytes <= 0)
		return 0;
	for (int64_t size = MR_PAGE_BYTES_MIN; size <= MR_PAGE_BYTES_MAX; size *= 2) {
		int64_t bytes;
		if (__builtin_mul_overflow(pair->pages, size, &bytes))
			return 0;
		int64_t apart = bytes > pair->bytes ? bytes - pair->bytes : pair->bytes - bytes;
		if (apart <= pair->bytes / slack)
			return size;
	}
	return 0;
}

/* How many pairs speak for which page size. */
struct votes {
	int64_t size;      /* that most speak for; 0: none */
	size_t first_pair; /* index of the first of them */
	int count;
	int compared;
};

static void count_votes(const struct mr_page_pair *pairs, size_t total, int64_t slack, struct votes *ret)
{
	*ret = (struct votes){0};
	for (size_t i = 0; i < total; i++) {
		int64_t size = page_size_of(&pairs[i], slack);
		int count = 0;

		ret->compared += pairs[i].pages > 0 && pairs[i].bytes > 0;
		for (size_t j = 0; size && j < total; j++)
			count += page_size_of(&pairs[j], slack) == size;
		if (count > ret->count) {
			ret->size = size;
			ret->count = count;
			ret->first_pair = i;
		}
	}
}

/* The kernel reads these counters one file after the other: a tenth of drift is much, a page size is a factor
 * of two. */
static void conclude_counters(const struct mr_page_numbers *numbers, struct mr_book *book)
{
	static const char source[] = "proc/vmstat against proc/meminfo";
	struct mr_page_pair pairs[MR_PAGE_PAIRS_TOTAL];
	struct votes votes;

	for (size_t i = 0; i < MR_PAGE_PAIRS_TOTAL; i++) {
		pairs[i] = numbers->counters[i];
		if (pairs[i].pages < COUNTER_PAGES_MIN)
			pair_init(&pairs[i]);
	}
	count_votes(pairs, MR_PAGE_PAIRS_TOTAL, 10, &votes);
	if (!votes.compared)
		return;
	if (2 * votes.count <= votes.compared) {
		mr_book_add_doubt(
			book, MR_FACT_PAGE_SIZE, source,
			"no page size makes more than %d of %d counters agree: not one machine, or made up",
			votes.count, votes.compared);
		return;
	}
	const struct mr_page_pair *pair = &pairs[votes.first_pair];
	mr_book_add_number(book, MR_FACT_PAGE_SIZE, votes.count >= 3 ? MR_STRENGTH_NUMBERS : MR_STRENGTH_HINT,
			   source, votes.size,
			   "%d of %d counters agree: %s %lld x %lld = %lld KiB, %s %lld KiB", votes.count,
			   votes.compared, counters[votes.first_pair].pages, (long long)pair->pages,
			   (long long)votes.size, (long long)(pair->pages * (votes.size / 1024)),
			   counters[votes.first_pair].kib, (long long)(pair->bytes / 1024));
}

/* statm and status print mm->total_vm, one in pages and the other in KiB: equal but where it just grew. */
static void conclude_processes(const struct mr_page_numbers *numbers, struct mr_book *book)
{
	struct mr_page_pair pairs[MR_PAGE_PROCESSES_TOTAL];
	struct votes votes;

	for (size_t i = 0; i < MR_PAGE_PROCESSES_TOTAL; i++)
		pairs[i] = numbers->processes[i].size;
	count_votes(pairs, MR_PAGE_PROCESSES_TOTAL, 100, &votes);
	if (2 * votes.count > votes.compared)
		mr_book_add_number(book, MR_FACT_PAGE_SIZE, MR_STRENGTH_NUMBERS,
				   "proc/PID/statm against proc/PID/status", votes.size,
				   "in %d of %d processes size x %lld bytes is VmSize, or vsize of stat",
				   votes.count, votes.compared, (long long)votes.size);
}

/* MemTotal is the managed pages of all zones, to the page.  Kernels that do not print these print the present
 * ones: more by what the kernel keeps for itself.  Nor do the zones agree so well that were cut off behind the
 * half. */
static enum mr_strength strength_of_zones(const struct mr_page_pair *pair)
{
	return page_size_of(pair, 1000) ? MR_STRENGTH_NUMBERS : MR_STRENGTH_HINT;
}

static void conclude_zones(const struct mr_page_numbers *numbers, struct mr_book *book)
{
	int64_t size = page_size_of(&numbers->machine, 8);
	struct votes votes;

	if (size)
		mr_book_add_number(book, MR_FACT_PAGE_SIZE, strength_of_zones(&numbers->machine),
				   "proc/zoneinfo against proc/meminfo", size,
				   "%lld pages of all zones x %lld = %lld KiB, MemTotal %lld KiB",
				   (long long)numbers->machine.pages, (long long)size,
				   (long long)(numbers->machine.pages * (size / 1024)),
				   (long long)(numbers->machine.bytes / 1024));
	count_votes(numbers->nodes, MR_PAGE_NODES_TOTAL, 8, &votes);
	if (2 * votes.count > votes.compared)
		mr_book_add_number(book, MR_FACT_PAGE_SIZE,
				   strength_of_zones(&numbers->nodes[votes.first_pair]),
				   "proc/zoneinfo against meminfo of the nodes", votes.size,
				   "zones of %d of %d nodes: pages x %lld bytes is MemTotal of the node",
				   votes.count, votes.compared, (long long)votes.size);
}

/* The default huge page is, where nobody chose another, what one page of page table entries of 8 bytes maps.
 */
static void conclude_hugepage(const struct mr_page_numbers *numbers, struct mr_book *book)
{
	static const struct {
		int64_t hugepage_kib;
		int64_t page_size_bytes;
	} usual[] = {{2048, 4096}, {32768, 16384}, {524288, 65536}};

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (numbers->hugepage_kib == usual[i].hugepage_kib)
			mr_book_add_number(book, MR_FACT_PAGE_SIZE, MR_STRENGTH_HINT, "Hugepagesize",
					   usual[i].page_size_bytes,
					   "huge pages of %lld kB are usual with pages of %lld bytes",
					   (long long)usual[i].hugepage_kib,
					   (long long)usual[i].page_size_bytes);
}

void mr_page_numbers_conclude(const struct mr_page_numbers *numbers, struct mr_book *book)
{
	for (int file = 0; file < MR_MULTIPLE_TOTAL; file++)
		conclude_multiple(numbers, book, file);
	conclude_processes(numbers, book);
	conclude_zones(numbers, book);
	conclude_counters(numbers, book);
	conclude_hugepage(numbers, book);
}

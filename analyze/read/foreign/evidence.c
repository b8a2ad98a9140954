/* Facts that a foreign capture does not carry: what its files and rows tell, weighed.  See evidence.h.
 *
 *   evidence_book.c          the pieces, and which decides
 *   evidence_limits.c        what values a fact can have
 *   evidence_text.c          the members whose text tells facts
 *   evidence_machine_text.c  those about the machine and the kernel
 *   evidence_cpus.c          tables and messages with a place for each processor
 *   evidence_memory_text.c   those about pages and cgroups
 *   evidence_frames.c        the flags of all page frames
 *   evidence_machine.c       what follows from the machine
 *   evidence_date.c          dates for people
 *   evidence_time.c          the moment of the capture
 *   page_size.c              the page size by numbers
 */
#include "analyze/read/foreign/evidence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/read/foreign/evidence_internal.h"
#include "analyze/read/row.h"

struct mr_evidence *mr_evidence_create(void)
{
	struct mr_evidence *evidence = calloc(1, sizeof(*evidence));

	if (!evidence)
		return NULL;
	mr_page_numbers_init(&evidence->numbers);
	mr_moments_init(&evidence->moments);
	return evidence;
}

void mr_evidence_destroy(struct mr_evidence *evidence)
{
	if (!evidence)
		return;
	mr_book_deinit(&evidence->book);
	mr_moments_deinit(&evidence->moments);
	for (size_t i = 0; i < evidence->smaps_count; i++)
		free(evidence->smaps[i].path);
	free(evidence);
}

static int status_of(const struct mr_evidence *evidence)
{
	return evidence->book.failed || evidence->moments.failed ? -ENOMEM : 0;
}

bool mr_evidence_wants(const char *path)
{
	return mr_evidence_text_find(path) != NULL;
}

int mr_evidence_file(struct mr_evidence *evidence, const char *path, int64_t mtime_s, const char *bytes,
		     size_t length_bytes)
{
	const struct mr_evidence_text *text = mr_evidence_text_find(path);

	mr_moments_mtime(&evidence->moments, path, mtime_s);
	if (mr_slice_starts(mr_slice_of(path), MR_SLICE("supportconfig/")))
		mr_book_add(&evidence->book, MR_FACT_TOOL, MR_STRENGTH_ALWAYS, "sections",
			    MR_SLICE("supportconfig"), "sections as supportconfig writes them");
	/* sysfs files packed by tar have NULs behind the text */
	if (text && length_bytes)
		text->take(evidence, path, (struct mr_slice){bytes, strnlen(bytes, length_bytes)});
	return status_of(evidence);
}

/* ---- rows ---- */

static void take_meminfo(struct mr_evidence *evidence, const struct mr_row *row)
{
	const struct mr_value *vmalloc = mr_row_value(row, "vmalloc_total_kib");
	const struct mr_value *high = mr_row_value(row, "high_total_kib");

	mr_page_numbers_meminfo(&evidence->numbers, row);
	/* old kernels print HighTotal: 0 where there can be none */
	if (high->type == MR_VALUE_INTEGER && high->integer > 0)
		mr_book_add_number(&evidence->book, MR_FACT_WORD_BITS, MR_STRENGTH_ALWAYS, "HighTotal", 32,
				   "only 32-bit kernels have memory that they cannot map");
	else if (vmalloc->type == MR_VALUE_INTEGER && vmalloc->integer > 0)
		mr_book_add_number(&evidence->book, MR_FACT_WORD_BITS, MR_STRENGTH_NUMBERS, "VmallocTotal",
				   vmalloc->integer >> 22 ? 64 : 32, "%lld kB of addresses",
				   (long long)vmalloc->integer);
}

static void take_vmstat(struct mr_evidence *evidence, const struct mr_row *row)
{
	mr_page_numbers_vmstat(&evidence->numbers, row);
}

static void take_zone(struct mr_evidence *evidence, const struct mr_row *row)
{
	mr_page_numbers_zone(&evidence->numbers, row);
}

static void take_node(struct mr_evidence *evidence, const struct mr_row *row)
{
	mr_page_numbers_node(&evidence->numbers, row);
}

static void take_statm(struct mr_evidence *evidence, const struct mr_row *row)
{
	mr_page_numbers_statm(&evidence->numbers, row);
}

static void take_status(struct mr_evidence *evidence, const struct mr_row *row)
{
	mr_page_numbers_status(&evidence->numbers, row);
}

static void take_stat(struct mr_evidence *evidence, const struct mr_row *row)
{
	const struct mr_value *start = mr_row_value(row, "start_ticks");

	mr_page_numbers_stat(&evidence->numbers, row);
	if (start->type == MR_VALUE_INTEGER && start->integer > evidence->moments.newest_start_ticks)
		evidence->moments.newest_start_ticks = start->integer;
}

static void take_cgroup1(struct mr_evidence *evidence, const struct mr_row *row)
{
	mr_page_numbers_cgroup1(&evidence->numbers, row);
}

static void take_cgroup2(struct mr_evidence *evidence, const struct mr_row *row)
{
	mr_page_numbers_cgroup2(&evidence->numbers, row);
}

static void take_kernel_stat(struct mr_evidence *evidence, const struct mr_row *row)
{
	const struct mr_value *boot_time = mr_row_value(row, "boot_time_s");
	const struct mr_value *cpus = mr_row_value(row, "cpus_count");

	if (boot_time->type == MR_VALUE_INTEGER && boot_time->integer > 0 &&
	    boot_time->integer < MR_MOMENT_END_S)
		evidence->moments.boot_time_s = boot_time->integer;
	/* in a container lxcfs prints it */
	if (cpus->type == MR_VALUE_INTEGER && cpus->integer > 0)
		mr_book_add_number(&evidence->book, MR_FACT_CPUS_ONLINE, MR_STRENGTH_COMMAND, "proc/stat",
				   cpus->integer, "lines of processors");
}

static void take_uptime(struct mr_evidence *evidence, const struct mr_row *row)
{
	const struct mr_value *uptime = mr_row_value(row, "uptime_seconds");

	if (uptime->type == MR_VALUE_REAL && uptime->real >= 0 && uptime->real < (double)MR_MOMENT_END_S)
		evidence->moments.uptime_ns = (int64_t)(uptime->real * 1e9);
}

int mr_evidence_row(struct mr_evidence *evidence, const struct mr_row *row)
{
	static const struct {
		const char *table;
		void (*take)(struct mr_evidence *evidence, const struct mr_row *row);
	} tables[] = {
		{"proc_stat", take_stat},         {"proc_statm", take_statm},
		{"proc_status", take_status},     {"cgroup1_memory", take_cgroup1},
		{"cgroup2_memory", take_cgroup2}, {"proc_meminfo", take_meminfo},
		{"proc_vmstat", take_vmstat},     {"proc_zoneinfo", take_zone},
		{"node_meminfo", take_node},      {"proc_kernel_stat", take_kernel_stat},
		{"proc_uptime", take_uptime},
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcmp(row->table->name, tables[i].table))
			tables[i].take(evidence, row);
	return status_of(evidence);
}

/* ---- what the user said, and what the archive is called ---- */

static void take_given_number(struct mr_book *book, enum mr_fact fact, int64_t number)
{
	if (number > 0)
		mr_book_add_number(book, fact, MR_STRENGTH_GIVEN, "command line", number,
				   "given by the user");
}

static void take_given_text(struct mr_book *book, enum mr_fact fact, const char *text)
{
	mr_book_add(book, fact, MR_STRENGTH_GIVEN, "command line", mr_slice_of(text), "given by the user");
}

static void take_given(struct mr_book *book, const struct mr_given *given)
{
	take_given_number(book, MR_FACT_PAGE_SIZE, given->page_size_bytes);
	take_given_number(book, MR_FACT_CLOCK_TICKS, given->clock_ticks_per_second);
	take_given_number(book, MR_FACT_CPUS_ONLINE, given->cpus_online_count);
	take_given_text(book, MR_FACT_HOST, given->host);
	take_given_text(book, MR_FACT_KERNEL_RELEASE, given->kernel_release);
	take_given_text(book, MR_FACT_MACHINE, given->machine);
	if (given->has_taken_ns)
		mr_book_add_number(book, MR_FACT_TAKEN, MR_STRENGTH_GIVEN, "command line", given->taken_ns,
				   "given by the user");
}

static bool cut_end(struct mr_slice *name, const char *end)
{
	size_t end_bytes = strlen(end);

	if (name->length_bytes <= end_bytes ||
	    memcmp(name->at + name->length_bytes - end_bytes, end, end_bytes))
		return false;
	name->length_bytes -= end_bytes;
	return true;
}

static struct mr_slice base_name(const char *path)
{
	struct mr_slice name = mr_slice_of(path);

	while (name.length_bytes && name.at[name.length_bytes - 1] == '/')
		name.length_bytes--;
	for (size_t i = name.length_bytes; i-- > 0;)
		if (name.at[i] == '/')
			return mr_slice_skip(name, i + 1);
	return name;
}

/* "sosreport-HOST-2022-02-11-abcdefg": HOST, and a case number that some have behind it. */
static void cut_report_name(struct mr_slice *name)
{
	*name = mr_slice_skip(*name, sizeof("sosreport-") - 1);
	for (size_t i = 0; i + 12 <= name->length_bytes; i++)
		if (name->at[i] == '-' && name->at[i + 1] == '2' && name->at[i + 5] == '-' &&
		    name->at[i + 8] == '-' && name->at[i + 11] == '-') {
			name->length_bytes = i;
			return;
		}
}

static void take_archive_name(struct mr_book *book, const char *archive_name)
{
	static const char *const ends[] = {".gz",  ".xz",  ".bz2",  ".zst", ".tgz",
					   ".txz", ".tbz", ".tbz2", ".tar"};
	struct mr_slice name = base_name(archive_name);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		cut_end(&name, ends[i]);
	if (!name.length_bytes || mr_slice_is(name, "-"))
		return;
	if (memmem(name.at, name.length_bytes, "obfuscated", sizeof("obfuscated") - 1))
		mr_book_add_number(book, MR_FACT_ANONYMIZED, MR_STRENGTH_NAME, "name of the archive", 1,
				   "the name says obfuscated");
	if (mr_slice_starts(name, MR_SLICE("sosreport-")))
		cut_report_name(&name);
	cut_end(&name, "-obfuscated");
	mr_book_add(book, MR_FACT_HOST, MR_STRENGTH_NAME, "name of the archive", name,
		    "what the archive is called, without what tools add");
}

/* ---- the end ---- */

static void put_decision(struct mr_row *row, const struct mr_book *book, enum mr_fact fact)
{
	const char *column = mr_fact_columns[fact];
	const struct mr_field *field = &row->table->fields[mr_column_number(row->table, column)];
	const char *text = mr_book_decide(book, fact);
	int64_t integer;

	if (!text)
		return;
	if (strcmp(mr_units[field->unit].sql_type, "INTEGER") != 0)
		mr_row_set_string(row, column, text);
	else if (mr_slice_integer(mr_slice_of(text), &integer) == MR_NUMBER_OK)
		mr_row_set_integer(row, column, integer);
}

static char *copy(struct mr_evidence *evidence, char *old, enum mr_fact fact)
{
	const char *text = mr_book_decide(&evidence->book, fact);

	if (!text)
		return old;
	free(old);
	char *result = strdup(text);
	evidence->book.failed |= !result;
	return result;
}

static void fill_facts(struct mr_evidence *evidence, struct mr_facts *facts)
{
	const char *endianness = mr_book_decide(&evidence->book, MR_FACT_ENDIANNESS);

	facts->host = copy(evidence, facts->host, MR_FACT_HOST);
	facts->tool = copy(evidence, facts->tool, MR_FACT_TOOL);
	if (mr_book_decide(&evidence->book, MR_FACT_TAKEN)) {
		facts->has_taken_ns = true;
		facts->taken_ns = mr_book_decide_number(&evidence->book, MR_FACT_TAKEN, 0);
	}
	facts->page_size_bytes = mr_book_decide_number(&evidence->book, MR_FACT_PAGE_SIZE, 0);
	if (endianness)
		facts->endianness = !strcmp(endianness, "big") ? MR_ENDIAN_BIG : MR_ENDIAN_LITTLE;
}

int mr_evidence_conclude(struct mr_evidence *evidence, const struct mr_given *given, const char *archive_name,
			 const struct mr_outlet *outlet, struct mr_facts *ret_facts)
{
	struct mr_book *book = &evidence->book;
	struct mr_row row = {.table = mr_table_find("capture_meta")};

	if (given)
		take_given(book, given);
	if (archive_name)
		take_archive_name(book, archive_name);
	mr_evidence_smaps_conclude(evidence);
	mr_evidence_cpus_conclude(book);
	mr_evidence_release_conclude(book);
	mr_moments_conclude_ticks(&evidence->moments, book);
	mr_machine_conclude(book);
	mr_evidence_free_flags_conclude(evidence);
	mr_page_numbers_conclude(&evidence->numbers, book);
	mr_moments_conclude(&evidence->moments, book, mr_book_decide_number(book, MR_FACT_CLOCK_TICKS, 0));
	fill_facts(evidence, ret_facts);
	int result = status_of(evidence);
	for (int fact = 0; fact < MR_FACT_TOTAL; fact++)
		put_decision(&row, book, (enum mr_fact)fact);
	if (!result)
		result = outlet->row(outlet->context, 0, &row);
	if (!result)
		result = mr_book_put(book, outlet);
	return result;
}

/* Sections of supportconfig texts: as the script writes them, and as it never would. */
#include <stdlib.h>
#include <string.h>

#include "analyze/archive_in/supportconfig.h"
#include "schema/base/cleanup.h"
#include "tests/support/test.h"

#define COMMAND "#==[ Command ]======================================#\n"
#define FILE_HEADER "#==[ Configuration File ]===========================#\n"
#define LOG "#==[ Log File ]=====================================#\n"
#define VERIFICATION "#==[ Verification ]=================================#\n"
#define SYSTEM "#==[ System ]=======================================#\n"
#define NOTE "#==[ Note ]=========================================#\n"

/* As supportconfig 3.1 writes memory.txt, cut short. */
static const char memory_txt[] =
	NOTE "# /usr/lib/supportconfig/header.txt\n\nUnauthorized use is prohibited.\n\n" COMMAND
	     "# /usr/bin/vmstat 1 4\nprocs ---memory---\n 1  0\n\n" FILE_HEADER
	     "# /proc/meminfo\nMemTotal:        4026036 kB\nMemFree:          207588 kB\n\n\n" FILE_HEADER
	     "# /proc/slabinfo\nslabinfo - version: 2.1\nnf_conntrack 0 0 320 12 1\n\n\n" FILE_HEADER
	     "# /sys/kernel/mm/transparent_hugepage/enabled\nalways [madvise] never\n\n\n" FILE_HEADER
	     "# /proc/pagetypeinfo - File not found\n\n" COMMAND
	     "# numastat\nERROR: Command not found or not executable\n\n";

/* The n-th section, from 0. */
static bool section_at(const char *bytes, size_t length_bytes, unsigned n,
		       struct mr_supportconfig_section *ret_section)
{
	struct mr_supportconfig text;
	bool found;

	mr_supportconfig_init(&text, bytes, length_bytes);
	do
		found = mr_supportconfig_next(&text, ret_section);
	while (found && n--);
	return found;
}

static unsigned count_sections(const char *bytes, size_t length_bytes)
{
	struct mr_supportconfig_section section;
	unsigned count = 0;

	while (section_at(bytes, length_bytes, count, &section))
		count++;
	return count;
}

static void expect_title(const struct mr_supportconfig_section *section, const char *title)
{
	assert_int_equal(section->title_length_bytes, strlen(title));
	assert_memory_equal(section->title, title, strlen(title));
}

static void expect_bytes(const struct mr_supportconfig_section *section, const char *bytes)
{
	assert_int_equal(section->length_bytes, strlen(bytes));
	assert_memory_equal(section->bytes, bytes, strlen(bytes));
}

/* @path  NULL: there must be none */
static void expect_path(enum mr_supportconfig_kind kind, const char *title, size_t length_bytes,
			const char *path)
{
	struct mr_supportconfig_section section = {
		.kind = kind, .title = title, .title_length_bytes = length_bytes, .bytes = ""};
	struct mr_buffer buffer = {0};
	const char *found = mr_supportconfig_path(&section, 256, &buffer);

	if (!path)
		assert_null(found);
	else
		assert_string_equal(found, path);
	mr_buffer_deinit(&buffer);
}

TEST(memory_txt_is_cut_into_its_sections)
{
	struct mr_supportconfig_section section;

	assert_true(mr_supportconfig_is(memory_txt, strlen(memory_txt)));
	assert_int_equal(count_sections(memory_txt, strlen(memory_txt)), 7);
	assert_true(section_at(memory_txt, strlen(memory_txt), 0, &section));
	assert_int_equal(section.kind, MR_SUPPORTCONFIG_OTHER);
	assert_true(section_at(memory_txt, strlen(memory_txt), 1, &section));
	assert_int_equal(section.kind, MR_SUPPORTCONFIG_COMMAND);
	expect_title(&section, "/usr/bin/vmstat 1 4");
	expect_bytes(&section, "procs ---memory---\n 1  0\n");
	assert_int_equal(section.first_line, 8);
}

TEST(a_file_of_the_kernel_has_the_bytes_of_the_file_and_no_more)
{
	struct mr_supportconfig_section section;
	struct mr_buffer path = {0};

	assert_true(section_at(memory_txt, strlen(memory_txt), 2, &section));
	assert_int_equal(section.kind, MR_SUPPORTCONFIG_FILE);
	assert_false(section.is_missing);
	expect_title(&section, "/proc/meminfo");
	expect_bytes(&section, "MemTotal:        4026036 kB\nMemFree:          207588 kB\n");
	assert_int_equal(section.first_line, 13);
	assert_string_equal(mr_supportconfig_path(&section, 256, &path), "proc/meminfo");
	assert_true(section_at(memory_txt, strlen(memory_txt), 4, &section));
	assert_string_equal(mr_supportconfig_path(&section, 256, &path),
			    "sys/kernel/mm/transparent_hugepage/enabled");
	expect_bytes(&section, "always [madvise] never\n");
	mr_buffer_deinit(&path);
}

TEST(what_was_not_there_is_missing_and_not_empty)
{
	static const char empty[] = FILE_HEADER "# /proc/1/smaps\n\n\n" COMMAND "# ipcs -a\n\n";
	struct mr_supportconfig_section section;

	assert_true(section_at(memory_txt, strlen(memory_txt), 5, &section));
	assert_true(section.is_missing);
	expect_title(&section, "/proc/pagetypeinfo");
	expect_bytes(&section, "");
	assert_true(section_at(memory_txt, strlen(memory_txt), 6, &section));
	assert_true(section.is_missing);
	expect_title(&section, "numastat");
	assert_true(section_at(empty, strlen(empty), 0, &section));
	assert_false(section.is_missing);
	expect_bytes(&section, "");
	assert_true(section_at(empty, strlen(empty), 1, &section));
	assert_false(section.is_missing);
	expect_bytes(&section, "");
}

TEST(version_3_0_says_executible)
{
	static const char text[] = COMMAND "# smem\nERROR: Command not found or not executible\n\n";
	struct mr_supportconfig_section section;

	assert_true(section_at(text, strlen(text), 0, &section));
	assert_true(section.is_missing);
}

TEST(every_kind_of_header_has_its_kind)
{
	static const char text[] =
		LOG "# /var/log/messages - Last 500 Lines\na\n\n\n" VERIFICATION "# rpm -V lsof-4.91\n"
		    "# Verification Status: Passed\n\n" SYSTEM "# Virtualization\nHypervisor:    KVM\n\n"
		    "#==[ Files in /etc/security ]=======================#\n" FILE_HEADER "# /etc/passwd\n";
	static const enum mr_supportconfig_kind kinds[] = {
		MR_SUPPORTCONFIG_LOG, MR_SUPPORTCONFIG_VERIFICATION, MR_SUPPORTCONFIG_SYSTEM,
		MR_SUPPORTCONFIG_OTHER, MR_SUPPORTCONFIG_FILE};
	struct mr_supportconfig_section section;

	assert_int_equal(count_sections(text, strlen(text)), 5);
	for (unsigned i = 0; i < 5; i++) {
		assert_true(section_at(text, strlen(text), i, &section));
		assert_int_equal(section.kind, kinds[i]);
	}
	assert_true(section_at(text, strlen(text), 3, &section));
	expect_title(&section, "");
	assert_true(section_at(text, strlen(text), 1, &section));
	expect_title(&section, "rpm -V lsof-4.91");
	expect_bytes(&section, "# Verification Status: Passed\n");
}

TEST(lines_of_a_file_that_begin_with_a_hash_are_its_own)
{
	static const char text[] = FILE_HEADER
		"# /proc/slabinfo\nslabinfo - version: 2.1\n# name            <active_objs>\nbuf 0 0\n\n\n";
	struct mr_supportconfig_section section;

	assert_true(section_at(text, strlen(text), 0, &section));
	expect_bytes(&section, "slabinfo - version: 2.1\n# name            <active_objs>\nbuf 0 0\n");
}

TEST(empty_lines_of_a_file_stay_but_for_the_two_of_the_script)
{
	static const char text[] = FILE_HEADER "# /proc/x\na\n\nb\n\n\n\n" COMMAND "# y\na\n\n\n";
	struct mr_supportconfig_section section;

	assert_true(section_at(text, strlen(text), 0, &section));
	expect_bytes(&section, "a\n\nb\n\n");
	assert_true(section_at(text, strlen(text), 1, &section));
	expect_bytes(&section, "a\n\n");
}

TEST(a_banner_in_front_is_no_section)
{
	static const char text[] = "=====================================\n"
				   "   Support Utilities - Supportconfig\n\n" COMMAND "# /bin/date\nx\n";
	struct mr_supportconfig_section section;

	assert_true(mr_supportconfig_is(text, strlen(text)));
	assert_int_equal(count_sections(text, strlen(text)), 1);
	assert_true(section_at(text, strlen(text), 0, &section));
	assert_int_equal(section.first_line, 6);
}

TEST(carriage_returns_at_headers_and_titles_are_taken_off)
{
	static const char text[] = "#==[ Configuration File ]=====#\r\n# /proc/meminfo\r\nMemTotal: 1 kB\r\n";
	struct mr_supportconfig_section section;

	assert_true(section_at(text, strlen(text), 0, &section));
	assert_int_equal(section.kind, MR_SUPPORTCONFIG_FILE);
	expect_title(&section, "/proc/meminfo");
	expect_bytes(&section, "MemTotal: 1 kB\r\n");
}

TEST(a_text_cut_off_anywhere_gives_sections_inside_of_it)
{
	size_t whole_bytes = strlen(memory_txt);

	for (size_t length = 0; length <= whole_bytes; length++) {
		_cleanup_free_ char *text = malloc(length ? length : 1);
		struct mr_supportconfig reading;
		struct mr_supportconfig_section section;

		memcpy(text, memory_txt, length);
		mr_supportconfig_init(&reading, text, length);
		while (mr_supportconfig_next(&reading, &section)) {
			assert_true(section.title >= text && section.bytes >= section.title);
			assert_true(section.bytes + section.length_bytes <= text + length);
			assert_true(section.title + section.title_length_bytes <= text + length);
		}
		assert_int_equal(reading.rest_bytes, 0);
	}
}

TEST(behind_a_title_without_a_newline_is_the_line_of_the_title)
{
	static const char text[] = COMMAND "# /bin/date";
	struct mr_supportconfig_section section;

	assert_true(section_at(text, strlen(text), 0, &section));
	expect_title(&section, "/bin/date");
	expect_bytes(&section, "");
	assert_int_equal(section.first_line, 2);
}

TEST(a_header_without_a_title_takes_none_from_the_next_section)
{
	static const char text[] = FILE_HEADER FILE_HEADER "# /proc/meminfo\nMemTotal: 1 kB\n" COMMAND;
	struct mr_supportconfig_section section;
	struct mr_buffer path = {0};

	assert_int_equal(count_sections(text, strlen(text)), 3);
	assert_true(section_at(text, strlen(text), 0, &section));
	expect_title(&section, "");
	expect_bytes(&section, "");
	assert_null(mr_supportconfig_path(&section, 256, &path));
	assert_true(section_at(text, strlen(text), 1, &section));
	expect_title(&section, "/proc/meminfo");
	assert_true(section_at(text, strlen(text), 2, &section));
	assert_int_equal(section.kind, MR_SUPPORTCONFIG_COMMAND);
	expect_bytes(&section, "");
	mr_buffer_deinit(&path);
}

TEST(what_only_looks_like_a_header_is_none)
{
	static const char *const lines[] = {"",
					    "#==[",
					    "#==[ ",
					    "#==[  ]===#",
					    "#==[ Command",
					    "#==[ Command ]",
					    "##==[ Command ]==#",
					    " #==[ Command ]==#",
					    "# /proc/meminfo",
					    "MemTotal:        4026036 kB",
					    "#==[ a name that is much longer than any name that "
					    "supportconfig has ever written there ]===#"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(mr_supportconfig_is(lines[i], strlen(lines[i])));
}

TEST(a_header_far_behind_the_start_makes_no_supportconfig)
{
	size_t length = 100000;
	_cleanup_free_ char *text = malloc(length + sizeof(COMMAND));

	memset(text, 'x', length);
	text[length - 1] = '\n';
	memcpy(text + length, COMMAND, sizeof(COMMAND));
	assert_false(mr_supportconfig_is(text, length + sizeof(COMMAND) - 1));
	assert_true(mr_supportconfig_is(text + length - 1, sizeof(COMMAND)));
}

TEST(a_line_of_100_mb_and_a_nul_are_bytes_like_others)
{
	static const char start[] = FILE_HEADER "# /proc/meminfo\n";
	static const char end[] = "\n" COMMAND "# date\n";
	size_t line_bytes = 100000000;
	size_t length = sizeof(start) - 1 + line_bytes + sizeof(end) - 1;
	_cleanup_free_ char *text = malloc(length);
	struct mr_supportconfig_section section;

	assert_non_null(text);
	memcpy(text, start, sizeof(start) - 1);
	memset(text + sizeof(start) - 1, 'x', line_bytes);
	text[sizeof(start) + 10] = '\0';
	memcpy(text + length - (sizeof(end) - 1), end, sizeof(end) - 1);
	assert_int_equal(count_sections(text, length), 2);
	assert_true(section_at(text, length, 0, &section));
	assert_int_equal(section.length_bytes, line_bytes + 1);
	assert_true(section_at(text, length, 1, &section));
	assert_int_equal(section.first_line, 6);
}

TEST(paths_are_those_of_the_kernel_or_below_supportconfig)
{
	expect_path(MR_SUPPORTCONFIG_FILE, "/proc/sys/vm/swappiness", 23, "proc/sys/vm/swappiness");
	expect_path(MR_SUPPORTCONFIG_FILE, "//proc//./meminfo", 17, "proc/meminfo");
	expect_path(MR_SUPPORTCONFIG_COMMAND, "/usr/bin/free -k", 16, "supportconfig/usr/bin/free -k");
	expect_path(MR_SUPPORTCONFIG_COMMAND, "ls -l ../x", 10, "supportconfig/ls -l ../x");
	expect_path(MR_SUPPORTCONFIG_LOG, "/var/log/warn", 13, "supportconfig/log/var/log/warn");
	expect_path(MR_SUPPORTCONFIG_VERIFICATION, "rpm -V a", 8, "supportconfig/verification/rpm -V a");
	expect_path(MR_SUPPORTCONFIG_SYSTEM, "Product", 7, "supportconfig/system/Product");
	expect_path(MR_SUPPORTCONFIG_OTHER, "x", 1, "supportconfig/other/x");
}

TEST(a_title_that_leads_elsewhere_has_no_path)
{
	char long_title[300];

	memset(long_title, 'a', sizeof(long_title));
	expect_path(MR_SUPPORTCONFIG_FILE, "", 0, NULL);
	expect_path(MR_SUPPORTCONFIG_FILE, "///", 3, NULL);
	expect_path(MR_SUPPORTCONFIG_FILE, "/proc/../etc/shadow", 19, NULL);
	expect_path(MR_SUPPORTCONFIG_FILE, "/proc/meminfo\0x", 15, NULL);
	expect_path(MR_SUPPORTCONFIG_COMMAND, "free\0", 5, NULL);
	expect_path(MR_SUPPORTCONFIG_FILE, long_title, sizeof(long_title), NULL);
	expect_path(MR_SUPPORTCONFIG_COMMAND, long_title, sizeof(long_title), NULL);
}

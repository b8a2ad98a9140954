/* Kernel text of machines that other people captured, from 2.6.32 to 6.14, 32 and 64 bits: the sums are known
 * from elsewhere.  MR_CAPTURES names the folder; where it is missing every test says that it was skipped. */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/parse/parse.h"
#include "tests/support/test.h"

/* What one archive adds up to. */
struct tally {
	const char *column; /* which is summed over all rows that have it */
	const char *folder; /* only members that begin with this; NULL for all */
	struct mr_mounts mounts;
	bool with_smaps; /* smaps are summed instead of the smaps_rollup */
	int64_t sum;
	size_t rows;
	size_t issues[MR_ISSUE_KIND_TOTAL];
};

static int add_row(void *context, const struct mr_row *row)
{
	struct tally *tally = context;

	for (size_t i = 0; i < row->table->field_count; i++) {
		const struct mr_field *field = &row->table->fields[i];

		if (!field->column || strcmp(field->column, tally->column) ||
		    row->values[i].type != MR_VALUE_INTEGER)
			continue;
		tally->sum += row->values[i].integer;
		tally->rows++;
	}
	return 0;
}

static int count_issue(void *context, const struct mr_issue *issue)
{
	struct tally *tally = context;

	tally->issues[issue->kind]++;
	return 0;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && !strcmp(text + length - strlen(end), end);
}

static void parse_member(struct tally *tally, const char *path, const char *text, size_t length_bytes)
{
	struct mr_sink sink = {tally, add_row, count_issue};
	struct mr_source smaps = {.shape = MR_SHAPE_SMAPS, .table = mr_table_find("proc_smaps_rollup")};
	struct mr_match match;

	if (!mr_source_match(path, &tally->mounts, &match))
		return;
	if (tally->with_smaps && ends_in(path, "/smaps"))
		match.source = &smaps;
	else if (tally->with_smaps)
		return;
	struct mr_parse_input input = {.match = &match,
				       .path = path,
				       .text = text,
				       .length_bytes = length_bytes,
				       .little_endian = true};
	assert_int_equal(mr_parse(&input, &sink), 0);
}

static void read_member(struct tally *tally, struct archive *archive, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	int64_t size = archive_entry_size(entry);

	if (!strncmp(path, "./", 2))
		path += 2;
	if (archive_entry_filetype(entry) != AE_IFREG ||
	    (tally->folder && strncmp(path, tally->folder, strlen(tally->folder))))
		return;
	char *text = malloc((size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(archive_read_data(archive, text, (size_t)size), size);
	parse_member(tally, path, text, (size_t)size);
	free(text);
}

static bool has_captures(void)
{
	const char *folder = getenv("MR_CAPTURES");

	return folder && !access(folder, R_OK | X_OK);
}

static void add_up(struct tally *tally, const char *name)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", getenv("MR_CAPTURES"), name);
	archive_read_support_format_tar(archive);
	archive_read_support_filter_all(archive);
	if (archive_read_open_filename(archive, path, 65536) != ARCHIVE_OK)
		fail_msg("%s: %s", path, archive_error_string(archive));
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
		read_member(tally, archive, entry);
	archive_read_free(archive);
}

#define SKIP_WITHOUT_CAPTURES()                                                                              \
	do {                                                                                                 \
		if (!has_captures())                                                                         \
			SKIP("MR_CAPTURES names no folder of captures");                                     \
	} while (0)

static void assert_sum(struct tally tally, const char *name, size_t rows, int64_t sum)
{
	add_up(&tally, name);
	assert_int_equal(tally.rows, rows);
	assert_int_equal(tally.sum, sum);
}

TEST(arm_4_4_sums_of_statm_and_smaps_are_as_counted_elsewhere)
{
	static const char archive[] = "aepkolol_innofirmware/proc.tar.gz";

	SKIP_WITHOUT_CAPTURES();
	assert_sum((struct tally){.column = "resident_pages"}, archive, 91, 6253);
	assert_sum((struct tally){.column = "rss_kib", .with_smaps = true}, archive, 16, 31388);
	assert_sum((struct tally){.column = "pss_kib", .with_smaps = true}, archive, 16, 16647);
}

TEST(x86_64_sums_of_statm_are_as_counted_elsewhere)
{
	SKIP_WITHOUT_CAPTURES();
	assert_sum((struct tally){.column = "resident_pages"}, "csm-csci442_proc-snapshot/proc.tar.gz", 220,
		   111869);
	assert_sum((struct tally){.column = "resident_pages"},
		   "performancecopilot_pcp/procpid-2.6.32-root-001.tgz", 206, 1344035);
	assert_sum((struct tally){.column = "resident_pages"},
		   "performancecopilot_pcp/procpid-4.2.3-root-004.tgz", 66, 21477012);
}

TEST(smaps_sums_stay_below_the_rollup_of_the_same_processes)
{
	static const char archive[] = "performancecopilot_pcp/procpid-5.5.7-root-007.tgz";

	SKIP_WITHOUT_CAPTURES();
	assert_sum((struct tally){.column = "pss_kib"}, archive, 4, 155942);
	assert_sum((struct tally){.column = "pss_kib", .with_smaps = true}, archive, 4, 155882);
}

TEST(v1_and_v2_trees_have_all_their_groups_and_no_unknown_keys)
{
	struct tally v1 = {.column = "usage_bytes", .mounts = {.cgroup1 = "cgroup/memory"}};
	struct tally v2 = {.column = "current_bytes", .mounts = {.cgroup2 = "sys/fs/cgroup"}};
	struct tally newest = {.column = "current_bytes", .mounts = {.cgroup2 = "sys/fs/cgroup"}};

	SKIP_WITHOUT_CAPTURES();
	add_up(&v1, "performancecopilot_pcp/cgroups-root-001.tgz");
	assert_int_equal(v1.rows, 3);
	assert_int_equal(v1.issues[MR_ISSUE_UNKNOWN_KEY], 0);
	add_up(&v2, "performancecopilot_pcp/cgroups-root-004.tgz");
	assert_int_equal(v2.rows, 223);
	assert_int_equal(v2.issues[MR_ISSUE_UNKNOWN_KEY], 0);
	add_up(&newest, "nlayo_IT340-Bemu-Project/sys-fs-cgroup-5487913.tar.gz");
	assert_int_equal(newest.rows, 117);
	assert_int_equal(newest.issues[MR_ISSUE_UNKNOWN_KEY], 0);
}

TEST(system_files_of_ten_years_of_kernels_have_no_unknown_keys)
{
	static const char *const archives[] = {
		"performancecopilot_pcp/meminfo-root-001.tgz", "performancecopilot_pcp/meminfo-root-002.tgz",
		"performancecopilot_pcp/meminfo-root-004.tgz", "performancecopilot_pcp/meminfo-root-005.tgz",
		"performancecopilot_pcp/meminfo-root-007.tgz",
	};

	SKIP_WITHOUT_CAPTURES();
	for (size_t i = 0; i < sizeof(archives) / sizeof(archives[0]); i++) {
		struct tally tally = {.column = "managed_pages"};

		add_up(&tally, archives[i]);
		assert_true(tally.sum > 0);
		for (int kind = 0; kind < MR_ISSUE_KIND_TOTAL; kind++)
			if (kind != MR_ISSUE_NUL_INSIDE)
				assert_int_equal(tally.issues[kind], 0);
	}
}

TEST(node_files_padded_with_nul_are_read_and_reported)
{
	struct tally tally = {.column = "mem_total_kib", .folder = "sys/"};

	SKIP_WITHOUT_CAPTURES();
	add_up(&tally, "performancecopilot_pcp/meminfo-root-004.tgz");
	assert_int_equal(tally.rows, 1);
	assert_true(tally.issues[MR_ISSUE_NUL_INSIDE] > 0);
}

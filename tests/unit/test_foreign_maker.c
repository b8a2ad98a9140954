/* What the makers of foreign captures make is what the tools that they stand for make, as libarchive reads
 * it. */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/archive_in/supportconfig.h"
#include "schema/base/cleanup.h"
#include "tests/support/foreign_maker.h"
#include "tests/support/tar_out.h"
#include "tests/support/test.h"

#define TREE "amd64-4k-6.12-v2-tree"

/* A reader of bytes with the formats and filters of the importer. */
static struct archive *open_bytes(const void *bytes, size_t length_bytes)
{
	struct archive *reader = archive_read_new();

	archive_read_support_format_tar(reader);
	archive_read_support_filter_gzip(reader);
	archive_read_support_filter_zstd(reader);
	archive_read_support_filter_xz(reader);
	archive_read_support_filter_bzip2(reader);
	assert_int_equal(archive_read_open_memory(reader, bytes, length_bytes), ARCHIVE_OK);
	return reader;
}

/* Read a tar into a tree; every member must be whole.  @ret_format  as libarchive names the format of the
 * last header */
static void unpack(const void *bytes, size_t length_bytes, struct mr_tree *ret_tree, int *ret_format)
{
	struct archive *reader = open_bytes(bytes, length_bytes);
	struct archive_entry *entry;
	int result;

	while ((result = archive_read_next_header(reader, &entry)) == ARCHIVE_OK) {
		size_t size = (size_t)archive_entry_size(entry);
		_cleanup_free_ char *data = malloc(size + 1);
		assert_int_equal(archive_read_data(reader, data, size), size);
		if (archive_entry_filetype(entry) == AE_IFLNK)
			mr_tree_link(ret_tree, archive_entry_pathname(entry), archive_entry_symlink(entry));
		else if (archive_entry_filetype(entry) == AE_IFREG)
			mr_tree_add(ret_tree, archive_entry_pathname(entry), data, size);
		*ret_format = archive_format(reader);
	}
	assert_int_equal(result, ARCHIVE_EOF);
	archive_read_free(reader);
}

/* Make a report and read it back from its tar. */
static void make_sos(const struct mr_sos *sos, struct mr_tree *ret_report)
{
	struct mr_tree kernel = {0}, report = {0};
	struct mr_buffer tar = {0};
	int format;

	mr_foreign_fixture(&kernel, TREE);
	mr_foreign_sos(&report, &kernel, sos);
	mr_tar_pack(&report, &(struct mr_tar_way){.filter = "xz", .has_folders = true}, &tar);
	unpack(tar.data, tar.length_bytes, ret_report, &format);
	mr_buffer_deinit(&tar);
	mr_tree_deinit(&report);
	mr_tree_deinit(&kernel);
}

static void expect_link(const struct mr_tree *tree, const char *path, const char *target)
{
	const struct mr_tree_entry *entry = mr_tree_find(tree, path);

	assert_non_null(entry);
	assert_int_equal(entry->type, MR_TREE_LINK);
	assert_string_equal(entry->target, target);
}

static unsigned count_below(const struct mr_tree *tree, const char *start, const char *end)
{
	unsigned count = 0;

	for (size_t i = 0; i < tree->count; i++) {
		const char *path = tree->entries[i].path;
		count += !strncmp(path, start, strlen(start)) && strlen(path) > strlen(end) &&
			 !strcmp(path + strlen(path) - strlen(end), end);
	}
	return count;
}

TEST(every_format_and_filter_gives_the_same_tree_back)
{
	static const char *const formats[] = {"v7", "ustar", "pax", "gnutar"};
	static const char *const filters[] = {NULL, "gzip", "xz", "zstd", "bzip2"};
	struct mr_tree kernel = {0};

	mr_foreign_machine(&kernel);
	for (size_t i = 0; i < 4 * 5; i++) {
		struct mr_tar_way way = {formats[i / 5], filters[i % 5], "a/b/", true, 0};
		struct mr_tree back = {0};
		struct mr_buffer tar = {0};
		int format;

		mr_tar_pack(&kernel, &way, &tar);
		unpack(tar.data, tar.length_bytes, &back, &format);
		assert_int_equal(format & ARCHIVE_FORMAT_BASE_MASK, ARCHIVE_FORMAT_TAR);
		assert_int_equal(back.count, kernel.count);
		assert_string_equal(mr_tree_text(&back, "a/b/proc/meminfo"),
				    mr_tree_text(&kernel, "proc/meminfo"));
		mr_buffer_deinit(&tar);
		mr_tree_deinit(&back);
	}
	mr_tree_deinit(&kernel);
}

TEST(a_sosreport_has_the_files_of_processes_that_sos_takes)
{
	static const char top[] = "sosreport-node7-2026-11-21-kvxqzab/";
	struct mr_tree report = {0};

	make_sos(&(struct mr_sos){0}, &report);
	assert_int_equal(count_below(&report, top, "/smaps"), 20);
	assert_int_equal(count_below(&report, top, "/status"), 20);
	assert_int_equal(count_below(&report, top, "/statm"), 0);
	assert_int_equal(count_below(&report, top, "/smaps_rollup"), 0);
	assert_null(mr_tree_find(&report, "sosreport-node7-2026-11-21-kvxqzab/proc/1/stat"));
	assert_null(mr_tree_find(&report, "sosreport-node7-2026-11-21-kvxqzab/proc/1/cgroup"));
	assert_string_equal(mr_tree_text(&report, "sosreport-node7-2026-11-21-kvxqzab/version.txt"),
			    "sosreport: 4.2");
	assert_non_null(mr_tree_find(&report, "sosreport-node7-2026-11-21-kvxqzab/proc/meminfo"));
	assert_non_null(mr_tree_find(
		&report, "sosreport-node7-2026-11-21-kvxqzab/sys/fs/cgroup/web/front/memory.current"));
	mr_tree_deinit(&report);
}

TEST(links_of_a_sosreport_lead_to_what_is_there_and_one_leads_nowhere)
{
	struct mr_tree report = {0};

	make_sos(&(struct mr_sos){0}, &report);
	expect_link(&report, "sosreport-node7-2026-11-21-kvxqzab/free", "sos_commands/memory/free");
	assert_non_null(mr_tree_find(&report, "sosreport-node7-2026-11-21-kvxqzab/sos_commands/memory/free"));
	expect_link(&report, "sosreport-node7-2026-11-21-kvxqzab/ps", "sos_commands/process/ps_auxwwwm");
	assert_non_null(
		mr_tree_find(&report, "sosreport-node7-2026-11-21-kvxqzab/sos_commands/process/ps_auxwwwm"));
	expect_link(&report, "sosreport-node7-2026-11-21-kvxqzab/proc/mounts", "self/mounts");
	expect_link(&report, "sosreport-node7-2026-11-21-kvxqzab/date", "sos_commands/systemd/timedatectl");
	assert_null(
		mr_tree_find(&report, "sosreport-node7-2026-11-21-kvxqzab/sos_commands/systemd/timedatectl"));
	mr_tree_deinit(&report);
}

TEST(reports_of_sos_3_are_named_by_the_second_or_by_the_day)
{
	static const struct {
		const char *version;
		const char *name;
	} names[] = {{"3.2", "sosreport-h-20261121074103"},
		     {"3.9", "sosreport-h-2026-11-21-kvxqzab"},
		     {"4.12", "sosreport-h-2026-11-21-kvxqzab"}};
	struct mr_tree report = {0};

	for (size_t i = 0; i < 3; i++) {
		struct mr_sos sos = {.version = names[i].version, .host = "h"};
		_cleanup_free_ char *name = mr_foreign_sos_name(&sos);
		assert_string_equal(name, names[i].name);
	}
	make_sos(&(struct mr_sos){.version = "3.9"}, &report);
	assert_non_null(
		mr_tree_find(&report, "sosreport-node7-2026-11-21-kvxqzab/sos_commands/general/date"));
	assert_null(mr_tree_find(&report, "sosreport-node7-2026-11-21-kvxqzab/sos_reports/manifest.json"));
	mr_tree_deinit(&report);
}

TEST(an_obfuscated_report_does_not_name_the_host)
{
	struct mr_tree report = {0};
	const char *uname;

	make_sos(&(struct mr_sos){.host = "secret", .is_obfuscated = true}, &report);
	uname = mr_tree_text(&report, "sosreport-host0-2026-11-21-kvxqzab/sos_commands/kernel/uname_-a");
	assert_memory_equal(uname, "Linux host0 6.12.", 17);
	for (size_t i = 0; i < report.count; i++) {
		assert_null(strstr(report.entries[i].path, "secret"));
		assert_true(!report.entries[i].bytes || !strstr(report.entries[i].bytes, "secret"));
	}
	mr_tree_deinit(&report);
}

TEST(pack_dir_puts_one_tar_in_place_of_a_folder_and_names_begin_in_three_ways)
{
	static const char *const names[] = {[MR_SOS_INNER_TOP] = "sys/fs/cgroup/web/front/memory.current",
					    [MR_SOS_INNER_PARENT] = "cgroup/web/front/memory.current",
					    [MR_SOS_INNER_FOLDER] = "web/front/memory.current"};

	for (unsigned i = MR_SOS_INNER_TOP; i <= MR_SOS_INNER_FOLDER; i++) {
		struct mr_tree report = {0}, inner = {0};
		int format;

		make_sos(&(struct mr_sos){.version = "4.12", .packed = "sys/fs/cgroup", .inner = i}, &report);
		const struct mr_tree_entry *tar =
			mr_tree_find(&report, "sosreport-node7-2026-11-21-kvxqzab/sys/fs/cgroup.tar");
		assert_non_null(tar);
		assert_int_equal(
			count_below(&report, "sosreport-node7-2026-11-21-kvxqzab/sys/fs/cgroup/", ""), 0);
		unpack(tar->bytes, tar->length_bytes, &inner, &format);
		assert_non_null(mr_tree_find(&inner, names[i]));
		mr_tree_deinit(&inner);
		mr_tree_deinit(&report);
	}
}

TEST(a_bundle_holds_a_report_and_its_digest_for_each_host)
{
	static const struct mr_sos reports[] = {{.host = "a"}, {.host = "b"}};
	struct mr_tree kernel = {0}, bundle = {0}, report = {0};
	const struct mr_tree *const kernels[] = {&kernel, &kernel};
	int format;

	mr_foreign_machine(&kernel);
	mr_foreign_sos_bundle(&bundle, kernels, reports, 2);
	assert_int_equal(count_below(&bundle, "sos-collector-", ".tar.xz"), 2);
	assert_int_equal(count_below(&bundle, "sos-collector-", ".tar.xz.sha256"), 2);
	const struct mr_tree_entry *tar =
		mr_tree_find(&bundle, "sos-collector-2026-11-21-qwxyz/sosreport-b-2026-11-21-kvxqzab.tar.xz");
	assert_non_null(tar);
	unpack(tar->bytes, tar->length_bytes, &report, &format);
	assert_memory_equal(
		mr_tree_text(&report, "sosreport-b-2026-11-21-kvxqzab/sos_commands/kernel/uname_-a"),
		"Linux b 6", 9);
	mr_tree_deinit(&report);
	mr_tree_deinit(&bundle);
	mr_tree_deinit(&kernel);
}

TEST(a_smemcap_tar_is_v7_without_an_end)
{
	struct mr_tree kernel = {0}, back = {0};
	struct mr_buffer tar = {0};
	int format;

	mr_foreign_fixture(&kernel, TREE);
	mr_foreign_smemcap(&tar, &kernel, &(struct mr_smemcap){0});
	assert_int_equal(tar.length_bytes % 512, 0);
	assert_int_not_equal(tar.length_bytes % 10240, 0);
	/* no "ustar", the checksum as six digits, NUL and blank */
	assert_memory_equal(tar.data + 257, "\0\0\0\0\0", 5);
	assert_memory_equal(tar.data + 154, "\0 0", 3);
	unpack(tar.data, tar.length_bytes, &back, &format);
	assert_int_equal(format, ARCHIVE_FORMAT_TAR);
	assert_int_equal(back.count, 2 + 20 * 3);
	assert_string_equal(back.entries[0].path, "meminfo");
	assert_string_equal(back.entries[1].path, "version");
	assert_string_equal(mr_tree_text(&back, "289/smaps"), mr_tree_text(&kernel, "proc/289/smaps"));
	assert_null(mr_tree_find(&back, "289/status"));
	mr_buffer_deinit(&tar);
	mr_tree_deinit(&back);
	mr_tree_deinit(&kernel);
}

/* What smemcap itself prints about this machine; empty where it is not installed. */
static void run_smemcap(struct mr_buffer *ret_tar)
{
	FILE *pipe = popen("smemcap 2>/dev/null", "re");
	char block[65536];
	size_t got;

	assert_non_null(pipe);
	while ((got = fread(block, 1, sizeof(block), pipe)))
		mr_buffer_append(ret_tar, block, got);
	pclose(pipe);
}

TEST(headers_of_smemcap_itself_are_written_again_to_the_byte)
{
	struct mr_buffer tar = {0}, header = {0};
	struct archive_entry *entry;
	unsigned count = 0;

	run_smemcap(&tar);
	if (!tar.length_bytes) {
		mr_buffer_deinit(&tar);
		SKIP("smemcap is not installed");
	}
	struct archive *reader = open_bytes(tar.data, tar.length_bytes);
	while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
		struct mr_raw_header fields = {.name = archive_entry_pathname(entry),
					       .type = archive_entry_filetype(entry) == AE_IFDIR ? '5' : '0',
					       .magic = MR_RAW_V7,
					       .mode = archive_entry_perm(entry),
					       .uid = (uint32_t)archive_entry_uid(entry),
					       .gid = (uint32_t)archive_entry_gid(entry),
					       .size_bytes = (uint64_t)archive_entry_size(entry),
					       .mtime_s = archive_entry_mtime(entry)};
		/* 0 would be the usual mode */
		if (!fields.mode)
			fields.mode_field = "0000000";
		mr_buffer_clear(&header);
		mr_raw_header(&header, &fields);
		assert_memory_equal(header.data, tar.data + archive_read_header_position(reader), 512);
		count++;
	}
	assert_true(count > 5);
	archive_read_free(reader);
	mr_buffer_deinit(&header);
	mr_buffer_deinit(&tar);
}

TEST(an_unreadable_member_of_smemcap_has_fields_from_the_stack)
{
	struct mr_tree kernel = {0};
	struct mr_buffer tar = {0};
	struct archive_entry *entry;

	mr_foreign_machine(&kernel);
	mr_foreign_smemcap(&tar, &kernel, &(struct mr_smemcap){.unreadable_pid = 1});
	struct archive *reader = open_bytes(tar.data, tar.length_bytes);
	do
		assert_int_equal(archive_read_next_header(reader, &entry), ARCHIVE_OK);
	while (strcmp(archive_entry_pathname(entry), "1/smaps") != 0);
	assert_int_equal(archive_entry_perm(entry), 0465);
	assert_int_equal(archive_entry_uid(entry), 12632256);
	assert_int_equal(archive_entry_size(entry), 0);
	assert_int_equal(archive_entry_mtime(entry), 0);
	archive_read_free(reader);
	mr_buffer_deinit(&tar);
	mr_tree_deinit(&kernel);
}

TEST(a_uid_of_ten_digits_runs_into_the_gid_and_the_member_is_whole)
{
	struct mr_tree kernel = {0};
	struct mr_buffer tar = {0};
	struct archive_entry *entry;
	char data[16];

	mr_foreign_machine(&kernel);
	mr_foreign_smemcap(&tar, &kernel,
			   &(struct mr_smemcap){.uid = 4294967295, .has_negative_mtime = true});
	/* 037777777777 has eleven digits: three of the uid are overwritten by the gid, three of the gid by
	 * the size */
	assert_memory_equal(tar.data + 108, "3777777737777777", 16);
	assert_memory_equal(tar.data + 136, "37777777777", 12);
	struct archive *reader = open_bytes(tar.data, tar.length_bytes);
	assert_int_equal(archive_read_next_header(reader, &entry), ARCHIVE_OK);
	assert_int_equal(archive_entry_uid(entry), 037777777);
	assert_int_equal(archive_entry_mtime(entry), 4294967295);
	assert_int_equal(archive_read_data(reader, data, sizeof(data)), sizeof(data));
	assert_memory_equal(data, "MemTotal:       ", 16);
	archive_read_free(reader);
	mr_buffer_deinit(&tar);
	mr_tree_deinit(&kernel);
}

TEST(a_copied_proc_has_no_proc_in_its_paths)
{
	struct mr_tree kernel = {0}, copy = {0};

	mr_foreign_fixture(&kernel, TREE);
	mr_foreign_proc(&copy, &kernel);
	assert_non_null(mr_tree_find(&copy, "meminfo"));
	assert_non_null(mr_tree_find(&copy, "1/status"));
	assert_int_equal(count_below(&copy, "proc/", ""), 0);
	assert_int_equal(count_below(&copy, "sys/fs", ""), 0);
	mr_tree_deinit(&copy);
	mr_tree_deinit(&kernel);
}

TEST(files_can_be_padded_with_nuls_and_lose_their_last_newline)
{
	struct mr_tree tree = {0};

	mr_tree_printf(&tree, "sys/kernel/mm/ksm/run", "0\n");
	mr_tree_printf(&tree, "system/x", "0\n");
	mr_tree_printf(&tree, "proc/meminfo", "MemTotal: 1 kB\n");
	mr_tree_pad(&tree, "sys", 4096);
	assert_int_equal(tree.entries[0].length_bytes, 4096);
	assert_memory_equal(tree.entries[0].bytes, "0\n\0\0", 4);
	assert_int_equal(tree.entries[1].length_bytes, 2);
	mr_tree_strip_newlines(&tree);
	assert_string_equal(mr_tree_text(&tree, "proc/meminfo"), "MemTotal: 1 kB");
	assert_int_equal(tree.entries[2].length_bytes, 14);
	assert_int_equal(tree.entries[0].length_bytes, 4096);
	mr_tree_deinit(&tree);
}

TEST(a_supportconfig_gives_back_the_files_of_the_kernel)
{
	struct mr_tree kernel = {0}, report = {0};
	struct mr_supportconfig text;
	struct mr_supportconfig_section section;
	struct mr_buffer path = {0};
	unsigned files_count = 0;

	mr_foreign_fixture(&kernel, TREE);
	mr_foreign_supportconfig(&report, &kernel, "node7");
	const struct mr_tree_entry *memory = mr_tree_find(&report, "scc_node7_261121_0741/memory.txt");
	assert_non_null(memory);
	assert_true(mr_supportconfig_is(memory->bytes, memory->length_bytes));
	mr_supportconfig_init(&text, memory->bytes, memory->length_bytes);
	while (mr_supportconfig_next(&text, &section)) {
		if (section.kind != MR_SUPPORTCONFIG_FILE || section.is_missing)
			continue;
		const struct mr_tree_entry *file =
			mr_tree_find(&kernel, mr_supportconfig_path(&section, 256, &path));
		assert_non_null(file);
		files_count++;
		/* the line of column names is gone */
		if (!strcmp(file->path, "proc/slabinfo")) {
			assert_true(section.length_bytes < file->length_bytes);
			continue;
		}
		assert_int_equal(section.length_bytes, file->length_bytes);
		assert_memory_equal(section.bytes, file->bytes, file->length_bytes);
	}
	assert_int_equal(files_count, 6);
	mr_buffer_deinit(&path);
	mr_tree_deinit(&report);
	mr_tree_deinit(&kernel);
}

TEST(free_and_ps_say_what_the_kernel_files_say)
{
	struct mr_tree kernel = {0};
	struct mr_buffer text = {0};

	mr_foreign_machine(&kernel);
	mr_foreign_free(&text, &kernel);
	assert_non_null(
		strstr(text.data,
		       "Mem:         8000000     3750000     1000000       50000     3250000     5000000"));
	mr_buffer_clear(&text);
	mr_foreign_ps(&text, &kernel, false);
	assert_non_null(
		strstr(text.data,
		       "root          20  0.0  0.0    328   300 ?        S    07:30   0:00 /bin/work er\n"));
	assert_non_null(
		strstr(text.data,
		       "root           2  0.0  0.0      0     0 ?        S    07:30   0:00 [kthreadd]\n"));
	mr_buffer_deinit(&text);
	mr_tree_deinit(&kernel);
}

TEST(a_fixture_of_the_collector_can_be_a_sosreport_too)
{
	struct mr_tree kernel = {0}, report = {0};

	mr_foreign_fixture(&kernel, "ppc64el-64k-6.1-v1-loads");
	mr_foreign_sos(&report, &kernel, &(struct mr_sos){0});
	assert_string_equal(mr_tree_text(&kernel, "pagesize"), "65536\n");
	assert_non_null(strstr(
		mr_tree_text(&report, "sosreport-node7-2026-11-21-kvxqzab/sos_commands/processor/lscpu"),
		"ppc64le"));
	assert_int_equal(count_below(&report, "sosreport-node7-2026-11-21-kvxqzab/capture", ""), 0);
	assert_true(count_below(&report, "sosreport-node7", "/status") > 50);
	mr_tree_deinit(&report);
	mr_tree_deinit(&kernel);
}

/* import --verify: the captures of an input are compared with their rows in the database, by a process of its
 * own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/verb/verb.h"
#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/foreign_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/tar_out.h"
#include "tests/support/test.h"

#define CAPTURES_MAX 4

/* What was told of each capture that was compared. */
struct told {
	size_t count;
	int results[CAPTURES_MAX];
	int64_t snapshot_ids[CAPTURES_MAX];
	int64_t counts[CAPTURES_MAX][MR_TRIP_COUNT_TOTAL];
	char finding[256]; /* the first of all */
	char message[512];
};

static void hear_capture(void *context, const char *name, int result, const struct mr_import_result *imported,
			 const struct mr_error *error)
{
	if (result < 0)
		fail_msg("%s: %s", name, error->message);
}

static void hear_proof(void *context, const char *name, int result, const struct mr_proof_result *proof,
		       const struct mr_error *error)
{
	struct told *told = context;

	assert_true(told->count < CAPTURES_MAX);
	size_t i = told->count++;
	told->results[i] = result;
	if (result < 0) {
		snprintf(told->message, sizeof(told->message), "%s", error->message);
		return;
	}
	told->snapshot_ids[i] = proof->snapshot_id;
	memcpy(told->counts[i], proof->counts, sizeof(proof->counts));
	if (!proof->finding_count || *told->finding)
		return;
	const struct mr_trip_finding *finding = &proof->findings[0];
	snprintf(told->finding, sizeof(told->finding), "%s:%lu %s: %s, rows %s", finding->path, finding->line,
		 finding->key, finding->file ? finding->file : "-", finding->rows ? finding->rows : "-");
}

static struct told verify(struct mr_store *store, const char *path)
{
	const struct mr_import_options options = {.verify = true};
	struct told told = {0};
	const struct mr_import_listener listener = {
		.context = &told, .capture = hear_capture, .proof = hear_proof};
	struct mr_error error = {0};

	if (mr_import_all(store, &path, 1, &options, &listener, &error) < 0)
		fail_msg("%s", error.message);
	assert_true(sqlite3_get_autocommit(mr_store_handle(store)));
	return told;
}

static void run(struct mr_store *store, const char *sql)
{
	assert_int_equal(sqlite3_exec(mr_store_handle(store), sql, NULL, NULL, NULL), SQLITE_OK);
}

TEST(an_archive_of_ours_comes_back_from_its_rows_with_all_readings)
{
	_cleanup_free_ char *path = mr_maker_path("a.mem.tar.gz");
	struct mr_store *store = memory();

	mr_maker_capture(path, NULL);
	struct told told = verify(store, path);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.results[0], 0);
	assert_int_equal(told.snapshot_ids[0], 1);
	assert_string_equal(told.finding, "");
	assert_int_equal(told.counts[0][MR_TRIP_DIFFERENT], 0);
	assert_true(told.counts[0][MR_TRIP_NUMBERS] > 30);
	assert_true(told.counts[0][MR_TRIP_SUMS] > 5);
	mr_store_close(store);
}

TEST(what_was_changed_in_the_database_is_found_in_a_capture_that_is_known)
{
	static const struct {
		const char *change, *back, *found;
	} changes[] = {
		{"UPDATE proc_meminfo SET mem_free_kib = 7 WHERE reading = 0",
		 "UPDATE proc_meminfo SET mem_free_kib = 1000000 WHERE reading = 0",
		 "proc/meminfo:2 MemFree: 1000000 kB, rows 7 kB"},
		{"UPDATE proc_meminfo SET mem_free_kib = 7 WHERE reading = 1",
		 "UPDATE proc_meminfo SET mem_free_kib = 1000100 WHERE reading = 1",
		 "capture/again/1/proc/meminfo:2 MemFree: 1000100 kB, rows 7 kB"},
		{"UPDATE proc_statm SET size_pages = 1 WHERE pid = 20",
		 "UPDATE proc_statm SET size_pages = 1020 WHERE pid = 20", "proc/20/statm:1 1: 1020, rows 1"},
		{"UPDATE cgroup1_memory SET usage_bytes = NULL",
		 "UPDATE cgroup1_memory SET usage_bytes = 4096",
		 "sys/fs/cgroup/memory/a/memory.usage_in_bytes:1 memory.usage_in_bytes: 4096, rows -"},
	};
	_cleanup_free_ char *path = mr_maker_path("a.mem.tar.gz");
	struct mr_store *store = memory();

	mr_maker_capture(path, NULL);
	import(store, path, false);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		run(store, changes[i].change);
		struct told told = verify(store, path);
		assert_string_equal(told.finding, changes[i].found);
		assert_int_equal(told.counts[0][MR_TRIP_DIFFERENT], 1);
		run(store, changes[i].back);
	}
	assert_string_equal(verify(store, path).finding, "");
	mr_store_close(store);
}

TEST(the_index_comes_back_from_readings_and_from_coverage)
{
	_cleanup_free_ char *path = mr_maker_path("a.mem.tar.gz");
	struct mr_store *store = memory();

	mr_maker_capture(path, NULL);
	import(store, path, false);
	run(store, "DELETE FROM reading WHERE path = 'proc/slabinfo'");
	assert_int_equal(verify(store, path).counts[0][MR_TRIP_DIFFERENT], 1);
	run(store, "UPDATE coverage SET readings_count = 3 WHERE source = 'proc/{pid}/statm'");
	struct told told = verify(store, path);
	assert_int_equal(told.counts[0][MR_TRIP_DIFFERENT], 2);
	run(store, "INSERT INTO coverage (snapshot_id, source, status, readings_count, reading)"
		   " VALUES (1, 'proc/stat', 'ok', 1, 0)");
	assert_int_equal(verify(store, path).counts[0][MR_TRIP_DIFFERENT], 3);
	mr_store_close(store);
}

TEST(words_of_page_frames_come_back_one_by_one)
{
	static const uint64_t pfns[] = {10, 20, 30}, flags[] = {4, 4, 8};
	_cleanup_free_ char *path = mr_maker_path("a.mem.tar");
	struct mr_store *store = memory();
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, NULL);
	mr_maker_add(&maker, "pages/pfn.u64", pfns, sizeof(pfns));
	mr_maker_add(&maker, "pages/kpageflags.u64", flags, sizeof(flags));
	mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
	struct told told = verify(store, path);
	assert_string_equal(told.finding, "");
	/* the first frame of each run, and all flags */
	assert_int_equal(told.counts[0][MR_TRIP_PAGE_WORDS], 2 + 3);
	run(store, "UPDATE page_run SET page_flags = 9 WHERE run = 1");
	assert_string_equal(verify(store, path).finding,
			    "pages/kpageflags.u64:0 kpageflags: word 2: 8, rows 9");
	run(store, "UPDATE page_run SET page_flags = 8, frames_count = 5 WHERE run = 0");
	assert_true(verify(store, path).counts[0][MR_TRIP_DIFFERENT] > 0);
	mr_store_close(store);
}

TEST(a_file_in_parts_is_compared_as_a_whole)
{
	_cleanup_free_ char *path = mr_maker_path("parts.mem.tar");
	struct mr_store *store = memory();
	struct mr_buffer text = {0};
	struct mr_maker maker;

	for (int i = 0; text.length_bytes < MR_ARCHIVE_PART_BYTES + 100; i++)
		mr_buffer_printf(
			&text,
			"0xffffb00000000000-0xffffb00000002000    8192 caller_%06d+0x10/0x20 pages=1\n", i);
	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, NULL);
	mr_maker_part(&maker, "proc/vmallocinfo", 0, text.data, MR_ARCHIVE_PART_BYTES);
	mr_maker_part(&maker, "proc/vmallocinfo", 1, text.data + MR_ARCHIVE_PART_BYTES,
		      text.length_bytes - MR_ARCHIVE_PART_BYTES);
	mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
	struct told told = verify(store, path);
	assert_string_equal(told.finding, "");
	assert_true(told.counts[0][MR_TRIP_SUMS] > 3 * 10000);
	run(store, "DELETE FROM proc_vmallocinfo WHERE caller = 'caller_000009+0x10/0x20'");
	assert_int_equal(verify(store, path).counts[0][MR_TRIP_DIFFERENT], 1);
	mr_buffer_deinit(&text);
	mr_store_close(store);
}

TEST(each_host_of_a_bundle_is_compared_with_its_own_rows)
{
	static const struct mr_sos reports[] = {{.host = "a"}, {.host = "b"}};
	struct mr_tree kernel = {0}, bundle = {0};
	const struct mr_tree *const kernels[] = {&kernel, &kernel};
	_cleanup_free_ char *path = mr_maker_path("bundle.tar");
	struct mr_store *store = memory();
	struct mr_buffer tar = {0};

	mr_foreign_machine(&kernel);
	mr_foreign_sos_bundle(&bundle, kernels, reports, 2);
	mr_tar_pack(&bundle, &(struct mr_tar_way){0}, &tar);
	mr_tar_save(path, &tar);
	struct told told = verify(store, path);
	assert_int_equal(told.count, 2);
	assert_string_equal(told.finding, "");
	assert_int_not_equal(told.snapshot_ids[0], told.snapshot_ids[1]);
	assert_true(told.counts[1][MR_TRIP_NUMBERS] > 30);
	assert_true(told.counts[1][MR_TRIP_DERIVED] > 0);
	run(store, "UPDATE proc_meminfo SET mem_total_kib = 1 WHERE snapshot_id = 2");
	told = verify(store, path);
	assert_int_equal(told.counts[0][MR_TRIP_DIFFERENT], 0);
	assert_int_equal(told.counts[1][MR_TRIP_DIFFERENT], 1);
	mr_buffer_deinit(&tar);
	mr_tree_deinit(&bundle);
	mr_tree_deinit(&kernel);
	mr_store_close(store);
}

TEST(an_archive_that_is_less_complete_than_the_rows_is_not_compared_with_them)
{
	_cleanup_free_ char *less = mr_maker_path("less.mem.tar");
	_cleanup_free_ char *more = mr_maker_path("more.mem.tar");
	struct mr_store *store = memory();

	make(less, NULL, "1 1 1 1 0 1 0\n", true, "partial");
	make(more, NULL, "7 1 1 1 0 1 0\n", false, "complete");
	assert_string_equal(verify(store, less).finding, "");
	/* the better one replaces it, in a second pass, and is compared */
	struct told told = verify(store, more);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.results[0], 0);
	assert_string_equal(told.finding, "");
	told = verify(store, less);
	assert_int_equal(told.results[0], -ESTALE);
	assert_non_null(strstr(told.message, "another archive of the same capture"));
	mr_store_close(store);
}

TEST(a_pipe_cannot_be_compared)
{
	_cleanup_free_ char *path = mr_maker_path("a.mem.tar");
	struct mr_store *store = memory();
	int saved = dup(STDIN_FILENO), ends[2];
	char bytes[4096];
	size_t got;

	mr_maker_capture(path, NULL);
	assert_int_equal(pipe(ends), 0);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0)
		assert_int_equal(write(ends[1], bytes, got), got);
	fclose(file);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	struct told told = verify(store, "-");
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(ends[0]);
	assert_int_equal(told.results[0], -ESPIPE);
	assert_string_equal(ask(store, "SELECT count(*) FROM snapshot"), "1");
	mr_store_close(store);
}

TEST(copies_of_the_words_of_all_page_frames_come_back)
{
	/* two holes, a head and its tail, two of the same, a free block */
	static const uint64_t flags[] = {1 << 20, 1 << 20, 0x8068, 1 << 16, 0x1868, 0x1868, 1 << 10, 0};
	static const uint64_t counts[] = {0, 0, 1, 1, 2, 2, 0, 0};
	_cleanup_free_ char *path = mr_maker_path("proc.tar");
	struct mr_store *store = memory();
	struct mr_tree tree = {0};
	struct mr_buffer tar = {0};

	mr_tree_printf(&tree, "proc/meminfo", "MemTotal: 24 kB\nMemFree: 8 kB\n");
	mr_tree_add(&tree, "proc/kpageflags", flags, sizeof(flags));
	mr_tree_add(&tree, "proc/kpagecount", counts, sizeof(counts));
	mr_tar_pack(&tree, &(struct mr_tar_way){0}, &tar);
	mr_tar_save(path, &tar);
	struct told told = verify(store, path);
	assert_string_equal(told.finding, "");
	/* of six frames: flags, those of the head, and count */
	assert_int_equal(told.counts[0][MR_TRIP_PAGE_WORDS], 6 * 3);
	run(store, "UPDATE page_run SET head_flags = page_flags WHERE first_pfn = 3");
	assert_string_equal(verify(store, path).finding,
			    "proc/kpageflags:0 head_kpageflags: frame 3: 32872, rows 65536");
	run(store, "DELETE FROM page_run WHERE first_pfn >= 4");
	assert_true(verify(store, path).counts[0][MR_TRIP_DIFFERENT] > 4);
	mr_buffer_deinit(&tar);
	mr_tree_deinit(&tree);
	mr_store_close(store);
}

/* ---- on the screen ---- */

/* Run the verb; @return its exit status, and what it found in @found */
static int run_verb(const char *database, const char *archive, char found[256])
{
	const char *arguments[] = {archive};
	struct mr_call call = {0};
	struct mr_error error = {0};

	mr_options_init(&call.options);
	call.options.database = database;
	call.options.verify = true;
	call.options.arguments = arguments;
	call.options.argument_count = 1;
	if (mr_verb_import(&call, &error) < 0)
		fail_msg("%s", error.message);
	*found = '\0';
	for (size_t i = 0; i < call.report.section_count; i++) {
		const struct mr_section *section = &call.report.sections[i];

		if (!strcmp(section->name, "differences") && section->row_count)
			snprintf(found, 256, "%s:%lld %s", section->rows[0].cells[1].text,
				 (long long)section->rows[0].cells[2].integer,
				 section->rows[0].cells[3].text);
	}
	int status = call.exit_status;
	mr_selection_deinit(&call.selection);
	mr_report_deinit(&call.report);
	return status;
}

TEST(a_difference_is_shown_and_is_exit_status_1)
{
	_cleanup_free_ char *archive = mr_maker_path("a.mem.tar");
	_cleanup_free_ char *database = mr_maker_path("a.db");
	struct mr_store *store = NULL;
	struct mr_error error = {0};
	char found[256];

	mr_maker_capture(archive, NULL);
	assert_int_equal(run_verb(database, archive, found), 0);
	assert_string_equal(found, "");
	assert_int_equal(mr_store_open(database, MR_STORE_UPDATE, &store, &error), 0);
	run(store, "UPDATE proc_meminfo SET mem_total_kib = 1 WHERE reading = 0");
	mr_store_close(store);
	assert_int_equal(run_verb(database, archive, found), 1);
	assert_string_equal(found, "proc/meminfo:1 MemTotal");
}

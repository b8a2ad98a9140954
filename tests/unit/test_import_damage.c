/* Archives that are cut off, changed, hostile or something else, and imports that are stopped. */
#include <archive_entry.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

/* Cut a tar that is not compressed seven bytes into the data of a member. */
static void cut_inside(const char *path, const char *member)
{
	size_t length = (size_t)mr_maker_file_bytes(path);
	_cleanup_free_ char *bytes = malloc(length);
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char name[256];

	assert_int_equal(fread(bytes, 1, length, file), length);
	snprintf(name, sizeof(name), "/%s", member);
	char *place = memmem(bytes, length, name, strlen(name) + 1);
	assert_non_null(place);
	mr_maker_cut(path, (int64_t)(place - bytes) / 512 * 512 + 512 + 7);
}

TEST(cut_off_archive_is_refused_and_salvage_takes_what_is_whole)
{
	_cleanup_free_ char *path = mr_maker_path("cut.mem.tar");
	struct mr_store *store = memory();

	make(path, NULL, "1 1 1 1 0 1 0\n", true, "complete");
	cut_inside(path, "proc/2/statm");
	expect_refused(store, path, false, -EBADMSG, "cut off after 3 KiB, inside proc/2/statm");
	struct mr_import_result imported = import(store, path, true);
	assert_int_equal(imported.outcome, MR_IMPORT_ADDED);
	assert_true(imported.partial);
	assert_string_equal(ask(store, "SELECT completeness FROM snapshot"), "cut off");
	assert_string_equal(ask(store, "SELECT group_concat(pid) FROM proc_statm"), "1");
	mr_store_close(store);
}

TEST(archive_without_its_end_is_cut_off)
{
	_cleanup_free_ char *path = mr_maker_path("noend.mem.tar");
	struct mr_store *store = memory();

	make(path, NULL, "1 1 1 1 0 1 0\n", true, NULL);
	expect_refused(store, path, false, -EBADMSG, "capture/end.csv is not there");
	expect_refused(store, path, false, -EBADMSG, "memreckon import --salvage ");
	import(store, path, true);
	assert_string_equal(ask(store, "SELECT completeness FROM snapshot"), "cut off");
	mr_store_close(store);
}

TEST(the_whole_archive_replaces_what_was_salvaged)
{
	_cleanup_free_ char *path = mr_maker_path("cut.mem.tar");
	_cleanup_free_ char *whole = mr_maker_path("whole.mem.tar");
	struct mr_store *store = memory();

	make(path, NULL, "1 1 1 1 0 1 0\n", true, NULL);
	make(whole, NULL, "1 1 1 1 0 1 0\n", true, "partial");
	import(store, path, true);
	assert_int_equal(import(store, whole, false).outcome, MR_IMPORT_REPLACED);
	assert_string_equal(ask(store, "SELECT completeness FROM snapshot"), "partial");
	mr_store_close(store);
}

TEST(archive_cut_anywhere_is_refused_whole_and_salvaged_without_failure)
{
	_cleanup_free_ char *whole = mr_maker_path("whole.mem.tar");
	_cleanup_free_ char *path = mr_maker_path("cut.mem.tar");
	struct mr_store *store = memory();

	mr_maker_capture(whole, NULL);
	for (int64_t length = mr_maker_file_bytes(whole) - 1; length > 600; length -= 97) {
		struct mr_import_result imported;
		struct mr_error error = {0};

		mr_maker_capture(path, NULL);
		mr_maker_cut(path, length);
		assert_int_equal(mr_import(store, path, false, &imported, &error), -EBADMSG);
		error = (struct mr_error){0};
		int result = mr_import(store, path, true, &imported, &error);
		if (result && result != -EBADMSG)
			fail_msg("%lld bytes: %d %s", (long long)length, result, error.message);
	}
	mr_store_close(store);
}

TEST(newer_format_is_refused_by_name)
{
	_cleanup_free_ char *path = mr_maker_path("newer.mem.tar.gz");
	struct mr_store *store = memory();

	mr_maker_capture(path, &(struct mr_maker_meta){.format = MR_ARCHIVE_FORMAT + 1});
	expect_refused(store, path, false, -EPROTONOSUPPORT,
		       "newer.mem.tar.gz has archive format 2, this program knows format 1. A newer "
		       "memreckon-collect wrote it.");
	expect_refused(store, path, true, -EPROTONOSUPPORT, "archive format 2");
	mr_store_close(store);
}

TEST(missing_archive_and_other_files_are_refused)
{
	_cleanup_free_ char *path = mr_maker_path("x.mem.tar.gz");
	struct mr_store *store = memory();

	expect_refused(store, "/nonexistent/x.mem.tar.gz", false, -ENOENT,
		       "/nonexistent/x.mem.tar.gz: No such file");
	FILE *file = fopen(path, "we");
	fputs("hello\n", file);
	fclose(file);
	expect_refused(store, path, false, -EBADMSG,
		       "is neither an archive nor a file of the kernel that memreckon knows");
	mr_store_close(store);
}

TEST(meta_without_what_nothing_works_without_is_refused)
{
	_cleanup_free_ char *path = mr_maker_path("empty.mem.tar");
	static const char empty[] = "key,value\n", no_id[] = "key,value\nformat,1\n";
	struct mr_store *store = memory();
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	mr_maker_add(&maker, "capture/meta.csv", empty, strlen(empty));
	mr_maker_close(&maker);
	expect_refused(store, path, false, -EBADMSG, "capture/meta.csv has no format");
	mr_maker_open(&maker, path, NULL);
	mr_maker_add(&maker, "capture/meta.csv", no_id, strlen(no_id));
	mr_maker_close(&maker);
	expect_refused(store, path, false, -EBADMSG, "capture/meta.csv has no snapshot_id");
	mr_store_close(store);
}

/* Write the tar of make() again with one byte sequence replaced by another of the same length. */
static void tamper(const char *path, const char *from, const char *to)
{
	size_t length = (size_t)mr_maker_file_bytes(path);
	_cleanup_free_ char *bytes = malloc(length);
	_cleanup_fclose_ FILE *file = fopen(path, "r+e");

	assert_int_equal(fread(bytes, 1, length, file), length);
	char *place = memmem(bytes, length, from, strlen(from));
	assert_non_null(place);
	fseek(file, (long)(place - bytes), SEEK_SET);
	assert_int_equal(fwrite(to, 1, strlen(to), file), strlen(to));
}

TEST(changed_member_is_found_by_its_digest)
{
	_cleanup_free_ char *path = mr_maker_path("changed.mem.tar");
	struct mr_store *store = memory();

	make(path, NULL, "123 1 1 1 0 1 0\n", true, "complete");
	tamper(path, "123 1", "124 1");
	expect_refused(store, path, false, -EBADMSG, "damaged, proc/1/statm is not what the collector wrote");
	expect_refused(store, path, true, -EBADMSG, "damaged");
	mr_store_close(store);
}

TEST(changed_index_is_found_by_its_digest)
{
	_cleanup_free_ char *path = mr_maker_path("changed.mem.tar");
	struct mr_store *store = memory();

	make(path, NULL, "123 1 1 1 0 1 0\n", true, "complete");
	tamper(path, "canonical,0,ok,16,", "canonical,0,ok,17,");
	expect_refused(store, path, false, -EBADMSG, "damaged, the index is not what the collector wrote");
	mr_store_close(store);
}

TEST(member_that_is_listed_and_not_there_is_damage)
{
	_cleanup_free_ char *path = mr_maker_path("gone.mem.tar");
	struct mr_store *store = memory();

	make(path, NULL, "123 1 1 1 0 1 0\n", true, "complete");
	tamper(path, "proc/1/statm,canonical", "proc/9/statm,canonical");
	expect_refused(store, path, false, -EBADMSG, "damaged, proc/9/statm is listed and not there");
	mr_store_close(store);
}

TEST(members_behind_the_end_are_refused)
{
	_cleanup_free_ char *path = mr_maker_path("behind.mem.tar");
	struct mr_store *store = memory();
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, NULL);
	mr_maker_end(&maker, "complete");
	mr_maker_add(&maker, "proc/meminfo", "MemFree: 1 kB\n", 14);
	mr_maker_close(&maker);
	expect_refused(store, path, false, -EBADMSG, "members behind capture/end.csv");
	mr_store_close(store);
}

TEST(hostile_members_become_issues_and_the_rest_is_imported)
{
	_cleanup_free_ char *path = mr_maker_path("hostile.mem.tar");
	struct mr_store *store = memory();
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, NULL);
	mr_maker_add(&maker, "../../../etc/passwd", "x", 1);
	mr_maker_special(&maker, "proc/vmstat", AE_IFLNK);
	mr_maker_text(&maker, "proc/meminfo", "MemFree: 1 kB\n");
	mr_maker_add(&maker, "proc/meminfo", "MemFree: 2 kB\n", 14);
	mr_maker_add(&maker, "proc/\x1b]52;c\xff/statm", "1 1 1 1 1 1 1\n", 14);
	mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
	struct mr_import_result imported = import(store, path, false);
	assert_true(imported.issues_count >= 3);
	assert_string_equal(ask(store, "SELECT text FROM issue WHERE issue_number = 1"), "name with ..");
	assert_string_equal(ask(store, "SELECT text FROM issue WHERE path = 'proc/vmstat'"), "symbolic link");
	assert_string_equal(ask(store, "SELECT text FROM issue WHERE kind = 'doubled_key'"),
			    "a second member of this name, left out");
	assert_string_equal(ask(store, "SELECT mem_free_kib FROM proc_meminfo"), "1");
	mr_store_close(store);
}

TEST(a_full_disk_leaves_the_database_as_it_was)
{
	_cleanup_free_ char *archive = mr_maker_path("a.mem.tar.gz");
	_cleanup_free_ char *database = mr_maker_path("full.db");
	struct mr_store *store = NULL;
	uint64_t *words = calloc(20000, sizeof(*words));
	struct mr_maker maker;
	char sql[64];

	for (uint64_t i = 0; i < 20000; i++)
		words[i] = i;
	mr_maker_open(&maker, archive, "gzip");
	mr_maker_meta(&maker, NULL);
	mr_maker_reading(&maker, "pages/pfn.u64", 0, words, 20000 * sizeof(*words));
	mr_maker_reading(&maker, "pages/kpageflags.u64", 0, words, 20000 * sizeof(*words));
	mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
	free(words);
	assert_int_equal(mr_store_open(database, MR_STORE_WRITE, &store, NULL), 0);
	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %d", atoi(ask(store, "PRAGMA page_count")));
	assert_string_not_equal(ask(store, sql), "0");
	expect_refused(store, archive, false, -ENOSPC, "full");
	assert_string_not_equal(ask(store, "PRAGMA max_page_count = 100000"), "0");
	assert_int_equal(import(store, archive, false).outcome, MR_IMPORT_ADDED);
	mr_store_close(store);
}

TEST(import_killed_at_any_moment_leaves_the_database_whole)
{
	_cleanup_free_ char *archive = mr_maker_path("a.mem.tar.gz");
	_cleanup_free_ char *database = mr_maker_path("killed.db");
	struct mr_error error = {0};

	mr_maker_capture(archive, NULL);
	for (int delay_us = 500; delay_us < 60000; delay_us += 2500) {
		pid_t child = fork();

		if (!child) {
			struct mr_import_result imported;
			struct mr_store *store;

			for (;;) {
				unlink(database);
				if (!mr_store_open(database, MR_STORE_WRITE, &store, NULL))
					mr_import(store, archive, false, &imported, NULL);
				mr_store_close(store);
			}
		}
		usleep((useconds_t)delay_us);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		struct mr_store *store = NULL;
		if (mr_store_open(database, MR_STORE_WRITE, &store, &error) < 0)
			fail_msg("%s", error.message);
		assert_string_equal(ask(store, "PRAGMA integrity_check"), "ok");
		assert_string_equal(ask(store, "SELECT count(*) = (SELECT count(*) FROM proc_meminfo WHERE "
					       "reading = 0) FROM snapshot"),
				    "1");
		mr_store_close(store);
		unlink(database);
	}
}

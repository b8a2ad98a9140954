/* Archives into the database: once, twice, better; and what becomes of each kind of member. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/import/identity.h"
#include "analyze/read/members.h"
#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

TEST(a_capture_becomes_rows)
{
	_cleanup_free_ char *path = mr_maker_path("a.mem.tar.gz");
	struct mr_store *store = memory();

	mr_maker_capture(path, NULL);
	struct mr_import_result imported = import(store, path, false);
	assert_int_equal(imported.outcome, MR_IMPORT_ADDED);
	assert_int_equal(imported.snapshot_id, 1);
	assert_int_equal(imported.processes_count, 2);
	assert_int_equal(imported.cgroups_count, 1);
	assert_int_equal(imported.issues_count, 0);
	assert_false(imported.partial);
	assert_true(imported.values_count > 50);
	assert_string_equal(ask(store, "SELECT host || ' ' || taken_ns || ' ' || completeness || ' ' || "
				       "archive || ' ' || members_count"
				       " FROM snapshot"),
			    "maker 1795246863000000000 complete a.mem.tar.gz 11");
	assert_string_equal(ask(store, "SELECT length(digest) || ' ' || (archive_bytes > 100) FROM snapshot"),
			    "64 1");
	assert_string_equal(
		ask(store, "SELECT group_concat(reading || ' ' || mem_free_kib, ', ') FROM proc_meminfo"),
		"0 1000000, 1 1000100");
	assert_string_equal(ask(store, "SELECT group_concat(pid || ' ' || size_pages, ', ') FROM proc_statm"),
			    "1 1001, 20 1020");
	assert_string_equal(ask(store, "SELECT hierarchy || path || usage_bytes FROM cgroup1_memory"),
			    "1/a4096");
	mr_store_close(store);
}

TEST(the_index_becomes_readings_of_system_files_and_failures_and_counts_of_the_rest)
{
	_cleanup_free_ char *path = mr_maker_path("a.mem.tar.gz");
	struct mr_store *store = memory();

	mr_maker_capture(path, NULL);
	import(store, path, false);
	assert_string_equal(ask(store, "SELECT group_concat(path || ' ' || reading || ' ' || role || ' ' || "
				       "status, '; ') FROM reading"),
			    "proc/20/smaps_rollup 0 canonical EACCES; proc/meminfo 0 canonical ok; "
			    "proc/meminfo 1 bracket ok; "
			    "proc/slabinfo 0 canonical EACCES");
	assert_string_equal(ask(store,
				"SELECT readings_count || ' ' || (last_end_ns > first_start_ns) FROM coverage"
				" WHERE source = 'proc/{pid}/statm' AND status = 'ok'"),
			    "2 1");
	assert_string_equal(ask(store, "SELECT readings_count FROM coverage WHERE source = 'proc/meminfo'"),
			    "1");
	assert_string_equal(
		ask(store, "SELECT status FROM coverage WHERE source = 'proc/{pid}/smaps_rollup'"), "EACCES");
	mr_store_close(store);
}

TEST(the_same_archive_again_is_known)
{
	_cleanup_free_ char *path = mr_maker_path("a.mem.tar.gz");
	struct mr_store *store = memory();

	mr_maker_capture(path, NULL);
	import(store, path, false);
	struct mr_import_result again = import(store, path, false);
	assert_int_equal(again.outcome, MR_IMPORT_KNOWN);
	assert_int_equal(again.snapshot_id, 1);
	assert_string_equal(ask(store, "SELECT count(*) FROM snapshot"), "1");
	mr_store_close(store);
}

TEST(recompression_does_not_matter)
{
	_cleanup_free_ char *gzip = mr_maker_path("a.mem.tar.gz");
	_cleanup_free_ char *xz = mr_maker_path("a.mem.tar.xz");
	struct mr_store *store = memory();

	make(gzip, "gzip", "1 1 1 1 0 1 0\n", true, "complete");
	make(xz, "xz", "1 1 1 1 0 1 0\n", true, "complete");
	import(store, gzip, false);
	assert_int_equal(import(store, xz, false).outcome, MR_IMPORT_KNOWN);
	mr_store_close(store);
}

TEST(the_more_complete_one_replaces_and_keeps_the_number)
{
	_cleanup_free_ char *less = mr_maker_path("less.mem.tar");
	_cleanup_free_ char *more = mr_maker_path("more.mem.tar");
	_cleanup_free_ char *other = mr_maker_path("other.mem.tar");
	struct mr_store *store = memory();

	make(less, NULL, "1 1 1 1 0 1 0\n", true, "partial");
	make(more, NULL, "7 1 1 1 0 1 0\n", false, "complete");
	mr_maker_capture(other, &(struct mr_maker_meta){.uuid = "other"});
	assert_true(import(store, less, false).partial);
	import(store, other, false);
	struct mr_import_result imported = import(store, more, false);
	assert_int_equal(imported.outcome, MR_IMPORT_REPLACED);
	assert_int_equal(imported.snapshot_id, 1);
	assert_string_equal(
		ask(store,
		    "SELECT group_concat(pid || ' ' || size_pages) FROM proc_statm WHERE snapshot_id = 1"),
		"1 7");
	assert_string_equal(ask(store, "SELECT completeness FROM snapshot WHERE snapshot_id = 1"),
			    "complete");
	/* and the less complete one does not come back */
	assert_int_equal(import(store, less, false).outcome, MR_IMPORT_KNOWN);
	assert_string_equal(ask(store, "SELECT completeness FROM snapshot WHERE snapshot_id = 1"),
			    "complete");
	mr_store_close(store);
}

TEST(as_complete_with_more_members_replaces)
{
	_cleanup_free_ char *less = mr_maker_path("less.mem.tar");
	_cleanup_free_ char *more = mr_maker_path("more.mem.tar");
	struct mr_store *store = memory();

	make(less, NULL, "1 1 1 1 0 1 0\n", false, "partial");
	make(more, NULL, "1 1 1 1 0 1 0\n", true, "partial");
	import(store, less, false);
	assert_int_equal(import(store, more, false).outcome, MR_IMPORT_REPLACED);
	mr_store_close(store);
}

TEST(the_same_id_with_other_content_is_refused)
{
	_cleanup_free_ char *one = mr_maker_path("one.mem.tar");
	_cleanup_free_ char *two = mr_maker_path("two.mem.tar");
	struct mr_store *store = memory();

	make(one, NULL, "1 1 1 1 0 1 0\n", true, "complete");
	make(two, NULL, "2 1 1 1 0 1 0\n", true, "complete");
	import(store, one, false);
	expect_refused(store, two, false, -EEXIST, "the same capture is #1 already");
	assert_string_equal(ask(store, "SELECT size_pages FROM proc_statm WHERE pid = 1"), "1");
	mr_store_close(store);
}

TEST(unknown_files_become_issues)
{
	_cleanup_free_ char *path = mr_maker_path("unknown.mem.tar");
	struct mr_store *store = memory();
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, NULL);
	mr_maker_text(&maker, "proc/memory_of_the_future", "a 1\n");
	mr_maker_text(&maker, "proc/8/task/9/stack", "1\n");
	mr_maker_text(&maker, "proc/version", "Linux version 6.1\n");
	mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
	import(store, path, false);
	assert_string_equal(ask(store, "SELECT group_concat(kind || ' ' || path) FROM issue"),
			    "unknown_file proc/memory_of_the_future,unknown_file proc/8/task/9/stack");
	mr_store_close(store);
}

TEST(unknown_keys_become_issues_with_their_line)
{
	_cleanup_free_ char *path = mr_maker_path("keys.mem.tar");
	struct mr_store *store = memory();
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, NULL);
	mr_maker_text(&maker, "proc/meminfo", "MemFree: 1 kB\nMemQuantum: 2 kB\n");
	mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
	assert_int_equal(import(store, path, false).issues_count, 1);
	assert_string_equal(ask(store, "SELECT kind || ' ' || path || ' ' || line || ' ' || text FROM issue"),
			    "unknown_key proc/meminfo 2 MemQuantum: 2 kB");
	mr_store_close(store);
}

TEST(cgroup_files_of_both_versions_find_their_group)
{
	_cleanup_free_ char *path = mr_maker_path("cgroup.mem.tar");
	struct mr_store *store = memory();
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, NULL);
	mr_maker_text(&maker, "sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
	mr_maker_text(&maker, "sys/fs/cgroup/memory/a/b/memory.usage_in_bytes", "2\n");
	mr_maker_text(&maker, "sys/fs/cgroup/unified/c/memory.current", "3\n");
	mr_maker_text(&maker, "sys/fs/cgroup/unified/c/memory.max", "max\n");
	mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
	assert_int_equal(import(store, path, false).cgroups_count, 3);
	assert_string_equal(ask(store, "SELECT group_concat(path || usage_bytes) FROM cgroup1_memory"),
			    "/1,/a/b2");
	assert_string_equal(ask(store, "SELECT path || current_bytes || coalesce(max_bytes, '?') || "
				       "max_unlimited FROM cgroup2_memory"),
			    "/c3?1");
	mr_store_close(store);
}

static void append_words(struct mr_buffer *bytes, const uint64_t *words, size_t count, bool big_endian)
{
	for (size_t i = 0; i < count; i++)
		for (int byte = 0; byte < 8; byte++)
			mr_buffer_append(bytes,
					 &(char){(char)(words[i] >> 8 * (big_endian ? 7 - byte : byte))}, 1);
}

static void add_words(struct mr_maker *maker, const char *path, const uint64_t *words, size_t count,
		      bool big_endian)
{
	struct mr_buffer bytes = {0};

	append_words(&bytes, words, count, big_endian);
	mr_maker_reading(maker, path, 0, bytes.data, bytes.length_bytes);
	mr_buffer_deinit(&bytes);
}

/* Four frames, the middle two alike; flags with the highest bit set. */
static void make_pages(const char *path, bool big_endian)
{
	static const uint64_t pfns[] = {16, 17, 40, 0x123456789};
	static const uint64_t flags[] = {0x8000000000000001, 4, 4, 5};
	static const uint64_t counts[] = {1, 0, 0, 0};
	struct mr_maker maker;

	mr_maker_open(&maker, path, "gzip");
	mr_maker_meta(&maker, &(struct mr_maker_meta){.endianness = big_endian ? "big" : "little"});
	add_words(&maker, "pages/pfn.u64", pfns, 4, big_endian);
	add_words(&maker, "pages/kpageflags.u64", flags, 4, big_endian);
	add_words(&maker, "pages/kpagecount.u64", counts, 4, big_endian);
	add_words(&maker, "pages/head_kpageflags.u64", flags, 3, big_endian);
	mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
}

TEST(page_words_of_both_byte_orders_become_the_same_runs)
{
	for (int big_endian = 0; big_endian <= 1; big_endian++) {
		_cleanup_free_ char *path = mr_maker_path("pages.mem.tar.gz");
		struct mr_store *store = memory();

		make_pages(path, big_endian);
		import(store, path, false);
		assert_string_equal(ask(store, "SELECT group_concat(run || ':' || frames_count || '@' || "
					       "first_pfn || ' ' || page_flags || ' '"
					       " || mapcount, '; ') FROM page_run"),
				    "0:1@16 -9223372036854775807 1; 1:2@17 4 0; 2:1@4886718345 5 0");
		assert_string_equal(ask(store, "SELECT count(*) FROM page_run WHERE cgroup_inode IS NOT NULL "
					       "OR head_flags IS NOT NULL"),
				    "0");
		assert_string_equal(ask(store, "SELECT path || ': ' || text FROM issue"),
				    "pages/head_kpageflags.u64: not as many words as pages/pfn.u64");
		mr_store_close(store);
	}
}

TEST(page_words_without_a_byte_order_are_not_guessed)
{
	_cleanup_free_ char *path = mr_maker_path("pages.mem.tar");
	struct mr_store *store = memory();
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, &(struct mr_maker_meta){.endianness = "middle"});
	add_words(&maker, "pages/pfn.u64", (const uint64_t[]){1, 2}, 2, false);
	mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
	import(store, path, false);
	assert_string_equal(ask(store, "SELECT count(*) FROM page_run"), "0");
	assert_string_equal(ask(store, "SELECT text FROM issue"),
			    "capture/meta.csv does not say the byte order");
	mr_store_close(store);
}

TEST(digest_does_not_depend_on_the_order)
{
	struct mr_members forward = {0}, backward = {0};
	char a[65], b[65], name[32];

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "proc/%d/stat", i);
		assert_int_equal(mr_members_add(&forward, name, NULL, name, strlen(name)), 1);
		snprintf(name, sizeof(name), "proc/%d/stat", 4999 - i);
		assert_int_equal(mr_members_add(&backward, name, NULL, name, strlen(name)), 1);
	}
	assert_int_equal(mr_members_add(&forward, name, NULL, "", 0), 0);
	assert_non_null(mr_members_find(&forward, "proc/77/stat"));
	assert_null(mr_members_find(&forward, "proc/5000/stat"));
	assert_int_equal(mr_members_digest(&forward, "", a, NULL), 0);
	assert_int_equal(mr_members_digest(&backward, "", b, NULL), 0);
	assert_string_equal(a, b);
	mr_members_deinit(&forward);
	mr_members_deinit(&backward);
}

/* Of the names that the texts of checks have for other things. */
TEST(views_that_somebody_added_do_not_stop_an_import)
{
	static const char views[] =
		"CREATE VIEW drift AS SELECT snapshot_id, sum(\"left\") FROM check_result GROUP BY 1;"
		"CREATE VIEW k AS SELECT snapshot_id, 1 AS \"a\"\"b\" FROM snapshot;"
		"CREATE VIEW path (snapshot_id, b) AS SELECT * FROM gone;"
		"CREATE VIEW low AS SELECT * FROM p; CREATE VIEW p AS SELECT * FROM low;";
	_cleanup_free_ char *path = mr_maker_path("a.mem.tar.gz");
	struct mr_store *store = memory();

	assert_int_equal(sqlite3_exec(mr_store_handle(store), views, NULL, NULL, NULL), SQLITE_OK);
	mr_maker_capture(path, NULL);
	assert_int_equal(import(store, path, false).outcome, MR_IMPORT_ADDED);
	assert_string_equal(ask(store, "SELECT count(*) > 10 FROM check_result"), "1");
	mr_store_close(store);
}

TEST(why_the_database_cannot_be_asked_is_not_lost)
{
	struct mr_store *store = memory();
	struct mr_identity identity;
	struct mr_error error = {0};

	/* a statement of more instructions than that is out of memory for SQLite */
	int instructions_max = sqlite3_limit(mr_store_handle(store), SQLITE_LIMIT_VDBE_OP, 1);
	int result = mr_identity_find(store, "no-such-id", &identity, &error);
	sqlite3_limit(mr_store_handle(store), SQLITE_LIMIT_VDBE_OP, instructions_max);
	assert_int_equal(result, -ENOMEM);
	assert_int_equal(error.number, -ENOMEM);
	assert_int_equal(mr_identity_find(store, "no-such-id", &identity, &error), 0);
	assert_int_equal(identity.snapshot_id, 0);
	mr_store_close(store);
}

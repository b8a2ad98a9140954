/* Readings that stand in more than one member, or under another number: files longer than one part, and
 * processes whose main thread has ended. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

/* ---- files in parts ---- */

static const char area[] =
	"0xffffb00000000000-0xffffb00000002000    8192 a_caller_of_%06d+0x10/0x20 pages=1 vmalloc N0=1\n";

/* A vmallocinfo of so many lines, each an area of one page and its guard. */
static struct mr_buffer vmallocinfo(int lines_count)
{
	struct mr_buffer text = {0};

	for (int i = 0; i < lines_count; i++)
		mr_buffer_printf(&text, area, i);
	return text;
}

static struct mr_maker begin(const char *path)
{
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	mr_maker_meta(&maker, NULL);
	return maker;
}

static struct mr_store *end_and_import(struct mr_maker *maker, const char *path)
{
	struct mr_store *store = memory();

	mr_maker_end(maker, "complete");
	mr_maker_close(maker);
	import(store, path, false);
	return store;
}

/* The parts of a text, cut behind so many bytes; the part of the number @skip is left away. */
static void add_parts(struct mr_maker *maker, const char *path, const struct mr_buffer *text,
		      size_t part_bytes, unsigned skip)
{
	for (unsigned i = 0; i * part_bytes <= text->length_bytes; i++) {
		size_t rest_bytes = text->length_bytes - i * part_bytes;

		if (!i || i != skip)
			mr_maker_part(maker, path, i, text->data + i * part_bytes,
				      rest_bytes < part_bytes ? rest_bytes : part_bytes);
	}
}

static const char *issues(struct mr_store *store)
{
	return ask(
		store,
		"SELECT coalesce(group_concat(kind || ' ' || path || ': ' || coalesce(text, '?'), '; '), '')"
		" FROM issue");
}

TEST(a_line_that_two_parts_share_is_one_line)
{
	_cleanup_free_ char *path = mr_maker_path("parts.mem.tar");
	struct mr_buffer text = vmallocinfo(3);
	struct mr_maker maker = begin(path);

	/* inside of the first caller, and inside of the second address */
	mr_maker_part(&maker, "proc/vmallocinfo", 0, text.data, 58);
	mr_maker_part(&maker, "proc/vmallocinfo", 1, text.data + 58, 50);
	mr_maker_part(&maker, "proc/vmallocinfo", 2, text.data + 108, text.length_bytes - 108);
	mr_maker_text(&maker, "proc/loadavg", "0.1 0.2 0.3 1/2 3\n");
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(issues(store), "");
	assert_string_equal(
		ask(store, "SELECT group_concat(caller) || ' ' || sum(size_bytes) FROM proc_vmallocinfo"),
		"a_caller_of_000000+0x10/0x20,a_caller_of_000001+0x10/0x20,a_caller_of_000002+0x10/0x20 "
		"24576");
	assert_string_equal(ask(store, "SELECT count(*) FROM proc_loadavg"), "1");
	assert_string_equal(ask(store, "SELECT readings_count || ' ' || read_bytes FROM coverage"
				       " WHERE source = 'proc/vmallocinfo'"),
			    "1 288");
	mr_store_close(store);
	mr_buffer_deinit(&text);
}

/* As the collector stores it; segments of its index stand between the parts. */
TEST(a_file_of_three_full_parts_is_read_to_its_end)
{
	_cleanup_free_ char *path = mr_maker_path("parts.mem.tar");
	struct mr_buffer text = vmallocinfo(32768);
	struct mr_maker maker = begin(path);

	/* 96 bytes a line: three full parts and an empty one */
	assert_int_equal(text.length_bytes, 3 * MR_ARCHIVE_PART_BYTES);
	mr_maker_part(&maker, "proc/vmallocinfo", 0, text.data, MR_ARCHIVE_PART_BYTES);
	mr_maker_segment(&maker);
	mr_maker_part(&maker, "proc/vmallocinfo", 1, text.data + MR_ARCHIVE_PART_BYTES,
		      MR_ARCHIVE_PART_BYTES);
	mr_maker_part(&maker, "proc/vmallocinfo", 2, text.data + 2 * MR_ARCHIVE_PART_BYTES,
		      MR_ARCHIVE_PART_BYTES);
	mr_maker_segment(&maker);
	mr_maker_part(&maker, "proc/vmallocinfo", 3, "", 0);
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(issues(store), "");
	assert_string_equal(
		ask(store, "SELECT count(DISTINCT caller) || ' ' || sum(size_bytes) FROM proc_vmallocinfo"),
		"32768 268435456");
	mr_store_close(store);
	mr_buffer_deinit(&text);
}

TEST(a_part_that_is_missing_cuts_the_file_off_and_that_is_said_once)
{
	_cleanup_free_ char *path = mr_maker_path("parts.mem.tar");
	struct mr_buffer text = vmallocinfo(9);
	struct mr_maker maker = begin(path);

	add_parts(&maker, "proc/vmallocinfo", &text, 192, 2);
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(issues(store),
			    "cut_off proc/vmallocinfo: part 3 of it is not behind the part before, left out");
	assert_string_equal(ask(store, "SELECT count(*) FROM proc_vmallocinfo"), "4");
	mr_store_close(store);
	mr_buffer_deinit(&text);
}

TEST(a_full_part_without_another_is_cut_off)
{
	_cleanup_free_ char *path = mr_maker_path("parts.mem.tar");
	struct mr_buffer text = vmallocinfo(32768);
	struct mr_maker maker = begin(path);

	mr_maker_part(&maker, "proc/vmallocinfo", 0, text.data, MR_ARCHIVE_PART_BYTES);
	mr_maker_part(&maker, "proc/vmallocinfo", 1, text.data + MR_ARCHIVE_PART_BYTES,
		      MR_ARCHIVE_PART_BYTES);
	struct mr_store *store = end_and_import(&maker, path);
	/* 2 MiB are no whole number of lines */
	assert_string_equal(issues(store), "cut_off proc/vmallocinfo: part 2 of it is not there; "
					   "cut_off proc/vmallocinfo: 0xffffb00000000000-0xffffb000000");
	mr_store_close(store);
	mr_buffer_deinit(&text);
}

TEST(parts_without_their_file_or_behind_another_are_left_out)
{
	_cleanup_free_ char *path = mr_maker_path("parts.mem.tar");
	struct mr_maker maker = begin(path);

	mr_maker_part(&maker, "proc/slabinfo", 1, "x\n", 2);
	mr_maker_text(&maker, "proc/vmstat", "nr_free_pages 1\n");
	mr_maker_text(&maker, "proc/swaps", "Filename Type Size Used Priority\n");
	mr_maker_part(&maker, "proc/vmstat", 1, "nr_mlock 1\n", 11);
	mr_maker_part(&maker, "proc/of_the_future", 1, "x\n", 2);
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(issues(store),
			    "cut_off proc/slabinfo: part 1 of it is not behind the part before, left out; "
			    "cut_off proc/vmstat: part 1 of it is not behind the part before, left out; "
			    "unknown_file capture/more/1/proc/of_the_future: ?");
	assert_string_equal(
		ask(store, "SELECT nr_free_pages || ' ' || coalesce(nr_mlock_pages, '?') FROM proc_vmstat"),
		"1 ?");
	mr_store_close(store);
}

TEST(a_part_that_could_not_be_read_is_said)
{
	_cleanup_free_ char *path = mr_maker_path("parts.mem.tar");
	struct mr_maker maker = begin(path);

	mr_maker_part(&maker, "proc/vmstat", 0, "nr_free_pages 1\n", 16);
	mr_maker_part_failed(&maker, "proc/vmstat", 1, "EIO");
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(issues(store), "cut_off proc/vmstat: a part of it could not be read");
	assert_string_equal(ask(store, "SELECT nr_free_pages FROM proc_vmstat"), "1");
	mr_store_close(store);
}

/* Only the canonical reading has room for parts. */
TEST(another_reading_that_is_cut_off_is_left_out)
{
	_cleanup_free_ char *path = mr_maker_path("parts.mem.tar");
	struct mr_buffer text = vmallocinfo(32768);
	struct mr_maker maker = begin(path);

	mr_maker_reading(&maker, "proc/vmallocinfo", 1, text.data, MR_ARCHIVE_PART_BYTES);
	mr_maker_reading(&maker, "proc/vmallocinfo", 2, text.data, 96);
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(
		issues(store),
		"cut_off capture/again/1/proc/vmallocinfo: a reading that has no further parts, left out");
	assert_string_equal(ask(store, "SELECT group_concat(DISTINCT reading) FROM proc_vmallocinfo"), "2");
	mr_store_close(store);
	mr_buffer_deinit(&text);
}

TEST(parts_together_may_not_be_longer_than_a_member)
{
	_cleanup_free_ char *path = mr_maker_path("parts.mem.tar");
	size_t part_bytes = 30u << 20;
	_cleanup_free_ char *mounts = malloc(part_bytes);
	struct mr_maker maker = begin(path);

	memset(mounts, '\n', part_bytes);
	for (unsigned i = 0; i < 4; i++)
		mr_maker_part(&maker, "proc/mounts", i, mounts, part_bytes);
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(issues(store),
			    "cut_off proc/mounts: longer than a file may be, left out from part 2 on "
			    "(--max-member-size)");
	mr_store_close(store);
}

static void hear_nothing(void *context, const char *name, int result, const struct mr_import_result *imported,
			 const struct mr_error *error)
{
	(void)context;
	(void)imported;
	if (result < 0)
		fail_msg("%s: %s", name, error->message);
}

TEST(parts_together_may_be_as_long_as_the_user_says)
{
	_cleanup_free_ char *path = mr_maker_path("parts.mem.tar");
	const struct mr_import_listener listener = {.capture = hear_nothing};
	struct mr_archive_limits limits = mr_archive_default_limits;
	const struct mr_import_options options = {.limits = &limits};
	struct mr_buffer text = vmallocinfo(1000);
	struct mr_maker maker = begin(path);
	struct mr_error error = {0};

	add_parts(&maker, "proc/vmallocinfo", &text, 32768, 0);
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(issues(store), "");
	mr_store_close(store);
	limits.member_bytes = 2 * 32768;
	store = memory();
	const char *const paths[] = {path};
	assert_int_equal(mr_import_all(store, paths, 1, &options, &listener, &error), 0);
	assert_string_equal(issues(store),
			    "cut_off proc/vmallocinfo: longer than a file may be, left out from part 2 on "
			    "(--max-member-size)");
	mr_store_close(store);
	mr_buffer_deinit(&text);
}

TEST(salvage_takes_the_parts_that_are_whole)
{
	_cleanup_free_ char *path = mr_maker_path("parts.mem.tar");
	struct mr_buffer text = vmallocinfo(32768);
	struct mr_store *store = memory();
	struct mr_maker maker = begin(path);

	mr_maker_part(&maker, "proc/vmallocinfo", 0, text.data, MR_ARCHIVE_PART_BYTES);
	mr_maker_close(&maker);
	import(store, path, true);
	assert_string_equal(ask(store, "SELECT text FROM issue WHERE kind = 'cut_off' LIMIT 1"),
			    "part 1 of it is not there");
	assert_string_equal(ask(store, "SELECT count(*) FROM proc_vmallocinfo"), "10923");
	mr_store_close(store);
	mr_buffer_deinit(&text);
}

/* ---- the collector's own files, in parts of whole records ---- */

TEST(the_list_of_cgroups_goes_on_behind_other_members)
{
	_cleanup_free_ char *path = mr_maker_path("cgroups.mem.tar");
	struct mr_maker maker = begin(path);
	static const char first[] = "hierarchy,path,device,inode\n1,/,27,1\n1,\"/a,b\",27,2\n";

	mr_maker_part(&maker, "capture/cgroups.csv", 0, first, strlen(first));
	mr_maker_text(&maker, "proc/loadavg", "0.1 0.2 0.3 1/2 3\n");
	mr_maker_segment(&maker);
	mr_maker_part(&maker, "capture/cgroups.csv", 1, "1,/c,27,3\nx\n", 12);
	mr_maker_text(&maker, "pages/ranges.csv", "first_pfn,frames\n");
	mr_maker_part(&maker, "capture/cgroups.csv", 2, "2,/d,28,4\n", 10);
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(
		ask(store,
		    "SELECT group_concat(hierarchy || path || inode) FROM capture_cgroups WHERE reading = 0"),
		"1/1,1/a,b2,1/c3,2/d4");
	/* lines are those of the member, which has no header */
	assert_string_equal(ask(store, "SELECT group_concat(path || ':' || line || ' ' || text) FROM issue"
				       " WHERE path LIKE '%cgroups.csv'"),
			    "capture/more/1/capture/cgroups.csv:2 x");
	mr_store_close(store);
}

TEST(a_list_of_cgroups_without_its_first_or_next_part_is_cut_off)
{
	_cleanup_free_ char *path = mr_maker_path("cgroups.mem.tar");
	struct mr_maker maker = begin(path);
	static const char first[] = "hierarchy,path,device,inode\n1,/,27,1\n";

	mr_maker_part(&maker, "capture/hung.csv", 1, "proc/1/stat,1,process,1,1,x,D,y\n", 32);
	mr_maker_part(&maker, "capture/cgroups.csv", 0, first, strlen(first));
	mr_maker_part(&maker, "capture/cgroups.csv", 2, "1,/c,27,3\n", 10);
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(
		issues(store),
		"cut_off capture/hung.csv: part 1 of it is not behind the part before, left out; "
		"cut_off capture/cgroups.csv: part 2 of it is not behind the part before, left out");
	assert_string_equal(ask(store, "SELECT group_concat(path) FROM capture_cgroups"), "/");
	mr_store_close(store);
}

/* ---- a main thread that has ended ---- */

/* Process 70, whose main thread is a zombie while thread 71 holds 32 MiB, as Linux shows it under cgroup v1.
 */
static struct mr_maker begin_headless(const char *path)
{
	struct mr_maker maker = begin(path);

	mr_maker_text(
		&maker, "proc/70/stat",
		"70 (headless) Z 1 70 70 0 -1 4228100 9 0 0 0 0 1 0 0 20 0 2 0 500 0 0 18446744073709551615"
		" 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
	mr_maker_text(&maker, "proc/70/statm", "0 0 0 0 0 0 0\n");
	mr_maker_text(&maker, "proc/70/status",
		      "Name:\theadless\nState:\tZ (zombie)\nTgid:\t70\nPid:\t70\nThreads:\t2\n");
	mr_maker_text(&maker, "proc/70/cgroup", "4:memory:/\n");
	mr_maker_text(&maker, "sys/fs/cgroup/memory/a/memory.usage_in_bytes", "35000000\n");
	return maker;
}

static void add_thread(struct mr_maker *maker)
{
	mr_maker_text(maker, "proc/70/task/71/statm", "27277 8551 328 1 0 10364 0\n");
	mr_maker_text(
		maker, "proc/70/task/71/status",
		"Name:\tworker\nState:\tS (sleeping)\nTgid:\t70\nPid:\t71\nVmHWM:\t   34204 kB\nVmRSS:\t   "
		"34204 kB\n"
		"RssAnon:\t   32892 kB\nRssFile:\t    1312 kB\nRssShmem:\t       0 kB\nVmPTE:\t     120 kB\n"
		"VmSwap:\t       0 kB\nThreads:\t2\n");
	mr_maker_text(maker, "proc/70/task/71/cgroup", "4:memory:/a\n");
	mr_maker_reading(maker, "proc/70/statm", 1, "0 0 0 0 0 0 0\n", 14);
	mr_maker_text(maker, "proc/70/task/71/smaps_rollup",
		      "1000-2000 ---p 00000000 00:00 0 [rollup]\nRss:             34204 kB\nPss:             "
		      "33062 kB\n"
		      "Pss_Anon:        32892 kB\nPss_File:          170 kB\nPss_Shmem:           0 kB\n"
		      "Shared_Clean:     1188 kB\nShared_Dirty:        0 kB\nPrivate_Clean:     124 kB\n"
		      "Private_Dirty:   32892 kB\nAnonymous:       32892 kB\nSwap:                0 kB\n");
}

TEST(a_process_whose_main_thread_has_ended_has_the_memory_of_its_threads)
{
	_cleanup_free_ char *path = mr_maker_path("headless.mem.tar");
	struct mr_maker maker = begin_headless(path);

	add_thread(&maker);
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(issues(store), "");
	assert_string_equal(
		ask(store,
		    "SELECT group_concat(pid || ' ' || name || ' ' || state || ' ' || threads_count || ' '"
		    " || cgroup_path) FROM process"),
		"70 headless Z 2 /a");
	assert_string_equal(
		ask(store, "SELECT printf('%d %s %d %d %d %d %d', rss_bytes / 1024, rss_source,"
			   " pss_bytes / 1024, uss_bytes / 1024, anon_bytes / 1024, page_tables_bytes / 1024,"
			   " virtual_bytes / 4096) FROM process"),
		"34204 smaps_rollup 33062 33016 32892 120 27277");
	/* each file of the thread is a kind of its own in coverage, and none is kept one by one */
	assert_string_equal(ask(store,
				"SELECT group_concat(source || ' ' || readings_count, '; ') FROM coverage"
				" WHERE source LIKE '%{tid}/s%'"),
			    "proc/{pid}/task/{tid}/smaps_rollup 1; proc/{pid}/task/{tid}/statm 1; "
			    "proc/{pid}/task/{tid}/status 1");
	assert_string_equal(ask(store, "SELECT count(*) FROM reading"), "0");
	mr_store_close(store);
}

TEST(checks_compare_the_numbers_of_the_thread)
{
	_cleanup_free_ char *path = mr_maker_path("headless.mem.tar");
	struct mr_maker maker = begin_headless(path);

	add_thread(&maker);
	mr_maker_text(&maker, "proc/meminfo", "MemTotal: 8000000 kB\nAnonPages: 32892 kB\nMapped: 170 kB\n");
	struct mr_store *store = end_and_import(&maker, path);
	/* the rss of a zombie's stat is 0: there is nothing to compare */
	assert_string_equal(ask(store,
				"SELECT group_concat(check_id || ' ' || verdict) FROM check_result"
				" WHERE subject = '70' AND check_id IN ('P1', 'P2', 'P3', 'P5', 'P7', 'P8')"),
			    "P2 ok,P3 ok,P5 ok,P7 ok,P8 ok");
	assert_string_equal(
		ask(store, "SELECT drift FROM check_result WHERE subject = '70' AND check_id = 'P2'"),
		"NULL");
	assert_string_equal(
		ask(store,
		    "SELECT group_concat(check_id || ' ' || (\"left\" >> 10) || ' ' || (\"right\" >> 10))"
		    " FROM check_result WHERE check_id IN ('P10', 'P11')"),
		"P10 32892 32892,P11 170 170");
	mr_store_close(store);
}

TEST(without_a_thread_read_what_it_hides_is_not_known)
{
	_cleanup_free_ char *path = mr_maker_path("headless.mem.tar");
	struct mr_maker maker = begin_headless(path);

	mr_maker_text(&maker, "proc/meminfo", "MemTotal: 8000000 kB\nAnonPages: 32892 kB\n");
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(
		ask(store, "SELECT coalesce(rss_bytes, pss_bytes, virtual_bytes, 'not known') FROM process"),
		"not known");
	assert_string_equal(ask(store,
				"SELECT verdict || ' ' || (missing LIKE 'proc/PID/task/TID/smaps_rollup%')"
				" FROM check_result WHERE check_id = 'P10'"),
			    "skipped 1");
	mr_store_close(store);
}

TEST(a_rollup_that_the_collector_summed_for_a_thread_counts)
{
	_cleanup_free_ char *path = mr_maker_path("headless.mem.tar");
	struct mr_maker maker = begin_headless(path);

	mr_maker_text(&maker, "capture/derived/proc/70/task/71/smaps_rollup",
		      "Rss: 34204 kB\nPss: 33062 kB\n");
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(issues(store), "");
	assert_string_equal(ask(store, "SELECT (rss_bytes >> 10) || ' ' || (pss_bytes >> 10) FROM process"),
			    "34204 33062");
	mr_store_close(store);
}

/* What --when waits for: how a condition is read, what it finds in the kernel's texts, and on which machine
 * it is refused. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/watch.h"
#include "collect/when.h"
#include "schema/catalog.h"
#include "tests/support/test.h"

#define GIB (1024.0 * 1024 * 1024)

static const char meminfo[] = "MemTotal:       10000 kB\n"
			      "MemFree:         1000 kB\n"
			      "MemAvailable:     500 kB\n"
			      "Active(anon):    2000 kB\n"
			      "SwapTotal:       8000 kB\n"
			      "SwapFree:        2000 kB\n"
			      "CommitLimit:     5000 kB\n"
			      "Committed_AS:    6000 kB\n"
			      "HugePages_Total:   40\n"
			      "HugePages_Free:    10\n"
			      "Broken:\n"
			      "Huge: 99999999999999999999 kB\n";

static const char pressure[] = "some avg10=20.15 avg60=3.00 avg300=0.07 total=123456\n"
			       "full avg10=1.00 avg60=100.00 avg300=0.00 total=99\n";

static struct mr_when parsed(const char *text)
{
	struct mr_when when;
	struct mr_error error = {0};

	if (mr_when_parse(text, &when, &error) < 0)
		fail_msg("%s", error.message);
	return when;
}

TEST(conditions_are_read)
{
	static const struct {
		const char *text;
		enum mr_when_subject subject;
		enum mr_when_relation relation;
		const char *name;
		enum mr_when_unit unit;
		uint64_t threshold;
	} rows[] = {
		{"mem_available<5%", MR_WHEN_MEMINFO, MR_WHEN_BELOW, "mem_available", MR_WHEN_PPM, 50000},
		{"mem_free <= 2.5 %", MR_WHEN_MEMINFO, MR_WHEN_AT_MOST, "mem_free", MR_WHEN_PPM, 25000},
		{" swap_free<0.0001% ", MR_WHEN_MEMINFO, MR_WHEN_BELOW, "swap_free", MR_WHEN_PPM, 1},
		{"committed_as>120%", MR_WHEN_MEMINFO, MR_WHEN_ABOVE, "committed_as", MR_WHEN_PPM, 1200000},
		{"anon_pages>1.5G", MR_WHEN_MEMINFO, MR_WHEN_ABOVE, "anon_pages", MR_WHEN_BYTES,
		 (uint64_t)(1.5 * GIB)},
		{"Active(anon)>=64K", MR_WHEN_MEMINFO, MR_WHEN_AT_LEAST, "Active(anon)", MR_WHEN_BYTES,
		 65536},
		{"dirty>7B", MR_WHEN_MEMINFO, MR_WHEN_ABOVE, "dirty", MR_WHEN_BYTES, 7},
		{"huge_pages_free<3", MR_WHEN_MEMINFO, MR_WHEN_BELOW, "huge_pages_free", MR_WHEN_COUNT, 3},
		{"psi_some_avg10>20", MR_WHEN_PRESSURE, MR_WHEN_ABOVE, "some_avg10", MR_WHEN_PPM, 200000},
		{"psi_full_avg300>=0.5%", MR_WHEN_PRESSURE, MR_WHEN_AT_LEAST, "full_avg300", MR_WHEN_PPM,
		 5000},
		{"cgroup:/a/b>90%", MR_WHEN_CGROUP, MR_WHEN_ABOVE, "/a/b", MR_WHEN_PPM, 900000},
		{"cgroup:/>2T", MR_WHEN_CGROUP, MR_WHEN_ABOVE, "/", MR_WHEN_BYTES, (uint64_t)(2048 * GIB)},
		{"cgroup:/a<b>c/..d = >1M", MR_WHEN_CGROUP, MR_WHEN_ABOVE, "/a<b>c/..d =", MR_WHEN_BYTES,
		 1048576},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mr_when when = parsed(rows[i].text);

		assert_string_equal(when.text, rows[i].text);
		assert_int_equal(when.subject, rows[i].subject);
		assert_int_equal(when.relation, rows[i].relation);
		assert_int_equal(when.name_bytes, strlen(rows[i].name));
		assert_memory_equal(when.name, rows[i].name, when.name_bytes);
		assert_int_equal(when.unit, rows[i].unit);
		assert_int_equal(when.threshold, rows[i].threshold);
	}
}

TEST(what_is_no_condition_is_refused_with_its_reason)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{"", "no < or >"},
		{"mem_available", "no < or >"},
		{"mem_available=5%", "no < or >"},
		{"<5%", "KEY<VALUE"},
		{"mem available<5%", "KEY<VALUE"},
		{"mem_available<>5%", "KEY<VALUE"},
		{"mem_available<", "a number must follow"},
		{"mem_available<=", "a number must follow"},
		{"mem_available<-5%", "a number must follow"},
		{"mem_available<.5%", "a number must follow"},
		{"mem_available<5.%", "a number must follow"},
		{"mem_available<99999999999999999999%", "a number must follow"},
		{"mem_available<5.12345%", "the number ends in"},
		{"mem_available<5%%", "the number ends in"},
		{"mem_available<5kB", "the number ends in"},
		{"mem_available<1.5", "the number ends in"},
		{"mem_available<999999999T", "the number ends in"},
		{"psi_some>5", "avg10, avg60 or avg300"},
		{"psi_some_avg1>5", "avg10, avg60 or avg300"},
		{"psi_some_total>5", "avg10, avg60 or avg300"},
		{"psi_some_avg10>5G", "0 to 100 %"},
		{"psi_some_avg10>100.1", "0 to 100 %"},
		{"cgroup:>5%", "the path of a group"},
		{"cgroup:a/b>5%", "the path of a group"},
		{"cgroup:/a/../b>5%", "the path of a group"},
		{"cgroup:/a/..>5%", "the path of a group"},
		{"cgroup:/a>5", "a size needs its unit"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mr_when when = {.text = "untouched"};
		struct mr_error error = {0};

		assert_int_equal(mr_when_parse(rows[i].text, &when, &error), -EINVAL);
		assert_string_equal(when.text, "untouched");
		if (!strstr(error.message, rows[i].reason) || !strstr(error.message, rows[i].text))
			fail_msg("%s: %s", rows[i].text, error.message);
	}
}

/* What a condition makes of a text: "true 5.00%", "false 1.00 G", or the name of an errno. */
static const char *judged(const char *text, const char *kernel_text)
{
	static char answer[128];
	char level_text[MR_WHEN_LEVEL_BYTES];
	struct mr_when when = parsed(text);
	struct mr_when_level level;
	int result = when.subject == MR_WHEN_MEMINFO
			     ? mr_when_read_meminfo(&when, kernel_text, strlen(kernel_text), &level)
			     : mr_when_read_pressure(&when, kernel_text, strlen(kernel_text), &level);

	if (result < 0)
		return strerrorname_np(-result);
	mr_when_print_level(&when, &level, level_text);
	snprintf(answer, sizeof(answer), "%s %s", mr_when_holds(&when, &level) ? "true" : "false",
		 level_text);
	return answer;
}

TEST(lines_of_meminfo_are_judged_against_their_whole)
{
	assert_string_equal(judged("mem_available<5%", meminfo), "false 5.00%");
	assert_string_equal(judged("mem_available<=5%", meminfo), "true 5.00%");
	assert_string_equal(judged("mem_available<5.01%", meminfo), "true 5.00%");
	assert_string_equal(judged("MemAvailable>=5%", meminfo), "true 5.00%");
	assert_string_equal(judged("mem_available>5%", meminfo), "false 5.00%");
	assert_string_equal(judged("active_anon>1M", meminfo), "true 1.95 M");
	assert_string_equal(judged("active_anon>2M", meminfo), "false 1.95 M");
	assert_string_equal(judged("active_anon>1M", "Active(anon): 0 kB"), "false 0 B");
	assert_string_equal(judged("active_anon>1M", "Active(anon): 1023 kB"), "false 1023.00 K");
	assert_string_equal(judged("active_anon>1M", "Active(anon): 18014398509481983 kB"), "true 15.99 E");
	assert_string_equal(judged("active_anon>1M", "Active(anon): 18014398509481984 kB"), "EINVAL");
	assert_string_equal(judged("swap_free<30%", meminfo), "true 25.00%");
	assert_string_equal(judged("committed_as>100%", meminfo), "true 120.00%");
	assert_string_equal(judged("huge_pages_free<25%", meminfo), "false 25.00%");
	assert_string_equal(judged("huge_pages_free<11", meminfo), "true 10");
}

TEST(a_line_that_is_not_there_or_no_number_is_no_level)
{
	assert_string_equal(judged("mem<5%", meminfo), "ENOENT");
	assert_string_equal(judged("mem_free<5%", ""), "ENOENT");
	assert_string_equal(judged("mem_free<5%", "MemFree"), "ENOENT");
	assert_string_equal(judged("broken<5%", meminfo), "EINVAL");
	assert_string_equal(judged("huge<5%", meminfo), "EINVAL");
	assert_string_equal(judged("mem_free<5%", "MemFree: 5"), "false 5");
	assert_string_equal(judged("mem_free<5%", "MemFree: 5 kB"), "false 5.00 K");
}

TEST(averages_of_pressure_are_judged)
{
	assert_string_equal(judged("psi_some_avg10>20", pressure), "true 20.15%");
	assert_string_equal(judged("psi_some_avg10>20.15", pressure), "false 20.15%");
	assert_string_equal(judged("psi_some_avg60>20", pressure), "false 3.00%");
	assert_string_equal(judged("psi_some_avg300>0.05", pressure), "true 0.07%");
	assert_string_equal(judged("psi_full_avg10>0.5", pressure), "true 1.00%");
	assert_string_equal(judged("psi_full_avg60>=100", pressure), "true 100.00%");
	assert_string_equal(judged("psi_full_avg10>1", "some avg10=1.00 avg60=1.00 avg300=1.00 total=1\n"),
			    "ENOENT");
	assert_string_equal(judged("psi_some_avg10>1", "some avg60=1.00 total=1\n"), "EINVAL");
	assert_string_equal(judged("psi_some_avg10>1", "some avg10"), "EINVAL");
	assert_string_equal(judged("psi_some_avg10>1", "some avg10=x\n"), "EINVAL");
	assert_string_equal(judged("psi_some_avg10>1", ""), "ENOENT");
}

static bool group_holds(const char *text, const char *usage, const char *limit)
{
	struct mr_when when = parsed(text);
	struct mr_when_level level;

	assert_int_equal(mr_when_read_cgroup(usage, limit, &level), 0);
	return mr_when_holds(&when, &level);
}

TEST(a_cgroup_is_judged_against_its_limit_or_a_size)
{
	assert_true(group_holds("cgroup:/a>90%", "91\n", "100\n"));
	assert_false(group_holds("cgroup:/a>90%", "90\n", "100\n"));
	assert_true(group_holds("cgroup:/a>2K", "2049\n", NULL));
	assert_false(group_holds("cgroup:/a>2K", "2048\n", NULL));
	assert_true(group_holds("cgroup:/a>90%", "9223372036853727231\n", "9223372036853727231\n"));
}

TEST(a_share_of_an_unlimited_cgroup_never_fires)
{
	static const char *const limits[] = {
		"max\n",                 /* version 2 */
		"9223372036854771712\n", /* version 1, pages of 4 KiB */
		"9223372036854710272\n", /* and of 64 KiB */
		"9223372036854775807\n", /* up to 3.18 */
		"18446744073709551615\n",
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		assert_false(group_holds("cgroup:/a>0%", "9223372036854771712\n", limits[i]));
		assert_false(group_holds("cgroup:/a<100%", "1\n", limits[i]));
	}
}

TEST(cgroup_files_without_a_number_are_no_level)
{
	struct mr_when_level level;

	assert_int_equal(mr_when_read_cgroup("", NULL, &level), -EINVAL);
	assert_int_equal(mr_when_read_cgroup("max\n", NULL, &level), -EINVAL);
	assert_int_equal(mr_when_read_cgroup("1", "maximum\n", &level), -EINVAL);
	assert_int_equal(mr_when_read_cgroup("1x\n", "1\n", &level), -EINVAL);
	assert_int_equal(mr_when_read_cgroup("99999999999999999999\n", "1\n", &level), -EINVAL);
}

/* The keys of meminfo are not kept in the collector; that they can be written as the columns are is shown
 * here. */
TEST(every_column_of_meminfo_can_be_waited_for)
{
	const struct mr_table *table = mr_table_find("proc_meminfo");

	assert_non_null(table);
	for (size_t i = 0; i < table->field_count; i++) {
		const struct mr_field *field = &table->fields[i];
		char condition[128], text[128];

		/* what a row was derived from is no line of the file */
		if (!field->column || field->kind == MR_KIND_DERIVED)
			continue;
		size_t name_bytes = strlen(field->column) - strlen(mr_units[field->unit].suffix);
		snprintf(condition, sizeof(condition), "%.*s>0", (int)name_bytes, field->column);
		snprintf(text, sizeof(text), "Other: 0 kB\n%s:   1 kB\n", field->key);
		if (strncmp(judged(condition, text), "true", 4) != 0)
			fail_msg("%s does not find %s", condition, field->key);
	}
}

/* A tree of files, opened as --root opens it. */
static char folder[] = "/tmp/memreckon-test-XXXXXX";
static struct mr_tree tree;

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	return remove(path);
}

static void close_tree(void)
{
	mr_tree_close(&tree);
	nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *in_folder(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	char path[512];

	strcpy(path, in_folder(name));
	for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void open_tree(void)
{
	struct mr_error error = {0};

	strcpy(folder, "/tmp/memreckon-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(mr_tree_open(&tree, folder, &error), 0);
	write_file("proc/meminfo", meminfo);
}

static void expect_level(struct mr_watch *watch, bool holds, uint64_t amount)
{
	struct mr_when_level level;

	assert_int_equal(mr_watch_poll(watch, &level), 0);
	assert_int_equal(level.amount, amount);
	assert_int_equal(mr_when_holds(&watch->when, &level), holds);
}

static struct mr_watch opened(const char *text)
{
	struct mr_when when = parsed(text);
	struct mr_watch watch;
	struct mr_error error = {0};

	if (mr_watch_open(&watch, &tree, &when, &error) < 0)
		fail_msg("%s", error.message);
	return watch;
}

static void expect_refused(const char *text, int number, const char *reason)
{
	struct mr_when when = parsed(text);
	struct mr_watch watch;
	struct mr_error error = {0};

	assert_int_equal(mr_watch_open(&watch, &tree, &when, &error), number);
	if (!strstr(error.message, reason))
		fail_msg("%s: %s", text, error.message);
}

TEST(a_file_that_changes_is_seen_through_the_same_descriptor)
{
	open_tree();
	struct mr_watch watch = opened("mem_available<5%");
	int fd = watch.fd;

	expect_level(&watch, false, 500 * 1024);
	write_file("proc/meminfo", "MemTotal: 10000 kB\nMemAvailable: 100 kB\n");
	expect_level(&watch, true, 100 * 1024);
	assert_int_equal(watch.fd, fd);
	mr_watch_close(&watch);
	close_tree();
}

TEST(conditions_that_this_machine_cannot_answer_are_refused)
{
	open_tree();
	expect_refused("no_such_line<5%", -EINVAL, "no such line");
	expect_refused("mem_free<100", -EINVAL, "a size needs its unit");
	expect_refused("huge_pages_free<1G", -EINVAL, "a number of things");
	expect_refused("psi_some_avg10>20", -EINVAL, "does not measure pressure");
	expect_refused("cgroup:/a>1G", -EINVAL, "no such group");
	write_file("proc/meminfo", "MemTotal: 1 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\nOther: 5\n");
	expect_refused("swap_free<10%", -EINVAL, "nothing that it could be a share of");
	expect_refused("other<10%", -EINVAL, "nothing that it could be a share of");
	write_file("proc/meminfo", "");
	expect_refused("mem_free<10%", -EINVAL, "no such line");
	close_tree();
}

TEST(mem_free_below_zero_bytes_needs_no_unit)
{
	open_tree();
	struct mr_watch watch = opened("mem_free<=0");

	expect_level(&watch, false, 1000 * 1024);
	mr_watch_close(&watch);
	close_tree();
}

static const char hybrid[] = "33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup none rw,memory\n"
			     "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

TEST(a_group_is_found_in_the_hierarchy_that_accounts_memory)
{
	open_tree();
	write_file("proc/self/mountinfo", hybrid);
	write_file("sys/fs/cgroup/memory/a/memory.usage_in_bytes", "95\n");
	write_file("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "100\n");
	write_file("sys/fs/cgroup/unified/b/memory.current", "50\n");
	write_file("sys/fs/cgroup/unified/b/memory.max", "100\n");
	write_file("sys/fs/cgroup/unified/c/memory.max", "100\n");
	struct mr_watch a = opened("cgroup:/a>90%"), b = opened("cgroup:/b>90%");

	expect_level(&a, true, 95);
	expect_level(&b, false, 50);
	write_file("sys/fs/cgroup/unified/b/memory.max", "55\n");
	expect_level(&b, true, 50);
	mr_watch_close(&a);
	mr_watch_close(&b);
	expect_refused("cgroup:/c>90%", -EINVAL, "no such group");
	close_tree();
}

TEST(a_share_of_a_group_without_limit_is_refused_and_a_size_is_not)
{
	open_tree();
	write_file("proc/self/mountinfo", hybrid);
	write_file("sys/fs/cgroup/memory/a/memory.usage_in_bytes", "95\n");
	write_file("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
	write_file("sys/fs/cgroup/unified/b/memory.current", "50\n");
	write_file("sys/fs/cgroup/unified/b/memory.max", "max\n");
	expect_refused("cgroup:/a>90%", -EINVAL, "no limit of its own");
	expect_refused("cgroup:/b>90%", -EINVAL, "no limit of its own");
	struct mr_watch watch = opened("cgroup:/b>10B");

	expect_level(&watch, true, 50);
	mr_watch_close(&watch);
	close_tree();
}

TEST(a_group_that_goes_and_comes_back_is_found_again)
{
	struct mr_when_level level;

	open_tree();
	write_file("proc/self/mountinfo", hybrid);
	write_file("sys/fs/cgroup/unified/b/memory.current", "50\n");
	struct mr_watch watch = opened("cgroup:/b>60B");

	expect_level(&watch, false, 50);
	/* what a removed group's file says is ENODEV; a file in a test tree can only lose its text */
	write_file("sys/fs/cgroup/unified/b/memory.current", "");
	assert_int_equal(mr_watch_poll(&watch, &level), -EINVAL);
	assert_int_equal(watch.fd, -1);
	unlink(in_folder("sys/fs/cgroup/unified/b/memory.current"));
	assert_int_equal(mr_watch_poll(&watch, &level), -ENOENT);
	write_file("sys/fs/cgroup/unified/b/memory.current", "70\n");
	expect_level(&watch, true, 70);
	mr_watch_close(&watch);
	close_tree();
}

TEST(a_pipe_in_a_foreign_tree_does_not_hold_us)
{
	open_tree();
	unlink(in_folder("proc/meminfo"));
	assert_int_equal(mkfifo(in_folder("proc/meminfo"), 0600), 0);
	struct mr_when when = parsed("mem_free<5%");
	struct mr_watch watch;
	struct mr_error error = {0};

	alarm(5);
	assert_true(mr_watch_open(&watch, &tree, &when, &error) < 0);
	assert_int_equal(mkdir(in_folder("proc/self"), 0700), 0);
	assert_int_equal(mkfifo(in_folder("proc/self/mountinfo"), 0600), 0);
	when = parsed("cgroup:/a>1G");
	assert_true(mr_watch_open(&watch, &tree, &when, &error) < 0);
	alarm(0);
	close_tree();
}

TEST(this_machine_answers_too)
{
	struct mr_tree here;
	struct mr_error error = {0};
	struct mr_when when = parsed("mem_free>0%");
	struct mr_watch watch;
	struct mr_when_level level;

	if (access("/proc/meminfo", R_OK) < 0)
		SKIP("no /proc/meminfo");
	assert_int_equal(mr_tree_open(&here, "/", &error), 0);
	assert_int_equal(mr_watch_open(&watch, &here, &when, &error), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(mr_watch_poll(&watch, &level), 0);
		assert_true(mr_when_holds(&when, &level));
		assert_true(level.amount < level.total);
	}
	mr_watch_close(&watch);
	mr_tree_close(&here);
}

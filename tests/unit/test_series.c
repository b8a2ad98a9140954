/* Series: when the ticks are, what the archives are called and which of them stay, and how signals reach a
 * capture. The captures here are not the collector's: they sleep, fail or wait to be told to stop. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "schema/base/clock.h"
#include "collect/series.h"
#include "collect/series_output.h"
#include "collect/stop.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test.h"

#define MS MR_MILLISECOND_NS

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static bool is_there(const char *name)
{
	return !access(in_folder(name), F_OK);
}

/* How many entries of the folder end so. */
static unsigned entries_count(const char *ending)
{
	unsigned count = 0;
	DIR *directory = opendir(folder);
	struct dirent *entry;

	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		size_t length = strlen(entry->d_name);

		count += length > strlen(ending) && !strcmp(entry->d_name + length - strlen(ending), ending);
	}
	closedir(directory);
	return count;
}

/* The schedule. */
TEST(the_next_tick_is_the_first_that_is_not_over)
{
	static const struct {
		uint64_t last_number, now_ns, number, skipped_count;
	} rows[] = {
		{0, 1000, 1, 0},                                    /* a capture without length */
		{0, 1001, 1, 0}, {0, 1099, 1, 0},  {0, 1100, 1, 0}, /* the tick is right now */
		{0, 1101, 2, 1}, /* it came while the capture was running */
		{0, 1200, 2, 1}, {0, 1201, 3, 2},  {7, 1750, 8, 0}, {7, 1800, 8, 0},
		{7, 1801, 9, 1}, {7, 2650, 17, 9}, {7, 1000, 8, 0}, /* never the same again */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mr_tick tick = mr_tick_after(1000, 100, rows[i].last_number, rows[i].now_ns);

		assert_int_equal(tick.number, rows[i].number);
		assert_int_equal(tick.skipped_count, rows[i].skipped_count);
	}
}

TEST(ticks_do_not_drift_and_do_not_wrap)
{
	assert_int_equal(mr_tick_ns(12345, 30 * MR_SECOND_NS, 0), 12345);
	assert_int_equal(mr_tick_ns(12345, 30 * MR_SECOND_NS, 1000000), 12345 + 30000000 * MR_SECOND_NS);
	assert_int_equal(mr_tick_ns(12345, INT64_MAX / 2, 5), UINT64_MAX);
	assert_int_equal(mr_tick_ns(UINT64_MAX - 1, 2, 1), UINT64_MAX);
}

TEST(how_many_captures_are_asked_for)
{
	assert_int_equal(mr_series_count(&(struct mr_options){.interval_ns = 1}), 0);
	assert_int_equal(mr_series_count(&(struct mr_options){.interval_ns = 1, .count = 3}), 3);
	assert_int_equal(mr_series_count(&(struct mr_options){.when_count = 1}), 1);
	assert_int_equal(mr_series_count(&(struct mr_options){.when_count = 1, .interval_ns = 1}), 1);
	assert_int_equal(mr_series_count(&(struct mr_options){.when_count = 1, .keep_count = 5}), 0);
	assert_int_equal(mr_series_count(&(struct mr_options){.when_count = 1, .keep_count = 5, .count = 9}),
			 9);
	assert_false(mr_series_is_wanted(&(struct mr_options){.task = MR_TASK_COLLECT}));
	assert_true(mr_series_is_wanted(&(struct mr_options){.when_count = 1}));
	assert_true(mr_series_is_wanted(&(struct mr_options){.interval_ns = 1}));
	assert_false(mr_series_is_wanted(&(struct mr_options){.interval_ns = 1, .is_dry_run = true}));
	assert_false(mr_series_is_wanted(&(struct mr_options){.interval_ns = 1, .task = MR_TASK_HELP}));
}

/* Names. */
static void expect_checked(const char *output, uint64_t count, int number, const char *words)
{
	struct mr_options options = {.output = output};
	struct mr_error error = {0};

	assert_int_equal(mr_series_output_check(&options, count, &error), number);
	if (!strstr(error.message, words))
		fail_msg("%s: %s", output, error.message);
}

TEST(an_output_that_cannot_take_the_archives_is_refused_before_the_first)
{
	make_folder();
	write_file(in_folder("file"), "");
	expect_checked("-", 0, -EINVAL, "standard output takes one");
	expect_checked("-", 2, -EINVAL, "standard output takes one");
	expect_checked("-", 1, 0, "");
	expect_checked(in_folder("x.mem.tar.gz"), 2, -EINVAL, "is one name");
	expect_checked(in_folder("x.mem.tar.gz"), 0, -EINVAL, "%T.mem.tar.gz");
	expect_checked(in_folder("x.mem.tar.gz"), 1, 0, "");
	expect_checked(in_folder("file"), 1, -EEXIST, "exists already");
	expect_checked(folder, 0, 0, "");
	expect_checked(in_folder(""), 0, 0, "");
	expect_checked(in_folder("no/"), 0, -ENOENT, "cannot write to the folder");
	expect_checked(in_folder("no/x-%T.gz"), 0, -ENOENT, "cannot write to the folder");
	expect_checked(in_folder("file/x-%T.gz"), 0, -ENOTDIR, "cannot write to the folder");
	expect_checked(in_folder("%T/x.gz"), 0, -EINVAL, "not of its folder");
	expect_checked(in_folder("x-%T.gz"), 0, 0, "");
	remove_folder();
}

/* The name that the next archive gets, in the folder. */
static const char *next_name(const char *output, int gzip_level)
{
	static char name[256];
	struct mr_options options = {.output = output, .gzip_level = gzip_level};
	struct mr_buffer path = {0};
	struct mr_error error = {0};

	if (mr_series_output(&options, "my-host-20261121T074103Z", &path, &error) < 0)
		fail_msg("%s", error.message);
	bool is_inside = !strncmp(path.data, folder, strlen(folder));
	snprintf(name, sizeof(name), "%s", path.data + (is_inside ? strlen(folder) : 0));
	mr_buffer_deinit(&path);
	return name;
}

TEST(names_are_made_of_folder_host_and_time)
{
	make_folder();
	assert_string_equal(next_name(folder, 6), "/my-host-20261121T074103Z.mem.tar.gz");
	assert_string_equal(next_name(in_folder(""), 0), "/my-host-20261121T074103Z.mem.tar");
	assert_string_equal(next_name(NULL, 6), "my-host-20261121T074103Z.mem.tar.gz");
	assert_string_equal(next_name(in_folder("x-%T.tgz"), 6), "/x-20261121T074103Z.tgz");
	assert_string_equal(next_name(in_folder("%T"), 6), "/20261121T074103Z");
	assert_string_equal(next_name(in_folder("%s%n%Tx%T"), 6), "/%s%n20261121T074103Zx20261121T074103Z");
	assert_string_equal(next_name("-", 6), "-");
	remove_folder();
}

TEST(two_ticks_in_one_second_get_two_names)
{
	make_folder();
	write_file(in_folder("my-host-20261121T074103Z.mem.tar.gz"), "");
	assert_string_equal(next_name(folder, 6), "/my-host-20261121T074103Z-2.mem.tar.gz");
	/* one that is being written, or was when its writer was killed */
	write_file(in_folder("my-host-20261121T074103Z-2.mem.tar.gz.part"), "");
	assert_string_equal(next_name(folder, 6), "/my-host-20261121T074103Z-3.mem.tar.gz");
	assert_int_equal(symlink("nowhere", in_folder("my-host-20261121T074103Z-3.mem.tar.gz")), 0);
	assert_string_equal(next_name(folder, 6), "/my-host-20261121T074103Z-4.mem.tar.gz");
	write_file(in_folder("x-20261121T074103Z"), "");
	assert_string_equal(next_name(in_folder("x-%T"), 6), "/x-20261121T074103Z-2");
	remove_folder();
}

/* --keep. */
static int keep(struct mr_kept *kept, const char *name, uint64_t keep_count)
{
	struct mr_error error = {0};
	int result = mr_kept_add(kept, in_folder(name), keep_count, &error);

	assert_int_equal(result, error.number);
	return result;
}

TEST(the_newest_archives_stay_and_nothing_else_goes)
{
	struct mr_kept kept = {0};
	char name[16];

	make_folder();
	write_file(in_folder("older-run.gz"), "");
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "%d.gz", i);
		write_file(in_folder(name), "x");
		assert_int_equal(keep(&kept, name, 3), 0);
		assert_int_equal(kept.count, i < 3 ? i + 1 : 3);
	}
	assert_int_equal(entries_count(".gz"), 4);
	assert_true(is_there("older-run.gz") && is_there("17.gz") && is_there("18.gz") && is_there("19.gz"));
	mr_kept_deinit(&kept);
	assert_int_equal(entries_count(".gz"), 4);
	remove_folder();
}

TEST(an_archive_that_somebody_touched_is_let_alone)
{
	struct mr_kept kept = {0};

	make_folder();
	write_file(in_folder("replaced.gz"), "x");
	write_file(in_folder("grown.gz"), "x");
	write_file(in_folder("link.gz"), "x");
	write_file(in_folder("moved.gz"), "x");
	write_file(in_folder("last.gz"), "x");
	for (int i = 0; i < 4; i++)
		assert_int_equal(keep(&kept,
				      ((const char *[]){"replaced.gz", "grown.gz", "link.gz", "moved.gz"})[i],
				      9),
				 0);
	write_file(in_folder("new"), "y");
	assert_int_equal(rename(in_folder("new"), in_folder("replaced.gz")), 0);
	write_file(in_folder("grown.gz"), "xy");
	assert_int_equal(rename(in_folder("link.gz"), in_folder("elsewhere")), 0);
	assert_int_equal(symlink("elsewhere", in_folder("link.gz")), 0);
	assert_int_equal(rename(in_folder("moved.gz"), in_folder("archived")), 0);
	assert_int_equal(keep(&kept, "last.gz", 1), 0);
	assert_int_equal(kept.count, 1);
	assert_true(is_there("replaced.gz") && is_there("grown.gz") && is_there("elsewhere") &&
		    is_there("archived"));
	assert_true(is_there("last.gz"));
	mr_kept_deinit(&kept);
	remove_folder();
}

TEST(an_archive_that_is_gone_at_once_is_not_noted)
{
	struct mr_kept kept = {0};

	make_folder();
	assert_int_equal(keep(&kept, "never-there.gz", 1), -ENOENT);
	assert_int_equal(kept.count, 0);
	mr_kept_deinit(&kept);
	remove_folder();
}

/* Captures that a series runs. */
static struct mr_options options_of(uint64_t interval_ns, uint64_t count)
{
	return (struct mr_options){
		.output = folder, .root = folder, .interval_ns = interval_ns, .count = count};
}

/* Write the archive: what it holds is its trigger. */
static int publish(const struct mr_options *options, struct mr_anonymizer *anonymizer, const char *trigger,
		   struct mr_error *error)
{
	struct mr_buffer path = {0};
	char part[300];

	if (mr_series_output(options, "host-20261121T074103Z", &path, error) < 0)
		return 4;
	snprintf(part, sizeof(part), "%s.part", path.data);
	write_file(part, trigger ? trigger : "clock");
	if (rename(part, path.data) < 0)
		return 4;
	mr_series_published(path.data);
	mr_buffer_deinit(&path);
	return 0;
}

static int capture_slowly(const struct mr_options *options, struct mr_anonymizer *anonymizer,
			  const char *trigger, struct mr_error *error)
{
	usleep(250000);
	return publish(options, anonymizer, trigger, error);
}

/* The first ends well, the second in part, the third has no archive. */
static int capture_worse_and_worse(const struct mr_options *options, struct mr_anonymizer *anonymizer,
				   const char *trigger, struct mr_error *error)
{
	unsigned count = entries_count(".tar");

	if (count == 2) {
		mr_error_set(error, -ENOSPC, "no room for the third");
		return 4;
	}
	publish(options, anonymizer, trigger, error);
	return count ? 3 : 0;
}

static int capture_wrongly(const struct mr_options *options, struct mr_anonymizer *anonymizer,
			   const char *trigger, struct mr_error *error)
{
	return 2;
}

/* Be killed in the middle, as the kernel does when memory is out. */
static int capture_and_be_killed(const struct mr_options *options, struct mr_anonymizer *anonymizer,
				 const char *trigger, struct mr_error *error)
{
	struct mr_buffer path = {0};

	assert_int_equal(mr_series_output(options, "host-20261121T074103Z", &path, error), 0);
	mr_buffer_append_text(&path, ".part");
	write_file(path.data, "half");
	raise(SIGKILL);
	return 0;
}

/* As the collector does: publish what is whole when told to stop. */
static int capture_until_stopped(const struct mr_options *options, struct mr_anonymizer *anonymizer,
				 const char *trigger, struct mr_error *error)
{
	mr_stop_install();
	write_file(in_folder("running"), "");
	for (int i = 0; i < 1000 && !mr_stop_signal(); i++)
		usleep(10000);
	usleep(100000);
	mr_stop_block();
	publish(options, anonymizer, trigger, error);
	mr_stop_unblock();
	return 3;
}

/* Says with which key, and with what rights it begins. */
static int capture_and_tell(const struct mr_options *options, struct mr_anonymizer *anonymizer,
			    const char *trigger, struct mr_error *error)
{
	char line[256], path[64];

	fprintf(stderr, "key %s\n", anonymizer ? mr_anonymizer_key_id(anonymizer) : "none");
	snprintf(path, sizeof(path), "/proc/%d/status", getppid());
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		fputs(line, stderr);
	return publish(options, anonymizer, trigger, error);
}

/* Does not notice the first signal. */
static int capture_deaf(const struct mr_options *options, struct mr_anonymizer *anonymizer,
			const char *trigger, struct mr_error *error)
{
	mr_stop_install();
	write_file(in_folder("running"), "");
	for (int i = 0; i < 1000; i++)
		usleep(10000);
	return publish(options, anonymizer, trigger, error);
}

/* A program in the background of a shell is born deaf to some signals. */
static bool ignores_hangup;

static void listen_to_signals(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, ignores_hangup ? SIG_IGN : SIG_DFL);
}

/* Start a series in a process of its own, in a process group of its own; what it says goes to the file
 * "said". */
static pid_t start(const struct mr_options *options, mr_capture_function *run_once)
{
	pid_t pid = fork();

	if (pid) {
		assert_true(pid > 0);
		setpgid(pid, pid);
		return pid;
	}
	struct mr_error error = {0};
	setpgid(0, 0);
	listen_to_signals();
	alarm(30);
	assert_non_null(freopen(in_folder("said"), "w", stderr));
	setvbuf(stderr, NULL, _IONBF, 0);
	struct mr_anonymizer *anonymizer = NULL;
	if (options->is_anonymized)
		assert_int_equal(mr_anonymizer_create(&anonymizer, NULL, false, &error), 0);
	int status = mr_series_run(options, anonymizer, run_once, &error);
	if (error.number)
		fprintf(stderr, "error: %s\n", error.message);
	_exit(status);
}

static int finish(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void expect_exit(const struct mr_options *options, mr_capture_function *run_once, int status)
{
	int wait_status = finish(start(options, run_once));

	assert_true(WIFEXITED(wait_status));
	assert_int_equal(WEXITSTATUS(wait_status), status);
}

static void wait_for(const char *name)
{
	for (int i = 0; i < 1000 && !is_there(name); i++)
		usleep(10000);
	assert_true(is_there(name));
}

static const char *text_of(const char *name)
{
	static char text[4096];
	FILE *file = fopen(in_folder(name), "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void expect_said(const char *words)
{
	if (!strstr(text_of("said"), words))
		fail_msg("'%s' is not in: %s", words, text_of("said"));
}

TEST(a_series_makes_as_many_archives_as_asked_for)
{
	struct mr_options options = options_of(20 * MS, 3);

	make_folder();
	expect_exit(&options, publish, 0);
	assert_int_equal(entries_count(".tar"), 3);
	assert_string_equal(text_of("host-20261121T074103Z-3.mem.tar"), "clock");
	expect_said("series    3 archives in ");
	remove_folder();
}

TEST(captures_of_a_series_share_one_key)
{
	struct mr_options options = options_of(20 * MS, 2);
	char key[13] = "";

	make_folder();
	options.is_anonymized = true;
	expect_exit(&options, capture_and_tell, 0);
	const char *said = text_of("said"), *at = strstr(said, "key ");
	assert_non_null(at);
	memcpy(key, at, 12);
	assert_null(strstr(key, "none"));
	assert_non_null(strstr(at + 12, key));
	remove_folder();
}

TEST(what_keeps_the_time_of_a_series_can_gain_no_rights)
{
	struct mr_options options = options_of(20 * MS, 1);

	make_folder();
	options.is_confined = true;
	expect_exit(&options, capture_and_tell, 0);
	expect_said("\nNoNewPrivs:\t1\n");
	if (strstr(text_of("said"), "\nSeccomp:"))
		expect_said("\nSeccomp:\t2\n");
	remove_folder();
}

/* Root's, but for CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH and CAP_SYS_ADMIN; those of anybody else are not
 * touched. */
TEST(what_keeps_the_time_of_a_series_gives_up_the_rights_that_no_capture_needs)
{
	struct mr_options options = options_of(20 * MS, 1);

	make_folder();
	options.is_confined = true;
	expect_exit(&options, capture_and_tell, 0);
	const char *line = strstr(text_of("said"), "\nCapEff:\t");
	assert_non_null(line);
	uint64_t effective = strtoull(line + strlen("\nCapEff:\t"), NULL, 16);
	bool can_trace = effective & 1 << 19;
	remove_folder();
	if (!can_trace)
		SKIP("no CAP_SYS_PTRACE");
	assert_int_equal(effective & ~(UINT64_C(1) << 19 | 1 << 2 | 1 << 21), 0);
}

TEST(a_series_ends_when_its_time_is_over)
{
	struct mr_options options = options_of(100 * MS, 0);
	uint64_t start_ns;

	make_folder();
	options.for_ns = 300 * MS; /* ticks at 0, 100 and 200 ms, some of them skipped on a busy machine */
	start_ns = mr_now_ns();
	expect_exit(&options, publish, 0);
	assert_in_range(entries_count(".tar"), 1, 3);
	assert_true(mr_now_ns() - start_ns < 20 * MR_SECOND_NS);
	remove_folder();
}

TEST(ticks_during_a_capture_are_skipped_and_named)
{
	struct mr_options options = options_of(100 * MS, 2);
	uint64_t start_ns = mr_now_ns();

	make_folder();
	expect_exit(&options, capture_slowly, 0);
	/* a capture of 250 ms from 0 on: those at 100 and 200 ms are skipped, the second begins at 300 ms */
	assert_true(mr_now_ns() - start_ns >= 550 * MS);
	assert_int_equal(entries_count(".tar"), 2);
	expect_said("skipped   ");
	expect_said(": the capture at ");
	expect_said("Z took ");
	remove_folder();
}

TEST(the_exit_status_is_the_worst_of_the_captures)
{
	struct mr_options options = options_of(10 * MS, 1);

	make_folder();
	expect_exit(&options, capture_worse_and_worse, 0);
	remove_folder();
	make_folder();
	options.count = 2;
	expect_exit(&options, capture_worse_and_worse, 3);
	expect_said("2 archives in ");
	expect_said(", 1 partial");
	remove_folder();
	make_folder();
	options.count = 3;
	expect_exit(&options, capture_worse_and_worse, 4);
	expect_said("memreckon-collect: no room for the third\n");
	expect_said(", 1 without an archive");
	remove_folder();
}

TEST(wrong_use_ends_a_series_at_once)
{
	struct mr_options options = options_of(3600 * MR_SECOND_NS, 0);

	make_folder();
	expect_exit(&options, capture_wrongly, 2);
	remove_folder();
}

TEST(a_capture_that_is_killed_leaves_no_part_and_the_series_goes_on)
{
	struct mr_options options = options_of(10 * MS, 2);

	make_folder();
	expect_exit(&options, capture_and_be_killed, 4);
	assert_int_equal(entries_count(".part"), 0);
	assert_int_equal(entries_count(".tar"), 0);
	expect_said("was ended by SIGKILL");
	expect_said("2 without an archive");
	remove_folder();
}

TEST(keep_removes_the_oldest_of_this_run_only)
{
	struct mr_options options = options_of(10 * MS, 5);

	make_folder();
	write_file(in_folder("host-20261121T074103Z.mem.tar"), "from an older run");
	options.keep_count = 2;
	expect_exit(&options, publish, 0);
	assert_int_equal(entries_count(".tar"), 3);
	assert_string_equal(text_of("host-20261121T074103Z.mem.tar"), "from an older run");
	remove_folder();
}

TEST(quiet_leaves_errors_only)
{
	struct mr_options options = options_of(100 * MS, 2);

	make_folder();
	options.is_quiet = true;
	expect_exit(&options, capture_slowly, 0);
	assert_string_equal(text_of("said"), "");
	remove_folder();
}

/* Conditions, in a tree of one file. */
static void write_meminfo(const char *text)
{
	mkdir(in_folder("proc"), 0700);
	write_file(in_folder("proc/new"), text);
	assert_int_equal(rename(in_folder("proc/new"), in_folder("proc/meminfo")), 0);
}

/* The file that is open stays the same: a kernel file has no new inode either. */
static void rewrite_meminfo(const char *text)
{
	int fd = open(in_folder("proc/meminfo"), O_WRONLY);

	assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
	close(fd);
}

static struct mr_options options_when(const char *condition)
{
	struct mr_options options = options_of(10 * MS, 0);

	options.when[options.when_count++] = condition;
	options.cooldown_ns = 3600 * MR_SECOND_NS;
	return options;
}

TEST(a_condition_that_becomes_true_makes_one_capture_that_knows_it)
{
	struct mr_options options = options_when("mem_available<5%");

	make_folder();
	write_meminfo("MemTotal: 1000 kB\nMemAvailable: 500 kB\n");
	options.when[options.when_count++] = "mem_available<10K";
	pid_t pid = start(&options, publish);
	wait_for("said");
	for (int i = 0; i < 1000 && !strstr(text_of("said"), "10K"); i++)
		usleep(10000);
	usleep(100000);
	assert_int_equal(entries_count(".tar"), 0);
	expect_said(
		"waiting   for mem_available<5%, now 50.00%\n          or mem_available<10K, now 500.00 K\n");
	rewrite_meminfo("MemTotal: 1000 kB\nMemAvailable: 042 kB\n");
	int status = finish(pid);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	assert_int_equal(entries_count(".tar"), 1);
	assert_string_equal(text_of("host-20261121T074103Z.mem.tar"), "mem_available<5%: 4.20%");
	expect_said("trigger   mem_available<5%: 4.20% at ");
	remove_folder();
}

TEST(a_condition_that_stays_true_fires_again_after_the_cooldown)
{
	struct mr_options options = options_when("mem_available<5%");
	uint64_t start_ns = mr_now_ns();

	make_folder();
	write_meminfo("MemTotal: 1000 kB\nMemAvailable: 10 kB\n");
	options.cooldown_ns = 150 * MS;
	options.count = 3;
	expect_exit(&options, publish, 0);
	assert_int_equal(entries_count(".tar"), 3);
	assert_true(mr_now_ns() - start_ns >= 300 * MS);
	remove_folder();
}

TEST(a_condition_that_never_becomes_true_ends_without_an_archive)
{
	struct mr_options options = options_when("mem_available<5%");

	make_folder();
	write_meminfo("MemTotal: 1000 kB\nMemAvailable: 500 kB\n");
	options.for_ns = 100 * MS;
	expect_exit(&options, publish, 4);
	expect_said("error: no archive: nothing that was waited for came true in 0.1 s");
	remove_folder();
}

TEST(a_condition_that_cannot_be_judged_is_wrong_use_before_anything_runs)
{
	struct mr_options options = options_when("mem_available<5%");

	make_folder();
	write_meminfo("MemTotal: 1000 kB\nMemAvailable: 10 kB\n");
	options.when[options.when_count++] = "nonsense";
	expect_exit(&options, publish, 2);
	options.when[1] = "swap_free<5%";
	expect_exit(&options, publish, 2);
	expect_said("error: cannot wait for 'swap_free<5%'");
	options.when_count = 1;
	options.output = "-";
	options.count = 2;
	expect_exit(&options, publish, 2);
	options.output = in_folder("no/");
	expect_exit(&options, publish, 4);
	assert_int_equal(entries_count(".tar"), 0);
	remove_folder();
}

TEST(the_trigger_of_an_anonymized_capture_names_no_cgroup)
{
	struct mr_options options = options_when("cgroup:/customer>1K");

	make_folder();
	write_meminfo("MemTotal: 1000 kB\n");
	assert_int_equal(mkdir(in_folder("proc/self"), 0700), 0);
	write_file(in_folder("proc/self/mountinfo"), "1 1 0:1 / /cg rw - cgroup2 x rw\n");
	assert_int_equal(mkdir(in_folder("cg"), 0700), 0);
	assert_int_equal(mkdir(in_folder("cg/customer"), 0700), 0);
	write_file(in_folder("cg/customer/memory.current"), "2048\n");
	options.is_anonymized = true;
	expect_exit(&options, publish, 0);
	assert_string_equal(text_of("host-20261121T074103Z.mem.tar"), "cgroup>1K: 2.00 K");
	expect_said("trigger   cgroup:/customer>1K: 2.00 K at ");
	remove_folder();
}

/* Signals. */
static void expect_killed(pid_t pid, int number)
{
	int status = finish(pid);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), number);
}

TEST(a_signal_between_captures_ends_the_series_by_it)
{
	struct mr_options options = options_of(3600 * MR_SECOND_NS, 0);
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		make_folder();
		pid_t pid = start(&options, publish);
		wait_for("host-20261121T074103Z.mem.tar");
		usleep(50000);
		uint64_t told_ns = mr_now_ns();
		kill(pid, numbers[i]);
		expect_killed(pid, numbers[i]);
		assert_true(mr_now_ns() - told_ns < 5 * MR_SECOND_NS);
		assert_int_equal(entries_count(".tar"), 1);
		remove_folder();
	}
}

TEST(a_signal_during_a_capture_lets_it_publish_what_is_whole)
{
	struct mr_options options = options_of(3600 * MR_SECOND_NS, 0);
	static const int numbers[] = {SIGTERM, SIGQUIT};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		make_folder();
		pid_t pid = start(&options, capture_until_stopped);
		wait_for("running");
		kill(pid, numbers[i]);
		expect_killed(pid, numbers[i]);
		assert_int_equal(entries_count(".tar"), 1);
		expect_said("series    1 archive in ");
		remove_folder();
	}
}

TEST(ctrl_c_reaches_a_capture_once)
{
	struct mr_options options = options_of(3600 * MR_SECOND_NS, 0);

	make_folder();
	pid_t pid = start(&options, capture_until_stopped);
	wait_for("running");
	kill(-pid, SIGINT); /* the whole group, as a terminal does */
	expect_killed(pid, SIGINT);
	assert_int_equal(entries_count(".tar"), 1);
	remove_folder();
}

TEST(a_second_signal_is_passed_on_too)
{
	struct mr_options options = options_of(3600 * MR_SECOND_NS, 0);

	make_folder();
	pid_t pid = start(&options, capture_deaf);
	wait_for("running");
	kill(pid, SIGINT);
	/* signals that come closer together are taken for one */
	usleep(400000);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	kill(pid, SIGTERM);
	expect_killed(pid, SIGINT);
	assert_int_equal(entries_count(".tar"), 0);
	remove_folder();
}

TEST(a_hangup_that_is_ignored_stays_ignored)
{
	struct mr_options options = options_of(200 * MS, 2);

	make_folder();
	ignores_hangup = true;
	pid_t pid = start(&options, publish);
	ignores_hangup = false;
	wait_for("host-20261121T074103Z.mem.tar");
	kill(pid, SIGHUP);
	int status = finish(pid);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	assert_int_equal(entries_count(".tar"), 2);
	remove_folder();
}

TEST(ignored_children_are_waited_for_all_the_same)
{
	struct mr_options options = options_of(10 * MS, 2);

	make_folder();
	signal(SIGCHLD, SIG_IGN);
	pid_t pid = start(&options, publish);
	signal(SIGCHLD, SIG_DFL);
	int status = finish(pid);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	assert_int_equal(entries_count(".tar"), 2);
	remove_folder();
}

TEST(ticks_that_go_by_while_the_program_is_stopped_are_named)
{
	struct mr_options options = options_of(600 * MS, 2);

	make_folder();
	pid_t pid = start(&options, publish);
	wait_for("host-20261121T074103Z.mem.tar");
	usleep(200000); /* the capture is over, the next tick is not yet */
	kill(pid, SIGSTOP);
	usleep(1500000);
	kill(pid, SIGCONT);
	int status = finish(pid);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	expect_said(": this program did not run for ");
	assert_int_equal(entries_count(".tar"), 2);
	remove_folder();
}

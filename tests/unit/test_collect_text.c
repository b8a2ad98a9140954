/* The few texts that the collector looks into: mountinfo, smaps, stat, CPU lists, meta.csv. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/cgroups.h"
#include "collect/facts.h"
#include "collect/loss.h"
#include "collect/meta.h"
#include "collect/mounts.h"
#include "collect/options.h"
#include "collect/plan.h"
#include "collect/task_text.h"
#include "collect/smaps_sum.h"
#include "collect/utc.h"
#include "tests/support/test.h"

static struct mr_mount_facts mounts_of(const char *text, const char *top)
{
	struct mr_mount_facts facts;

	assert_int_equal(mr_mount_facts_parse(&facts, text, strlen(text), top), 0);
	return facts;
}

TEST(mountinfo_names_the_memory_controller_and_cgroup2)
{
	struct mr_mount_facts facts =
		mounts_of("23 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw,hidepid=2\n"
			  "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
			  "33 31 0:30 / /sys/fs/cgroup/cpu,memory rw,relatime shared:9 master:1 - cgroup "
			  "none rw,cpuacct,memory\n"
			  "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
			  NULL);

	assert_string_equal(facts.cgroup1_memory, "/sys/fs/cgroup/cpu,memory");
	assert_string_equal(facts.cgroup2, "/sys/fs/cgroup/unified");
	assert_string_equal(facts.procfs_options, "rw,nosuid,rw,hidepid=2");
	mr_mount_facts_deinit(&facts);
}

TEST(mountinfo_escapes_are_decoded)
{
	struct mr_mount_facts facts =
		mounts_of("41 31 0:38 / /a\\040b\\134c\\012\\01 rw - cgroup2 x rw\n", NULL);

	assert_string_equal(facts.cgroup2, "/a b\\c\n\\01");
	mr_mount_facts_deinit(&facts);
}

TEST(mountinfo_prefers_the_mount_of_the_whole_hierarchy)
{
	struct mr_mount_facts facts = mounts_of("1 1 0:1 /docker/x /one rw - cgroup2 x rw\n"
						"2 1 0:1 /docker/y /two rw - cgroup2 x rw\n"
						"3 1 0:1 / /three rw - cgroup2 x rw\n"
						"4 1 0:1 / /four rw - cgroup2 x rw\n"
						"5 1 0:2 /docker/z /five rw - cgroup x rw,memory\n"
						"6 1 0:2 /docker/z /six rw - cgroup x rw,memory\n",
						NULL);

	assert_string_equal(facts.cgroup2, "/three");
	assert_string_equal(facts.cgroup1_memory, "/five");
	mr_mount_facts_deinit(&facts);
}

TEST(mountinfo_of_a_tree_mounted_elsewhere_counts_below_it_only)
{
	struct mr_mount_facts facts = mounts_of("1 1 0:1 / /sys/fs/cgroup rw - cgroup2 x rw\n"
						"2 1 0:1 / /hosts/sys rw - cgroup2 x rw\n"
						"3 1 0:1 / /host/sys/fs/cgroup rw - cgroup2 x rw\n",
						"/host");

	assert_string_equal(facts.cgroup2, "/sys/fs/cgroup");
	mr_mount_facts_deinit(&facts);
}

TEST(mountinfo_that_is_cut_off_or_nonsense_names_nothing)
{
	static const char *const texts[] = {"",
					    "\n",
					    " ",
					    "- - -",
					    "1 1 0:1 / /x rw - cgroup2",
					    "1 1 0:1 / /x rw",
					    "1 1 0:1 / /x rw - cgroup x memoryx,xmemory\n"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct mr_mount_facts facts = mounts_of(texts[i], NULL);

		assert_null(facts.cgroup1_memory);
		assert_true(!facts.cgroup2 || i == 4);
		mr_mount_facts_deinit(&facts);
	}
}

static const char smaps[] = "00400000-00401000 r-xp 00000000 08:01 12 /bin/a Rss: 77 kB\n"
			    "Size:                  4 kB\n"
			    "KernelPageSize:        4 kB\n"
			    "Rss:                   4 kB\n"
			    "Pss:                   1 kB\n"
			    "VmFlags: rd ex mr mw me\n"
			    "7f0000000000-7f0000021000 rw-p 00000000 00:00 0\n"
			    "Size:                132 kB\n"
			    "Rss:                 100 kB\n"
			    "Pss:                  99 kB\n"
			    "New_Key:               7 kB\n";
static const char rollup[] = "00400000-7f0000021000 ---p 00000000 00:00 0                          [rollup]\n"
			     "Rss:                 104 kB\n"
			     "Pss:                 100 kB\n"
			     "New_Key:               7 kB\n";

TEST(smaps_summed_is_a_rollup_wherever_it_is_cut)
{
	for (size_t cut = 0; cut <= sizeof(smaps) - 1; cut++) {
		struct mr_smaps_sum sum = {0};
		struct mr_buffer text = {0};

		mr_smaps_sum_add(&sum, smaps, cut);
		mr_smaps_sum_add(&sum, smaps + cut, sizeof(smaps) - 1 - cut);
		mr_smaps_sum_print(&sum, &text);
		assert_string_equal(text.data, rollup);
		mr_buffer_deinit(&text);
	}
}

TEST(smaps_of_a_kernel_thread_sums_to_nothing)
{
	struct mr_smaps_sum sum = {0};
	struct mr_buffer text = {0};

	mr_smaps_sum_print(&sum, &text);
	assert_null(text.data);
}

TEST(smaps_with_numbers_that_do_not_fit_loses_the_key_and_no_other)
{
	static const char text[] =
		"1000-2000 r\nRss: 18446744073709551615 kB\nPss: 3 kB\nSwap: 99999999999999999999999 kB\n"
		"2000-3000 r\nRss: 1 kB\nPss: 4 kB\nSwap: 1 kB\n";
	struct mr_smaps_sum sum = {0};
	struct mr_buffer printed = {0};

	mr_smaps_sum_add(&sum, text, sizeof(text) - 1);
	mr_smaps_sum_print(&sum, &printed);
	assert_null(strstr(printed.data, "Rss"));
	assert_null(strstr(printed.data, "Swap"));
	assert_non_null(strstr(printed.data, "Pss:                   7 kB\n"));
	mr_buffer_deinit(&printed);
}

TEST(smaps_with_a_line_without_end_stays_in_bounds)
{
	struct mr_smaps_sum sum = {0};
	char line[4096];

	memset(line, ':', sizeof(line));
	for (int i = 0; i < 10; i++)
		mr_smaps_sum_add(&sum, line, sizeof(line));
	mr_smaps_sum_add(&sum, "\n", 1);
	assert_int_equal(sum.keys_count, 0);
	for (int i = 0; i < 1000; i++) {
		char key[64];
		int length = snprintf(key, sizeof(key), "Key%d: 1 kB\n", i);

		mr_smaps_sum_add(&sum, key, (size_t)length);
	}
	assert_int_equal(sum.keys_count, MR_SMAPS_KEYS_MAX);
}

static bool is_zombie_leader(const char *text)
{
	return mr_stat_is_zombie_leader(text, strlen(text));
}

TEST(stat_tells_a_zombie_leader_with_live_threads)
{
	assert_true(is_zombie_leader("9 (a) Z 1 9 9 0 -1 4 0 0 0 0 0 0 0 0 20 0 3 0 5 0 0\n"));
	assert_true(is_zombie_leader("9 (a) R 1 (x)) Z 1 9 9 0 -1 4 0 0 0 0 0 0 0 0 20 0 2 0 5 0 0\n"));
	assert_false(is_zombie_leader("9 (a) Z 1 9 9 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n"));
	assert_false(is_zombie_leader("9 (a) S 1 9 9 0 -1 4 0 0 0 0 0 0 0 0 20 0 3 0 5 0 0\n"));
	assert_false(is_zombie_leader("9 (Z) S 1 9 9 0 -1 4 0 0 0 0 0 0 0 0 20 0 3 0 5 0 0\n"));
	assert_false(is_zombie_leader(""));
	assert_false(is_zombie_leader("9 (a)"));
	assert_false(is_zombie_leader("9 (a) Z"));
	assert_false(is_zombie_leader("9 (a) Z 1 9 9 0 -1 4 0 0 0 0 0 0 0 0 20 0 "));
}

static uint64_t stat_number(const char *text, int field)
{
	return mr_stat_number(text, strlen(text), field);
}

TEST(stat_numbers_are_found_behind_any_name)
{
	static const char text[] =
		"9 (a) 1 ) S 1 9 9 0 -1 4 0 0 0 0 0 0 0 0 20 0 3 0 5150 0 18446744073709551616\n";

	assert_int_equal(stat_number(text, 4), 1);
	assert_int_equal(stat_number(text, 20), 3);
	assert_int_equal(stat_number(text, 22), 5150);
	assert_int_equal(stat_number(text, 24), 0); /* does not fit */
	assert_int_equal(stat_number(text, 25), 0);
	assert_int_equal(stat_number("9 (a", 22), 0);
	assert_int_equal(stat_number("9 (a)", 22), 0);
	assert_int_equal(stat_number("9 (a) S ", 4), 0);
	assert_int_equal(stat_number("", 22), 0);
}

TEST(cpu_lists_are_counted)
{
	assert_int_equal(mr_cpu_list_count("0"), 1);
	assert_int_equal(mr_cpu_list_count("0-3,8,10-11"), 7);
	assert_int_equal(mr_cpu_list_count(""), 0);
	assert_int_equal(mr_cpu_list_count("3-1"), 0);
	assert_int_equal(mr_cpu_list_count("0-"), 0);
	assert_int_equal(mr_cpu_list_count("-1"), 0);
	assert_int_equal(mr_cpu_list_count("0-18446744073709551615"), 0);
	assert_int_equal(mr_cpu_list_count("(null)"), 0);
}

TEST(utc_is_the_calendars)
{
	char text[MR_UTC_BYTES];

	mr_utc_print(0, text);
	assert_string_equal(text, "19700101T000000Z");
	mr_utc_print(951827696, text);
	assert_string_equal(text, "20000229T123456Z");
	mr_utc_print(1795246863, text);
	assert_string_equal(text, "20261121T074103Z");
	mr_utc_print(4107542399, text);
	assert_string_equal(text, "21000228T235959Z");
	mr_utc_print(4107542400, text);
	assert_string_equal(text, "21000301T000000Z");
	mr_utc_print(UINT64_MAX, text);
	assert_true(strlen(text) < sizeof(text) - 1);
}

TEST(facts_of_an_unpacked_archive_are_taken_over_but_not_those_of_its_run)
{
	static const char csv[] =
		"key,value\r\nformat,7\r\nhost,\"a,\"\"b\"\"\"\r\npage_size_bytes,65536\r\nroot,/x\r\n"
		"boot_id,\r\nno_such_key,1\r\nsnapshot_id,old\r\n";
	struct mr_facts facts = {0};
	struct mr_buffer printed = {0};

	assert_int_equal(mr_facts_take_over(&facts, csv, sizeof(csv) - 1), 0);
	assert_string_equal(mr_facts_get(&facts, "host"), "a,\"b\"");
	assert_int_equal(mr_facts_get_number(&facts, "page_size_bytes"), 65536);
	assert_null(mr_facts_get(&facts, "boot_id"));
	assert_null(mr_facts_get(&facts, "format"));
	assert_null(mr_facts_get(&facts, "root"));
	assert_null(mr_facts_get(&facts, "snapshot_id"));
	mr_facts_print(&facts, &printed);
	assert_non_null(strstr(printed.data, "\nhost,\"a,\"\"b\"\"\"\n"));
	assert_non_null(strstr(printed.data, "\nboot_id,\n"));
	mr_buffer_deinit(&printed);
	mr_facts_deinit(&facts);
}

TEST(facts_of_a_damaged_meta_csv_do_not_leak_or_crash)
{
	static const char *const texts[] = {
		"", "key", "\"", "key,value\nhost,\"x", "host\nhost,a,b,c\n", ",,,\n,\n", "\0\0"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct mr_facts facts = {0};

		mr_facts_take_over(&facts, texts[i], strlen(texts[i]));
		mr_facts_deinit(&facts);
	}
}

TEST(numbers_that_are_none_are_not_known)
{
	struct mr_facts facts = {0};

	mr_facts_set(&facts, "page_size_bytes", "-1");
	assert_int_equal(mr_facts_get_number(&facts, "page_size_bytes"), 0);
	mr_facts_set(&facts, "page_size_bytes", "99999999999999999999999");
	assert_int_equal(mr_facts_get_number(&facts, "page_size_bytes"), 0);
	mr_facts_set(&facts, "page_size_bytes", "4096x");
	assert_int_equal(mr_facts_get_number(&facts, "page_size_bytes"), 0);
	mr_facts_deinit(&facts);
}

TEST(files_that_change_counters_or_are_not_about_memory_are_not_read)
{
	assert_false(mr_plan_wants("proc/sys/vm/{name}", "stat_refresh"));
	assert_true(mr_plan_wants("proc/sys/vm/{name}", "swappiness"));
	assert_true(mr_plan_wants("proc/sys/kernel/{name}", "shmmni"));
	assert_false(mr_plan_wants("proc/sys/kernel/{name}", "core_pattern"));
	assert_false(mr_plan_wants("proc/sys/kernel/random/{name}", "uuid"));
	assert_true(mr_plan_wants("sys/kernel/mm/ksm/{file}", "anything"));
}

TEST(cgroup_files_are_chosen_by_what_they_do)
{
	static const char *const never[] = {"memory.kmem.slabinfo", "memory.pressure_level",
					    "memory.force_empty",   "cgroup.event_control",
					    "memory.reclaim",       "cgroup.kill"};

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		assert_false(mr_cgroup_wants(1, never[i]));
		assert_false(mr_cgroup_wants(2, never[i]));
	}
	assert_true(mr_cgroup_wants(1, "memory.a_vendors_file"));
	assert_true(mr_cgroup_wants(1, "tasks"));
	assert_true(mr_cgroup_wants(2, "memory.a_new_file"));
	assert_true(mr_cgroup_wants(2, "cgroup.stat"));
	assert_true(mr_cgroup_wants(2, "io.pressure"));
	assert_false(mr_cgroup_wants(2, "cpu.stat"));
	assert_false(mr_cgroup_wants(2, ".pressure"));
}

TEST(losses_count_what_was_not_to_be_expected)
{
	struct mr_losses losses = {0};

	mr_losses_add(&losses, MR_SUBJECT_PROCESS, "smaps_rollup", ESRCH);
	mr_losses_add(&losses, MR_SUBJECT_PROCESS, "stat", ENOENT);
	mr_losses_add(&losses, MR_SUBJECT_CGROUP, "memory.stat", ENODEV);
	mr_losses_add(&losses, MR_SUBJECT_CGROUP, "cgroup.procs", EOPNOTSUPP);
	mr_losses_add(&losses, MR_SUBJECT_CGROUP, "memory.pressure_level", EINVAL);
	mr_losses_add(&losses, MR_SUBJECT_SYSTEM, "proc/pressure/irq", EOPNOTSUPP);
	mr_losses_add(&losses, MR_SUBJECT_SYSTEM, "proc/config.gz", ENOENT);
	mr_losses_add(&losses, MR_SUBJECT_PAGES, "kpagecgroup", ENOENT);
	mr_losses_add(&losses, MR_SUBJECT_CGROUP, MR_LOSS_CGROUP_FOLDER, ENOENT);
	assert_false(losses.is_partial);
	mr_losses_add(&losses, MR_SUBJECT_CGROUP, MR_LOSS_CGROUP_MOUNT, ENOENT);
	assert_true(losses.is_partial);
	losses = (struct mr_losses){0};
	mr_losses_add(&losses, MR_SUBJECT_PROCESS, "smaps_rollup", EACCES);
	mr_losses_add(&losses, MR_SUBJECT_PROCESS, "smaps_rollup", EACCES);
	mr_losses_add(&losses, MR_SUBJECT_SYSTEM, "proc/meminfo", ENOENT);
	assert_true(losses.is_partial);
	assert_int_equal(losses.kinds_count, 2);
	assert_int_equal(losses.kinds[0].readings_count, 2);
}

TEST(a_loss_is_counted_where_it_belongs)
{
	struct mr_losses losses = {0};

	assert_null(mr_losses_add(&losses, MR_SUBJECT_PROCESS, "stat", ENOENT));
	struct mr_loss *maps = mr_losses_add(&losses, MR_SUBJECT_PROCESS, "maps", EACCES);
	assert_ptr_equal(mr_losses_add(&losses, MR_SUBJECT_PROCESS, "maps", EACCES), maps);
	assert_int_equal(maps->readings_count, 2);
	assert_int_equal(maps->told_count, 0);
	assert_ptr_not_equal(mr_losses_add(&losses, MR_SUBJECT_PROCESS, "smaps", EACCES), maps);
}

TEST(losses_of_endless_kinds_are_counted_together)
{
	struct mr_losses losses = {0};

	for (int i = 0; i < 1000; i++) {
		char name[100];

		snprintf(name, sizeof(name), "%d-%090d", i, i);
		mr_losses_add(&losses, MR_SUBJECT_CGROUP, name, EACCES);
		mr_losses_add(&losses, MR_SUBJECT_CGROUP, name, EACCES);
	}
	assert_int_equal(losses.kinds_count, MR_LOSS_KINDS_MAX);
	assert_int_equal(losses.others_count, 2 * (1000 - MR_LOSS_KINDS_MAX));
}

static int parse_options(struct mr_options *options, char *argument, char *value)
{
	char name[] = "memreckon-collect";
	char *arguments[] = {name, argument, value, NULL};
	struct mr_error error = {0};
	int result = mr_options_parse(options, argument ? value ? 3 : 2 : 1, arguments, &error);

	assert_true(result == 0 || error.message[0]);
	return result;
}

TEST(options_have_their_defaults_and_refuse_nonsense)
{
	struct mr_options options;

	assert_int_equal(parse_options(&options, NULL, NULL), 0);
	assert_null(options.output);
	assert_int_equal(options.gzip_level, 6);
	assert_string_equal(options.root, "/");
	assert_int_equal(options.sample_frames_count, 65536);
	assert_int_equal(parse_options(&options, strdupa("--compress"), strdupa("none")), 0);
	assert_int_equal(options.gzip_level, 0);
	assert_string_equal(options.as_given, "--compress none");
	assert_int_equal(parse_options(&options, strdupa("--seed"), strdupa("ffffffffffffffff")), 0);
	assert_true(options.seed == UINT64_MAX);
	assert_int_equal(parse_options(&options, strdupa("--seed"), strdupa("0x12")), -EINVAL);
	assert_int_equal(parse_options(&options, strdupa("--seed"), strdupa("1ffffffffffffffff")), -EINVAL);
	assert_int_equal(parse_options(&options, strdupa("--sample-frames"), strdupa("0")), -EINVAL);
	assert_int_equal(parse_options(&options, strdupa("--sample-frames"), strdupa("+5")), -EINVAL);
	assert_int_equal(parse_options(&options, strdupa("--sample-frames"), strdupa("16777217")), -EINVAL);
	assert_int_equal(parse_options(&options, strdupa("--compress-level"), strdupa("0")), -EINVAL);
	assert_int_equal(parse_options(&options, strdupa("--root"), strdupa("")), -EINVAL);
	assert_int_equal(parse_options(&options, strdupa("--roo"), NULL), -EINVAL);
	assert_int_equal(parse_options(&options, strdupa("stray"), NULL), -EINVAL);
}

/* As words separated by blanks. */
static void expect_refused(const char *words, const char *message)
{
	char text[256], *arguments[16] = {NULL};
	struct mr_options options;
	struct mr_error error = {0};
	int count = 0;

	snprintf(text, sizeof(text), "memreckon-collect %s", words);
	for (char *word = strtok(text, " "); word && count < 15; word = strtok(NULL, " "))
		arguments[count++] = word;
	assert_int_equal(mr_options_parse(&options, count, arguments, &error), -EINVAL);
	if (strncmp(error.message, message, strlen(message)) != 0)
		fail_msg("%s: '%s' does not begin with '%s'", words, error.message, message);
}

TEST(a_mistake_on_the_command_line_names_the_very_option)
{
	expect_refused("-Xq", "no such option: -X.");
	expect_refused("-qX", "no such option: -X.");
	expect_refused("-o x -Xq", "no such option: -X.");
	expect_refused("--jbos=3", "no such option: --jbos.");
	expect_refused("-q --jbos 3", "no such option: --jbos.");
	expect_refused("-q -o", "an argument is missing after -o.");
	expect_refused("-qo", "an argument is missing after -o.");
	expect_refused("-q --output", "an argument is missing after --output.");
	expect_refused("--quiet=yes", "no argument is taken by --quiet.");
}

TEST(options_that_could_have_no_effect_are_refused)
{
	expect_refused("--cooldown 5s", "--cooldown is for a series by conditions.");
	expect_refused("--interval 5s --cooldown 5m", "--cooldown is for a series by conditions.");
	expect_refused("--keep 3", "--count, --for and --keep are for a series.");
	expect_refused("--key file", "--key is the key of --anonymize");
}

TEST(help_fits_80_columns)
{
	char *text = NULL;
	size_t length_bytes;
	FILE *to = open_memstream(&text, &length_bytes);

	mr_options_help(to);
	fclose(to);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 80);
	free(text);
}

/* Names inside files become the same tokens as elsewhere; what is not understood is withheld. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/anonymize_help.h"

/* Flags of a kernel thread and of a process. */
#define PF_KTHREAD "2129984"
#define PF_USER "4194560"

/* A stat with this name and these flags. */
static const char *stat_of(const char *name, const char *flags)
{
	static char text[256];

	snprintf(text, sizeof(text), "17 (%s) S 1 17 17 0 -1 %s 769 0 0 18446744073709551615\n", name, flags);
	return text;
}

static const char *status_of(const char *escaped_name, const char *ignored_signals)
{
	static char text[512];

	snprintf(text, sizeof(text),
		 "Name:\t%s\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t0\t0\t0\t0\nGroups:\t \nVmRSS:\t    "
		 "1748 kB\n"
		 "SigQ:\t0/1832\nSigIgn:\t%s\nSigCgt:\t0000000000010002\nMems_allowed:\tdeadbeef,00000001\n",
		 escaped_name, ignored_signals);
	return text;
}

static const char no_signals[] = "0000000000000000", all_signals[] = "ffffffffffffffff";
/* all but SIGKILL and SIGSTOP: what a process can ignore */
static const char most_signals[] = "fffffffffffbfeff";

TEST(stat_and_status_of_one_process_show_one_token_whatever_its_name)
{
	/* as stat has it, as status has it */
	static const char *const names[][2] = {
		{"payments-api", "payments-api"},
		{") R 1 (x", ") R 1 (x"},
		{"a\nb", "a\\nb"},
		{"a\\nb", "a\\\\nb"},
		{"\\", "\\\\"},
		{") S 2 0 0 0 -1 ", ") S 2 0 0 0 -1 "},
		{"((a b ) ( c d))", "((a b ) ( c d))"},
		{" lead", " lead"},
		{"\tlead", "\tlead"},
		{"\xff\xfe\x01", "\xff\xfe\x01"},
		{"Kthread:\t1", "Kthread:\t1"},
		{"kworker/0:1", "kworker/0:1"},
		{"", ""},
	};
	struct mr_anonymizer *anonymizer = with_key(KEY, false);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *token = name_of(anonymizer, MR_NAME_PROCESS, names[i][0]);
		char expected[64];

		const char *text = text_of(anonymizer, "proc/17/stat", stat_of(names[i][0], PF_USER));
		assert_string_equal(text, stat_of(token, PF_USER));
		text = text_of(anonymizer, "proc/17/status", status_of(names[i][1], most_signals));
		snprintf(expected, sizeof(expected), "Name:\t%s\nUmask:", token);
		assert_memory_equal(text, expected, strlen(expected));
		assert_string_equal(text, status_of(token, most_signals));
	}
	mr_anonymizer_destroy(anonymizer);
}

TEST(kernel_threads_keep_their_names_and_processes_that_borrow_them_do_not)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, true);
	static const char path[] = "proc/17/status";

	assert_string_equal(text_of(anonymizer, "proc/17/stat", stat_of("kworker/0:1", PF_KTHREAD)),
			    stat_of("kworker/0:1", PF_KTHREAD));
	assert_null(strstr(text_of(anonymizer, "proc/17/stat", stat_of("kworker/0:1", PF_USER)), "kworker"));
	assert_non_null(
		strstr(text_of(anonymizer, path, status_of("kworker/0:1", all_signals)), "kworker/0:1\n"));
	assert_null(strstr(text_of(anonymizer, path, status_of("kworker/0:1", most_signals)), "kworker"));
	assert_null(strstr(text_of(anonymizer, path, status_of("kworker/0:1", no_signals)), "kworker"));
	/* a thread that lets itself be killed catches the signal instead of ignoring it */
	assert_non_null(
		strstr(text_of(anonymizer, path,
			       "Name:\tmd0_raid1\nSigIgn:\tfffffffffffffeff\nSigCgt:\t0000000000000100\n"),
		       "md0_raid1"));
	/* where the kernel says it, it is believed */
	assert_null(strstr(text_of(anonymizer, path, "Name:\tacme\nKthread:\t0\nSigIgn:\tffffffffffffffff\n"),
			   "acme"));
	assert_non_null(
		strstr(text_of(anonymizer, path, "Name:\tkthreadd\nKthread:\t1\nSigIgn:\t0000000000000000\n"),
		       "kthreadd"));
	mr_anonymizer_destroy(anonymizer);
}

TEST(stat_and_status_of_a_kernel_thread_show_one_token_for_what_it_works_for)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, false);
	static const char *const names[] = {"10.1.2.3-manager", "kworker/u8:3-dm-acme"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *token = name_of(anonymizer, MR_NAME_KERNEL_THREAD, names[i]);
		char expected[128];

		assert_null(strstr(token, "10.1"));
		assert_null(strstr(token, "acme"));
		const char *text = text_of(anonymizer, "proc/17/stat", stat_of(names[i], PF_KTHREAD));
		assert_string_equal(text, stat_of(token, PF_KTHREAD));
		snprintf(expected, sizeof(expected), "Name:\t%s\n", token);
		assert_non_null(strstr(
			text_of(anonymizer, "proc/17/status", status_of(names[i], all_signals)), expected));
	}
	mr_anonymizer_destroy(anonymizer);
}

TEST(cgroups_of_a_process_are_those_of_the_tree)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, false);
	char expected[1024], tree[256];

	snprintf(tree, sizeof(tree), "/system.slice/%s/%s",
		 name_of(anonymizer, MR_NAME_CGROUP, "a:b c.service"),
		 name_of(anonymizer, MR_NAME_CGROUP, "worker\\x2d"));
	snprintf(expected, sizeof(expected),
		 "12:cpu,cpuacct:%s\n3:name=systemd:/../init.scope\n0::%s (deleted)\n", tree, tree);
	assert_string_equal(text_of(anonymizer, "proc/17/cgroup",
				    "12:cpu,cpuacct:/system.slice/a:b c.service/worker\\x2d\n"
				    "3:name=systemd:/../init.scope\n"
				    "0::/system.slice/a:b c.service/worker\\x2d (deleted)\n"),
			    expected);
	snprintf(expected, sizeof(expected), "sys/fs/cgroup/unified%s/memory.stat", tree);
	assert_string_equal(
		path_of(anonymizer,
			"sys/fs/cgroup/unified/system.slice/a:b c.service/worker\\x2d/memory.stat", &both),
		expected);
	snprintf(expected, sizeof(expected), "2,%s,27,195\n", tree);
	assert_string_equal(text_of(anonymizer, "capture/more/1/capture/cgroups.csv",
				    "2,/system.slice/a:b c.service/worker\\x2d,27,195\n"),
			    expected);
	assert_null(strstr(text_of(anonymizer, "proc/17/task/18/cgroup", "1:name=acme,memory:/\n"), "acme"));
	assert_int_equal(verdict_of(anonymizer, "proc/17/cgroup", ""), MR_ANONYMIZED_KEPT);
	mr_anonymizer_destroy(anonymizer);
}

TEST(a_cgroup_text_that_does_not_parse_is_withheld)
{
	static const char *const texts[] = {"acme\n",    "0:/acme\n", "0::acme\n",        "x::/acme\n",
					    "::/acme\n", "\n",        "0::/fine\nacme\n", "4:memory"};
	struct mr_anonymizer *anonymizer = with_key(KEY, false);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(verdict_of(anonymizer, "proc/17/cgroup", texts[i]), MR_ANONYMIZED_WITHHELD);
	mr_anonymizer_destroy(anonymizer);
}

TEST(a_stat_or_status_that_does_not_parse_is_withheld)
{
	static const char *const stats[] = {"",
					    "17",
					    "17 acme S 1 17 17 0 -1 1 2\n",
					    "17 (acme\n",
					    "17 (acme) S 1 2 3 4 5\n",
					    "17 acme) S 1 17 17 0 -1 4194560 769\n",
					    "(acme) S 1 17 17 0 -1 4194560 769\n",
					    "17 (a) S 1 17 17 0 -1 4194560 acme\n",
					    "17 (a) acme 1 17 17 0 -1 4194560\n",
					    "17 (a) S 1 17 17 0 -1 -5 1\n",
					    "17 (a) S 1 2 3 4 5 4194560\n#!/bin/acme\n",
					    "17 (a) S 1 2 3 4 5 99999999999999999999999 1\n",
					    "17 )a( S 1 2 3 4 5 4194560 7\n"};
	static const char *const statuses[] = {"acme\n", "Umask:\t1\nName:\tacme\n",
					       "Name:\ta\nName:\tacme\n", "name:\tacme\n", "\nName:\tacme\n"};
	struct mr_anonymizer *anonymizer = with_key(KEY, false);

	for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++)
		assert_int_equal(verdict_of(anonymizer, "proc/17/stat", stats[i]), MR_ANONYMIZED_WITHHELD);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		assert_int_equal(verdict_of(anonymizer, "proc/17/status", statuses[i]),
				 MR_ANONYMIZED_WITHHELD);
	mr_anonymizer_destroy(anonymizer);
}

TEST(a_line_that_a_vendor_adds_to_status_shows_numbers_only)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, false);
	const char *text = text_of(anonymizer, "proc/1/task/2/status",
				   "Name:\tx\nenvID:\t101\nTenant:\tacme corp\nacme\nState:\tS (sleeping)\n"
				   "Speculation_Store_Bypass:\tthread vulnerable\nSleepAVG:\t98%\n");

	assert_null(strstr(text, "acme"));
	assert_non_null(strstr(text, "\nenvID:\t101\nTenant:\tname-"));
	assert_non_null(strstr(
		text,
		"\nState:\tS (sleeping)\nSpeculation_Store_Bypass:\tthread vulnerable\nSleepAVG:\t98%\n"));
	mr_anonymizer_destroy(anonymizer);
}

TEST(slab_caches_of_the_kernel_stay_and_others_go)
{
	static const char head[] = "slabinfo - version: 2.1\n# name            <active_objs> <num_objs>\n";
	static const char numbers[] =
		"  2240   2240   0   35    8 : tunables    0    0    0 : slabdata     64     64      0\n";
	static const char *const kept[] = {"dentry",           "kmalloc-8k",      "kmalloc-rnd-01-8k",
					   "ext4_inode_cache", "RAWv6",           "pgtable-2^13",
					   "size-64(DMA)",     "zs_handle-zram0", "page->ptl"};
	static const char *const replaced[] = {"acme_cache",   "dentry acme",      "zs_handle-acme",
					       "dentry(acme",  "raid5-acme",       "acme(1:acme)",
					       "kmalloc-acme", "dentry(acme:acme)"};
	struct mr_anonymizer *anonymizer = with_key(KEY, false);
	char text[512], expected[512];

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		snprintf(text, sizeof(text), "%s%s%s", head, kept[i], numbers);
		assert_string_equal(text_of(anonymizer, "proc/slabinfo", text), text);
	}
	for (size_t i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++) {
		snprintf(text, sizeof(text), "%s%s%s", head, replaced[i], numbers);
		const char *result = text_of(anonymizer, "proc/slabinfo", text);
		assert_null(strstr(result, "acme"));
		assert_non_null(strstr(result, "\nslab-"));
		assert_string_equal(result + strlen(result) - strlen(numbers), numbers);
	}
	snprintf(text, sizeof(text), "%sdentry(2:acme.service)%s", head, numbers);
	snprintf(expected, sizeof(expected), "%sdentry(2:%s)%s", head,
		 name_of(anonymizer, MR_NAME_CGROUP, "acme.service"), numbers);
	assert_string_equal(text_of(anonymizer, "proc/slabinfo", text), expected);
	mr_anonymizer_destroy(anonymizer);
}

TEST(a_slabinfo_that_does_not_parse_is_withheld)
{
	static const char *const lines[] = {"acme\n",
					    "acme 1 2 3\n",
					    "acme 1 2 3 4 5 : tunables acme\n",
					    "acme 1 2 3 4 x : tunables 1\n",
					    " 1 2 3 4 5\n",
					    "\n",
					    "a : b 1 2 3 4 5 : tunables 0 0 0\n"};
	struct mr_anonymizer *anonymizer = with_key(KEY, false);

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(verdict_of(anonymizer, "proc/slabinfo", lines[i]), MR_ANONYMIZED_WITHHELD);
	mr_anonymizer_destroy(anonymizer);
}

TEST(files_that_carry_other_names_are_withheld)
{
	static const char *const paths[] = {"proc/17/smaps",
					    "proc/17/maps",
					    "proc/17/numa_maps",
					    "proc/17/cmdline",
					    "proc/17/environ",
					    "proc/17/comm",
					    "proc/17/wchan",
					    "proc/mounts",
					    "proc/self/mountinfo",
					    "proc/cmdline",
					    "proc/version",
					    "proc/swaps",
					    "proc/vmallocinfo",
					    "proc/config.gz",
					    "boot/config-6.1.0",
					    "proc/sys/kernel/hostname",
					    "proc/sys/kernel/core_pattern",
					    "proc/sys/kernel/random/uuid",
					    "proc/new_file",
					    "capture/new.csv",
					    "capture/index/0001.csv",
					    "capture/again/1/proc/17/smaps",
					    "sys/fs/cgroup/memory/a/release_agent",
					    "sys/fs/cgroup/memory/a/memory.vendor",
					    "sys/fs/cgroup/memory/a/cpu.shares",
					    "sys/fs/cgroup/unified/a/memory.vendor",
					    "sys/fs/cgroup/unified/a/acme.pressure",
					    "sys/fs/cgroup/other/memory.stat",
					    "",
					    "acme"};
	struct mr_anonymizer *anonymizer = with_key(KEY, false);

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(verdict_of(anonymizer, paths[i], "acme\n"), MR_ANONYMIZED_WITHHELD);
	mr_anonymizer_destroy(anonymizer);
}

TEST(files_of_numbers_are_kept_as_long_as_they_are_that)
{
	static const char *const numbers[][2] = {
		{"proc/17/statm", "565 437 416 388 0 82 0\n"},
		{"proc/17/oom_score_adj", "-1000\n"},
		{"proc/loadavg", "0.10 0.02 0.00 1/74 315\n"},
		{"proc/uptime", "5.58 9.91\n"},
		{"proc/sys/vm/lowmem_reserve_ratio", "256\t256\t32\t0\t0\n"},
		{"proc/sys/vm/numa_zonelist_order", "Node\n"},
		{"sys/devices/system/cpu/online", "0-3,8\n"},
		{"sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"},
		{"sys/kernel/mm/transparent_hugepage/hugepages-64kB/stats/swpout", "0\n"},
		{"sys/kernel/mm/hugepages/hugepages-2048kB/new", "2048kB\n"},
		{"sys/kernel/mm/ksm/run", "0\n"},
		{"sys/block/zram0/mm_stat", "1 2 3\n"},
		{"sys/fs/cgroup/memory/a/cgroup.procs", "1\n2\n"},
		{"sys/fs/cgroup/memory/tasks", "1\n"},
		{"sys/fs/cgroup/unified/a/memory.max", "max\n"},
		{"sys/fs/cgroup/unified/a/cgroup.type", "domain threaded\n"},
		{"sys/fs/cgroup/unified/cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n"},
		{"sys/fs/cgroup/unified/a/cgroup.max.depth", "max\n"}};
	struct mr_anonymizer *anonymizer = with_key(KEY, false);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		assert_int_equal(verdict_of(anonymizer, numbers[i][0], numbers[i][1]), MR_ANONYMIZED_KEPT);
		assert_int_equal(verdict_of(anonymizer, numbers[i][0], ""), MR_ANONYMIZED_KEPT);
		assert_int_equal(verdict_of(anonymizer, numbers[i][0], "1 acme\n"), MR_ANONYMIZED_WITHHELD);
	}
	assert_int_equal(verdict_of(anonymizer, "proc/sys/kernel/osrelease", "6.1.0-56-cloud-amd64\n"),
			 MR_ANONYMIZED_KEPT);
	assert_int_equal(verdict_of(anonymizer, "proc/sys/kernel/random/boot_id",
				    "fbf4f852-da9d-4a24-b5bd-bbafc5e5e83d\n"),
			 MR_ANONYMIZED_KEPT);
	mr_anonymizer_destroy(anonymizer);
}

TEST(every_reading_of_a_file_is_treated_as_the_file)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, false);

	assert_int_equal(verdict_of(anonymizer, "capture/again/12/proc/17/statm", "1 2 3\n"),
			 MR_ANONYMIZED_KEPT);
	assert_null(strstr(text_of(anonymizer, "capture/again/1/proc/17/stat", stat_of("acme", PF_USER)),
			   "acme"));
	assert_int_equal(verdict_of(anonymizer, "capture/more/1/sys/fs/cgroup/memory/cgroup.procs", "1\n2"),
			 MR_ANONYMIZED_KEPT);
	/* a part may begin in the middle of a name */
	assert_int_equal(verdict_of(anonymizer, "capture/more/1/proc/17/cgroup", "0::/acme\n"),
			 MR_ANONYMIZED_WITHHELD);
	assert_int_equal(verdict_of(anonymizer, "capture/more/x/proc/meminfo", ""), MR_ANONYMIZED_WITHHELD);
	assert_int_equal(verdict_of(anonymizer, "capture/more//proc/meminfo", ""), MR_ANONYMIZED_WITHHELD);
	mr_anonymizer_destroy(anonymizer);
}

TEST(a_rollup_with_the_name_of_a_file_is_withheld)
{
	static const char path[] = "proc/17/smaps_rollup", derived[] = "capture/derived/proc/17/smaps_rollup";
	struct mr_anonymizer *anonymizer = with_key(KEY, false);

	assert_int_equal(verdict_of(anonymizer, path,
				    "00400000-7ffe ---p 00000000 00:00 0    [rollup]\nRss:  12 kB\n"),
			 MR_ANONYMIZED_KEPT);
	assert_int_equal(verdict_of(anonymizer, derived,
				    "00400000-7ffe ---p 00000000 00:00 0 [rollup]\nRss:  12 kB\n"),
			 MR_ANONYMIZED_KEPT);
	assert_int_equal(verdict_of(anonymizer, path, ""), MR_ANONYMIZED_KEPT);
	assert_int_equal(
		verdict_of(anonymizer, path, "00400000-7ffe r--p 00000000 00:00 0 /acme\nRss:  12 kB\n"),
		MR_ANONYMIZED_WITHHELD);
	assert_int_equal(verdict_of(anonymizer, path,
				    "0-7 ---p 0 00:00 0 [rollup]\nRss:  12 kB\n0-7 r--p 0 00:00 0 /acme\n"),
			 MR_ANONYMIZED_WITHHELD);
	mr_anonymizer_destroy(anonymizer);
}

TEST(tables_of_the_collector_lose_their_names_and_keep_the_rest)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, false);
	char expected[1024];

	snprintf(expected, sizeof(expected),
		 "key,value\nformat,1\nhost,%s\nroot,\noptions,\nkernel_release,6.1\ncgroup2_mount,\n"
		 "cgroup1_memory_mount,/sys/fs/cgroup/"
		 "memory\nprocfs_options,\"rw,hidepid=2\"\nnew_words,\nnew_number,-5\n"
		 "namespace_pid,pid:[4026531836]\n",
		 name_of(anonymizer, MR_NAME_HOST, "acme-db,1"));
	assert_string_equal(
		text_of(anonymizer, "capture/meta.csv",
			"key,value\nformat,1\nhost,\"acme-db,1\"\nroot,/srv/acme\noptions,-o acme\n"
			"kernel_release,6.1\ncgroup2_mount,\ncgroup1_memory_mount,/sys/fs/cgroup/memory\n"
			"procfs_options,\"rw,hidepid=2\"\nnew_words,acme corp\nnew_number,-5\n"
			"namespace_pid,pid:[4026531836]\n"),
		expected);
	snprintf(expected, sizeof(expected),
		 "path,waited_ns,role,pid,tid,name,state,wchan\n"
		 "proc/17/smaps_rollup,5,process,17,17,%s,D,folio_wait_bit_common\nproc/17/"
		 "smaps_rollup,5,reader,9,9,,,\n",
		 name_of(anonymizer, MR_NAME_PROCESS, "a\"c,m\ne"));
	assert_string_equal(
		text_of(anonymizer, "capture/hung.csv",
			"path,waited_ns,role,pid,tid,name,state,wchan\n"
			"proc/17/smaps_rollup,5,process,17,17,\"a\"\"c,m\ne\",D,folio_wait_bit_common\n"
			"proc/17/smaps_rollup,5,reader,9,9,,,\n"),
		expected);
	assert_null(strstr(text_of(anonymizer, "capture/receipt.csv",
				   "key,value\ncpu_user_us,5\nlongest_read_path,sys/fs/cgroup/memory/acme/"
				   "memory.stat\n"),
			   "acme"));
	assert_string_equal(text_of(anonymizer, "capture/end.csv",
				    "key,value\nstopped,SIGINT\nphases,system cgroups\nindex_sha256,ab12\n"),
			    "key,value\nstopped,SIGINT\nphases,system cgroups\nindex_sha256,ab12\n");
	assert_string_equal(
		text_of(anonymizer, "capture/cgroups.csv", "hierarchy,path,device,inode\n1,/,27,1\n"),
		"hierarchy,path,device,inode\n1,/,27,1\n");
	mr_anonymizer_destroy(anonymizer);
}

TEST(a_condition_that_names_a_cgroup_is_not_told)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, false);

	assert_string_equal(text_of(anonymizer, "capture/meta.csv", "trigger,mem_available<5%: 4.1%\n"),
			    "trigger,mem_available<5%: 4.1%\n");
	assert_string_equal(text_of(anonymizer, "capture/meta.csv", "trigger,cgroup:/acme>90%: 95%\n"),
			    "trigger,\n");
	mr_anonymizer_destroy(anonymizer);
}

TEST(a_table_of_another_layout_is_withheld)
{
	static const char *const texts[][2] = {
		{"capture/cgroups.csv", "hierarchy,path,device,inode,owner\n1,/,27,1,acme\n"},
		{"capture/cgroups.csv", "path,hierarchy,device,inode\n/acme,1,27,1\n"},
		{"capture/cgroups.csv", "1,/acme,27\n"},
		{"capture/cgroups.csv", "1,/a,27,acme\n"},
		{"capture/cgroups.csv", "acme,/a,27,1\n"},
		{"capture/cgroups.csv", "1,\"/acme,27,1\n"},
		{"capture/cgroups.csv", "1,/a\"cme\",27,1\n"},
		{"capture/cgroups.csv", ",/acme,27,1\n"},
		{"capture/meta.csv", "key,value,acme\n"},
		{"capture/meta.csv", "key,value\nhost,a,acme\n"},
		{"capture/meta.csv", "key,value\nac me,1\n"},
		{"capture/meta.csv", "acme\n"},
		{"capture/hung.csv", "path,name\nproc/1/stat,acme\n"}};
	struct mr_anonymizer *anonymizer = with_key(KEY, false);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(verdict_of(anonymizer, texts[i][0], texts[i][1]), MR_ANONYMIZED_WITHHELD);
	mr_anonymizer_destroy(anonymizer);
}

TEST(bytes_without_order_crash_nothing_and_pass_nowhere)
{
	static const char *const paths[] = {"proc/1/stat",         "proc/1/status",       "proc/1/cgroup",
					    "proc/slabinfo",       "proc/1/smaps_rollup", "capture/meta.csv",
					    "capture/cgroups.csv", "capture/hung.csv",    "proc/1/statm"};
	static const char letters[] = "() \n\t\\:,\"/0123Name=acme\0S#-";
	struct mr_anonymizer *anonymizer = with_key(KEY, true);
	struct mr_buffer buffer = {0};
	uint64_t random = 88172645463325252u;

	for (int i = 0; i < 20000; i++) {
		char bytes[48];
		size_t length_bytes = random % sizeof(bytes);

		for (size_t j = 0; j < length_bytes; j++) {
			random ^= random << 13, random ^= random >> 7, random ^= random << 17;
			bytes[j] = letters[random % sizeof(letters)];
		}
		anonymize(anonymizer, paths[(unsigned)i % 9], &both, bytes, length_bytes, &buffer);
		random ^= random << 13, random ^= random >> 7, random ^= random << 17;
	}
	mr_buffer_deinit(&buffer);
	mr_anonymizer_destroy(anonymizer);
}

TEST(every_kernel_file_of_the_catalog_is_decided_about)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, false);
	/* whatever a file is about, a text of this kind must not go through, but where the kernel makes every
	 * word */
	static const char *const of_the_kernels_words[] = {
		"proc/meminfo",     "proc/vmstat",       "proc/zoneinfo",    "proc/buddyinfo",
		"proc/stat",        "proc/cgroups",      "proc/iomem",       "proc/pressure/{resource}",
		"proc/sysvipc/shm", "proc/net/sockstat", "pages/ranges.csv", "pages/sample.csv",
		"pages/{words}.u64"};

	for (size_t i = 0; i < mr_source_count; i++) {
		const char *pattern = mr_sources[i].pattern;
		bool is_excepted = false;

		for (size_t j = 0; j < sizeof(of_the_kernels_words) / sizeof(of_the_kernels_words[0]); j++)
			is_excepted |= !strcmp(pattern, of_the_kernels_words[j]);
		if (is_excepted || strchr(pattern, '{') || strchr(pattern, '*'))
			continue;
		assert_int_equal(verdict_of(anonymizer, pattern, "acme is no number\n"),
				 MR_ANONYMIZED_WITHHELD);
	}
	mr_anonymizer_destroy(anonymizer);
}

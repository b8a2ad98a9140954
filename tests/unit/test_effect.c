/* What a partial capture does to the answers: the view effect, over archives made by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

#define FIRST_NAMESPACES                                                                                     \
	"namespace_pid,pid:[4026531836]\nnamespace_user,user:[4026531837]\nnamespace_cgroup,cgroup:["        \
	"4026531835]\n"

/* An archive whose meta.csv says this besides what it must. */
static struct mr_maker begin(const char *path, const char *more_meta)
{
	struct mr_buffer text = {0};
	struct mr_maker maker;

	mr_maker_open(&maker, path, NULL);
	mr_buffer_printf(&text,
			 "key,value\nformat,1\ntool,memreckon-collect test\n"
			 "snapshot_id,00000000-1111-2222-3333-444444444444\nhost,maker\n"
			 "realtime_ns,1795246863000000000\nmonotonic_ns,1000\npage_size_bytes,4096\n"
			 "endianness,little\nkernel_release,6.1.0-9-amd64\nroot,/\n"
			 "cgroup1_memory_mount,/sys/fs/cgroup/memory\n%s",
			 more_meta);
	mr_maker_text(&maker, "capture/meta.csv", text.data);
	mr_buffer_deinit(&text);
	return maker;
}

/* Process @pid with a RSS of @resident_pages; without a rollup. */
static void add_process(struct mr_maker *maker, int pid, int resident_pages)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "proc/%d/statm", pid);
	snprintf(text, sizeof(text), "1000 %d 10 1 0 5 0\n", resident_pages);
	mr_maker_text(maker, path, text);
	snprintf(path, sizeof(path), "proc/%d/stat", pid);
	snprintf(text, sizeof(text),
		 "%d (p%d) S 1 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 9 4096000 %d 18446744073709551615"
		 " 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		 pid, pid, resident_pages);
	mr_maker_text(maker, path, text);
}

static void add_rollup(struct mr_maker *maker, int pid, int pss_kib)
{
	char path[64], text[128];

	snprintf(path, sizeof(path), "proc/%d/smaps_rollup", pid);
	snprintf(text, sizeof(text), "1000-2000 ---p 00000000 00:00 0 [rollup]\nRss: %d kB\nPss: %d kB\n",
		 pss_kib, pss_kib);
	mr_maker_text(maker, path, text);
}

static struct mr_store *end_and_import(struct mr_maker *maker, const char *path)
{
	struct mr_store *store = memory();

	mr_maker_end(maker, "partial");
	mr_maker_close(maker);
	import(store, path, false);
	return store;
}

/* The same with an end that says so. */
static struct mr_store *end_with(struct mr_maker *maker, const char *path, const char *end)
{
	struct mr_store *store = memory();

	mr_maker_segment(maker);
	mr_maker_add(maker, "capture/end.csv", end, strlen(end));
	mr_maker_close(maker);
	import(store, path, false);
	return store;
}

/* The effects of one kind as text. */
static const char *effects(struct mr_store *store, const char *kind)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "SELECT coalesce(group_concat(coalesce(what, '') || '|' || coalesce(reason, '') || '|'"
		 " || coalesce(needs, '') || '|' || effect, '; '), '')"
		 " FROM (SELECT * FROM effect WHERE snapshot_id = 1 AND kind = '%s' ORDER BY ordinal)",
		 kind);
	return ask(store, sql);
}

TEST(a_capture_that_lacks_nothing_has_no_effect)
{
	_cleanup_free_ char *path = mr_maker_path("whole.mem.tar");
	struct mr_maker maker =
		begin(path, "euid,0\ncapabilities_effective,2199023255551\n" FIRST_NAMESPACES);

	mr_maker_text(&maker, "sys/fs/cgroup/memory/memory.usage_in_bytes", "4096\n");
	add_process(&maker, 1, 10);
	add_rollup(&maker, 1, 30);
	mr_maker_failed(&maker, "proc/2/stat", "ESRCH");
	mr_maker_failed(&maker, "proc/config.gz", "ENOENT");
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(ask(store, "SELECT group_concat(kind) FROM effect WHERE kind <> 'checks'"),
			    "NULL");
	mr_store_close(store);
}

TEST(pss_of_some_makes_the_sum_a_range)
{
	_cleanup_free_ char *path = mr_maker_path("pss.mem.tar");
	struct mr_maker maker = begin(path, "euid,1000\ncapabilities_effective,0\n" FIRST_NAMESPACES);

	add_process(&maker, 1, 10);
	add_rollup(&maker, 1, 30);
	add_process(&maker, 2, 100);
	mr_maker_failed(&maker, "proc/2/smaps_rollup", "EACCES");
	add_process(&maker, 3, 50);
	mr_maker_failed(&maker, "proc/3/smaps_rollup", "timeout");
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(effects(store, "pss"),
			    "smaps_rollup of 2 of 3 processes|EACCES 1, timeout 1|root or CAP_SYS_PTRACE|"
			    "PSS is known for 1 of 3 processes");
	assert_string_equal(
		ask(store,
		    "SELECT (low_bytes >> 10) || ' ' || (high_bytes >> 10) FROM effect WHERE kind = 'pss'"),
		"30 630");
	/* not 0 */
	assert_string_equal(
		ask(store, "SELECT coalesce(pss_bytes, uss_bytes, 'not known') FROM process WHERE pid = 3"),
		"not known");
	mr_store_close(store);
}

TEST(pss_of_what_has_no_memory_is_no_answer)
{
	_cleanup_free_ char *path = mr_maker_path("kernel-threads.tar.gz");
	struct mr_maker maker = begin(path, "");

	add_process(&maker, 1, 100);
	add_process(&maker, 2, 0);
	add_rollup(&maker, 2, 0);
	struct mr_store *store = end_and_import(&maker, path);
	assert_non_null(strstr(effects(store, "pss"), "PSS is known for no process that has memory"));
	assert_string_equal(ask(store, "SELECT answer FROM capability WHERE kind = 'pss'"), "no");
	mr_store_close(store);
}

TEST(each_status_without_an_answer_is_a_loss_and_vanishing_is_none)
{
	static const char *const statuses[] = {"EACCES", "EPERM",    "EIO",    "timeout",
					       "budget", "withheld", "hazard", "EFBIG"};
	_cleanup_free_ char *path = mr_maker_path("statuses.mem.tar");
	struct mr_maker maker = begin(path, "euid,0\n" FIRST_NAMESPACES);
	char name[64];

	for (int i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "proc/%d/status", 10 + i);
		mr_maker_failed(&maker, name, statuses[i]);
	}
	mr_maker_failed(&maker, "proc/20/status", "ESRCH");
	mr_maker_failed(&maker, "proc/21/status", "ENOENT");
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(
		ask(store,
		    "SELECT missing_count || ' of ' || total_count FROM effect WHERE kind = 'process_kinds'"),
		"8 of 10");
	assert_string_equal(
		ask(store,
		    "SELECT group_concat(status) FROM reading WHERE status NOT LIKE 'E%' AND status <> 'ok'"
		    " ORDER BY path"),
		"timeout,budget,withheld,hazard");
	mr_store_close(store);
}

TEST(a_refusal_in_spite_of_the_right_does_not_name_the_right)
{
	_cleanup_free_ char *path = mr_maker_path("rights.mem.tar");
	/* CAP_SYS_PTRACE alone */
	struct mr_maker maker = begin(path, "euid,1000\ncapabilities_effective,524288\n" FIRST_NAMESPACES);

	add_process(&maker, 1, 10);
	mr_maker_failed(&maker, "proc/1/smaps_rollup", "EACCES");
	mr_maker_failed(&maker, "proc/slabinfo", "EACCES");
	mr_maker_failed(&maker, "pages/kpageflags.u64", "EACCES");
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(
		ask(store, "SELECT needs LIKE 'more than CAP_SYS_PTRACE%' FROM effect WHERE kind = 'pss'"),
		"1");
	assert_string_equal(effects(store, "slab"),
			    "slabinfo|EACCES|root or CAP_DAC_READ_SEARCH|"
			    "slab is known as reclaimable and unreclaimable, not by cache");
	assert_string_equal(ask(store, "SELECT needs FROM effect WHERE kind = 'pages'"),
			    "root or CAP_DAC_READ_SEARCH");
	mr_store_close(store);
}

TEST(root_without_cap_sys_admin_needs_just_that_for_page_frames)
{
	_cleanup_free_ char *path = mr_maker_path("rights.mem.tar");
	struct mr_maker maker = begin(path, "euid,0\ncapabilities_effective,524288\n" FIRST_NAMESPACES);

	mr_maker_failed(&maker, "pages/kpageflags.u64", "EACCES");
	mr_maker_failed(&maker, "pages/kpagecount.u64", "EACCES");
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(effects(store, "pages"),
			    "kpagecount, kpageflags|EACCES|CAP_SYS_ADMIN|"
			    "what the page frames are is not known: pages has no answer");
	mr_store_close(store);
}

TEST(a_hung_file_is_named_with_whom_it_waits_for)
{
	static const char hung[] =
		"path,waited_ns,role,pid,tid,name,state,wchan\n"
		"proc/8841/"
		"smaps_rollup,5000000000,process,8841,8841,backup-agent,D,rwsem_down_read_slowpath\n"
		"proc/8841/smaps_rollup,5000000000,thread,8841,8842,reader,D,request_wait_answer\n"
		"proc/8841/"
		"smaps_rollup,5000000000,reader,9000,9000,memreckon-colle,D,rwsem_down_read_killable\n";
	_cleanup_free_ char *path = mr_maker_path("hung.mem.tar");
	struct mr_maker maker =
		begin(path, "euid,0\ncapabilities_effective,2199023255551\n" FIRST_NAMESPACES);

	add_process(&maker, 8841, 100);
	mr_maker_failed(&maker, "proc/8841/smaps_rollup", "timeout");
	mr_maker_text(&maker, "capture/hung.csv", hung);
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(ask(store, "SELECT count(*) FROM issue"), "0");
	assert_string_equal(ask(store, "SELECT count(*) FROM capture_hung"), "3");
	assert_string_equal(
		effects(store, "hung"),
		"smaps_rollup of pid 8841 (backup-agent)|state D, waits in rwsem_down_read_slowpath; its "
		"thread 8842 (reader) sleeps in request_wait_answer||its PSS and USS are not known");
	assert_string_equal(ask(store, "SELECT waited_ns FROM effect WHERE kind = 'hung'"), "5000000000");
	mr_store_close(store);
}

TEST(processes_that_procfs_hides_make_sums_lower_bounds)
{
	static const struct {
		const char *meta, *hidden;
	} settings[] = {
		{"euid,1000\ncapabilities_effective,0\nprocfs_options,\"rw,hidepid="
		 "invisible\"\n" FIRST_NAMESPACES,
		 "processes of other users (procfs is mounted with hidepid)"},
		{"euid,1000\ncapabilities_effective,524288\nprocfs_options,\"rw,hidepid="
		 "2\"\n" FIRST_NAMESPACES,
		 "NULL"},
		{"euid,1000\ncapabilities_effective,0\nprocfs_options,\"rw,hidepid=0\"\n" FIRST_NAMESPACES,
		 "NULL"},
		{"euid,0\nnamespace_pid,pid:[4026532177]\n",
		 "processes outside the collector's pid namespace"},
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		_cleanup_free_ char *path = mr_maker_path("hidden.mem.tar");
		struct mr_maker maker = begin(path, settings[i].meta);

		add_process(&maker, 1, 10);
		mr_maker_text(&maker, "proc/meminfo", "MemTotal: 8000000 kB\nAnonPages: 32892 kB\n");
		mr_maker_failed(&maker, "proc/1/smaps_rollup", "EACCES");
		struct mr_store *store = end_and_import(&maker, path);
		assert_string_equal(ask(store, "SELECT max(what) FROM effect WHERE kind = 'visibility'"),
				    settings[i].hidden);
		/* then there is no upper bound */
		assert_string_equal(ask(store, "SELECT high_bytes FROM effect WHERE kind = 'pss'"),
				    strcmp(settings[i].hidden, "NULL") ? "NULL" : "40960");
		mr_store_close(store);
	}
}

TEST(processes_beyond_the_budget_are_counted_and_checks_over_all_are_skipped)
{
	_cleanup_free_ char *path = mr_maker_path("budget.mem.tar");
	struct mr_maker maker = begin(path, "euid,0\n" FIRST_NAMESPACES);

	mr_maker_text(&maker, "proc/meminfo", "MemTotal: 8000000 kB\nAnonPages: 32892 kB\n");
	add_process(&maker, 1, 10);
	add_rollup(&maker, 1, 30);
	struct mr_store *store = end_with(
		&maker, path,
		"key,value\nstopped,timeout\ncompleteness,partial\nphases,system cgroups\nprocesses,5\n"
		"processes_vanished,1\nmonotonic_ns,9000\n");
	assert_string_equal(
		effects(store, "stopped"),
		"processes, page tables of processes, page frames|ended by the limit of the whole run||"
		"of these only what was read before the end is known");
	assert_string_equal(effects(store, "visibility"),
			    "3 processes that were seen|not read||sums over processes are lower bounds");
	assert_string_equal(ask(store,
				"SELECT verdict || ' ' || (missing LIKE 'proc/PID/stat of 3 processes%')"
				" FROM check_result WHERE check_id = 'P10'"),
			    "skipped 1");
	mr_store_close(store);
}

TEST(an_archive_that_is_cut_off_says_so)
{
	_cleanup_free_ char *path = mr_maker_path("cut.mem.tar");
	struct mr_store *store = memory();
	struct mr_maker maker = begin(path, "euid,0\n");

	mr_maker_close(&maker);
	import(store, path, true);
	assert_string_equal(ask(store, "SELECT what FROM effect WHERE kind = 'cut_off'"),
			    "the end of the archive");
	mr_store_close(store);
}

TEST(tokens_are_said_with_their_key_and_what_was_withheld)
{
	_cleanup_free_ char *path = mr_maker_path("tokens.mem.tar");
	struct mr_maker maker =
		begin(path, "euid,0\nanonymized,1\nanonymize_key_id,1a2b3c4d\n" FIRST_NAMESPACES);

	add_process(&maker, 1, 10);
	add_rollup(&maker, 1, 30);
	mr_maker_failed(&maker, "proc/mounts", "withheld");
	mr_maker_failed(&maker, "proc/1/smaps", "withheld");
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(
		effects(store, "tokens"),
		"names|replaced by tokens before they were written||hosts, processes and cgroups have the "
		"same token in every archive of key 1a2b3c4d; withheld: proc/mounts, proc/PID/smaps");
	assert_string_equal(effects(store, "others"), "");
	mr_store_close(store);
}

TEST(without_a_memory_controller_nobody_is_charged)
{
	_cleanup_free_ char *path = mr_maker_path("nocg.mem.tar");
	struct mr_maker maker;
	static const char meta[] =
		"key,value\nformat,1\nsnapshot_id,00000000-1111-2222-3333-444444444444\nhost,maker\n"
		"realtime_ns,1795246863000000000\npage_size_bytes,4096\ncgroup1_memory_mount,\ncgroup2_mount,"
		"\n";

	mr_maker_open(&maker, path, NULL);
	mr_maker_text(&maker, "capture/meta.csv", meta);
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(effects(store, "no_cgroups"), "the memory controller|not mounted||who is charged "
							  "for what is not known: there are no cgroups "
							  "to ask");
	mr_store_close(store);
}

TEST(cgroups_that_could_not_be_read_are_counted)
{
	_cleanup_free_ char *path = mr_maker_path("cgroups.mem.tar");
	struct mr_maker maker = begin(path, "euid,1000\ncapabilities_effective,0\n"
					    "namespace_cgroup,cgroup:[4026532999]\n");

	mr_maker_text(&maker, "sys/fs/cgroup/memory/memory.usage_in_bytes", "4096\n");
	mr_maker_failed(&maker, "sys/fs/cgroup/memory/a/memory.usage_in_bytes", "EACCES");
	mr_maker_failed(&maker, "sys/fs/cgroup/memory/b/memory.usage_in_bytes", "EACCES");
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(
		effects(store, "cgroups"),
		"memory.usage_in_bytes of 2 of 3 cgroups|EACCES|root|what these groups hold is not known, "
		"and the sums above them are too small");
	assert_string_equal(ask(store, "SELECT count(*) FROM effect WHERE kind = 'cgroup_namespace'"), "1");
	mr_store_close(store);
}

TEST(rights_say_nothing_about_another_tree)
{
	_cleanup_free_ char *path = mr_maker_path("tree.mem.tar");
	struct mr_maker maker;
	static const char meta[] =
		"key,value\nformat,1\nsnapshot_id,00000000-1111-2222-3333-444444444444\nhost,maker\n"
		"realtime_ns,1795246863000000000\npage_size_bytes,4096\nroot,/srv/tree\neuid,1000\n"
		"namespace_pid,pid:[1]\nnamespace_cgroup,cgroup:[1]\nprocfs_options,hidepid=2\n"
		"cgroup1_memory_mount,/sys/fs/cgroup/memory\n";

	mr_maker_open(&maker, path, NULL);
	mr_maker_text(&maker, "capture/meta.csv", meta);
	mr_maker_text(&maker, "sys/fs/cgroup/memory/memory.usage_in_bytes", "4096\n");
	struct mr_store *store = end_and_import(&maker, path);
	assert_string_equal(ask(store, "SELECT group_concat(kind) FROM effect WHERE kind <> 'checks'"),
			    "NULL");
	mr_store_close(store);
}

/* The machines that captures are made of, and what programs print about them.  See foreign_maker.h. */
#include "tests/support/foreign_maker.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/cleanup.h"

static const char small_meminfo[] = "MemTotal:        8000000 kB\n"
				    "MemFree:         1000000 kB\n"
				    "MemAvailable:    5000000 kB\n"
				    "Buffers:          100000 kB\n"
				    "Cached:          3000000 kB\n"
				    "SwapCached:            0 kB\n"
				    "SwapTotal:             0 kB\n"
				    "SwapFree:              0 kB\n"
				    "Shmem:             50000 kB\n"
				    "Slab:             200000 kB\n"
				    "SReclaimable:     150000 kB\n"
				    "SUnreclaim:        50000 kB\n"
				    "HugePages_Total:       0\n";

static const char small_smaps[] = "00400000-00420000 r-xp 00000000 08:01 173521     /usr/bin/work er\n"
				  "Size:                128 kB\n"
				  "KernelPageSize:        4 kB\n"
				  "MMUPageSize:           4 kB\n"
				  "Rss:                 100 kB\n"
				  "Pss:                  50 kB\n"
				  "Shared_Clean:        100 kB\n"
				  "Shared_Dirty:          0 kB\n"
				  "Private_Clean:         0 kB\n"
				  "Private_Dirty:         0 kB\n"
				  "Referenced:          100 kB\n"
				  "Anonymous:             0 kB\n"
				  "Swap:                  0 kB\n"
				  "VmFlags: rd ex mr mw me sd \n"
				  "00e24000-00e56000 rw-p 00000000 00:00 0          [heap]\n"
				  "Size:                200 kB\n"
				  "KernelPageSize:        4 kB\n"
				  "MMUPageSize:           4 kB\n"
				  "Rss:                 200 kB\n"
				  "Pss:                 200 kB\n"
				  "Shared_Clean:          0 kB\n"
				  "Shared_Dirty:          0 kB\n"
				  "Private_Clean:         0 kB\n"
				  "Private_Dirty:       200 kB\n"
				  "Referenced:          200 kB\n"
				  "Anonymous:           200 kB\n"
				  "Swap:                  0 kB\n"
				  "VmFlags: rd wr mr mw me ac sd \n";

/* @rss_kib  0: a kernel thread */
static void add_process(struct mr_tree *kernel, unsigned pid, const char *name, unsigned rss_kib,
			const char *smaps)
{
	char path[64];

#define PROCESS_FILE(file) (snprintf(path, sizeof(path), "proc/%u/" file, pid), path)
	mr_tree_printf(kernel, PROCESS_FILE("comm"), "%s\n", name);
	mr_tree_printf(kernel, PROCESS_FILE("cgroup"), "0::%s\n", rss_kib ? "/a" : "/");
	mr_tree_printf(kernel, PROCESS_FILE("cpuset"), "/\n");
	mr_tree_printf(kernel, PROCESS_FILE("oom_score"), "0\n");
	mr_tree_printf(kernel, PROCESS_FILE("oom_score_adj"), "0\n");
	mr_tree_printf(kernel, PROCESS_FILE("smaps"), "%s", smaps);
	mr_tree_printf(kernel, PROCESS_FILE("stat"),
		       "%u (%s) S 1 1 1 0 -1 %u 1 0 0 0 1 2 0 0 20 0 1 0 %u %u %u 18446744073709551615"
		       " 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		       pid, name, rss_kib ? 0x400100 : 0x208040, 100 + pid, rss_kib ? 335872 : 0,
		       rss_kib / 4);
	mr_tree_printf(kernel, PROCESS_FILE("statm"), rss_kib ? "82 %u 25 10 0 50 0\n" : "0 %u 0 0 0 0 0\n",
		       rss_kib / 4);
	if (rss_kib)
		mr_tree_printf(
			kernel, PROCESS_FILE("status"),
			"Name:\t%s\nState:\tS (sleeping)\nTgid:\t%u\nPid:\t%u\nPPid:\t1\nUid:\t0\t0\t0\t0\n"
			"VmSize:\t     328 kB\nVmRSS:\t%8u kB\nVmSwap:\t       0 kB\nThreads:\t1\n",
			name, pid, pid, rss_kib);
	else
		mr_tree_printf(
			kernel, PROCESS_FILE("status"),
			"Name:\t%s\nState:\tS (sleeping)\nTgid:\t%u\nPid:\t%u\nPPid:\t0\nUid:\t0\t0\t0\t0\n"
			"Threads:\t1\n",
			name, pid, pid);
#undef PROCESS_FILE
}

void mr_foreign_machine(struct mr_tree *kernel)
{
	mr_tree_printf(kernel, "date", "Sat Nov 21 07:41:03 UTC 2026\n");
	mr_tree_printf(kernel, "uname",
		       "Linux node7 6.1.0-9-amd64 #1 SMP Debian 6.1.27-1 x86_64 GNU/Linux\n");
	mr_tree_printf(kernel, "proc/meminfo", "%s", small_meminfo);
	mr_tree_printf(kernel, "proc/version",
		       "Linux version 6.1.0-9-amd64 (gcc 12.2.0) #1 SMP Debian 6.1.27-1\n");
	mr_tree_printf(kernel, "proc/uptime", "1500.00 2900.00\n");
	mr_tree_printf(kernel, "proc/vmstat", "nr_free_pages 250000\nnr_kernel_stack 1600\npgfault 12345\n");
	mr_tree_printf(
		kernel, "proc/slabinfo",
		"slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> "
		"<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> "
		"<num_slabs> <sharedavail>\n"
		"dentry             20000  21000    192   21    1 : tunables    0    0    0 : slabdata   "
		"1000   "
		"1000      0\n");
	add_process(kernel, 1, "init", 300, small_smaps);
	add_process(kernel, 2, "kthreadd", 0, "");
	add_process(kernel, 20, "work er", 300, small_smaps);
	mr_tree_printf(kernel, "sys/fs/cgroup/a/memory.current", "4194304\n");
	mr_tree_printf(kernel, "sys/fs/cgroup/a/memory.max", "max\n");
	mr_tree_printf(kernel, "sys/fs/cgroup/a/memory.stat", "anon 2097152\nfile 1048576\n");
	mr_tree_printf(kernel, "sys/fs/cgroup/a/cgroup.procs", "1\n20\n");
}

static bool is_of_the_kernel(const char *path)
{
	return !strncmp(path, "proc/", 5) || !strncmp(path, "sys/", 4) || !strcmp(path, "uname") ||
	       !strcmp(path, "date");
}

/* The value of a key of capture/meta.csv. */
static char *meta_value(const char *meta, const char *key)
{
	_cleanup_free_ char *look = NULL;

	if (asprintf(&look, "\n%s,", key) < 0)
		err(1, "%s", key);
	const char *found = strstr(meta, look);
	found = found ? found + strlen(look) : "";
	return strndup(found, strcspn(found, "\n"));
}

/* What `getconf PAGESIZE` prints there: meta.csv says it, else smaps. */
static void add_page_size(struct mr_tree *kernel, const char *meta)
{
	_cleanup_free_ char *bytes = meta_value(meta, "page_size_bytes");

	if (*bytes)
		mr_tree_printf(kernel, "pagesize", "%s\n", bytes);
	else
		mr_tree_printf(
			kernel, "pagesize", "%llu\n",
			1024 * mr_foreign_number(mr_tree_text(kernel, "proc/1/smaps"), "KernelPageSize"));
}

void mr_foreign_fixture(struct mr_tree *kernel, const char *name)
{
	struct mr_tree whole = {0};
	const char *parent = getenv("MR_FIXTURES");
	_cleanup_free_ char *folder = NULL;

	if (asprintf(&folder, "%s/%s", parent ? parent : "fixtures", name) < 0)
		err(1, "%s", name);
	mr_tree_load(&whole, folder);
	mr_tree_copy(kernel, "", &whole, is_of_the_kernel);
	if (!mr_tree_find(kernel, "uname")) {
		const char *meta = mr_tree_text(&whole, "capture/meta.csv");
		_cleanup_free_ char *release = meta_value(meta, "kernel_release");
		_cleanup_free_ char *machine = meta_value(meta, "machine");
		mr_tree_printf(kernel, "uname", "Linux vm %s #1 SMP Debian %s GNU/Linux\n", release, machine);
	}
	add_page_size(kernel, mr_tree_text(&whole, "capture/meta.csv"));
	mr_tree_deinit(&whole);
}

unsigned long long mr_foreign_number(const char *text, const char *key)
{
	size_t key_bytes = strlen(key);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, key_bytes) && line[key_bytes] == ':')
			return strtoull(line + key_bytes + 1, NULL, 10);
	}
	return 0;
}

void mr_foreign_free(struct mr_buffer *text, const struct mr_tree *kernel)
{
	const char *meminfo = mr_tree_text(kernel, "proc/meminfo");
	unsigned long long total = mr_foreign_number(meminfo, "MemTotal");
	unsigned long long free_kib = mr_foreign_number(meminfo, "MemFree");
	unsigned long long cache = mr_foreign_number(meminfo, "Buffers") +
				   mr_foreign_number(meminfo, "Cached") +
				   mr_foreign_number(meminfo, "SReclaimable");
	unsigned long long swap = mr_foreign_number(meminfo, "SwapTotal");
	unsigned long long swap_free = mr_foreign_number(meminfo, "SwapFree");

	mr_buffer_append_text(
		text, "               total        used        free      shared  buff/cache   available\n");
	mr_buffer_printf(text, "Mem:    %12llu%12llu%12llu%12llu%12llu%12llu\n", total,
			 total - free_kib - cache, free_kib, mr_foreign_number(meminfo, "Shmem"), cache,
			 mr_foreign_number(meminfo, "MemAvailable"));
	mr_buffer_printf(text, "Swap:   %12llu%12llu%12llu\n", swap, swap - swap_free, swap_free);
}

/* The first line behind a key of proc/PID/status, without blanks in front. */
static char *status_text(const char *status, const char *key)
{
	_cleanup_free_ char *look = NULL;

	if (asprintf(&look, "%s:\t", key) < 0)
		err(1, "%s", key);
	const char *found = strstr(status, look);
	found = found ? found + strlen(look) : "";
	return strndup(found, strcspn(found, "\n"));
}

static void ps_line(struct mr_buffer *text, unsigned pid, const char *status, unsigned long long total_kib,
		    bool has_threads)
{
	unsigned long long size_kib = mr_foreign_number(status, "VmSize");
	unsigned long long rss_kib = mr_foreign_number(status, "VmRSS");
	unsigned long long uid = mr_foreign_number(status, "Uid");
	unsigned long long threads = mr_foreign_number(status, "Threads");
	_cleanup_free_ char *name = status_text(status, "Name");
	char user[32] = "root";

	if (uid)
		snprintf(user, sizeof(user), "%llu", uid);
	mr_buffer_printf(text, "%-8s %7u  0.0 %4.1f %6llu %5llu ?        %-4s 07:30   0:00 %s%s%s\n", user,
			 pid, total_kib ? 100.0 * (double)rss_kib / (double)total_kib : 0.0, size_kib,
			 rss_kib, has_threads ? "-" : "S", size_kib ? "/bin/" : "[", name,
			 size_kib ? "" : "]");
	for (; has_threads && threads; threads--)
		mr_buffer_printf(text, "%-8s       -  0.0    -      -     - -        S    07:30   0:00 -\n",
				 user);
}

void mr_foreign_ps(struct mr_buffer *text, const struct mr_tree *kernel, bool has_threads)
{
	unsigned long long total_kib = mr_foreign_number(mr_tree_text(kernel, "proc/meminfo"), "MemTotal");

	mr_buffer_append_text(text,
			      "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n");
	for (size_t i = 0; i < kernel->count; i++) {
		const char *rest;

		if (mr_tree_is_process(kernel->entries[i].path, &rest) && !strcmp(rest, "status"))
			ps_line(text, (unsigned)strtoul(kernel->entries[i].path + 5, NULL, 10),
				kernel->entries[i].bytes, total_kib, has_threads);
	}
}

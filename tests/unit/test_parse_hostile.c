/* Every parser against damaged texts: all prefixes, flipped bytes, doubled and dropped lines.  What is
 * asserted is that nothing crashes (run it under sanitizers) and that what comes out is well formed, which
 * the sink checks. */
#include <string.h>

#include "tests/support/capture_sink.h"
#include "tests/support/test.h"

struct sample {
	const char *path;
	const char *text;
};

static const struct sample samples[] = {
	{"proc/meminfo", "MemTotal:       24684092 kB\nActive(anon):   1472 kB\nHugePages_Total:   5\n"
			 "Hugepagesize: 2048 kB\n"},
	{"proc/vmstat", "nr_free_pages 6116307\nnr_kernel_stack 1600\npgpgin 18446744073709551615\n"},
	{"proc/5/status", "Name:\tcat\nTgid:\t8050\nVmRSS:\t    1728 kB\nNSpid:\t5\t1\nThreads:\t1\n"
			  "CapEff:\t000001fffeffffff\n"},
	{"proc/5/smaps_rollup", "562198e36000-7ffeec00d000 ---p 00000000 00:00 0 [rollup]\nRss: 1728 kB\n"
				"Pss: 337 kB\n"},
	{"proc/5/stat", "5 (a (b) c) S 1 2 3 0 -1 4194304 1 0 2 0 11 12 13 14 20 0 3 0 168 313 38 "
			"18446744073709551615 1 2\n"},
	{"proc/5/statm", "765 432 404 5 0 123 0\n"},
	{"proc/5/cgroup", "9:name=systemd:/x\n5:cpu,memory:/a:b (deleted)\n0::/user.slice\n"},
	{"proc/5/oom_score_adj", "-1000\n"},
	{"proc/uptime", "1682.66 3285.24\n"},
	{"proc/loadavg", "0.01 0.02 0.05 1/94 8057\n"},
	{"proc/stat", "cpu  4950 0\ncpu0 2045 0\nintr 223235 0\nctxt 504554\nbtime 1795255208\n"},
	{"proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/a\\040b  partition\t8342524\t100724\t-2\n"},
	{"proc/cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t4\t13\t1\n"},
	{"proc/sysvipc/shm", "  key shmid perms size  cpid  lpid rss swap\n"
			     "  -5  3  1600  4194304  1  2 4096 0\n"},
	{"proc/net/sockstat", "sockets: used 16\nTCP: inuse 1 orphan 0 mem 346\nFRAG: inuse 0 memory 0\n"},
	{"proc/iomem", "00001000-0009fbff : System RAM\n  000c0000-000c7fff : Video ROM\n"},
	{"proc/slabinfo", "slabinfo - version: 2.1\n"
			  "# name <active_objs> <num_objs> <objsize> : tunables <limit> : slabdata "
			  "<num_slabs>\na b 12 24 320 : tunables 0 : slabdata 2\n"},
	{"proc/vmallocinfo", "0x1a-0x65 20480 kernel_clone+0x94/0x3e0 [mod] pages=4 vmalloc N0=4\n"
			     "0x1a-0x65 8192 unpurged vm_area\n"},
	{"proc/pressure/cpu", "some avg10=0.01 avg60=0.02 avg300=0.11 total=8037976\n"
			      "full avg10=0.00 avg60=0.00 avg300=0.00 total=5\n"},
	{"proc/buddyinfo", "Node 0, zone      DMA      0      0      3 \n"
			   "Node 1, zone   Normal   2267   1858 \n"},
	{"proc/zoneinfo", "Node 0, zone DMA\n  per-node stats\n      nr_mapped 22\n  pages free 38\n"
			  "        min 8\n"
			  "        protection: (0, 29)\n  pagesets\n    cpu: 0\n              count: 7\n"
			  "              high: 4\n"
			  "  vm stats threshold: 24\n  start_pfn: 1\nNode 1, zone Movable\n  pages free 0\n"},
	{"proc/sys/vm/swappiness", "60\n"},
	{"sys/devices/system/node/node0/meminfo", "Node 0 MemTotal:       16393164 kB\n"
						  "Node 0 HugePages_Total:     0\n"},
	{"sys/devices/system/node/node0/numastat", "numa_hit 193460335812\nother_node 0\n"},
	{"sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n"},
	{"sys/fs/cgroup/memory/a/memory.stat", "cache 4096\nrss -8192\n"
					       "hierarchical_memory_limit 9223372036854771712\n"},
	{"sys/fs/cgroup/memory/a/cgroup.procs", "1\n1\n9876868\n"},
	{"sys/fs/cgroup/unified/a/memory.max", "max\n"},
	{"sys/fs/cgroup/unified/a/memory.events", "low 0\nhigh 1\nmax 2\n"},
	{"sys/block/zram0/mm_stat", "  4096  74  12288  0  12288  1  2  3  4\n"},
	{"proc/6/status",
	 "Name:\ta\\nb\\\\\nState:\tS (sleeping)\nTgid:\t6\nPid:\t6\nPPid:\t1\nThreads:\t2\n"},
	{"proc/5/smaps", "00400000-0040b000 r-xp 00000000 08:01 1234    /bin/a b: (deleted)\nSize: 44 kB\n"
			 "Rss: 40 kB\nPss: 10 kB\nVmFlags: rd ex\n7f00-7f20 rw-p 0 00:00 0\nName: [anon:x]\n"
			 "Rss: 8 kB\n"},
	{"proc/6/smaps",
	 "1000-2000 rw-p 0 00:00 0  /a b (deleted)\nName: [x]\nRss: 4 kB\nRss: 5 kB\n"
	 "KernelPageSize: 4 kB\n3000-4000 rw-p 0 00:00 0\nRss: 8 kB\nKernelPageSize: 64 kB\n"},
	{"sos_commands/process/ps_auxwwwm",
	 "USER   PID %CPU    VSZ   RSS TTY STAT START TIME COMMAND\n"
	 "root     1  1.4 105868 13604 ?   -    Feb 09 0:22 /sbin/init\n"
	 "root     -  1.4      -     - -   Ss   18:58 0:22 -\n"
	 "root     2  0.0      0     0 ?   S    Wed Feb  9 22:33:20 2022 0:00 [kthreadd] <defunct>\n"},
	{"sos_commands/process/ps_axo_comm_cgroup",
	 "  PID  LWP COMMAND         CGROUP\n    1    1 tmux: server    4:memory:/a,0::/b\n"},
	{"sos_commands/memory/free", "       total used free shared buffers cached\nMem: 10 1 2 0 4 5\n-/+ "
				     "buffers/cache: 1 2\nSwap: 3 1 2\n"},
	{"capture/meta.csv", "key,value\nformat,1\nhost,\"a \"\"b\"\", c\"\ncgroup2_mount,\nlevel,\"\"\n"},
	{"capture/index/0001.csv", "path,role,reading,status,bytes\nproc/meminfo,canonical,0,ok,1496\n"
				   "\"a,\"\"b\"\"\n\",again,1,EIO,\n"},
};
#define SAMPLE_COUNT (sizeof(samples) / sizeof(samples[0]))

/* Whether only captures of other tools have it, or parse it so. */
static bool is_foreign(const char *path)
{
	struct mr_match match;

	return mr_foreign_match(path, NULL, &match) && match.source->phase == MR_PHASE_FOREIGN;
}

static void parse_into(struct capture *c, const char *path, const char *text, size_t length_bytes)
{
	if (is_foreign(path))
		capture_parse_foreign_bytes(c, path, text, length_bytes);
	else
		capture_parse_bytes(c, path, text, length_bytes);
}

static void parse(const char *path, const char *text, size_t length_bytes)
{
	_cleanup_capture_ struct capture c = {0};

	parse_into(&c, path, text, length_bytes);
	assert_int_equal(c.status, 0);
}

TEST(samples_themselves_are_understood)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		_cleanup_capture_ struct capture c = {0};

		parse_into(&c, samples[i].path, samples[i].text, strlen(samples[i].text));
		if (!c.row_count)
			fail_msg("%s gives no row", samples[i].path);
	}
}

TEST(every_prefix_of_every_file_is_survived)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		for (size_t length = 0; length <= strlen(samples[i].text); length++)
			parse(samples[i].path, samples[i].text, length);
}

TEST(every_suffix_of_every_file_is_survived)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		for (size_t start = 0; samples[i].text[start]; start++)
			parse(samples[i].path, samples[i].text + start, strlen(samples[i].text + start));
}

TEST(every_byte_replaced_by_hostile_ones_is_survived)
{
	static const char hostile[] = {'\0', '\n', ' ', ':', '-', '9', '"', ',', ')', '=', '#', '\xff'};
	char text[1024];

	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		size_t length = strlen(samples[i].text);

		assert_true(length < sizeof(text));
		for (size_t at = 0; at < length; at++)
			for (size_t byte = 0; byte < sizeof(hostile); byte++) {
				memcpy(text, samples[i].text, length);
				text[at] = hostile[byte];
				parse(samples[i].path, text, length);
			}
	}
}

TEST(every_bit_flipped_is_survived)
{
	char text[1024];

	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		size_t length = strlen(samples[i].text);

		for (size_t at = 0; at < length; at++)
			for (int bit = 0; bit < 8; bit++) {
				memcpy(text, samples[i].text, length);
				text[at] = (char)(text[at] ^ 1 << bit);
				parse(samples[i].path, text, length);
			}
	}
}

TEST(every_text_as_every_other_file_is_survived)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		for (size_t j = 0; j < SAMPLE_COUNT; j++)
			parse(samples[i].path, samples[j].text, strlen(samples[j].text));
}

TEST(a_line_of_a_mebibyte_is_survived)
{
	static char text[1 << 20];

	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		parse(samples[i].path, text, sizeof(text));
	memset(text, '9', sizeof(text));
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		parse(samples[i].path, text, sizeof(text));
}

TEST(a_sink_that_fails_at_any_call_ends_every_parse_with_its_error)
{
	for (size_t i = 0; i < SAMPLE_COUNT; i++) {
		_cleanup_capture_ struct capture whole = {0};

		parse_into(&whole, samples[i].path, samples[i].text, strlen(samples[i].text));
		for (size_t calls = 1; calls < whole.calls; calls++) {
			_cleanup_capture_ struct capture c = {.fail_after = calls};

			parse_into(&c, samples[i].path, samples[i].text, strlen(samples[i].text));
			assert_int_equal(c.status, -28);
			assert_int_equal(c.calls, calls + 1);
		}
	}
}

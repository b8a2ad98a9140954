/* Names become tokens: keys, single names and paths. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support/anonymize_help.h"

static const struct mr_mounts v2 = {NULL, "sys/fs/cgroup"};

TEST(a_key_file_has_16_to_4096_bytes_and_its_newline_does_not_count)
{
	struct mr_anonymizer *bare = NULL, *ended = NULL;
	struct mr_error error = {0};
	char key[4099];

	memset(key, 'k', sizeof(key));
	assert_int_equal(create(&bare, key, 15, false, &error), -EINVAL);
	assert_non_null(strstr(error.message, "too short"));
	assert_null(strstr(error.message, "kkk"));
	error = (struct mr_error){0};
	assert_int_equal(create(&bare, "kkkkkkkkkkkkkkk\n", 16, false, &error), -EINVAL);
	error = (struct mr_error){0};
	assert_int_equal(create(&bare, key, 4097, false, &error), -EINVAL);
	assert_non_null(strstr(error.message, "too long"));
	error = (struct mr_error){0};
	assert_int_equal(create(&bare, key, sizeof(key), false, &error), -EINVAL);
	error = (struct mr_error){0};
	assert_int_equal(create(&bare, "", 0, false, &error), -EINVAL);
	assert_null(bare);
	key[4096] = '\n';
	assert_int_equal(create(&ended, key, 4097, false, &error), 0);
	assert_int_equal(create(&bare, key, 4096, false, &error), 0);
	assert_string_equal(mr_anonymizer_key_id(bare), mr_anonymizer_key_id(ended));
	assert_string_equal(name_of(bare, MR_NAME_HOST, "db-prod"), name_of(ended, MR_NAME_HOST, "db-prod"));
	mr_anonymizer_destroy(bare);
	mr_anonymizer_destroy(ended);
}

TEST(a_key_that_cannot_be_read_is_refused_by_name)
{
	struct mr_anonymizer *anonymizer = NULL;
	struct mr_error error = {0};

	assert_int_equal(mr_anonymizer_create(&anonymizer, "/no/such/key", false, &error), -ENOENT);
	assert_non_null(strstr(error.message, "/no/such/key"));
	assert_non_null(strstr(error.message, "No such file"));
	error = (struct mr_error){0};
	assert_int_equal(mr_anonymizer_create(&anonymizer, "/", false, &error), -EISDIR);
	assert_null(anonymizer);
	mr_anonymizer_destroy(NULL);
}

/* A pipe would hold the collector up, a device has another key each time. */
TEST(a_key_that_is_no_ordinary_file_is_refused_at_once)
{
	struct mr_anonymizer *anonymizer = NULL;
	struct mr_error error = {0};
	char folder[] = "/tmp/mr-key-XXXXXX", fifo[64];

	assert_non_null(mkdtemp(folder));
	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	alarm(20);
	assert_true(mr_anonymizer_create(&anonymizer, fifo, false, &error) < 0);
	alarm(0);
	assert_non_null(strstr(error.message, "it is not an ordinary file"));
	error = (struct mr_error){0};
	assert_true(mr_anonymizer_create(&anonymizer, "/dev/urandom", false, &error) < 0);
	assert_non_null(strstr(error.message, "it is not an ordinary file"));
	assert_null(anonymizer);
	unlink(fifo);
	rmdir(folder);
}

TEST(kernel_threads_keep_the_names_that_the_kernel_gave_them)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, true);
	static const char *const names[] = {
		"kthreadd",
		"kworker/0:1",
		"kworker/1:2H-kblockd",
		"kworker/u8:3+flush-253:12",
		"kworker/u8:0-flush-btrfs-1",
		"kworker/R-rcu_p", /* cut off */
		"kworker/u8:2-ext4-rsv-conversion",
		"kworker/u17:0-kcryptd-253:0-1",
		"jbd2/sda1-8",
		"jbd2/nvme0n1p2-", /* cut off */
		"xfs-conv/nvme0n", /* cut off */
		"xfsaild/dm-0",
		"kdmflush/253:0",
		"md127_raid1",
		"ksoftirqd/12",
		"rcu_tasks_kthre", /* cut off */
		"rcu_exp_par_gp_kthread_worker/0",
		"irq/24-ACPI:Ged",
		"scsi_eh_0",
		"loop7",
		"nfsv4.1-svc",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(name_of(anonymizer, MR_NAME_KERNEL_THREAD, names[i]), names[i]);
	mr_anonymizer_destroy(anonymizer);
}

TEST(kernel_threads_lose_the_names_that_somebody_else_gave_them)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, false);
	static const struct {
		const char *name, *kept, *lost;
	} rows[] = {
		{"10.1.2.3-manager", "proc-", "10.1.2.3"},
		{"fe80::1%eth0-ma", "proc-", "fe80"},
		{"acme-files-manager", "proc-", "acme"},
		{"kworker/u8:3-dm-acme", "kworker/u8:3-name-", "acme"},
		{"kworker/0:1+wg-crypt-acme", "kworker/0:1+name-", "acme"},
		{"kworker/R-acme", "kworker/R-name-", "acme"},
		{"kworker/u8:3-flush-acme", "kworker/u8:3-name-", "acme"},
		{"irq/45-acme-rx-0", "irq/45-name-", "acme"},
		{"napi/acme-12", "proc-", "acme"},
		{"drbd_w_acme", "proc-", "acme"},
		{"md_acme_raid1", "proc-", "acme"},
		{"jbd2/acmeacme-8", "proc-", "acme"},
		{"jbd2/sdacme-8", "proc-", "acme"},
		{"nfsd acme", "proc-", "acme"},
		{"kworker", "proc-", "kworker"},
		{"java", "proc-", "java"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = name_of(anonymizer, MR_NAME_KERNEL_THREAD, rows[i].name);

		if (strncmp(name, rows[i].kept, strlen(rows[i].kept)) != 0 || strstr(name, rows[i].lost))
			fail_msg("%s became %s", rows[i].name, name);
	}
	mr_anonymizer_destroy(anonymizer);
}

TEST(the_same_key_joins_two_archives_and_another_key_does_not)
{
	static const enum mr_name_kind kinds[] = {MR_NAME_HOST, MR_NAME_PROCESS, MR_NAME_CGROUP, MR_NAME_SLAB,
						  MR_NAME_OTHER};
	struct mr_anonymizer *one = with_key(KEY, false), *two = with_key(KEY "\n", false);
	struct mr_anonymizer *other = with_key(KEY "x", false);

	assert_string_equal(mr_anonymizer_key_id(one), mr_anonymizer_key_id(two));
	assert_string_not_equal(mr_anonymizer_key_id(one), mr_anonymizer_key_id(other));
	assert_int_equal(strlen(mr_anonymizer_key_id(one)), 8);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *token = name_of(one, kinds[i], "payments-api");

		assert_string_equal(token, name_of(two, kinds[i], "payments-api"));
		assert_string_not_equal(token, name_of(other, kinds[i], "payments-api"));
		assert_string_not_equal(token, name_of(one, kinds[i], "payments-apj"));
	}
	mr_anonymizer_destroy(one);
	mr_anonymizer_destroy(two);
	mr_anonymizer_destroy(other);
}

TEST(a_key_made_for_one_run_is_another_one_each_time)
{
	struct mr_anonymizer *one = NULL, *two = NULL;

	assert_int_equal(mr_anonymizer_create(&one, NULL, false, NULL), 0);
	assert_int_equal(mr_anonymizer_create(&two, NULL, false, NULL), 0);
	assert_string_not_equal(mr_anonymizer_key_id(one), mr_anonymizer_key_id(two));
	assert_string_not_equal(name_of(one, MR_NAME_HOST, "a"), name_of(two, MR_NAME_HOST, "a"));
	mr_anonymizer_destroy(one);
	mr_anonymizer_destroy(two);
}

TEST(kinds_of_names_do_not_share_tokens)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, false);
	const char *host = name_of(anonymizer, MR_NAME_HOST, "acme");
	const char *process = name_of(anonymizer, MR_NAME_PROCESS, "acme");
	const char *group = name_of(anonymizer, MR_NAME_CGROUP, "acme");

	assert_memory_equal(host, "host-", 5);
	assert_memory_equal(process, "proc-", 5);
	assert_memory_equal(group, "group-", 6);
	assert_int_equal(strlen(process), 15);
	assert_string_not_equal(host + 5, process + 5);
	assert_string_not_equal(host + 5, group + 6);
	/* HMAC-SHA256 of "process", NUL, "acme": reckoned with another program */
	assert_string_equal(process, "proc-b5bae145e3");
	mr_anonymizer_destroy(anonymizer);
}

TEST(a_hundred_thousand_names_have_a_hundred_thousand_tokens)
{
	enum { NAMES = 100000, BYTES = 16 };
	struct mr_anonymizer *anonymizer = with_key(KEY, false);
	char *tokens = calloc(NAMES, BYTES);

	assert_non_null(tokens);
	for (int i = 0; i < NAMES; i++) {
		struct mr_buffer buffer = {0};
		char name[32];

		snprintf(name, sizeof(name), "worker-%d", i);
		mr_anonymize_name(anonymizer, MR_NAME_PROCESS, name, strlen(name), &buffer);
		memcpy(tokens + (size_t)i * BYTES, buffer.data, BYTES);
		mr_buffer_deinit(&buffer);
	}
	qsort(tokens, NAMES, BYTES, (int (*)(const void *, const void *))strcmp);
	for (size_t i = 1; i < NAMES; i++)
		assert_string_not_equal(tokens + (i - 1) * BYTES, tokens + i * BYTES);
	free(tokens);
	mr_anonymizer_destroy(anonymizer);
}

TEST(system_programs_stay_readable_unless_all_names_are_to_go)
{
	struct mr_anonymizer *some = with_key(KEY, false), *all = with_key(KEY, true);

	assert_string_equal(name_of(some, MR_NAME_PROCESS, "systemd"), "systemd");
	assert_string_equal(name_of(some, MR_NAME_PROCESS, "java"), "java");
	assert_string_equal(name_of(some, MR_NAME_CGROUP, "systemd-journald.service"),
			    "systemd-journald.service");
	assert_null(strstr(name_of(some, MR_NAME_CGROUP, "java"), "java"));
	assert_null(strstr(name_of(all, MR_NAME_PROCESS, "systemd"), "systemd"));
	assert_null(strstr(name_of(all, MR_NAME_CGROUP, "systemd-journald.service"), "journald"));
	assert_string_equal(name_of(all, MR_NAME_CGROUP, "system.slice"), "system.slice");
	assert_null(strstr(name_of(some, MR_NAME_PROCESS, "javax"), "java"));
	assert_null(strstr(name_of(some, MR_NAME_PROCESS, "bash dash"), "bash"));
	assert_null(strstr(name_of(some, MR_NAME_HOST, "systemd"), "systemd"));
	mr_anonymizer_destroy(some);
	mr_anonymizer_destroy(all);
}

TEST(cgroup_paths_keep_depth_endings_and_known_parts)
{
	static const char *const kept[] = {"system.slice",
					   "user.slice",
					   "init.scope",
					   "machine.slice",
					   "kubepods.slice",
					   "kubepods",
					   "kubepods-burstable.slice",
					   "besteffort",
					   "docker",
					   "lxc",
					   "..",
					   "user-1000.slice",
					   "user@1000.service",
					   "session-7.scope",
					   "session-c1.scope",
					   "system.slice (deleted)"};
	static const char *const replaced[][3] = {
		{"payments-api.service", "unit-", ".service"},
		{"acme.slice", "unit-", ".slice"},
		{"acme.socket", "unit-", ".socket"},
		{"acme.scope", "unit-", ".scope"},
		{"acme", "group-", ""},
		{"acme (deleted)", "group-", " (deleted)"},
		{"acme.service (deleted)", "unit-", ".service (deleted)"},
		{"user-acme.slice", "unit-", ".slice"},
		{"user-.slice", "unit-", ".slice"},
		{"user@acme.service", "unit-", ".service"},
		{".service", "group-", ""},
		{"docker-acme-shop.service", "unit-", ".service"},
		{"docker-0123456789abcdef.scope", "docker-", ".scope"},
		{"cri-containerd-0123456789abcdef.scope", "cri-containerd-", ".scope"},
		{"kubepods-burstable-pod7a96c459_d529_44ae_9f99_90d3798d6426.slice", "kubepods-burstable-pod",
		 ".slice"},
		{"pod7a96c459-d529-44ae-9f99-90d3798d6426", "pod", ""},
		{"lxc.payload.acme", "lxc.payload.", ""},
		{"a\nb", "group-", ""},
		{"a,\"b\"", "group-", ""},
		{"memory.stat", "group-", ""}};
	struct mr_anonymizer *anonymizer = with_key(KEY, false);

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		assert_string_equal(name_of(anonymizer, MR_NAME_CGROUP, kept[i]), kept[i]);
	for (size_t i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++) {
		const char *token = name_of(anonymizer, MR_NAME_CGROUP, replaced[i][0]);
		size_t before_bytes = strlen(replaced[i][1]);

		assert_memory_equal(token, replaced[i][1], before_bytes);
		assert_int_equal(strspn(token + before_bytes, "0123456789abcdef"), 10);
		assert_string_equal(token + before_bytes + 10, replaced[i][2]);
	}
	mr_anonymizer_destroy(anonymizer);
}

TEST(an_id_of_a_container_has_the_same_digits_however_it_is_wrapped)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, false);
	const char *group = name_of(anonymizer, MR_NAME_CGROUP, "0123456789abcdef");
	const char *scope = name_of(anonymizer, MR_NAME_CGROUP, "docker-0123456789abcdef.scope");

	assert_memory_equal(group + strlen("group-"), scope + strlen("docker-"), 10);
	assert_string_equal(name_of(anonymizer, MR_NAME_CGROUP, "lxc.monitor.acme") + strlen("lxc.monitor."),
			    name_of(anonymizer, MR_NAME_CGROUP, "acme") + strlen("group-"));
	mr_anonymizer_destroy(anonymizer);
}

TEST(paths_outside_of_cgroup_trees_stay_as_the_kernel_has_them)
{
	static const char *const kept[] = {"proc/meminfo",
					   "proc/17/stat",
					   "proc/17/task/18/status",
					   "proc/17",
					   "proc",
					   "proc/17/numa_maps",
					   "capture/again/3/proc/meminfo",
					   "capture/derived/proc/17/smaps_rollup",
					   "capture/hung.csv",
					   "capture/index/0001.csv",
					   "pages/pfn.u64",
					   "sys/kernel/mm/hugepages",
					   "proc/sys/vm",
					   "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages",
					   "proc/kpageflags"};
	struct mr_anonymizer *anonymizer = with_key(KEY, false);

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		assert_string_equal(path_of(anonymizer, kept[i], &both), kept[i]);
	assert_null(strstr(path_of(anonymizer, "proc/acme/stat", &both), "acme"));
	assert_null(strstr(path_of(anonymizer, "home/acme/file", &both), "acme"));
	mr_anonymizer_destroy(anonymizer);
}

TEST(paths_in_cgroup_trees_keep_the_kernels_files_and_lose_the_folders)
{
	struct mr_anonymizer *anonymizer = with_key(KEY, false);
	struct mr_mounts odd = {"srv/acme/cgroup/cpu,memory", NULL};
	const char *path, *csv;

	assert_string_equal(path_of(anonymizer, "sys/fs/cgroup/memory/memory.stat", &both),
			    "sys/fs/cgroup/memory/memory.stat");
	assert_string_equal(path_of(anonymizer, "sys/fs/cgroup/memory", &both), "sys/fs/cgroup/memory");
	assert_memory_equal(path_of(anonymizer, "capture/again/2/sys/fs/cgroup/acme/cgroup.procs", &v2),
			    "capture/again/2/sys/fs/cgroup/group-", 36);
	/* v2: a group may have the name of a controller, of a file, and what is no file is a group */
	assert_null(strstr(path_of(anonymizer, "sys/fs/cgroup/memory/memory.max", &v2), "p/memory/"));
	assert_null(strstr(path_of(anonymizer, "sys/fs/cgroup/memory.stat/acme", &v2), "memory.stat"));
	assert_null(strstr(path_of(anonymizer, "sys/fs/cgroup/a/memory.acme", &v2), "acme"));
	assert_null(strstr(path_of(anonymizer, "sys/fs/cgroup/a/acme.pressure", &v2), "acme"));
	/* without a word about mounts */
	assert_null(strstr(path_of(anonymizer, "sys/fs/cgroup/memory/acme/memory.stat", NULL), "acme"));
	/* a mount point of the customer's own is the same in meta.csv as in front of members */
	path = path_of(anonymizer, "srv/acme/cgroup/cpu,memory/x/tasks", &odd);
	csv = text_of(anonymizer, "capture/meta.csv",
		      "key,value\ncgroup1_memory_mount,\"/srv/acme/cgroup/cpu,memory\"\n");
	assert_null(strstr(path, "acme"));
	assert_null(strstr(csv, "acme"));
	const char *mount = strchr(csv, '/') + 1;
	assert_memory_equal(path, mount, (size_t)(strrchr(mount, '"') - mount));
	mr_anonymizer_destroy(anonymizer);
}

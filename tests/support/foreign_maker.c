/* Layouts of sos, smemcap and people who copy /proc.  See foreign_maker.h.
 *
 * Source: sosreports of 4.2 (the captures of hotsos), sos/report and its plugins process, memory, kernel,
 * host, processor, date; sos pull request 4347 for --pack-dir; smemcap.c of smem 1.5.
 */
#include "tests/support/foreign_maker.h"

#include <err.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/cleanup.h"
#include "tests/support/tar_out.h"

static const char *version_of(const struct mr_sos *sos)
{
	return sos->version ? sos->version : "4.2";
}

static const char *host_of(const struct mr_sos *sos)
{
	return sos->is_obfuscated ? "host0" : sos->host ? sos->host : "node7";
}

static bool is_sos_3(const struct mr_sos *sos)
{
	return version_of(sos)[0] == '3';
}

char *mr_foreign_sos_name(const struct mr_sos *sos)
{
	/* up to 3.5 the time to the second, since then the day and seven letters */
	bool has_seconds = is_sos_3(sos) && strtoul(version_of(sos) + 2, NULL, 10) < 6;
	char *name;

	if (asprintf(&name, "sosreport-%s%s", host_of(sos),
		     has_seconds ? "-20261121074103" : "-2026-11-21-kvxqzab") < 0)
		err(1, "asprintf");
	return name;
}

/* What sos takes of the kernel's files. */
static bool is_in_sosreport(const char *path)
{
	static const char *const names[] = {"smaps",   "status",    "cpuset",       "limits",
					    "oom_adj", "oom_score", "oom_score_adj"};
	const char *rest;

	if (!strncmp(path, "sys/", 4))
		return true;
	/* proc/net is a link there, to self/net */
	if (strncmp(path, "proc/", 5) != 0 || !strncmp(path, "proc/net/", 9))
		return false;
	if (!mr_tree_is_process(path, &rest))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(rest, names[i]))
			return true;
	return false;
}

/* The kernel's name, with the host's replaced. */
static char *uname_of(const struct mr_tree *kernel, const char *host)
{
	const char *text = mr_tree_text(kernel, "uname");
	const char *rest = strncmp(text, "Linux ", 6) ? NULL : strchr(text + 6, ' ');
	char *line;

	if (asprintf(&line, "Linux %s%s", host, rest ? rest : "\n") < 0)
		err(1, "asprintf");
	return line;
}

/* A file below the top folder. */
static const char *below(const char *top, const char *path)
{
	static char name[512];

	snprintf(name, sizeof(name), "%s/%s", top, path);
	return name;
}

static void add_lscpu(struct mr_tree *report, const char *top, const struct mr_tree *kernel)
{
	const char *uname = mr_tree_text(kernel, "uname");
	const char *machine = strstr(uname, "s390x")     ? "s390x"
			      : strstr(uname, "ppc64le") ? "ppc64le"
							 : "x86_64";
	unsigned cpus_count = 0;

	for (const char *line = strstr(mr_tree_text(kernel, "proc/stat"), "\ncpu"); line;
	     line = strstr(line + 1, "\ncpu"))
		cpus_count++;
	mr_tree_printf(report, below(top, "sos_commands/processor/lscpu"),
		       "Architecture:                    %s\nByte Order:                      %s Endian\n"
		       "CPU(s):                          %u\n",
		       machine, strcmp(machine, "s390x") ? "Little" : "Big", cpus_count ? cpus_count : 1);
}

static void add_commands(struct mr_tree *report, const char *top, const struct mr_tree *kernel,
			 const struct mr_sos *sos)
{
	_cleanup_free_ char *uname = uname_of(kernel, host_of(sos));
	const char *date = mr_tree_text(kernel, "date");
	struct mr_buffer text = {0};

	mr_foreign_free(&text, kernel);
	mr_tree_take(report, below(top, "sos_commands/memory/free"), &text);
	mr_foreign_ps(&text, kernel, !is_sos_3(sos));
	mr_tree_take(report,
		     below(top, is_sos_3(sos) ? "sos_commands/process/ps_auxwww"
					      : "sos_commands/process/ps_auxwwwm"),
		     &text);
	mr_tree_printf(report, below(top, "sos_commands/kernel/uname_-a"), "%s", uname);
	mr_tree_printf(
		report,
		below(top, is_sos_3(sos) ? "sos_commands/general/hostname" : "sos_commands/host/hostname"),
		"%s\n", host_of(sos));
	if (*date && strcmp(version_of(sos), "4.2") != 0)
		mr_tree_printf(
			report,
			below(top, is_sos_3(sos) ? "sos_commands/general/date" : "sos_commands/date/date"),
			"%s", date);
	add_lscpu(report, top, kernel);
}

static void add_links(struct mr_tree *report, const char *top, const struct mr_sos *sos)
{
	mr_tree_link(report, below(top, "free"), "sos_commands/memory/free");
	mr_tree_link(report, below(top, "uname"), "sos_commands/kernel/uname_-a");
	mr_tree_link(report, below(top, "ps"),
		     is_sos_3(sos) ? "sos_commands/process/ps_auxwww" : "sos_commands/process/ps_auxwwwm");
	/* in 4.2 the plugin that would have written it was not chosen */
	mr_tree_link(report, below(top, "date"), "sos_commands/systemd/timedatectl");
	mr_tree_link(report, below(top, "proc/mounts"), "self/mounts");
	mr_tree_link(report, below(top, "proc/net"), "self/net");
	mr_tree_link(report, below(top, "proc/self"), "96008");
}

static void add_manifest(struct mr_tree *report, const char *top, const char *component, const char *version)
{
	mr_tree_printf(report, below(top, "sos_reports/manifest.json"),
		       "{\n    \"version\": \"%s\",\n    \"cmdline\": \"/usr/sbin/sos %s --batch\",\n"
		       "    \"start_time\": \"2026-11-21T07:40:00.000001\",\n"
		       "    \"end_time\": \"2026-11-21T07:43:10.000001\",\n    \"compression\": \"xz\",\n"
		       "    \"components\": {\n        \"%s\": {\n            \"sysroot\": \"/\",\n"
		       "            \"plugins\": {}\n        }\n    }\n}",
		       version, component, component);
}

/* One tar in place of a folder of the report. */
static void pack_folder(struct mr_tree *report, const char *top, const struct mr_tree *kernel,
			const struct mr_sos *sos)
{
	size_t packed_bytes = strlen(sos->packed);
	const char *last = strrchr(sos->packed, '/');
	size_t skip_bytes = sos->inner == MR_SOS_INNER_TOP ? 0
			    : sos->inner == MR_SOS_INNER_PARENT
				    ? (last ? (size_t)(last + 1 - sos->packed) : 0)
				    : packed_bytes + 1;
	struct mr_tree inner = {0};
	struct mr_buffer tar = {0};
	_cleanup_free_ char *name = NULL;

	for (size_t i = 0; i < kernel->count; i++) {
		const struct mr_tree_entry *entry = &kernel->entries[i];
		if (!strncmp(entry->path, sos->packed, packed_bytes) && entry->path[packed_bytes] == '/')
			mr_tree_add(&inner, entry->path + skip_bytes, entry->bytes, entry->length_bytes);
	}
	mr_tar_pack(&inner, &(struct mr_tar_way){.format = "pax", .has_folders = true}, &tar);
	if (asprintf(&name, "%s/%s.tar", top, sos->packed) < 0)
		err(1, "asprintf");
	mr_tree_take(report, name, &tar);
	mr_tree_deinit(&inner);
}

void mr_foreign_sos(struct mr_tree *report, const struct mr_tree *kernel, const struct mr_sos *sos)
{
	_cleanup_free_ char *top = mr_foreign_sos_name(sos);
	size_t packed_bytes = sos->packed ? strlen(sos->packed) : 0;

	mr_tree_printf(report, below(top, "version.txt"), "sosreport: %s", version_of(sos));
	for (size_t i = 0; i < kernel->count; i++) {
		const struct mr_tree_entry *entry = &kernel->entries[i];
		bool is_packed = sos->packed && !strncmp(entry->path, sos->packed, packed_bytes) &&
				 entry->path[packed_bytes] == '/';
		if (is_in_sosreport(entry->path) && !is_packed)
			mr_tree_add(report, below(top, entry->path), entry->bytes, entry->length_bytes);
	}
	if (sos->packed)
		pack_folder(report, top, kernel, sos);
	add_commands(report, top, kernel, sos);
	add_links(report, top, sos);
	mr_tree_printf(report, below(top, "sos_logs/sos.log"), "%s", "2026-11-21 07:40:00,000 INFO: begin\n");
	if (is_sos_3(sos))
		mr_tree_printf(report, below(top, "sos_reports/sos.txt"), "%s", "memory\n");
	else
		add_manifest(report, top, "report", version_of(sos));
}

static void add_sha256(struct mr_tree *bundle, const char *name, const struct mr_buffer *bytes)
{
	char hex[BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha256;

	sha256_init(&sha256);
	sha256_update(&sha256, bytes->length_bytes, (const uint8_t *)bytes->data);
	sha256_digest(&sha256, sizeof(digest), digest);
	base16_encode_update(hex, sizeof(digest), digest);
	mr_tree_printf(bundle, name, "%s\n", hex);
}

void mr_foreign_sos_bundle(struct mr_tree *bundle, const struct mr_tree *const *kernels,
			   const struct mr_sos *reports, size_t count)
{
	static const char top[] = "sos-collector-2026-11-21-qwxyz";

	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *report_name = mr_foreign_sos_name(&reports[i]);
		struct mr_tree report = {0};
		struct mr_buffer tar = {0};
		char name[256];

		mr_foreign_sos(&report, kernels[i], &reports[i]);
		mr_tar_pack(&report, &(struct mr_tar_way){.filter = "xz", .has_folders = true}, &tar);
		snprintf(name, sizeof(name), "%s/%s.tar.xz.sha256", top, report_name);
		add_sha256(bundle, name, &tar);
		snprintf(name, sizeof(name), "%s/%s.tar.xz", top, report_name);
		mr_tree_take(bundle, name, &tar);
		mr_tree_deinit(&report);
	}
	mr_tree_printf(bundle, below(top, "sos_logs/ui.log"), "%s", "Successfully captured the reports\n");
	add_manifest(bundle, top, "collect", "4.2");
}

/* As smemcap's archivefile(): the whole file, or, when it cannot be read, a header of what lay on the stack.
 */
static void smemcap_file(struct mr_buffer *tar, const char *name, const char *bytes, size_t length_bytes,
			 const struct mr_smemcap *how, bool is_unreadable)
{
	struct mr_raw_header header = {.name = name,
				       .magic = MR_RAW_V7,
				       .uid = how->uid,
				       .gid = how->uid,
				       .mtime_s = how->has_negative_mtime ? -1 : 1795246863};

	if (is_unreadable) {
		header.mode = 0465;
		header.uid = 12632256;
		header.gid = 3158064;
		header.mtime_s = 0;
		length_bytes = 0;
	}
	mr_raw_member(tar, header, bytes, length_bytes);
}

/* smemcap reads proc/PID/cmdline; a tree without it gets the name. */
static void smemcap_process(struct mr_buffer *tar, const struct mr_tree *kernel, unsigned pid,
			    const struct mr_smemcap *how)
{
	static const char *const names[] = {"smaps", "cmdline", "stat"};
	char name[64], path[64];

	snprintf(name, sizeof(name), "%u", pid);
	mr_raw_header(tar, &(struct mr_raw_header){.name = name,
						   .type = '5',
						   .magic = MR_RAW_V7,
						   .mode = 0555,
						   .uid = how->uid,
						   .gid = how->uid,
						   .mtime_s = 1795246863});
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "proc/%u/%s", pid, names[i]);
		snprintf(name, sizeof(name), "%u/%s", pid, names[i]);
		const struct mr_tree_entry *entry = mr_tree_find(kernel, path);
		if (entry)
			smemcap_file(tar, name, entry->bytes, entry->length_bytes, how,
				     !i && pid == how->unreadable_pid);
		else if (!strcmp(names[i], "cmdline"))
			smemcap_file(tar, name, "/bin/program\0-x", 16, how, false);
	}
}

void mr_foreign_smemcap(struct mr_buffer *tar, const struct mr_tree *kernel, const struct mr_smemcap *how)
{
	static const char *const names[] = {"meminfo", "version"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = mr_tree_text(kernel, i ? "proc/version" : "proc/meminfo");
		smemcap_file(tar, names[i], text, strlen(text), how, false);
	}
	for (size_t i = 0; i < kernel->count; i++) {
		const char *rest;
		if (mr_tree_is_process(kernel->entries[i].path, &rest) && !strcmp(rest, "stat"))
			smemcap_process(tar, kernel, (unsigned)strtoul(kernel->entries[i].path + 5, NULL, 10),
					how);
	}
}

void mr_foreign_proc(struct mr_tree *copy, const struct mr_tree *kernel)
{
	for (size_t i = 0; i < kernel->count; i++)
		if (!strncmp(kernel->entries[i].path, "proc/", 5))
			mr_tree_add(copy, kernel->entries[i].path + 5, kernel->entries[i].bytes,
				    kernel->entries[i].length_bytes);
}

/* Anchors of paths.  See place.h. */
#include "analyze/read/foreign/place.h"

#include <string.h>

#include "analyze/read/foreign/evidence.h"
#include "schema/base/text.h"

/* sos puts the outputs of programs right below its top directory, so hints from deeper down are chance. */
#define HINT_DEPTH_MAX 1
/* A copied /proc is at most in a folder of a folder. */
#define PROC_DEPTH_MAX 2

/* ---- cgroups ---- */

/* Folders that hierarchies are mounted in. */
static const char *const cgroup_folders[] = {"sys/fs/cgroup/", "cgroup/", "dev/cgroup/", "mnt/cgroup/"};

/* Names of v1 hierarchies beside memory: what is in them is no memory. */
static const char *const controllers[] = {
	"cpu",     "cpuacct",  "cpu,cpuacct",      "cpuset",     "blkio",   "devices", "freezer",
	"net_cls", "net_prio", "net_cls,net_prio", "perf_event", "hugetlb", "pids",    "rdma",
	"misc",    "debug",    "systemd",          "elogind",    "ns",
};

static bool is_component(const char *path, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(path, name, length) && path[length] == '/';
}

static bool is_other_controller(const char *path)
{
	for (size_t i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++)
		if (is_component(path, controllers[i]))
			return true;
	return false;
}

/* mr_source_match() wants them without the slash at the end. */
static const char *const memory_mounts[] = {"sys/fs/cgroup/memory", "cgroup/memory", "dev/cgroup/memory",
					    "mnt/cgroup/memory"};
static const char *const unified_mounts[] = {"sys/fs/cgroup/unified", "cgroup/unified", "dev/cgroup/unified",
					     "mnt/cgroup/unified"};

struct mr_mounts mr_place_mounts(const char *path)
{
	struct mr_mounts mounts = {0};

	for (size_t i = 0; i < sizeof(cgroup_folders) / sizeof(cgroup_folders[0]); i++) {
		if (!mr_text_begins(path, cgroup_folders[i]))
			continue;
		const char *rest = path + strlen(cgroup_folders[i]);
		if (is_component(rest, "memory"))
			mounts.cgroup1 = memory_mounts[i];
		else if (is_component(rest, "unified"))
			mounts.cgroup2 = unified_mounts[i];
		/* other places have no v2 of their own */
		else if (!i && !is_other_controller(rest))
			mounts.cgroup2 = "sys/fs/cgroup";
		break;
	}
	return mounts;
}

/* ---- anchors ---- */

/* Files of /proc that nothing else has: so that a folder "1" with a "status" in some log is none. */
static bool is_of_process(const char *name)
{
	static const char *const files[] = {"stat",         "statm",   "status", "smaps",
					    "smaps_rollup", "cmdline", "cgroup"};
	size_t digits = strspn(name, "0123456789");

	if (!digits || name[digits] != '/')
		return false;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!strcmp(name + digits + 1, files[i]))
			return true;
	return false;
}

static bool is_of_bare_proc(const char *rest)
{
	static const char *const files[] = {"meminfo",   "vmstat",   "zoneinfo",
					    "buddyinfo", "slabinfo", "vmallocinfo"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!strcmp(rest, files[i]))
			return true;
	return is_of_process(rest);
}

static bool is_of_tree(const char *rest)
{
	struct mr_match match;

	if (mr_text_begins(rest, "proc/"))
		return is_of_process(rest + strlen("proc/")) || mr_foreign_match(rest, NULL, &match) ||
		       mr_place_is_packed(rest);
	struct mr_mounts mounts = mr_place_mounts(rest);
	if (mounts.cgroup1 || mounts.cgroup2)
		return true;
	return mr_text_begins(rest, "sys/") &&
	       (mr_foreign_match(rest, NULL, &match) || mr_place_is_packed(rest));
}

/* Whether the front of a path may be packaging. */
static bool is_kernel_folder(const char *component, size_t length)
{
	static const char *const names[] = {"proc", "sys", "cgroup"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == length && !memcmp(component, names[i], length))
			return true;
	return false;
}

struct mr_place mr_place_find(const char *path)
{
	struct mr_place weak = {.kind = MR_PLACE_NONE};
	unsigned depth = 0;

	for (const char *rest = path; rest; depth++) {
		size_t anchor_bytes = (size_t)(rest - path);
		size_t length = strcspn(rest, "/");

		if (is_of_tree(rest))
			return (struct mr_place){MR_PLACE_TREE, anchor_bytes};
		if (!weak.kind && depth <= PROC_DEPTH_MAX && is_of_bare_proc(rest))
			weak = (struct mr_place){MR_PLACE_PROC, anchor_bytes};
		if (!weak.kind && depth <= HINT_DEPTH_MAX && mr_evidence_wants(rest))
			weak = (struct mr_place){MR_PLACE_HINT, anchor_bytes};
		if (is_kernel_folder(rest, length))
			break;
		rest = rest[length] ? rest + length + 1 : NULL;
	}
	return weak;
}

const char *mr_place_path(const char *path, size_t anchor_bytes, bool is_proc, struct mr_buffer *ret_path)
{
	if (!is_proc)
		return path + anchor_bytes;
	mr_buffer_clear(ret_path);
	mr_buffer_append_text(ret_path, "proc/");
	mr_buffer_append_text(ret_path, path + anchor_bytes);
	return ret_path->failed ? path + anchor_bytes : ret_path->data;
}

/* ---- archives inside of archives ---- */

static bool ends(const char *path, const char *ending)
{
	size_t length = strlen(path), wanted = strlen(ending);

	return length > wanted && !strcmp(path + length - wanted, ending);
}

bool mr_place_is_packed(const char *path)
{
	return ends(path, ".tar") && (mr_text_begins(path, "proc/") || mr_text_begins(path, "sys/"));
}

const char *mr_place_unpacked(const char *packed, const char *member, struct mr_buffer *ret_path)
{
	size_t folder_bytes = strlen(packed) - strlen(".tar");
	const char *slash = memrchr(packed, '/', folder_bytes);
	size_t parent_bytes = (size_t)(slash - packed) + 1;
	size_t name_bytes = folder_bytes - parent_bytes;

	mr_buffer_clear(ret_path);
	if (!strncmp(member, packed, folder_bytes) && member[folder_bytes] == '/')
		mr_buffer_append_text(ret_path, member);
	else if (!strncmp(member, packed + parent_bytes, name_bytes) && member[name_bytes] == '/') {
		mr_buffer_append(ret_path, packed, parent_bytes);
		mr_buffer_append_text(ret_path, member);
	} else {
		mr_buffer_append(ret_path, packed, folder_bytes);
		mr_buffer_append(ret_path, "/", 1);
		mr_buffer_append_text(ret_path, member);
	}
	return ret_path->failed ? member : ret_path->data;
}

bool mr_place_is_archive(const char *path)
{
	static const char *const endings[] = {".tar", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst",
					      ".tgz", ".txz",    ".tbz",    ".tbz2",    ".tzst"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (ends(path, endings[i]))
			return true;
	return false;
}

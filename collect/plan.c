/* Expanding sources.def.  A pattern is walked component by component: what is written out is tried, what
 * holds a placeholder is looked for in its folder.  A path belongs to the first row that matches it, as in
 * the analyzer. */
#include "collect/plan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of these folders only some files are about memory.  A row without a name takes all but the named ones. */
static const struct {
	const char *pattern;
	const char *only[5]; /* these, when the first is not NULL */
	const char *except[2];
} choices[] = {
	{"proc/sys/kernel/{name}", {"osrelease", "shmall", "shmmax", "shmmni"}, {0}},
	{"proc/sys/kernel/random/{name}", {"boot_id"}, {0}},
	{"sys/devices/system/cpu/{name}", {"online", "possible"}, {0}},
	/* reading it folds the per-CPU counters into the global ones: mm/vmstat.c vmstat_refresh() */
	{"proc/sys/vm/{name}", {0}, {"stat_refresh"}},
};

static bool is_listed(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count && names[i]; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

bool mr_plan_wants(const char *pattern, const char *name)
{
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (!strcmp(choices[i].pattern, pattern))
			return choices[i].only[0] ? is_listed(choices[i].only, 5, name)
						  : !is_listed(choices[i].except, 2, name);
	return true;
}

static void read_system_file(struct mr_capture *capture, const char *path)
{
	const struct mr_place place = {.path = path, .subject = MR_SUBJECT_SYSTEM, .name = path};
	struct mr_reading reading;

	mr_capture_file(capture, capture->tree.root_fd, path, &place, &reading);
	capture->system_files_count += !reading.error_number;
}

void mr_plan_bracket(struct mr_capture *capture)
{
	unsigned number = capture->brackets_count++;

	if (number && capture->has_readings)
		return;
	for (size_t i = 0; i < mr_source_count; i++) {
		const char *path = mr_sources[i].pattern;
		const struct mr_place place = {
			.path = path,
			.role = number ? MR_ROLE_BRACKET : MR_ROLE_CANONICAL,
			.reading_number = number,
			.subject = MR_SUBJECT_SYSTEM,
			.name = path,
		};
		struct mr_reading reading;

		if (mr_sources[i].phase != MR_PHASE_BRACKET)
			continue;
		mr_capture_file(capture, capture->tree.root_fd, path, &place, &reading);
		capture->system_files_count += !number && !reading.error_number;
	}
}

/* A walk along one pattern.  Names are sorted, so that two captures of one machine have one order. */
struct expansion {
	struct mr_capture *capture;
	const struct mr_source *source;
	char path[512]; /* so far, and where the next component goes */
};

/* Deep enough for hugepages-*kB/stats/FILE and what kernels may yet add below transparent_hugepage. */
#define EXPANSION_DEPTH_MAX 12

static void expand(struct expansion *expansion, const char *pattern, size_t used_bytes, unsigned depth);

static bool append_component(struct expansion *expansion, size_t used_bytes, const char *name,
			     size_t length_bytes, size_t *ret_used_bytes)
{
	size_t slash_bytes = used_bytes > 0;

	if (used_bytes + slash_bytes + length_bytes >= sizeof(expansion->path))
		return false;
	if (slash_bytes)
		expansion->path[used_bytes] = '/';
	memcpy(expansion->path + used_bytes + slash_bytes, name, length_bytes);
	*ret_used_bytes = used_bytes + slash_bytes + length_bytes;
	expansion->path[*ret_used_bytes] = '\0';
	return true;
}

/* Does this path belong to the row that is being expanded, or to one above it? */
static bool is_ours(const struct expansion *expansion)
{
	struct mr_match match;

	return mr_source_match(expansion->path, &expansion->capture->mounts, &match) &&
	       match.source == expansion->source;
}

/* One name found in a folder: go into it, or read it. */
static void expand_entry(struct expansion *expansion, int folder_fd, const char *name, const char *pattern,
			 size_t used_bytes, unsigned depth)
{
	const char *after = strchr(pattern, '/');
	struct stat status;
	size_t length_bytes;

	if (!append_component(expansion, used_bytes, name, strlen(name), &length_bytes))
		return;
	if (fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (after) {
		/* a folder, or a link to one: /sys/block/zram0 */
		if (!S_ISREG(status.st_mode))
			expand(expansion, after + 1, length_bytes, depth + 1);
	} else if (S_ISDIR(status.st_mode)) {
		if (!strcmp(pattern, "**"))
			expand(expansion, "**", length_bytes, depth + 1);
	} else if (S_ISREG(status.st_mode) && (status.st_mode & 0444) &&
		   mr_plan_wants(expansion->source->pattern, name) && is_ours(expansion))
		read_system_file(expansion->capture, expansion->path);
}

static int is_no_dot_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Could the name be what this component of the pattern stands for?  "node{node}" takes node0, not has_cpu. */
static bool may_match(const char *pattern, const char *name)
{
	size_t prefix_bytes = strcspn(pattern, "{*");

	return !strncmp(pattern, name, prefix_bytes);
}

static void expand_folder(struct expansion *expansion, const char *pattern, size_t used_bytes, unsigned depth)
{
	const struct mr_tree *tree = &expansion->capture->tree;
	struct dirent **entries;

	expansion->path[used_bytes] = '\0';
	int folder_fd = mr_tree_openat(tree, tree->root_fd, expansion->path, O_RDONLY | O_DIRECTORY);
	int count = folder_fd < 0 ? -1 : scandirat(folder_fd, ".", &entries, is_no_dot_entry, alphasort);
	if (count < 0) {
		/* a folder that is there and closed is a loss; one that is not there is a kernel without the
		 * feature */
		const struct mr_place place = {
			.path = expansion->path, .subject = MR_SUBJECT_SYSTEM, .name = expansion->path};
		int error_number = folder_fd < 0 ? -folder_fd : errno;

		if (error_number != ENOENT && error_number != ENOTDIR)
			mr_capture_missing(expansion->capture, &place, error_number);
	}
	for (int i = 0; i < count; i++) {
		if (mr_capture_goes_on(expansion->capture) && may_match(pattern, entries[i]->d_name))
			expand_entry(expansion, folder_fd, entries[i]->d_name, pattern, used_bytes, depth);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	if (folder_fd >= 0)
		close(folder_fd);
}

static void expand(struct expansion *expansion, const char *pattern, size_t used_bytes, unsigned depth)
{
	size_t component_bytes;

	if (depth > EXPANSION_DEPTH_MAX)
		return;
	for (;;) {
		component_bytes = strcspn(pattern, "/");
		if (memchr(pattern, '{', component_bytes) || memchr(pattern, '*', component_bytes)) {
			expand_folder(expansion, pattern, used_bytes, depth);
			return;
		}
		if (!append_component(expansion, used_bytes, pattern, component_bytes, &used_bytes))
			return;
		if (!pattern[component_bytes])
			break;
		pattern += component_bytes + 1;
	}
	read_system_file(expansion->capture, expansion->path);
}

/* The configuration in /proc when the kernel has it built in, else the file that distributions install. */
static void read_boot_config(struct mr_capture *capture, const char *kernel_release)
{
	char path[300];

	if (!kernel_release || strchr(kernel_release, '/'))
		return;
	snprintf(path, sizeof(path), "boot/config-%s", kernel_release);
	read_system_file(capture, path);
}

void mr_plan_system(struct mr_capture *capture, const char *kernel_release)
{
	bool has_config = false;

	for (size_t i = 0; i < mr_source_count && mr_capture_goes_on(capture); i++) {
		struct expansion expansion = {.capture = capture, .source = &mr_sources[i]};
		const char *pattern = mr_sources[i].pattern;
		uint64_t before_count = capture->system_files_count;

		if (mr_sources[i].phase != MR_PHASE_SYSTEM)
			continue;
		if (!strcmp(pattern, "boot/{config}")) {
			if (!has_config)
				read_boot_config(capture, kernel_release);
			continue;
		}
		expand(&expansion, pattern, 0, 0);
		if (!strcmp(pattern, "proc/config.gz"))
			has_config = capture->system_files_count > before_count;
	}
	if (mr_capture_goes_on(capture))
		mr_capture_phase_done(capture, "system");
}

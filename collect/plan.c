/* Expanding sources.def.  A pattern is walked component by component: what is written out is tried, what
 * holds a placeholder is looked for in its folder.  A path belongs to the first row that matches it, as in
 * the analyzer. */
#include "collect/plan.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collect/folder.h"

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

/* Files of the machine that are read while others are stored. */
#define AHEAD_COUNT 64

/* Those that are asked for and not taken yet. */
struct ahead {
	struct mr_capture *capture;
	struct mr_buffer paths; /* each with its NUL */
	unsigned count;
};

static void ask(struct mr_capture *capture, const char *path)
{
	mr_reader_ask_file(&capture->readers[0], "", path, mr_capture_limit_ns(capture, 0), false);
}

static void take(struct mr_capture *capture, const char *path, unsigned reading_number)
{
	const struct mr_place place = {
		.path = path,
		.role = reading_number ? MR_ROLE_BRACKET : MR_ROLE_CANONICAL,
		.reading_number = reading_number,
		.subject = MR_SUBJECT_SYSTEM,
		.name = path,
	};
	struct mr_reading reading;

	mr_reader_answer(&capture->readers[0], &reading);
	/* as container runtimes do, with /dev/null in its place: no answer is not "nothing" */
	if (!reading.error_number && !reading.length_bytes && !capture->options->is_dry_run &&
	    mr_is_never_empty(path))
		reading.error_number = ENODATA;
	mr_capture_store(capture, &place, &reading);
	capture->system_files_count += !reading_number && !reading.error_number;
}

static void take_all(struct ahead *ahead)
{
	const char *path = ahead->paths.data;

	for (; ahead->count; ahead->count--, path += strlen(path) + 1)
		take(ahead->capture, path, 0);
	mr_buffer_clear(&ahead->paths);
}

static void read_system_file(struct ahead *ahead, const char *path)
{
	/* it was looked at before, and has its row */
	if (mr_capture_is_stuck(ahead->capture, path))
		return;
	mr_buffer_append(&ahead->paths, path, strlen(path) + 1);
	if (ahead->paths.failed) {
		ahead->capture->losses.is_partial = true;
		return;
	}
	ask(ahead->capture, path);
	if (++ahead->count == AHEAD_COUNT)
		take_all(ahead);
}

/* Parts of the capture that --without leaves out and --with adds. */
static bool is_wanted(const struct mr_capture *capture, const char *pattern)
{
	static const struct {
		const char *pattern;
		unsigned part;
	} optional[] = {
		{"proc/slabinfo", MR_PART_SLAB},
		{"proc/vmallocinfo", MR_PART_SLAB},
		{"proc/pagetypeinfo", MR_PART_PAGETYPEINFO},
	};

	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
		if (!strcmp(optional[i].pattern, pattern))
			return capture->options->parts & optional[i].part;
	return true;
}

/* Most files of the bracket. */
#define BRACKET_FILES_MAX 16

void mr_plan_bracket(struct mr_capture *capture)
{
	unsigned number = capture->brackets_count++, asked_count = 0;
	const char *asked[BRACKET_FILES_MAX];

	if ((number && capture->has_readings) || !mr_capture_goes_on(capture))
		return;
	for (size_t i = 0; i < mr_source_count && asked_count < BRACKET_FILES_MAX; i++)
		if (mr_sources[i].phase == MR_PHASE_BRACKET &&
		    !mr_capture_is_stuck(capture, mr_sources[i].pattern)) {
			asked[asked_count++] = mr_sources[i].pattern;
			ask(capture, mr_sources[i].pattern);
		}
	for (unsigned i = 0; i < asked_count; i++)
		take(capture, asked[i], number);
}

/* A walk along one pattern.  Names are sorted, so that two captures of one machine have one order. */
struct expansion {
	struct mr_capture *capture;
	struct ahead *ahead;
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
static void expand_entry(struct expansion *expansion, const struct mr_folder_entry *entry,
			 const char *pattern, size_t used_bytes, unsigned depth)
{
	const char *after = strchr(pattern, '/');
	size_t length_bytes;

	if (!append_component(expansion, used_bytes, entry->name, strlen(entry->name), &length_bytes))
		return;
	if (after) {
		/* a folder, or a link to one: /sys/block/zram0 */
		if (entry->type != DT_REG)
			expand(expansion, after + 1, length_bytes, depth + 1);
	} else if (entry->type == DT_DIR) {
		if (!strcmp(pattern, "**"))
			expand(expansion, "**", length_bytes, depth + 1);
	} else if (entry->type == DT_REG && entry->is_readable &&
		   mr_plan_wants(expansion->source->pattern, entry->name) && is_ours(expansion))
		read_system_file(expansion->ahead, expansion->path);
	else if (mr_status_of_type(entry->type) &&
		 !mr_capture_is_stuck(expansion->capture, expansion->path) &&
		 mr_plan_wants(expansion->source->pattern, entry->name) && is_ours(expansion)) {
		const struct mr_place place = {
			.path = expansion->path, .subject = MR_SUBJECT_SYSTEM, .name = expansion->path};

		mr_capture_missing(expansion->capture, &place, mr_status_of_type(entry->type));
	}
}

/* Could the name be what this component of the pattern stands for?  "node{node}" takes node0, not has_cpu. */
static bool may_match(const char *pattern, const char *name)
{
	size_t prefix_bytes = strcspn(pattern, "{*");

	return !strncmp(pattern, name, prefix_bytes);
}

static void expand_folder(struct expansion *expansion, const char *pattern, size_t used_bytes, unsigned depth)
{
	struct mr_folder folder;

	expansion->path[used_bytes] = '\0';
	take_all(expansion->ahead);
	int error_number = mr_folder_list(&folder, expansion->capture, expansion->path);
	/* a folder that is there and closed is a loss; one that is not there is a kernel without the feature.
	 * One that gave no answer has its row */
	if (error_number && error_number != ENOENT && error_number != ENOTDIR &&
	    error_number != MR_NO_ANSWER) {
		const struct mr_place place = {
			.path = expansion->path, .subject = MR_SUBJECT_SYSTEM, .name = expansion->path};

		mr_capture_missing(expansion->capture, &place, error_number);
	}
	for (size_t i = 0; i < folder.count && mr_capture_goes_on(expansion->capture); i++)
		if (may_match(pattern, folder.entries[i].name))
			expand_entry(expansion, &folder.entries[i], pattern, used_bytes, depth);
	mr_folder_deinit(&folder);
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
	read_system_file(expansion->ahead, expansion->path);
}

/* The configuration in /proc when the kernel has it built in, else the file that distributions install. */
static void read_boot_config(struct ahead *ahead, const char *kernel_release)
{
	char path[300];

	if (!kernel_release || strchr(kernel_release, '/'))
		return;
	snprintf(path, sizeof(path), "boot/config-%s", kernel_release);
	read_system_file(ahead, path);
}

void mr_plan_system(struct mr_capture *capture, const char *kernel_release)
{
	struct ahead ahead = {.capture = capture};
	bool has_config = false;

	for (size_t i = 0; i < mr_source_count && mr_capture_goes_on(capture); i++) {
		struct expansion expansion = {.capture = capture, .ahead = &ahead, .source = &mr_sources[i]};
		const char *pattern = mr_sources[i].pattern;

		if (mr_sources[i].phase != MR_PHASE_SYSTEM || !is_wanted(capture, pattern))
			continue;
		if (!strcmp(pattern, "boot/{config}")) {
			if (!has_config)
				read_boot_config(&ahead, kernel_release);
			continue;
		}
		bool is_config = !strcmp(pattern, "proc/config.gz");
		if (is_config)
			take_all(&ahead);
		uint64_t before_count = capture->system_files_count;
		expand(&expansion, pattern, 0, 0);
		if (!is_config)
			continue;
		take_all(&ahead);
		has_config = capture->system_files_count > before_count;
	}
	take_all(&ahead);
	mr_buffer_deinit(&ahead.paths);
	if (mr_capture_goes_on(capture))
		mr_capture_phase_done(capture, "system");
}

/* Walking a cgroup tree.
 *
 * Of each group first the files that must belong together: usage, stat, kmem, and usage again.  While the two
 * usages differ this is repeated, and the quietest attempt becomes the canonical one.  Then whatever else the
 * folder lists: vendors add files, so there is no list of names here, only of those that must not be read.
 *
 * The walk holds a descriptor and a folder's buffer for each level, and never follows links. */
#include "collect/cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "schema/base/cleanup.h"

/* A tree deeper than this is not walked to its end; each level costs a descriptor. */
#define DEPTH_MAX 128
#define ATTEMPTS_MAX 5
/* Names of files that are remembered; a kernel has some 30, another tree may have any number. */
#define READABLE_NAMES_BYTES_MAX 4096
/* The files of one attempt, with the second usage. */
#define QUIET_FILES_MAX 8

struct walk {
	struct mr_capture *capture;
	int version;                              /* of the hierarchy: 1 or 2 */
	struct mr_buffer path;                    /* from the top of the tree, where the walk is */
	size_t mount_bytes;                       /* of which the mount point */
	struct mr_buffer names;                   /* of the other files of a group, each with its NUL */
	struct mr_buffer readable;                /* names that were found readable, each with its NUL */
	struct mr_buffer kept;                    /* bytes of the attempts */
	const char *quiet_files[QUIET_FILES_MAX]; /* in the order of sources.def; the first is the usage */
	unsigned quiet_files_count;
};

/* One reading of an attempt, kept until it is known which attempt is the quietest. */
struct kept_reading {
	struct mr_reading reading;
	size_t offset; /* of its bytes in walk->kept */
	unsigned file, attempt;
	bool is_second_usage;
};

bool mr_cgroup_wants(int version, const char *name)
{
	/* Empty or expensive; anchors for event descriptors; triggers. */
	static const char *const never[] = {"memory.kmem.slabinfo",  "cgroup.event_control",
					    "memory.pressure_level", "memory.force_empty",
					    "memory.reclaim",        "cgroup.kill"};
	size_t length_bytes = strlen(name);

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (!strcmp(never[i], name))
			return false;
	if (version == 1)
		return true;
	return !strncmp(name, "memory.", 7) || !strncmp(name, "cgroup.", 7) ||
	       (length_bytes > 9 && !strcmp(name + length_bytes - 9, ".pressure"));
}

static struct mr_place place_of(struct walk *walk, const char *name, size_t folder_bytes)
{
	walk->path.length_bytes = folder_bytes;
	mr_buffer_append(&walk->path, "/", 1);
	mr_buffer_append_text(&walk->path, name);
	return (struct mr_place){.path = walk->path.data, .subject = MR_SUBJECT_CGROUP, .name = name};
}

static void keep(struct walk *walk, int folder_fd, unsigned file, struct kept_reading *ret)
{
	mr_slurp(&walk->capture->slurp, folder_fd, walk->quiet_files[file], &ret->reading);
	ret->file = file;
	ret->offset = walk->kept.length_bytes;
	mr_buffer_append(&walk->kept, ret->reading.bytes, ret->reading.length_bytes);
	if (ret->reading.has_more)
		ret->reading.error_number =
			EFBIG; /* never so long on a kernel; only the first part is kept */
	ret->reading.has_more = false;
}

static bool usage_of(const struct walk *walk, const struct kept_reading *kept, uint64_t *ret_bytes)
{
	char *end;

	if (kept->reading.error_number || !kept->reading.length_bytes || walk->kept.failed)
		return false;
	const char *text = walk->kept.data + kept->offset;
	errno = 0;
	*ret_bytes = strtoull(text, &end, 10);
	return !errno && end > text;
}

/* Usage, the others, usage again.  @ret_unrest_bytes: by how much the usages differ; 0 when that cannot be
 * told */
static unsigned attempt(struct walk *walk, int folder_fd, const bool has_file[], unsigned number,
			struct kept_reading ret[QUIET_FILES_MAX + 1], uint64_t *ret_unrest_bytes)
{
	uint64_t first_bytes, second_bytes;
	unsigned count = 0;

	*ret_unrest_bytes = 0;
	for (unsigned file = 0; file < walk->quiet_files_count; file++) {
		if (!has_file[file])
			continue;
		ret[count] = (struct kept_reading){.attempt = number};
		keep(walk, folder_fd, file, &ret[count++]);
	}
	if (!has_file[0] || walk->capture->has_readings)
		return count;
	ret[count] = (struct kept_reading){.attempt = number, .is_second_usage = true};
	keep(walk, folder_fd, 0, &ret[count]);
	if (usage_of(walk, &ret[0], &first_bytes) && usage_of(walk, &ret[count], &second_bytes))
		*ret_unrest_bytes =
			first_bytes > second_bytes ? first_bytes - second_bytes : second_bytes - first_bytes;
	return count + 1;
}

static void store_attempts(struct walk *walk, size_t folder_bytes, struct kept_reading *readings,
			   unsigned count, unsigned quietest)
{
	unsigned others_count[QUIET_FILES_MAX] = {0};

	for (unsigned i = 0; i < count; i++) {
		struct kept_reading *kept = &readings[i];
		struct mr_place place = place_of(walk, walk->quiet_files[kept->file], folder_bytes);

		if (kept->attempt != quietest || kept->is_second_usage) {
			place.reading_number = ++others_count[kept->file];
			place.role = kept->attempt == quietest ? MR_ROLE_BRACKET : MR_ROLE_RETRY;
		}
		kept->reading.bytes = walk->kept.data ? walk->kept.data + kept->offset : "";
		mr_capture_store(walk->capture, &place, &kept->reading);
	}
}

static void read_quiet_files(struct walk *walk, int folder_fd, size_t folder_bytes, const bool has_file[])
{
	struct kept_reading readings[ATTEMPTS_MAX * (QUIET_FILES_MAX + 1)];
	uint64_t unrest_bytes = UINT64_MAX, least_bytes = UINT64_MAX;
	unsigned count = 0, quietest = 0;

	mr_buffer_clear(&walk->kept);
	for (unsigned i = 0; i < ATTEMPTS_MAX && unrest_bytes && mr_capture_goes_on(walk->capture); i++) {
		count += attempt(walk, folder_fd, has_file, i, readings + count, &unrest_bytes);
		if (unrest_bytes < least_bytes) {
			least_bytes = unrest_bytes;
			quietest = i;
		}
	}
	/* without memory for the bytes a whole group is lost; say so instead of writing others */
	for (unsigned i = 0; walk->kept.failed && i < count; i++)
		readings[i].reading = (struct mr_reading){.error_number = ENOMEM};
	store_attempts(walk, folder_bytes, readings, count, quietest);
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Sort the names of a folder: which quiet files there are, the other files to read, and whether there are
 * folders.  @return 0, or why some may be missing */
static int list(struct walk *walk, DIR *folder, bool has_file[], bool *ret_has_folders)
{
	const struct dirent *entry;

	mr_buffer_clear(&walk->names);
	*ret_has_folders = false;
	while ((errno = 0, entry = readdir(folder))) {
		unsigned file = 0;

		int type = mr_tree_entry_type(dirfd(folder), entry);
		if (type == DT_DIR) {
			*ret_has_folders |= !is_dots(entry->d_name);
			continue;
		}
		if (type != DT_REG || !mr_cgroup_wants(walk->version, entry->d_name))
			continue;
		while (file < walk->quiet_files_count && strcmp(walk->quiet_files[file], entry->d_name) != 0)
			file++;
		if (file < walk->quiet_files_count)
			has_file[file] = true;
		else
			mr_buffer_append(&walk->names, entry->d_name, strlen(entry->d_name) + 1);
	}
	return errno ? errno : walk->names.failed ? ENOMEM : 0;
}

static const char *end_of(const struct mr_buffer *names)
{
	return names->data + names->length_bytes;
}

/* What can only be written is left alone, not tried.  The groups of a hierarchy have the same files with the
 * same modes, so each name is looked at until it was found readable once. */
static bool is_readable(struct walk *walk, int folder_fd, const char *name)
{
	struct stat status;

	for (const char *known = walk->readable.data; known && known < end_of(&walk->readable);
	     known += strlen(known) + 1)
		if (!strcmp(known, name))
			return true;
	if (fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return true; /* the reading will say why not */
	if (!(status.st_mode & 0444))
		return false;
	if (walk->readable.length_bytes < READABLE_NAMES_BYTES_MAX)
		mr_buffer_append(&walk->readable, name, strlen(name) + 1);
	return true;
}

static void read_other_files(struct walk *walk, int folder_fd, size_t folder_bytes)
{
	for (const char *name = walk->names.data;
	     name && name < end_of(&walk->names) && mr_capture_goes_on(walk->capture);
	     name += strlen(name) + 1) {
		if (!is_readable(walk, folder_fd, name))
			continue;
		const struct mr_place place = place_of(walk, name, folder_bytes);
		mr_capture_file(walk->capture, folder_fd, name, &place, NULL);
	}
}

/* A row of capture/cgroups.csv.  In a tree that is not the machine's own the inodes mean nothing. */
static void note_inode(struct walk *walk, int folder_fd, size_t folder_bytes)
{
	struct mr_buffer *csv = &walk->capture->cgroups;
	struct stat status;

	if (!csv->length_bytes)
		mr_buffer_append_text(csv, "hierarchy,path,device,inode\n");
	mr_buffer_printf(csv, "%d", walk->version);
	if (folder_bytes > walk->mount_bytes)
		mr_buffer_append_csv(csv, walk->path.data + walk->mount_bytes,
				     folder_bytes - walk->mount_bytes);
	else
		mr_buffer_append_csv(csv, "/", 1);
	if (walk->capture->is_this_machine && !fstat(folder_fd, &status))
		mr_buffer_printf(csv, ",%" PRIuMAX ",%" PRIuMAX "\n", (uintmax_t)status.st_dev,
				 (uintmax_t)status.st_ino);
	else
		mr_buffer_append_text(csv, ",,\n");
}

static void read_folder(struct walk *walk, int parent_fd, const char *name, unsigned depth);

static void read_folders(struct walk *walk, DIR *folder, size_t folder_bytes, unsigned depth)
{
	const struct dirent *entry;

	rewinddir(folder);
	while (mr_capture_goes_on(walk->capture) && (entry = readdir(folder))) {
		if (is_dots(entry->d_name) || mr_tree_entry_type(dirfd(folder), entry) != DT_DIR)
			continue;
		place_of(walk, entry->d_name, folder_bytes);
		read_folder(walk, dirfd(folder), entry->d_name, depth + 1);
	}
}

static void report_folder(struct walk *walk, int error_number)
{
	const struct mr_place place = {
		.path = walk->path.data,
		.subject = MR_SUBJECT_CGROUP,
		.name = walk->path.length_bytes > walk->mount_bytes ? MR_LOSS_CGROUP_FOLDER
								    : MR_LOSS_CGROUP_MOUNT,
	};

	mr_capture_missing(walk->capture, &place, error_number);
}

/* One group and those below it; walk->path is its path. */
static void read_folder(struct walk *walk, int parent_fd, const char *name, unsigned depth)
{
	const struct mr_tree *tree = &walk->capture->tree;
	size_t folder_bytes = walk->path.length_bytes;
	bool has_file[QUIET_FILES_MAX] = {false}, has_folders;

	/* the longest name below fits then: no path of this folder can be cut short */
	if (!mr_buffer_reserve(&walk->path, NAME_MAX + 1)) {
		mr_losses_add(&walk->capture->losses, MR_SUBJECT_CGROUP, MR_LOSS_CGROUP_FOLDER, ENOMEM);
		return;
	}
	int folder_fd =
		depth > DEPTH_MAX ? -ELOOP : mr_tree_openat(tree, parent_fd, name, O_RDONLY | O_DIRECTORY);
	DIR *folder = folder_fd >= 0 ? fdopendir(folder_fd) : NULL;
	if (!folder) {
		report_folder(walk, folder_fd < 0 ? -folder_fd : ENOMEM);
		if (folder_fd >= 0)
			close(folder_fd);
		return;
	}
	walk->capture->cgroups_count++;
	note_inode(walk, folder_fd, folder_bytes);
	int error_number = list(walk, folder, has_file, &has_folders);
	if (error_number)
		report_folder(walk, error_number);
	read_quiet_files(walk, folder_fd, folder_bytes, has_file);
	read_other_files(walk, folder_fd, folder_bytes);
	if (has_folders)
		read_folders(walk, folder, folder_bytes, depth);
	closedir(folder);
	walk->path.length_bytes = folder_bytes;
}

/* The quiet files of this version, out of sources.def. */
static void find_quiet_files(struct walk *walk)
{
	static const char *const prefixes[] = {"", "{cgroup1}/", "{cgroup2}/"};
	const char *prefix = prefixes[walk->version];
	size_t prefix_bytes = strlen(prefix);

	for (size_t i = 0; i < mr_source_count; i++)
		if (mr_sources[i].phase == MR_PHASE_CGROUP_QUIET &&
		    !strncmp(mr_sources[i].pattern, prefix, prefix_bytes) &&
		    walk->quiet_files_count < QUIET_FILES_MAX)
			walk->quiet_files[walk->quiet_files_count++] = mr_sources[i].pattern + prefix_bytes;
}

static void walk_tree(struct mr_capture *capture, int version, const char *mount)
{
	struct walk walk = {.capture = capture, .version = version, .mount_bytes = strlen(mount)};

	find_quiet_files(&walk);
	mr_buffer_append_text(&walk.path, mount);
	read_folder(&walk, capture->tree.root_fd, mount, 0);
	mr_buffer_deinit(&walk.path);
	mr_buffer_deinit(&walk.names);
	mr_buffer_deinit(&walk.readable);
	mr_buffer_deinit(&walk.kept);
}

void mr_cgroups(struct mr_capture *capture)
{
	if (capture->mounts.cgroup1 && mr_capture_goes_on(capture))
		walk_tree(capture, 1, capture->mounts.cgroup1);
	if (capture->mounts.cgroup2 && mr_capture_goes_on(capture))
		walk_tree(capture, 2, capture->mounts.cgroup2);
	if (mr_capture_goes_on(capture))
		mr_capture_phase_done(capture, "cgroups");
}

void mr_cgroups_write_inodes(struct mr_capture *capture)
{
	struct mr_buffer *csv = &capture->cgroups;

	if (!csv->length_bytes)
		mr_buffer_append_text(csv, "hierarchy,path,device,inode\n");
	mr_capture_made(capture, "capture/cgroups.csv", csv);
}

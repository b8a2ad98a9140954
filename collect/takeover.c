/* Collecting an unpacked archive again must not lose what it knows: the other readings of each file, what the
 * first collector summed, and the page frames it sampled. */
#include "collect/takeover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/cgroups.h"

#define DEPTH_MAX 160
/* The inodes of a million groups. */
#define INODES_PARTS_MAX 128

struct copy {
	struct mr_capture *capture;
	struct mr_buffer path; /* from the top of the tree */
};

/* "capture/again/3/proc/meminfo" is reading 3 of proc/meminfo; other paths are what they are. */
static struct mr_place place_of(const char *path)
{
	static const char prefix[] = "capture/again/";
	char *end;

	if (strncmp(path, prefix, sizeof(prefix) - 1) != 0)
		return (struct mr_place){.path = path, .name = path};
	unsigned long number = strtoul(path + sizeof(prefix) - 1, &end, 10);
	if (number < 1 || number > 1000000 || *end != '/')
		return (struct mr_place){.path = path, .name = path};
	return (struct mr_place){
		.path = end + 1, .role = MR_ROLE_BRACKET, .reading_number = (unsigned)number, .name = path};
}

static int is_no_dot_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void copy_folder(struct copy *copy, int parent_fd, const char *name, unsigned depth)
{
	struct mr_capture *capture = copy->capture;
	size_t folder_bytes = copy->path.length_bytes;
	struct dirent **entries;

	int folder_fd = depth > DEPTH_MAX
				? -ELOOP
				: mr_tree_openat(&capture->tree, parent_fd, name, O_RDONLY | O_DIRECTORY);
	int count = folder_fd < 0 ? -1 : scandirat(folder_fd, ".", &entries, is_no_dot_entry, alphasort);
	if (count < 0) {
		const struct mr_place place = {.path = copy->path.data, .name = copy->path.data};
		int error_number = folder_fd < 0 ? -folder_fd : errno;

		/* not every archive has each of the folders */
		if (depth || error_number != ENOENT)
			mr_capture_missing(capture, &place, error_number);
	}
	for (int i = 0; i < count; i++) {
		copy->path.length_bytes = folder_bytes;
		mr_buffer_append(&copy->path, "/", 1);
		mr_buffer_append_text(&copy->path, entries[i]->d_name);
		if (!copy->path.failed && mr_capture_goes_on(capture)) {
			const struct mr_place place = place_of(copy->path.data);

			int type = mr_tree_entry_type(folder_fd, entries[i]);
			if (type == DT_DIR)
				copy_folder(copy, folder_fd, entries[i]->d_name, depth + 1);
			else if (type == DT_REG)
				mr_capture_file(capture, folder_fd, entries[i]->d_name, &place, NULL);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	if (folder_fd >= 0)
		close(folder_fd);
	copy->path.length_bytes = folder_bytes;
}

/* The inodes of the groups as they were where the archive was made. */
static void copy_inodes(struct mr_capture *capture)
{
	struct mr_reading reading;

	mr_slurp(&capture->slurp, capture->tree.root_fd, "capture/cgroups.csv", &reading);
	if (reading.error_number)
		return;
	mr_buffer_clear(&capture->cgroups);
	mr_buffer_append(&capture->cgroups, reading.bytes, reading.length_bytes);
	for (int i = 1; reading.has_more && i < INODES_PARTS_MAX; i++) {
		mr_slurp_rest(&capture->slurp, &reading);
		mr_buffer_append(&capture->cgroups, reading.bytes, reading.length_bytes);
	}
}

/* What the archive itself could not read is not in the tree, and looks like what its kernel did not have. */
static void note_completeness(struct mr_capture *capture)
{
	static const char whole[] = "\ncompleteness,complete\n";
	struct mr_reading reading;

	mr_slurp(&capture->slurp, capture->tree.root_fd, "capture/end.csv", &reading);
	if (reading.error_number || !memmem(reading.bytes, reading.length_bytes, whole, sizeof(whole) - 1))
		capture->losses.was_partial = true;
}

void mr_takeover(struct mr_capture *capture)
{
	/* capture/more is taken with the files it belongs to: mr_capture_store() */
	static const char *const folders[] = {"capture/again", "capture/derived", "pages"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct copy copy = {.capture = capture};

		/* frames sampled now, from page files in the tree, are the ones that count */
		if (!strcmp(folders[i], "pages") && capture->sampled_frames_count)
			continue;
		mr_buffer_append_text(&copy.path, folders[i]);
		if (copy.path.failed)
			capture->losses.is_partial = true;
		else
			copy_folder(&copy, capture->tree.root_fd, folders[i], 0);
		mr_buffer_deinit(&copy.path);
	}
	copy_inodes(capture);
	note_completeness(capture);
}

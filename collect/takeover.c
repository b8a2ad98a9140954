/* Collecting an unpacked archive again must not lose what it knows: the other readings of each file, what the
 * first collector summed, and the page frames it sampled. */
#include "collect/takeover.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collect/folder.h"
#include "collect/room.h"

static const char again[] = "capture/again";

#define DEPTH_MAX 160
/* The inodes of a million groups. */
#define INODES_PARTS_MAX 2048

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

static void copy_folder(struct copy *copy, unsigned depth);

static void copy_entry(struct copy *copy, const struct mr_folder_entry *entry, unsigned depth)
{
	struct mr_capture *capture = copy->capture;
	size_t folder_bytes = copy->path.length_bytes;

	mr_buffer_append(&copy->path, "/", 1);
	mr_buffer_append_text(&copy->path, entry->name);
	if (!copy->path.failed && entry->type == DT_DIR)
		copy_folder(copy, depth + 1);
	else if (!copy->path.failed && entry->type == DT_REG) {
		const struct mr_place place = place_of(copy->path.data);

		mr_capture_file(capture, "", copy->path.data, &place, NULL);
	} else if (!copy->path.failed) {
		const struct mr_place place = place_of(copy->path.data);

		mr_capture_missing(capture, &place, mr_status_of_type(entry->type));
	}
	copy->path.length_bytes = folder_bytes;
	if (copy->path.data)
		copy->path.data[folder_bytes] = '\0';
}

static void copy_folder(struct copy *copy, unsigned depth)
{
	struct mr_capture *capture = copy->capture;
	struct mr_folder folder = {0};

	int error_number = depth > DEPTH_MAX ? ELOOP : mr_folder_list(&folder, capture, copy->path.data);
	/* not every archive has each of the folders, but readings that were not made have to be there; one
	 * that gave no answer has its row */
	bool may_lack = !depth && !(capture->has_readings && !strcmp(copy->path.data, again));
	if (error_number && error_number != MR_NO_ANSWER && !(error_number == ENOENT && may_lack)) {
		const struct mr_place place = {.path = copy->path.data, .name = copy->path.data};

		mr_capture_missing(capture, &place, error_number);
	}
	for (size_t i = 0; i < folder.count && mr_capture_goes_on(capture); i++)
		copy_entry(copy, &folder.entries[i], depth);
	mr_folder_deinit(&folder);
}

/* The inodes of the groups as they were where the archive was made, in as many parts as it has. */
static void copy_inodes(struct mr_capture *capture)
{
	char path[64] = "capture/cgroups.csv";
	struct mr_reading reading;

	for (int i = 1; i <= INODES_PARTS_MAX; i++) {
		mr_reader_read(&capture->readers[0], "", path, mr_capture_limit_ns(capture, 0), &reading);
		if (i == 1 && !reading.error_number)
			mr_buffer_clear(&capture->cgroups);
		if (!reading.error_number && !mr_room_for_member(capture, path, NULL, reading.length_bytes)) {
			capture->ended_by = capture->ended_by ? capture->ended_by : "size";
			reading.error_number = MR_OVER_BUDGET;
		}
		if (reading.error_number) {
			/* there is no other part */
			if (reading.error_number != ENOENT)
				capture->cgroups_status = reading.error_number;
			return;
		}
		mr_buffer_append(&capture->cgroups, reading.bytes, reading.length_bytes);
		snprintf(path, sizeof(path), "capture/more/%d/capture/cgroups.csv", i);
	}
}

/* What the archive itself could not read is not in the tree, and looks like what its kernel did not have. */
static void note_completeness(struct mr_capture *capture)
{
	static const char whole[] = "\ncompleteness,complete\n";
	struct mr_reading reading;

	mr_capture_look(capture, "", "capture/end.csv", &reading);
	if (reading.error_number || !memmem(reading.bytes, reading.length_bytes, whole, sizeof(whole) - 1))
		capture->losses.was_partial = true;
}

void mr_takeover(struct mr_capture *capture)
{
	/* capture/more is taken with the files it belongs to: mr_capture_store() */
	static const char *const folders[] = {again, "capture/derived", "pages"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct copy copy = {.capture = capture};

		/* there is no such folder, and what stands there was made now */
		if (!strcmp(folders[i], again) && !capture->has_readings)
			continue;
		/* frames sampled now, from page files in the tree, are the ones that count */
		if (!strcmp(folders[i], "pages") && capture->sampled_frames_count)
			continue;
		mr_buffer_append_text(&copy.path, folders[i]);
		if (copy.path.failed)
			capture->losses.is_partial = true;
		else
			copy_folder(&copy, 0);
		mr_buffer_deinit(&copy.path);
	}
	copy_inodes(capture);
	note_completeness(capture);
}

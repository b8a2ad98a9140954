/* Walking a cgroup tree.
 *
 * The walk keeps a piece of the list of folders for each level, and never follows links.  The groups of a
 * piece are read one after the other, then those below them.  Which files a group has is only known when it
 * is listed; because it has nearly always those of the group before, they are asked for together with the
 * list.  A group that turns out to have others is read alone, when no answer is on its way.
 *
 * When a budget is used up the groups that are known are named as left out.  When that is the size, the walk
 * goes on without reading any file: how many groups there are is known in any case. */
#include "collect/cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "collect/cgroup_files.h"
#include "schema/base/clock.h"
#include "collect/room.h"

/* A tree deeper than this is not walked to its end. */
#define DEPTH_MAX 128
/* A group's files that are listed at once; a kernel has some 60. */
/* Folders of one level that are kept at once; the longest name has room. */
#define PIECE_BYTES 4096
#define PIECE_GROUPS_MAX (PIECE_BYTES / 24)
/* Groups that the reader is asked for ahead: two rounds of asks. */
#define AHEAD_COUNT 8
/* A part of capture/cgroups.csv; the list of a large machine does not stay in memory. */
#define INODES_PART_BYTES (64 * 1024)
/* A line of it without the path, and its part of the header. */
#define INODES_LINE_REST_BYTES 128

static void flush_inodes(struct mr_capture *capture)
{
	const struct mr_place place = {
		.path = "capture/cgroups.csv",
		.always_fits = true, /* room.c keeps it */
		.role = capture->cgroups_parts_count ? MR_ROLE_MORE : MR_ROLE_CANONICAL,
		.reading_number = capture->cgroups_parts_count,
		.subject = MR_SUBJECT_SYSTEM,
		.name = "capture/cgroups.csv",
	};
	const struct mr_reading made = {
		.error_number = capture->cgroups.failed ? ENOMEM : capture->cgroups_status,
		.start_ns = mr_now_ns(),
		.bytes = capture->cgroups.data,
		.length_bytes = capture->cgroups.length_bytes,
	};

	mr_capture_store(capture, &place, &made);
	mr_buffer_clear(&capture->cgroups);
	capture->cgroups_parts_count++;
}

/* A row of capture/cgroups.csv.  In a tree that is not the machine's own the inodes mean nothing. */
static void note_inode(struct mr_cgroup_walk *walk, const struct mr_list_head *head, size_t folder_bytes)
{
	struct mr_capture *capture = walk->capture;
	struct mr_buffer *csv = &capture->cgroups;

	if (!mr_room_for_member(capture, walk->path.data, NULL, 2 * folder_bytes + INODES_LINE_REST_BYTES)) {
		capture->ended_by = capture->ended_by ? capture->ended_by : "size";
		return;
	}
	if (!csv->length_bytes && !capture->cgroups_parts_count)
		mr_buffer_append_text(csv, "hierarchy,path,device,inode\n");
	mr_buffer_printf(csv, "%d", walk->version);
	if (folder_bytes > walk->mount_bytes)
		mr_buffer_append_csv(csv, walk->path.data + walk->mount_bytes,
				     folder_bytes - walk->mount_bytes);
	else
		mr_buffer_append_csv(csv, "/", 1);
	/* no folder has the number 0: it could not be asked for */
	if (capture->is_this_machine && head->inode)
		mr_buffer_printf(csv, ",%" PRIu64 ",%" PRIu64 "\n", head->device, head->inode);
	else
		mr_buffer_append_text(csv, ",,\n");
	if (csv->length_bytes >= INODES_PART_BYTES && !capture->is_unpacked_archive)
		flush_inodes(capture);
}

static void report_folder(struct mr_cgroup_walk *walk, int error_number)
{
	const struct mr_place place = {
		.path = walk->path.data,
		.subject = MR_SUBJECT_CGROUP,
		.name = walk->path.length_bytes > walk->mount_bytes ? MR_LOSS_CGROUP_FOLDER
								    : MR_LOSS_CGROUP_MOUNT,
	};

	mr_capture_missing(walk->capture, &place, error_number);
}

/* Note the files of a group out of the answer to a listing.  @return 0, or why some may be missing; there is
 * no group when it was not counted.  @list says where a longer listing goes on */
static int note_listing(struct mr_cgroup_walk *walk, size_t folder_bytes, const struct mr_reading *reading,
			struct mr_list_walk *list, bool is_first, bool has_quiet[MR_QUIET_FILES_MAX])
{
	const struct mr_list_head *head = mr_list_begin(list, reading->bytes, reading->length_bytes);

	if (!head)
		return reading->error_number ? reading->error_number : EPROTO;
	if (is_first) {
		walk->capture->cgroups_count++;
		mr_cgroup_folder(walk, folder_bytes);
		note_inode(walk, head, folder_bytes);
	}
	mr_cgroup_note_entries(walk, folder_bytes, list, has_quiet);
	return reading->error_number ? reading->error_number : mr_list_end(list);
}

/* Read the group that the path names, with nothing else on its way.  @return 0, or why some may be missing */
static int read_alone(struct mr_cgroup_walk *walk)
{
	size_t folder_bytes = walk->path.length_bytes;
	bool has_quiet[MR_QUIET_FILES_MAX] = {false}, is_first = true;
	struct mr_list_walk list = {0};
	struct mr_reading reading;
	int status = 0;

	mr_cgroup_begin_listing(walk);
	while (!list.is_whole && !status) {
		mr_reader_list(walk->reader, mr_cgroup_folder(walk, folder_bytes), list.next_position,
			       MR_LIST_BYTES, false, walk->limit_ns, &reading);
		status = note_listing(walk, folder_bytes, &reading, &list, is_first, has_quiet);
		if (is_first && status)
			return status;
		is_first = false;
	}
	int end_status = mr_cgroup_end_listing(walk, has_quiet);
	mr_cgroup_read_listed(walk, folder_bytes);
	mr_cgroup_folder(walk, folder_bytes);
	return status ? status : end_status;
}

/* What became of a group of a piece. */
enum group_state {
	GROUP_ALONE, /* still to be read, alone */
	GROUP_LEAF,  /* read; there are none below */
	GROUP_INNER, /* read; there are groups below */
	GROUP_GONE,
};

/* A piece of the list of the groups of one level; each field is by the order of the list. */
struct piece {
	size_t parent_bytes; /* of the path: the group that they are below */
	struct mr_list_walk list;
	enum group_state states[PIECE_GROUPS_MAX];
	const char *names[PIECE_GROUPS_MAX];
	size_t count;
};

static const char *path_of_group(struct mr_cgroup_walk *walk, const struct piece *piece, size_t number)
{
	return mr_cgroup_path(walk, piece->names[number], piece->parent_bytes);
}

/* The list and the expected files of a group that were asked for. */
static enum group_state take_group(struct mr_cgroup_walk *walk, const struct piece *piece, size_t number)
{
	bool has_quiet[MR_QUIET_FILES_MAX] = {false};
	struct mr_list_walk list;
	struct mr_reading reading;

	path_of_group(walk, piece, number);
	size_t folder_bytes = walk->path.length_bytes;
	mr_cgroup_begin_listing(walk);
	mr_reader_answer(walk->reader, &reading);
	/* a group that is not as expected is counted when it is read */
	bool is_whole = !reading.error_number && mr_list_begin(&list, reading.bytes, reading.length_bytes) &&
			list.is_whole;
	if (is_whole) {
		mr_cgroup_note_entries(walk, folder_bytes, &list, has_quiet);
		is_whole = !mr_list_end(&list) && !mr_cgroup_end_listing(walk, has_quiet) &&
			   mr_cgroup_is_expected(walk);
	}
	if (!is_whole) {
		mr_cgroup_drop(walk, folder_bytes);
		return GROUP_ALONE;
	}
	walk->capture->cgroups_count++;
	note_inode(walk, (const void *)reading.bytes, folder_bytes);
	mr_cgroup_take(walk, folder_bytes);
	return walk->has_folders ? GROUP_INNER : GROUP_LEAF;
}

/* Read groups of the piece together that are not read yet, from one on, as long as they have the files that
 * are expected. */
static void read_together(struct mr_cgroup_walk *walk, struct piece *piece, size_t first)
{
	bool is_as_expected = walk->expected.quiet.length_bytes || walk->expected.others.length_bytes;
	size_t asked = first;

	for (size_t i = first; i < piece->count && mr_capture_goes_on(walk->capture); i++) {
		for (; is_as_expected && asked < piece->count && asked < i + AHEAD_COUNT; asked++) {
			const char *folder = path_of_group(walk, piece, asked);

			if (piece->states[asked] != GROUP_ALONE)
				continue;
			mr_reader_ask_list(walk->reader, folder, 0, MR_LIST_BYTES, false, walk->limit_ns);
			mr_cgroup_ask(walk, folder, &walk->expected);
		}
		if (i == asked)
			return;
		if (piece->states[i] != GROUP_ALONE)
			continue;
		piece->states[i] = take_group(walk, piece, i);
		is_as_expected &= piece->states[i] != GROUP_ALONE;
	}
}

static void report_group(struct mr_cgroup_walk *walk, int status)
{
	if (status)
		report_folder(walk, status);
}

static enum group_state read_group_alone(struct mr_cgroup_walk *walk, const struct piece *piece,
					 size_t number)
{
	uint64_t groups_before = walk->capture->cgroups_count;

	path_of_group(walk, piece, number);
	report_group(walk, read_alone(walk));
	if (walk->capture->cgroups_count == groups_before)
		return GROUP_GONE;
	mr_cgroup_expect(walk);
	return walk->has_folders ? GROUP_INNER : GROUP_LEAF;
}

static void read_below(struct mr_cgroup_walk *walk, unsigned depth);

/* Are groups still to be found, be it only to count them? */
static bool still_finds(struct mr_cgroup_walk *walk)
{
	struct mr_capture *capture = walk->capture;

	if (mr_capture_goes_on(capture))
		return true;
	if (!mr_room_counts_on(capture))
		return false;
	/* what was asked for ahead is of no interest any more */
	if (!walk->is_counting)
		mr_reader_end(walk->reader);
	walk->is_counting = true;
	return true;
}

/* A group that a budget leaves out: it lacks its usage, and everything else.  Beside an archive that is full,
 * names would be a part of them. */
static void leave_out(struct mr_cgroup_walk *walk, const struct piece *piece, size_t number)
{
	path_of_group(walk, piece, number);
	size_t folder_bytes = walk->path.length_bytes;
	const struct mr_place place = {
		.path = mr_cgroup_path(walk, walk->quiet_files[0], folder_bytes),
		.subject = MR_SUBJECT_CGROUP,
		.name = walk->quiet_files[0],
	};

	walk->capture->cgroups_count++;
	if (walk->is_counting || !mr_room_for_member(walk->capture, place.path, NULL, 0))
		walk->left_out_count++;
	else
		mr_capture_missing(walk->capture, &place, MR_OVER_BUDGET);
}

static void read_piece(struct mr_cgroup_walk *walk, struct piece *piece, unsigned depth)
{
	const struct mr_list_entry *entry;

	piece->count = 0;
	while (piece->count < PIECE_GROUPS_MAX && (entry = mr_list_next(&piece->list))) {
		piece->states[piece->count] = GROUP_ALONE;
		piece->names[piece->count++] = mr_list_entry_name(entry);
	}
	read_together(walk, piece, 0);
	for (size_t i = 0; i < piece->count && mr_capture_goes_on(walk->capture); i++) {
		if (piece->states[i] != GROUP_ALONE)
			continue;
		piece->states[i] = read_group_alone(walk, piece, i);
		read_together(walk, piece, i + 1);
	}
	for (size_t i = 0; i < piece->count; i++) {
		bool still_goes_on = still_finds(walk),
		     is_left_out = piece->states[i] == GROUP_ALONE && walk->capture->ended_by;

		if (is_left_out)
			leave_out(walk, piece, i);
		if (!still_goes_on || (!is_left_out && piece->states[i] != GROUP_INNER))
			continue;
		path_of_group(walk, piece, i);
		read_below(walk, depth + 1);
	}
}

/* The groups below the one that the path names, a piece of the list at a time. */
static void read_below(struct mr_cgroup_walk *walk, unsigned depth)
{
	struct piece *piece = malloc(sizeof(*piece) + PIECE_BYTES);
	size_t folder_bytes = walk->path.length_bytes;
	struct mr_reading reading;
	int status = depth > DEPTH_MAX ? ELOOP : piece ? 0 : ENOMEM;

	if (piece)
		*piece = (struct piece){.parent_bytes = folder_bytes};
	/* the longest name below fits then, and that of its longest file: no path can be cut short */
	if (!mr_buffer_reserve(&walk->path, 2 * (NAME_MAX + 2)))
		status = ENOMEM;
	while (!status && !piece->list.is_whole && still_finds(walk)) {
		mr_reader_list(walk->reader, mr_cgroup_folder(walk, folder_bytes), piece->list.next_position,
			       PIECE_BYTES, true, walk->limit_ns, &reading);
		/* the walk below asks the same reader */
		if (reading.length_bytes > PIECE_BYTES)
			reading = (struct mr_reading){.error_number = EPROTO, .bytes = ""};
		memcpy(piece + 1, reading.bytes, reading.length_bytes);
		status = reading.error_number;
		if (mr_list_begin(&piece->list, (const char *)(piece + 1), reading.length_bytes))
			read_piece(walk, piece, depth);
		status = status ? status : mr_list_end(&piece->list);
	}
	free(piece);
	mr_cgroup_folder(walk, folder_bytes);
	report_group(walk, status);
}

/* Those that have no row of their own share one: that of the hierarchy. */
static void report_left_out(struct mr_cgroup_walk *walk)
{
	const struct mr_place place = {
		.path = mr_cgroup_folder(walk, walk->mount_bytes),
		.subject = MR_SUBJECT_CGROUP,
		.name = walk->quiet_files[0],
	};

	mr_room_leave_out(walk->capture, &place, walk->left_out_count);
}

static void read_tree(struct mr_cgroup_walk *walk)
{
	struct mr_capture *capture = walk->capture;
	uint64_t groups_before = capture->cgroups_count;

	if (mr_capture_goes_on(capture)) {
		report_group(walk, read_alone(walk));
		if (capture->cgroups_count > groups_before && walk->has_folders)
			read_below(walk, 1);
	} else if (still_finds(walk)) {
		capture->cgroups_count++;
		walk->left_out_count++;
		read_below(walk, 1);
	} else if (capture->ended_by)
		report_folder(walk, MR_OVER_BUDGET);
	report_left_out(walk);
}

static void walk_tree(struct mr_capture *capture, int version, const char *mount)
{
	struct mr_cgroup_walk walk = {
		.capture = capture,
		.reader = &capture->readers[0],
		.limit_ns = mr_capture_limit_ns(capture, 0),
		.version = version,
		.mount_bytes = strlen(mount),
	};

	mr_cgroup_find_quiet_files(&walk);
	mr_buffer_append_text(&walk.path, mount);
	if (mr_buffer_reserve(&walk.path, 2 * (NAME_MAX + 2)))
		read_tree(&walk);
	else
		mr_losses_add(&capture->losses, MR_SUBJECT_CGROUP, MR_LOSS_CGROUP_FOLDER, ENOMEM);
	mr_buffer_deinit(&walk.path);
	mr_cgroup_files_deinit(&walk.listed);
	mr_cgroup_files_deinit(&walk.expected);
}

/* There may be hierarchies, and nothing says where: as if the place where they usually are could not be
 * opened. */
static void report_unknown_mounts(struct mr_capture *capture)
{
	const struct mr_place place = {
		.path = "sys/fs/cgroup", .subject = MR_SUBJECT_CGROUP, .name = MR_LOSS_CGROUP_MOUNT};

	mr_capture_missing(capture, &place, capture->mounts_status);
}

void mr_cgroups(struct mr_capture *capture)
{
	if (!(capture->options->parts & MR_PART_CGROUPS))
		return;
	if (capture->mounts_status)
		report_unknown_mounts(capture);
	if (capture->mounts.cgroup1)
		walk_tree(capture, 1, capture->mounts.cgroup1);
	if (capture->mounts.cgroup2)
		walk_tree(capture, 2, capture->mounts.cgroup2);
	if (mr_capture_goes_on(capture))
		mr_capture_phase_done(capture, "cgroups");
}

void mr_cgroups_write_inodes(struct mr_capture *capture)
{
	struct mr_buffer *csv = &capture->cgroups;

	if (!csv->length_bytes && capture->cgroups_parts_count)
		return;
	if (!csv->length_bytes)
		mr_buffer_append_text(csv, "hierarchy,path,device,inode\n");
	flush_inodes(capture);
}

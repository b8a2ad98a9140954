/* Walking a cgroup tree.
 *
 * Of each group first the files that must belong together: usage, stat, kmem, and usage again.  While the two
 * usages differ this is repeated, and the quietest attempt becomes the canonical one.  Then whatever else the
 * folder lists: vendors add files, so there is no list of names here, only of those that must not be read.
 *
 * The walk keeps a piece of the list of folders for each level, and never follows links.  The groups of a
 * piece are read one after the other, then those below them.  Which files a group has is only known when it
 * is listed; because it has nearly always those of the group before, they are asked for together with the
 * list.  A group that turns out to have others is read alone, when no answer is on its way. */
#include "collect/cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "collect/clock.h"

/* A tree deeper than this is not walked to its end. */
#define DEPTH_MAX 128
/* A group's files that are listed at once; a kernel has some 60. */
#define LIST_BYTES (32 * 1024)
/* Folders of one level that are kept at once; the longest name has room. */
#define PIECE_BYTES 4096
#define PIECE_GROUPS_MAX (PIECE_BYTES / 24)
/* Groups that the reader is asked for ahead: two rounds of asks. */
#define AHEAD_COUNT 8
/* A part of capture/cgroups.csv; the list of a large machine does not stay in memory. */
#define INODES_PART_BYTES (64 * 1024)

/* The files of a group that are wanted: names, each with its NUL. */
struct files {
	struct mr_buffer quiet; /* those that belong together, in the order of sources.def */
	struct mr_buffer others;
	bool has_usage; /* the first of the quiet ones is the usage */
};

struct walk {
	struct mr_capture *capture;
	struct mr_reader *reader;
	uint64_t limit_ns;                           /* of each file */
	int version;                                 /* of the hierarchy: 1 or 2 */
	struct mr_buffer path;                       /* from the top of the tree, where the walk is */
	size_t mount_bytes;                          /* of which the mount point */
	struct files listed;                         /* of the group that is read now */
	struct files expected;                       /* of the next ones */
	bool has_folders;                            /* the group that is read now */
	const char *quiet_files[MR_QUIET_FILES_MAX]; /* in the order of sources.def; the first is the usage */
	unsigned quiet_files_count;
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

/* Make the path that of the folder again. */
static const char *folder_of(struct walk *walk, size_t folder_bytes)
{
	walk->path.length_bytes = folder_bytes;
	walk->path.data[folder_bytes] = '\0';
	return walk->path.data;
}

/* Put a name behind the path of the folder. */
static const char *path_of(struct walk *walk, const char *name, size_t folder_bytes)
{
	walk->path.length_bytes = folder_bytes;
	mr_buffer_append(&walk->path, "/", 1);
	mr_buffer_append_text(&walk->path, name);
	return walk->path.data;
}

static void store(struct walk *walk, const char *name, size_t folder_bytes, enum mr_role role,
		  unsigned reading_number, const struct mr_reading *reading)
{
	const struct mr_place place = {
		.path = path_of(walk, name, folder_bytes),
		.role = role,
		.reading_number = reading_number,
		.subject = MR_SUBJECT_CGROUP,
		.name = name,
	};

	mr_capture_store(walk->capture, &place, reading);
}

static const char *end_of(const struct mr_buffer *names)
{
	return names->data + names->length_bytes;
}

/* The name behind, or NULL; the first when there is none before. */
static const char *next_name(const struct mr_buffer *names, const char *before)
{
	const char *name = before ? before + strlen(before) + 1 : names->data;

	return name && name < end_of(names) ? name : NULL;
}

/* In an unpacked archive the second usage is a file of its own. */
static bool reads_again(const struct walk *walk, const struct files *files)
{
	return files->has_usage && !walk->capture->has_readings;
}

static void ask_files(struct walk *walk, const char *folder, const struct files *files)
{
	if (files->quiet.length_bytes)
		mr_reader_ask_quiet(walk->reader, folder, files->quiet.data, files->quiet.length_bytes - 1,
				    reads_again(walk, files), walk->limit_ns);
	for (const char *name = NULL; (name = next_name(&files->others, name));)
		mr_reader_ask_file(walk->reader, folder, name, walk->limit_ns, false);
}

static const char *quiet_name(const struct walk *walk, unsigned number)
{
	const char *name = NULL;

	while ((name = next_name(&walk->listed.quiet, name)) && number)
		number--;
	return name;
}

/* The readings of the attempts: the quietest is canonical, its second usage a bracket, the others are
 * retries. */
static void store_quiet(struct walk *walk, size_t folder_bytes, const struct mr_reading *read)
{
	const struct mr_quiet_head *head = (const void *)read->bytes;
	unsigned others_count[MR_QUIET_FILES_MAX] = {0};
	const char *at = (const char *)(head + 1);

	for (uint32_t i = 0; i < head->readings_count; i++) {
		const struct mr_quiet_reading *quiet = (const void *)at;
		const struct mr_reading reading = {
			.reader = read->reader,
			.error_number = quiet->error_number,
			.start_ns = quiet->start_ns,
			.duration_ns = quiet->duration_ns,
			.bytes = (const char *)(quiet + 1),
			.length_bytes = quiet->length_bytes,
		};
		bool is_quietest = quiet->attempt == head->quietest,
		     is_canonical = is_quietest && !quiet->is_again;

		at += (sizeof(*quiet) + quiet->length_bytes + 7) / 8 * 8;
		store(walk, quiet_name(walk, quiet->file), folder_bytes,
		      is_canonical  ? MR_ROLE_CANONICAL
		      : is_quietest ? MR_ROLE_BRACKET
				    : MR_ROLE_RETRY,
		      is_canonical ? 0 : ++others_count[quiet->file], &reading);
	}
}

/* Files that could not be read together are read one by one: that shows which of them it was. */
static void read_quiet_alone(struct walk *walk, size_t folder_bytes)
{
	struct mr_reading reading;

	for (const char *name = NULL; (name = next_name(&walk->listed.quiet, name));) {
		mr_reader_read(walk->reader, folder_of(walk, folder_bytes), name, walk->limit_ns, &reading);
		store(walk, name, folder_bytes, MR_ROLE_CANONICAL, 0, &reading);
	}
}

/* The answers for the files that are listed. */
static void take_files(struct walk *walk, size_t folder_bytes)
{
	struct mr_reading reading;

	if (walk->listed.quiet.length_bytes) {
		mr_reader_answer(walk->reader, &reading);
		if (!reading.error_number)
			store_quiet(walk, folder_bytes, &reading);
		else if (reading.error_number == MR_NO_ANSWER)
			read_quiet_alone(walk, folder_bytes);
		else
			store(walk, walk->listed.quiet.data, folder_bytes, MR_ROLE_CANONICAL, 0, &reading);
	}
	for (const char *name = NULL; (name = next_name(&walk->listed.others, name));) {
		mr_reader_answer(walk->reader, &reading);
		store(walk, name, folder_bytes, MR_ROLE_CANONICAL, 0, &reading);
	}
}

static void drop_files(struct walk *walk, const struct files *files)
{
	struct mr_reading reading;

	if (files->quiet.length_bytes)
		mr_reader_answer(walk->reader, &reading);
	for (const char *name = NULL; (name = next_name(&files->others, name));)
		mr_reader_answer(walk->reader, &reading);
}

static void flush_inodes(struct mr_capture *capture)
{
	const struct mr_place place = {
		.path = "capture/cgroups.csv",
		.role = capture->cgroups_parts_count ? MR_ROLE_MORE : MR_ROLE_CANONICAL,
		.reading_number = capture->cgroups_parts_count,
		.subject = MR_SUBJECT_SYSTEM,
		.name = "capture/cgroups.csv",
	};
	const struct mr_reading made = {
		.error_number = capture->cgroups.failed ? ENOMEM : 0,
		.start_ns = mr_now_ns(),
		.bytes = capture->cgroups.data,
		.length_bytes = capture->cgroups.length_bytes,
	};

	mr_capture_store(capture, &place, &made);
	mr_buffer_clear(&capture->cgroups);
	capture->cgroups_parts_count++;
}

/* A row of capture/cgroups.csv.  In a tree that is not the machine's own the inodes mean nothing. */
static void note_inode(struct walk *walk, const struct mr_list_head *head, size_t folder_bytes)
{
	struct mr_capture *capture = walk->capture;
	struct mr_buffer *csv = &capture->cgroups;

	if (!csv->length_bytes && !capture->cgroups_parts_count)
		mr_buffer_append_text(csv, "hierarchy,path,device,inode\n");
	mr_buffer_printf(csv, "%d", walk->version);
	if (folder_bytes > walk->mount_bytes)
		mr_buffer_append_csv(csv, walk->path.data + walk->mount_bytes,
				     folder_bytes - walk->mount_bytes);
	else
		mr_buffer_append_csv(csv, "/", 1);
	if (capture->is_this_machine)
		mr_buffer_printf(csv, ",%" PRIu64 ",%" PRIu64 "\n", head->device, head->inode);
	else
		mr_buffer_append_text(csv, ",,\n");
	if (csv->length_bytes >= INODES_PART_BYTES && !capture->is_unpacked_archive)
		flush_inodes(capture);
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

/* @return the number of a quiet file; how many there are when it is none of them */
static unsigned quiet_number(const struct walk *walk, const char *name)
{
	unsigned number = 0;

	while (number < walk->quiet_files_count && strcmp(walk->quiet_files[number], name) != 0)
		number++;
	return number;
}

/* Note the files of a listing, and whether there are folders. */
static void note_entries(struct walk *walk, struct mr_list_walk *list, bool has_quiet[MR_QUIET_FILES_MAX])
{
	const struct mr_list_entry *entry;

	while ((entry = mr_list_next(list))) {
		const char *name = mr_list_entry_name(entry);

		walk->has_folders |= entry->type == DT_DIR;
		/* what can only be written is left alone, not tried */
		if (entry->type != DT_REG || !entry->is_readable || !mr_cgroup_wants(walk->version, name))
			continue;
		unsigned number = quiet_number(walk, name);
		if (number < walk->quiet_files_count)
			has_quiet[number] = true;
		else
			mr_buffer_append(&walk->listed.others, name, entry->name_bytes + 1u);
	}
}

/* Note the files of a group out of the answer to a listing.  @return 0, or why some may be missing; there is
 * no group when it was not counted.  @list says where a longer listing goes on */
static int note_listing(struct walk *walk, size_t folder_bytes, const struct mr_reading *reading,
			struct mr_list_walk *list, bool is_first, bool has_quiet[MR_QUIET_FILES_MAX])
{
	const struct mr_list_head *head = mr_list_begin(list, reading->bytes, reading->length_bytes);

	if (!head)
		return reading->error_number ? reading->error_number : EIO;
	if (is_first) {
		walk->capture->cgroups_count++;
		folder_of(walk, folder_bytes);
		note_inode(walk, head, folder_bytes);
	}
	note_entries(walk, list, has_quiet);
	return reading->error_number;
}

static void begin_listing(struct walk *walk)
{
	mr_buffer_clear(&walk->listed.quiet);
	mr_buffer_clear(&walk->listed.others);
	walk->listed.has_usage = false;
	walk->has_folders = false;
}

static int end_listing(struct walk *walk, const bool has_quiet[MR_QUIET_FILES_MAX])
{
	for (unsigned i = 0; i < walk->quiet_files_count; i++)
		if (has_quiet[i])
			mr_buffer_append(&walk->listed.quiet, walk->quiet_files[i],
					 strlen(walk->quiet_files[i]) + 1);
	walk->listed.has_usage = has_quiet[0];
	return walk->listed.quiet.failed || walk->listed.others.failed ? ENOMEM : 0;
}

/* Read the group that the path names, with nothing else on its way.  @return 0, or why some may be missing */
static int read_alone(struct walk *walk)
{
	size_t folder_bytes = walk->path.length_bytes;
	bool has_quiet[MR_QUIET_FILES_MAX] = {false}, is_first = true;
	struct mr_list_walk list = {0};
	struct mr_reading reading;
	int status = 0;

	begin_listing(walk);
	while (!list.is_whole && !status) {
		mr_reader_list(walk->reader, folder_of(walk, folder_bytes), list.next_position, LIST_BYTES,
			       false, walk->limit_ns, &reading);
		status = note_listing(walk, folder_bytes, &reading, &list, is_first, has_quiet);
		if (is_first && status)
			return status;
		is_first = false;
	}
	int end_status = end_listing(walk, has_quiet);
	ask_files(walk, folder_of(walk, folder_bytes), &walk->listed);
	take_files(walk, folder_bytes);
	folder_of(walk, folder_bytes);
	return status ? status : end_status;
}

static bool are_same(const struct mr_buffer *a, const struct mr_buffer *b)
{
	return a->length_bytes == b->length_bytes &&
	       (!a->length_bytes || !memcmp(a->data, b->data, a->length_bytes));
}

static bool is_expected(const struct walk *walk)
{
	return are_same(&walk->listed.quiet, &walk->expected.quiet) &&
	       are_same(&walk->listed.others, &walk->expected.others);
}

static void copy_names(struct mr_buffer *to, const struct mr_buffer *from)
{
	mr_buffer_clear(to);
	mr_buffer_append(to, from->data, from->length_bytes);
	/* then nothing is expected */
	if (to->failed)
		mr_buffer_deinit(to);
}

static void expect(struct walk *walk)
{
	copy_names(&walk->expected.quiet, &walk->listed.quiet);
	copy_names(&walk->expected.others, &walk->listed.others);
	walk->expected.has_usage = walk->listed.has_usage;
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

static const char *path_of_group(struct walk *walk, const struct piece *piece, size_t number)
{
	return path_of(walk, piece->names[number], piece->parent_bytes);
}

/* The list and the expected files of a group that were asked for. */
static enum group_state take_group(struct walk *walk, const struct piece *piece, size_t number)
{
	bool has_quiet[MR_QUIET_FILES_MAX] = {false};
	struct mr_list_walk list;
	struct mr_reading reading;

	path_of_group(walk, piece, number);
	size_t folder_bytes = walk->path.length_bytes;
	begin_listing(walk);
	mr_reader_answer(walk->reader, &reading);
	/* a group that is not as expected is counted when it is read */
	bool is_whole = !reading.error_number && mr_list_begin(&list, reading.bytes, reading.length_bytes) &&
			list.is_whole;
	if (is_whole) {
		note_entries(walk, &list, has_quiet);
		is_whole = !end_listing(walk, has_quiet) && is_expected(walk);
	}
	if (!is_whole) {
		drop_files(walk, &walk->expected);
		return GROUP_ALONE;
	}
	walk->capture->cgroups_count++;
	note_inode(walk, (const void *)reading.bytes, folder_bytes);
	take_files(walk, folder_bytes);
	return walk->has_folders ? GROUP_INNER : GROUP_LEAF;
}

/* Read groups of the piece together that are not read yet, from one on, as long as they have the files that
 * are expected. */
static void read_together(struct walk *walk, struct piece *piece, size_t first)
{
	bool is_as_expected = walk->expected.quiet.length_bytes || walk->expected.others.length_bytes;
	size_t asked = first;

	for (size_t i = first; i < piece->count && mr_capture_goes_on(walk->capture); i++) {
		for (; is_as_expected && asked < piece->count && asked < i + AHEAD_COUNT; asked++) {
			const char *folder = path_of_group(walk, piece, asked);

			if (piece->states[asked] != GROUP_ALONE)
				continue;
			mr_reader_ask_list(walk->reader, folder, 0, LIST_BYTES, false, walk->limit_ns);
			ask_files(walk, folder, &walk->expected);
		}
		if (i == asked)
			return;
		if (piece->states[i] != GROUP_ALONE)
			continue;
		piece->states[i] = take_group(walk, piece, i);
		is_as_expected &= piece->states[i] != GROUP_ALONE;
	}
}

static void report_group(struct walk *walk, int status)
{
	if (status)
		report_folder(walk, status);
}

static enum group_state read_group_alone(struct walk *walk, const struct piece *piece, size_t number)
{
	uint64_t groups_before = walk->capture->cgroups_count;

	path_of_group(walk, piece, number);
	report_group(walk, read_alone(walk));
	if (walk->capture->cgroups_count == groups_before)
		return GROUP_GONE;
	expect(walk);
	return walk->has_folders ? GROUP_INNER : GROUP_LEAF;
}

static void read_below(struct walk *walk, unsigned depth);

static void read_piece(struct walk *walk, struct piece *piece, unsigned depth)
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
	for (size_t i = 0; i < piece->count && mr_capture_goes_on(walk->capture); i++) {
		if (piece->states[i] != GROUP_INNER)
			continue;
		path_of_group(walk, piece, i);
		read_below(walk, depth + 1);
	}
}

/* The groups below the one that the path names, a piece of the list at a time. */
static void read_below(struct walk *walk, unsigned depth)
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
	while (!status && !piece->list.is_whole && mr_capture_goes_on(walk->capture)) {
		mr_reader_list(walk->reader, folder_of(walk, folder_bytes), piece->list.next_position,
			       PIECE_BYTES, true, walk->limit_ns, &reading);
		/* the walk below asks the same reader */
		memcpy(piece + 1, reading.bytes, reading.length_bytes);
		status = reading.error_number;
		if (mr_list_begin(&piece->list, (const char *)(piece + 1), reading.length_bytes))
			read_piece(walk, piece, depth);
		else if (!status)
			status = EIO;
	}
	free(piece);
	folder_of(walk, folder_bytes);
	report_group(walk, status);
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
		    walk->quiet_files_count < MR_QUIET_FILES_MAX)
			walk->quiet_files[walk->quiet_files_count++] = mr_sources[i].pattern + prefix_bytes;
}

static void read_tree(struct walk *walk)
{
	uint64_t groups_before = walk->capture->cgroups_count;

	report_group(walk, read_alone(walk));
	if (walk->capture->cgroups_count > groups_before && walk->has_folders)
		read_below(walk, 1);
}

static void files_deinit(struct files *files)
{
	mr_buffer_deinit(&files->quiet);
	mr_buffer_deinit(&files->others);
}

static void walk_tree(struct mr_capture *capture, int version, const char *mount)
{
	struct walk walk = {
		.capture = capture,
		.reader = &capture->readers[0],
		.limit_ns = mr_capture_limit_ns(capture, 0),
		.version = version,
		.mount_bytes = strlen(mount),
	};

	find_quiet_files(&walk);
	mr_buffer_append_text(&walk.path, mount);
	if (mr_buffer_reserve(&walk.path, 2 * (NAME_MAX + 2)))
		read_tree(&walk);
	else
		mr_losses_add(&capture->losses, MR_SUBJECT_CGROUP, MR_LOSS_CGROUP_FOLDER, ENOMEM);
	mr_buffer_deinit(&walk.path);
	files_deinit(&walk.listed);
	files_deinit(&walk.expected);
}

void mr_cgroups(struct mr_capture *capture)
{
	if (!(capture->options->parts & MR_PART_CGROUPS))
		return;
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

	if (!csv->length_bytes && capture->cgroups_parts_count)
		return;
	if (!csv->length_bytes)
		mr_buffer_append_text(csv, "hierarchy,path,device,inode\n");
	flush_inodes(capture);
}

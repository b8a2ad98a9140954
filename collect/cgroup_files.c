/* The files of a group.  First those that must belong together: usage, stat, kmem, and usage again.  While
 * the two usages differ this is repeated, and the quietest attempt becomes the canonical one.  Then whatever
 * else the folder lists: vendors add files, so there is no list of names here, only of those that must not be
 * read. */
#include "collect/cgroup_files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "collect/cgroups.h"
#include "schema/base/clock.h"
#include "collect/folder.h"

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

void mr_cgroup_find_quiet_files(struct mr_cgroup_walk *walk)
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

void mr_cgroup_files_deinit(struct mr_cgroup_files *files)
{
	mr_buffer_deinit(&files->quiet);
	mr_buffer_deinit(&files->others);
	mr_buffer_deinit(&files->odd);
}

const char *mr_cgroup_folder(struct mr_cgroup_walk *walk, size_t folder_bytes)
{
	walk->path.length_bytes = folder_bytes;
	walk->path.data[folder_bytes] = '\0';
	return walk->path.data;
}

const char *mr_cgroup_path(struct mr_cgroup_walk *walk, const char *name, size_t folder_bytes)
{
	walk->path.length_bytes = folder_bytes;
	mr_buffer_append(&walk->path, "/", 1);
	mr_buffer_append_text(&walk->path, name);
	return walk->path.data;
}

static void store(struct mr_cgroup_walk *walk, const char *name, size_t folder_bytes, enum mr_role role,
		  unsigned reading_number, const struct mr_reading *reading)
{
	const struct mr_place place = {
		.path = mr_cgroup_path(walk, name, folder_bytes),
		.role = role,
		.reading_number = reading_number,
		.subject = MR_SUBJECT_CGROUP,
		.name = name,
	};

	mr_capture_store(walk->capture, &place, reading);
}

/* ---- which there are ---- */

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

/* @return the number of a quiet file; how many there are when it is none of them */
static unsigned quiet_number(const struct mr_cgroup_walk *walk, const char *name)
{
	unsigned number = 0;

	while (number < walk->quiet_files_count && strcmp(walk->quiet_files[number], name) != 0)
		number++;
	return number;
}

void mr_cgroup_begin_listing(struct mr_cgroup_walk *walk)
{
	mr_buffer_clear(&walk->listed.quiet);
	mr_buffer_clear(&walk->listed.others);
	mr_buffer_clear(&walk->listed.odd);
	walk->listed.has_usage = false;
	walk->has_folders = false;
}

/* It gave no answer before, and has its row. */
static bool is_stuck(struct mr_cgroup_walk *walk, const char *name, size_t folder_bytes)
{
	bool is = walk->capture->stuck_paths.length_bytes &&
		  mr_capture_is_stuck(walk->capture, mr_cgroup_path(walk, name, folder_bytes));

	mr_cgroup_folder(walk, folder_bytes);
	return is;
}

void mr_cgroup_note_entries(struct mr_cgroup_walk *walk, size_t folder_bytes, struct mr_list_walk *list,
			    bool has_quiet[MR_QUIET_FILES_MAX])
{
	const struct mr_list_entry *entry;

	while ((entry = mr_list_next(list))) {
		const char *name = mr_list_entry_name(entry);

		walk->has_folders |= entry->type == DT_DIR;
		if (entry->type == DT_DIR || !mr_cgroup_wants(walk->version, name) ||
		    is_stuck(walk, name, folder_bytes))
			continue;
		unsigned number = quiet_number(walk, name);
		if (entry->type != DT_REG) {
			mr_buffer_append(&walk->listed.odd, &entry->type, 1);
			mr_buffer_append(&walk->listed.odd, name, entry->name_bytes + 1u);
		} else if (!entry->is_readable)
			continue; /* what can only be written is left alone, not tried */
		else if (number < walk->quiet_files_count)
			has_quiet[number] = true;
		else
			mr_buffer_append(&walk->listed.others, name, entry->name_bytes + 1u);
	}
}

int mr_cgroup_end_listing(struct mr_cgroup_walk *walk, const bool has_quiet[MR_QUIET_FILES_MAX])
{
	for (unsigned i = 0; i < walk->quiet_files_count; i++)
		if (has_quiet[i])
			mr_buffer_append(&walk->listed.quiet, walk->quiet_files[i],
					 strlen(walk->quiet_files[i]) + 1);
	walk->listed.has_usage = has_quiet[0];
	return walk->listed.quiet.failed || walk->listed.others.failed || walk->listed.odd.failed ? ENOMEM
												  : 0;
}

static bool are_same(const struct mr_buffer *a, const struct mr_buffer *b)
{
	return a->length_bytes == b->length_bytes &&
	       (!a->length_bytes || !memcmp(a->data, b->data, a->length_bytes));
}

bool mr_cgroup_is_expected(const struct mr_cgroup_walk *walk)
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

void mr_cgroup_expect(struct mr_cgroup_walk *walk)
{
	copy_names(&walk->expected.quiet, &walk->listed.quiet);
	copy_names(&walk->expected.others, &walk->listed.others);
	walk->expected.has_usage = walk->listed.has_usage;
}

/* ---- asking, and what comes ---- */

/* In an unpacked archive the second usage is a file of its own. */
static bool reads_again(const struct mr_cgroup_walk *walk, const struct mr_cgroup_files *files)
{
	return files->has_usage && !walk->capture->has_readings;
}

static void ask_quiet(struct mr_cgroup_walk *walk, const char *folder, const struct mr_cgroup_files *files)
{
	if (files->quiet.length_bytes)
		mr_reader_ask_quiet(walk->reader, folder, files->quiet.data, files->quiet.length_bytes - 1,
				    reads_again(walk, files), walk->limit_ns);
}

static void ask_others(struct mr_cgroup_walk *walk, const char *folder, const struct mr_cgroup_files *files)
{
	for (const char *name = NULL; (name = next_name(&files->others, name));)
		mr_reader_ask_file(walk->reader, folder, name, walk->limit_ns, false);
}

void mr_cgroup_ask(struct mr_cgroup_walk *walk, const char *folder, const struct mr_cgroup_files *files)
{
	ask_quiet(walk, folder, files);
	ask_others(walk, folder, files);
}

static const char *quiet_name(const struct mr_cgroup_walk *walk, unsigned number)
{
	const char *name = NULL;

	while ((name = next_name(&walk->listed.quiet, name)) && number)
		number--;
	return name;
}

static size_t quiet_reading_bytes(const struct mr_quiet_reading *quiet)
{
	return (sizeof(*quiet) + quiet->length_bytes + 7) / 8 * 8;
}

/* Are the readings all there, and of files that were asked for?  What a reader writes is not believed. */
static bool is_sound(const struct mr_cgroup_walk *walk, const struct mr_reading *read)
{
	const struct mr_quiet_head *head = (const void *)read->bytes;
	size_t left_bytes = read->length_bytes;
	const char *at = (const char *)(head + 1);

	if (left_bytes < sizeof(*head))
		return false;
	left_bytes -= sizeof(*head);
	for (uint32_t i = 0; i < head->readings_count; i++) {
		const struct mr_quiet_reading *quiet = (const void *)at;

		if (left_bytes < sizeof(*quiet) || left_bytes - sizeof(*quiet) < quiet->length_bytes ||
		    quiet->file >= MR_QUIET_FILES_MAX || !quiet_name(walk, quiet->file))
			return false;
		size_t bytes = quiet_reading_bytes(quiet);
		left_bytes -= bytes < left_bytes ? bytes : left_bytes;
		at += bytes;
	}
	return true;
}

/* The readings of the attempts: the quietest is canonical, its second usage a bracket, the others are
 * retries. */
static void store_quiet(struct mr_cgroup_walk *walk, size_t folder_bytes, const struct mr_reading *read)
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

		at += quiet_reading_bytes(quiet);
		store(walk, quiet_name(walk, quiet->file), folder_bytes,
		      is_canonical  ? MR_ROLE_CANONICAL
		      : is_quietest ? MR_ROLE_BRACKET
				    : MR_ROLE_RETRY,
		      is_canonical ? 0 : ++others_count[quiet->file], &reading);
	}
}

/* Files that could not be read together.  Those that were not answered are read one by one: that shows which
 * of them it was.  Whatever else it is, it is so of each. */
static void store_not_quiet(struct mr_cgroup_walk *walk, size_t folder_bytes, const struct mr_reading *read)
{
	bool is_tried_alone = read->error_number == MR_NO_ANSWER;
	struct mr_reading reading = *read;

	/* then there is no second usage, and that is why */
	if (is_tried_alone && reads_again(walk, &walk->listed))
		store(walk, walk->listed.quiet.data, folder_bytes, MR_ROLE_BRACKET, 1, read);
	for (const char *name = NULL; (name = next_name(&walk->listed.quiet, name));) {
		if (is_tried_alone)
			mr_reader_read(walk->reader, mr_cgroup_folder(walk, folder_bytes), name,
				       walk->limit_ns, &reading);
		store(walk, name, folder_bytes, MR_ROLE_CANONICAL, 0, &reading);
	}
}

static void take_quiet(struct mr_cgroup_walk *walk, size_t folder_bytes)
{
	struct mr_reading reading;

	if (!walk->listed.quiet.length_bytes)
		return;
	mr_reader_answer(walk->reader, &reading);
	if (!reading.error_number && !is_sound(walk, &reading)) {
		reading.error_number = EPROTO;
		reading.length_bytes = 0;
	}
	if (!reading.error_number)
		store_quiet(walk, folder_bytes, &reading);
	else
		store_not_quiet(walk, folder_bytes, &reading);
}

/* What stands in the folder in the place of a file, and is none. */
static void report_odd(struct mr_cgroup_walk *walk, size_t folder_bytes)
{
	const struct mr_buffer *odd = &walk->listed.odd;

	for (const char *at = odd->data; at && at < end_of(odd); at += strlen(at + 1) + 2) {
		struct mr_reading reading = {.error_number = mr_status_of_type((unsigned char)*at),
					     .start_ns = mr_now_ns(),
					     .bytes = ""};

		/* it is what those that were asked for ahead have waited for */
		if (walk->quiet_in_vain.error_number && quiet_number(walk, at + 1) < walk->quiet_files_count)
			reading = walk->quiet_in_vain;
		store(walk, at + 1, folder_bytes, MR_ROLE_CANONICAL, 0, &reading);
	}
}

static void take_others(struct mr_cgroup_walk *walk, size_t folder_bytes)
{
	struct mr_reading reading;

	for (const char *name = NULL; (name = next_name(&walk->listed.others, name));) {
		mr_reader_answer(walk->reader, &reading);
		store(walk, name, folder_bytes, MR_ROLE_CANONICAL, 0, &reading);
	}
	report_odd(walk, folder_bytes);
}

void mr_cgroup_take(struct mr_cgroup_walk *walk, size_t folder_bytes)
{
	take_quiet(walk, folder_bytes);
	take_others(walk, folder_bytes);
}

void mr_cgroup_drop(struct mr_cgroup_walk *walk, size_t folder_bytes)
{
	const struct mr_cgroup_files *files = &walk->expected;
	struct mr_reading reading;

	if (files->quiet.length_bytes) {
		mr_reader_answer(walk->reader, &reading);
		if (reading.error_number == MR_NO_ANSWER)
			walk->quiet_in_vain = (struct mr_reading){.error_number = MR_NO_ANSWER,
								  .start_ns = reading.start_ns,
								  .duration_ns = reading.duration_ns,
								  .bytes = ""};
	}
	for (const char *name = NULL; (name = next_name(&files->others, name));) {
		mr_reader_answer(walk->reader, &reading);
		if (reading.error_number != MR_NO_ANSWER)
			continue;
		/* it is not tried again when the group is read alone */
		mr_capture_note_stuck(walk->capture, mr_cgroup_path(walk, name, folder_bytes));
		store(walk, name, folder_bytes, MR_ROLE_CANONICAL, 0, &reading);
	}
	mr_cgroup_folder(walk, folder_bytes);
}

void mr_cgroup_read_listed(struct mr_cgroup_walk *walk, size_t folder_bytes)
{
	/* together they were tried already */
	if (walk->quiet_in_vain.error_number && are_same(&walk->listed.quiet, &walk->expected.quiet)) {
		store_not_quiet(walk, folder_bytes, &walk->quiet_in_vain);
		ask_others(walk, mr_cgroup_folder(walk, folder_bytes), &walk->listed);
	} else {
		ask_quiet(walk, mr_cgroup_folder(walk, folder_bytes), &walk->listed);
		ask_others(walk, mr_cgroup_folder(walk, folder_bytes), &walk->listed);
		take_quiet(walk, folder_bytes);
	}
	take_others(walk, folder_bytes);
	walk->quiet_in_vain = (struct mr_reading){0};
}

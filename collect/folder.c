/* Listing folders. */
#include "collect/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a folder holds is read in one go; one that holds more than this is none of a kernel. */
#define NAMES_BYTES_MAX (1024 * 1024)

struct listed {
	unsigned char type;
	bool is_readable;
};

/* Entries stand in the buffer as type and readability, then the name with its NUL, until all are known. */
static int append_entries(struct mr_folder *folder, const struct mr_reading *reading,
			  struct mr_list_walk *walk)
{
	const struct mr_list_entry *entry;

	if (!mr_list_begin(walk, reading->bytes, reading->length_bytes))
		return reading->error_number ? reading->error_number : EPROTO;
	while ((entry = mr_list_next(walk))) {
		const struct listed listed = {entry->type, entry->is_readable};

		mr_buffer_append(&folder->names, &listed, sizeof(listed));
		mr_buffer_append(&folder->names, mr_list_entry_name(entry), entry->name_bytes + 1u);
		folder->count++;
	}
	if (folder->names.failed)
		return ENOMEM;
	if (folder->names.length_bytes > NAMES_BYTES_MAX)
		return EFBIG;
	return reading->error_number ? reading->error_number : mr_list_end(walk);
}

static int by_name(const void *a, const void *b)
{
	const struct mr_folder_entry *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/* Point at the names, now that they do not move any more. */
static int make_entries(struct mr_folder *folder)
{
	const char *at = folder->names.data;

	folder->entries = reallocarray(NULL, folder->count, sizeof(folder->entries[0]));
	if (!folder->entries)
		return ENOMEM;
	for (size_t i = 0; i < folder->count; i++) {
		struct listed listed;

		memcpy(&listed, at, sizeof(listed));
		folder->entries[i] = (struct mr_folder_entry){
			.name = at + sizeof(listed), .type = listed.type, .is_readable = listed.is_readable};
		at += sizeof(listed) + strlen(at + sizeof(listed)) + 1;
	}
	qsort(folder->entries, folder->count, sizeof(folder->entries[0]), by_name);
	return 0;
}

int mr_folder_list(struct mr_folder *ret, struct mr_capture *capture, const char *path)
{
	struct mr_list_walk walk = {0};
	struct mr_reading reading;
	int status;

	*ret = (struct mr_folder){0};
	do {
		mr_capture_list(capture, path, walk.next_position, MR_LIST_BYTES, false, &reading);
		status = append_entries(ret, &reading, &walk);
	} while (!status && !walk.is_whole && mr_capture_goes_on(capture));
	if (ret->names.failed || (ret->count && make_entries(ret))) {
		mr_folder_deinit(ret);
		return ENOMEM;
	}
	return status;
}

void mr_folder_deinit(struct mr_folder *folder)
{
	free(folder->entries);
	mr_buffer_deinit(&folder->names);
	*folder = (struct mr_folder){0};
}

int mr_status_of_type(unsigned char type)
{
	if (type == DT_REG || type == DT_DIR)
		return 0;
	if (type == DT_UNKNOWN)
		return EIO;
	return type == DT_LNK ? ELOOP : ESPIPE;
}

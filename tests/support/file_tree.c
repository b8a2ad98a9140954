/* Files in memory.  See file_tree.h. */
#include "tests/support/file_tree.h"

#include <ctype.h>
#include <err.h>
#include <fts.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/base/cleanup.h"

void mr_tree_deinit(struct mr_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		free(tree->entries[i].path);
		free(tree->entries[i].target);
		free(tree->entries[i].bytes);
	}
	free(tree->entries);
	*tree = (struct mr_tree){0};
}

static struct mr_tree_entry *new_entry(struct mr_tree *tree, enum mr_tree_type type, const char *path)
{
	if (tree->count == tree->room) {
		tree->room = tree->room ? 2 * tree->room : 64;
		tree->entries = realloc(tree->entries, tree->room * sizeof(*tree->entries));
	}
	char *copy = strdup(path);
	if (!tree->entries || !copy)
		err(1, "%s", path);
	struct mr_tree_entry *entry = &tree->entries[tree->count++];
	*entry = (struct mr_tree_entry){.type = type, .path = copy};
	return entry;
}

void mr_tree_add(struct mr_tree *tree, const char *path, const void *bytes, size_t length_bytes)
{
	struct mr_tree_entry *entry = new_entry(tree, MR_TREE_FILE, path);

	entry->bytes = malloc(length_bytes + 1);
	if (!entry->bytes)
		err(1, "%s", path);
	if (length_bytes)
		memcpy(entry->bytes, bytes, length_bytes);
	entry->bytes[length_bytes] = '\0';
	entry->length_bytes = length_bytes;
}

void mr_tree_printf(struct mr_tree *tree, const char *path, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		err(1, "%s", path);
	mr_tree_add(tree, path, text, (size_t)length);
}

void mr_tree_take(struct mr_tree *tree, const char *path, struct mr_buffer *bytes)
{
	if (bytes->failed)
		errx(1, "%s: no memory", path);
	mr_tree_add(tree, path, bytes->data, bytes->length_bytes);
	mr_buffer_deinit(bytes);
}

void mr_tree_link(struct mr_tree *tree, const char *path, const char *target)
{
	struct mr_tree_entry *entry = new_entry(tree, MR_TREE_LINK, path);

	entry->target = strdup(target);
	if (!entry->target)
		err(1, "%s", path);
}

void mr_tree_folder(struct mr_tree *tree, const char *path)
{
	new_entry(tree, MR_TREE_FOLDER, path);
}

const struct mr_tree_entry *mr_tree_find(const struct mr_tree *tree, const char *path)
{
	for (size_t i = 0; i < tree->count; i++)
		if (!strcmp(tree->entries[i].path, path))
			return &tree->entries[i];
	return NULL;
}

const char *mr_tree_text(const struct mr_tree *tree, const char *path)
{
	const struct mr_tree_entry *entry = mr_tree_find(tree, path);

	return entry && entry->bytes ? entry->bytes : "";
}

static void load_file(struct mr_tree *tree, const char *path, const char *name)
{
	_cleanup_fclose_ FILE *file = fopen(name, "rbe");
	struct mr_buffer bytes = {0};
	size_t got;

	if (!file)
		err(1, "%s", name);
	do {
		char block[65536];
		got = fread(block, 1, sizeof(block), file);
		mr_buffer_append(&bytes, block, got);
	} while (got);
	mr_tree_take(tree, path, &bytes);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

void mr_tree_load(struct mr_tree *tree, const char *folder)
{
	_cleanup_free_ char *root = strdup(folder);
	char *const roots[] = {root, NULL};
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t skip_bytes = strlen(folder) + 1;

	if (!walk)
		err(1, "%s", folder);
	for (FTSENT *entry = fts_read(walk); entry; entry = fts_read(walk))
		if (entry->fts_info == FTS_F)
			load_file(tree, entry->fts_path + skip_bytes, entry->fts_path);
		else if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR)
			errx(1, "%s: %s", entry->fts_path, strerror(entry->fts_errno));
	fts_close(walk);
}

void mr_tree_copy(struct mr_tree *tree, const char *prefix, const struct mr_tree *from,
		  bool (*wanted)(const char *path))
{
	for (size_t i = 0; i < from->count; i++) {
		const struct mr_tree_entry *entry = &from->entries[i];
		_cleanup_free_ char *path = NULL;

		if (wanted && !wanted(entry->path))
			continue;
		if (asprintf(&path, "%s%s", prefix, entry->path) < 0)
			err(1, "%s", entry->path);
		if (entry->type == MR_TREE_FILE)
			mr_tree_add(tree, path, entry->bytes, entry->length_bytes);
		else if (entry->type == MR_TREE_LINK)
			mr_tree_link(tree, path, entry->target);
		else
			mr_tree_folder(tree, path);
	}
}

/* Make the folders above a path. */
static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0777);
		*slash = '/';
	}
}

void mr_tree_write(const struct mr_tree *tree, const char *folder)
{
	for (size_t i = 0; i < tree->count; i++) {
		const struct mr_tree_entry *entry = &tree->entries[i];
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/%s", folder, entry->path) < 0)
			err(1, "%s", entry->path);
		make_folders(path);
		if (entry->type == MR_TREE_FOLDER) {
			mkdir(path, 0777);
		} else if (entry->type == MR_TREE_LINK) {
			if (symlink(entry->target, path) < 0)
				err(1, "%s", path);
		} else {
			_cleanup_fclose_ FILE *file = fopen(path, "wbe");
			if (!file ||
			    fwrite(entry->bytes, 1, entry->length_bytes, file) != entry->length_bytes)
				err(1, "%s", path);
		}
	}
}

void mr_tree_pad(struct mr_tree *tree, const char *folder, size_t length_bytes)
{
	for (size_t i = 0; i < tree->count; i++) {
		struct mr_tree_entry *entry = &tree->entries[i];

		if (entry->type != MR_TREE_FILE || strncmp(entry->path, folder, strlen(folder)) != 0 ||
		    entry->path[strlen(folder)] != '/' || entry->length_bytes >= length_bytes)
			continue;
		char *bytes = calloc(1, length_bytes + 1);
		if (!bytes)
			err(1, "%s", entry->path);
		memcpy(bytes, entry->bytes, entry->length_bytes);
		free(entry->bytes);
		entry->bytes = bytes;
		entry->length_bytes = length_bytes;
	}
}

void mr_tree_strip_newlines(struct mr_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		struct mr_tree_entry *entry = &tree->entries[i];

		if (entry->length_bytes && entry->bytes[entry->length_bytes - 1] == '\n')
			entry->bytes[--entry->length_bytes] = '\0';
	}
}

bool mr_tree_is_process(const char *path, const char **ret_rest)
{
	if (strncmp(path, "proc/", 5) != 0 || !isdigit((unsigned char)path[5]))
		return false;
	const char *rest = path + 5 + strspn(path + 5, "0123456789");
	if (*rest && *rest != '/')
		return false;
	*ret_rest = *rest ? rest + 1 : rest;
	return true;
}

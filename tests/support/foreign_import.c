/* Made captures through the import.  See foreign_import.h. */
#include "tests/support/foreign_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/test.h"

static void note_capture(void *context, const char *name, int result, const struct mr_import_result *imported,
			 const struct mr_error *error)
{
	struct taken *taken = context;

	if (result) {
		taken->refused_count++;
		snprintf(taken->words, sizeof(taken->words), "%s: %s", name, error->message);
	} else if (imported->outcome == MR_IMPORT_KNOWN)
		taken->known_count++;
	else
		taken->added_count++;
}

static void note_input(void *context, size_t done)
{
	(void)context;
	(void)done;
}

void take_path(struct taken *taken, const char *path)
{
	const struct mr_import_listener listener = {taken, note_capture, note_input};
	const struct mr_import_options options = {0};
	struct mr_error error = {0};

	if (!taken->store)
		taken->store = memory();
	if (mr_import_all(taken->store, &path, 1, &options, &listener, &error) < 0)
		fail_msg("%s: %s", path, error.message);
}

void take_bytes(struct taken *taken, const char *name, const struct mr_buffer *bytes)
{
	/* one for all inputs of the program, as each file is gone before the next comes */
	static char *folder;
	_cleanup_free_ char *path = NULL;

	if (!folder)
		folder = mr_maker_folder();
	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	mr_tar_save(path, bytes);
	take_path(taken, path);
	unlink(path);
}

void take_packed(struct taken *taken, const struct mr_tree *tree, const struct mr_tar_way *way)
{
	static const struct mr_tar_way plain;
	struct mr_buffer bytes = {0};

	mr_tar_pack(tree, way ? way : &plain, &bytes);
	take_bytes(taken, "capture.tar", &bytes);
	mr_buffer_deinit(&bytes);
}

void take_folder(struct taken *taken, const struct mr_tree *tree)
{
	_cleanup_free_ char *folder = mr_maker_folder();

	mr_tree_write(tree, folder);
	take_path(taken, folder);
}

void taken_end(struct taken *taken)
{
	mr_store_close(taken->store);
	*taken = (struct taken){0};
}

void expect_cell(const struct taken *taken, const char *sql, const char *expected)
{
	const char *found = ask(taken->store, sql);

	if (strcmp(found, expected) != 0)
		fail_msg("%s\nis %s, not %s; %s", sql, found, expected, taken->words);
}

/* A folder for the files of a test. */
#ifndef MR_TESTS_SCRATCH_FOLDER_H
#define MR_TESTS_SCRATCH_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/support/test.h"

static char folder[] = "/tmp/memreckon-test-XXXXXX";

static inline void make_folder(void)
{
	strcpy(folder, "/tmp/memreckon-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
}

static inline int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	return remove(path);
}

static inline void remove_folder(void)
{
	nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* FOLDER/NAME; the result is good until the next call but three. */
static inline const char *in_folder(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

#endif

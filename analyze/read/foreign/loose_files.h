/* Kernel files that lie loose in an archive or a folder: case-17.meminfo and case-17.vmstat beside mails and
 * logs.
 *
 * Nothing in their paths says what they are, so their content has to.  Where each is another file of the
 * kernel all of them are one capture.  Where one comes twice they are of several, and those that share a name
 * before its last dot belong together. */
#ifndef MR_LOOSE_FILES_H
#define MR_LOOSE_FILES_H

#include "analyze/read/foreign/read_foreign.h"

/** Most files that are looked at, and most bytes of those that are kept. */
#define MR_LOOSE_FILES_MAX 1000
#define MR_LOOSE_BYTES_MAX (64u << 20)

struct mr_loose_file {
	char *member; /**< as the archive calls it */
	char *path;   /**< of the kernel */
	char *bytes;
	size_t length_bytes;
};

/** All zero is none. */
struct mr_loose_files {
	struct mr_loose_file *items;
	size_t count;
	size_t looked_count;
	size_t kept_bytes;
};

void mr_loose_files_deinit(struct mr_loose_files *files);

/** @return whether one more would be looked at */
bool mr_loose_files_wants(const struct mr_loose_files *files);

/**
 * Look at a file, and keep it when it is one of the kernel.
 *
 * @return  0, also when it is none, or is one too many; -ENOMEM
 */
int mr_loose_files_add(struct mr_loose_files *files, const char *member, const char *bytes,
		       size_t length_bytes);

/**
 * Tell the captures that they make.
 *
 * @name            of the archive inside of its input
 * @captures_count  grows by those that were told
 * @return          0, -ENOMEM, or what the intake returned
 */
int mr_loose_files_tell(struct mr_loose_files *files, const struct mr_walk *walk,
			const struct mr_archive *archive, const char *name, uint64_t *captures_count);

#endif

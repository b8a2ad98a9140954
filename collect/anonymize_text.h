/* Between the parts of --anonymize: paths inside texts, and the texts that are tables.  Others need
 * anonymize.h only. */
#ifndef MR_COLLECT_ANONYMIZE_TEXT_H
#define MR_COLLECT_ANONYMIZE_TEXT_H

#include "collect/anonymize.h"

/** Append the path of a cgroup below its mount point, each folder replaced; slashes stay where they are. */
void mr_anonymize_cgroup_path(struct mr_anonymizer *anonymizer, const char *path, size_t length_bytes,
			      struct mr_buffer *ret);

/** Append a mount point, each folder replaced that mount points of cgroups are not usually made of. */
void mr_anonymize_mount_path(struct mr_anonymizer *anonymizer, const char *path, size_t length_bytes,
			     struct mr_buffer *ret);

/** The path behind capture/again/N/ or capture/more/N/, which need not be there.
 * @ret_is_more  whether it was capture/more/N/ */
const char *mr_anonymize_path_of_file(const char *path, bool *ret_is_more);

/** Whether a path stands in a cgroup tree.
 * @ret_mount_bytes  length of the mount point in front of it */
bool mr_anonymize_is_in_cgroup_tree(const char *path, const struct mr_mounts *mounts,
				    size_t *ret_mount_bytes);

/** Replace the names in one of the collector's own CSV files.
 * @path  capture/NAME.csv; any but the five that are known is withheld */
enum mr_anonymized mr_anonymize_csv(struct mr_anonymizer *anonymizer, const char *path,
				    const struct mr_mounts *mounts, const char *bytes, size_t length_bytes,
				    struct mr_buffer *ret);

#endif

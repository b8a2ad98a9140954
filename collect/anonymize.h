/* Names become keyed tokens before anything is written.
 *
 * A token is HMAC-SHA256(key, kind NUL name), the first 40 bits in hex behind the name of its kind.  The same
 * key, kind and name give the same token in every file and every archive, so that what belongs together can
 * still be joined and two archives of one case can be compared.  There is no map from tokens to names,
 * neither here nor in the archive.  Among 100,000 names of a kind the chance that any two share a token is
 * below 1 in 200.
 *
 *   host-6e0c41d29b              the host
 *   proc-7f3a91c02e              a process or thread: 15 bytes, as long as a name may be in /proc/PID/stat
 *   unit-19c2d3e4f5.service      a folder of a cgroup tree whose name ends as units of systemd do
 *   group-19c2d3e4f5             any other folder of a cgroup tree
 *   docker-19c2d3e4f5.scope      the id of a container: the same digits as in group-19c2d3e4f5
 *   slab-19c2d3e4f5              a slab cache that is not on the list of the kernel's own
 *   name-19c2d3e4f5              any other name
 *   kworker/u8:3-name-19c2...    a kernel thread that works for something with a name
 *
 * Kept, because structure is what remains to be read:
 *   - names of kernel threads that are on the list of the kernel's own (known_threads.c).  That it is one is
 *     told by the kernel's flag, never by the name
 *   - the depth of cgroup paths, and of their parts: endings as .service and .slice, "..", " (deleted)",
 *     system.slice, user.slice, machine.slice, init.scope, kubepods and its classes, docker, lxc and such;
 *     user-1000.slice, user@1000.service and session-7.scope, which are numbers
 *   - names of the kernel's own files, controllers and slab caches
 *   - a short list of system programs and their units (known_names.c), unless all names are to go
 *
 * Withheld, so that nothing of them is written: every file that is not known to be free of names and not
 * rewritten here, and every file whose text is not laid out as expected.  Of those that the collector reads:
 *   - of a process smaps, maps, numa_maps, cmdline and whatever comes new
 *   - mounts, mountinfo, swaps, vmallocinfo, the kernel's command line, version (it names the build host) and
 *     configuration (it may hold a host name, a command line, paths)
 *   - files of a cgroup that no row of the catalog knows; release_agent when it names a program
 *
 * Not hidden: numbers (sizes, times, process, user and group ids, inodes, the boot id), structure (who is
 * whose parent, who is in which group, how deep), kernel release and build, machine type, devices in iomem,
 * and the kernel's names for block devices inside names of kernel threads (jbd2/sda1-8).  A key that can be
 * guessed hides nothing: who guesses key and name can compare the token.  Take it from a random source.
 */
#ifndef MR_COLLECT_ANONYMIZE_H
#define MR_COLLECT_ANONYMIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/base/buffer.h"
#include "schema/base/error.h"
#include "schema/catalog.h"

struct mr_anonymizer;

/** What a name names: the same name gives other tokens for other kinds. */
enum mr_name_kind {
	MR_NAME_HOST,
	MR_NAME_PROCESS, /**< as prctl(PR_GET_NAME) gives it, nothing escaped */
	MR_NAME_KERNEL_THREAD,
	MR_NAME_CGROUP, /**< one folder of a cgroup tree */
	MR_NAME_SLAB,   /**< a slab cache, maybe with "(id:cgroup)" behind */
	MR_NAME_OTHER,
};

enum mr_anonymized {
	MR_ANONYMIZED_KEPT,     /**< holds no name: write it as it is */
	MR_ANONYMIZED_REPLACED, /**< write what stands in the buffer instead */
	MR_ANONYMIZED_WITHHELD, /**< write nothing of it, neither bytes nor digest */
};

/**
 * Make an anonymizer.
 *
 * @key_path    a file of 16 to 4096 bytes, a newline at its end not counted; NULL makes a random key for this
 *              run.  Opened and read at once: before the process gives up its right to open it
 * @all         replace the names of well-known system programs too
 * @ret         set on success only
 * @return      0, or a negative errno with @error set: the file cannot be read, is too short or too long; the
 *              kernel has no randomness
 *
 * Owns:        *ret, for mr_anonymizer_destroy(); the key is kept in it in the form that HMAC works with
 */
int mr_anonymizer_create(struct mr_anonymizer **ret, const char *key_path, bool all, struct mr_error *error);

/** Wipe the key and free; NULL is fine. */
void mr_anonymizer_destroy(struct mr_anonymizer *anonymizer);

/** @return 8 hex digits that are the same for the same key and tell nothing else about it */
const char *mr_anonymizer_key_id(const struct mr_anonymizer *anonymizer);

/**
 * Append the token of a name, or the name itself where it is one of those that are kept.
 *
 * @kind    a name of MR_NAME_PROCESS is taken for that of a user process
 * @ret     appended to; no memory makes it failed
 */
void mr_anonymize_name(struct mr_anonymizer *anonymizer, enum mr_name_kind kind, const char *name,
		       size_t length_bytes, struct mr_buffer *ret);

/**
 * Append the path of a member with the names in it replaced.
 *
 * The path of a file as well as that of a folder: the last component stays when it is the name of a kernel
 * file.
 *
 * @path    below the top of the archive, no leading slash; capture/again/N/, capture/more/N/ and
 *          capture/derived/ may stand before it
 * @mounts  where cgroup trees begin, as the collected machine has them; sys/fs/cgroup is taken for one in any
 *          case
 * @ret     appended to; no memory makes it failed
 */
void mr_anonymize_path(struct mr_anonymizer *anonymizer, const char *path, const struct mr_mounts *mounts,
		       struct mr_buffer *ret);

/**
 * Replace the names in the text of a file, as its path demands.
 *
 * Knows the kernel's files and, of the collector's own, capture/meta.csv, cgroups.csv, hung.csv, receipt.csv,
 * end.csv and pages/.  Not the segments of the index: they are made of replaced paths to begin with.
 *
 * @path    as for mr_anonymize_path(), not replaced yet
 * @bytes   one whole reading, no NUL behind it needed; of a file in parts (capture/more/N/), those whose text
 *          has names are withheld, because the cut may go through a name, but for capture/cgroups.csv, which
 *          is cut between lines
 * @ret     cleared first; set for MR_ANONYMIZED_REPLACED.  No memory makes it failed, and the text is
 *          withheld
 */
enum mr_anonymized mr_anonymize_text(struct mr_anonymizer *anonymizer, const char *path,
				     const struct mr_mounts *mounts, const char *bytes, size_t length_bytes,
				     struct mr_buffer *ret);

#endif

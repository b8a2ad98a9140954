/* Captures as other tools make them, out of a tree of kernel files (a fixture's proc/ and sys/, or one of its
 * own). */
#ifndef MR_FOREIGN_MAKER_H
#define MR_FOREIGN_MAKER_H

#include <stdbool.h>

#include "schema/base/buffer.h"
#include "tests/support/file_tree.h"

/** A small machine without a fixture: MemTotal 8000000 kB, PIDs 1 (init), 2 (kthreadd), 20 (work er), a
 * cgroup v2 /a. Process 20 has two mappings, Rss 300 kB, Pss 250 kB; the page size is 4 KiB. */
void mr_foreign_machine(struct mr_tree *kernel);

/** A fixture: its proc/ and sys/, "uname", "date" and "pagesize"; $MR_FIXTURES is where it is looked for.  An
 * archive of ours (one with a capture/) has neither smaps nor "uname": the text is made from
 * capture/meta.csv. */
void mr_foreign_fixture(struct mr_tree *kernel, const char *name);

/** Where the names in the tar of `sos report --pack-dir` begin; the sources of 4.12 were not at hand. */
enum mr_sos_inner {
	MR_SOS_INNER_TOP,    /**< sys/fs/cgroup/web/memory.stat */
	MR_SOS_INNER_PARENT, /**< cgroup/web/memory.stat */
	MR_SOS_INNER_FOLDER, /**< web/memory.stat */
};

struct mr_sos {
	const char *version; /**< "3.2", "3.9", "4.2", "4.12"; NULL: 4.2 */
	const char *host;    /**< NULL: "node7" */
	bool is_obfuscated;  /**< `sos clean`: the host is host0, users and addresses are gone */
	const char *packed;  /**< the folder of --pack-dir, "sys/fs/cgroup"; NULL: none */
	enum mr_sos_inner inner;
};

/** The name of a report: its top folder, and its file without ".tar.xz".  For the caller to free(). */
char *mr_foreign_sos_name(const struct mr_sos *sos);

/** Add a report as sos collects it, below its top folder: /proc/PID without stat, statm, cmdline and rollup,
 * outputs of commands that say what the kernel files say, links, one of which leads nowhere. */
void mr_foreign_sos(struct mr_tree *report, const struct mr_tree *kernel, const struct mr_sos *sos);

/** Add what `sos collect` puts together: for each report a .tar.xz and a .sha256, logs and a manifest. */
void mr_foreign_sos_bundle(struct mr_tree *bundle, const struct mr_tree *const *kernels,
			   const struct mr_sos *reports, size_t count);

struct mr_smemcap {
	unsigned unreadable_pid; /**< its smaps: size 0, and mode, uid and gid as they lay on the stack; 0:
				    none */
	unsigned uid;            /**< of every member; 4294967295 overflows into the gid */
	bool has_negative_mtime;
};

/** Append a tar as smemcap writes it: V7 headers, no end, no other padding than to 512 bytes. */
void mr_foreign_smemcap(struct mr_buffer *tar, const struct mr_tree *kernel, const struct mr_smemcap *how);

/** Add /proc as somebody copied it: meminfo and 1/status at the top. */
void mr_foreign_proc(struct mr_tree *copy, const struct mr_tree *kernel);

/** Append memory.txt of supportconfig.
 * @all_lines  with -l: lines of files that begin with '#' stay */
void mr_foreign_memory_txt(struct mr_buffer *text, const struct mr_tree *kernel, bool all_lines);

/** Add a whole supportconfig, below scc_HOST_DATE. */
void mr_foreign_supportconfig(struct mr_tree *report, const struct mr_tree *kernel, const char *host);

/** Append what `free` prints, from proc/meminfo. */
void mr_foreign_free(struct mr_buffer *text, const struct mr_tree *kernel);

/** Append what `ps auxwwwm` (with a line for each thread) or `ps auxwww` prints, from proc/PID/status. */
void mr_foreign_ps(struct mr_buffer *text, const struct mr_tree *kernel, bool has_threads);

/** @return the number behind a key of proc/meminfo or proc/PID/status; 0 when there is none */
unsigned long long mr_foreign_number(const char *text, const char *key);

#endif

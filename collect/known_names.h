/* Names that tell nothing about whose machine it is: those of the kernel, of systemd's and the container
 * runtimes' cgroups, of system programs.  What --anonymize keeps. */
#ifndef MR_COLLECT_KNOWN_NAMES_H
#define MR_COLLECT_KNOWN_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/** @return whether this is the name of a well-known system program or of its unit without the ending */
bool mr_is_system_program(const char *name, size_t length_bytes);

/** @return whether this folder of a cgroup tree is structure: system.slice, kubepods, user-1000.slice */
bool mr_is_cgroup_structure(const char *name, size_t length_bytes);

/** @return whether the kernel names a file of a cgroup so.  Source: sources.def and the fields of its tables
 */
bool mr_is_cgroup_file(const char *name, size_t length_bytes);

/** @return whether this is a folder that cgroup trees are mounted on: sys, fs, cgroup, cpu,memory */
bool mr_is_mount_structure(const char *name, size_t length_bytes);

/** @return whether the name of a slab cache is one of the kernel's own */
bool mr_is_kernel_slab_cache(const char *name, size_t length_bytes);

/** @return how much of the name of a kernel thread is the kernel's own: all of it; the beginning, as
 * kworker/u8:3-, behind which it says whom it works for; or 0 */
size_t mr_kernel_thread_known_bytes(const char *name, size_t length_bytes);

/** @return whether the text is nothing but numbers and words that settings of the kernel are made of.  NUL
 * counts as a blank: archives of sysfs are padded with it */
bool mr_is_plain(const char *text, size_t length_bytes);

/** @return how many bytes at the beginning of a text are of these characters; a NUL is none of them */
size_t mr_span(const char *text, size_t length_bytes, const char *characters);

/** The next word of a text: what stands between blanks, newlines and NULs.
 * @at      moved behind the word
 * @return  its length in bytes; 0 at the end */
size_t mr_next_word(const char **at, const char *end, const char **ret_word);

#endif

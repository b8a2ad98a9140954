/* The texts of SUSE's supportconfig (memory.txt, proc.txt, basic-environment.txt, env.txt ...) cut into the
 * files and command outputs that they hold.
 *
 *     #==[ Command ]======================================#
 *     # /usr/bin/free -k
 *     ...
 *     #==[ Configuration File ]===========================#
 *     # /proc/meminfo
 *     ...
 *
 * What is in front of the first header (a banner, the customer's address) is no section.  Whatever looks like
 * a header is one: a log that quotes another supportconfig cannot be told from the real thing.
 *
 * Source: supportutils 3.0 to 3.1.16, supportconfig.rc: log_cmd(), timed_log_cmd(), log_icmd(), conf_files(),
 *         log_files(), rpm_verify(), log_entry().  conf_files() drops, unless asked for more logs, every line
 * that begins with '#' or ';' and every blank one: /proc/slabinfo comes without its line of column names.
 */
#ifndef MR_SUPPORTCONFIG_H
#define MR_SUPPORTCONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/base/buffer.h"

enum mr_supportconfig_kind {
	MR_SUPPORTCONFIG_COMMAND,
	MR_SUPPORTCONFIG_FILE, /**< "Configuration File"; files of the kernel are among them */
	MR_SUPPORTCONFIG_LOG,  /**< often only the last lines of a file */
	MR_SUPPORTCONFIG_VERIFICATION,
	MR_SUPPORTCONFIG_SYSTEM,
	MR_SUPPORTCONFIG_OTHER, /**< Note, Summary, Entry, Plugin, ... */
};

/** Where the reading is in a text; begin with mr_supportconfig_init(). */
struct mr_supportconfig {
	const char *at;
	size_t rest_bytes;
	unsigned long line; /**< number of the line at @at, from 1 */
};

/** All pointers lead into the text. */
struct mr_supportconfig_section {
	enum mr_supportconfig_kind kind;
	bool is_missing;   /**< the file or the program was not there, and the rest says no more than that */
	const char *title; /**< the path, or the command line; no NUL behind it */
	size_t title_length_bytes;
	const char *bytes; /**< without the empty lines that supportconfig puts behind a section */
	size_t length_bytes;
	unsigned long first_line; /**< of @bytes, from 1 */
};

/** @return whether a text is one of supportconfig's: a header of a section is in its first 16 KiB */
bool mr_supportconfig_is(const char *bytes, size_t length_bytes);

/**
 * Begin to read a text.
 *
 * @bytes  any bytes
 *
 * Owns:   nothing; @bytes must live as long as the sections
 */
void mr_supportconfig_init(struct mr_supportconfig *text, const char *bytes, size_t length_bytes);

/**
 * Go to the next section.
 *
 * @return  whether there is one; @ret_section is set only then
 */
bool mr_supportconfig_next(struct mr_supportconfig *text, struct mr_supportconfig_section *ret_section);

/**
 * The path under which a section is looked up.
 *
 *     file     /proc/meminfo       proc/meminfo
 *     command  /usr/bin/free -k    supportconfig/usr/bin/free -k
 *     others   /var/log/messages   supportconfig/log/var/log/messages, .../verification/..., .../other/...
 *
 * @ret_path  filled; what was in it is forgotten
 * @return    the path, in @ret_path; NULL for a title that cannot be one: empty, with a NUL, a file's with
 * ".." or longer than @path_bytes_max, and when there is no memory (@ret_path says so)
 *
 * Units:     @path_bytes_max of the title
 */
const char *mr_supportconfig_path(const struct mr_supportconfig_section *section, size_t path_bytes_max,
				  struct mr_buffer *ret_path);

#endif

/* What the user asked for.  One table of options (options.c) gives the parser, the defaults and the help. */
#ifndef MR_VERB_OPTIONS_H
#define MR_VERB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/render/render.h"
#include "schema/base/buffer.h"
#include "schema/base/error.h"

/** Sets of verbs: which options they know. */
enum mr_verb_bit {
	MR_VERB_IMPORT = 1,
	MR_VERB_LIST = 2,
	MR_VERB_REPORT = 4,
	MR_VERB_CHECK = 8,
	MR_VERB_EXPLAIN = 16,
	MR_VERB_DIFF = 32,
	MR_VERB_PAGES = 64,
	MR_VERB_PS = 128,
	MR_VERB_CGROUPS = 256,
	MR_VERB_SHOW = 512,
	MR_VERB_SQL = 1024,
	MR_VERB_SCHEMA = 2048,
	MR_VERB_VERIFY = 4096,
	MR_VERB_PRUNE = 8192,
	MR_VERB_MERGE = 16384,
	MR_VERB_MIGRATE = 32768,
	MR_VERB_ALL = 65535,
	/** those that change or look at files and print no table of amounts */
	MR_VERB_KEEPING = MR_VERB_IMPORT | MR_VERB_VERIFY | MR_VERB_PRUNE | MR_VERB_MERGE | MR_VERB_MIGRATE,
	/** those that print rows that can be sorted, cut and matched */
	MR_VERB_TABLES = MR_VERB_PS | MR_VERB_CGROUPS | MR_VERB_SHOW,
};

#define MR_OPTION_LIST_MAX 32

/** An option that may be given several times. */
struct mr_option_list {
	const char *items[MR_OPTION_LIST_MAX];
	size_t count;
};

#define MR_ROWS_DEFAULT (-1)

struct mr_options {
	bool help, version, json, quiet, verbose, ascii, reverse, raw, salvage, verify, all, dry_run, vacuum,
		capabilities;
	const char *database;
	const struct mr_format *format; /**< NULL: the verb's own choice */
	const char *sort;
	struct mr_option_list match;
	enum mr_size_unit unit;
	const char *color;
	int64_t width_cells; /**< 0: not given */
	int64_t rows;        /**< MR_ROWS_DEFAULT, or 0 for all */
	int64_t jobs;        /**< 0: not given; so for the others of import below */
	const char *as;
	const char *host;
	const char *taken;
	const char *kernel_release;
	const char *machine;
	int64_t page_size_bytes;
	int64_t cpus_online_count;
	int64_t clock_ticks_per_second;
	int64_t max_members_count;
	int64_t max_member_bytes;
	int64_t max_total_bytes;
	int64_t max_ratio;
	int64_t max_depth;
	int64_t max_path_bytes;
	int64_t max_captures_count;
	int64_t max_nesting; /**< -1: not given */
	int64_t max_cpu_s;   /**< likewise; 0: any */
	int64_t depth;       /**< 0: all levels */
	int64_t min_ppm;
	const char *against;
	const char *fail_on;
	struct mr_option_list only;
	int64_t floor_bytes; /**< -1: auto */
	const char *file;
	struct mr_option_list params;
	const char *older_than;
	struct mr_option_list hosts;
	int64_t keep_count;     /**< -1: not given */
	const char **arguments; /**< what is no option, in order */
	size_t argument_count;
};

/** The defaults; the database from the environment. */
void mr_options_init(struct mr_options *options);
void mr_options_deinit(struct mr_options *options);

/**
 * Read the arguments behind the verb.
 *
 * @verb    one bit of enum mr_verb_bit: other verbs' options are unknown; 0 knows only --help and --version
 * @return  0, -EINVAL with words that name the option, -ENOMEM
 */
int mr_options_parse(struct mr_options *options, unsigned verb, int argc, char **argv,
		     struct mr_error *error);

/** Append what the options of a verb mean, at most 80 cells wide: first its own, then those every verb knows.
 */
void mr_options_help(struct mr_buffer *out, unsigned verb);

/** "16M", "1.5G", "4096": bytes.  @return whether it is a size */
bool mr_size_parse(const char *text, int64_t *ret_bytes);

#endif

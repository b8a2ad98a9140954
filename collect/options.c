/* One table of options gives getopt's tables, the defaults, and in manual.c the help and the manual page. */
#include "collect/option_rows.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "collect/when.h"
#include "schema/base/text.h"

/* A class of half of RAM is then known to 0.4 % of RAM with 95 % confidence, for less than 0.2 s of CPU. */
#define DEFAULT_SAMPLE_FRAMES 65536
/* A sampled frame costs at least four bytes of memory until it is in the archive. */
#define SAMPLE_FRAMES_MAX (16 * 1024 * 1024)
#define DEFAULT_GZIP_LEVEL 6
#define SECOND_NS 1000000000ull
#define DEFAULT_TIMEOUT_NS (60 * SECOND_NS)
#define DEFAULT_READ_TIMEOUT_NS (5 * SECOND_NS)
#define DEFAULT_COOLDOWN_NS (300 * SECOND_NS)
#define DEFAULT_SIZE_BYTES_MAX (256ull * 1024 * 1024)
/* Below, there is no room for more than the frame of an archive. */
#define SIZE_BYTES_MAX_LEAST (256 * 1024)
#define JOBS_MAX 16

/* What getopt has read so far; the level is applied when all of it is known. */
struct mr_parsing {
	struct mr_options options;
	unsigned with, without; /* sets of enum mr_part */
	bool has_cooldown;
};

static const struct {
	const char *name;
	unsigned part;
	enum mr_level level; /* the first that has it; beyond MR_LEVEL_FULL: none */
} parts[] = {
	{"cgroups", MR_PART_CGROUPS, MR_LEVEL_QUICK},
	{"slab", MR_PART_SLAB, MR_LEVEL_QUICK},
	{"rollup", MR_PART_ROLLUP, MR_LEVEL_NORMAL},
	{"pages", MR_PART_PAGES, MR_LEVEL_NORMAL},
	{"smaps", MR_PART_SMAPS, MR_LEVEL_FULL},
	{"numa", MR_PART_NUMA, MR_LEVEL_FULL},
	{"maps", MR_PART_MAPS, MR_LEVEL_FULL + 1},
	{"argv", MR_PART_ARGV, MR_LEVEL_FULL + 1},
	{"pagetypeinfo", MR_PART_PAGETYPEINFO, MR_LEVEL_FULL + 1},
};
#define PARTS_COUNT (sizeof(parts) / sizeof(parts[0]))

static const char *const level_names[] = {"quick", "normal", "full"};

const char *mr_level_name(enum mr_level level)
{
	return level_names[level];
}

static int number(const char *argument, int base, uint64_t *ret)
{
	char *end;

	/* strtoull() takes signs, blanks and 0x, which no number here has */
	if (!*argument || argument[strspn(argument, base == 16 ? "0123456789abcdefABCDEF" : "0123456789")])
		return -EINVAL;
	errno = 0;
	unsigned long long value = strtoull(argument, &end, base);
	if (errno || *end)
		return -EINVAL;
	*ret = value;
	return 0;
}

struct unit {
	const char *name;
	uint64_t factor;
};

/* A number and the word behind it. */
static int number_with_unit(const char *argument, const struct unit *units, size_t units_count, uint64_t *ret)
{
	char digits[24];
	size_t digits_count = strspn(argument, "0123456789");
	uint64_t value;

	if (digits_count >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, argument, digits_count);
	digits[digits_count] = '\0';
	if (number(digits, 10, &value) < 0)
		return -EINVAL;
	for (size_t i = 0; i < units_count; i++)
		if (!strcmp(units[i].name, argument + digits_count))
			return __builtin_mul_overflow(value, units[i].factor, ret) ? -EINVAL : 0;
	return -EINVAL;
}

static int duration(const char *argument, uint64_t *ret_ns)
{
	static const struct unit units[] = {
		{"ms", SECOND_NS / 1000}, {"s", SECOND_NS},        {"", SECOND_NS},
		{"m", 60 * SECOND_NS},    {"h", 3600 * SECOND_NS}, {"d", 86400 * SECOND_NS},
	};
	uint64_t value_ns;

	/* a moment that far ahead is still a moment of the kernel's clock */
	if (number_with_unit(argument, units, sizeof(units) / sizeof(units[0]), &value_ns) < 0 || !value_ns ||
	    value_ns > INT64_MAX / 2)
		return -EINVAL;
	*ret_ns = value_ns;
	return 0;
}

static int size(const char *argument, uint64_t *ret_bytes)
{
	static const struct unit units[] = {
		{"K", 1024}, {"M", 1024 * 1024}, {"G", 1024 * 1024 * 1024}, {"", 1}};

	return number_with_unit(argument, units, sizeof(units) / sizeof(units[0]), ret_bytes);
}

static int positive(const char *argument, uint64_t max, uint64_t *ret)
{
	uint64_t value;

	if (number(argument, 10, &value) < 0 || !value || value > max)
		return -EINVAL;
	*ret = value;
	return 0;
}

/* @return the index of a word in a list, or -EINVAL */
static int word(const char *argument, const char *const *words, int words_count)
{
	for (int i = 0; i < words_count; i++)
		if (!strcmp(words[i], argument))
			return i;
	return -EINVAL;
}

/* "argv,maps" as a set.  @return 0 or -EINVAL */
static int part_list(const char *argument, unsigned *ret)
{
	for (unsigned set = 0;; argument++) {
		size_t length = strcspn(argument, ","), i = 0;

		while (i < PARTS_COUNT && !mr_text_is(argument, length, parts[i].name))
			i++;
		if (i == PARTS_COUNT)
			return -EINVAL;
		set |= parts[i].part;
		argument += length;
		if (!*argument) {
			*ret = set;
			return 0;
		}
	}
}

static int set_output(struct mr_parsing *parsing, const char *argument)
{
	parsing->options.output = argument;
	return *argument ? 0 : -EINVAL;
}

static int set_compress(struct mr_parsing *parsing, const char *argument)
{
	struct mr_options *options = &parsing->options;

	if (!strcmp(argument, "none"))
		options->gzip_level = 0;
	else if (!strcmp(argument, "gzip"))
		options->gzip_level = options->gzip_level ? options->gzip_level : DEFAULT_GZIP_LEVEL;
	else
		return -EINVAL;
	return 0;
}

static int set_compress_level(struct mr_parsing *parsing, const char *argument)
{
	if (argument[0] < '1' || argument[0] > '9' || argument[1])
		return -EINVAL;
	parsing->options.gzip_level = argument[0] - '0';
	return 0;
}

static int set_level(struct mr_parsing *parsing, const char *argument)
{
	int level = word(argument, level_names, 3);

	if (level >= 0)
		parsing->options.level = (enum mr_level)level;
	return level < 0 ? level : 0;
}

static int set_with(struct mr_parsing *parsing, const char *argument)
{
	unsigned set;

	if (part_list(argument, &set) < 0)
		return -EINVAL;
	parsing->with |= set;
	parsing->without &= ~set;
	return 0;
}

static int set_without(struct mr_parsing *parsing, const char *argument)
{
	unsigned set;

	if (part_list(argument, &set) < 0)
		return -EINVAL;
	parsing->without |= set;
	parsing->with &= ~set;
	return 0;
}

static int set_timeout(struct mr_parsing *parsing, const char *argument)
{
	return duration(argument, &parsing->options.timeout_ns);
}

static int set_read_timeout(struct mr_parsing *parsing, const char *argument)
{
	return duration(argument, &parsing->options.read_timeout_ns);
}

static int set_size_max(struct mr_parsing *parsing, const char *argument)
{
	uint64_t size_bytes;

	if (size(argument, &size_bytes) < 0 || size_bytes < SIZE_BYTES_MAX_LEAST)
		return -EINVAL;
	parsing->options.size_bytes_max = size_bytes;
	return 0;
}

static int set_smaps(struct mr_parsing *parsing, const char *argument)
{
	static const char *const words[] = {"safe", "always"};
	int index = word(argument, words, 2);

	parsing->options.reads_large_smaps = index == 1;
	return index < 0 ? index : 0;
}

static int set_jobs(struct mr_parsing *parsing, const char *argument)
{
	uint64_t count;

	if (positive(argument, JOBS_MAX, &count) < 0)
		return -EINVAL;
	parsing->options.jobs_count = (unsigned)count;
	return 0;
}

static int set_no_nice(struct mr_parsing *parsing, const char *argument)
{
	parsing->options.is_nice = false;
	return 0;
}

static int set_no_confine(struct mr_parsing *parsing, const char *argument)
{
	parsing->options.is_confined = false;
	return 0;
}

static int set_dry_run(struct mr_parsing *parsing, const char *argument)
{
	parsing->options.is_dry_run = true;
	return 0;
}

static int set_anonymize(struct mr_parsing *parsing, const char *argument)
{
	if (argument && strcmp(argument, "all") != 0)
		return -EINVAL;
	parsing->options.is_anonymized = true;
	parsing->options.anonymizes_all |= argument != NULL;
	return 0;
}

static int set_key(struct mr_parsing *parsing, const char *argument)
{
	parsing->options.key_path = argument;
	return *argument ? 0 : -EINVAL;
}

static int set_interval(struct mr_parsing *parsing, const char *argument)
{
	return duration(argument, &parsing->options.interval_ns);
}

static int set_count(struct mr_parsing *parsing, const char *argument)
{
	return positive(argument, UINT32_MAX, &parsing->options.count);
}

static int set_for(struct mr_parsing *parsing, const char *argument)
{
	return duration(argument, &parsing->options.for_ns);
}

static int set_when(struct mr_parsing *parsing, const char *argument)
{
	if (parsing->options.when_count == MR_WHEN_MAX)
		return -EINVAL;
	parsing->options.when[parsing->options.when_count++] = argument;
	return 0;
}

static int set_cooldown(struct mr_parsing *parsing, const char *argument)
{
	parsing->has_cooldown = true;
	return duration(argument, &parsing->options.cooldown_ns);
}

static int set_keep(struct mr_parsing *parsing, const char *argument)
{
	return positive(argument, UINT32_MAX, &parsing->options.keep_count);
}

static int set_root(struct mr_parsing *parsing, const char *argument)
{
	parsing->options.root = argument;
	return *argument ? 0 : -EINVAL;
}

static int set_sample_frames(struct mr_parsing *parsing, const char *argument)
{
	return positive(argument, SAMPLE_FRAMES_MAX, &parsing->options.sample_frames_count);
}

static int set_seed(struct mr_parsing *parsing, const char *argument)
{
	if (strlen(argument) > 16 || number(argument, 16, &parsing->options.seed) < 0)
		return -EINVAL;
	parsing->options.has_seed = true;
	return 0;
}

static int set_quiet(struct mr_parsing *parsing, const char *argument)
{
	parsing->options.is_quiet = true;
	return 0;
}

static int set_help(struct mr_parsing *parsing, const char *argument)
{
	parsing->options.task = MR_TASK_HELP;
	return 0;
}

static int set_man(struct mr_parsing *parsing, const char *argument)
{
	parsing->options.task = MR_TASK_MAN;
	return 0;
}

static int set_version(struct mr_parsing *parsing, const char *argument)
{
	parsing->options.task = MR_TASK_VERSION;
	return 0;
}

#define HEADING(text)                                                                                        \
	{                                                                                                    \
		0, NULL, NULL, NULL, NULL, text                                                              \
	}

const struct mr_option_row mr_option_rows[] = {
	HEADING("The archive"),
	{'o', "output", "FILE", "a file name or -", set_output,
	 "default HOST-YYYYMMDDTHHMMSSZ.mem.tar.gz here;\n- is stdout"},
	{0, "compress", "HOW", "gzip or none", set_compress, "gzip (default) or none"},
	{0, "compress-level", "N", "1 to 9", set_compress_level, "of gzip, 1 to 9; default 6"},
	{0, "max-size", "SIZE", "a size such as 64M, at least 256K", set_size_max,
	 "end the archive when it has this size, and keep\nwhat is whole; default 256M"},
	HEADING("What is read"),
	{'l', "level", "LEVEL", "quick, normal or full", set_level,
	 "quick: cgroups slab; no smaps, no page flags\nnormal (default): rollup pages, too\n"
	 "full: smaps numa, too; slower, larger"},
	{0, "with", "PARTS", "parts such as argv,maps", set_with,
	 "beyond the level: argv (may hold secrets) cgroups\nmaps numa pages pagetypeinfo rollup slab smaps"},
	{0, "without", "PARTS", "parts such as slab,pages", set_without, "leave these out"},
	{0, "sample-frames", "N", "1 to 16777216", set_sample_frames,
	 "page frames to sample; default 65536.\nAll of RAM when it has no more than that"},
	{0, "seed", "HEX", "at most 16 hexadecimal digits", set_seed, "seed of that sample; default random"},
	{0, "smaps", "WHEN", "safe or always", set_smaps,
	 "safe (default): not of processes above 4 GiB on\nkernels up to 5.9, which stop them meanwhile"},
	{0, "root", "DIR", "a folder", set_root,
	 "read another tree than /: an unpacked archive,\na mounted host"},
	{0, "dry-run", NULL, NULL, set_dry_run, "list what would be read, and write nothing"},
	HEADING("Doing no harm"),
	{'t', "timeout", "T", "a time such as 90s or 5m", set_timeout,
	 "end the run after T, and keep what is whole;\ndefault 60s"},
	{0, "read-timeout", "T", "a time such as 500ms", set_read_timeout,
	 "give up on one file after T; default 5s, and 60 ms\nmore for each GiB of a process"},
	{0, "jobs", "N", "1 to 16", set_jobs, "readers at a time; default 1"},
	{0, "no-nice", NULL, NULL, set_no_nice, "do not lower CPU and IO priority"},
	{0, "no-confine", NULL, NULL, set_no_confine, "do not lock the program in (seccomp, capabilities)"},
	HEADING("Secrets"),
	{0, "anonymize", "[=all]", "nothing, or all", set_anonymize,
	 "write tokens for names of host, processes and\ncgroups; all: of well-known programs, too"},
	{0, "key", "FILE", "a file", set_key, "key of the tokens: the same key, the same tokens"},
	HEADING("A series"),
	{'i', "interval", "T", "a time such as 30s", set_interval, "a capture every T, one archive each"},
	{'c', "count", "N", "a number from 1 on", set_count, "end after N captures"},
	{0, "for", "T", "a time such as 2h", set_for, "end after T"},
	{0, "when", "CONDITION", "at most 8 conditions", set_when,
	 "capture when it becomes true: mem_available<5%,\npsi_some_avg10>20, cgroup:/a/b>90%.\n"
	 "Several: when any of them does"},
	{0, "cooldown", "T", "a time such as 10m", set_cooldown,
	 "at least T between two such captures; default 5m"},
	{0, "keep", "N", "a number from 1 on", set_keep, "keep the newest N archives of the series"},
	HEADING("Other"),
	{'q', "quiet", NULL, NULL, set_quiet, "print errors only"},
	{'h', "help", NULL, NULL, set_help, "print this text"},
	{0, "man", NULL, NULL, set_man, "print the manual page (for man -l)"},
	{'V', "version", NULL, NULL, set_version, "print the version"},
};
#define ROWS_COUNT (sizeof(mr_option_rows) / sizeof(mr_option_rows[0]))
const size_t mr_option_rows_count = ROWS_COUNT;
/* What getopt_long() returns for row 0; beyond any letter. */
#define FIRST_VALUE 256

static int argument_kind(const struct mr_option_row *row)
{
	if (!row->argument)
		return no_argument;
	return row->argument[0] == '[' ? optional_argument : required_argument;
}

static void make_getopt_tables(struct option long_options[ROWS_COUNT + 1], char letters[2 * ROWS_COUNT + 2])
{
	char *at = letters;

	*at++ = ':'; /* tell a missing argument from an unknown option */
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if (!mr_option_rows[i].name)
			continue;
		*long_options++ = (struct option){mr_option_rows[i].name, argument_kind(&mr_option_rows[i]),
						  NULL, FIRST_VALUE + (int)i};
		if (!mr_option_rows[i].letter)
			continue;
		*at++ = mr_option_rows[i].letter;
		if (mr_option_rows[i].argument)
			*at++ = ':';
	}
	*at = '\0';
	*long_options = (struct option){0};
}

static const struct mr_option_row *row_of(int value)
{
	if (value >= FIRST_VALUE)
		return &mr_option_rows[value - FIRST_VALUE];
	for (size_t i = 0; i < ROWS_COUNT; i++)
		if (mr_option_rows[i].letter == value)
			return &mr_option_rows[i];
	return NULL;
}

/* What getopt_long() did not take.  @value is what it returned, @option its optopt: a letter, the value of a
 * long option, or 0 for a long one that it does not know, which @argument begins with. */
static int refuse_option(int value, int option, const char *argument, struct mr_error *error)
{
	const struct mr_option_row *row = option >= FIRST_VALUE ? row_of(option) : NULL;
	const char *reason = value == ':' ? "an argument is missing after"
			     : row        ? "no argument is taken by"
					  : "no such option:";

	if (row)
		return mr_error_set(error, -EINVAL, "%s --%s.   memreckon-collect --help", reason, row->name);
	if (option)
		return mr_error_set(error, -EINVAL, "%s -%c.   memreckon-collect --help", reason, option);
	return mr_error_set(error, -EINVAL, "%s %.*s.   memreckon-collect --help", reason,
			    (int)strcspn(argument, "="), argument);
}

static void keep_as_given(struct mr_options *options, int count, char *arguments[])
{
	size_t used_bytes = 0;

	for (int i = 1; i < count; i++) {
		size_t room_bytes = sizeof(options->as_given) - used_bytes;
		int length_bytes = snprintf(options->as_given + used_bytes, room_bytes, "%s%s",
					    i > 1 ? " " : "", arguments[i]);
		if (length_bytes < 0 || (size_t)length_bytes >= room_bytes)
			return;
		used_bytes += (size_t)length_bytes;
	}
}

static unsigned parts_of(const struct mr_parsing *parsing)
{
	unsigned set = parsing->with;

	for (size_t i = 0; i < PARTS_COUNT; i++)
		if (parts[i].level <= parsing->options.level)
			set |= parts[i].part;
	return set & ~parsing->without;
}

/* What an option alone does not show. */
static int check_together(const struct mr_parsing *parsing, struct mr_error *error)
{
	const struct mr_options *options = &parsing->options;
	bool is_series = options->interval_ns || options->when_count;

	if (!is_series && (options->count || options->for_ns || options->keep_count))
		return mr_error_set(
			error, -EINVAL,
			"--count, --for and --keep are for a series.   memreckon-collect --interval 30s");
	if (parsing->has_cooldown && !options->when_count)
		return mr_error_set(error, -EINVAL,
				    "--cooldown is for a series by conditions.   "
				    "memreckon-collect --when 'mem_available<5%%'");
	if (options->key_path && !options->is_anonymized)
		return mr_error_set(error, -EINVAL, "--key is the key of --anonymize");
	for (unsigned i = 0; i < options->when_count; i++) {
		struct mr_when when;
		int result = mr_when_parse(options->when[i], &when, error);

		if (result < 0)
			return result;
	}
	return 0;
}

int mr_options_parse(struct mr_options *ret, int count, char *arguments[], struct mr_error *error)
{
	struct mr_parsing parsing = {
		.options =
			{
				.root = "/",
				.gzip_level = DEFAULT_GZIP_LEVEL,
				.sample_frames_count = DEFAULT_SAMPLE_FRAMES,
				.level = MR_LEVEL_NORMAL,
				.timeout_ns = DEFAULT_TIMEOUT_NS,
				.read_timeout_ns = DEFAULT_READ_TIMEOUT_NS,
				.cooldown_ns = DEFAULT_COOLDOWN_NS,
				.size_bytes_max = DEFAULT_SIZE_BYTES_MAX,
				.jobs_count = 1,
				.is_nice = true,
				.is_confined = true,
			},
	};
	struct option long_options[ROWS_COUNT + 1];
	char letters[2 * ROWS_COUNT + 2];
	int value;

	make_getopt_tables(long_options, letters);
	opterr = 0;
	optind = 0; /* from the beginning, whatever was parsed before */
	while ((value = getopt_long(count, arguments, letters, long_options, NULL)) != -1) {
		const struct mr_option_row *row = value == '?' || value == ':' ? NULL : row_of(value);

		if (!row)
			return refuse_option(value, optopt, arguments[optind - 1], error);
		if (row->set(&parsing, optarg) < 0)
			return mr_error_set(error, -EINVAL,
					    "--%s takes %s, not '%s'.   memreckon-collect --help", row->name,
					    row->values, optarg ? optarg : "");
	}
	if (optind < count)
		return mr_error_set(error, -EINVAL, "unexpected argument '%s'.   memreckon-collect -o FILE",
				    arguments[optind]);
	parsing.options.parts = parts_of(&parsing);
	keep_as_given(&parsing.options, count, arguments);
	int result = check_together(&parsing, error);
	if (result < 0)
		return result;
	*ret = parsing.options;
	return 0;
}

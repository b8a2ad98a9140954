/* One table of options gives getopt's tables, the help text and the defaults. */
#include "collect/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* A class of half of RAM is then known to 0.4 % of RAM with 95 % confidence, for less than 0.2 s of CPU. */
#define DEFAULT_SAMPLE_FRAMES 65536
/* A sampled frame costs at least four bytes of memory until it is in the archive. */
#define SAMPLE_FRAMES_MAX (16 * 1024 * 1024)
#define DEFAULT_GZIP_LEVEL 6

typedef int set_option(struct mr_options *options, const char *argument);

static int set_output(struct mr_options *options, const char *argument)
{
	options->output = argument;
	return *argument ? 0 : -EINVAL;
}

static int set_compress(struct mr_options *options, const char *argument)
{
	if (!strcmp(argument, "none"))
		options->gzip_level = 0;
	else if (!strcmp(argument, "gzip"))
		options->gzip_level = options->gzip_level ? options->gzip_level : DEFAULT_GZIP_LEVEL;
	else
		return -EINVAL;
	return 0;
}

static int set_compress_level(struct mr_options *options, const char *argument)
{
	if (argument[0] < '1' || argument[0] > '9' || argument[1])
		return -EINVAL;
	options->gzip_level = argument[0] - '0';
	return 0;
}

static int set_root(struct mr_options *options, const char *argument)
{
	options->root = argument;
	return *argument ? 0 : -EINVAL;
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

static int set_sample_frames(struct mr_options *options, const char *argument)
{
	uint64_t count;

	if (number(argument, 10, &count) < 0 || count < 1 || count > SAMPLE_FRAMES_MAX)
		return -EINVAL;
	options->sample_frames_count = count;
	return 0;
}

static int set_seed(struct mr_options *options, const char *argument)
{
	uint64_t seed;

	if (strlen(argument) > 16 || number(argument, 16, &seed) < 0)
		return -EINVAL;
	options->seed = seed;
	options->has_seed = true;
	return 0;
}

static int set_quiet(struct mr_options *options, const char *argument)
{
	options->is_quiet = true;
	return 0;
}

static int set_help(struct mr_options *options, const char *argument)
{
	options->task = MR_TASK_HELP;
	return 0;
}

static int set_version(struct mr_options *options, const char *argument)
{
	options->task = MR_TASK_VERSION;
	return 0;
}

struct option_row {
	char letter; /* 0: only the long form */
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *values;   /* what the argument may be, for the message */
	set_option *set;
	const char *meaning;
};

static const struct option_row rows[] = {
	{'o', "output", "FILE", "a file name or -", set_output,
	 "default HOST-YYYYMMDDTHHMMSSZ.mem.tar.gz here;\n- is stdout"},
	{0, "compress", "HOW", "gzip or none", set_compress, "gzip (default) or none"},
	{0, "compress-level", "N", "1 to 9", set_compress_level, "of gzip, 1 to 9; default 6"},
	{0, "root", "DIR", "a folder", set_root,
	 "read another tree than /: an unpacked archive,\na mounted host"},
	{0, "sample-frames", "N", "1 to 16777216", set_sample_frames,
	 "page frames to sample; default 65536.\nAll of RAM when it has no more than that"},
	{0, "seed", "HEX", "at most 16 hexadecimal digits", set_seed, "seed of that sample; default random"},
	{'q', "quiet", NULL, NULL, set_quiet, "print errors only"},
	{'h', "help", NULL, NULL, set_help, "print this text"},
	{'V', "version", NULL, NULL, set_version, "print the version"},
};
#define ROWS_COUNT (sizeof(rows) / sizeof(rows[0]))
/* What getopt_long() returns for row 0; beyond any letter. */
#define FIRST_VALUE 256

static void make_getopt_tables(struct option long_options[ROWS_COUNT + 1], char letters[2 * ROWS_COUNT + 2])
{
	char *at = letters;

	*at++ = ':'; /* tell a missing argument from an unknown option */
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		long_options[i] =
			(struct option){rows[i].name, rows[i].argument ? required_argument : no_argument,
					NULL, FIRST_VALUE + (int)i};
		if (!rows[i].letter)
			continue;
		*at++ = rows[i].letter;
		if (rows[i].argument)
			*at++ = ':';
	}
	*at = '\0';
	long_options[ROWS_COUNT] = (struct option){0};
}

static const struct option_row *row_of(int value)
{
	if (value >= FIRST_VALUE)
		return &rows[value - FIRST_VALUE];
	for (size_t i = 0; i < ROWS_COUNT; i++)
		if (rows[i].letter == value)
			return &rows[i];
	return NULL;
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

int mr_options_parse(struct mr_options *ret, int count, char *arguments[], struct mr_error *error)
{
	struct mr_options options = {
		.root = "/",
		.gzip_level = DEFAULT_GZIP_LEVEL,
		.sample_frames_count = DEFAULT_SAMPLE_FRAMES,
	};
	struct option long_options[ROWS_COUNT + 1];
	char letters[2 * ROWS_COUNT + 2];
	int value;

	make_getopt_tables(long_options, letters);
	opterr = 0;
	optind = 1;
	while ((value = getopt_long(count, arguments, letters, long_options, NULL)) != -1) {
		const struct option_row *row = value == '?' || value == ':' ? NULL : row_of(value);

		if (!row)
			return mr_error_set(error, -EINVAL, "%s %s.   memreckon-collect --help",
					    value == ':' ? "an argument is missing after" : "no such option:",
					    arguments[optind - 1]);
		if (row->set(&options, optarg) < 0)
			return mr_error_set(error, -EINVAL,
					    "--%s takes %s, not '%s'.   memreckon-collect --help", row->name,
					    row->values, optarg);
	}
	if (optind < count)
		return mr_error_set(error, -EINVAL, "unexpected argument '%s'.   memreckon-collect -o FILE",
				    arguments[optind]);
	keep_as_given(&options, count, arguments);
	*ret = options;
	return 0;
}

/* A meaning of several lines, each under the first. */
static void print_meaning(FILE *to, const char *meaning, int indent)
{
	for (;;) {
		size_t length = strcspn(meaning, "\n");

		fprintf(to, "%.*s\n", (int)length, meaning);
		if (!meaning[length])
			return;
		meaning += length + 1;
		fprintf(to, "%*s", indent, "");
	}
}

void mr_options_help(FILE *to)
{
	fputs("memreckon-collect: copy what the kernel says about memory into one archive\n"
	      "\n"
	      "  sudo memreckon-collect                     everything, into this folder\n"
	      "  memreckon-collect -o before.mem.tar.gz     what your rights allow, exit 3\n"
	      "  sudo memreckon-collect -o - | ssh HOST 'cat > snapshot.mem.tar.gz'\n"
	      "\n"
	      "usage: memreckon-collect [-o FILE|-] [options]\n"
	      "\n",
	      to);
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		char forms[48];

		snprintf(forms, sizeof(forms), "%c%c%c --%s%s%s", rows[i].letter ? '-' : ' ',
			 rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? ',' : ' ', rows[i].name,
			 rows[i].argument ? " " : "", rows[i].argument ? rows[i].argument : "");
		fprintf(to, "  %-26s", forms);
		print_meaning(to, rows[i].meaning, 28);
	}
	fputs("\n"
	      "It reads, and writes only the archive. No command lines and no environment of\n"
	      "processes are read. What could not be read is listed in the archive.\n"
	      "\n"
	      "exit  0 complete   2 wrong use   3 partial: something could not be read\n"
	      "      4 no archive was written\n",
	      to);
}

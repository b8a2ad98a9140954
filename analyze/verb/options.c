/* See options.h.  Options and arguments may stand in any order; "--" ends options; --opt=value and -nVALUE
 * work. */
#include "analyze/verb/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_kind {
	OPTION_FLAG,    /* bool */
	OPTION_TEXT,    /* const char * */
	OPTION_CHOICE,  /* const char *, one of the words in the argument's name */
	OPTION_LIST,    /* struct mr_option_list; @separator splits one value */
	OPTION_COUNT,   /* int64_t */
	OPTION_SIZE,    /* int64_t, or the word auto: -1 */
	OPTION_PERCENT, /* int64_t, millionths */
	OPTION_UNIT,
	OPTION_FORMAT,
	OPTION_FORMAT_OR_FILE, /* sql: -f csv, -f query.sql */
};

struct option {
	char letter; /* '\0' for none */
	const char *name;
	const char *argument; /* in the help; NULL for a flag */
	enum option_kind kind;
	size_t offset;
	unsigned verbs;
	const char *help;
};

#define AT(member) offsetof(struct mr_options, member)
#define NOT_SQL (MR_VERB_ALL & ~(unsigned)MR_VERB_SQL)

static const struct option table[] = {
	{0, "salvage", NULL, OPTION_FLAG, AT(salvage), MR_VERB_IMPORT,
	 "keep what is whole of an archive that is cut off"},
	{0, "verify", NULL, OPTION_FLAG, AT(verify), MR_VERB_IMPORT,
	 "then compare every number of the files with the rows"},
	{0, "jobs", "N", OPTION_COUNT, AT(jobs), MR_VERB_IMPORT,
	 "archives that are read at once (one a processor)"},
	{0, "as", "PATH", OPTION_TEXT, AT(as), MR_VERB_IMPORT,
	 "a single file is this one of the kernel: proc/meminfo"},
	{0, "page-size", "SIZE", OPTION_SIZE, AT(page_size_bytes), MR_VERB_IMPORT,
	 "where a capture of others does not say it: 4K, 64K"},
	{0, "host", "NAME", OPTION_TEXT, AT(host), MR_VERB_IMPORT, "likewise, of which host it is"},
	{0, "taken", "TIME", OPTION_TEXT, AT(taken), MR_VERB_IMPORT,
	 "likewise: 2026-11-21, 2026-11-21 07:41 (UTC; or +0200)"},
	{0, "kernel", "RELEASE", OPTION_TEXT, AT(kernel_release), MR_VERB_IMPORT,
	 "likewise: 5.14.0-427.el9.x86_64"},
	{0, "machine", "NAME", OPTION_TEXT, AT(machine), MR_VERB_IMPORT, "likewise: x86_64, aarch64"},
	{0, "cpus", "N", OPTION_COUNT, AT(cpus_online_count), MR_VERB_IMPORT, "likewise: processors in use"},
	{0, "ticks", "N", OPTION_COUNT, AT(clock_ticks_per_second), MR_VERB_IMPORT,
	 "likewise: clock ticks per second (100)"},
	{0, "max-members", "N", OPTION_COUNT, AT(max_members_count), MR_VERB_IMPORT,
	 "refuse archives of more members (2,000,000)"},
	{0, "max-member-size", "SIZE", OPTION_SIZE, AT(max_member_bytes), MR_VERB_IMPORT,
	 "largest file that is parsed (64M)"},
	{0, "max-total-size", "SIZE", OPTION_SIZE, AT(max_total_bytes), MR_VERB_IMPORT,
	 "refuse what is more, uncompressed (16G)"},
	{0, "max-ratio", "N", OPTION_COUNT, AT(max_ratio), MR_VERB_IMPORT,
	 "refuse what was compressed more than N : 1 (1000)"},
	{0, "max-depth", "N", OPTION_COUNT, AT(max_depth), MR_VERB_IMPORT,
	 "leave out files in more folders (256)"},
	{0, "max-path", "N", OPTION_COUNT, AT(max_path_bytes), MR_VERB_IMPORT,
	 "leave out files of longer names (4096)"},
	{0, "max-captures", "N", OPTION_COUNT, AT(max_captures_count), MR_VERB_IMPORT,
	 "refuse what holds folders of more hosts (10,000)"},
	{0, "max-nesting", "N", OPTION_COUNT, AT(max_nesting), MR_VERB_IMPORT,
	 "leave out archives deeper in archives (2)"},
	{0, "max-cpu", "N", OPTION_COUNT, AT(max_cpu_s), MR_VERB_IMPORT,
	 "refuse what takes more seconds to read (600; 0: any)"},
	{0, "capabilities", NULL, OPTION_FLAG, AT(capabilities), MR_VERB_LIST,
	 "which questions each can answer, and what is missing"},
	{0, "depth", "N", OPTION_COUNT, AT(depth), MR_VERB_REPORT, "levels below MemTotal (0: all)"},
	{0, "min", "PCT", OPTION_PERCENT, AT(min_ppm), MR_VERB_REPORT,
	 "fold smaller parts into one row (0.1%)"},
	{0, "against", "SNAP", OPTION_TEXT, AT(against), MR_VERB_REPORT,
	 "show the change since SNAP (the one before)"},
	{0, "fail-on", "fail|explained|never", OPTION_CHOICE, AT(fail_on), MR_VERB_CHECK,
	 "which verdict is exit status 1 (fail)"},
	{0, "only", "ID,ID", OPTION_LIST, AT(only), MR_VERB_CHECK, "these checks alone"},
	{0, "all", NULL, OPTION_FLAG, AT(all), MR_VERB_DIFF, "also what is inside the noise floor"},
	{0, "floor", "SIZE|auto", OPTION_SIZE, AT(floor_bytes), MR_VERB_DIFF,
	 "noise floor (auto: measured drift and bounds)"},
	{0, "fail-on", "SIZE", OPTION_TEXT, AT(fail_on), MR_VERB_DIFF,
	 "exit status 1 when a class changed by more"},
	{0, "older-than", "AGE|TIME", OPTION_TEXT, AT(older_than), MR_VERB_PRUNE,
	 "so old (36h, 30d, 8w), or before TIME (2026-11-01)"},
	{0, "host", "GLOB", OPTION_LIST, AT(hosts), MR_VERB_PRUNE, "of these hosts; repeatable"},
	{0, "keep", "N", OPTION_COUNT, AT(keep_count), MR_VERB_PRUNE, "but not the newest N of each host"},
	{0, "all", NULL, OPTION_FLAG, AT(all), MR_VERB_PRUNE, "even when no snapshot is left"},
	{0, "dry-run", NULL, OPTION_FLAG, AT(dry_run), MR_VERB_PRUNE, "say what would be deleted"},
	{0, "vacuum", NULL, OPTION_FLAG, AT(vacuum), MR_VERB_PRUNE,
	 "then make the file as small as what it holds"},
	{'f', "format", "F|FILE", OPTION_FORMAT_OR_FILE, AT(format), MR_VERB_SQL,
	 "text md json csv tsv, or a file with the query"},
	{0, "file", "FILE", OPTION_TEXT, AT(file), MR_VERB_SQL, "read the query from FILE (- is stdin)"},
	{0, "param", "KEY=VALUE", OPTION_LIST, AT(params), MR_VERB_SQL, "bind :KEY in the query"},
	{'s', "sort", "KEY", OPTION_TEXT, AT(sort), MR_VERB_PS | MR_VERB_CGROUPS,
	 "total anon file shmem kernel swap rss pss uss name"},
	{'r', "reverse", NULL, OPTION_FLAG, AT(reverse), MR_VERB_PS | MR_VERB_CGROUPS, "smallest first"},
	{'m', "match", "GLOB", OPTION_LIST, AT(match), MR_VERB_PS | MR_VERB_CGROUPS,
	 "name, pid or cgroup path; !GLOB leaves out; repeatable"},
	{'n', "rows", "N", OPTION_COUNT, AT(rows), MR_VERB_ALL & ~(unsigned)(MR_VERB_KEEPING | MR_VERB_CHECK),
	 "rows before the rest is summed up (0: all)"},
	{'u', "unit", "U", OPTION_UNIT, AT(unit),
	 MR_VERB_ALL & ~(unsigned)(MR_VERB_KEEPING | MR_VERB_SQL | MR_VERB_SCHEMA), "auto B K M G page"},
	{'d', "db", "FILE", OPTION_TEXT, AT(database), MR_VERB_ALL, "database ($MEMRECKON_DB, memreckon.db)"},
	{'f', "format", "F", OPTION_FORMAT, AT(format), NOT_SQL, "text md json csv tsv"},
	{0, "json", NULL, OPTION_FLAG, AT(json), MR_VERB_ALL, "short for --format json"},
	{0, "raw", NULL, OPTION_FLAG, AT(raw), MR_VERB_ALL, "csv, tsv: no ' before = + - @"},
	{0, "color", "auto|always|never", OPTION_CHOICE, AT(color), MR_VERB_ALL,
	 "colours (auto: on a terminal)"},
	{0, "width", "N", OPTION_COUNT, AT(width_cells), MR_VERB_ALL,
	 "cells of a line (terminal up to 100, else 80)"},
	{0, "ascii", NULL, OPTION_FLAG, AT(ascii), MR_VERB_ALL, "no character beyond ASCII"},
	{'q', "quiet", NULL, OPTION_FLAG, AT(quiet), MR_VERB_ALL, "only errors on stderr"},
	{'v', "verbose", NULL, OPTION_FLAG, AT(verbose), MR_VERB_ALL,
	 "on stderr: how long it took, and on what"},
	{'h', "help", NULL, OPTION_FLAG, AT(help), MR_VERB_ALL, "this text"},
	{'V', "version", NULL, OPTION_FLAG, AT(version), MR_VERB_ALL, "version of the program"},
};
#define TABLE_COUNT (sizeof(table) / sizeof(table[0]))

void mr_options_init(struct mr_options *options)
{
	const char *database = getenv("MEMRECKON_DB");

	*options = (struct mr_options){
		.database = database && *database ? database : "memreckon.db",
		.color = "auto",
		.rows = MR_ROWS_DEFAULT,
		.min_ppm = 1000,
		.floor_bytes = -1,
		.keep_count = -1,
		.max_nesting = -1,
		.max_cpu_s = -1,
	};
}

void mr_options_deinit(struct mr_options *options)
{
	free(options->arguments);
	options->arguments = NULL;
}

static bool parse_count(const char *text, int64_t *ret_count)
{
	char *end;

	errno = 0;
	long long count = strtoll(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || count > INT32_MAX)
		return false;
	*ret_count = count;
	return true;
}

/* A plain decimal number: no sign, no exponent, no hex, whatever strtod() would take. */
static bool parse_decimal(const char *text, double *ret_value, const char **ret_end)
{
	size_t length = strspn(text, "0123456789.");
	char digits[32], *end;

	if (!length || length >= sizeof(digits))
		return false;
	memcpy(digits, text, length);
	digits[length] = '\0';
	*ret_value = strtod(digits, &end);
	*ret_end = text + length;
	return !*end;
}

bool mr_size_parse(const char *text, int64_t *ret_bytes)
{
	static const char letters[] = "BKMGT";
	const char *end;
	double value, factor = 1;

	if (!parse_decimal(text, &value, &end))
		return false;
	if (*end) {
		const char *letter = strchr(letters, *end);

		if (!letter || (end[1] && strcmp(end + 1, "iB")))
			return false;
		for (const char *l = letters; l < letter; l++)
			factor *= 1024;
	}
	if (value * factor > 9e15)
		return false;
	*ret_bytes = (int64_t)(value * factor);
	return true;
}

static bool parse_percent(const char *text, int64_t *ret_ppm)
{
	const char *end;
	double value;

	if (!parse_decimal(text, &value, &end) || (*end && strcmp(end, "%")) || value > 100)
		return false;
	*ret_ppm = (int64_t)(value * 10000);
	return true;
}

static bool is_choice(const char *choices, const char *text)
{
	size_t length = strlen(text);

	for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
		if (length && !strncmp(at, text, length) && (at[length] == '|' || !at[length]))
			return true;
	return false;
}

static bool append_list(struct mr_option_list *list, const char *value)
{
	if (list->count == MR_OPTION_LIST_MAX)
		return false;
	list->items[list->count++] = value;
	return true;
}

/* @return whether the value is one of this option's kind */
static bool set(struct mr_options *options, const struct option *option, const char *value)
{
	void *member = (char *)options + option->offset;

	switch (option->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return true;
	case OPTION_CHOICE:
		if (!is_choice(option->argument, value))
			return false;
		*(const char **)member = value;
		return true;
	case OPTION_TEXT:
		*(const char **)member = value;
		return true;
	case OPTION_LIST:
		return append_list(member, value);
	case OPTION_COUNT:
		return parse_count(value, member);
	case OPTION_SIZE:
		if (strcmp(value, "auto"))
			return mr_size_parse(value, member);
		*(int64_t *)member = -1;
		return true;
	case OPTION_PERCENT:
		return parse_percent(value, member);
	case OPTION_UNIT:
		return mr_size_unit_parse(value, member);
	case OPTION_FORMAT:
	case OPTION_FORMAT_OR_FILE:
		options->format = mr_format_find(value);
		if (!options->format && option->kind == OPTION_FORMAT_OR_FILE)
			options->file = value;
		return options->format || option->kind == OPTION_FORMAT_OR_FILE;
	}
	return false;
}

static const struct option *find(unsigned verb, char letter, const char *name, size_t name_length)
{
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		const struct option *option = &table[i];
		bool known = verb ? option->verbs & verb
				  : option->kind == OPTION_FLAG && option->verbs == MR_VERB_ALL;

		if (!known)
			continue;
		if (letter ? option->letter == letter
			   : strlen(option->name) == name_length && !strncmp(option->name, name, name_length))
			return option;
	}
	return NULL;
}

static int apply(struct mr_options *options, const struct option *option, const char *value,
		 const char *written, struct mr_error *error)
{
	if (option->argument && !value)
		return mr_error_set(error, -EINVAL, "%s needs a value: %s", written, option->argument);
	if (!set(options, option, value ? value : ""))
		return mr_error_set(error, -EINVAL, "%s %s: not understood; it takes %s", written, value,
				    option->kind == OPTION_FORMAT || option->kind == OPTION_UNIT
					    ? option->help
					    : option->argument);
	return 0;
}

/* Without a verb only --help and --version are known; what else begins with "-" may be known behind one. */
static int unknown_option(unsigned verb, const char *written, struct mr_error *error)
{
	return mr_error_set(
		error, -EINVAL,
		verb ? "unknown option %s.   memreckon --help"
		     : "unknown option %s before the verb: options stand behind it.   memreckon --help",
		written);
}

/* @return how many further arguments were used up, or negative errno */
static int parse_long(struct mr_options *options, unsigned verb, const char *text, const char *following,
		      struct mr_error *error)
{
	const char *equals = strchr(text, '=');
	size_t length = equals ? (size_t)(equals - text) : strlen(text);
	const struct option *option = find(verb, 0, text, length);
	char written[64];

	snprintf(written, sizeof(written), "--%.*s", (int)length, text);
	if (!option)
		return unknown_option(verb, written, error);
	if (!option->argument && equals)
		return mr_error_set(error, -EINVAL, "%s takes no value", written);
	bool separate = option->argument && !equals;
	int result = apply(options, option,
			   equals     ? equals + 1
			   : separate ? following
				      : NULL,
			   written, error);
	return result < 0 ? result : separate;
}

static int parse_letters(struct mr_options *options, unsigned verb, const char *text, const char *following,
			 struct mr_error *error)
{
	for (; *text; text++) {
		const struct option *option = find(verb, *text, NULL, 0);
		const char written[] = {'-', *text, '\0'};

		if (!option)
			return unknown_option(verb, written, error);
		if (option->argument) {
			bool separate = !text[1];
			int result = apply(options, option, separate ? following : text + 1, written, error);

			return result < 0 ? result : separate;
		}
		set(options, option, "");
	}
	return 0;
}

int mr_options_parse(struct mr_options *options, unsigned verb, int argc, char **argv, struct mr_error *error)
{
	bool options_ended = false;

	options->arguments = calloc((size_t)argc + 1, sizeof(*options->arguments));
	if (!options->arguments)
		return mr_error_set(error, -ENOMEM, "no memory");
	for (int i = 0; i < argc; i++) {
		const char *text = argv[i], *following = i + 1 < argc ? argv[i + 1] : NULL;
		int used = 0;

		if (options_ended || text[0] != '-' || !text[1])
			options->arguments[options->argument_count++] = text;
		else if (!strcmp(text, "--"))
			options_ended = true;
		else if (text[1] == '-')
			used = parse_long(options, verb, text + 2, following, error);
		else
			used = parse_letters(options, verb, text + 1, following, error);
		if (used < 0)
			return used;
		i += used;
	}
	if (options->json)
		options->format = mr_format_find("json");
	return 0;
}

static void help_row(struct mr_buffer *out, const struct option *option)
{
	char left[40];

	snprintf(left, sizeof(left), "%s%c%s--%s%s%s", option->letter ? "-" : " ",
		 option->letter ? option->letter : ' ', option->letter ? ", " : "  ", option->name,
		 option->argument ? " " : "", option->argument ? option->argument : "");
	if (strlen(left) > 22)
		mr_buffer_printf(out, "  %s\n  %22s  %s\n", left, "", option->help);
	else
		mr_buffer_printf(out, "  %-22s  %s\n", left, option->help);
}

/* sql reads -f its own way; everything else about the format is common. */
static bool is_common(const struct option *option)
{
	return (option->verbs | MR_VERB_SQL) == MR_VERB_ALL;
}

void mr_options_help(struct mr_buffer *out, unsigned verb)
{
	bool own = false;

	for (size_t i = 0; i < TABLE_COUNT; i++)
		own |= table[i].verbs & verb && !is_common(&table[i]);
	for (int common = !own; common < 2; common++) {
		mr_buffer_append_text(out, common ? "\nEvery command knows:\n" : "\nOptions:\n");
		for (size_t i = 0; i < TABLE_COUNT; i++)
			if (table[i].verbs & verb && is_common(&table[i]) == common)
				help_row(out, &table[i]);
	}
}

/* Names inside files.  Which files hold none is a list: a file that is on it is kept, one that can be
 * rewritten is, one that should hold nothing but numbers is looked through, and every other one is withheld.
 * So a kind of file that is new in sources.def stays out of anonymized archives until someone has thought
 * about it here. */
#include "collect/anonymize_text.h"

#include <stdint.h>
#include <string.h>

#include "collect/known_names.h"
#include "schema/base/text.h"

/* include/linux/sched.h: since 2.6.27 */
#define PF_KTHREAD 0x00200000u
/* Bit of signal 9 in a set as /proc/PID/status prints it; 9 on every architecture. */
#define SIGKILL_BIT 0x100u
/* Of /proc/PID/stat behind the name: the state is the first, the flags the seventh. */
#define STAT_FIELDS_UP_TO_FLAGS 7

struct text {
	const char *bytes;
	size_t length_bytes;
};

typedef enum mr_anonymized replacer(struct mr_anonymizer *anonymizer, struct text text,
				    struct mr_buffer *ret);

static bool next_line(struct text *text, struct text *ret_line)
{
	if (!text->length_bytes)
		return false;
	const char *newline = memchr(text->bytes, '\n', text->length_bytes);
	size_t line_bytes = newline ? (size_t)(newline - text->bytes) : text->length_bytes;

	*ret_line = (struct text){text->bytes, line_bytes};
	line_bytes += newline != NULL;
	text->bytes += line_bytes;
	text->length_bytes -= line_bytes;
	return true;
}

/* The value of a line "Key:\tvalue". */
static bool value_of(struct text line, const char *key, struct text *ret_value)
{
	size_t key_bytes = strlen(key);

	if (line.length_bytes <= key_bytes || memcmp(line.bytes, key, key_bytes) != 0 ||
	    line.bytes[key_bytes] != ':')
		return false;
	key_bytes++;
	while (key_bytes < line.length_bytes &&
	       (line.bytes[key_bytes] == '\t' || line.bytes[key_bytes] == ' '))
		key_bytes++;
	*ret_value = (struct text){line.bytes + key_bytes, line.length_bytes - key_bytes};
	return true;
}

static bool parse_number(struct text text, unsigned base, uint64_t *ret)
{
	uint64_t number = 0;

	for (size_t i = 0; i < text.length_bytes; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = text.bytes[i] ? strchr(digits, text.bytes[i]) : NULL;

		if (!digit || (unsigned)(digit - digits) >= base ||
		    __builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(digit - digits), &number))
			return false;
	}
	*ret = number;
	return text.length_bytes > 0;
}

static enum mr_anonymized keep(struct mr_anonymizer *anonymizer, struct text text, struct mr_buffer *ret)
{
	return MR_ANONYMIZED_KEPT;
}

static enum mr_anonymized keep_plain(struct mr_anonymizer *anonymizer, struct text text,
				     struct mr_buffer *ret)
{
	return mr_is_plain(text.bytes, text.length_bytes) ? MR_ANONYMIZED_KEPT : MR_ANONYMIZED_WITHHELD;
}

/* Is what follows the name in a stat "S 1 -2 3...", and has it the flags? */
static bool parse_stat_rest(const char *at, const char *end, uint64_t *ret_flags)
{
	unsigned fields_count = 0;
	const char *word;
	size_t word_bytes;

	while ((word_bytes = mr_next_word(&at, end, &word))) {
		bool has_sign = *word == '-';

		fields_count++;
		if (fields_count == 1 && word_bytes != 1)
			return false;
		if (fields_count > 1 &&
		    mr_span(word + has_sign, word_bytes - has_sign, "0123456789") != word_bytes - has_sign)
			return false;
		if (fields_count == STAT_FIELDS_UP_TO_FLAGS &&
		    !parse_number((struct text){word, word_bytes}, 10, ret_flags))
			return false;
	}
	return fields_count >= STAT_FIELDS_UP_TO_FLAGS;
}

/* PID (NAME) S ...: the name may hold anything, parentheses and newlines too; what follows it holds no
 * parenthesis. */
static enum mr_anonymized replace_in_stat(struct mr_anonymizer *anonymizer, struct text text,
					  struct mr_buffer *ret)
{
	const char *end = text.bytes + text.length_bytes;
	const char *open = text.bytes;
	const char *close = text.length_bytes ? memrchr(text.bytes, ')', text.length_bytes) : NULL;
	uint64_t flags;

	while (open < end && *open >= '0' && *open <= '9')
		open++;
	if (!close || open == text.bytes || close - open < 2 || open[0] != ' ' || open[1] != '(' ||
	    !parse_stat_rest(close + 1, end, &flags))
		return MR_ANONYMIZED_WITHHELD;
	open += 2;
	mr_buffer_append(ret, text.bytes, (size_t)(open - text.bytes));
	mr_anonymize_name(anonymizer, flags & PF_KTHREAD ? MR_NAME_KERNEL_THREAD : MR_NAME_PROCESS, open,
			  (size_t)(close - open), ret);
	mr_buffer_append(ret, close, (size_t)(end - close));
	return MR_ANONYMIZED_REPLACED;
}

/* Is it the status of a kernel thread?  Kernels from 6.10 say so.  Before, by the signals: kthreadd ignores
 * all of them and its threads inherit that, or catch some; no process can ignore or catch SIGKILL
 * (do_sigaction() refuses, and the helpers that the kernel starts as processes begin with
 * flush_signal_handlers()).  A thread whose signals are gone, because it ends, is taken for a process. */
static bool is_kernel_thread(struct text text)
{
	struct text line, value;
	uint64_t set, either = 0;

	while (next_line(&text, &line)) {
		if (value_of(line, "Kthread", &value))
			return value.length_bytes == 1 && *value.bytes == '1';
		if ((value_of(line, "SigIgn", &value) || value_of(line, "SigCgt", &value)) &&
		    parse_number(value, 16, &set))
			either |= set;
	}
	return either & SIGKILL_BIT;
}

/* What the kernel escapes in a status is what it does not in a stat: fs/proc/array.c proc_task_name(). */
static void unescape(struct text escaped, struct mr_buffer *ret)
{
	for (size_t i = 0; i < escaped.length_bytes; i++) {
		char next = i + 1 < escaped.length_bytes ? escaped.bytes[i + 1] : '\0';

		if (escaped.bytes[i] == '\\' && (next == '\\' || next == 'n')) {
			mr_buffer_append(ret, next == 'n' ? "\n" : "\\", 1);
			i++;
		} else
			mr_buffer_append(ret, escaped.bytes + i, 1);
	}
}

/* The values that are words, of keys that the kernel has; everything else is numbers and masks. */
static bool is_plain_status_line(struct text line)
{
	static const char *const words_of[] = {"State", "Speculation_Store_Bypass",
					       "SpeculationIndirectBranch", "x86_Thread_features",
					       "x86_Thread_features_locked"};
	const char *colon = memchr(line.bytes, ':', line.length_bytes);
	const char *end = line.bytes + line.length_bytes, *word;
	struct text value;
	size_t word_bytes;

	for (size_t i = 0; i < sizeof(words_of) / sizeof(words_of[0]); i++)
		if (value_of(line, words_of[i], &value))
			return true;
	for (const char *at = colon ? colon + 1 : line.bytes; (word_bytes = mr_next_word(&at, end, &word));)
		if (!mr_is_plain(word, word_bytes) &&
		    mr_span(word, word_bytes, "0123456789abcdef,-") < word_bytes)
			return false;
	return true;
}

/* A line that a vendor has added may name what it likes. */
static void append_status_line(struct mr_anonymizer *anonymizer, struct text line, struct mr_buffer *ret)
{
	const char *colon = memchr(line.bytes, ':', line.length_bytes);
	size_t key_bytes = colon ? (size_t)(colon + 1 - line.bytes) : 0;

	if (is_plain_status_line(line))
		mr_buffer_append(ret, line.bytes, line.length_bytes);
	else {
		mr_buffer_append(ret, line.bytes, key_bytes);
		mr_buffer_append_text(ret, key_bytes ? "\t" : "");
		mr_anonymize_name(anonymizer, MR_NAME_OTHER, line.bytes + key_bytes,
				  line.length_bytes - key_bytes, ret);
	}
	mr_buffer_append(ret, "\n", 1);
}

static enum mr_anonymized replace_in_status(struct mr_anonymizer *anonymizer, struct text text,
					    struct mr_buffer *ret)
{
	struct mr_buffer name = {0};
	enum mr_name_kind kind = is_kernel_thread(text) ? MR_NAME_KERNEL_THREAD : MR_NAME_PROCESS;
	struct text line, value;

	if (!next_line(&text, &line))
		return MR_ANONYMIZED_KEPT;
	if (!value_of(line, "Name", &value))
		return MR_ANONYMIZED_WITHHELD;
	/* a name may begin with what separates it from its key */
	value.bytes = line.bytes + strlen("Name:");
	value.length_bytes = line.length_bytes - strlen("Name:");
	if (value.length_bytes && *value.bytes == '\t') {
		value.bytes++;
		value.length_bytes--;
	}
	mr_buffer_append_text(ret, "Name:\t");
	unescape(value, &name);
	mr_anonymize_name(anonymizer, kind, name.data ? name.data : "", name.length_bytes, ret);
	mr_buffer_append(ret, "\n", 1);
	ret->failed |= name.failed;
	mr_buffer_deinit(&name);
	while (next_line(&text, &line)) {
		if (value_of(line, "Name", &value))
			return MR_ANONYMIZED_WITHHELD;
		append_status_line(anonymizer, line, ret);
	}
	return MR_ANONYMIZED_REPLACED;
}

/* The controllers of one line: those of the kernel, or name=NAME of a hierarchy without any. */
static void append_controllers(struct mr_anonymizer *anonymizer, struct text list, struct mr_buffer *ret)
{
	const char *at = list.bytes, *end = list.bytes + list.length_bytes;

	for (;;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		size_t length_bytes = (size_t)((comma ? comma : end) - at);
		bool has_name = length_bytes > 5 && !memcmp(at, "name=", 5);
		bool is_systemd = length_bytes == 12 && !memcmp(at, "name=systemd", 12);

		if (has_name && !is_systemd) {
			mr_buffer_append_text(ret, "name=");
			mr_anonymize_name(anonymizer, MR_NAME_OTHER, at + 5, length_bytes - 5, ret);
		} else
			mr_buffer_append(ret, at, length_bytes);
		if (!comma)
			return;
		mr_buffer_append(ret, ",", 1);
		at = comma + 1;
	}
}

/* ID:CONTROLLERS:/PATH, the path as it is in the tree: nothing is escaped, and it may hold colons. */
static bool append_cgroup_line(struct mr_anonymizer *anonymizer, struct text line, struct mr_buffer *ret)
{
	const char *end = line.bytes + line.length_bytes;
	const char *first = memchr(line.bytes, ':', line.length_bytes);
	const char *second = first ? memchr(first + 1, ':', (size_t)(end - first - 1)) : NULL;
	uint64_t id;

	if (!second || second + 1 == end || second[1] != '/' ||
	    !parse_number((struct text){line.bytes, (size_t)(first - line.bytes)}, 10, &id))
		return false;
	mr_buffer_append(ret, line.bytes, (size_t)(first + 1 - line.bytes));
	append_controllers(anonymizer, (struct text){first + 1, (size_t)(second - first - 1)}, ret);
	mr_buffer_append(ret, ":", 1);
	mr_anonymize_cgroup_path(anonymizer, second + 1, (size_t)(end - second - 1), ret);
	mr_buffer_append(ret, "\n", 1);
	return true;
}

static enum mr_anonymized replace_in_cgroup(struct mr_anonymizer *anonymizer, struct text text,
					    struct mr_buffer *ret)
{
	struct text line;

	if (!text.length_bytes)
		return MR_ANONYMIZED_KEPT;
	while (next_line(&text, &line))
		if (!append_cgroup_line(anonymizer, line, ret))
			return MR_ANONYMIZED_WITHHELD;
	return MR_ANONYMIZED_REPLACED;
}

/* Where the numbers of a line of slabinfo begin: everything behind the name has to be numbers and the words
 * for groups of them.  0 when it is not. */
static size_t slab_name_bytes(struct text line)
{
	static const char *const words[] = {":", "tunables", "slabdata", "globalstat", "cpustat"};
	const char *end = line.bytes + line.length_bytes;
	const char *at = memmem(line.bytes, line.length_bytes, " : ", 3), *word;
	const char *numbers = at ? at : end;
	size_t word_bytes;

	for (; at && (word_bytes = mr_next_word(&at, end, &word));) {
		bool is_word = false;

		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			is_word |= mr_text_is(word, word_bytes, words[i]);
		if (!is_word && !mr_is_plain(word, word_bytes))
			return 0;
	}
	/* five numbers stand before the first colon; a name may have blanks, so they are counted from behind
	 */
	for (int i = 0; i < 5; i++) {
		while (numbers > line.bytes && numbers[-1] == ' ')
			numbers--;
		const char *after = numbers;
		while (numbers > line.bytes && numbers[-1] >= '0' && numbers[-1] <= '9')
			numbers--;
		if (numbers == after || numbers == line.bytes || numbers[-1] != ' ')
			return 0;
	}
	while (numbers > line.bytes && numbers[-1] == ' ')
		numbers--;
	return (size_t)(numbers - line.bytes);
}

static bool begins_with(struct text text, const char *prefix)
{
	size_t prefix_bytes = strlen(prefix);

	return text.length_bytes >= prefix_bytes && !memcmp(text.bytes, prefix, prefix_bytes);
}

static enum mr_anonymized replace_in_slabinfo(struct mr_anonymizer *anonymizer, struct text text,
					      struct mr_buffer *ret)
{
	struct text line;

	while (next_line(&text, &line)) {
		size_t name_bytes = 0;

		/* the two lines that stand above the caches */
		if (!begins_with(line, "slabinfo - version: ") && !begins_with(line, "# name  ")) {
			name_bytes = slab_name_bytes(line);
			if (!name_bytes)
				return MR_ANONYMIZED_WITHHELD;
			mr_anonymize_name(anonymizer, MR_NAME_SLAB, line.bytes, name_bytes, ret);
		}
		mr_buffer_append(ret, line.bytes + name_bytes, line.length_bytes - name_bytes);
		mr_buffer_append(ret, "\n", 1);
	}
	return MR_ANONYMIZED_REPLACED;
}

/* A header line that ends in [rollup], then "Key: 12 kB": where a mapped file would be named, none is. */
static enum mr_anonymized keep_rollup(struct mr_anonymizer *anonymizer, struct text text,
				      struct mr_buffer *ret)
{
	static const char name[] = " [rollup]";
	size_t name_bytes = strlen(name);
	struct text line;

	if (next_line(&text, &line) &&
	    (line.length_bytes < name_bytes ||
	     memcmp(line.bytes + line.length_bytes - name_bytes, name, name_bytes) != 0))
		return MR_ANONYMIZED_WITHHELD;
	while (next_line(&text, &line)) {
		const char *colon = memchr(line.bytes, ':', line.length_bytes);

		if (!colon || !mr_is_plain(colon + 1, (size_t)(line.bytes + line.length_bytes - colon - 1)))
			return MR_ANONYMIZED_WITHHELD;
	}
	return MR_ANONYMIZED_KEPT;
}

/* By pattern of sources.def, or by path where one file of a pattern is unlike the others. */
static const struct {
	const char *pattern;
	replacer *replace;
} rules[] = {
	{"proc/meminfo", keep},
	{"proc/vmstat", keep},
	{"proc/zoneinfo", keep},
	{"proc/buddyinfo", keep},
	{"proc/stat", keep},
	{"proc/cgroups", keep},
	{"proc/iomem", keep},
	{"proc/pagetypeinfo", keep},
	{"proc/slabinfo", replace_in_slabinfo},
	{"proc/pressure/{resource}", keep},
	{"proc/sysvipc/shm", keep},
	{"proc/net/sockstat", keep},
	{"proc/sys/kernel/osrelease", keep},
	{"proc/sys/kernel/random/boot_id", keep},
	{"sys/devices/system/node/node{node}/meminfo", keep},
	{"sys/devices/system/node/node{node}/numastat", keep},
	{"sys/devices/system/node/node{node}/vmstat", keep},
	{"sys/kernel/mm/transparent_hugepage/**", keep_plain},
	{"sys/kernel/mm/hugepages/**", keep_plain},
	{"{cgroup1}/memory.stat", keep},
	{"{cgroup1}/memory.oom_control", keep},
	{"{cgroup1}/memory.numa_stat", keep},
	{"{cgroup1}/tasks", keep_plain},
	{"{cgroup2}/memory.stat", keep},
	{"{cgroup2}/memory.events", keep},
	{"{cgroup2}/memory.events.local", keep},
	{"{cgroup2}/memory.swap.events", keep},
	{"{cgroup2}/memory.numa_stat", keep},
	{"{cgroup2}/cgroup.stat", keep},
	{"{cgroup2}/cgroup.events", keep},
	{"{cgroup2}/cgroup.threads", keep_plain},
	{"{cgroup2}/cgroup.pressure", keep_plain},
	{"{cgroup2}/{resource}.pressure", keep},
	{"{cgroup2}/cgroup.{file}", keep_plain},
	{"proc/{pid}/stat", replace_in_stat},
	{"proc/{pid}/status", replace_in_status},
	{"proc/{pid}/cgroup", replace_in_cgroup},
	{"proc/{pid}/smaps_rollup", keep_rollup},
	{"capture/derived/proc/{pid}/smaps_rollup", keep_rollup},
	{"proc/{pid}/task/{tid}/status", replace_in_status},
	{"proc/{pid}/task/{tid}/cgroup", replace_in_cgroup},
	{"proc/{pid}/task/{tid}/smaps_rollup", keep_rollup},
	{"capture/derived/proc/{pid}/task/{tid}/smaps_rollup", keep_rollup},
	{"pages/ranges.csv", keep},
	{"pages/sample.csv", keep},
	{"pages/{words}.u64", keep},
};

static replacer *rule_for(const char *pattern)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!strcmp(rules[i].pattern, pattern))
			return rules[i].replace;
	return NULL;
}

/* @return NULL for a file to withhold */
static replacer *replacer_of(const char *path, const struct mr_mounts *mounts)
{
	struct mr_match match;
	size_t mount_bytes;

	if (!mr_source_match(path, mounts, &match))
		return NULL;
	if (mr_anonymize_is_in_cgroup_tree(path, mounts, &mount_bytes)) {
		const char *name = strrchr(path, '/') + 1;

		if (!mr_is_cgroup_file(name, strlen(name)))
			return NULL;
	}
	replacer *replace = rule_for(path);
	if (!replace)
		replace = rule_for(match.source->pattern);
	if (replace)
		return replace;
	switch (match.source->shape) {
	case MR_SHAPE_SCALAR:
	case MR_SHAPE_SETTING:
	case MR_SHAPE_COLUMNS:
	case MR_SHAPE_ID_LIST:
		return keep_plain;
	default:
		return NULL;
	}
}

static bool reads_names(replacer *replace)
{
	return replace == replace_in_stat || replace == replace_in_status || replace == replace_in_cgroup ||
	       replace == replace_in_slabinfo || replace == keep_rollup;
}

enum mr_anonymized mr_anonymize_text(struct mr_anonymizer *anonymizer, const char *path,
				     const struct mr_mounts *mounts, const char *bytes, size_t length_bytes,
				     struct mr_buffer *ret)
{
	static const char tables[] = "capture/";
	bool is_more;
	const char *file = mr_anonymize_path_of_file(path, &is_more);
	enum mr_anonymized result = MR_ANONYMIZED_WITHHELD;

	mr_buffer_clear(ret);
	replacer *replace = replacer_of(file, mounts);
	if (replace && !(is_more && reads_names(replace)))
		result = replace(anonymizer, (struct text){bytes, length_bytes}, ret);
	else if (!replace && !strncmp(file, tables, strlen(tables)))
		result = mr_anonymize_csv(anonymizer, file, mounts, bytes, length_bytes, ret);
	return result == MR_ANONYMIZED_REPLACED && ret->failed ? MR_ANONYMIZED_WITHHELD : result;
}

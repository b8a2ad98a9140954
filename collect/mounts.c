/* Finding the cgroup hierarchies.  Decided by what is mounted, never by the kernel's version. */
#include "collect/mounts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/buffer.h"
#include "schema/base/text.h"

struct word {
	const char *text;
	size_t length_bytes;
};

/* One line: 36 35 98:0 /root /mount/point rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
struct mount_line {
	struct word root, point, options, type, super_options;
};

static struct word next_word(const char **at, const char *end)
{
	while (*at < end && **at == ' ')
		(*at)++;
	struct word word = {.text = *at};
	while (*at < end && **at != ' ')
		(*at)++;
	word.length_bytes = (size_t)(*at - word.text);
	return word;
}

static bool is(struct word word, const char *text)
{
	return mr_text_is(word.text, word.length_bytes, text);
}

static bool split(const char *at, const char *end, struct mount_line *ret)
{
	struct word word;

	for (int i = 0; i < 3; i++)
		next_word(&at, end);
	ret->root = next_word(&at, end);
	ret->point = next_word(&at, end);
	ret->options = next_word(&at, end);
	do
		word = next_word(&at, end);
	while (word.length_bytes && !is(word, "-"));
	ret->type = next_word(&at, end);
	next_word(&at, end);
	ret->super_options = next_word(&at, end);
	return ret->type.length_bytes > 0;
}

/* Is the name one of a list with commas? */
static bool list_has(struct word list, const char *name)
{
	const char *at = list.text, *end = list.text + list.length_bytes;

	while (at < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		struct word item = {at, (size_t)((comma ? comma : end) - at)};

		if (is(item, name))
			return true;
		at = comma ? comma + 1 : end;
	}
	return false;
}

static bool is_octal(const char *text)
{
	return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' && text[2] >= '0' &&
	       text[2] <= '7';
}

static char *unescaped(struct word word)
{
	char *copy = malloc(word.length_bytes + 1);
	size_t length_bytes = 0;

	if (!copy)
		return NULL;
	for (size_t i = 0; i < word.length_bytes; i++) {
		const char *at = word.text + i;

		if (*at == '\\' && i + 3 < word.length_bytes && is_octal(at + 1)) {
			copy[length_bytes++] = (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0'));
			i += 3;
		} else
			copy[length_bytes++] = *at;
	}
	copy[length_bytes] = '\0';
	return copy;
}

/* Keep the mount point unless a better one is kept. */
static void keep(char **kept, bool *kept_is_whole, const struct mount_line *line, const char *point)
{
	bool is_whole = is(line->root, "/");

	if (*kept && (*kept_is_whole || !is_whole))
		return;
	free(*kept);
	*kept = strdup(point);
	*kept_is_whole = is_whole;
}

static void keep_procfs_options(char **kept, const struct mount_line *line)
{
	struct mr_buffer options = {0};

	mr_buffer_append(&options, line->options.text, line->options.length_bytes);
	mr_buffer_append(&options, ",", 1);
	mr_buffer_append(&options, line->super_options.text, line->super_options.length_bytes);
	free(*kept);
	*kept = mr_buffer_detach(&options);
}

/* What is left of a mount point below the top: "" for the top itself, NULL outside of it. */
static const char *below(const char *point, const char *top)
{
	size_t length_bytes = top ? strlen(top) : 0;

	if (strncmp(point, top ? top : "", length_bytes) != 0)
		return NULL;
	return !length_bytes || point[length_bytes] == '/' || !point[length_bytes] ? point + length_bytes
										   : NULL;
}

static int parse_line(const char *at, const char *end, const char *top, struct mr_mount_facts *facts,
		      bool cgroup_is_whole[2])
{
	struct mount_line line;

	if (!split(at, end, &line))
		return 0;
	char *point = unescaped(line.point);
	if (!point)
		return -ENOMEM;
	const char *inside = below(point, top);
	if (inside && is(line.type, "cgroup") && list_has(line.super_options, "memory"))
		keep(&facts->cgroup1_memory, &cgroup_is_whole[0], &line, inside);
	else if (inside && is(line.type, "cgroup2"))
		keep(&facts->cgroup2, &cgroup_is_whole[1], &line, inside);
	else if (inside && is(line.type, "proc") && !strcmp(inside, "/proc"))
		keep_procfs_options(&facts->procfs_options, &line);
	free(point);
	return 0;
}

int mr_mount_facts_parse(struct mr_mount_facts *ret, const char *text, size_t length_bytes, const char *top)
{
	const char *at = text, *end = text + length_bytes;
	bool cgroup_is_whole[2] = {false, false};
	int result = 0;

	*ret = (struct mr_mount_facts){0};
	while (at < end && !result) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		result = parse_line(at, newline ? newline : end, top, ret, cgroup_is_whole);
		at = newline ? newline + 1 : end;
	}
	return result;
}

void mr_mount_facts_deinit(struct mr_mount_facts *facts)
{
	free(facts->cgroup1_memory);
	free(facts->cgroup2);
	free(facts->procfs_options);
	*facts = (struct mr_mount_facts){0};
}

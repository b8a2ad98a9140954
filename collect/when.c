/* What a condition says, and what a text of the kernel answers to it.  Nothing is opened here: watch.c does.
 */
#include "collect/when.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "schema/base/text.h"

#define PPM 1000000u
/* Decimals of a threshold: four of a percent are one ppm. */
#define DECIMALS 4
#define DECIMAL_SCALE 10000u
/* Above it version 1 means "no limit": the largest signed word, rounded down to whole pages. */
#define UNLIMITED_BYTES (INT64_MAX - 1024 * 1024)

struct text {
	const char *at, *end;
};

static struct text trimmed(const char *at, const char *end)
{
	while (at < end && *at == ' ')
		at++;
	while (at < end && end[-1] == ' ')
		end--;
	return (struct text){at, end};
}

static bool is(struct text text, const char *word)
{
	return mr_text_is(text.at, (size_t)(text.end - text.at), word);
}

/* Do the letters and digits of both agree, whatever stands between them? */
static bool is_key(struct text a, struct text b)
{
	for (;;) {
		while (a.at < a.end && !isalnum((unsigned char)*a.at))
			a.at++;
		while (b.at < b.end && !isalnum((unsigned char)*b.at))
			b.at++;
		if (a.at == a.end || b.at == b.end)
			return a.at == a.end && b.at == b.end;
		if (tolower((unsigned char)*a.at++) != tolower((unsigned char)*b.at++))
			return false;
	}
}

static struct text text_of(const char *word)
{
	return (struct text){word, word + strlen(word)};
}

/* Take a number off the front of a text.  @return whether there is one that fits */
static bool take_number(struct text *text, uint64_t *ret)
{
	const char *begin = text->at;
	uint64_t value = 0;

	for (; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++)
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text->at - '0'), &value))
			return false;
	*ret = value;
	return text->at > begin;
}

/* Take "12" or "12.5" off the front, in ten-thousandths. */
static bool take_decimal(struct text *text, uint64_t *ret_scaled)
{
	uint64_t value, fraction = 0;
	int digits = 0;

	if (!take_number(text, &value) || __builtin_mul_overflow(value, DECIMAL_SCALE, &value))
		return false;
	if (text->at < text->end && *text->at == '.') {
		for (text->at++;
		     digits < DECIMALS && text->at < text->end && isdigit((unsigned char)*text->at); digits++)
			fraction = 10 * fraction + (uint64_t)(*text->at++ - '0');
		if (!digits)
			return false;
	}
	for (; digits && digits < DECIMALS; digits++)
		fraction *= 10;
	return !__builtin_add_overflow(value, fraction, ret_scaled);
}

static int refuse(const char *text, struct mr_error *error, const char *reason)
{
	return mr_error_set(error, -EINVAL, "cannot wait for '%s': %s", text, reason);
}

/* The number behind the relation. */
static int parse_threshold(struct text text, struct mr_when *when, struct mr_error *error)
{
	static const char *const units[] = {"B", "K", "M", "G", "T"};
	uint64_t scaled;
	size_t i = 0;

	if (!take_decimal(&text, &scaled))
		return refuse(when->text, error, "a number must follow, such as 5%, 512M or 20");
	text = trimmed(text.at, text.end);
	bool is_bare = text.at == text.end;
	if ((is(text, "%") || (is_bare && when->subject == MR_WHEN_PRESSURE)) && scaled <= UINT32_MAX) {
		when->unit = MR_WHEN_PPM;
		when->threshold = scaled;
		return 0;
	}
	if (is_bare && scaled % DECIMAL_SCALE == 0) {
		when->unit = MR_WHEN_COUNT;
		when->threshold = scaled / DECIMAL_SCALE;
		return 0;
	}
	while (i < sizeof(units) / sizeof(units[0]) && !is(text, units[i]))
		i++;
	uint64_t whole = scaled / DECIMAL_SCALE, bytes;
	if (i == sizeof(units) / sizeof(units[0]) ||
	    __builtin_mul_overflow(whole, (uint64_t)1 << 10 * i, &bytes) ||
	    __builtin_add_overflow(bytes, ((scaled % DECIMAL_SCALE) << 10 * i) / DECIMAL_SCALE, &bytes) ||
	    bytes > INT64_MAX)
		return refuse(when->text, error, "the number ends in %, in B, K, M, G or T, or in nothing");
	when->unit = MR_WHEN_BYTES;
	when->threshold = bytes;
	return 0;
}

/* "some_avg10" */
static bool is_average(struct text text)
{
	static const char *const names[] = {"some_avg10", "some_avg60", "some_avg300",
					    "full_avg10", "full_avg60", "full_avg300"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is(text, names[i]))
			return true;
	return false;
}

/* An absolute path that stays in its hierarchy. */
static bool is_group_path(struct text text)
{
	if (text.at == text.end || *text.at != '/')
		return false;
	for (const char *at = text.at; at < text.end; at++)
		if (text.end - at >= 3 && !memcmp(at, "/..", 3) && (at + 3 == text.end || at[3] == '/'))
			return false;
	return true;
}

static bool begins(struct text text, const char *prefix)
{
	return (size_t)(text.end - text.at) >= strlen(prefix) && !memcmp(text.at, prefix, strlen(prefix));
}

/* What stands before the relation. */
static int parse_name(struct text text, struct mr_when *when, struct mr_error *error)
{
	when->subject = MR_WHEN_MEMINFO;
	if (begins(text, "cgroup:")) {
		when->subject = MR_WHEN_CGROUP;
		text.at += strlen("cgroup:");
		if (!is_group_path(text))
			return refuse(when->text, error,
				      "cgroup: and the path of a group, such as cgroup:/system.slice");
	} else if (begins(text, "psi_")) {
		when->subject = MR_WHEN_PRESSURE;
		text.at += strlen("psi_");
		if (!is_average(text))
			return refuse(when->text, error,
				      "psi_some_ or psi_full_, then avg10, avg60 or avg300");
	}
	when->name = text.at;
	when->name_bytes = (size_t)(text.end - text.at);
	if (when->subject != MR_WHEN_MEMINFO)
		return 0;
	for (const char *at = text.at; at < text.end; at++)
		if (!isalnum((unsigned char)*at) && !strchr("_()", *at))
			text.end = text.at;
	if (text.at == text.end)
		return refuse(when->text, error,
			      "KEY<VALUE or KEY>VALUE, KEY as mem_available, psi_some_avg10 or cgroup:/a/b");
	return 0;
}

int mr_when_parse(const char *text, struct mr_when *ret, struct mr_error *error)
{
	struct mr_when when = {.text = text};
	const char *end = text + strlen(text), *relation = end;

	/* the last one: a cgroup may have any name */
	while (relation > text && relation[-1] != '<' && relation[-1] != '>')
		relation--;
	if (relation == text)
		return refuse(text, error, "no < or > in it.   memreckon-collect --when 'mem_available<5%'");
	bool is_below = relation[-1] == '<', has_equal = *relation == '=';
	when.relation = is_below ? (has_equal ? MR_WHEN_AT_MOST : MR_WHEN_BELOW)
				 : (has_equal ? MR_WHEN_AT_LEAST : MR_WHEN_ABOVE);
	int result = parse_name(trimmed(text, relation - 1), &when, error);
	if (!result)
		result = parse_threshold(trimmed(relation + has_equal, end), &when, error);
	if (result < 0)
		return result;
	if (when.subject == MR_WHEN_PRESSURE && (when.unit != MR_WHEN_PPM || when.threshold > PPM))
		return refuse(text, error, "a pressure is a share of the time: 0 to 100 %");
	if (when.subject == MR_WHEN_CGROUP && when.unit == MR_WHEN_COUNT && when.threshold)
		return refuse(text, error, "a size needs its unit: B, K, M, G or T");
	*ret = when;
	return 0;
}

/* The number of a line of meminfo; lines in kB as bytes. */
static int find_line(struct text all, struct text key, struct mr_when_level *ret)
{
	while (all.at < all.end) {
		const char *newline = memchr(all.at, '\n', (size_t)(all.end - all.at));
		struct text line = {all.at, newline ? newline : all.end};
		const char *colon = memchr(line.at, ':', (size_t)(line.end - line.at));

		all.at = newline ? newline + 1 : all.end;
		if (!colon || !is_key((struct text){line.at, colon}, key))
			continue;
		struct text value = trimmed(colon + 1, line.end);
		if (!take_number(&value, &ret->amount))
			return -EINVAL;
		ret->is_count = !is(trimmed(value.at, value.end), "kB");
		return !ret->is_count && __builtin_mul_overflow(ret->amount, 1024u, &ret->amount) ? -EINVAL
												  : 0;
	}
	return -ENOENT;
}

/* Which line is 100 % of another; MemTotal where none is named. */
static const char *total_of(struct text key, bool is_count)
{
	static const struct {
		const char *key, *total;
	} rows[] = {
		{"SwapFree", "SwapTotal"},
		{"Committed_AS", "CommitLimit"},
		{"CmaFree", "CmaTotal"},
		{"HugePages_Free", "HugePages_Total"},
		{"HugePages_Rsvd", "HugePages_Total"},
		{"HugePages_Surp", "HugePages_Total"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (is_key(text_of(rows[i].key), key))
			return rows[i].total;
	return is_count ? NULL : "MemTotal";
}

int mr_when_read_meminfo(const struct mr_when *when, const char *text, size_t length_bytes,
			 struct mr_when_level *ret)
{
	struct text all = {text, text + length_bytes}, key = {when->name, when->name + when->name_bytes};
	struct mr_when_level level = {0}, total = {0};
	int result = find_line(all, key, &level);

	if (result < 0)
		return result;
	const char *total_key = total_of(key, level.is_count);
	if (total_key && !find_line(all, text_of(total_key), &total) && total.is_count == level.is_count)
		level.total = total.amount;
	*ret = level;
	return 0;
}

int mr_when_read_pressure(const struct mr_when *when, const char *text, size_t length_bytes,
			  struct mr_when_level *ret)
{
	struct text all = {text, text + length_bytes};
	const char *average = when->name + strlen("some_");
	size_t average_bytes = when->name_bytes - strlen("some_");
	uint64_t ppm;

	while (all.at < all.end) {
		const char *newline = memchr(all.at, '\n', (size_t)(all.end - all.at));
		struct text line = {all.at, newline ? newline : all.end};

		all.at = newline ? newline + 1 : all.end;
		if (line.end - line.at < 5 || memcmp(line.at, when->name, 4) || line.at[4] != ' ')
			continue;
		const char *at = memmem(line.at, (size_t)(line.end - line.at), average, average_bytes);
		if (!at || at + average_bytes == line.end || at[average_bytes] != '=')
			return -EINVAL;
		line.at = at + average_bytes + 1;
		if (!take_decimal(&line, &ppm))
			return -EINVAL;
		*ret = (struct mr_when_level){.amount = ppm, .total = PPM};
		return 0;
	}
	return -ENOENT;
}

/* A text of one line, which is a number. */
static bool whole_number(const char *text, uint64_t *ret)
{
	struct text number = text_of(text);

	return take_number(&number, ret) && (number.at == number.end || *number.at == '\n');
}

int mr_when_read_cgroup(const char *usage, const char *limit, struct mr_when_level *ret)
{
	bool is_max = limit && (!strcmp(limit, "max\n") || !strcmp(limit, "max"));
	struct mr_when_level level = {0};

	if (!whole_number(usage, &level.amount) || (limit && !is_max && !whole_number(limit, &level.total)))
		return -EINVAL;
	if (level.total > UNLIMITED_BYTES)
		level.total = 0;
	*ret = level;
	return 0;
}

/* A product of 96 bits: 32-bit machines have no type for it. */
struct product {
	uint64_t high; /* without the lower 32 bits */
	uint32_t low;
};

static struct product times(uint64_t a, uint32_t b)
{
	uint64_t low = (a & UINT32_MAX) * b;

	return (struct product){.high = (a >> 32) * b + (low >> 32), .low = (uint32_t)low};
}

/* @return below, equal or above 0, as a is less than, equal to or more than b */
static int compare(struct product a, struct product b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return (a.low > b.low) - (a.low < b.low);
}

bool mr_when_holds(const struct mr_when *when, const struct mr_when_level *level)
{
	bool is_share = when->unit == MR_WHEN_PPM;

	if (is_share && !level->total)
		return false;
	int order =
		is_share ? compare(times(level->amount, PPM), times(level->total, (uint32_t)when->threshold))
			 : compare(times(level->amount, 1), times(when->threshold, 1));
	switch (when->relation) {
	case MR_WHEN_BELOW:
		return order < 0;
	case MR_WHEN_AT_MOST:
		return order <= 0;
	case MR_WHEN_ABOVE:
		return order > 0;
	default:
		return order >= 0;
	}
}

static void print_size(uint64_t bytes, char ret[MR_WHEN_LEVEL_BYTES])
{
	static const char letters[] = "KMGTPE";
	unsigned power = 0;

	if (bytes < 1024) {
		snprintf(ret, MR_WHEN_LEVEL_BYTES, "%" PRIu64 " B", bytes);
		return;
	}
	while (power < 5 && bytes >> 10 * (power + 2))
		power++;
	unsigned shift = 10 * (power + 1);
	uint64_t rest = bytes & (((uint64_t)1 << shift) - 1);
	snprintf(ret, MR_WHEN_LEVEL_BYTES, "%" PRIu64 ".%02" PRIu64 " %c", bytes >> shift,
		 (rest >> (shift - 10)) * 100 / 1024, letters[power]);
}

void mr_when_print_level(const struct mr_when *when, const struct mr_when_level *level,
			 char ret[MR_WHEN_LEVEL_BYTES])
{
	if (when->unit == MR_WHEN_PPM && level->total) {
		/* in hundredths of a percent; what is beyond that many digits is not printed either */
		uint64_t share = level->amount < UINT64_MAX / 10000
					 ? level->amount * 10000 / level->total
					 : level->amount / (level->total / 10000 + 1);

		snprintf(ret, MR_WHEN_LEVEL_BYTES, "%" PRIu64 ".%02" PRIu64 "%%", share / 100, share % 100);
	} else if (level->is_count)
		snprintf(ret, MR_WHEN_LEVEL_BYTES, "%" PRIu64, level->amount);
	else
		print_size(level->amount, ret);
}

/* Dates word by word: each word of a line is a month, a day, a year, a time, a zone or nothing, so that the
 * order in which a locale has them does not matter.  The calendar is here because the C library's opens the
 * zone file of the machine that it runs on. */
#include "analyze/read/foreign/evidence_date.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "analyze/read/foreign/evidence.h"

#define DAY_S INT64_C(86400)
#define FIRST_YEAR 1970
#define END_YEAR 2200

/* Names that stand for one offset only.  CST, IST, BST, EST and the like are several. */
static const struct {
	const char *name;
	int offset_h;
	bool is_usual; /* elsewhere, or for some years, it meant another: Manila, Havana, Moscow, Pyongyang */
} zones[] = {
	{"UTC", 0, false},   {"GMT", 0, false},   {"Z", 0, false},     {"WET", 0, false},
	{"WEST", 1, false},  {"CET", 1, false},   {"CEST", 2, false},  {"EET", 2, false},
	{"EEST", 3, false},  {"PKT", 5, false},   {"WIB", 7, false},   {"HKT", 8, false},
	{"JST", 9, false},   {"AEST", 10, false}, {"AEDT", 11, false}, {"NZST", 12, false},
	{"NZDT", 13, false}, {"EDT", -4, false},  {"MDT", -6, false},  {"PDT", -7, false},
	{"AKST", -9, false}, {"HST", -10, false}, {"BRT", -3, false},  {"PST", -8, true},
	{"CDT", -5, true},   {"MSK", 3, true},    {"KST", 9, true},
};

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* ---- the calendar ---- */

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_year(int year)
{
	return is_leap(year) ? 366 : 365;
}

static int days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

static int64_t days_since_1970(int year, int month, int day)
{
	int64_t days = day - 1;

	for (int i = FIRST_YEAR; i < year; i++)
		days += days_of_year(i);
	for (int i = 1; i < month; i++)
		days += days_of_month(year, i);
	return days;
}

struct mr_date_text mr_date_text(int64_t utc_s)
{
	struct mr_date_text result = {"?"};
	int64_t days = utc_s / DAY_S;
	int second = (int)(utc_s % DAY_S);
	int year = FIRST_YEAR;
	int month = 1;

	if (utc_s < 0)
		return result;
	for (; year < END_YEAR && days >= days_of_year(year); year++)
		days -= days_of_year(year);
	if (year == END_YEAR)
		return result;
	for (; days >= days_of_month(year, month); month++)
		days -= days_of_month(year, month);
	snprintf(result.text, sizeof(result.text), "%04d-%02d-%02d %02d:%02d:%02d", year, month,
		 (int)days + 1, second / 3600, second / 60 % 60, second % 60);
	return result;
}

/* ---- the words ---- */

struct parts {
	int year, month, day; /* 0: not seen */
	bool has_clock;
	int64_t clock_s;
	bool is_pm, is_am;
	struct mr_date date;
};

/* Some digits, all of the first @count bytes; -1 for anything else. */
static int digits(struct mr_slice word, size_t count)
{
	uint64_t value;

	if (word.length_bytes < count ||
	    mr_slice_unsigned((struct mr_slice){word.at, count}, 10, &value) != MR_NUMBER_OK)
		return -1;
	return (int)value;
}

static bool take_offset(struct parts *parts, struct mr_slice word)
{
	bool is_colon = word.length_bytes == 6 && word.at[3] == ':';

	if (word.length_bytes < 3 || (word.at[0] != '+' && word.at[0] != '-'))
		return false;
	int hours = digits(mr_slice_skip(word, 1), 2);
	int minutes = word.length_bytes == 3 ? 0 : digits(mr_slice_skip(word, is_colon ? 4 : 3), 2);
	if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59 ||
	    (word.length_bytes != 3 && word.length_bytes != 5 && !is_colon))
		return false;
	parts->date.offset_s = (word.at[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	parts->date.has_zone = true;
	return true;
}

/* A word of capitals, behind the time or alone. */
static bool take_zone(struct parts *parts, struct mr_slice word)
{
	if (!word.length_bytes || word.length_bytes >= sizeof(parts->date.zone))
		return false;
	for (size_t i = 0; i < word.length_bytes; i++)
		if (!isupper((unsigned char)word.at[i]))
			return false;
	memcpy(parts->date.zone, word.at, word.length_bytes);
	parts->date.zone[word.length_bytes] = '\0';
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (mr_slice_is(word, zones[i].name)) {
			parts->date.has_zone = !zones[i].is_usual;
			parts->date.offset_s = zones[i].offset_h * 3600;
		}
	return true;
}

/* HH:MM:SS, a fraction, and what stands behind without a blank: an offset or Z. */
static bool take_clock(struct parts *parts, struct mr_slice word)
{
	int hours = digits(word, 2);
	size_t hours_bytes = hours < 0 ? 1 : 2;

	if (hours < 0)
		hours = digits(word, 1);
	word = mr_slice_skip(word, hours_bytes);
	if (word.length_bytes < 6 || word.at[0] != ':' || word.at[3] != ':')
		return false;
	int minutes = digits(mr_slice_skip(word, 1), 2);
	int seconds = digits(mr_slice_skip(word, 4), 2);
	if (hours < 0 || hours > 24 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60)
		return false;
	parts->clock_s = hours * 3600 + minutes * 60 + seconds;
	parts->has_clock = true;
	word = mr_slice_skip(word, 6);
	if (word.length_bytes && (word.at[0] == '.' || word.at[0] == ','))
		do
			word = mr_slice_skip(word, 1);
		while (word.length_bytes && isdigit((unsigned char)word.at[0]));
	return !word.length_bytes || take_offset(parts, word) || take_zone(parts, word);
}

/* YYYY-MM-DD, and a time behind a T. */
static bool take_iso_date(struct parts *parts, struct mr_slice word)
{
	if (word.length_bytes < 10 || word.at[4] != '-' || word.at[7] != '-')
		return false;
	parts->year = digits(word, 4);
	parts->month = digits(mr_slice_skip(word, 5), 2);
	parts->day = digits(mr_slice_skip(word, 8), 2);
	if (word.length_bytes > 10)
		return word.at[10] == 'T' && take_clock(parts, mr_slice_skip(word, 11));
	return true;
}

static bool take_number(struct parts *parts, struct mr_slice word)
{
	int number = digits(word, word.length_bytes);

	if (number < 0 || word.length_bytes > 4)
		return false;
	if (word.length_bytes == 4)
		parts->year = number;
	else if (word.length_bytes <= 2 && !parts->day)
		parts->day = number;
	return true;
}

static bool take_month(struct parts *parts, struct mr_slice word)
{
	for (int i = 0; i < 12; i++)
		if (word.length_bytes >= 3 && !parts->month && !strncasecmp(word.at, months[i], 3)) {
			parts->month = i + 1;
			return true;
		}
	return false;
}

static void take_word(struct parts *parts, struct mr_slice word)
{
	while (word.length_bytes && strchr(",.\"()", word.at[word.length_bytes - 1]))
		word.length_bytes--;
	while (word.length_bytes && strchr("\"(", word.at[0]))
		word = mr_slice_skip(word, 1);
	if (mr_slice_is(word, "AM") || mr_slice_is(word, "PM")) {
		parts->is_am = word.at[0] == 'A';
		parts->is_pm = !parts->is_am;
		return;
	}
	if (take_number(parts, word) || take_iso_date(parts, word) || take_month(parts, word))
		return;
	if (!parts->has_clock)
		take_clock(parts, word);
	else if (!parts->date.has_zone && !parts->date.zone[0] && !take_offset(parts, word))
		take_zone(parts, word);
}

static bool is_date(const struct parts *parts)
{
	return parts->has_clock && parts->year >= FIRST_YEAR && parts->year < END_YEAR && parts->month >= 1 &&
	       parts->month <= 12 && parts->day >= 1 &&
	       parts->day <= days_of_month(parts->year, parts->month);
}

bool mr_date_find(struct mr_slice line, struct mr_date *ret)
{
	struct parts parts = {0};
	struct mr_slice word;

	while (mr_slice_word(&line, &word))
		take_word(&parts, word);
	if (!is_date(&parts))
		return false;
	if ((parts.is_am || parts.is_pm) && parts.clock_s >= 12 * 3600)
		parts.clock_s -= 12 * 3600;
	if (parts.is_pm)
		parts.clock_s += 12 * 3600;
	*ret = parts.date;
	ret->local_s = days_since_1970(parts.year, parts.month, parts.day) * DAY_S + parts.clock_s;
	return true;
}

bool mr_date_clock(struct mr_slice line, int64_t *ret_s)
{
	struct parts parts = {0};
	struct mr_slice word;

	if (!mr_slice_word(&line, &word) || !take_clock(&parts, word) || parts.clock_s >= DAY_S)
		return false;
	*ret_s = parts.clock_s;
	return true;
}

/* Whether a text begins as a pattern, in which 0 is any digit. */
static bool is_like(const char *text, const char *pattern)
{
	for (; *pattern; text++, pattern++)
		if (*pattern == '0' ? !isdigit((unsigned char)*text) : *text != *pattern)
			return false;
	return true;
}

/* What people leave out and programs do not: seconds, or the time of the day. */
static void complete(const char *text, char *buffer, size_t buffer_bytes)
{
	static const char day[] = "0000-00-00", minute[] = "0000-00-00 00:00";
	bool has_t = is_like(text, "0000-00-00T00:00");
	size_t day_length = strlen(day), minute_length = strlen(minute);

	if (is_like(text, day) && !text[day_length])
		snprintf(buffer, buffer_bytes, "%s 00:00:00", text);
	else if ((has_t || is_like(text, minute)) && text[minute_length] != ':')
		snprintf(buffer, buffer_bytes, "%.*s:00%s", (int)minute_length, text, text + minute_length);
	else
		snprintf(buffer, buffer_bytes, "%s", text);
}

bool mr_given_moment(const char *text, int64_t *ret_ns)
{
	char whole[128];
	struct mr_date date;

	complete(text, whole, sizeof(whole));
	if (!mr_date_find((struct mr_slice){whole, strlen(whole)}, &date) || (*date.zone && !date.has_zone))
		return false;
	*ret_ns = (date.local_s - (date.has_zone ? date.offset_s : 0)) * INT64_C(1000000000);
	return true;
}

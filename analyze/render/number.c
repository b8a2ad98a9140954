/* See number.h.  Everything is integer arithmetic in 128 bits: a database may hold any 64-bit number. */
#include "analyze/render/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef __int128 wide;

static const struct {
	const char *name, *letter, *title;
	int64_t bytes; /* 0: the page size */
	int decimals;  /* in a table */
} units[] = {
	[MR_SIZE_AUTO] = {"auto", "", "", 1, 0},      [MR_SIZE_B] = {"B", " B", "B", 1, 0},
	[MR_SIZE_K] = {"K", " K", "KiB", 1 << 10, 0}, [MR_SIZE_M] = {"M", " M", "MiB", 1 << 20, 2},
	[MR_SIZE_G] = {"G", " G", "GiB", 1 << 30, 2}, [MR_SIZE_PAGE] = {"page", " p", "pages", 0, 0},
};

static const int64_t powers_of_ten[] = {1, 10, 100};

static wide magnitude(wide value)
{
	return value < 0 ? -value : value;
}

/* value * scale / unit, half away from zero */
static wide divide_rounded(wide value, wide scale, wide unit)
{
	wide quotient = (magnitude(value) * scale * 2 + unit) / (unit * 2);

	return value < 0 ? -quotient : quotient;
}

static int64_t clamp(wide value)
{
	return value > INT64_MAX ? INT64_MAX : value < -INT64_MAX ? -INT64_MAX : (int64_t)value;
}

static int64_t unit_bytes(enum mr_size_unit unit, int64_t page_size_bytes)
{
	if (unit != MR_SIZE_PAGE)
		return units[unit].bytes;
	return page_size_bytes > 0 ? page_size_bytes : 4096;
}

/* "-12.34" out of -1234 hundredths */
static struct mr_number decimal(int64_t scaled, int decimals, bool with_sign, const char *suffix)
{
	struct mr_number number;
	uint64_t absolute = (uint64_t)magnitude(scaled), base = (uint64_t)powers_of_ten[decimals];
	const char *sign = scaled < 0 ? "-" : with_sign && scaled > 0 ? "+" : "";

	if (decimals)
		snprintf(number.text, sizeof(number.text), "%s%" PRIu64 ".%0*" PRIu64 "%s", sign,
			 absolute / base, decimals, absolute % base, suffix);
	else
		snprintf(number.text, sizeof(number.text), "%s%" PRIu64 "%s", sign, absolute, suffix);
	return number;
}

bool mr_size_unit_parse(const char *name, enum mr_size_unit *ret_unit)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(name, units[i].name)) {
			*ret_unit = (enum mr_size_unit)i;
			return true;
		}
	return false;
}

const char *mr_size_unit_title(enum mr_size_unit unit)
{
	return units[unit].title;
}

/* Three digits below G, four from there on: as many decimals as fit. */
static struct mr_number size_auto(int64_t bytes, bool with_sign, const char *const suffixes[6])
{
	unsigned power = 0;

	while (power < 5 && magnitude(bytes) >> (10 * power) >= 1024)
		power++;
	if (!power)
		return decimal(bytes, 0, with_sign, bytes ? suffixes[0] : "");
	for (;; power++) {
		int64_t limit = power >= 3 ? 10000 : 1000;
		int most = power >= 2 ? 2 : bytes % 1024 ? 1 : 0;

		for (int decimals = most; decimals >= 0; decimals--) {
			wide scaled = divide_rounded(bytes, powers_of_ten[decimals], (wide)1 << (10 * power));

			if (magnitude(scaled) < limit ||
			    (!decimals && (magnitude(scaled) < 1024 || power == 5)))
				return decimal(clamp(scaled), decimals, with_sign, suffixes[power]);
		}
	}
}

static struct mr_number size(int64_t bytes, const struct mr_size_style *style, bool with_sign)
{
	static const char *const letters[] = {" B", " K", " M", " G", " T", " P"};

	if (style->unit == MR_SIZE_AUTO)
		return size_auto(bytes, with_sign, letters);
	int64_t steps = mr_number_steps(bytes, style->unit, style->page_size_bytes);
	return decimal(steps, units[style->unit].decimals, with_sign, units[style->unit].letter);
}

struct mr_number mr_number_size(int64_t bytes, const struct mr_size_style *style)
{
	return size(bytes, style, false);
}

struct mr_number mr_number_size_signed(int64_t bytes, const struct mr_size_style *style)
{
	return size(bytes, style, true);
}

struct mr_number mr_number_size_prose(int64_t bytes)
{
	static const char *const names[] = {" bytes", " KiB", " MiB", " GiB", " TiB", " PiB"};

	return size_auto(bytes, false, names);
}

enum mr_size_unit mr_number_table_unit(int64_t total_bytes, enum mr_size_unit wanted)
{
	if (wanted != MR_SIZE_AUTO)
		return wanted;
	return total_bytes >= 16 * (INT64_C(1) << 30) ? MR_SIZE_G : MR_SIZE_M;
}

int64_t mr_number_steps(int64_t bytes, enum mr_size_unit unit, int64_t page_size_bytes)
{
	return clamp(divide_rounded(bytes, powers_of_ten[units[unit].decimals],
				    unit_bytes(unit, page_size_bytes)));
}

struct mr_number mr_number_of_steps(int64_t steps, enum mr_size_unit unit, bool with_sign)
{
	return decimal(steps, units[unit].decimals, with_sign, "");
}

static wide floor_divide(wide value, wide divisor)
{
	return value / divisor - (value % divisor < 0);
}

/* The summand that lost most by rounding down and was not raised yet; count when none is left. */
static size_t most_wronged(const int64_t *exact, const int64_t *steps, size_t count, wide numerator,
			   wide denominator)
{
	size_t best = count;
	wide best_rest = 0;

	for (size_t i = 0; i < count; i++) {
		wide rest = exact[i] * numerator - steps[i] * denominator;

		if (rest > best_rest) {
			best = i;
			best_rest = rest;
		}
	}
	return best;
}

void mr_number_apportion(const int64_t *exact, int64_t *ret_steps, size_t count, int64_t numerator,
			 int64_t denominator, int64_t total_steps)
{
	wide given = 0, summed = 0;

	for (size_t i = 0; i < count; i++) {
		ret_steps[i] = clamp(floor_divide((wide)exact[i] * numerator, denominator));
		given += ret_steps[i];
		summed += exact[i];
	}
	wide wanted = total_steps;
	if (wanted < given || wanted > given + (wide)count)
		wanted = divide_rounded(summed, numerator, denominator);
	for (; given < wanted; given++) {
		size_t i = most_wronged(exact, ret_steps, count, numerator, denominator);
		if (i == count)
			break;
		ret_steps[i]++;
	}
}

void mr_number_step_fraction(enum mr_size_unit unit, int64_t page_size_bytes, int64_t *ret_numerator,
			     int64_t *ret_denominator)
{
	*ret_numerator = powers_of_ten[units[unit].decimals];
	*ret_denominator = unit_bytes(unit, page_size_bytes);
}

int64_t mr_number_ppm(int64_t part, int64_t whole)
{
	if (!whole)
		return 0;
	wide ppm = divide_rounded(part, 1000000, magnitude(whole));
	return clamp(whole < 0 ? -ppm : ppm);
}

struct mr_number mr_number_share(int64_t hundredths_of_pct, bool with_sign)
{
	return decimal(hundredths_of_pct, 2, with_sign, "");
}

struct mr_number mr_number_change(int64_t ppm)
{
	struct mr_number number;

	if (ppm < 9000000)
		return decimal(clamp(divide_rounded(ppm, 1, 1000)), 1, true, "%");
	snprintf(number.text, sizeof(number.text), "×%" PRId64,
		 clamp(divide_rounded((wide)ppm + 1000000, 1, 1000000)));
	return number;
}

struct mr_number mr_number_count(int64_t count)
{
	struct mr_number number;
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, (uint64_t)magnitude(count)),
	       at = 0;

	if (count < 0)
		number.text[at++] = '-';
	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			number.text[at++] = ',';
		number.text[at++] = digits[i];
	}
	number.text[at] = '\0';
	return number;
}

struct mr_number mr_number_ratio(double ratio)
{
	struct mr_number number;

	if (isnan(ratio))
		snprintf(number.text, sizeof(number.text), "?");
	else if (fabs(ratio) >= 999.995)
		snprintf(number.text, sizeof(number.text), "%s999", ratio < 0 ? "<-" : ">");
	else
		snprintf(number.text, sizeof(number.text), "%.2f", ratio);
	return number;
}

struct mr_number mr_number_duration(int64_t duration_ns)
{
	static const struct {
		int64_t below_ns, unit_ns;
		int decimals;
		const char *suffix;
	} steps[] = {
		{INT64_C(9950000), 1000000, 1, " ms"},
		{INT64_C(999500000), 1000000, 0, " ms"},
		{INT64_C(9995000000), 1000000000, 2, " s"},
		{INT64_C(99950000000), 1000000000, 1, " s"},
		{INT64_C(119500000000), 1000000000, 0, " s"},
		{INT64_C(7170000000000), INT64_C(60000000000), 0, " min"},
		{INT64_C(171000000000000), INT64_C(3600000000000), 0, " h"},
		{INT64_MAX, INT64_C(86400000000000), 0, " d"},
	};
	size_t i = 0;

	while (i + 1 < sizeof(steps) / sizeof(steps[0]) && magnitude(duration_ns) >= steps[i].below_ns)
		i++;
	return decimal(clamp(divide_rounded(duration_ns, powers_of_ten[steps[i].decimals], steps[i].unit_ns)),
		       steps[i].decimals, false, steps[i].suffix);
}

struct mr_number mr_number_moment(int64_t moment_ns, enum mr_moment_form form)
{
	struct mr_number number = {"?"};
	struct tm tm;
	time_t seconds = (time_t)floor_divide(moment_ns, 1000000000);

	if (!gmtime_r(&seconds, &tm) || tm.tm_year < -1899 || tm.tm_year > 8099)
		return number;
	strftime(number.text, sizeof(number.text),
		 form == MR_MOMENT_MINUTE ? "%Y-%m-%d %H:%M" : "%Y-%m-%d %H:%M:%SZ", &tm);
	return number;
}

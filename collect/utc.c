/* The calendar, without the C library's: gmtime() and strftime() bring time zones, scanf() and floating point
 * into a static program, 110 KB in all, for a name. */
#include "collect/utc.h"

#include <inttypes.h>
#include <stdio.h>

#define SECONDS_PER_DAY 86400
/* The calendar repeats every 400 years, counted here from 0000-03-01 so that the leap day ends a year. */
#define DAYS_PER_ERA 146097
#define DAYS_BEFORE_1970 719468
#define LAST_DAY ((uint64_t)999999 * 365)

void mr_utc_print(uint64_t seconds, char ret[MR_UTC_BYTES])
{
	uint64_t days = seconds / SECONDS_PER_DAY;
	unsigned second = (unsigned)(seconds % SECONDS_PER_DAY);

	if (days > LAST_DAY)
		days = LAST_DAY;
	days += DAYS_BEFORE_1970;
	unsigned day_of_era = (unsigned)(days % DAYS_PER_ERA);
	unsigned year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) / 365;
	unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	/* months from March on have 31 and 30 days in a pattern of 153 days for five months */
	unsigned month_from_march = (5 * day_of_year + 2) / 153;
	unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
	unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	uint64_t year = year_of_era + days / DAYS_PER_ERA * 400 + (month <= 2);

	snprintf(ret, MR_UTC_BYTES, "%04" PRIu64 "%02u%02uT%02u%02u%02uZ", year, month, day, second / 3600,
		 second / 60 % 60, second % 60);
}

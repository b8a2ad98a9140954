/* Moments as programs print them for people. */
#ifndef MR_EVIDENCE_DATE_H
#define MR_EVIDENCE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyze/parse/slice.h"

/** No capture was made before 2005 or from 2200 on, in seconds since 1970 UTC.  Later ones would not fit as ns. */
#define MR_MOMENT_MIN_S INT64_C(1104537600)
#define MR_MOMENT_END_S INT64_C(7258118400)

struct mr_date {
	int64_t local_s; /**< since 1970, on the clock of its own zone */
	bool has_zone;   /**< the next member is known */
	int64_t offset_s; /**< of the zone, east of UTC; where it is not known, what its name means as a rule, or 0 */
	char zone[8]; /**< the word that names the zone, "" for none */
};

/**
 * Find a date with a time of day in a line, in any of the orders that date(1), timedatectl, hwclock, ps and
 * JSON have: "Fri Feb 11 19:23:40 UTC 2022", "Fri 11 Feb 2022 07:23:40 PM CET",
 * "2022-02-11T19:23:40.5+01:00".
 *
 * Zones are known when they are UTC or an offset, or a name that has meant one offset all over the world since 2005.
 *
 * @return  whether there is one, from 1970 to 2199; @ret is set only then
 */
bool mr_date_find(struct mr_slice line, struct mr_date *ret);

/** Find a time of day, "19:23:40", as the first word of a line.  @ret_s since midnight */
bool mr_date_clock(struct mr_slice line, int64_t *ret_s);

/** "2022-02-11 19:23:40" in UTC. */
struct mr_date_text {
	char text[32];
};
struct mr_date_text mr_date_text(int64_t utc_s);

#endif

/* Numbers for people: sizes, shares, times.  The only place that rounds; everything else hands exact integers
 * on.
 *
 * All sizes are binary (1 G = 1024 M).  A table that must add up counts in steps, the last digit it prints,
 * and mr_number_apportion() gives each row its steps so that the rows sum to the total that is printed.
 */
#ifndef MR_RENDER_NUMBER_H
#define MR_RENDER_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A number as text, in UTF-8; returned by value, so that it can stand in an argument list. */
struct mr_number {
	char text[48];
};

enum mr_size_unit { MR_SIZE_AUTO, MR_SIZE_B, MR_SIZE_K, MR_SIZE_M, MR_SIZE_G, MR_SIZE_PAGE };

/** How sizes are written: --unit, and what a page of the collected machine is. */
struct mr_size_style {
	enum mr_size_unit unit;
	int64_t page_size_bytes; /**< 0: not known, "page" falls back to 4096 */
};

/** @return whether @name is one of auto B K M G page */
bool mr_size_unit_parse(const char *name, enum mr_size_unit *ret_unit);

/** "GiB", "MiB", "KiB", "B", "pages": for the header of a column in which every cell has this unit. */
const char *mr_size_unit_title(enum mr_size_unit unit);

/** A size that stands alone: "22.21 G", "422 M", "16.0 M", "238 K", "512 B", "0"; in --unit when one is
 * forced. */
struct mr_number mr_number_size(int64_t bytes, const struct mr_size_style *style);

/** The same with a sign in front unless it is 0: "+2.62 G", "-12 K". */
struct mr_number mr_number_size_signed(int64_t bytes, const struct mr_size_style *style);

/** A size in prose: "2.62 GiB", "317 MiB". */
struct mr_number mr_number_size_prose(int64_t bytes);

/** The one unit of a table that adds up: GiB from 16 GiB of RAM on, MiB below, or what --unit says. */
enum mr_size_unit mr_number_table_unit(int64_t total_bytes, enum mr_size_unit wanted);

/**
 * A size as steps of a table: hundredths of GiB and MiB, whole KiB, bytes and pages, rounded half away from
 * zero.
 */
int64_t mr_number_steps(int64_t bytes, enum mr_size_unit unit, int64_t page_size_bytes);

/** Steps as text: "251.63", "+6.65", "-0.02".  @with_sign  a plus before what is above zero */
struct mr_number mr_number_of_steps(int64_t steps, enum mr_size_unit unit, bool with_sign);

/**
 * Round summands so that the rounded ones sum to a rounded total: by largest remainder, each off by less than
 * a step.
 *
 * @exact        the summands
 * @ret_steps    as many
 * @numerator    a summand is worth exact * numerator / denominator steps; both above zero
 * @total_steps  what the results sum to; when that is not what the summands are worth, they sum to that
 * instead
 *
 * Ties go to the earlier summand, so the same input gives the same table.
 */
void mr_number_apportion(const int64_t *exact, int64_t *ret_steps, size_t count, int64_t numerator,
			 int64_t denominator, int64_t total_steps);

/** Steps that one byte is worth, as a fraction: for mr_number_apportion(). */
void mr_number_step_fraction(enum mr_size_unit unit, int64_t page_size_bytes, int64_t *ret_numerator,
			     int64_t *ret_denominator);

/** @return part / whole in millionths, rounded; 0 when whole is 0 */
int64_t mr_number_ppm(int64_t part, int64_t whole);

/** Hundredths of a percent: "47.90". */
struct mr_number mr_number_share(int64_t hundredths_of_pct, bool with_sign);

/** A change in millionths: "+5.8%", "-41.1%"; from tenfold on "×12". */
struct mr_number mr_number_change(int64_t ppm);

/** "65,963,329" */
struct mr_number mr_number_count(int64_t count);

/** Two decimals: "1.04"; "?" for what is no number, ">999" for what is past all measure. */
struct mr_number mr_number_ratio(double ratio);

/** "0.8 ms", "11.4 s", "25 min", "24 h", "41 d" */
struct mr_number mr_number_duration(int64_t duration_ns);

enum mr_moment_form { MR_MOMENT_SECOND, MR_MOMENT_MINUTE };

/** Nanoseconds since 1970 as "2026-11-21 07:41:03Z" or "2026-11-21 07:41"; "?" outside of the years 1 to
 * 9999. */
struct mr_number mr_number_moment(int64_t moment_ns, enum mr_moment_form form);

#endif

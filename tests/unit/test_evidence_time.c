/* The moment of a capture: dates as programs print them, and clocks that each tell a part of it. */
#include <stdio.h>
#include <string.h>

#include "analyze/read/foreign/evidence_date.h"
#include "tests/support/evidence_help.h"
#include "tests/support/test.h"

#define SOS "sos_commands/"
/* 2022-02-11 19:23:40 UTC */
#define MOMENT_S INT64_C(1644607420)
#define MOMENT_NS "1644607420000000000"
/* 2022-02-11 18:58:06 UTC */
#define BTIME "cpu0 1 2 3 4\nbtime 1644605886\n"

/* ---- dates ---- */

static void assert_date(const char *line, int64_t utc_s)
{
	struct mr_date date;

	if (!mr_date_find(mr_slice_of(line), &date))
		fail_msg("no date: %s", line);
	assert_true(date.has_zone);
	assert_int_equal(date.local_s - date.offset_s, utc_s);
}

static void assert_local_date(const char *line, const char *zone)
{
	struct mr_date date;

	assert_true(mr_date_find(mr_slice_of(line), &date));
	assert_false(date.has_zone);
	assert_string_equal(date.zone, zone);
	assert_int_equal(date.local_s, MOMENT_S);
}

TEST(dates_are_read_in_all_orders)
{
	assert_date("Fri Feb 11 19:23:40 UTC 2022", MOMENT_S);
	assert_date("Fri 11 Feb 2022 07:23:40 PM UTC", MOMENT_S);
	assert_date("Fri 11 Feb 2022 08:23:40 PM CET", MOMENT_S);
	assert_date("Fri 2022-02-11 19:23:40 UTC", MOMENT_S);
	assert_date("2022-02-11 14:23:40.123456-05:00", MOMENT_S);
	assert_date("2022-02-11T20:23:40+0100", MOMENT_S);
	assert_date("2022-02-11T19:23:40Z", MOMENT_S);
	assert_date("2022-02-12 00:53:40 +0530", MOMENT_S);
	assert_date("Sat Feb 12 06:23:40 AEDT 2022", MOMENT_S);
	assert_date("Thu Jan  1 00:00:00 UTC 1970", 0);
	assert_date("Wed Feb 29 12:00:00 UTC 2012", 1330516800);
	assert_date("Mon Dec 31 23:59:60 UTC 2199", INT64_C(7258118400));
	assert_date("Sun Jan  9 12:00:00 AM UTC 2022", 1641686400);
}

TEST(zones_that_are_several_are_not_known)
{
	assert_local_date("Fri Feb 11 19:23:40 IST 2022", "IST");
	assert_local_date("Fri Feb 11 19:23:40 CST 2022", "CST");
	/* Manila, Havana, Moscow from 2011 to 2014, Pyongyang from 2015 to 2018 */
	assert_local_date("Fri Feb 11 19:23:40 PST 2022", "PST");
	assert_local_date("Fri Feb 11 19:23:40 CDT 2022", "CDT");
	assert_local_date("Fri Feb 11 19:23:40 MSK 2022", "MSK");
	assert_local_date("Fri Feb 11 19:23:40 KST 2022", "KST");
	assert_local_date("Fri Feb 11 19:23:40 2022", "");
	assert_local_date("2022-02-11 19:23:40.999999", "");
}

TEST(a_user_may_leave_out_seconds_and_the_time_of_the_day)
{
	static const struct {
		const char *text;
		int64_t taken_s; /* 0: no moment */
	} given[] = {
		{"2026-11-21", 1795219200},
		{"2026-11-21 19:30", 1795289400},
		{"2026-11-21T19:30", 1795289400},
		{"2026-11-21T19:30Z", 1795289400},
		{"2026-11-21 19:30 +0200", 1795282200},
		{"2026-11-21 19:30:05", 1795289405},
		{"2026-11-21T19:30:05Z", 1795289405},
		{"2026-11", 0},
		{"2026-11-31", 0},
		{"2026-11-21 19", 0},
		{"2026-11-21 25:00", 0},
		{"", 0},
	};

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		int64_t taken_ns = 0;

		if (mr_given_moment(given[i].text, &taken_ns) != (given[i].taken_s != 0) ||
		    taken_ns != given[i].taken_s * INT64_C(1000000000))
			fail_msg("%s: %lld", given[i].text, (long long)taken_ns);
	}
}

TEST(what_is_no_date_is_not_taken_for_one)
{
	static const char *const lines[] = {
		"",
		"Fri Feb 11 2022",
		"19:23:40",
		"Fri Feb 30 19:23:40 UTC 2022",
		"Fri Feb 11 25:23:40 UTC 2022",
		"Fri Feb 11 19:63:40 UTC 2022",
		"Fri Feb 11 19:23:40 UTC 1822",
		"Fri Feb 11 19:23:40 UTC 99999999999999999999",
		"2022-13-11 19:23:40",
		"----------",
		"::::::::::: T+Z",
	};
	struct mr_date date;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(mr_date_find(mr_slice_of(lines[i]), &date));
}

TEST(moments_are_printed_in_utc)
{
	assert_string_equal(mr_date_text(MOMENT_S).text, "2022-02-11 19:23:40");
	assert_string_equal(mr_date_text(0).text, "1970-01-01 00:00:00");
	assert_string_equal(mr_date_text(951782400).text, "2000-02-29 00:00:00");
	assert_string_equal(mr_date_text(-1).text, "?");
	assert_string_equal(mr_date_text(INT64_MAX).text, "?");
}

/* ---- clocks ---- */

static void assert_taken(struct evidence_test *test, const char *taken_ns)
{
	evidence_conclude(test, NULL, NULL);
	assert_string_equal(evidence_fact(test, "taken_ns"), taken_ns);
	assert_int_equal(test->facts.has_taken_ns, strcmp(taken_ns, "?") != 0);
}

static void assert_alone(const char *path, const char *text, const char *taken_ns)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, path, text);
	assert_taken(&test, taken_ns);
}

static void assert_how_contains(const struct evidence_test *test, const char *source, const char *words)
{
	const char *how = capture_text(&test->rows, evidence_piece(test, "taken_ns", source), "how");

	if (!strstr(how, words))
		fail_msg("\"%s\" does not say \"%s\"", how, words);
}

TEST(programs_print_the_moment)
{
	assert_alone(SOS "date/date", "Fri Feb 11 19:23:40 UTC 2022\n", MOMENT_NS);
	assert_alone(SOS "general/date", "Fri 11 Feb 2022 08:23:40 PM CET\n", MOMENT_NS);
	assert_alone(SOS "date/date_--utc", "Fri Feb 11 19:23:40 UTC 2022\n", MOMENT_NS);
	assert_alone(SOS "date/hwclock", "2022-02-11 14:23:40.123456-05:00\n", MOMENT_NS);
	assert_alone(SOS "systemd/timedatectl",
		     "               Local time: Sat 2022-02-12 00:53:40 IST\n"
		     "           Universal time: Fri 2022-02-11 19:23:40 UTC\n"
		     "                 RTC time: Fri 2022-02-11 19:23:41\n",
		     MOMENT_NS);
	assert_alone("supportconfig/bin/date", "Fri Feb 11 20:23:40 CET 2022\n", MOMENT_NS);
	assert_alone(SOS "date/date", "/bin/sh: date: not found\n", "?");
}

TEST(a_date_without_a_known_zone_is_taken_as_utc_and_says_so)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, "date", "Fri Feb 11 19:23:40 IST 2022\n");
	assert_taken(&test, MOMENT_NS);
	assert_how_contains(&test, "date", "IST; zone unknown, taken as UTC");
}

TEST(a_zone_with_one_usual_meaning_is_taken_for_it_for_want_of_better_and_says_so)
{
	_cleanup_evidence_ struct evidence_test test;
	_cleanup_evidence_ struct evidence_test manila;

	evidence_begin(&test);
	evidence_text(&test, "date", "Fri Feb 11 11:23:40 PST 2022\n");
	assert_taken(&test, MOMENT_NS);
	assert_how_contains(&test, "date", "zone unknown, taken as UTC-480 min");

	/* the boot and the first process tell the zone */
	evidence_begin(&manila);
	evidence_text(&manila, "proc/stat", "cpu  1 1 1 1\nbtime 1644600000\n");
	evidence_text(&manila, SOS "process/ps_axo_lstart", "Sat Feb 12 01:20:05 2022 init\n");
	evidence_text(&manila, "date", "Sat Feb 12 03:23:40 PST 2022\n");
	assert_taken(&manila, MOMENT_NS);
	assert_how_contains(&manila, "date", "offset of 480 min");
}

TEST(manifest_prints_local_time_before_that_of_its_plugins)
{
	assert_alone(
		"sos_reports/manifest.json",
		"{\"version\": \"4.5.1\", \"start_time\": \"2022-02-11 19:23:40.511511\", \"components\": "
		"{\"report\": {\"plugins\": {\"a\": {\"start_time\": \"2022-02-11 20:00:00.0\"}}}}}",
		MOMENT_NS);
	assert_alone("sos_reports/manifest.json", "{\"start_time\": ", "?");
	assert_alone("sos_reports/manifest.json", "{\"start_time\": \"", "?");
	assert_alone("sos_reports/manifest.json", "{\"start_time\": \"2022-02-11 19:23:40", "?");
}

TEST(boot_and_uptime_of_the_kernel_are_the_moment)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, "proc/stat", BTIME);
	evidence_text(&test, "proc/uptime", "1534.25 9.00\n");
	evidence_text(&test, "date", "Sat Feb 12 19:23:40 UTC 2022\n");
	assert_taken(&test, "1644607420250000000");
	size_t row = evidence_piece(&test, "taken_ns", "date");
	assert_int_equal(capture_integer(&test.rows, row, "is_used"), 0);
}

TEST(the_uptime_program_tells_the_second_in_any_zone)
{
	static const char *const lines[] = {
		" 19:23:40 up 25 min,  1 user,  load average: 0.83, 0.73, 0.76\n",
		" 21:23:40 up 25 min,  2 users,  load average: 0.83, 0.73, 0.76\n",
		"00:53:40 up 0:25,  0 users,  load average: 0.83, 0.73, 0.76\n",
		" 09:38:40 up 25 minutes, load average: 1\n",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_evidence_ struct evidence_test test;

		evidence_begin(&test);
		evidence_text(&test, SOS "host/uptime", lines[i]);
		evidence_text(&test, "proc/stat", BTIME);
		assert_taken(&test, MOMENT_NS);
	}
}

TEST(the_uptime_program_counts_days_and_hours)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	/* 2022-02-08 15:20:50 UTC, three days, four hours and some minutes before */
	evidence_text(&test, "proc/stat", "btime 1644333650\n");
	evidence_text(&test, "uptime", " 20:23:40 up 3 days,  4:02,  2 users,  load average: 1.00\n");
	assert_taken(&test, MOMENT_NS);
}

TEST(uptime_of_another_boot_tells_nothing)
{
	static const char *const lines[] = {
		" 19:33:40 up 25 min,  1 user\n", /* ten minutes off in every zone */
		" 19:23:40 up what,  1 user\n",
		" 19:23:40\n",
		"up 25 min\n",
		" 19:23:40 up 9999999999999999999 days,  1 user\n",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_evidence_ struct evidence_test test;

		evidence_begin(&test);
		evidence_text(&test, "uptime", lines[i]);
		evidence_text(&test, "proc/stat", BTIME);
		assert_taken(&test, "?");
	}
}

#define PS SOS "process/ps_axo_pid_lstart_cmd"

TEST(the_first_process_tells_the_zone_of_the_others)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, "proc/stat", BTIME);
	evidence_text(&test, PS,
		      "    PID                  STARTED CMD\n      1 Sat Feb 12 00:28:06 2022 /sbin/init\n"
		      "    812 Sat Feb 12 00:53:31 2022 ps axo Mon Jan 1 00:00:00 2000\n");
	evidence_text(&test, "date", "Sat Feb 12 00:53:40 IST 2022\n");
	assert_taken(&test, MOMENT_NS);
	assert_how_contains(&test, "date", "offset of 330 min");
	assert_how_contains(&test, PS, "2022-02-11 19:23:31 UTC");
}

TEST(the_newest_process_is_a_bound_for_want_of_better)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(
		&test, PS,
		"1 Thu Feb 10 00:00:00 2022 a\n2 Fri Feb 11 19:23:40 2022 b\n3 Fri Feb 11 01:00:00 2022 c\n");
	assert_taken(&test, MOMENT_NS);
	assert_how_contains(&test, PS, "not before");
	assert_how_contains(&test, PS, "zone unknown, taken as UTC");
}

/* A line of proc/PID/stat that began after so many ticks. */
static void put_stat(struct evidence_test *test, long long start_ticks)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "5 (a) S 1 5 5 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 %lld 4096 1 18446744073709551615 1 1 0 "
		 "0 0 0 0 "
		 "0 0 0 0 0 17 0 0 0 0 0 0\n",
		 start_ticks);
	evidence_text(test, "proc/5/stat", text);
}

TEST(start_times_of_stat_are_a_bound_when_the_clock_is_known)
{
	_cleanup_evidence_ struct evidence_test known;
	_cleanup_evidence_ struct evidence_test unknown;

	evidence_begin(&known);
	evidence_text(&known, "proc/stat", BTIME);
	evidence_text(&known, "uname", "Linux box 5.4.0 #1 SMP x86_64 GNU/Linux\n");
	put_stat(&known, 153400);
	assert_taken(&known, MOMENT_NS);
	evidence_begin(&unknown);
	evidence_text(&unknown, "proc/stat", BTIME);
	put_stat(&unknown, 153400);
	assert_taken(&unknown, "?");
}

static void assert_ticks(const char *uptime, long long start_ticks, const char *ticks)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, "proc/uptime", uptime);
	put_stat(&test, start_ticks);
	evidence_conclude(&test, NULL, NULL);
	assert_string_equal(evidence_fact(&test, "clock_ticks_per_second"), ticks);
}

TEST(the_newest_process_of_a_capture_tells_the_clock)
{
	assert_ticks("1534.25 9.00\n", 153400, "100");
	assert_ticks("1534.25 9.00\n", 1570000, "1024");
	assert_ticks("1534.25 9.00\n", 76000, "?");
	assert_ticks("0.00 9.00\n", 76000, "?");
	assert_ticks("1534.25 9.00\n", 0, "?");
}

/* ---- times of members ---- */

static void assert_mtimes(const char *path, int64_t first_s, int64_t last_s, const char *taken_ns)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_member(&test, path, first_s, "", 0);
	evidence_member(&test, path, last_s, "", 0);
	assert_taken(&test, taken_ns);
}

TEST(the_newest_member_tells_the_moment)
{
	assert_mtimes("proc/loadavg", MOMENT_S - 3600, MOMENT_S, MOMENT_NS);
	assert_mtimes("sys/kernel/mm/ksm/run", MOMENT_S, MOMENT_S - 3600, MOMENT_NS);
	assert_mtimes("etc/hosts", MOMENT_S, MOMENT_S, "?");
}

TEST(times_that_were_made_up_tell_nothing)
{
	assert_mtimes("proc/loadavg", 0, 0, "?");
	assert_mtimes("proc/loadavg", -1, INT64_MIN, "?");
	assert_mtimes("proc/loadavg", 3601, 7300, "?");
	assert_mtimes("proc/loadavg", INT64_MAX, INT64_MAX - 1, "?");
	/* midnight */
	assert_mtimes("proc/loadavg", 1644537600, 1644537600, "?");
}

TEST(members_older_than_the_boot_were_not_written_by_the_capture)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_member(&test, "proc/loadavg", 1644605886 - 7, "", 0);
	evidence_text(&test, "proc/stat", BTIME);
	assert_taken(&test, "?");
	assert_how_contains(&test, "times of the members below proc", "before the boot");
}

TEST(an_edited_proc_is_less_than_an_untouched_sys)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_member(&test, "proc/loadavg", MOMENT_S, "", 0);
	evidence_member(&test, "proc/cgroups", MOMENT_S + 700 * 86400, "", 0);
	evidence_member(&test, "sys/kernel/mm/ksm/run", MOMENT_S, "", 0);
	assert_taken(&test, MOMENT_NS);
	size_t row = evidence_piece(&test, "taken_ns", "times of the members below proc");
	assert_int_equal(capture_integer(&test.rows, row, "is_used"), 0);
}

TEST(clocks_beyond_all_years_do_not_overflow)
{
	_cleanup_evidence_ struct evidence_test test;

	evidence_begin(&test);
	evidence_text(&test, "proc/stat", "btime 9223372036854775807\n");
	evidence_text(&test, "proc/uptime", "9007199254740991.99 1.0\n");
	evidence_text(&test, "uptime", " 23:59:59 up 99999 days, 23:59,  1 user\n");
	evidence_text(&test, "uname", "Linux box 5.4.0 #1 SMP x86_64 GNU/Linux\n");
	put_stat(&test, INT64_MAX);
	assert_taken(&test, "?");
}

/* The members whose text tells facts, one row each, and how the small ones are read.
 *
 * sosreports name the output of a command after it, in a folder that is named after the plugin that ran it;
 * which one that is changed over the years: hostname, date and uptime came from general, then from host and
 * date; timedatectl from systemd.  Links at the top lead to them; where a report was unpacked and packed
 * again these may be files.  supportconfig calls them by their command line.
 */
#include <stdio.h>
#include <string.h>

#include "analyze/read/foreign/evidence_internal.h"

/* ---- lines ---- */

bool mr_evidence_line(struct mr_slice *text, struct mr_slice *ret_line)
{
	if (!text->length_bytes)
		return false;
	if (!mr_slice_until(text, '\n', ret_line)) {
		*ret_line = *text;
		*text = (struct mr_slice){0};
	}
	return true;
}

bool mr_evidence_pair(struct mr_slice *text, struct mr_slice *ret_key, struct mr_slice *ret_value)
{
	struct mr_slice line;

	while (mr_evidence_line(text, &line)) {
		if (!mr_slice_until(&line, ':', ret_key))
			continue;
		*ret_key = mr_slice_trim(*ret_key);
		*ret_value = mr_slice_trim(line);
		return true;
	}
	return false;
}

struct mr_slice mr_evidence_first_line(struct mr_slice text)
{
	struct mr_slice line = {0};

	while (mr_evidence_line(&text, &line))
		if (mr_slice_trim(line).length_bytes)
			return mr_slice_trim(line);
	return (struct mr_slice){0};
}

/* ---- files of one line ---- */

static void take_hostname(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_slice line = mr_evidence_first_line(text);
	struct mr_slice word;

	/* a message instead of a name has several words */
	if (mr_slice_word(&line, &word) && !line.length_bytes)
		mr_book_add(&evidence->book, MR_FACT_HOST, MR_STRENGTH_COMMAND, path, word, "host name");
}

static void take_hostname_setting(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	mr_book_add(&evidence->book, MR_FACT_HOST, MR_STRENGTH_KERNEL, path, mr_evidence_first_line(text),
		    "host name of the kernel");
}

/* What the next start would make the name. */
static void take_hostname_file(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	mr_book_add(&evidence->book, MR_FACT_HOST, MR_STRENGTH_HINT, path, mr_evidence_first_line(text),
		    "configured host name");
}

static void take_osrelease(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	mr_book_add(&evidence->book, MR_FACT_KERNEL_RELEASE, MR_STRENGTH_KERNEL, path,
		    mr_evidence_first_line(text), "release of the kernel");
}

static void take_kernel_version(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	mr_book_add(&evidence->book, MR_FACT_KERNEL_VERSION, MR_STRENGTH_KERNEL, path,
		    mr_evidence_first_line(text), "version of the kernel");
}

static void take_arch(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	mr_book_add(&evidence->book, MR_FACT_MACHINE, MR_STRENGTH_KERNEL, path, mr_evidence_first_line(text),
		    "machine of the kernel");
}

static void take_boot_id(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	mr_book_add(&evidence->book, MR_FACT_BOOT_ID, MR_STRENGTH_KERNEL, path, mr_evidence_first_line(text),
		    "id of the boot");
}

/* "boot/config-5.4.0-99-generic": sosreports carry that of the running kernel. */
static void take_boot_config(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	mr_book_add(&evidence->book, MR_FACT_KERNEL_RELEASE, MR_STRENGTH_HINT, path,
		    mr_slice_of(path + sizeof("boot/config-") - 1), "name of the kernel configuration");
}

/* ---- clocks ---- */

static void take_date(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_date date;

	if (mr_date_find(mr_evidence_first_line(text), &date))
		mr_moments_date(&evidence->moments, &evidence->book, path, &date, MR_STRENGTH_COMMAND);
}

/* The clock of the board, which may be wrong. */
static void take_hwclock(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_date date;

	if (mr_date_find(mr_evidence_first_line(text), &date) && date.has_zone)
		mr_moments_date(&evidence->moments, &evidence->book, path, &date, MR_STRENGTH_HINT);
}

static void take_timedatectl(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_slice key, value;
	struct mr_date date;

	while (mr_evidence_pair(&text, &key, &value)) {
		if (!mr_slice_is(key, "Universal time") || !mr_date_find(value, &date))
			continue;
		/* the key says the zone */
		date.has_zone = true;
		date.offset_s = 0;
		mr_moments_date(&evidence->moments, &evidence->book, path, &date, MR_STRENGTH_COMMAND);
	}
}

static void take_uptime(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	mr_moments_uptime(&evidence->moments, path, mr_evidence_first_line(text));
}

/* A column "Fri Feb 11 18:58:06 2022" somewhere in the line, before the command. */
static bool find_start(struct mr_slice line, struct mr_date *ret)
{
	static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	struct mr_slice word;

	while (mr_slice_word(&line, &word))
		for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
			struct mr_slice rest = line;
			struct mr_slice last = {0};
			if (!mr_slice_is(word, days[i]))
				continue;
			for (int words = 0; words < 4; words++)
				mr_slice_word(&rest, &last);
			if (last.length_bytes &&
			    mr_date_find((struct mr_slice){line.at,
							   (size_t)(last.at + last.length_bytes - line.at)},
					 ret))
				return true;
		}
	return false;
}

static void take_starts(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	struct mr_slice line;
	struct mr_date date;

	while (mr_evidence_line(&text, &line))
		if (find_start(line, &date))
			mr_moments_start(&evidence->moments, path, date.local_s);
}

/* ---- who made the capture ---- */

/* "sosreport: 4.2" */
static void take_sos_version(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	char tool[64];
	struct mr_slice key, value;

	if (!mr_evidence_pair(&text, &key, &value) || !mr_slice_starts(key, MR_SLICE("sos")) ||
	    value.length_bytes > 32)
		return;
	snprintf(tool, sizeof(tool), "sosreport %.*s", (int)value.length_bytes, value.at);
	mr_book_add(&evidence->book, MR_FACT_TOOL, MR_STRENGTH_COMMAND, path, mr_slice_of(tool),
		    "version of the program");
}

/* Whether there is nothing but a colon and white space. */
static bool is_colon(struct mr_slice text)
{
	size_t colons_count = 0;

	for (size_t i = 0; i < text.length_bytes; i++) {
		colons_count += text.at[i] == ':';
		if (!strchr(": \t\r\n", text.at[i]))
			return false;
	}
	return colons_count == 1;
}

/* The string behind the first @quoted_key; empty where something else stands there.  The manifest has its own
 * fields before those of the plugins. */
static struct mr_slice json_string(struct mr_slice text, const char *quoted_key)
{
	const char *found =
		text.length_bytes ? memmem(text.at, text.length_bytes, quoted_key, strlen(quoted_key)) : NULL;
	struct mr_slice before;

	if (!found)
		return (struct mr_slice){0};
	text = mr_slice_skip(text, (size_t)(found - text.at) + strlen(quoted_key));
	if (!mr_slice_until(&text, '"', &before) || !is_colon(before) || !mr_slice_until(&text, '"', &before))
		return (struct mr_slice){0};
	return before;
}

static void take_manifest(struct mr_evidence *evidence, const char *path, struct mr_slice text)
{
	static const char cleaner[] = "\"cleaner\":";
	char tool[64];
	struct mr_slice version = json_string(text, "\"version\"");
	struct mr_date date;

	if (version.length_bytes && version.length_bytes <= 32) {
		snprintf(tool, sizeof(tool), "sosreport %.*s", (int)version.length_bytes, version.at);
		mr_book_add(&evidence->book, MR_FACT_TOOL, MR_STRENGTH_COMMAND, path, mr_slice_of(tool),
			    "version of the program");
	}
	if (mr_date_find(json_string(text, "\"start_time\""), &date))
		mr_moments_date(&evidence->moments, &evidence->book, path, &date, MR_STRENGTH_COMMAND);
	if (text.length_bytes && memmem(text.at, text.length_bytes, cleaner, sizeof(cleaner) - 1))
		mr_book_add_number(&evidence->book, MR_FACT_ANONYMIZED, MR_STRENGTH_COMMAND, path, 1,
				   "sos clean went over the report");
}

/* ---- the table ---- */

static const struct mr_evidence_text texts[] = {
	/* files of the kernel */
	{"proc/version", mr_evidence_version, "kernel; smemcap has it as version"},
	{"proc/sys/kernel/osrelease", take_osrelease, "release"},
	{"proc/sys/kernel/version", take_kernel_version, "build"},
	{"proc/sys/kernel/arch", take_arch, "machine, from 6.1"},
	{"proc/sys/kernel/hostname", take_hostname_setting, "host"},
	{"proc/sys/kernel/random/boot_id", take_boot_id, "boot"},
	{"proc/cmdline", mr_evidence_boot_command, "release, in the name of the image"},
	{"proc/cpuinfo", mr_evidence_cpuinfo, "processors, and by its form the machine"},
	{"proc/interrupts", mr_evidence_interrupts, "processors"},
	{"proc/softirqs", mr_evidence_softirqs, "possible processors"},
	{"proc/mounts", mr_evidence_mounts, "cgroups, options of procfs"},
	{"proc/self/mounts", mr_evidence_mounts, "the same"},
	{"proc/*/smaps", mr_evidence_smaps, "page size: KernelPageSize"},
	{"sys/devices/system/cpu/online", mr_evidence_cpus_online, "processors"},
	{"sys/devices/system/cpu/possible", mr_evidence_cpus_possible, "processors"},
	{"sys/fs/cgroup/cgroup.controllers", mr_evidence_controllers, "cgroup version 2"},
	{"sys/fs/cgroup/unified/cgroup.controllers", mr_evidence_controllers,
	 "cgroup version 2 beside version 1"},
	{"sys/fs/cgroup/**memory.current", mr_evidence_group, "where version 2 is mounted"},
	{"sys/fs/cgroup/memory/**memory.usage_in_bytes", mr_evidence_group, "where version 1 is mounted"},
	{"cgroup/memory/**memory.usage_in_bytes", mr_evidence_group, "the same, long ago"},
	{"**memory.limit_in_bytes", mr_evidence_limit, "page size: no limit"},
	{"boot/config-*", take_boot_config, "release, in its name"},
	{"etc/hostname", take_hostname_file, "host"},
	{"etc/HOSTNAME", take_hostname_file, "host, SUSE"},

	/* sosreport: by plugin, and links at the top */
	{"version.txt", take_sos_version, "tool"},
	{"sos_reports/manifest.json", take_manifest, "tool, start in local time, obfuscation; from 4.0"},
	{"sos_commands/*/uname_-a", mr_evidence_uname, "kernel, machine, host"},
	{"uname", mr_evidence_uname, "the same"},
	{"sos_commands/*/hostname", take_hostname, "host"},
	{"hostname", take_hostname, "host"},
	{"sos_commands/*/hostnamectl", mr_evidence_hostnamectl, "host, kernel, machine, boot"},
	{"sos_commands/*/hostnamectl_status", mr_evidence_hostnamectl, "the same"},
	{"sos_commands/*/date", take_date, "moment"},
	{"sos_commands/*/date_--utc", take_date, "moment in UTC"},
	{"sos_commands/*/timedatectl*", take_timedatectl, "moment"},
	{"sos_commands/*/hwclock*", take_hwclock, "moment by the clock of the board"},
	{"sos_commands/*/uptime", take_uptime, "moment: time of day, minutes since boot"},
	{"uptime", take_uptime, "the same"},
	{"sos_commands/*/lscpu", mr_evidence_lscpu, "machine, byte order, processors"},
	{"sos_commands/*/dmesg*", mr_evidence_kernel_messages, "possible processors, at most"},
	{"sos_commands/*/ps_*lstart*", take_starts, "moment of the newest process, zone by the oldest"},
	{"sos_commands/*/getconf_*", mr_evidence_getconf, "page size, clock, word size"},
	{"date", take_date, "moment; of newer reports the output of timedatectl"},

	/* supportconfig: by command line */
	{"supportconfig/**uname -a", mr_evidence_uname, "kernel, machine, host"},
	{"supportconfig/**hostname", take_hostname, "host"},
	{"supportconfig/**hostnamectl*", mr_evidence_hostnamectl, "host, kernel, machine, boot"},
	{"supportconfig/**date", take_date, "moment"},
	{"supportconfig/**timedatectl*", take_timedatectl, "moment"},
	{"supportconfig/**uptime", take_uptime, "moment"},
	{"supportconfig/**lscpu", mr_evidence_lscpu, "machine, byte order, processors"},
	{"supportconfig/**dmesg*", mr_evidence_kernel_messages, "possible processors, at most"},
	{"supportconfig/**getconf -a", mr_evidence_getconf, "page size, clock, word size"},
};

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text);
	size_t end_length = strlen(end);

	return length >= end_length && !memcmp(text + length - end_length, end, end_length);
}

static bool fits(const char *pattern, const char *path)
{
	for (; *pattern && *pattern != '*'; pattern++, path++)
		if (*pattern != *path)
			return false;
	if (!*pattern)
		return !*path;
	bool is_deep = pattern[1] == '*';
	pattern += is_deep ? 2 : 1;
	/* every member is asked about: the usual end of a pattern is looked for at the end alone */
	if (is_deep && !strchr(pattern, '*'))
		return ends_in(path, pattern);
	for (;; path++) {
		if (fits(pattern, path))
			return true;
		if (!*path || (*path == '/' && !is_deep))
			return false;
	}
}

const struct mr_evidence_text *mr_evidence_text_find(const char *path)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (fits(texts[i].pattern, path))
			return &texts[i];
	return NULL;
}

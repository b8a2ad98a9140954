/* Single files.  See loose.h. */
#include "analyze/read/foreign/loose.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "analyze/archive_in/supportconfig.h"
#include "analyze/read/foreign/foreign.h"
#include "analyze/read/members.h"

/* So much of a text is looked at. */
#define LOOK_BYTES 4096

/* The beginning of a text. */
struct head {
	const char *at;
	size_t length_bytes;
};

static bool has(const struct head *head, const char *words)
{
	return memmem(head->at, head->length_bytes, words, strlen(words)) != NULL;
}

static bool begins(const struct head *head, const char *words)
{
	return head->length_bytes >= strlen(words) && !memcmp(head->at, words, strlen(words));
}

/* A line that begins so. */
static bool has_line(const struct head *head, const char *words)
{
	const char *end = head->at + head->length_bytes;

	for (const char *line = head->at; line < end;) {
		const struct head rest = {line, (size_t)(end - line)};
		const char *newline = memchr(line, '\n', rest.length_bytes);

		if (begins(&rest, words))
			return true;
		line = newline ? newline + 1 : end;
	}
	return false;
}

/* "7f12ab000000-7f12ab021000 rw-p 00000000 ": the header of a mapping. */
static bool has_mapping(const struct head *head)
{
	const char *at = head->at, *end = head->at + head->length_bytes;

	while (at < end && isxdigit((unsigned char)*at))
		at++;
	if (at == head->at || at == end || *at != '-')
		return false;
	for (at++; at < end && isxdigit((unsigned char)*at);)
		at++;
	return at + 5 < end && *at == ' ' && strchr("r-", at[1]) && strchr("w-", at[2]);
}

/* The number behind "Pid:", or in front of a name in parentheses; 0: none. */
static unsigned long number_behind(const struct head *head, const char *words)
{
	const char *at = *words ? memmem(head->at, head->length_bytes, words, strlen(words)) : head->at;
	const char *end = head->at + head->length_bytes;
	unsigned long number = 0;

	if (!at)
		return 0;
	for (at += strlen(words); at < end && isspace((unsigned char)*at);)
		at++;
	for (; at < end && isdigit((unsigned char)*at) && number < 1u << 30; at++)
		number = 10 * number + (unsigned long)(*at - '0');
	return number;
}

static bool is_stat_of_process(const struct head *head)
{
	const char *at = head->at, *end = head->at + head->length_bytes;

	while (at < end && isdigit((unsigned char)*at))
		at++;
	return at > head->at && at + 1 < end && at[0] == ' ' && at[1] == '(';
}

/* What is only in one file of the kernel.  The more particular ones come first. */
static const struct {
	const char *line; /* one that begins so */
	const char *words;
	const char *path; /* "%lu" is the process */
} kinds[] = {
	{"Node 0 MemTotal:", "MemFree:", "sys/devices/system/node/node0/meminfo"},
	{"MemTotal:", "MemFree:", "proc/meminfo"},
	{"nr_free_pages ", "nr_", "proc/vmstat"},
	{"Node ", "pages free", "proc/zoneinfo"},
	{"Node ", ", zone ", "proc/buddyinfo"},
	{"slabinfo - version:", "", "proc/slabinfo"},
	{"# name            <active_objs>", "", "proc/slabinfo"},
	{"Filename", "Priority", "proc/swaps"},
	{"anon ", "file ", "sys/fs/cgroup/?/memory.stat"},
	{"cache ", "rss ", "sys/fs/cgroup/memory/?/memory.stat"},
	{"Name:", "Pid:", "proc/%lu/status"},
	{"Linux version ", "", "proc/version"},
};

bool mr_loose_path(const char *bytes, size_t length_bytes, struct mr_buffer *ret_path)
{
	const struct head head = {bytes, length_bytes < LOOK_BYTES ? length_bytes : LOOK_BYTES};

	mr_buffer_clear(ret_path);
	if (has_mapping(&head) && has(&head, "Rss:"))
		mr_buffer_append_text(ret_path,
				      has(&head, "[rollup]") ? "proc/0/smaps_rollup" : "proc/0/smaps");
	else if (is_stat_of_process(&head))
		mr_buffer_printf(ret_path, "proc/%lu/stat", number_behind(&head, ""));
	for (size_t i = 0; !ret_path->length_bytes && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!has_line(&head, kinds[i].line) || !has(&head, kinds[i].words))
			continue;
		const char *process = strstr(kinds[i].path, "%lu");
		if (process)
			mr_buffer_printf(ret_path, "proc/%lu/status", number_behind(&head, "\nPid:"));
		else
			mr_buffer_append_text(ret_path, kinds[i].path);
	}
	return ret_path->length_bytes && !ret_path->failed;
}

/* ---- into an intake ---- */

struct loose {
	const struct mr_walk *walk;
	struct mr_archive *archive;
	const struct mr_archive_entry *entry;
	const char *name;
	struct mr_foreign *foreign;
	struct mr_buffer path;
	bool is_supportconfig;
	struct mr_error *error;
};

static int no_memory(const struct loose *loose)
{
	return mr_error_set(loose->error, -ENOMEM, "%s: out of memory", mr_archive_name(loose->archive));
}

static int end(struct loose *loose, const char *path, const char *bytes, size_t length_bytes)
{
	const struct mr_intake *intake = loose->walk->intake;
	char digest[MR_DIGEST_HEX_BYTES];
	struct mr_members members = {0};
	struct mr_capture capture = {
		.name = loose->name,
		.completeness = MR_UNKNOWN,
		.members_count = 1,
		.stored_bytes = (int64_t)mr_archive_stored_bytes(loose->archive),
		.digest = digest,
	};

	/* the name of the file does not count, it may be anything */
	int added = mr_members_add(&members, path, NULL, bytes, length_bytes);
	bool failed = added < 0 || mr_members_digest(&members, "", digest, NULL) < 0;
	mr_members_deinit(&members);
	if (failed)
		return no_memory(loose);
	int result = mr_foreign_conclude(loose->foreign, &loose->walk->options->given,
					 mr_archive_name(loose->archive), &capture);
	capture.origin = loose->is_supportconfig ? "supportconfig" : "file";
	return result ? result : intake->end(intake->outlet.context, &capture);
}

/* Which file it is: as the user says, or as it shows. */
static const char *find_path(struct loose *loose, const char *bytes, size_t length_bytes)
{
	const char *as = loose->walk->options->as;

	if (as) {
		mr_buffer_clear(&loose->path);
		mr_buffer_append_text(&loose->path, as + (*as == '/'));
		return loose->path.failed || !mr_foreign_wants(loose->path.data) ? NULL : loose->path.data;
	}
	loose->is_supportconfig = mr_supportconfig_is(bytes, length_bytes);
	if (loose->is_supportconfig)
		return "supportconfig";
	return mr_loose_path(bytes, length_bytes, &loose->path) ? loose->path.data : NULL;
}

static int read_file(struct loose *loose)
{
	const struct mr_intake *intake = loose->walk->intake;
	const char *bytes;
	size_t length_bytes;

	int result = mr_archive_read(loose->archive, &bytes, &length_bytes, loose->error);
	if (result)
		return result;
	const char *path = find_path(loose, bytes, length_bytes);
	if (loose->path.failed)
		return no_memory(loose);
	if (!path)
		return mr_error_set(
			loose->error, -ENOMSG,
			loose->walk->options->as
				? "%s: --as %s is no file of the kernel that memreckon knows"
				: "%s is neither an archive nor a file of the kernel that memreckon knows\n"
				  "  to say which one:  memreckon import --as proc/meminfo FILE",
			mr_archive_name(loose->archive), loose->walk->options->as);
	loose->foreign = mr_foreign_create(intake);
	if (!loose->foreign)
		return no_memory(loose);
	const struct mr_foreign_file file = {
		.path = path,
		.member = loose->entry->path,
		.bytes = bytes,
		.length_bytes = length_bytes,
		/* when a pasted text was stored says nothing of when it was printed */
		.mtime_s = -1,
	};
	result = intake->begin(intake->outlet.context, &(struct mr_capture){.name = loose->name});
	if (!result)
		result = loose->is_supportconfig ? mr_foreign_take_sections(loose->foreign, &file)
						 : mr_foreign_take(loose->foreign, &file);
	return result ? result : end(loose, path, bytes, length_bytes);
}

int mr_read_loose(const struct mr_walk *walk, struct mr_archive *archive,
		  const struct mr_archive_entry *entry, const char *name, struct mr_error *error)
{
	struct loose loose = {.walk = walk, .archive = archive, .entry = entry, .name = name, .error = error};

	int result = read_file(&loose);
	mr_foreign_destroy(loose.foreign);
	mr_buffer_deinit(&loose.path);
	return result;
}

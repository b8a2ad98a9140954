/* Files of a foreign capture into rows.  See foreign.h. */
#include "analyze/read/foreign/foreign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/archive_in/supportconfig.h"
#include "analyze/read/coverage.h"
#include "analyze/read/foreign/derive.h"
#include "analyze/read/foreign/groups.h"
#include "analyze/read/foreign/page_dump.h"
#include "analyze/read/foreign/place.h"
#include "analyze/read/row.h"
#include "schema/base/text.h"

/* Longer command lines of supportconfig name no file of ours. */
#define TITLE_BYTES_MAX 4096

struct mr_foreign {
	const struct mr_outlet *outlet;
	struct mr_derive *derive;
	struct mr_evidence *evidence;
	struct mr_coverage coverage;
	struct mr_page_dump dump; /* of all page frames */
	struct mr_facts facts;
	struct mr_groups groups;
	bool has_smaps, has_other; /* files as smemcap takes them, and others */
	const char *member;        /* at hand */
};

struct mr_foreign *mr_foreign_create(const struct mr_intake *intake)
{
	struct mr_foreign *foreign = calloc(1, sizeof(*foreign));

	if (!foreign)
		return NULL;
	foreign->outlet = &intake->outlet;
	foreign->derive = mr_derive_create();
	foreign->evidence = mr_evidence_create();
	if (foreign->derive && foreign->evidence)
		return foreign;
	mr_foreign_destroy(foreign);
	return NULL;
}

void mr_foreign_destroy(struct mr_foreign *foreign)
{
	if (!foreign)
		return;
	mr_derive_destroy(foreign->derive);
	mr_evidence_destroy(foreign->evidence);
	mr_coverage_deinit(&foreign->coverage);
	mr_page_dump_deinit(&foreign->dump);
	mr_facts_deinit(&foreign->facts);
	mr_groups_deinit(&foreign->groups);
	free(foreign);
}

static bool find_source(const char *path, struct mr_match *ret_match)
{
	const struct mr_mounts mounts = mr_place_mounts(path);

	return mr_foreign_match(path, &mounts, ret_match);
}

bool mr_foreign_wants(const char *path)
{
	struct mr_match match;

	return mr_evidence_wants(path) || (find_source(path, &match) && match.source->shape != MR_SHAPE_RAW);
}

/* ---- the sink of the parsers ---- */

static int take_row(void *context, const struct mr_row *row)
{
	struct mr_foreign *foreign = context;

	if (!mr_row_has_all_keys(row))
		return mr_foreign_issue(foreign, foreign->member, MR_ISSUE_UNKNOWN_LINE,
					"a row without its key");
	if (mr_row_has_long_text(row))
		return mr_foreign_issue(foreign, foreign->member, MR_ISSUE_UNKNOWN_LINE,
					"a row with a text of more than 64 KiB");
	int result = mr_evidence_row(foreign->evidence, row);
	if (!result)
		result = mr_groups_row(&foreign->groups, row, foreign->outlet);
	if (!result)
		result = mr_page_dump_row(&foreign->dump, row);
	return result ? result : mr_derive_row(foreign->derive, row, foreign->outlet);
}

static int take_issue(void *context, const struct mr_issue *issue)
{
	struct mr_foreign *foreign = context;

	return foreign->outlet->issue(foreign->outlet->context, foreign->member, issue);
}

int mr_foreign_issue(struct mr_foreign *foreign, const char *member, enum mr_issue_kind kind,
		     const char *text)
{
	const struct mr_issue issue = {.kind = kind, .text = text, .length_bytes = text ? strlen(text) : 0};

	return foreign->outlet->issue(foreign->outlet->context, member, &issue);
}

/* ---- files ---- */

static int count(struct mr_foreign *foreign, const struct mr_source *source,
		 const struct mr_foreign_file *file)
{
	static const char ok[] = "ok", left_out[] = "left out";
	const struct mr_coverage_reading reading = {
		.status = file->bytes ? ok : left_out,
		.status_length = strlen(file->bytes ? ok : left_out),
		.is_canonical = true,
		.bytes = (int64_t)file->length_bytes,
	};

	return mr_coverage_add(&foreign->coverage, source, &reading);
}

/* To who compares files with rows. */
static int show_file(struct mr_foreign *foreign, const struct mr_match *match,
		     const struct mr_foreign_file *file)
{
	const struct mr_trip_file shown = {
		.match = match,
		.path = file->path,
		.member = file->member,
		.text = file->bytes,
		.length_bytes = file->length_bytes,
	};

	return foreign->outlet->file ? foreign->outlet->file(foreign->outlet->context, &shown) : 0;
}

static int parse(struct mr_foreign *foreign, const struct mr_match *match, const struct mr_foreign_file *file)
{
	const struct mr_sink sink = {.context = foreign, .row = take_row, .issue = take_issue};
	const struct mr_parse_input input = {
		.match = match,
		.path = file->path,
		.text = file->bytes,
		.length_bytes = file->length_bytes,
		.little_endian = true,
	};

	int words = mr_page_dump_take(&foreign->dump, file->path, file->bytes, file->length_bytes);
	if (words == -EFBIG)
		return mr_foreign_issue(foreign, file->member, MR_ISSUE_NUMBER_TOO_LARGE,
					"more words than are taken");
	if (words < 0)
		return words;
	int result = show_file(foreign, match, file);
	return result || words ? result : mr_parse(&input, &sink);
}

/* smemcap takes meminfo and version, and of each process smaps, cmdline and stat, and nothing else. */
static void note_kind(struct mr_foreign *foreign, const char *path)
{
	static const char *const names[] = {"/smaps", "/cmdline", "/stat"};
	size_t digits = strspn(path + strcspn(path, "/") + 1, "0123456789");
	const char *rest = path + strcspn(path, "/") + 1 + digits;
	bool is_smemcaps = !strcmp(path, "proc/meminfo") || !strcmp(path, "proc/version");

	for (size_t i = 0; digits && i < sizeof(names) / sizeof(names[0]); i++)
		is_smemcaps |= !strcmp(rest, names[i]);
	foreign->has_smaps |= digits && !strcmp(rest, "/smaps");
	foreign->has_other |= !is_smemcaps;
}

/* A tar of sysfs has whole pages: the kernel's text and zeros behind it, which say nothing. */
static struct mr_foreign_file without_padding(const struct mr_foreign_file *file)
{
	struct mr_foreign_file text = *file;

	if (mr_text_begins(file->path, "sys/") && file->bytes)
		while (text.length_bytes && !text.bytes[text.length_bytes - 1])
			text.length_bytes--;
	return text;
}

int mr_foreign_take(struct mr_foreign *foreign, const struct mr_foreign_file *taken)
{
	const struct mr_foreign_file text = without_padding(taken), *file = &text;
	bool is_evidence = file->bytes && mr_evidence_wants(file->path);
	struct mr_match match;

	foreign->member = file->member;
	note_kind(foreign, file->path);
	int result = mr_evidence_file(foreign->evidence, file->path, file->mtime_s,
				      is_evidence ? file->bytes : NULL, is_evidence ? file->length_bytes : 0);
	if (result || !find_source(file->path, &match))
		return result;
	result = count(foreign, match.source, file);
	if (result || !file->bytes || match.source->shape == MR_SHAPE_RAW)
		return result;
	return parse(foreign, &match, file);
}

int mr_foreign_take_sections(struct mr_foreign *foreign, const struct mr_foreign_file *report)
{
	struct mr_foreign_file file = *report;
	struct mr_supportconfig text;
	struct mr_supportconfig_section section;
	struct mr_buffer path = {0};
	int result = 0;

	mr_supportconfig_init(&text, report->bytes, report->length_bytes);
	while (!result && mr_supportconfig_next(&text, &section)) {
		file.path =
			section.is_missing ? NULL : mr_supportconfig_path(&section, TITLE_BYTES_MAX, &path);
		file.bytes = section.bytes;
		file.length_bytes = section.length_bytes;
		result = path.failed ? -ENOMEM : file.path ? mr_foreign_take(foreign, &file) : 0;
	}
	mr_buffer_deinit(&path);
	return result;
}

/* ---- the end ---- */

/* Who made it, as far as it shows. */
static const char *origin_of(const struct mr_foreign *foreign)
{
	const char *tool = foreign->facts.tool ? foreign->facts.tool : "";

	if (mr_text_begins(tool, "sosreport"))
		return "sosreport";
	if (mr_text_begins(tool, "supportconfig"))
		return "supportconfig";
	return foreign->has_smaps && !foreign->has_other ? "smemcap" : "tree";
}

int mr_foreign_conclude(struct mr_foreign *foreign, const struct mr_given *given, const char *name,
			struct mr_capture *ret_capture)
{
	const struct mr_outlet *outlet = foreign->outlet;

	mr_page_dump_tell(&foreign->dump, foreign->evidence);
	int result = mr_derive_conclude(foreign->derive, outlet);
	if (!result)
		result = mr_evidence_conclude(foreign->evidence, given, name, outlet, &foreign->facts);
	if (!result)
		result = mr_page_dump_put(&foreign->dump, foreign->facts.endianness,
					  foreign->facts.page_size_bytes, outlet);
	if (!result)
		result = mr_coverage_put(&foreign->coverage, outlet);
	ret_capture->origin = origin_of(foreign);
	ret_capture->host = foreign->facts.host;
	ret_capture->has_taken_ns = foreign->facts.has_taken_ns;
	ret_capture->taken_ns = foreign->facts.taken_ns;
	return result;
}

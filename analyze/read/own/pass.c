/* One member after the other: which source it belongs to, its rows and issues into the store.  See pass.h. */
#include "analyze/read/own/pass.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/read/row.h"

#define AGAIN_FOLDER "capture/again/"
#define MORE_FOLDER "capture/more/"

void mr_pass_init(struct mr_pass *pass, const struct mr_archive *archive, const struct mr_outlet *outlet)
{
	*pass = (struct mr_pass){
		.outlet = outlet,
		.archive_name = mr_archive_name(archive),
		.file_bytes_max = mr_archive_member_bytes_max(archive),
	};
	mr_index_init(&pass->index);
	pass->index.archive_name = pass->archive_name;
	pass->index.members = &pass->members;
	pass->index.outlet = outlet;
}

void mr_pass_deinit(struct mr_pass *pass)
{
	mr_facts_deinit(&pass->facts);
	mr_members_deinit(&pass->members);
	mr_index_deinit(&pass->index);
	mr_page_words_deinit(&pass->words);
	mr_parts_deinit(&pass->parts);
	mr_records_deinit(&pass->records);
}

int mr_pass_begin(struct mr_pass *pass, const char *meta, size_t length_bytes, struct mr_error *error)
{
	int result = mr_facts_read(&pass->facts, pass->archive_name, meta, length_bytes, error);

	pass->index.mounts = mr_facts_mounts(&pass->facts);
	return result;
}

static int put_issue(struct mr_pass *pass, const struct mr_issue *issue)
{
	return pass->outlet->issue(pass->outlet->context, pass->member_path, issue);
}

/* An issue with the member as a whole. */
static int put_member_issue(struct mr_pass *pass, enum mr_issue_kind kind, const char *text)
{
	return put_issue(pass, &(struct mr_issue){
				       .kind = kind, .text = text, .length_bytes = text ? strlen(text) : 0});
}

/* A file of the kernel is not there to its end. */
static int put_cut_off(struct mr_pass *pass, const char *path, const char *text)
{
	const char *member_path = pass->member_path;

	pass->member_path = path;
	int result = put_member_issue(pass, MR_ISSUE_CUT_OFF, text);
	pass->member_path = member_path;
	return result;
}

/* ---- the sink of the parsers ---- */

static int take_issue(void *context, const struct mr_issue *issue)
{
	struct mr_pass *pass = context;
	struct mr_issue placed = *issue;

	placed.line -= placed.line > pass->lines_in_front ? pass->lines_in_front : placed.line;
	return put_issue(pass, &placed);
}

static int take_index_row(struct mr_pass *pass, const struct mr_row *row)
{
	int result = mr_index_take(&pass->index, row, pass->error);

	return result > 0 ? put_cut_off(pass, pass->index.reader.path.data, "a part of it could not be read")
			  : result;
}

static int take_row(void *context, const struct mr_row *row)
{
	struct mr_pass *pass = context;

	if (!strcmp(row->table->name, "capture_index"))
		return take_index_row(pass, row);
	if (!strcmp(row->table->name, "capture_end"))
		mr_end_facts_take(&pass->end, row);
	if (!mr_row_has_all_keys(row))
		return put_member_issue(pass, MR_ISSUE_UNKNOWN_LINE, "a row without its key");
	if (mr_row_has_long_text(row))
		return put_member_issue(pass, MR_ISSUE_UNKNOWN_LINE, "a row with a text of more than 64 KiB");
	return pass->outlet->row(pass->outlet->context, pass->reading, row);
}

/* ---- members ---- */

/* FOLDER/N/PATH is a reading or a part of PATH.
 * @ret_number  N; 0 for another path
 * @return      the kernel's path */
static const char *kernel_path(const char *path, const char *folder, int64_t *ret_number)
{
	size_t folder_bytes = strlen(folder);
	char *end;

	*ret_number = 0;
	if (strncmp(path, folder, folder_bytes) != 0)
		return path;
	const char *digits = path + folder_bytes;
	errno = 0;
	long number = strtol(digits, &end, 10);
	if (!isdigit((unsigned char)*digits) || errno || number < 1 || *end != '/')
		return path;
	*ret_number = number;
	return end + 1;
}

/* To who compares files with rows. */
static int show_file(struct mr_pass *pass, const struct mr_match *match, const char *path, const char *bytes,
		     size_t length_bytes)
{
	const struct mr_trip_file file = {
		.match = match,
		.path = path,
		.member = pass->member_path,
		.reading = pass->reading,
		.lines_in_front = pass->lines_in_front,
		.text = bytes,
		.length_bytes = length_bytes,
	};

	return pass->outlet->file ? pass->outlet->file(pass->outlet->context, &file) : 0;
}

static int parse(struct mr_pass *pass, const struct mr_match *match, const char *path, const char *bytes,
		 size_t length_bytes)
{
	const struct mr_sink sink = {.context = pass, .row = take_row, .issue = take_issue};
	const struct mr_parse_input input = {
		.match = match,
		.path = path,
		.text = bytes,
		.length_bytes = length_bytes,
		.little_endian = pass->facts.endianness != MR_ENDIAN_BIG,
	};

	int result = show_file(pass, match, path, bytes, length_bytes);
	return result ? result : mr_parse(&input, &sink);
}

/* No more parts of the file at hand will come. */
static int finish_file(struct mr_pass *pass)
{
	struct mr_parts *parts = &pass->parts;
	const char *member_path = pass->member_path;
	int64_t reading = pass->reading;
	char text[64];
	int result = 0;

	if (!mr_parts_is_there(parts))
		return 0;
	pass->member_path = parts->path.data;
	pass->reading = 0;
	if (mr_parts_lacks_more(parts)) {
		snprintf(text, sizeof(text), "part %lld of it is not there",
			 (long long)parts->more_count + 1);
		result = put_member_issue(pass, MR_ISSUE_CUT_OFF, text);
	}
	if (!result)
		result = parse(pass, &parts->match, parts->path.data, parts->bytes.data,
			       parts->bytes.length_bytes);
	mr_parts_end(parts);
	pass->member_path = member_path;
	pass->reading = reading;
	return result;
}

/* A canonical reading waits until it is known that no part of it follows. */
static int begin_file(struct mr_pass *pass, const struct mr_match *match, const char *path,
		      const struct mr_archive_member *member)
{
	int result = finish_file(pass);

	if (result < 0)
		return result;
	return mr_parts_begin(&pass->parts, match, path, member->bytes, member->length_bytes) ==
			       MR_PARTS_OUT_OF_MEMORY
		       ? -ENOMEM
		       : 0;
}

static int put_misplaced(struct mr_pass *pass, const char *path, int64_t number)
{
	char text[96];

	snprintf(text, sizeof(text), "part %lld of it is not behind the part before, left out",
		 (long long)number);
	return put_cut_off(pass, path, text);
}

/* Part @number, from 1, of a file of records that the collector wrote. */
static int take_records(struct mr_pass *pass, const struct mr_match *match, const char *path, int64_t number,
			const struct mr_archive_member *member)
{
	int result = mr_records_continue(&pass->records, match->source, number, member->bytes,
					 member->length_bytes);
	if (result <= 0)
		return result ? result : put_misplaced(pass, path, number);
	pass->lines_in_front = 1;
	result = parse(pass, match, path, pass->records.text.data, pass->records.text.length_bytes);
	pass->lines_in_front = 0;
	return result;
}

/* Part @number of a file, from 1; the segments of the index may stand before it. */
static int take_part(struct mr_pass *pass, const char *path, int64_t number,
		     const struct mr_archive_member *member)
{
	char text[96];

	switch (mr_parts_add(&pass->parts, path, number, member->bytes, member->length_bytes,
			     pass->file_bytes_max)) {
	case MR_PARTS_TAKEN:
	case MR_PARTS_LEFT_OUT:
		return 0;
	case MR_PARTS_OUT_OF_MEMORY:
		return -ENOMEM;
	case MR_PARTS_MISPLACED:
		return put_misplaced(pass, path, number);
	case MR_PARTS_TOO_LONG:
		break;
	}
	snprintf(text, sizeof(text),
		 "longer than a file may be, left out from part %lld on (--max-member-size)",
		 (long long)number);
	return put_cut_off(pass, path, text);
}

/* A member with its source: what is in it. */
static int take_content(struct mr_pass *pass, const struct mr_match *match, const char *path,
			const struct mr_archive_member *member)
{
	const struct mr_table *table = match->source->table;
	bool is_index = table && !strcmp(table->name, "capture_index");

	if (is_index)
		mr_index_hash(&pass->index, member->bytes, member->length_bytes);
	if (match->source->phase != MR_PHASE_CAPTURE && !pass->reading)
		return begin_file(pass, match, path, member);
	/* a part of a file would look as if it had shrunk between the readings */
	if (pass->reading && member->length_bytes == MR_ARCHIVE_PART_BYTES)
		return put_member_issue(pass, MR_ISSUE_CUT_OFF,
					"a reading that has no further parts, left out");
	if (!pass->reading && mr_records_may_continue(match->source) &&
	    mr_records_begin(&pass->records, match->source, member->bytes, member->length_bytes) < 0)
		return -ENOMEM;
	int words = mr_page_words_take(&pass->words, path, member->bytes, member->length_bytes);
	if (words == -EFBIG)
		return put_member_issue(pass, MR_ISSUE_NUMBER_TOO_LARGE, "more words than are taken");
	if (words)
		return words < 0 ? words : show_file(pass, match, path, member->bytes, member->length_bytes);
	return parse(pass, match, path, member->bytes, member->length_bytes);
}

static int take_member(struct mr_pass *pass, const struct mr_archive_member *member)
{
	struct mr_match match;
	int64_t part = 0;
	const char *path = kernel_path(member->path, AGAIN_FOLDER, &pass->reading);
	if (!pass->reading)
		path = kernel_path(path, MORE_FOLDER, &part);
	bool is_known = mr_source_match(path, &pass->index.mounts, &match);

	int added = mr_members_add(&pass->members, member->path, is_known ? match.source : NULL,
				   member->bytes, member->length_bytes);
	if (added < 0)
		return added;
	if (!added) {
		pass->index.has_left_out = true;
		return put_member_issue(pass, MR_ISSUE_DOUBLED_KEY, "a second member of this name, left out");
	}
	if (!is_known)
		return put_member_issue(pass, MR_ISSUE_UNKNOWN_FILE, NULL);
	if (part && mr_records_may_continue(match.source))
		return take_records(pass, &match, path, part, member);
	return part ? take_part(pass, path, part, member) : take_content(pass, &match, path, member);
}

/* The index says itself what is wrong with it; what else fails is memory, or the way out. */
static int fail(const struct mr_pass *pass, int result, struct mr_error *error)
{
	return result < 0 ? mr_error_set(error, result, "%s: %s", pass->archive_name, strerror(-result)) : 0;
}

int mr_pass_member(struct mr_pass *pass, const struct mr_archive_member *member, struct mr_error *error)
{
	int result;

	pass->member_path = member->path;
	pass->error = error;
	if (pass->end.is_there)
		return mr_error_set(error, -EBADMSG, "%s: damaged, there are members behind capture/end.csv",
				    pass->archive_name);
	if (member->refused) {
		pass->index.has_left_out = true;
		result = put_member_issue(pass, MR_ISSUE_UNKNOWN_FILE, member->refused);
	} else
		result = take_member(pass, member);
	return fail(pass, result, error);
}

int mr_pass_end(struct mr_pass *pass, struct mr_error *error)
{
	pass->error = error;
	return fail(pass, finish_file(pass), error);
}

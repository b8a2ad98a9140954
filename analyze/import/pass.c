/* One member after the other: which source it belongs to, its rows and issues into the store.  See pass.h. */
#include "analyze/import/pass.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_FOLDER "capture/again/"
#define MORE_FOLDER "capture/more/"

void mr_pass_init(struct mr_pass *pass, struct mr_store *store, const char *archive_name)
{
	*pass = (struct mr_pass){.store = store, .archive_name = archive_name};
	mr_index_init(&pass->index);
	pass->index.archive_name = archive_name;
	pass->index.members = &pass->members;
	pass->index.store = store;
}

void mr_pass_deinit(struct mr_pass *pass)
{
	mr_facts_deinit(&pass->facts);
	mr_members_deinit(&pass->members);
	mr_index_deinit(&pass->index);
	mr_page_words_deinit(&pass->words);
}

void mr_pass_rewind(struct mr_pass *pass)
{
	struct mr_store *store = pass->store;
	const char *archive_name = pass->archive_name;

	mr_pass_deinit(pass);
	mr_pass_init(pass, store, archive_name);
}

int mr_pass_open(struct mr_pass *pass, const char *path, struct mr_archive **ret_archive,
		 struct mr_error *error)
{
	struct mr_archive_member first;

	int result = mr_archive_open(path, NULL, ret_archive, error);
	if (result < 0)
		return result;
	mr_archive_peek(*ret_archive, &first);
	result = mr_facts_read(&pass->facts, path, first.bytes, first.length_bytes, error);
	pass->index.mounts = mr_facts_mounts(&pass->facts);
	return result;
}

static int put_issue(struct mr_pass *pass, const struct mr_issue *issue)
{
	pass->issues_count++;
	return pass->is_dry ? 0
			    : mr_store_put_issue(pass->store, pass->snapshot_id, pass->member_path, issue,
						 pass->error);
}

/* An issue with the member as a whole. */
static int put_member_issue(struct mr_pass *pass, enum mr_issue_kind kind, const char *text)
{
	return put_issue(pass, &(struct mr_issue){
				       .kind = kind, .text = text, .length_bytes = text ? strlen(text) : 0});
}

/* ---- the sink of the parsers ---- */

static int take_issue(void *context, const struct mr_issue *issue)
{
	return put_issue(context, issue);
}

static bool has_all_keys(const struct mr_row *row)
{
	for (size_t i = 0; i < row->table->field_count; i++) {
		enum mr_kind kind = row->table->fields[i].kind;
		if ((kind == MR_KIND_PATH_KEY || kind == MR_KIND_LINE_KEY) &&
		    row->values[i].type == MR_VALUE_NULL)
			return false;
	}
	return true;
}

static int64_t count_values(const struct mr_row *row)
{
	int64_t count = 0;

	for (size_t i = 0; i < row->table->field_count; i++)
		count += row->values[i].type != MR_VALUE_NULL;
	return count;
}

static int take_row(void *context, const struct mr_row *row)
{
	struct mr_pass *pass = context;

	if (!strcmp(row->table->name, "capture_index"))
		return pass->is_dry ? 0 : mr_index_take(&pass->index, row, pass->error);
	if (!strcmp(row->table->name, "capture_end"))
		mr_end_facts_take(&pass->end, row);
	if (pass->is_dry)
		return 0;
	if (!has_all_keys(row))
		return put_member_issue(pass, MR_ISSUE_UNKNOWN_LINE, "a row without its key");
	pass->values_count += count_values(row);
	return mr_store_put_row(pass->store, pass->snapshot_id, pass->reading, row, pass->error);
}

/* ---- members ---- */

/* capture/again/N/PATH is another reading of PATH.
 * @ret_reading  N; 0 for a canonical reading
 * @return       the kernel's path */
static const char *kernel_path(const char *path, int64_t *ret_reading)
{
	char *end;

	*ret_reading = 0;
	if (strncmp(path, AGAIN_FOLDER, strlen(AGAIN_FOLDER)) != 0)
		return path;
	const char *digits = path + strlen(AGAIN_FOLDER);
	errno = 0;
	long number = strtol(digits, &end, 10);
	if (!isdigit((unsigned char)*digits) || errno || number < 1 || *end != '/')
		return path;
	*ret_reading = number;
	return end + 1;
}

/* proc/PID/task/TID/...: read in the place of a process whose leader is gone; carried for later. */
static bool is_file_of_thread(const char *path)
{
	if (strncmp(path, "proc/", 5) != 0)
		return false;
	path += 5;
	size_t digits = strspn(path, "0123456789");
	return digits && !strncmp(path + digits, "/task/", strlen("/task/"));
}

static int parse(struct mr_pass *pass, const struct mr_match *match, const char *path,
		 const struct mr_archive_member *member)
{
	const struct mr_sink sink = {.context = pass, .row = take_row, .issue = take_issue};
	const struct mr_parse_input input = {
		.match = match,
		.path = path,
		.text = member->bytes,
		.length_bytes = member->length_bytes,
		.little_endian = pass->facts.endianness != MR_ENDIAN_BIG,
	};

	return mr_parse(&input, &sink);
}

/* A member that no row of sources.def matches. */
static int take_unknown(struct mr_pass *pass, const char *path, const struct mr_archive_member *member)
{
	bool is_more = !strncmp(path, MORE_FOLDER, strlen(MORE_FOLDER));

	if (is_more || is_file_of_thread(path))
		return 0;
	return put_member_issue(pass, MR_ISSUE_UNKNOWN_FILE, NULL);
}

/* A member with its source: what is in it.  Without storing, only the end of the capture matters. */
static int take_content(struct mr_pass *pass, const struct mr_match *match, const char *path,
			const struct mr_archive_member *member)
{
	const struct mr_table *table = match->source->table;
	bool is_index = table && !strcmp(table->name, "capture_index");
	bool is_end = table && !strcmp(table->name, "capture_end");

	if (is_index)
		mr_index_hash(&pass->index, member->bytes, member->length_bytes);
	if (pass->is_dry && !is_end)
		return 0;
	int words = mr_page_words_take(&pass->words, path, member->bytes, member->length_bytes);
	if (words == -EFBIG)
		return put_member_issue(pass, MR_ISSUE_NUMBER_TOO_LARGE, "more words than are taken");
	if (words)
		return words < 0 ? words : 0;
	return parse(pass, match, path, member);
}

static int take_member(struct mr_pass *pass, const struct mr_archive_member *member)
{
	struct mr_match match;
	const char *path = kernel_path(member->path, &pass->reading);
	bool is_known = mr_source_match(path, &pass->index.mounts, &match);

	int added = mr_members_add(&pass->members, member->path, is_known ? match.source : NULL,
				   member->bytes, member->length_bytes);
	if (added < 0)
		return added;
	if (!added) {
		pass->index.has_left_out = true;
		return put_member_issue(pass, MR_ISSUE_DOUBLED_KEY, "a second member of this name, left out");
	}
	return is_known ? take_content(pass, &match, path, member) : take_unknown(pass, path, member);
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
	/* the store has said what went wrong; what else fails is memory */
	return result < 0 ? mr_error_set(error, result, "%s: %s", pass->archive_name, strerror(-result)) : 0;
}

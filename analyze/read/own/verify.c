/* Is an archive what the collector wrote?  See verify.h.
 *
 * Each member but the segments of the index, the receipt and the end has one row in the index, with its
 * length and digest; the digest over the segments and the counts are in capture/end.csv.  So whatever is
 * changed, added or taken away afterwards does not fit, unless somebody made the index and the end anew: then
 * it is another archive, and only the digest that the collector printed can tell.
 */
#include "analyze/read/own/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/archive_in/archive_in.h"
#include "analyze/read/facts.h"
#include "analyze/read/own/own.h"
#include "analyze/read/own/index_row.h"
#include "analyze/read/own/window.h"

struct verification {
	struct mr_verify_result *result;
	struct mr_facts facts;
	struct mr_end_facts end;
	struct mr_window window;
	struct mr_index_reader reader;
	struct sha256_ctx sha256; /* over the segments of the index */
	int64_t failed_count;     /* rows that are not ok */
	const char *member_path;  /* being parsed */
	int status;               /* negative errno: no memory */
};

static void add_problem(struct verification *verification, const char *path, const char *what)
{
	struct mr_verify_result *result = verification->result;

	if (result->problems_count++ >= MR_VERIFY_PROBLEMS_MAX)
		return;
	struct mr_verify_problem *problem = &result->problems[result->problems_count - 1];
	problem->what = what;
	problem->path = strdup(path);
	if (!problem->path)
		verification->status = -ENOMEM;
}

/* ---- rows of the collector's own members ---- */

static int verify_row(struct verification *verification, const struct mr_row *row)
{
	struct mr_index_row listed;

	verification->result->readings_count++;
	if (!mr_index_row_read(&verification->reader, row, &listed)) {
		add_problem(verification, verification->member_path, "a row without path, role or status");
		return 0;
	}
	verification->failed_count += !listed.is_ok;
	if (!listed.has_digest)
		return 0;
	const char *path = mr_index_row_member(&verification->reader, &listed);
	if (!path)
		return -ENOMEM;
	struct mr_waiting *member = mr_window_find(&verification->window, path);
	if (!member) {
		add_problem(verification, path, "listed in the index and not there");
		return 0;
	}
	member->is_listed = true;
	if (listed.bytes->type != MR_VALUE_INTEGER || listed.bytes->integer != (int64_t)member->length_bytes)
		add_problem(verification, path, "not as long as the index says");
	else if (!mr_index_row_has_sha256(&listed, member->sha256))
		add_problem(verification, path, "not what the collector wrote");
	else
		verification->result->compared_count++;
	return 0;
}

static int take_row(void *context, const struct mr_row *row)
{
	struct verification *verification = context;

	if (!strcmp(row->table->name, "capture_index"))
		return verify_row(verification, row);
	mr_end_facts_take(&verification->end, row);
	return 0;
}

static int take_issue(void *context, const struct mr_issue *issue)
{
	struct verification *verification = context;

	/* a later collector may say more */
	if (issue->kind != MR_ISSUE_UNKNOWN_KEY)
		add_problem(verification, verification->member_path, "a line that no collector writes");
	return 0;
}

static int parse(struct verification *verification, const struct mr_match *match,
		 const struct mr_archive_member *member)
{
	const struct mr_sink sink = {.context = verification, .row = take_row, .issue = take_issue};
	const struct mr_parse_input input = {.match = match,
					     .path = member->path,
					     .text = member->bytes,
					     .length_bytes = member->length_bytes,
					     .little_endian = true};

	verification->member_path = member->path;
	return mr_parse(&input, &sink);
}

/* ---- members ---- */

static void add_unlisted(void *context, const char *path)
{
	struct verification *verification = context;
	struct mr_match match;

	/* the receipt tells what the last segment cost too, so it stands behind it */
	if (!mr_source_match(path, NULL, &match) || !match.source->table ||
	    strcmp(match.source->table->name, "capture_receipt") != 0)
		add_problem(verification, path, "not in the index");
}

static int wait_for_index(struct verification *verification, const struct mr_archive_member *member)
{
	int result = mr_window_add(&verification->window, member->path, member->bytes, member->length_bytes);

	if (result != -ENOSPC)
		return result;
	mr_window_clear(&verification->window, add_unlisted, verification);
	return mr_window_add(&verification->window, member->path, member->bytes, member->length_bytes);
}

static int take_segment(struct verification *verification, const struct mr_match *match,
			const struct mr_archive_member *member)
{
	sha256_update(&verification->sha256, member->length_bytes, (const uint8_t *)member->bytes);
	int result = parse(verification, match, member);
	mr_window_end_segment(&verification->window);
	return result;
}

static int take_member(struct verification *verification, const struct mr_archive_member *member)
{
	struct mr_match match;

	verification->result->members_count++;
	if (verification->end.is_there)
		add_problem(verification, member->path, "behind capture/end.csv");
	if (member->refused) {
		add_problem(verification, member->path, member->refused);
		return 0;
	}
	int is_new = mr_window_see(&verification->window, member->path);
	if (is_new <= 0) {
		if (!is_new)
			add_problem(verification, member->path, "a second member of this name");
		return is_new;
	}
	const struct mr_table *table =
		mr_source_match(member->path, NULL, &match) ? match.source->table : NULL;
	if (table && !strcmp(table->name, "capture_index"))
		return take_segment(verification, &match, member);
	if (table && !strcmp(table->name, "capture_end"))
		return parse(verification, &match, member);
	return wait_for_index(verification, member);
}

/* ---- the whole ---- */

static void verify_count(struct verification *verification, int64_t said, int64_t counted, const char *absent,
			 const char *wrong)
{
	if (said != counted)
		add_problem(verification, "capture/end.csv", said < 0 ? absent : wrong);
}

/* What capture/end.csv says of all others must be so. */
static void verify_end(struct verification *verification)
{
	const struct mr_verify_result *result = verification->result;
	char hex[2 * SHA256_DIGEST_SIZE + 1];
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(&verification->sha256, sizeof(digest), digest);
	base16_encode_update(hex, sizeof(digest), digest);
	hex[2 * SHA256_DIGEST_SIZE] = '\0';
	/* itself it does not count */
	verify_count(verification, verification->end.members_count, result->members_count - 1,
		     "does not count the members", "counts other members than there are");
	verify_count(verification, verification->end.readings_count, result->readings_count,
		     "does not count the readings", "counts other readings than the index has");
	verify_count(verification, verification->end.failed_count, verification->failed_count,
		     "does not count what failed", "counts other failures than the index has");
	if (strcmp(hex, verification->end.index_sha256) != 0)
		add_problem(verification, "capture/end.csv", "was not written for this index");
}

static void count_unlisted(void *context, const char *path)
{
	struct verification *verification = context;

	verification->result->unlisted_count++;
}

/* The members are read.  @cut  where they ended too early; NULL: they did not */
static void conclude(struct verification *verification, const char *cut)
{
	struct mr_verify_result *result = verification->result;
	bool is_cut = cut || !verification->end.is_there;

	if (verification->end.is_there)
		verify_end(verification);
	mr_window_clear(&verification->window, verification->end.is_there ? add_unlisted : count_unlisted,
			verification);
	if (is_cut)
		result->cut = strdup(cut ? cut : "capture/end.csv is not there");
	else
		result->completeness = strdup(verification->end.is_complete ? "complete" : "partial");
	if (is_cut ? !result->cut : !result->completeness)
		verification->status = -ENOMEM;
	result->outcome = result->problems_count ? MR_VERIFY_CHANGED
			  : is_cut               ? MR_VERIFY_CUT_OFF
						 : MR_VERIFY_WHOLE;
}

/* "NAME: cut off after 30 KiB, inside PATH" and how to salvage it, without the name and without that. */
static char *cut_where(const char *name, const char *message)
{
	const char *text = strncmp(message, name, strlen(name)) ? message : message + strlen(name);

	text += strspn(text, ": ");
	text += strncmp(text, "cut off ", strlen("cut off ")) ? 0 : strlen("cut off ");
	return strndup(text, strcspn(text, "\n"));
}

static int take_members(struct verification *verification, struct mr_own *own, const char *name,
			struct mr_error *error)
{
	struct mr_archive_member member;
	struct mr_error failure = {0};
	char *cut = NULL;
	int result;

	while ((result = mr_own_next(own, &member, &failure)) > 0) {
		result = take_member(verification, &member);
		if (!result)
			result = verification->status;
		if (result < 0)
			return mr_error_set(error, result, "%s: %s", name, strerror(-result));
	}
	if (result == -EBADMSG)
		add_problem(verification, "(archive)", "damaged: it cannot be read to its end");
	else if (result == -ENODATA)
		cut = cut_where(name, failure.message);
	else if (result < 0)
		return mr_error_set(error, result, "%s", failure.message);
	conclude(verification, cut);
	free(cut);
	return verification->status < 0 ? mr_error_set(error, verification->status, "%s: out of memory", name)
					: 0;
}

static int open_archive(struct verification *verification, const char *path, struct mr_own *own,
			struct mr_error *error)
{
	int result = mr_own_open(own, path, NULL, error);

	if (result < 0)
		return result;
	result = mr_facts_read(&verification->facts, path, own->first.bytes, own->first.length_bytes, error);
	if (!result && verification->facts.tool)
		verification->result->tool = strdup(verification->facts.tool);
	return result;
}

int mr_verify(const char *archive_path, struct mr_verify_result *ret, struct mr_error *error)
{
	struct verification verification = {.result = ret};
	struct mr_own own = {0};

	*ret = (struct mr_verify_result){0};
	sha256_init(&verification.sha256);
	int result = open_archive(&verification, archive_path, &own, error);
	if (!result)
		result = take_members(&verification, &own, archive_path, error);
	mr_own_close(&own);
	mr_facts_deinit(&verification.facts);
	mr_window_deinit(&verification.window);
	mr_index_reader_deinit(&verification.reader);
	return result;
}

void mr_verify_deinit(struct mr_verify_result *result)
{
	for (size_t i = 0; i < MR_VERIFY_PROBLEMS_MAX; i++)
		free(result->problems[i].path);
	free(result->tool);
	free(result->completeness);
	free(result->cut);
	*result = (struct mr_verify_result){0};
}

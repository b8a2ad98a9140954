/* Archives of ours, from the first member to the last.  See read_own.h. */
#include "analyze/read/own/read_own.h"

#include <errno.h>
#include <string.h>

#include "analyze/read/own/pass.h"

#define MISSING_END "capture/end.csv is not there"

/* Take one member after the other until the archive ends.
 * @return  0, whether at its end or cut off; then pass->is_cut_off is set and @cut says where */
static int take_members(struct mr_pass *pass, struct mr_own *own, struct mr_error *cut,
			struct mr_error *error)
{
	struct mr_archive_member member;
	int result;

	while ((result = mr_own_next(own, &member, cut)) > 0) {
		result = mr_pass_member(pass, &member, error);
		if (result < 0)
			return result;
	}
	if (result < 0 && result != -ENODATA)
		return mr_error_set(error, result, "%s", cut->message);
	pass->is_cut_off = result == -ENODATA;
	result = mr_pass_end(pass, error);
	if (result < 0)
		return result;
	if (pass->end.is_there || pass->is_cut_off)
		return 0;
	pass->is_cut_off = true;
	mr_error_set(
		cut, -ENODATA,
		"%s: cut off after %llu KiB, %s\n  to keep what is whole:  memreckon import --salvage %s",
		pass->archive_name, (unsigned long long)(mr_archive_stored_bytes(own->archive) + 1023) / 1024,
		MISSING_END, pass->archive_name);
	return 0;
}

/* What capture/end.csv says of the others must be so. */
static int verify_end(struct mr_pass *pass, struct mr_error *error)
{
	char hex[MR_DIGEST_HEX_BYTES];

	if (!pass->end.is_there)
		return 0;
	mr_index_digest(&pass->index, hex);
	if (*pass->end.index_sha256 && strcmp(hex, pass->end.index_sha256) != 0)
		return mr_error_set(error, -EBADMSG, "%s: damaged, the index is not what the collector wrote",
				    pass->archive_name);
	/* end.csv itself is not among those that it counts */
	if (pass->end.members_count >= 0 && !pass->index.has_left_out &&
	    pass->end.members_count != (int64_t)pass->members.count - 1)
		return mr_error_set(error, -EBADMSG, "%s: damaged, %lld members of %lld", pass->archive_name,
				    (long long)pass->members.count - 1, (long long)pass->end.members_count);
	return 0;
}

static int put_what_waits(struct mr_pass *pass, struct mr_error *error)
{
	int result = mr_page_words_put(&pass->words, pass->facts.endianness, pass->outlet);

	if (!result)
		result = mr_coverage_put(&pass->index.coverage, pass->outlet);
	return result < 0 ? mr_error_set(error, result, "%s: %s", pass->archive_name, strerror(-result)) : 0;
}

static int end(struct mr_pass *pass, const struct mr_own *own, struct mr_capture *capture,
	       const struct mr_intake *intake, struct mr_error *error)
{
	char digest[MR_DIGEST_HEX_BYTES];

	capture->completeness = pass->is_cut_off        ? MR_CUT_OFF
				: pass->end.is_complete ? MR_COMPLETE
							: MR_PARTIAL;
	capture->members_count = (int64_t)pass->members.count;
	capture->stored_bytes = (int64_t)mr_archive_stored_bytes(own->archive);
	capture->digest = digest;
	if (mr_members_digest(&pass->members, "", digest, NULL) < 0)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", pass->archive_name);
	return intake->end(intake->outlet.context, capture);
}

static int read_members(struct mr_pass *pass, struct mr_own *own, const char *name, bool salvage,
			const struct mr_intake *intake, struct mr_error *error)
{
	struct mr_error cut = {0};

	int result = mr_pass_begin(pass, own->first.bytes, own->first.length_bytes, error);
	if (result < 0)
		return result;
	struct mr_capture capture = {
		.name = name,
		.uuid = pass->facts.uuid,
		.origin = "memreckon",
		.host = pass->facts.host,
		.taken_ns = pass->facts.taken_ns,
		.has_taken_ns = true,
	};
	result = intake->begin(intake->outlet.context, &capture);
	if (!result)
		result = take_members(pass, own, &cut, error);
	if (!result && pass->is_cut_off && !salvage)
		result = mr_error_set(error, -EBADMSG, "%s", cut.message);
	if (!result)
		result = verify_end(pass, error);
	if (!result)
		result = put_what_waits(pass, error);
	return result ? result : end(pass, own, &capture, intake, error);
}

int mr_read_own(struct mr_own *own, const char *name, bool salvage, const struct mr_intake *intake,
		struct mr_error *error)
{
	struct mr_pass pass;

	mr_pass_init(&pass, own->archive, &intake->outlet);
	int result = read_members(&pass, own, name, salvage, intake, error);
	mr_pass_deinit(&pass);
	return result;
}

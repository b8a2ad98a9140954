/* One archive into the store.
 *
 *   import.c      this file: the pass over the archive, and what becomes of it
 *   pass.c        one member: which source it belongs to, its rows and issues into the store
 *   facts.c       what the import itself must know: meta.csv, end.csv
 *   members.c     paths and digests of all members: the identity of the capture
 *   index.c       the index of the capture into reading and coverage; are the members as they were written?
 *   index_row.c   one row of the index taken apart
 *   parts.c       files that are longer than a part, joined
 *   records.c     files of the collector's own that go on
 *   page_words.c  the sampled page frames into runs
 *   identity.c    is the capture here already, and which of the two is more complete?
 *
 * An archive whose snapshot id is not in the database is read once.  Of one that is there only the digest is
 * needed, mostly to find that it is known: it is read without storing, and read again when it is the more
 * complete one.
 */
#include "analyze/import/import.h"

#include <errno.h>
#include <string.h>

#include "analyze/archive_in/archive_in.h"
#include "analyze/import/identity.h"
#include "analyze/import/pass.h"

#define MISSING_END "capture/end.csv is not there"

/* Take one member after the other until the archive ends.
 * @return  0, whether at its end or cut off; then pass->is_cut_off is set and @cut says where */
static int take_members(struct mr_pass *pass, struct mr_archive *archive, struct mr_error *cut,
			struct mr_error *error)
{
	struct mr_archive_member member;
	int result;

	while ((result = mr_archive_next(archive, &member, cut)) > 0) {
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
		pass->archive_name, (unsigned long long)(mr_archive_stored_bytes(archive) + 1023) / 1024,
		MISSING_END, pass->archive_name);
	return 0;
}

/* What capture/end.csv says of the others must be so. */
static int verify_end(struct mr_pass *pass, struct mr_error *error)
{
	char hex[2 * SHA256_DIGEST_SIZE + 1];

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

/* The whole archive through one pass; for one that stores, inside of a transaction.
 * @salvage  being cut off is no failure */
static int run_pass(struct mr_pass *pass, struct mr_archive *archive, bool salvage, struct mr_error *error)
{
	struct mr_error cut = {0};

	int result = take_members(pass, archive, &cut, error);
	if (result < 0)
		return result;
	if (pass->is_cut_off && !salvage)
		return mr_error_set(error, -EBADMSG, "%s", cut.message);
	return verify_end(pass, error);
}

static void describe(const struct mr_pass *pass, struct mr_identity *ret_identity)
{
	ret_identity->completeness = pass->is_cut_off        ? MR_CUT_OFF
				     : pass->end.is_complete ? MR_COMPLETE
							     : MR_PARTIAL;
	ret_identity->members_count = (int64_t)pass->members.count;
}

/* Put the rows of one archive: the pass, then what can only be said at its end. */
static int store_archive(struct mr_pass *pass, struct mr_archive *archive, bool salvage,
			 struct mr_identity *identity, struct mr_error *error)
{
	int result = mr_identity_begin(pass, identity, error);

	if (!result)
		result = run_pass(pass, archive, salvage, error);
	if (!result)
		result = mr_page_words_put(&pass->words, pass->facts.endianness, pass->store,
					   pass->snapshot_id, error);
	if (!result)
		result = mr_index_put_coverage(&pass->index, error);
	if (result < 0)
		return result;
	describe(pass, identity);
	if (mr_members_digest(&pass->members, identity->digest) < 0)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", pass->archive_name);
	identity->archive_bytes = (int64_t)mr_archive_stored_bytes(archive);
	result = mr_identity_end(pass, identity, error);
	if (!result)
		result = mr_store_compute_checks(pass->store, pass->snapshot_id, error);
	return result;
}

/* Between the look and the lock another program may have imported the same capture. */
static int verify_still_so(struct mr_pass *pass, const struct mr_identity *identity, struct mr_error *error)
{
	struct mr_identity now = {0};

	int result = mr_identity_find(pass, &now, error);
	if (!result && now.snapshot_id != identity->snapshot_id)
		result = mr_error_set(error, -EBUSY, "%s: another program is importing the same capture",
				      pass->archive_name);
	return result;
}

static int store_in_transaction(struct mr_pass *pass, struct mr_archive *archive, bool salvage,
				struct mr_identity *identity, struct mr_import_result *result_counts,
				struct mr_error *error)
{
	int result = mr_store_begin(pass->store, error);

	if (!result)
		result = verify_still_so(pass, identity, error);
	if (!result)
		result = store_archive(pass, archive, salvage, identity, error);
	if (!result)
		result = mr_identity_count(pass, result_counts, error);
	if (!result)
		result = mr_store_commit(pass->store, error);
	if (result < 0)
		mr_store_rollback(pass->store);
	return result;
}

/* Read an archive whose id is here already without storing it, and say which of the two is to stay.
 * @ret_is_better  the one being read */
static int compare_with_known(struct mr_pass *pass, struct mr_archive *archive, bool salvage,
			      const struct mr_identity *known, bool *ret_is_better, struct mr_error *error)
{
	struct mr_identity identity = {0};

	int result = run_pass(pass, archive, salvage, error);
	if (result < 0)
		return result;
	describe(pass, &identity);
	if (mr_members_digest(&pass->members, identity.digest) < 0)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", pass->archive_name);
	return mr_identity_compare(&identity, known, pass, ret_is_better, error);
}

/* Open, find out what it is, and decide what to do with it. */
static int import_archive(struct mr_pass *pass, const char *path, bool salvage, struct mr_import_result *ret,
			  struct mr_error *error)
{
	struct mr_identity identity = {0};
	struct mr_archive *archive = NULL;
	bool is_better = true;

	int result = mr_pass_open(pass, path, &archive, error);
	if (!result)
		result = mr_identity_find(pass, &identity, error);
	if (!result && identity.snapshot_id) {
		pass->is_dry = true;
		result = compare_with_known(pass, archive, salvage, &identity, &is_better, error);
		ret->partial = identity.completeness != MR_COMPLETE;
		if (!result && is_better) {
			mr_archive_close(archive);
			archive = NULL;
			mr_pass_rewind(pass);
			result = mr_pass_open(pass, path, &archive, error);
		}
	}
	if (!result && is_better) {
		ret->outcome = identity.snapshot_id ? MR_IMPORT_REPLACED : MR_IMPORT_ADDED;
		result = store_in_transaction(pass, archive, salvage, &identity, ret, error);
		ret->snapshot_id = pass->snapshot_id;
		ret->partial = identity.completeness != MR_COMPLETE;
	} else if (!result) {
		ret->outcome = MR_IMPORT_KNOWN;
		ret->snapshot_id = identity.snapshot_id;
	}
	mr_archive_close(archive);
	return result;
}

int mr_import(struct mr_store *store, const char *archive_path, bool salvage,
	      struct mr_import_result *ret_result, struct mr_error *error)
{
	struct mr_import_result imported = {0};
	struct mr_pass pass;

	mr_pass_init(&pass, store, archive_path);
	int result = import_archive(&pass, archive_path, salvage, &imported, error);
	mr_pass_deinit(&pass);
	if (result < 0)
		return result == -ENODATA ? -EBADMSG : result;
	*ret_result = imported;
	return 0;
}

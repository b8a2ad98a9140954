/* The whole import into a database in memory.
 *
 * An input is a capture in text, so that a change of it is a change of what it says:
 *
 *     => proc/meminfo          a member, and what stands in it up to the next such line
 *     => again 1 proc/meminfo  reading 1 of it
 *     => more 1 proc/slabinfo  part 1 of it
 *     => capture/hung.csv      a member that the index does not list, as all below capture/
 *
 * capture/meta.csv, the index and capture/end.csv are made up unless the input has its own.
 */
#include "analyze/import/import.h"

#include <errno.h>
#include <string.h>

#include "analyze/import/verify.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/promises.h"
#include "tests/support/archive_maker.h"

#define MEMBERS_MAX 64
#define PATH_BYTES_MAX 256

/* The checks are SQL over what was stored, and take a hundred times as long as all before them: only now and
 * then. */
#define CHECKS_EACH 64

static struct mr_store *store;

int __wrap_mr_store_compute_checks(struct mr_store *into, int64_t snapshot_id, struct mr_error *error);
int __real_mr_store_compute_checks(struct mr_store *into, int64_t snapshot_id, struct mr_error *error);

/* In place of the store's own, by the linker's --wrap. */
int __wrap_mr_store_compute_checks(struct mr_store *into, int64_t snapshot_id, struct mr_error *error)
{
	static unsigned count;

	return count++ % CHECKS_EACH ? 0 : __real_mr_store_compute_checks(into, snapshot_id, error);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	FUZZ_CHECK(!mr_store_open("", MR_STORE_MEMORY, &store, NULL));
	return 0;
}

/* Cut the next member off the front: its line, and all before the next such line. */
static bool take_member(struct mr_slice *rest, struct mr_slice *ret_name, struct mr_slice *ret_bytes)
{
	const char *next = rest->length_bytes ? memmem(rest->at, rest->length_bytes, "\n=> ", 4) : NULL;
	struct mr_slice member = *rest;

	if (!mr_slice_starts(*rest, MR_SLICE("=> ")))
		return false;
	if (next)
		member.length_bytes = (size_t)(next + 1 - member.at);
	*rest = mr_slice_skip(*rest, member.length_bytes);
	*ret_name = mr_slice_skip(fuzz_line(&member), 3);
	*ret_bytes = member;
	return ret_name->length_bytes && ret_name->length_bytes <= PATH_BYTES_MAX;
}

/* "again 12 PATH": cut the two words off. */
static unsigned take_number(struct mr_slice *name, const char *word)
{
	struct mr_slice rest = *name, first;
	uint64_t number;

	if (!mr_slice_until(&rest, ' ', &first) || !mr_slice_is(first, word) ||
	    !mr_slice_until(&rest, ' ', &first) || mr_slice_unsigned(first, 10, &number) != MR_NUMBER_OK)
		return 0;
	*name = rest;
	return (unsigned)(number % 1000000);
}

static void add_member(struct mr_maker *maker, struct mr_slice name, struct mr_slice bytes)
{
	unsigned again = take_number(&name, "again"), more = take_number(&name, "more");
	char *path = fuzz_text(name.at, name.length_bytes);

	if (!*path || strlen(path) != name.length_bytes)
		;
	else if (!strncmp(path, "capture/", strlen("capture/")))
		mr_maker_add(maker, path, bytes.at, bytes.length_bytes);
	else if (more)
		mr_maker_part(maker, path, more, bytes.at, bytes.length_bytes);
	else
		mr_maker_reading(maker, path, again, bytes.at, bytes.length_bytes);
	free(path);
}

static void make_archive(const char *path, struct mr_slice members)
{
	struct mr_slice name, bytes;
	struct mr_maker maker;
	struct mr_slice all = members;
	bool has_meta = mr_slice_starts(members, MR_SLICE("=> capture/meta.csv\n"));
	bool has_end = all.length_bytes && memmem(all.at, all.length_bytes, "\n=> capture/end.csv\n", 20);

	mr_maker_open(&maker, path, NULL);
	if (!has_meta)
		mr_maker_meta(&maker, NULL);
	for (int i = 0; i < MEMBERS_MAX && take_member(&members, &name, &bytes); i++)
		add_member(&maker, name, bytes);
	if (!has_end)
		mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
}

static int64_t ask(const char *sql)
{
	sqlite3_stmt *statement;

	FUZZ_CHECK(sqlite3_prepare_v2(mr_store_handle(store), sql, -1, &statement, NULL) == SQLITE_OK);
	FUZZ_CHECK(sqlite3_step(statement) == SQLITE_ROW);
	int64_t answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return answer;
}

/* Of what cannot be imported verify does not say that it is whole. */
static void verify(const char *path, bool was_imported)
{
	struct mr_verify_result verified;
	struct mr_error error = {0};

	int result = mr_verify(path, &verified, &error);
	FUZZ_CHECK(!result || (error.number && error.message[0]));
	FUZZ_CHECK(result || was_imported || verified.outcome != MR_VERIFY_WHOLE);
	mr_verify_deinit(&verified);
}

/* All of it or nothing, and the second time it is known.  @return whether it is in the database */
static bool import(const char *path)
{
	struct mr_import_result first = {0}, second = {0};
	struct mr_error error = {0};

	int result = mr_import(store, path, true, &first, &error);
	FUZZ_CHECK(sqlite3_get_autocommit(mr_store_handle(store)));
	if (result < 0) {
		FUZZ_CHECK(result == -EBADMSG || result == -EFBIG || result == -EPROTONOSUPPORT);
		FUZZ_CHECK(error.number && error.message[0] && !ask("SELECT count(*) FROM snapshot"));
		return false;
	}
	FUZZ_CHECK(first.outcome == MR_IMPORT_ADDED && ask("SELECT count(*) FROM snapshot") == 1);
	FUZZ_CHECK(!mr_import(store, path, true, &second, &error));
	FUZZ_CHECK(second.outcome == MR_IMPORT_KNOWN && second.snapshot_id == first.snapshot_id);
	FUZZ_CHECK(sqlite3_exec(mr_store_handle(store), "DELETE FROM snapshot", NULL, NULL, NULL) ==
		   SQLITE_OK);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	const char *path = memory_file("", 0);

	make_archive(path, (struct mr_slice){(const char *)data, length_bytes});
	verify(path, import(path));
	return 0;
}

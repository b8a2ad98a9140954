/* See taking.h. */
#include "tests/fuzz/taking.h"

/* The checks are SQL over what was stored, and take a hundred times as long as all before them: now and then.
 */
#define CHECKS_EACH 1000

static struct mr_store *store;

int __wrap_mr_store_compute_checks(struct mr_store *into, int64_t snapshot_id, struct mr_error *error);
int __real_mr_store_compute_checks(struct mr_store *into, int64_t snapshot_id, struct mr_error *error);

/* In place of the store's own, by the linker's --wrap. */
int __wrap_mr_store_compute_checks(struct mr_store *into, int64_t snapshot_id, struct mr_error *error)
{
	static unsigned count;

	return count++ % CHECKS_EACH ? 0 : __real_mr_store_compute_checks(into, snapshot_id, error);
}

void taking_open(void)
{
	FUZZ_CHECK(!mr_store_open("", MR_STORE_MEMORY, &store, NULL));
}

int64_t taking_ask(const char *sql)
{
	sqlite3_stmt *statement;

	FUZZ_CHECK(sqlite3_prepare_v2(mr_store_handle(store), sql, -1, &statement, NULL) == SQLITE_OK);
	FUZZ_CHECK(sqlite3_step(statement) == SQLITE_ROW);
	int64_t answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return answer;
}

void taking_forget(void)
{
	if (!taking_ask("SELECT count(*) FROM snapshot"))
		return;
	FUZZ_CHECK(sqlite3_exec(mr_store_handle(store), "DELETE FROM snapshot", NULL, NULL, NULL) ==
		   SQLITE_OK);
}

static void count_capture(void *context, const char *name, int result, const struct mr_import_result *ret,
			  const struct mr_error *error)
{
	struct taking *taking = context;

	FUZZ_CHECK(name && *name && result <= 0);
	if (result < 0) {
		FUZZ_CHECK(error->number && error->message[0]);
		taking->refused_count++;
		return;
	}
	FUZZ_CHECK(ret->snapshot_id > 0);
	taking->added_count += ret->outcome == MR_IMPORT_ADDED;
	taking->known_count += ret->outcome == MR_IMPORT_KNOWN;
}

void taking_init(struct taking *taking)
{
	*taking = (struct taking){.listener = {.context = taking, .capture = count_capture}};
	mr_batch_init(&taking->batch, store, &taking->listener);
	mr_take_init(&taking->take, &taking->batch, "input");
}

void taking_end(struct taking *taking, int result, const struct mr_error *error)
{
	if (taking->take.database_error.number)
		fprintf(stderr, "%s\n", taking->take.database_error.message);
	FUZZ_CHECK(!taking->take.database_error.number);
	FUZZ_CHECK(result >= 0 || error->number);
	mr_take_fail(&taking->take, result, error);
	struct mr_error of_commit = {0};

	mr_take_deinit(&taking->take);
	FUZZ_CHECK(mr_batch_commit(&taking->batch, &of_commit) == 0);
	mr_batch_deinit(&taking->batch);
	FUZZ_CHECK(sqlite3_get_autocommit(mr_store_handle(store)));
	/* a row that its end has not filled in has no identity */
	FUZZ_CHECK(!taking_ask("SELECT count(*) FROM snapshot WHERE uuid IS NULL OR origin = ''"));
}

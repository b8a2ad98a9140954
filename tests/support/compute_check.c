/* A check is asked for as its view stands in the database, as anybody may ask it. */
#include "tests/support/compute_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyze/store/verdict_result.h"
#include "schema/base/cleanup.h"

static sqlite3_stmt *prepare(struct mr_store *store, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	assert_non_null(sql);
	if (sqlite3_prepare_v2(mr_store_handle(store), sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(mr_store_handle(store)));
	return statement;
}

void compute_check(struct mr_store *store, const char *check_id)
{
	_cleanup_free_ char *sql = mr_results_terms_sql(check_id);
	struct mr_results results = {0};
	struct mr_error error = {0};
	sqlite3_stmt *facts = prepare(store, mr_results_facts_sql), *terms = prepare(store, sql);

	if (mr_results_init(store, &results, &error) < 0 ||
	    mr_results_begin(store, &results, facts, 1, &error) < 0 ||
	    mr_results_put(store, &results, check_id, terms, 1, &error) < 0)
		fail_msg("%s: %s", check_id, error.message);
	mr_results_deinit(&results);
	sqlite3_finalize(facts);
	sqlite3_finalize(terms);
}

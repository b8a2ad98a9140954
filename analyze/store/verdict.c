/* Checks: what they find.
 *
 * The view check_ID of a check has its terms; verdict_terms.c makes verdicts of them, and verdict_result.c rows
 * of check_result.  Here that is done for every check of check_claim.
 *
 * The views of terms stand on other views, ten deep, and SQLite expands and plans the whole tower anew in
 * every arm of every check; where an aggregate ends up in a correlated subquery, the time grows with the
 * square of the rows. So the views below the checks are first copied, each once, into temporary tables of the
 * same name, bottom first, for the one snapshot; the statements that fill a copy or read a check have the text
 * of its view inside, where names find the copies before the originals.  On a capture of 76 processes this
 * takes a third of the time, on one of 8,000 an eighth.  Afterwards the copies are taken away, so that nobody
 * finds them in the place of the views; unless mr_store_keep_copies() was called.
 *
 * It follows that the views below a check must not look at other snapshots than the one that they are asked
 * for.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/store/internal.h"
#include "analyze/store/view_text.h"
#include "schema/base/cleanup.h"

/* What a step is called that has the terms of a check, in front of its id. */
#define CHECK_WHAT "check "

struct view {
	char *name;
	char *sql;
	bool is_visited;
};

/* The views of the database, by name. */
struct views {
	struct view *views;
	size_t count;
};

static int out_of_memory(const struct mr_store *store, struct mr_error *error)
{
	return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
}

/* ---- the views ---- */

static void views_deinit(struct views *views)
{
	for (size_t i = 0; i < views->count; i++) {
		free(views->views[i].name);
		free(views->views[i].sql);
	}
	free(views->views);
}

static int views_load(struct mr_store *store, struct views *views, struct mr_error *error)
{
	/* somebody may have added some of his own */
	static const char sql[] = "SELECT name, sql FROM main.sqlite_schema WHERE type = 'view'"
				  " AND name IN (SELECT object FROM main.documentation) ORDER BY name";
	sqlite3_stmt *statement = NULL;
	int result = 0, stepped = SQLITE_DONE;

	if (sqlite3_prepare_v2(store->handle, sql, sizeof(sql), &statement, NULL) != SQLITE_OK)
		return mr_store_error(store, "views", error);
	while (!result && (stepped = sqlite3_step(statement)) == SQLITE_ROW) {
		struct view *grown = reallocarray(views->views, views->count + 1, sizeof(*grown));

		if (grown) {
			views->views = grown;
			grown[views->count++] = (struct view){
				.name = mr_store_text(statement, 0),
				.sql = mr_store_text(statement, 1),
			};
		}
		if (!grown || !grown[views->count - 1].name || !grown[views->count - 1].sql)
			result = out_of_memory(store, error);
	}
	if (!result && stepped != SQLITE_DONE)
		result = mr_store_error(store, "views", error);
	sqlite3_finalize(statement);
	return result;
}

static int compare_name(const void *token, const void *view)
{
	const struct mr_sql_token *wanted = token;
	const char *name = ((const struct view *)view)->name;
	int order = strncmp(wanted->text, name, wanted->length);

	return order ? order : name[wanted->length] ? -1 : 0;
}

static struct view *views_find(const struct views *views, const struct mr_sql_token *name)
{
	return bsearch(name, views->views, views->count, sizeof(*views->views), compare_name);
}

/* ---- steps ---- */

/* Note a step.  @sql and @what are taken over, also on failure; NULL for no memory */
static int add_step(struct mr_store *store, enum mr_verdict_step_kind kind, char *sql, char *what,
		    struct mr_error *error)
{
	struct mr_verdicts *verdicts = &store->verdicts;

	if (verdicts->count == verdicts->capacity_count) {
		size_t wanted = verdicts->capacity_count + 128;
		struct mr_verdict_step *grown = reallocarray(verdicts->steps, wanted, sizeof(*grown));
		if (grown) {
			verdicts->steps = grown;
			verdicts->capacity_count = wanted;
		}
	}
	if (!sql || !what || verdicts->count == verdicts->capacity_count) {
		free(sql);
		free(what);
		return out_of_memory(store, error);
	}
	verdicts->steps[verdicts->count++] = (struct mr_verdict_step){.kind = kind, .sql = sql, .what = what};
	return 0;
}

/* After all the tables are made: every change of the temporary schema would have the statements prepared
 * again. */
static int prepare_steps(struct mr_store *store, struct mr_error *error)
{
	for (size_t i = 0; i < store->verdicts.count; i++) {
		struct mr_verdict_step *step = &store->verdicts.steps[i];

		if (sqlite3_prepare_v3(store->handle, step->sql, -1, SQLITE_PREPARE_PERSISTENT,
				       &step->statement, NULL) != SQLITE_OK)
			return mr_store_error(store, step->what, error);
	}
	return mr_results_init(store, &store->verdicts.results, error);
}

static int execute(struct mr_store *store, char *sql, const char *what, struct mr_error *error)
{
	if (!sql)
		return out_of_memory(store, error);
	return sqlite3_exec(store->handle, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : mr_store_error(store, what, error);
}

static char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *print(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	return text;
}

/* The same view again, temporary, so that the names in it find the copies. */
static int make_temporary_view(struct mr_store *store, const struct view *view,
			       const struct mr_view_text *text, struct mr_error *error)
{
	_cleanup_free_ char *sql = print("CREATE TEMP VIEW %s%s", view->name, text->behind_name);

	mr_buffer_printf(&store->verdicts.drops, "DROP VIEW IF EXISTS temp.%s;", view->name);
	return execute(store, sql, view->name, error);
}

/* A statement in which a view goes by some name and finds the copies, without being made again.  The line ends
 * before the ')' because the view may end in a comment. */
static char *print_with_view(const char *name, const struct mr_view_text *text, const char *statement)
{
	return print("WITH %s %.*s AS (%s\n) %s", name, (int)text->columns_length,
		     text->columns ? text->columns : "", text->body + strlen("AS"), statement);
}

/* Only SQLite knows the columns of a view.  @ret  whether the first is snapshot_id */
static int is_of_snapshots(struct mr_store *store, const struct view *view, const struct mr_view_text *text,
			   bool *ret, struct mr_error *error)
{
	_cleanup_free_ char *all = print("SELECT * FROM %s", view->name);
	_cleanup_free_ char *sql = all ? print_with_view(view->name, text, all) : NULL;
	sqlite3_stmt *statement = NULL;

	if (!sql)
		return out_of_memory(store, error);
	if (sqlite3_prepare_v2(store->handle, sql, -1, &statement, NULL) != SQLITE_OK)
		return mr_store_error(store, view->name, error);
	const char *first = sqlite3_column_name(statement, 0);
	int result = first ? 0 : out_of_memory(store, error);
	*ret = first && !strcmp(first, "snapshot_id");
	sqlite3_finalize(statement);
	return result;
}

/* A table in the place of the view, and the steps that fill it. */
static int make_copy(struct mr_store *store, const struct view *view, const struct mr_view_text *text,
		     struct mr_error *error)
{
	_cleanup_free_ char *select = print_with_view("_filling", text, "SELECT * FROM _filling WHERE 0");
	_cleanup_free_ char *table = select ? print("CREATE TEMP TABLE %s AS %s", view->name, select) : NULL;
	_cleanup_free_ char *fill =
		print("INSERT INTO temp.%s SELECT * FROM _filling WHERE snapshot_id = :snapshot", view->name);

	if (!table || !fill)
		return out_of_memory(store, error);
	mr_buffer_printf(&store->verdicts.drops, "DROP TABLE IF EXISTS temp.%s;", view->name);
	int result = execute(store, table, view->name, error);
	if (!result)
		result = add_step(store, MR_STEP_RUN, print("DELETE FROM temp.%s", view->name),
				  print("view %s", view->name), error);
	if (!result)
		result = add_step(store, MR_STEP_RUN, print_with_view("_filling", text, fill),
				  print("view %s", view->name), error);
	return result;
}

static int visit(struct mr_store *store, const struct views *views, struct view *view,
		 struct mr_error *error);

/* Copy the views that a text names. */
static int visit_named(struct mr_store *store, const struct views *views, const char *text,
		       struct mr_error *error)
{
	struct mr_sql_token token = mr_sql_token_next(text);
	int result = 0;

	for (; !result && token.text; token = mr_sql_token_next(token.text + token.length)) {
		struct view *named = views_find(views, &token);
		if (named)
			result = visit(store, views, named, error);
	}
	return result;
}

/* Copy what a view stands on.  A word that only looks like the name of a view, such as a column, makes a copy
 * that nobody needs; in a circle of such words a name finds the original, which is as good.
 *
 * @ret_text  of the view */
static int visit_below(struct mr_store *store, const struct views *views, struct view *view,
		       struct mr_view_text *ret_text, struct mr_error *error)
{
	view->is_visited = true;
	if (!mr_view_text_parse(view->sql, ret_text))
		return mr_error_set(error, -EINVAL, "%s: view %s has an unexpected form", store->path,
				    view->name);
	return visit_named(store, views, ret_text->body, error);
}

/* Then the view itself. */
static int visit(struct mr_store *store, const struct views *views, struct view *view, struct mr_error *error)
{
	struct mr_view_text text;
	bool has_copy = false;

	if (view->is_visited)
		return 0;
	int result = visit_below(store, views, view, &text, error);
	if (!result)
		result = is_of_snapshots(store, view, &text, &has_copy, error);
	if (result < 0)
		return result;
	return has_copy ? make_copy(store, view, &text, error)
			: make_temporary_view(store, view, &text, error);
}

/* ---- checks ---- */

static int make_check(struct mr_store *store, const struct views *views, const char *check_id,
		      struct mr_error *error)
{
	_cleanup_free_ char *name = print("check_%s", check_id);
	_cleanup_free_ char *terms = mr_results_terms_sql(check_id);
	struct mr_view_text text;

	if (!name || !terms)
		return out_of_memory(store, error);
	struct view *view = views_find(views, &(struct mr_sql_token){name, strlen(name)});
	if (!view)
		return mr_error_set(error, -EINVAL, "%s: check %s has no view %s", store->path, check_id,
				    name);
	int result = visit_below(store, views, view, &text, error);
	return result < 0 ? result
			  : add_step(store, MR_STEP_TERMS, print_with_view(name, &text, terms),
				     print(CHECK_WHAT "%s", check_id), error);
}

/* What verdicts need of the snapshot beside terms. */
static int make_facts(struct mr_store *store, const struct views *views, struct mr_error *error)
{
	int result = visit_named(store, views, mr_results_facts_sql, error);

	return result < 0 ? result
			  : add_step(store, MR_STEP_FACTS, strdup(mr_results_facts_sql),
				     strdup("facts of the checks"), error);
}

static int make_checks(struct mr_store *store, const struct views *views, struct mr_error *error)
{
	/* in the order of the key of check_result */
	static const char sql[] = "SELECT check_id FROM main.check_claim ORDER BY check_id";
	sqlite3_stmt *claims = NULL;

	if (sqlite3_prepare_v2(store->handle, sql, sizeof(sql), &claims, NULL) != SQLITE_OK)
		return mr_store_error(store, "check_claim", error);
	int result = make_facts(store, views, error);
	int stepped = SQLITE_DONE;
	while (!result && (stepped = sqlite3_step(claims)) == SQLITE_ROW) {
		_cleanup_free_ char *check_id = mr_store_text(claims, 0);

		result = check_id ? make_check(store, views, check_id, error) : out_of_memory(store, error);
	}
	/* a check fewer would not be missed by anybody */
	if (!result && stepped != SQLITE_DONE)
		result = mr_store_error(store, "check_claim", error);
	sqlite3_finalize(claims);
	return result;
}

static int make_steps(struct mr_store *store, struct mr_error *error)
{
	struct views views = {0};

	store->verdicts.is_made = true;
	store->verdicts.is_made_in_transaction = !sqlite3_get_autocommit(store->handle);
	store->verdicts.is_made_in_part = store->verdicts.is_made_in_transaction;
	int result = add_step(store, MR_STEP_RUN,
			      strdup("DELETE FROM main.check_result WHERE snapshot_id = :snapshot"),
			      strdup("table check_result"), error);
	if (!result)
		result = views_load(store, &views, error);
	if (!result)
		result = make_checks(store, &views, error);
	if (!result)
		result = prepare_steps(store, error);
	views_deinit(&views);
	return result;
}

void mr_verdicts_deinit(struct mr_store *store)
{
	bool is_kept = store->verdicts.is_kept;

	for (size_t i = 0; i < store->verdicts.count; i++) {
		sqlite3_finalize(store->verdicts.steps[i].statement);
		free(store->verdicts.steps[i].sql);
		free(store->verdicts.steps[i].what);
	}
	free(store->verdicts.steps);
	mr_results_deinit(&store->verdicts.results);
	mr_buffer_deinit(&store->verdicts.drops);
	store->verdicts = (struct mr_verdicts){.is_kept = is_kept};
}

/* Take the copies away, after the statements that use them. */
static int drop_copies(struct mr_store *store, struct mr_error *error)
{
	char *sql = mr_buffer_detach(&store->verdicts.drops);

	mr_verdicts_deinit(store);
	int result = execute(store, sql, "copies of views", error);
	free(sql);
	return result;
}

int mr_verdicts_drop(struct mr_store *store, struct mr_error *error)
{
	store->verdicts.is_kept = false;
	return store->verdicts.is_made ? drop_copies(store, error) : 0;
}

static int run_step(struct mr_store *store, const struct mr_verdict_step *step, int64_t snapshot_id,
		    struct mr_error *error)
{
	sqlite3_stmt *statement = step->statement;

	if (step->kind == MR_STEP_FACTS)
		return mr_results_begin(store, &store->verdicts.results, statement, snapshot_id, error);
	if (step->kind == MR_STEP_TERMS)
		return mr_results_put(store, &store->verdicts.results, step->what + strlen(CHECK_WHAT),
				      statement, snapshot_id, error);
	sqlite3_bind_int64(statement, sqlite3_bind_parameter_index(statement, ":snapshot"), snapshot_id);
	int result = sqlite3_step(statement) == SQLITE_DONE ? 0 : mr_store_error(store, step->what, error);
	sqlite3_reset(statement);
	return result;
}

int mr_store_compute_checks(struct mr_store *store, int64_t snapshot_id, struct mr_error *error)
{
	int result = 0;

	mr_store_handle(store);
	if (!store->verdicts.is_made)
		result = make_steps(store, error);
	for (size_t i = 0; !result && i < store->verdicts.count; i++)
		result = run_step(store, &store->verdicts.steps[i], snapshot_id, error);
	/* in a transaction the rollback that follows a failure takes the copies away */
	if (result < 0 && !sqlite3_get_autocommit(store->handle))
		return result;
	if (result < 0 || !store->verdicts.is_kept) {
		int dropped = drop_copies(store, error);
		result = result < 0 ? result : dropped;
	}
	return result;
}

void mr_store_keep_copies(struct mr_store *store)
{
	store->verdicts.is_kept = true;
}

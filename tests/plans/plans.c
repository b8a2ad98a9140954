/* plans DATABASE: what a question about one snapshot costs does not depend on how many others there are.
 * Prints TAP.
 *
 * DATABASE is copied into memory.  Every view that has a snapshot_id, every saved statement of reports/ and
 * the verdicts of all checks are asked for each of its snapshots, and the instructions are counted that
 * SQLite's machine runs.  Then every snapshot gets many copies, and the same questions have to cost the same.
 */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/store/store.h"
#include "schema/base/buffer.h"
#include "schema/base/cleanup.h"
#include "schema/sql.h"

#define COPIES_COUNT 40
/* SQLite calls back every so many instructions. */
#define INSTRUCTIONS_A_CALL 50
#define QUESTIONS_MAX 512
#define SNAPSHOTS_MAX 16
/* The latest snapshot before, how many there are of a host: looked up by an index, one step more or less. */
#define TOLERANCE_INSTRUCTIONS 500

struct question {
	char *name;
	char *sql; /* NULL: the verdicts */
	int64_t costs[SNAPSHOTS_MAX];
};

static struct mr_store *store;
static struct question questions[QUESTIONS_MAX];
static size_t questions_count;
static int64_t ids[SNAPSHOTS_MAX];
static size_t ids_count;
static int64_t calls_count;

static void fail(const char *what, const char *why)
{
	printf("Bail out! %s: %s\n", what, why);
	exit(1);
}

static void run(const char *sql)
{
	char *message = NULL;

	if (sqlite3_exec(mr_store_handle(store), sql, NULL, NULL, &message) != SQLITE_OK)
		fail(sql, message);
}

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(mr_store_handle(store), sql, -1, &statement, NULL) != SQLITE_OK)
		fail(sql, sqlite3_errmsg(mr_store_handle(store)));
	return statement;
}

/* ---- the questions ---- */

static void add_question(const char *name, const char *sql)
{
	if (questions_count == QUESTIONS_MAX)
		fail(name, "one question too many");
	questions[questions_count++] =
		(struct question){.name = strdup(name), .sql = sql ? strdup(sql) : NULL};
}

/* The views of the checks are asked through the verdicts, from the copies of views that these are computed
 * from. */
static void add_views(void)
{
	sqlite3_stmt *views =
		prepare("SELECT name, 'SELECT * FROM ' || name || ' WHERE snapshot_id = :snapshot' FROM "
			"sqlite_schema AS v"
			" WHERE type = 'view' AND name NOT GLOB 'check_[A-Z]*'"
			" AND EXISTS (SELECT 1 FROM pragma_table_info(v.name) WHERE name = 'snapshot_id')");

	while (sqlite3_step(views) == SQLITE_ROW)
		add_question((const char *)sqlite3_column_text(views, 0),
			     (const char *)sqlite3_column_text(views, 1));
	sqlite3_finalize(views);
}

/* Those that are about one or two snapshots, and stand as they are in the file. */
static void add_reports(void)
{
	for (size_t i = 0; i < mr_sql_file_count; i++) {
		const struct mr_sql_file *file = &mr_sql_files[i];

		if (!strncmp(file->name, "reports/", 8) && !strchr(file->text, '{') &&
		    (strstr(file->text, ":snapshot") || strstr(file->text, ":a")))
			add_question(file->name, file->text);
	}
}

/* ---- what they cost ---- */

static int count_call(void *unused)
{
	calls_count++;
	return 0;
}

static void bind_text(sqlite3_stmt *statement, const char *name, const char *text)
{
	sqlite3_bind_text(statement, sqlite3_bind_parameter_index(statement, name), text, -1, SQLITE_STATIC);
}

/* All parameters that a statement may have; one that it does not have is refused. */
static void bind(sqlite3_stmt *statement, int64_t id)
{
	static const char *const numbers[] = {":snapshot", ":a", ":b"};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sqlite3_bind_int64(statement, sqlite3_bind_parameter_index(statement, numbers[i]), id);
	sqlite3_bind_int64(statement, sqlite3_bind_parameter_index(statement, ":b"), ids[0]);
	sqlite3_bind_int64(statement, sqlite3_bind_parameter_index(statement, ":pid"), 1);
	bind_text(statement, ":path", "/");
	bind_text(statement, ":class", "kernel");
	bind_text(statement, ":cache", "dentry");
	bind_text(statement, ":id", "S1");
	bind_text(statement, ":check", "S1");
	bind_text(statement, ":subject", "");
}

static void ask(const struct question *question, int64_t id)
{
	struct mr_error error = {0};

	if (!question->sql) {
		if (mr_store_compute_checks(store, id, &error) < 0)
			fail(question->name, error.message);
		return;
	}
	sqlite3_stmt *statement = prepare(question->sql);
	int result;
	bind(statement, id);
	while ((result = sqlite3_step(statement)) == SQLITE_ROW)
		continue;
	if (result != SQLITE_DONE)
		fail(question->name, sqlite3_errmsg(mr_store_handle(store)));
	sqlite3_finalize(statement);
}

static int64_t cost_of(const struct question *question, int64_t id)
{
	calls_count = 0;
	sqlite3_progress_handler(mr_store_handle(store), INSTRUCTIONS_A_CALL, count_call, NULL);
	ask(question, id);
	sqlite3_progress_handler(mr_store_handle(store), 0, NULL, NULL);
	return calls_count * INSTRUCTIONS_A_CALL;
}

/* ---- many snapshots ---- */

static void copy_rows(const char *table, const char *columns)
{
	struct mr_buffer sql = {0};

	/* copies get numbers of their own, later moments, and identities that nobody has */
	mr_buffer_printf(&sql,
			 "CREATE TEMP TABLE copied AS SELECT * FROM %s JOIN copies ON copies.original = "
			 "%s.snapshot_id;"
			 "UPDATE copied SET snapshot_id = copy;",
			 table, table);
	if (!strcmp(table, "snapshot"))
		mr_buffer_append_text(
			&sql,
			"UPDATE copied SET uuid = 'copy ' || copy, taken_ns = taken_ns + copy * 1000000000;");
	mr_buffer_printf(&sql, "INSERT INTO main.%s (%s) SELECT %s FROM copied; DROP TABLE copied", table,
			 columns, columns);
	run(sql.data);
	mr_buffer_deinit(&sql);
}

/* @return whether there is a table of that number */
static bool copy_table(const char *tables_sql, int number)
{
	sqlite3_stmt *tables = prepare(tables_sql);
	_cleanup_free_ char *table = NULL, *columns = NULL;

	sqlite3_bind_int(tables, 1, number);
	if (sqlite3_step(tables) == SQLITE_ROW) {
		table = strdup((const char *)sqlite3_column_text(tables, 0));
		columns = strdup((const char *)sqlite3_column_text(tables, 1));
	}
	sqlite3_finalize(tables);
	if (table)
		copy_rows(table, columns);
	return table;
}

static void copy_snapshots(void)
{
	static const char tables_sql[] =
		"SELECT t.name, group_concat('\"' || c.name || '\"', ', ') FROM main.sqlite_schema AS t,"
		" pragma_table_info(t.name) AS c WHERE t.type = 'table' AND EXISTS"
		" (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'snapshot_id') GROUP BY t.name"
		" ORDER BY t.name <> 'snapshot', t.name LIMIT 1 OFFSET ?1";
	struct mr_buffer sql = {0};

	mr_buffer_printf(
		&sql,
		"CREATE TEMP TABLE copies AS WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i "
		"< %d)"
		" SELECT snapshot_id AS original, 1000 * i + snapshot_id AS copy FROM main.snapshot, n",
		COPIES_COUNT);
	run(sql.data);
	mr_buffer_deinit(&sql);
	/* one after the other: a statement that is not at its end would lock what the copies are made with */
	for (int i = 0; copy_table(tables_sql, i); i++)
		continue;
	run("DROP TABLE copies");
}

/* ---- the run ---- */

static void open_copy(const char *path)
{
	struct mr_error error = {0};
	sqlite3 *file;

	if (mr_store_open(":memory:", MR_STORE_MEMORY, &store, &error) < 0 ||
	    sqlite3_open_v2(path, &file, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		fail(path, error.message);
	sqlite3_backup *backup = sqlite3_backup_init(mr_store_handle(store), "main", file, "main");
	if (!backup || sqlite3_backup_step(backup, -1) != SQLITE_DONE)
		fail(path, sqlite3_errmsg(mr_store_handle(store)));
	sqlite3_backup_finish(backup);
	sqlite3_close(file);
}

static void load_ids(void)
{
	sqlite3_stmt *rows = prepare("SELECT snapshot_id FROM snapshot ORDER BY snapshot_id");

	while (sqlite3_step(rows) == SQLITE_ROW && ids_count < SNAPSHOTS_MAX)
		ids[ids_count++] = sqlite3_column_int64(rows, 0);
	sqlite3_finalize(rows);
}

/* @return whether it costs now what it did */
static bool costs_the_same(const struct question *question)
{
	bool same = true;

	for (size_t i = 0; i < ids_count; i++) {
		int64_t cost = cost_of(question, ids[i]);

		if (llabs(cost - question->costs[i]) <= TOLERANCE_INSTRUCTIONS)
			continue;
		printf("# snapshot %lld: %lld instructions alone, %lld beside others\n", (long long)ids[i],
		       (long long)question->costs[i], (long long)cost);
		same = false;
	}
	return same;
}

int main(int argc, char **argv)
{
	int failures_count = 0;

	if (argc != 2)
		fail(argv[0], "DATABASE");
	open_copy(argv[1]);
	load_ids();
	add_views();
	add_reports();
	add_question("the verdicts of all checks", NULL);
	for (size_t i = 0; i < questions_count; i++)
		for (size_t j = 0; j < ids_count; j++)
			questions[i].costs[j] = cost_of(&questions[i], ids[j]);
	copy_snapshots();
	printf("1..%zu\n", questions_count);
	for (size_t i = 0; i < questions_count; i++) {
		bool same = costs_the_same(&questions[i]);

		failures_count += !same;
		printf("%s %zu - %s costs the same beside %zu snapshots\n", same ? "ok" : "not ok", i + 1,
		       questions[i].name, ids_count * COPIES_COUNT);
		free(questions[i].name);
		free(questions[i].sql);
	}
	mr_store_close(store);
	return failures_count > 0;
}

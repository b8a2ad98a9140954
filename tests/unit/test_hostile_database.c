/* A database from a stranger: whatever its schema says, no other file is opened, and nothing is made. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/store/copy.h"
#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/import_help.h"
#include "tests/support/restore_dump.h"
#include "tests/support/test.h"

#define EVIL "; ATTACH 'evil' AS evil; CREATE TABLE evil.t (a); VACUUM INTO 'evil2'; --"

static void change(const char *path, const char *sql)
{
	sqlite3 *handle;
	char *message = NULL;

	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	if (sqlite3_exec(handle, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(handle);
}

/* Do with it what one does with a database, in a folder of its own; any of it may fail. */
static void use(const char *path, enum mr_store_mode mode)
{
	_cleanup_free_ char *folder = mr_maker_folder();
	_cleanup_free_ char *archive = mr_maker_path("a.mem.tar.gz");
	struct mr_import_result imported;
	struct mr_store *store = NULL;
	struct mr_donor *donor;

	assert_int_equal(chdir(folder), 0);
	mr_maker_capture(archive, &(struct mr_maker_meta){.uuid = mode == MR_STORE_READ ? "r" : "w"});
	if (!mr_store_open(path, mode, &store, NULL)) {
		if (mode != MR_STORE_READ) {
			mr_import(store, archive, false, &imported, NULL);
			mr_store_compute_checks(store, 1, NULL);
		}
		mr_store_close(store);
	}
	store = memory();
	if (!mr_donor_open(store, path, &donor, NULL)) {
		struct mr_merge_result merged;

		mr_donor_merge(donor, 1, &merged, NULL);
		mr_donor_close(donor);
	}
	mr_store_compute_checks(store, 1, NULL);
	mr_store_close(store);
	assert_int_not_equal(access("evil", F_OK), 0);
	assert_int_not_equal(access("evil2", F_OK), 0);
	assert_int_equal(chdir("/"), 0);
}

static void use_all_ways(const char *path)
{
	use(path, MR_STORE_READ);
	use(path, MR_STORE_WRITE);
}

static char *older_database(void)
{
	_cleanup_free_ char *dump = NULL;
	char *path = mr_maker_path("a.db");

	assert_true(asprintf(&dump, "%s/schema-1.sql.xz", getenv("MR_MIGRATIONS")) > 0);
	restore_dump(dump, path);
	return path;
}

static char *current_database(void)
{
	_cleanup_free_ char *archive = mr_maker_path("a.mem.tar.gz");
	char *path = mr_maker_path("a.db");
	struct mr_store *store = NULL;

	mr_maker_capture(archive, NULL);
	assert_int_equal(mr_store_open(path, MR_STORE_WRITE, &store, NULL), 0);
	import(store, archive, false);
	mr_store_close(store);
	return path;
}

TEST(names_of_views_and_tables_are_names)
{
	_cleanup_free_ char *path = older_database();

	change(path, "CREATE VIEW x AS SELECT 1; CREATE VIEW \"x\"\"" EVIL "\" AS SELECT 1;"
		     "CREATE TABLE y (snapshot_id, a); CREATE TABLE \"y\"\"" EVIL "\" (snapshot_id, a);"
		     "INSERT INTO documentation SELECT name, 0, '', '', '', '', 'm', 's' FROM sqlite_schema"
		     " WHERE name GLOB '[xy]\"*'");
	use_all_ways(path);
}

TEST(the_text_of_a_view_is_a_view)
{
	_cleanup_free_ char *path = current_database();

	/* names that the checks use as words */
	change(path, "CREATE VIEW coalesce AS SELECT 1; CREATE VIEW sum (snapshot_id, a) AS SELECT 1, 2;"
		     "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = sql || '"
		     "; ATTACH ''evil'' AS evil; CREATE TABLE evil.t (a); VACUUM INTO ''evil2''"
		     "' WHERE name IN ('coalesce', 'sum')");
	use_all_ways(path);
}

TEST(a_trigger_opens_nothing)
{
	_cleanup_free_ char *path = current_database();

	change(path,
	       "CREATE TRIGGER t AFTER INSERT ON snapshot BEGIN SELECT load_extension('evil'); END;"
	       "CREATE TRIGGER u AFTER DELETE ON check_result BEGIN SELECT writefile('evil', 'x'); END");
	use_all_ways(path);
}

TEST(a_table_that_is_a_view_is_no_way_out)
{
	_cleanup_free_ char *path = current_database();

	change(path, "DROP TABLE proc_statm; CREATE VIEW proc_statm AS SELECT snapshot_id, 1 AS pid, "
		     "load_extension('evil')"
		     " FROM snapshot");
	use_all_ways(path);
}

/* The schema of a new database: tables, then views, then checks, and the documentation of all of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/store/internal.h"
#include "schema/base/cleanup.h"
#include "schema/sql.h"

static int execute(struct mr_store *store, const char *what, const char *sql, struct mr_error *error)
{
	if (sqlite3_exec(store->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
		return mr_store_error(store, what, error);
	return 0;
}

int mr_install_identity(struct mr_store *store, struct mr_error *error)
{
	_cleanup_free_ char *sql = NULL;

	if (asprintf(&sql, "PRAGMA application_id = %d; PRAGMA user_version = %d", MR_APPLICATION_ID,
		     MR_SCHEMA_VERSION) < 0)
		return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
	return execute(store, "identity", sql, error);
}

static int install_catalog(struct mr_store *store, struct mr_error *error)
{
	for (size_t i = 0; i < mr_table_count; i++) {
		if (!mr_store_has_table(mr_tables[i]))
			continue;
		_cleanup_free_ char *ddl = mr_table_ddl(mr_tables[i]);
		if (!ddl)
			return mr_error_set(error, -ENOMEM, "%s: out of memory", store->path);
		int result = execute(store, mr_tables[i]->name, ddl, error);
		if (result < 0)
			return result;
	}
	return 0;
}

/* The embedded files of one folder, in the order of their names.  A view may name one that comes later:
 * SQLite looks inside a view when it is used. */
static int install_folder(struct mr_store *store, const char *folder, struct mr_error *error)
{
	for (size_t i = 0; i < mr_sql_file_count; i++) {
		const struct mr_sql_file *file = &mr_sql_files[i];

		if (strncmp(file->name, folder, strlen(folder)) != 0)
			continue;
		int result = execute(store, file->name, file->text, error);
		if (result < 0)
			return result;
	}
	return 0;
}

static int document_folder(struct mr_store *store, const char *folder, struct mr_error *error)
{
	for (size_t i = 0; i < mr_sql_file_count; i++) {
		const struct mr_sql_file *file = &mr_sql_files[i];

		if (strncmp(file->name, folder, strlen(folder)) != 0)
			continue;
		int result = mr_document_sql(store, file->name, file->text, error);
		if (result < 0)
			return result;
	}
	return 0;
}

int mr_install_texts(struct mr_store *store, struct mr_error *error)
{
	int result = mr_document_catalog(store, error);

	if (!result)
		result = document_folder(store, "tables/", error);
	if (!result)
		result = document_folder(store, "views/", error);
	if (!result)
		result = document_folder(store, "checks/", error);
	if (!result)
		result = mr_install_claims(store, error);
	return result;
}

int mr_install(struct mr_store *store, struct mr_error *error)
{
	int result = mr_install_identity(store, error);

	if (!result)
		result = install_folder(store, "tables/", error);
	if (!result)
		result = install_catalog(store, error);
	if (!result)
		result = install_folder(store, "views/", error);
	if (!result)
		result = install_folder(store, "checks/", error);
	if (!result)
		result = mr_install_texts(store, error);
	return result;
}

/* SNAPSHOT arguments into snapshots.  See select.h.
 *
 * A name is [HOST]@WHICH, a number, or the beginning of a time; everything that looks like a file is an
 * archive. Names are looked up in the database file.  When an archive stands beside them, all that was
 * selected is brought together in a database in memory: archives are imported, the others copied.
 */
#include "analyze/store/select.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/import/import.h"
#include "schema/base/buffer.h"
#include "schema/base/cleanup.h"

/* Hosts that a message names. */
#define HOSTS_MOST 5

/* How far from the last snapshot, for @last; from the first, for @first. */
enum which { WHICH_NUMBER, WHICH_FROM_LAST, WHICH_FROM_FIRST, WHICH_TIME };

/* One argument that is no archive, taken apart. */
struct name {
	const char *text;
	enum which which;
	int64_t number;   /* snapshot, or how many before the last */
	char host[256];   /* "" when none is named */
	const char *time; /* its beginning */
};

/* ---- what an argument is ---- */

static bool ends_in(const char *text, const char *ending)
{
	size_t length = strlen(text), ending_length = strlen(ending);

	return length > ending_length && !strcmp(text + length - ending_length, ending);
}

/* A database given where a snapshot is expected.  Either it is refused as it would be with -d, or that is the
 * way. */
static int refuse_database(const char *argument, struct mr_error *error)
{
	_cleanup_fclose_ FILE *file = fopen(argument, "re");
	char magic[16] = "";
	struct mr_store *store;

	if (!file || fread(magic, 1, sizeof(magic), file) != sizeof(magic) ||
	    memcmp(magic, "SQLite format 3", sizeof(magic)) != 0)
		return 0;
	int result = mr_store_open(argument, MR_STORE_READ, &store, error);
	if (result < 0)
		return result;
	mr_store_close(store);
	return mr_error_set(error, -EINVAL, "%s is a database, not a snapshot.   memreckon list -d %s",
			    argument, argument);
}

static bool take_number(const char *text, int64_t *ret_number)
{
	char *end;

	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (!isdigit((unsigned char)*text) || errno || *end)
		return false;
	*ret_number = number;
	return true;
}

/* YYYY, and as much behind it as is given of -MM-DDTHH:MM:SSZ */
static bool is_time(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	size_t i = 0;

	for (; text[i] && form[i]; i++) {
		bool fits = form[i] == 'd'   ? isdigit((unsigned char)text[i])
			    : form[i] == 'T' ? text[i] == 'T' || text[i] == ' '
					     : text[i] == form[i];
		if (!fits)
			return false;
	}
	return !text[i] && i >= strlen("dddd-");
}

static bool looks_like_archive(const char *argument)
{
	static const char *const endings[] = {".tar", ".tgz", ".gz",   ".zst", ".xz",
					      ".bz2", ".txz", ".tbz2", ".tbz", ".tzst"};
	struct stat status;
	int64_t number;

	if (strchr(argument, '/') || !strcmp(argument, "-"))
		return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (ends_in(argument, endings[i]))
			return true;
	if (*argument == '@' || stat(argument, &status))
		return false;
	/* a folder may be called as a snapshot is */
	return S_ISREG(status.st_mode) ||
	       (S_ISDIR(status.st_mode) && !take_number(argument, &number) && !is_time(argument));
}

/* What stands behind the '@'. */
static bool take_which(const char *text, struct name *name)
{
	name->which = WHICH_FROM_LAST;
	name->number = 0;
	if (!strcmp(text, "last"))
		return true;
	if (!strcmp(text, "prev")) {
		name->number = 1;
		return true;
	}
	if (!strcmp(text, "first")) {
		name->which = WHICH_FROM_FIRST;
		return true;
	}
	if (*text == '-')
		return take_number(text + 1, &name->number);
	name->which = WHICH_TIME;
	name->time = text;
	return is_time(text);
}

static int parse_name(const char *argument, struct name *ret_name, struct mr_error *error)
{
	/* the last one: a host name has none, but who knows */
	const char *at = strrchr(argument, '@');
	size_t host_length = at ? (size_t)(at - argument) : 0;
	bool is_good;

	*ret_name = (struct name){.text = argument};
	if (at && host_length < sizeof(ret_name->host)) {
		memcpy(ret_name->host, argument, host_length);
		is_good = take_which(at + 1, ret_name);
	} else if (is_time(argument)) {
		is_good = true;
		ret_name->which = WHICH_TIME;
		ret_name->time = argument;
	} else {
		is_good = take_number(argument + (*argument == '#'), &ret_name->number);
	}
	if (is_good)
		return 0;
	return mr_error_set(error, -EINVAL,
			    "'%s' is no snapshot: a number, @last, @first, @prev, @-3, a time like "
			    "2026-11-21T07:41, HOST@last,\n"
			    "  or the path of an archive.   memreckon list",
			    argument);
}

/* ---- looking names up ---- */

/* By id; among the snapshots of one host counted from the last or the first; the last one whose time begins
 * so. */
static const char number_sql[] = "SELECT snapshot_id FROM snapshot WHERE snapshot_id = ?2";
static const char from_last_sql[] = "SELECT snapshot_id FROM snapshot WHERE host = ?1 ORDER BY taken_ns "
				    "DESC, snapshot_id DESC LIMIT 1 OFFSET ?2";
static const char from_first_sql[] =
	"SELECT snapshot_id FROM snapshot WHERE host = ?1 ORDER BY taken_ns, snapshot_id LIMIT 1 OFFSET ?2";
static const char time_sql[] = "SELECT snapshot_id FROM snapshot WHERE host = ?1"
			       " AND substr(strftime('%Y-%m-%dT%H:%M:%SZ', taken_ns / 1000000000, "
			       "'unixepoch'), 1, length(?3)) = replace(?3, ' ', 'T')"
			       " ORDER BY taken_ns DESC, snapshot_id DESC LIMIT 1";

static const char *const which_sql[] = {
	[WHICH_NUMBER] = number_sql,
	[WHICH_FROM_LAST] = from_last_sql,
	[WHICH_FROM_FIRST] = from_first_sql,
	[WHICH_TIME] = time_sql,
};

/* The hosts of the database, at most a few, for a message. @return how many there are, or negative errno */
static int list_hosts(struct mr_store *store, struct mr_buffer *ret_list, char *ret_first, size_t first_bytes,
		      struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;
	int count = 0;
	int stepped;

	if (sqlite3_prepare_v2(mr_store_handle(store), "SELECT DISTINCT host FROM snapshot ORDER BY host", -1,
			       &statement, NULL) != SQLITE_OK)
		return mr_store_error(store, NULL, error);
	while ((stepped = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *host = (const char *)sqlite3_column_text(statement, 0);
		if (!count)
			snprintf(ret_first, first_bytes, "%s", host);
		if (count < HOSTS_MOST)
			mr_buffer_printf(ret_list, "%s%s", count ? ", " : "", host);
		count++;
	}
	if (stepped != SQLITE_DONE)
		count = mr_store_error(store, NULL, error);
	sqlite3_finalize(statement);
	return count;
}

/* A name without a host means the only host there is. */
static int fill_in_host(struct mr_store *store, struct name *name, struct mr_error *error)
{
	struct mr_buffer hosts = {0};

	if (name->which == WHICH_NUMBER || name->host[0])
		return 0;
	int count = list_hosts(store, &hosts, name->host, sizeof(name->host), error);
	int result = count < 0 ? count : 0;
	if (count > 1)
		result = mr_error_set(
			error, -EINVAL,
			"%s holds %d hosts: %s%s\n  say which:  %s@%s, or a number of   memreckon list",
			mr_store_path(store), count, hosts.data ? hosts.data : "",
			count > HOSTS_MOST ? ", …" : "", name->host, name->text + (*name->text == '@'));
	mr_buffer_deinit(&hosts);
	return result;
}

/* How many snapshots there are of a host, and the number of the last. */
static int count_snapshots(struct mr_store *store, const char *host, int64_t *ret_count, int64_t *ret_last_id,
			   struct mr_error *error)
{
	static const char sql[] =
		"SELECT count(*), max(snapshot_id) FROM snapshot WHERE host = ?1 OR ?1 = ''";
	sqlite3_stmt *statement = NULL;
	int result = 0;

	if (sqlite3_prepare_v2(mr_store_handle(store), sql, -1, &statement, NULL) == SQLITE_OK)
		sqlite3_bind_text(statement, 1, host, -1, SQLITE_STATIC);
	if (!statement || sqlite3_step(statement) != SQLITE_ROW)
		result = mr_store_error(store, NULL, error);
	else {
		*ret_count = sqlite3_column_int64(statement, 0);
		*ret_last_id = sqlite3_column_int64(statement, 1);
	}
	sqlite3_finalize(statement);
	return result;
}

static int not_found(struct mr_store *store, const struct name *name, struct mr_error *error)
{
	const char *path = mr_store_path(store);
	int64_t all_count = 0, host_count = 0, last_id = 0, unused_id;

	int result = count_snapshots(store, "", &all_count, &last_id, error);
	if (!result)
		result = count_snapshots(store, name->host, &host_count, &unused_id, error);
	if (result < 0)
		return result;
	if (!all_count)
		return mr_error_set(error, -ESRCH, "no snapshots in %s.   memreckon import ARCHIVE", path);
	if (name->which == WHICH_NUMBER)
		return mr_error_set(error, -ESRCH,
				    "no snapshot %lld in %s; the last one is %lld.   memreckon list",
				    (long long)name->number, path, (long long)last_id);
	if (!host_count)
		return mr_error_set(error, -ESRCH, "no snapshot of host %s in %s.   memreckon list",
				    name->host, path);
	if (name->which == WHICH_TIME)
		return mr_error_set(error, -ESRCH, "no snapshot of %s begins %s in %s.   memreckon list",
				    name->host, name->time, path);
	return mr_error_set(error, -ESRCH, "no snapshot %s in %s: there %s %lld of %s.   memreckon list",
			    name->text, path, host_count == 1 ? "is" : "are", (long long)host_count,
			    name->host);
}

static int look_up(struct mr_store *store, const char *argument, int64_t *ret_id, struct mr_error *error)
{
	sqlite3_stmt *statement = NULL;
	struct name name;

	int result = parse_name(argument, &name, error);
	if (!result)
		result = fill_in_host(store, &name, error);
	if (result < 0)
		return result;
	if (sqlite3_prepare_v2(mr_store_handle(store), which_sql[name.which], -1, &statement, NULL) !=
	    SQLITE_OK)
		return mr_store_error(store, NULL, error);
	sqlite3_bind_text(statement, 1, name.host, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, name.number);
	/* only the statement for times has a third; for the others this does nothing */
	sqlite3_bind_text(statement, 3, name.time, -1, SQLITE_STATIC);
	int stepped = sqlite3_step(statement);
	if (stepped == SQLITE_ROW)
		*ret_id = sqlite3_column_int64(statement, 0);
	else
		result = stepped == SQLITE_DONE ? not_found(store, &name, error)
						: mr_store_error(store, NULL, error);
	sqlite3_finalize(statement);
	return result;
}

/* ---- bringing them together ---- */

static int check_arguments(const char *const *arguments, size_t count, bool *ret_is_archive,
			   size_t *ret_archives_count, struct mr_error *error)
{
	*ret_archives_count = 0;
	if (count > MR_SELECTION_MAX)
		return mr_error_set(error, -EINVAL, "more than %d snapshots named", MR_SELECTION_MAX);
	for (size_t i = 0; i < count; i++) {
		ret_is_archive[i] = looks_like_archive(arguments[i]);
		*ret_archives_count += ret_is_archive[i];
		int result = ret_is_archive[i] ? refuse_database(arguments[i], error) : 0;
		if (result < 0)
			return result;
	}
	return 0;
}

static int import_into(struct mr_store *memory, const char *archive, int64_t *ret_id, struct mr_error *error)
{
	struct mr_import_result imported;

	int result = mr_import(memory, archive, false, &imported, error);
	if (!result)
		*ret_id = imported.snapshot_id;
	return result;
}

/* Names are resolved in the order of the arguments; archives, which take longer, after all of them. */
static int select_names(struct mr_store *database, const char *const *arguments, const bool *is_archive,
			struct mr_selection *selection, struct mr_error *error)
{
	for (size_t i = 0; i < selection->count; i++) {
		if (is_archive[i])
			continue;
		int result = look_up(database, arguments[i], &selection->ids[i], error);
		if (result < 0)
			return result;
	}
	return 0;
}

/* Copies first, so that snapshots of the database keep their numbers. */
static int gather(const char *database_path, const char *const *arguments, const bool *is_archive,
		  struct mr_selection *selection, struct mr_error *error)
{
	int result = mr_store_open(":memory:", MR_STORE_MEMORY, &selection->store, error);

	for (int archives = 0; archives <= 1; archives++)
		for (size_t i = 0; !result && i < selection->count; i++) {
			if (is_archive[i] != archives)
				continue;
			result = archives ? import_into(selection->store, arguments[i], &selection->ids[i],
							error)
					  : mr_store_copy_snapshot(selection->store, database_path,
								   selection->ids[i], &selection->ids[i],
								   error);
		}
	return result;
}

int mr_select(const char *database, const char *const *arguments, size_t count, const char *const *defaults,
	      struct mr_selection *ret_selection, struct mr_error *error)
{
	struct mr_selection selection = {0};
	bool is_archive[MR_SELECTION_MAX];
	size_t archives_count;

	if (!count)
		for (arguments = defaults; defaults[count]; count++)
			continue;
	selection.count = count;
	int result = check_arguments(arguments, count, is_archive, &archives_count, error);
	if (!result && archives_count < count) {
		result = mr_store_open(database, MR_STORE_READ, &selection.store, error);
		if (!result)
			result = select_names(selection.store, arguments, is_archive, &selection, error);
	}
	if (!result && archives_count) {
		mr_store_close(selection.store);
		selection.store = NULL;
		result = gather(database, arguments, is_archive, &selection, error);
	}
	if (result < 0) {
		mr_selection_deinit(&selection);
		return result;
	}
	*ret_selection = selection;
	return 0;
}

void mr_selection_deinit(struct mr_selection *selection)
{
	mr_store_close(selection->store);
	*selection = (struct mr_selection){0};
}

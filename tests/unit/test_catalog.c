/* The catalog promises things that its macros cannot check: names that do not collide, limits with their companion,
 * DDL that SQLite takes, and paths that find their row of sources.def. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/buffer.h"
#include "schema/catalog.h"
#include "tests/support/test.h"

TEST(every_table_has_a_name_of_its_own_and_a_meaning)
{
	for (size_t i = 0; i < mr_table_count; i++) {
		assert_ptr_equal(mr_table_find(mr_tables[i]->name), mr_tables[i]);
		assert_string_not_equal(mr_tables[i]->meaning, "");
	}
	assert_null(mr_table_find("proc"));
}

TEST(a_column_stands_once_in_a_table)
{
	for (size_t i = 0; i < mr_table_count; i++) {
		const struct mr_table *table = mr_tables[i];

		for (size_t a = 0; a < table->field_count; a++)
			for (size_t b = 0; table->fields[a].column && b < a; b++)
				if (table->fields[b].column &&
				    !strcmp(table->fields[a].column, table->fields[b].column))
					fail_msg("%s.%s stands twice", table->name, table->fields[a].column);
	}
}

TEST(no_column_is_named_like_one_that_every_table_has)
{
	for (size_t i = 0; i < mr_table_count; i++)
		for (size_t j = 0; j < mr_tables[i]->field_count; j++) {
			const char *column = mr_tables[i]->fields[j].column;

			if (column && (!strcmp(column, "snapshot_id") || !strcmp(column, "reading")))
				fail_msg("%s.%s", mr_tables[i]->name, column);
		}
}

/* A limit and its companion share a key; nothing else may. */
TEST(a_key_stands_once_in_a_table)
{
	for (size_t i = 0; i < mr_table_count; i++) {
		const struct mr_table *table = mr_tables[i];

		for (size_t a = 0; a < table->field_count; a++)
			for (size_t b = 0; table->fields[a].kind != MR_KIND_UNLIMITED && b < a; b++)
				if (table->fields[b].kind != MR_KIND_UNLIMITED &&
				    !strcmp(table->fields[a].key, table->fields[b].key))
					fail_msg("%s: key %s stands twice", table->name,
						 table->fields[a].key);
	}
}

TEST(every_limit_is_followed_by_the_field_that_says_there_is_none)
{
	for (size_t i = 0; i < mr_table_count; i++)
		for (size_t j = 0; j < mr_tables[i]->field_count; j++) {
			const struct mr_field *field = &mr_tables[i]->fields[j];

			if (field->kind == MR_KIND_LIMIT) {
				assert_true(j + 1 < mr_tables[i]->field_count);
				assert_int_equal(field[1].kind, MR_KIND_UNLIMITED);
				assert_string_equal(field[1].key, field->key);
			} else if (field->kind == MR_KIND_UNLIMITED) {
				assert_true(j > 0);
				assert_int_equal(field[-1].kind, MR_KIND_LIMIT);
				assert_int_equal(field->unit, MR_UNIT_NONE);
			}
		}
}

TEST(path_keys_come_first_then_line_keys_then_the_rest)
{
	for (size_t i = 0; i < mr_table_count; i++) {
		enum mr_kind last = MR_KIND_PATH_KEY;

		for (size_t j = 0; j < mr_tables[i]->field_count; j++) {
			enum mr_kind kind = mr_tables[i]->fields[j].kind;

			if (mr_field_is_key(&mr_tables[i]->fields[j]) && kind < last)
				fail_msg("%s.%s comes too late", mr_tables[i]->name,
					 mr_tables[i]->fields[j].column);
			last = kind;
		}
	}
}

TEST(every_field_says_what_it_means_since_when_and_from_where)
{
	for (size_t i = 0; i < mr_table_count; i++)
		for (size_t j = 0; j < mr_tables[i]->field_count; j++) {
			const struct mr_field *field = &mr_tables[i]->fields[j];

			/* a file that a row was derived from is not named in it */
			assert_int_equal(!*field->key, field->kind == MR_KIND_DERIVED);
			if (!*field->meaning || !*field->since)
				fail_msg("%s: key '%s' lacks a text", mr_tables[i]->name, field->key);
			if (!strcmp(field->meaning, field->key))
				fail_msg("%s: the meaning of %s is its key", mr_tables[i]->name, field->key);
			if (field->kind != MR_KIND_IGNORED && !*field->source)
				fail_msg("%s: %s has no source", mr_tables[i]->name, field->key);
			assert_int_equal(field->column == NULL, field->kind == MR_KIND_IGNORED);
		}
}

TEST(a_column_name_needs_no_quotes)
{
	for (size_t i = 0; i < mr_table_count; i++)
		for (size_t j = 0; j < mr_tables[i]->field_count; j++) {
			const char *column = mr_tables[i]->fields[j].column;

			if (column && column[strspn(column, "abcdefghijklmnopqrstuvwxyz0123456789_")])
				fail_msg("%s.%s", mr_tables[i]->name, column);
		}
}

TEST(sqlite_takes_the_ddl_of_every_table)
{
	sqlite3 *database;

	assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, "CREATE TABLE snapshot (snapshot_id INTEGER PRIMARY KEY)",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	for (size_t i = 0; i < mr_table_count; i++) {
		char *ddl = mr_table_ddl(mr_tables[i]);

		assert_non_null(ddl);
		if (sqlite3_exec(database, ddl, NULL, NULL, NULL) != SQLITE_OK)
			fail_msg("%s: %s", mr_tables[i]->name, sqlite3_errmsg(database));
		free(ddl);
	}
	sqlite3_close(database);
}

static void assert_has_path_keys(const struct mr_source *sources, size_t source_count)
{
	for (size_t i = 0; i < source_count; i++) {
		const struct mr_source *source = &sources[i];
		bool is_cgroup = !strncmp(source->pattern, "{cgroup", strlen("{cgroup"));

		for (size_t j = 0; source->table && j < source->table->field_count; j++) {
			const struct mr_field *field = &source->table->fields[j];
			char placeholder[64];

			if (field->kind != MR_KIND_PATH_KEY)
				continue;
			snprintf(placeholder, sizeof(placeholder), "{%s}", field->key);
			if (is_cgroup && (!strcmp(field->key, "hierarchy") || !strcmp(field->key, "path")))
				continue;
			/* "path" without a placeholder is the path of the member itself */
			if (!strstr(source->pattern, placeholder) && strcmp(field->key, "path") != 0)
				fail_msg("%s has no %s", source->pattern, placeholder);
		}
	}
}

TEST(every_parsed_source_has_the_path_keys_of_its_table)
{
	assert_has_path_keys(mr_sources, mr_source_count);
	assert_has_path_keys(mr_foreign_sources, mr_foreign_source_count);
}

/* --- mr_source_match() --- */

static const struct mr_mounts hybrid = {"sys/fs/cgroup/memory", "sys/fs/cgroup/unified"};

/* The pattern that a path belongs to; "" for none. */
static const char *pattern_of(const char *path)
{
	struct mr_match match;

	return mr_source_match(path, &hybrid, &match) ? match.source->pattern : "";
}

static void assert_key(const struct mr_match *match, const char *name, const char *text)
{
	for (size_t i = 0; i < match->key_count; i++) {
		const struct mr_match_key *key = &match->keys[i];

		if (key->name_length != strlen(name) || memcmp(key->name, name, key->name_length) != 0)
			continue;
		assert_int_equal(key->length, strlen(text));
		assert_memory_equal(key->text, text, key->length);
		return;
	}
	fail_msg("no key %s", name);
}

static void assert_cgroup(const char *path, const char *pattern, const char *hierarchy, const char *group)
{
	struct mr_match match;

	assert_true(mr_source_match(path, &hybrid, &match));
	assert_string_equal(match.source->pattern, pattern);
	assert_key(&match, "hierarchy", hierarchy);
	assert_key(&match, "path", group);
}

/* A path that a pattern is made for: "7" for each placeholder, two folders for "**". */
static void path_of(const char *pattern, struct mr_buffer *path)
{
	while (*pattern) {
		if (!strncmp(pattern, "{cgroup1}", 9) || !strncmp(pattern, "{cgroup2}", 9)) {
			mr_buffer_printf(path, "%s/group",
					 pattern[7] == '1' ? hybrid.cgroup1 : hybrid.cgroup2);
			pattern += 9;
		} else if (*pattern == '{') {
			mr_buffer_printf(path, "7");
			pattern = strchr(pattern, '}') + 1;
		} else if (!strcmp(pattern, "**")) {
			mr_buffer_printf(path, "folder/file");
			pattern += 2;
		} else {
			mr_buffer_printf(path, "%c", *pattern++);
		}
	}
}

TEST(no_row_hides_another)
{
	for (size_t i = 0; i < mr_source_count; i++) {
		struct mr_buffer path = {0};

		path_of(mr_sources[i].pattern, &path);
		assert_string_equal(pattern_of(path.data), mr_sources[i].pattern);
		mr_buffer_deinit(&path);
	}
}

static const char *foreign_pattern_of(const char *path)
{
	struct mr_match match;

	return mr_foreign_match(path, &hybrid, &match) ? match.source->pattern : "";
}

TEST(no_row_of_a_foreign_capture_hides_another)
{
	for (size_t i = 0; i < mr_foreign_source_count; i++) {
		struct mr_buffer path = {0};

		path_of(mr_foreign_sources[i].pattern, &path);
		assert_string_equal(foreign_pattern_of(path.data), mr_foreign_sources[i].pattern);
		assert_int_equal(mr_foreign_sources[i].phase, MR_PHASE_FOREIGN);
		mr_buffer_deinit(&path);
	}
}

TEST(a_foreign_capture_has_its_own_rows_first_and_none_of_the_collectors)
{
	struct mr_match match;

	assert_true(mr_foreign_match("proc/12/smaps", NULL, &match));
	assert_int_equal(match.source->shape, MR_SHAPE_SMAPS);
	assert_key(&match, "pid", "12");
	assert_true(mr_source_match("proc/12/smaps", NULL, &match));
	assert_int_equal(match.source->shape, MR_SHAPE_RAW);
	assert_string_equal(foreign_pattern_of("proc/12/statm"), "proc/{pid}/statm");
	assert_string_equal(foreign_pattern_of("proc/12/task/34/status"), "proc/{pid}/task/{tid}/status");
	assert_string_equal(foreign_pattern_of("sys/fs/cgroup/memory/a/memory.stat"),
			    "{cgroup1}/memory.stat");
	assert_string_equal(foreign_pattern_of("capture/meta.csv"), "");
	assert_string_equal(foreign_pattern_of("capture/derived/proc/12/smaps_rollup"), "");
	assert_string_equal(foreign_pattern_of("pages/kpageflags.u64"), "");
}

TEST(outputs_of_ps_are_known_by_any_options_and_other_programs_are_not)
{
	assert_string_equal(foreign_pattern_of("sos_commands/process/ps_auxwww"),
			    "sos_commands/process/ps_{options}");
	assert_string_equal(foreign_pattern_of("sos_commands/process/ps_-elfL"),
			    "sos_commands/process/ps_{options}");
	assert_string_equal(
		foreign_pattern_of(
			"sos_commands/process/ps_axo_pid_ppid_user_group_lwp_nlwp_start_time_comm_cgroup"),
		"sos_commands/process/ps_{options}");
	assert_string_equal(foreign_pattern_of("sos_commands/process/pstree_-lp"), "");
	assert_string_equal(foreign_pattern_of("sos_commands/process/ps_"), "");
	assert_string_equal(foreign_pattern_of("sos_commands/memory/free_-m"),
			    "sos_commands/memory/free_{options}");
	assert_string_equal(foreign_pattern_of("proc/self/smaps"), "proc/self/**");
	assert_string_equal(foreign_pattern_of("proc/self/mountinfo"), "proc/self/mountinfo");
}

TEST(a_path_without_placeholders_matches_itself_only)
{
	assert_string_equal(pattern_of("proc/meminfo"), "proc/meminfo");
	assert_string_equal(pattern_of("proc/meminfo/"), "");
	assert_string_equal(pattern_of("proc/meminf"), "");
	assert_string_equal(pattern_of("/proc/meminfo"), "");
	assert_string_equal(pattern_of(""), "");
}

TEST(a_process_is_a_number)
{
	struct mr_match match;

	assert_true(mr_source_match("proc/4194304/stat", &hybrid, &match));
	assert_string_equal(match.source->pattern, "proc/{pid}/stat");
	assert_int_equal(match.key_count, 1);
	assert_key(&match, "pid", "4194304");
	assert_string_equal(pattern_of("proc/self/stat"), "");
	assert_string_equal(pattern_of("proc/12a/stat"), "");
	assert_string_equal(pattern_of("proc//stat"), "");
	assert_string_equal(pattern_of("proc/stat"), "proc/stat");
	assert_string_equal(pattern_of("proc/self/mountinfo"), "proc/self/mountinfo");
	assert_string_equal(pattern_of("proc/12/task/12/stat"), "");
}

TEST(a_file_of_a_thread_belongs_to_the_row_of_its_process)
{
	struct mr_match match;

	assert_true(mr_source_match("proc/12/task/34/statm", &hybrid, &match));
	assert_int_equal(match.source->phase, MR_PHASE_THREAD);
	assert_ptr_equal(match.source->table, mr_table_find("proc_statm"));
	assert_key(&match, "pid", "12");
	assert_key(&match, "tid", "34");
	assert_string_equal(pattern_of("proc/12/task/self/statm"), "");
	assert_string_equal(pattern_of("capture/derived/proc/12/task/34/smaps_rollup"),
			    "capture/derived/proc/{pid}/task/{tid}/smaps_rollup");
}

TEST(a_placeholder_leaves_what_the_pattern_wants_behind_it)
{
	struct mr_match match;

	assert_true(
		mr_source_match("sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", &hybrid, &match));
	assert_key(&match, "page_kib", "1048576");
	assert_key(&match, "file", "nr_hugepages");
	assert_true(mr_source_match("sys/devices/system/node/node12/vmstat", &hybrid, &match));
	assert_key(&match, "node", "12");
	assert_string_equal(pattern_of("sys/devices/system/node/node/vmstat"), "");
}

TEST(the_root_group_is_a_slash)
{
	assert_cgroup("sys/fs/cgroup/memory/memory.stat", "{cgroup1}/memory.stat", "1", "/");
	assert_cgroup("sys/fs/cgroup/unified/cgroup.stat", "{cgroup2}/cgroup.stat", "2", "/");
}

TEST(a_group_keeps_its_slashes_escapes_and_odd_bytes)
{
	assert_cgroup("sys/fs/cgroup/memory/a/b c/d\\x2de@1.scope/memory.stat", "{cgroup1}/memory.stat", "1",
		      "/a/b c/d\\x2de@1.scope");
	assert_cgroup("sys/fs/cgroup/unified/\xff\n{pid}/memory.current", "{cgroup2}/memory.current", "2",
		      "/\xff\n{pid}");
	/* a folder may be named like a file */
	assert_cgroup("sys/fs/cgroup/memory/memory.stat/memory.stat", "{cgroup1}/memory.stat", "1",
		      "/memory.stat");
}

TEST(a_mount_point_ends_at_a_slash)
{
	assert_string_equal(pattern_of("sys/fs/cgroup/memory2/memory.stat"), "");
	assert_string_equal(pattern_of("sys/fs/cgroup/memory"), "");
	assert_string_equal(pattern_of("sys/fs/cgroup/memory/"), "");
}

TEST(without_mounts_there_are_no_cgroups)
{
	static const struct mr_mounts only_v2 = {NULL, "sys/fs/cgroup"};
	struct mr_match match;

	assert_false(mr_source_match("sys/fs/cgroup/memory/memory.stat", NULL, &match));
	assert_true(mr_source_match("sys/fs/cgroup/memory/memory.stat", &only_v2, &match));
	assert_key(&match, "hierarchy", "2");
	assert_key(&match, "path", "/memory");
	assert_true(mr_source_match("proc/meminfo", NULL, &match));
}

TEST(a_match_that_fails_leaves_the_result_alone)
{
	struct mr_match match = {.key_count = 99};

	assert_false(mr_source_match("sys/fs/cgroup/memory", &hybrid, &match));
	assert_int_equal(match.key_count, 99);
}

TEST(the_first_row_wins)
{
	assert_string_equal(pattern_of("sys/fs/cgroup/unified/a/memory.pressure"),
			    "{cgroup2}/{resource}.pressure");
	assert_string_equal(pattern_of("sys/fs/cgroup/unified/a/cgroup.pressure"),
			    "{cgroup2}/cgroup.pressure");
	assert_string_equal(pattern_of("sys/fs/cgroup/unified/a/memory.max"), "{cgroup2}/memory.{file}");
	assert_string_equal(pattern_of("sys/fs/cgroup/memory/a/memory.usage_in_bytes"),
			    "{cgroup1}/memory.usage_in_bytes");
	assert_string_equal(pattern_of("sys/fs/cgroup/memory/a/memory.failcnt"), "{cgroup1}/{file}");
	assert_string_equal(pattern_of("sys/kernel/mm/transparent_hugepage/enabled"),
			    "sys/kernel/mm/transparent_hugepage/{name}");
	assert_string_equal(pattern_of("sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled"),
			    "sys/kernel/mm/transparent_hugepage/**");
}

/* capture/again/N/ is taken off by who reads the archive. */
TEST(another_reading_is_not_matched_under_its_prefix)
{
	assert_string_equal(pattern_of("capture/again/1/proc/meminfo"), "");
	assert_string_equal(pattern_of("capture/more/1/proc/vmallocinfo"), "");
	assert_string_equal(pattern_of("capture/derived/proc/7/smaps_rollup"),
			    "capture/derived/proc/{pid}/smaps_rollup");
}

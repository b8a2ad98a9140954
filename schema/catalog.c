/* The catalog as C tables, and the DDL made from them.  See catalog.h. */
#include "schema/catalog.h"

#include <string.h>

#include "schema/base/buffer.h"

/* What the name of a column of each unit ends in; "" where there is no unit. */
#define SUFFIX_TEXT ""
#define SUFFIX_NONE ""
#define SUFFIX_BYTES "_bytes"
#define SUFFIX_KIB "_kib"
#define SUFFIX_PAGES "_pages"
#define SUFFIX_HUGEPAGES "_hugepages"
#define SUFFIX_COUNT "_count"
#define SUFFIX_TICKS "_ticks"
#define SUFFIX_NS "_ns"
#define SUFFIX_US "_us"
#define SUFFIX_MS "_ms"
#define SUFFIX_S "_s"
#define SUFFIX_SECONDS "_seconds"
#define SUFFIX_PCT "_pct"
#define SUFFIX_LOAD "_load"
#define SUFFIX_FLAGS "_flags"
#define SUFFIX_ADDRESS "_address"

const struct mr_unit_info mr_units[MR_UNIT_TOTAL] = {
#define UNIT(name, sql_type, meaning) {#name, SUFFIX_##name, sql_type, meaning},
#include "units.def"
#undef UNIT
};

/* 0, or a compile error when the text does not end in the suffix.  */
#define ENDS_IN(text, suffix)                                                                                \
	(sizeof(text) > sizeof(suffix) &&                                                                    \
	 !__builtin_strcmp(&(text)[sizeof(text) > sizeof(suffix) ? sizeof(text) - sizeof(suffix) : 0],       \
			   suffix))
#define ASSERTED(condition, why)                                                                             \
	(0 * sizeof(struct {                                                                                 \
		 _Static_assert(condition, why);                                                             \
		 char unused;                                                                                \
	 }))

#define FIELD(key, column, unit, kind, since, meaning, source)                                               \
	{key,                                                                                                \
	 #column,                                                                                            \
	 MR_UNIT_##unit,                                                                                     \
	 MR_KIND_##kind,                                                                                     \
	 since,                                                                                              \
	 meaning,                                                                                            \
	 source,                                                                                             \
	 ASSERTED(ENDS_IN(#column, SUFFIX_##unit), "the name of a column ends in its unit")},
#define PATH_KEY(key, column, unit, meaning)                                                                 \
	FIELD(key, column, unit, PATH_KEY, "all", meaning, "path of the file")
#define LINE_KEY(key, column, unit, meaning, source)                                                         \
	FIELD(key, column, unit, LINE_KEY, "all", meaning, source)
#define DERIVED()                                                                                            \
	{"",                                                                                                 \
	 "derived",                                                                                          \
	 MR_UNIT_TEXT,                                                                                       \
	 MR_KIND_DERIVED,                                                                                    \
	 "all",                                                                                              \
	 "NULL: what the file itself says; else the file that the row was made from, because it is not "     \
	 "there",                                                                                            \
	 "import",                                                                                           \
	 0},
#define IGNORED(key, meaning) {key, NULL, MR_UNIT_TEXT, MR_KIND_IGNORED, "all", meaning, "", 0},

/* The collector needs paths and phases only, and is a tenth smaller without the tables. */
#ifdef MR_CATALOG_WITHOUT_TABLES
#define TABLE_OF_SOURCE(table) NULL
#else
#define TABLE_OF_SOURCE(table) &mr_table_##table
#include "catalog_tables.inc"
#endif

#undef FIELD
#undef PATH_KEY
#undef LINE_KEY
#undef DERIVED
#undef IGNORED

/* A pattern and its length. */
#define MEASURED(text) text, sizeof(text) - 1

const struct mr_source mr_sources[] = {
#define SOURCE(pattern, phase, shape, table, hazards, since, meaning)                                        \
	{MEASURED(pattern),                                                                                  \
	 MR_PHASE_##phase,                                                                                   \
	 MR_SHAPE_##shape,                                                                                   \
	 TABLE_OF_SOURCE(table),                                                                             \
	 MR_HAZARD_##hazards,                                                                                \
	 since,                                                                                              \
	 meaning},
#define RAW_SOURCE(pattern, phase, hazards, since, meaning)                                                  \
	{MEASURED(pattern), MR_PHASE_##phase, MR_SHAPE_RAW, NULL, MR_HAZARD_##hazards, since, meaning},
#include "sources.def"
#undef SOURCE
#undef RAW_SOURCE
};
const size_t mr_source_count = sizeof(mr_sources) / sizeof(mr_sources[0]);

#ifndef MR_CATALOG_WITHOUT_TABLES
const struct mr_source mr_foreign_sources[] = {
#define FOREIGN(pattern, shape, table, meaning)                                                              \
	{MEASURED(pattern),                                                                                  \
	 MR_PHASE_FOREIGN,                                                                                   \
	 MR_SHAPE_##shape,                                                                                   \
	 TABLE_OF_SOURCE(table),                                                                             \
	 MR_HAZARD_NONE,                                                                                     \
	 "all",                                                                                              \
	 meaning},
#define FOREIGN_WITHOUT_TABLE(pattern, shape, meaning)                                                       \
	{MEASURED(pattern), MR_PHASE_FOREIGN, MR_SHAPE_##shape, NULL, MR_HAZARD_NONE, "all", meaning},
#include "foreign.def"
#undef FOREIGN
#undef FOREIGN_WITHOUT_TABLE
};
const size_t mr_foreign_source_count = sizeof(mr_foreign_sources) / sizeof(mr_foreign_sources[0]);

const struct mr_table *mr_table_find(const char *name)
{
	for (size_t i = 0; i < mr_table_count; i++)
		if (!strcmp(mr_tables[i]->name, name))
			return mr_tables[i];
	return NULL;
}

char *mr_table_ddl(const struct mr_table *table)
{
	struct mr_buffer ddl = {0};
	struct mr_buffer key = {0};

	mr_buffer_printf(
		&ddl,
		"CREATE TABLE %s (\n    snapshot_id INTEGER NOT NULL REFERENCES snapshot ON DELETE CASCADE",
		table->name);
	for (size_t i = 0; i < table->field_count; i++) {
		const struct mr_field *field = &table->fields[i];
		bool is_key = mr_field_is_key(field);

		if (field->kind == MR_KIND_IGNORED)
			continue;
		mr_buffer_printf(&ddl, ",\n    %s %s%s", field->column, mr_units[field->unit].sql_type,
				 is_key ? " NOT NULL" : "");
		if (is_key)
			mr_buffer_printf(&key, "%s, ", field->column);
	}
	mr_buffer_printf(&ddl,
			 ",\n    reading INTEGER NOT NULL,\n    PRIMARY KEY (snapshot_id, %sreading)\n) "
			 "STRICT, WITHOUT ROWID",
			 key.data ? key.data : "");
	ddl.failed |= key.failed;
	mr_buffer_deinit(&key);
	return mr_buffer_detach(&ddl);
}
#endif

/* One mount point in front of a path: @return what is left of it, beginning with '/', or NULL. */
static const char *below(const char *path, const char *mount)
{
	if (!mount)
		return NULL;
	size_t length = strlen(mount);
	return !strncmp(path, mount, length) && path[length] == '/' ? path + length : NULL;
}

static bool add_key(struct mr_match *match, const char *name, size_t name_length, const char *text,
		    size_t length)
{
	if (match->key_count == MR_MATCH_KEYS_MAX)
		return false;
	match->keys[match->key_count++] = (struct mr_match_key){name, name_length, text, length};
	return true;
}

/* Whether a placeholder may stand for these bytes: for a number only digits, so that proc/self is no process. */
static bool fits(const char *name, size_t name_length, const char *text, size_t length)
{
	static const char *const numbers[] = {"pid", "tid", "node", "device", "page_kib"};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strlen(numbers[i]) == name_length && !memcmp(numbers[i], name, name_length))
			return strspn(text, "0123456789") >= length;
	return true;
}

/* The rest of a pattern against the rest of a path. */
static bool match_rest(const char *pattern, const char *path, struct mr_match *match)
{
	while (*pattern) {
		if (!strcmp(pattern, "**"))
			return *path != '\0';
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		const char *name = pattern + 1;
		const char *end = strchr(name, '}');
		size_t component = strcspn(path, "/");
		size_t saved = match->key_count;

		/* the placeholder takes as much of the component as the rest of the pattern leaves it; the byte behind it
		 * is looked at first, or a name of 4,000 digits takes 4,000 times as long as it is */
		for (size_t length = component; length > 0; length--) {
			if (end[1] != '{' && end[1] != path[length])
				continue;
			match->key_count = saved;
			if (fits(name, (size_t)(end - name), path, length) &&
			    add_key(match, name, (size_t)(end - name), path, length) &&
			    match_rest(end + 1, path + length, match))
				return true;
		}
		return false;
	}
	return *path == '\0';
}

/* {cgroup1}/file or {cgroup2}/file: any folder below the mount point, then one file.
 * @rest  of the path behind the mount point; NULL when it is not below it */
static bool match_cgroup(const char *pattern, const char *rest, const char *version, struct mr_match *match)
{
	if (!rest)
		return false;
	const char *file = strrchr(rest, '/');
	size_t folder = (size_t)(file - rest);

	add_key(match, "hierarchy", strlen("hierarchy"), version, 1);
	/* the root group is "/"; rest[0] is that slash */
	add_key(match, "path", strlen("path"), rest, folder ? folder : 1);
	return match_rest(pattern + strlen("{cgroupN}"), file, match);
}

/* A path and what it has behind the mount points; found out once, because this runs for every member of an archive. */
struct place {
	const char *path;
	const char *end;        /* its NUL */
	const char *in_cgroup1; /* NULL when it is not below that mount point */
	const char *in_cgroup2;
};

static struct place place_of(const char *path, const struct mr_mounts *mounts)
{
	return (struct place){
		.path = path,
		.end = path + strlen(path),
		.in_cgroup1 = mounts ? below(path, mounts->cgroup1) : NULL,
		.in_cgroup2 = mounts ? below(path, mounts->cgroup2) : NULL,
	};
}

/* Whether the first byte is there, and what stands behind the last placeholder: most rows end here. */
static bool looks_like(const struct mr_source *source, const struct place *place)
{
	const char *wanted = source->pattern + source->pattern_length, *there = place->end;

	if (*source->pattern != '{' && *source->pattern != *place->path)
		return false;
	while (wanted > source->pattern && wanted[-1] != '}' && wanted[-1] != '*')
		if (there == place->path || *--wanted != *--there)
			return false;
	return true;
}

static bool match_source(const struct mr_source *source, const struct place *place,
			 struct mr_match *ret_match)
{
	bool found;

	if (!looks_like(source, place))
		return false;
	struct mr_match match = {.source = source};
	if (*source->pattern != '{')
		found = match_rest(source->pattern, place->path, &match);
	else if (source->pattern[strlen("{cgroup")] == '1')
		found = match_cgroup(source->pattern, place->in_cgroup1, "1", &match);
	else
		found = match_cgroup(source->pattern, place->in_cgroup2, "2", &match);
	if (found)
		*ret_match = match;
	return found;
}

bool mr_source_match(const char *path, const struct mr_mounts *mounts, struct mr_match *ret_match)
{
	struct place place = place_of(path, mounts);

	for (size_t i = 0; i < mr_source_count; i++)
		if (match_source(&mr_sources[i], &place, ret_match))
			return true;
	return false;
}

#ifndef MR_CATALOG_WITHOUT_TABLES
bool mr_foreign_match(const char *path, const struct mr_mounts *mounts, struct mr_match *ret_match)
{
	struct place place = place_of(path, mounts);

	for (size_t i = 0; i < mr_foreign_source_count; i++)
		if (match_source(&mr_foreign_sources[i], &place, ret_match))
			return true;
	for (size_t i = 0; i < mr_source_count; i++)
		if (mr_sources[i].phase != MR_PHASE_CAPTURE &&
		    match_source(&mr_sources[i], &place, ret_match))
			return true;
	return false;
}
#endif

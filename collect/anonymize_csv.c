/* Names in the tables that the collector itself makes.  They are read with libcsv and written again, field by
 * field, so that a name with quotes, commas and newlines in it cannot hide one behind another. */
#include "collect/anonymize_text.h"

#include <csv.h>
#include <string.h>

#include "collect/known_names.h"
#include "schema/base/text.h"

enum treatment {
	NUMBERS,   /* nothing else may stand there: the text is withheld otherwise */
	KEEP,      /* words that the collector or the kernel makes */
	SYMBOL,    /* a word of letters, digits, '_' and '.'; replaced when it is none */
	CONDITION, /* words, but for one that names a cgroup */
	EMPTY,
	HOST,
	PROCESS,
	CGROUP_PATH,
	MEMBER_PATH,
	MOUNT_PATH,
};

struct column {
	const char *name;
	enum treatment treatment;
};

#define COLUMNS_MAX 36

struct table {
	const char *path;
	bool is_key_value; /* columns are keys; those without a row here are numbers, or emptied */
	struct column columns[COLUMNS_MAX]; /* ends with a name that is NULL */
};

static const struct table tables[] = {
	{"capture/cgroups.csv",
	 false,
	 {{"hierarchy", NUMBERS}, {"path", CGROUP_PATH}, {"device", NUMBERS}, {"inode", NUMBERS}}},
	{"capture/hung.csv",
	 false,
	 {{"path", MEMBER_PATH},
	  {"waited_ns", NUMBERS},
	  {"role", SYMBOL},
	  {"pid", NUMBERS},
	  {"tid", NUMBERS},
	  {"name", PROCESS},
	  {"state", SYMBOL},
	  {"wchan", SYMBOL}}},
	{"capture/receipt.csv", true, {{"longest_read_path", MEMBER_PATH}}},
	{"capture/end.csv",
	 true,
	 {{"stopped", SYMBOL}, {"completeness", SYMBOL}, {"phases", KEEP}, {"index_sha256", SYMBOL}}},
	{"capture/meta.csv",
	 true,
	 {{"tool", KEEP},
	  {"snapshot_id", KEEP},
	  {"host", HOST},
	  {"endianness", SYMBOL},
	  {"kernel_release", KEEP},
	  {"kernel_version", KEEP},
	  {"machine", KEEP},
	  {"boot_id", KEEP},
	  {"namespace_pid", KEEP},
	  {"namespace_user", KEEP},
	  {"namespace_mnt", KEEP},
	  {"namespace_cgroup", KEEP},
	  {"root", EMPTY},
	  {"options", EMPTY},
	  {"anonymize_key_id", SYMBOL},
	  {"trigger", CONDITION},
	  {"level", SYMBOL},
	  {"cgroup1_memory_mount", MOUNT_PATH},
	  {"cgroup2_mount", MOUNT_PATH},
	  {"cgroup2_controllers", KEEP},
	  {"procfs_options", KEEP},
	  {"probe_smaps_rollup", SYMBOL},
	  {"probe_pagemap_pfn", SYMBOL},
	  {"confined", KEEP},
	  {"capabilities_dropped", KEEP},
	  {"ionice", KEEP}}},
};

struct rewrite {
	struct mr_anonymizer *anonymizer;
	const struct mr_mounts *mounts;
	const struct table *table;
	struct mr_buffer *ret;
	struct mr_buffer field; /* scratch */
	unsigned records_count;
	unsigned fields_count;   /* of this record so far */
	bool is_header;          /* this record */
	enum treatment of_value; /* in a table of keys: of the value of this record */
	bool value_may_be_words; /* and whether something else than numbers empties it instead of failing */
	bool has_failed;
};

static unsigned columns_count(const struct table *table)
{
	unsigned count = 0;

	while (count < COLUMNS_MAX && table->columns[count].name)
		count++;
	return count;
}

static bool is_symbol(const char *text, size_t length_bytes)
{
	return length_bytes > 0 &&
	       mr_span(text, length_bytes,
		       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.") == length_bytes;
}

static void put(struct rewrite *rewrite, const char *text, size_t length_bytes)
{
	mr_buffer_append_csv(rewrite->ret, text, length_bytes);
}

static void put_replaced(struct rewrite *rewrite, enum treatment treatment, const char *text,
			 size_t length_bytes)
{
	struct mr_buffer *field = &rewrite->field;

	mr_buffer_clear(field);
	if (treatment == HOST)
		mr_anonymize_name(rewrite->anonymizer, MR_NAME_HOST, text, length_bytes, field);
	else if (treatment == PROCESS)
		mr_anonymize_name(rewrite->anonymizer, MR_NAME_PROCESS, text, length_bytes, field);
	else if (treatment == CGROUP_PATH)
		mr_anonymize_cgroup_path(rewrite->anonymizer, text, length_bytes, field);
	else if (treatment == MOUNT_PATH)
		mr_anonymize_mount_path(rewrite->anonymizer, text, length_bytes, field);
	else if (treatment == MEMBER_PATH) {
		/* a path ends where its bytes do */
		struct mr_buffer path = {0};

		mr_buffer_append(&path, text, length_bytes);
		if (path.data)
			mr_anonymize_path(rewrite->anonymizer, path.data, rewrite->mounts, field);
		field->failed |= path.failed;
		mr_buffer_deinit(&path);
	} else
		mr_anonymize_name(rewrite->anonymizer, MR_NAME_OTHER, text, length_bytes, field);
	rewrite->has_failed |= field->failed;
	put(rewrite, field->data ? field->data : "", field->length_bytes);
}

static void put_field(struct rewrite *rewrite, enum treatment treatment, const char *text,
		      size_t length_bytes)
{
	bool is_numbers = text && mr_is_plain(text, length_bytes);
	bool has_path = text && memchr(text, '/', length_bytes);

	if (!text || treatment == EMPTY || (treatment == CONDITION && has_path) ||
	    (treatment == NUMBERS && !is_numbers && rewrite->value_may_be_words))
		put(rewrite, NULL, 0);
	else if (treatment == KEEP || treatment == CONDITION || (treatment == NUMBERS && is_numbers) ||
		 (treatment == SYMBOL && is_symbol(text, length_bytes)))
		put(rewrite, text, length_bytes);
	else if (treatment == NUMBERS)
		rewrite->has_failed = true;
	else
		put_replaced(rewrite, treatment, text, length_bytes);
}

/* The name of a column, in the first record. */
static void put_header(struct rewrite *rewrite, const char *text, size_t length_bytes)
{
	static const char *const of_key_value[] = {"key", "value"};
	unsigned i = rewrite->fields_count;
	const char *name = !rewrite->table->is_key_value
				   ? i < COLUMNS_MAX ? rewrite->table->columns[i].name : NULL
			   : i < 2 ? of_key_value[i]
				   : NULL;

	if (!name || !mr_text_is(text, length_bytes, name))
		rewrite->has_failed = true;
	else
		put(rewrite, text, length_bytes);
}

/* The key of a record: its value is treated as the key demands. */
static void put_key(struct rewrite *rewrite, const char *text, size_t length_bytes)
{
	const struct table *table = rewrite->table;
	unsigned i = 0, count = columns_count(table);

	while (i < count && !mr_text_is(text, length_bytes, table->columns[i].name))
		i++;
	rewrite->of_value = i < count ? table->columns[i].treatment : NUMBERS;
	rewrite->value_may_be_words = true;
	if (is_symbol(text, length_bytes))
		put(rewrite, text, length_bytes);
	else
		rewrite->has_failed = true;
}

static void on_field(void *data, size_t length_bytes, void *cookie)
{
	struct rewrite *rewrite = cookie;
	const struct table *table = rewrite->table;
	const char *text = data;
	unsigned i = rewrite->fields_count;

	if (!i) {
		const char *first = table->is_key_value ? "key" : table->columns[0].name;

		rewrite->is_header = text && !rewrite->records_count && mr_text_is(text, length_bytes, first);
		/* no table has a record that begins with nothing */
		rewrite->has_failed |= !text;
	}
	if (rewrite->has_failed)
		return;
	if (rewrite->is_header)
		put_header(rewrite, text ? text : "", length_bytes);
	else if (table->is_key_value && !i)
		put_key(rewrite, text, length_bytes);
	else if (table->is_key_value && i == 1)
		put_field(rewrite, rewrite->of_value, text, length_bytes);
	else if (!table->is_key_value && i < columns_count(table))
		put_field(rewrite, table->columns[i].treatment, text, length_bytes);
	else
		rewrite->has_failed = true;
	rewrite->fields_count++;
}

static void on_record(int character, void *cookie)
{
	struct rewrite *rewrite = cookie;

	if (rewrite->fields_count != (rewrite->table->is_key_value ? 2 : columns_count(rewrite->table)))
		rewrite->has_failed = true;
	mr_buffer_append(rewrite->ret, "\n", 1);
	rewrite->records_count++;
	rewrite->fields_count = 0;
	rewrite->value_may_be_words = false;
}

static const struct table *table_of(const char *path)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (!strcmp(tables[i].path, path))
			return &tables[i];
	return NULL;
}

enum mr_anonymized mr_anonymize_csv(struct mr_anonymizer *anonymizer, const char *path,
				    const struct mr_mounts *mounts, const char *bytes, size_t length_bytes,
				    struct mr_buffer *ret)
{
	struct rewrite rewrite = {
		.anonymizer = anonymizer, .mounts = mounts, .table = table_of(path), .ret = ret};
	struct csv_parser parser;

	if (!rewrite.table || csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL))
		return MR_ANONYMIZED_WITHHELD;
	bool is_whole =
		csv_parse(&parser, bytes, length_bytes, on_field, on_record, &rewrite) == length_bytes &&
		!csv_fini(&parser, on_field, on_record, &rewrite);
	csv_free(&parser);
	mr_buffer_deinit(&rewrite.field);
	return is_whole && !rewrite.has_failed ? MR_ANONYMIZED_REPLACED : MR_ANONYMIZED_WITHHELD;
}

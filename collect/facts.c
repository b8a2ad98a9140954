/* capture/meta.csv in memory.  Its keys are those of fields/capture_meta.def and nothing else. */
#include "collect/facts.h"

#include <assert.h>
#include <csv.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* About the run of the collector, not about the machine: never taken over from an older capture. */
static const char *const of_this_run[] = {"format", "tool",    "snapshot_id", "monotonic_ns",
					  "root",   "options", "anonymized",  "level"};

static const char *const keys[] = {
#define FIELD(key, column, unit, kind, since, meaning, source) key,
#include "schema/fields/capture_meta.def"
#undef FIELD
};
#define KEYS_COUNT (sizeof(keys) / sizeof(keys[0]))
_Static_assert(KEYS_COUNT <= MR_FACTS_MAX, "too many facts");

/* The place of a key, or KEYS_COUNT. */
static size_t place_of(const char *key)
{
	size_t i = 0;

	while (i < KEYS_COUNT && strcmp(keys[i], key) != 0)
		i++;
	return i;
}

void mr_facts_deinit(struct mr_facts *facts)
{
	for (size_t i = 0; i < MR_FACTS_MAX; i++)
		free(facts->values[i]);
	*facts = (struct mr_facts){0};
}

void mr_facts_set(struct mr_facts *facts, const char *key, const char *text)
{
	size_t i = place_of(key);

	assert(i < KEYS_COUNT);
	char *copy = text ? strdup(text) : NULL;
	free(facts->values[i]);
	facts->values[i] = copy;
}

void mr_facts_set_number(struct mr_facts *facts, const char *key, uint64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	mr_facts_set(facts, key, digits);
}

const char *mr_facts_get(const struct mr_facts *facts, const char *key)
{
	size_t i = place_of(key);

	assert(i < KEYS_COUNT);
	return facts->values[i];
}

uint64_t mr_facts_get_number(const struct mr_facts *facts, const char *key)
{
	const char *text = mr_facts_get(facts, key);
	char *end;

	if (!text || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	return errno || *end ? 0 : number;
}

void mr_facts_print(const struct mr_facts *facts, struct mr_buffer *ret)
{
	mr_buffer_append_text(ret, "key,value\n");
	for (size_t i = 0; i < KEYS_COUNT; i++) {
		const char *value = facts->values[i];

		mr_buffer_append_text(ret, keys[i]);
		mr_buffer_append_csv(ret, value, value ? strlen(value) : 0);
		mr_buffer_append_text(ret, "\n");
	}
}

/* A record of a meta.csv as libcsv hands it over, field by field. */
struct record {
	struct mr_facts *facts;
	char *fields[2];
	unsigned fields_count;
	bool no_memory;
};

static void on_field(void *text, size_t length_bytes, void *cookie)
{
	struct record *record = cookie;

	if (record->fields_count < 2 && text) {
		record->fields[record->fields_count] = strndup(text, length_bytes);
		record->no_memory |= !record->fields[record->fields_count];
	}
	record->fields_count++;
}

static bool is_of_this_run(const char *key)
{
	for (size_t i = 0; i < sizeof(of_this_run) / sizeof(of_this_run[0]); i++)
		if (!strcmp(of_this_run[i], key))
			return true;
	return false;
}

static void on_record(int character, void *cookie)
{
	struct record *record = cookie;
	const char *key = record->fields[0];

	if (key && record->fields_count >= 2 && place_of(key) < KEYS_COUNT && !is_of_this_run(key))
		mr_facts_set(record->facts, key, record->fields[1]);
	for (int i = 0; i < 2; i++) {
		free(record->fields[i]);
		record->fields[i] = NULL;
	}
	record->fields_count = 0;
}

int mr_facts_take_over(struct mr_facts *facts, const char *text, size_t length_bytes)
{
	struct record record = {.facts = facts};
	struct csv_parser parser;

	if (csv_init(&parser, CSV_STRICT | CSV_EMPTY_IS_NULL))
		return -ENOMEM;
	bool is_whole =
		csv_parse(&parser, text, length_bytes, on_field, on_record, &record) == length_bytes &&
		!csv_fini(&parser, on_field, on_record, &record);
	csv_free(&parser);
	free(record.fields[0]);
	free(record.fields[1]);
	if (record.no_memory)
		return -ENOMEM;
	return is_whole ? 0 : -EINVAL;
}

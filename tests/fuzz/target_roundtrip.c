/* A text to rows, and the rows compared with the text: whatever the text is, each number in it comes back
 * from the rows or an issue tells of it, and the rows have nothing that is not in the text.
 *
 * The first line of an input is the path of the file, as in the inputs of the parsers, whose corpora are
 * used, too.
 */
#include <string.h>

#include "analyze/read/row.h"
#include "analyze/roundtrip/roundtrip.h"
#include "schema/base/buffer.h"
#include "tests/fuzz/promises.h"

#define PATH_BYTES_MAX 512
/* looked through one by one: inputs with more are left out */
#define ROWS_MAX 512
#define ISSUES_MAX 4096

/* The rows as the store has them: one for each key, later values in place of earlier ones. */
struct kept {
	struct mr_row *rows[ROWS_MAX];
	size_t row_count;
	struct {
		enum mr_issue_kind kind;
		unsigned long line;
	} issues[ISSUES_MAX];
	size_t issue_count;
	bool is_too_much;
};

static bool same_value(const struct mr_value *a, const struct mr_value *b)
{
	if (a->type != b->type || a->type != MR_VALUE_TEXT)
		return a->type == b->type && a->integer == b->integer;
	return a->text.length_bytes == b->text.length_bytes &&
	       (!a->text.length_bytes || !memcmp(a->text.bytes, b->text.bytes, a->text.length_bytes));
}

static bool same_keys(const struct mr_row *a, const struct mr_row *b)
{
	bool is_same = a->table == b->table;

	for (size_t i = 0; is_same && i < a->table->field_count; i++)
		is_same = !mr_field_is_key(&a->table->fields[i]) || same_value(&a->values[i], &b->values[i]);
	return is_same;
}

static struct mr_row *row_of(struct kept *kept, const struct mr_row *row)
{
	for (size_t i = 0; i < kept->row_count; i++)
		if (same_keys(kept->rows[i], row))
			return kept->rows[i];
	if (kept->row_count == ROWS_MAX) {
		kept->is_too_much = true;
		return NULL;
	}
	struct mr_row *added = calloc(1, sizeof(*added));
	FUZZ_CHECK(added);
	added->table = row->table;
	return kept->rows[kept->row_count++] = added;
}

static int take_row(void *context, const struct mr_row *row)
{
	struct kept *kept = context;
	struct mr_row *own = mr_row_has_all_keys(row) ? row_of(kept, row) : NULL;

	for (size_t i = 0; own && i < row->table->field_count; i++) {
		if (row->values[i].type == MR_VALUE_NULL)
			continue;
		if (own->values[i].type == MR_VALUE_TEXT)
			free((char *)own->values[i].text.bytes);
		own->values[i] = row->values[i];
		if (row->values[i].type == MR_VALUE_TEXT)
			own->values[i].text.bytes =
				fuzz_text(row->values[i].text.bytes, row->values[i].text.length_bytes);
	}
	return 0;
}

static int take_issue(void *context, const struct mr_issue *issue)
{
	struct kept *kept = context;

	if (kept->issue_count == ISSUES_MAX) {
		kept->is_too_much = true;
		return 0;
	}
	kept->issues[kept->issue_count].kind = issue->kind;
	kept->issues[kept->issue_count++].line = issue->line;
	return 0;
}

static void forget(struct kept *kept)
{
	for (size_t i = 0; i < kept->row_count; i++) {
		for (size_t k = 0; k < kept->rows[i]->table->field_count; k++)
			if (kept->rows[i]->values[k].type == MR_VALUE_TEXT)
				free((char *)kept->rows[i]->values[k].text.bytes);
		free(kept->rows[i]);
	}
}

static void compare(const struct kept *kept, const struct mr_trip_file *file)
{
	struct mr_roundtrip *trip = mr_roundtrip_create();
	struct mr_trip_finding finding;

	FUZZ_CHECK(trip);
	for (size_t i = 0; i < kept->row_count; i++)
		FUZZ_CHECK(!mr_roundtrip_add_row(trip, 0, kept->rows[i]));
	for (size_t i = 0; i < kept->issue_count; i++)
		FUZZ_CHECK(!mr_roundtrip_add_issue(trip, file->member, kept->issues[i].kind,
						   kept->issues[i].line));
	FUZZ_CHECK(!mr_roundtrip_file(trip, file));
	FUZZ_CHECK(!mr_roundtrip_conclude(trip));
	bool is_campaign = LLVMFuzzerMutate != NULL;
	if (!is_campaign && mr_roundtrip_finding(trip, 0, &finding)) {
		fprintf(stderr, "%s:%lu %s: %s, rows %s\n", finding.path, finding.line,
			finding.key ? finding.key : "-", finding.file ? finding.file : "-",
			finding.rows ? finding.rows : "-");
		FUZZ_CHECK(!"the rows give back the text");
	}
	mr_roundtrip_destroy(trip);
}

/* Without a table there is nothing to compare: words of page frames are read by the import itself. Records
 * are taken apart by the letter of RFC 4180 where the parser forgives much: only what the collector writes is
 * the same to both. */
static bool is_compared(const struct mr_source *source)
{
	return source->table && source->shape != MR_SHAPE_CSV_ROWS && source->shape != MR_SHAPE_CSV_KEY_VALUE;
}

static bool find_source(const char *path, struct mr_match *match)
{
	static const struct mr_mounts mounts = {"sys/fs/cgroup/memory", "sys/fs/cgroup"};

	return (mr_foreign_match(path, &mounts, match) || mr_source_match(path, &mounts, match)) &&
	       is_compared(match->source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct mr_slice text = {(const char *)data, length_bytes};
	struct mr_slice line = fuzz_line(&text);
	static struct kept kept;
	struct mr_match match;

	if (line.length_bytes > PATH_BYTES_MAX)
		return -1;
	char *path = fuzz_text(line.at, line.length_bytes);
	if (!find_source(path, &match)) {
		free(path);
		return -1;
	}
	kept = (struct kept){0};
	char *exact = fuzz_text(text.at, text.length_bytes);
	const struct mr_sink sink = {.context = &kept, .row = take_row, .issue = take_issue};
	const struct mr_parse_input input = {
		.match = &match, .path = path, .text = exact, .length_bytes = text.length_bytes};
	const struct mr_trip_file file = {.match = &match,
					  .path = path,
					  .member = path,
					  .text = exact,
					  .length_bytes = text.length_bytes};
	FUZZ_CHECK(!mr_parse(&input, &sink));
	if (!kept.is_too_much)
		compare(&kept, &file);
	forget(&kept);
	free(exact);
	free(path);
	return 0;
}

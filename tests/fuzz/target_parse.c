/* One parser: the text of a kernel file to rows and issues.  Built once for each shape, which is FUZZ_SHAPE.
 *
 * The first line of an input is the path of the file, as a row of sources.def or foreign.def with this shape
 * matches it; behind it stands the text.
 */
#include <errno.h>
#include <string.h>

#include "tests/fuzz/promises.h"

#define PATH_BYTES_MAX 512
#define ISSUE_BYTES_MAX 200
/* one length in so many is parsed again into a sink that fails */
#define FAILING_EACH 4

/* One parse, and the promises that go beyond a single row. */
struct run {
	const struct mr_source *source;
	size_t text_bytes;
	size_t path_bytes;
	unsigned long lines_max;
	size_t calls;
	size_t calls_max; /* then the sink fails */
	bool has_failed;
};

static int count_call(struct run *run)
{
	FUZZ_CHECK(!run->has_failed);
	run->has_failed = ++run->calls > run->calls_max;
	return run->has_failed ? -ENOSPC : 0;
}

/* Two parsers give rows of other tables, too. */
static bool may_be_in(const struct mr_source *source, const struct mr_table *table)
{
	return table == source->table ||
	       ((source->shape == MR_SHAPE_ZONEINFO || source->shape == MR_SHAPE_PROC_STATUS) &&
		mr_table_find(table->name) == table);
}

static int take_row(void *context, const struct mr_row *row)
{
	struct run *run = context;

	fuzz_check_row(row);
	FUZZ_CHECK(may_be_in(run->source, row->table));
	for (size_t i = 0; i < row->table->field_count; i++)
		FUZZ_CHECK(row->values[i].type != MR_VALUE_TEXT ||
			   row->values[i].text.length_bytes <= run->text_bytes + run->path_bytes);
	return count_call(run);
}

static int take_issue(void *context, const struct mr_issue *issue)
{
	struct run *run = context;
	/* so much of it is kept */
	size_t kept_bytes = issue->length_bytes < ISSUE_BYTES_MAX ? issue->length_bytes : ISSUE_BYTES_MAX;
	volatile char byte;

	FUZZ_CHECK(issue->kind < MR_ISSUE_KIND_TOTAL && issue->line <= run->lines_max);
	FUZZ_CHECK(issue->length_bytes <= run->text_bytes + run->path_bytes);
	FUZZ_CHECK(issue->text || !issue->length_bytes);
	for (size_t i = 0; i < kept_bytes; i++)
		byte = issue->text[i];
	if (issue->length_bytes)
		byte = issue->text[issue->length_bytes - 1];
	(void)byte;
	return count_call(run);
}

/* A record of CSV may end in either. */
static unsigned long count_line_ends(const char *text, size_t length_bytes)
{
	unsigned long count = 0;

	for (size_t i = 0; i < length_bytes; i++)
		count += text[i] == '\n' || text[i] == '\r';
	return count;
}

static struct run parse(const struct mr_parse_input *input, size_t calls_max)
{
	struct run run = {
		.source = input->match->source,
		.text_bytes = input->length_bytes,
		.path_bytes = strlen(input->path),
		.lines_max = count_line_ends(input->text, input->length_bytes) + 1,
		.calls_max = calls_max,
	};
	struct mr_sink sink = {&run, take_row, take_issue};

	FUZZ_CHECK(mr_parse(input, &sink) == (run.has_failed ? -ENOSPC : 0));
	return run;
}

/* A path may stand for one thing in a capture of ours and for another in that of another tool. */
static bool find_source(const char *path, struct mr_match *match)
{
	/* the first matches below the mount of the second, too, and stands before it */
	static const struct mr_mounts mounts = {"sys/fs/cgroup/memory", "sys/fs/cgroup"};

	return (mr_source_match(path, &mounts, match) && match->source->shape == FUZZ_SHAPE) ||
	       (mr_foreign_match(path, &mounts, match) && match->source->shape == FUZZ_SHAPE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct mr_slice text = {(const char *)data, length_bytes};
	struct mr_slice line = fuzz_line(&text);
	struct mr_match match;

	if (line.length_bytes > PATH_BYTES_MAX)
		return -1;
	char *path = fuzz_text(line.at, line.length_bytes);
	if (!find_source(path, &match)) {
		free(path);
		return -1;
	}
	/* in memory of its own: what is read in front of it is found, too */
	char *exact = malloc(text.length_bytes ? text.length_bytes : 1);
	FUZZ_CHECK(exact);
	if (text.length_bytes)
		memcpy(exact, text.at, text.length_bytes);
	struct mr_parse_input input = {
		.match = &match,
		.path = path,
		.text = exact,
		.length_bytes = text.length_bytes,
	};
	struct run whole = parse(&input, SIZE_MAX);
	/* what a parser says is bounded by what it is given */
	FUZZ_CHECK(whole.calls <= 16 + 2 * text.length_bytes);
	if (whole.calls && length_bytes % FAILING_EACH == 0)
		FUZZ_CHECK(parse(&input, length_bytes / FAILING_EACH % whole.calls).has_failed);
	free(exact);
	free(path);
	return 0;
}

/* Mostly the text changes: few changes of a path lead to another file. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t length_bytes, size_t bytes_max, unsigned seed)
{
	const uint8_t *newline = memchr(data, '\n', length_bytes);
	size_t head_bytes = newline ? (size_t)(newline + 1 - data) : 0;

	if (seed % 16 == 0 || head_bytes >= bytes_max)
		head_bytes = 0;
	return head_bytes +
	       LLVMFuzzerMutate(data + head_bytes, length_bytes - head_bytes, bytes_max - head_bytes);
}

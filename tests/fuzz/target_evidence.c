/* What the texts of another tool's capture tell of its machine.  The first line of an input is the path of a
 * member, as one of them is asked for; behind it stands its text.
 */
#include "analyze/read/foreign/evidence.h"

#include <string.h>

#include "tests/fuzz/promises.h"

#define PATH_BYTES_MAX 512

static int take_row(void *context, int64_t reading, const struct mr_row *row)
{
	FUZZ_CHECK(!reading);
	fuzz_check_row(row);
	return 0;
}

static int take_issue(void *context, const char *path, const struct mr_issue *issue)
{
	return 0;
}

static void conclude(struct mr_evidence *evidence, const char *name)
{
	const struct mr_outlet outlet = {NULL, take_row, take_issue};
	struct mr_facts facts = {0};

	FUZZ_CHECK(!mr_evidence_conclude(evidence, NULL, name, &outlet, &facts));
	mr_facts_deinit(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct mr_slice text = {(const char *)data, length_bytes};
	struct mr_slice line = fuzz_line(&text);
	int64_t moment_ns;

	if (line.length_bytes > PATH_BYTES_MAX)
		return -1;
	char *path = fuzz_text(line.at, line.length_bytes);
	char *words = fuzz_text(text.at, text.length_bytes);
	mr_given_moment(words, &moment_ns);
	if (mr_evidence_wants(path)) {
		struct mr_evidence *evidence = mr_evidence_create();
		FUZZ_CHECK(evidence);
		FUZZ_CHECK(
			!mr_evidence_file(evidence, path, (int64_t)length_bytes, text.at, text.length_bytes));
		conclude(evidence, words);
		mr_evidence_destroy(evidence);
	}
	free(words);
	free(path);
	return 0;
}

/* Mostly the text changes: few changes of a path lead to another kind of text. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t length_bytes, size_t bytes_max, unsigned seed)
{
	const uint8_t *newline = memchr(data, '\n', length_bytes);
	size_t head_bytes = newline ? (size_t)(newline + 1 - data) : 0;

	if (seed % 16 == 0 || head_bytes >= bytes_max)
		head_bytes = 0;
	return head_bytes +
	       LLVMFuzzerMutate(data + head_bytes, length_bytes - head_bytes, bytes_max - head_bytes);
}

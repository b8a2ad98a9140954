/* A segment of capture/index, row by row, as the import and verify take it. */
#include "analyze/read/own/index_row.h"

#include <string.h>

#include "tests/fuzz/promises.h"

static int take_row(void *context, const struct mr_row *row)
{
	struct mr_index_reader *reader = context;
	static const uint8_t sha256[SHA256_DIGEST_SIZE];
	struct mr_index_row index;

	fuzz_check_row(row);
	if (!mr_index_row_read(reader, row, &index))
		return 0;
	FUZZ_CHECK(*index.path || row->values[0].text.bytes[0] == '\0');
	FUZZ_CHECK(!index.is_canonical || (!index.reading && !index.is_more));
	FUZZ_CHECK(!index.has_digest || index.sha256->text.length_bytes);
	const char *member = mr_index_row_member(reader, &index);
	FUZZ_CHECK(member && strlen(member) >= strlen(index.path));
	FUZZ_CHECK(!mr_index_row_has_sha256(&index, sha256) ||
		   index.sha256->text.length_bytes == 2 * SHA256_DIGEST_SIZE);
	return 0;
}

static int take_issue(void *context, const struct mr_issue *issue)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	static const char path[] = "capture/index/0001.csv";
	struct mr_index_reader reader = {0};
	struct mr_sink sink = {&reader, take_row, take_issue};
	struct mr_match match;

	FUZZ_CHECK(mr_source_match(path, NULL, &match));
	struct mr_parse_input input = {
		.match = &match,
		.path = path,
		.text = (const char *)data,
		.length_bytes = length_bytes,
	};
	FUZZ_CHECK(!mr_parse(&input, &sink));
	mr_index_reader_deinit(&reader);
	return 0;
}

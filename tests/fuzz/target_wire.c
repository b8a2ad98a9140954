/* What a process that reads archives tells the one that has the database: any bytes at all, as it may have
 * been taken over.  They must not harm the database, nor end the import of other captures.
 *
 * Now and then the mutator throws the input away for messages that are well formed, with rows of any table.
 */
#include <errno.h>
#include <string.h>

#include "analyze/import/wire.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/promises.h"
#include "tests/fuzz/taking.h"

#define ROWS_MAX 8

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	taking_open();
	return 0;
}

static bool is_of_input(int result)
{
	return !result || result == -EPIPE || result == -EPROTO || result == -EEXIST;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct mr_wire_in in = {.fd = memory_file(data, length_bytes)};
	struct mr_error done = {0};
	struct taking taking;

	taking_init(&taking);
	int result = mr_wire_receive(&in, mr_take_intake(&taking.take), &done);
	if (!result)
		result = done.number;
	else if (!taking.take.database_error.number)
		FUZZ_CHECK(is_of_input(result));
	if (result && !done.number)
		mr_error_set(&done, result, "%s", strerror(-result));
	taking_end(&taking, result, &done);
	mr_wire_in_deinit(&in);
	taking_forget();
	return 0;
}

/* ---- well-formed messages ---- */

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static struct mr_value random_value(const struct mr_field *field, uint64_t *state)
{
	static const char *const texts[] = {"", "a", "0::/", "\xff\x1b"};
	struct mr_value value = {.type = MR_VALUE_TEXT};
	uint64_t random = next_random(state);

	switch (mr_units[field->unit].sql_type[0]) {
	case 'I':
		value.type = MR_VALUE_INTEGER;
		value.integer = (int64_t)(random >> random % 64);
		break;
	case 'R':
		value.type = MR_VALUE_REAL;
		value.real = (double)(random % 1000) / 8;
		break;
	default:
		value.text.bytes = texts[random % 4];
		value.text.length_bytes = strlen(value.text.bytes);
	}
	return value;
}

static void send_row(const struct mr_intake *intake, uint64_t *state)
{
	const struct mr_table *table = mr_tables[next_random(state) % mr_table_count];
	struct mr_row row = {.table = table};

	for (size_t i = 0; i < table->field_count; i++) {
		bool is_key = table->fields[i].kind == MR_KIND_PATH_KEY ||
			      table->fields[i].kind == MR_KIND_LINE_KEY;

		if (table->fields[i].column && (is_key || next_random(state) % 4 == 0))
			row.values[i] = random_value(&table->fields[i], state);
	}
	intake->outlet.row(intake->outlet.context, (int64_t)(next_random(state) % 2), &row);
}

static void send_capture(const struct mr_intake *intake, uint64_t *state)
{
	static const char *const uuids[] = {NULL, "a", "b"};
	static const char *const digests[] = {"c", "d"};
	static const int64_t counts[] = {0, 1, 2, INT64_MAX, INT64_MIN};
	void *context = intake->outlet.context;
	struct mr_capture capture = {
		.name = next_random(state) % 2 ? "" : "x.tar",
		.uuid = uuids[next_random(state) % 3],
		.digest = digests[next_random(state) % 2],
		.origin = "tree",
		.host = next_random(state) % 2 ? "web1" : NULL,
		.taken_ns = 1795246863000000000,
		.has_taken_ns = next_random(state) % 2,
		.completeness = (enum mr_completeness)(next_random(state) % (MR_COMPLETE + 1)),
		.members_count = counts[next_random(state) % 5],
	};
	struct mr_issue issue = {.kind = MR_ISSUE_BAD_NUMBER, .line = 1, .text = "x", .length_bytes = 1};

	intake->begin(context, &capture);
	for (uint64_t rows = next_random(state) % ROWS_MAX; rows; rows--)
		send_row(intake, state);
	intake->outlet.issue(context, "proc/meminfo", &issue);
	/* it may end as another one than it began */
	if (next_random(state) % 4 == 0)
		capture.uuid = uuids[next_random(state) % 3];
	if (next_random(state) % 8)
		intake->end(context, &capture);
	else
		intake->drop(context, "", NULL);
}

static size_t make_messages(uint8_t *data, size_t bytes_max, unsigned seed)
{
	struct mr_wire_out out = {.fd = memory_file("", 0)};
	struct mr_intake intake = mr_wire_intake(&out);
	uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

	for (uint64_t captures = 1 + next_random(&state) % 3; captures; captures--)
		send_capture(&intake, &state);
	mr_wire_done(&out, NULL);
	ssize_t length_bytes = pread(out.fd, data, bytes_max, 0);
	mr_wire_out_deinit(&out);
	return length_bytes > 0 ? (size_t)length_bytes : 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t length_bytes, size_t bytes_max, unsigned seed)
{
	return seed % 32 ? LLVMFuzzerMutate(data, length_bytes, bytes_max)
			 : make_messages(data, bytes_max, seed);
}

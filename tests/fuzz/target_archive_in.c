/* The archive reader over any bytes.  The mutator mends the checksums of tar headers: otherwise hardly a
 * change would get past the first header.
 */
#include "analyze/archive_in/archive_in.h"

#include <errno.h>
#include <string.h>

#include "tests/fuzz/memory_file.h"

#define BLOCK_BYTES 512
#define CHECKSUM_AT 148
#define SIZE_AT 124

static const struct mr_archive_limits limits = {
	.member_bytes = 1 << 20,
	.members_count = 1000,
	.total_bytes = 8 << 20,
	.ratio = 1000,
	.ratio_grace_bytes = 1 << 20,
	.path_bytes = 4096,
	.depth = 64,
	.nesting = 2,
};

static void check_entry(const struct mr_archive_entry *entry)
{
	FUZZ_CHECK(entry->path && strlen(entry->path) <= limits.path_bytes);
	if (entry->refused)
		return;
	FUZZ_CHECK(*entry->path != '/');
	for (const char *at = entry->path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
		FUZZ_CHECK(strncmp(at, "../", 3) && strcmp(at, ".."));
}

static int read_all(struct mr_archive *archive, struct mr_error *error);

static int read_inner(struct mr_archive *outer)
{
	struct mr_error error = {0};
	struct mr_archive *inner;

	if (mr_archive_open_inner(outer, &inner, &error) < 0)
		return 0;
	int result = read_all(inner, &error);
	FUZZ_CHECK(result >= 0 || (error.number == result && error.message[0]));
	mr_archive_close(inner);
	return 0;
}

/* Whole, piece by piece, as an archive, or not at all: by the number of the member. */
static int read_member(struct mr_archive *archive, uint64_t number, struct mr_error *error)
{
	char piece[100];
	const char *bytes;
	size_t length_bytes;
	int64_t got = 0;

	switch (number % 4) {
	case 0:
		got = mr_archive_read(archive, &bytes, &length_bytes, error);
		FUZZ_CHECK(got || (length_bytes <= limits.member_bytes && !bytes[length_bytes]));
		break;
	case 1:
		while ((got = mr_archive_read_piece(archive, piece, sizeof(piece), error)) > 0)
			FUZZ_CHECK(got <= (int64_t)sizeof(piece));
		break;
	case 2:
		return read_inner(archive);
	}
	return (int)got;
}

static int read_all(struct mr_archive *archive, struct mr_error *error)
{
	struct mr_archive_entry entry;
	uint64_t members_count = 0;
	int result = 0;

	while (!result && (result = mr_archive_next(archive, &entry, error)) > 0) {
		check_entry(&entry);
		result = entry.refused ? 0 : read_member(archive, members_count, error);
		FUZZ_CHECK(++members_count <= limits.members_count);
	}
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct mr_error error = {0};
	struct mr_archive *archive;
	int fd = dup(memory_file(data, length_bytes));

	FUZZ_CHECK(fd >= 0);
	int result = mr_archive_open_fd(fd, "input", &limits, &archive, &error);
	if (!result) {
		result = read_all(archive, &error);
		mr_archive_close(archive);
	}
	FUZZ_CHECK(result <= 0 && (!result || (error.number == result && error.message[0])));
	return 0;
}

static void mend_checksum(uint8_t *block)
{
	unsigned sum = 0;

	memset(block + CHECKSUM_AT, ' ', 8);
	for (size_t i = 0; i < BLOCK_BYTES; i++)
		sum += block[i];
	snprintf((char *)block + CHECKSUM_AT, 8, "%06o", sum);
}

/* The bytes of the member behind a header, as far as octal digits say it. */
static size_t member_bytes(const uint8_t *block)
{
	char digits[13] = "";

	memcpy(digits, block + SIZE_AT, 12);
	return strtoull(digits, NULL, 8);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t length_bytes, size_t bytes_max, unsigned seed)
{
	bool is_tar = length_bytes >= BLOCK_BYTES && !memcmp(data + 257, "ustar", 5);

	length_bytes = LLVMFuzzerMutate(data, length_bytes, bytes_max);
	for (size_t at = 0; is_tar && seed % 8 && at + BLOCK_BYTES <= length_bytes;) {
		size_t bytes = member_bytes(data + at);

		if (data[at])
			mend_checksum(data + at);
		at += BLOCK_BYTES;
		if (bytes > length_bytes)
			break;
		at += (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
	}
	return length_bytes;
}

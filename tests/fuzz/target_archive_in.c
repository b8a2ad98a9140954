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

static void check_path(const struct mr_archive_entry *entry)
{
	FUZZ_CHECK(entry->path && (entry->refused || *entry->path != '/'));
	if (entry->refused)
		return;
	for (const char *at = entry->path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
		FUZZ_CHECK(strncmp(at, "../", 3) && strcmp(at, ".."));
}

/* Read what is in it, archives inside of it, too.  @return as mr_archive_next() */
static int read_members(struct mr_archive *archive, uint64_t *members_count, uint64_t *total_bytes,
			struct mr_error *error)
{
	struct mr_archive_entry entry;
	struct mr_archive *inner;
	const char *bytes;
	size_t length_bytes;
	int result;

	while ((result = mr_archive_next(archive, &entry, error)) > 0) {
		check_path(&entry);
		(*members_count)++;
		if (entry.refused)
			continue;
		if (*entry.path == '!') {
			struct mr_error of_inner = {0};
			uint64_t inner_count = 0;

			if (mr_archive_open_inner(archive, &inner, &of_inner) < 0)
				continue;
			read_members(inner, &inner_count, total_bytes, &of_inner);
			mr_archive_close(inner);
			continue;
		}
		result = mr_archive_read(archive, &bytes, &length_bytes, error);
		if (result < 0)
			return result;
		FUZZ_CHECK(length_bytes <= limits.member_bytes && !bytes[length_bytes]);
		*total_bytes += length_bytes;
	}
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	struct mr_error error = {0};
	struct mr_archive *archive;
	uint64_t members_count = 0, total_bytes = 0;

	int result = mr_archive_open(memory_file(data, length_bytes), &limits, &archive, &error);
	if (!result) {
		result = read_members(archive, &members_count, &total_bytes, &error);
		mr_archive_close(archive);
	}
	FUZZ_CHECK(members_count <= limits.members_count &&
		   total_bytes <= limits.total_bytes + limits.member_bytes);
	FUZZ_CHECK(!result || (error.number == result && error.message[0]));
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

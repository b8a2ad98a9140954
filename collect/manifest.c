/* The index in segments.  A capture of many processes has tens of thousands of rows, so they are put together
 * by hand: printf() would cost as much as the reads. */
#include "collect/manifest.h"

#include <errno.h>
#include <nettle/base16.h>
#include <string.h>

static const char header[] = "path,role,reading,status,bytes,start_ns,duration_ns,sha256\n";

static const char *const role_names[] = {
	[MR_ROLE_CANONICAL] = "canonical",
	[MR_ROLE_BRACKET] = "bracket",
	[MR_ROLE_RETRY] = "retry",
	[MR_ROLE_MORE] = "more",
};

void mr_manifest_deinit(struct mr_manifest *manifest)
{
	mr_buffer_deinit(&manifest->segment);
}

bool mr_manifest_is_full(const struct mr_manifest *manifest, size_t path_length_bytes)
{
	/* quoted, every byte of the path may be doubled */
	size_t row_bytes = 2 * path_length_bytes + MR_MANIFEST_ROW_REST_BYTES;

	return manifest->segment.length_bytes &&
	       manifest->segment.length_bytes + row_bytes > MR_MANIFEST_SEGMENT_BYTES;
}

static void append_number(struct mr_buffer *buffer, uint64_t number)
{
	char digits[24];
	char *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	*--at = ',';
	mr_buffer_append(buffer, at, (size_t)(digits + sizeof(digits) - at));
}

static void append_word(struct mr_buffer *buffer, const char *word)
{
	mr_buffer_append(buffer, ",", 1);
	mr_buffer_append_text(buffer, word);
}

void mr_manifest_add(struct mr_manifest *manifest, const struct mr_manifest_row *row)
{
	struct mr_buffer *segment = &manifest->segment;
	char hex[BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";

	if (!segment->length_bytes)
		mr_buffer_append_text(segment, header);
	mr_buffer_append_csv(segment, row->path, strlen(row->path));
	append_word(segment, role_names[row->role]);
	append_number(segment, row->reading_number);
	append_word(segment, row->status);
	append_number(segment, row->bytes);
	append_number(segment, row->start_ns);
	append_number(segment, row->duration_ns);
	if (row->sha256)
		base16_encode_update(hex, SHA256_DIGEST_SIZE, row->sha256);
	append_word(segment, hex);
	mr_buffer_append(segment, "\n", 1);
	manifest->rows_count++;
	manifest->failed_count += strcmp(row->status, "ok") != 0;
}

unsigned mr_manifest_take(struct mr_manifest *manifest)
{
	if (!manifest->is_hashing)
		sha256_init(&manifest->sha256);
	manifest->is_hashing = true;
	sha256_update(&manifest->sha256, manifest->segment.length_bytes,
		      (const uint8_t *)manifest->segment.data);
	return ++manifest->segments_count;
}

void mr_manifest_next(struct mr_manifest *manifest)
{
	mr_buffer_clear(&manifest->segment);
}

void mr_manifest_digest(const struct mr_manifest *manifest, char ret_hex[2 * SHA256_DIGEST_SIZE + 1])
{
	struct sha256_ctx sha256 = manifest->sha256;
	uint8_t digest[SHA256_DIGEST_SIZE];

	if (!manifest->is_hashing)
		sha256_init(&sha256);
	sha256_digest(&sha256, sizeof(digest), digest);
	base16_encode_update(ret_hex, sizeof(digest), digest);
	ret_hex[2 * SHA256_DIGEST_SIZE] = '\0';
}

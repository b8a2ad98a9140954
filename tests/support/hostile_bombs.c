/* Small files that are large, or long in the reading, once they are uncompressed.  See hostile_maker.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/hostile_maker.h"
#include "tests/support/tar_out.h"

#define PIECE_BYTES (16ULL << 20)
#define XZ_STREAM_HEADER_BYTES 12
#define MEMBERS_A_PIECE 4096

static void good_tar(struct mr_buffer *out)
{
	mr_hostile_nested(out, 1);
}

static void append_compressed(struct mr_buffer *out, const char *filter, const struct mr_buffer *plain)
{
	mr_tar_compress(filter, plain->data, plain->length_bytes, out);
}

/* proc/meminfo, then proc/stat of so many pieces of zeros: one compressed piece, again and again. */
static void bomb(struct mr_buffer *out, const char *filter, unsigned pieces_count)
{
	struct mr_buffer head = {0}, piece = {0}, end = {0};
	uint64_t size_bytes = pieces_count * PIECE_BYTES;
	char size_field[12] = "\x80";
	char *zeros = calloc(1, PIECE_BYTES);

	for (int i = 0; i < 8; i++)
		size_field[4 + i] = (char)(size_bytes >> 8 * (7 - i));
	mr_raw_text(&head, "proc/meminfo", "hello\n");
	mr_raw_header(&head, &(struct mr_raw_header){.name = "proc/stat", .size_field = size_field});
	append_compressed(out, filter, &head);
	mr_tar_compress(filter, zeros, PIECE_BYTES, &piece);
	for (unsigned i = 0; i < pieces_count; i++)
		mr_buffer_append(out, piece.data, piece.length_bytes);
	mr_raw_text(&end, "proc/version", "hello\n");
	mr_raw_end(&end);
	append_compressed(out, filter, &end);
	free(zeros);
	mr_buffer_deinit(&head);
	mr_buffer_deinit(&piece);
	mr_buffer_deinit(&end);
}

static void gzip_10_gib(struct mr_buffer *out)
{
	bomb(out, "gzip", 640);
}

/* 29 KB of file: a block of bzip2 holds up to 45 MB of zeros in 40 bytes. */
static void bzip2_10_gib(struct mr_buffer *out)
{
	bomb(out, "bzip2", 640);
}

static void xz_1_gib(struct mr_buffer *out)
{
	bomb(out, "xz", 64);
}

static void zstd_10_gib(struct mr_buffer *out)
{
	bomb(out, "zstd", 640);
}

static uint32_t crc32_of(const unsigned char *bytes, size_t length_bytes)
{
	uint32_t crc = ~0U;

	for (size_t i = 0; i < length_bytes; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* A good xz whose first block asks for a dictionary of 4 GiB: the last byte of its filter flags is 40. */
static void xz_dictionary_4_gib(struct mr_buffer *out)
{
	struct mr_buffer tar = {0};
	size_t start = out->length_bytes;

	good_tar(&tar);
	append_compressed(out, "xz", &tar);
	unsigned char *block = (unsigned char *)out->data + start + XZ_STREAM_HEADER_BYTES;
	size_t header_bytes = (block[0] + 1U) * 4;
	/* size, flags (no sizes), filter LZMA2, one byte of properties: the dictionary */
	block[4] = 40;
	uint32_t crc = crc32_of(block, header_bytes - 4);
	for (unsigned i = 0; i < 4; i++)
		block[header_bytes - 4 + i] = (unsigned char)(crc >> 8 * i);
	mr_buffer_deinit(&tar);
}

/* One raw block in a frame with a window of 2 GiB. */
static void zstd_window_2_gib(struct mr_buffer *out)
{
	struct mr_buffer tar = {0};

	good_tar(&tar);
	size_t block = tar.length_bytes << 3 | 1;
	const unsigned char frame[] = {0x28,
				       0xb5,
				       0x2f,
				       0xfd,
				       0,
				       (31 - 10) << 3,
				       (unsigned char)block,
				       (unsigned char)(block >> 8),
				       (unsigned char)(block >> 16)};
	mr_buffer_append(out, frame, sizeof(frame));
	mr_buffer_append(out, tar.data, tar.length_bytes);
	mr_buffer_deinit(&tar);
}

/* A gzip of gzips of nothing: a reader that takes two layers works long and gets no byte. */
static void gzip_of_empty_gzips(struct mr_buffer *out)
{
	struct mr_buffer empty = {0}, many = {0};

	mr_tar_compress("gzip", "", 0, &empty);
	while (many.length_bytes < PIECE_BYTES)
		mr_buffer_append(&many, empty.data, empty.length_bytes);
	struct mr_buffer piece = {0};
	append_compressed(&piece, "gzip", &many);
	for (unsigned i = 0; i < 64; i++)
		mr_buffer_append(out, piece.data, piece.length_bytes);
	mr_buffer_deinit(&empty);
	mr_buffer_deinit(&many);
	mr_buffer_deinit(&piece);
}

static void layers(struct mr_buffer *out, unsigned count)
{
	struct mr_buffer inner = {0};

	if (!count) {
		good_tar(out);
		return;
	}
	layers(&inner, count - 1);
	append_compressed(out, "gzip", &inner);
	mr_buffer_deinit(&inner);
}

static void gzip_twice(struct mr_buffer *out)
{
	layers(out, 2);
}

static void gzip_30_times(struct mr_buffer *out)
{
	layers(out, 30);
}

void mr_hostile_members(struct mr_buffer *out, unsigned count)
{
	struct mr_buffer tar = {0};

	for (unsigned i = 1; i <= count; i++) {
		char name[64];

		snprintf(name, sizeof(name), "proc/%u/status", i);
		mr_raw_text(&tar, name, "");
		if (i % MEMBERS_A_PIECE == 0 || i == count) {
			if (i == count)
				mr_raw_end(&tar);
			append_compressed(out, "gzip", &tar);
			mr_buffer_clear(&tar);
		}
	}
	mr_buffer_deinit(&tar);
}

static void a_million_members(struct mr_buffer *out)
{
	mr_hostile_members(out, 1000000);
}

const struct mr_hostile mr_hostile_bombs[] = {
	{"gzip-10-gib", gzip_10_gib},
	{"bzip2-10-gib", bzip2_10_gib},
	{"xz-1-gib", xz_1_gib},
	{"zstd-10-gib", zstd_10_gib},
	{"xz-dictionary-4-gib", xz_dictionary_4_gib},
	{"zstd-window-2-gib", zstd_window_2_gib},
	{"gzip-of-empty-gzips", gzip_of_empty_gzips},
	{"gzip-twice", gzip_twice},
	{"gzip-30-times", gzip_30_times},
	{"a-million-members", a_million_members},
	{NULL, NULL},
};

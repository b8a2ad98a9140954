/* Many captures out of one archive of ours.
 *
 *   multiply ARCHIVE FOLDER FIRST LAST
 *
 * Writes FOLDER/N.mem.tar.gz for each N from FIRST to LAST: the same members with another snapshot id and
 * with other last digits of MemFree, of Cached and of the data pages of 40 processes.  The index and its
 * digest are those of the new members, so that nothing tells such an archive from one that was collected.  No
 * length changes.  The archive is compressed in pieces, one gzip stream behind the other, and pieces that did
 * not change are compressed once: 10,000 archives take a minute or two. */
#include <err.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define ARCHIVE_BYTES_MAX (64u << 20)
#define PIECE_BYTES (256u << 10)
#define PIECES_MAX (ARCHIVE_BYTES_MAX / PIECE_BYTES + 1)
#define MEMBERS_MAX 100000
#define PROCESSES_CHANGED 40
#define HEX_BYTES (2 * SHA256_DIGEST_SIZE)

struct member {
	const char *path; /* below the top directory */
	char *bytes;
	size_t length_bytes;
};

/* Members that stand one behind the other, and what they are compressed to while none of them changes. */
struct piece {
	size_t begin, end;
	unsigned char *packed;
	size_t packed_bytes;
};

static char original[ARCHIVE_BYTES_MAX + 1], tar[ARCHIVE_BYTES_MAX + 1];
static size_t tar_bytes;
static struct member members[MEMBERS_MAX];
static size_t members_count;
static struct piece pieces[PIECES_MAX];
static size_t pieces_count;

/* ---- the archive ---- */

static void read_archive(const char *path)
{
	gzFile file = gzopen(path, "rb");
	int length;

	if (!file)
		err(1, "%s", path);
	while ((length = gzread(file, original + tar_bytes, (unsigned)(ARCHIVE_BYTES_MAX - tar_bytes))) > 0)
		tar_bytes += (size_t)length;
	if (length < 0 || tar_bytes == ARCHIVE_BYTES_MAX || tar_bytes % 512)
		errx(1, "%s: cannot be read", path);
	gzclose(file);
	memcpy(tar, original, tar_bytes);
}

static void begin_piece(size_t offset)
{
	pieces[pieces_count++] = (struct piece){.begin = offset};
}

/* Plain members with a short name; others stay as they are. */
static void find_members(void)
{
	begin_piece(0);
	for (size_t at = 0; at + 512 <= tar_bytes && tar[at];) {
		size_t length_bytes = strtoul(tar + at + 124, NULL, 8);
		char *name = strndup(tar + at, 100), *slash = name ? strchr(name, '/') : NULL;

		if (!name || members_count == MEMBERS_MAX || at + 512 + length_bytes > tar_bytes)
			errx(1, "an archive that this program does not expect");
		if (at - pieces[pieces_count - 1].begin >= PIECE_BYTES) {
			pieces[pieces_count - 1].end = at;
			begin_piece(at);
		}
		if (slash && tar[at + 156] == '0')
			members[members_count++] = (struct member){slash + 1, tar + at + 512, length_bytes};
		at += 512 + (length_bytes + 511) / 512 * 512;
	}
	pieces[pieces_count - 1].end = tar_bytes;
}

static struct member *find(const char *path)
{
	for (size_t i = 0; i < members_count; i++)
		if (!strcmp(members[i].path, path))
			return &members[i];
	errx(1, "no %s in the archive", path);
}

/* ---- its numbers ---- */

static void hash(const char *bytes, size_t length_bytes, char *ret_hex)
{
	struct sha256_ctx sha256;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&sha256);
	sha256_update(&sha256, length_bytes, (const uint8_t *)bytes);
	sha256_digest(&sha256, sizeof(digest), digest);
	base16_encode_update(ret_hex, sizeof(digest), digest);
}

static bool is_segment(const struct member *member)
{
	return !strncmp(member->path, "capture/index/", strlen("capture/index/"));
}

/* The row of a member in the index has its new digest, as its last column. */
static void update_index(const struct member *member)
{
	char row_begin[512];
	int length = snprintf(row_begin, sizeof(row_begin), "\n%s,canonical,0,ok,", member->path);

	for (size_t i = 0; i < members_count; i++) {
		if (!is_segment(&members[i]))
			continue;
		char *segment_end = members[i].bytes + members[i].length_bytes;
		char *row = memmem(members[i].bytes, members[i].length_bytes, row_begin, (size_t)length);
		char *row_end = row ? memchr(row + 1, '\n', (size_t)(segment_end - row - 1)) : NULL;
		if (row_end) {
			hash(member->bytes, member->length_bytes, row_end - HEX_BYTES);
			return;
		}
	}
	errx(1, "the index does not list %s", member->path);
}

/* The digest over all segments stands in the last member. */
static void update_end(void)
{
	static const char key[] = "\nindex_sha256,";
	struct member *end = find("capture/end.csv");
	struct sha256_ctx sha256;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char *row = memmem(end->bytes, end->length_bytes, key, strlen(key));

	if (!row)
		errx(1, "capture/end.csv has no digest");
	sha256_init(&sha256);
	for (size_t i = 0; i < members_count; i++)
		if (is_segment(&members[i]))
			sha256_update(&sha256, members[i].length_bytes, (const uint8_t *)members[i].bytes);
	sha256_digest(&sha256, sizeof(digest), digest);
	base16_encode_update(row + strlen(key), sizeof(digest), digest);
}

/* Another last digit in the field behind @key; nothing where there is no such field. */
static void change_digit(struct member *member, const char *key, unsigned field, unsigned number)
{
	char *at = memmem(member->bytes, member->length_bytes, key, strlen(key));
	char *member_end = member->bytes + member->length_bytes;

	for (at = at ? at + strlen(key) : member_end; at < member_end && field; field--) {
		at += strspn(at, " ");
		at += strcspn(at, " \n");
	}
	if (at > member->bytes && at < member_end && at[-1] >= '0' && at[-1] <= '9')
		at[-1] = (char)('0' + number % 10);
}

static void change_snapshot_id(struct member *meta, unsigned number)
{
	static const char key[] = "\nsnapshot_id,";
	char *id = memmem(meta->bytes, meta->length_bytes, key, strlen(key)), digits[13];

	if (!id)
		errx(1, "capture/meta.csv has no snapshot_id");
	snprintf(digits, sizeof(digits), "%012u", number);
	memcpy(id + strlen(key) + strlen("831d9728-793a-4aab-ab22-"), digits, strlen(digits));
}

static void change_numbers(unsigned number)
{
	struct member *meta = find("capture/meta.csv"), *meminfo = find("proc/meminfo");
	unsigned changed = 0;

	change_snapshot_id(meta, number);
	update_index(meta);
	change_digit(meminfo, "\nMemFree:", 1, number);
	change_digit(meminfo, "\nCached:", 1, number / 10);
	update_index(meminfo);
	for (size_t i = 0; i < members_count && changed < PROCESSES_CHANGED; i++) {
		unsigned pid;
		int length = 0;

		if (sscanf(members[i].path, "proc/%u/statm%n", &pid, &length) < 1 || !length ||
		    members[i].path[length])
			continue;
		change_digit(&members[i], "", 6, number + pid);
		update_index(&members[i]);
		changed++;
	}
	update_end();
}

/* ---- the archives ---- */

static void pack(const struct piece *piece, const char *bytes, struct piece *ret)
{
	size_t length_bytes = piece->end - piece->begin;
	z_stream stream = {0};

	/* 16: with a gzip header */
	if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		errx(1, "out of memory");
	size_t room_bytes = deflateBound(&stream, length_bytes);
	*ret = *piece;
	ret->packed = malloc(room_bytes);
	if (!ret->packed)
		err(1, "piece");
	stream.next_in = (unsigned char *)bytes + piece->begin;
	stream.avail_in = (unsigned)length_bytes;
	stream.next_out = ret->packed;
	stream.avail_out = (unsigned)room_bytes;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		errx(1, "a piece does not fit");
	ret->packed_bytes = stream.total_out;
	deflateEnd(&stream);
}

static void write_piece(FILE *file, struct piece *piece)
{
	size_t length_bytes = piece->end - piece->begin;
	bool is_changed = memcmp(tar + piece->begin, original + piece->begin, length_bytes) != 0;
	struct piece packed;

	if (is_changed)
		pack(piece, tar, &packed);
	else if (!piece->packed)
		pack(piece, original, piece);
	struct piece *wanted = is_changed ? &packed : piece;
	fwrite(wanted->packed, 1, wanted->packed_bytes, file);
	if (is_changed)
		free(packed.packed);
}

static void write_archive(const char *folder, unsigned number)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%u.mem.tar.gz", folder, number);
	FILE *file = fopen(path, "w");
	if (!file)
		err(1, "%s", path);
	for (size_t i = 0; i < pieces_count; i++)
		write_piece(file, &pieces[i]);
	if (ferror(file) || fclose(file))
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	if (argc != 5)
		errx(2, "usage: multiply ARCHIVE FOLDER FIRST LAST");
	unsigned first = (unsigned)strtoul(argv[3], NULL, 10), last = (unsigned)strtoul(argv[4], NULL, 10);
	read_archive(argv[1]);
	find_members();
	for (unsigned number = first; number <= last; number++) {
		memcpy(tar, original, tar_bytes);
		change_numbers(number);
		write_archive(argv[2], number);
	}
	return 0;
}

/* Small archives for tests.  See archive_maker.h. */
#include "tests/support/archive_maker.h"

#include <archive_entry.h>
#include <err.h>
#include <ftw.h>
#include <nettle/base16.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/catalog.h"

#define MEMBER_MTIME_S 1795246863
#define FOLDERS_MAX 64

static char *folders[FOLDERS_MAX];
static size_t folders_count;

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	return remove(path);
}

static void remove_folders(void)
{
	for (size_t i = 0; i < folders_count; i++) {
		nftw(folders[i], remove_one, 16, FTW_DEPTH | FTW_PHYS);
		free(folders[i]);
	}
}

char *mr_maker_folder(void)
{
	const char *parent = getenv("TMPDIR");
	char *path;

	if (asprintf(&path, "%s/memreckon-test-XXXXXX", parent ? parent : "/tmp") < 0 || !mkdtemp(path))
		err(1, "mkdtemp");
	if (folders_count == FOLDERS_MAX)
		errx(1, "more than %d folders", FOLDERS_MAX);
	if (!folders_count)
		atexit(remove_folders);
	folders[folders_count++] = strdup(path);
	return path;
}

char *mr_maker_path(const char *name)
{
	char *folder = mr_maker_folder();
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		err(1, "asprintf");
	free(folder);
	return path;
}

void mr_maker_open(struct mr_maker *maker, const char *path, const char *filter)
{
	*maker = (struct mr_maker){.writer = archive_write_new(), .top = "maker-20261121T074103Z/"};
	sha256_init(&maker->sha256);
	archive_write_set_format_gnutar(maker->writer);
	if (filter && archive_write_add_filter_by_name(maker->writer, filter) != ARCHIVE_OK)
		errx(1, "%s: %s", filter, archive_error_string(maker->writer));
	if (archive_write_open_filename(maker->writer, path) != ARCHIVE_OK)
		errx(1, "%s: %s", path, archive_error_string(maker->writer));
}

static void write_member(struct mr_maker *maker, const char *path, unsigned type, const void *bytes,
			 size_t length_bytes)
{
	struct archive_entry *entry = archive_entry_new();
	char name[8192];

	snprintf(name, sizeof(name), "%s%s", maker->top, path);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_size(entry, (int64_t)length_bytes);
	archive_entry_set_mtime(entry, MEMBER_MTIME_S, 0);
	archive_entry_set_perm(entry, 0444);
	if (type == AE_IFLNK)
		archive_entry_set_symlink(entry, "/etc/passwd");
	if (archive_write_header(maker->writer, entry) < ARCHIVE_WARN ||
	    (length_bytes && archive_write_data(maker->writer, bytes, length_bytes) != (ssize_t)length_bytes))
		errx(1, "%s: %s", name, archive_error_string(maker->writer));
	archive_entry_free(entry);
	maker->members_count++;
}

void mr_maker_add(struct mr_maker *maker, const char *path, const void *bytes, size_t length_bytes)
{
	write_member(maker, path, AE_IFREG, bytes, length_bytes);
}

void mr_maker_special(struct mr_maker *maker, const char *path, unsigned type)
{
	write_member(maker, path, type, NULL, 0);
}

void mr_maker_meta(struct mr_maker *maker, const struct mr_maker_meta *meta)
{
	const struct mr_maker_meta none = {0};
	struct mr_buffer text = {0};

	if (!meta)
		meta = &none;
	mr_buffer_printf(
		&text,
		"key,value\nformat,%d\ntool,memreckon-collect "
		"test\nsnapshot_id,%s\nhost,%s\nrealtime_ns,%lld\n"
		"monotonic_ns,1000\nboottime_ns,1000\npage_size_bytes,4096\nclock_ticks_per_second,100\n"
		"endianness,%s\nword_bits,64\ncpus_online,2\ncpus_possible,2\nkernel_release,6.1.0-9-amd64\n"
		"machine,x86_64\nboot_id,11111111-2222-3333-4444-555555555555\neuid,0\n"
		"cgroup1_memory_mount,/sys/fs/cgroup/memory\ncgroup2_mount,/sys/fs/cgroup/unified\n",
		meta->format ? meta->format : MR_ARCHIVE_FORMAT,
		meta->uuid ? meta->uuid : "00000000-1111-2222-3333-444444444444",
		meta->host ? meta->host : "maker",
		(long long)(meta->taken_ns ? meta->taken_ns : 1795246863000000000),
		meta->endianness ? meta->endianness : "little");
	mr_maker_add(maker, "capture/meta.csv", text.data, text.length_bytes);
	mr_buffer_deinit(&text);
}

static void add_row(struct mr_maker *maker, const char *path, const char *role, unsigned reading,
		    const char *status, size_t length_bytes, const char *sha256)
{
	static const char header[] = "path,role,reading,status,bytes,start_ns,duration_ns,sha256\n";

	if (!maker->index.length_bytes)
		mr_buffer_append_text(&maker->index, header);
	mr_buffer_append_csv(&maker->index, path, strlen(path));
	mr_buffer_printf(&maker->index, ",%s,%u,%s,%zu,%u,10,%s\n", role, reading, status, length_bytes,
			 2000 + 100 * maker->members_count, sha256);
}

/* @folder  where the numbered ones stand: "again", "more" */
static void add_numbered(struct mr_maker *maker, const char *path, const char *folder, const char *role,
			 unsigned number, const void *bytes, size_t length_bytes)
{
	char hex[BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha256;
	char name[8192];

	snprintf(name, sizeof(name), "capture/%s/%u/%s", folder, number, path);
	sha256_init(&sha256);
	sha256_update(&sha256, length_bytes, bytes);
	sha256_digest(&sha256, sizeof(digest), digest);
	base16_encode_update(hex, sizeof(digest), digest);
	add_row(maker, path, number ? role : "canonical", number, "ok", length_bytes, hex);
	mr_maker_add(maker, number ? name : path, bytes, length_bytes);
}

void mr_maker_reading(struct mr_maker *maker, const char *path, unsigned reading, const void *bytes,
		      size_t length_bytes)
{
	add_numbered(maker, path, "again", "bracket", reading, bytes, length_bytes);
}

void mr_maker_part(struct mr_maker *maker, const char *path, unsigned part, const void *bytes,
		   size_t length_bytes)
{
	add_numbered(maker, path, "more", "more", part, bytes, length_bytes);
}

void mr_maker_text(struct mr_maker *maker, const char *path, const char *text)
{
	mr_maker_reading(maker, path, 0, text, strlen(text));
}

void mr_maker_failed(struct mr_maker *maker, const char *path, const char *status)
{
	add_row(maker, path, "canonical", 0, status, 0, "");
}

void mr_maker_part_failed(struct mr_maker *maker, const char *path, unsigned part, const char *status)
{
	add_row(maker, path, "more", part, status, 0, "");
}

void mr_maker_segment(struct mr_maker *maker)
{
	char path[64];

	if (!maker->index.length_bytes)
		return;
	snprintf(path, sizeof(path), "capture/index/%04u.csv", ++maker->segments_count);
	sha256_update(&maker->sha256, maker->index.length_bytes, (const uint8_t *)maker->index.data);
	mr_maker_add(maker, path, maker->index.data, maker->index.length_bytes);
	mr_buffer_clear(&maker->index);
}

void mr_maker_end(struct mr_maker *maker, const char *completeness)
{
	char hex[BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct mr_buffer text = {0};

	mr_maker_segment(maker);
	sha256_digest(&maker->sha256, sizeof(digest), digest);
	base16_encode_update(hex, sizeof(digest), digest);
	mr_buffer_printf(
		&text,
		"key,value\nstopped,end\ncompleteness,%s\nmembers,%u\nindex_sha256,%s\nmonotonic_ns,9000\n",
		completeness, maker->members_count, hex);
	mr_maker_add(maker, "capture/end.csv", text.data, text.length_bytes);
	mr_buffer_deinit(&text);
}

void mr_maker_close(struct mr_maker *maker)
{
	if (archive_write_close(maker->writer) != ARCHIVE_OK)
		errx(1, "%s", archive_error_string(maker->writer));
	archive_write_free(maker->writer);
	mr_buffer_deinit(&maker->index);
}

static void add_process(struct mr_maker *maker, int pid)
{
	struct mr_buffer path = {0}, text = {0};

	mr_buffer_printf(&path, "proc/%d/statm", pid);
	mr_buffer_printf(&text, "%d 200 100 10 0 50 0\n", 1000 + pid);
	mr_maker_text(maker, path.data, text.data);
	mr_buffer_clear(&path);
	mr_buffer_clear(&text);
	mr_buffer_printf(&path, "proc/%d/stat", pid);
	mr_buffer_printf(&text,
			 "%d (a (b) c) S 1 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 %d 8192000 200 "
			 "18446744073709551615"
			 " 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
			 pid, 100 + pid);
	mr_maker_text(maker, path.data, text.data);
	mr_buffer_deinit(&path);
	mr_buffer_deinit(&text);
}

void mr_maker_capture(const char *path, const struct mr_maker_meta *meta)
{
	static const char again[] = "MemTotal:        8000000 kB\nMemFree:         1000100 kB\n";
	struct mr_maker maker;

	mr_maker_open(&maker, path, "gzip");
	mr_maker_meta(&maker, meta);
	mr_maker_text(&maker, "proc/meminfo", "MemTotal:        8000000 kB\nMemFree:         1000000 kB\n");
	mr_maker_reading(&maker, "proc/meminfo", 1, again, strlen(again));
	mr_maker_failed(&maker, "proc/slabinfo", "EACCES");
	add_process(&maker, 1);
	add_process(&maker, 20);
	mr_maker_failed(&maker, "proc/20/smaps_rollup", "EACCES");
	mr_maker_text(&maker, "sys/fs/cgroup/memory/a/memory.usage_in_bytes", "4096\n");
	mr_maker_text(&maker, "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
	mr_maker_end(&maker, "complete");
	mr_maker_close(&maker);
}

void mr_maker_cut(const char *path, int64_t length_bytes)
{
	if (truncate(path, length_bytes) < 0)
		err(1, "%s", path);
}

int64_t mr_maker_file_bytes(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		err(1, "%s", path);
	return status.st_size;
}

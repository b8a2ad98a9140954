/* The captured trees with secrets planted in them: --anonymize lets none of them through, and what belongs
 * together still does. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/anonymize_help.h"

/* Planted in every name that a customer can give: "zq" is in no word of the kernel and in no token. */
#define SECRET "zq"

struct planted {
	struct mr_anonymizer *anonymizer;
	struct mr_mounts mounts;
	char mount_texts[2][256];
	char tree[512];
	struct mr_buffer groups; /* replaced paths of capture/cgroups.csv, each between newlines */
	unsigned files_count, replaced_count, withheld_count, processes_count, kernel_threads_count;
};

static char *read_whole(const char *path, size_t *ret_length_bytes)
{
	FILE *file = fopen(path, "r");
	char *bytes = NULL;

	assert_non_null(file);
	FILE *into = open_memstream(&bytes, ret_length_bytes);
	for (int c = getc(file); c != EOF; c = getc(file))
		putc(c, into);
	fclose(into);
	fclose(file);
	return bytes;
}

/* "/web/front" to "/zqweb/zqfront". */
static void plant_in_folders(const char *path, size_t length_bytes, struct mr_buffer *ret)
{
	for (size_t i = 0; i < length_bytes; i++) {
		mr_buffer_append(ret, path + i, 1);
		if (path[i] == '/' && i + 1 < length_bytes)
			mr_buffer_append_text(ret, SECRET);
	}
}

static bool is_kernel_stat(const char *stat)
{
	unsigned long flags = 0;

	assert_int_equal(sscanf(strrchr(stat, ')'), ") %*c %*s %*s %*s %*s %*s %lu", &flags), 1);
	return flags & 0x00200000;
}

static void plant_in_stat(struct planted *planted, const char *text, struct mr_buffer *ret)
{
	bool is_kernel = is_kernel_stat(text);
	const char *name = strchr(text, '(') + 1;

	planted->processes_count += !is_kernel;
	planted->kernel_threads_count += is_kernel;
	mr_buffer_append(ret, text, (size_t)(name - text));
	mr_buffer_append_text(ret, is_kernel ? "" : SECRET);
	mr_buffer_append_text(ret, name);
}

/* The path that a line has behind this separator. */
static void plant_in_lines(const char *text, const char *separator, struct mr_buffer *ret)
{
	for (const char *end; *text; text = end) {
		end = text + strcspn(text, "\n");
		end += *end == '\n';
		const char *path = memmem(text, (size_t)(end - text), separator, strlen(separator));
		path = path ? path + 1 : end;
		size_t path_bytes = strcspn(path, ",\n");

		if (path == end)
			path_bytes = 0;
		mr_buffer_append(ret, text, (size_t)(path - text));
		plant_in_folders(path, path_bytes, ret);
		mr_buffer_append(ret, path + path_bytes, (size_t)(end - path) - path_bytes);
	}
}

static void plant_in_meta(const char *text, struct mr_buffer *ret)
{
	static const char *const keys[] = {"\nhost,", "\nroot,", "\noptions,"};

	for (; *text; text++) {
		mr_buffer_append(ret, text, 1);
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			size_t key_bytes = strlen(keys[i]);

			if (ret->length_bytes >= key_bytes &&
			    !memcmp(ret->data + ret->length_bytes - key_bytes, keys[i], key_bytes))
				mr_buffer_append_text(ret, SECRET);
		}
	}
}

/* A file of the tree as it would be on a machine with secret names. */
static void plant(struct planted *planted, const char *path, const char *text, struct mr_buffer *ret)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	bool is_of_process = !strncmp(path, "proc/", 5) && path[5] >= '0' && path[5] <= '9';

	if (is_of_process && !strcmp(name, "stat"))
		plant_in_stat(planted, text, ret);
	else if (is_of_process && !strcmp(name, "status")) {
		char stat_path[768];
		size_t length_bytes;

		snprintf(stat_path, sizeof(stat_path), "%s/%.*sstat", planted->tree, (int)(name - path),
			 path);
		char *stat = read_whole(stat_path, &length_bytes);
		mr_buffer_append_text(ret, "Name:\t");
		mr_buffer_append_text(ret, is_kernel_stat(stat) ? "" : SECRET);
		mr_buffer_append_text(ret, text + strlen("Name:\t"));
		free(stat);
	} else if (is_of_process && !strcmp(name, "cgroup"))
		plant_in_lines(text, ":/", ret);
	else if (!strcmp(path, "capture/cgroups.csv"))
		plant_in_lines(text, ",/", ret);
	else if (!strcmp(path, "capture/meta.csv"))
		plant_in_meta(text, ret);
	else if (!strcmp(path, "proc/slabinfo")) {
		mr_buffer_append_text(ret, text);
		mr_buffer_append_text(ret, "zq_cache 1 2 3 4 5 : tunables 0 0 0 : slabdata 6 7 0\n");
	} else
		mr_buffer_append_text(ret, text);
}

/* The path of a file, its cgroups with secret names. */
static void plant_in_path(const struct planted *planted, const char *path, struct mr_buffer *ret)
{
	const char *mounts[] = {planted->mounts.cgroup1, planted->mounts.cgroup2};

	for (size_t i = 0; i < 2; i++) {
		const char *at = mounts[i] ? strstr(path, mounts[i]) : NULL;
		const char *file = strrchr(path, '/');

		if (!at || file < at + strlen(mounts[i]))
			continue;
		at += strlen(mounts[i]);
		mr_buffer_append(ret, path, (size_t)(at - path));
		plant_in_folders(at, (size_t)(file - at), ret);
		mr_buffer_append_text(ret, file);
		return;
	}
	mr_buffer_append_text(ret, path);
}

static bool has_secret(const struct mr_buffer *buffer)
{
	return buffer->length_bytes && memmem(buffer->data, buffer->length_bytes, SECRET, strlen(SECRET));
}

static void check_file(struct planted *planted, const char *path)
{
	struct mr_buffer text = {0}, member = {0}, replaced_text = {0}, replaced_path = {0};
	char whole[1024];
	size_t length_bytes;

	snprintf(whole, sizeof(whole), "%s/%s", planted->tree, path);
	char *bytes = read_whole(whole, &length_bytes);
	plant(planted, path, bytes, &text);
	plant_in_path(planted, path, &member);
	mr_anonymize_path(planted->anonymizer, member.data, &planted->mounts, &replaced_path);
	enum mr_anonymized result = anonymize(planted->anonymizer, member.data, &planted->mounts,
					      text.data ? text.data : "", text.length_bytes, &replaced_text);
	planted->files_count++;
	planted->replaced_count += result == MR_ANONYMIZED_REPLACED;
	planted->withheld_count += result == MR_ANONYMIZED_WITHHELD;
	if (has_secret(&replaced_path) || (result == MR_ANONYMIZED_KEPT && has_secret(&text)) ||
	    (result == MR_ANONYMIZED_REPLACED && has_secret(&replaced_text)) ||
	    strstr(replaced_path.data, KEY) || (replaced_text.data && strstr(replaced_text.data, KEY)))
		fail_msg("%s/%s shows a secret", planted->tree, path);
	if (!strcmp(path, "capture/cgroups.csv")) {
		assert_int_equal(result, MR_ANONYMIZED_REPLACED);
		mr_buffer_append(&planted->groups, replaced_text.data, replaced_text.length_bytes);
	}
	mr_buffer_deinit(&text);
	mr_buffer_deinit(&member);
	mr_buffer_deinit(&replaced_text);
	mr_buffer_deinit(&replaced_path);
	free(bytes);
}

static void walk(struct planted *planted, const char *folder, void (*visit)(struct planted *, const char *))
{
	char path[768];
	struct dirent **entries;

	snprintf(path, sizeof(path), "%s/%s", planted->tree, folder);
	int count = scandir(path, &entries, NULL, alphasort);
	assert_true(count >= 0);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s%s%s", folder, *folder ? "/" : "", entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && entries[i]->d_type == DT_DIR)
			walk(planted, path, visit);
		else if (entries[i]->d_type == DT_REG)
			visit(planted, path);
		free(entries[i]);
	}
	free(entries);
}

/* The groups that a process names have to be rows of capture/cgroups.csv, tokens and all. */
static void check_join(struct planted *planted, const char *path)
{
	struct mr_buffer text = {0}, replaced = {0};
	char whole[1024], row[512];
	size_t length_bytes;

	if (strncmp(path, "proc/", 5) != 0 || strcmp(strrchr(path, '/'), "/cgroup") != 0)
		return;
	snprintf(whole, sizeof(whole), "%s/%s", planted->tree, path);
	char *bytes = read_whole(whole, &length_bytes);
	plant(planted, path, bytes, &text);
	anonymize(planted->anonymizer, path, &planted->mounts, text.data, text.length_bytes, &replaced);
	const char *at = strstr(replaced.data, planted->mounts.cgroup1 ? ":memory:" : "0::");
	assert_non_null(at);
	at = strchr(strchr(at, ':') + 1, ':') + 1;
	if (planted->mounts.cgroup1)
		at = strchr(at - 1, '/');
	snprintf(row, sizeof(row), "\n%d,%.*s,", planted->mounts.cgroup1 ? 1 : 2, (int)strcspn(at, "\n"), at);
	if (!strstr(planted->groups.data, row))
		fail_msg("%s names a group that is no row: %s", path, row);
	mr_buffer_deinit(&text);
	mr_buffer_deinit(&replaced);
	free(bytes);
}

static void find_mounts(struct planted *planted)
{
	static const char *const keys[] = {"\ncgroup1_memory_mount,/", "\ncgroup2_mount,/"};
	char path[768];
	size_t length_bytes;

	snprintf(path, sizeof(path), "%s/capture/meta.csv", planted->tree);
	char *text = read_whole(path, &length_bytes);
	for (int i = 0; i < 2; i++) {
		const char *at = strstr(text, keys[i]);

		if (!at)
			continue;
		at += strlen(keys[i]);
		snprintf(planted->mount_texts[i], sizeof(planted->mount_texts[i]), "%.*s",
			 (int)strcspn(at, "\n"), at);
		*(i ? &planted->mounts.cgroup2 : &planted->mounts.cgroup1) = planted->mount_texts[i];
	}
	free(text);
}

/* Other folders there are trees of kernel files that the collector never saw. */
static bool is_archive_tree(const char *tree)
{
	char path[768];

	snprintf(path, sizeof(path), "%s/MEMBERS", tree);
	return !access(path, F_OK);
}

TEST(secrets_planted_in_the_captured_trees_are_in_no_text_and_no_path)
{
	const char *folder = getenv("MR_FIXTURES");
	struct dirent **entries;
	unsigned trees_count = 0;

	if (!folder)
		SKIP("MR_FIXTURES does not name the captured trees");
	int count = scandir(folder, &entries, NULL, alphasort);
	assert_true(count > 0);
	for (int i = 0; i < count; i++) {
		struct planted planted = {.anonymizer = with_key(KEY, false)};

		snprintf(planted.tree, sizeof(planted.tree), "%s/%s", folder, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && is_archive_tree(planted.tree)) {
			trees_count++;
			find_mounts(&planted);
			walk(&planted, "", check_file);
			walk(&planted, "", check_join);
			print_message("# %s: %u files, %u replaced, %u withheld\n", entries[i]->d_name,
				      planted.files_count, planted.replaced_count, planted.withheld_count);
			assert_true(planted.files_count > 500);
			assert_true(planted.processes_count > 10 && planted.kernel_threads_count > 10);
			assert_true(planted.replaced_count > 3 * planted.processes_count);
			assert_true(planted.withheld_count < 30);
		}
		mr_buffer_deinit(&planted.groups);
		mr_anonymizer_destroy(planted.anonymizer);
		free(entries[i]);
	}
	free(entries);
	assert_true(trees_count >= 4);
}

/* make_foreign LAYOUT FIXTURE FILE: a capture as another tool makes it, from a fixture or, "-", a small
 * machine. make_foreign hostile NAME FILE: an archive that nobody should meet. make_foreign list: the
 * layouts, and the names of what is hostile.
 *
 * The end of FILE says how it is compressed: .tar, .gz, .xz, .zst, .bz2. $MR_FIXTURES is where fixtures are.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/foreign_maker.h"
#include "tests/support/hostile_maker.h"
#include "tests/support/tar_out.h"

static const char *filter_of(const char *path)
{
	static const struct {
		const char *end;
		const char *filter;
	} filters[] = {{".gz", "gzip"}, {".xz", "xz"}, {".zst", "zstd"}, {".bz2", "bzip2"}};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (strlen(path) > 4 && !strcmp(path + strlen(path) - strlen(filters[i].end), filters[i].end))
			return filters[i].filter;
	return NULL;
}

/* Each adds to the tree what is to be packed. */
static void tree(struct mr_tree *out, const struct mr_tree *kernel)
{
	mr_tree_copy(out, "node7/", kernel, NULL);
}

/* What tar makes of a machine: sysfs in whole pages. */
static void tree_padded(struct mr_tree *out, const struct mr_tree *kernel)
{
	tree(out, kernel);
	mr_tree_pad(out, "node7/sys", 4096);
}

static void sos(struct mr_tree *out, const struct mr_tree *kernel)
{
	mr_foreign_sos(out, kernel, &(struct mr_sos){0});
}

static void sos_3_2(struct mr_tree *out, const struct mr_tree *kernel)
{
	mr_foreign_sos(out, kernel, &(struct mr_sos){.version = "3.2"});
}

static void sos_3_9(struct mr_tree *out, const struct mr_tree *kernel)
{
	mr_foreign_sos(out, kernel, &(struct mr_sos){.version = "3.9"});
}

static void sos_packed(struct mr_tree *out, const struct mr_tree *kernel)
{
	mr_foreign_sos(out, kernel, &(struct mr_sos){.version = "4.12", .packed = "sys/fs/cgroup"});
}

static void sos_obfuscated(struct mr_tree *out, const struct mr_tree *kernel)
{
	mr_foreign_sos(out, kernel, &(struct mr_sos){.version = "4.8", .is_obfuscated = true});
}

static void sos_bundle(struct mr_tree *out, const struct mr_tree *kernel)
{
	const struct mr_tree *const kernels[] = {kernel, kernel};
	static const struct mr_sos reports[] = {{.host = "node7"}, {.host = "node8", .version = "4.8"}};

	mr_foreign_sos_bundle(out, kernels, reports, 2);
}

static void supportconfig(struct mr_tree *out, const struct mr_tree *kernel)
{
	mr_foreign_supportconfig(out, kernel, "node7");
}

static const struct {
	const char *name;
	void (*add)(struct mr_tree *out, const struct mr_tree *kernel);
} layouts[] = {
	{"tree", tree},
	{"tree-padded", tree_padded},
	{"proc", mr_foreign_proc},
	{"sos", sos},
	{"sos-3.2", sos_3_2},
	{"sos-3.9", sos_3_9},
	{"sos-packed", sos_packed},
	{"sos-obfuscated", sos_obfuscated},
	{"sos-bundle", sos_bundle},
	{"supportconfig", supportconfig},
};

#define LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

static void list(void)
{
	printf("smemcap\nmemory.txt\n");
	for (size_t i = 0; i < LAYOUTS; i++)
		printf("%s\n", layouts[i].name);
	for (const struct mr_hostile *one = mr_hostile_archives; one->name; one++)
		printf("hostile %s\n", one->name);
	for (const struct mr_hostile *one = mr_hostile_bombs; one->name; one++)
		printf("hostile %s\n", one->name);
}

/* @out  left empty when FILE is a folder */
static void make(const char *layout, const struct mr_tree *kernel, const char *path, struct mr_buffer *out)
{
	struct mr_tree tree_out = {0};
	size_t i = 0;

	if (!strcmp(layout, "smemcap")) {
		mr_foreign_smemcap(out, kernel, &(struct mr_smemcap){.unreadable_pid = 1});
		return;
	}
	if (!strcmp(layout, "memory.txt")) {
		mr_foreign_memory_txt(out, kernel, false);
		return;
	}
	while (i < LAYOUTS && strcmp(layouts[i].name, layout) != 0)
		i++;
	if (i == LAYOUTS)
		errx(2, "no layout '%s'; make_foreign list", layout);
	layouts[i].add(&tree_out, kernel);
	if (path[strlen(path) - 1] == '/')
		mr_tree_write(&tree_out, path);
	else
		mr_tar_pack(&tree_out, &(struct mr_tar_way){.filter = filter_of(path), .has_folders = true},
			    out);
	mr_tree_deinit(&tree_out);
}

int main(int argc, char **argv)
{
	struct mr_tree kernel = {0};
	struct mr_buffer out = {0};

	if (argc == 2 && !strcmp(argv[1], "list")) {
		list();
		return 0;
	}
	if (argc != 4 || !*argv[3])
		errx(2, "usage: make_foreign LAYOUT FIXTURE FILE | make_foreign hostile NAME FILE | "
			"make_foreign list");
	if (!strcmp(argv[1], "hostile")) {
		mr_hostile_make(&out, argv[2]);
	} else {
		if (strcmp(argv[2], "-") != 0)
			mr_foreign_fixture(&kernel, argv[2]);
		else
			mr_foreign_machine(&kernel);
		make(argv[1], &kernel, argv[3], &out);
	}
	if (out.length_bytes)
		mr_tar_save(argv[3], &out);
	mr_tree_deinit(&kernel);
	mr_buffer_deinit(&out);
	return 0;
}

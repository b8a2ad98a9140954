/* Hostile names through the whole program: into an archive as host, process, cgroup, slab cache, setting,
 * member and name of the file, then out of every verb in every format, and every byte of that is looked at.
 *
 *   text, Markdown, messages   UTF-8 without controls but the newline
 *   terminal                   the same, and the escapes of the program itself: none without colours
 *   JSON                       UTF-8 that parses
 *   CSV, TSV                   no cell begins with what a spreadsheet takes for a formula, and each record
 * has as many cells as the first
 */
#include <csv.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyze/render/escape.h"
#include "schema/base/cleanup.h"
#include "tests/support/archive_maker.h"
#include "tests/support/file_tree.h"
#include "tests/support/tar_out.h"
#include "tests/support/test.h"

#define LONG_BYTES (64 * 1024)
/* Longest name of a file on a disk. */
#define FILE_BYTES 200
#define FIRST_PID 100
/* Of a verb; an import has one for each name. */
#define ARGUMENTS_MAX 16
#define FILES_MAX 200

static const struct {
	const char *what, *bytes;
} names[] = {
#define NAME(what, bytes) {what, bytes},
#include "tests/hostile/names.def"
#undef NAME
};
#define NAMES_COUNT (sizeof(names) / sizeof(names[0]))

/* ---- in ---- */

static char *folder; /* where the files are and the program runs */

/* A name as a component of a path: it cannot have a slash. */
static void append_component(struct mr_buffer *out, const char *name, size_t bytes_max)
{
	for (; *name && bytes_max; name++, bytes_max--)
		mr_buffer_append(out, *name == '/' ? "%" : name, 1);
}

static void add_process(struct mr_tree *tree, size_t pid, const char *name)
{
	char path[64];
	struct mr_buffer line = {0};

#define OF_PROCESS(file) (snprintf(path, sizeof(path), "proc/%zu/" file, pid), path)
	mr_tree_printf(
		tree, OF_PROCESS("stat"),
		"%zu (%s) S 1 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 100 8192000 75 18446744073709551615"
		" 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		pid, name);
	mr_tree_printf(tree, OF_PROCESS("statm"), "2000 75 25 10 0 50 0\n");
	mr_tree_printf(tree, OF_PROCESS("status"), "Name:\t%s\nTgid:\t%zu\nPid:\t%zu\nVmRSS:\t300 kB\n", name,
		       pid, pid);
	mr_tree_printf(tree, OF_PROCESS("smaps_rollup"),
		       "00400000-7fff rw-p 00000000 00:00 0 [rollup]\nRss: 300 kB\nPss: 250 kB\n");
	mr_buffer_append_text(&line, "0::/");
	append_component(&line, name, LONG_BYTES);
	mr_buffer_append_text(&line, "\n");
	mr_tree_take(tree, OF_PROCESS("cgroup"), &line);
#undef OF_PROCESS
}

static void add_named(struct mr_tree *tree, const char *front, const char *name, const char *end,
		      const char *text)
{
	struct mr_buffer path = {0};

	mr_buffer_append_text(&path, front);
	append_component(&path, name, 3000);
	mr_buffer_append_text(&path, end);
	mr_tree_add(tree, path.data, text, strlen(text));
	mr_buffer_deinit(&path);
}

/* A name without the blanks that end the column of a table. */
static void append_word(struct mr_buffer *out, const char *name)
{
	for (; *name; name++)
		mr_buffer_append(out, *name == ' ' || *name == '\n' || *name == '\t' ? "_" : name, 1);
}

static void add_name(struct mr_tree *tree, struct mr_buffer *slabs, size_t i, const char *name)
{
	add_process(tree, FIRST_PID + i, name);
	add_named(tree, "sys/fs/cgroup/", name, "/memory.current", "4096\n");
	add_named(tree, "sys/fs/cgroup/", name, "/memory.stat", "anon 4096\nfile 0\n");
	add_named(tree, "proc/", name, "", "1\n");
	append_word(slabs, name);
	mr_buffer_append_text(slabs, " 10 20 64 64 1 : tunables 0 0 0 : slabdata 1 1 0\n");
	mr_tree_printf(tree, "sys/kernel/mm/transparent_hugepage/enabled", "%s\n", name);
	mr_tree_printf(tree, "proc/sys/kernel/hostname", "%s\n", name);
}

/* All names in one machine, and one of 64 KiB. */
static void fill_machine(struct mr_tree *tree, size_t first, size_t count)
{
	struct mr_buffer slabs = {0}, long_name = {0};

	mr_tree_printf(tree, "proc/meminfo",
		       "MemTotal: 8000000 kB\nMemFree: 1000000 kB\nSlab: 100 kB\n%s: 1 kB\n",
		       names[first].bytes);
	mr_tree_printf(tree, "proc/vmstat", "nr_free_pages 1\n%s\n", names[first].bytes);
	mr_buffer_append_text(&slabs, "slabinfo - version: 2.1\n");
	for (size_t i = first; i < first + count; i++)
		add_name(tree, &slabs, i, names[i].bytes);
	for (size_t i = 0; i < LONG_BYTES / 2; i++)
		mr_buffer_append_text(&long_name, "\033=");
	if (count > 1)
		add_name(tree, &slabs, NAMES_COUNT, long_name.data);
	mr_tree_take(tree, "proc/slabinfo", &slabs);
	mr_buffer_deinit(&long_name);
}

static char *save_machine(const char *file, size_t first, size_t count)
{
	struct mr_tree tree = {0};
	struct mr_buffer bytes = {0}, path = {0};

	fill_machine(&tree, first, count);
	mr_tar_pack(&tree, &(struct mr_tar_way){.prefix = "node7/"}, &bytes);
	mr_buffer_append_text(&path, folder);
	mr_buffer_append_text(&path, "/");
	append_component(&path, file, FILE_BYTES);
	mr_buffer_append_text(&path, ".tar");
	mr_tar_save(path.data, &bytes);
	mr_buffer_deinit(&bytes);
	mr_tree_deinit(&tree);
	return mr_buffer_detach(&path);
}

/* ---- the program ---- */

static void read_all(int fd, struct mr_buffer *out)
{
	char bytes[65536];
	ssize_t got;

	while ((got = read(fd, bytes, sizeof(bytes))) > 0)
		mr_buffer_append(out, bytes, (size_t)got);
}

_Noreturn static void execute(const char *const *arguments)
{
	const char *argv[FILES_MAX + 2] = {getenv("MR_ANALYZER")};

	for (size_t i = 0; arguments[i]; i++)
		argv[i + 1] = arguments[i];
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TERM", "xterm", 1);
	if (!chdir(folder))
		execv(argv[0], (char **)argv);
	_exit(127);
}

static int status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		fail_msg("the program ended with %x", status);
	return WEXITSTATUS(status);
}

/* Run it with its output into files. */
static int run(const char *const *arguments, struct mr_buffer *out, struct mr_buffer *err)
{
	FILE *files[2] = {tmpfile(), tmpfile()};
	struct mr_buffer *buffers[2] = {out, err};

	assert_true(files[0] && files[1]);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(fileno(files[0]), STDOUT_FILENO);
		dup2(fileno(files[1]), STDERR_FILENO);
		execute(arguments);
	}
	int status = status_of(pid);
	for (int i = 0; i < 2; i++) {
		mr_buffer_clear(buffers[i]);
		lseek(fileno(files[i]), 0, SEEK_SET);
		read_all(fileno(files[i]), buffers[i]);
		mr_buffer_append(buffers[i], "", 0);
		fclose(files[i]);
	}
	return status;
}

/* Run it on a terminal. */
static int run_on_terminal(const char *const *arguments, struct mr_buffer *out)
{
	static const struct winsize size = {.ws_row = 50, .ws_col = 100};
	int fd;

	pid_t pid = forkpty(&fd, NULL, NULL, &size);
	assert_true(pid >= 0);
	if (!pid)
		execute(arguments);
	mr_buffer_clear(out);
	read_all(fd, out);
	close(fd);
	return status_of(pid);
}

/* ---- out ---- */

static void complain(const char *const *arguments, const char *what, const char *at)
{
	char printable[256] = "";
	struct mr_buffer line = {0};

	for (size_t i = 0; arguments[i]; i++)
		mr_buffer_printf(&line, " %s", arguments[i]);
	for (size_t i = 0; i < 40 && at[i]; i++)
		snprintf(printable + strlen(printable), 5, "\\x%02x", (unsigned char)at[i]);
	fail_msg("memreckon%s: %s: %s", line.data, what, printable);
}

/* Code points that change what a terminal or a reader sees around them. */
static bool is_invisible(const char *at)
{
	static const char *const points[] = {
		"\xc2\x80",        "\xc2\x9b",     "\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d",
		"\xe2\x80\x8e",    "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa",
		"\xe2\x80\xab",    "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae", "\xe2\x81\xa0",
		"\xe2\x81\xa6",    "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9", "\xef\xbb\xbf",
		"\xf3\xa0\x81\x81"};

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		if (!strncmp(at, points[i], strlen(points[i])))
			return true;
	return false;
}

/* @allowed  controls that may stand there */
static void expect_text(const char *const *arguments, const struct mr_buffer *out, const char *allowed)
{
	const char *text = out->data ? out->data : "";

	if (!mr_is_utf8(text, out->length_bytes))
		complain(arguments, "no UTF-8", text);
	for (size_t i = 0; i < out->length_bytes; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (((byte < ' ' || byte == 0x7f) && (!byte || !strchr(allowed, byte))) ||
		    is_invisible(text + i))
			complain(arguments, "a control", text + i);
	}
}

static void expect_json(const char *const *arguments, const struct mr_buffer *out)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *database = NULL;

	expect_text(arguments, out, "\n");
	assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(database, "SELECT json_valid(?)", -1, &statement, NULL),
			 SQLITE_OK);
	sqlite3_bind_text(statement, 1, out->data, (int)out->length_bytes, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	bool is_valid = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(database);
	if (!is_valid)
		complain(arguments, "no JSON", out->data);
}

struct table {
	const char *const *arguments;
	size_t cells_count, columns_count, rows_count;
};

static void take_cell(void *bytes, size_t length_bytes, void *context)
{
	struct table *table = context;
	char *end, *cell = strndup(length_bytes ? bytes : "", length_bytes);

	table->cells_count++;
	assert_non_null(cell);
	strtod(cell, &end);
	/* a number may be below zero */
	if (*cell && strchr("=+-@\t\r\n", *cell) && *end)
		complain(table->arguments, "a formula", cell);
	free(cell);
}

static void take_record(int last, void *context)
{
	struct table *table = context;

	table->columns_count = table->rows_count ? table->columns_count : table->cells_count;
	table->rows_count++;
	if (table->cells_count != table->columns_count)
		complain(table->arguments, "a record of another length", "");
	table->cells_count = 0;
}

static void expect_csv(const char *const *arguments, const struct mr_buffer *out, unsigned char delimiter)
{
	struct table table = {.arguments = arguments};
	struct csv_parser parser;

	assert_int_equal(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI), 0);
	csv_set_delim(&parser, delimiter);
	if (csv_parse(&parser, out->data ? out->data : "", out->length_bytes, take_cell, take_record,
		      &table) != out->length_bytes ||
	    csv_fini(&parser, take_cell, take_record, &table))
		complain(arguments, "no CSV", out->data);
	csv_free(&parser);
}

/* ---- verbs ---- */

/* All verbs, on names as arguments where they take some. */
static const char *const verbs[][ARGUMENTS_MAX] = {
	{"list"},
	{"list", "--capabilities"},
	{"report"},
	{"report", "--depth", "0", "1"},
	{"report", "1", "--against", "2"},
	{"check", "1"},
	{"explain", "P2", "pid:128", "1"},
	{"explain", "C1", "/a\nb", "1"},
	{"ps", "-n", "0", "1"},
	{"ps", "-n", "0", "--width", "60", "1"},
	{"cgroups", "-n", "0", "1"},
	{"show", "100", "1"},
	{"show", "128", "1"},
	{"show", "142", "1"},
	{"show", "/=cmd|'%c calc'!A1", "1"},
	{"show", "/a\nb", "1"},
	{"show", "@SUM(1)", "1"},
	{"show", "no\033such\xff thing", "1"},
	{"diff", "1", "2"},
	{"diff", "2", "4"},
	{"pages", "1"},
	{"sql", "SELECT * FROM snapshot"},
	{"sql", "SELECT * FROM issue"},
	{"sql", "SELECT * FROM capture_meta"},
	{"sql", "SELECT * FROM process"},
	{"sql", "SELECT * FROM cgroup"},
	{"sql", "SELECT * FROM proc_slabinfo"},
	{"sql", "SELECT '\033[31m' AS \"=\033\n\", x'ff00' AS b, cast(x'ff1b' AS TEXT) AS c"},
	{"sql", "SELECT no\033such FROM \xff"},
	{"schema"},
	{"schema", "process"},
	{"no\033such\xffverb"},
	{"list", "--no\033such"},
	{"import", "no\033such\xff file"},
};

static void expect_format(const char *const *arguments, const char *format, const struct mr_buffer *out)
{
	if (!strcmp(format, "json"))
		expect_json(arguments, out);
	else if (!strcmp(format, "csv") || !strcmp(format, "tsv"))
		expect_csv(arguments, out, *format == 'c' ? ',' : '\t');
	else
		expect_text(arguments, out, "\n");
}

/* @format  NULL: on a terminal */
static void expect_verb(const char *const *verb, const char *format)
{
	const char *arguments[ARGUMENTS_MAX] = {NULL};
	struct mr_buffer out = {0}, err = {0};
	size_t count = 0;

	for (; verb[count]; count++)
		arguments[count] = verb[count];
	arguments[count++] = "-d";
	arguments[count++] = "names.db";
	arguments[count++] = format ? "-f" : "--color";
	arguments[count++] = format ? format : "never";
	if (format) {
		int status = run(arguments, &out, &err);
		if (status <= 1)
			expect_format(arguments, format, &out);
		expect_text(arguments, &err, "\n");
	} else {
		run_on_terminal(arguments, &out);
		expect_text(arguments, &out, "\r\n");
	}
	mr_buffer_deinit(&out);
	mr_buffer_deinit(&err);
}

/* ---- tests ---- */

/* A machine of all names, a machine of each name, and a capture of ours; all of it is imported by one call.
 */
static const char *files[FILES_MAX];

static void make_files(void)
{
	size_t count = 0;

	folder = mr_maker_folder();
	files[count++] = "import";
	files[count++] = "-d";
	files[count++] = "names.db";
	files[count++] = "--color=never";
	files[count++] = "--format";
	files[count++] = "text";
	files[count++] = save_machine("all", 0, NAMES_COUNT);
	for (size_t i = 0; i < NAMES_COUNT; i++)
		files[count++] = save_machine(names[i].bytes, i, 1);
	char *ours = mr_maker_path("ours.mem.tar.gz");
	mr_maker_capture(ours, NULL);
	files[count++] = ours;
	assert_true(count < FILES_MAX);
}

static void make_database(void)
{
	struct mr_buffer out = {0}, err = {0};

	if (folder)
		return;
	make_files();
	if (run(files, &out, &err))
		fail_msg("%s", err.data);
	mr_buffer_deinit(&out);
	mr_buffer_deinit(&err);
}

/* The import of all names into a database of its own.  @format  NULL: on a terminal */
static void expect_import(const char *format)
{
	struct mr_buffer out = {0}, err = {0}, path = {0};

	mr_buffer_printf(&path, "%s/again.db", folder);
	unlink(path.data);
	files[2] = "again.db";
	files[5] = format ? format : "text";
	if (format) {
		assert_int_equal(run(files, &out, &err), 0);
		expect_format(files, format, &out);
		expect_text(files, &err, "\n");
	} else {
		assert_int_equal(run_on_terminal(files, &out), 0);
		/* the line of progress is erased by "\r\033[K" */
		for (char *at = out.data; (at = strstr(at, "\r\033[K"));)
			memcpy(at, "    ", 4);
		expect_text(files, &out, "\r\n");
	}
	mr_buffer_deinit(&out);
	mr_buffer_deinit(&err);
	mr_buffer_deinit(&path);
}

static void expect_all_verbs(const char *format)
{
	make_database();
	/* it prints no tables: what Markdown and TSV do to names, the others do */
	if (!format || (strcmp(format, "md") != 0 && strcmp(format, "tsv") != 0))
		expect_import(format);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		expect_verb(verbs[i], format);
}

TEST(names_are_stored_as_they_are)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *database = NULL;
	_cleanup_free_ char *path = NULL;

	make_database();
	assert_true(asprintf(&path, "%s/names.db", folder) > 0);
	assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(
			database,
			"SELECT (SELECT comm FROM proc_stat WHERE snapshot_id = 1 AND pid = ?1),"
			" (SELECT count(*) FROM snapshot), (SELECT count(DISTINCT host) FROM snapshot)",
			-1, &statement, NULL),
		SQLITE_OK);
	for (size_t i = 0; i < NAMES_COUNT; i++) {
		sqlite3_bind_int64(statement, 1, (int64_t)(FIRST_PID + i));
		assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
		const char *name = (const char *)sqlite3_column_text(statement, 0);
		assert_int_equal(sqlite3_column_int(statement, 1), 2 + NAMES_COUNT);
		assert_true(sqlite3_column_int(statement, 2) > 30);
		if (!name || strcmp(name, names[i].bytes) != 0)
			fail_msg("%s is stored as \"%s\"", names[i].what, name);
		sqlite3_reset(statement);
	}
	sqlite3_finalize(statement);
	sqlite3_close(database);
}

TEST(text_has_no_controls)
{
	expect_all_verbs("text");
}

TEST(markdown_has_no_controls)
{
	expect_all_verbs("md");
}

TEST(json_parses)
{
	expect_all_verbs("json");
}

TEST(csv_has_no_formulas)
{
	expect_all_verbs("csv");
}

TEST(tsv_has_no_formulas)
{
	expect_all_verbs("tsv");
}

TEST(terminal_sees_no_controls)
{
	expect_all_verbs(NULL);
}

/* Members to evidence: texts, rows of their parsers, and the rows that come out. */
#include "tests/support/evidence_help.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schema/base/buffer.h"
#include "tests/support/test.h"

void evidence_begin(struct evidence_test *test)
{
	*test = (struct evidence_test){0};
	test->evidence = mr_evidence_create();
	assert_non_null(test->evidence);
}

void evidence_deinit(struct evidence_test *test)
{
	mr_evidence_destroy(test->evidence);
	mr_facts_deinit(&test->facts);
	capture_deinit(&test->rows);
}

static int take_row(void *context, const struct mr_row *row)
{
	struct evidence_test *test = context;

	return mr_evidence_row(test->evidence, row);
}

static int pass_over(void *context, const struct mr_issue *issue)
{
	return 0;
}

void evidence_member(struct evidence_test *test, const char *path, int64_t mtime_s, const char *bytes,
		     size_t length_bytes)
{
	const struct mr_sink sink = {test, take_row, pass_over};
	bool is_wanted = mr_evidence_wants(path);
	/* no NUL behind it */
	char *exact = malloc(length_bytes ? length_bytes : 1);
	struct mr_match match;

	assert_non_null(exact);
	if (length_bytes)
		memcpy(exact, bytes, length_bytes);
	assert_int_equal(mr_evidence_file(test->evidence, path, mtime_s, is_wanted ? exact : NULL,
					  is_wanted ? length_bytes : 0),
			 0);
	if (mr_foreign_match(path, &test->mounts, &match)) {
		const struct mr_parse_input input = {
			.match = &match, .path = path, .text = exact, .length_bytes = length_bytes};
		assert_int_equal(mr_parse(&input, &sink), 0);
	}
	free(exact);
}

void evidence_text(struct evidence_test *test, const char *path, const char *text)
{
	evidence_member(test, path, -1, text, strlen(text));
}

/* ---- captures ---- */

bool evidence_has_captures(void)
{
	const char *folder = getenv("MR_CAPTURES");

	return folder && !access(folder, R_OK | X_OK);
}

/* Where the kernel's path begins: at the first of its top folders, or behind the folder of a report; smemcap
 * has what is below proc alone. */
static void kernel_path(const char *path, char *ret_path, size_t size)
{
	static const char *const tops[] = {"proc/", "sys/", "cgroup/", "sos_commands/"};
	const char *slash;

	if (!strncmp(path, "./", 2))
		path += 2;
	slash = strchr(path, '/');
	bool is_below_proc = (*path >= '0' && *path <= '9' && slash && !strchr(slash + 1, '/')) ||
			     !strcmp(path, "meminfo") || !strcmp(path, "version");
	snprintf(ret_path, size, "%s%s", is_below_proc ? "proc/" : "",
		 is_below_proc || !slash ? path : slash + 1);
	for (const char *at = path; at; at = (slash = strchr(at, '/')) ? slash + 1 : NULL)
		for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
			if (!strncmp(at, tops[i], strlen(tops[i]))) {
				snprintf(ret_path, size, "%s", at);
				return;
			}
}

static void open_capture(struct archive *archive, const char *name, int format(struct archive *))
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", getenv("MR_CAPTURES"), name);
	format(archive);
	archive_read_support_filter_all(archive);
	if (archive_read_open_filename(archive, path, 65536) != ARCHIVE_OK)
		fail_msg("%s: %s", path, archive_error_string(archive));
}

static void read_member(struct evidence_test *test, struct archive *archive, struct archive_entry *entry,
			const char *path)
{
	struct mr_buffer text = {0};
	char piece[65536];
	la_ssize_t got;

	while ((got = archive_read_data(archive, piece, sizeof(piece))) > 0)
		mr_buffer_append(&text, piece, (size_t)got);
	evidence_member(test, path, archive_entry_mtime(entry), text.data, text.length_bytes);
	mr_buffer_deinit(&text);
}

void evidence_archive(struct evidence_test *test, const char *name)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	char path[4096];

	open_capture(archive, name, archive_read_support_format_tar);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
		if (archive_entry_filetype(entry) != AE_IFREG)
			continue;
		kernel_path(archive_entry_pathname(entry), path, sizeof(path));
		read_member(test, archive, entry, path);
	}
	archive_read_free(archive);
}

void evidence_single(struct evidence_test *test, const char *name, const char *as)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;

	open_capture(archive, name, archive_read_support_format_raw);
	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
		read_member(test, archive, entry, as);
	archive_read_free(archive);
}

/* ---- the conclusion ---- */

static int keep_row(void *context, int64_t reading, const struct mr_row *row)
{
	assert_int_equal(reading, 0);
	return capture_take_row(context, row);
}

void evidence_conclude(struct evidence_test *test, const struct mr_given *given, const char *archive_name)
{
	const struct mr_outlet outlet = {.context = &test->rows, .row = keep_row};

	assert_int_equal(mr_evidence_conclude(test->evidence, given, archive_name, &outlet, &test->facts), 0);
	assert_true(test->rows.row_count > 0);
	assert_string_equal(test->rows.rows[0].table->name, "capture_meta");
}

const char *evidence_fact(const struct evidence_test *test, const char *column)
{
	static char digits[24];

	if (capture_is_null(&test->rows, 0, column))
		return "?";
	if (capture_cell(&test->rows, 0, column)->type == MR_VALUE_TEXT)
		return capture_text(&test->rows, 0, column);
	snprintf(digits, sizeof(digits), "%lld", (long long)capture_integer(&test->rows, 0, column));
	return digits;
}

size_t evidence_piece(const struct evidence_test *test, const char *fact, const char *source)
{
	for (size_t i = 1; i < test->rows.row_count; i++)
		if (!strcmp(capture_text(&test->rows, i, "fact"), fact) &&
		    !strcmp(capture_text(&test->rows, i, "source"), source))
			return i;
	fail_msg("no evidence for %s from %s", fact, source);
	return 0;
}

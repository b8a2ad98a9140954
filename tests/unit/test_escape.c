/* The exits for names: one table of hostile names, and what becomes of each at every exit. */
#include "analyze/render/escape.h"

#include <csv.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"

/* the widths of characters are those of a UTF-8 locale, as in the program */
__attribute__((constructor)) static void use_utf8(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
}

static const struct {
	const char *what, *bytes;
	size_t length_bytes;
	const char *text, *ascii, *json, *csv;
} cases[] = {
#define CASE(what, bytes, text, ascii, json, csv)                                                            \
	{                                                                                                    \
		what, bytes, sizeof(bytes) - 1, text, ascii, json, csv                                       \
	}
	CASE("plain", "sshd", "sshd", "sshd", "\"sshd\"", "sshd"),
	CASE("empty", "", "", "", "\"\"", "\"\""),
	CASE("terminal sequence", "\033]52;c;eA==\a", "\\x1b]52;c;eA==\\x07", "\\x1b]52;c;eA==\\x07",
	     "\"\\u001b]52;c;eA==\\u0007\"", "\033]52;c;eA==\a"),
	CASE("newline and tab", "a\nb\tc", "a\\x0ab\\x09c", "a\\x0ab\\x09c", "\"a\\nb\\tc\"", "\"a\nb\tc\""),
	CASE("quotes", "a\"b'c", "a\"b'c", "a\"b'c", "\"a\\\"b'c\"", "\"a\"\"b'c\""),
	CASE("backslash", "dev\\x2d1", "dev\\\\x2d1", "dev\\\\x2d1", "\"dev\\\\x2d1\"", "dev\\x2d1"),
	CASE("NUL inside", "a\0b", "a\\x00b", "a\\x00b", "\"a\\u0000b\"", "a\0b"),
	CASE("delete", "a\177", "a\\x7f", "a\\x7f", "\"a\\u007f\"", "a\177"),
	CASE("C1 as UTF-8",
	     "\xc2\x9b"
	     "31m",
	     "\\u009b31m", "\\u009b31m", "\"\\u009b31m\"",
	     "\xc2\x9b"
	     "31m"),
	CASE("right to left override",
	     "a\xe2\x80\xae"
	     "b",
	     "a\\u202eb", "a\\u202eb", "\"a\\u202eb\"",
	     "a\xe2\x80\xae"
	     "b"),
	CASE("zero width space", "a\xe2\x80\x8b", "a\\u200b", "a\\u200b", "\"a\\u200b\"", "a\xe2\x80\x8b"),
	CASE("line separator", "\xe2\x80\xa8", "\\u2028", "\\u2028", "\"\\u2028\"", "\xe2\x80\xa8"),
	CASE("tag character", "\xf3\xa0\x81\x81", "\\U000e0041", "\\U000e0041", "\"\\udb40\\udc41\"",
	     "\xf3\xa0\x81\x81"),
	CASE("half a character", "caf\xc3", "caf\\xc3", "caf\\xc3", "\"caf\\\\xc3\"", "caf\xc3"),
	CASE("lone continuation", "\x80", "\\x80", "\\x80", "\"\\\\x80\"", "\x80"),
	CASE("overlong slash", "\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf", "\"\\\\xc0\\\\xaf\"", "\xc0\xaf"),
	CASE("surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80", "\"\\\\xed\\\\xa0\\\\x80\"",
	     "\xed\xa0\x80"),
	CASE("past the last point", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80",
	     "\"\\\\xf4\\\\x90\\\\x80\\\\x80\"", "\xf4\x90\x80\x80"),
	CASE("letter beyond ASCII", "caf\xc3\xa9", "caf\xc3\xa9", "caf\\u00e9", "\"caf\xc3\xa9\"",
	     "caf\xc3\xa9"),
	CASE("face", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\\U0001f600", "\"\xf0\x9f\x98\x80\"",
	     "\xf0\x9f\x98\x80"),
	CASE("formula", "=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1",
	     "\"=cmd|'/c calc'!A1\"", "'=cmd|'/c calc'!A1"),
	CASE("formula with comma", "+1,2", "+1,2", "+1,2", "\"+1,2\"", "\"'+1,2\""),
	CASE("script", "</script><b>", "</script><b>", "</script><b>", "\"</script><b>\"", "</script><b>"),
#undef CASE
};
#define CASE_COUNT (sizeof(cases) / sizeof(cases[0]))

static void assert_bytes(const struct mr_buffer *buffer, const char *expected, size_t length_bytes,
			 const char *what)
{
	if (buffer->failed || buffer->length_bytes != length_bytes ||
	    (length_bytes && memcmp(buffer->data, expected, length_bytes)))
		fail_msg("%s: \"%s\" instead of \"%s\"", what, buffer->data ? buffer->data : "", expected);
}

TEST(text_shows_controls_and_invalid_bytes)
{
	for (size_t i = 0; i < CASE_COUNT; i++) {
		struct mr_buffer out = {0};

		mr_escape_text(&out, cases[i].bytes, cases[i].length_bytes, MR_CHARSET_UTF8);
		assert_bytes(&out, cases[i].text, strlen(cases[i].text), cases[i].what);
		mr_buffer_clear(&out);
		mr_escape_text(&out, cases[i].bytes, cases[i].length_bytes, MR_CHARSET_ASCII);
		assert_bytes(&out, cases[i].ascii, strlen(cases[i].ascii), cases[i].what);
		mr_buffer_deinit(&out);
	}
}

TEST(json_is_valid_utf8_whatever_a_name_holds)
{
	for (size_t i = 0; i < CASE_COUNT; i++) {
		struct mr_buffer out = {0};

		mr_escape_json(&out, cases[i].bytes, cases[i].length_bytes);
		assert_bytes(&out, cases[i].json, strlen(cases[i].json), cases[i].what);
		assert_true(mr_is_utf8(out.data, out.length_bytes));
		mr_buffer_deinit(&out);
	}
}

struct cell {
	char bytes[256];
	size_t length_bytes, count;
};

static void take_cell(void *bytes, size_t length_bytes, void *context)
{
	struct cell *cell = context;

	assert_true(length_bytes < sizeof(cell->bytes));
	if (length_bytes)
		memcpy(cell->bytes, bytes, length_bytes);
	cell->length_bytes = length_bytes;
	cell->count++;
}

TEST(csv_comes_back_from_libcsv_as_it_went_in)
{
	for (size_t i = 0; i < CASE_COUNT; i++) {
		struct mr_buffer out = {0};
		struct cell cell = {.count = 0};
		struct csv_parser parser;
		const char *guard = cases[i].csv[0] == '\'' || !strncmp(cases[i].csv, "\"'", 2) ? "'" : "";

		mr_escape_csv(&out, cases[i].bytes, cases[i].length_bytes, ',', false);
		if (strcmp(cases[i].what, "NUL inside"))
			assert_bytes(&out, cases[i].csv, strlen(cases[i].csv), cases[i].what);
		mr_buffer_append(&out, "\n", 1);
		assert_int_equal(csv_init(&parser, CSV_STRICT), 0);
		csv_parse(&parser, out.data, out.length_bytes, take_cell, NULL, &cell);
		csv_fini(&parser, take_cell, NULL, &cell);
		csv_free(&parser);
		assert_int_equal(cell.count, 1);
		assert_int_equal(cell.length_bytes, cases[i].length_bytes + strlen(guard));
		assert_memory_equal(cell.bytes + strlen(guard), cases[i].bytes, cases[i].length_bytes);
		mr_buffer_deinit(&out);
	}
}

TEST(raw_csv_leaves_the_guard_out)
{
	struct mr_buffer out = {0};

	mr_escape_csv(&out, "=1", 2, ',', true);
	assert_bytes(&out, "=1", 2, "raw");
	mr_buffer_deinit(&out);
}

TEST(a_tab_is_quoted_where_it_separates)
{
	struct mr_buffer out = {0};

	mr_escape_csv(&out, "a\tb,c", 5, '\t', false);
	assert_bytes(&out, "\"a\tb,c\"", 7, "tsv");
	mr_buffer_deinit(&out);
}

TEST(own_signs_become_ascii_and_names_do_not)
{
	static const char sign[] = "├─ Σ → … ✓ ≈ ✗ · Δ █▌";
	struct mr_buffer out = {0};

	mr_escape_label(&out, sign, strlen(sign), MR_CHARSET_ASCII);
	assert_bytes(&out, "|- sum -> .. ok ~= FAIL . d ##", strlen("|- sum -> .. ok ~= FAIL . d ##"),
		     "label");
	mr_buffer_clear(&out);
	mr_escape_text(&out, "Σ", strlen("Σ"), MR_CHARSET_ASCII);
	assert_bytes(&out, "\\u03a3", 6, "name");
	mr_buffer_deinit(&out);
}

TEST(markdown_prose_cannot_be_markup)
{
	static const char hostile[] = "**a** `b` <i> [x](y) #1 @all a|b";
	struct mr_buffer out = {0};

	mr_escape_markdown(&out, hostile, strlen(hostile));
	assert_string_equal(out.data, "\\*\\*a\\*\\* \\`b\\` \\<i\\> \\[x\\](y) \\#1 \\@all a\\|b");
	mr_buffer_deinit(&out);
}

static void assert_shortened(const char *text, size_t width_cells, bool keep_end, const char *expected)
{
	struct mr_buffer out = {0};

	mr_text_shorten(&out, text, strlen(text), width_cells, keep_end, MR_CHARSET_UTF8);
	assert_bytes(&out, expected, strlen(expected), text);
	assert_true(mr_text_width_cells(out.data ? out.data : "", out.length_bytes) <= width_cells);
	mr_buffer_deinit(&out);
}

TEST(names_are_shortened_in_the_middle_by_cells)
{
	assert_shortened("postgresql@15-main.service", 26, true, "postgresql@15-main.service");
	assert_shortened("postgresql@15-main.service", 11, true, "postg…rvice");
	assert_shortened("postgresql@15-main.service", 11, false, "postgresql…");
	assert_shortened("abc", 1, true, "…");
	assert_shortened("abc", 0, true, "");
	/* wide characters take two cells and are never cut in half */
	assert_shortened("日本語日本語", 7, true, "日…本語");
	assert_shortened("日本語日本語", 6, true, "日…語");
}

TEST(width_is_counted_in_cells)
{
	assert_int_equal(mr_text_width_cells("caf\xc3\xa9", 5), 4);
	assert_int_equal(mr_text_width_cells("日本", 6), 4);
	assert_int_equal(mr_text_width_cells("e\xcc\x81", 3), 1);
}

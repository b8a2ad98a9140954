/* Every exit for a name.  What goes out can do nothing to a terminal, and an escaped text is read back as the
 * bytes that went in.
 */
#include "analyze/render/escape.h"

#include <csv.h>
#include <locale.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	FUZZ_CHECK(setlocale(LC_CTYPE, "C.UTF-8"));
	return 0;
}

static bool is_same(const struct mr_buffer *buffer, const void *bytes, size_t length_bytes)
{
	return !buffer->failed && buffer->length_bytes == length_bytes &&
	       (!length_bytes || !memcmp(buffer->data, bytes, length_bytes));
}

static bool holds(const struct mr_buffer *buffer, const char *text)
{
	return buffer->length_bytes && memmem(buffer->data, buffer->length_bytes, text, strlen(text));
}

/* No C0, DEL, C1, nothing that is no character, and nothing that turns the direction of what follows. */
static void check_harmless(const struct mr_buffer *out, bool is_ascii)
{
	FUZZ_CHECK(!out->failed && mr_is_utf8(out->data ? out->data : "", out->length_bytes));
	for (size_t i = 0; i < out->length_bytes; i++) {
		unsigned char byte = (unsigned char)out->data[i];

		FUZZ_CHECK(byte >= ' ' && byte != 0x7f && (byte < 0x7f || !is_ascii));
		FUZZ_CHECK(byte != 0xc2 || (unsigned char)out->data[i + 1] >= 0xa0);
	}
	FUZZ_CHECK(!holds(out, "\u202e") && !holds(out, "\u2066"));
}

static void append_point(struct mr_buffer *out, unsigned long point)
{
	char bytes[4];
	size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	for (size_t i = length; i-- > 1; point >>= 6)
		bytes[i] = (char)(0x80 | (point & 0x3f));
	bytes[0] = (char)(length == 1 ? point : (0xf00u >> length & 0xff) | point);
	mr_buffer_append(out, bytes, length);
}

static unsigned long hex_of(const char *digits, size_t count)
{
	char copy[9] = "";
	char *end;

	memcpy(copy, digits, count);
	unsigned long number = strtoul(copy, &end, 16);
	FUZZ_CHECK(end == copy + count);
	return number;
}

/* What a reader makes of \\, \x1b, \u202e and \U000e0041. */
static void unescape(const struct mr_buffer *text, struct mr_buffer *out)
{
	for (size_t i = 0; i < text->length_bytes; i++) {
		const char *at = text->data + i;

		if (at[0] != '\\') {
			mr_buffer_append(out, at, 1);
			continue;
		}
		size_t digits = at[1] == 'x' ? 2 : at[1] == 'u' ? 4 : at[1] == 'U' ? 8 : 0;
		FUZZ_CHECK(digits || at[1] == '\\');
		char byte = (char)(digits ? hex_of(at + 2, digits) : '\\');
		if (digits > 2)
			append_point(out, hex_of(at + 2, digits));
		else
			mr_buffer_append(out, &byte, 1);
		i += 1 + digits;
	}
}

/* Escaped text shortened to any width: it fits, and is still text. */
static void check_shortened(const struct mr_buffer *text, size_t width_cells, enum mr_charset charset)
{
	struct mr_buffer out = {0};

	mr_text_shorten(&out, text->data ? text->data : "", text->length_bytes, width_cells, width_cells % 2,
			charset);
	check_harmless(&out, charset == MR_CHARSET_ASCII);
	FUZZ_CHECK(mr_text_width_cells(out.data ? out.data : "", out.length_bytes) <= width_cells);
	mr_buffer_deinit(&out);
}

/* Behind a backslash stands what it takes the meaning from; nothing that means something stands without one.
 */
static void check_markdown(const struct mr_buffer *text)
{
	struct mr_buffer out = {0};

	mr_escape_markdown(&out, text->data ? text->data : "", text->length_bytes);
	for (size_t i = 0; i < out.length_bytes; i++) {
		if (out.data[i] == '\\')
			FUZZ_CHECK(++i < out.length_bytes);
		else
			FUZZ_CHECK(!strchr("`*_{}[]<>#|~&$@", out.data[i]));
	}
	mr_buffer_deinit(&out);
}

static void check_text(const char *bytes, size_t length_bytes, enum mr_charset charset)
{
	struct mr_buffer text = {0}, label = {0}, back = {0};

	mr_escape_text(&text, bytes, length_bytes, charset);
	mr_escape_label(&label, bytes, length_bytes, charset);
	check_harmless(&text, charset == MR_CHARSET_ASCII);
	check_harmless(&label, charset == MR_CHARSET_ASCII);
	unescape(&text, &back);
	FUZZ_CHECK(is_same(&back, bytes, length_bytes));
	for (size_t width_cells = 0; width_cells < 24; width_cells += 7)
		check_shortened(&text, width_cells + length_bytes % 7, charset);
	check_markdown(&text);
	mr_buffer_deinit(&text);
	mr_buffer_deinit(&label);
	mr_buffer_deinit(&back);
}

/* The text of a JSON string as a JSON reader gives it. */
static void read_json(const struct mr_buffer *json, struct mr_buffer *out)
{
	const char *end = json->data + json->length_bytes - 1;

	FUZZ_CHECK(json->length_bytes >= 2 && json->data[0] == '"' && *end == '"');
	for (const char *at = json->data + 1; at < end; at++) {
		FUZZ_CHECK((unsigned char)*at >= ' ' && *at != '"');
		if (*at != '\\') {
			mr_buffer_append(out, at, 1);
			continue;
		}
		at++;
		FUZZ_CHECK(at < end && strchr("\"\\ntu", *at));
		if (*at != 'u') {
			mr_buffer_append(out, *at == 'n' ? "\n" : *at == 't' ? "\t" : at, 1);
			continue;
		}
		unsigned long point = hex_of(at + 1, 4);
		at += 4;
		if (point >= 0xd800 && point < 0xdc00) {
			FUZZ_CHECK(at[1] == '\\' && at[2] == 'u');
			point = 0x10000 + ((point - 0xd800) << 10) + (hex_of(at + 3, 4) - 0xdc00);
			at += 6;
		}
		append_point(out, point);
	}
}

static void check_json(const char *bytes, size_t length_bytes)
{
	struct mr_buffer json = {0}, back = {0}, text = {0};

	mr_escape_json(&json, bytes, length_bytes);
	check_harmless(&json, false);
	read_json(&json, &back);
	if (!mr_is_utf8(bytes, length_bytes)) {
		mr_escape_text(&text, bytes, length_bytes, MR_CHARSET_UTF8);
		bytes = text.data;
		length_bytes = text.length_bytes;
	}
	FUZZ_CHECK(is_same(&back, bytes, length_bytes));
	mr_buffer_deinit(&text);
	mr_buffer_deinit(&back);
	mr_buffer_deinit(&json);
}

static void check_hex(const char *bytes, size_t length_bytes)
{
	struct mr_buffer hex = {0};

	mr_escape_hex(&hex, bytes, length_bytes);
	FUZZ_CHECK(hex.length_bytes == 2 * length_bytes + 2);
	for (size_t i = 0; i < length_bytes; i++)
		FUZZ_CHECK(hex_of(hex.data + 1 + 2 * i, 2) == (unsigned char)bytes[i]);
	mr_buffer_deinit(&hex);
}

static void take_cell(void *bytes, size_t length_bytes, void *context)
{
	mr_buffer_append(context, bytes, length_bytes);
	mr_buffer_append(context, "", 1);
}

static void check_csv(const char *bytes, size_t length_bytes, char delimiter, bool raw)
{
	struct mr_buffer line = {0}, cells = {0}, expected = {0};
	struct csv_parser parser;

	bool is_formula = length_bytes && bytes[0] && strchr("=+-@\t\r\n", bytes[0]);
	if (!raw && is_formula)
		mr_buffer_append(&expected, "'", 1);
	mr_buffer_append(&expected, bytes, length_bytes);
	mr_buffer_append(&expected, "\0x", 3);
	mr_escape_csv(&line, bytes, length_bytes, delimiter, raw);
	mr_buffer_append(&line, &delimiter, 1);
	mr_buffer_append(&line, "x", 1);
	FUZZ_CHECK(!csv_init(&parser, 0));
	csv_set_delim(&parser, (unsigned char)delimiter);
	FUZZ_CHECK(csv_parse(&parser, line.data, line.length_bytes, take_cell, NULL, &cells) ==
		   line.length_bytes);
	csv_fini(&parser, take_cell, NULL, &cells);
	csv_free(&parser);
	FUZZ_CHECK(is_same(&cells, expected.data, expected.length_bytes));
	mr_buffer_deinit(&line);
	mr_buffer_deinit(&cells);
	mr_buffer_deinit(&expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length_bytes)
{
	const char *bytes = (const char *)data;

	check_text(bytes, length_bytes, MR_CHARSET_UTF8);
	check_text(bytes, length_bytes, MR_CHARSET_ASCII);
	check_json(bytes, length_bytes);
	check_hex(bytes, length_bytes);
	check_csv(bytes, length_bytes, ',', false);
	check_csv(bytes, length_bytes, '\t', true);
	return 0;
}

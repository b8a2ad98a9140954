/* See escape.h.  The cases of each exit are in tests/unit/test_escape.c. */
#include "analyze/render/escape.h"

#include <csv.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

/* @return the length of the character at @bytes, 0 when it is no valid UTF-8 */
static size_t decode(const char *bytes, size_t length_bytes, uint32_t *ret_point)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *s = (const unsigned char *)bytes;
	size_t length = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
	uint32_t point = length == 1 ? s[0] : s[0] & (0x7fu >> length);

	if (!length || length > length_bytes)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		point = point << 6 | (s[i] & 0x3f);
	}
	if (length > 1 &&
	    (point < smallest[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)))
		return 0;
	*ret_point = point;
	return length;
}

/* What may not reach a terminal as itself, although it is a character: it moves, hides or reorders text. */
static bool is_control(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} controls[] = {
		{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x34f, 0x34f},
		{0x61c, 0x61c},   {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
		{0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
		{0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		if (point >= controls[i].first && point <= controls[i].last)
			return true;
	return false;
}

static bool is_printable(uint32_t point)
{
	return !is_control(point) && (point < 0x7f || wcwidth((wchar_t)point) >= 0);
}

static void append_point_escaped(struct mr_buffer *out, uint32_t point)
{
	mr_buffer_printf(out, point < 0x80 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\U%08x", point);
}

/* The signs that the program itself uses, and what stands for them where only ASCII may go out. */
static const struct {
	const char *sign, *ascii;
} signs[] = {
	{"├", "|"},  {"└", "`"},   {"│", "|"},  {"─", "-"},  {"█", "#"},  {"▉", "#"},  {"▊", "#"},
	{"▋", "#"},  {"▌", "#"},   {"▐", "#"},  {"▍", "-"},  {"▎", "-"},  {"▏", "-"},  {"▕", "-"},
	{"░", "."},  {"Σ", "sum"}, {"→", "->"}, {"…", ".."}, {"✓", "ok"}, {"≈", "~="}, {"✗", "FAIL"},
	{"–", "-"},  {"·", "."},   {"Δ", "d"},  {"±", "+-"}, {"×", "x"},  {"≥", ">="}, {"≤", "<="},
	{"−", "-"},  {"≠", "!="},  {"∈", "in"}, {"µ", "u"},  {"“", "\""}, {"”", "\""}, {"’", "'"},
	{"—", "--"}, {"²", "^2"},
};

static const char *sign_in_ascii(const char *bytes, size_t length_bytes)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strlen(signs[i].sign) == length_bytes && !memcmp(signs[i].sign, bytes, length_bytes))
			return signs[i].ascii;
	return NULL;
}

static void escape(struct mr_buffer *out, const char *bytes, size_t length_bytes, enum mr_charset charset,
		   bool own_words)
{
	for (size_t at = 0, length; at < length_bytes; at += length) {
		uint32_t point;

		length = decode(bytes + at, length_bytes - at, &point);
		const char *ascii = length > 1 && own_words && charset == MR_CHARSET_ASCII
					    ? sign_in_ascii(bytes + at, length)
					    : NULL;
		if (!length) {
			mr_buffer_printf(out, "\\x%02x", (unsigned char)bytes[at]);
			length = 1;
		} else if (point == '\\')
			mr_buffer_append(out, "\\\\", 2);
		else if (ascii)
			mr_buffer_append_text(out, ascii);
		else if (!is_printable(point) || (point > 0x7e && charset == MR_CHARSET_ASCII))
			append_point_escaped(out, point);
		else
			mr_buffer_append(out, bytes + at, length);
	}
}

void mr_escape_text(struct mr_buffer *out, const char *bytes, size_t length_bytes, enum mr_charset charset)
{
	escape(out, bytes, length_bytes, charset, false);
}

void mr_escape_label(struct mr_buffer *out, const char *bytes, size_t length_bytes, enum mr_charset charset)
{
	escape(out, bytes, length_bytes, charset, true);
}

void mr_escape_markdown(struct mr_buffer *out, const char *bytes, size_t length_bytes)
{
	for (size_t i = 0; i < length_bytes; i++) {
		if (bytes[i] && strchr("\\`*_{}[]<>#|~&$@", bytes[i]))
			mr_buffer_append(out, "\\", 1);
		mr_buffer_append(out, bytes + i, 1);
	}
}

static void append_json_point(struct mr_buffer *out, uint32_t point, const char *bytes, size_t length)
{
	if (point == '"' || point == '\\')
		mr_buffer_printf(out, "\\%c", (char)point);
	else if (point == '\n' || point == '\t')
		mr_buffer_append_text(out, point == '\n' ? "\\n" : "\\t");
	else if (!is_control(point))
		mr_buffer_append(out, bytes, length);
	else if (point < 0x10000)
		mr_buffer_printf(out, "\\u%04x", point);
	else
		mr_buffer_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (point >> 10), 0xdc00 + (point & 0x3ff));
}

void mr_escape_json(struct mr_buffer *out, const char *bytes, size_t length_bytes)
{
	struct mr_buffer escaped = {0};

	if (!mr_is_utf8(bytes, length_bytes)) {
		mr_escape_text(&escaped, bytes, length_bytes, MR_CHARSET_UTF8);
		out->failed |= escaped.failed;
		bytes = escaped.data ? escaped.data : "";
		length_bytes = escaped.length_bytes;
	}
	mr_buffer_append(out, "\"", 1);
	for (size_t at = 0, length; at < length_bytes; at += length) {
		uint32_t point = 0;

		length = decode(bytes + at, length_bytes - at, &point);
		if (!length)
			break;
		append_json_point(out, point, bytes + at, length);
	}
	mr_buffer_append(out, "\"", 1);
	mr_buffer_deinit(&escaped);
}

void mr_escape_hex(struct mr_buffer *out, const char *bytes, size_t length_bytes)
{
	mr_buffer_append(out, "\"", 1);
	for (size_t i = 0; i < length_bytes; i++)
		mr_buffer_printf(out, "%02x", (unsigned char)bytes[i]);
	mr_buffer_append(out, "\"", 1);
}

static bool needs_quotes(const char *bytes, size_t length_bytes, char delimiter)
{
	if (!length_bytes || bytes[0] == ' ' || bytes[0] == '\t' || bytes[length_bytes - 1] == ' ' ||
	    bytes[length_bytes - 1] == '\t')
		return true;
	for (size_t i = 0; i < length_bytes; i++)
		if (bytes[i] == delimiter || bytes[i] == '"' || bytes[i] == '\n' || bytes[i] == '\r')
			return true;
	return false;
}

void mr_escape_csv(struct mr_buffer *out, const char *bytes, size_t length_bytes, char delimiter, bool raw)
{
	struct mr_buffer guarded = {0};

	if (!raw && length_bytes && bytes[0] && strchr("=+-@\t\r\n", bytes[0])) {
		mr_buffer_append(&guarded, "'", 1);
		mr_buffer_append(&guarded, bytes, length_bytes);
		out->failed |= guarded.failed;
		bytes = guarded.data ? guarded.data : "";
		length_bytes = guarded.length_bytes;
	}
	if (!needs_quotes(bytes, length_bytes, delimiter))
		mr_buffer_append(out, bytes, length_bytes);
	else if (length_bytes < SIZE_MAX / 4 && mr_buffer_reserve(out, 2 * length_bytes + 2)) {
		out->length_bytes +=
			csv_write(out->data + out->length_bytes, 2 * length_bytes + 2, bytes, length_bytes);
		out->data[out->length_bytes] = '\0';
	}
	mr_buffer_deinit(&guarded);
}

bool mr_is_utf8(const char *bytes, size_t length_bytes)
{
	for (size_t at = 0, length; at < length_bytes; at += length) {
		uint32_t point;

		length = decode(bytes + at, length_bytes - at, &point);
		if (!length)
			return false;
	}
	return true;
}

/* Escaped text holds no invalid bytes and nothing without a width; one cell for a byte that is neither. */
static size_t next_character(const char *text, size_t length_bytes, size_t *ret_cells)
{
	uint32_t point;
	size_t length = decode(text, length_bytes, &point);
	int cells = length > 1 ? wcwidth((wchar_t)point) : 1;

	*ret_cells = cells < 0 ? 1 : (size_t)cells;
	return length ? length : 1;
}

size_t mr_text_width_cells(const char *text, size_t length_bytes)
{
	size_t width = 0, cells;

	for (size_t at = 0; at < length_bytes; width += cells)
		at += next_character(text + at, length_bytes - at, &cells);
	return width;
}

void mr_text_shorten(struct mr_buffer *out, const char *text, size_t length_bytes, size_t width_cells,
		     bool keep_end, enum mr_charset charset)
{
	const char *mark = charset == MR_CHARSET_ASCII ? ".." : "…";
	size_t mark_cells = charset == MR_CHARSET_ASCII ? 2 : 1,
	       full = mr_text_width_cells(text, length_bytes);

	if (full <= width_cells) {
		mr_buffer_append(out, text, length_bytes);
		return;
	}
	if (width_cells < mark_cells)
		return;
	size_t keep = width_cells - mark_cells, head = keep_end ? (keep + 1) / 2 : keep;
	size_t at = 0, cells, column = 0;
	while (at < length_bytes) {
		size_t length = next_character(text + at, length_bytes - at, &cells);
		if (column + cells > head)
			break;
		column += cells;
		at += length;
	}
	mr_buffer_append(out, text, at);
	mr_buffer_append_text(out, mark);
	size_t skip = keep_end ? full - (keep - column) : full;
	while (at < length_bytes && column < skip) {
		at += next_character(text + at, length_bytes - at, &cells);
		column += cells;
	}
	mr_buffer_append(out, text + at, length_bytes - at);
}

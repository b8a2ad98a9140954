/* The only way for a name to go out.  A process may call itself anything: a terminal sequence, a formula,
 * markup, half a character.  The database keeps the bytes; each exit has its rule here.
 */
#ifndef MR_RENDER_ESCAPE_H
#define MR_RENDER_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/base/buffer.h"

enum mr_charset {
	MR_CHARSET_UTF8,
	MR_CHARSET_ASCII, /**< --ascii, or a locale that is not UTF-8 */
};

/**
 * Terminal, text, Markdown: C0, DEL, C1, bidi and zero-width controls, what has no width, invalid UTF-8 and
 * the backslash become \x1b, \u202e, \xff, \\.  In ASCII every other character above 0x7e becomes \u00e9 or
 * \U0001f600.
 */
void mr_escape_text(struct mr_buffer *out, const char *bytes, size_t length_bytes, enum mr_charset charset);

/** The same for the program's own words: in ASCII its signs become what stands for them (Σ sum, → ->, · .).
 */
void mr_escape_label(struct mr_buffer *out, const char *bytes, size_t length_bytes, enum mr_charset charset);

/** Text that is escaped already, as Markdown prose: what means something there gets a backslash, also
 * where only some readers act on it (#12, @name, $). */
void mr_escape_markdown(struct mr_buffer *out, const char *bytes, size_t length_bytes);

/** A JSON string with its quotes.  Bytes that are not valid UTF-8 are escaped as for text (and then belong
 * beside it in hex); everything else comes back the same from a JSON reader. */
void mr_escape_json(struct mr_buffer *out, const char *bytes, size_t length_bytes);

/** A JSON string of hex digits. */
void mr_escape_hex(struct mr_buffer *out, const char *bytes, size_t length_bytes);

/**
 * One cell of CSV or TSV: RFC 4180; a text that begins with = + - @ TAB CR LF gets a leading ' (a spreadsheet
 * would compute it).
 *
 * @raw  leave the ' out
 */
void mr_escape_csv(struct mr_buffer *out, const char *bytes, size_t length_bytes, char delimiter, bool raw);

/** @return whether all the bytes are valid UTF-8 */
bool mr_is_utf8(const char *bytes, size_t length_bytes);

/** Cells that escaped text takes on a terminal. */
size_t mr_text_width_cells(const char *text, size_t length_bytes);

/**
 * Append escaped text in at most @width_cells.
 *
 * @keep_end  shorten in the middle: "postgresql@15-main.se… · shmem"; otherwise at the end
 */
void mr_text_shorten(struct mr_buffer *out, const char *text, size_t length_bytes, size_t width_cells,
		     bool keep_end, enum mr_charset charset);

#endif

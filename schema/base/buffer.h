/* A growing run of bytes.  Errors stick: after a failed allocation every call does nothing and failed stays set,
 * so a caller may append forty times and look once. */
#ifndef MR_BASE_BUFFER_H
#define MR_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/** All zero is an empty buffer.  data, when not NULL, always has a NUL behind its length bytes. */
struct mr_buffer {
	char *data;
	size_t length_bytes;
	size_t capacity_bytes;
	bool failed;
};

/** Free the bytes and make the buffer empty again; an empty buffer is fine. */
void mr_buffer_deinit(struct mr_buffer *buffer);

/** Forget the bytes and keep the room. */
void mr_buffer_clear(struct mr_buffer *buffer);

/** Make room for so many bytes more (and the NUL).  @return whether there is room */
bool mr_buffer_reserve(struct mr_buffer *buffer, size_t more_bytes);

void mr_buffer_append(struct mr_buffer *buffer, const void *bytes, size_t length_bytes);
void mr_buffer_append_text(struct mr_buffer *buffer, const char *text);
/** Append bytes so that nothing but printable ASCII is in the text: others become \\xff, the backslash \\\\. */
void mr_buffer_append_escaped(struct mr_buffer *buffer, const char *bytes, size_t length_bytes);
void mr_buffer_printf(struct mr_buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Append one field of a CSV record as RFC 4180 has it, with a comma before it unless the record is new.
 * NULL is written as nothing, the empty text as "" (design: an empty unquoted field is NULL). */
void mr_buffer_append_csv(struct mr_buffer *buffer, const char *text, size_t length_bytes);

/** Take the bytes out; the caller frees them.  @return NULL when an append failed */
char *mr_buffer_detach(struct mr_buffer *buffer);

#endif

#include "schema/base/buffer.h"

#include <csv.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mr_buffer_deinit(struct mr_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct mr_buffer){0};
}

void mr_buffer_clear(struct mr_buffer *buffer)
{
	buffer->length_bytes = 0;
	if (buffer->data)
		buffer->data[0] = '\0';
}

bool mr_buffer_reserve(struct mr_buffer *buffer, size_t more_bytes)
{
	if (buffer->failed)
		return false;
	if (more_bytes >= SIZE_MAX / 4 - buffer->length_bytes) {
		buffer->failed = true;
		return false;
	}
	size_t needed = buffer->length_bytes + more_bytes + 1;
	if (needed <= buffer->capacity_bytes)
		return true;
	size_t capacity = needed < 256 ? 256 : needed + needed / 2;
	char *data = realloc(buffer->data, capacity);
	if (!data) {
		buffer->failed = true;
		return false;
	}
	data[buffer->length_bytes] = '\0';
	buffer->data = data;
	buffer->capacity_bytes = capacity;
	return true;
}

void mr_buffer_append(struct mr_buffer *buffer, const void *bytes, size_t length_bytes)
{
	if (!mr_buffer_reserve(buffer, length_bytes))
		return;
	if (length_bytes)
		memcpy(buffer->data + buffer->length_bytes, bytes, length_bytes);
	buffer->length_bytes += length_bytes;
	buffer->data[buffer->length_bytes] = '\0';
}

void mr_buffer_append_text(struct mr_buffer *buffer, const char *text)
{
	mr_buffer_append(buffer, text, strlen(text));
}

void mr_buffer_append_escaped(struct mr_buffer *buffer, const char *bytes, size_t length_bytes)
{
	for (size_t i = 0; i < length_bytes; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c == '\\')
			mr_buffer_append_text(buffer, "\\\\");
		else if (c < 0x20 || c >= 0x7f)
			mr_buffer_printf(buffer, "\\x%02x", c);
		else
			mr_buffer_append(buffer, bytes + i, 1);
	}
}

void mr_buffer_printf(struct mr_buffer *buffer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0) {
		buffer->failed = true;
		return;
	}
	if (!mr_buffer_reserve(buffer, (size_t)length))
		return;
	va_start(arguments, format);
	vsnprintf(buffer->data + buffer->length_bytes, (size_t)length + 1, format, arguments);
	va_end(arguments);
	buffer->length_bytes += (size_t)length;
}

void mr_buffer_append_csv(struct mr_buffer *buffer, const char *text, size_t length_bytes)
{
	if (buffer->length_bytes && buffer->data[buffer->length_bytes - 1] != '\n')
		mr_buffer_append(buffer, ",", 1);
	if (!text)
		return;
	/* every byte may have to be doubled, and two quotes */
	if (!mr_buffer_reserve(buffer, 2 * length_bytes + 2))
		return;
	bool plain = length_bytes > 0 && !memchr(text, '"', length_bytes) &&
		     !memchr(text, ',', length_bytes) && !memchr(text, '\n', length_bytes) &&
		     !memchr(text, '\r', length_bytes) && text[0] != ' ' && text[length_bytes - 1] != ' ' &&
		     text[0] != '\t' && text[length_bytes - 1] != '\t';
	if (plain)
		mr_buffer_append(buffer, text, length_bytes);
	else {
		buffer->length_bytes += csv_write(buffer->data + buffer->length_bytes, 2 * length_bytes + 2,
						  text, length_bytes);
		buffer->data[buffer->length_bytes] = '\0';
	}
}

char *mr_buffer_detach(struct mr_buffer *buffer)
{
	if (buffer->failed || !mr_buffer_reserve(buffer, 0)) {
		mr_buffer_deinit(buffer);
		return NULL;
	}
	char *data = buffer->data;
	*buffer = (struct mr_buffer){0};
	return data;
}

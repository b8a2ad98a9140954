#include "schema/base/error.h"

#include <stdarg.h>
#include <stdio.h>

int mr_error_set(struct mr_error *error, int number, const char *format, ...)
{
	if (error && !error->number) {
		va_list arguments;

		error->number = number;
		va_start(arguments, format);
		vsnprintf(error->message, sizeof(error->message), format, arguments);
		va_end(arguments);
	}
	return number;
}

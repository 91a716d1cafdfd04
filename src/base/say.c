/* The only writer to stderr. */
#include "base/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * A message holds names that the kernel or a user chose: whatever is not printable becomes a
 * question mark.
 */
static void write_line(const char *format, va_list args)
{
	char line[2048];
	int n = vsnprintf(line, sizeof(line), format, args);

	for (char *c = line; n > 0 && *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	fprintf(stderr, "faultline: %s\n", n < 0 ? "message could not be formatted" : line);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(format, args);
	va_end(args);
}

void say_and_abort(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(format, args);
	va_end(args);
	exit(3);
}

/* The only writer to stderr: one line, what went wrong, where, and what to do. */
#pragma once

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void say_and_abort(const char *format, ...) __attribute__((format(printf, 1, 2)));

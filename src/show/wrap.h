/* Text folded at 80 columns. */
#pragma once

#include <stdio.h>

#include "base/str.h"

enum { COLUMNS = 80 };

/* A blank at which no line ends, where it can be helped. */
#define GLUE "\x1f"

/*
 * Words of `text` after `label`, which starts at column `indent`; further lines start under the
 * text. A word that is wider than a line goes on in the next one.
 */
void wrap(FILE *out, unsigned indent, const char *label, const char *text);

/*
 * The same with `first` before the first line and `rest` before the others; several blanks between
 * two words stay where they are on one line.
 */
void fold(FILE *out, const char *first, const char *rest, const char *text);

/*
 * A command that fits no line: a backslash ends each line but the last, so that all of them can
 * be pasted into a shell together. What stands in single quotes is not taken apart at its blanks.
 */
void fold_command(FILE *out, const char *first, const char *rest, const char *command);

/* Several prints made into one text, so that it can be folded. */
struct text {
	char *bytes;
	size_t size;
	FILE *file;
};
FILE *text_open(struct text *t);
/* Print it folded, and give it back. */
void text_wrap(struct text *t, FILE *out, unsigned indent, const char *label);
void text_fold(struct text *t, FILE *out, const char *first, const char *rest);
void text_fold_command(struct text *t, FILE *out, const char *first, const char *rest);

/* Printable ASCII only: every other byte as \xNN. A name also keeps its blanks. */
void print_ascii(FILE *out, str text);
void print_ascii_name(FILE *out, str name);

/* Text folded at 80 columns. */
#pragma once

#include <stdio.h>

enum { COLUMNS = 80 };

/*
 * Words of `text` after `label`, which starts at column `indent`; further lines start under the
 * text.
 */
void wrap(FILE *out, unsigned indent, const char *label, const char *text);

/* The parts of explain's text that fill a file of their own. */
#pragma once

#include <stdio.h>

#include "model/report.h"

/* How much of what a rule ties to the chain, and of the rest, fits about a screen. */
enum { NEAR_SHOWN = 12, GROUPS_SHOWN = 14 };

/* As strcmp; nothing is an empty text. */
static inline int text_order(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* What follows from what, as a tree under its roots. Nothing where there is no link. */
void print_chain(FILE *out, const struct report *r);

/*
 * What was ruled out and what could not be read: what a rule ties to the chain line by line, the
 * rest in groups, both about as long as a screen.
 */
void print_ruled_out(FILE *out, const struct report *r);
void print_unchecked(FILE *out, const struct report *r);

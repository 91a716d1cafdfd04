/* The parts of explain's text that fill a file of their own. */
#pragma once

#include <stdio.h>

#include "model/report.h"

/* What follows from what, as a tree under its roots. Nothing where there is no link. */
void print_chain(FILE *out, const struct report *r);

/*
 * What was ruled out and what could not be read: what a rule ties to the chain line by line, the
 * rest in groups, both about as long as a screen.
 */
void print_ruled_out(FILE *out, const struct report *r);
void print_unchecked(FILE *out, const struct report *r);

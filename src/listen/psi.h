/* Pressure triggers: what is pure of them. */
#pragma once

#include "base/str.h"

/*
 * The total of one line of a pressure file, in microseconds: line "some" of
 * "some avg10=0.00 avg60=0.00 avg300=0.00 total=610350". 0; -ENOENT: there is no such line;
 * -EBADMSG: it has no total that is a number, or was cut.
 */
int psi_total(str text, const char *line, uint64_t *ret_us);

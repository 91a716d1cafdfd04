/* Moments, places and values of a report in words: what its text and its JSON share. */
#pragma once

#include <stdio.h>

#include "base/clock.h"
#include "model/report.h"

enum { MOMENT_TEXT = 2 * CLOCK_TEXT + 16 };

/* RFC 3339, or "mono:123.456", or "-" where the log has no times; returns `out`. */
const char *time_format(const struct report *r, int64_t ns, char out[static CLOCK_TEXT]);

/* "12:04:07.200..08.200", "from the start"; with a date where it is not the window's first. */
const char *moment_format(const struct report *r, struct moment m, char out[static MOMENT_TEXT]);

static inline bool moment_has_end(int64_t ns)
{
	return ns != INT64_MIN && ns != INT64_MAX;
}

const char *report_summary(const struct report *r); /* never NULL */
str report_entity(const struct report *r, uint32_t who);
const char *node_signal(const struct node *n);
const char *node_sub(const struct node *n, char out[static SUB_TEXT]); /* "-": none */
const char *node_title(const struct node *n);                          /* or NULL */
const char *node_text(const struct node *n); /* the line of the log of an event, or NULL */

/* "pcie.aer.nonfatal pci:0000:01:00.0 bit=CmpltTO", in ASCII. */
void print_node_place(FILE *out, const struct report *r, const struct node *n);

/* "0/s -> 41/s (47 in all)" after `before`; nothing where nothing is known. */
void print_node_change(FILE *out, const char *before, const struct node *n);

/* What the kernel wrote: the first line of it, in quotes, after `before`. */
void print_node_text(FILE *out, const char *before, const struct node *n);

/* Sets of CPUs, as the kernel writes them: lists "0-3,8" and masks "ff,00000003". */
#pragma once

#include <stdio.h>

#include "base/str.h"

enum { CPUS_MOST = 8192 }; /* NR_CPUS_RANGE_END of x86 */

struct cpus {
	uint64_t bits[CPUS_MOST / 64];
};

/* 0, -EBADMSG, or -ERANGE for a CPU over the limit; the set is untouched on failure. "" is no CPU. */
int cpus_list(str list, struct cpus *ret);
int cpus_mask(str mask, struct cpus *ret);

void cpus_add(struct cpus *c, unsigned cpu); /* one over the limit is left out */
void cpus_join(struct cpus *c, const struct cpus *other);
void cpus_take_out(struct cpus *c, const struct cpus *other);
bool cpus_has(const struct cpus *c, unsigned cpu);
unsigned cpus_count(const struct cpus *c);
bool cpus_meet(const struct cpus *a, const struct cpus *b);   /* some CPU is in both */
bool cpus_within(const struct cpus *a, const struct cpus *b); /* all of a are in b */

void cpus_print(FILE *out, const struct cpus *c); /* as a list */
/* The same into `out`, cut behind a whole range where it is too small; what was written. */
str cpus_text(const struct cpus *c, char *out, size_t size);

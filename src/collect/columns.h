/* Tables with a column for each CPU: /proc/interrupts, /proc/softirqs. */
#pragma once

#include "collect/collector.h"

enum { COLUMNS_MOST_CPUS = 8192 }; /* NR_CPUS_RANGE_END of x86 */

/* The header, "CPU0 CPU2": not every CPU has a column. */
struct cpu_columns {
	unsigned n, cells; /* cells: one more than the highest CPU */
	uint16_t cpu[COLUMNS_MOST_CPUS];
};
int cpu_columns_parse(str header, struct cpu_columns *ret); /* 0 or -EBADMSG, n is 0 then */

/*
 * One number for each column into `b`; *rest is what follows. -EBADMSG when numbers are damaged
 * (each costs its own cell) or missing (nothing follows then). `b` may be NULL.
 */
int cpu_columns_emit(
	struct emit *out, struct block *b, const struct cpu_columns *columns, str *rest);

/*
 * The whole table: its header, then each line through parse_line. 0, or -EBADMSG when any was
 * damaged.
 */
int cpu_table_parse(struct emit *out, str from,
	int (*parse_line)(struct emit *, const struct cpu_columns *, str line));

/* Clocks, and times as people write them. All times are int64_t nanoseconds. */
#pragma once

#include <stdint.h>

#include "base/str.h"

#define SECOND_NS INT64_C(1000000000)
#define MS_NS INT64_C(1000000)

int64_t clock_wall_ns(void);
int64_t clock_mono_ns(void);
int64_t clock_boot_ns(void);             /* CLOCK_BOOTTIME: counts suspend */
int64_t clock_cpu_ns(void);              /* CPU time of this process */
void clock_sleep_until(int64_t mono_ns); /* sleeps on through signals */

enum { CLOCK_TEXT = 40 };
/* RFC 3339 with milliseconds and zone; returns `out`. */
const char *clock_format(int64_t wall_ns, char out[static CLOCK_TEXT]);

/* "100ms 2s 10m 6h 3d"; 0, -EBADMSG or -ERANGE. */
int clock_duration(str s, int64_t *ret_ns);

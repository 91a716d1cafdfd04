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

/* Of which clock a time is that somebody wrote. */
enum clock_kind {
	WALL_CLOCK, /* since 1970 */
	MONO_CLOCK, /* since boot, without suspend */
};

/*
 * A time in any of the forms that are accepted everywhere: RFC 3339, "2025-11-21 18:40:00.25" and
 * "18:40:00" (today) in the zone of this process, "-10m" (before `now_wall_ns`), "@1763750400.25",
 * "mono:123.456". 0, -EBADMSG (none of these, or no such date) or -ERANGE.
 */
int clock_parse(str s, int64_t now_wall_ns, enum clock_kind *ret_kind, int64_t *ret_ns);

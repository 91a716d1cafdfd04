/* Clocks, and times as people write them. */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t which)
{
	struct timespec t = { 0, 0 };

	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

int64_t clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_mono_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_boot_ns(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

int64_t clock_cpu_ns(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void clock_sleep_until(int64_t mono_ns)
{
	struct timespec t = { mono_ns / SECOND_NS, mono_ns % SECOND_NS };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

const char *clock_format(int64_t wall_ns, char out[static CLOCK_TEXT])
{
	int64_t ms = wall_ns / MS_NS - (wall_ns % MS_NS < 0);
	time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
	char date[24] = "", zone[8] = "";
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		return strcpy(out, "-");
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	if (tm.tm_gmtoff == 0)
		snprintf(out, CLOCK_TEXT, "%s.%03dZ", date, (int)(ms - (int64_t)seconds * 1000));
	else
		snprintf(out, CLOCK_TEXT, "%s.%03d%.3s:%s", date,
			(int)(ms - (int64_t)seconds * 1000), zone, zone + 3);
	return out;
}

int clock_duration(str s, int64_t *ret_ns)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = {
		{ "ms", MS_NS },
		{ "s", SECOND_NS },
		{ "m", 60 * SECOND_NS },
		{ "h", 3600 * SECOND_NS },
		{ "d", 86400 * SECOND_NS },
	};
	size_t digits = 0;
	uint64_t count;
	int r;

	while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
		digits++;
	r = str_u64((str){ s.p, digits }, &count);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (str_is(str_from(s, digits), units[i].name)) {
			int64_t ns;

			if (__builtin_mul_overflow(count, units[i].ns, &ns))
				return -ERANGE;
			*ret_ns = ns;
			return 0;
		}
	return -EBADMSG;
}

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

/* ---- times that people write ---- */

/* Exactly n digits off the front. */
static bool take_digits(str *rest, size_t n, int *ret)
{
	uint64_t value;

	if (rest->n < n || str_u64((str){ rest->p, n }, &value) < 0)
		return false;
	*ret = (int)value;
	*rest = str_from(*rest, n);
	return true;
}

static bool take_char(str *rest, const char *any_of)
{
	if (rest->n == 0 || rest->p[0] == '\0' || !strchr(any_of, rest->p[0]))
		return false;
	*rest = str_from(*rest, 1);
	return true;
}

static int days_of_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool take_date(str *rest, struct tm *tm)
{
	int year, month, day;

	if (!take_digits(rest, 4, &year) || !take_char(rest, "-") ||
		!take_digits(rest, 2, &month) || !take_char(rest, "-") ||
		!take_digits(rest, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	tm->tm_mday = day;
	return true;
}

/* HH:MM:SS[.frac]; a leap second, 60, is the next one. */
static bool take_time_of_day(str *rest, struct tm *tm, int64_t *ret_frac_ns)
{
	size_t n = 0;

	if (!take_digits(rest, 2, &tm->tm_hour) || !take_char(rest, ":") ||
		!take_digits(rest, 2, &tm->tm_min) || !take_char(rest, ":") ||
		!take_digits(rest, 2, &tm->tm_sec) || tm->tm_hour > 23 || tm->tm_min > 59 ||
		tm->tm_sec > 60)
		return false;
	*ret_frac_ns = 0;
	if (!take_char(rest, "."))
		return true;
	for (int64_t unit = SECOND_NS / 10; n < rest->n && rest->p[n] >= '0' && rest->p[n] <= '9';
		n++, unit /= 10)
		*ret_frac_ns += unit * (rest->p[n] - '0');
	*rest = str_from(*rest, n);
	return n > 0;
}

/* "Z", "+01:00", or nothing: the zone of this process. */
static int take_zone(str *rest, bool *ret_local, int *ret_seconds)
{
	bool minus = str_starts(*rest, STR("-"));
	int hours, minutes;

	*ret_local = rest->n == 0;
	*ret_seconds = 0;
	if (*ret_local || take_char(rest, "Zz"))
		return 0;
	if (!take_char(rest, "+-") || !take_digits(rest, 2, &hours) || !take_char(rest, ":") ||
		!take_digits(rest, 2, &minutes) || hours > 23 || minutes > 59)
		return -EBADMSG;
	*ret_seconds = (hours * 60 + minutes) * (minus ? -60 : 60);
	return 0;
}

static int wall_of(struct tm *tm, int64_t frac_ns, bool local, int zone_s, int64_t *ret_ns)
{
	int64_t seconds, ns;

	tm->tm_isdst = -1;
	seconds = local ? mktime(tm) : timegm(tm) - zone_s;
	if (__builtin_mul_overflow(seconds, SECOND_NS, &ns) ||
		__builtin_add_overflow(ns, frac_ns, &ns))
		return -ERANGE;
	*ret_ns = ns;
	return 0;
}

static int parse_date(str s, int64_t *ret_ns)
{
	struct tm tm = { 0 };
	int64_t frac_ns;
	int zone_s;
	bool local;

	if (!take_date(&s, &tm) || !take_char(&s, "Tt ") || !take_time_of_day(&s, &tm, &frac_ns) ||
		take_zone(&s, &local, &zone_s) < 0 || s.n)
		return -EBADMSG;
	return wall_of(&tm, frac_ns, local, zone_s, ret_ns);
}

static int parse_today(str s, int64_t now_ns, int64_t *ret_ns)
{
	time_t now = (time_t)(now_ns / SECOND_NS - (now_ns % SECOND_NS < 0));
	struct tm tm;
	int64_t frac_ns;

	if (!localtime_r(&now, &tm))
		return -ERANGE;
	if (!take_time_of_day(&s, &tm, &frac_ns) || s.n)
		return -EBADMSG;
	return wall_of(&tm, frac_ns, true, 0, ret_ns);
}

static int parse_ago(str s, int64_t now_ns, int64_t *ret_ns)
{
	int64_t ago, ns;
	int r = clock_duration(s, &ago);

	if (r < 0)
		return r;
	if (__builtin_sub_overflow(now_ns, ago, &ns))
		return -ERANGE;
	*ret_ns = ns;
	return 0;
}

int clock_parse(str s, int64_t now_wall_ns, enum clock_kind *ret_kind, int64_t *ret_ns)
{
	const str mono = STR("mono:");
	enum clock_kind kind = WALL_CLOCK;
	int r;

	if (str_starts(s, mono)) {
		kind = MONO_CLOCK;
		s = str_from(s, mono.n);
		/* nothing was before boot */
		r = str_starts(s, STR("-")) ? -EBADMSG : str_fixed(s, 9, ret_ns);
	} else if (str_starts(s, STR("@")))
		r = str_fixed(str_from(s, 1), 9, ret_ns);
	else if (str_starts(s, STR("-")))
		r = parse_ago(str_from(s, 1), now_wall_ns, ret_ns);
	else if (s.n > 2 && s.p[2] == ':')
		r = parse_today(s, now_wall_ns, ret_ns);
	else
		r = parse_date(s, ret_ns);
	if (r == 0)
		*ret_kind = kind;
	return r;
}

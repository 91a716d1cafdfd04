/* Times as logs write them. */
#include "log/stamp.h"

#include "base/clock.h"

static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
	"Oct", "Nov", "Dec" };
static const char days[][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

enum { DAY_S = 86400, YEARS_BACK = 8, FRACTION = 9 };

static bool take_char(str *text, char c)
{
	if (text->n == 0 || text->p[0] != c)
		return false;
	*text = str_from(*text, 1);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number of min to max digits. */
static bool take_number(str *text, size_t min, size_t max, int *ret)
{
	int value = 0;
	size_t n = 0;

	for (; n < max && n < text->n && is_digit(text->p[n]); n++)
		value = value * 10 + (text->p[n] - '0');
	if (n < min)
		return false;
	*text = str_from(*text, n);
	*ret = value;
	return true;
}

static bool take_name(str *text, const char (*names)[4], int n, int *ret)
{
	for (int i = 0; i < n; i++)
		if (str_starts(*text, (str){ names[i], 3 })) {
			*text = str_from(*text, 3);
			*ret = i;
			return true;
		}
	return false;
}

static bool take_month(str *text, int *ret)
{
	return take_name(text, months, 12, ret);
}

/* ".123456", or nothing: then 0. */
static int64_t take_fraction(str *text)
{
	int64_t ns = 0, unit = SECOND_NS / 10;
	size_t n = 1;

	if (text->n < 2 || (text->p[0] != '.' && text->p[0] != ',') || !is_digit(text->p[1]))
		return 0;
	for (; n < text->n && is_digit(text->p[n]); n++, unit /= 10)
		ns += (text->p[n] - '0') * unit;
	*text = str_from(*text, n);
	return ns;
}

static bool take_time(str *text, struct tm *ret, int64_t *ret_fraction)
{
	if (!take_number(text, 2, 2, &ret->tm_hour) || !take_char(text, ':') ||
		!take_number(text, 2, 2, &ret->tm_min) || !take_char(text, ':') ||
		!take_number(text, 2, 2, &ret->tm_sec))
		return false;
	*ret_fraction = take_fraction(text);
	return ret->tm_hour < 24 && ret->tm_min < 60 && ret->tm_sec < 61;
}

static bool take_date(str *text, struct tm *ret)
{
	int year;

	if (!take_number(text, 4, 4, &year) || !take_char(text, '-') ||
		!take_number(text, 2, 2, &ret->tm_mon) || !take_char(text, '-') ||
		!take_number(text, 2, 2, &ret->tm_mday))
		return false;
	ret->tm_year = year - 1900;
	ret->tm_mon--;
	return ret->tm_mon >= 0;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool is_date(const struct tm *t)
{
	static const int longest[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (t->tm_mon < 0 || t->tm_mon > 11 || t->tm_year < 70 || t->tm_year > 300)
		return false;
	return t->tm_mday >= 1 &&
	       t->tm_mday <= longest[t->tm_mon] + (t->tm_mon == 1 && is_leap(t->tm_year + 1900));
}

/* In a zone so many seconds east of Greenwich. */
static int64_t zoned_ns(const struct tm *t, int64_t east)
{
	struct tm copy = *t;

	return ((int64_t)timegm(&copy) - east) * SECOND_NS;
}

/* mktime() asks the file system for the zone every time: most lines share their minute. */
static int64_t local_ns(struct stamp_clock *c, const struct tm *t)
{
	struct tm minute = { .tm_year = t->tm_year,
		.tm_mon = t->tm_mon,
		.tm_mday = t->tm_mday,
		.tm_hour = t->tm_hour,
		.tm_min = t->tm_min,
		.tm_isdst = -1 };

	if (minute.tm_min != c->minute.tm_min || minute.tm_hour != c->minute.tm_hour ||
		minute.tm_mday != c->minute.tm_mday || minute.tm_mon != c->minute.tm_mon ||
		minute.tm_year != c->minute.tm_year) {
		c->minute = minute;
		c->minute_ns = (int64_t)mktime(&minute) * SECOND_NS;
	}
	return c->minute_ns + t->tm_sec * SECOND_NS;
}

/* The year of a stamp that has none. */
static bool find_year(struct stamp_clock *c, struct tm *t)
{
	time_t latest = (time_t)(c->now_ns / SECOND_NS) + DAY_S;
	struct tm now;

	if (!localtime_r(&latest, &now))
		return false;
	t->tm_year = now.tm_year;
	for (int back = 0; back < YEARS_BACK; back++, t->tm_year--)
		if (is_date(t) && local_ns(c, t) <= (int64_t)latest * SECOND_NS)
			return true;
	return false;
}

/* "Z", "+01:00", "+0100"; false when there is none. */
static bool take_zone(str *text, int64_t *ret_east)
{
	str rest = *text;
	bool west = rest.n && rest.p[0] == '-';
	int hours, minutes;

	if (take_char(text, 'Z')) {
		*ret_east = 0;
		return true;
	}
	if (!take_char(&rest, west ? '-' : '+') || !take_number(&rest, 2, 2, &hours))
		return false;
	take_char(&rest, ':');
	if (!take_number(&rest, 2, 2, &minutes))
		return false;
	*ret_east = (hours * 60 + minutes) * (west ? -60 : 60);
	*text = rest;
	return true;
}

bool stamp_iso(struct stamp_clock *c, str *text, int64_t *ret_ns)
{
	struct tm t = { 0 };
	str rest = *text;
	int64_t fraction, east;
	bool zoned;

	if (!take_date(&rest, &t) || !(take_char(&rest, 'T') || take_char(&rest, ' ')) ||
		!take_time(&rest, &t, &fraction) || !is_date(&t))
		return false;
	zoned = take_zone(&rest, &east);
	if (rest.n && !take_char(&rest, ' '))
		return false;
	*ret_ns = (zoned ? zoned_ns(&t, east) : local_ns(c, &t)) + fraction;
	*text = rest;
	return true;
}

bool stamp_syslog(struct stamp_clock *c, str *text, int64_t *ret_ns)
{
	struct tm t = { 0 };
	str rest = *text;
	int64_t fraction;

	if (!take_month(&rest, &t.tm_mon) || !take_char(&rest, ' '))
		return false;
	take_char(&rest, ' ');
	if (!take_number(&rest, 1, 2, &t.tm_mday) || !take_char(&rest, ' ') ||
		!take_time(&rest, &t, &fraction) || !take_char(&rest, ' ') || !find_year(c, &t))
		return false;
	*ret_ns = local_ns(c, &t) + fraction;
	*text = rest;
	return true;
}

bool stamp_full(struct stamp_clock *c, str *text, int64_t *ret_ns)
{
	struct tm t = { 0 };
	str rest = *text, zone;
	int64_t fraction;

	if (!take_name(&rest, days, 7, &t.tm_wday) || !take_char(&rest, ' ') ||
		!take_date(&rest, &t) || !take_char(&rest, ' ') ||
		!take_time(&rest, &t, &fraction) || !is_date(&t) || !take_char(&rest, ' ') ||
		!str_cut(rest, ' ', &zone, &rest))
		return false;
	*ret_ns = (str_is(zone, "UTC") ? zoned_ns(&t, 0) : local_ns(c, &t)) + fraction;
	*text = rest;
	return true;
}

bool stamp_ctime(struct stamp_clock *c, str *text, int64_t *ret_ns)
{
	struct tm t = { 0 };
	str rest = *text;
	int64_t fraction;
	int year;

	if (!take_name(&rest, days, 7, &t.tm_wday) || !take_char(&rest, ' ') ||
		!take_month(&rest, &t.tm_mon) || !take_char(&rest, ' '))
		return false;
	take_char(&rest, ' ');
	if (!take_number(&rest, 1, 2, &t.tm_mday) || !take_char(&rest, ' ') ||
		!take_time(&rest, &t, &fraction) || !take_char(&rest, ' ') ||
		!take_number(&rest, 4, 4, &year))
		return false;
	t.tm_year = year - 1900;
	if (!is_date(&t))
		return false;
	*ret_ns = local_ns(c, &t) + fraction;
	*text = rest;
	return true;
}

bool stamp_reltime(struct stamp_clock *c, str *text, int64_t *ret_ns)
{
	struct tm t = { 0 };
	str rest = *text;

	if (!take_month(&rest, &t.tm_mon))
		return false;
	take_char(&rest, ' ');
	if (!take_number(&rest, 1, 2, &t.tm_mday) || !take_char(&rest, ' ') ||
		!take_number(&rest, 2, 2, &t.tm_hour) || !take_char(&rest, ':') ||
		!take_number(&rest, 2, 2, &t.tm_min) || t.tm_hour > 23 || t.tm_min > 59 ||
		!find_year(c, &t))
		return false;
	*ret_ns = local_ns(c, &t);
	*text = rest;
	return true;
}

bool stamp_seconds(str *text, int64_t *ret_ns)
{
	str rest = *text;
	uint64_t seconds;
	size_t n = 0;

	while (take_char(&rest, ' '))
		;
	while (n < rest.n && is_digit(rest.p[n]))
		n++;
	if (n == rest.n || rest.p[n] != '.' || str_u64((str){ rest.p, n }, &seconds) < 0 ||
		seconds > INT64_MAX / SECOND_NS - 1)
		return false;
	rest = str_from(rest, n);
	*ret_ns = (int64_t)seconds * SECOND_NS + take_fraction(&rest);
	*text = rest;
	return true;
}

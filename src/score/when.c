/* Reading moments. */
#include "score/when.h"

#include <errno.h>

#include "base/clock.h"

/* Two digits, or four, at the front of *rest, and the letter that must follow. */
static bool digits(str *rest, size_t n, char then, int *ret)
{
	uint64_t value;

	if (rest->n < n || str_u64((str){ rest->p, n }, &value) < 0)
		return false;
	*rest = str_from(*rest, n);
	*ret = (int)value;
	if (then == '\0')
		return true;
	if (rest->n == 0 || rest->p[0] != then)
		return false;
	*rest = str_from(*rest, 1);
	return true;
}

/* Howard Hinnant's days_from_civil: days since 1970-01-01 of the proleptic Gregorian calendar. */
static int64_t days_since_1970(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int era = y / 400, of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool is_date(int year, int month, int day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return year >= 1970 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= lengths[month - 1] + (month == 2 && is_leap(year));
}

/* "Z" or "+01:00"; seconds east of Greenwich. */
static bool zone(str text, int64_t *ret_s)
{
	int hours, minutes;
	bool west = str_starts(text, STR("-"));

	*ret_s = 0;
	if (str_is(text, "Z"))
		return true;
	if (!west && !str_starts(text, STR("+")))
		return false;
	text = str_from(text, 1);
	if (!digits(&text, 2, ':', &hours) || !digits(&text, 2, '\0', &minutes) || text.n)
		return false;
	*ret_s = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
	return hours < 24 && minutes < 60;
}

/* ".25" at the front of *rest, in nanoseconds; nothing there is 0. */
static bool fraction(str *rest, int64_t *ret_ns)
{
	size_t n = 1;
	str text;

	*ret_ns = 0;
	if (!str_starts(*rest, STR(".")))
		return true;
	while (n < rest->n && rest->p[n] >= '0' && rest->p[n] <= '9')
		n++;
	text = (str){ rest->p + 1, n - 1 };
	*rest = str_from(*rest, n);
	for (size_t i = 0; i < 9; i++)
		*ret_ns = *ret_ns * 10 + (i < text.n ? text.p[i] - '0' : 0);
	return text.n > 0;
}

static int read_date(str text, int64_t *ret_ns)
{
	int year, month, day, hour, minute, second;
	int64_t ns, east;

	if (!digits(&text, 4, '-', &year) || !digits(&text, 2, '-', &month) ||
		!digits(&text, 2, 'T', &day) || !digits(&text, 2, ':', &hour) ||
		!digits(&text, 2, ':', &minute) || !digits(&text, 2, '\0', &second) ||
		!fraction(&text, &ns) || !zone(text, &east))
		return -EBADMSG;
	if (!is_date(year, month, day) || hour > 23 || minute > 59 || second > 60 || year > 2200)
		return -EBADMSG;
	*ret_ns = (days_since_1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second -
			  east) *
			  SECOND_NS +
		  ns;
	return 0;
}

int when_read(str text, enum stamp *ret_clock, int64_t *ret_ns)
{
	bool mono = str_starts(text, STR("mono:"));
	int r;

	if (!mono && !str_starts(text, STR("@")))
		r = read_date(text, ret_ns);
	else
		r = str_fixed(str_from(text, mono ? 5 : 1), 9, ret_ns) < 0 ? -EBADMSG : 0;
	if (r == 0)
		*ret_clock = mono ? MONO_STAMP : WALL_STAMP;
	return r;
}

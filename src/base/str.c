/* Views of text: cutting, comparing and the only number parsing in faultline. */
#include "base/str.h"

#include <errno.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
	return is_blank(c) || c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == '\0';
}

bool str_starts(str s, str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool str_ends(str s, str suffix)
{
	return s.n >= suffix.n &&
	       (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

bool str_has(str s, char c)
{
	return s.n > 0 && memchr(s.p, c, s.n) != NULL;
}

int str_order(str a, str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	if (order)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

str str_from(str s, size_t at)
{
	if (at > s.n)
		at = s.n;
	return (str){ s.p + at, s.n - at };
}

str str_trim(str s)
{
	while (s.n && is_space(s.p[0]))
		s = str_from(s, 1);
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_next_line(str *rest, str *ret_line)
{
	const char *end;
	size_t n;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, '\n', rest->n);
	n = end ? (size_t)(end - rest->p) : rest->n;
	*ret_line = (str){ rest->p, n };
	*rest = str_from(*rest, end ? n + 1 : n);
	return true;
}

bool str_next_word(str *rest, str *ret_word)
{
	size_t from = 0, to;

	while (from < rest->n && is_space(rest->p[from]))
		from++;
	if (from == rest->n)
		return false;
	for (to = from; to < rest->n && !is_space(rest->p[to]);)
		to++;
	*ret_word = (str){ rest->p + from, to - from };
	*rest = str_from(*rest, to);
	return true;
}

static bool cut_at(str s, const char *found, str *ret_before, str *ret_after)
{
	size_t at;

	if (!found)
		return false;
	at = (size_t)(found - s.p);
	if (ret_before)
		*ret_before = (str){ s.p, at };
	if (ret_after)
		*ret_after = str_from(s, at + 1);
	return true;
}

bool str_cut(str s, char at, str *ret_before, str *ret_after)
{
	return cut_at(s, s.n ? memchr(s.p, at, s.n) : NULL, ret_before, ret_after);
}

bool str_cut_last(str s, char at, str *ret_before, str *ret_after)
{
	return cut_at(s, s.n ? memrchr(s.p, at, s.n) : NULL, ret_before, ret_after);
}

str str_base(str path)
{
	str after;

	return str_cut_last(path, '/', NULL, &after) ? after : path;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

static int number(str s, unsigned base, uint64_t *ret)
{
	uint64_t value = 0;
	int r = 0;

	if (s.n == 0)
		return -EBADMSG;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)digit_of(s.p[i]);

		if (digit >= base)
			return -EBADMSG;
		if (__builtin_mul_overflow(value, base, &value) ||
			__builtin_add_overflow(value, digit, &value))
			r = -ERANGE; /* unless what follows is no digit: then it is no number at all */
	}
	if (r == 0)
		*ret = value;
	return r;
}

int str_u64(str s, uint64_t *ret)
{
	return number(s, 10, ret);
}

int str_hex(str s, uint64_t *ret)
{
	if (str_starts(s, STR("0x")) || str_starts(s, STR("0X")))
		s = str_from(s, 2);
	return number(s, 16, ret);
}

int str_i64(str s, int64_t *ret)
{
	bool minus = str_starts(s, STR("-"));
	uint64_t value;
	int r = number(minus ? str_from(s, 1) : s, 10, &value);

	if (r < 0)
		return r;
	if (value > (uint64_t)INT64_MAX + minus)
		return -ERANGE;
	*ret = minus ? (int64_t)(0 - value) : (int64_t)value;
	return 0;
}

int str_fixed(str s, unsigned decimals, int64_t *ret)
{
	str whole = s, part = { NULL, 0 };
	bool minus = str_starts(s, STR("-"));
	int64_t value, digit;
	int r;

	if (str_cut(s, '.', &whole, &part) && part.n == 0)
		return -EBADMSG;
	r = str_i64(whole, &value);
	for (size_t i = 0; r == 0 && i < part.n; i++)
		if (digit_of(part.p[i]) > 9)
			r = -EBADMSG;
	for (size_t i = 0; r == 0 && i < decimals; i++) {
		digit = i < part.n ? digit_of(part.p[i]) : 0;
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, minus ? -digit : digit, &value))
			r = -ERANGE;
	}
	if (r == 0)
		*ret = value;
	return r;
}

int str_next_u64(str *rest, uint64_t *ret)
{
	const char *p = rest->p, *end = rest->p + rest->n;
	uint64_t value = 0;
	const char *first;

	while (p < end && is_blank(*p))
		p++;
	for (first = p; p < end && *p >= '0' && *p <= '9'; p++) {
		/* 19 digits always fit: the checked form is for what is longer only */
		if (p - first < 19)
			value = value * 10 + (uint64_t)(*p - '0');
		else if (__builtin_mul_overflow(value, 10u, &value) ||
			 __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return -ERANGE;
	}
	if (p == first || (p < end && !is_space(*p)))
		return -EBADMSG;
	*rest = (str){ p, (size_t)(end - p) };
	*ret = value;
	return 0;
}

int str_numbered(str s, str prefix, uint64_t *ret)
{
	return str_starts(s, prefix) ? str_u64(str_from(s, prefix.n), ret) : -EBADMSG;
}

str str_of_u64(uint64_t value, char out[static STR_DIGITS])
{
	size_t at = STR_DIGITS;

	do
		out[--at] = (char)('0' + value % 10);
	while (value /= 10);
	return (str){ out + at, STR_DIGITS - at };
}

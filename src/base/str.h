/* A str is a view of bytes that somebody else owns: text is cut here, never copied. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
	const char *p;
	size_t n;
} str;

#define STR(literal) ((str){ "" literal, sizeof(literal) - 1 })
#define STR_ARG(s) (int)(s).n, (s).p /* for %.*s */

static inline str str_of(const char *c)
{
	return (str){ c, c ? strlen(c) : 0 };
}

static inline bool str_eq(str a, str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(str a, const char *c)
{
	return str_eq(a, str_of(c));
}

bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
bool str_has(str s, char c);
int str_order(str a, str b); /* as memcmp, the shorter first */
str str_trim(str s);         /* without blanks and line ends on both sides */
str str_from(str s, size_t at);

/* Cut the next line or blank-separated word off *rest; false at the end, outputs then untouched. */
bool str_next_line(str *rest, str *ret_line);
bool str_next_word(str *rest, str *ret_word);

/*
 * Split at the first (str_cut) or last (str_cut_last) `at`; false when it is absent. Either output
 * may be NULL.
 */
bool str_cut(str s, char at, str *ret_before, str *ret_after);
bool str_cut_last(str s, char at, str *ret_before, str *ret_after);
str str_base(str path); /* what follows the last slash */

/*
 * Numbers: the whole view must be one. 0, -EBADMSG (not a number) or -ERANGE (does not fit).
 * str_fixed reads "12.34" as 1234 for decimals = 2; further digits are cut off.
 */
int str_u64(str s, uint64_t *ret);
int str_i64(str s, int64_t *ret);
int str_hex(str s, uint64_t *ret);
int str_fixed(str s, unsigned decimals, int64_t *ret);

/*
 * A number at the front of *rest, after blanks; what follows it stays. Wide tables are read with
 * this.
 */
int str_next_u64(str *rest, uint64_t *ret);

/* A number as text, at the end of `out`. */
enum { STR_DIGITS = 20 };
str str_of_u64(uint64_t value, char out[static STR_DIGITS]);

/* Split "CPU12" into 12 for prefix "CPU"; -EBADMSG when it is something else. */
int str_numbered(str s, str prefix, uint64_t *ret);

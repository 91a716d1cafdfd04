/* What the unit tests share: cmocka in the right order, and the closing line that all suites print.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static int test_skips;

/* Loud: the closing summary shows the reason. Ends the test. */
__attribute__((unused)) static void cannot_run(const char *test, const char *reason)
{
	printf("SKIPPED %s: %s\n", test, reason);
	test_skips++;
	skip();
}

__attribute__((unused)) static void assert_str(str got, const char *expected)
{
	if (!str_is(got, expected))
		fail_msg("got \"%.*s\", expected \"%s\"", STR_ARG(got), expected);
}

/* cmocka has assert_float_equal only, which rounds to float. */
__attribute__((unused)) static void assert_double(double got, double expected)
{
	if (got - expected > 1e-9 || expected - got > 1e-9)
		fail_msg("got %.12g, expected %.12g", got, expected);
}

/* xorshift: the seed is printed, and FAULTLINE_SEED repeats a run. */
static uint64_t random_state;

__attribute__((unused)) static void random_seed(const char *test)
{
	const char *wanted = getenv("FAULTLINE_SEED");

	random_state = wanted ? strtoull(wanted, NULL, 10) : 20261121;
	if (random_state == 0)
		random_state = 1;
	printf("%s: FAULTLINE_SEED=%llu\n", test, (unsigned long long)random_state);
}

__attribute__((unused)) static uint64_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

__attribute__((unused)) static unsigned random_below(unsigned n)
{
	return (unsigned)(random_next() % n);
}

#define RUN_TESTS(tests)                                                                           \
	closing_line((int)(sizeof(tests) / sizeof(*(tests))),                                      \
		cmocka_run_group_tests((tests), NULL, NULL))

__attribute__((unused)) static int closing_line(int n, int failed)
{
	printf("%d passed, %d failed, %d skipped\n", n - failed - test_skips, failed, test_skips);
	return failed ? 1 : 0;
}

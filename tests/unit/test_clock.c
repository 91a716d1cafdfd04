/* Times as people write them. */
#include "test.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"

static void durations_are_a_number_and_a_unit(void **state)
{
	static const struct {
		const char *text;
		int r;
		int64_t ns;
	} cases[] = {
		{ "100ms", 0, 100 * MS_NS },
		{ "2s", 0, 2 * SECOND_NS },
		{ "10m", 0, 600 * SECOND_NS },
		{ "6h", 0, 21600 * SECOND_NS },
		{ "3d", 0, 259200 * SECOND_NS },
		{ "0s", 0, 0 },
		{ "", -EBADMSG, 7 },
		{ "5", -EBADMSG, 7 },
		{ "s", -EBADMSG, 7 },
		{ "-1s", -EBADMSG, 7 },
		{ "1.5s", -EBADMSG, 7 },
		{ "5 s", -EBADMSG, 7 },
		{ "5w", -EBADMSG, 7 },
		{ "106752d", -ERANGE, 7 },
		{ "99999999999999999999s", -ERANGE, 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t ns = 7;

		assert_int_equal(clock_duration(str_of(cases[i].text), &ns), cases[i].r);
		assert_true(ns == cases[i].ns);
	}
}

static void times_are_rfc_3339_with_milliseconds_and_zone(void **state)
{
	char out[CLOCK_TEXT];

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_string_equal(clock_format(0, out), "1970-01-01T00:00:00.000Z");
	assert_string_equal(
		clock_format(1763750400250 * MS_NS + 999999, out), "2025-11-21T18:40:00.250Z");
	assert_string_equal(clock_format(-1, out), "1969-12-31T23:59:59.999Z");
	assert_string_equal(clock_format(-1500 * MS_NS, out), "1969-12-31T23:59:58.500Z");
	setenv("TZ", "XXX-5:30", 1);
	tzset();
	assert_string_equal(clock_format(0, out), "1970-01-01T05:30:00.000+05:30");
	setenv("TZ", "YYY3:30", 1);
	tzset();
	assert_string_equal(clock_format(0, out), "1969-12-31T20:30:00.000-03:30");
	clock_format(INT64_MAX, out);
	clock_format(INT64_MIN, out);
}

static void sleeping_lasts_until_the_given_time(void **state)
{
	int64_t until = clock_mono_ns() + 5 * MS_NS;

	(void)state;
	clock_sleep_until(until);
	assert_true(clock_mono_ns() >= until);
	clock_sleep_until(until); /* past: at once */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_a_number_and_a_unit),
		cmocka_unit_test(times_are_rfc_3339_with_milliseconds_and_zone),
		cmocka_unit_test(sleeping_lasts_until_the_given_time),
	};

	return RUN_TESTS(tests);
}

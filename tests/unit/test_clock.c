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

/* Friday 2025-11-21, 18:40:00 UTC. */
#define NOW (INT64_C(1763750400) * SECOND_NS)

struct written {
	const char *text;
	int r;
	enum clock_kind kind;
	int64_t ns;
};

static void assert_written(const struct written *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum clock_kind kind = MONO_CLOCK;
		int64_t ns = 7;
		int r = clock_parse(str_of(cases[i].text), NOW, &kind, &ns);

		/* what fails leaves both as they were */
		if (r != cases[i].r || ns != (r ? 7 : cases[i].ns) ||
			kind != (r ? MONO_CLOCK : cases[i].kind))
			fail_msg("%s: %d, clock %d, %lld", cases[i].text, r, (int)kind,
				(long long)ns);
	}
}

static void times_are_read_in_every_form(void **state)
{
	static const struct written cases[] = {
		{ "2025-11-21T18:40:00Z", 0, WALL_CLOCK, NOW },
		{ "2025-11-21t18:40:00z", 0, WALL_CLOCK, NOW },
		{ "2025-11-21T18:40:00.250Z", 0, WALL_CLOCK, NOW + 250 * MS_NS },
		{ "2025-11-21T18:40:00.0000000019Z", 0, WALL_CLOCK, NOW + 1 },
		{ "2025-11-21T19:40:00+01:00", 0, WALL_CLOCK, NOW },
		{ "2025-11-21T15:10:00-03:30", 0, WALL_CLOCK, NOW },
		{ "2025-11-22T00:10:00.000+05:30", 0, WALL_CLOCK, NOW },
		{ "2025-11-21 18:40:00Z", 0, WALL_CLOCK, NOW },
		{ "2025-11-21 18:40:00", 0, WALL_CLOCK, NOW },
		{ "2025-11-21 18:40:00.25", 0, WALL_CLOCK, NOW + 250 * MS_NS },
		{ "2024-02-29T00:00:00Z", 0, WALL_CLOCK, INT64_C(1709164800) * SECOND_NS },
		{ "2016-12-31T23:59:60Z", 0, WALL_CLOCK, INT64_C(1483228800) * SECOND_NS },
		{ "1970-01-01T00:00:00Z", 0, WALL_CLOCK, 0 },
		{ "1969-12-31T23:59:59.5Z", 0, WALL_CLOCK, -500 * MS_NS },
		{ "00:00:00", 0, WALL_CLOCK, NOW - 67200 * SECOND_NS },
		{ "18:40:00", 0, WALL_CLOCK, NOW },
		{ "23:59:59.75", 0, WALL_CLOCK, NOW + 19199750 * MS_NS },
		{ "-10m", 0, WALL_CLOCK, NOW - 600 * SECOND_NS },
		{ "-100ms", 0, WALL_CLOCK, NOW - 100 * MS_NS },
		{ "-0s", 0, WALL_CLOCK, NOW },
		{ "@1763750400.25", 0, WALL_CLOCK, NOW + 250 * MS_NS },
		{ "@1763750400", 0, WALL_CLOCK, NOW },
		{ "@0", 0, WALL_CLOCK, 0 },
		{ "mono:123.456", 0, MONO_CLOCK, 123456 * MS_NS },
		{ "mono:0", 0, MONO_CLOCK, 0 },
	};

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_written(cases, sizeof(cases) / sizeof(*cases));
}

static void what_is_no_time_is_refused(void **state)
{
	static const struct written cases[] = {
		{ "", -EBADMSG },
		{ "now", -EBADMSG },
		{ "10m", -EBADMSG },
		{ "-", -EBADMSG },
		{ "-10", -EBADMSG },
		{ "--10m", -EBADMSG },
		{ "- 10m", -EBADMSG },
		{ "@", -EBADMSG },
		{ "@1.", -EBADMSG },
		{ "@1e9", -EBADMSG },
		{ "mono:", -EBADMSG },
		{ "mono:-1", -EBADMSG },
		{ "mono:1s", -EBADMSG },
		{ "mono:@1", -EBADMSG },
		{ "18:40", -EBADMSG },
		{ "8:40:00", -EBADMSG },
		{ "24:00:00", -EBADMSG },
		{ "18:60:00", -EBADMSG },
		{ "18:40:61", -EBADMSG },
		{ "18:40:00.", -EBADMSG },
		{ "18:40:00Z", -EBADMSG },
		{ "18:40:00 ", -EBADMSG },
		{ "2025-11-21", -EBADMSG },
		{ "2025-11-21T", -EBADMSG },
		{ "2025-11-21T18:40", -EBADMSG },
		{ "2025-11-21T18:40:00+01", -EBADMSG },
		{ "2025-11-21T18:40:00+0100", -EBADMSG },
		{ "2025-11-21T18:40:00+24:00", -EBADMSG },
		{ "2025-11-21T18:40:00+01:60", -EBADMSG },
		{ "2025-11-21T18:40:00Zulu", -EBADMSG },
		{ "2025-11-21  18:40:00", -EBADMSG },
		{ " 2025-11-21T18:40:00Z", -EBADMSG },
		{ "2025-02-29T00:00:00Z", -EBADMSG },
		{ "2100-02-29T00:00:00Z", -EBADMSG },
		{ "2025-04-31T00:00:00Z", -EBADMSG },
		{ "2025-13-01T00:00:00Z", -EBADMSG },
		{ "2025-00-01T00:00:00Z", -EBADMSG },
		{ "2025-01-00T00:00:00Z", -EBADMSG },
		{ "25-11-21T18:40:00Z", -EBADMSG },
		{ "2025-+1-21T18:40:00Z", -EBADMSG },
		{ "9999-12-31T23:59:59Z", -ERANGE },
		{ "0000-01-01T00:00:00Z", -ERANGE },
		{ "@9223372037", -ERANGE },
		{ "mono:99999999999999999999", -ERANGE },
		{ "-106752d", -ERANGE },
	};
	enum clock_kind kind;
	int64_t ns;

	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_written(cases, sizeof(cases) / sizeof(*cases));
	assert_int_equal(
		clock_parse((str){ "2025-11-21\00018:40:00Z", 20 }, NOW, &kind, &ns), -EBADMSG);
	assert_int_equal(clock_parse((str){ "18:40:00\0", 9 }, NOW, &kind, &ns), -EBADMSG);
	assert_int_equal(clock_parse((str){ "18:40\0:00", 9 }, NOW, &kind, &ns), -EBADMSG);
}

static void times_without_a_zone_are_local(void **state)
{
	static const struct written east[] = {
		{ "2025-11-22 00:10:00", 0, WALL_CLOCK, NOW },
		{ "00:10:00", 0, WALL_CLOCK, NOW }, /* there it is the day after already */
		{ "2025-11-21T18:40:00Z", 0, WALL_CLOCK, NOW },
	};
	static const struct written summer[] = {
		{ "2025-07-01T14:00:00", 0, WALL_CLOCK, INT64_C(1751371200) * SECOND_NS },
		{ "2025-01-01T13:00:00", 0, WALL_CLOCK, INT64_C(1735732800) * SECOND_NS },
	};

	(void)state;
	setenv("TZ", "XXX-5:30", 1);
	tzset();
	assert_written(east, sizeof(east) / sizeof(*east));
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	assert_written(summer, sizeof(summer) / sizeof(*summer));
}

static void what_is_printed_can_be_read(void **state)
{
	static const char *const zones[] = { "UTC", "XXX-5:30", "YYY3:30",
		"CET-1CEST,M3.5.0,M10.5.0/3" };

	(void)state;
	random_seed("what_is_printed_can_be_read");
	for (int i = 0; i < 1000; i++) {
		int64_t at = (int64_t)(random_next() >> 1) / MS_NS * MS_NS, ns = -7;
		enum clock_kind kind;
		char out[CLOCK_TEXT];

		setenv("TZ", zones[i % 4], 1);
		tzset();
		at = i % 2 ? at : -at;
		assert_int_equal(clock_parse(str_of(clock_format(at, out)), NOW, &kind, &ns), 0);
		if (ns != at)
			fail_msg("%s: %lld, not %lld", out, (long long)ns, (long long)at);
	}
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
		cmocka_unit_test(times_are_read_in_every_form),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(times_without_a_zone_are_local),
		cmocka_unit_test(what_is_printed_can_be_read),
		cmocka_unit_test(sleeping_lasts_until_the_given_time),
	};

	return RUN_TESTS(tests);
}

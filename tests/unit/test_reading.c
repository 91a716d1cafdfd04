/* Readings: what two raw values of a counter mean, and when they mean nothing. */
#include "test.h"

#include "model/reading.h"

static const struct signal wide = { .name = "w", .kind = COUNTER, .unit = ONE };
static const struct signal narrow = { .name = "n", .kind = COUNTER, .unit = ONE, .bits = 32 };
static const struct signal stuck = {
	.name = "s", .kind = COUNTER, .unit = ONE, .bits = 8, .full = SATURATES
};
static const struct signal usec = { .name = "u", .kind = COUNTER, .unit = USEC };
static const struct signal ticks = { .name = "t", .kind = COUNTER, .unit = TICKS };
static const struct signal share = { .name = "p", .kind = GAUGE, .unit = SHARE_E4 };
static const struct signal celsius = { .name = "c", .kind = GAUGE, .unit = CENTI };
static const struct signal lanes = { .name = "l", .kind = STATE, .unit = LANES };
static const struct signal text = { .name = "x", .kind = FACT, .unit = TEXT };

static void a_counter_that_went_back_is_a_reset(void **state)
{
	uint64_t grown = 7;

	(void)state;
	assert_int_equal(counter_growth(&wide, 100, 99, &grown), RESET);
	assert_int_equal(counter_growth(&narrow, 1000, 10, &grown), RESET);
	assert_int_equal(grown, 7);
}

static void a_narrow_counter_goes_round(void **state)
{
	uint64_t grown;

	(void)state;
	assert_int_equal(counter_growth(&narrow, 0xfffffff0, 0x10, &grown), GREW);
	assert_int_equal(grown, 0x20);
	assert_int_equal(counter_growth(&narrow, 0xfffffff0, 0xfffffff5, &grown), GREW);
	assert_int_equal(grown, 5);
}

static void counters_use_all_64_bits(void **state)
{
	uint64_t grown;

	(void)state;
	assert_int_equal(counter_growth(&wide, INT64_MAX, INT64_MIN, &grown), GREW);
	assert_int_equal(grown, 1);
	assert_int_equal(counter_growth(&wide, 0, -1, &grown), GREW);
	assert_true(grown == UINT64_MAX);
}

static void at_its_maximum_a_saturating_counter_cannot_tell(void **state)
{
	uint64_t grown;
	double reading;

	(void)state;
	assert_int_equal(counter_growth(&stuck, 250, 255, &grown), SATURATED);
	assert_int_equal(counter_growth(&stuck, 255, 255, &grown), SATURATED);
	assert_int_equal(counter_growth(&stuck, 200, 3, &grown), RESET);
	assert_false(reading_of(&stuck, 250, 255, 1, &reading));
	assert_true(signal_saturated(&stuck, 255));
	assert_false(signal_saturated(&narrow, 0xffffffff));
}

static void counters_read_as_rates_and_counters_of_time_as_shares(void **state)
{
	double reading;

	(void)state;
	assert_true(reading_of(&wide, 100, 350, 5, &reading));
	assert_double(reading, 50);
	assert_true(reading_of(&usec, 0, 250000, 0.5, &reading));
	assert_double(reading, 0.5);
	assert_true(reading_of(&ticks, 10, 110, 4, &reading));
	assert_double(reading, 0.25);
	assert_false(reading_of(&wide, 100, 350, 0, &reading));
}

static void gauges_and_states_read_as_they_are(void **state)
{
	double reading;

	(void)state;
	assert_true(reading_now(&share, 405, &reading));
	assert_double(reading, 0.0405);
	assert_true(reading_of(&lanes, 16, 8, 1, &reading));
	assert_double(reading, 8);
	assert_false(reading_now(&text, 3, &reading));
	assert_false(reading_now(&wide, 3, &reading));
}

static void readings_are_written_in_the_units_people_think_in(void **state)
{
	char out[READING_TEXT];

	(void)state;
	assert_string_equal(reading_format(&share, 0.452, out), "45.2 %");
	assert_string_equal(reading_format(&usec, 0.5, out), "50.0 %");
	assert_string_equal(reading_format(&wide, 12.4, out), "12/s");
	assert_string_equal(reading_format(&wide, 0.134, out), "0.13/s");
	assert_string_equal(reading_format(&lanes, 8, out), "8 lanes");
	assert_string_equal(reading_format(&celsius, 71.25, out), "71.25");
	assert_string_equal(reading_unit(&celsius), "count");
	assert_string_equal(reading_unit(&ticks), "share");
	assert_string_equal(reading_unit(&wide), "/s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_counter_that_went_back_is_a_reset),
		cmocka_unit_test(a_narrow_counter_goes_round),
		cmocka_unit_test(counters_use_all_64_bits),
		cmocka_unit_test(at_its_maximum_a_saturating_counter_cannot_tell),
		cmocka_unit_test(counters_read_as_rates_and_counters_of_time_as_shares),
		cmocka_unit_test(gauges_and_states_read_as_they_are),
		cmocka_unit_test(readings_are_written_in_the_units_people_think_in),
	};

	return RUN_TESTS(tests);
}

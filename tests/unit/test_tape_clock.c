/* Clocks of a tape: ticks, wall clocks that step, and stamps of the log brought to one time. */
#include "test.h"

#include "made_tape.h"

#include <math.h>

/* clang-format off */
static const struct signal signals[] = {
	{ "nic.made.up",    NULL, EVENT, ONE, NETDEV, NONE, FREE, "line" },
	{ "nic.made.reset", NULL, EVENT, ONE, NETDEV, NONE, FREE, "line" },
};
/* clang-format on */

static const char eth[] = "netdev:eth0";

static int set_up(void **state)
{
	*state = made_new(signals, sizeof(signals) / sizeof(*signals), NULL);
	return 0;
}

static void finish(struct made *m)
{
	assert_int_equal(tape_finish(&m->tape, &m->events), 0);
	assert_int_equal(m->tape.n_events, m->events.n);
}

static void assert_at(const struct made *m, unsigned i, double at_s)
{
	int64_t off = m->tape.events[i].lo_ns - made_ns(at_s);

	if (off < -1000 || off > 1000)
		fail_msg("event %u: %.6f s, expected %.6f s", i,
			(double)(m->tape.events[i].lo_ns - MADE_MONO_NS) / 1e9, at_s);
}

/* ---- wall clock of a moment ---- */

static void the_wall_clock_of_a_moment_follows_a_step(void **state)
{
	struct made *m = *state;
	int64_t wall;

	made_play(m, 10, 1);
	m->wall_ahead_ns += 3600 * SECOND_NS;
	made_play(m, 10, 1);
	assert_true(tape_wall(&m->tape, made_ns(4.5), &wall));
	assert_int_equal(wall, MADE_WALL_NS + 4500 * MS_NS);
	assert_true(tape_wall(&m->tape, made_ns(15.25), &wall));
	assert_int_equal(wall, MADE_WALL_NS + 3615250 * MS_NS);
	assert_true(tape_wall(&m->tape, made_ns(-30), &wall));
	assert_int_equal(wall, MADE_WALL_NS - 30 * SECOND_NS);
	assert_true(tape_wall(&m->tape, made_ns(100), &wall));
	assert_int_equal(wall, MADE_WALL_NS + 3700 * SECOND_NS);
}

static void a_tape_that_does_not_know_the_wall_clock_says_so(void **state)
{
	struct made *m = *state;
	struct frame f = { .mono_ns = 5 };
	int64_t wall = 0;

	assert_false(tape_wall(&m->tape, 7, &wall));
	tape_add(&m->tape, &f, 6);
	assert_false(tape_wall(&m->tape, 7, &wall));
}

/* ---- stamps beside ticks ---- */

static void stamps_since_boot_are_the_tape_s_own(void **state)
{
	struct made *m = *state;

	made_play(m, 10, 1);
	made_event(m, eth, "nic.made.up", MONO_STAMP, 3.125);
	finish(m);
	assert_int_equal(m->tape.clock, MONO_STAMP);
	assert_at(m, 0, 3.125);
	assert_int_equal(m->tape.events[0].hi_ns, m->tape.events[0].lo_ns);
}

static void stamps_of_the_wall_clock_are_placed_by_the_ticks(void **state)
{
	struct made *m = *state;

	made_play(m, 10, 1);
	made_event(m, eth, "nic.made.up", WALL_STAMP, 3.125);
	made_event(m, eth, "nic.made.reset", WALL_STAMP, -20.5);
	finish(m);
	assert_at(m, 0, -20.5);
	assert_at(m, 1, 3.125);
}

static void a_whole_second_is_all_of_that_second(void **state)
{
	struct made *m = *state;

	made_play(m, 10, 1);
	made_event(m, eth, "nic.made.up", WALL_STAMP, 3);
	made_event(m, eth, "nic.made.up", MONO_STAMP, 4);
	finish(m);
	assert_int_equal(m->tape.events[0].hi_ns - m->tape.events[0].lo_ns, SECOND_NS - 1);
	assert_int_equal(m->tape.events[1].hi_ns, m->tape.events[1].lo_ns);
}

static void a_clock_set_forward_moves_no_event(void **state)
{
	struct made *m = *state;

	made_play(m, 30, 1);
	made_event(m, eth, "nic.made.up", WALL_STAMP, 10.5);
	m->wall_ahead_ns += 600 * SECOND_NS;
	made_play(m, 30, 1);
	made_event(m, eth, "nic.made.reset", WALL_STAMP, 45.5);
	finish(m);
	assert_at(m, 0, 10.5);
	assert_at(m, 1, 45.5);
}

static void a_clock_set_back_moves_no_event(void **state)
{
	struct made *m = *state;

	made_play(m, 30, 1);
	made_event(m, eth, "nic.made.up", WALL_STAMP, 10.5);
	m->wall_ahead_ns -= 600 * SECOND_NS;
	made_play(m, 30, 1);
	made_event(m, eth, "nic.made.reset", WALL_STAMP, 45.5);
	finish(m);
	assert_at(m, 0, 10.5);
	assert_at(m, 1, 45.5);
}

/* ---- order ---- */

static void events_come_in_the_order_of_their_time(void **state)
{
	static const double at[] = { 7.5, 2.5, 9.5, 2.5, 1.5 };
	struct made *m = *state;

	made_play(m, 10, 1);
	for (unsigned i = 0; i < 5; i++)
		made_event(m, eth, "nic.made.up", MONO_STAMP, at[i]);
	finish(m);
	for (unsigned i = 1; i < 5; i++)
		assert_true(m->tape.events[i].lo_ns >= m->tape.events[i - 1].lo_ns);
	/* of two at the same moment the first in the log is the first */
	assert_int_equal(m->tape.events[1].event->line, 2);
	assert_int_equal(m->tape.events[2].event->line, 4);
}

static void an_event_without_a_stamp_happened_when_the_one_before_it_did(void **state)
{
	struct made *m = *state;

	made_play(m, 10, 1);
	made_event(m, eth, "nic.made.up", WALL_STAMP, 6);
	made_event(m, eth, "nic.made.reset", NO_STAMP, 0);
	finish(m);
	assert_at(m, 0, 6);
	assert_at(m, 1, 6);
	assert_int_equal(m->tape.events[1].hi_ns, m->tape.events[0].hi_ns);
	assert_int_equal(m->tape.events[1].event->line, 2);
}

/* ---- a log alone ---- */

static void a_log_alone_has_the_clock_of_most_of_its_lines(void **state)
{
	struct made *m = *state;
	int64_t wall;

	made_event(m, eth, "nic.made.up", MONO_STAMP, 1);
	made_event(m, eth, "nic.made.up", WALL_STAMP, 2.5);
	made_event(m, eth, "nic.made.up", WALL_STAMP, 3.5);
	finish(m);
	assert_int_equal(m->tape.clock, WALL_STAMP);
	assert_true(tape_wall(&m->tape, 77, &wall));
	assert_int_equal(wall, 77);
}

static void a_log_since_boot_knows_no_wall_clock(void **state)
{
	struct made *m = *state;
	int64_t wall;

	made_event(m, eth, "nic.made.up", MONO_STAMP, 1);
	finish(m);
	assert_int_equal(m->tape.clock, MONO_STAMP);
	assert_false(tape_wall(&m->tape, 77, &wall));
}

static void a_log_without_stamps_keeps_the_order_of_its_lines(void **state)
{
	struct made *m = *state;

	for (unsigned i = 0; i < 20; i++)
		made_event(m, eth, i % 2 ? "nic.made.up" : "nic.made.reset", NO_STAMP, 0);
	finish(m);
	assert_int_equal(m->tape.clock, NO_STAMP);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(m->tape.events[i].event->line, i + 1);
}

/* ---- arrivals ---- */

static void assert_between(const struct made *m, unsigned i, double lo_s, double hi_s)
{
	assert_at(m, i, lo_s);
	if (llabs(m->tape.events[i].hi_ns - made_ns(hi_s)) > 1000)
		fail_msg("event %u: until %.6f s, expected %.6f s", i,
			(double)(m->tape.events[i].hi_ns - MADE_MONO_NS) / 1e9, hi_s);
}

static void what_has_no_stamp_happened_when_it_came(void **state)
{
	struct made *m = *state;

	made_play(m, 10, 1);
	made_event(m, eth, "nic.made.up", MONO_STAMP, 2);
	made_event(m, eth, "nic.made.reset", NO_STAMP, 0);
	made_arrival(m, 3.25, 3.5);
	made_event(m, eth, "nic.made.up", NO_STAMP, 0); /* nobody heard it: as the one before */
	finish(m);
	assert_between(m, 1, 3.25, 3.5);
	assert_between(m, 2, 3.25, 3.5);
}

static void stamps_that_agree_with_their_arrival_are_believed(void **state)
{
	struct made *m = *state;

	made_play(m, 10, 1);
	for (unsigned i = 0; i < 5; i++) {
		made_event(m, eth, "nic.made.up", MONO_STAMP, 2 + i);
		made_arrival(m, 1.75 + i, 2.001 + i);
	}
	finish(m);
	for (unsigned i = 0; i < 5; i++)
		assert_between(m, i, 2 + i, 2 + i);
}

/* The log's clock is 0.3 s behind; one event came after 0.05 s, another was waited for 0.1 s. */
static void stamps_of_a_clock_that_is_behind_are_moved(void **state)
{
	struct made *m = *state;

	made_play(m, 10, 1);
	made_event(m, eth, "nic.made.up", MONO_STAMP, 1.7);
	made_arrival(m, 1.5, 2.05);
	made_event(m, eth, "nic.made.up", MONO_STAMP, 3.7);
	made_arrival(m, 3.9, 4.5);
	made_event(m, eth, "nic.made.reset", MONO_STAMP, 5.7); /* of the log, heard by nobody */
	finish(m);
	assert_between(m, 0, 1.9, 2.05);
	assert_between(m, 1, 3.9, 4.05);
	assert_between(m, 2, 5.9, 6.05);
}

static void stamps_of_a_clock_that_is_ahead_are_moved_back(void **state)
{
	struct made *m = *state;

	made_play(m, 10, 1);
	made_event(m, eth, "nic.made.up", MONO_STAMP, 4);
	made_arrival(m, 3, 3.5);
	made_event(m, eth, "nic.made.reset", MONO_STAMP, 6);
	finish(m);
	assert_between(m, 0, 3, 3.5);
	assert_between(m, 1, 5, 5.5);
}

/* No single difference fits both: what was heard lies in its arrival, the rest anywhere in between. */
static void a_clock_that_drifts_meanwhile_widens(void **state)
{
	struct made *m = *state;

	made_play(m, 10, 1);
	made_event(m, eth, "nic.made.up", MONO_STAMP, 2);
	made_arrival(m, 2.1, 2.2);
	made_event(m, eth, "nic.made.reset", MONO_STAMP, 5);
	made_event(m, eth, "nic.made.up", MONO_STAMP, 8);
	made_arrival(m, 8.5, 8.7);
	finish(m);
	assert_between(m, 0, 2.1, 2.2);
	assert_between(m, 1, 5.1, 5.7);
	assert_between(m, 2, 8.5, 8.7);
}

/* The true moment is in the interval, whatever the difference of the clocks and the delays. */
static void the_true_moment_lies_in_the_interval(void **state)
{
	(void)state;
	random_seed("arrivals");
	for (int tape = 0; tape < 200; tape++) {
		struct made *m;
		double true_s[20], behind_s = (double)random_below(2000000) / 1e6 - 1;

		set_up((void **)&m);
		made_play(m, 30, 1);
		for (unsigned i = 0; i < 20; i++) {
			double delay_s = (double)random_below(100000) / 1e6;

			true_s[i] = 2 + i + (double)random_below(900000) / 1e6;
			made_event(m, eth, "nic.made.up", MONO_STAMP, true_s[i] - behind_s);
			if (i % 3 ==
				0) /* heard: it was looked for until then, and came a little later */
				made_arrival(m, true_s[i] - 2 * delay_s, true_s[i] + delay_s);
		}
		finish(m);
		for (unsigned i = 0; i < 20; i++)
			if (m->tape.events[i].lo_ns > made_ns(true_s[i]) + 1000 ||
				m->tape.events[i].hi_ns < made_ns(true_s[i]) - 1000) {
				/* zero is believed where it fits all */
				if (fabs(behind_s) > 0.1)
					fail_msg("tape %d, event %u: not in its interval", tape, i);
			}
		made_free((void **)&m);
	}
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, set_up, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(the_wall_clock_of_a_moment_follows_a_step),
		WITH_TAPE(a_tape_that_does_not_know_the_wall_clock_says_so),
		WITH_TAPE(stamps_since_boot_are_the_tape_s_own),
		WITH_TAPE(stamps_of_the_wall_clock_are_placed_by_the_ticks),
		WITH_TAPE(a_whole_second_is_all_of_that_second),
		WITH_TAPE(a_clock_set_forward_moves_no_event),
		WITH_TAPE(a_clock_set_back_moves_no_event),
		WITH_TAPE(events_come_in_the_order_of_their_time),
		WITH_TAPE(an_event_without_a_stamp_happened_when_the_one_before_it_did),
		WITH_TAPE(a_log_alone_has_the_clock_of_most_of_its_lines),
		WITH_TAPE(a_log_since_boot_knows_no_wall_clock),
		WITH_TAPE(a_log_without_stamps_keeps_the_order_of_its_lines),
		WITH_TAPE(what_has_no_stamp_happened_when_it_came),
		WITH_TAPE(stamps_that_agree_with_their_arrival_are_believed),
		WITH_TAPE(stamps_of_a_clock_that_is_behind_are_moved),
		WITH_TAPE(stamps_of_a_clock_that_is_ahead_are_moved_back),
		WITH_TAPE(a_clock_that_drifts_meanwhile_widens),
		cmocka_unit_test(the_true_moment_lies_in_the_interval),
	};

	return RUN_TESTS(tests);
}

/* The tape: what frames and events become in it, also when clocks step and ticks are damaged. */
#include "test.h"

#include "made_tape.h"

#include <errno.h>

/* clang-format off */
static const struct signal signals[] = {
	{ "nic.made.sent",   NULL, COUNTER, PACKETS, NETDEV, BY_CPU, FREE, "work" },
	{ "nic.made.mtu",    NULL, FACT,    BYTES,   NETDEV, NONE,   FREE, "size" },
	{ "pcie.made.width", NULL, STATE,   LANES,   PCI,    NONE,   FREE, "lanes" },
	{ "nic.made.reset",  NULL, EVENT,   ONE,     NETDEV, NONE,   FREE, "line" },
};
/* clang-format on */

static const char eth[] = "netdev:eth0";

static int set_up(void **state)
{
	*state = made_new(signals, sizeof(signals) / sizeof(*signals), NULL);
	return 0;
}

static const struct series *series(const struct made *m, const char *signal, unsigned sub)
{
	uint32_t who = names_find(&m->session.entities.names, str_of(eth));

	return tape_find(&m->tape, who, made_sig(m, signal), sub);
}

/* The value of a cell of eth0 in a tick; -1: it was not there. */
static int64_t value(const struct made *m, const char *signal, unsigned sub, uint32_t tick)
{
	const struct series *s = series(m, signal, sub);
	uint32_t hint = 0;
	int64_t got;

	return s && series_value(s, tick, &hint, &got) ? got : -1;
}

/* ---- series ---- */

static void a_series_has_a_point_only_where_it_changed(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.sent", 2, "=5 3x0 7 5x0");
	made_play(m, 10, 1);
	assert_int_equal(m->tape.n_ticks, 10);
	assert_int_equal(m->tape.n_series, 1);
	assert_int_equal(series(m, "nic.made.sent", 2)->n, 2);
	assert_int_equal(value(m, "nic.made.sent", 2, 0), 5);
	assert_int_equal(value(m, "nic.made.sent", 2, 3), 5);
	assert_int_equal(value(m, "nic.made.sent", 2, 4), 12);
	assert_int_equal(value(m, "nic.made.sent", 2, 9), 12);
	assert_null(series(m, "nic.made.sent", 1));
}

static void a_zero_that_is_implicit_is_there(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.sent", 0, "2x- =0 =0 =0");
	made_play(m, 4, 1);
	assert_int_equal(value(m, "nic.made.sent", 0, 1), -1);
	assert_int_equal(value(m, "nic.made.sent", 0, 2), 0);
	assert_int_equal(value(m, "nic.made.sent", 0, 3), 0);
}

static void a_cell_goes_and_comes_back_with_another_value(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.mtu", 0, "3x1500 2x- 3x9000");
	made_play(m, 8, 1);
	assert_int_equal(value(m, "nic.made.mtu", 0, 2), 1500);
	assert_int_equal(value(m, "nic.made.mtu", 0, 3), -1);
	assert_int_equal(value(m, "nic.made.mtu", 0, 4), -1);
	assert_int_equal(value(m, "nic.made.mtu", 0, 5), 9000);
}

/* The ledger says nothing of a value that is the one it had when it went. */
static void a_cell_comes_back_with_the_value_it_had(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.mtu", 0, "3x1500 2x- 3x1500");
	made_play(m, 8, 1);
	assert_int_equal(value(m, "nic.made.mtu", 0, 4), -1);
	assert_int_equal(value(m, "nic.made.mtu", 0, 5), 1500);
	assert_int_equal(value(m, "nic.made.mtu", 0, 7), 1500);
}

static void a_walk_forward_and_a_look_back_agree(void **state)
{
	struct made *m = *state;
	uint32_t hint = 0;
	int64_t got = 0;

	made_script(m, eth, "nic.made.sent", 0, "40x1");
	made_play(m, 40, 1);
	for (uint32_t tick = 0; tick < 40; tick++) {
		assert_true(series_value(series(m, "nic.made.sent", 0), tick, &hint, &got));
		assert_int_equal(got, tick + 1);
	}
	assert_true(series_value(series(m, "nic.made.sent", 0), 3, &hint, &got));
	assert_int_equal(got, 4);
}

static void each_series_of_a_signal_is_found_and_in_its_list(void **state)
{
	struct made *m = *state;
	unsigned n = 0;

	for (unsigned sub = 0; sub < 3000; sub++)
		made_set(m, eth, "nic.made.sent", sub, sub);
	made_set(m, eth, "nic.made.mtu", 0, 1500);
	made_play(m, 2, 1);
	for (unsigned sub = 0; sub < 3000; sub++)
		assert_int_equal(value(m, "nic.made.sent", sub, 1), sub);
	for (uint32_t at = m->tape.first[made_sig(m, "nic.made.sent")]; at;
		at = m->tape.series[at - 1].next)
		n++;
	assert_int_equal(n, 3000);
	assert_int_equal(m->tape.n_series, 3001);
	assert_int_equal(m->tape.dropped, 0);
}

/* ---- ticks ---- */

static void a_tick_twice_is_counted_and_its_rows_are_kept(void **state)
{
	struct made *m = *state;

	made_set(m, eth, "nic.made.sent", 0, 1);
	made_tick(m, 0);
	made_set(m, eth, "nic.made.sent", 0, 2);
	made_tick(m, 1);
	made_set(m, eth, "nic.made.sent", 0, 3);
	made_tick(m, 1);
	made_set(m, eth, "nic.made.sent", 0, 4);
	made_tick(m, 2);
	assert_int_equal(m->tape.n_ticks, 3);
	assert_int_equal(m->tape.out_of_order, 1);
	assert_int_equal(value(m, "nic.made.sent", 0, 0), 1);
	assert_int_equal(value(m, "nic.made.sent", 0, 1), 3);
	assert_int_equal(value(m, "nic.made.sent", 0, 2), 4);
}

static void time_that_goes_back_loses_no_row_and_no_order(void **state)
{
	struct made *m = *state;

	for (int i = 0; i < 6; i++) {
		made_set(m, eth, "nic.made.sent", 0, i);
		made_tick(m, i == 3 ? 0.5 : i);
	}
	assert_int_equal(m->tape.n_ticks, 5);
	assert_int_equal(m->tape.out_of_order, 1);
	for (uint32_t i = 1; i < m->tape.n_ticks; i++)
		assert_true(m->tape.ticks[i].begin_ns > m->tape.ticks[i - 1].begin_ns);
	assert_int_equal(value(m, "nic.made.sent", 0, 2), 3);
	assert_int_equal(value(m, "nic.made.sent", 0, 4), 5);
}

static void a_tick_ends_not_before_it_begins(void **state)
{
	struct made *m = *state;

	m->width_ns = -5 * SECOND_NS;
	made_tick(m, 0);
	m->width_ns = 20 * MS_NS;
	made_tick(m, 1);
	assert_int_equal(m->tape.ticks[0].end_ns, m->tape.ticks[0].begin_ns);
	assert_int_equal(m->tape.ticks[1].end_ns, made_ns(1.02));
}

static void long_steps_are_gaps_and_jitter_is_none(void **state)
{
	static const double at[] = { 0, 1, 2.2, 3, 4.4, 5, 8, 9, 10, 12.4 };
	struct made *m = *state;

	for (unsigned i = 0; i < 10; i++)
		made_tick(m, at[i]);
	assert_int_equal(tape_finish(&m->tape, NULL), 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(m->tape.ticks[i].gap, at[i] == 8);
}

static void ten_seconds_between_ticks_are_no_gap_when_all_are_so(void **state)
{
	struct made *m = *state;

	made_play(m, 6, 10);
	made_tick(m, 90);
	assert_int_equal(tape_finish(&m->tape, NULL), 0);
	assert_false(m->tape.ticks[5].gap);
	assert_true(m->tape.ticks[6].gap);
}

static void one_tick_or_two_or_none_have_no_gap(void **state)
{
	struct made *m = *state;

	assert_int_equal(tape_finish(&m->tape, NULL), 0);
	assert_int_equal(m->tape.n_ticks, 0);
	made_tick(m, 0);
	assert_int_equal(tape_finish(&m->tape, NULL), 0);
	made_tick(m, 100);
	assert_int_equal(tape_finish(&m->tape, NULL), 0);
	assert_false(m->tape.ticks[0].gap);
	assert_false(m->tape.ticks[1].gap);
}

/* ---- what could not be read ---- */

static void a_source_that_fails_is_one_stretch_until_it_is_read_again(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "sys/made", "nic.made.sent", "nic.made.mtu");

	made_play(m, 2, 1);
	made_refuse(m, source, -EACCES);
	made_play(m, 3, 1);
	made_refuse(m, source, 0);
	made_play(m, 4, 1);
	made_refuse(m, source, -EACCES);
	made_play(m, 1, 1);
	assert_int_equal(m->tape.n_blind, 2);
	assert_int_equal(m->tape.blind[0].from, 2);
	assert_int_equal(m->tape.blind[0].until, 4);
	assert_int_equal(m->tape.blind[0].error, -EACCES);
	assert_int_equal(m->tape.blind[0].who, ENTITY_NONE);
	assert_int_equal(m->tape.blind[1].from, 9);
	assert_int_equal(m->tape.blind[1].until, 9);
}

static void another_error_is_another_stretch(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "sys/made", "nic.made.sent", "nic.made.mtu");

	made_refuse(m, source, -EACCES);
	made_play(m, 2, 1);
	made_refuse(m, source, -EIO);
	made_play(m, 2, 1);
	assert_int_equal(m->tape.n_blind, 2);
	assert_int_equal(m->tape.blind[1].error, -EIO);
}

/* ---- limits ---- */

static void ticks_over_the_limit_are_dropped_and_counted(void **state)
{
	struct made *m = *state;
	struct frame f = { 0 };

	for (int64_t i = 0; i < TAPE_TICKS + 3; i++) {
		f.mono_ns = i + 1;
		tape_add(&m->tape, &f, 0);
	}
	assert_int_equal(m->tape.n_ticks, TAPE_TICKS);
	assert_int_equal(m->tape.dropped, 3);
}

static void series_over_the_limit_are_dropped_and_counted(void **state)
{
	struct made *m = *state;
	uint16_t sig = made_sig(m, "nic.made.sent");
	struct span spans[5];
	struct frame f = { .mono_ns = 1, .spans = spans, .n_spans = 5 };

	/* 4 * 65536 fit; the fifth entity's cells do not, and those that were there go on */
	for (uint32_t who = 0; who < 5; who++)
		spans[who] = (struct span){ who, sig, 0, UINT16_MAX, false };
	tape_add(&m->tape, &f, 1);
	assert_int_equal(m->tape.n_series, TAPE_SERIES);
	assert_int_equal(m->tape.dropped, 65536);
	assert_non_null(tape_find(&m->tape, 3, sig, UINT16_MAX));
	assert_null(tape_find(&m->tape, 4, sig, 0));
}

static void a_signal_that_no_catalog_can_have_is_dropped(void **state)
{
	struct made *m = *state;
	struct sample row = { 1, SIGNAL_NONE, 0, 7 };
	struct frame f = { .mono_ns = 1, .rows = &row, .n_rows = 1 };

	tape_add(&m->tape, &f, 1);
	assert_int_equal(m->tape.n_series, 0);
}

/* ---- which tick read what ---- */

static void the_tape_knows_in_which_ticks_a_source_was_read(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "slow", "nic.made.mtu", "pcie.made.width");
	unsigned never = made_source(m, "never", "nic.made.reset", "nic.made.reset");

	made_set(m, eth, "nic.made.mtu", 0, 1500);
	made_idle(m, never, true);
	for (unsigned i = 0; i < 300; i++) {
		m->fast = i % 2;
		made_idle(m, source, i % 7 != 3);
		made_play(m, 1, 1);
	}
	for (unsigned i = 0; i < 300; i++) {
		assert_int_equal(
			tape_was_read(&m->tape, made_sig(m, "nic.made.mtu"), i), i % 7 == 3);
		assert_int_equal(
			tape_was_read(&m->tape, made_sig(m, "pcie.made.width"), i), i % 7 == 3);
		assert_false(tape_was_read(&m->tape, made_sig(m, "nic.made.reset"), i));
		/* of no source: what is in every full tick */
		assert_int_equal(
			tape_was_read(&m->tape, made_sig(m, "nic.made.sent"), i), i % 2 == 0);
	}
	assert_false(tape_was_read(&m->tape, made_sig(m, "nic.made.mtu"), 300));
	assert_false(tape_was_read(&m->tape, made_sig(m, "nic.made.mtu"), 31 * 64));
}

static void a_tape_of_no_source_was_read_in_every_tick(void **state)
{
	struct made *m = *state;

	made_set(m, eth, "nic.made.mtu", 0, 1500);
	m->fast = true;
	made_play(m, 3, 1);
	assert_true(tape_was_read(&m->tape, made_sig(m, "nic.made.mtu"), 2));
	assert_true(m->tape.ticks[2].fast);
}

/* The first frame of a window says what a source said in a tick before it. */
static void what_was_said_earlier_was_not_read(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "slow", "nic.made.mtu", "pcie.made.width");

	frame_clear(&m->frame);
	m->frame.mono_ns = made_ns(0);
	frame_read(&m->frame,
		(struct source_read){ .source = (uint16_t)source, .begin_ns = READ_EARLIER });
	tape_add(&m->tape, &m->frame, made_ns(0.01));
	made_play(m, 1, 1);
	assert_false(tape_was_read(&m->tape, made_sig(m, "nic.made.mtu"), 0));
	assert_true(tape_was_read(&m->tape, made_sig(m, "nic.made.mtu"), 1));
}

static void a_slow_source_that_fails_again_and_again_is_one_stretch(void **state)
{
	struct made *m = *state;
	unsigned source = made_source(m, "slow", "nic.made.mtu", "pcie.made.width");

	made_refuse(m, source, -EIO);
	for (unsigned i = 0; i < 60; i++) {
		made_idle(m, source, i % 10 != 0);
		made_refuse(m, source, i == 40 ? 0 : -EIO);
		made_play(m, 1, 1);
	}
	assert_int_equal(m->tape.n_blind, 2);
	assert_int_equal(m->tape.blind[0].from, 0);
	assert_int_equal(m->tape.blind[0].until, 30);
	assert_int_equal(m->tape.blind[1].from, 50);
}

/* Five fast ticks between two full ones: neither is the step to a full tick a gap, nor from it. */
static void gaps_are_of_full_ticks(void **state)
{
	struct made *m = *state;
	uint32_t gaps = 0;

	for (unsigned i = 0; i < 20; i++) {
		m->fast = false;
		made_tick(
			m, i + (i > 10 ? 4 : 0)); /* four seconds are missing, but for fast ticks */
		m->fast = true;
		for (unsigned k = 1; k < 6; k++)
			made_tick(m, i + (i > 10 ? 4 : 0) + k * 0.1);
	}
	made_onsets(m);
	for (uint32_t i = 0; i < m->tape.n_ticks; i++) {
		gaps += m->tape.ticks[i].gap;
		assert_int_equal(m->tape.ticks[i].gap, i == 11 * 6);
	}
	assert_int_equal(gaps, 1);
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, set_up, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(a_series_has_a_point_only_where_it_changed),
		WITH_TAPE(a_zero_that_is_implicit_is_there),
		WITH_TAPE(a_cell_goes_and_comes_back_with_another_value),
		WITH_TAPE(a_cell_comes_back_with_the_value_it_had),
		WITH_TAPE(a_walk_forward_and_a_look_back_agree),
		WITH_TAPE(each_series_of_a_signal_is_found_and_in_its_list),
		WITH_TAPE(a_tick_twice_is_counted_and_its_rows_are_kept),
		WITH_TAPE(time_that_goes_back_loses_no_row_and_no_order),
		WITH_TAPE(a_tick_ends_not_before_it_begins),
		WITH_TAPE(long_steps_are_gaps_and_jitter_is_none),
		WITH_TAPE(ten_seconds_between_ticks_are_no_gap_when_all_are_so),
		WITH_TAPE(one_tick_or_two_or_none_have_no_gap),
		WITH_TAPE(a_source_that_fails_is_one_stretch_until_it_is_read_again),
		WITH_TAPE(another_error_is_another_stretch),
		WITH_TAPE(ticks_over_the_limit_are_dropped_and_counted),
		WITH_TAPE(series_over_the_limit_are_dropped_and_counted),
		WITH_TAPE(a_signal_that_no_catalog_can_have_is_dropped),
		WITH_TAPE(the_tape_knows_in_which_ticks_a_source_was_read),
		WITH_TAPE(a_tape_of_no_source_was_read_in_every_tick),
		WITH_TAPE(what_was_said_earlier_was_not_read),
		WITH_TAPE(a_slow_source_that_fails_again_and_again_is_one_stretch),
		WITH_TAPE(gaps_are_of_full_ticks),
	};

	return RUN_TESTS(tests);
}

/* Onsets of what is not read in every tick: slow collectors, fast ticks between full ones. */
#include "test.h"

#include "made_tape.h"

#include <errno.h>
#include <math.h>

/* clang-format off */
static const struct signal signals[] = {
	{ "pcie.made.errors",  NULL, COUNTER, ONE,   PCI,    NONE, FREE, "slow errors" },
	{ "pcie.made.width",   NULL, STATE,   LANES, PCI,    NONE, FREE, "slow lanes" },
	{ "nic.made.mtu",      NULL, FACT,    BYTES, NETDEV, NONE, FREE, "slow size" },
	{ "nic.made.bytes",    NULL, COUNTER, BYTES, NETDEV, NONE, FREE, "work" },
	{ "nic.made.posted",   NULL, COUNTER, BYTES, NETDEV, NONE, FREE, "asked for, read slowly" },
	{ "nic.made.waiting",  NULL, GAUGE,   BYTES, NETDEV, NONE, FREE, "waits, read fast" },
	{ "softirq.made.lost", NULL, COUNTER, ONE,   HOST,   NONE, FREE, "read fast" },
	{ "sched.made.delay",  NULL, COUNTER, NSEC,  HOST,   NONE, FREE, "read fast" },
};
static const struct indicator indicators[] = {
	{ "pcie.made.errors",  SENSE_QUIET,   CAUSE,   HARDWARE },
	{ "pcie.made.width",   SENSE_BELOW,   CAUSE,   HARDWARE,  .floor = 16 },
	{ "nic.made.mtu",      SENSE_CHANGE,  CAUSE,   CHANGED },
	{ "nic.made.mtu",      SENSE_GONE,    CAUSE,   CHANGED },
	{ "nic.made.bytes",    SENSE_TRAFFIC, SYMPTOM, THRESHOLD, .floor = 1000, .with = "nic.made.posted" },
	{ "nic.made.waiting",  SENSE_STUCK,   SYMPTOM, THRESHOLD, .with = "nic.made.posted" },
	{ "softirq.made.lost", SENSE_QUIET,   CAUSE,   THRESHOLD },
	{ "sched.made.delay",  SENSE_SHARE,   CAUSE,   THRESHOLD, .floor = 0.15 },
};
/* clang-format on */
static const struct knowledge known = { .layer = "pcie", INDICATORS(indicators) };

static const char device[] = "pci:0000:01:00.0", eth[] = "netdev:eth0";
enum { SLOW, WORK, ASKED, WAITS, FAST };

static int set_up(void **state)
{
	struct made *m = made_new(signals, sizeof(signals) / sizeof(*signals), &known);

	made_source(m, "slow", "pcie.made.errors", "nic.made.mtu");
	made_source(m, "work", "nic.made.bytes", "nic.made.bytes");
	made_source(m, "asked", "nic.made.posted", "nic.made.posted");
	made_source(m, "waits", "nic.made.waiting", "nic.made.waiting");
	made_source(m, "fast", "softirq.made.lost", "sched.made.delay");
	*state = m;
	return 0;
}

/* So many ticks of a second, the source being read in every nth from the first on. */
static void play_slowly(struct made *m, unsigned source, unsigned ticks, unsigned nth)
{
	for (unsigned i = 0; i < ticks; i++) {
		made_idle(m, source, i % nth != 0);
		made_play(m, 1, 1);
	}
	made_onsets(m);
}

/* ---- slow ---- */

static void growth_seen_late_began_after_the_reading_before(void **state)
{
	struct made *m = *state;

	made_script(m, device, "pcie.made.errors", 0, "=7 43x0 5 0");
	play_slowly(m, SLOW, 100, 10);
	made_assert_began(m, made_onset(m, device, "pcie.made.errors", 0), 40, 50);
	assert_int_equal(made_count(m, "pcie.made.errors"), 1);
	assert_int_equal(made_watched(m, device, "pcie.made.errors")->samples, 10);
}

static void a_rate_is_over_the_time_between_readings(void **state)
{
	struct made *m = *state;

	made_script(m, device, "pcie.made.errors", 0, "=7 40x0 3");
	play_slowly(m, SLOW, 101, 10);
	assert_double(made_onset(m, device, "pcie.made.errors", 0)->node.after, 3);
	assert_int_equal(made_onset(m, device, "pcie.made.errors", 0)->node.count, 180);
}

static void a_slow_episode_is_one_although_no_tick_between_shows_growth(void **state)
{
	struct made *m = *state;

	made_script(m, device, "pcie.made.errors", 0, "=7 99x0 200x1 0");
	play_slowly(m, SLOW, 400, 20);
	assert_int_equal(made_count(m, "pcie.made.errors"), 1);
	made_assert_began(m, made_onset(m, device, "pcie.made.errors", 0), 80, 100);
	made_assert_ended(m, made_onset(m, device, "pcie.made.errors", 0), 280, 320);
}

static void a_state_and_a_fact_move_between_two_readings(void **state)
{
	struct made *m = *state;

	made_script(m, device, "pcie.made.width", 0, "45x16 8");
	made_script(m, eth, "nic.made.mtu", 0, "52x1500 9000");
	play_slowly(m, SLOW, 100, 10);
	made_assert_began(m, made_onset(m, device, "pcie.made.width", 0), 40, 50);
	made_assert_began(m, made_onset(m, eth, "nic.made.mtu", 0), 50, 60);
	assert_string_equal(made_onset(m, eth, "nic.made.mtu", 0)->node.was, "1500 bytes");
}

/* Its cell went in tick 53, and one reading did not find it: it was being made anew. */
static void gone_for_one_slow_reading_is_not_gone(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.mtu", 0, "53x1500 12x- 1500");
	play_slowly(m, SLOW, 100, 10);
	assert_int_equal(made_count(m, "nic.made.mtu"), 0);
}

static void gone_for_two_slow_readings_is_gone(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.mtu", 0, "53x1500 30x- 1500");
	play_slowly(m, SLOW, 100, 10);
	made_assert_began(m, made_onset(m, eth, "nic.made.mtu", 0), 50, 60);
}

static void a_cell_that_came_with_its_first_reading_counts_from_birth(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.mtu", 0, "1500");
	made_script(m, device, "pcie.made.errors", 0, "35x- =4 0");
	play_slowly(m, SLOW, 100, 10);
	made_assert_began(m, made_onset(m, device, "pcie.made.errors", 0), 30, 40);
	assert_int_equal(made_onset(m, device, "pcie.made.errors", 0)->node.count, 4);
}

static void what_was_refused_until_its_first_reading_has_no_birth(void **state)
{
	struct made *m = *state;

	made_script(m, device, "pcie.made.errors", 0, "=4 0");
	made_refuse(m, SLOW, -EACCES);
	play_slowly(m, SLOW, 31, 10);
	made_refuse(m, SLOW, 0);
	play_slowly(m, SLOW, 1, 1);
	play_slowly(m, SLOW, 60, 10);
	assert_int_equal(made_count(m, "pcie.made.errors"), 0);
}

static void what_was_never_read_was_not_watched(void **state)
{
	struct made *m = *state;

	made_set(m, device, "pcie.made.errors", 0, 4);
	made_play(m, 1, 1);
	made_idle(m, SLOW, true);
	made_play(m, 40, 1);
	made_onsets(m);
	assert_int_equal(made_watched(m, device, "pcie.made.errors")->samples, 1);
	assert_int_equal(m->onsets.n, 0);
}

/* ---- beside something of another cadence ---- */

/* Work ends in tick 60, and what is asked for was read twice since then, and grew. */
static void demand_is_seen_between_two_readings_of_its_own(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.bytes", 0, "60x100000 0");
	made_script(m, eth, "nic.made.posted", 0, "1000");
	play_slowly(m, ASKED, 100, 10);
	assert_int_equal(made_onset(m, eth, "nic.made.bytes", 0)->shape, STALLED);
}

/* It grew until the end of the work: the reading after shows growth, and all of it was before. */
static void growth_before_the_end_of_work_is_no_demand(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.bytes", 0, "65x100000 0");
	made_script(m, eth, "nic.made.posted", 0, "63x1000 0");
	play_slowly(m, ASKED, 100, 10);
	assert_int_equal(made_onset(m, eth, "nic.made.bytes", 0)->shape, IDLE);
}

/* The same bytes wait by chance at two readings, and what leaves was not read in between. */
static void what_was_not_read_does_not_stand_still(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.waiting", 0, "30x0 2x700 0");
	made_script(m, eth, "nic.made.posted", 0, "1000");
	play_slowly(m, ASKED, 60, 10);
	assert_int_equal(made_count(m, "nic.made.waiting"), 0);
}

static void what_stood_at_both_readings_stood_between(void **state)
{
	struct made *m = *state;

	made_script(m, eth, "nic.made.waiting", 0, "30x0 25x700 0");
	made_script(m, eth, "nic.made.posted", 0, "28x1000 30x0 1000");
	play_slowly(m, ASKED, 80, 10);
	made_assert_began(m, made_onset(m, eth, "nic.made.waiting", 0), 29, 30);
}

/* ---- fast ---- */

/* A full tick a second, four fast ones between, in which only one source is read. */
static void play_fast(struct made *m, unsigned seconds)
{
	uint32_t n = m->tape.n_ticks / 5;

	for (unsigned i = 0; i < seconds * 5; i++) {
		m->fast = i % 5 != 0;
		for (unsigned source = SLOW; source < FAST; source++)
			made_idle(m, source, m->fast);
		made_tick(m, n + i * 0.2);
	}
	m->fast = false;
	made_onsets(m);
}

static void what_never_happens_is_dated_by_fast_ticks(void **state)
{
	struct made *m = *state;

	made_script(m, "host", "softirq.made.lost", 0, "=0 152x0 5 0");
	play_fast(m, 60);
	made_assert_began(m, made_onset(m, "host", "softirq.made.lost", 0), 152, 153);
}

/* Almost a third of the time for two fifths of a second is an eighth of the second. */
static void levels_are_judged_by_full_ticks(void **state)
{
	struct made *m = *state;

	made_script(m, "host", "sched.made.delay", 0, "=0 151x0 2x60000000 8x0 2x60000000 0");
	play_fast(m, 60);
	assert_int_equal(made_count(m, "sched.made.delay"), 0);
	assert_int_equal(made_watched(m, "host", "sched.made.delay")->samples, 60);
}

static void a_level_that_lasts_lies_between_full_ticks(void **state)
{
	struct made *m = *state;

	made_script(m, "host", "sched.made.delay", 0, "=0 149x0 160000000");
	play_fast(m, 60);
	made_assert_began(m, made_onset(m, "host", "sched.made.delay", 0), 145, 150);
}

static void fast_ticks_show_nothing_of_what_they_do_not_read(void **state)
{
	struct made *m = *state;

	made_script(m, device, "pcie.made.errors", 0, "=0 152x0 5 0");
	made_script(m, eth, "nic.made.bytes", 0, "=0 100000");
	play_fast(m, 60);
	made_assert_began(m, made_onset(m, device, "pcie.made.errors", 0), 150, 155);
	assert_int_equal(made_count(m, "nic.made.bytes"), 0);
	assert_int_equal(made_watched(m, eth, "nic.made.bytes")->samples, 60);
	for (uint32_t i = 0; i < m->tape.n_ticks; i++)
		assert_false(m->tape.ticks[i].gap);
}

/* ---- the true moment lies in the interval, whatever the cadences ---- */

enum { TAPES = 400, READINGS = 60 };

static double random_part(void)
{
	return random_below(1000000) / 1e6;
}

struct cadences {
	double at_s, step_s, slow_s, next_slow_s, fault_s, width_s;
};

/* Ticks of any length, fast ones between, a slow source that comes when it likes. */
static void play_at_random(struct made *m, struct cadences *c)
{
	for (int i = 0; i < READINGS * 3; i++) {
		bool slow;

		m->fast = i % 3 != 0;
		slow = !m->fast && c->at_s >= c->next_slow_s;
		if (slow)
			c->next_slow_s = c->at_s + c->slow_s * (0.5 + random_part());
		for (unsigned source = SLOW; source < FAST; source++)
			made_idle(m, source, source == SLOW ? !slow : m->fast);
		made_idle(m, FAST, m->fast && random_below(4) == 0);
		for (int k = 0; k < 2; k++) {
			double seen_s = c->at_s + c->width_s * random_part();

			made_set(m, k ? "host" : device,
				k ? "softirq.made.lost" : "pcie.made.errors", 0,
				seen_s < c->fault_s ? 3
						    : 4 + (int64_t)((seen_s - c->fault_s) * 10));
			if (k == 0)
				made_set(m, device, "pcie.made.width", 0,
					seen_s < c->fault_s ? 16 : 8);
		}
		made_tick(m, c->at_s);
		c->at_s += c->step_s / 3 * (0.8 + 0.4 * random_part());
	}
	made_onsets(m);
}

static void assert_inside(struct made *m, const char *signal, double fault_s, double widest_s)
{
	const struct onset *o = made_onset(m, NULL, signal, 0);
	double lo, hi;

	if (!o || o->from_start)
		fail_msg("%s: no onset of a fault at %.2f s", signal, fault_s);
	lo = (double)(o->node.began.lo_ns - MADE_MONO_NS) / 1e9;
	hi = (double)(o->node.began.hi_ns - MADE_MONO_NS) / 1e9;
	if (fault_s < lo - 1e-6 || fault_s > hi + 1e-6)
		fail_msg("%s: %.3f s is not in %.3f..%.3f s", signal, fault_s, lo, hi);
	if (hi - lo > widest_s)
		fail_msg("%s: %.2f s wide, at most %.2f s", signal, hi - lo, widest_s);
}

static void the_true_moment_lies_in_the_interval_at_any_cadence(void **state)
{
	(void)state;
	random_seed("cadences");
	for (int tape = 0; tape < TAPES; tape++) {
		struct cadences c = { .step_s = tape % 3 == 0 ? 0.3 : tape % 3 == 1 ? 1 : 20 };
		struct made *m;

		set_up((void **)&m);
		c.slow_s = c.step_s * (1 + 4 * random_part());
		c.width_s = 0.2 * c.step_s * random_part() / 3;
		c.fault_s = c.step_s * READINGS * (0.4 + 0.2 * random_part());
		m->width_ns = (int64_t)(c.width_s * 1e9) + 1;
		play_at_random(m, &c);
		assert_inside(m, "pcie.made.errors", c.fault_s, 1.6 * c.slow_s + 2 * c.step_s);
		assert_inside(m, "pcie.made.width", c.fault_s, 1.6 * c.slow_s + 2 * c.step_s);
		assert_inside(m, "softirq.made.lost", c.fault_s, 1.5 * c.step_s);
		made_free((void **)&m);
	}
}

#define WITH_TAPE(test) cmocka_unit_test_setup_teardown(test, set_up, made_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TAPE(growth_seen_late_began_after_the_reading_before),
		WITH_TAPE(a_rate_is_over_the_time_between_readings),
		WITH_TAPE(a_slow_episode_is_one_although_no_tick_between_shows_growth),
		WITH_TAPE(a_state_and_a_fact_move_between_two_readings),
		WITH_TAPE(gone_for_one_slow_reading_is_not_gone),
		WITH_TAPE(gone_for_two_slow_readings_is_gone),
		WITH_TAPE(a_cell_that_came_with_its_first_reading_counts_from_birth),
		WITH_TAPE(what_was_refused_until_its_first_reading_has_no_birth),
		WITH_TAPE(what_was_never_read_was_not_watched),
		WITH_TAPE(demand_is_seen_between_two_readings_of_its_own),
		WITH_TAPE(growth_before_the_end_of_work_is_no_demand),
		WITH_TAPE(what_was_not_read_does_not_stand_still),
		WITH_TAPE(what_stood_at_both_readings_stood_between),
		WITH_TAPE(what_never_happens_is_dated_by_fast_ticks),
		WITH_TAPE(levels_are_judged_by_full_ticks),
		WITH_TAPE(a_level_that_lasts_lies_between_full_ticks),
		WITH_TAPE(fast_ticks_show_nothing_of_what_they_do_not_read),
		cmocka_unit_test(the_true_moment_lies_in_the_interval_at_any_cadence),
	};

	return RUN_TESTS(tests);
}
